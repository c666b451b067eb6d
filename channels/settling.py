"""What becomes of an outbox row once its provider has answered, or has been asked (S5, S7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from channels.alarms import raise_alarm
from channels.gateways import (
    Misconfigured,
    NotAskable,
    OptedOut,
    OutsideWindow,
    Permanent,
    SendFailure,
    Sent,
    Throttled,
    Unknown,
)
from channels.models import Contact, Delivery, DeliveryReceipt, Lane, OutboundMessage
from channels.receipts import REPORTED, note_report
from channels.reply_windows import close_windows, use_up
from tenants.actors import PLATFORM, Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command
from tenants.permissions import Permission

MOST_ATTEMPTS = 5
"""Attempts at a message whose sending fails for the moment."""

FIRST_PAUSE = timedelta(seconds=30)
"""The pause after the first failed attempt; each further one is four times as long."""

THROTTLED_PAUSE = 5.0
"""Seconds to wait where a provider wants fewer messages and does not say for how long."""

CHANNEL_CLOSED = Misconfigured("channel_closed")
ERASED = Permanent("erased")
UNDELIVERABLE = Permanent("undeliverable")
"""The person wrote too long ago for free text, and there is no other way to them."""


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt: taken, failed, or (``None``) never taken, as the provider says when asked."""

    tenant_id: int
    id: UUID
    claimed_at: datetime
    result: Sent | SendFailure | None


@command(Permission.MESSAGE_SEND)
def settle(outcomes: Sequence[Outcome], *, by: Actor) -> None:
    """Record what came of attempts at an office's messages (S7).

    A receipt that was quicker stands. A failure counts only for the attempt it belongs to: if the row was
    sent back and claimed again meanwhile, the later attempt decides.
    """
    rows = db.session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.id.in_([outcome.id for outcome in outcomes]),
            OutboundMessage.state.in_([Delivery.QUEUED, Delivery.SENDING]),
        )
        .order_by(OutboundMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    results = {outcome.id: outcome for outcome in outcomes}
    taken = []
    for row in rows:
        outcome = results[row.id]
        if isinstance(outcome.result, Sent):
            _taken(row, outcome.result, by)
            taken.append(row)
        elif row.state is Delivery.SENDING and row.claimed_at == outcome.claimed_at:
            _not_taken(row, outcome.result, by)
    _note_quick_reports(taken, by)
    broken = {outcome.result.code for outcome in outcomes if isinstance(outcome.result, Misconfigured)}
    for code in sorted(broken):
        for office in (by.tenant_id, PLATFORM):
            raise_alarm(
                "sending_misconfigured", about_tenant_id=by.tenant_id, reason=code, by=by.as_system(office)
            )


def _taken(row: OutboundMessage, sent: Sent, by: Actor) -> None:
    row.provider_id, row.sent_at = sent.provider_id, by.now
    row.state = REPORTED.get(sent.status, Delivery.SENT)
    if row.state is not Delivery.SENT:
        row.settled_at = by.now
    if sent.answers and (address := _address(row)):
        use_up(address, sent.answers, by=by.as_system(row.channel_tenant_id))


def _note_quick_reports(rows: Sequence[OutboundMessage], by: Actor) -> None:
    """Reports that knew a message only by the provider's id and came before we did (S7)."""
    if not rows:
        return
    by_id = {row.provider_id or "": row for row in rows}
    reports = db.session.scalars(
        select(DeliveryReceipt).where(
            DeliveryReceipt.tenant_id == by.tenant_id,
            DeliveryReceipt.channel_id.in_({row.channel_id for row in rows}),
            DeliveryReceipt.provider_id.in_(by_id),
        )
    )
    for report in reports:
        note_report(by_id[report.provider_id], report.status, report.error_code, by)


def is_sent_again(lane: Lane, attempts: int) -> bool:
    """Whether a message is sent once more although its provider, which nobody can ask, may have taken it (S7).

    Answers and notices rather come twice, and say so, than never; broadcasts rather never than twice. ``attempts``: how
    many were made; five are enough for anything.
    """
    return lane is not Lane.BULK and attempts < MOST_ATTEMPTS


def _not_taken(row: OutboundMessage, failure: SendFailure | None, by: Actor) -> None:
    if isinstance(failure, NotAskable) and is_sent_again(row.lane, row.attempts):
        row.again_at = by.now
        _wait(row, timedelta(), by)
        return
    if isinstance(failure, Unknown) and not isinstance(failure, NotAskable):
        return
    row.failure = failure.code if failure else None
    if failure is None:
        _wait(row, timedelta(), by)
    elif isinstance(failure, Throttled):
        row.attempts -= 1
        _wait(row, timedelta(seconds=failure.retry_after or THROTTLED_PAUSE), by)
    elif isinstance(failure, OutsideWindow) and row.attempts < MOST_ATTEMPTS:
        if address := _address(row):
            close_windows(address, by=by.as_system(row.channel_tenant_id))
        _wait(row, timedelta(), by)
    elif isinstance(failure, Permanent | Misconfigured | NotAskable) or row.attempts >= MOST_ATTEMPTS:
        row.state, row.settled_at = Delivery.FAILED, by.now
        record(Event.MESSAGE_FAILED, row, by, failure=failure.code)
        if isinstance(failure, OptedOut):
            _opt_out(row.contact_id, by)
    else:
        _wait(row, FIRST_PAUSE * 4 ** (row.attempts - 1), by)


def _wait(row: OutboundMessage, pause: timedelta, by: Actor) -> None:
    row.state, row.claimed_at, row.not_before = Delivery.QUEUED, None, by.now + pause


def _address(row: OutboundMessage) -> str | None:
    return db.session.scalar(
        select(Contact.address).where(Contact.tenant_id == row.tenant_id, Contact.id == row.contact_id)
    )


def _opt_out(contact_id: UUID, by: Actor) -> None:
    """Somebody ended all messages at the provider; our own broadcasts end with it (S5)."""
    contact = db.session.scalar(
        select(Contact).where(Contact.tenant_id == by.tenant_id, Contact.id == contact_id).with_for_update()
    )
    if contact is not None and contact.stopped_at is None:
        contact.stopped_at = by.now
        record(Event.CONSENT_WITHDRAWN, contact, by)
