"""The inbox: a message is committed with all it caused before the provider is answered (S1).

One effect and the same reply, however often a message is repeated and however many repeats come at once. If handling
fails, what it had begun is undone, the message alone is kept for a person, and the sender is told so.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from flask import current_app
from psycopg.rows import namedtuple_row
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from channels import sayings
from channels.answers import make_reference
from channels.contacts import as_sender
from channels.engine import KEPT, Engine, Situation, Standing, Turn
from channels.gateways import Inbound
from channels.messages import InEach, Said
from channels.models import Handling, Secrecy
from channels.registry import ChannelInfo
from channels.statements import (
    ABSORB_MESSAGE,
    ADD_CONTACT,
    DROP_DIALOGUE,
    DROP_PARKED,
    FIND_PARKED,
    FIND_REPLY,
    FIND_STANDING,
    KEEP_MESSAGE,
    KEEP_MESSAGE_AND_DIALOGUE,
    LOCK_SENDER,
    PARK_DIALOGUE,
    SEE_CONTACT,
)
from channels.texts import clean, language_of
from tenants.actors import Actor
from tenants.audit import record
from tenants.events import Event
from tenants.gate import command, driver
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.privacy import DataKey, keyring, new_data_key

log = structlog.get_logger()

SEEN_AGAIN = timedelta(hours=1)
"""How exactly it is kept when a contact last wrote."""


class Repeated(Exception):
    """The message is stored already: whatever was begun for it again must be undone. ``reply`` is what it was answered."""

    def __init__(self, reply: str | None = None) -> None:
        super().__init__()
        self.reply = reply


@dataclass
class Sender:
    """The contact a message came from, as the inbox needs it."""

    id: UUID
    wrapped_key: bytes
    locale: str | None
    written_in: str | None
    informed: bool
    last_at: datetime
    channel_id: UUID
    standing: Standing | None
    parked: dict[str, Standing]
    key: DataKey


def take_in(channel: ChannelInfo, inbound: Inbound, *, now: datetime) -> str | None:
    """Take a message in and return the reply for the provider's own response; the same for every repeat.

    An ``OperationalError`` passes through: with the database away the provider must try again.
    """
    by = Actor.system(channel.tenant_id, now=now)
    try:
        return receive(channel, inbound, by=by)
    except Repeated as repeat:
        return repeat.reply or replied(channel, inbound, by=by)
    except (OperationalError, psycopg.OperationalError, NoConnection):
        raise
    except Exception as failure:
        reference = make_reference(random.SystemRandom())
        log.exception("message_not_handled", reference=reference, channel=channel.key)
        try:
            return keep_for_a_person(channel, inbound, reference, type(failure).__name__, by=by)
        except Repeated:
            return replied(channel, inbound, by=by)


@command(Permission.MESSAGE_RECEIVE)
def receive(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> str:
    """Store a message with everything it causes, in one transaction, and return the reply; ``Repeated`` undoes a repeat."""
    raw = inbound.text
    words = clean(raw)
    sender = _find_sender(channel, inbound, language_of(words), by)
    message_id = new_id()
    written_in = _language(sender, words)
    locale = sender.locale or written_in or sender.written_in or "zh"
    actor = replace(as_sender(by, sender.id), locale=locale)
    engine: Engine = current_app.extensions["qiao.engine"]
    situation = Situation(
        actor,
        words,
        raw,
        sender.standing,
        sender.parked,
        _help(channel),
        message_id,
    )
    turn = engine.turn(situation) if words or not inbound.media else Turn(sayings.MEDIA(), sender.standing)
    reference = make_reference(random.SystemRandom()) if turn.attention else None
    said = turn.said
    if turn.attention and said.message in (sayings.NOT_UNDERSTOOD, sayings.PERSON_READS):
        said = Said(said.message, {"reference": reference}, said.then)
    if not sender.informed:
        said = said.followed_by(sayings.PRIVACY(office=_office(channel)))
    reply = said.words(turn.locale or locale)
    _keep_standing(turn, sender, by)
    _keep_message(
        channel,
        inbound,
        message_id,
        sender,
        reply,
        by,
        secrecy=turn.secrecy,
        words=words,
        keep_text=turn.keep_text or turn.attention,
        reference=reference,
        standing=turn.standing,
    )
    _see(sender, channel, turn, written_in, by)
    return reply


@command(Permission.MESSAGE_RECEIVE)
def keep_for_a_person(
    channel: ChannelInfo, inbound: Inbound, reference: str, failure: str, *, by: Actor
) -> str:
    """Store a message alone because handling it failed; a person will read it, and the sender is told so."""
    words = clean(inbound.text)
    sender = _find_sender(channel, inbound, language_of(words), by)
    secrecy = current_app.extensions["qiao.engine"].secrecy_of(words, sender.standing)
    message = sayings.SEND_AGAIN if secrecy is Secrecy.SEALED else sayings.PERSON_READS
    reply = message(reference=reference).words(
        sender.locale or language_of(words) or sender.written_in or "zh"
    )
    _keep_message(
        channel,
        inbound,
        new_id(),
        sender,
        reply,
        by,
        secrecy=secrecy,
        words=words,
        keep_text=secrecy is not Secrecy.SEALED,
        reference=reference,
        failure=failure,
    )
    return reply


@command(Permission.MESSAGE_RECEIVE)
def replied(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> str | None:
    """The reply a message got when it first came; changes nothing."""
    row = _execute(
        FIND_REPLY, {"tenant": by.tenant_id, "channel": channel.id, "provider_id": inbound.provider_id}
    ).fetchone()
    return (
        None
        if row is None or row.data_key is None or row.reply is None
        else DataKey(row.data_key).decrypt(row.reply)
    )


def _find_sender(channel: ChannelInfo, inbound: Inbound, written_in: str | None, by: Actor) -> Sender:
    parameters = {
        "tenant": by.tenant_id,
        "medium": channel.medium.value,
        "indexes": keyring().indexes(inbound.sender),
        "channel": channel.id,
        "provider_id": inbound.provider_id,
    }
    row = _execute(LOCK_SENDER, parameters).fetchone()
    added = row is None and _add_contact(parameters, inbound, written_in, by)
    row = row or _execute(LOCK_SENDER, parameters).fetchone()
    assert row is not None
    key = DataKey(row.data_key)
    known = _execute(FIND_STANDING, {**parameters, "contact": row.id}).fetchone()
    assert known is not None
    if known.replied is not None:
        raise Repeated(key.decrypt(known.replied))
    parked = _execute(FIND_PARKED, {"tenant": by.tenant_id, "ids": known.parked}) if known.parked else ()
    aside = {one.name: _standing(one, key) for one in parked if by.now - one.moved_at <= KEPT}
    return Sender(
        row.id,
        row.data_key,
        row.locale,
        row.written_in,
        not added and row.informed_at is not None,
        row.last_at,
        row.channel_id,
        _standing(known, key) if known.name and by.now - known.moved_at <= KEPT else None,
        aside,
        key,
    )


def _add_contact(parameters: dict[str, Any], inbound: Inbound, written_in: str | None, by: Actor) -> bool:
    """Add the contact of a first message; whether it was this message that did, and not another at the same moment."""
    contact = {
        **parameters,
        "id": new_id(),
        "address": keyring().encrypt(inbound.sender.encode()),
        "index": keyring().index(inbound.sender),
        "data_key": new_data_key(),
        "written_in": written_in,
        "now": by.now,
    }
    return _execute(ADD_CONTACT, contact).fetchone() is not None


def _standing(row: Any, key: DataKey) -> Standing:
    kept = json.loads(key.decrypt(row.answers))
    return Standing(row.name, row.step, kept["answers"], kept["path"], row.misses, row.moved_at)


def _keep_message(
    channel: ChannelInfo,
    inbound: Inbound,
    message_id: UUID,
    sender: Sender,
    reply: str,
    by: Actor,
    *,
    secrecy: Secrecy,
    words: str,
    keep_text: bool,
    reference: str | None,
    failure: str | None = None,
    standing: Standing | None = None,
) -> None:
    message = {
        "tenant": by.tenant_id,
        "id": message_id,
        "channel": channel.id,
        "provider_id": inbound.provider_id,
        "contact": sender.id,
        "now": by.now,
        "raw": sender.key.encrypt(inbound.text) if keep_text else None,
        "text": sender.key.encrypt(words) if keep_text else None,
        "reply": sender.key.encrypt(reply),
        "secrecy": secrecy.value,
        "reference": reference,
        "failure": failure,
        "handling": (Handling.ATTENTION if reference else Handling.HANDLED).value,
    }
    if standing is None:
        stored = _execute(KEEP_MESSAGE, message)
    else:
        kept = json.dumps({"answers": standing.answers, "path": standing.path}, ensure_ascii=False)
        dialogue = {
            "dialogue": new_id(),
            "name": standing.name,
            "step": standing.step,
            "misses": standing.misses,
            "answers": sender.key.encrypt(kept),
        }
        stored = _execute(KEEP_MESSAGE_AND_DIALOGUE, {**message, **dialogue})
    if stored.fetchone() is None:
        raise Repeated


def _keep_standing(turn: Turn, sender: Sender, by: Actor) -> None:
    where = {"tenant": by.tenant_id, "contact": sender.id, "now": by.now}
    if turn.park is not None:
        _execute(PARK_DIALOGUE, where)
    if turn.take_up is not None:
        _execute(DROP_PARKED, {**where, "name": turn.take_up})
    if turn.standing is None and sender.standing is not None and turn.park is None:
        _execute(DROP_DIALOGUE, where)
    if turn.absorbed:
        _execute(ABSORB_MESSAGE, {**where, "ids": turn.absorbed})


def _see(sender: Sender, channel: ChannelInfo, turn: Turn, written_in: str | None, by: Actor) -> None:
    known = (
        sender.informed
        and sender.channel_id == channel.id
        and turn.locale is None
        and turn.consent is None
        and written_in in (None, sender.written_in)
        and by.now - sender.last_at < SEEN_AGAIN
    )
    if known:
        return
    _execute(
        SEE_CONTACT,
        {
            "tenant": by.tenant_id,
            "id": sender.id,
            "now": by.now,
            "channel": channel.id,
            "written_in": written_in,
            "locale": turn.locale,
            "consent": turn.consent,
        },
    )
    if turn.consent is not None:
        event = Event.CONSENT_GIVEN if turn.consent else Event.CONSENT_WITHDRAWN
        record(event, ("contacts", sender.id), by)


def _language(sender: Sender, words: str) -> str | None:
    """The language of a text (S3); an answer does not change the language of a conversation under way."""
    return sender.written_in if sender.standing and sender.written_in else language_of(words)


def _execute(statement: str, parameters: dict[str, Any]) -> psycopg.Cursor[Any]:
    return driver().cursor(row_factory=namedtuple_row).execute(statement, parameters)


def _office(channel: ChannelInfo) -> InEach:
    return InEach(channel.office_zh, channel.office_en)


def _help(channel: ChannelInfo) -> Said:
    if channel.hotline:
        return sayings.HELP(office=_office(channel), hotline=channel.hotline)
    return sayings.HELP_NO_HOTLINE(office=_office(channel))
