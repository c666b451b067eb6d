"""Where WeChat takes nothing more for a person and no template fits, the phone that a code has proved theirs takes it (S7, T5).

The message ends and another takes its place in one transaction, so that it never goes both ways. Only what WeChat surely
has not taken gets here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from channels import joining_rules, sayings
from channels.contacts import reached_at
from channels.joining import proved_addresses
from channels.messages import Said
from channels.models import Contact, Lane, Medium
from channels.outbox import tell
from channels.registry import channel_by_id
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.privacy import keyring
from tenants.refusals import NotFound


@dataclass(frozen=True)
class Phone:
    """A phone that is proved to be a follower's, and the channel it is reached by."""

    address: str
    channel: tuple[int, UUID]


def goes_by_phone(lane: Lane, message: str, sent_before: bool) -> bool:
    """Whether a message may take the way by phone: answers and notices, never a broadcast, which was counted and paid for
    as it was approved; no late reply, which belongs to what was written there; and nothing that WeChat may have taken (S7)."""
    return lane is not Lane.BULK and message != sayings.REPLY_FOLLOWS.key and not sent_before


def send_by_phone(row: Any, said: Said, *, by: Actor) -> bool:
    """Say what an outbox row was to say to the person's phone instead; for use inside a command. Whether there was a way.

    ``row``: as a worker has read it, locked; the caller ends it. The phone was proved in the office that writes, or in the
    one whose account the person follows.
    """
    if not goes_by_phone(row.lane, row.message, row.again_at is not None):
        return False
    phone = find_phone(row.address, by=by) or find_phone(row.address, by=by.as_system(row.channel_tenant_id))
    if phone is None:
        return False
    contact = reached_at(phone.address, Medium.SMS, phone.channel, row.locale, row.written_in, by=by)
    subject = (row.subject_type, row.subject_id) if row.subject_id else None
    instead = tell(contact.id, said, by=by, subject=subject)
    if instead is None:
        return False
    instead.expires_at = row.expires_at
    return True


@query(Permission.MESSAGE_SEND)
def find_phone(openid: str, *, by: Actor) -> Phone | None:
    """The phone by which a follower of the actor's office is reached, the one heard of last; ``None`` where no code has
    proved one, where it has been silent for too long, or its number is in use no more."""
    follower = db.session.scalar(
        select(Contact.id).where(
            Contact.tenant_id == by.tenant_id,
            Contact.medium == Medium.WECHAT,
            Contact.address_index.in_(keyring().indexes(openid)),
        )
    )
    if follower is None:
        return None
    for one in sorted(proved_addresses(follower, by=by), key=lambda one: one.last_at, reverse=True):
        channel = (one.channel_tenant_id, one.channel_id)
        if (
            one.medium is Medium.SMS
            and one.address is not None
            and one.proved_at is not None
            and joining_rules.still_proves(one.medium, one.last_at, one.proved_at, by.now)
            and _is_open(channel)
        ):
            return Phone(one.address, channel)
    return None


def _is_open(channel: tuple[int, UUID]) -> bool:
    try:
        channel_by_id(*channel)
    except NotFound:
        return False
    return True
