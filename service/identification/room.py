"""Step 1 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from service.identification import ideas, queries
from service.identification.api import bp as api
from service.identification.idea_api import bp as idea_api
from service.identification.idea_views import bp as idea_pages
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
    """Suggestions that nobody has looked at, and tasks that nobody has screened."""
    if not by.may(Permission.TASK_WRITE):
        return []
    found = []
    if suggested := ideas.count_ideas(by=by):
        words = ngettext(
            "%(num)d suggestion came by message", "%(num)d suggestions came by message", suggested
        )
        found.append(Waiting(words, url_for("identification.index") + "#ideas"))
    number = queries.count_tasks(by=by)[TaskState.LISTED]
    text = _("%(number)d tasks wait for screening", number=number)
    return [*found, Waiting(text, url_for("identification.index"))] if number else found


ROOM = Room(
    label=_l("Identify tasks"),
    step=1,
    objective=_l("From a long list to the tasks that could be bought"),
    pages=(pages, idea_pages),
    api=(api, idea_api),
    links=(Link(_l("Tasks"), "identification.index", Permission.TASK_READ),),
    refusals=REFUSALS,
    counts=counts,
    waiting=waiting,
)
