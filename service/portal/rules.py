"""Rules of the portal: what a day's head of the audit chain is (T6), and how complaints add up (H9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from service.complaints.queries import Total
from tenants.workdays import SHANGHAI


def midnight_before(day: date) -> datetime:
    """The midnight in China that begins ``day``; what was recorded before it is yesterday's (T6)."""
    return datetime.combine(day, time(0), SHANGHAI).astimezone(UTC)


@dataclass(frozen=True)
class Sum:
    """Complaints of all offices, months and subjects together (H9)."""

    received: int
    open: int
    answered: int
    in_time: int


def add_up(totals: Iterable[Total]) -> Sum:
    """All totals in one line (H9)."""
    known = list(totals)
    received, still_open = sum(one.received for one in known), sum(one.open for one in known)
    return Sum(received, still_open, received - still_open, sum(one.in_time for one in known))
