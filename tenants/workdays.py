"""Working days in China, make-up days included, from a table the platform can edit (H5)."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.models import CalendarDay, DayKind
from tenants.permissions import Permission

SHANGHAI = ZoneInfo("Asia/Shanghai")

FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
"""Holidays of the same date every year; lunar ones are unknown until the State Council publishes the year."""


def to_the_day(moment: datetime) -> datetime:
    """A moment of which no more than the day is kept (H3): the beginning of the day by the universal clock."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def local_day(moment: datetime) -> date:
    """The calendar day of a moment, in China."""
    return moment.astimezone(SHANGHAI).date()


def start_of_day(moment: datetime) -> datetime:
    """When the calendar day of a moment began, in China."""
    return datetime.combine(local_day(moment), time(), SHANGHAI)


def end_of_day(day: date) -> datetime:
    """The last moment of a day in China, in UTC: what "by that day" means."""
    return datetime.combine(day, time(23, 59, 59), SHANGHAI).astimezone(UTC)


def after_working_days(start: date, number: int, is_working: Callable[[date], bool]) -> date:
    """The day on which ``number`` full working days after ``start``, which never counts, have passed (H5)."""
    day, left = start, number
    while left > 0:
        day += timedelta(days=1)
        if is_working(day):
            left -= 1
    return day


def provisional(day: date) -> bool:
    """Beyond the published calendar: weekdays less the fixed holidays."""
    return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS


def deadline_after(start: datetime, number: int) -> datetime:
    """The end of the ``number``-th working day after ``start``, by the table; for use inside a gate."""
    first = local_day(start)
    horizon = first + timedelta(days=number * 3 + 30)
    rows = db.session.execute(
        select(CalendarDay.day, CalendarDay.working).where(CalendarDay.day.between(first, horizon))
    )
    known: dict[date, bool] = dict(rows.all())
    return end_of_day(after_working_days(first, number, lambda day: known.get(day, provisional(day))))


def is_provisional(day: date) -> bool:
    """Whether a deadline on this day rests on a calendar not yet published; for use inside a gate."""
    found = db.session.get(CalendarDay, day)
    return found is None or found.kind is DayKind.PROVISIONAL


@query(Permission.OFFICE_READ)
def is_working(day: date, *, by: Actor) -> bool:
    """Whether people work on a day, by the table."""
    found = db.session.get(CalendarDay, day)
    return provisional(day) if found is None else found.working


@command(Permission.CALENDAR_WRITE)
def fill_calendar(first_year: int, last_year: int, *, by: Actor) -> int:
    """Fill the table from the published calendar, but never a day a person edited. Returns days written."""
    import chinese_calendar

    rows = []
    day = date(first_year, 1, 1)
    while day.year <= last_year:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                working, kind = chinese_calendar.is_workday(day), DayKind.PUBLISHED
        except NotImplementedError:
            working, kind = provisional(day), DayKind.PROVISIONAL
        rows.append({"day": day, "working": working, "kind": kind})
        day += timedelta(days=1)
    statement = insert(CalendarDay).values(rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["day"],
            set_={"working": statement.excluded.working, "kind": statement.excluded.kind},
            where=CalendarDay.kind != DayKind.EDITED,
        )
    )
    record(Event.CALENDAR_CHANGED, ("calendar_days", f"{first_year}-{last_year}"), by, days=len(rows))
    return len(rows)


@command(Permission.CALENDAR_WRITE)
def edit_day(day: date, working: bool, *, by: Actor) -> None:
    """Correct one day; deadlines already stored stay as they are (H5)."""
    db.session.merge(CalendarDay(day=day, working=working, kind=DayKind.EDITED))
    record(Event.CALENDAR_CHANGED, ("calendar_days", day), by, working=working)
