"""Step 2 on a real database: grading ways of doing a task, side by side."""

from __future__ import annotations

import pytest

from service.difficulty import queries, workflow
from service.difficulty.rules import Approach, CommunityAspect, Difficulty
from service.identification import workflow as identification
from tenants.events import Event
from tenants.permissions import Role
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken
from tests.conftest import Office
from tests.service.difficulty.stages import audit_facts, graded, short_listed
from tests.service.identification.test_workflow import POND


def test_d2_the_pond_is_graded_three_ways_side_by_side(county: Office) -> None:
    task = short_listed(county)
    for approach in (Approach.CONTRACTOR, Approach.CONSTRUCTION, Approach.COMMUNITY):
        graded(county, task, approach)
    variants = queries.list_variants(task.id, by=county.officer)
    assert [variant.difficulty for variant in variants] == list(Difficulty)
    lists = queries.three_lists(by=county.officer)
    assert [[variant.name for _task, variant in found] for found in lists.values()] == [
        ["contractor"],
        ["construction"],
        ["community"],
    ]
    assert queries.count_wanted(by=county.officer) == dict.fromkeys(Difficulty, 1)


def test_d1_a_task_that_is_not_short_listed_is_not_graded(county: Office) -> None:
    task = identification.list_task(**POND, by=county.officer)
    with pytest.raises(RuleBroken, match="task_not_short_listed"):
        graded(county, task)


def test_d1_an_override_keeps_its_reason_and_is_recorded_with_before_and_after(county: Office) -> None:
    variant = graded(county, short_listed(county))
    with pytest.raises(RuleBroken, match="override_reason_missing"):
        regrade(county, variant.id, difficulty=Difficulty.EASY)
    regrade(county, variant.id, difficulty=Difficulty.EASY, override_reason="只是补漏")
    found = queries.find_variant(variant.id, by=county.officer)
    assert (found.suggested, found.difficulty, found.override_reason) == (
        Difficulty.REGULAR,
        Difficulty.EASY,
        "只是补漏",
    )
    (kept,) = audit_facts(Event.DIFFICULTY_OVERRIDDEN, by=county.system)
    assert (kept["before"], kept["after"]) == ("regular", "easy")


def regrade(county: Office, variant_id, **grading) -> None:  # type: ignore[no-untyped-def]
    """Grade it anew as an ordinary construction project."""
    facts = {"name": "修补", "approach": Approach.CONSTRUCTION, "aspects": [], "quality": "不漏水", **grading}
    workflow.regrade_variant(variant_id, **facts, by=county.officer)


def test_d1_a_reason_that_no_longer_overrides_is_not_kept(county: Office) -> None:
    variant = graded(county, short_listed(county), difficulty=Difficulty.EASY, override_reason="只是补漏")
    regrade(county, variant.id, override_reason="只是补漏")
    assert queries.find_variant(variant.id, by=county.officer).override_reason is None


def test_d1_a_community_aspect_makes_it_difficult(county: Office) -> None:
    variant = graded(county, short_listed(county), aspects=[CommunityAspect.BENEFIT_SHARING])
    assert variant.difficulty is Difficulty.DIFFICULT


def test_d2_two_ways_of_one_task_have_two_names(county: Office) -> None:
    task = short_listed(county)
    graded(county, task)
    with pytest.raises(AlreadyDone, match="variant_known"):
        graded(county, task)


def test_an_ungraded_task_waits_until_it_is_graded(county: Office) -> None:
    task = short_listed(county)
    assert [one.id for one in queries.list_ungraded(by=county.officer)] == [task.id]
    graded(county, task)
    assert queries.list_ungraded(by=county.officer) == []


def test_d3_the_lists_are_for_officials_of_this_office(county: Office, other_county: Office) -> None:
    variant = graded(county, short_listed(county))
    with pytest.raises(NotFound):
        queries.find_variant(variant.id, by=other_county.officer)
    assert all(found == [] for found in queries.three_lists(by=other_county.officer).values())
    for role in (Role.SENDER, Role.SIGNATORY, Role.ANYONE, Role.EXPERT, Role.FINANCE_OFFICER):
        with pytest.raises(NotPermitted):
            queries.three_lists(by=county.actor(role))


def test_t2_the_province_reads_a_grade_and_cannot_write_one(county: Office, province: Office) -> None:
    task = short_listed(county)
    variant = graded(county, task)
    assert queries.find_variant(variant.id, by=province.overseer).difficulty is Difficulty.REGULAR
    assert len(queries.list_variants(task.id, by=province.overseer)) == 1
    with pytest.raises(NotPermitted):
        workflow.grade_variant(
            task.id, name="x", approach=Approach.TRANSFER, aspects=[], quality="x", by=province.overseer
        )
