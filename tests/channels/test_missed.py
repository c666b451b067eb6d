"""What Twilio has on its list and we do not is taken in, once; its fallback is a second door to the same inbox (S1, S7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask

from channels import missed, sayings
from channels.alarms import list_alarms
from channels.fetching import fetch_due
from channels.gateways import SendFailure
from channels.gateways.twilio import sign
from channels.missed import Found, look_back, look_back_everywhere
from channels.models import Channel, Delivery, Handling
from channels.pictures import PictureState
from channels.registry import ChannelInfo, add_channel, channel_by_id, close_channel
from channels.sending import send_due
from channels.set_up import set_up
from channels.sharing import share_channel
from service.settings import Settings
from tenants.actors import Actor
from tests.channels.conftest import open_channel, outbox, say
from tests.channels.test_inbox import stored
from tests.conftest import Clock, Office, Phone
from tests.photos import photo, pictures
from tests.service.complaints.stages import LEAK
from tests.standins.twilio import Misbehaviour, TwilioStandIn

VILLAGER, NEIGHBOUR = "+8613800000051", "+8613800000052"
DAY = timedelta(hours=24)


@pytest.fixture
def channel(twilio: TwilioStandIn, county: Office) -> Channel:
    """The county's number at the stand-in, which lists a few messages a page."""
    twilio.page_size = 3
    return open_channel(county, twilio)


@pytest.fixture
def known(channel: Channel) -> ChannelInfo:
    """The same as the doors know it."""
    return channel_by_id(channel.tenant_id, channel.id)


def replies(county: Office) -> list[str]:
    """What goes out by the outbox."""
    return [row.message for row in outbox(by=county.system)]


def test_s1_a_message_that_never_reached_us_is_taken_in_once_and_answered(
    twilio: TwilioStandIn, known: ChannelInfo, county: Office, clock: Clock
) -> None:
    for number in (VILLAGER, NEIGHBOUR):
        twilio.gets(number, known.number, f"投诉 {LEAK}", at=clock() - timedelta(hours=2))
    twilio.gets(VILLAGER, "+8613900000001", "帮助", at=clock() - timedelta(hours=2))
    assert look_back(known, DAY) == Found(known.number, 2, 0)
    assert look_back(known, DAY) == Found(known.number, 0, 0)
    assert len(stored(by=county.system)) == 2
    assert replies(county) == ["complaints.received"] * 2
    send_due()
    assert "已收到" in twilio.taken[0]["Body"]
    assert [alarm.code for alarm in list_alarms(by=county.system)] == ["messages_missed"]


def test_s1_what_reached_us_by_its_webhook_is_not_taken_in_again(
    app: Flask, settings: Settings, twilio: TwilioStandIn, channel: Channel, known: ChannelInfo, clock: Clock
) -> None:
    villager = Phone(app, channel, VILLAGER, settings.base_url, twilio.auth_token)
    message = twilio.gets(VILLAGER, channel.number, "帮助", at=clock() - timedelta(hours=1))
    villager.says("帮助", sid=message["sid"])
    assert look_back(known, DAY) == Found(known.number, 0, 0)


def test_what_may_still_be_on_its_way_is_left_alone(
    twilio: TwilioStandIn, known: ChannelInfo, clock: Clock
) -> None:
    twilio.gets(VILLAGER, known.number, "帮助", at=clock())
    assert look_back(known, DAY).messages == 0


def test_what_is_older_than_the_window_is_not_looked_at(
    twilio: TwilioStandIn, known: ChannelInfo, clock: Clock
) -> None:
    twilio.gets(VILLAGER, known.number, "帮助", at=clock() - timedelta(hours=25))
    assert look_back(known, DAY).messages == 0


def test_s4_an_old_answer_behind_newer_words_of_its_sender_is_read_by_a_person(
    app: Flask, settings: Settings, twilio: TwilioStandIn, channel: Channel, known: ChannelInfo,
    county: Office, clock: Clock,
) -> None:  # fmt: skip
    twilio.gets(VILLAGER, channel.number, "1", at=clock() - timedelta(hours=1))
    Phone(app, channel, VILLAGER, settings.base_url, twilio.auth_token).says(f"投诉 {LEAK}")
    assert look_back(known, DAY).messages == 1
    late = next(one for one, _sender in stored(by=county.system) if one.failure)
    assert (late.failure, late.handling) == ("came_late", Handling.ATTENTION)
    assert replies(county) == ["channels.person_reads"]


def test_a_picture_that_never_reached_us_is_taken_in_with_its_message(
    twilio: TwilioStandIn, known: ChannelInfo, county: Office, clock: Clock
) -> None:
    twilio.gets(VILLAGER, known.number, "", twilio.put(photo()), at=clock() - timedelta(hours=1))
    assert look_back(known, DAY).messages == 1
    fetch_due()
    assert [one.state for one in pictures(by=county.system)] == [PictureState.STORED]


def test_s7_a_report_that_never_reached_us_is_caught_up(
    twilio: TwilioStandIn, known: ChannelInfo, county: Office, clock: Clock
) -> None:
    say(VILLAGER, sayings.WELCOME(), by=county.system)
    send_due()
    twilio.messages[0]["status"] = "delivered"
    assert look_back(known, DAY) == Found(known.number, 0, 1)
    assert [row.state for row in outbox(by=county.system)] == [Delivery.DELIVERED]
    assert look_back(known, DAY) == Found(known.number, 0, 0)


def test_a_number_that_cannot_be_asked_does_not_hold_up_the_others(
    twilio: TwilioStandIn, channel: Channel, known: ChannelInfo, other_county: Office, clock: Clock
) -> None:
    other = open_channel(other_county, twilio, "+8613900000007")
    twilio.gets(VILLAGER, other.number, "帮助", at=clock() - timedelta(hours=1))
    twilio.gets(VILLAGER, channel.number, "帮助", at=clock() - timedelta(hours=1))
    twilio.plan(Misbehaviour(status=500))
    assert look_back_everywhere() == 1
    twilio.plan(Misbehaviour(status=500))
    with pytest.raises(SendFailure):
        look_back(known, DAY)
    assert look_back_everywhere() == 1


def test_s1_a_message_that_cannot_be_taken_in_holds_up_no_other(
    twilio: TwilioStandIn, known: ChannelInfo, other_county: Office, county: Office, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    other = open_channel(other_county, twilio, "+8613900000007")
    for sender, number in ((VILLAGER, known.number), (NEIGHBOUR, known.number), (VILLAGER, other.number)):
        twilio.gets(sender, number, "帮助", at=clock() - timedelta(hours=1))
    receive_by, calls = missed.receive_by, []

    def fails_first(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise ArithmeticError
        return receive_by(*arguments)

    monkeypatch.setattr(missed, "receive_by", fails_first)
    assert look_back_everywhere() == 2
    assert look_back_everywhere() == 1


def test_a_number_given_up_meanwhile_holds_up_no_other(
    twilio: TwilioStandIn, channel: Channel, other_county: Office, county: Office, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    other = open_channel(other_county, twilio, "+8613900000007")
    twilio.gets(VILLAGER, other.number, "帮助", at=clock() - timedelta(hours=1))
    in_use = missed._channels

    def closed_meanwhile(*, by: Actor) -> list[tuple[int, UUID]]:
        found = in_use(by=by)
        close_channel(channel.id, by=county.system)
        return sorted(found, key=lambda one: one[1] != channel.id)

    monkeypatch.setattr(missed, "_channels", closed_meanwhile)
    assert look_back_everywhere() == 1


def test_s8_what_a_county_got_by_a_number_no_longer_shared_is_not_missed_at_the_province(
    app: Flask, settings: Settings, twilio: TwilioStandIn, province: Office, county: Office, clock: Clock
) -> None:
    shared = open_channel(province, twilio)
    share_channel(shared.id, True, by=province.system)
    message = twilio.gets(VILLAGER, shared.number, "清河 帮助", at=clock() - timedelta(hours=1))
    Phone(app, shared, VILLAGER, settings.base_url, twilio.auth_token).says("清河 帮助", sid=message["sid"])
    assert len(stored(by=county.system)) == 1
    share_channel(shared.id, False, by=province.system)
    app.extensions["qiao.channels"].clear()
    assert look_back(channel_by_id(province.id, shared.id), DAY).messages == 0
    assert stored(by=province.system) == []


def test_twilio_is_asked_for_the_number_alone_and_for_pictures_of_what_is_new(
    app: Flask, settings: Settings, twilio: TwilioStandIn, channel: Channel, known: ChannelInfo, clock: Clock
) -> None:
    for number in ("+8613900000001", channel.number):
        message = twilio.gets(VILLAGER, number, "帮助", twilio.put(photo()), at=clock() - timedelta(hours=1))
    Phone(app, channel, VILLAGER, settings.base_url, twilio.auth_token).says("帮助", sid=message["sid"])
    assert look_back(known, DAY).messages == 0
    queries = [parse_qs(urlsplit(asked).query) for asked in twilio.asked]
    assert [query.get("To") or query.get("From") for query in queries] == [[channel.number]] * 2


def test_where_a_service_chooses_the_number_its_reports_are_caught_up_all_the_same(
    twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    credentials = {"account_sid": twilio.account_sid, "auth_token": twilio.auth_token}
    served = add_channel(
        "twilio", "+8613900000009", {**credentials, "messaging_service": "MG1"}, by=county.system
    )
    say(VILLAGER, sayings.WELCOME(), by=county.system)
    send_due()
    twilio.messages[0]["status"] = "delivered"
    assert twilio.messages[0]["from"] != served.number
    assert look_back(channel_by_id(county.id, served.id), DAY) == Found(served.number, 0, 1)


# The second door


def test_s1_the_fallback_takes_what_the_first_door_could_not_and_nothing_twice(
    app: Flask, settings: Settings, twilio: TwilioStandIn, channel: Channel, county: Office
) -> None:
    villager = Phone(app, channel, VILLAGER, settings.base_url, twilio.auth_token)
    first = villager.says("帮助", sid="SM1")
    fallen = knock_at_fallback(app, settings, channel, twilio.auth_token, "SM1")
    assert fallen == first
    assert len(stored(by=county.system)) == 1
    assert "清河县扶贫办" in knock_at_fallback(app, settings, channel, twilio.auth_token, f"SM{uuid4().hex}")


def test_s1_the_fallback_believes_nobody_but_twilio(
    app: Flask, settings: Settings, twilio: TwilioStandIn, channel: Channel
) -> None:
    assert knock_at_fallback(app, settings, channel, "wrong", "SM1") == "403"


def test_the_fallback_is_printed_with_the_addresses(known: ChannelInfo) -> None:
    addresses = [address for _place, address in set_up(known).addresses]
    assert [address.partition("#")[0].rpartition("/")[2] for address in addresses] == [
        "inbound",
        "fallback",
        "status",
    ]


def knock_at_fallback(app: Flask, settings: Settings, channel: Channel, auth_token: str, sid: str) -> str:
    """What Twilio posts to the second address, and the words that come back, or the status of a refusal."""
    path = f"/channels/twilio/{channel.key}/fallback"
    form = {
        "MessageSid": sid,
        "From": VILLAGER,
        "To": channel.number,
        "Body": "帮助",
        "NumMedia": "0",
        "ErrorCode": "11200",
        "ErrorUrl": f"{settings.base_url}/channels/twilio/{channel.key}/inbound",
    }
    signature = sign(settings.base_url + path, {name: [value] for name, value in form.items()}, auth_token)
    answer = app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})
    if answer.status_code != 200:
        return str(answer.status_code)
    return answer.text.partition("<Message>")[2].partition("</Message>")[0]
