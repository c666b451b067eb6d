"""The verbs of step 4 about the annual plan, the county workshops and the Implementation Regulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from service.difficulty.rules import Difficulty
from service.preparation import plan_rules, rules
from service.preparation.models import Plan, PlanLine, Regulation, Workshop
from service.preparation.planning_queries import (
    balance_of_plan,
    decided_plans,
    list_candidates,
    rows_of,
)
from service.preparation.queries import able_organizations
from service.preparation.rules import PlanState, RegulationState
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.permissions import Permission
from tenants.settings import version_in_force
from tenants.states import move
from tenants.workdays import local_day


@command(Permission.PLAN_WRITE)
def draft_plan(year: int, funds: Decimal, *, by: Actor) -> Plan:
    """Draft a new version of a year's plan, with the balance the system proposes (guide step 4.3, P9).

    ``funds``: the year's, in yuan. Refuses ``plan_open`` while another version is worked on.
    """
    versions = {
        plan.version: plan.state
        for plan in db.session.scalars(select(Plan).where(Plan.tenant_id == by.tenant_id, Plan.year == year))
    }
    working = (PlanState.DRAFT, PlanState.SUBMITTED)
    plan_rules.require_no_open_plan(
        next((version for version, state in versions.items() if state in working), None)
    )
    plan = Plan(
        tenant_id=by.tenant_id,
        year=year,
        version=max(versions, default=0) + 1,
        funds=funds,
        prepared_by=by.id,
        prepared_at=by.now,
    )
    db.session.add(plan)
    db.session.flush()
    _propose(plan, by)
    record(Event.PLAN_DRAFTED, plan, by, year=year, version=plan.version, funds=funds)
    return plan


@command(Permission.PLAN_WRITE)
def propose_plan(plan_id: UUID, *, by: Actor) -> Plan:
    """Let the system propose the balance anew, with all packages that are ready by now (P9)."""
    plan = _draft(plan_id, by)
    _propose(plan, by)
    record(Event.PLAN_BALANCED, plan, by, proposed=True)
    return plan


@command(Permission.PLAN_WRITE)
def change_plan(plan_id: UUID, funds: Decimal, lines: Sequence[Mapping[str, Any]], *, by: Actor) -> Plan:
    """Change the funds (yuan), and which packages are in the plan or wait, and why (P9).

    ``lines``: ``package_id``, ``included``, ``deferral`` and ``note`` each; packages not named stay as they
    are. A draft may be out of balance, so that the officer sees what does not fit. Refuses
    ``deferral_reason_missing``.
    """
    plan = _draft(plan_id, by)
    plan.funds = funds
    wanted = {line["package_id"]: line for line in lines}
    for row in rows_of(plan, by):
        change = wanted.get(row.package.id)
        if change is None:
            continue
        included, deferral = change["included"], change.get("deferral")
        plan_rules.require_deferral_reason(included, deferral, change.get("note"))
        row.line.included, row.line.deferral = included, None if included else deferral
        row.line.note = change.get("note")
    record(Event.PLAN_BALANCED, plan, by, proposed=False, funds=funds)
    return plan


@command(Permission.PLAN_WRITE)
def submit_plan(plan_id: UUID, *, by: Actor) -> Plan:
    """Submit a plan in balance for approval; its costs are kept as they are now (P9).

    Refuses ``plan_empty``, ``funds_exceeded``, ``experience_missing`` and ``packages_not_ready``.
    """
    plan = _draft(plan_id, by)
    rows = rows_of(plan, by)
    plan_rules.require_all_ready(row.package.state for row in rows if row.line.included)
    plan_rules.require_plan_fits(balance_of_plan(plan, rows, by))
    for row in rows:
        row.line.direct_investment, row.line.service_fee = row.direct_investment, row.service_fee
    version = version_in_force(by.tenant_id, by.now)
    plan.submitted_by, plan.settings_version_id = by.id, version.id if version else None
    move(plan, "submit", by)
    total = sum((row.total for row in rows if row.line.included), Decimal(0))
    record(Event.PLAN_SUBMITTED, plan, by, funds=plan.funds, total=total)
    return plan


@command(Permission.PLAN_APPROVE)
def approve_plan(plan_id: UUID, *, by: Actor) -> Plan:
    """Approve a submitted plan, as another than who prepared it (P9, T4). Refuses ``own_preparation``."""
    plan = lock(Plan, plan_id, by)
    rules.require_another_person(by.id, {plan.prepared_by, plan.submitted_by})
    plan.decided_by, plan.decided_at = by.id, by.now
    move(plan, "approve", by)
    record(Event.PLAN_APPROVED, plan, by, year=plan.year, version=plan.version)
    return plan


@command(Permission.PLAN_APPROVE)
def return_plan(plan_id: UUID, reason: str, *, by: Actor) -> Plan:
    """Give a submitted plan back for another look, with the reason (P9)."""
    plan = lock(Plan, plan_id, by)
    move(plan, "return", by, reason)
    record(Event.PLAN_RETURNED, plan, by, year=plan.year, version=plan.version)
    return plan


@command(Permission.PLAN_WRITE)
def publish_plan(plan_id: UUID, *, by: Actor) -> Plan:
    """Publish an approved plan; it replaces the year's version before it (P9)."""
    plan = lock(Plan, plan_id, by)
    move(plan, "publish", by)
    plan.published_at = by.now
    for other in decided_plans(plan.year, by):
        if other.version < plan.version:
            move(other, "supersede", by)
    record(Event.PLAN_PUBLISHED, plan, by, year=plan.year, version=plan.version)
    return plan


@command(Permission.WORKSHOP_WRITE)
def record_workshop(
    held_on: date,
    *,
    agenda: Sequence[str],
    invited: Sequence[str],
    present: Sequence[str],
    decisions: str,
    by: Actor,
) -> Workshop:
    """Record a county workshop: agenda, departments invited and present, decisions (guide step 4.4, P10).

    Refuses ``workshop_in_future`` and ``nobody_present``.
    """
    rules.require_workshop_held(held_on, local_day(by.now), present)
    workshop = Workshop(
        tenant_id=by.tenant_id,
        held_on=held_on,
        agenda=list(agenda),
        invited=list(invited),
        present=list(present),
        decisions=decisions,
        recorded_at=by.now,
        recorded_by=by.id,
    )
    db.session.add(workshop)
    db.session.flush()
    record(Event.WORKSHOP_HELD, workshop, by, held_on=held_on, topics=len(agenda), present=len(present))
    return workshop


@command(Permission.REGULATION_WRITE)
def draft_regulation(title: str, sections: Mapping[str, str], *, by: Actor) -> Regulation:
    """Draft a version of the Implementation Regulation by Table 10's sections (guide step 4.5, P11).

    Refuses ``regulation_open`` while another version is being drafted.
    """
    versions = {
        regulation.version: regulation.state
        for regulation in db.session.scalars(select(Regulation).where(Regulation.tenant_id == by.tenant_id))
    }
    rules.require_no_open_regulation(
        next((version for version, state in versions.items() if state is RegulationState.DRAFT), None)
    )
    regulation = Regulation(
        tenant_id=by.tenant_id,
        version=max(versions, default=0) + 1,
        title=title,
        sections=dict(sections),
        drafted_at=by.now,
        drafted_by=by.id,
    )
    db.session.add(regulation)
    db.session.flush()
    record(Event.REGULATION_DRAFTED, regulation, by, version=regulation.version)
    return regulation


@command(Permission.REGULATION_WRITE)
def change_regulation(
    regulation_id: UUID, title: str, sections: Mapping[str, str], *, by: Actor
) -> Regulation:
    """Change a regulation that is still a draft; who changes it counts as who drafted it (P11)."""
    regulation = lock(Regulation, regulation_id, by)
    rules.require_regulation_draft(regulation.state)
    regulation.title, regulation.sections, regulation.drafted_by = title, dict(sections), by.id
    record(Event.REGULATION_DRAFTED, regulation, by, version=regulation.version)
    return regulation


@command(Permission.REGULATION_ADOPT)
def adopt_regulation(regulation_id: UUID, effective_on: date, *, by: Actor) -> Regulation:
    """Adopt a regulation from a day on; it keeps the county's numbers in force (guide step 4.5, P11).

    Refuses ``regulation_incomplete``, ``effective_in_the_past``, and ``own_preparation``.
    """
    regulation = lock(Regulation, regulation_id, by)
    rules.require_another_person(by.id, {regulation.drafted_by})
    rules.require_regulation_complete(regulation.sections)
    rules.require_effect_ahead(effective_on, local_day(by.now))
    version = version_in_force(by.tenant_id, by.now)
    regulation.adopted_at, regulation.adopted_by, regulation.effective_on = by.now, by.id, effective_on
    regulation.settings_version_id = version.id if version else None
    move(regulation, "adopt", by)
    record(Event.REGULATION_ADOPTED, regulation, by, version=regulation.version, effective_on=effective_on)
    return regulation


def _draft(plan_id: UUID, by: Actor) -> Plan:
    plan = lock(Plan, plan_id, by)
    plan_rules.require_plan_draft(plan.state)
    return plan


def _propose(plan: Plan, by: Actor) -> None:
    """Replace the plan's lines by the proposed balance."""
    candidates = list_candidates(plan.year, by)
    proposal = plan_rules.propose_balance(
        candidates, plan.funds, able_organizations(by)[Difficulty.DIFFICULT]
    )
    db.session.execute(
        delete(PlanLine).where(PlanLine.tenant_id == by.tenant_id, PlanLine.plan_id == plan.id)
    )
    db.session.add_all(
        PlanLine(
            tenant_id=by.tenant_id,
            plan_id=plan.id,
            package_id=package_id,
            included=deferral is None,
            deferral=deferral,
        )
        for package_id, deferral in proposal.items()
    )
    db.session.flush()
