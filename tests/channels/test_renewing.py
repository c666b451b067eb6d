"""What a channel shows its provider is exchanged: the number, its addresses and what waits stay (S1)."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from channels.messages import Message
from channels.models import Delivery
from channels.registry import add_channel, channel_by_key, close_channel, list_channels
from channels.renewing import renew_channel
from channels.sending import send_due
from service.settings import Settings
from tenants.refusals import AlreadyDone, NotFound, RuleBroken
from tests.channels.conftest import open_channel, outbox, say
from tests.conftest import Clock, Office, Phone
from tests.service.test_phone_command import qiao
from tests.standins.twilio import TwilioStandIn

NEWS = Message("tests.renewing", "News {number}")


def test_s7_what_waited_for_a_new_token_goes_with_it(
    app: Flask, settings: Settings, county: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    channel = open_channel(county, twilio)
    renew_channel(channel.id, {"auth_token": "wrong"}, by=county.administrator)
    say("+8613800000001", NEWS(number=1), by=county.system)
    send_due()
    assert [row.state for row in outbox(by=county.system)] == [Delivery.QUEUED]
    renew_channel(channel.id, {"auth_token": twilio.auth_token}, by=county.administrator)
    app.extensions["qiao.channels"].clear()
    clock.advance(minutes=16)
    send_due()
    assert [row.state for row in outbox(by=county.system)] == [Delivery.SENT]
    villager = Phone(app, channel, "+8613800000002", settings.base_url, twilio.auth_token)
    assert "清河县扶贫办" in villager.says("帮助")


@pytest.mark.parametrize("name", ["number", "auth_tokens", "secret", ""])
def test_only_what_the_channel_has_is_exchanged(county: Office, twilio: TwilioStandIn, name: str) -> None:
    channel = open_channel(county, twilio)
    with pytest.raises(RuleBroken, match="credential_unknown"):
        renew_channel(channel.id, {name: "x"}, by=county.administrator)
    assert set(json.loads(channel.credentials)) == {"account_sid", "auth_token"}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({}, "nothing_given"),
        ({"auth_token": ""}, "credential_empty"),
        ({"auth_token": " "}, "credential_empty"),
    ],
)
def test_s1_nobody_empties_what_the_provider_signs_by(
    county: Office, twilio: TwilioStandIn, given: dict[str, str], refusal: str
) -> None:
    channel = open_channel(county, twilio)
    with pytest.raises(RuleBroken, match=refusal):
        renew_channel(channel.id, given, by=county.administrator)
    assert json.loads(channel.credentials)["auth_token"] == twilio.auth_token


def test_what_a_channel_may_do_without_can_be_emptied(county: Office, twilio: TwilioStandIn) -> None:
    channel = open_channel(county, twilio)
    for service in ("MG1", ""):
        renewed = renew_channel(channel.id, {"messaging_service": service}, by=county.administrator)
        assert json.loads(renewed.credentials)["messaging_service"] == service


def test_a_channel_of_another_office_or_a_closed_one_is_not_renewed(
    county: Office, other_county: Office, twilio: TwilioStandIn
) -> None:
    channel = open_channel(county, twilio)
    with pytest.raises(NotFound):
        renew_channel(channel.id, {"auth_token": "x"}, by=other_county.administrator)
    close_channel(channel.id, by=county.administrator)
    with pytest.raises(AlreadyDone):
        renew_channel(channel.id, {"auth_token": "x"}, by=county.administrator)


def test_s1_a_channel_whose_provider_signs_nothing_is_not_closed_by_an_empty_fence(county: Office) -> None:
    keys = {"access_key_id": "LTAI", "access_key_secret": "s", "allow_from": "any"}
    channel = add_channel("aliyun", "清河县扶贫办", keys, by=county.system)
    with pytest.raises(RuleBroken, match="credential_empty"):
        renew_channel(channel.id, {"allow_from": ""}, by=county.administrator)


def test_s1_the_operator_draws_the_secret_of_the_addresses_anew(
    app: Flask, settings: Settings, county: Office
) -> None:
    keys = {"access_key_id": "LTAI", "access_key_secret": "very-hidden", "allow_from": "any"}
    channel = add_channel("aliyun", "清河县扶贫办", keys, by=county.system)
    before = channel_by_key("aliyun", channel.key).credentials
    command = ("channel", "renew", "--tenant", "qing", "--number")
    renewed = qiao(settings, 1, *command, "清河县扶贫办", "secret=")
    assert renewed.returncode == 0, renewed.stderr
    app.extensions["qiao.channels"].clear()
    after = channel_by_key("aliyun", channel.key).credentials
    assert after == {**before, "secret": after["secret"]}
    assert len(after["secret"]) >= 32
    assert after["secret"] != before["secret"]
    assert f"/channels/aliyun/{channel.key}/inbound?secret={after['secret']}\n" in renewed.stdout
    assert "very-hidden" not in renewed.stdout
    unclear = qiao(settings, 1, *command, "1", "secret")
    assert "NAME=VALUE" in unclear.stderr
    assert [one.id for one in list_channels(by=county.administrator)] == [channel.id]
