"""The inbox: a message is committed with all it caused before the provider is answered (S1).

One effect and the same reply, however often a message is repeated and however many repeats come at once. If handling
fails, what it had begun is undone, the message alone is kept for a person, and the sender is told so.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import structlog
from flask import current_app
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from channels import sayings
from channels.alarms import raise_alarm
from channels.answers import make_reference
from channels.contacts import as_sender
from channels.county_question import ask_county
from channels.dialogues import Talk
from channels.engine import Engine
from channels.gateways import Answered, Inbound
from channels.joining import share_consent
from channels.looking import REFERRING, look, pictures_in, secrecy_unhandled
from channels.loops import MOST_REPLIES_ALIKE, Repetition
from channels.messages import InEach, Said
from channels.models import Handling, Medium, Secrecy
from channels.outbox import REPLY_TO, tell
from channels.pictures import keep_with_message
from channels.registry import ChannelInfo
from channels.senders import Sender, begun_elsewhere, find_sender
from channels.statements import (
    ABSORB_MESSAGE,
    CHANGE_CONTACT,
    DROP_DIALOGUE,
    DROP_ELSEWHERE,
    DROP_PARKED,
    FIND_REPLY,
    KEEP_DIALOGUE,
    KEEP_MESSAGE,
    MOVE_DIALOGUE,
    PARK_DIALOGUE,
)
from channels.texts import clean, language_of
from channels.turns import Situation, Standing, Turn
from tenants.actors import PLATFORM, Actor
from tenants.audit import record
from tenants.events import Event
from tenants.gate import command, run_plain, run_plain_at_commit
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.privacy import decrypt_under, keyring
from tenants.workdays import to_the_day

log = structlog.get_logger()


REPETITION = Repetition()

_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode

SEEN_AGAIN = timedelta(hours=1)
"""How exactly it is kept when a contact last wrote."""


Receive = Callable[..., str]
"""A command that stores a message with all it causes and returns the reply."""


def take_in(
    channel: ChannelInfo, inbound: Inbound, receive: Receive, keep: Receive, *, now: datetime
) -> str | None:
    """Take a message in and return the reply for the provider's own response; the same for every repeat.

    ``keep``: how it is kept for a person where ``receive`` fails.

    An ``OperationalError`` passes through: with the database away the provider must try again.
    """
    by = Actor.system(channel.tenant_id, now=now, readable=channel.readable)
    try:
        return receive(channel, inbound, by=by)
    except UniqueViolation:
        # The message is stored already, under another sender: what was begun for it again is undone.
        return replied(channel, inbound, by=by)
    except (OperationalError, psycopg.OperationalError, NoConnection):
        raise
    except Exception as failure:
        reference = make_reference(random.SystemRandom())
        log.exception("message_not_handled", reference=reference, channel=channel.key)
        try:
            return keep(channel, inbound, reference, type(failure).__name__, by=by)
        except UniqueViolation:
            return replied(channel, inbound, by=by)


def of_sender(channel: ChannelInfo, inbound: Inbound, *_rest: str, **_more: str) -> int:
    """What names a sender's turn: texts of one sender follow one another; the number says nothing of the address."""
    return int.from_bytes(keyring().index(inbound.sender)[:8], "big", signed=True)


@command(Permission.MESSAGE_RECEIVE, in_turn=of_sender)
def receive(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> str:
    """Store a message with everything it causes, in one transaction, and return the reply; a repeat gets the same again.

    One that the provider itself has answered gets none: it says no more than what its sender wants of broadcasts (S5). Neither
    does a machine that answers our answers with the same words, beyond forty in ten minutes.
    """
    raw = inbound.text
    words = clean(raw if inbound.meant is None else inbound.meant)
    sender = find_sender(channel, inbound, language_of(words) or inbound.language, by)
    if sender.replied is not None:
        return sender.replied
    message_id = new_id()
    written_in = _language(sender, words)
    locale = sender.locale or written_in or sender.written_in or "zh"
    engine: Engine = current_app.extensions["qiao.engine"]
    pictures = pictures_in(channel, inbound)
    situation = Situation(
        as_sender(by, sender.id, locale),
        words,
        raw,
        sender.standing,
        sender.parked,
        partial(_help, channel),
        message_id,
        pictures,
        inbound.chosen,
        partial(begun_elsewhere, sender, by=by),
    )
    if inbound.answered is not None:
        turn = _as_answered(inbound.answered, sender.standing, channel)
    elif channel.served:
        turn = ask_county(engine, situation, channel)
    else:
        turn = look(engine, situation) if inbound.media or pictures else engine.turn(situation)
    reference = make_reference(random.SystemRandom()) if turn.attention else None
    said = turn.said
    if turn.attention and said.message in REFERRING:
        said = Said(said.message, {"reference": reference}, said.then)
    if not sender.informed:
        said = said.followed_by(sayings.PRIVACY(office=_office(channel)))
    answers = inbound.answered is None and not _goes_round(sender, words, turn, by)
    reply = said.words(turn.locale or locale) if answers else ""
    if turn.consent is not None:
        # Before this contact's own row is held: joinings wait for one another first, and for rows then.
        share_consent(sender.id, turn.consent, by=by)
        event = Event.CONSENT_GIVEN if turn.consent else Event.CONSENT_WITHDRAWN
        record(event, ("contacts", sender.id), by, message=str(message_id))
    if turn.struck is not None:
        words, inbound = turn.struck, replace(inbound, text=turn.struck)
    if turn.to_the_day:
        by = replace(by, now=to_the_day(by.now))
        message_id = new_id(by.now)
    _keep_standing(turn, sender, by)
    keep_message(
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
    )
    if pictures is not None:
        keep_with_message(pictures, message_id, turn.secrecy, by=by)
    _change_sender(sender, channel, turn, written_in, by, informs=inbound.answered is None)
    if channel.replies_by_message and inbound.answered is None:
        tell(sender.id, said, by=by, subject=(REPLY_TO, message_id))
    return reply


@command(Permission.MESSAGE_RECEIVE, in_turn=of_sender)
def keep_for_a_person(
    channel: ChannelInfo, inbound: Inbound, reference: str, failure: str, *, by: Actor
) -> str:
    """Store a message alone because handling it failed; a person will read it, and the sender is told so."""
    words = clean(inbound.text)
    sender = find_sender(channel, inbound, language_of(words), by, informs=False)
    if sender.replied is not None:
        return sender.replied
    engine: Engine = current_app.extensions["qiao.engine"]
    locale = sender.locale or language_of(words) or sender.written_in or "zh"
    pictures = pictures_in(channel, inbound)
    talk = Talk(as_sender(by, sender.id, locale), words, inbound.text, "", pictures=pictures)
    secrecy = secrecy_unhandled(engine, talk, sender.standing)
    if (struck := engine.strike_out(words)) is not None:
        words, inbound = struck, replace(inbound, text=struck)
    message = sayings.SEND_AGAIN if secrecy is Secrecy.SEALED else sayings.PERSON_READS
    said, message_id = message(reference=reference), new_id()
    reply = said.words(locale) if inbound.answered is None else ""
    keep_message(
        channel,
        inbound,
        message_id,
        sender,
        reply,
        by,
        secrecy=secrecy,
        words=words,
        keep_text=secrecy is not Secrecy.SEALED,
        reference=reference,
        failure=failure,
    )
    if pictures is not None:
        keep_with_message(pictures, message_id, secrecy, by=by)
    if channel.replies_by_message and inbound.answered is None:
        tell(sender.id, said, by=by, subject=(REPLY_TO, message_id))
    return reply


@command(Permission.MESSAGE_RECEIVE)
def replied(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> str | None:
    """The reply a message got when it first came; changes nothing."""
    rows = run_plain(
        FIND_REPLY, {"tenant": by.tenant_id, "channel": channel.id, "provider_id": inbound.provider_id}
    )
    return decrypt_under(rows[0][1], rows[0][0]) if rows else None


def keep_message(
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
) -> None:
    """Store a message at the end of the surrounding command; with a ``reference`` it waits for a person, and only
    ``keep_text`` keeps what it says."""
    message = {
        "tenant": by.tenant_id,
        "id": message_id,
        "channel": channel.id,
        "channel_tenant": channel.tenant_id,
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
    run_plain_at_commit(KEEP_MESSAGE, message)


def _goes_round(sender: Sender, words: str, turn: Turn, by: Actor) -> bool:
    """Whether a machine answers our answers, which end with it (S1); whoever looks after machines learns of it once."""
    times = REPETITION.times(sender.id, words, turn.said.message.key, by.now)
    if times == MOST_REPLIES_ALIKE + 1:
        for office in (by.tenant_id, PLATFORM):
            raise_alarm("said_too_often", about_tenant_id=by.tenant_id, by=by.as_system(office))
    return times > MOST_REPLIES_ALIKE


def _keep_standing(turn: Turn, sender: Sender, by: Actor) -> None:
    where = {"tenant": by.tenant_id, "contact": sender.id, "now": by.now}
    if turn.park is not None:
        run_plain_at_commit(PARK_DIALOGUE, where)
    if turn.standing is not None and turn.standing.brought is not None:
        run_plain_at_commit(DROP_ELSEWHERE, {**where, "dialogue": turn.standing.brought})
    if turn.take_up is not None:
        run_plain_at_commit(DROP_PARKED, {**where, "name": turn.take_up})
    if turn.standing is not None:
        goes_on = sender.standing is not None and turn.park is None
        kept = {**where, **_as_kept(turn.standing, sender)}
        if goes_on:
            run_plain_at_commit(MOVE_DIALOGUE, kept)
        else:
            run_plain_at_commit(KEEP_DIALOGUE, {**kept, "id": new_id()})
    elif sender.standing is not None and turn.park is None:
        run_plain_at_commit(DROP_DIALOGUE, where)
    if turn.absorbed:
        run_plain_at_commit(ABSORB_MESSAGE, {**where, "ids": turn.absorbed})


def _as_kept(standing: Standing, sender: Sender) -> dict[str, Any]:
    kept = _AS_JSON({"answers": standing.answers, "path": standing.path})
    return {
        "name": standing.name,
        "step": standing.step,
        "misses": standing.misses,
        "answers": sender.key.encrypt(kept),
    }


def _change_sender(
    sender: Sender, channel: ChannelInfo, turn: Turn, written_in: str | None, by: Actor, *, informs: bool
) -> None:
    """Keep what this text says about its sender: language, consent, where they write from, and that they can be reached."""
    if (
        (sender.informed or sender.added)
        and not sender.unreachable
        and sender.channel_id == channel.id
        and turn.locale is None
        and turn.consent is None
        and written_in in (None, sender.written_in)
        and by.now - sender.last_at < SEEN_AGAIN
    ):
        return
    run_plain_at_commit(
        CHANGE_CONTACT,
        {
            "tenant": by.tenant_id,
            "id": sender.id,
            "now": by.now,
            "informed": by.now if informs else None,
            "channel": channel.id,
            "channel_tenant": channel.tenant_id,
            "written_in": written_in,
            "locale": turn.locale,
            "consent": turn.consent,
        },
    )


def _as_answered(answered: Answered, standing: Standing | None, channel: ChannelInfo) -> Turn:
    """What a word means that the provider itself has answered: the same as elsewhere, and nothing to a conversation (S5)."""
    if answered is Answered.STOP:
        return Turn(sayings.STOPPED(), standing, consent=False)
    if answered is Answered.START:
        return Turn(sayings.STARTED(), standing, consent=True)
    return Turn(_help(channel), standing)


def _language(sender: Sender, words: str) -> str | None:
    """The language of a text (S3); an answer does not change the language of a conversation under way."""
    return sender.written_in if sender.standing and sender.written_in else language_of(words)


def _office(channel: ChannelInfo) -> InEach:
    return InEach(channel.office_zh, channel.office_en)


def _help(channel: ChannelInfo) -> Said:
    if channel.hotline:
        said = sayings.HELP(office=_office(channel), hotline=channel.hotline)
    else:
        said = sayings.HELP_NO_HOTLINE(office=_office(channel))
    # Only where texts have no parts is there room for it.
    return said.followed_by(sayings.LINK_PHONE()) if channel.medium is Medium.WECHAT else said
