"""Where WeChat takes nothing more, the phone that a code proved takes it, once (S7, T5, H3, H4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis

from channels.contacts import contact_for
from channels.joining import prove
from channels.messages import Message
from channels.models import Channel, Contact, Delivery, Lane, OutboundMessage
from channels.outbox import words_of
from channels.registry import list_channels
from channels.sending import send_due, sweep
from channels.templates import set_template
from service.complaints.queries import list_complaints
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command
from tenants.permissions import Permission
from tests.channels.conftest import open_channel, outbox, recipient, say
from tests.channels.followers import Follower, open_account
from tests.conftest import Clock, Office
from tests.service.complaints.stages import BRIBE, LEAK, answered_case
from tests.standins.twilio import Misbehaviour as TextsMisbehave
from tests.standins.twilio import TwilioStandIn
from tests.standins.wechat import Misbehaviour, WeChatStandIn

OPENID = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
PHONE = "+8613800000001"
NEWS = Message("tests.spare_news", "News {number}")
BROADCAST = Message("tests.spare_broadcast", "All of you", lane=Lane.BULK)


def approve(account: str, message: str, code: str, fields: dict[str, str], *, by: Actor) -> None:
    """Let a message go by an approved template of an account."""
    (channel,) = (one for one in list_channels(by=by) if one.number == account)
    set_template(channel.id, message, "zh", code, fields=fields, by=by)


@pytest.fixture
def providers(app: Flask, settings: Settings, clock: Clock) -> Iterator[tuple[WeChatStandIn, TwilioStandIn]]:
    """WeChat and the provider of texts; Redis is empty."""
    Redis.from_url(settings.redis_url).flushdb()
    with WeChatStandIn(now=clock) as wechat, TwilioStandIn() as twilio:
        app.config["SETTINGS"] = replace(settings, wechat_api_url=wechat.url, twilio_api_url=twilio.url)
        yield wechat, twilio
        app.config["SETTINGS"] = settings


@pytest.fixture
def wechat(providers: tuple[WeChatStandIn, TwilioStandIn]) -> WeChatStandIn:
    """WeChat."""
    return providers[0]


@pytest.fixture
def twilio(providers: tuple[WeChatStandIn, TwilioStandIn]) -> TwilioStandIn:
    """The provider of texts."""
    return providers[1]


@pytest.fixture
def numbers(county: Office, twilio: TwilioStandIn) -> Channel:
    """The county's number for texts."""
    return open_channel(county, twilio)


@pytest.fixture
def follower(app: Flask, county: Office, wechat: WeChatStandIn, numbers: Channel) -> Follower:
    """Somebody who follows the county's account and wrote to it now."""
    follower = Follower(app, wechat, open_account(county, wechat), OPENID)
    follower.says("你好")
    return follower


@command(Permission.MESSAGE_SEND)
def link(*, by: Actor) -> None:
    """What a code has shown: the follower and the phone are one person's."""
    prove(contact_for(OPENID, by=by).id, contact_for(PHONE, by=by).id, by=by)


@command(Permission.MESSAGE_SEND)
def silent_since(days: int, *, by: Actor) -> None:
    """The phone was heard of, and proved, so many days ago."""
    contact = db.session.query(Contact).filter_by(tenant_id=by.tenant_id, medium="sms").one()
    contact.last_at = contact.proved_at = by.now - timedelta(days=days)


def went(office: Office) -> list[tuple[str, Delivery, str | None]]:
    """Where the office's messages went, and what became of them."""
    rows = outbox(by=office.system)
    return [(recipient(row, by=office.system).medium.value, row.state, row.failure) for row in rows]


def words(row: OutboundMessage, office: Office) -> str:
    """What a row says."""
    return words_of(row, recipient(row, by=office.system))


def test_s7_outside_the_window_news_go_to_the_proved_phone_once(
    follower: Follower, wechat: WeChatStandIn, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    link(by=county.system)
    clock.advance(days=3)
    row = say(OPENID, NEWS(number=1), by=county.system)
    send_due()
    assert [(one["to"], one["body"]) for one in twilio.messages] == [(PHONE, "News 1")]
    assert wechat.messages == []
    assert went(county) == [("wechat", Delivery.BY_PHONE, None), ("sms", Delivery.SENT, None)]
    instead = outbox(by=county.system)[1]
    assert instead.expires_at == row.expires_at
    assert words(instead, county) == "News 1"
    clock.advance(minutes=5)
    sweep()
    follower.says("你好")
    send_due()
    assert (len(twilio.messages), wechat.messages) == (1, [])


def test_s7_within_the_window_and_by_a_template_wechat_takes_it(
    follower: Follower, wechat: WeChatStandIn, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    link(by=county.system)
    wechat.templates = {"T1"}
    approve(wechat.app_id, NEWS.key, "T1", {"character_string1": "number"}, by=county.system)
    say(OPENID, NEWS(number=1), by=county.system)
    send_due()
    clock.advance(days=3)
    say(OPENID, NEWS(number=2), by=county.system)
    send_due()
    assert (len(wechat.messages), twilio.messages) == (2, [])


def test_s7_what_wechat_itself_refuses_as_too_late_goes_by_phone(
    follower: Follower, wechat: WeChatStandIn, twilio: TwilioStandIn, county: Office
) -> None:
    link(by=county.system)
    wechat.plan(Misbehaviour(errcode=45015))
    say(OPENID, NEWS(number=1), by=county.system)
    send_due()
    assert [one["body"] for one in twilio.messages] == ["News 1"]
    assert went(county) == [("wechat", Delivery.BY_PHONE, None), ("sms", Delivery.SENT, None)]


def test_s7_what_wechat_may_have_taken_never_goes_by_phone_too(
    follower: Follower, wechat: WeChatStandIn, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    link(by=county.system)
    wechat.plan(Misbehaviour(accepts=True, drops=True))
    say(OPENID, NEWS(number=1), by=county.system)
    send_due()
    clock.advance(days=3)
    sweep()
    assert len(wechat.texts_to(OPENID)) == 1
    assert twilio.messages == []
    assert went(county)[0][1] is not Delivery.BY_PHONE


@pytest.mark.parametrize(("days", "goes"), [(179, True), (181, False)])
def test_t5_a_phone_silent_for_180_days_is_told_nothing(
    follower: Follower, twilio: TwilioStandIn, county: Office, clock: Clock, days: int, goes: bool
) -> None:
    link(by=county.system)
    clock.advance(days=3)
    silent_since(days, by=county.system)
    say(OPENID, NEWS(number=1), by=county.system)
    send_due()
    assert len(twilio.messages) == int(goes)
    if not goes:
        assert went(county) == [("wechat", Delivery.FAILED, "undeliverable")]


def test_s6_a_broadcast_stays_where_it_was_counted_for(
    follower: Follower, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    link(by=county.system)
    clock.advance(days=3)
    say(OPENID, BROADCAST(), by=county.system)
    send_due()
    assert went(county) == [("wechat", Delivery.FAILED, "undeliverable")]


def test_s5_an_opt_out_at_the_provider_ends_broadcasts_to_all_addresses(
    follower: Follower, twilio: TwilioStandIn, county: Office
) -> None:
    link(by=county.system)
    twilio.plan(TextsMisbehave(status=400, code=21610))
    say(PHONE, NEWS(number=1), by=county.system)
    send_due()
    row = say(OPENID, BROADCAST(), by=county.system)
    assert recipient(row, by=county.system).stopped_at is not None
    assert row.state is Delivery.SUPPRESSED


def test_t5_without_a_code_there_is_no_way(
    follower: Follower, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    say(PHONE, NEWS(number=0), by=county.system)
    clock.advance(days=3)
    say(OPENID, NEWS(number=1), by=county.system)
    send_due()
    assert went(county)[1] == ("wechat", Delivery.FAILED, "undeliverable")


def test_h6_news_of_a_case_reach_the_proved_phone_and_stand_in_its_file(
    follower: Follower, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    follower.says(f"投诉 {LEAK}")
    (case,) = cases(county)
    link(by=county.system)
    clock.advance(days=3)
    answered_case(county, case)
    send_due()
    assert any(case in one["body"] for one in twilio.messages)
    assert {one["to"] for one in twilio.messages} == {PHONE}


def test_h4_news_of_a_case_decided_above_reach_the_phone_and_the_county_sees_none_of_it(
    follower: Follower,
    twilio: TwilioStandIn,
    county: Office,
    province: Office,
    clock: Clock,
) -> None:
    follower.says(f"投诉 {BRIBE}")
    (case,) = cases(province)
    link(by=county.system)
    clock.advance(days=3)
    answered_case(province, case)
    send_due()
    assert any(case in one["body"] for one in twilio.messages)
    assert outbox(by=county.system) == []
    assert {state for _medium, state, _failure in went(province)} == {Delivery.BY_PHONE, Delivery.SENT}


def cases(office: Office) -> list[str]:
    """The references of the cases an office decides."""
    return [line.complaint.reference for line in list_complaints(by=office.desk)]
