"""An address that its provider calls bad is left out of broadcasts, until somebody writes from it (S7)."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from channels.alarms import list_alarms
from channels.announcing import announce
from channels.messages import Message
from channels.models import Channel, Contact, Delivery, Lane
from channels.sending import send_due
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tests.channels.conftest import cannot_be_reached, open_channel, outbox, recipient, say, stop
from tests.channels.test_sending import events, report
from tests.conftest import Clock, Office, Phone
from tests.standins.twilio import Misbehaviour, TwilioStandIn

VILLAGER, NEIGHBOUR = "+8613800000001", "+8613800000002"
REPLY = Message("tests.unreachable_reply", "Answer {number}", lane=Lane.REPLY)
NEWS = Message("tests.unreachable_news", "News {number}")
REMINDER = Message("tests.unreachable_reminder", "Reminder {number}", reminder=True)
BROADCAST = Message("tests.unreachable_broadcast", "Broadcast {number}", lane=Lane.BULK)
BAD = Misbehaviour(status=400, code=21211)


@pytest.fixture
def channel(county: Office, twilio: TwilioStandIn) -> Channel:
    """The number by which the county sends."""
    return open_channel(county, twilio)


@pytest.fixture
def villager(app: Flask, settings: Settings, channel: Channel, twilio: TwilioStandIn) -> Phone:
    """The phone of which the provider says that there is none."""
    return Phone(app, channel, VILLAGER, settings.base_url, twilio.auth_token)


def called_bad(office: Office, twilio: TwilioStandIn) -> UUID:
    """Send news to an address that the provider refuses; return its contact."""
    row = say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(BAD)
    send_due()
    return row.contact_id


@query(Permission.MESSAGE_SEND)
def is_unreachable(contact_id: UUID, *, by: Actor) -> bool:
    """Whether a contact is marked."""
    return db.session.get_one(Contact, (by.tenant_id, contact_id)).unreachable_at is not None


@command(Permission.MESSAGE_SEND)
def announce_to_all(*, by: Actor) -> None:
    """A broadcast to everybody the office knows."""
    announce(BROADCAST(number=9), select(Contact.id).where(Contact.tenant_id == by.tenant_id), by=by)


def states(office: Office, message: Message) -> list[Delivery]:
    """What became of the messages of one kind."""
    return sorted(row.state for row in outbox(by=office.system) if row.message == message.key)


@pytest.mark.parametrize("code", [21211, 21214, 21217, 21614, 21604, 30005, 30006])
def test_s7_an_address_that_the_provider_refuses_is_marked(
    county: Office, channel: Channel, twilio: TwilioStandIn, code: int
) -> None:
    row = say(VILLAGER, NEWS(number=1), by=county.system)
    twilio.plan(Misbehaviour(status=400, code=code))
    send_due()
    assert is_unreachable(row.contact_id, by=county.system)
    assert events(by=county.system).count("channels.address_unreachable") == 1
    assert list_alarms(by=county.administrator) == []


@pytest.mark.parametrize(
    ("code", "bad"), [("30005", True), ("30006", True), ("30003", False), ("30007", False)]
)
def test_s7_so_is_one_that_only_a_report_calls_bad(
    app: Flask, county: Office, channel: Channel, twilio: TwilioStandIn, code: str, bad: bool
) -> None:
    row = say(VILLAGER, NEWS(number=1), by=county.system)
    send_due()
    for _ in range(2):
        report(app, twilio, twilio.messages[0]["sid"], "undelivered", code)
    assert is_unreachable(row.contact_id, by=county.system) is bad
    assert events(by=county.system).count("channels.address_unreachable") == int(bad)


@pytest.mark.parametrize("code", [30007, 21617, 30003, 21610, 21408])
def test_s7_what_is_wrong_with_the_words_the_way_or_the_wish_marks_nobody(
    county: Office, channel: Channel, twilio: TwilioStandIn, code: int
) -> None:
    row = say(VILLAGER, NEWS(number=1), by=county.system)
    twilio.plan(Misbehaviour(status=400, code=code))
    send_due()
    assert not is_unreachable(row.contact_id, by=county.system)


def test_s7_who_cannot_be_reached_gets_no_broadcast_and_no_reminder_but_notices_and_answers(
    county: Office, channel: Channel, twilio: TwilioStandIn
) -> None:
    called_bad(county, twilio)
    for message in (BROADCAST, REMINDER, NEWS, REPLY):
        say(VILLAGER, message(number=2), by=county.system)
    send_due()
    assert states(county, BROADCAST) == states(county, REMINDER) == [Delivery.UNREACHABLE]
    assert sorted(one["body"] for one in twilio.messages) == ["Answer 2", "News 2"]


def test_s7_a_broadcast_written_before_the_mark_leaves_them_out_too(
    county: Office, channel: Channel, twilio: TwilioStandIn
) -> None:
    say(NEIGHBOUR, NEWS(number=1), by=county.system)
    say(VILLAGER, NEWS(number=1), by=county.system)
    send_due()
    announce_to_all(by=county.system)
    cannot_be_reached(VILLAGER, by=county.system)
    send_due()
    assert states(county, BROADCAST) == [Delivery.SENT, Delivery.UNREACHABLE]


def test_s7_one_statement_freezes_an_audience_without_them(
    county: Office, channel: Channel, twilio: TwilioStandIn
) -> None:
    say(NEIGHBOUR, NEWS(number=1), by=county.system)
    send_due()
    called_bad(county, twilio)
    requests = twilio.requests
    announce_to_all(by=county.system)
    send_due()
    assert states(county, BROADCAST) == [Delivery.SENT, Delivery.UNREACHABLE]
    assert twilio.requests == requests + 1


def test_s5_who_opted_out_counts_as_such_whatever_the_provider_says_of_the_address(
    county: Office, channel: Channel, twilio: TwilioStandIn
) -> None:
    called_bad(county, twilio)
    (row,) = outbox(by=county.system)
    stop(row, by=county.system)
    announce_to_all(by=county.system)
    say(VILLAGER, REMINDER(number=1), by=county.system)
    assert states(county, BROADCAST) == states(county, REMINDER) == [Delivery.SUPPRESSED]


def test_s7_the_next_text_from_there_ends_it(
    county: Office, channel: Channel, villager: Phone, twilio: TwilioStandIn, clock: Clock
) -> None:
    villager.says("帮助")
    clock.advance(minutes=1)
    contact = called_bad(county, twilio)
    assert is_unreachable(contact, by=county.system)
    clock.advance(seconds=1)
    assert villager.says("帮助")
    assert not is_unreachable(contact, by=county.system)
    say(VILLAGER, BROADCAST(number=1), by=county.system)
    send_due()
    assert states(county, BROADCAST) == [Delivery.SENT]


def test_s7_a_report_that_comes_after_somebody_wrote_from_there_counts_no_more(
    app: Flask, county: Office, channel: Channel, villager: Phone, twilio: TwilioStandIn, clock: Clock
) -> None:
    row = say(VILLAGER, NEWS(number=1), by=county.system)
    send_due()
    clock.advance(hours=2)
    villager.says("帮助")
    report(app, twilio, twilio.messages[0]["sid"], "undelivered", "30005")
    assert recipient(row, by=county.system).unreachable_at is None
