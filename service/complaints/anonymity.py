"""How a complainant is known, and how the links to an anonymous one are destroyed (H3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.sql import ColumnElement

from channels import sayings
from channels.joining import proved_addresses
from channels.models import Contact, Handling, InboundMessage, OutboundMessage, ReplyWindow, Secrecy
from channels.outbox import REPLY_TO
from channels.pictures import Lifted, forget_moment, lay, lift
from service.complaints.filing import owner_of, unnamed, write
from service.complaints.models import Complaint
from service.complaints.rules import EntryKind, Identity
from tenants.actors import Actor, ActorKind
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.privacy import decrypt_under
from tenants.workdays import to_the_day

Kept = tuple[str, str]
"""A text kept under a number: cleaned, and as it came."""


@command(Permission.COMPLAINT_FILE)
def choose_identity(reference: str, identity: Identity, *, by: Actor) -> None:
    """The complainant says how to be known (H3).

    For an anonymous one every link to the number is destroyed at once: what was kept under it for a person to read goes
    into the case, and when the texts came is kept to the day only, so that no case can be told from the moment of a
    message.
    """
    where = owner_of(reference)
    received = _set_identity(where.id, identity, by=unnamed(by, where.tenant_id))
    if identity is Identity.ANONYMOUS and by.kind is ActorKind.CONTACT and by.id is not None:
        for address in proved_addresses(by.id, by=by):
            shown, texts = _lift_shown(address.id, received, by), _forget_contact(address.id, received, by)
            _add_kept(where.id, texts, shown, by=unnamed(by, where.tenant_id))


@command(Permission.COMPLAINT_FILE)
def _set_identity(complaint_id: UUID, identity: Identity, *, by: Actor) -> datetime:
    case = lock(Complaint, complaint_id, by)
    if identity is Identity.ANONYMOUS and case.contact_id is not None:
        lay(_lift_shown(case.contact_id, case.received_at, by), case, by=by)
        _write_kept(case, _forget_contact(case.contact_id, case.received_at, by), by)
        db.session.execute(
            delete(OutboundMessage).where(
                OutboundMessage.tenant_id == by.tenant_id,
                OutboundMessage.subject_type == Complaint.__tablename__,
                OutboundMessage.subject_id == case.id,
            )
        )
        case.contact_id = None
    if identity is Identity.ANONYMOUS:
        forget_moment(case, by=by)
    case.identity = identity
    event = Event.COMPLAINT_ANONYMISED if identity is Identity.ANONYMOUS else Event.COMPLAINT_CLASSIFIED
    record(event, case, by, identity=identity)
    return case.received_at


@command(Permission.COMPLAINT_FILE)
def _add_kept(complaint_id: UUID, texts: Sequence[Kept], shown: Lifted, *, by: Actor) -> None:
    case = lock(Complaint, complaint_id, by)
    _write_kept(case, texts, by)
    lay(shown, case, by=by)
    forget_moment(case, by=by)


def _lift_shown(contact_id: UUID, since: datetime, by: Actor) -> Lifted:
    """The pictures that wait under the number for the complaint desk: they belong to the case as its texts do (H3)."""
    messages = db.session.scalars(select(InboundMessage.id).where(*_said(contact_id, since, by))).all()
    return lift(messages, by=by)


def _said(contact_id: UUID, since: datetime, by: Actor) -> tuple[ColumnElement[bool], ...]:
    """What came from a number about a case since it was filed, and the text before it that the case was made of."""
    return (
        InboundMessage.tenant_id == by.tenant_id,
        InboundMessage.contact_id == contact_id,
        InboundMessage.secrecy == Secrecy.CASE,
        or_(InboundMessage.received_at >= since, InboundMessage.handled_at >= since),
    )


def _write_kept(case: Complaint, texts: Sequence[Kept], by: Actor) -> None:
    """One addition for all of them: of one moment, they would lose their order."""
    texts = [kept for kept in texts if any(kept)]
    if texts:
        words, raw = ("\n".join(lines) for lines in zip(*texts, strict=True))
        write(case, EntryKind.ADDITION, words, by, raw)


def _forget_contact(contact_id: UUID, since: datetime, by: Actor) -> list[Kept]:
    """Keep neither the reference in the answers sent to a number, nor the moment at which it wrote (H3).

    What was not understood and is kept under the number for the complaint desk, as cleaned and as it came, is given back:
    it belongs to the case now.
    """
    said = db.session.scalars(
        select(InboundMessage)
        .where(*_said(contact_id, since, by))
        .order_by(InboundMessage.received_at, InboundMessage.id)
    ).all()
    data_key = db.session.scalar(
        select(Contact.data_key).where(Contact.tenant_id == by.tenant_id, Contact.id == contact_id)
    )
    kept = [
        (decrypt_under(data_key, message.text) or "", decrypt_under(data_key, message.raw) or "")
        for message in said
        if message.text is not None
    ]
    db.session.execute(
        delete(OutboundMessage).where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.contact_id == contact_id,
            OutboundMessage.subject_type == REPLY_TO,
            OutboundMessage.subject_id.in_([message.id for message in said]),
        )
    )
    for message in said:
        if message.handling is Handling.ATTENTION:
            message.handling, message.handled_at = Handling.HANDLED, by.now
        message.text = message.raw = message.reply = message.reference = None
        message.received_at = to_the_day(message.received_at)
        message.handled_at = message.handled_at and to_the_day(message.handled_at)
        # An id tells the moment it was made.
        message.id = new_id(message.received_at)
    db.session.flush()
    db.session.execute(
        delete(OutboundMessage).where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.contact_id == contact_id,
            OutboundMessage.message == sayings.REPLY_FOLLOWS.key,
            OutboundMessage.created_at >= since,
        )
    )
    db.session.execute(
        update(ReplyWindow)
        .where(ReplyWindow.tenant_id == by.tenant_id, ReplyWindow.contact_id == contact_id)
        .values(closes_at=func.date_trunc("day", ReplyWindow.closes_at) + timedelta(days=1))
    )
    db.session.execute(
        update(Contact)
        .where(Contact.tenant_id == by.tenant_id, Contact.id == contact_id)
        .values(
            first_at=func.date_trunc("day", Contact.first_at), last_at=func.date_trunc("day", Contact.last_at)
        )
    )
    return kept
