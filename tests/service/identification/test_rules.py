"""The rules of step 1, one refusal at a time (I1-I3)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from service.identification import rules
from service.identification.rules import TaskState
from tenants.refusals import RuleBroken, WrongStage


def test_i1_there_are_the_sixteen_fields_of_table_2() -> None:
    assert len(rules.Category) == 16


def test_i2_the_guide_recommends_four_questions_in_both_languages() -> None:
    assert len(rules.RECOMMENDED_CRITERIA) == 4
    assert all(zh and en for zh, en in rules.RECOMMENDED_CRITERIA + rules.OPTIONAL_CRITERIA)


@pytest.mark.parametrize(
    ("questions", "code"), [([], "criteria_missing"), (["一样吗？", "一样吗？ "], "criteria_repeated")]
)
def test_i2_a_question_set_is_neither_empty_nor_repeats_itself(questions: list[str], code: str) -> None:
    with pytest.raises(RuleBroken, match=code):
        rules.require_criteria(questions)


def test_i2_different_questions_are_accepted() -> None:
    rules.require_criteria(["一", "二"])


def test_i3_each_criterion_must_be_answered() -> None:
    one, two = uuid4(), uuid4()
    rules.require_every_criterion_answered([one, two], [two, one])
    with pytest.raises(RuleBroken, match="criteria_unanswered"):
        rules.require_every_criterion_answered([one, two], [one])
    with pytest.raises(RuleBroken, match="criteria_missing"):
        rules.require_every_criterion_answered([], [])


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_i3_ruling_out_needs_a_reason(reason: str | None) -> None:
    with pytest.raises(RuleBroken, match="reason_missing"):
        rules.require_reason_to_rule_out(False, reason)


def test_i3_keeping_needs_none() -> None:
    rules.require_reason_to_rule_out(True, None)


def test_i3_an_empty_or_unfinished_short_list_is_not_signed() -> None:
    rules.require_signable(1, 0)
    with pytest.raises(RuleBroken, match="short_list_empty"):
        rules.require_signable(0, 0)
    with pytest.raises(RuleBroken, match="tasks_unscreened"):
        rules.require_signable(1, 2)


def test_i3_a_screened_task_is_not_reworded() -> None:
    rules.require_still_listed(TaskState.LISTED)
    with pytest.raises(WrongStage):
        rules.require_still_listed(TaskState.SHORT_LISTED)


def test_i2_used_questions_stay() -> None:
    rules.require_criteria_unused(0)
    with pytest.raises(RuleBroken, match="criteria_in_use"):
        rules.require_criteria_unused(1)
