"""The conversation desk as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from service.conversations import queries
from service.conversations.api import bp as api
from service.conversations.dialogue import LINK_PHONE
from service.conversations.jobs import end_old_links
from service.conversations.messages import REFUSALS
from service.conversations.views import bp as pages
from service.room import Link, Room, Waiting
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.permissions import Permission


def waiting(by: Actor) -> list[Waiting]:
    """Conversations in which something waits and that no colleague looks after."""
    if not by.may(Permission.ATTENTION_ANSWER):
        return []
    number = queries.count_waiting(by=by)
    if not number:
        return []
    text = ngettext(
        "%(num)d conversation waits for an answer", "%(num)d conversations wait for an answer", number
    )
    return [Waiting(text, url_for("conversations.index"))]


ROOM = Room(
    label=_l("Messages"),
    pages=(pages,),
    api=(api,),
    links=(
        Link(_l("Conversations"), "conversations.index", Permission.ATTENTION_ANSWER),
        Link(_l("Usual answers"), "conversations.answers", Permission.ATTENTION_ANSWER),
    ),
    refusals=REFUSALS,
    waiting=waiting,
    dialogues=(LINK_PHONE,),
    jobs=(Scheduled(end_old_links, "bulk", every=3600),),
)
