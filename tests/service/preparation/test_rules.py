"""The rules of step 4 about packages, workshops and the regulation, one refusal at a time (P1, P6-P11)."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from service.difficulty.rules import Difficulty
from service.identification.rules import TaskState
from service.preparation import rules
from service.preparation.rules import (
    SECTION_POINTS,
    Department,
    DesignQuestion,
    PackageState,
    PricingMethod,
    RegulationSection,
    RegulationState,
    SowItem,
    WorkshopTopic,
)
from service.preparation.rules import ProcurementMethod as Method
from tenants.refusals import NotPermitted, RuleBroken, WrongStage

EASY, REGULAR, DIFFICULT = Difficulty
TODAY = date(2026, 3, 4)


def test_p1_a_package_comes_from_a_short_listed_task() -> None:
    rules.require_short_listed(TaskState.SHORT_LISTED)
    for state in (TaskState.LISTED, TaskState.RULED_OUT):
        with pytest.raises(RuleBroken, match="task_off_short_list"):
            rules.require_short_listed(state)


def test_p1_the_design_answers_all_eleven_questions_of_figure_9() -> None:
    design = dict.fromkeys(DesignQuestion, "有")
    assert len(design) == 11
    rules.require_design_complete(design)
    for question in DesignQuestion:
        with pytest.raises(RuleBroken, match="design_incomplete"):
            rules.require_design_complete({**design, question: "  "})
    with pytest.raises(RuleBroken) as refused:
        rules.require_design_complete({})
    assert refused.value.facts == {"number": 11}


def test_p7_a_ready_package_is_not_changed_in_passing() -> None:
    rules.require_in_design(PackageState.DESIGNING)
    with pytest.raises(WrongStage):
        rules.require_in_design(PackageState.READY)


@pytest.mark.parametrize(
    ("difficulty", "able", "recommended"),
    [
        (EASY, 5, (Method.QUOTATION,)),
        (REGULAR, 5, (Method.OPEN_TENDER, Method.INVITED_TENDER)),
        (DIFFICULT, 5, (Method.NEGOTIATION,)),
        (DIFFICULT, 0, (Method.NEGOTIATION,)),
    ],
)
def test_p6_the_method_follows_difficulty(
    difficulty: Difficulty, able: int, recommended: tuple[Method, ...]
) -> None:
    assert rules.recommended_methods(difficulty, able=able) == recommended


@pytest.mark.parametrize("able", [0, 1, 2])
def test_p6_where_few_are_able_competition_is_not_pushed(able: int) -> None:
    assert rules.recommended_methods(EASY, able=able) == (Method.QUOTATION, Method.NEGOTIATION)
    assert rules.recommended_methods(REGULAR, able=able) == (Method.NEGOTIATION, Method.OPEN_TENDER)


def test_p6_what_an_so_designed_is_negotiated() -> None:
    assert rules.recommended_methods(EASY, designed_by_organization=True, able=9) == (Method.NEGOTIATION,)


@pytest.mark.parametrize(("able", "long_term"), [(0, False), (1, True), (2, True), (3, False)])
def test_p6_a_specialised_need_with_one_or_two_able_is_a_long_term_contract(
    able: int, long_term: bool
) -> None:
    recommended = rules.recommended_methods(REGULAR, specialised=True, able=able)
    assert (recommended == (Method.LONG_TERM,)) is long_term


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_p6_another_method_than_the_recommended_needs_a_reason(reason: str | None) -> None:
    rules.require_reason_for_method(Method.QUOTATION, (Method.QUOTATION,), reason)
    rules.require_reason_for_method(Method.LONG_TERM, (Method.QUOTATION,), "县里只有一家会做")
    with pytest.raises(RuleBroken, match="method_reason_missing"):
        rules.require_reason_for_method(Method.LONG_TERM, (Method.QUOTATION,), reason)


def test_p7_the_scope_of_work_has_all_twelve_items() -> None:
    items = dict.fromkeys(SowItem, "有")
    assert len(items) == 12
    rules.require_scope_complete(items)
    for item in SowItem:
        with pytest.raises(RuleBroken, match="scope_incomplete"):
            rules.require_scope_complete({**items, item: ""})
    with pytest.raises(RuleBroken) as refused:
        rules.require_scope_complete(None)
    assert refused.value.facts == {"number": 12}


def test_p4_a_ready_package_says_what_it_costs() -> None:
    rules.require_costed(1)
    with pytest.raises(RuleBroken, match="costs_missing"):
        rules.require_costed(0)


def test_p5_p6_a_ready_package_is_priced_and_has_a_method() -> None:
    rules.require_priced(PricingMethod.PROPORTIONAL, Method.QUOTATION)
    with pytest.raises(RuleBroken, match="pricing_missing"):
        rules.require_priced(None, Method.QUOTATION)
    with pytest.raises(RuleBroken, match="method_missing"):
        rules.require_priced(PricingMethod.PROPORTIONAL, None)


def test_p9_what_a_plan_relies_on_keeps_its_design() -> None:
    rules.require_not_planned(False)
    with pytest.raises(RuleBroken, match="package_planned"):
        rules.require_not_planned(True)


def test_t4_nobody_decides_on_what_they_prepared() -> None:
    officer, approver = uuid4(), uuid4()
    rules.require_another_person(approver, {officer, None})
    for person in (officer, None):
        with pytest.raises(NotPermitted, match="own_preparation"):
            rules.require_another_person(person, {officer})


def test_p10_there_are_nine_topics_and_thirteen_departments() -> None:
    assert len(WorkshopTopic) == 9
    assert len(Department) == 13


def test_p10_a_workshop_on_record_took_place_with_someone_present() -> None:
    rules.require_workshop_held(TODAY, TODAY, [Department.FINANCE])
    with pytest.raises(RuleBroken, match="workshop_in_future"):
        rules.require_workshop_held(date(2026, 3, 5), TODAY, [Department.FINANCE])
    with pytest.raises(RuleBroken, match="nobody_present"):
        rules.require_workshop_held(TODAY, TODAY, [])


@pytest.mark.parametrize(("count", "missing"), [(0, 2), (1, 1)])
def test_p10_two_workshops_come_before_the_first_call(count: int, missing: int) -> None:
    rules.require_workshops(2)
    with pytest.raises(RuleBroken, match="workshops_missing") as refused:
        rules.require_workshops(count)
    assert refused.value.facts == {"number": missing}


def test_p11_one_version_is_drafted_at_a_time() -> None:
    rules.require_no_open_regulation(None)
    with pytest.raises(RuleBroken, match="regulation_open"):
        rules.require_no_open_regulation(2)


def test_p11_an_adopted_regulation_keeps_its_words() -> None:
    rules.require_regulation_draft(RegulationState.DRAFT)
    with pytest.raises(WrongStage):
        rules.require_regulation_draft(RegulationState.ADOPTED)


def test_p11_a_regulation_has_every_section_of_table_10() -> None:
    sections = dict.fromkeys(RegulationSection, "……")
    assert set(SECTION_POINTS) == set(sections)
    rules.require_regulation_complete(sections)
    for section in RegulationSection:
        with pytest.raises(RuleBroken, match="regulation_incomplete"):
            rules.require_regulation_complete({**sections, section: " "})


def test_p11_a_regulation_does_not_reach_back() -> None:
    rules.require_effect_ahead(TODAY, TODAY)
    with pytest.raises(RuleBroken, match="effective_in_the_past"):
        rules.require_effect_ahead(date(2026, 3, 3), TODAY)
