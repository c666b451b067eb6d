"""Sending what the outbox holds: claimed by one worker, said in the recipient's language, settled (S6, S7).

A row is claimed in one transaction and settled in another; the provider is called between them, outside of
any. A worker that dies in between leaves its rows *sending*: then the provider is asked before anything is
sent a second time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeGuard
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select, text

from channels import sayings
from channels.contacts import locale_of
from channels.gateways import NotAskable, Outbound, SendFailure, Sent, Unknown
from channels.jobs import go_on_sending
from channels.messages import Said, from_kept
from channels.models import Contact, Delivery, Lane, Medium, OutboundMessage
from channels.pacing import Pace
from channels.parts import count_parts
from channels.providers import GATEWAYS, credentials_of, receipts_url
from channels.registry import SIMULATOR, ChannelInfo, channel_by_id
from channels.reply_windows import may_write_to
from channels.settling import CHANNEL_CLOSED, ERASED, UNDELIVERABLE, Outcome, settle
from channels.wechat_templates import Template, template_by
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.offices import every_office
from tenants.permissions import Permission
from tenants.privacy import DataKey, decrypt_under
from tenants.refusals import NotFound

log = structlog.get_logger()

BATCH = 200
"""Rows claimed at once, at most; of one channel no more than it sends in a second."""

THREADS = 16
"""Messages on their way to providers at once."""

TURN = 2.0
"""Seconds after which a job lets other jobs have their turn."""

SETTLED_AFTER = 1.0
SETTLED_AT_ONCE = 50
"""Outcomes are recorded at the latest after so many seconds, or so many of them."""

LOST_AFTER = timedelta(seconds=60)
"""How long a row stays *sending* until its worker counts as dead; any call to a provider takes less."""

FIND_DUE = text(
    """
    WITH waiting AS (
        SELECT m.*, lane.rank,
               row_number() OVER (PARTITION BY m.tenant_id, lane.rank ORDER BY m.not_before, m.id) AS turn
          FROM unnest(CAST(:offices AS int[])) AS office (id)
         CROSS JOIN unnest(CAST(:lanes AS text[])) WITH ORDINALITY AS lane (name, rank)
         CROSS JOIN LATERAL (
               SELECT tenant_id, id, not_before, channel_tenant_id, channel_id
                 FROM outbound_messages
                WHERE tenant_id = office.id AND state = 'queued' AND lane = lane.name AND not_before <= :now
                ORDER BY not_before, id
                LIMIT :number) AS m
    ), ordered AS (
        SELECT w.tenant_id, w.id, w.rank, w.turn, w.not_before, c.parts_per_second,
               row_number() OVER (PARTITION BY w.channel_id ORDER BY w.rank, w.turn, w.not_before) AS place
          FROM waiting w JOIN channels c ON c.tenant_id = w.channel_tenant_id AND c.id = w.channel_id
    )
    SELECT tenant_id, id FROM ordered
     WHERE place <= greatest(parts_per_second, 1)
     ORDER BY rank, turn, not_before
     LIMIT :number
    """
)


@dataclass(frozen=True)
class Parcel:
    """A message that this worker has claimed: where it goes, by which channel, and its words."""

    tenant_id: int
    id: UUID
    claimed_at: datetime
    channel: tuple[int, UUID]
    to: str = field(repr=False)
    words: str = field(repr=False)
    parts: int
    said: Said | None = field(default=None, repr=False)
    locale: str = "zh"
    template: Template | None = None


def send_due() -> int:
    """Send what is due: answers before notices before broadcasts, the offices in turns; return how many."""
    tried, until, pace = 0, time.monotonic() + TURN, Pace()
    with ThreadPoolExecutor(THREADS) as pool:
        while parcels := claim_outbox(BATCH):
            tried += len(parcels)
            _send(parcels, pool, pace)
            if time.monotonic() > until:
                go_on_sending()
                break
    return tried


def sweep() -> None:
    """Look after what a crash or an absent Redis left behind, then send what is due."""
    reconcile()
    send_due()


def claim_outbox(number: int) -> list[Parcel]:
    """Claim up to ``number`` due rows of all offices, each office's in a transaction of its own.

    What came too late or must not be sent any more is settled here and never reaches a provider.
    """
    everywhere = _everywhere()
    due = sorted(_find_due(number, by=everywhere), key=lambda pair: pair[0])
    return [
        parcel
        for office, pairs in groupby(due, key=lambda pair: pair[0])
        for parcel in _claim([row_id for _office, row_id in pairs], by=everywhere.as_system(office))
    ]


@query(Permission.MESSAGE_SEND)
def _find_due(number: int, *, by: Actor) -> list[tuple[int, UUID]]:
    lanes = [lane.value for lane in Lane]
    rows = db.session.execute(
        FIND_DUE, {"offices": list(by.readable), "lanes": lanes, "now": by.now, "number": number}
    )
    return [(office, row_id) for office, row_id in rows]


@command(Permission.MESSAGE_SEND)
def _claim(ids: Sequence[UUID], *, by: Actor) -> list[Parcel]:
    rows = db.session.execute(
        select(OutboundMessage, Contact)
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.id.in_(ids),
            OutboundMessage.state == Delivery.QUEUED,
        )
        .order_by(OutboundMessage.not_before, OutboundMessage.id)
        .with_for_update(of=OutboundMessage, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [parcel for row, contact in rows if (parcel := _prepare(row, contact, by)) is not None]


def _prepare(row: OutboundMessage, contact: Contact, by: Actor) -> Parcel | None:
    if row.expires_at <= by.now:
        row.state, row.settled_at = Delivery.EXPIRED, by.now
        return None
    if row.lane is Lane.BULK and contact.stopped_at is not None:
        row.state, row.settled_at = Delivery.SUPPRESSED, by.now
        return None
    if contact.address is None or contact.data_key is None:
        _give_up(row, ERASED.code, by)
        return None
    key = DataKey(contact.data_key)
    try:
        said, locale = from_kept(row.message, json.loads(key.decrypt(row.parameters))), locale_of(contact)
        words = said.words(locale)
        if row.again_at is not None:
            words = sayings.SENT_AGAIN(words=words).words(locale)
    except Exception:
        log.exception("no_words", message=row.message, id=str(row.id))
        _give_up(row, "no_words", by)
        return None
    channel, template = (row.channel_tenant_id, row.channel_id), None
    if contact.medium is Medium.WECHAT and not may_write_to(contact.address, by=by.as_system(channel[0])):
        template = template_by(channel, said, locale)
        if template is None:
            _give_up(row, UNDELIVERABLE.code, by)
            return None
    # Only text messages are counted, and paid, in parts.
    row.text, row.parts = key.encrypt(words), 1 if contact.medium is Medium.WECHAT else count_parts(words)
    row.state, row.claimed_at, row.attempts = Delivery.SENDING, by.now, row.attempts + 1
    return Parcel(
        row.tenant_id, row.id, by.now, channel, contact.address, words, row.parts, said, locale, template
    )


def _give_up(row: OutboundMessage, failure: str, by: Actor) -> None:
    row.state, row.failure, row.settled_at = Delivery.FAILED, failure, by.now
    record(Event.MESSAGE_FAILED, row, by, failure=failure)


def _send(parcels: Iterable[Parcel], pool: ThreadPoolExecutor, pace: Pace) -> None:
    """Hand the parcels over, each at its channel's moment, and record what came of them meanwhile."""
    waiting, outcomes = _timetable(parcels, pace)
    flying: dict[Future[Sent], Parcel] = {}
    recorded = time.monotonic()
    while waiting or flying or outcomes:
        while waiting and waiting[-1][0] <= time.monotonic():
            _moment, parcel, channel, outbound = waiting.pop()
            flying[pool.submit(GATEWAYS[channel.gateway].send, outbound, credentials_of(channel))] = parcel
        patience = (
            SETTLED_AFTER if not waiting else min(max(waiting[-1][0] - time.monotonic(), 0), SETTLED_AFTER)
        )
        if flying:
            done, _rest = wait(flying, patience, FIRST_COMPLETED)
            outcomes += [_outcome(flying.pop(future), future) for future in done]
        elif waiting:
            time.sleep(patience)
        late = time.monotonic() - recorded >= SETTLED_AFTER or not (waiting or flying)
        if outcomes and (late or len(outcomes) >= SETTLED_AT_ONCE):
            _settle_each(outcomes)
            outcomes, recorded = [], time.monotonic()


def _timetable(
    parcels: Iterable[Parcel], pace: Pace
) -> tuple[list[tuple[float, Parcel, ChannelInfo, Outbound]], list[Outcome]]:
    """When each parcel may leave, the next one last; and what became of those whose channel is closed."""
    waiting: list[tuple[float, Parcel, ChannelInfo, Outbound]] = []
    stranded: list[Outcome] = []
    for parcel in parcels:
        try:
            channel = channel_by_id(*parcel.channel)
        except NotFound:
            stranded.append(Outcome(parcel.tenant_id, parcel.id, parcel.claimed_at, CHANNEL_CLOSED))
            continue
        seconds = 0.0
        if channel.gateway != SIMULATOR:
            seconds = pace.seconds_until(channel.id, parcel.parts, channel.parts_per_second)
        waiting.append((time.monotonic() + seconds, parcel, channel, _outbound(parcel, channel)))
    return sorted(waiting, key=lambda entry: entry[0], reverse=True), stranded


def _outbound(parcel: Parcel, channel: ChannelInfo) -> Outbound:
    own_id = f"{parcel.tenant_id}.{parcel.id}"
    outbound = Outbound(own_id, parcel.to, channel.number, parcel.words, receipts_url(channel, own_id))
    if parcel.template is not None:
        return replace(outbound, template=parcel.template.code, variables=parcel.template.fields)
    if not channel.by_template or parcel.said is None:
        return outbound
    message = parcel.said.message.key
    # Whoever chose a language that the office had not approved yet gets the news in Chinese rather than none.
    locale = parcel.locale if (message, parcel.locale) in channel.templates else "zh"
    return replace(
        outbound,
        message=f"{message} {parcel.locale}",
        template=channel.templates.get((message, locale)),
        variables={name: str(value) for name, value in parcel.said.variables(locale).items()},
    )


def _outcome(parcel: Parcel, future: Future[Sent]) -> Outcome:
    result: Sent | SendFailure
    try:
        result = future.result()
    except SendFailure as failure:
        result = failure
    except Exception:
        # Whether it was sent before our own code failed, only the provider knows.
        log.exception("sending_failed", id=str(parcel.id))
        result = Unknown("our side")
    return Outcome(parcel.tenant_id, parcel.id, parcel.claimed_at, result)


def _settle_each(outcomes: Iterable[Outcome]) -> None:
    by = Actor.system(now=_now())
    for office, ours in groupby(
        sorted(outcomes, key=lambda one: one.tenant_id), key=lambda one: one.tenant_id
    ):
        settle(list(ours), by=by.as_system(office))


def reconcile() -> int:
    """Ask the providers about rows whose worker died: what they took is settled, the rest waits again.

    Returns how many rows that were. A channel that cannot be asked now is asked again by the next sweep.
    """
    everywhere, silent, cleared = _everywhere(), set(), 0
    for parcel in _find_lost(by=everywhere):
        if parcel.channel in silent:
            continue
        found = _asked(parcel, by=everywhere)
        if _not_now(found):
            log.warning("provider_cannot_be_asked", channel=str(parcel.channel[1]), code=found.code)
            silent.add(parcel.channel)
            continue
        settle(
            [Outcome(parcel.tenant_id, parcel.id, parcel.claimed_at, found)],
            by=everywhere.as_system(parcel.tenant_id),
        )
        cleared += 1
    return cleared


def _not_now(found: Sent | SendFailure | None) -> TypeGuard[SendFailure]:
    """Whether the provider could not be asked at this moment, rather than never."""
    settled = isinstance(found, NotAskable) or found in (ERASED, CHANNEL_CLOSED)
    return isinstance(found, SendFailure) and not settled


def _asked(parcel: Parcel, *, by: Actor) -> Sent | SendFailure | None:
    if not parcel.to:
        return ERASED
    try:
        channel = channel_by_id(*parcel.channel)
        known = _attributed(parcel, by=by)
        gateway = GATEWAYS[channel.gateway]
        return gateway.find_sent(
            _outbound(parcel, channel), parcel.claimed_at, credentials_of(channel), known
        )
    except NotFound:
        return CHANNEL_CLOSED
    except SendFailure as failure:
        return failure


@query(Permission.MESSAGE_SEND)
def _find_lost(*, by: Actor) -> list[Parcel]:
    """Rows of workers that died; not while another message to the same contact may still be on its way."""
    rows = db.session.execute(
        select(OutboundMessage, Contact)
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(OutboundMessage.tenant_id.in_(by.readable), OutboundMessage.state == Delivery.SENDING)
        .order_by(OutboundMessage.claimed_at, OutboundMessage.id)
        .limit(10 * BATCH)
    ).all()
    claimed = [(row, contact, row.claimed_at) for row, contact in rows if row.claimed_at is not None]
    fresh = {row.contact_id for row, _contact, at in claimed if at > by.now - LOST_AFTER}
    return [_as_claimed(*each) for each in claimed if each[0].contact_id not in fresh]


def _as_claimed(row: OutboundMessage, contact: Contact, claimed_at: datetime) -> Parcel:
    words = decrypt_under(contact.data_key, row.text) or ""
    channel = (row.channel_tenant_id, row.channel_id)
    return Parcel(row.tenant_id, row.id, claimed_at, channel, contact.address or "", words, row.parts or 0)


@query(Permission.MESSAGE_SEND)
def _attributed(parcel: Parcel, *, by: Actor) -> frozenset[str]:
    """The provider's ids of messages to this address that belong to other rows, in whichever office."""
    index = (
        select(Contact.address_index)
        .join(
            OutboundMessage,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(OutboundMessage.tenant_id == parcel.tenant_id, OutboundMessage.id == parcel.id)
        .scalar_subquery()
    )
    ids = db.session.scalars(
        select(OutboundMessage.provider_id)
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(
            OutboundMessage.tenant_id.in_(by.readable),
            Contact.tenant_id.in_(by.readable),
            Contact.address_index == index,
            OutboundMessage.channel_id == parcel.channel[1],
            OutboundMessage.provider_id.is_not(None),
            OutboundMessage.claimed_at > parcel.claimed_at - timedelta(days=1),
        )
    )
    return frozenset(one for one in ids if one)


def _everywhere() -> Actor:
    now = _now()
    offices = every_office(by=Actor.system(now=now))
    return Actor.system(now=now, readable=tuple(office.id for office in offices))


def _now() -> datetime:
    return current_app.config["CLOCK"]()
