"""Rules of a channel's incidents: when it fails, when it has fallen silent, when somebody counts wrongly (S1, S6, S7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

FAILING_WITHIN = timedelta(minutes=10)
FAILING_PERCENT, FAILING_LEAST = 10, 5
"""A channel fails where more than so many of a hundred attempts came to nothing; fewer than so many prove nothing."""

SILENT_FOR = timedelta(hours=6)
BASELINE_DAYS, BASELINE_LEAST = 7, 5
"""What a channel is used to: messages in the same hours of so many of the last days, at least."""

CALM_FOR = timedelta(minutes=10)
"""How long the cause of an incident must be gone before the incident is."""


def is_failing(taken: int, failed: int) -> bool:
    """Whether more than a tenth of the attempts of the last ten minutes failed (S7)."""
    return failed >= FAILING_LEAST and failed * 100 > (taken + failed) * FAILING_PERCENT


def is_silent(received: int, days: Collection[int]) -> bool:
    """Whether nothing came for six hours in which something came on at least five of the last seven days (S1).

    ``days``: how many days ago each of those was, from 1.
    """
    return received == 0 and len({day for day in days if 1 <= day <= BASELINE_DAYS}) >= BASELINE_LEAST


def counted_otherwise(ours: Mapping[str, int], theirs: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """The messages whose parts the provider counted otherwise than we did: ours and its, by its id (S6).

    What it does not count, or has not counted yet, is left out.
    """
    return {
        message: (number, theirs[message])
        for message, number in ours.items()
        if theirs.get(message) and theirs[message] != number
    }


def is_over(last_at: datetime, now: datetime) -> bool:
    """Whether an incident whose cause was last seen at ``last_at`` ends by itself."""
    return now - last_at >= CALM_FOR
