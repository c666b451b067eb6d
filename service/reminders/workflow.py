"""Writing reminders when they are due, and taking back what is not owed any more (S6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from channels.messages import InEach
from channels.models import Delivery, Dialogue, OutboundMessage
from channels.outbox import offices_at_rest, tell
from service.reminders.models import Reminder
from service.reminders.rules import Owed, ReminderRule, due_at, is_worth_sending, is_written, may_disturb
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.settings import DEFAULTS, settings_of_each

AT_ONCE = 500
"""Reminders of one office in one transaction; the next round goes on."""


@dataclass(frozen=True)
class Planned:
    """A reminder that will leave at ``due`` unless what it is about is settled before; ``written``: it has left."""

    rule: ReminderRule
    owed: Owed
    due: datetime
    written: bool


@query(Permission.MESSAGE_SEND)
def find_offices_with_due(*, by: Actor) -> list[int]:
    """The offices in which a reminder is due now."""
    return sorted({one.owed.tenant_id for one in _due(by)})


@command(Permission.MESSAGE_SEND)
def remind(*, by: Actor) -> int:
    """Write the office's reminders that are due to the outbox, each once, however many do so at a time (S6).

    Returns how many. What was owed when it was looked up and is settled by now is left out: all of it is read here.
    """
    done: dict[tuple[ReminderRule, str, UUID], int] = defaultdict(int)
    office = db.session.get_one(Tenant, by.tenant_id)
    name = InEach(office.name_zh, office.name_en)
    for one in _due(by)[:AT_ONCE]:
        owed, said = one.owed, one.owed.said
        assert owed.contact_id is not None
        row_id = db.session.scalar(
            insert(Reminder)
            .values(
                tenant_id=by.tenant_id,
                id=new_id(),
                rule=one.rule.key,
                subject_type=owed.subject_type,
                subject_id=owed.subject_id,
                about_id=owed.about_id,
                contact_id=owed.contact_id,
                moment=owed.moment,
                due_at=one.due,
                written_at=by.now,
            )
            .on_conflict_do_nothing()
            .returning(Reminder.id)
        )
        if row_id is None:
            continue
        reminder = db.session.get_one(Reminder, (by.tenant_id, row_id))
        tell(
            owed.contact_id,
            said.message(office=name, **said.parameters),
            by=by,
            subject=reminder,
            until=owed.until,
        )
        done[one.rule, owed.subject_type, owed.subject_id] += 1
    for rule, subject_type, subject_id in done:
        # That anybody was reminded of a call would tell that somebody has not bid (C5).
        if rule.secret_until is None:
            record(Event.REMINDERS_WRITTEN, (subject_type, subject_id), by, rule=rule.key)
    return sum(done.values())


def _due(by: Actor) -> list[Planned]:
    resting = set(offices_at_rest(by=by))
    due = [
        one
        for one in plan(None, by=by)
        if one.owed.contact_id is not None
        and one.due <= by.now < one.owed.until
        and not one.written
        and (one.owed.tenant_id not in resting or may_disturb(one.rule, one.owed, by.now))
    ]
    return sorted(due, key=lambda one: (one.due, str(one.owed.contact_id), one.rule.key))


def plan(about_id: UUID | None, *, by: Actor) -> list[Planned]:
    """What will be reminded of as things stand now, in the offices the actor reads; for use inside a gate.

    ``about_id``: of one call or contract alone.
    """
    owed = [(rule, one) for rule in rules_of_the_house() for one in rule.find(by, about_id)]
    settings = settings_of_each(by.readable, by.now)
    demo = set(db.session.scalars(select(Tenant.id).where(Tenant.id.in_(by.readable), Tenant.demo)))
    written = _written({one.subject_id for _rule, one in owed}, by)
    found = []
    for rule, one in owed:
        numbers, quiet = settings.get(one.tenant_id, DEFAULTS), one.tenant_id not in demo
        due = due_at(rule, one.moment, numbers, quiet=quiet)
        if due is not None and is_worth_sending(due, one):
            before = written[rule.key, one.subject_id, one.contact_id] if one.contact_id else []
            found.append(Planned(rule, one, due, is_written(due, one.moment, before)))
    return found


def rules_of_the_house() -> Iterator[ReminderRule]:
    """Everything that people are reminded of, in the order of the procedure."""
    for room in current_app.extensions["qiao.rooms"]:
        yield from room.reminders


def _written(
    subjects: Iterable[UUID], by: Actor
) -> defaultdict[tuple[str, UUID, UUID], list[tuple[datetime, datetime]]]:
    found: defaultdict[tuple[str, UUID, UUID], list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = db.session.execute(
        select(
            Reminder.rule, Reminder.subject_id, Reminder.contact_id, Reminder.due_at, Reminder.moment
        ).where(Reminder.tenant_id.in_(by.readable), Reminder.subject_id.in_(list(subjects)))
    )
    for rule, subject_id, contact_id, due, moment in rows:
        found[rule, subject_id, contact_id].append((due, moment))
    return found


def take_back(about_id: UUID, *, by: Actor) -> int:
    """Stop the reminders about a call or contract that wait in the outbox and are not owed any more; return how many.

    For use inside the command that moved a date or settled the matter, so that both are one (S6).
    """
    return _take_back(Reminder.about_id == about_id, by)


def take_back_from(contact_id: UUID, *, by: Actor) -> int:
    """Stop the reminders to a contact that wait in the outbox and are not owed any more; return how many.

    For use inside the command after which the contact owes nothing more (S6, T5).
    """
    return _take_back(Reminder.contact_id == contact_id, by)


def _take_back(which: ColumnElement[bool], by: Actor) -> int:
    waiting = db.session.execute(
        select(OutboundMessage.id, Reminder)
        .join(
            Reminder,
            (Reminder.tenant_id == OutboundMessage.tenant_id) & (Reminder.id == OutboundMessage.subject_id),
        )
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.subject_type == Reminder.__tablename__,
            OutboundMessage.state == Delivery.QUEUED,
            which,
        )
    ).all()
    if not waiting:
        return 0
    db.session.flush()
    settled = _not_owed({reminder for _message_id, reminder in waiting}, by)
    stale = [message_id for message_id, reminder in waiting if reminder in settled]
    db.session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.id.in_(stale),
            OutboundMessage.state == Delivery.QUEUED,
        )
        .values(state=Delivery.STOPPED, settled_at=by.now)
        .execution_options(synchronize_session=False)
    )
    return len(stale)


def answered_meanwhile(reminder_ids: Collection[UUID], *, by: Actor) -> set[UUID]:
    """Of reminders about to leave, those of a conversation that has gone on or ended since they were written (S4, S6).

    Everything else is taken back by the command that settles it. A conversation goes on with any text, which should
    cost nothing for it: so this is asked where the reminder leaves. For use inside a gate.
    """
    leaving = db.session.scalars(
        select(Reminder).where(
            Reminder.tenant_id == by.tenant_id,
            Reminder.id.in_(reminder_ids),
            Reminder.subject_type == Dialogue.__tablename__,
        )
    ).all()
    return {reminder.id for reminder in _not_owed(leaving, by)}


def _not_owed(reminders: Collection[Reminder], by: Actor) -> set[Reminder]:
    """Those of them that nothing is owed for any more, as things stand now."""
    rules = {rule.key: rule for rule in rules_of_the_house()}
    asked = {(reminder.rule, _matter_of(reminder)) for reminder in reminders if reminder.rule in rules}
    owed = {
        (key, one.subject_id, one.contact_id, one.moment)
        for key, matter in asked
        for one in rules[key].find(by, matter)
    }
    return {
        reminder
        for reminder in reminders
        if (reminder.rule, reminder.subject_id, reminder.contact_id, reminder.moment) not in owed
    }


def _matter_of(reminder: Reminder) -> UUID:
    """By what a rule finds again what it reminded of: the conversation, or else the call or contract."""
    return reminder.subject_id if reminder.subject_type == Dialogue.__tablename__ else reminder.about_id
