"""The outbox is sent: each state, each failure, and nothing twice (S5, S6, S7)."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from random import Random
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from redis import Redis
from rq import Queue, SimpleWorker
from sqlalchemy import select

from channels.claiming import claim
from channels.contacts import contact_for, erase
from channels.gateways.twilio import SIGNATURE_HEADER, sign
from channels.messages import InEach, Message, Said, from_kept, to_kept
from channels.models import Alarm, Delivery, Lane, OutboundMessage
from channels.outbox import tell
from channels.registry import add_channel, close_channel, list_channels
from channels.sayings import STARTED
from channels.sending import reconcile, send_due, sweep
from channels.texts import language_of
from service.conversations.messages import LINK_CODE
from service.settings import Settings
from service.worker import LANES
from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.privacy import decrypt_under
from tests.channels.conftest import (
    change,
    choose_language,
    open_channel,
    outbox,
    recipient,
    say,
    set_rate,
    stop,
)
from tests.conftest import Clock, Office
from tests.standins.twilio import Misbehaviour, TwilioStandIn

VILLAGER = "+8613800000001"
REPLY = Message("tests.reply", "Answer {number}", lane=Lane.REPLY)
NEWS = Message("tests.news", "News {number}")
BROADCAST = Message("tests.broadcast", "Broadcast {number}", lane=Lane.BULK)


@pytest.fixture
def office(county: Office, twilio: TwilioStandIn) -> Office:
    """A county that sends by the provider."""
    open_channel(county, twilio)
    return county


def another(number: int) -> str:
    """The number of one of many villagers: one person alone gets no more than a few messages at once."""
    return f"+8613800001{number:03}"


def only(office: Office) -> OutboundMessage:
    """The one row of the office's outbox."""
    (row,) = outbox(by=office.system)
    return row


@query(Permission.AUDIT_READ)
def events(*, by: Actor) -> list[str]:
    """What the office's audit says happened."""
    return list(db.session.scalars(select(AuditEntry.event).where(AuditEntry.tenant_id == by.tenant_id)))


@query(Permission.ATTENTION_READ)
def alarms(*, by: Actor) -> list[Alarm]:
    """The alarms raised with the platform's operator."""
    return list(db.session.scalars(select(Alarm).where(Alarm.tenant_id == by.tenant_id)))


def test_what_is_said_reaches_the_provider_and_is_kept_as_it_was_sent(
    office: Office, twilio: TwilioStandIn
) -> None:
    row = say(VILLAGER, NEWS(number=7), by=office.system)
    assert send_due() == 1
    (message,) = twilio.messages
    assert (message["to"], message["from"], message["body"]) == (VILLAGER, "+8613900000009", "News 7")
    sent = only(office)
    assert (sent.state, sent.provider_id, sent.parts, sent.attempts) == (Delivery.SENT, message["sid"], 1, 1)
    assert decrypt_under(recipient(row, by=office.system).data_key, sent.text) == "News 7"
    assert b"News" not in (sent.text or b"") + sent.parameters


def test_s3_words_come_in_the_language_the_recipient_has_chosen_by_then(
    office: Office, twilio: TwilioStandIn
) -> None:
    row = say(VILLAGER, STARTED(), by=office.system)
    send_due()
    choose_language(row, "en", by=office.system)
    say(VILLAGER, STARTED(), by=office.system)
    send_due()
    chinese, english = (message["body"] for message in twilio.messages)
    assert language_of(chinese) == "zh"
    assert english == STARTED.text


def test_a_chain_of_sentences_is_sent_whole(office: Office, twilio: TwilioStandIn) -> None:
    said = NEWS(number=1).followed_by(NEWS(number=2)).followed_by(NEWS(number=3))
    say(VILLAGER, said, by=office.system)
    send_due()
    assert twilio.messages[0]["body"] == "News 1\nNews 2\nNews 3"


def test_answers_go_before_notices_before_broadcasts(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    for message in (BROADCAST, NEWS, REPLY):
        say(VILLAGER, message(number=1), by=office.system)
    ids = [row.id for row in outbox(by=office.system)]
    assert [parcel.id for parcel in claim(1) if parcel] == [ids[2]]
    assert [parcel.id for parcel in claim(1) if parcel] == [ids[1]]
    assert [parcel.id for parcel in claim(1) if parcel] == [ids[0]]
    assert claim(1) == []


def test_one_offices_broadcast_does_not_hold_up_its_neighbours(
    office: Office, other_county: Office, twilio: TwilioStandIn
) -> None:
    open_channel(other_county, twilio, "+8613900000008")
    for number in range(20):
        say(f"+86138000001{number:02}", BROADCAST(number=number), by=office.system)
    say(VILLAGER, BROADCAST(number=99), by=other_county.system)
    assert {parcel.tenant_id for parcel in claim(4) if parcel} == {office.id, other_county.id}


def test_two_workers_never_claim_the_same_row(office: Office) -> None:
    for number in range(6):
        say(another(number), NEWS(number=number), by=office.system)
    claimed = [parcel.id for _turn in range(4) for parcel in claim(2) if parcel]
    assert len(claimed) == len(set(claimed)) == 6


def test_eight_workers_at_once_claim_each_of_a_thousand_rows_once(app: Flask, office: Office) -> None:
    queue_many(1000, by=office.system)
    claimed: list[tuple[int, UUID]] = []
    deadline = time.monotonic() + 60

    def work(worker: int) -> None:
        with app.app_context():
            while len(claimed) < 1000 and time.monotonic() < deadline:
                claimed.extend((worker, parcel.id) for parcel in claim(20) if parcel)

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, range(8)))
    assert len({row_id for _worker, row_id in claimed}) == len(claimed) == 1000
    assert len({worker for worker, _row_id in claimed}) > 1, "one worker did it all"


@command(Permission.MESSAGE_SEND)
def queue_many(number: int, *, by: Actor) -> None:
    """Something for each of so many people, in one transaction."""
    for one in range(number):
        tell(contact_for(f"+861380{one:07}", by=by).id, NEWS(number=one), by=by)


def test_a_channel_sends_no_faster_than_its_rate(office: Office, twilio: TwilioStandIn) -> None:
    row = say(VILLAGER, NEWS(number=0), by=office.system)
    with_rate = outbox(by=office.system)[0]
    slow(office, with_rate, 20)
    for number in range(1, 20):
        say(another(number), NEWS(number=number), by=office.system)
    begun = time.monotonic()
    assert send_due() == 20
    assert time.monotonic() - begun >= 0.9
    assert len(twilio.messages) == 20
    assert row.id == with_rate.id


def slow(office: Office, row: OutboundMessage, rate: int) -> None:
    """Set the rate of the channel that a row goes by."""
    (channel,) = [one for one in list_channels(by=office.system) if one.id == row.channel_id]
    set_rate(channel, rate, by=office.system)


def test_s6_a_notice_that_could_not_go_in_the_evening_waits_for_the_morning_and_an_answer_does_not(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    clock.advance(hours=8, minutes=59)
    say(another(1), NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(status=503))
    send_due()
    clock.advance(minutes=2)
    say(another(2), REPLY(number=2), by=office.system)
    assert send_due() == 1
    clock.advance(hours=11)
    assert send_due() == 1
    assert len(twilio.messages) == 2


def test_what_is_too_late_never_reaches_the_provider(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    clock.advance(days=3)
    send_due()
    assert only(office).state is Delivery.EXPIRED
    assert twilio.requests == 0


@pytest.mark.parametrize(("message", "hours"), [(REPLY, 24), (NEWS, 48), (BROADCAST, 48), (LINK_CODE, 1 / 6)])
def test_s7_each_kind_of_message_lives_as_long_as_it_is_worth_sending(
    office: Office, twilio: TwilioStandIn, clock: Clock, message: Message, hours: float
) -> None:
    says = {
        "conversations.link_code": {"code": "482913", "where": InEach("微信", "WeChat"), "office": "清河县"}
    }
    for late, state in ((False, Delivery.SENT), (True, Delivery.EXPIRED)):
        parameters = says.get(message.key, {"number": int(late)})
        row = say(another(int(late)), message(**parameters), by=office.system)
        clock.advance(hours=hours, seconds=1 if late else -1)
        send_due()
        assert next(one.state for one in outbox(by=office.system) if one.id == row.id) is state
    assert len(twilio.messages) == 1


def test_s6_a_notice_of_the_night_lives_from_the_morning_on(office: Office, clock: Clock) -> None:
    clock.advance(hours=11)
    row = say(VILLAGER, NEWS(number=1), by=office.system)
    assert row.not_before > clock.now + timedelta(hours=8)
    assert row.expires_at - row.not_before == timedelta(hours=48)


def test_s5_who_opted_out_meanwhile_gets_no_broadcast_but_answers_and_notices(
    office: Office, twilio: TwilioStandIn
) -> None:
    for message in (BROADCAST, NEWS, REPLY):
        row = say(VILLAGER, message(number=1), by=office.system)
    stop(row, by=office.system)
    send_due()
    assert sorted(message["body"] for message in twilio.messages) == ["Answer 1", "News 1"]
    assert outbox(by=office.system)[0].state is Delivery.SUPPRESSED


def test_an_erased_person_is_not_written_to(office: Office, twilio: TwilioStandIn) -> None:
    row = say(VILLAGER, NEWS(number=1), by=office.system)
    erase(row.contact_id, by=office.system)
    send_due()
    assert (only(office).state, only(office).failure) == (Delivery.FAILED, "erased")
    assert twilio.requests == 0


def test_a_row_without_words_fails_alone(office: Office, twilio: TwilioStandIn) -> None:
    broken = say(VILLAGER, NEWS(number=1), by=office.system)
    change(broken, message="tests.no_longer_known", by=office.system)
    say(VILLAGER, NEWS(number=2), by=office.system)
    send_due()
    assert [row.state for row in outbox(by=office.system)] == [Delivery.FAILED, Delivery.SENT]
    assert "channels.message_failed" in events(by=office.system)


def test_a_throttled_message_waits_as_long_as_the_provider_says_and_loses_no_attempt(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(status=429, code=20429, retry_after=40))
    send_due()
    row = only(office)
    assert (row.state, row.attempts) == (Delivery.QUEUED, 0)
    assert timedelta(seconds=39) < row.not_before - clock.now <= timedelta(seconds=40)
    assert send_due() == 0
    clock.advance(seconds=41)
    send_due()
    assert only(office).state is Delivery.SENT


def test_s7_what_fails_for_the_moment_is_tried_five_times_with_growing_pauses(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    pauses = []
    for _attempt in range(5):
        twilio.plan(Misbehaviour(status=503))
        send_due()
        row = only(office)
        pauses.append(row.not_before - clock.now)
        clock.now = max(clock.now, row.not_before)
    assert (row.state, row.attempts, twilio.requests) == (Delivery.FAILED, 5, 5)
    assert pauses[0] < pauses[1] < pauses[2] < pauses[3]


def test_what_went_in_the_end_shows_no_failure(office: Office, twilio: TwilioStandIn, clock: Clock) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(status=503))
    send_due()
    assert only(office).failure == "503"
    clock.now = only(office).not_before
    send_due()
    assert (only(office).state, only(office).failure) == (Delivery.SENT, None)


def test_what_can_never_arrive_fails_at_once_and_says_why(office: Office, twilio: TwilioStandIn) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(status=400, code=21211))
    send_due()
    assert (only(office).state, only(office).failure) == (Delivery.FAILED, "21211")


def test_s5_who_opted_out_at_the_provider_has_opted_out_here(office: Office, twilio: TwilioStandIn) -> None:
    row = say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(status=400, code=21610))
    send_due()
    assert only(office).state is Delivery.FAILED
    assert recipient(row, by=office.system).stopped_at is not None
    assert "channels.consent_withdrawn" in events(by=office.system)


def test_s7_what_the_account_is_refused_for_waits_until_it_is_mended_and_raises_one_alarm(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    for number in range(3):
        say(VILLAGER, NEWS(number=number), by=office.system)
    for _ in range(6):
        twilio.plan(*[Misbehaviour(status=401, code=20003)] * 3)
        send_due()
        assert {row.state for row in outbox(by=office.system)} == {Delivery.QUEUED}
        clock.advance(minutes=15)
    send_due()
    assert {row.state for row in outbox(by=office.system)} == {Delivery.SENT}
    (alarm,) = alarms(by=Actor.system())
    assert (alarm.code, alarm.about_tenant_id, alarm.facts) == (
        "sending_misconfigured",
        office.id,
        {"reason": "20003"},
    )


def test_s7_who_wrote_to_a_number_that_was_given_up_is_told_by_the_office_s_other_one(
    office: Office, twilio: TwilioStandIn
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    (old,) = list_channels(by=office.system)
    close_channel(old.id, by=office.system)
    open_channel(office, twilio, "+8613900000010")
    say(VILLAGER, BROADCAST(number=2), by=office.system)
    send_due()
    assert {row.state for row in outbox(by=office.system)} == {Delivery.SENT}
    assert [one["from"] for one in twilio.messages] == ["+8613900000010"] * 2


def test_s7_without_another_number_what_waits_for_one_given_up_is_not_sent(
    office: Office, twilio: TwilioStandIn
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    (old,) = list_channels(by=office.system)
    close_channel(old.id, by=office.system)
    send_due()
    assert (only(office).state, only(office).failure) == (Delivery.FAILED, "channel_closed")


def test_where_the_answer_was_lost_the_provider_is_asked_before_anything_is_sent_again(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(accepts=True, drops=True))
    send_due()
    assert only(office).state is Delivery.SENDING
    sweep()
    assert only(office).state is Delivery.SENDING
    clock.advance(seconds=61)
    sweep()
    assert (only(office).state, only(office).provider_id) == (Delivery.SENT, twilio.messages[0]["sid"])
    assert len(twilio.messages) == 1


def test_what_the_provider_never_got_is_sent_once_more(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(drops=True))
    send_due()
    clock.advance(seconds=61)
    assert twilio.messages == []
    sweep()
    assert only(office).state is Delivery.SENT
    assert len(twilio.messages) == 1


def test_two_equal_texts_of_which_one_arrived_are_two_messages_in_the_end(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    for _twice in range(2):
        say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(accepts=True, drops=True), Misbehaviour(drops=True))
    send_due()
    assert len(twilio.messages) == 1
    clock.advance(seconds=61)
    sweep()
    rows = outbox(by=office.system)
    assert {row.state for row in rows} == {Delivery.SENT}
    assert {row.provider_id for row in rows} == {message["sid"] for message in twilio.messages}
    assert len(twilio.messages) == 2


def test_a_provider_that_cannot_be_asked_leaves_everything_as_it_is(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    for number in range(3):
        say(VILLAGER, NEWS(number=number), by=office.system)
    twilio.plan(*[Misbehaviour(drops=True)] * 3)
    send_due()
    clock.advance(seconds=61)
    asked = twilio.requests
    twilio.plan(Misbehaviour(status=503))
    assert reconcile() == 0
    assert twilio.requests == asked + 1
    assert {row.state for row in outbox(by=office.system)} == {Delivery.SENDING}


def test_s7_a_provider_that_cannot_be_asked_for_three_days_holds_nothing_up_for_ever(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    say(another(2), BROADCAST(number=2), by=office.system)
    worth_more = say(another(3), NEWS(number=3), by=office.system)
    change(worth_more, expires_at=clock.now + timedelta(days=9), by=office.system)
    twilio.plan(*[Misbehaviour(accepts=True, drops=True)] * 3)
    send_due()
    for minutes in (60, 70 * 60, 50):
        clock.advance(minutes=minutes)
        twilio.plan(Misbehaviour(status=401, code=20003))
        sweep()
        assert {row.state for row in outbox(by=office.system)} == {Delivery.SENDING}
    clock.advance(minutes=15)
    asked = twilio.requests
    twilio.plan(Misbehaviour(status=401, code=20003))
    sweep()
    assert [(row.state, row.failure) for row in outbox(by=office.system)] == [
        (Delivery.FAILED, "no_answer"),
        (Delivery.FAILED, "no_answer"),
        (Delivery.SENT, None),
    ]
    assert twilio.requests == asked + 2
    assert twilio.messages[-1]["body"] == "（重发）News 3"


@pytest.mark.parametrize("asked_before", [True, False])
@pytest.mark.parametrize("answers", [True, False])
def test_s7_who_was_away_for_days_asks_more_than_once_before_giving_up(
    office: Office, twilio: TwilioStandIn, clock: Clock, asked_before: bool, answers: bool
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(accepts=True, drops=True))
    send_due()
    if asked_before:
        clock.advance(minutes=2)
        twilio.plan(Misbehaviour(status=401, code=20003))
        sweep()
    clock.advance(days=4)
    for minutes in (0, 50):
        clock.advance(minutes=minutes)
        twilio.plan(Misbehaviour(status=401, code=20003))
        sweep()
        assert only(office).state is Delivery.SENDING
    clock.advance(minutes=11)
    twilio.plan(*[Misbehaviour(status=401, code=20003)] * (not answers))
    sweep()
    assert only(office).state is (Delivery.SENT if answers else Delivery.FAILED)


def test_an_erased_person_leaves_no_row_sending_for_ever(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    row = say(VILLAGER, NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(drops=True))
    send_due()
    erase(row.contact_id, by=office.system)
    clock.advance(seconds=61)
    reconcile()
    assert (only(office).state, only(office).failure) == (Delivery.FAILED, "erased")


def test_the_simulators_phones_get_everything_at_once_and_no_provider_is_called(
    county: Office, twilio: TwilioStandIn
) -> None:
    add_channel("simulator", "sim:office", {}, by=county.system)
    say("sim:villager", NEWS(number=1), by=county.system)
    send_due()
    row = only(county)
    assert (row.state, row.provider_id) == (Delivery.DELIVERED, f"{county.id}.{row.id}")
    assert twilio.requests == 0


def test_after_commit_the_worker_is_nudged_and_sends(
    office: Office, twilio: TwilioStandIn, settings: Settings
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    connection = Redis.from_url(settings.redis_url)
    SimpleWorker([Queue(lane, connection=connection) for lane in LANES], connection=connection).work(
        burst=True, logging_level="WARNING"
    )
    assert only(office).state is Delivery.SENT


def test_with_redis_away_the_command_still_commits_and_a_sweep_sends(
    office: Office, twilio: TwilioStandIn, app: Flask
) -> None:
    there = app.extensions.pop("qiao.redis", None)
    app.extensions["qiao.redis"] = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    try:
        say(VILLAGER, NEWS(number=1), by=office.system)
        assert only(office).state is Delivery.QUEUED
        sweep()
    finally:
        app.extensions.pop("qiao.redis")
        if there is not None:
            app.extensions["qiao.redis"] = there
    assert only(office).state is Delivery.SENT


def test_connections_to_the_provider_are_kept(office: Office, twilio: TwilioStandIn) -> None:
    for number in range(100):
        say(another(number), NEWS(number=number), by=office.system)
    assert send_due() == 100
    assert len(twilio.messages) == 100
    assert twilio.connections <= 16


# ── Receipts ──

REPORTS = ("queued", "sent", "delivered")


def report(app: Flask, twilio: TwilioStandIn, sid: str, status: str, code: str = "") -> int:
    """Post a signed status callback to the address the message named."""
    url = twilio.callbacks[sid]
    form = {"MessageSid": sid, "MessageStatus": status, "ErrorCode": code}
    signature = sign(url, {name: [value] for name, value in form.items()}, twilio.auth_token)
    path = url.removeprefix("http://qiao.test")
    return app.test_client().post(path, data=form, headers={SIGNATURE_HEADER: signature}).status_code


@pytest.mark.parametrize("order", list(permutations(REPORTS)))
def test_s7_receipts_count_in_whatever_order_they_come(
    app: Flask, office: Office, twilio: TwilioStandIn, order: tuple[str, ...]
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    send_due()
    for status in order:
        assert report(app, twilio, twilio.messages[0]["sid"], status) == 204
    assert only(office).state is Delivery.DELIVERED


def test_s7_the_reports_on_a_hundred_messages_give_one_table_in_whatever_order_they_come(
    app: Flask, office: Office, twilio: TwilioStandIn
) -> None:
    """Each message's four reports in another of their 24 orders, and those of all messages mixed."""
    arrives, does_not = (
        ("queued", "sending", "sent", "delivered"),
        ("queued", "sending", "sent", "undelivered"),
    )
    queue_many(100, by=office.system)
    send_due()
    dice, waiting = Random(20260304), []
    for number, message in enumerate(twilio.messages):
        reports = arrives if number % 2 else does_not
        order = list(permutations(reports))[number % 24]
        waiting.append([(message["sid"], status) for status in order])
    while waiting:
        reports_of_one = dice.choice(waiting)
        sid, status = reports_of_one.pop(0)
        assert report(app, twilio, sid, status, "30005" if status == "undelivered" else "") == 204
        waiting = [one for one in waiting if one]
    states = {row.provider_id: row.state for row in outbox(by=office.system)}
    expected = [Delivery.DELIVERED if number % 2 else Delivery.FAILED for number in range(100)]
    assert [states[message["sid"]] for message in twilio.messages] == expected


@hypothesis(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(["queued", "sent", "undelivered", "delivered", "delivered", "answer", "answer"]))
def test_s7_a_receipt_that_overtakes_the_answer_finds_its_message(
    app: Flask, office: Office, twilio: TwilioStandIn, clock: Clock, order: list[str]
) -> None:
    row = say(another(len(outbox(by=office.system))), NEWS(number=1), by=office.system)
    twilio.plan(Misbehaviour(accepts=True, drops=True))
    send_due()
    sid = twilio.messages[-1]["sid"]
    for status in order:
        if status == "answer":
            clock.advance(seconds=61)
            sweep()
        else:
            report(app, twilio, sid, status)
    kept = next(one for one in outbox(by=office.system) if one.id == row.id)
    assert (kept.state, kept.provider_id) == (Delivery.DELIVERED, sid)
    assert len({message["sid"] for message in twilio.messages}) == len(outbox(by=office.system))


def test_a_report_of_failure_shows_its_reason(app: Flask, office: Office, twilio: TwilioStandIn) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    send_due()
    report(app, twilio, twilio.messages[0]["sid"], "undelivered", "30005")
    assert (only(office).state, only(office).failure) == (Delivery.FAILED, "30005")


@given(texts=st.lists(st.integers(0, 10**6), min_size=1, max_size=4))
def test_what_is_kept_until_sending_is_said_as_it_was(texts: list[int]) -> None:
    said: Said = NEWS(number=texts[0])
    for number in texts[1:]:
        said = said.followed_by(NEWS(number=number))
    kept = json.loads(json.dumps(to_kept(said)))
    assert from_kept("tests.news", kept).words("en") == said.words("en")


@pytest.fixture(autouse=True)
def no_channel_is_remembered(app: Flask) -> None:
    """What a process knows of channels is for one deployment; each test has a new one."""
    app.extensions["qiao.channels"].clear()
