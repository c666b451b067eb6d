"""When reminders leave, and when they do not (S6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.messages import Message
from channels.outbox import after_quiet_hours
from service.reminders.rules import (
    Offset,
    Owed,
    ReminderRule,
    due_at,
    is_worth_sending,
    is_written,
    may_disturb,
)
from tenants.settings import DEFAULTS
from tenants.workdays import SHANGHAI
from tests.conftest import NOON

WORDS = Message("tests.reminder", "{office}", reminder=True)
DEADLINE = datetime(2026, 3, 20, 18, 0, tzinfo=SHANGHAI)


def rule(offset: Offset, setting: str = "remind_bids_days") -> ReminderRule:
    """A rule of which only the time matters."""
    return ReminderRule("tests", "", "", setting, offset, lambda by, about: ())


def owed(moment: datetime = DEADLINE, **facts: datetime) -> Owed:
    """Something owed by a moment, known since ten days before."""
    own = {"since": moment - timedelta(days=10), "until": moment, **facts}
    return Owed(1, "calls", uuid4(), uuid4(), uuid4(), moment, said=WORDS(), **own)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in China."""
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("offset", "number", "hour", "leaves"),
    [
        (Offset.DAYS_BEFORE, 2, time(9), local(18, 9)),
        (Offset.DAYS_BEFORE, 2, time(6), local(18, 8)),
        (Offset.DAYS_BEFORE, 2, time(22), local(19, 8)),
        (Offset.DAYS_AFTER, 3, time(9), local(23, 9)),
        (Offset.HOURS_BEFORE, 4, time(9), local(20, 14)),
        (Offset.HOURS_BEFORE, 12, time(9), local(20, 6)),
        (Offset.DAYS_BEFORE, 0, time(9), None),
    ],
)
def test_s6_a_reminder_leaves_at_the_countys_hour_outside_quiet_hours(
    offset: Offset, number: int, hour: time, leaves: datetime | None
) -> None:
    settings = replace(DEFAULTS, remind_bids_days=number, reminder_hour=hour)
    assert due_at(rule(offset), DEADLINE, settings, quiet=True) == leaves


def test_s6_the_last_day_alone_may_break_into_quiet_hours() -> None:
    early, last = local(20, 8, 30), rule(Offset.HOURS_BEFORE)
    settings = replace(DEFAULTS, remind_bids_days=3)
    due = due_at(last, early, settings, quiet=True)
    assert due == local(20, 5, 30)
    assert may_disturb(last, owed(early), due)
    assert not may_disturb(rule(Offset.DAYS_BEFORE), owed(early), due)
    at_night = due_at(last, local(20, 2), settings, quiet=True)
    assert at_night == local(20, 8)
    assert not is_worth_sending(at_night, owed(local(20, 2)))


def test_s6_nobody_is_reminded_of_what_is_just_being_said_or_already_past() -> None:
    assert is_worth_sending(local(18, 9), owed())
    assert not is_worth_sending(local(18, 9), owed(since=local(18, 10)))
    assert not is_worth_sending(local(20, 18), owed())


def test_s6_another_offset_does_not_remind_of_the_past_again() -> None:
    written = [(local(18, 9), DEADLINE)]
    assert is_written(local(18, 9), DEADLINE, written)
    assert is_written(local(15, 9), DEADLINE, written)
    assert not is_written(local(19, 9), DEADLINE, written)
    assert not is_written(local(17, 9), DEADLINE - timedelta(days=1), written)


@given(
    hours=st.integers(-24 * 400, 24 * 400),
    number=st.integers(1, 14),
    hour=st.times(),
    offset=st.sampled_from([Offset.DAYS_BEFORE, Offset.DAYS_AFTER]),
)
def test_s6_whatever_the_numbers_no_reminder_is_due_in_quiet_hours(
    hours: int, number: int, hour: time, offset: Offset
) -> None:
    settings = replace(DEFAULTS, remind_bids_days=number, reminder_hour=hour)
    due = due_at(rule(offset), NOON + timedelta(hours=hours), settings, quiet=True)
    assert due is not None
    assert due == after_quiet_hours(due, settings)
