"""What becomes of an outbox row once its provider has answered, or has been asked (S5, S7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from channels.alarms import raise_alarm
from channels.announcing import withdraw
from channels.contacts import mark_unreachable
from channels.gateways import (
    AccountRefused,
    BadAddress,
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
from channels.joining import opt_out
from channels.models import Contact, Delivery, DeliveryReceipt, Lane, OutboundMessage
from channels.pacing import THROTTLED_PAUSE
from channels.receipts import REPORTED, note_report
from channels.reply_windows import close_windows, use_up, written_to
from tenants.actors import PLATFORM, Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.permissions import Permission

MOST_ATTEMPTS = 5
"""Attempts at a message whose sending fails for the moment."""

FIRST_PAUSE = timedelta(seconds=30)
"""The pause after the first failed attempt; each further one is four times as long."""

ACCOUNT_PAUSE = timedelta(minutes=15)
"""How long a message waits whose provider refuses the account, until it is tried again; an alarm says so meanwhile."""

TAKE = text(
    """
    WITH waiting AS (
        SELECT id FROM outbound_messages
         WHERE tenant_id = :tenant AND id = ANY (CAST(:ids AS uuid[])) AND state IN ('queued', 'sending')
         ORDER BY id FOR UPDATE
    )
    UPDATE outbound_messages AS m
       SET provider_id = v.provider_id, sent_at = :now, state = v.state, failure = NULL,
           settled_at = CASE v.state WHEN 'sent' THEN m.settled_at ELSE :now END
      FROM unnest(CAST(:ids AS uuid[]), CAST(:provider_ids AS text[]), CAST(:states AS text[]))
           AS v (id, provider_id, state)
      JOIN waiting ON waiting.id = v.id
     WHERE m.tenant_id = :tenant AND m.id = v.id
    RETURNING m.id, m.channel_tenant_id
    """
)
"""What the provider has taken; rows are locked in one order, so that two workers never wait for each other in a ring."""

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
    _take([(outcome.id, outcome.result) for outcome in outcomes if isinstance(outcome.result, Sent)], by)
    failed = {
        outcome.id: (outcome.claimed_at, outcome.result)
        for outcome in outcomes
        if not isinstance(outcome.result, Sent)
    }
    if failed:
        _look_after(failed, by)


def _take(taken: Sequence[tuple[UUID, Sent]], by: Actor) -> None:
    if not taken:
        return
    rows = db.session.execute(
        TAKE,
        {
            "tenant": by.tenant_id,
            "now": by.now,
            "ids": [row_id for row_id, _sent in taken],
            "provider_ids": [sent.provider_id for _row_id, sent in taken],
            "states": [REPORTED.get(sent.status, Delivery.SENT).value for _row_id, sent in taken],
        },
    ).all()
    ids = {row_id for row_id, _office in rows}
    _use_up({row_id: sent.answers for row_id, sent in taken if sent.answers and row_id in ids}, by)
    known_to = replace(by, readable=tuple(office for _row_id, office in rows))
    for status, error_code, row in quick_reports(ids, by=known_to):
        note_report(row, status, error_code, by)


def _use_up(answers: Mapping[UUID, int], by: Actor) -> None:
    """What was sent within somebody's reply window is counted against it."""
    for row in _rows(answers, by) if answers else ():
        if address := _address(row):
            for office in written_to(row.channel_tenant_id, address, by=by):
                use_up(address, answers[row.id], by=by.as_system(office))


@query(Permission.MESSAGE_SEND)
def quick_reports(ids: Collection[UUID], *, by: Actor) -> list[tuple[str, str | None, OutboundMessage]]:
    """Reports that knew a message only by the provider's id and came before we did (S7); they lie with the channel's office,
    which the actor reads."""
    found = db.session.execute(
        select(DeliveryReceipt.status, DeliveryReceipt.error_code, OutboundMessage)
        .join(
            OutboundMessage,
            (OutboundMessage.channel_tenant_id == DeliveryReceipt.tenant_id)
            & (OutboundMessage.channel_id == DeliveryReceipt.channel_id)
            & (OutboundMessage.provider_id == DeliveryReceipt.provider_id),
        )
        .where(
            DeliveryReceipt.tenant_id.in_(by.readable),
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.id.in_(ids),
        )
        .execution_options(populate_existing=True)
    )
    return [(status, error_code, row) for status, error_code, row in found]


def _rows(ids: Collection[UUID], by: Actor) -> Sequence[OutboundMessage]:
    return db.session.scalars(
        select(OutboundMessage)
        .where(OutboundMessage.tenant_id == by.tenant_id, OutboundMessage.id.in_(ids))
        .execution_options(populate_existing=True)
    ).all()


def _look_after(failed: Mapping[UUID, tuple[datetime, SendFailure | None]], by: Actor) -> None:
    rows = db.session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.id.in_(failed),
            OutboundMessage.state == Delivery.SENDING,
        )
        .order_by(OutboundMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        claimed_at, failure = failed[row.id]
        if row.claimed_at == claimed_at:
            _not_taken(row, failure, by)
    waiting_again = {
        row.announcement_id for row in rows if row.state is Delivery.QUEUED and row.announcement_id
    }
    if waiting_again:
        db.session.flush()
        withdraw(waiting_again, by=by)
    broken = {failure.code for _claimed_at, failure in failed.values() if isinstance(failure, Misconfigured)}
    for code in sorted(broken):
        for office in (by.tenant_id, PLATFORM):
            raise_alarm(
                "sending_misconfigured", about_tenant_id=by.tenant_id, reason=code, by=by.as_system(office)
            )


def is_sent_again(lane: Lane, attempts: int) -> bool:
    """Whether a message is sent once more although its provider, which nobody can ask, may have taken it (S7).

    Answers and notices rather come twice, and say so, than never; broadcasts rather never than twice. ``attempts``: how
    many were made; five are enough for anything.
    """
    return lane is not Lane.BULK and attempts < MOST_ATTEMPTS


def _not_taken(row: OutboundMessage, failure: SendFailure | None, by: Actor) -> None:
    worth_it = row.expires_at > by.now
    if isinstance(failure, NotAskable) and worth_it and is_sent_again(row.lane, row.attempts):
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
    elif isinstance(failure, AccountRefused):
        row.attempts -= 1
        _wait(row, ACCOUNT_PAUSE, by)
    elif isinstance(failure, OutsideWindow) and row.attempts < MOST_ATTEMPTS:
        if address := _address(row):
            for office in written_to(row.channel_tenant_id, address, by=by):
                close_windows(address, by=by.as_system(office))
        _wait(row, timedelta(), by)
    elif isinstance(failure, Permanent | Misconfigured | NotAskable) or row.attempts >= MOST_ATTEMPTS:
        row.state, row.settled_at = Delivery.FAILED, by.now
        record(Event.MESSAGE_FAILED, row, by, failure=failure.code)
        if isinstance(failure, OptedOut):
            opt_out(row.contact_id, by=by)
        elif isinstance(failure, BadAddress):
            mark_unreachable(row, by=by)
    else:
        _wait(row, FIRST_PAUSE * 4 ** (row.attempts - 1), by)


def _wait(row: OutboundMessage, pause: timedelta, by: Actor) -> None:
    row.state, row.claimed_at, row.not_before = Delivery.QUEUED, None, by.now + pause


def _address(row: OutboundMessage) -> str | None:
    return db.session.scalar(
        select(Contact.address).where(Contact.tenant_id == row.tenant_id, Contact.id == row.contact_id)
    )
