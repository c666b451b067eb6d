"""Step 7 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from service.evaluation import queries
from service.evaluation.api import bp as api
from service.evaluation.dialogue import EVALUATE
from service.evaluation.messages import REFUSALS
from service.evaluation.models import Beneficiary
from service.evaluation.reminders import REMINDERS
from service.evaluation.views import bp as pages
from service.room import Count, Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission

COUNTED = {
    "open_rounds": _l("Evaluations under way"),
    "to_accept": _l("To be accepted"),
    "to_close": _l("Accepted, to be closed"),
    "closed": _l("Closed"),
}


def counts(by: Actor) -> list[Count]:
    """Contracts between the end of the work and their closure."""
    if not by.may(Permission.EVALUATION_READ):
        return []
    numbers = queries.count_standings(by=by)
    return [Count(label, numbers[name], url_for("evaluation.index")) for name, label in COUNTED.items()]


def waiting(by: Actor) -> list[Waiting]:
    """Accepted work whose closure meeting is not on record."""
    if not by.may(Permission.CLOSURE_WRITE):
        return []
    number = queries.count_standings(by=by)["to_close"]
    text = _("%(number)d contracts are accepted and wait for their closure meeting", number=number)
    return [Waiting(text, url_for("evaluation.index"))] if number else []


ROOM = Room(
    label=_l("Accept and evaluate"),
    step=7,
    objective=_l("Results judged together with the people they are for"),
    pages=(pages,),
    api=(api,),
    links=(
        Link(_l("Evaluation"), "evaluation.index", Permission.EVALUATION_READ),
        Link(_l("Lessons"), "evaluation.lessons", Permission.EVALUATION_READ),
    ),
    refusals=REFUSALS,
    counts=counts,
    waiting=waiting,
    dialogues=(EVALUATE,),
    members=(select(Beneficiary.tenant_id, Beneficiary.contact_id),),
    reminders=REMINDERS,
)
