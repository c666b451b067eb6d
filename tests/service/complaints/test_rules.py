"""The rules of the hotline, one refusal at a time (H1-H9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.complaints import rules
from service.complaints.rules import OPEN_STATES, About, ComplaintState
from tenants.models import Level
from tenants.refusals import NotPermitted, RuleBroken
from tenants.states import require_move

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        "县扶贫办的人收了钱才给我们盖章",
        "扶贫办主任吃拿卡要",
        "工作人員收紅包",
        "局长的亲戚中标，肯定是暗箱操作",
        "干部截留补助款",
        "投诉专员不理我们",
        "The county office asked us for a bribe",
        "officials took kickbacks",
        "領導收錢",
    ],
)
def test_h4_words_that_may_mean_the_office_are_seen(text: str) -> None:
    assert rules.points_at_office(text)


@pytest.mark.parametrize(
    "text",
    [
        "水池修好才一个月就漏水",
        "发的鸡苗死了一半",
        "领导您好，我们村的路没修完",
        "主任你好，水管不通",
        "村主任把水池修在自家门口",
        "村干部没通知我们开会",
        "The pond leaks and nobody comes",
    ],
)
def test_h4_ordinary_words_stay_with_the_county(text: str) -> None:
    assert not rules.points_at_office(text)


@given(st.text())
def test_h1_any_text_can_be_read_for_what_it_is_about(text: str) -> None:
    assert rules.points_at_office(text) in (True, False)
    assert rules.is_serious(text) in (True, False)
    assert all(number >= 0 for number in rules.call_numbers(text) + rules.lot_numbers(text))


@pytest.mark.parametrize(
    ("text", "calls", "lots"),
    [
        ("3号公告的结果不公平", [3], []),
        ("公告第12号有问题", [12], []),
        ("结果7是内定的", [7], []),
        ("call no. 4 was unfair", [4], []),
        ("３号公告不公平", [3], []),
        ("2号项目的水池漏水", [], [2]),
        ("报价3号的那家没干活", [], [3]),
        ("lot 5 is late", [], [5]),
        ("我2019年交的钱，电话13800000001", [], []),
    ],
)
def test_h1_a_number_in_the_text_is_recognised(text: str, calls: list[int], lots: list[int]) -> None:
    assert (rules.call_numbers(text), rules.lot_numbers(text)) == (calls, lots)


def test_h1_a_name_in_the_text_is_recognised_and_the_longest_counts() -> None:
    names = ["青山社会工作站", "青山社会工作站联合会", "青山"]
    assert rules.named_in("青山社会工作站联合会没来过", names) == "青山社会工作站联合会"
    assert rules.named_in("青山没来过", names) is None


@pytest.mark.parametrize(
    "text", ["水池塌方压伤了人，有人受伤", "施工队威胁我们", "A wall collapsed on the road"]
)
def test_h5_harm_and_threats_are_serious(text: str) -> None:
    assert rules.is_serious(text)


def test_h5_a_leak_is_not_serious() -> None:
    assert not rules.is_serious("水池漏水")


@pytest.mark.parametrize(
    ("about", "level", "suspected", "above"),
    [
        (About.UNKNOWN, Level.COUNTY, False, False),
        (About.WORK, Level.COUNTY, False, False),
        (About.CALL, Level.COUNTY, False, False),
        (About.OFFICE, Level.COUNTY, False, True),
        (About.UNKNOWN, Level.COUNTY, True, True),
        (About.CALL, Level.PROVINCE, False, True),
        (About.OFFICE, Level.PROVINCE, False, True),
        (About.WORK, Level.PROVINCE, False, False),
    ],
)
def test_h4_what_is_about_the_office_goes_above_it(
    about: About, level: Level, suspected: bool, above: bool
) -> None:
    assert rules.goes_to_reviewer(about, level, suspected=suspected) is above


def test_h5_the_first_look_and_the_answer_have_their_own_deadlines() -> None:
    soon, later = NOW + DAY, NOW + 10 * DAY
    assert not rules.is_overdue(ComplaintState.RECEIVED, soon, later, NOW)
    assert rules.is_overdue(ComplaintState.RECEIVED, soon, later, NOW + 2 * DAY)
    assert not rules.is_overdue(ComplaintState.ACKNOWLEDGED, soon, later, NOW + 2 * DAY)
    assert rules.is_overdue(ComplaintState.INVESTIGATING, soon, later, NOW + 11 * DAY)
    assert not rules.is_overdue(ComplaintState.RESOLVED, soon, later, NOW + 11 * DAY)


def test_h5_states_follow_the_way_of_a_complaint() -> None:
    moves = rules.COMPLAINT_MOVES
    assert require_move(moves, ComplaintState.RECEIVED, "acknowledge") is ComplaintState.ACKNOWLEDGED
    assert require_move(moves, ComplaintState.CLOSED, "reopen") is ComplaintState.INVESTIGATING
    assert all(require_move(moves, state, "escalate") is ComplaintState.RECEIVED for state in OPEN_STATES)


def test_t4_nobody_looks_into_what_passed_through_the_own_hands() -> None:
    one, other = uuid4(), uuid4()
    rules.require_own_matter_of_nobody(one, [other, None])
    rules.require_own_matter_of_nobody(None, [None])
    with pytest.raises(NotPermitted, match="own_matter"):
        rules.require_own_matter_of_nobody(one, [other, one])


@pytest.mark.parametrize("facts", ["", "  \n"])
def test_h5_an_answer_needs_the_facts_found(facts: str) -> None:
    rules.require_facts("去看过，漏水属实")
    with pytest.raises(RuleBroken, match="facts_missing"):
        rules.require_facts(facts)


def test_h5_a_case_reopens_within_its_time_only() -> None:
    rules.require_reopenable(NOW, NOW)
    with pytest.raises(RuleBroken, match="reopening_over"):
        rules.require_reopenable(NOW, NOW + timedelta(seconds=1))
    with pytest.raises(RuleBroken, match="reopening_over"):
        rules.require_reopenable(None, NOW)


@pytest.mark.parametrize("higher", [None, 2, 3])
def test_h4_a_case_goes_up_only_to_an_office_that_has_not_dealt_with_it(higher: int | None) -> None:
    assert rules.require_higher_office(2, 3, 1) == 1
    with pytest.raises(RuleBroken, match="no_higher_office"):
        rules.require_higher_office(2, 3, higher)


@pytest.mark.parametrize("higher", [None, 2, 3])
def test_h6_a_case_with_the_highest_office_points_nowhere_further(higher: int | None) -> None:
    assert rules.may_go_up(2, 3, 1)
    assert not rules.may_go_up(2, 3, higher)


def test_h5_what_was_taken_up_is_not_handed_back() -> None:
    rules.require_not_escalated(None)
    with pytest.raises(RuleBroken, match="escalated_stays"):
        rules.require_not_escalated(NOW)


def test_h6_only_what_waits_for_an_answer_is_taken_up() -> None:
    rules.require_open(ComplaintState.RECEIVED)
    with pytest.raises(RuleBroken, match="complaint_answered"):
        rules.require_open(ComplaintState.RESOLVED)


def test_h6_only_an_answered_case_is_rated_and_with_1_to_5() -> None:
    rules.require_answered(ComplaintState.CLOSED)
    with pytest.raises(RuleBroken, match="complaint_unanswered"):
        rules.require_answered(ComplaintState.INVESTIGATING)
    rules.require_rating(1)
    rules.require_rating(5)
    for rating in (0, 6):
        with pytest.raises(RuleBroken, match="rating_out_of_range"):
            rules.require_rating(rating)


def test_h3_many_wrong_references_end_the_looking_up() -> None:
    rules.require_few_tries(rules.TRIES_AN_HOUR - 1)
    with pytest.raises(RuleBroken, match="too_many_tries"):
        rules.require_few_tries(rules.TRIES_AN_HOUR)


def test_h3_an_anonymous_case_has_nobody_to_show() -> None:
    contact = uuid4()
    assert rules.require_linked(contact) == contact
    with pytest.raises(RuleBroken, match="nobody_to_show"):
        rules.require_linked(None)
