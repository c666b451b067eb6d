"""A text that a provider brought for a number which is not the channel's: nobody knows whose it is, and it is not lost (S8)."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import structlog
from flask import current_app
from psycopg.errors import UniqueViolation

from channels.alarms import raise_alarm
from channels.answers import make_reference
from channels.engine import Engine
from channels.gateways import Inbound
from channels.inbox import keep_message, of_sender
from channels.looking import pictures_in
from channels.models import Secrecy
from channels.pictures import keep_with_message
from channels.registry import ChannelInfo
from channels.senders import find_sender
from channels.sorting import offices_that_know
from channels.texts import clean, language_of
from channels.words import Word, recognise
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.identifiers import new_id
from tenants.models import Level, Tenant
from tenants.offices import province_of, readable_tenants
from tenants.permissions import Permission

log = structlog.get_logger()

STRAY = "foreign_number"
"""What is noted of such a message, and the name of the alarm."""


def take_stray(channel: ChannelInfo, inbound: Inbound, *, now: datetime) -> None:
    """Keep a message to a number that is not the channel's for a person, and let the platform's operator know.

    The office whose channel it is gets to see nothing of it: the number may be another county's. The complaint desk of the
    province does, as of all that nobody could sort yet (S8); but of whom an office has in its books it sees no picture, which may
    be a bid (C5). Nothing is said to its sender: what they wrote to is not ours.
    """
    log.warning(STRAY, channel=channel.key)
    by = Actor.system(now=now)
    raise_alarm(STRAY, about_tenant_id=channel.tenant_id, number=inbound.recipient[-4:], by=by)
    province = _province_above(by=by.as_system(channel.tenant_id))
    with suppress(UniqueViolation):
        _keep(channel, inbound, by=province)


@query(Permission.MESSAGE_RECEIVE)
def _province_above(*, by: Actor) -> Actor:
    office = db.session.get_one(Tenant, by.tenant_id)
    province = office.id if office.level is Level.PLATFORM else province_of(office).id
    return replace(by.as_system(province), readable=readable_tenants(province))


@command(Permission.MESSAGE_RECEIVE, in_turn=of_sender)
def _keep(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> None:
    words = clean(inbound.text)
    sender = find_sender(channel, inbound, language_of(words), by, informs=False)
    if sender.replied is not None:
        return
    engine: Engine = current_app.extensions["qiao.engine"]
    pictures = pictures_in(channel, inbound)
    sealed = engine.secrecy_of(words, None) is Secrecy.SEALED
    if pictures is not None and recognise(words).word is not Word.COMPLAIN:
        pictures.unseen = bool(offices_that_know(channel, inbound, by.readable, by=by))
        sealed = sealed or (pictures.unseen and not words)
    if (struck := engine.strike_out(words)) is not None:
        words, inbound = struck, replace(inbound, text=struck)
    secrecy, message_id = Secrecy.SEALED if sealed else Secrecy.CASE, new_id()
    keep_message(
        channel,
        inbound,
        message_id,
        sender,
        "",
        by,
        secrecy=secrecy,
        words=words,
        keep_text=not sealed,
        reference=make_reference(random.SystemRandom()),
        failure=STRAY,
    )
    if pictures is not None:
        keep_with_message(pictures, message_id, secrecy, by=by)
