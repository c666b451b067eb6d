"""Rules of reminders: what is reminded of, when, and whether it is still worth sending (S6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from channels.messages import Said
from channels.outbox import after_quiet_hours
from tenants.actors import Actor
from tenants.settings import CountySettings
from tenants.workdays import SHANGHAI, local_day


class Offset(StrEnum):
    """How a county's number counts from the moment a rule is about."""

    DAYS_BEFORE = "days_before"
    HOURS_BEFORE = "hours_before"
    DAYS_AFTER = "days_after"


@dataclass(frozen=True)
class Owed:
    """Something one contact still owes, and what to say about it.

    ``about_id``: the call or contract on whose page it stands; ``moment``: what the offset counts from; ``since``: when
    the contact heard of it first; ``until``: after that nobody is reminded any more. ``said``: without the office's name.
    ``contact_id``: ``None`` for the date alone, which a rule with a secret shows whoever owes it.
    """

    tenant_id: int
    subject_type: str
    subject_id: UUID
    about_id: UUID
    contact_id: UUID | None
    moment: datetime
    since: datetime
    until: datetime
    said: Said = field(repr=False)


Find = Callable[[Actor, UUID | None], Iterable[Owed]]
"""What is owed in the offices an actor reads, or of it what is about one call, contract or conversation; used inside a gate.

What one waits for in a conversation is found by the conversation alone, never by the call whose page it may stand on.
"""

SecretUntil = Callable[[Actor, UUID], datetime | None]
"""Until when nothing may tell who was reminded about one call, as its dates stand now; used inside a gate."""


@dataclass(frozen=True, eq=False)
class ReminderRule:
    """One thing people are reminded of. ``setting``: the county's number, 0 for never; ``recipients``: who gets it, in words.

    ``secret_until``: how many got it is not shown before then, since it would tell who has bid (C5).
    """

    key: str
    label: Any
    recipients: Any
    setting: str
    offset: Offset
    find: Find
    secret_until: SecretUntil | None = None


def due_at(rule: ReminderRule, moment: datetime, settings: CountySettings, *, quiet: bool) -> datetime | None:
    """When a reminder leaves: at the county's hour so many days away, or so many hours before (S6); ``None``: never.

    ``quiet``: whether the office has quiet hours. What falls into them waits for their end, except on the last day.
    """
    number = getattr(settings, rule.setting)
    if not number:
        return None
    if rule.offset is Offset.HOURS_BEFORE:
        due = moment - timedelta(hours=number)
        if local_day(due) == local_day(moment):
            return due
    else:
        days = timedelta(days=number if rule.offset is Offset.DAYS_AFTER else -number)
        due = datetime.combine(local_day(moment) + days, settings.reminder_hour, SHANGHAI)
    return (after_quiet_hours(due, settings) if quiet else due).astimezone(moment.tzinfo)


def is_worth_sending(due: datetime, owed: Owed) -> bool:
    """Whether a reminder comes after the news itself, and not too late (S6)."""
    return owed.since < due < owed.until


def may_disturb(rule: ReminderRule, owed: Owed, due: datetime) -> bool:
    """Whether a reminder may go in quiet hours: on the last day of what it is about alone (S6)."""
    return rule.offset is Offset.HOURS_BEFORE and local_day(due) == local_day(owed.moment)


def is_written(due: datetime, moment: datetime, written: Iterable[tuple[datetime, datetime]]) -> bool:
    """Whether the contact was reminded already: at this time, or later of the same moment (S6).

    ``written``: due time and moment of each reminder there was. Another offset does not remind of the past again.
    """
    return any(was_due == due or (of == moment and was_due >= due) for was_due, of in written)
