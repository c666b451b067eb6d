"""Reads of step 4."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from service.difficulty.models import Variant
from service.difficulty.queries import Graded, three_lists
from service.difficulty.rules import Difficulty
from service.identification.models import Task
from service.organizations.queries import list_capacities, list_potential_providers
from service.organizations.rules import CAN_DO
from service.preparation import cost_rules, rules
from service.preparation.cost_rules import Costs
from service.preparation.models import CostLine, Package, Plan, PlanLine, Regulation, ScopeOfWork, Workshop
from service.preparation.rules import (
    PackageState,
    PlanState,
    PricingMethod,
    ProcurementMethod,
    RegulationState,
)
from service.preparation.schemas import TERMS
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.settings import settings_in_force
from tenants.states import Move, list_moves
from tenants.workdays import local_day

DECIDED = (PlanState.APPROVED, PlanState.PUBLISHED)


@query(Permission.PACKAGE_READ)
def find_package(package_id: UUID, *, by: Actor) -> Package:
    """One package; ``NotFound`` otherwise."""
    return get(Package, package_id, by)


@query(Permission.PACKAGE_READ)
def list_packages(
    year: int | None = None, state: PackageState | None = None, *, by: Actor
) -> list[tuple[Package, Costs]]:
    """The packages of the actor's office with their costs, newest first."""
    wanted = select(Package).where(Package.tenant_id == by.tenant_id)
    if year is not None:
        wanted = wanted.where(Package.year == year)
    if state is not None:
        wanted = wanted.where(Package.state == state)
    packages = db.session.scalars(wanted.order_by(Package.number.desc())).all()
    costs = costs_by_package([package.id for package in packages], by)
    return [(package, costs[package.id]) for package in packages]


@query(Permission.PACKAGE_READ)
def package_costs(package_id: UUID, *, by: Actor) -> Costs:
    """What a package costs, in yuan (P4): direct investment, implementation cost, management fee, sums."""
    return costs_by_package([get(Package, package_id, by).id], by)[package_id]


def costs_by_package(package_ids: Collection[UUID], by: Actor) -> dict[UUID, Costs]:
    """The costs of each package; for use inside a gate."""
    lines: dict[UUID, list[CostLine]] = defaultdict(list)
    for line in db.session.scalars(
        select(CostLine).where(CostLine.tenant_id.in_(by.readable), CostLine.package_id.in_(package_ids))
    ):
        lines[line.package_id].append(line)
    return {package_id: cost_rules.costs_of(lines[package_id]) for package_id in package_ids}


@query(Permission.PACKAGE_READ)
def current_scope_of_work(package_id: UUID, *, by: Actor) -> ScopeOfWork | None:
    """The newest version of a package's scope of work, if one is written (P7)."""
    return db.session.scalar(
        select(ScopeOfWork)
        .where(ScopeOfWork.tenant_id.in_(by.readable), ScopeOfWork.package_id == package_id)
        .order_by(ScopeOfWork.version.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class ScopePaper:
    """A scope of work ready to be printed; with its difficulty only for the office's copy (D3)."""

    office: Tenant
    package: Package
    scope: ScopeOfWork
    difficulty: Difficulty | None


@query(Permission.PACKAGE_READ)
def find_scope_paper(package_id: UUID, *, office_copy: bool = False, by: Actor) -> ScopePaper:
    """The newest scope of work of a package, to be printed (P7); ``NotFound`` where none is written.

    ``office_copy`` has the difficulty on it and needs ``DIFFICULTY_READ`` besides (D3).
    """
    if office_copy:
        by.require(Permission.DIFFICULTY_READ)
    package = get(Package, package_id, by)
    scope = current_scope_of_work(package_id, by=by)
    if scope is None:
        raise NotFound("not_found", what=ScopeOfWork.__tablename__)
    difficulty = get(Variant, package.variant_id, by).difficulty if office_copy else None
    return ScopePaper(db.session.get_one(Tenant, package.tenant_id), package, scope, difficulty)


@query(Permission.PORTAL_READ)
def current_regulation(*, by: Actor) -> Regulation | None:
    """The Implementation Regulation in force on this day: adopted, in effect, newest (P11). It is public."""
    return db.session.scalar(
        select(Regulation)
        .where(
            Regulation.tenant_id == by.tenant_id,
            Regulation.state == RegulationState.ADOPTED,
            Regulation.effective_on <= local_day(by.now),
        )
        .order_by(Regulation.effective_on.desc(), Regulation.version.desc())
        .limit(1)
    )


@query(Permission.PLAN_READ)
def count_workshops(before: date, *, by: Actor) -> int:
    """How many county workshops were held up to and including the day ``before`` (P10)."""
    number = db.session.scalar(
        select(func.count(Workshop.id)).where(Workshop.tenant_id == by.tenant_id, Workshop.held_on <= before)
    )
    return number or 0


@query(Permission.PLAN_READ)
def plan_of(package_id: UUID, *, by: Actor) -> Plan | None:
    """The plan in effect, approved or published, that includes a package; ``None`` if none does (P9, C1)."""
    return db.session.scalar(
        select(Plan)
        .join(PlanLine, (PlanLine.tenant_id == Plan.tenant_id) & (PlanLine.plan_id == Plan.id))
        .where(
            Plan.tenant_id.in_(by.readable), in_effect(), PlanLine.package_id == package_id, PlanLine.included
        )
        .order_by(Plan.year.desc())
        .limit(1)
    )


def in_effect() -> ColumnElement[bool]:
    """The condition of being a year's newest decided plan: an approved change counts at once."""
    newer = Plan.__table__.alias("newer")
    return Plan.state.in_(DECIDED) & ~(
        select(newer.c.id)
        .where(
            newer.c.tenant_id == Plan.tenant_id,
            newer.c.year == Plan.year,
            newer.c.version > Plan.version,
            newer.c.state.in_(DECIDED),
        )
        .exists()
    )


# Packages on their pages


@dataclass(frozen=True)
class PackagePage:
    """A package with all that is known about it; grade and recommendations for those who may know (D3)."""

    package: Package
    task: Task
    lines: list[CostLine]
    costs: Costs
    core_share: Decimal | None
    underpaid: list[str]
    minimum_wage: Decimal
    fee_notable: bool
    management_notable: bool
    note_percent: Decimal
    agreed_fee: Decimal | None
    scopes: list[ScopeOfWork]
    plan: Plan | None
    moves: list[Move]
    difficulty: Difficulty | None
    pricing_recommended: PricingMethod | None
    methods_recommended: tuple[ProcurementMethod, ...]

    @property
    def open_questions(self) -> list[rules.DesignQuestion]:
        """What the design leaves open."""
        return rules.open_questions(self.package.design)

    @property
    def open_items(self) -> list[rules.SowItem]:
        """What the newest scope of work leaves open."""
        return rules.open_items(self.scopes[0].items if self.scopes else {})


@query(Permission.PACKAGE_READ)
def find_package_page(package_id: UUID, *, by: Actor) -> PackagePage:
    """A package with costs, notes (P4), price (P5), recommendations (P5, P6), scopes of work and history."""
    package = get(Package, package_id, by)
    lines = cost_lines(package)
    costs = cost_rules.costs_of(lines)
    settings = settings_in_force(package.tenant_id, by.now)
    may_know, own = by.may(Permission.DIFFICULTY_READ), package.tenant_id == by.tenant_id
    variant = get(Variant, package.variant_id, by) if may_know else None
    return PackagePage(
        package=package,
        task=get(Task, package.task_id, by),
        lines=lines,
        costs=costs,
        core_share=costs.core_share(package.core_costs),
        underpaid=cost_rules.paid_below_minimum(lines, settings.minimum_wage),
        minimum_wage=settings.minimum_wage,
        fee_notable=cost_rules.fee_is_notable(costs.service_fee, costs.direct, settings.fee_note_percent),
        management_notable=cost_rules.fee_is_notable(
            costs.management, costs.direct, settings.fee_note_percent
        ),
        note_percent=settings.fee_note_percent,
        agreed_fee=fee_of(package, costs),
        scopes=list(
            db.session.scalars(
                select(ScopeOfWork)
                .where(ScopeOfWork.tenant_id == package.tenant_id, ScopeOfWork.package_id == package.id)
                .order_by(ScopeOfWork.version.desc())
            )
        ),
        plan=plan_of(package_id, by=by),
        moves=list_moves(package),
        difficulty=variant.difficulty if variant else None,
        pricing_recommended=pricing_recommended(package, variant) if variant else None,
        methods_recommended=methods_recommended(package, variant, by) if variant and own else (),
    )


def cost_lines(package: Package) -> list[CostLine]:
    """The cost lines of a package in their order; for use inside a gate."""
    return list(
        db.session.scalars(
            select(CostLine)
            .where(CostLine.tenant_id == package.tenant_id, CostLine.package_id == package.id)
            .order_by(CostLine.position)
        )
    )


def fee_of(package: Package, costs: Costs) -> Decimal | None:
    """The most the service fee comes to under its terms, in yuan; ``None`` before a method is chosen (P5)."""
    method = package.pricing_method
    return (
        cost_rules.agreed_fee(method, TERMS[method]().load(package.pricing_terms), costs) if method else None
    )


def pricing_recommended(package: Package, variant: Variant) -> PricingMethod:
    """The recommended pricing method for a package (P5)."""
    return cost_rules.recommended_pricing(
        variant.difficulty,
        uncertain_workload=package.uncertain_workload,
        weak_quality_expected=package.weak_quality_expected,
        innovative=package.innovative,
        designed_by_organization=package.designed_by_organization,
    )


def methods_recommended(package: Package, variant: Variant, by: Actor) -> tuple[ProcurementMethod, ...]:
    """The recommended procurement methods for a package, by what the office's own list of SOs can do (P6)."""
    return rules.recommended_methods(
        variant.difficulty,
        designed_by_organization=package.designed_by_organization,
        specialised=package.specialised,
        able=able_organizations(by)[variant.difficulty],
    )


def able_organizations(by: Actor) -> dict[Difficulty, int]:
    """How many listed SOs are able to do work of each difficulty (O5); for use inside a gate."""
    categories = list_capacities(by=by)
    listed = [provider.id for provider in list_potential_providers(by=by)]
    known = [categories[provider_id] for provider_id in listed if provider_id in categories]
    return {
        difficulty: sum(difficulty in CAN_DO[category] for category in known) for difficulty in Difficulty
    }


@query(Permission.PACKAGE_READ)
def count_packages(*, by: Actor) -> Counter[PackageState]:
    """How many packages stand in each state."""
    rows = db.session.execute(
        select(Package.state, func.count().label("number"))
        .where(Package.tenant_id == by.tenant_id)
        .group_by(Package.state)
    )
    return Counter({row.state: row.number for row in rows})


@query(Permission.DIFFICULTY_READ)
def list_graded(*, by: Actor) -> list[Graded]:
    """The graded ways of doing the short-listed tasks: what packages are made from (P1)."""
    return [graded for found in three_lists(by=by).values() for graded in found]


@dataclass(frozen=True)
class ProcurementListRow:
    """A row of Table 9 (P8)."""

    package: Package
    costs: Costs

    @property
    def description(self) -> str:
        """The brief description: what, how much, and for whom."""
        questions = rules.DesignQuestion
        answers = (
            self.package.design.get(key) for key in (questions.WHAT, questions.HOW_MUCH, questions.FOR_WHOM)
        )
        return "\n".join(answer for answer in answers if answer)


@dataclass(frozen=True)
class ProcurementGroup:
    """Rows of one difficulty, which is ``None`` on any copy but the office's (D3)."""

    difficulty: Difficulty | None
    rows: list[ProcurementListRow]


@dataclass(frozen=True)
class ProcurementList:
    """Table 9 with its grand total: one group, or on the office's copy one for each difficulty (P8)."""

    year: int
    groups: list[ProcurementGroup]
    total: Costs


@query(Permission.PACKAGE_READ)
def list_for_procurement(year: int, *, office_copy: bool = False, by: Actor) -> ProcurementList:
    """The list of tasks for procurement: a year's ready packages with the grand total (guide step 4.2, P8).

    ``office_copy`` groups it by difficulty and needs ``DIFFICULTY_READ`` besides (D3).
    """
    if office_copy:
        by.require(Permission.DIFFICULTY_READ)
    found = list_packages(year, PackageState.READY, by=by)
    rows = sorted((ProcurementListRow(*pair) for pair in found), key=lambda row: row.package.number)
    total = Costs(
        sum((row.costs.direct for row in rows), cost_rules.NOTHING),
        sum((row.costs.implementation for row in rows), cost_rules.NOTHING),
        sum((row.costs.management for row in rows), cost_rules.NOTHING),
    )
    if not office_copy:
        return ProcurementList(year, [ProcurementGroup(None, rows)], total)
    grades = difficulties_of([row.package for row in rows], by)
    groups = [
        ProcurementGroup(difficulty, [row for row in rows if grades[row.package.id] is difficulty])
        for difficulty in Difficulty
    ]
    return ProcurementList(year, groups, total)


def difficulties_of(packages: Collection[Package], by: Actor) -> dict[UUID, Difficulty]:
    """The difficulty of each package, by package id; for use inside a gate."""
    rows = db.session.execute(
        select(Package.id, Variant.difficulty)
        .join(Variant, (Variant.tenant_id == Package.tenant_id) & (Variant.id == Package.variant_id))
        .where(Package.tenant_id.in_(by.readable), Package.id.in_([package.id for package in packages]))
    )
    return {row.id: row.difficulty for row in rows}
