"""What a story is told with: its people and their phones, and a ``Teller`` that passes time and waits for messages."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from service.demo.doors import Phone
from service.demo.stage import Stage
from tenants.workdays import local_day

PIN = "4826"


class Teller(Protocol):
    """Tells the story and moves its time on."""

    def now(self) -> datetime:
        """The present moment of the deployment."""

    def pass_time(self, until: datetime) -> None:
        """Let time pass."""

    def texts_to(self, number: str) -> Iterator[list[str]]:
        """What a number has been sent so far; again and again, as long as more may come."""

    def chapter(self, zh: str, en: str) -> None:
        """A new chapter."""

    def says(self, who: str, number: str, text: str, reply: str) -> None:
        """A text and the reply."""

    def arrives(self, who: str, number: str, text: str) -> None:
        """A message that came by itself."""

    def happens(self, zh: str, en: str) -> None:
        """A change."""


@dataclass
class Telling:
    """Who has what in hand while a story goes on, and how its people text."""

    stage: Stage
    teller: Teller
    seconds_to_bid: float = 45.0
    ids: dict[str, Any] = field(default_factory=dict)
    told: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Phones of its own: whose phone registered in another office is offered a copy of that registration.
        play = secrets.randbelow(10**6)
        self.first_so, self.second_so, self.third_so, *self.villagers = [
            f"+86138{play:06}{number:02}" for number in range(1, 10)
        ]
        self.officer = self.stage.program("officer")
        self.colleague = self.stage.program("colleague")
        self.approver = self.stage.program("approver")
        self.finance = self.stage.program("finance")
        self.desk = self.stage.program("desk")
        self.province = self.stage.program("province")
        self.year = local_day(self.teller.now()).year

    def text(self, who: str, number: str, text: str) -> str:
        """Somebody texts the county."""
        reply = Phone(self.stage.transport, self.stage.number, number).says(text)
        self.teller.says(who, number, text, reply)
        return reply

    def fill_in(self, link: str, form: dict[str, str]) -> str:
        """Somebody fills in the form behind a link from a message."""
        return self.stage.visitor().submit(urlsplit(link).path, form)

    def newest(self, who: str, number: str, pattern: str) -> str:
        """The newest message to a number that matches and was not told yet; it must come."""
        got: list[str] = []
        for got in self.teller.texts_to(number):
            for place, text in reversed(list(enumerate(got))):
                if (number, place) not in self.told and re.search(pattern, text, re.S):
                    self.told.add((number, place))
                    self.teller.arrives(who, number, text)
                    return text
        raise AssertionError(f"no message to {who} matches {pattern!r}: {got}")
