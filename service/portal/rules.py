"""Rules of the portal: what a day's head of the audit chain is (T6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from tenants.workdays import SHANGHAI


def midnight_before(day: date) -> datetime:
    """The midnight in China that begins ``day``: what was recorded before it belongs to yesterday's head (T6)."""
    return datetime.combine(day, time(0), SHANGHAI).astimezone(UTC)
