"""Reads of what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.sql import ColumnElement, Select

from channels.models import Contact, Delivery, Handling, InboundMessage, OutboundMessage, Secrecy
from service.attention import rules
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.privacy import decrypt_under, mask_address
from tenants.refusals import NotFound

MOST = 200


@dataclass(frozen=True)
class Waiting:
    """A message as the person may see it: no ``text`` where nobody reads it, the sender always masked."""

    id: UUID
    received_at: datetime
    reference: str | None
    sender: str
    text: str | None
    secrecy: Secrecy
    handling: Handling
    failure: str | None
    answered: Delivery | None = None


@query(Permission.ATTENTION_READ)
def list_waiting(*, by: Actor) -> list[Waiting]:
    """The office's messages that wait and that this person may read, the oldest first (S1, H4)."""
    rows = db.session.execute(_messages(*_waiting_for(by)).order_by(InboundMessage.received_at).limit(MOST))
    return [_shown(message, contact) for message, contact in rows]


@query(Permission.ATTENTION_READ)
def find_message(message_id: UUID, *, by: Actor) -> Waiting:
    """One message that waits or waited; ``NotFound`` where this person may not read it."""
    found = db.session.execute(
        _messages(
            InboundMessage.tenant_id == by.tenant_id,
            InboundMessage.id == message_id,
            InboundMessage.reference.is_not(None),
        )
    ).first()
    if found is None:
        raise NotFound("not_found", what="inbound_messages")
    message, contact = found
    rules.require_listed(message.secrecy, by)
    answered = db.session.scalar(
        select(OutboundMessage.state)
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.subject_type == InboundMessage.__tablename__,
            OutboundMessage.subject_id == message.id,
        )
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    return _shown(message, contact, answered)


@query(Permission.ATTENTION_READ)
def count_waiting(*, by: Actor) -> int:
    """How many messages wait that this person may read."""
    return db.session.scalar(select(func.count()).select_from(InboundMessage).where(*_waiting_for(by))) or 0


def _waiting_for(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        InboundMessage.tenant_id == by.tenant_id,
        InboundMessage.handling == Handling.ATTENTION,
        InboundMessage.secrecy.in_(rules.listed_for(by)),
    )


def _messages(*conditions: ColumnElement[bool]) -> Select[InboundMessage, Contact]:
    return (
        select(InboundMessage, Contact)
        .outerjoin(
            Contact,
            (Contact.tenant_id == InboundMessage.tenant_id) & (Contact.id == InboundMessage.contact_id),
        )
        .where(*conditions)
    )


def _shown(message: InboundMessage, contact: Contact | None, answered: Delivery | None = None) -> Waiting:
    address = contact.address if contact is not None else None
    text = None
    if contact is not None and rules.shows_text(message.secrecy):
        text = decrypt_under(contact.data_key, message.text)
    return Waiting(
        message.id,
        message.received_at,
        message.reference,
        mask_address(address) if address else "—",
        text,
        message.secrecy,
        message.handling,
        message.failure,
        answered,
    )
