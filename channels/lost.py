"""What has no end yet, and gets one (S7): what a worker that died left *sending*, of which the provider is asked before
anything is sent a second time, and what no report ever came on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeGuard
from uuid import UUID

import structlog
from sqlalchemy import select, update

from channels.claiming import AT_HAND, everywhere
from channels.gateways import NotAskable, SendFailure, Sent
from channels.models import Contact, Delivery, OutboundMessage
from channels.preparing import Parcel, outbound_of
from channels.providers import GATEWAYS, credentials_of
from channels.registry import channel_by_id
from channels.settling import CHANNEL_CLOSED, ERASED, Outcome, settle
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.privacy import decrypt_under
from tenants.refusals import NotFound

log = structlog.get_logger()

_silence: dict[tuple[int, UUID], tuple[datetime, datetime]] = {}
"""The channels whose provider gives this process no answer: since when, and when it was last asked."""

LOST_AFTER = timedelta(seconds=60)
"""How long a row stays *sending* until its worker counts as dead; waiting for a provider and calling it takes less."""

ASKED_WITHIN = timedelta(days=3)
"""How long a provider that cannot be asked now is asked again; after that it counts as one that keeps no record."""

ASKED_AT_LEAST = timedelta(hours=1)
"""For how long a process asks itself before it gives up, without a pause as long: all else may have been down for days."""

HEARD_WITHIN = timedelta(days=3)
"""How long after its sending a report on a message is waited for; no carrier tries for longer."""


def end_unheard() -> int:
    """End what left and was never reported on: whether it arrived nobody will say (S7). Returns how many."""
    system = everywhere()
    return sum(_end_unheard(by=system.as_system(office)) for office in system.readable)


@command(Permission.MESSAGE_SEND)
def _end_unheard(*, by: Actor) -> int:
    ended = db.session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.state == Delivery.SENT,
            OutboundMessage.sent_at < by.now - HEARD_WITHIN,
        )
        .values(state=Delivery.UNCONFIRMED, settled_at=by.now)
        .execution_options(synchronize_session=False)
    )
    return ended.rowcount  # type: ignore[attr-defined]


def reconcile() -> int:
    """Ask the providers about rows whose worker died: what they took is settled, the rest waits again.

    Returns how many rows that were. A channel that cannot be asked now is asked again by the next sweep, for three days, of
    which this process has seen an hour.
    """
    system, silent, cleared = everywhere(), set(), 0
    for parcel in _find_lost(by=system):
        if parcel.channel not in silent:
            found = _asked(parcel, by=system)
            if _not_now(found):
                log.warning("provider_cannot_be_asked", channel=str(parcel.channel[1]), code=found.code)
                silent.add(parcel.channel)
                _hear_nothing(parcel.channel, system.now)
            else:
                _silence.pop(parcel.channel, None)
        if parcel.channel in silent:
            if not _given_up(parcel, system.now):
                continue
            found = NotAskable("no_answer")
        settle(
            [Outcome(parcel.tenant_id, parcel.id, parcel.claimed_at, found)],
            by=system.as_system(parcel.tenant_id),
        )
        cleared += 1
    return cleared


def _hear_nothing(channel: tuple[int, UUID], now: datetime) -> None:
    since, asked = _silence.get(channel, (now, now))
    _silence[channel] = (since if now - asked < ASKED_AT_LEAST else now, now)


def _given_up(parcel: Parcel, now: datetime) -> bool:
    """Whether a provider that does not answer has been asked about this long enough."""
    since, _asked_last = _silence[parcel.channel]
    return parcel.claimed_at < now - ASKED_WITHIN and since <= now - ASKED_AT_LEAST


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
            outbound_of(parcel, channel), parcel.claimed_at, credentials_of(channel), known
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
        .limit(10 * AT_HAND)
    ).all()
    claimed = [(row, contact, row.claimed_at) for row, contact in rows if row.claimed_at is not None]
    fresh = {row.contact_id for row, _contact, at in claimed if at > by.now - LOST_AFTER}
    return [_as_claimed(*each) for each in claimed if each[0].contact_id not in fresh]


def _as_claimed(row: OutboundMessage, contact: Contact, claimed_at: datetime) -> Parcel:
    words = decrypt_under(contact.data_key, row.text) or ""
    channel = (row.channel_tenant_id, row.channel_id)
    return Parcel(
        row.tenant_id, row.id, claimed_at, channel, contact.address or "", words, row.parts or 0, row.lane
    )


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
