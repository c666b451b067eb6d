"""Who has much to send holds up nobody: lanes, turns and rates with fifty thousand rows waiting (S6)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask

from channels.announcing import announce
from channels.claiming import AT_HAND, OF_ONE_OFFICE, AtHand, claim
from channels.messages import Message
from channels.models import Channel, Lane
from channels.sending import send_due
from tenants.actors import Actor
from tenants.gate import command
from tenants.permissions import Permission
from tenants.schema import libpq
from tests.channels.conftest import open_channel, outbox, say, set_rate
from tests.conftest import Clock, Office
from tests.crowd import crowd, everybody
from tests.standins.twilio import TwilioStandIn

MANY = 50_000
FLOOD = Message("tests.flood", "Flood warning", lane=Lane.BULK)
Flooded = Callable[[Office, Channel, int], None]
ANSWER = Message("tests.answer", "Answer to yours", lane=Lane.REPLY)


@command(Permission.MESSAGE_SEND)
def flood(*, by: Actor) -> None:
    """Say something to everybody the office knows."""
    announce(FLOOD(), everybody(by.tenant_id), by=by)


@pytest.fixture(autouse=True)
def no_channel_is_remembered(app: Flask) -> None:
    """What a process knows of channels is for one deployment; each test has a new one."""
    app.extensions["qiao.channels"].clear()


@pytest.fixture
def analyze(servers: SimpleNamespace) -> Callable[[], None]:
    """Let the planner know the tables, as it does in any deployment that is older than a minute."""

    def run() -> None:
        with psycopg.connect(libpq(servers.owner_url), autocommit=True) as connection:
            connection.execute("ANALYZE contacts")

    return run


@pytest.fixture
def flooded(analyze: Callable[[], None]) -> Flooded:
    """``flooded(county, channel, 500)``: an office with so many broadcasts waiting."""

    def make(office: Office, channel: Channel, count: int) -> None:
        crowd(count, channel, by=office.system)
        analyze()
        flood(by=office.system)

    return make


def in_thread(app: Flask, act: Callable[[], object]) -> threading.Thread:
    """Do something beside the test, in an application context of its own."""

    def run() -> None:
        with app.app_context():
            act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def arrived(twilio: TwilioStandIn, words: str) -> bool:
    """Whether the provider has taken such a message."""
    return any(words in message["body"] for message in list(twilio.messages))


def test_s6_with_fifty_thousand_broadcasts_of_a_neighbour_waiting_an_answer_leaves_at_once(
    app: Flask, county: Office, other_county: Office, twilio: TwilioStandIn, flooded: Flooded
) -> None:
    flooded(county, open_channel(county, twilio), MANY)
    open_channel(other_county, twilio, "+8613900000008")
    twilio.latency = 0.3
    worker = in_thread(app, send_due)
    time.sleep(0.6)
    say("+8613800000001", ANSWER(), by=other_county.system)
    before = len(twilio.messages)
    worker.join()
    while not arrived(twilio, "Answer") and len(twilio.messages) < MANY:
        send_due()
    words = [message["body"] for message in twilio.messages]
    answered = next(place for place, said in enumerate(words) if "Answer" in said)
    assert any("Flood" in said for said in words[:answered])
    assert answered - before < 200, "a few that were on their way already, and never the queue"


def test_s6_an_answer_of_the_same_office_by_the_same_number_waits_a_second_at_most(
    app: Flask, county: Office, twilio: TwilioStandIn, flooded: Flooded
) -> None:
    channel = open_channel(county, twilio)
    set_rate(channel, 20, by=county.system)
    flooded(county, channel, 500)
    worker = in_thread(app, send_due)
    time.sleep(0.4)
    said = time.monotonic()
    say("+8613800000001", ANSWER(), by=county.system)
    while not arrived(twilio, "Answer") and time.monotonic() - said < 5:
        time.sleep(0.01)
    waited = time.monotonic() - said
    worker.join()
    assert waited < 3


def test_s6_no_office_takes_more_than_half_of_a_worker_with_its_broadcasts(
    county: Office, other_county: Office, twilio: TwilioStandIn, flooded: Flooded
) -> None:
    flooded(county, open_channel(county, twilio), 400)
    first = claim(AT_HAND)
    assert len(first) == OF_ONE_OFFICE
    flooded(other_county, open_channel(other_county, twilio, "+8613900000008"), 400)
    at_hand = AtHand()
    at_hand.bulk[county.id] = OF_ONE_OFFICE
    second = [parcel for parcel in claim(AT_HAND - OF_ONE_OFFICE, at_hand) if parcel]
    assert {parcel.tenant_id for parcel in second} == {other_county.id}
    assert len(second) == OF_ONE_OFFICE


def test_s6_of_one_channel_no_more_is_claimed_than_it_sends_in_a_second(
    county: Office, twilio: TwilioStandIn, flooded: Flooded
) -> None:
    channel = open_channel(county, twilio)
    set_rate(channel, 10, by=county.system)
    flooded(county, channel, 100)
    assert len(claim(AT_HAND)) == 10
    at_hand = AtHand()
    at_hand.channels[channel.id] = 7
    assert len(claim(AT_HAND, at_hand)) == 3


def test_two_broadcasts_of_one_office_leave_in_the_order_in_which_they_were_sent_off(
    county: Office, twilio: TwilioStandIn, flooded: Flooded, clock: Clock
) -> None:
    flooded(county, open_channel(county, twilio), 20)
    earlier = {row.id for row in outbox(by=county.system)}
    clock.advance(minutes=1)
    flood(by=county.system)
    claimed = [parcel.id for _turn in range(4) for parcel in claim(10) if parcel]
    assert set(claimed[:20]) == earlier
    assert len(claimed) == 40


def test_a_freeze_does_not_follow_a_plan_made_when_the_office_knew_nobody(
    county: Office, twilio: TwilioStandIn, analyze: Callable[[], None]
) -> None:
    """The database keeps its plan for looking up a row's contact: reading all of a table that was nearly empty then."""
    channel = open_channel(county, twilio)
    for number in range(12):
        say(f"+86138000003{number:02}", ANSWER(), by=county.system)
        if number == 3:
            analyze()
    crowd(10_000, channel, by=county.system)
    begun = time.monotonic()
    flood(by=county.system)
    assert time.monotonic() - begun < 4
