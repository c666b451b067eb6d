"""Step 4 on a real database: the annual plan, the workshops and the regulation (P9-P11, T4)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from service.difficulty.rules import Approach
from service.organizations.rules import Capacity
from service.preparation import planning, planning_queries, queries, workflow
from service.preparation.models import Plan
from service.preparation.rules import (
    Deferral,
    Department,
    PlanState,
    ProcurementMethod,
    RegulationState,
    WorkshopTopic,
)
from tenants.database import db
from tenants.gate import command
from tenants.permissions import Permission, Role
from tenants.refusals import NotFound, NotPermitted, RuleBroken, WrongStage
from tenants.settings import change_settings
from tenants.workdays import local_day
from tests.conftest import Clock, Office
from tests.service.preparation.stages import (
    SECTIONS,
    adopted_regulation,
    approved_plan,
    capable_organization,
    ready_package,
    two_workshops,
)

FUNDS = Decimal(100_000)


def lines_of(plan: Plan, county: Office) -> dict[int, tuple[bool, Deferral | None]]:
    """What a plan says about each package, by number."""
    page = planning_queries.find_plan_page(plan.id, by=county.officer)
    return {row.package.number: (row.line.included, row.line.deferral) for row in page.rows}


def test_p9_the_system_proposes_what_the_funds_pay_for(county: Office) -> None:
    ready_package(county)
    ready_package(county, urgent=True)
    plan = planning.draft_plan(2026, FUNDS, by=county.officer)
    assert lines_of(plan, county) == {1: (False, Deferral.FUNDS), 2: (True, None)}


def test_p9_a_difficult_package_is_proposed_once_a_mature_so_is_listed(county: Office) -> None:
    ready_package(county, Approach.COMMUNITY, ProcurementMethod.NEGOTIATION)
    capable_organization(county, Capacity.B, "乙")
    plan = planning.draft_plan(2026, FUNDS, by=county.officer)
    assert lines_of(plan, county) == {1: (False, Deferral.EXPERIENCE)}
    capable_organization(county, Capacity.C, "丙")
    planning.propose_plan(plan.id, by=county.officer)
    assert lines_of(plan, county) == {1: (True, None)}


def test_p9_the_officer_sees_at_once_what_no_longer_fits(county: Office) -> None:
    first, second = ready_package(county), ready_package(county)
    plan = planning.draft_plan(2026, FUNDS, by=county.officer)
    planning.change_plan(plan.id, FUNDS, [{"package_id": second.id, "included": True}], by=county.officer)
    balance = planning_queries.find_plan_page(plan.id, by=county.officer).balance
    assert balance is not None
    assert (balance.total, balance.left, balance.misfits) == (129_600, -29_600, {second.id: Deferral.FUNDS})
    with pytest.raises(RuleBroken, match="funds_exceeded"):
        planning.submit_plan(plan.id, by=county.officer)
    planning.change_plan(plan.id, Decimal(130_000), [], by=county.officer)
    submitted = planning.submit_plan(plan.id, by=county.officer)
    assert submitted.state is PlanState.SUBMITTED
    assert queries.plan_of(first.id, by=county.officer) is None


def test_p9_a_difficult_package_nobody_is_able_to_do_is_not_submitted(county: Office) -> None:
    hard = ready_package(county, Approach.COMMUNITY, ProcurementMethod.NEGOTIATION)
    plan = planning.draft_plan(2026, FUNDS, by=county.officer)
    planning.change_plan(plan.id, FUNDS, [{"package_id": hard.id, "included": True}], by=county.officer)
    with pytest.raises(RuleBroken, match="experience_missing"):
        planning.submit_plan(plan.id, by=county.officer)


def test_p9_what_is_taken_out_says_why(county: Office) -> None:
    package = ready_package(county)
    plan = planning.draft_plan(2026, FUNDS, by=county.officer)
    out = {"package_id": package.id, "included": False}
    with pytest.raises(RuleBroken, match="deferral_reason_missing"):
        planning.change_plan(plan.id, FUNDS, [out], by=county.officer)
    planning.change_plan(plan.id, FUNDS, [{**out, "deferral": Deferral.CAN_WAIT}], by=county.officer)
    assert lines_of(plan, county) == {1: (False, Deferral.CAN_WAIT)}
    with pytest.raises(RuleBroken, match="plan_empty"):
        planning.submit_plan(plan.id, by=county.officer)


def test_p9_a_plan_with_a_package_that_went_back_to_design_is_not_submitted(county: Office) -> None:
    package = ready_package(county)
    plan = planning.draft_plan(2026, FUNDS, by=county.officer)
    workflow.redesign_package(package.id, "改做法", by=county.officer)
    with pytest.raises(RuleBroken, match="packages_not_ready"):
        planning.submit_plan(plan.id, by=county.officer)


def test_p9_a_plan_goes_from_draft_to_published_and_keeps_its_costs(county: Office) -> None:
    package = ready_package(county)
    plan = approved_plan(county)
    in_plan = queries.plan_of(package.id, by=county.officer)
    assert in_plan is not None
    assert (in_plan.id, in_plan.state) == (plan.id, PlanState.APPROVED)
    planning.publish_plan(plan.id, by=county.officer)
    page = planning_queries.find_plan_page(plan.id, by=county.officer)
    assert page.plan.state is PlanState.PUBLISHED
    assert (page.rows[0].line.direct_investment, page.rows[0].line.service_fee) == (60_000, 4_800)
    assert [move.verb for move in page.moves] == ["submit", "approve", "publish"]
    with pytest.raises(WrongStage):
        planning.publish_plan(plan.id, by=county.officer)


def test_p9_t4_who_prepared_a_plan_does_not_approve_it(county: Office) -> None:
    ready_package(county)
    both = county.actor(Role.PROCUREMENT_OFFICER, Role.APPROVER, name="both")
    plan = planning.draft_plan(2026, FUNDS, by=county.officer)
    planning.submit_plan(plan.id, by=both)
    with pytest.raises(NotPermitted, match="own_preparation"):
        planning.approve_plan(plan.id, by=both)
    with pytest.raises(NotPermitted, match="not_permitted"):
        planning.approve_plan(plan.id, by=county.officer)
    assert planning.approve_plan(plan.id, by=county.approver).decided_by == county.approver.id


def test_p9_t4_the_database_itself_refuses_a_plan_approved_by_who_prepared_it(county: Office) -> None:
    ready_package(county)
    plan = approved_plan(county)

    @command(Permission.PLAN_WRITE)
    def forge(*, by: object) -> None:
        db.session.query(Plan).filter_by(tenant_id=county.id, id=plan.id).update(
            {"decided_by": plan.prepared_by}
        )

    with pytest.raises(IntegrityError, match="approved_by_another"):
        forge(by=county.officer)


def test_p9_a_returned_plan_is_worked_on_again(county: Office) -> None:
    ready_package(county)
    plan = planning.draft_plan(2026, FUNDS, by=county.officer)
    planning.submit_plan(plan.id, by=county.officer)
    with pytest.raises(WrongStage):
        planning.change_plan(plan.id, FUNDS, [], by=county.officer)
    planning.return_plan(plan.id, "请先急后缓", by=county.approver)
    assert planning.change_plan(plan.id, FUNDS, [], by=county.officer).state is PlanState.DRAFT
    moves = planning_queries.find_plan_page(plan.id, by=county.officer).moves
    assert moves[-1].reason == "请先急后缓"


def test_p9_a_later_change_is_a_new_version_that_replaces_the_one_before(county: Office) -> None:
    first = ready_package(county)
    published = planning.publish_plan(approved_plan(county).id, by=county.officer)
    second = ready_package(county)
    changed = planning.draft_plan(2026, Decimal(500_000), by=county.officer)
    with pytest.raises(RuleBroken, match="plan_open"):
        planning.draft_plan(2026, FUNDS, by=county.officer)
    out = {"package_id": first.id, "included": False, "deferral": Deferral.CAN_WAIT}
    planning.change_plan(changed.id, Decimal(500_000), [out], by=county.officer)
    planning.submit_plan(changed.id, by=county.officer)
    planning.approve_plan(changed.id, by=county.approver)
    assert changed.version == 2
    assert queries.plan_of(first.id, by=county.officer) is None
    assert getattr(queries.plan_of(second.id, by=county.officer), "id", None) == changed.id
    planning.publish_plan(changed.id, by=county.officer)
    assert planning_queries.find_plan(published.id, by=county.officer).state is PlanState.SUPERSEDED


def test_p9_what_waits_comes_back_next_year_and_what_is_planned_does_not(county: Office) -> None:
    ready_package(county, urgent=True)
    ready_package(county)
    approved_plan(county, FUNDS)
    next_year = planning.draft_plan(2027, FUNDS, by=county.officer)
    assert lines_of(next_year, county) == {2: (True, None)}


def test_p9_p11_a_plan_keeps_the_numbers_it_was_made_under(county: Office) -> None:
    ready_package(county)
    version = change_settings({"bid_period_days": 12}, by=county.administrator)
    assert approved_plan(county).settings_version_id == version.id


def test_p9_d3_who_may_not_know_of_difficulty_sees_the_plan_without_its_balance(county: Office) -> None:
    ready_package(county)
    plan = approved_plan(county)
    page = planning_queries.find_plan_page(plan.id, by=county.finance)
    assert (page.total, page.balance) == (64_800, None)


def test_t2_the_neighbour_sees_nothing_of_plans_workshops_and_regulations(
    county: Office, other_county: Office
) -> None:
    ready_package(county)
    plan, regulation = approved_plan(county), adopted_regulation(county)
    two_workshops(county)
    by = other_county.officer
    assert planning_queries.list_plans(by=by) == planning_queries.list_regulations(by=by) == []
    assert planning_queries.list_workshops(by=by) == []
    assert queries.current_regulation(by=by) is None
    assert queries.count_workshops(date(2026, 12, 31), by=by) == 0
    for look in (
        lambda: planning_queries.find_plan(plan.id, by=by),
        lambda: planning_queries.find_regulation(regulation.id, by=by),
        lambda: planning.publish_plan(plan.id, by=by),
    ):
        with pytest.raises(NotFound):
            look()


def test_p10_workshops_on_record_are_counted_up_to_the_day(county: Office) -> None:
    two_workshops(county)
    today = local_day(county.officer.now)
    assert queries.count_workshops(today, by=county.officer) == 2
    assert queries.count_workshops(today - timedelta(days=15), by=county.officer) == 1
    assert queries.count_workshops(today - timedelta(days=30), by=county.officer) == 0


def test_p10_a_workshop_is_recorded_after_it_was_held(county: Office) -> None:
    tomorrow = local_day(county.officer.now) + timedelta(days=1)
    facts = {
        "agenda": [WorkshopTopic.FINDING],
        "invited": list(Department),
        "present": [],
        "decisions": "同意",
    }
    with pytest.raises(RuleBroken, match="nobody_present"):
        planning.record_workshop(date(2026, 1, 5), **facts, by=county.officer)
    with pytest.raises(RuleBroken, match="workshop_in_future"):
        planning.record_workshop(tomorrow, **{**facts, "present": [Department.WOMEN]}, by=county.officer)
    assert planning_queries.list_workshops(by=county.officer) == []


def test_p11_a_regulation_is_in_force_from_its_day(county: Office, clock: Clock) -> None:
    old = adopted_regulation(county)
    draft = planning.draft_regulation("实施办法（修订）", SECTIONS, by=county.officer)
    planning.adopt_regulation(draft.id, local_day(clock()) + timedelta(days=7), by=county.approver)
    assert getattr(queries.current_regulation(by=county.officer), "id", None) == old.id
    clock.advance(days=7)
    assert getattr(queries.current_regulation(by=county.officer), "id", None) == draft.id


def test_p11_t4_who_drafted_or_changed_a_regulation_does_not_adopt_it(county: Office) -> None:
    both = county.actor(Role.PROCUREMENT_OFFICER, Role.APPROVER, name="both")
    regulation = planning.draft_regulation("实施办法", {}, by=county.officer)
    planning.change_regulation(regulation.id, "实施办法", SECTIONS, by=both)
    today = local_day(both.now)
    with pytest.raises(NotPermitted, match="own_preparation"):
        planning.adopt_regulation(regulation.id, today, by=both)
    with pytest.raises(RuleBroken, match="effective_in_the_past"):
        planning.adopt_regulation(regulation.id, today - timedelta(days=1), by=county.approver)
    adopted = planning.adopt_regulation(regulation.id, today, by=county.approver)
    assert adopted.state is RegulationState.ADOPTED
    with pytest.raises(WrongStage):
        planning.change_regulation(regulation.id, "别的", SECTIONS, by=county.officer)


def test_p11_an_unfinished_regulation_is_not_adopted_and_one_is_drafted_at_a_time(county: Office) -> None:
    regulation = planning.draft_regulation("实施办法", {"objective": "为什么"}, by=county.officer)
    with pytest.raises(RuleBroken, match="regulation_incomplete"):
        planning.adopt_regulation(regulation.id, local_day(county.officer.now), by=county.approver)
    with pytest.raises(RuleBroken, match="regulation_open"):
        planning.draft_regulation("又一份", SECTIONS, by=county.officer)


def test_p11_a_regulation_keeps_the_county_s_numbers_of_its_adoption(county: Office) -> None:
    version = change_settings({"standstill_working_days": 6}, by=county.administrator)
    assert adopted_regulation(county).settings_version_id == version.id
