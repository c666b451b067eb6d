"""Incidents of channels: seen by all who are concerned, and over by themselves (S1, S6, S7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from channels import incidents
from channels.alarms import list_alarms
from channels.gateways import Delivery as Reported
from channels.gateways import Receipt
from channels.incident_rules import counted_otherwise, is_failing, is_over, is_silent
from channels.incidents import compare_parts, list_incidents, watch_sending, watch_silence
from channels.messages import Message
from channels.models import Alarm, Lane
from channels.receipts import take_receipt
from channels.registry import find_channel
from channels.sending import send_due
from service.attention.messages import meaning
from service.attention.room import waiting
from tenants.actors import Actor
from tenants.permissions import Role
from tests.channels.conftest import change, open_channel, outbox, say
from tests.channels.test_sending import no_channel_is_remembered as no_channel_is_remembered
from tests.conftest import NOON, Clock, Office, Phone
from tests.standins.twilio import Misbehaviour, TwilioStandIn

NEWS = Message("tests.incident", "News {number}", lane=Lane.REPLY)
REFUSED = Misbehaviour(status=400, code=30007)


@pytest.mark.parametrize(
    ("taken", "failed", "fails"),
    [(0, 0, False), (0, 4, False), (0, 5, True), (45, 5, False), (44, 5, True), (1000, 100, False)],
)
def test_s7_a_channel_fails_where_more_than_a_tenth_fails_and_never_by_a_handful(
    taken: int, failed: int, fails: bool
) -> None:
    assert is_failing(taken, failed) is fails


@pytest.mark.parametrize(
    ("received", "days", "silent"),
    [
        (0, {1, 2, 3, 4, 5}, True),
        (0, {1, 2, 3, 4}, False),
        (1, {1, 2, 3, 4, 5, 6, 7}, False),
        (0, {4, 5, 6, 7, 8, 9}, False),
    ],
)
def test_s1_a_channel_is_silent_where_on_most_days_something_came(
    received: int, days: set[int], silent: bool
) -> None:
    assert is_silent(received, days) is silent


@given(ours=st.dictionaries(st.text(max_size=3), st.integers(1, 9)), more=st.integers(1, 3))
def test_s6_equal_counts_are_no_incident_and_any_other_is(ours: dict[str, int], more: int) -> None:
    assert counted_otherwise(ours, ours) == {}
    assert counted_otherwise(ours, {}) == {}
    theirs = {message: number + more for message, number in ours.items()}
    assert set(counted_otherwise(ours, theirs)) == set(ours)


def test_an_incident_is_over_once_its_cause_was_gone_for_a_while() -> None:
    assert not is_over(NOON, NOON + timedelta(minutes=9))
    assert is_over(NOON, NOON + timedelta(minutes=10))


def everybody(*offices: Office) -> list[list[str]]:
    """The codes of the alarms that are open in each office, and at the platform."""
    own = [[alarm.code for alarm in list_alarms(by=office.administrator)] for office in offices]
    operator = Actor.system(now=offices[0].system.now)
    return [*own, [alarm.code for alarm in list_alarms(by=operator)]]


def test_s7_where_the_provider_refuses_county_province_and_platform_know_and_again_when_it_is_over(
    county: Office, province: Office, other_county: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    open_channel(county, twilio)
    twilio.plan(*[REFUSED] * 6)
    for number in range(30):
        say(f"+8613800000{number:03}", NEWS(number=number), by=county.system)
    send_due()
    assert [watch_sending(), watch_sending()] == [1, 1]
    assert everybody(county, province, other_county) == [["channel_failing"]] * 2 + [[], ["channel_failing"]]
    (alarm,) = list_incidents(by=province.overseer)
    assert alarm.times == 1
    assert (alarm.facts["failed"], alarm.facts["tried"]) == (6, 30)
    clock.advance(minutes=11)
    assert watch_sending() == 0
    assert everybody(county, province) == [[]] * 3


def test_s7_what_fails_for_the_moment_counts_as_well_and_the_incident_outlives_a_short_calm(
    county: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    open_channel(county, twilio)
    twilio.plan(*[Misbehaviour(status=503)] * 5)
    for number in range(5):
        say(f"+8613800000{number:03}", NEWS(number=number), by=county.system)
    send_due()
    assert watch_sending() == 1
    clock.advance(minutes=1)
    send_due()
    assert watch_sending() == 0
    assert everybody(county)[0] == ["channel_failing"]
    clock.advance(minutes=10)
    watch_sending()
    assert everybody(county)[0] == []


def test_s7_a_person_who_was_erased_is_no_fault_of_the_channel(county: Office, twilio: TwilioStandIn) -> None:
    open_channel(county, twilio)
    for number in range(6):
        row = say(f"+8613800000{number:03}", NEWS(number=number), by=county.system)
        change(row, message="tests.unknown", by=county.system)
    send_due()
    assert {row.failure for row in outbox(by=county.system)} == {"no_words"}
    assert watch_sending() == 0


def test_s1_after_six_silent_hours_that_are_not_its_habit_a_channel_is_looked_after(
    county: Office, province: Office, phone: Callable[..., Phone], clock: Clock
) -> None:
    villager = phone("+8613800000001", county)
    for _day in range(5):
        villager.says("帮助")
        clock.advance(hours=1)
        assert watch_silence() == 0
        clock.advance(hours=23)
    clock.advance(hours=2)
    assert watch_silence() == 1
    assert everybody(county, province) == [["channel_silent"]] * 3
    villager.says("帮助")
    assert watch_silence() == 0
    clock.advance(minutes=10)
    watch_silence()
    assert everybody(county, province) == [[]] * 3


def test_s1_what_came_eight_hours_ago_does_not_hide_that_six_hours_are_silent(
    county: Office, phone: Callable[..., Phone], clock: Clock
) -> None:
    villager = phone("+8613800000001", county)
    for _day in range(6):
        villager.says("帮助")
        clock.advance(hours=8)
        villager.says("帮助")
        clock.advance(hours=16)
    villager.says("帮助")
    clock.advance(hours=5.9)
    assert watch_silence() == 0
    clock.advance(hours=2.6)
    assert watch_silence() == 1


def test_s1_a_channel_that_is_silent_every_night_is_silent_at_night(
    county: Office, phone: Callable[..., Phone], clock: Clock
) -> None:
    villager = phone("+8613800000001", county)
    for _day in range(7):
        villager.says("帮助")
        clock.advance(days=1)
    clock.advance(hours=-10)
    assert watch_silence() == 0


def sent_today(county: Office, twilio: TwilioStandIn, clock: Clock, texts: int) -> None:
    """Messages that left just now by the provider's clock, of one part each."""
    clock.now = datetime.now(UTC)
    open_channel(county, twilio)
    for number in range(texts):
        say(f"+8613800000{number:03}", NEWS(number=number), by=county.system)
    send_due()
    clock.advance(days=1)


def test_s6_where_the_provider_counts_as_we_do_the_night_is_quiet(
    county: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    sent_today(county, twilio, clock, 60)
    assert compare_parts() == 0
    assert twilio.requests == 62
    assert everybody(county)[0] == []


def test_s6_other_counts_are_an_incident_until_a_night_without_any(
    county: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    sent_today(county, twilio, clock, 3)
    twilio.messages[1]["num_segments"] = "2"
    assert compare_parts() == 1
    (alarm,) = list_incidents(by=county.officer)
    assert (alarm.facts["ours"], alarm.facts["theirs"], alarm.facts["messages"]) == (1, 2, 1)
    twilio.plan(Misbehaviour(status=503))
    compare_parts()
    assert everybody(county)[0] == ["parts_differ"]
    clock.advance(days=1)
    assert compare_parts() == 0
    assert everybody(county)[0] == []


def test_s6_parts_that_come_with_the_report_are_compared_as_well(
    county: Office, twilio: TwilioStandIn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = open_channel(county, twilio)
    say("+8613800000001", NEWS(number=1), by=county.system)
    send_due()
    (row,) = outbox(by=county.system)
    assert row.provider_id
    info = find_channel(channel.id, by=county.system)
    take_receipt(info, Receipt(row.provider_id, Reported.DELIVERED, parts=2), None, by=county.system)
    clock.advance(days=1)
    monkeypatch.setattr(incidents, "listed_parts", lambda *_of: None)
    assert compare_parts() == 1


@pytest.mark.parametrize(("locale", "office"), [("zh", "清河县扶贫办"), ("en", "Qinghe County Office")])
def test_an_incident_names_the_office_in_the_readers_language(app: Flask, locale: str, office: str) -> None:
    facts = {
        "office_zh": "清河县扶贫办",
        "office_en": "Qinghe County Office",
        "numbers": "+86139",
        "failed": 6,
    }
    alarm = Alarm(code="channel_failing", facts={**facts, "tried": 30})
    with app.test_request_context(f"/?lang={locale}"):
        assert office in meaning(alarm)


def test_t8_officers_and_overseers_see_an_incident_on_their_page(
    app: Flask, county: Office, province: Office, twilio: TwilioStandIn
) -> None:
    open_channel(county, twilio)
    twilio.plan(*[REFUSED] * 6)
    for number in range(6):
        say(f"+8613800000{number:03}", NEWS(number=number), by=county.system)
    send_due()
    watch_sending()
    with app.test_request_context("/?lang=zh"):
        for by in (county.officer, county.desk, province.overseer):
            (item,) = waiting(by)
            assert "6 条" in item.text
        (item,) = waiting(county.administrator)
        assert item.url == "/admin/attention/"
        assert waiting(county.actor(Role.EXPERT)) == []
