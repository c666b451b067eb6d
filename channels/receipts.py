"""Delivery receipts: kept once each, in whatever order they come; a late lower state never overwrites (S7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from channels import gateways
from channels.alarms import raise_alarm
from channels.contacts import mark_unreachable
from channels.gateways import (
    AccountRefused,
    BadAddress,
    ChannelThrottled,
    Misconfigured,
    OptedOut,
    OutsideWindow,
    Receipt,
    Temporary,
    twilio,
)
from channels.jobs import nudge
from channels.joining import opt_out
from channels.models import Contact, Delivery, DeliveryReceipt, Lane, Medium, OutboundMessage
from channels.registry import ChannelInfo
from channels.reply_windows import close_windows, written_to
from tenants.actors import PLATFORM, Actor
from tenants.database import db
from tenants.gate import after_commit, command, query
from tenants.identifiers import new_id
from tenants.offices import every_office
from tenants.permissions import Permission

REPORTED = {
    gateways.Delivery.SENT: Delivery.SENT,
    gateways.Delivery.DELIVERED: Delivery.DELIVERED,
    gateways.Delivery.FAILED: Delivery.FAILED,
}
RANK = {
    Delivery.QUEUED: 0,
    Delivery.SENDING: 1,
    Delivery.SENT: 2,
    Delivery.UNCONFIRMED: 2,
    Delivery.FAILED: 3,
    Delivery.DELIVERED: 4,
}

AGAIN_AFTER = timedelta(minutes=15)
"""How long what could not be taken for the moment waits until it is said once more."""

FILTERED_OFTEN = 3
LONGEST_WAY = timedelta(days=4)
"""From a message's writing to the last report on it."""


@command(Permission.MESSAGE_RECEIVE)
def take_receipt(channel: ChannelInfo, receipt: Receipt, message: str | None, *, by: Actor) -> None:
    """Keep a provider's report and move the message it is about as far as it says.

    ``message``: ``<tenant>.<id>`` of our own message, from the callback's address, which finds it even where the provider's
    answer to the sending was lost.
    """
    statement = insert(DeliveryReceipt).values(
        tenant_id=by.tenant_id,
        id=new_id(),
        channel_id=channel.id,
        provider_id=receipt.provider_id,
        status=receipt.status.value,
        error_code=receipt.error_code,
        parts=receipt.parts,
        received_at=by.now,
    )
    db.session.execute(statement.on_conflict_do_nothing())
    owner, row_id = _own_id(message)
    if owner is None:
        offices = tuple(office.id for office in every_office(by=by.as_system()))
        owner = _office_of(receipt, channel, by=replace(by, readable=offices))
    if owner is not None:
        _settle(receipt, row_id, by=by.at(owner))


@query(Permission.MESSAGE_RECEIVE)
def _office_of(receipt: Receipt, channel: ChannelInfo, *, by: Actor) -> int | None:
    """Whose message a report is about that names it by the provider's id alone: several offices may write by one channel."""
    return db.session.scalar(
        select(OutboundMessage.tenant_id).where(
            OutboundMessage.tenant_id.in_(by.readable),
            OutboundMessage.channel_id == channel.id,
            OutboundMessage.provider_id == receipt.provider_id,
        )
    )


@command(Permission.MESSAGE_RECEIVE)
def _settle(receipt: Receipt, row_id: UUID | None, *, by: Actor) -> None:
    row = db.session.scalar(
        select(OutboundMessage)
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            or_(OutboundMessage.provider_id == receipt.provider_id, OutboundMessage.id == row_id),
        )
        .with_for_update()
    )
    if row is not None:
        row.provider_id = row.provider_id or receipt.provider_id
        note_report(row, receipt.status.value, receipt.error_code, by)


def note_report(row: OutboundMessage, status: str, error_code: str | None, by: Actor) -> None:
    """Move a message as far as a provider's report says (S7); one that is further already stays."""
    reported = REPORTED.get(gateways.Delivery(status))
    if reported is None or RANK[reported] <= RANK.get(row.state, 9):
        return
    row.sent_at = row.sent_at or by.now
    row.state, row.failure = reported, error_code if reported is Delivery.FAILED else None
    if reported in (Delivery.DELIVERED, Delivery.FAILED):
        row.settled_at = by.now
    if reported is Delivery.FAILED:
        _heed(row, error_code, by)


def _heed(row: OutboundMessage, error_code: str | None, by: Actor) -> None:
    """What follows from a failure that a provider tells only after it took the message, by its code (S5, S7)."""
    failure = twilio.failure_reported(error_code)
    if failure is OutsideWindow:
        _say_otherwise(row, by)
    elif failure is OptedOut:
        opt_out(row.contact_id, by=by)
    elif failure is BadAddress:
        mark_unreachable(row, by=by)
    elif failure in (Temporary, ChannelThrottled):
        _say_once_more(row, by)
    elif failure in (Misconfigured, AccountRefused):
        _alarm("sending_misconfigured", by, reason=error_code)
    elif error_code in twilio.FILTERED and _often_filtered(row, by):
        _alarm("words_filtered", by, message=row.message)


def _say_otherwise(row: OutboundMessage, by: Actor) -> None:
    """WhatsApp took a message and says only now that the day was over: what was no broadcast is said once more, as it goes
    then (S6)."""
    contact = db.session.get_one(Contact, (row.tenant_id, row.contact_id))
    if contact.medium is not Medium.WHATSAPP or contact.address is None or row.parameters is None:
        return
    for office in written_to(row.channel_tenant_id, contact.address, by=by):
        close_windows(contact.address, by=by.as_system(office))
    _say_again(row, by, not_before=by.now)


def _say_once_more(row: OutboundMessage, by: Actor) -> None:
    """What a phone or a carrier could not take for the moment is said once more after a while, and says so; a broadcast is
    not, nor what would come too late (S7)."""
    later = by.now + AGAIN_AFTER
    if row.lane is not Lane.BULK and row.again_at is None and row.expires_at > later:
        _say_again(row, by, not_before=later, again_at=by.now)


def _say_again(row: OutboundMessage, by: Actor, **when: datetime) -> None:
    kept = ("message", "parameters", "lane", "subject_type", "subject_id", "expires_at", "contact_id")
    db.session.add(
        OutboundMessage(
            tenant_id=row.tenant_id,
            id=new_id(),
            channel_tenant_id=row.channel_tenant_id,
            channel_id=row.channel_id,
            created_at=by.now,
            **when,
            **{name: getattr(row, name) for name in kept},
        )
    )
    after_commit(nudge)


def _often_filtered(row: OutboundMessage, by: Actor) -> bool:
    """Whether carriers held back messages of the same kind three times within a day (S7)."""
    db.session.flush()
    times = db.session.scalar(
        select(func.count()).where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.message == row.message,
            OutboundMessage.failure.in_(twilio.FILTERED),
            OutboundMessage.settled_at > by.now - timedelta(days=1),
            OutboundMessage.created_at > by.now - LONGEST_WAY,
        )
    )
    return (times or 0) >= FILTERED_OFTEN


def _alarm(code: str, by: Actor, **facts: str | None) -> None:
    for office in (by.tenant_id, PLATFORM):
        raise_alarm(code, about_tenant_id=by.tenant_id, by=by.as_system(office), **facts)


def _own_id(message: str | None) -> tuple[int | None, UUID | None]:
    try:
        owner, _dot, row_id = (message or "").partition(".")
        return int(owner), UUID(row_id)
    except ValueError:
        return None, None
