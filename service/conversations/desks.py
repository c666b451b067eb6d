"""What of a person's messages belongs to which desk, and whose addresses a desk may see (H4, C5)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.sql import ColumnElement

from channels.joining import addresses_of
from channels.models import Contact, InboundMessage, OutboundMessage, Secrecy
from service.conversations import rules
from service.conversations.rules import Desk
from tenants.actors import Actor
from tenants.database import db
from tenants.refusals import NotFound


def person_at(desk: Desk, contact_id: UUID, by: Actor) -> list[Contact]:
    """The addresses of a person who has a conversation with a desk that the actor may read; for use inside a gate.

    Those that wrote to this desk, and those linked by a code: an address that an officer joined and that wrote to the other
    desk alone is not shown here (H4). ``NotFound`` where ``contact_id`` is none of them.
    """
    rules.require_desk(desk, by)
    several = addresses_of(contact_id, by=by)
    wrote = set(
        db.session.scalars(
            select(InboundMessage.contact_id)
            .where(*said_at(desk, [one.id for one in several], by))
            .distinct()
        )
    )
    shown = [one for one in several if wrote and (one.id in wrote or one.proved_at is not None)]
    if contact_id not in {one.id for one in shown}:
        raise NotFound("not_found", what="contacts")
    return shown


def last_at(desk: Desk, contacts: Collection[UUID], by: Actor) -> UUID:
    """The newest row of a conversation that exists; for use inside a gate."""
    ends = (
        db.session.scalar(
            select(InboundMessage.id)
            .where(*said_at(desk, contacts, by))
            .order_by(InboundMessage.id.desc())
            .limit(1)
        ),
        db.session.scalar(
            select(OutboundMessage.id)
            .where(*told_at(desk, contacts, by))
            .order_by(OutboundMessage.id.desc())
            .limit(1)
        ),
    )
    return max(end for end in ends if end is not None)


def said_at(desk: Desk, contacts: Collection[UUID], by: Actor) -> tuple[ColumnElement[bool], ...]:
    """What of a person's messages belongs to a desk."""
    return (
        InboundMessage.tenant_id == by.tenant_id,
        InboundMessage.contact_id.in_(contacts),
        shown_at(desk),
    )


def desk_of(secrecy: Secrecy) -> Desk:
    """The desk that a message goes to (H4)."""
    return Desk.COMPLAINTS if secrecy is Secrecy.CASE else Desk.OFFICE


def shown_at(desk: Desk) -> ColumnElement[bool]:
    """What lives in a case, or holds a bid, stands there alone; the desk has it only where it was left for a person."""
    left = InboundMessage.reference.is_not(None)
    if desk is Desk.COMPLAINTS:
        return and_(InboundMessage.secrecy == Secrecy.CASE, left)
    return or_(InboundMessage.secrecy == Secrecy.OPEN, and_(InboundMessage.secrecy == Secrecy.SEALED, left))


def told_at(desk: Desk, contacts: Collection[UUID], by: Actor) -> tuple[ColumnElement[bool], ...]:
    answered = select(InboundMessage.id).where(*said_at(desk, contacts, by))
    by_hand = and_(
        OutboundMessage.subject_type == InboundMessage.__tablename__,
        OutboundMessage.subject_id.in_(answered),
    )
    notice = OutboundMessage.subject_type.in_(rules.NOTICES_SHOWN)
    return (
        OutboundMessage.tenant_id == by.tenant_id,
        OutboundMessage.contact_id.in_(contacts),
        or_(by_hand, notice) if desk is Desk.OFFICE else by_hand,
    )
