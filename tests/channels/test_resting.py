"""A provider that is told too much is left alone for as long as it says: all of the channel waits, its neighbours go on (S6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis

from channels.messages import Message
from channels.models import Channel, Delivery, Lane
from channels.pacing import LONGEST_REST, RESTING, THROTTLED_PAUSE, let_rest, resting
from channels.sending import send_due
from service.settings import Settings
from tenants.identifiers import new_id
from tests.channels.conftest import open_channel, outbox, say, set_rate
from tests.conftest import Clock, Office
from tests.standins.twilio import Misbehaviour, TwilioStandIn

NEWS = Message("tests.resting_news", "News {number}")
ANSWER = Message("tests.resting_answer", "Answer {number}", lane=Lane.REPLY)
MANY = 8


@pytest.fixture
def channel(county: Office, twilio: TwilioStandIn) -> Channel:
    """A number that sends twenty parts a second, so that one request is answered before the next leaves."""
    channel = open_channel(county, twilio)
    set_rate(channel, 20, by=county.system)
    return channel


def say_to_many(office: Office) -> None:
    """Something for each of several people, in the outbox at once."""
    for number in range(MANY):
        say(f"+8613800001{number:03}", NEWS(number=number), by=office.system)


def states(office: Office) -> set[Delivery]:
    """How far the office's messages got."""
    return {row.state for row in outbox(by=office.system)}


@pytest.mark.parametrize(("retry_after", "seconds"), [(40, 40.0), (None, THROTTLED_PAUSE)])
def test_s6_nothing_of_the_channel_knocks_before_the_provider_s_time_is_over(
    county: Office,
    channel: Channel,
    twilio: TwilioStandIn,
    clock: Clock,
    retry_after: int | None,
    seconds: float,
) -> None:
    say_to_many(county)
    twilio.plan(Misbehaviour(status=429, code=20429, retry_after=retry_after))
    send_due()
    assert twilio.requests == 1
    assert {(row.state, row.attempts) for row in outbox(by=county.system)} == {(Delivery.QUEUED, 0)}
    say("+8613800002000", ANSWER(number=1), by=county.system)
    clock.advance(seconds=seconds - 1)
    assert send_due() == 0
    assert twilio.requests == 1
    clock.advance(seconds=1.1)
    send_due()
    assert twilio.requests == 1 + MANY + 1
    assert states(county) == {Delivery.SENT}


def test_s6_a_neighbour_s_channel_goes_on(
    county: Office, other_county: Office, channel: Channel, twilio: TwilioStandIn
) -> None:
    neighbour = open_channel(other_county, twilio, "+8613900000008")
    say_to_many(county)
    twilio.plan(Misbehaviour(status=429, code=20429, retry_after=60))
    send_due()
    assert twilio.requests == 1
    say("+8613800003000", NEWS(number=1), by=other_county.system)
    send_due()
    assert [message["from"] for message in twilio.messages] == [neighbour.number]
    assert states(other_county) == {Delivery.SENT}
    assert states(county) == {Delivery.QUEUED}


def test_s6_a_worker_heeds_what_another_one_was_told(
    county: Office, channel: Channel, twilio: TwilioStandIn, clock: Clock
) -> None:
    let_rest(channel.id, 30, clock.now)
    say_to_many(county)
    assert send_due() == 0
    assert twilio.requests == 0
    assert list(resting(clock.now)) == [channel.id]


def test_s6_the_longest_word_counts_and_none_for_longer_than_an_hour(channel: Channel, clock: Clock) -> None:
    let_rest(channel.id, 30, clock.now)
    let_rest(channel.id, 5, clock.now)
    assert resting(clock.now) == {channel.id: pytest.approx(30)}
    let_rest(channel.id, 10**9, clock.now)
    assert resting(clock.now) == {channel.id: pytest.approx(LONGEST_REST)}
    assert resting(clock.now + timedelta(seconds=LONGEST_REST)) == {}


def test_s6_rests_that_are_over_leave_nothing_behind(
    channel: Channel, clock: Clock, settings: Settings
) -> None:
    let_rest(new_id(), 5, clock.now)
    clock.advance(seconds=6)
    let_rest(channel.id, 5, clock.now)
    assert Redis.from_url(settings.redis_url).zcard(RESTING) == 1
