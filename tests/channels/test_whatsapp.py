"""WhatsApp by way of Twilio: its own kind of address, and a day in which free text goes (S6, S7)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from channels import sayings
from channels.contacts import contact_for
from channels.gateways import Outbound, OutsideWindow
from channels.gateways import twilio as gateway
from channels.models import Channel, Contact, Delivery, Medium, OutboundMessage
from channels.outbox import tell
from channels.registry import add_channel, list_channels
from channels.sending import reconcile, send_due
from channels.templates import set_template
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command
from tenants.permissions import Permission
from tenants.privacy import mask_address
from tenants.refusals import RuleBroken
from tests.channels.conftest import change, open_channel, outbox, say
from tests.channels.test_inbox import stored
from tests.conftest import AUTH_TOKEN, Clock, Office, Phone
from tests.standins.twilio import Misbehaviour, TwilioStandIn

OURS, THEIRS = "whatsapp:+14155238886", "whatsapp:+8613800000041"


def approve(account: str, message: str, code: str, fields: dict[str, str], *, by: Actor) -> None:
    """Let a message go by an approved template of an account."""
    (channel,) = (one for one in list_channels(by=by) if one.number == account)
    set_template(channel.id, message, "zh", code, fields=fields, by=by)


@pytest.fixture
def villager(app: Flask, settings: Settings, twilio: TwilioStandIn, county: Office, clock: Clock) -> Phone:
    """Somebody who has written to the office's number at WhatsApp, at noon."""
    twilio.now = clock
    channel = open_channel(county, twilio, OURS)
    phone = Phone(app, channel, THEIRS, settings.base_url, twilio.auth_token)
    assert "清河县扶贫办" in phone.says("帮助")
    twilio.windows[THEIRS] = clock() + timedelta(hours=24)
    return phone


@command(Permission.MESSAGE_SEND)
def notice(contact: Contact, *, by: Actor) -> OutboundMessage:
    """Tell somebody something unasked."""
    row = tell(contact.id, sayings.REPLY_FOLLOWS(words="您的投诉有了答复"), by=by)
    assert row is not None
    return row


def writer(county: Office) -> Contact:
    """Who wrote."""
    ((_message, contact),) = stored(by=county.system)
    return contact


def test_a_number_at_whatsapp_is_written_as_twilio_writes_it(county: Office) -> None:
    credentials = {"account_sid": "AC1", "auth_token": "t"}
    assert add_channel("twilio", " whatsapp:+1 415 523 8886", credentials, by=county.system).number == OURS
    with pytest.raises(RuleBroken, match="number_unclear"):
        add_channel("twilio", "whatsapp:12", credentials, by=county.system)


def test_who_writes_from_whatsapp_is_a_contact_of_its_own_kind_and_masked_like_a_phone(
    villager: Phone, county: Office
) -> None:
    contact = writer(county)
    assert (contact.medium, contact.address) == (Medium.WHATSAPP, THEIRS)
    assert mask_address(THEIRS) == "138****0041"


def test_within_a_day_free_text_goes_by_whatsapp(
    villager: Phone, twilio: TwilioStandIn, county: Office
) -> None:
    notice(writer(county), by=county.system)
    send_due()
    assert [(one["To"], one["From"]) for one in twilio.taken] == [(THEIRS, OURS)]
    assert [row.state for row in outbox(by=county.system)] == [Delivery.SENT]


def test_after_a_day_the_approved_template_goes(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    approve(OURS, sayings.REPLY_FOLLOWS.key, "HX1", {"1": "words"}, by=county.system)
    clock.advance(hours=30)
    notice(writer(county), by=county.system)
    send_due()
    (taken,) = twilio.taken
    assert (taken["To"], taken["ContentSid"]) == (THEIRS, "HX1")
    assert json.loads(taken["ContentVariables"]) == {"1": "您的投诉有了答复"}
    assert "Body" not in taken


@pytest.mark.parametrize(("hours", "code", "marked"), [(1, 63003, True), (30, 21614, False)])
def test_s7_whom_a_text_message_cannot_reach_is_still_at_whatsapp(
    villager: Phone,
    twilio: TwilioStandIn,
    county: Office,
    clock: Clock,
    hours: int,
    code: int,
    marked: bool,
) -> None:
    open_channel(county, twilio)
    clock.advance(hours=hours)
    notice(writer(county), by=county.system)
    twilio.plan(Misbehaviour(status=400, code=code))
    send_due()
    assert [row.state for row in outbox(by=county.system)] == [Delivery.FAILED]
    assert (writer(county).unreachable_at is not None) is marked


def test_after_a_day_without_a_template_it_goes_as_a_text_message(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    plain = open_channel(county, twilio)
    clock.advance(hours=30)
    row = notice(writer(county), by=county.system)
    send_due()
    (taken,) = twilio.taken
    assert (taken["To"], taken["From"]) == ("+8613800000041", plain.number)
    (sent,) = outbox(by=county.system)
    assert (sent.id, sent.state, sent.channel_id, sent.parts) == (row.id, Delivery.SENT, plain.id, 1)


def test_after_a_day_with_neither_nothing_is_tried(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    clock.advance(hours=30)
    notice(writer(county), by=county.system)
    send_due()
    assert twilio.taken == []
    assert [(row.state, row.failure) for row in outbox(by=county.system)] == [
        (Delivery.FAILED, "undeliverable")
    ]


def test_where_whatsapp_says_the_day_is_over_it_is_believed(
    villager: Phone, twilio: TwilioStandIn, county: Office
) -> None:
    plain = open_channel(county, twilio)
    twilio.windows.clear()
    notice(writer(county), by=county.system)
    send_due()
    (taken,) = twilio.taken
    assert taken["From"] == plain.number


def test_where_whatsapp_says_so_only_later_it_is_said_once_more_by_text(
    villager: Phone, twilio: TwilioStandIn, county: Office
) -> None:
    plain = open_channel(county, twilio)
    notice(writer(county), by=county.system)
    send_due()
    sid = twilio.messages[0]["sid"]
    path, _mark, query = twilio.callbacks[sid].partition("?")
    address = f"{path.removeprefix('http://qiao.test')}?{query}"
    for _ in range(2):
        assert villager.reports(address, sid, "undelivered", "63016") == 204
    send_due()
    assert [(one["From"], one["To"]) for one in twilio.taken] == [(OURS, THEIRS), (plain.number, THEIRS[9:])]
    assert [(row.state, row.failure) for row in outbox(by=county.system)] == [
        (Delivery.FAILED, "63016"),
        (Delivery.SENT, None),
    ]


def test_a_template_whose_sending_broke_off_is_found_and_not_sent_twice(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    approve(OURS, sayings.REPLY_FOLLOWS.key, "HX1", {"1": "words"}, by=county.system)
    clock.advance(hours=30)
    row = notice(writer(county), by=county.system)
    twilio.plan(Misbehaviour(accepts=True, drops=True))
    send_due()
    change(row, claimed_at=clock() - timedelta(days=300), by=county.system)
    assert reconcile() == 1
    assert len(twilio.taken) == 1
    assert [one.state for one in outbox(by=county.system)] == [Delivery.SENT]


def test_an_officer_s_typed_number_is_reached_by_text_and_not_by_the_number_at_whatsapp(
    twilio: TwilioStandIn, county: Office
) -> None:
    open_channel(county, twilio, OURS)
    plain = open_channel(county, twilio)
    assert typed(county).channel_id == plain.id


def typed(county: Office) -> Contact:
    """Whom an officer adds by number."""
    return _typed(by=county.system)


@command(Permission.MESSAGE_SEND)
def _typed(*, by: Actor) -> Contact:
    contact = contact_for("13800000042", by=by)
    db.session.flush()
    return contact


# Twilio's own words


def test_the_window_s_error_is_known_by_its_code(twilio: TwilioStandIn) -> None:
    account = gateway.Credentials(twilio.account_sid, twilio.auth_token, twilio.url)
    with pytest.raises(OutsideWindow):
        gateway.send(Outbound("1.x", THEIRS, OURS, "hello"), account)


def test_a_messaging_service_chooses_the_number_and_its_messages_are_found_again(
    twilio: TwilioStandIn, clock: Clock
) -> None:
    account = gateway.Credentials(twilio.account_sid, twilio.auth_token, twilio.url, "MG1")
    outbound = Outbound("1.x", "+8613800000043", "+8613900000009", "hello")
    sent = gateway.send(outbound, account)
    (taken,) = twilio.taken
    assert (taken["MessagingServiceSid"], "From" in taken) == ("MG1", False)
    found = gateway.find_sent(outbound, clock() - timedelta(days=300), account)
    assert found is not None
    assert found.provider_id == sent.provider_id
    assert (
        gateway.find_sent(outbound, clock() - timedelta(days=300), replace(account, messaging_service=""))
        is None
    )


def test_a_channel_s_service_is_used(twilio: TwilioStandIn, county: Office) -> None:
    credentials = {
        "account_sid": twilio.account_sid,
        "auth_token": twilio.auth_token,
        "messaging_service": "MG1",
    }
    channel: Channel = add_channel("twilio", "+8613900000008", credentials, by=county.system)
    assert channel.number == "+8613900000008"
    say("+8613800000044", sayings.WELCOME(), by=county.system)
    send_due()
    assert [one["MessagingServiceSid"] for one in twilio.taken] == ["MG1"]


def test_s1_who_answers_the_number_that_the_service_chose_reaches_the_office(
    app: Flask, settings: Settings, county: Office
) -> None:
    credentials = {"account_sid": "AC1", "auth_token": AUTH_TOKEN, "messaging_service": "MG1"}
    channel: Channel = add_channel("twilio", "+8613900000008", credentials, by=county.system)
    villager = Phone(app, channel, "+8613800000044", settings.base_url)
    chosen = "+8613900000077"
    assert "清河县扶贫办" in villager.says("帮助", To=chosen, MessagingServiceSid="MG1")
    assert villager.says("帮助", To=chosen, MessagingServiceSid="MG2") == ""
    assert villager.says("帮助", To=chosen) == ""
