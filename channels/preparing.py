"""What a worker sends of a row: its words in the recipient's language, by which way, or why it does not leave now (S5, S6)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select

from channels import sayings
from channels.announcing import announced
from channels.contacts import locale_of
from channels.filled_templates import Template, template_by
from channels.gateways import Outbound
from channels.machines import is_machine
from channels.messages import MESSAGES, Said, from_kept
from channels.models import Contact, Delivery, Lane, Medium, OutboundMessage, TemplateWay
from channels.pacing import ALIKE_WITHIN, MOST_ALIKE, MOST_TO_ONE, free_again, is_too_much_alike
from channels.parts import count_parts
from channels.providers import receipts_url
from channels.registry import WHATSAPP, ChannelInfo, channel_by_id, channel_instead, first_channel
from channels.reply_windows import WINDOWED, may_write_to
from channels.settling import ERASED, UNDELIVERABLE
from channels.spare_phone import send_by_phone
from tenants.actors import Actor
from tenants.database import db
from tenants.models import Tenant
from tenants.privacy import DataKey, decrypt_under
from tenants.refusals import NotFound

log = structlog.get_logger()


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


class Settled(Protocol):
    """Of the rows that messages about to leave are about, those that need not be spoken of any more; used inside a gate."""

    def __call__(self, subject_ids: Collection[UUID], /, *, by: Actor) -> set[UUID]: ...


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
    Contact.unreachable_at,
)
"""What a worker must know of a row and its recipient."""


def prepare(rows: Sequence[Any], *, by: Actor) -> list[Prepared | NotSent]:
    """Put rows of ``READ`` into words, each with where it goes, or say why it does not leave now; for use inside a gate."""
    said = announced({row.announcement_id for row in rows if row.announcement_id}, by=by)
    lately = _sent_lately({row.contact_id for row in rows}, by)
    before = _heard_lately(Counter(row.contact_id for row in rows), lately, by)
    settled = _settled(rows, by)
    return [
        NotSent(Delivery.STOPPED) if row.subject_id in settled else _prepare(row, said, lately, before, by)
        for row in rows
    ]


def _settled(rows: Sequence[Any], by: Actor) -> set[UUID]:
    """What need not be spoken of any more; nothing is asked unless some of the rows are about such things."""
    settled: Mapping[str, Settled] = current_app.extensions["qiao.settled"]
    found: set[UUID] = set()
    for table, those in settled.items():
        if subjects := {row.subject_id for row in rows if row.subject_type == table}:
            found |= those(subjects, by=by)
    return found


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
    if (row.stopped_at or row.unreachable_at) and _ends_with_stop(row):
        return NotSent(Delivery.SUPPRESSED if row.stopped_at else Delivery.UNREACHABLE)
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
    medium = _medium_by(row)
    channel = _channel_of(row, medium, by)
    shut = medium in WINDOWED and not may_write_to(channel[0], medium, row.address, by=by)
    template = template_by(channel, its, locale, shut=shut)
    if shut and template is None:
        instead = None
        if medium is Medium.WHATSAPP:
            instead = first_channel(Medium.SMS, any_words=True, by=by.as_system(channel[0]))
        if instead is None:
            by_phone = send_by_phone(row, its, by=by)
            return NotSent(Delivery.BY_PHONE) if by_phone else NotSent(Delivery.FAILED, UNDELIVERABLE.code)
        channel, medium = instead, Medium.SMS
    if sent is not None:
        sent.insert(0, by.now)
    if told is not None:
        told[words] += 1
    parts = _parts(words, medium, channel)
    parcel = Parcel(
        by.tenant_id, row.id, by.now, channel, row.address, words, parts, row.lane, its, locale, template
    )
    return Prepared(parcel, key.encrypt(words))


def outbound_of(parcel: Parcel, channel: ChannelInfo) -> Outbound:
    """A parcel as the gateway of its channel takes it."""
    own_id = f"{parcel.tenant_id}.{parcel.id}"
    # Whom WhatsApp does not let us write to gets a text message: the address is a phone number all the same.
    to = parcel.to if channel.medium is Medium.WHATSAPP else parcel.to.removeprefix(WHATSAPP)
    outbound = Outbound(own_id, to, channel.number, parcel.words, receipts_url(channel, own_id))
    if channel.by_template and parcel.said is not None:
        outbound = replace(outbound, message=f"{parcel.said.message.key} {parcel.locale}")
    if parcel.template is None:
        return outbound
    return replace(
        outbound,
        template=parcel.template.code,
        variables=parcel.template.fields,
        by_subscription=parcel.template.way is TemplateWay.SUBSCRIPTION,
    )


def _channel_of(row: Any, medium: Medium, by: Actor) -> tuple[int, UUID]:
    """The channel somebody wrote to, or the one in its place where the office gave it up."""
    try:
        channel_by_id(row.channel_tenant_id, row.channel_id)
        return row.channel_tenant_id, row.channel_id
    except NotFound:
        instead = channel_instead(row.channel_id, medium, by=by.as_system(row.channel_tenant_id))
        return row.channel_tenant_id, instead or row.channel_id


def _parts(words: str, medium: Medium, channel: tuple[int, UUID]) -> int:
    """What is paid: text messages are counted in parts, with the signature that a provider sets before each."""
    if medium in (Medium.WECHAT, Medium.WHATSAPP):
        return 1
    try:
        return count_parts(channel_by_id(*channel).signature + words)
    except NotFound:
        return count_parts(words)


def _ends_with_stop(row: Any) -> bool:
    """Whether nobody who opted out or cannot be reached gets it (S5, S7): broadcasts, and reminders whichever way they
    take."""
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
