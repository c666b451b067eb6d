"""What a provider's report of failure leads to, by its code (S5, S7): it is said once more, or somebody must look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from channels.alarms import list_alarms
from channels.lost import HEARD_WITHIN, end_unheard
from channels.messages import Message
from channels.models import Delivery, Lane
from channels.receipts import AGAIN_AFTER
from channels.sending import send_due
from tests.channels.conftest import open_channel, outbox, recipient, say
from tests.channels.test_sending import report
from tests.conftest import Clock, Office
from tests.standins.twilio import TwilioStandIn

VILLAGER = "+8613800000001"
NEWS = Message("tests.reported_news", "News {number}")
REPLY = Message("tests.reported_reply", "Answer {number}", lane=Lane.REPLY)
BROADCAST = Message("tests.reported_broadcast", "Broadcast {number}", lane=Lane.BULK)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def office(county: Office, twilio: TwilioStandIn) -> Office:
    """A county that sends by the provider."""
    open_channel(county, twilio)
    return county


def states(office: Office) -> list[tuple[Delivery, str | None]]:
    """How far the office's messages got, the oldest first."""
    return [(row.state, row.failure) for row in outbox(by=office.system)]


@pytest.mark.parametrize("code", ["30003", "30008", "30410", "30001"])
def test_s7_what_did_not_get_through_for_the_moment_is_said_once_more_and_says_so(
    app: Flask, office: Office, twilio: TwilioStandIn, clock: Clock, code: str
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    send_due()
    for _ in range(2):
        report(app, twilio, twilio.messages[0]["sid"], "undelivered", code)
    report(app, twilio, twilio.messages[0]["sid"], "sent")
    send_due()
    assert len(twilio.messages) == 1
    clock.advance(seconds=(AGAIN_AFTER + MOMENT).total_seconds())
    send_due()
    assert [one["body"] for one in twilio.messages] == ["News 1", "（重发）News 1"]
    report(app, twilio, twilio.messages[1]["sid"], "undelivered", code)
    clock.advance(hours=1)
    send_due()
    assert states(office) == [(Delivery.FAILED, code)] * 2
    assert len(twilio.messages) == 2


def test_s7_what_nobody_reports_on_ends_after_three_days_and_a_report_later_still_counts(
    app: Flask, office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    for number in range(3):
        say(f"+861380000000{number}", NEWS(number=number), by=office.system)
    send_due()
    sids = {one["body"]: one["sid"] for one in twilio.messages}
    report(app, twilio, sids["News 0"], "delivered")
    clock.advance(seconds=(HEARD_WITHIN - MOMENT).total_seconds())
    assert end_unheard() == 0
    say(VILLAGER, REPLY(number=3), by=office.system)
    send_due()
    clock.advance(seconds=2 * MOMENT.total_seconds())
    assert end_unheard() == 2
    assert end_unheard() == 0
    ended = [Delivery.DELIVERED, Delivery.UNCONFIRMED, Delivery.UNCONFIRMED, Delivery.SENT]
    assert [state for state, _failure in states(office)] == ended
    assert [row.settled_at is not None for row in outbox(by=office.system)] == [True, True, True, False]
    report(app, twilio, sids["News 1"], "sent")
    assert states(office)[1] == (Delivery.UNCONFIRMED, None)
    report(app, twilio, sids["News 1"], "delivered")
    report(app, twilio, sids["News 2"], "undelivered", "30005")
    assert states(office)[1:3] == [(Delivery.DELIVERED, None), (Delivery.FAILED, "30005")]


@pytest.mark.parametrize("code", ["30005", "30006", "21211", "99999", ""])
def test_s7_what_can_never_arrive_or_nobody_can_read_is_not_said_again(
    app: Flask, office: Office, twilio: TwilioStandIn, clock: Clock, code: str
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    send_due()
    report(app, twilio, twilio.messages[0]["sid"], "undelivered", code)
    clock.advance(hours=1)
    send_due()
    assert len(outbox(by=office.system)) == len(twilio.messages) == 1


def test_s7_a_broadcast_is_never_said_again(
    app: Flask, office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    say(VILLAGER, BROADCAST(number=1), by=office.system)
    send_due()
    report(app, twilio, twilio.messages[0]["sid"], "undelivered", "30003")
    clock.advance(hours=1)
    send_due()
    assert states(office) == [(Delivery.FAILED, "30003")]


def test_s7_what_would_be_too_late_by_then_is_not_said_again(
    app: Flask, office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    send_due()
    clock.advance(days=3)
    report(app, twilio, twilio.messages[0]["sid"], "undelivered", "30003")
    assert states(office) == [(Delivery.FAILED, "30003")]


def test_s5_an_opt_out_that_only_a_report_tells_counts(
    app: Flask, office: Office, twilio: TwilioStandIn
) -> None:
    row = say(VILLAGER, NEWS(number=1), by=office.system)
    send_due()
    report(app, twilio, twilio.messages[0]["sid"], "failed", "21610")
    assert recipient(row, by=office.system).stopped_at is not None


def test_s7_an_account_that_may_not_send_is_looked_after(
    app: Flask, office: Office, twilio: TwilioStandIn
) -> None:
    say(VILLAGER, NEWS(number=1), by=office.system)
    send_due()
    report(app, twilio, twilio.messages[0]["sid"], "failed", "30002")
    (alarm,) = list_alarms(by=office.administrator)
    assert (alarm.code, alarm.facts) == ("sending_misconfigured", {"reason": "30002"})


def test_s7_words_that_carriers_filter_three_times_are_looked_after(
    app: Flask, office: Office, twilio: TwilioStandIn
) -> None:
    for number in range(3):
        assert list_alarms(by=office.administrator) == []
        say(f"+861380000100{number}", NEWS(number=number), by=office.system)
        send_due()
        report(app, twilio, twilio.messages[-1]["sid"], "undelivered", "30007" if number else "30004")
    (alarm,) = list_alarms(by=office.administrator)
    assert (alarm.code, alarm.facts) == ("words_filtered", {"message": NEWS.key})
