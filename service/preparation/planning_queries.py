"""Reads of step 4 about the annual plan, workshops and the regulation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from service.difficulty.rules import Difficulty
from service.preparation.cost_rules import Costs
from service.preparation.models import Package, Plan, PlanLine, Regulation, Workshop
from service.preparation.plan_rules import Balance, Candidate, balance_of
from service.preparation.queries import (
    DECIDED,
    able_organizations,
    costs_by_package,
    count_workshops,
    current_regulation,
    difficulties_of,
    in_effect,
)
from service.preparation.rules import PackageState, PlanState
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.people import person_names
from tenants.permissions import Permission
from tenants.states import Move, list_moves
from tenants.workdays import local_day


@dataclass(frozen=True)
class PlanRow:
    """A line of a plan with its package and costs, in yuan: a draft's of this moment, else as submitted."""

    line: PlanLine
    package: Package
    direct_investment: Decimal
    service_fee: Decimal

    @property
    def total(self) -> Decimal:
        """Direct investment and service fee together."""
        return self.direct_investment + self.service_fee


@dataclass(frozen=True)
class PlanPage:
    """A plan with its lines, its balance where the reader may know of difficulty (D3), and its history."""

    plan: Plan
    rows: list[PlanRow]
    total: Decimal
    balance: Balance | None
    names: dict[UUID, str]
    moves: list[Move]


@query(Permission.PLAN_READ)
def list_plans(*, by: Actor) -> list[Plan]:
    """The plans of the actor's office, newest first."""
    return list(
        db.session.scalars(
            select(Plan).where(Plan.tenant_id == by.tenant_id).order_by(Plan.year.desc(), Plan.version.desc())
        )
    )


@query(Permission.PLAN_READ)
def find_plan(plan_id: UUID, *, by: Actor) -> Plan:
    """One plan; ``NotFound`` otherwise."""
    return get(Plan, plan_id, by)


@query(Permission.PLAN_READ)
def find_plan_page(plan_id: UUID, *, by: Actor) -> PlanPage:
    """A plan with its lines, and whether funds and capacity are sufficient (P9)."""
    plan = get(Plan, plan_id, by)
    rows = rows_of(plan, by)
    may_know = by.may(Permission.DIFFICULTY_READ) and by.may(Permission.CAPACITY_READ)
    return PlanPage(
        plan=plan,
        rows=rows,
        total=sum((row.total for row in rows if row.line.included), Decimal(0)),
        balance=balance_of_plan(plan, rows, by) if may_know and plan.tenant_id == by.tenant_id else None,
        names=person_names([person for person in (plan.prepared_by, plan.decided_by) if person]),
        moves=list_moves(plan),
    )


def rows_of(plan: Plan, by: Actor) -> list[PlanRow]:
    """The lines of a plan by package number; for use inside a gate."""
    found = db.session.execute(
        select(PlanLine, Package)
        .join(Package, (Package.tenant_id == PlanLine.tenant_id) & (Package.id == PlanLine.package_id))
        .where(PlanLine.tenant_id == plan.tenant_id, PlanLine.plan_id == plan.id)
        .order_by(Package.number)
    ).all()
    costs = costs_by_package([package.id for _line, package in found], by)
    return [_row(plan, line, package, costs[package.id]) for line, package in found]


def _row(plan: Plan, line: PlanLine, package: Package, costs: Costs) -> PlanRow:
    if plan.state is PlanState.DRAFT or line.direct_investment is None or line.service_fee is None:
        return PlanRow(line, package, costs.direct, costs.service_fee)
    return PlanRow(line, package, line.direct_investment, line.service_fee)


def balance_of_plan(plan: Plan, rows: list[PlanRow], by: Actor) -> Balance:
    """How a plan stands against its funds and what organizations can do (P9); for use inside a gate."""
    grades = difficulties_of([row.package for row in rows], by)
    included = [candidate(row.package, row.total, grades) for row in rows if row.line.included]
    return balance_of(included, plan.funds, able_organizations(by)[Difficulty.DIFFICULT])


def candidate(package: Package, total: Decimal, grades: dict[UUID, Difficulty]) -> Candidate:
    """A package as the balance sees it; ``total`` in yuan."""
    grounds = (package.urgent, package.innovative, package.demonstrative, package.policy_bound)
    return Candidate(package.id, package.number, total, grades[package.id], sum(grounds))


def list_candidates(year: int, by: Actor) -> list[Candidate]:
    """What a plan can choose from: ready packages that no other year's plan includes (P9); inside a gate."""
    taken = (
        select(PlanLine.package_id)
        .join(Plan, (Plan.tenant_id == PlanLine.tenant_id) & (Plan.id == PlanLine.plan_id))
        .where(Plan.tenant_id == by.tenant_id, Plan.year != year, in_effect(), PlanLine.included)
    )
    packages = db.session.scalars(
        select(Package).where(
            Package.tenant_id == by.tenant_id,
            Package.state == PackageState.READY,
            Package.year <= year,
            Package.id.not_in(taken),
        )
    ).all()
    costs = costs_by_package([package.id for package in packages], by)
    grades = difficulties_of(packages, by)
    return [candidate(package, costs[package.id].total, grades) for package in packages]


def is_planned(package: Package) -> bool:
    """Whether a package stands in a plan that is submitted or in effect; for use inside a gate (P9)."""
    line = (
        select(PlanLine.id)
        .join(Plan, (Plan.tenant_id == PlanLine.tenant_id) & (Plan.id == PlanLine.plan_id))
        .where(
            PlanLine.tenant_id == package.tenant_id,
            PlanLine.package_id == package.id,
            PlanLine.included,
            (Plan.state == PlanState.SUBMITTED) | in_effect(),
        )
    )
    return db.session.scalar(select(line.exists())) or False


@query(Permission.PLAN_READ)
def list_regulations(*, by: Actor) -> list[Regulation]:
    """The versions of the office's Implementation Regulation, newest first (P11)."""
    return list(
        db.session.scalars(
            select(Regulation).where(Regulation.tenant_id == by.tenant_id).order_by(Regulation.version.desc())
        )
    )


@query(Permission.PLAN_READ)
def find_regulation(regulation_id: UUID, *, by: Actor) -> Regulation:
    """One version of the regulation; ``NotFound`` otherwise."""
    return get(Regulation, regulation_id, by)


@query(Permission.PLAN_READ)
def list_workshops(*, by: Actor) -> list[Workshop]:
    """The county workshops on record, newest first (P10)."""
    return list(
        db.session.scalars(
            select(Workshop)
            .where(Workshop.tenant_id == by.tenant_id)
            .order_by(Workshop.held_on.desc(), Workshop.id)
        )
    )


@dataclass(frozen=True)
class Groundwork:
    """What must stand before the first call: a regulation in force (P11) and two workshops (P10)."""

    regulation: Regulation | None
    workshops: int
    today: date


@query(Permission.PLAN_READ)
def find_groundwork(*, by: Actor) -> Groundwork:
    """How far the office is with what must stand before its first call (C1)."""
    today = local_day(by.now)
    return Groundwork(current_regulation(by=by), count_workshops(today, by=by), today)


def decided_plans(year: int, by: Actor) -> list[Plan]:
    """The approved and published versions of a year's plan; for use inside a gate."""
    return list(
        db.session.scalars(
            select(Plan).where(Plan.tenant_id == by.tenant_id, Plan.year == year, Plan.state.in_(DECIDED))
        )
    )
