"""The rules of step 2 (D1-D3)."""

from __future__ import annotations

import pytest

from service.difficulty import rules
from service.difficulty.rules import Approach, CommunityAspect, Difficulty
from service.identification.rules import TaskState
from tenants.refusals import AlreadyDone, RuleBroken


@pytest.mark.parametrize(
    ("approach", "difficulty"),
    [
        (Approach.TRANSFER, Difficulty.EASY),
        (Approach.CONTRACTOR, Difficulty.EASY),
        (Approach.CONSTRUCTION, Difficulty.REGULAR),
        (Approach.PRODUCTION, Difficulty.REGULAR),
        (Approach.MONITORING, Difficulty.REGULAR),
        (Approach.COMMUNITY, Difficulty.DIFFICULT),
    ],
)
def test_d1_the_method_grades_first(approach: Approach, difficulty: Difficulty) -> None:
    assert rules.suggest(approach, []) is difficulty


@pytest.mark.parametrize("aspect", list(CommunityAspect))
@pytest.mark.parametrize("approach", list(Approach))
def test_d1_whatever_the_community_takes_on_makes_work_difficult(
    approach: Approach, aspect: CommunityAspect
) -> None:
    assert rules.suggest(approach, [aspect]) is Difficulty.DIFFICULT


def test_d2_the_pond_has_three_difficulties() -> None:
    ways = [Approach.CONTRACTOR, Approach.CONSTRUCTION, Approach.COMMUNITY]
    assert [rules.suggest(way, []) for way in ways] == list(Difficulty)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_d1_another_grade_needs_a_written_reason(reason: str | None) -> None:
    with pytest.raises(RuleBroken, match="override_reason_missing"):
        rules.require_reason_to_override(Difficulty.REGULAR, Difficulty.EASY, reason)


def test_d1_the_suggested_grade_needs_none_and_a_reason_overrides() -> None:
    rules.require_reason_to_override(Difficulty.REGULAR, Difficulty.REGULAR, None)
    rules.require_reason_to_override(Difficulty.REGULAR, Difficulty.DIFFICULT, "石山地，运料全靠人背")


@pytest.mark.parametrize("state", [TaskState.LISTED, TaskState.RULED_OUT])
def test_d1_only_short_listed_tasks_are_graded(state: TaskState) -> None:
    rules.require_short_listed(TaskState.SHORT_LISTED)
    with pytest.raises(RuleBroken, match="task_not_short_listed"):
        rules.require_short_listed(state)


def test_d2_two_ways_have_two_names() -> None:
    rules.require_new_name("村民自建", ["承包"])
    with pytest.raises(AlreadyDone, match="variant_known"):
        rules.require_new_name(" 承包", ["承包"])
