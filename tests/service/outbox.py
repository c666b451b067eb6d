"""What the outbox holds, as its reader would see it."""

from __future__ import annotations

from sqlalchemy import select

from channels.models import Contact, OutboundMessage
from channels.outbox import words_of
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission


@query(Permission.CHANNEL_READ)
def texts_about(table: str, *, by: Actor) -> list[str]:
    """The words of the messages about rows of a table, oldest first."""
    rows = db.session.execute(
        select(OutboundMessage, Contact)
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(OutboundMessage.tenant_id == by.tenant_id, OutboundMessage.subject_type == table)
        .order_by(OutboundMessage.created_at, OutboundMessage.id)
    )
    return [words_of(message, contact) for message, contact in rows]
