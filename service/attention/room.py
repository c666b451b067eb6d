"""Alarms, as the house sees them."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from channels.alarms import list_alarms
from channels.incidents import compare_parts, list_incidents, watch_sending, watch_silence
from service.attention.api import bp as api
from service.attention.jobs import mail_alarms
from service.attention.messages import meaning
from service.attention.views import bp as pages
from service.room import Link, Room, Waiting
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.permissions import Permission


def waiting(by: Actor) -> list[Waiting]:
    """Alarms nobody has closed, for whoever closes them; incidents of channels, for all who write and answer by them."""
    if by.may(Permission.CHANNEL_WRITE):
        alarms = len(list_alarms(by=by))
        text = ngettext("%(num)d alarm is open", "%(num)d alarms are open", alarms)
        return [Waiting(text, url_for("attention.index"))] if alarms else []
    if by.may(Permission.ATTENTION_READ):
        url = url_for("attention.index")
    elif by.may(Permission.OVERSIGHT_READ):
        url = url_for("oversight.index")
    else:
        return []
    return [Waiting(meaning(one), url) for one in list_incidents(by=by)]


ROOM = Room(
    label=_l("Alarms"),
    pages=(pages,),
    api=(api,),
    links=(Link(_l("Open alarms"), "attention.index", Permission.ATTENTION_READ),),
    waiting=waiting,
    jobs=(
        Scheduled(mail_alarms, "transactional", every=60),
        Scheduled(watch_sending, "transactional", every=60),
        Scheduled(watch_silence, "transactional", every=600),
        Scheduled(compare_parts, "bulk", at="30 3 * * *"),
    ),
)
