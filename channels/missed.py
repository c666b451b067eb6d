"""What a provider's own list knows and we do not: messages that never reached us are taken in late, reports are caught up.

Rules S1 and S7. Rows of ours whose sending nobody knows the end of are asked for one by one (``channels/sending.py``).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select

from channels.alarms import raise_alarm
from channels.answers import make_reference
from channels.claiming import everywhere
from channels.gateways import Inbound, Receipt, SendFailure, twilio
from channels.inbox import keep_for_a_person
from channels.models import Channel, Contact, Delivery, InboundMessage, OutboundMessage
from channels.providers import twilio_credentials
from channels.receipts import REPORTED, take_receipt
from channels.reception import receive_by
from channels.registry import ChannelInfo, channel_by_id
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.privacy import keyring

log = structlog.get_logger()

EACH_TIME = timedelta(hours=26)
"""How far the hourly look goes back: over a day of trouble, and a little more."""

UNDER_WAY = timedelta(minutes=5)
"""A message this young may still be on its way to us."""


@dataclass(frozen=True)
class Found:
    """What a look back at a number found: messages that had not reached us, and reports that had not."""

    number: str
    messages: int
    reports: int


def look_back_everywhere() -> int:
    """Look back at every number at Twilio but those of demo offices; one that cannot be asked now is asked again in an hour.

    Returns how much was found.
    """
    found = 0
    for tenant_id, channel_id in _channels(by=everywhere()):
        channel = channel_by_id(tenant_id, channel_id)
        if channel.demo:
            continue
        try:
            one = look_back(channel, EACH_TIME)
            found += one.messages + one.reports
        except SendFailure as failure:
            log.warning("provider_cannot_be_asked", channel=str(channel_id), code=failure.code)
    return found


def look_back(channel: ChannelInfo, time: timedelta) -> Found:
    """Compare what Twilio's list holds of a number with what reached us, take in what is missing, and raise an alarm if any.

    Raises a ``SendFailure`` where Twilio cannot be asked.
    """
    now = current_app.config["CLOCK"]()
    by = Actor.system(channel.tenant_id, now=now, readable=channel.readable)
    window = twilio.look_back(channel.number, now - time, twilio_credentials(channel))
    known = _known([one.provider_id or "" for _at, one in window.inbound], channel, by=by)
    missed = [
        (at, one) for at, one in window.inbound if one.provider_id not in known and at < now - UNDER_WAY
    ]
    for sent_at, inbound in missed:
        _take_in_late(channel, sent_at, inbound)
    news = _news(window.receipts, channel, by=everywhere())
    for receipt, message in news:
        take_receipt(channel, receipt, message, by=by)
    if missed:
        raise_alarm(
            "messages_missed",
            about_tenant_id=channel.tenant_id,
            number=channel.number[-4:],
            messages=len(missed),
            by=by,
        )
    return Found(channel.number, len(missed), len(news))


def _take_in_late(channel: ChannelInfo, sent_at: datetime, inbound: Inbound) -> None:
    """As if it came now, with the reply as a message of its own; but what its sender has written after it decides what it
    could have meant, so that a person reads it then."""
    now = current_app.config["CLOCK"]()
    by = Actor.system(channel.tenant_id, now=now, readable=channel.readable)
    late = replace(channel, replies_late=True)
    if _wrote_since(inbound.sender, sent_at, late, by=by):
        keep_for_a_person(late, inbound, make_reference(random.SystemRandom()), "came_late", by=by)
    else:
        receive_by(late, inbound)


@query(Permission.CHANNEL_READ)
def _channels(*, by: Actor) -> list[tuple[int, UUID]]:
    return [
        (tenant_id, channel_id)
        for tenant_id, channel_id in db.session.execute(
            select(Channel.tenant_id, Channel.id).where(
                Channel.tenant_id.in_(by.readable), Channel.gateway == "twilio", Channel.closed_at.is_(None)
            )
        )
    ]


@query(Permission.MESSAGE_RECEIVE)
def _known(provider_ids: Collection[str], channel: ChannelInfo, *, by: Actor) -> set[str]:
    """Which of these messages are kept, with whichever office that the number serves."""
    return set(
        db.session.scalars(
            select(InboundMessage.provider_id).where(
                InboundMessage.tenant_id.in_(by.readable),
                InboundMessage.channel_id == channel.id,
                InboundMessage.provider_id.in_(provider_ids),
            )
        )
    )


@query(Permission.MESSAGE_RECEIVE)
def _wrote_since(address: str, sent_at: datetime, channel: ChannelInfo, *, by: Actor) -> bool:
    later = (
        select(InboundMessage.id)
        .join(
            Contact,
            (Contact.tenant_id == InboundMessage.tenant_id) & (Contact.id == InboundMessage.contact_id),
        )
        .where(
            InboundMessage.tenant_id.in_(by.readable),
            Contact.medium == channel.medium,
            Contact.address_index.in_(keyring().indexes(address)),
            InboundMessage.received_at > sent_at,
        )
        .limit(1)
    )
    return db.session.scalar(later) is not None


@query(Permission.MESSAGE_SEND)
def _news(receipts: Sequence[Receipt], channel: ChannelInfo, *, by: Actor) -> list[tuple[Receipt, str]]:
    """The reports that say more of messages that went by this number than we know, each with our own id of the message."""
    ended = [one for one in receipts if REPORTED.get(one.status) in (Delivery.DELIVERED, Delivery.FAILED)]
    rows = db.session.execute(
        select(OutboundMessage.provider_id, OutboundMessage.tenant_id, OutboundMessage.id).where(
            OutboundMessage.tenant_id.in_(by.readable),
            OutboundMessage.channel_id == channel.id,
            OutboundMessage.provider_id.in_({one.provider_id for one in ended}),
            OutboundMessage.state == Delivery.SENT,
        )
    )
    open_rows = {provider_id: f"{office}.{row_id}" for provider_id, office, row_id in rows}
    return [(one, open_rows[one.provider_id]) for one in ended if one.provider_id in open_rows]
