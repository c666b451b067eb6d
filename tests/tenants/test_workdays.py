"""Working days in China, make-up days included (H5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tenants.actors import Actor
from tenants.gate import query
from tenants.permissions import Permission
from tenants.refusals import NotPermitted
from tenants.workdays import (
    after_working_days,
    deadline_after,
    edit_day,
    end_of_day,
    fill_calendar,
    is_provisional,
    local_day,
    provisional,
)
from tests.conftest import NOON

DAYS_2024_TO_2026 = st.dates(date(2024, 1, 1), date(2026, 11, 20))
SYSTEM = Actor.system(now=NOON)


@query(Permission.SETTINGS_READ)
def deadline(start: datetime, number: int, *, by: Actor) -> datetime:
    """The deadline by the table."""
    return deadline_after(start, number)


@query(Permission.SETTINGS_READ)
def unsure(day: date, *, by: Actor) -> bool:
    """Whether the day is provisional."""
    return is_provisional(day)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_h5_deadlines_from_every_day_of_a_year_equal_counting_one_by_one(app: Flask, year: int) -> None:
    fill_calendar(year, year + 1, by=SYSTEM)
    beyond = date(2027, 1, 1)
    for offset in range(365):
        start = date(year, 1, 1) + timedelta(days=offset)
        for number in (1, 5, 15):
            expected, left = start, number
            while left:
                expected += timedelta(days=1)
                left -= provisional(expected) if expected >= beyond else chinese_calendar.is_workday(expected)
            noon = datetime(start.year, start.month, start.day, 4, tzinfo=UTC)
            assert local_day(deadline(noon, number, by=SYSTEM)) == expected, (start, number)


@given(DAYS_2024_TO_2026, st.integers(0, 20))
def test_h5_the_day_itself_never_counts_and_the_last_is_a_working_day(start: date, number: int) -> None:
    end = after_working_days(start, number, chinese_calendar.is_workday)
    between = [start + timedelta(days=one) for one in range(1, (end - start).days + 1)]
    assert sum(map(chinese_calendar.is_workday, between)) == number
    assert number == 0 or chinese_calendar.is_workday(end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 2, 13), date(2026, 2, 14)),
        (date(2026, 2, 14), date(2026, 2, 24)),
        (date(2026, 9, 30), date(2026, 10, 8)),
        (date(2026, 10, 9), date(2026, 10, 10)),
        (date(2025, 1, 25), date(2025, 1, 26)),
    ],
)
def test_h5_make_up_days_count_and_holidays_do_not(app: Flask, start: date, end: date) -> None:
    fill_calendar(2025, 2026, by=SYSTEM)
    noon = datetime(start.year, start.month, start.day, 4, tzinfo=UTC)
    assert local_day(deadline(noon, 1, by=SYSTEM)) == end


def test_h5_a_day_begins_and_ends_in_china() -> None:
    assert local_day(datetime(2026, 3, 4, 15, 59, tzinfo=UTC)) == date(2026, 3, 4)
    assert local_day(datetime(2026, 3, 4, 16, 0, tzinfo=UTC)) == date(2026, 3, 5)
    assert end_of_day(date(2026, 3, 4)) == datetime(2026, 3, 4, 15, 59, 59, tzinfo=UTC)


def test_h5_beyond_the_published_calendar_days_are_weekdays_less_the_fixed_holidays(app: Flask) -> None:
    assert not unsure(date(2026, 3, 4), by=SYSTEM)
    assert unsure(date(2027, 3, 4), by=SYSTEM)
    assert unsure(date(2040, 3, 4), by=SYSTEM)
    assert [provisional(date(2027, 10, day)) for day in range(1, 6)] == [False, False, False, True, True]
    assert not provisional(date(2027, 3, 6))
    assert local_day(deadline(datetime(2040, 9, 28, 4, tzinfo=UTC), 1, by=SYSTEM)) == date(2040, 10, 4)


def test_h5_a_day_the_platform_corrected_stays_so_when_the_table_is_filled_again(app: Flask) -> None:
    tuesday = datetime(2027, 3, 2, 4, tzinfo=UTC)
    assert local_day(deadline(tuesday, 1, by=SYSTEM)) == date(2027, 3, 3)
    edit_day(date(2027, 3, 3), False, by=SYSTEM)
    assert local_day(deadline(tuesday, 1, by=SYSTEM)) == date(2027, 3, 4)
    fill_calendar(2026, 2027, by=SYSTEM)
    assert local_day(deadline(tuesday, 1, by=SYSTEM)) == date(2027, 3, 4)
    assert not unsure(date(2027, 3, 3), by=SYSTEM)


def test_h5_only_the_platform_corrects_the_calendar(county) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotPermitted):
        edit_day(date(2026, 3, 5), False, by=county.administrator)


def test_h5_filling_the_table_twice_gives_the_same_days(app: Flask) -> None:
    assert fill_calendar(2026, 2027, by=SYSTEM) == 730
