"""The hotline as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from service.complaints import queries
from service.complaints.api import bp as api
from service.complaints.dialogue import COMPLAIN, STATUS, UP
from service.complaints.jobs import sweep_offices
from service.complaints.messages import REFUSALS
from service.complaints.offering import OFFERED
from service.complaints.views import bp as pages
from service.room import Link, Room, Waiting
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.permissions import Permission


def waiting(by: Actor) -> list[Waiting]:
    """Cases to which the office owes an answer, with the deadline that comes first."""
    if not by.may(Permission.COMPLAINT_HANDLE):
        return []
    number, due = queries.next_deadline(by=by)
    if not number:
        return []
    text = ngettext("%(num)d complaint waits for an answer", "%(num)d complaints wait for an answer", number)
    return [Waiting(text, url_for("complaints.index"), due)]


ROOM = Room(
    label=_l("Hotline"),
    objective=_l("Every complaint reaches someone who may decide, and is answered in time"),
    pages=(pages,),
    api=(api,),
    links=(
        Link(_l("Complaints"), "complaints.index", Permission.COMPLAINT_READ),
        Link(_l("Write down a complaint"), "complaints.new", Permission.COMPLAINT_FILE),
    ),
    refusals=REFUSALS,
    waiting=waiting,
    dialogues=(COMPLAIN, STATUS, UP, OFFERED),
    jobs=(Scheduled(sweep_offices, "transactional", every=900),),
)
