"""How often one person is written to (S6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.messages import Message
from channels.models import Delivery, Lane
from channels.pacing import MOST_TO_ONE, free_again
from channels.sending import send_due
from tests.channels.conftest import open_channel, outbox, say
from tests.channels.test_sending import no_channel_is_remembered as no_channel_is_remembered
from tests.conftest import NOON, Clock, Office
from tests.standins.twilio import TwilioStandIn

NEWS = Message("tests.paced", "News {number}")
ASKED = Message("tests.asked", "As you asked {number}", lane=Lane.REPLY)


@pytest.mark.parametrize(
    ("ages", "waits"),
    [
        ([], None),
        ([1, 2], None),
        ([1, 2, 3], 57),
        ([1, 2, 59], 1),
        ([1, 2, 60], None),
        ([*range(100, 1000, 100), 3000], 600),
        ([*range(4000, 4050)], 86400 - 4049),
    ],
)
def test_s6_three_a_minute_ten_an_hour_fifty_a_day(ages: list[int], waits: int | None) -> None:
    sent = [NOON - timedelta(seconds=age) for age in ages]
    expected = None if waits is None else NOON + timedelta(seconds=waits)
    assert free_again(sent, NOON) == expected


@given(pauses=st.lists(st.integers(0, 7200), min_size=1, max_size=80))
def test_s6_whoever_waits_as_told_never_gets_more_than_allowed(pauses: list[int]) -> None:
    now, sent = NOON, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        now = free_again(sent, now) or now
        sent.insert(0, now)
    for most, span in MOST_TO_ONE:
        assert all(later - earlier >= span for later, earlier in zip(sent, sent[most:], strict=False))


def test_s6_what_is_too_much_for_one_person_waits_and_is_not_lost(
    county: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    open_channel(county, twilio)
    for number in range(5):
        say("+8613800000001", NEWS(number=number), by=county.system)
    say("+8613800000002", NEWS(number=9), by=county.system)
    send_due()
    states = [row.state for row in outbox(by=county.system)]
    assert states == [Delivery.SENT] * 3 + [Delivery.QUEUED] * 2 + [Delivery.SENT]
    say("+8613800000001", ASKED(number=1), by=county.system)
    assert send_due() == 1
    clock.advance(seconds=61)
    assert send_due() == 2
    assert {row.state for row in outbox(by=county.system)} == {Delivery.SENT}
