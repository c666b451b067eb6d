"""Reads of the conversation desk: what waits, and a conversation as the person who looks may see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from channels.contacts import locale_of
from channels.fitting import require_whole
from channels.models import Contact, Handling, InboundMessage, OutboundMessage, Secrecy
from channels.parts import count_parts, units
from channels.pictures import Content, open_picture, pictures_with
from channels.templates import versions_used
from service.conversations import rules
from service.conversations.desks import desk_of, person_at, said_at, shown_at, told_at
from service.conversations.messages import ANSWER
from service.conversations.models import Assignment, UsualAnswer
from service.conversations.rules import Desk
from service.conversations.shown import (
    Assignee,
    Conversation,
    Waiting,
    address_shown,
    came,
    masked,
    readable,
    went,
)
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.people import list_members, person_names
from tenants.permissions import Permission, Role, permissions_of
from tenants.workdays import SHANGHAI

MOST = 200
"""Waiting messages, or lines of a conversation, that are shown at most."""
LATELY = 400
"""The newest messages among which conversations of late are looked for."""


@dataclass(frozen=True)
class Counted:
    """How an answer would go out: its words, and the parts it is sent and paid in (S2)."""

    words: str
    seen: UUID
    parts: int
    units: int
    to: UUID | None = None


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
def list_lately(*, until: date | None = None, by: Actor) -> list[Waiting]:
    """The conversations of late, or of late on a day of China, in which nothing waited, the newest first (S1, H4)."""
    begin_of_next = None if until is None else datetime.combine(until + timedelta(days=1), time(), SHANGHAI)
    newest = db.session.scalars(
        select(InboundMessage)
        .where(
            InboundMessage.tenant_id == by.tenant_id,
            or_(*(shown_at(desk) for desk in rules.desks_of(by))),
            *([] if begin_of_next is None else [InboundMessage.received_at < begin_of_next]),
        )
        .order_by(InboundMessage.id.desc())
        .limit(LATELY)
    )
    return [one for one in _grouped(newest, by) if not one.waits]


@query(Permission.ATTENTION_ANSWER)
def count_waiting(*, by: Actor) -> int:
    """How many conversations wait for this person: those that no colleague looks after."""
    desk = (InboundMessage.secrecy == Secrecy.CASE).label("desk")
    assigned = aliased(Contact)
    elsewhere = (
        select(Assignment.id)
        .join(assigned, (assigned.tenant_id == Assignment.tenant_id) & (assigned.id == Assignment.contact_id))
        .where(
            Assignment.tenant_id == by.tenant_id,
            or_(assigned.id == Contact.id, assigned.joined_as == Contact.joined_as),
            (Assignment.desk == Desk.COMPLAINTS) == (InboundMessage.secrecy == Secrecy.CASE),
            Assignment.person_id != by.id,
        )
        .exists()
    )
    rows = (
        select(func.coalesce(Contact.joined_as, Contact.id), desk)
        .select_from(InboundMessage)
        .join(
            Contact,
            (Contact.tenant_id == InboundMessage.tenant_id) & (Contact.id == InboundMessage.contact_id),
        )
        .where(*_waiting_for(by), ~elsewhere)
        .distinct()
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


@query(Permission.ATTENTION_ANSWER)
def find_conversation(desk: Desk, contact_id: UUID, *, by: Actor) -> Conversation:
    """A person's conversation with a desk of the actor's office, both sides in the order of time (H4, C5).

    ``NotFound`` where this person may not read it, and where nothing was ever said.
    """
    several = person_at(desk, contact_id, by)
    contacts = {one.id: one for one in several}
    inbound = list(
        db.session.scalars(
            select(InboundMessage)
            .where(*said_at(desk, contacts, by))
            .order_by(InboundMessage.id.desc())
            .limit(MOST)
        )
    )
    outbound = list(
        db.session.scalars(
            select(OutboundMessage)
            .where(*told_at(desk, contacts, by))
            .order_by(OutboundMessage.id.desc())
            .limit(MOST)
        )
    )
    shown = pictures_with([one.id for one in inbound if rules.shows_text(one.secrecy)], by=by)
    lines = [
        line
        for message in inbound
        for line in came(message, contacts[message.contact_id], shown.get(message.id, []))
    ]
    used = versions_used(outbound, by=by)
    lines += [
        went(row, contacts[row.contact_id], used[row.template_id] if row.template_id else None)
        for row in outbound
    ]
    waiting = [one.received_at for one in inbound if one.handling is Handling.ATTENTION]
    contact = contacts[inbound[0].contact_id]
    return Conversation(
        contact.id,
        desk,
        masked(contact),
        contact.medium,
        locale_of(contact),
        contact.stopped_at is not None,
        min(waiting, default=None),
        max([*(one.id for one in inbound), *(row.id for row in outbound)]),
        _assignees(several, by).get((_person(contact), desk)),
        [address_shown(one) for one in several],
        sorted(lines, key=lambda line: (line.at, line.id, line.ours)),
    )


@query(Permission.ATTENTION_ANSWER)
def find_picture(desk: Desk, contact_id: UUID, picture_id: UUID, *, by: Actor) -> Content:
    """A picture that came with a message which the actor may read at this desk; ``NotFound`` otherwise (H4, C5)."""
    ids = [one.id for one in person_at(desk, contact_id, by)]
    readable = db.session.scalars(
        select(InboundMessage.id).where(*said_at(desk, ids, by), InboundMessage.secrecy != Secrecy.SEALED)
    ).all()
    return open_picture(picture_id, readable, by=by)


@query(Permission.ATTENTION_ANSWER)
def count_answer(
    desk: Desk, contact_id: UUID, words: str, seen: UUID, to: UUID | None = None, *, by: Actor
) -> Counted:
    """In how many parts an answer would go out; nothing is sent (S2).

    Refuses ``not_found`` and ``words_too_long``: an answer has two parts at most.
    """
    several = {one.id: one for one in person_at(desk, contact_id, by)}
    require_whole(ANSWER(words=words), locale_of(several[rules.require_own(to or contact_id, several)]))
    return Counted(words, seen, count_parts(words), units(words), to)


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


def _waiting_for(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        InboundMessage.tenant_id == by.tenant_id,
        InboundMessage.handling == Handling.ATTENTION,
        or_(*(shown_at(desk) for desk in rules.desks_of(by))),
    )


def _grouped(messages: Iterable[InboundMessage], by: Actor) -> list[Waiting]:
    """Conversations in the order in which their messages come."""
    listed = list(messages)
    contacts = {one.id: one for one in _with_their_others({one.contact_id for one in listed}, by)}
    found: dict[tuple[UUID, Desk], list[InboundMessage]] = {}
    for message in listed:
        key = (_person(contacts[message.contact_id]), desk_of(message.secrecy))
        found.setdefault(key, []).append(message)
    assignees = _assignees(list(contacts.values()), by)
    grouped = []
    for (person, desk), several in found.items():
        newest = max(several, key=lambda one: one.id)
        contact = contacts[newest.contact_id]
        grouped.append(
            Waiting(
                contact.id,
                desk,
                masked(contact),
                contact.medium,
                min(one.received_at for one in several),
                len(several),
                readable(newest, contact),
                assignees.get((person, desk)),
                any(one.handling is Handling.ATTENTION for one in several),
            )
        )
    return grouped


def _with_their_others(contact_ids: Collection[UUID], by: Actor) -> list[Contact]:
    own = select(Contact.joined_as).where(Contact.tenant_id == by.tenant_id, Contact.id.in_(contact_ids))
    return list(
        db.session.scalars(
            select(Contact).where(
                Contact.tenant_id == by.tenant_id,
                or_(Contact.id.in_(contact_ids), Contact.joined_as.in_(own)),
            )
        )
    )


def _person(contact: Contact) -> UUID:
    """Whom an address belongs to."""
    return contact.joined_as or contact.id


def _assignees(contacts: Collection[Contact], by: Actor) -> dict[tuple[UUID, Desk], Assignee]:
    """Who looks after which person's conversation with which desk."""
    persons = {one.id: _person(one) for one in contacts}
    rows = db.session.execute(
        select(Assignment.contact_id, Assignment.desk, Assignment.person_id)
        .where(Assignment.tenant_id == by.tenant_id, Assignment.contact_id.in_(persons))
        .order_by(Assignment.assigned_at)
    ).all()
    names = person_names({row.person_id for row in rows})
    return {
        (persons[row.contact_id], row.desk): Assignee(row.person_id, names.get(row.person_id, "—"))
        for row in rows
    }
