"""Providers on a bad day: they delay, refuse, hang after taking and drop connections, and report late, twice and out of order."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import urllib3

from tests.standins import kannel, twilio

MOODS = {"slow": 82, "busy": 5, "broken": 4, "hangs": 2, "drops": 4, "drops after taking": 3}
"""How often of a hundred each comes."""

REPORTS_LOST = 0.3
"""How many of the Kannel's messages are never reported on."""


class BadDay:
    """What both have: moods until it is ``calm``, and reports that come some time."""

    def __init__(self) -> None:
        super().__init__()
        self.calm = False
        self.moods: Counter[str] = Counter()
        self.dice = random.Random(7)
        self.reporters = ThreadPoolExecutor(4)

    def next_mood(self) -> str:
        """Mostly slow, now and then worse."""
        mood = "slow" if self.calm else self.dice.choices(list(MOODS), list(MOODS.values()))[0]
        self.moods[mood] += 1
        return mood

    def slowness(self) -> float:
        """Seconds that one request takes."""
        return self.dice.uniform(0, 0.2)

    def report_some_time(self, report: Callable[[Any], object], statuses: Sequence[Any]) -> None:
        """Report each status, in any order, half of the time one of them twice."""
        reports = self.dice.sample(statuses, len(statuses))
        reports += reports[: self.dice.randrange(2)]
        self.reporters.submit(self._report_late, report, reports, self.dice.uniform(0, 0.3))

    def _report_late(self, report: Callable[[Any], object], statuses: Sequence[Any], delay: float) -> None:
        time.sleep(delay)
        for status in statuses:
            with suppress(urllib3.exceptions.HTTPError):
                report(status)


class MoodyTwilio(BadDay, twilio.TwilioStandIn):
    """A provider that can be asked what it took."""

    def next_misbehaviour(self) -> twilio.Misbehaviour:
        """What happens to the next request."""
        return {
            "slow": twilio.Misbehaviour(delay=self.slowness()),
            "busy": twilio.Misbehaviour(status=429, code=20429, retry_after=1),
            "broken": twilio.Misbehaviour(status=500),
            "hangs": twilio.Misbehaviour(accepts=True, hangs=True),
            "drops": twilio.Misbehaviour(drops=True),
            "drops after taking": twilio.Misbehaviour(accepts=True, drops=True),
        }[self.next_mood()]

    def take(self, form: Any) -> dict[str, Any]:
        """Take a message, and report on it some time."""
        message = super().take(form)
        self.report_some_time(partial(self.report, message["sid"]), ["sent", "delivered"])
        return message


class MoodyKannel(BadDay, kannel.KannelStandIn):
    """A provider that keeps no record, so that nobody can ask it; some of its reports are lost altogether."""

    def next_misbehaviour(self) -> kannel.Misbehaviour:
        """What happens to the next request."""
        return {
            "slow": kannel.Misbehaviour(delay=self.slowness()),
            "busy": kannel.Misbehaviour(status=503, answer=kannel.AWAY),
            "broken": kannel.Misbehaviour(status=500),
            "hangs": kannel.Misbehaviour(accepts=True, hangs=True),
            "drops": kannel.Misbehaviour(drops=True),
            "drops after taking": kannel.Misbehaviour(accepts=True, drops=True),
        }[self.next_mood()]

    def take(self, fields: dict[str, bytes]) -> kannel.Taken:
        """Take a message, and perhaps report on it some time."""
        message = super().take(fields)
        if self.dice.random() >= REPORTS_LOST:
            self.report_some_time(partial(self._report, message), [8, 1])
        return message

    def _report(self, message: kannel.Taken, status: int) -> None:
        request, address = kannel.reporting(message, status), urlsplit(message.dlr_url)
        url = f"{address.scheme}://{address.hostname}:{address.port}{request['path']}"
        urllib3.request(request["method"], url, headers=request["headers"], retries=False)
