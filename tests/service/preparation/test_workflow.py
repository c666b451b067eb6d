"""Step 4 on a real database: from a graded task to a package that is ready (P1-P8)."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import psycopg
import pytest

from service.difficulty.rules import Approach, Difficulty
from service.identification.workflow import return_task
from service.organizations.rules import Capacity
from service.preparation import queries, workflow
from service.preparation.rules import CostKind, PackageState, PricingMethod, ProcurementMethod
from service.preparation.schemas import TERMS
from tenants.refusals import NotFound, NotPermitted, RuleBroken, WrongStage
from tenants.schema import libpq
from tests.conftest import Office
from tests.service.preparation.stages import (
    COSTS,
    GOATS,
    SCOPE,
    SCOPE_EN,
    approved_plan,
    capable_organization,
    designed_package,
    graded_variant,
    ready_package,
)


def test_p1_a_package_keeps_the_task_and_the_way_it_is_made_from(county: Office) -> None:
    variant = graded_variant(county)
    package = workflow.design_package(variant.id, **GOATS, by=county.officer)
    assert (package.number, package.task_id, package.variant_id) == (1, variant.task_id, variant.id)
    assert package.state is PackageState.DESIGNING


def test_p2_one_task_becomes_several_packages(county: Office) -> None:
    variant = graded_variant(county)
    packages = [
        workflow.design_package(variant.id, **{**GOATS, "name": name}, by=county.officer)
        for name in ("石板村养羊", "上寨养羊")
    ]
    assert [package.number for package in packages] == [1, 2]
    assert packages[0].task_id == packages[1].task_id


def test_p1_a_task_that_left_the_short_list_becomes_no_package(county: Office) -> None:
    variant = graded_variant(county)
    return_task(variant.task_id, 2027, by=county.officer)
    with pytest.raises(RuleBroken, match="task_off_short_list"):
        workflow.design_package(variant.id, **GOATS, by=county.officer)


def test_t2_the_neighbour_finds_neither_the_way_of_working_nor_the_package(
    county: Office, other_county: Office
) -> None:
    variant = graded_variant(county)
    package = workflow.design_package(variant.id, **GOATS, by=county.officer)
    with pytest.raises(NotFound):
        workflow.design_package(variant.id, **GOATS, by=other_county.officer)
    with pytest.raises(NotFound):
        queries.find_package(package.id, by=other_county.officer)
    with pytest.raises(NotFound):
        workflow.set_costs(package.id, COSTS, by=other_county.officer)
    assert queries.list_packages(by=other_county.officer) == []


def test_t2_the_province_reads_a_package_and_cannot_write_it(county: Office, province: Office) -> None:
    package = ready_package(county)
    page = queries.find_package_page(package.id, by=province.overseer)
    assert (page.costs.total, page.methods_recommended) == (Decimal(64_800), ())
    assert queries.package_costs(package.id, by=province.overseer).service_fee == Decimal(4_800)
    with pytest.raises(NotPermitted):
        workflow.redesign_package(package.id, "改", by=province.overseer)


def test_p4_costs_are_set_as_a_whole_and_add_up(county: Office) -> None:
    package = designed_package(county)
    workflow.set_costs(package.id, COSTS, Decimal(8_000), by=county.officer)
    workflow.set_costs(package.id, COSTS, Decimal(8_000), by=county.officer)
    page = queries.find_package_page(package.id, by=county.officer)
    assert [line.item for line in page.lines] == ["母羊", "技术员", "办公"]
    assert (page.costs.direct, page.costs.implementation, page.costs.management) == (60_000, 4_000, 800)
    assert page.core_share == 50


def test_p4_the_page_warns_of_pay_below_the_minimum_wage_and_notes_a_high_fee(county: Office) -> None:
    package = designed_package(county)
    workflow.set_costs(package.id, [COSTS[0], {**COSTS[1], "monthly_pay": Decimal(1500)}], by=county.officer)
    page = queries.find_package_page(package.id, by=county.officer)
    assert page.underpaid == ["技术员"]
    assert page.fee_notable
    assert not page.management_notable


def test_p4_costs_that_say_nothing_are_refused(county: Office) -> None:
    package = designed_package(county)
    with pytest.raises(RuleBroken, match="costs_missing"):
        workflow.set_costs(package.id, [], by=county.officer)
    with pytest.raises(RuleBroken, match="core_is_no_investment"):
        workflow.set_costs(package.id, [{**COSTS[1], "kind": CostKind.DIRECT}], by=county.officer)


def test_p5_terms_are_kept_exactly_and_give_the_fee(county: Office) -> None:
    package = designed_package(county)
    workflow.set_costs(package.id, COSTS, by=county.officer)
    terms = {"rate": Decimal("7.25")}
    workflow.choose_pricing(package.id, PricingMethod.PROPORTIONAL, terms, by=county.officer)
    page = queries.find_package_page(package.id, by=county.officer)
    assert TERMS[PricingMethod.PROPORTIONAL]().load(page.package.pricing_terms) == terms
    assert page.agreed_fee == Decimal("4350.00")


def test_p5_a_rate_beyond_the_county_s_bounds_is_refused(county: Office) -> None:
    package = designed_package(county)
    with pytest.raises(RuleBroken, match="rate_out_of_bounds"):
        workflow.choose_pricing(
            package.id, PricingMethod.PROPORTIONAL, {"rate": Decimal(11)}, by=county.officer
        )


def test_p5_p6_what_is_recommended_follows_the_grade_and_who_is_able(county: Office) -> None:
    package = designed_package(county, Approach.CONSTRUCTION)
    page = queries.find_package_page(package.id, by=county.officer)
    assert (page.difficulty, page.pricing_recommended) == (Difficulty.REGULAR, PricingMethod.PROPORTIONAL)
    assert page.methods_recommended == (ProcurementMethod.NEGOTIATION, ProcurementMethod.OPEN_TENDER)
    capable_organization(county, Capacity.A, "小组")
    for name in ("甲", "乙", "丙"):
        capable_organization(county, Capacity.B, name)
    page = queries.find_package_page(package.id, by=county.officer)
    assert page.methods_recommended == (ProcurementMethod.OPEN_TENDER, ProcurementMethod.INVITED_TENDER)


def test_p6_another_method_needs_a_reason_that_is_kept(county: Office) -> None:
    package = designed_package(county)
    with pytest.raises(RuleBroken, match="method_reason_missing"):
        workflow.choose_method(package.id, ProcurementMethod.OPEN_TENDER, by=county.officer)
    workflow.choose_method(package.id, ProcurementMethod.OPEN_TENDER, "想听听外面的做法", by=county.officer)
    assert queries.find_package(package.id, by=county.officer).method_reason == "想听听外面的做法"


def test_p7_each_scope_of_work_is_a_version_and_the_newest_counts(county: Office) -> None:
    package = designed_package(county)
    workflow.write_scope_of_work(package.id, {"name": "初稿"}, by=county.officer)
    workflow.write_scope_of_work(package.id, SCOPE, SCOPE_EN, by=county.officer)
    page = queries.find_package_page(package.id, by=county.officer)
    assert [scope.version for scope in page.scopes] == [2, 1]
    newest = queries.current_scope_of_work(package.id, by=county.officer)
    assert newest is not None
    assert newest.items == SCOPE
    assert page.open_items == []


def test_p7_a_package_is_finished_only_when_everything_stands(county: Office) -> None:
    package = designed_package(county, design={**GOATS["design"], "where": ""})

    def finish() -> None:
        workflow.finish_package(package.id, by=county.officer)

    with pytest.raises(RuleBroken, match="design_incomplete"):
        finish()
    workflow.change_package(package.id, design=GOATS["design"], by=county.officer)
    with pytest.raises(RuleBroken, match="costs_missing"):
        finish()
    workflow.set_costs(package.id, COSTS, by=county.officer)
    with pytest.raises(RuleBroken, match="pricing_missing"):
        finish()
    workflow.choose_pricing(package.id, PricingMethod.PROPORTIONAL, {"rate": Decimal(8)}, by=county.officer)
    with pytest.raises(RuleBroken, match="method_missing"):
        finish()
    workflow.choose_method(package.id, ProcurementMethod.QUOTATION, by=county.officer)
    with pytest.raises(RuleBroken, match="scope_incomplete"):
        finish()
    workflow.write_scope_of_work(package.id, SCOPE, by=county.officer)
    finish()
    assert queries.find_package(package.id, by=county.officer).state is PackageState.READY


def test_p7_a_ready_package_changes_only_after_going_back_to_its_design(county: Office) -> None:
    package = ready_package(county)
    with pytest.raises(WrongStage):
        workflow.set_costs(package.id, COSTS, by=county.officer)
    with pytest.raises(WrongStage):
        workflow.write_scope_of_work(package.id, SCOPE, by=county.officer)
    workflow.redesign_package(package.id, "羊价涨了", by=county.officer)
    workflow.set_costs(package.id, COSTS, by=county.officer)
    moves = queries.find_package_page(package.id, by=county.officer).moves
    assert [(move.verb, move.reason) for move in moves] == [("finish", None), ("redesign", "羊价涨了")]


def test_p9_a_package_in_an_approved_plan_keeps_its_design(county: Office) -> None:
    package = ready_package(county)
    approved_plan(county)
    with pytest.raises(RuleBroken, match="package_planned"):
        workflow.redesign_package(package.id, "羊价涨了", by=county.officer)


def test_p8_the_list_for_procurement_has_the_ready_packages_and_their_total(county: Office) -> None:
    easy = ready_package(county)
    hard = ready_package(county, Approach.COMMUNITY, ProcurementMethod.NEGOTIATION)
    designed_package(county)
    found = queries.list_for_procurement(2026, by=county.officer)
    assert [(group.difficulty, [row.package.id for row in group.rows]) for group in found.groups] == [
        (None, [easy.id, hard.id])
    ]
    assert (found.total.direct, found.total.service_fee, found.total.total) == (120_000, 9_600, 129_600)


def test_p8_d3_only_the_office_s_copy_is_grouped_by_difficulty(county: Office) -> None:
    easy = ready_package(county)
    hard = ready_package(county, Approach.COMMUNITY, ProcurementMethod.NEGOTIATION)
    found = queries.list_for_procurement(2026, office_copy=True, by=county.officer)
    assert [(group.difficulty, [row.package.id for row in group.rows]) for group in found.groups] == [
        (Difficulty.EASY, [easy.id]),
        (Difficulty.REGULAR, []),
        (Difficulty.DIFFICULT, [hard.id]),
    ]
    with pytest.raises(NotPermitted):
        queries.list_for_procurement(2026, office_copy=True, by=county.finance)


def test_d3_who_may_not_know_of_difficulty_learns_no_recommendation_either(county: Office) -> None:
    package = ready_package(county)
    page = queries.find_package_page(package.id, by=county.finance)
    assert page.costs.total == 64_800
    assert (page.difficulty, page.pricing_recommended, page.methods_recommended) == (None, None, ())


def test_t6_every_step_of_a_package_is_on_record(county: Office, servers: SimpleNamespace) -> None:
    package = ready_package(county)
    workflow.redesign_package(package.id, "羊价涨了", by=county.officer)
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao") as connection:
        entries = connection.execute(
            "SELECT event FROM audit_entries WHERE subject_id = %s ORDER BY id", [str(package.id)]
        ).fetchall()
    assert [event.removeprefix("preparation.") for (event,) in entries] == [
        "package_designed",
        "costs_set",
        "pricing_chosen",
        "method_chosen",
        "scope_of_work_written",
        "package_finished",
        "package_reopened",
    ]
