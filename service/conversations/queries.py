"""Reads of the conversation desk: what waits, and a conversation as the person who looks may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.sql import ColumnElement

from channels.contacts import locale_of
from channels.models import Contact, Delivery, Handling, InboundMessage, Medium, OutboundMessage, Secrecy
from channels.outbox import words_of
from channels.parts import count_parts, units
from service.conversations import rules
from service.conversations.models import Assignment, UsualAnswer
from service.conversations.rules import Desk
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.people import list_members, person_names
from tenants.permissions import Permission, Role, permissions_of
from tenants.privacy import decrypt_under, mask_address
from tenants.refusals import NotFound

MOST = 200
"""Waiting messages, or lines of a conversation, that are shown at most."""
LATELY = 400
"""The newest messages among which conversations of late are looked for."""


@dataclass(frozen=True)
class Assignee:
    """Who looks after a conversation."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Waiting:
    """A conversation in the list: the sender always masked, ``text`` the newest that may be shown."""

    contact_id: UUID
    desk: Desk
    sender: str
    medium: Medium
    since: datetime
    number: int
    text: str | None
    assignee: Assignee | None


@dataclass(frozen=True)
class Line:
    """One thing said. ``delivery`` is of our own messages; what answered within the provider's response has none."""

    id: UUID
    at: datetime
    ours: bool
    text: str | None
    reference: str | None = None
    secrecy: Secrecy | None = None
    handling: Handling | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True)
class Conversation:
    """A person's conversation with a desk. ``since``: how long something waits; ``last``: the newest row in it."""

    contact_id: UUID
    desk: Desk
    sender: str
    medium: Medium
    locale: str
    stopped: bool
    since: datetime | None
    last: UUID
    assignee: Assignee | None
    lines: list[Line]

    @property
    def only_sealed(self) -> bool:
        """Whether nobody can read any of what waits."""
        return not any(
            line.handling is Handling.ATTENTION and line.secrecy is not Secrecy.SEALED for line in self.lines
        ) and any(line.handling is Handling.ATTENTION for line in self.lines)

    @property
    def some_sealed(self) -> bool:
        """Whether something waits that nobody can read."""
        return any(
            line.handling is Handling.ATTENTION and line.secrecy is Secrecy.SEALED for line in self.lines
        )


@dataclass(frozen=True)
class Counted:
    """How an answer would go out: its words, and the parts it is sent and paid in (S2)."""

    words: str
    seen: UUID
    parts: int
    units: int


@query(Permission.ATTENTION_ANSWER)
def list_waiting(*, by: Actor) -> list[Waiting]:
    """The conversations in which something waits and that this person may read, longest waiting first (S1, H4)."""
    messages = db.session.scalars(
        select(InboundMessage)
        .where(*_waiting_for(by))
        .order_by(InboundMessage.received_at, InboundMessage.id)
        .limit(MOST)
    )
    return _grouped(messages, by)


@query(Permission.ATTENTION_ANSWER)
def list_lately(*, by: Actor) -> list[Waiting]:
    """The conversations of late in which nothing waits, the newest first."""
    newest = db.session.scalars(
        select(InboundMessage)
        .where(InboundMessage.tenant_id == by.tenant_id)
        .order_by(InboundMessage.id.desc())
        .limit(LATELY)
    )
    seats = rules.desks_of(by)
    shown = [message for message in newest if _desk_showing(message) in seats]
    waiting = {(one.contact_id, desk_of(one.secrecy)) for one in shown if one.handling is Handling.ATTENTION}
    return _grouped((one for one in shown if (one.contact_id, desk_of(one.secrecy)) not in waiting), by)


@query(Permission.ATTENTION_ANSWER)
def count_waiting(*, by: Actor) -> int:
    """How many conversations wait for this person: those that no colleague looks after."""
    desk = (InboundMessage.secrecy == Secrecy.CASE).label("desk")
    elsewhere = (
        select(Assignment.id)
        .where(
            Assignment.tenant_id == by.tenant_id,
            Assignment.contact_id == InboundMessage.contact_id,
            (Assignment.desk == Desk.COMPLAINTS) == (InboundMessage.secrecy == Secrecy.CASE),
            Assignment.person_id != by.id,
        )
        .exists()
    )
    rows = select(InboundMessage.contact_id, desk).where(*_waiting_for(by), ~elsewhere).distinct().subquery()
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


@query(Permission.ATTENTION_ANSWER)
def find_conversation(desk: Desk, contact_id: UUID, *, by: Actor) -> Conversation:
    """A person's conversation with a desk of the actor's office, both sides in the order of time (H4, C5).

    ``NotFound`` where this person may not read it, and where nothing was ever said.
    """
    contact = contact_at(desk, contact_id, by)
    inbound = list(
        db.session.scalars(
            select(InboundMessage)
            .where(*said_at(desk, contact_id, by))
            .order_by(InboundMessage.id.desc())
            .limit(MOST)
        )
    )
    outbound = list(
        db.session.scalars(
            select(OutboundMessage)
            .where(*_told_at(desk, contact_id, by))
            .order_by(OutboundMessage.id.desc())
            .limit(MOST)
        )
    )
    lines = [line for message in inbound for line in _came(message, contact)]
    lines += [_went(row, contact) for row in outbound]
    waiting = [one.received_at for one in inbound if one.handling is Handling.ATTENTION]
    return Conversation(
        contact.id,
        desk,
        _masked(contact),
        contact.medium,
        locale_of(contact),
        contact.stopped_at is not None,
        min(waiting, default=None),
        max([*(one.id for one in inbound), *(row.id for row in outbound)]),
        _assignees([(contact.id, desk)], by).get((contact.id, desk)),
        sorted(lines, key=lambda line: (line.at, line.id, line.ours)),
    )


@query(Permission.ATTENTION_ANSWER)
def count_answer(desk: Desk, contact_id: UUID, words: str, seen: UUID, *, by: Actor) -> Counted:
    """In how many parts an answer would go out; nothing is sent (S2). Refuses ``not_found``."""
    contact_at(desk, contact_id, by)
    return Counted(words, seen, count_parts(words), units(words))


@query(Permission.ATTENTION_ANSWER)
def list_colleagues(desk: Desk, *, by: Actor) -> list[Assignee]:
    """Who of the office can answer at a desk (H4)."""
    return [
        Assignee(person.id, person.name)
        for membership, person in list_members(by=by.as_system())
        if person.disabled_at is None
        and rules.answers_at(desk, permissions_of(frozenset(map(Role, membership.roles))))
    ]


@query(Permission.ATTENTION_ANSWER)
def list_usual_answers(*, by: Actor) -> list[UsualAnswer]:
    """The usual answers in use, by name."""
    return list(
        db.session.scalars(
            select(UsualAnswer)
            .where(UsualAnswer.tenant_id == by.tenant_id, UsualAnswer.dropped_at.is_(None))
            .order_by(UsualAnswer.name)
        )
    )


@query(Permission.ATTENTION_ANSWER)
def find_usual_answer(answer_id: UUID, *, by: Actor) -> UsualAnswer:
    """A usual answer of the office."""
    return get(UsualAnswer, answer_id, by.at(by.tenant_id))


def contact_at(desk: Desk, contact_id: UUID, by: Actor) -> Contact:
    """The contact who has a conversation with a desk that the actor may read; ``NotFound`` otherwise; inside a gate."""
    rules.require_desk(desk, by)
    contact = db.session.scalar(
        select(Contact).where(
            Contact.tenant_id == by.tenant_id,
            Contact.id == contact_id,
            select(InboundMessage.id).where(*said_at(desk, contact_id, by)).exists(),
        )
    )
    if contact is None:
        raise NotFound("not_found", what="contacts")
    return contact


def last_at(desk: Desk, contact_id: UUID, by: Actor) -> UUID:
    """The newest row of a conversation that exists; for use inside a gate."""
    ends = (
        db.session.scalar(
            select(InboundMessage.id)
            .where(*said_at(desk, contact_id, by))
            .order_by(InboundMessage.id.desc())
            .limit(1)
        ),
        db.session.scalar(
            select(OutboundMessage.id)
            .where(*_told_at(desk, contact_id, by))
            .order_by(OutboundMessage.id.desc())
            .limit(1)
        ),
    )
    return max(end for end in ends if end is not None)


def said_at(desk: Desk, contact_id: UUID, by: Actor) -> tuple[ColumnElement[bool], ...]:
    """What of a person's messages belongs to a desk."""
    return (
        InboundMessage.tenant_id == by.tenant_id,
        InboundMessage.contact_id == contact_id,
        _shown_at(desk),
    )


def desk_of(secrecy: Secrecy) -> Desk:
    """The desk that a message goes to (H4)."""
    return Desk.COMPLAINTS if secrecy is Secrecy.CASE else Desk.OFFICE


def _shown_at(desk: Desk) -> ColumnElement[bool]:
    """What lives in a case, or holds a bid, stands there alone; the desk has it only where it was left for a person."""
    left = InboundMessage.reference.is_not(None)
    if desk is Desk.COMPLAINTS:
        return and_(InboundMessage.secrecy == Secrecy.CASE, left)
    return or_(InboundMessage.secrecy == Secrecy.OPEN, and_(InboundMessage.secrecy == Secrecy.SEALED, left))


def _desk_showing(message: InboundMessage) -> Desk | None:
    shown = message.secrecy is Secrecy.OPEN or message.reference is not None
    return desk_of(message.secrecy) if shown else None


def _told_at(desk: Desk, contact_id: UUID, by: Actor) -> tuple[ColumnElement[bool], ...]:
    answered = select(InboundMessage.id).where(*said_at(desk, contact_id, by))
    by_hand = and_(
        OutboundMessage.subject_type == InboundMessage.__tablename__,
        OutboundMessage.subject_id.in_(answered),
    )
    notice = OutboundMessage.subject_type.in_(rules.NOTICES_SHOWN)
    return (
        OutboundMessage.tenant_id == by.tenant_id,
        OutboundMessage.contact_id == contact_id,
        or_(by_hand, notice) if desk is Desk.OFFICE else by_hand,
    )


def _waiting_for(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        InboundMessage.tenant_id == by.tenant_id,
        InboundMessage.handling == Handling.ATTENTION,
        or_(*(_shown_at(desk) for desk in rules.desks_of(by))),
    )


def _grouped(messages: Iterable[InboundMessage], by: Actor) -> list[Waiting]:
    """Conversations in the order in which their messages come."""
    found: dict[tuple[UUID, Desk], list[InboundMessage]] = {}
    for message in messages:
        if message.contact_id is not None:
            found.setdefault((message.contact_id, desk_of(message.secrecy)), []).append(message)
    contacts = {
        contact.id: contact
        for contact in db.session.scalars(
            select(Contact).where(
                Contact.tenant_id == by.tenant_id, Contact.id.in_({contact_id for contact_id, _desk in found})
            )
        )
    }
    assignees = _assignees(list(found), by)
    return [
        Waiting(
            contact_id,
            desk,
            _masked(contacts[contact_id]),
            contacts[contact_id].medium,
            min(one.received_at for one in several),
            len(several),
            _readable(max(several, key=lambda one: one.id), contacts[contact_id]),
            assignees.get((contact_id, desk)),
        )
        for (contact_id, desk), several in found.items()
    ]


def _assignees(wanted: list[tuple[UUID, Desk]], by: Actor) -> dict[tuple[UUID, Desk], Assignee]:
    rows = db.session.execute(
        select(Assignment.contact_id, Assignment.desk, Assignment.person_id).where(
            Assignment.tenant_id == by.tenant_id,
            tuple_(Assignment.contact_id, Assignment.desk).in_(wanted),
        )
    ).all()
    names = person_names({row.person_id for row in rows})
    return {
        (row.contact_id, row.desk): Assignee(row.person_id, names.get(row.person_id, "—")) for row in rows
    }


def _came(message: InboundMessage, contact: Contact) -> list[Line]:
    lines = [
        Line(
            message.id,
            message.received_at,
            ours=False,
            text=_readable(message, contact),
            reference=message.reference,
            secrecy=message.secrecy,
            handling=message.handling,
        )
    ]
    reply = decrypt_under(contact.data_key, message.reply) if rules.shows_text(message.secrecy) else None
    if reply is not None:
        lines.append(Line(message.id, message.received_at, ours=True, text=rules.without_links(reply)))
    return lines


def _went(row: OutboundMessage, contact: Contact) -> Line:
    return Line(
        row.id,
        row.created_at,
        ours=True,
        text=rules.without_links(words_of(row, contact)) or None,
        delivery=row.state,
    )


def _readable(message: InboundMessage, contact: Contact) -> str | None:
    return decrypt_under(contact.data_key, message.text) if rules.shows_text(message.secrecy) else None


def _masked(contact: Contact) -> str:
    return mask_address(contact.address) if contact.address else "—"
