"""Claiming what the outbox holds: what is due, in whose turn, and its words in the recipient's language (S5, S6).

Answers come before notices before broadcasts, the offices take turns in each lane, and nobody is claimed for more than
can leave within a second: whoever comes later with something more urgent finds the way free.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select, text, update

from channels import sayings
from channels.alarms import raise_alarm
from channels.announcing import announced
from channels.contacts import locale_of
from channels.filled_templates import Template, template_by
from channels.machines import is_machine
from channels.messages import MESSAGES, Said, from_kept
from channels.models import Contact, Delivery, Lane, Medium, OutboundMessage
from channels.outbox import offices_at_rest
from channels.pacing import ALIKE_WITHIN, MOST_ALIKE, MOST_TO_ONE, free_again, is_too_much_alike
from channels.parts import count_parts
from channels.registry import channel_by_id, text_channel
from channels.reply_windows import WINDOWED, may_write_to
from channels.settling import ERASED, UNDELIVERABLE
from channels.spare_phone import send_by_phone
from tenants.actors import PLATFORM, Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.models import Tenant
from tenants.offices import every_office
from tenants.permissions import Permission
from tenants.privacy import DataKey, decrypt_under
from tenants.refusals import NotFound

log = structlog.get_logger()

AT_HAND = 400
"""Messages that a worker has claimed and not yet handed over, at most; of one channel no more than it sends in a second."""

OF_ONE_OFFICE = AT_HAND // 2
"""Of them, broadcasts of one office at most: no county takes more than half of a worker (S6)."""

FIND_DUE = text(
    """
    WITH office AS (
        SELECT id, id <> ALL (CAST(:resting AS int[])) AS awake FROM unnest(CAST(:offices AS int[])) AS office (id)
    ), waiting AS (
        SELECT m.*, lane.rank
          FROM office CROSS JOIN unnest(CAST(:lanes AS text[])) WITH ORDINALITY AS lane (name, rank)
         CROSS JOIN LATERAL (
               SELECT tenant_id, id, not_before, channel_tenant_id, channel_id, lane
                 FROM outbound_messages
                WHERE tenant_id = office.id AND state = 'queued' AND lane = lane.name AND announcement_id IS NULL
                  AND not_before <= :now
                ORDER BY not_before, id
                LIMIT :number) AS m
         WHERE office.awake OR lane.name = 'reply'
         UNION ALL
        SELECT m.*, array_position(CAST(:lanes AS text[]), 'bulk')
          FROM office JOIN announcements a ON a.tenant_id = office.id AND a.ended_at IS NULL AND a.held_at IS NULL
         CROSS JOIN LATERAL (
               SELECT tenant_id, id, not_before, channel_tenant_id, channel_id, lane
                 FROM outbound_messages
                WHERE tenant_id = a.tenant_id AND state = 'queued' AND lane = 'bulk' AND announcement_id = a.id
                  AND not_before <= :now
                ORDER BY not_before, id
                LIMIT :number) AS m
         WHERE office.awake AND 'bulk' = ANY (CAST(:lanes AS text[]))
    ), turns AS (
        SELECT *, row_number() OVER (PARTITION BY tenant_id, rank ORDER BY not_before, id) AS turn FROM waiting
    ), places AS (
        SELECT t.*, c.parts_per_second,
               row_number() OVER (PARTITION BY t.channel_id ORDER BY t.rank, t.turn, t.not_before) AS place
          FROM turns t JOIN channels c ON c.tenant_id = t.channel_tenant_id AND c.id = t.channel_id
          LEFT JOIN unnest(CAST(:bulk_offices AS int[]), CAST(:bulk_numbers AS int[])) AS own (tenant_id, number)
            ON own.tenant_id = t.tenant_id
         WHERE t.lane <> 'bulk' OR t.turn + coalesce(own.number, 0) <= :of_one_office
    )
    SELECT p.tenant_id, p.id
      FROM places p
      LEFT JOIN unnest(CAST(:channels AS uuid[]), CAST(:urgent AS int[]), CAST(:in_all AS int[]))
             AS busy (channel_id, urgent, in_all) ON busy.channel_id = p.channel_id
     WHERE p.place + coalesce(CASE p.lane WHEN 'bulk' THEN busy.in_all ELSE busy.urgent END, 0)
           <= greatest(p.parts_per_second, 1)
     ORDER BY p.rank, p.turn, p.not_before
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
    lane: Lane
    said: Said | None = field(default=None, repr=False)
    locale: str = "zh"
    template: Template | None = None


@dataclass(frozen=True)
class Prepared:
    """A parcel, and its words under the contact's key."""

    parcel: Parcel
    text: bytes


@dataclass(frozen=True)
class NotSent:
    """Why a row does not leave now: it never will, or (``until``) it waits, since the person got enough for the moment."""

    state: Delivery
    failure: str | None = None
    until: datetime | None = None


SAID_TOO_OFTEN = NotSent(Delivery.SUPPRESSED, "said_too_often")
TO_A_MACHINE = NotSent(Delivery.SUPPRESSED, "machine")

READ = (
    OutboundMessage.id,
    OutboundMessage.contact_id,
    OutboundMessage.message,
    OutboundMessage.parameters,
    OutboundMessage.announcement_id,
    OutboundMessage.lane,
    OutboundMessage.expires_at,
    OutboundMessage.again_at,
    OutboundMessage.channel_tenant_id,
    OutboundMessage.channel_id,
    OutboundMessage.subject_type,
    OutboundMessage.subject_id,
    Contact.medium,
    Contact.address,
    Contact.data_key,
    Contact.locale,
    Contact.written_in,
    Contact.stopped_at,
)
"""What a worker must know of a row and its recipient."""

CLAIM = text(
    """
    UPDATE outbound_messages AS m
       SET state = 'sending', claimed_at = :now, attempts = m.attempts + 1, text = v.text, parts = v.parts,
           channel_id = v.channel_id
      FROM unnest(CAST(:ids AS uuid[]), CAST(:texts AS bytea[]), CAST(:parts AS int[]), CAST(:channels AS uuid[]))
           AS v (id, text, parts, channel_id)
     WHERE m.tenant_id = :tenant AND m.id = v.id
    """
)


@dataclass(frozen=True)
class AtHand:
    """What a worker has claimed already: messages that wait for each channel, those of them that are no broadcasts, and
    the broadcasts of each office. What is urgent does not wait behind broadcasts at hand."""

    channels: Counter[UUID] = field(default_factory=Counter)
    urgent: Counter[UUID] = field(default_factory=Counter)
    bulk: Counter[int] = field(default_factory=Counter)


def claim(number: int, at_hand: AtHand | None = None, *, bulk: bool = True) -> list[Parcel | None]:
    """Claim up to ``number`` due rows of all offices, each office's in a transaction of its own.

    ``bulk``: broadcasts too; without, they wait where they are. What came too late or must not be sent any more is settled
    here and never reaches a provider: ``None`` stands for it.
    """
    by = everywhere()
    due = sorted(_find_due(number, at_hand or AtHand(), bulk, by=by), key=lambda pair: pair[0])
    return [
        parcel
        for office, pairs in groupby(due, key=lambda pair: pair[0])
        for parcel in _claim([row_id for _office, row_id in pairs], by=by.as_system(office))
    ]


@query(Permission.MESSAGE_SEND)
def _find_due(number: int, at_hand: AtHand, bulk: bool, *, by: Actor) -> list[tuple[int, UUID]]:
    rows = db.session.execute(
        FIND_DUE,
        {
            "offices": list(by.readable),
            "resting": offices_at_rest(by=by),
            "lanes": [lane.value for lane in Lane if bulk or lane is not Lane.BULK],
            "now": by.now,
            "number": number,
            "bulk_offices": list(at_hand.bulk),
            "bulk_numbers": list(at_hand.bulk.values()),
            "of_one_office": OF_ONE_OFFICE,
            "channels": list(at_hand.channels),
            "urgent": [at_hand.urgent[channel] for channel in at_hand.channels],
            "in_all": list(at_hand.channels.values()),
        },
    )
    return [(office, row_id) for office, row_id in rows]


@command(Permission.MESSAGE_SEND)
def _claim(ids: Sequence[UUID], *, by: Actor) -> list[Parcel | None]:
    rows = db.session.execute(
        select(*READ)
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
    ).all()
    said = announced({row.announcement_id for row in rows if row.announcement_id}, by=by)
    lately = _sent_lately({row.contact_id for row in rows}, by)
    before = _heard_lately(Counter(row.contact_id for row in rows), lately, by)
    prepared = [_prepare(row, said, lately, before, by) for row in rows]
    for why, group in _by_reason(rows, prepared).items():
        _do_not_send(group, why, by)
    claimed = [one for one in prepared if isinstance(one, Prepared)]
    if claimed:
        db.session.execute(
            CLAIM,
            {
                "tenant": by.tenant_id,
                "now": by.now,
                "ids": [one.parcel.id for one in claimed],
                "texts": [one.text for one in claimed],
                "parts": [one.parcel.parts for one in claimed],
                "channels": [one.parcel.channel[1] for one in claimed],
            },
        )
    return [one.parcel if isinstance(one, Prepared) else None for one in prepared]


def _is_limited(row: Any) -> bool:
    """Answers go whenever they are asked for, and where nothing is sent by text there is no carrier to forbid it."""
    return row.lane is not Lane.REPLY and row.medium is Medium.SMS


def _sent_lately(contacts: Collection[UUID], by: Actor) -> dict[UUID, list[datetime]]:
    """When the last messages to each contact left, the newest first; nothing in a demo office, where time is turned by hand."""
    if not contacts or db.session.get_one(Tenant, by.tenant_id).demo:
        return {}
    _most, longest = MOST_TO_ONE[-1]
    rows = db.session.execute(
        select(OutboundMessage.contact_id, OutboundMessage.claimed_at)
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.contact_id.in_(contacts),
            OutboundMessage.claimed_at > by.now - longest,
        )
        .order_by(OutboundMessage.claimed_at.desc())
    )
    found: dict[UUID, list[datetime]] = {contact: [] for contact in contacts}
    for contact_id, claimed_at in rows:
        if claimed_at is not None:
            found[contact_id].append(claimed_at)
    return found


def _heard_lately(
    waiting: Counter[UUID], lately: Mapping[UUID, Sequence[datetime]], by: Actor
) -> dict[UUID, Counter[str]]:
    """What those contacts who may be in a loop with us have been told in the last minutes, and how often."""
    begin = by.now - ALIKE_WITHIN
    suspects = {
        contact: Counter[str]()
        for contact, sent in lately.items()
        if waiting[contact] + sum(moment > begin for moment in sent) > MOST_ALIKE
    }
    if suspects:
        for contact_id, key, words in db.session.execute(
            select(OutboundMessage.contact_id, Contact.data_key, OutboundMessage.text)
            .join(
                Contact,
                (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
            )
            .where(
                OutboundMessage.tenant_id == by.tenant_id,
                OutboundMessage.contact_id.in_(suspects),
                OutboundMessage.claimed_at > begin,
            )
        ):
            suspects[contact_id][decrypt_under(key, words) or ""] += 1
    return suspects


def _prepare(
    row: Any,
    said: Mapping[UUID, Said],
    lately: dict[UUID, list[datetime]],
    before: Mapping[UUID, Counter[str]],
    by: Actor,
) -> Prepared | NotSent:
    if row.expires_at <= by.now:
        return NotSent(Delivery.EXPIRED)
    if row.stopped_at is not None and _ends_with_stop(row):
        return NotSent(Delivery.SUPPRESSED)
    if row.address is None or row.data_key is None:
        return NotSent(Delivery.FAILED, ERASED.code)
    if row.medium is Medium.SMS and is_machine(row.address):
        return TO_A_MACHINE
    sent = lately.get(row.contact_id) if _is_limited(row) else None
    if sent is not None and (until := free_again(sent, by.now)) is not None:
        return NotSent(Delivery.QUEUED, until=until)
    key = DataKey(row.data_key)
    try:
        its, locale = _said(row, key, said), locale_of(row)
        words = its.words(locale, within=sayings.SENT_AGAIN if row.again_at is not None else None)
    except Exception:
        log.exception("no_words", message=row.message, id=str(row.id))
        return NotSent(Delivery.FAILED, "no_words")
    told = before.get(row.contact_id)
    if told is not None and is_too_much_alike(told[words], row.lane):
        return SAID_TOO_OFTEN
    channel, template, medium = (row.channel_tenant_id, row.channel_id), None, _medium_by(row)
    # Of a shared account the county knows when somebody wrote, of its neighbour's complaint the office written to.
    writers = {by.tenant_id, channel[0]}
    if medium in WINDOWED and not any(
        may_write_to(medium, row.address, by=by.as_system(office)) for office in writers
    ):
        template = template_by(channel, its, locale)
        if template is None:
            instead = text_channel(by=by.as_system(channel[0])) if medium is Medium.WHATSAPP else None
            if instead is None:
                by_phone = send_by_phone(row, its, by=by)
                return (
                    NotSent(Delivery.BY_PHONE) if by_phone else NotSent(Delivery.FAILED, UNDELIVERABLE.code)
                )
            channel, medium = (channel[0], instead), Medium.SMS
    if sent is not None:
        sent.insert(0, by.now)
    if told is not None:
        told[words] += 1
    parts = _parts(words, medium, channel)
    parcel = Parcel(
        by.tenant_id, row.id, by.now, channel, row.address, words, parts, row.lane, its, locale, template
    )
    return Prepared(parcel, key.encrypt(words))


def _parts(words: str, medium: Medium, channel: tuple[int, UUID]) -> int:
    """What is paid: text messages are counted in parts, with the signature that a provider sets before each."""
    if medium in (Medium.WECHAT, Medium.WHATSAPP):
        return 1
    try:
        known = channel_by_id(*channel)
    except NotFound:
        return count_parts(words)
    return count_parts(f"【{known.number}】{words}" if known.by_template else words)


def _ends_with_stop(row: Any) -> bool:
    """Whether nobody who opted out gets it (S5): broadcasts, and reminders whichever way they take."""
    known = MESSAGES.get(row.message)
    return row.lane is Lane.BULK or (known is not None and known.reminder)


def _medium_by(row: Any) -> Medium:
    """How a row goes: by its contact's medium, unless it was sent on by text to somebody at WhatsApp."""
    if row.medium is not Medium.WHATSAPP:
        return row.medium
    try:
        return channel_by_id(row.channel_tenant_id, row.channel_id).medium
    except NotFound:
        return Medium.WHATSAPP


def _said(row: Any, key: DataKey, said: Mapping[UUID, Said]) -> Said:
    if row.announcement_id is not None:
        return said[row.announcement_id]
    return from_kept(row.message, json.loads(key.decrypt(row.parameters)))


def _by_reason(rows: Sequence[Any], prepared: Sequence[Prepared | NotSent]) -> dict[NotSent, list[UUID]]:
    groups: dict[NotSent, list[UUID]] = {}
    for row, one in zip(rows, prepared, strict=True):
        if isinstance(one, NotSent):
            groups.setdefault(one, []).append(row.id)
    return groups


def _do_not_send(ids: Sequence[UUID], why: NotSent, by: Actor) -> None:
    settled = {"state": why.state, "failure": why.failure, "settled_at": by.now}
    db.session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.tenant_id == by.tenant_id, OutboundMessage.id.in_(ids))
        .values(settled if why.until is None else {"not_before": why.until})
        .execution_options(synchronize_session=False)
    )
    if why.state is Delivery.FAILED:
        for row_id in ids:
            record(Event.MESSAGE_FAILED, (OutboundMessage.__tablename__, row_id), by, failure=why.failure)
    if why is SAID_TOO_OFTEN:
        for office in (by.tenant_id, PLATFORM):
            raise_alarm("said_too_often", about_tenant_id=by.tenant_id, by=by.as_system(office))


def everywhere() -> Actor:
    """The system, reading all offices of the deployment now."""
    now = current_app.config["CLOCK"]()
    offices = every_office(by=Actor.system(now=now))
    return Actor.system(now=now, readable=tuple(office.id for office in offices))
