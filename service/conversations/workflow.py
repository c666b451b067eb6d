"""The verbs of the desk: answer, ask again, close, file or pass on, take and hand over, show a number."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from channels import sayings
from channels.contacts import locale_of
from channels.fitting import require_whole
from channels.messages import Said
from channels.models import Contact, Dialogue, Handling, InboundMessage, OutboundMessage, Secrecy
from channels.outbox import tell
from channels.pictures import pictures_with
from service.complaints.filing import Filed, file_complaint, tell_receipt
from service.complaints.messages import PICTURE_ALONE
from service.complaints.offering import OFFERED
from service.complaints.pictures import move_pictures
from service.conversations import desks, messages, rules
from service.conversations.models import Assignment
from service.conversations.rules import Desk
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.identifiers import new_id
from tenants.people import list_members
from tenants.permissions import Permission, Role, permissions_of
from tenants.privacy import decrypt_under
from tenants.refusals import RuleBroken


@command(Permission.ATTENTION_ANSWER)
def answer(
    desk: Desk, contact_id: UUID, words: str, seen: UUID, to: UUID | None = None, *, by: Actor
) -> OutboundMessage:
    """Answer a person in free words; what waited and can be read is answered (S1).

    ``words``: exactly what goes out. ``seen``: the newest row of the conversation when it was read. ``to``: one of the
    person's addresses, else the one last written from. Refuses
    ``not_found`` (also where the actor may not read it), ``conversation_moved``, ``text_sealed``, ``wants_no_messages`` (S5),
    ``words_too_long`` (S2) and ``sender_gone``.
    """
    waiting = _looked_at(desk, contact_id, seen, by)
    rules.require_readable([message.secrecy for message in waiting])
    readable = [message for message in waiting if rules.shows_text(message.secrecy)]
    several = {one.id: one for one in desks.person_at(desk, contact_id, by)}
    newest = _newest(desk, several, by)
    about = readable[-1] if readable else newest
    to = rules.require_own(to or newest.contact_id, several)
    stopped = several[to].stopped_at is not None
    rules.require_welcome(stopped, bool(readable), about.received_at, by.now)
    said = messages.ANSWER(words=words)
    require_whole(said, locale_of(several[to]))
    return _say(said, to, about, readable, by)


@command(Permission.ATTENTION_ANSWER)
def ask_again(contact_id: UUID, *, by: Actor) -> OutboundMessage:
    """Ask a person to send again what may hold a bid and nobody may read (C5).

    Refuses ``not_found``, ``nothing_waits``, ``text_not_sealed`` and ``sender_gone``.
    """
    waiting = _waiting(Desk.OFFICE, contact_id, by)
    rules.require_waiting([message.handling for message in waiting])
    rules.require_sealed([message.secrecy for message in waiting])
    sealed = [message for message in waiting if not rules.shows_text(message.secrecy)]
    last = sealed[-1]
    return _say(sayings.SEND_AGAIN(reference=last.reference or ""), last.contact_id, last, sealed, by)


@command(Permission.ATTENTION_ANSWER)
def close(desk: Desk, contact_id: UUID, seen: UUID, *, by: Actor) -> None:
    """Close a conversation that needs no answer. Refuses ``not_found``, ``conversation_moved`` and ``nothing_waits``."""
    waiting = _looked_at(desk, contact_id, seen, by)
    rules.require_waiting([message.handling for message in waiting])
    for message in waiting:
        _settle(message, Handling.HANDLED, Event.ATTENTION_CLOSED, by)


@command(Permission.COMPLAINT_FILE)
def make_complaint(desk: Desk, contact_id: UUID, seen: UUID, *, by: Actor) -> Filed:
    """File what waits in a conversation as the person's complaint; the words then live in the case alone (H1, H4).

    The person is told the reference. Refuses ``not_found``, ``conversation_moved``, ``nothing_waits`` and ``text_sealed``.
    """
    rules.require_desk(Desk.COMPLAINTS, by)
    waiting = _looked_at(desk, contact_id, seen, by)
    rules.require_waiting([message.handling for message in waiting])
    rules.require_readable([message.secrecy for message in waiting])
    several = {one.id: one for one in desks.person_at(desk, contact_id, by)}
    readable = [message for message in waiting if rules.shows_text(message.secrecy)]
    keys = [several[message.contact_id].data_key for message in readable]
    said = [decrypt_under(key, message.text) for key, message in zip(keys, readable, strict=True)]
    raw = [decrypt_under(key, message.raw) for key, message in zip(keys, readable, strict=True)]
    shown = pictures_with([message.id for message in readable], by=by)
    alone = PICTURE_ALONE().words(locale_of(several[contact_id])) if shown else ""
    words = rules.require_words("\n".join(filter(None, said)) or alone)
    filed = file_complaint(words, raw="\n".join(filter(None, raw)), contact_id=readable[-1].contact_id, by=by)
    move_pictures([message.id for message in readable], filed.reference, by=by)
    for message in readable:
        message.raw = message.text = None
        message.secrecy = Secrecy.CASE
        _settle(message, Handling.HANDLED, Event.CONVERSATION_FILED, by)
    db.session.execute(
        delete(Dialogue).where(
            Dialogue.tenant_id == by.tenant_id,
            Dialogue.contact_id.in_(several),
            Dialogue.name == OFFERED.name,
        )
    )
    tell_receipt(filed.reference, by=by)
    return filed


@command(Permission.COMPLAINT_HANDLE)
def pass_to_office(desk: Desk, contact_id: UUID, seen: UUID, *, by: Actor) -> None:
    """Let the office read and answer what waits at the complaint desk and is no complaint (H4).

    Refuses ``not_found``, ``office_has_it``, ``conversation_moved`` and ``nothing_waits``.
    """
    desks.person_at(desk, contact_id, by)
    rules.require_at_complaint_desk(desk)
    waiting = _looked_at(desk, contact_id, seen, by)
    rules.require_waiting([message.handling for message in waiting])
    for message in waiting:
        message.secrecy = Secrecy.OPEN
        record(Event.CONVERSATION_PASSED, message, by)


@command(Permission.ATTENTION_ANSWER)
def take(desk: Desk, contact_id: UUID, *, by: Actor) -> None:
    """Look after a conversation oneself, also one that a colleague had. Refuses ``colleague_cannot`` for a program."""
    _assign(desk, contact_id, by.id, by)


@command(Permission.ATTENTION_ANSWER)
def hand_to(desk: Desk, contact_id: UUID, person_id: UUID, *, by: Actor) -> None:
    """Let a colleague look after a conversation. Refuses ``not_found`` and ``colleague_cannot`` (H4)."""
    _assign(desk, contact_id, person_id, by)


@command(Permission.ATTENTION_ANSWER)
def give_back(desk: Desk, contact_id: UUID, *, by: Actor) -> None:
    """Let nobody in particular look after a conversation. Refuses ``not_found``."""
    _unassign(desk, desks.person_at(desk, contact_id, by), by)
    record(Event.CONVERSATION_GIVEN_BACK, (Contact.__tablename__, contact_id), by, desk=desk)


@command(Permission.IDENTITY_UNMASK)
def show_number(desk: Desk, contact_id: UUID, *, by: Actor) -> str:
    """The number a person writes from; that it was shown, and to whom, is recorded (T7). Refuses ``not_found``."""
    (contact,) = (one for one in desks.person_at(desk, contact_id, by) if one.id == contact_id)
    record(Event.UNMASKED, contact, by)
    return contact.address or "—"


def _looked_at(desk: Desk, contact_id: UUID, seen: UUID, by: Actor) -> list[InboundMessage]:
    waiting = _waiting(desk, contact_id, by)
    several = [one.id for one in desks.person_at(desk, contact_id, by)]
    rules.require_unmoved(seen, desks.last_at(desk, several, by))
    return waiting


def _waiting(desk: Desk, contact_id: UUID, by: Actor) -> list[InboundMessage]:
    """What waits in a conversation, the oldest first; whoever else would answer it comes after this command."""
    several = [one.id for one in desks.person_at(desk, contact_id, by)]
    for one_id in several:
        lock(Contact, one_id, by)
    return list(
        db.session.scalars(
            select(InboundMessage)
            .where(*desks.said_at(desk, several, by), InboundMessage.handling == Handling.ATTENTION)
            .order_by(InboundMessage.id)
            .with_for_update()
        )
    )


def _newest(desk: Desk, contacts: Collection[UUID], by: Actor) -> InboundMessage:
    return db.session.scalars(
        select(InboundMessage)
        .where(*desks.said_at(desk, contacts, by))
        .order_by(InboundMessage.id.desc())
        .limit(1)
    ).one()


def _say(
    said: Said, to: UUID, about: InboundMessage, answered: list[InboundMessage], by: Actor
) -> OutboundMessage:
    row = tell(to, said, by=by, subject=about)
    if row is None:
        raise RuleBroken("sender_gone")
    for message in answered:
        _settle(message, Handling.ANSWERED, Event.ATTENTION_ANSWERED, by)
    if not answered:
        record(Event.CONVERSATION_WRITTEN, row, by)
    return row


def _settle(message: InboundMessage, handling: Handling, event: Event, by: Actor) -> None:
    message.handling, message.handled_by, message.handled_at = handling, by.id, by.now
    record(event, message, by)


def _assign(desk: Desk, contact_id: UUID, person_id: UUID | None, by: Actor) -> None:
    several = desks.person_at(desk, contact_id, by)
    roles: dict[UUID | None, frozenset[Role]] = {
        person.id: frozenset(map(Role, membership.roles))
        for membership, person in list_members(by=by.as_system())
        if person.disabled_at is None
    }
    rules.require_colleague(desk, permissions_of(roles.get(person_id, frozenset())))
    _unassign(desk, [one for one in several if one.id != contact_id], by)
    assigned = insert(Assignment).values(
        tenant_id=by.tenant_id,
        id=new_id(),
        contact_id=contact_id,
        desk=desk,
        person_id=person_id,
        assigned_at=by.now,
    )
    db.session.execute(
        assigned.on_conflict_do_update(
            index_elements=["tenant_id", "contact_id", "desk"],
            set_={"person_id": person_id, "assigned_at": by.now},
        )
    )
    event = Event.CONVERSATION_TAKEN if person_id == by.id else Event.CONVERSATION_HANDED
    record(event, (Contact.__tablename__, contact_id), by, desk=desk, to=str(person_id))


def _unassign(desk: Desk, contacts: list[Contact], by: Actor) -> None:
    db.session.execute(
        delete(Assignment).where(
            Assignment.tenant_id == by.tenant_id,
            Assignment.contact_id.in_([one.id for one in contacts]),
            Assignment.desk == desk,
        )
    )
