"""What a page shows of reminders: which will leave when, and which have left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from channels.models import Delivery, OutboundMessage
from service.reminders.models import Reminder
from service.reminders.rules import ReminderRule
from service.reminders.workflow import plan, rules_of_the_house
from tenants.actors import Actor
from tenants.database import db

Place = tuple[str, UUID, datetime, datetime]


@dataclass
class RemindersView:
    """The reminders of one rule about one date. ``number``: how many people get one as things stand, or got one; ``None``
    while it would tell who has bid (C5). ``states``: how far those that have left got."""

    rule: str
    label: Any
    recipients: Any
    moment: datetime
    due: datetime
    left: bool
    number: int | None
    states: Mapping[Delivery, int] = field(default_factory=dict)


def about(subject_id: UUID, *, by: Actor) -> list[RemindersView]:
    """The reminders about a call or contract, in the order in which they leave; for use inside a gate."""
    rules = {rule.key: rule for rule in rules_of_the_house()}
    secret = {rule.key for rule in rules.values() if _is_secret(rule, subject_id, by)}
    ahead: Counter[Place] = Counter()
    views = []
    for one in plan(subject_id, by=by):
        if one.rule.key in secret:
            if one.owed.contact_id is None:
                views.append(_view(one.rule, one.owed.moment, one.due, one.due <= by.now, None))
        elif one.owed.contact_id is not None and not one.written and by.now < one.owed.until:
            ahead[one.rule.key, one.owed.subject_id, one.owed.moment, one.due] += 1
    behind: defaultdict[Place, Counter[Delivery]] = defaultdict(Counter)
    for rule, subject, moment, due, state, number in _left(subject_id, by):
        if rule in rules and rule not in secret:
            behind[rule, subject, moment, due][state] = number
    views += [
        _view(rules[key], moment, due, False, number) for (key, _of, moment, due), number in ahead.items()
    ]
    views += [
        _view(rules[key], moment, due, True, sum(states.values()), states)
        for (key, _of, moment, due), states in behind.items()
    ]
    return sorted(views, key=lambda view: (view.due, view.rule, view.left))


def _is_secret(rule: ReminderRule, about_id: UUID, by: Actor) -> bool:
    """Whether it would tell who has bid that somebody was or will be reminded (C5)."""
    until = rule.secret_until and rule.secret_until(by, about_id)
    return until is not None and by.now <= until


def _view(
    rule: ReminderRule,
    moment: datetime,
    due: datetime,
    left: bool,
    number: int | None,
    states: Mapping[Delivery, int] | None = None,
) -> RemindersView:
    return RemindersView(rule.key, rule.label, rule.recipients, moment, due, left, number, states or {})


def _left(about_id: UUID, by: Actor) -> Any:
    return db.session.execute(
        select(
            Reminder.rule,
            Reminder.subject_id,
            Reminder.moment,
            Reminder.due_at,
            OutboundMessage.state,
            func.count(),
        )
        .join(
            OutboundMessage,
            (OutboundMessage.tenant_id == Reminder.tenant_id)
            & (OutboundMessage.subject_type == Reminder.__tablename__)
            & (OutboundMessage.subject_id == Reminder.id),
        )
        .where(Reminder.tenant_id.in_(by.readable), Reminder.about_id == about_id)
        .group_by(Reminder.rule, Reminder.subject_id, Reminder.moment, Reminder.due_at, OutboundMessage.state)
    )
