"""Step 5.6 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from service.contracts import queries
from service.contracts.api import bp as api
from service.contracts.forms import FORM
from service.contracts.messages import REFUSALS
from service.contracts.rules import ContractState
from service.contracts.views import bp as pages
from service.room import Count, Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def counts(by: Actor) -> list[Count]:
    """Contracts in each state."""
    if not by.may(Permission.CONTRACT_READ):
        return []
    numbers = queries.count_contracts(by=by)
    return [Count(state.label, numbers[state], url_for("contracts.index")) for state in ContractState]


def waiting(by: Actor) -> list[Waiting]:
    """Contracts that wait to be drawn up."""
    if not by.may(Permission.CONTRACT_WRITE):
        return []
    return [
        Waiting(
            _("%(number)s: the implementation plan is here, draw up the contract", number=contract.number),
            url_for("contracts.show", contract_id=contract.id),
        )
        for contract in queries.list_to_draw_up(by=by)
    ]


ROOM = Room(
    label=_l("Contracts"),
    step=5,
    objective=_l("From an approved result to a fair contract in force"),
    pages=(pages,),
    api=(api,),
    links=(Link(_l("Contracts"), "contracts.index", Permission.CONTRACT_READ),),
    refusals=REFUSALS,
    counts=counts,
    waiting=waiting,
    forms=(FORM,),
)
