"""How long a provider wants to be left alone, in both forms of its Retry-After header (S6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.gateways import ChannelThrottled, Outbound, Temporary, aliyun, kannel, twilio, wechat
from channels.gateways.calls import LONGEST_PAUSE, pause_of
from channels.gateways.twilio import Credentials
from tests.channels.test_wechat_wire import OneToken
from tests.standins import aliyun as aliyun_platform
from tests.standins import kannel as kannel_box
from tests.standins import wechat as wechat_platform
from tests.standins.aliyun import AliyunStandIn
from tests.standins.kannel import KannelStandIn
from tests.standins.twilio import Misbehaviour, TwilioStandIn
from tests.standins.wechat import WeChatStandIn

HELLO = Outbound("1.01900000-0000-7000-8000-000000000000", "+8613800000001", "+8613900000001", "hello")
AT = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("Sun, 06 Nov 1994 08:50:07 GMT", 30),
        ("Sunday, 06-Nov-94 08:50:07 GMT", 30),
        ("Sun Nov  6 08:50:07 1994", 30),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("Mon, 07 Nov 1994 08:49:37 GMT", LONGEST_PAUSE),
        ("86400", LONGEST_PAUSE),
        ("9" * 400, LONGEST_PAUSE),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Sun, 99 Nov 1994 08:50:07 GMT", None),
    ],
)
def test_seconds_and_dates_are_understood_and_neither_lasts_for_ever(
    said: str, seconds: float | None
) -> None:
    assert pause_of({"Retry-After": said, "Date": AT}) == seconds


def test_a_date_is_seen_from_the_provider_s_own_clock_and_from_ours_where_it_tells_none() -> None:
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    for date in ({}, {"Date": "whenever"}):
        pause = pause_of({"Retry-After": in_a_minute, **date})
        assert pause is not None
        assert 50 < pause <= 60
    assert pause_of({"Date": AT}) is None


@given(st.text(max_size=40) | st.datetimes().map(str), st.text(max_size=40))
def test_whatever_is_said_is_some_time_or_none(said: str, date: str) -> None:
    pause = pause_of({"Retry-After": said, "Date": date})
    assert pause is None or 0 <= pause <= LONGEST_PAUSE


def test_a_throttled_message_waits_as_long_as_whoever_stands_before_kannel_says() -> None:
    with KannelStandIn() as box:
        box.plan(kannel_box.Misbehaviour(status=429, answer="Too many requests", retry_after=7))
        with pytest.raises(ChannelThrottled) as refused:
            kannel.send(HELLO, kannel.Credentials(box.url, box.username, box.password, "s" * 32))
    assert refused.value.retry_after == 7


def test_a_throttled_message_waits_as_long_as_wechat_says() -> None:
    with WeChatStandIn() as standin:
        standin.plan(wechat_platform.Misbehaviour(status=429, retry_after=7))
        known = (standin.app_id, standin.app_secret, standin.token, OneToken(), standin.aes_key, standin.url)
        with pytest.raises(ChannelThrottled) as refused:
            wechat.send(HELLO, wechat.Credentials(*known))
    assert refused.value.retry_after == 7


def test_a_picture_waits_as_long_as_wechat_says() -> None:
    with WeChatStandIn() as standin:
        standin.media_misbehaviours.append(wechat_platform.Misbehaviour(status=429, retry_after=7))
        known = (standin.app_id, standin.app_secret, standin.token, OneToken(), standin.aes_key, standin.url)
        with pytest.raises(Temporary) as refused:
            wechat.fetch_media("MEDIA", wechat.Credentials(*known), 1000)
    assert refused.value.retry_after == 7


@pytest.mark.parametrize("code", ["Throttling.User", "Throttling.NeverSeen", "isv.DAY_LIMIT_CONTROL"])
@pytest.mark.parametrize(("said", "seconds"), [(7000, 7), (10**9, LONGEST_PAUSE)])
def test_a_throttled_message_waits_as_long_as_aliyun_says_in_thousandths_of_a_second(
    code: str, said: int, seconds: float
) -> None:
    with AliyunStandIn() as standin:
        standin.plan(aliyun_platform.Misbehaviour(code=code, status=400, retry_after=said))
        by_template = replace(HELLO, template="SMS_1")
        with pytest.raises(ChannelThrottled) as refused:
            aliyun.send(by_template, aliyun.Credentials(standin.key_id, standin.key_secret, "s", standin.url))
    assert refused.value.retry_after == seconds


def test_a_throttled_message_waits_until_the_date_that_twilio_says() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    with TwilioStandIn() as standin:
        standin.plan(Misbehaviour(status=429, code=20429, retry_after=moment))
        with pytest.raises(ChannelThrottled) as refused:
            twilio.send(HELLO, Credentials(standin.account_sid, standin.auth_token, standin.url))
    assert refused.value.retry_after is not None
    assert 30 < refused.value.retry_after <= 40
