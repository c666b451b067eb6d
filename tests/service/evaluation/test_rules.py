"""The rules of step 7, one refusal at a time (E2, E4, E5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.parts import count_parts
from service.contracts.rules import ContractState
from service.evaluation import messages, rules
from service.evaluation.rules import Outcome, Participant, QuestionKind, RoundState
from tenants.refusals import AlreadyDone, NotPermitted, RuleBroken, WrongStage
from tests.conftest import NOON

TODAY = date(2026, 3, 4)
SIZES = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 30), max_size=8)


def test_e4_nobody_is_enrolled_without_consent() -> None:
    rules.require_consent([True, True])
    with pytest.raises(RuleBroken, match="consent_missing") as refused:
        rules.require_consent([True, False, False])
    assert refused.value.facts == {"number": 2}


def test_e4_at_most_six_questions_and_at_least_one() -> None:
    rules.require_questions(["?"] * 6)
    with pytest.raises(RuleBroken, match="too_many_questions"):
        rules.require_questions(["?"] * 7)
    with pytest.raises(RuleBroken, match="questions_missing"):
        rules.require_questions([])


def test_e4_a_question_fits_into_one_text() -> None:
    rules.require_one_part([1, 1])
    with pytest.raises(RuleBroken, match="question_too_long") as refused:
        rules.require_one_part([1, 2])
    assert refused.value.facts == {"place": 2}


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_e4_a_question_of_the_longest_length_fits_into_one_text(kind: QuestionKind) -> None:
    said = messages.ask({"kind": kind, "text": "问" * 48, "text_en": "q" * 110}, 6, 6)
    assert [count_parts(said.words(locale)) for locale in ("zh", "en")] == [1, 1]


def test_e4_so_few_people_that_nothing_could_be_shown_are_not_asked() -> None:
    rules.require_register(5)
    with pytest.raises(RuleBroken, match="register_too_small"):
        rules.require_register(4)


def test_e4_one_evaluation_at_a_time() -> None:
    rules.require_no_open_round(0)
    with pytest.raises(AlreadyDone, match="evaluation_under_way"):
        rules.require_no_open_round(1)


def test_e4_only_people_on_the_register_answer() -> None:
    rules.require_on_register(True)
    with pytest.raises(NotPermitted, match="not_on_register"):
        rules.require_on_register(False)


def test_e4_a_closed_evaluation_takes_no_answers() -> None:
    rules.require_taking_answers(RoundState.OPEN)
    with pytest.raises(WrongStage, match="evaluation_ended"):
        rules.require_taking_answers(RoundState.CLOSED)


def test_e4_of_each_person_the_newest_answer_counts() -> None:
    given = [
        rules.Given("first", "Ma", NOON),
        rules.Given("newest", "Ma", NOON + timedelta(minutes=2)),
        rules.Given("of another", "Li", NOON),
        rules.Given("second", "Ma", NOON + timedelta(minutes=1)),
    ]
    assert rules.outdated(given) == {"first", "second"}
    assert rules.outdated(given[2:3]) == rules.outdated([]) == set()


def test_e4_every_question_is_answered_and_no_other() -> None:
    questions = [{"kind": "scale"}, {"kind": "words"}]
    rules.require_complete(questions, {0: 5, 1: ""})
    for answers in ({0: 5}, {0: 5, 1: "", 2: 1}):
        with pytest.raises(RuleBroken, match="answers_incomplete"):
            rules.require_complete(questions, answers)


def test_e4_results_are_shown_once_it_is_closed() -> None:
    rules.require_ended(RoundState.CLOSED)
    with pytest.raises(WrongStage, match="evaluation_not_closed"):
        rules.require_ended(RoundState.OPEN)


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"woman": 6, "man": 5}, [{"woman"}, {"man"}]),
        ({"woman": 6, "man": 4}, []),
        ({"woman": 20, "man": 0}, []),
        ({"石板村": 9, "大岭村": 7, "小寨": 2}, [{"石板村"}, {"大岭村", "小寨"}]),
        ({"石板村": 9, "大岭村": 3, "小寨": 2}, [{"石板村"}, {"大岭村", "小寨"}]),
        ({"石板村": 3, "大岭村": 1}, []),
        ({}, []),
    ],
)
def test_e4_groups_under_five_are_not_shown(sizes: dict[str, int], shown: list[set[str]]) -> None:
    assert [set(names) for names in rules.suppress_small(sizes)] == shown


@given(SIZES)
def test_e4_neither_a_group_nor_what_the_total_leaves_over_is_under_five(sizes: dict[str, int]) -> None:
    shown = rules.suppress_small(sizes)
    numbers = [sum(sizes[name] for name in names) for names in shown]
    assert all(number >= 5 for number in numbers)
    left_over = sum(sizes.values()) - sum(numbers)
    assert not shown or left_over == 0
    assert sum(len(names) for names in shown) == len(set().union(*shown)) if shown else True


@given(SIZES)
def test_e4_no_group_is_hidden_without_need(sizes: dict[str, int]) -> None:
    large = [name for name, size in sizes.items() if size >= 5]
    small = sum(size for size in sizes.values() if size < 5)
    if len(large) > 1 and (small == 0 or small >= 5):
        assert {frozenset({name}) for name in large} <= set(rules.suppress_small(sizes))


def test_e2_one_person_is_no_acceptance_group() -> None:
    rules.require_group(["水务局 李工", "石板村 王主任"])
    with pytest.raises(RuleBroken, match="acceptance_group_too_small"):
        rules.require_group(["水务局 李工", "水务局 李工"])


def test_e2_few_indicators_but_at_least_one() -> None:
    rules.require_few_indicators(["蓄水量"] * 8)
    with pytest.raises(RuleBroken, match="too_many_indicators"):
        rules.require_few_indicators(["蓄水量"] * 9)
    with pytest.raises(RuleBroken, match="indicators_missing"):
        rules.require_few_indicators([])


@pytest.mark.parametrize("day", [None, TODAY, date(2026, 3, 1)])
def test_e2_rectification_has_a_day_that_lies_ahead(day: date | None) -> None:
    rules.require_rectification_date(Outcome.RECTIFY, date(2026, 3, 5), TODAY)
    rules.require_rectification_date(Outcome.ACCEPTED, day, TODAY)
    with pytest.raises(RuleBroken, match="rectification_needs_a_date"):
        rules.require_rectification_date(Outcome.RECTIFY, day, TODAY)


def test_e2_large_construction_needs_audited_accounts_to_be_accepted() -> None:
    rules.require_audited_accounts(Outcome.ACCEPTED, True, "审字〔2026〕12号")
    rules.require_audited_accounts(Outcome.ACCEPTED, False, None)
    rules.require_audited_accounts(Outcome.REFUSED, True, None)
    with pytest.raises(RuleBroken, match="accounts_not_audited"):
        rules.require_audited_accounts(Outcome.ACCEPTED, True, None)


def test_e2_work_is_accepted_once() -> None:
    rules.require_not_yet_accepted([Outcome.RECTIFY, Outcome.REFUSED])
    with pytest.raises(AlreadyDone, match="already_accepted"):
        rules.require_not_yet_accepted([Outcome.RECTIFY, Outcome.ACCEPTED])


def test_e2_only_work_under_a_contract_in_force_is_accepted() -> None:
    rules.require_in_force(True, ContractState.SIGNED)
    with pytest.raises(WrongStage):
        rules.require_in_force(False, ContractState.DRAFTED)


def test_e5_closing_needs_acceptance_and_an_ended_evaluation() -> None:
    rules.require_closable([Outcome.RECTIFY, Outcome.ACCEPTED], 0)
    with pytest.raises(RuleBroken, match="not_accepted_yet"):
        rules.require_closable([Outcome.RECTIFY], 0)
    with pytest.raises(RuleBroken, match="evaluation_still_open"):
        rules.require_closable([Outcome.ACCEPTED], 1)


@pytest.mark.parametrize("absent", rules.NEVER_ABSENT)
def test_e5_the_meeting_is_not_held_without_those_it_is_about(absent: Participant) -> None:
    rules.require_participants(rules.NEVER_ABSENT)
    with pytest.raises(RuleBroken, match="participants_missing") as refused:
        rules.require_participants([kind for kind in Participant if kind is not absent])
    assert refused.value.facts == {"who": absent}


def test_e5_all_eight_sides_of_the_guide_can_be_recorded() -> None:
    assert len(Participant) == 8


def test_e5_a_meeting_is_recorded_after_it_was_held() -> None:
    rules.require_held(TODAY, TODAY)
    with pytest.raises(RuleBroken, match="meeting_lies_ahead"):
        rules.require_held(date(2026, 3, 5), TODAY)
