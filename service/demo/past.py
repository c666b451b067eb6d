"""The past of the demo province: many stories told at once, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any

from flask import current_app

from channels.sending import send_due
from tenants.workdays import local_day

Life = Generator[datetime, datetime, Any]
"""A story: it yields the moment of its next step and goes on when that moment has come."""


class Calendar:
    """Moments as days before the present."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.year = local_day(now).year

    def ago(self, days: float) -> datetime:
        """The moment so many days before now; after now if negative."""
        return self.now - timedelta(days=days)


def unfold(lives: Iterable[Life], now: datetime) -> None:
    """Live all stories until now, each step in its turn; messages leave on the day they were written."""
    waiting = [(next(life), number, life) for number, life in enumerate(lives)]
    heapify(waiting)
    today = now.date()
    clock = current_app.config["CLOCK"]
    try:
        while waiting:
            moment, number, life = heappop(waiting)
            if moment.date() != today:
                send_due()
                today = moment.date()
            current_app.config["CLOCK"] = lambda at=moment: at
            try:
                heappush(waiting, (life.send(moment), number, life))
            except StopIteration:
                continue
        send_due()
    finally:
        current_app.config["CLOCK"] = clock
