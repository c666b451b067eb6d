"""Step 1 on a real database: listing, screening, signing."""

from __future__ import annotations

from typing import Any

import pytest

from service.identification import queries, workflow
from service.identification.models import Task
from service.identification.rules import Category, Proposer, TaskState
from tenants.refusals import NotFound, NotPermitted, RuleBroken, WrongStage
from tests.conftest import Office

POND: dict[str, Any] = {
    "year": 2026,
    "title": "修建蓄水池",
    "description": "三个村冬春缺水，修三口蓄水池。",
    "category": Category.INFRASTRUCTURE,
    "proposer": Proposer.VILLAGE,
    "proposed_by": "石板村",
    "gender_focus": True,
}
QUESTIONS = [{"question": "社会组织做起来容易吗？"}, {"question": "群众欢迎吗？"}]


def screened(county: Office, *, keep: bool, reason: str | None = None) -> Task:
    """A task that went through screening."""
    workflow.set_criteria(2026, QUESTIONS, by=county.officer)
    task = workflow.list_task(**POND, by=county.officer)
    return screen(county, task, keep=keep, reason=reason)


def screen(county: Office, task: Task, *, keep: bool, reason: str | None = None) -> Task:
    """Answer every question of the year for a task."""
    answers = [
        {"criterion_id": criterion.id, "answer": True, "reason": "村里开会都同意"}
        for criterion in queries.list_criteria(2026, by=county.officer)
    ]
    return workflow.screen_task(task.id, answers=answers, keep=keep, reason=reason, by=county.officer)


def test_a_listed_task_gets_the_next_number(county: Office) -> None:
    first = workflow.list_task(**POND, by=county.officer)
    second = workflow.list_task(**POND, by=county.officer)
    assert (first.number, second.number) == (1, 2)
    assert first.state is TaskState.LISTED


def test_the_neighbour_sees_nothing_of_a_task(county: Office, other_county: Office) -> None:
    task = workflow.list_task(**POND, by=county.officer)
    assert queries.list_tasks(by=other_county.officer) == []
    with pytest.raises(NotFound):
        queries.find_task(task.id, by=other_county.officer)


def test_the_province_reads_a_task_and_cannot_write_it(county: Office, province: Office) -> None:
    task = workflow.list_task(**POND, by=county.officer)
    assert queries.find_task(task.id, by=province.overseer).title == "修建蓄水池"
    with pytest.raises(NotPermitted):
        workflow.change_task(task.id, title="别的", by=province.overseer)


def test_a_task_that_is_kept_joins_the_short_list_and_is_frozen_with_it(county: Office) -> None:
    task = screened(county, keep=True)
    signed = workflow.sign_short_list(2026, by=county.approver)
    assert task.state is TaskState.SHORT_LISTED
    assert signed.version == 1
    assert [item["title"] for item in signed.tasks] == ["修建蓄水池"]


def test_a_task_that_is_ruled_out_keeps_its_reason_and_can_return_next_year(county: Office) -> None:
    task = screened(county, keep=False, reason="今年没有技术条件")
    assert (task.state, task.ruled_out_because) == (TaskState.RULED_OUT, "今年没有技术条件")
    returned = workflow.return_task(task.id, 2027, by=county.officer)
    assert (returned.state, returned.year) == (TaskState.LISTED, 2027)
    moves = queries.find_screening(task.id, by=county.officer)[2]
    assert [move.verb for move in moves] == ["rule_out", "return"]
    assert moves[0].reason == "今年没有技术条件"


def test_screening_needs_every_question_answered(county: Office) -> None:
    workflow.set_criteria(2026, QUESTIONS, by=county.officer)
    task = workflow.list_task(**POND, by=county.officer)
    with pytest.raises(RuleBroken, match="criteria_unanswered"):
        workflow.screen_task(task.id, answers=[], keep=True, by=county.officer)


def test_a_screened_task_keeps_its_words(county: Office) -> None:
    task = screened(county, keep=True)
    with pytest.raises(WrongStage):
        workflow.change_task(task.id, title="别的", by=county.officer)


def test_the_questions_of_a_year_stay_once_they_were_used(county: Office) -> None:
    screened(county, keep=True)
    with pytest.raises(RuleBroken, match="criteria_in_use"):
        workflow.set_criteria(2026, QUESTIONS, by=county.officer)


def test_a_short_list_is_not_signed_while_tasks_wait(county: Office) -> None:
    screened(county, keep=True)
    workflow.list_task(**POND, by=county.officer)
    with pytest.raises(RuleBroken, match="tasks_unscreened"):
        workflow.sign_short_list(2026, by=county.approver)
