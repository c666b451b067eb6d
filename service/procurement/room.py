"""Step 5 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from service.procurement import queries
from service.procurement.api import bp as api
from service.procurement.dialogue import BID, CALLS
from service.procurement.messages import REFUSALS
from service.procurement.rules import CallState
from service.procurement.views import bp as pages
from service.room import Count, Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def counts(by: Actor) -> list[Count]:
    """Calls in each state."""
    if not by.may(Permission.CALL_READ):
        return []
    numbers = queries.count_calls(by=by)
    return [Count(state.label, numbers[state], url_for("procurement.index")) for state in CallState]


def waiting(by: Actor) -> list[Waiting]:
    """Calls whose bids wait to be opened."""
    if not by.may(Permission.BID_OPEN):
        return []
    return [
        Waiting(
            _("Call %(number)d: a second officer opens the bids", number=call.number)
            if agreed
            else _("Call %(number)d: past its deadline, two officers open the bids", number=call.number),
            url_for("procurement.show", call_id=call.id), call.deadline,
        )
        for call, agreed in queries.list_to_open(by=by)
    ]


ROOM = Room(
    label=_l("Procure"),
    step=5,
    objective=_l("From a public call to an approved result"),
    pages=(pages,),
    api=(api,),
    links=(Link(_l("Calls"), "procurement.index", Permission.CALL_READ),),
    refusals=REFUSALS,
    counts=counts,
    waiting=waiting,
    dialogues=(BID, CALLS),
)
