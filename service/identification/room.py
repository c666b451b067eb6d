"""Step 1 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from service.identification import queries
from service.identification.api import bp as api
from service.identification.messages import REFUSALS
from service.identification.rules import TaskState
from service.identification.views import bp as pages
from service.room import Count, Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def counts(by: Actor) -> list[Count]:
    """Tasks in each state."""
    if not by.may(Permission.TASK_READ):
        return []
    numbers = queries.count_tasks(by=by)
    return [Count(state.label, numbers[state], url_for("identification.index")) for state in TaskState]


def waiting(by: Actor) -> list[Waiting]:
    """Tasks that nobody has screened."""
    if not by.may(Permission.TASK_WRITE):
        return []
    number = queries.count_tasks(by=by)[TaskState.LISTED]
    text = _("%(number)d tasks wait for screening", number=number)
    return [Waiting(text, url_for("identification.index"))] if number else []


ROOM = Room(
    label=_l("Identify tasks"),
    step=1,
    objective=_l("From a long list to the tasks that could be bought"),
    pages=(pages,),
    api=(api,),
    links=(Link(_l("Tasks"), "identification.index", Permission.TASK_READ),),
    refusals=REFUSALS,
    counts=counts,
    waiting=waiting,
)
