"""What waits for a person, as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from channels.alarms import list_alarms
from service.attention import queries
from service.attention.api import bp as api
from service.attention.jobs import mail_alarms
from service.attention.messages import REFUSALS
from service.attention.views import bp as pages
from service.room import Link, Room, Waiting
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.permissions import Permission


def waiting(by: Actor) -> list[Waiting]:
    """Messages nobody has answered, and alarms nobody has closed."""
    if not by.may(Permission.ATTENTION_READ):
        return []
    url = url_for("attention.index")
    messages, alarms = queries.count_waiting(by=by), len(list_alarms(by=by))
    found = []
    if messages and by.may(Permission.ATTENTION_ANSWER):
        text = ngettext(
            "%(num)d message waits for an answer", "%(num)d messages wait for an answer", messages
        )
        found.append(Waiting(text, url))
    if alarms and by.may(Permission.CHANNEL_WRITE):
        found.append(Waiting(ngettext("%(num)d alarm is open", "%(num)d alarms are open", alarms), url))
    return found


ROOM = Room(
    label=_l("Messages"),
    pages=(pages,),
    api=(api,),
    links=(Link(_l("Waiting for a person"), "attention.index", Permission.ATTENTION_READ),),
    refusals=REFUSALS,
    waiting=waiting,
    jobs=(Scheduled(mail_alarms, "transactional", every=60),),
)
