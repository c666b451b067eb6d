"""Alarms, as the house sees them."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from channels.alarms import list_alarms
from service.attention.api import bp as api
from service.attention.jobs import mail_alarms
from service.attention.views import bp as pages
from service.room import Link, Room, Waiting
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.permissions import Permission


def waiting(by: Actor) -> list[Waiting]:
    """Alarms nobody has closed."""
    if not by.may(Permission.CHANNEL_WRITE):
        return []
    alarms = len(list_alarms(by=by))
    if not alarms:
        return []
    text = ngettext("%(num)d alarm is open", "%(num)d alarms are open", alarms)
    return [Waiting(text, url_for("attention.index"))]


ROOM = Room(
    label=_l("Alarms"),
    pages=(pages,),
    api=(api,),
    links=(Link(_l("Open alarms"), "attention.index", Permission.ATTENTION_READ),),
    waiting=waiting,
    jobs=(Scheduled(mail_alarms, "transactional", every=60),),
)
