"""When addresses are one person's: the rules alone (T5, S5)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import joining_rules as rules
from channels.joining_rules import Address
from channels.models import Lane, Medium
from channels.spare_phone import goes_by_phone
from tenants.refusals import AlreadyDone, RuleBroken, WrongStage
from tests.conftest import NOON

ONE, OTHER = uuid4(), uuid4()
EARLY, LATE = NOON - timedelta(days=9), NOON - timedelta(days=2)


def test_t5_an_address_is_not_joined_to_itself() -> None:
    rules.require_different(ONE, OTHER)
    with pytest.raises(RuleBroken, match="same_address"):
        rules.require_different(ONE, ONE)


def test_t5_what_is_joined_already_is_parted_before_it_is_joined_otherwise() -> None:
    rules.require_joinable(Address(ONE), Address())
    with pytest.raises(AlreadyDone, match="joined_already"):
        rules.require_joinable(Address(ONE), Address(ONE))
    with pytest.raises(RuleBroken, match="both_joined"):
        rules.require_joinable(Address(ONE), Address(OTHER))


def test_t5_what_a_code_has_shown_is_not_shown_otherwise_by_another() -> None:
    rules.require_provable(Address(ONE, proved=True), Address(OTHER))
    with pytest.raises(AlreadyDone, match="joined_already"):
        rules.require_provable(Address(ONE, proved=True), Address(ONE, proved=True))
    with pytest.raises(RuleBroken, match="both_joined"):
        rules.require_provable(Address(ONE, proved=True), Address(OTHER, proved=True))


def test_t5_an_address_that_is_alone_cannot_be_parted() -> None:
    assert rules.require_joined(Address(ONE)) == ONE
    with pytest.raises(WrongStage, match="not_joined"):
        rules.require_joined(Address())


@pytest.mark.parametrize(("asked", "received"), [(3, 0), (0, 3)])
def test_t5_three_codes_a_day_are_enough_for_who_asks_and_for_who_gets_them(
    asked: int, received: int
) -> None:
    rules.require_few_codes(2, 2)
    with pytest.raises(RuleBroken, match="too_many_codes"):
        rules.require_few_codes(asked, received)


def test_t5_a_code_is_good_for_ten_minutes_five_tries_and_one_use() -> None:
    end = NOON + rules.CODE_LIVES
    assert timedelta(minutes=10) == rules.CODE_LIVES
    assert rules.may_be_tried(end, None, 4, NOON)
    assert not rules.may_be_tried(end, None, 5, NOON)
    assert not rules.may_be_tried(end, NOON, 0, NOON)
    assert not rules.may_be_tried(end, None, 0, end)


@pytest.mark.parametrize(
    ("medium", "wrote", "proved", "holds"),
    [
        (Medium.SMS, 181, 181, False),
        (Medium.SMS, 179, 181, True),
        (Medium.SMS, 181, 179, True),
        (Medium.WECHAT, 999, 999, True),
    ],
)
def test_t5_what_a_code_showed_of_a_phone_holds_until_it_is_silent_for_180_days(
    medium: Medium, wrote: int, proved: int, holds: bool
) -> None:
    last_at, proved_at = NOON - timedelta(days=wrote), NOON - timedelta(days=proved)
    assert rules.still_proves(medium, last_at, proved_at, NOON) is holds


def test_s5_the_strictest_consent_holds_for_all_and_its_own_moment_stays() -> None:
    assert rules.consent_when_joined([None, LATE, EARLY]) == [EARLY, LATE, EARLY]
    assert rules.consent_when_joined([None, None]) == [None, None]


def test_s5_parted_each_has_its_own_consent_again() -> None:
    took_over = Address(ONE, stopped_at=EARLY, stopped_before=None, joined_at=NOON)
    gave = Address(ONE, stopped_at=EARLY, stopped_before=EARLY, joined_at=NOON)
    assert rules.consent_when_parted([took_over]) == [None]
    assert rules.consent_when_parted([gave]) == [EARLY]
    assert rules.consent_when_parted([took_over, gave]) == [EARLY, EARLY]


def test_s5_what_was_said_while_joined_stays_with_both() -> None:
    since = NOON + timedelta(hours=1)
    stopped = Address(ONE, stopped_at=since, stopped_before=None, joined_at=NOON)
    started = Address(ONE, stopped_at=None, stopped_before=EARLY, joined_at=NOON)
    assert rules.consent_when_parted([stopped]) == [since]
    assert rules.consent_when_parted([started]) == [None]


@given(st.lists(st.one_of(st.none(), st.datetimes().map(lambda day: day.replace(tzinfo=NOON.tzinfo)))))
def test_s5_joined_and_parted_at_once_everybody_is_as_before(stopped: list) -> None:  # type: ignore[type-arg]
    later = max(filter(None, stopped), default=NOON)
    for own, agreed in zip(stopped, rules.consent_when_joined(stopped), strict=True):
        joined = Address(ONE, stopped_at=agreed, stopped_before=own, joined_at=later)
        assert rules.consent_when_parted([joined]) == [own]


@pytest.mark.parametrize(
    ("lane", "message", "sent_before", "goes"),
    [
        (Lane.NOTICE, "complaints.received", False, True),
        (Lane.REPLY, "conversations.answer", False, True),
        (Lane.BULK, "broadcasts.words", False, False),
        (Lane.REPLY, "channels.reply_follows", False, False),
        (Lane.NOTICE, "complaints.received", True, False),
    ],
)
def test_s7_only_what_wechat_surely_has_not_taken_goes_by_phone_and_no_broadcast(
    lane: Lane, message: str, sent_before: bool, goes: bool
) -> None:
    assert goes_by_phone(lane, message, sent_before) is goes
