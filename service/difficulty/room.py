"""Step 2 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from service.difficulty import queries
from service.difficulty.api import bp as api
from service.difficulty.messages import REFUSALS
from service.difficulty.views import bp as pages
from service.room import Count, Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def counts(by: Actor) -> list[Count]:
    """Graded ways in each of the three lists."""
    if not by.may(Permission.DIFFICULTY_READ):
        return []
    lists = queries.three_lists(by=by)
    return [
        Count(difficulty.label, len(graded), url_for("difficulty.index"))
        for difficulty, graded in lists.items()
    ]


def waiting(by: Actor) -> list[Waiting]:
    """Short-listed tasks that nobody has graded."""
    if not by.may(Permission.DIFFICULTY_GRADE):
        return []
    number = len(queries.list_ungraded(by=by))
    text = ngettext("%(num)d task waits for a grade", "%(num)d tasks wait for a grade", number)
    return [Waiting(text, url_for("difficulty.index"))] if number else []


ROOM = Room(
    label=_l("Grade difficulty"),
    step=2,
    objective=_l("How hard each way of doing a task is"),
    pages=(pages,),
    api=(api,),
    links=(Link(_l("Difficulty"), "difficulty.index", Permission.DIFFICULTY_READ),),
    refusals=REFUSALS,
    counts=counts,
    waiting=waiting,
)
