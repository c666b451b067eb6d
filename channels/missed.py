"""What a provider's own list knows and we do not: messages that never reached us are taken in late, reports are caught up.

Rules S1 and S7. Rows of ours whose sending nobody knows the end of are asked for one by one (``channels/sending.py``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select

from channels.alarms import raise_alarm
from channels.answers import make_reference
from channels.claiming import everywhere
from channels.gateways import Receipt, SendFailure, twilio
from channels.gateways.twilio import Listed
from channels.inbox import keep_for_a_person
from channels.models import Channel, Contact, Delivery, InboundMessage, OutboundMessage, SortedMessage
from channels.providers import twilio_credentials
from channels.receipts import REPORTED, take_receipt
from channels.reception import receive_by
from channels.registry import ChannelInfo, channel_by_id
from channels.sorting import keep_where_it_belongs
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
    """What a look back at a number took in: messages that had not reached us, and reports that had not."""

    number: str
    messages: int
    reports: int


def look_back_everywhere() -> int:
    """Look back at every number at Twilio but those of demo offices; one that cannot be asked now is asked again in an hour.

    Returns how much was taken in and caught up.
    """
    found = 0
    for tenant_id, channel_id in _channels(by=everywhere()):
        try:
            channel = channel_by_id(tenant_id, channel_id)
            if not channel.demo:
                one = look_back(channel, EACH_TIME)
                found += one.messages + one.reports
        except SendFailure as failure:
            log.warning("provider_cannot_be_asked", channel=str(channel_id), code=failure.code)
        except Exception:
            log.exception("look_back_failed", channel=str(channel_id))
    return found


def look_back(channel: ChannelInfo, time: timedelta) -> Found:
    """Compare what Twilio's list holds of a number with what reached us, take in what is missing, and raise an alarm if any.

    What cannot be taken in now holds up nothing else, and is found again the next time. Raises a ``SendFailure`` where Twilio
    cannot be asked.
    """
    now = current_app.config["CLOCK"]()
    by = Actor.system(channel.tenant_id, now=now, readable=channel.readable)
    window = twilio.look_back(channel.number, now - time, twilio_credentials(channel))
    known = _known([one.inbound.provider_id or "" for one in window.inbound], channel, by=by)
    missed = [
        one for one in window.inbound if one.inbound.provider_id not in known and one.at < now - UNDER_WAY
    ]
    taken = [
        one for one in missed if _goes_well(one.inbound.provider_id, partial(_take_in_late, channel, one))
    ]
    caught_up = [
        receipt
        for receipt, message in _news(window.receipts, channel, by=everywhere())
        if _goes_well(receipt.provider_id, partial(take_receipt, channel, receipt, message, by=by))
    ]
    if missed:
        raise_alarm(
            "messages_missed",
            about_tenant_id=channel.tenant_id,
            number=channel.number[-4:],
            messages=len(missed),
            by=by,
        )
    return Found(channel.number, len(taken), len(caught_up))


def _goes_well(provider_id: str | None, act: Callable[[], object]) -> bool:
    try:
        act()
    except Exception:
        log.exception("not_caught_up", provider_id=provider_id)
        return False
    return True


def _take_in_late(channel: ChannelInfo, listed: Listed) -> None:
    """As if it came now, with the reply as a message of its own; but what its sender has written after it decides what it
    could have meant, so that a person reads it then."""
    now = current_app.config["CLOCK"]()
    by = Actor.system(channel.tenant_id, now=now, readable=channel.readable)
    late, inbound = replace(channel, replies_late=True), twilio.whole(listed, twilio_credentials(channel))
    if _wrote_since(inbound.sender, listed.at, late, by=by):
        keep = keep_where_it_belongs if late.sorts else keep_for_a_person
        keep(late, inbound, make_reference(random.SystemRandom()), "came_late", by=by)
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
    """Which of these messages are kept, with whichever office that the number serves, or served while it was shared (S8)."""
    return {
        provider_id
        for model in (InboundMessage, SortedMessage)
        for provider_id in db.session.scalars(
            select(model.provider_id).where(
                model.tenant_id.in_(by.readable),
                model.channel_id == channel.id,
                model.provider_id.in_(provider_ids),
            )
        )
    }


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
            OutboundMessage.state.in_([Delivery.SENT, Delivery.UNCONFIRMED]),
        )
    )
    open_rows = {provider_id: f"{office}.{row_id}" for provider_id, office, row_id in rows}
    return [(one, open_rows[one.provider_id]) for one in ended if one.provider_id in open_rows]
