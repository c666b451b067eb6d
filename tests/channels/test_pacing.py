"""How often one person is written to (S6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from channels.alarms import list_alarms
from channels.machines import is_machine
from channels.messages import Message
from channels.models import Delivery, Handling, Lane
from channels.pacing import MOST_ALIKE, MOST_ANSWERS_ALIKE, MOST_TO_ONE, Pace, free_again
from channels.sending import send_due
from tests.channels.conftest import open_channel, outbox, say
from tests.channels.test_inbox import stored
from tests.channels.test_sending import no_channel_is_remembered as no_channel_is_remembered
from tests.conftest import NOON, Clock, Office, Phone
from tests.standins.twilio import TwilioStandIn

NOWHERE = "redis://127.0.0.1:1/0"
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


@pytest.mark.parametrize("alone", [False, True], ids=["in step with others", "with Redis away"])
def test_s6_a_message_takes_as_many_of_its_channels_moments_as_it_has_parts(
    app: Flask, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    if alone:
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], redis_url=NOWHERE))
        monkeypatch.delitem(app.extensions, "qiao.redis", raising=False)
    channel, pace = uuid4(), Pace()
    moments = pace.seconds_until(channel, [1, 3, 1], 10) + pace.seconds_until(channel, [1], 10)
    monkeypatch.delitem(app.extensions, "qiao.redis", raising=False)
    assert pace.alone is alone
    assert moments == pytest.approx([0, 0.1, 0.4, 0.5], abs=0.05)


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


def test_s1_the_same_words_go_to_one_number_five_times_in_ten_minutes_and_an_alarm_says_so(
    county: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    open_channel(county, twilio)
    for _ in range(8):
        clock.advance(minutes=1)
        say("+8613800000001", NEWS(number=1), by=county.system)
        send_due()
    rows = outbox(by=county.system)
    assert [row.state for row in rows] == [Delivery.SENT] * MOST_ALIKE + [Delivery.SUPPRESSED] * 3
    assert {row.failure for row in rows[MOST_ALIKE:]} == {"said_too_often"}
    assert len(twilio.messages) == MOST_ALIKE
    assert [alarm.code for alarm in list_alarms(by=county.administrator)] == ["said_too_often"]
    clock.advance(hours=2)
    say("+8613800000001", NEWS(number=1), by=county.system)
    send_due()
    assert len(twilio.messages) == MOST_ALIKE + 1


def test_s1_six_times_the_same_at_once_are_one_too_many(county: Office, twilio: TwilioStandIn) -> None:
    open_channel(county, twilio)
    for number in range(3):
        say("+8613800000001", ASKED(number=number), by=county.system)
    for _ in range(MOST_ANSWERS_ALIKE + 2):
        say("+8613800000001", ASKED(number=7), by=county.system)
    send_due()
    states = Counter(row.state for row in outbox(by=county.system))
    assert states == {Delivery.SENT: MOST_ANSWERS_ALIKE + 3, Delivery.SUPPRESSED: 2}


def test_s1_a_villager_who_asks_the_same_again_and_again_is_answered_each_time(
    county: Office, phone: Callable[..., Phone]
) -> None:
    villager = phone("+8613800000001", county)
    villager.says("帮助")
    assert len({villager.says("帮助") for _ in range(30)}) == 1
    assert villager.says("帮助")


@pytest.mark.parametrize(
    "sender",
    ["10086", "+8610086", "106905551234567", "12306", "95588", "+8695588123456", "QIAO", "1380000000"],
)
def test_s1_a_machine_gets_no_answer_and_its_text_is_kept(
    county: Office, phone: Callable[..., Phone], sender: str
) -> None:
    assert phone(sender, county).says("您的余额不足") == ""
    ((message, _contact),) = stored(by=county.system)
    assert message.handling is Handling.ATTENTION


@pytest.mark.parametrize(
    "sender", ["+8613800000001", "13800000001", "whatsapp:+8613800000001", "+12025550123"]
)
def test_s1_a_person_is_answered(county: Office, phone: Callable[..., Phone], sender: str) -> None:
    assert "清河县扶贫办" in phone(sender, county).says("帮助")


@given(sender=st.text(max_size=20))
def test_s1_whatever_a_sender_looks_like_it_is_a_person_or_a_machine(sender: str) -> None:
    assert is_machine(sender) in (True, False)


def test_s1_nothing_is_sent_to_a_machine_by_another_way_either(county: Office, twilio: TwilioStandIn) -> None:
    open_channel(county, twilio)
    say("+861062345678", ASKED(number=1), by=county.system)
    send_due()
    (row,) = outbox(by=county.system)
    assert (row.state, row.failure, twilio.messages) == (Delivery.SUPPRESSED, "machine", [])
