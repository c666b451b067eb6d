"""The facts of step 4: packages with costs and scopes of work, plans, regulations and workshops."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Integer, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.preparation.rules import (
    PACKAGE_MOVES,
    PLAN_MOVES,
    REGULATION_MOVES,
    CostKind,
    Deferral,
    PackageState,
    PlanState,
    PricingMethod,
    ProcurementMethod,
    RegulationState,
)
from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.states import Moves


class Package(Owned, Model):
    """A task designed in detail, done in one graded way, ready to be procured (P1, P2).

    ``core_costs``: what an SO's own running costs come to while the work lasts, in yuan, as estimated (P4).
    """

    __tablename__ = "packages"
    MOVES: ClassVar[Moves] = PACKAGE_MOVES

    number: Mapped[int]
    year: Mapped[int] = mapped_column(Integer)
    task_id: Mapped[UUID] = ref("tasks")
    variant_id: Mapped[UUID] = ref("task_variants")
    name: Mapped[str]
    name_en: Mapped[str | None]
    villages: Mapped[str]
    design: Mapped[dict[str, Any]]
    urgent: Mapped[bool] = mapped_column(default=False)
    innovative: Mapped[bool] = mapped_column(default=False)
    demonstrative: Mapped[bool] = mapped_column(default=False)
    policy_bound: Mapped[bool] = mapped_column(default=False)
    uncertain_workload: Mapped[bool] = mapped_column(default=False)
    weak_quality_expected: Mapped[bool] = mapped_column(default=False)
    designed_by_organization: Mapped[bool] = mapped_column(default=False)
    specialised: Mapped[bool] = mapped_column(default=False)
    core_costs: Mapped[Decimal | None]
    pricing_method: Mapped[PricingMethod | None] = choice(PricingMethod, nullable=True)
    pricing_terms: Mapped[dict[str, Any]]
    procurement_method: Mapped[ProcurementMethod | None] = choice(ProcurementMethod, nullable=True)
    method_reason: Mapped[str | None]
    state: Mapped[PackageState] = state_column(PackageState, PackageState.DESIGNING)
    designed_at: Mapped[datetime]
    designed_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        only_when(
            "state = 'ready'",
            "pricing_method IS NOT NULL AND procurement_method IS NOT NULL",
            "ready_is_priced_and_has_a_method",
        ),
        CheckConstraint("core_costs > 0", name="core_costs_are_positive"),
    )


class CostLine(Owned, Model):
    """One line of a package's costs, in yuan (P4). ``core``: one of the SO's own running costs."""

    __tablename__ = "cost_lines"

    package_id: Mapped[UUID] = ref("packages")
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[CostKind] = choice(CostKind)
    item: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    unit_cost: Mapped[Decimal]
    monthly_pay: Mapped[Decimal | None]
    core: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("tenant_id", "package_id", "position"),
        CheckConstraint("quantity > 0 AND unit_cost >= 0", name="costs_are_positive"),
        CheckConstraint("NOT (core AND kind = 'direct')", name="core_is_no_investment"),
    )


class ScopeOfWork(Owned, Model):
    """A version of a package's scope of work: Table 8's twelve items in Chinese and in English (P7)."""

    __tablename__ = "scopes_of_work"

    package_id: Mapped[UUID] = ref("packages")
    version: Mapped[int] = mapped_column(Integer)
    items: Mapped[dict[str, Any]]
    items_en: Mapped[dict[str, Any]]
    written_at: Mapped[datetime]
    written_by: Mapped[UUID | None]

    __table_args__ = (UniqueConstraint("tenant_id", "package_id", "version"),)


class Plan(Owned, Model):
    """A version of the annual plan: what is bought this year with which funds, in yuan (P9)."""

    __tablename__ = "annual_plans"
    MOVES: ClassVar[Moves] = PLAN_MOVES

    year: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    funds: Mapped[Decimal]
    state: Mapped[PlanState] = state_column(PlanState, PlanState.DRAFT)
    prepared_by: Mapped[UUID | None]
    prepared_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    settings_version_id: Mapped[UUID | None] = ref("settings_versions", nullable=True)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "year", "version"),
        only_when(
            "state IN ('approved', 'published')",
            "decided_by IS NOT NULL AND decided_by IS DISTINCT FROM prepared_by"
            " AND decided_by IS DISTINCT FROM submitted_by",
            "approved_by_another",
        ),
        CheckConstraint("funds >= 0", name="funds_are_not_negative"),
    )


class PlanLine(Owned, Model):
    """A package in a plan with its costs at submission, in yuan, or deferred with the reason (P9)."""

    __tablename__ = "plan_lines"

    plan_id: Mapped[UUID] = ref("annual_plans")
    package_id: Mapped[UUID] = ref("packages")
    included: Mapped[bool]
    deferral: Mapped[Deferral | None] = choice(Deferral, nullable=True)
    note: Mapped[str | None]
    direct_investment: Mapped[Decimal | None]
    service_fee: Mapped[Decimal | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "plan_id", "package_id"),
        CheckConstraint("included = (deferral IS NULL)", name="deferral_has_a_reason"),
    )


class Regulation(Owned, Model):
    """A version of the county's Implementation Regulation, by Table 10's sections (P11)."""

    __tablename__ = "regulations"
    MOVES: ClassVar[Moves] = REGULATION_MOVES

    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str]
    sections: Mapped[dict[str, Any]]
    state: Mapped[RegulationState] = state_column(RegulationState, RegulationState.DRAFT)
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID | None]
    adopted_at: Mapped[datetime | None]
    adopted_by: Mapped[UUID | None]
    effective_on: Mapped[date | None] = mapped_column(Date)
    settings_version_id: Mapped[UUID | None] = ref("settings_versions", nullable=True)

    __table_args__ = (
        UniqueConstraint("tenant_id", "version"),
        only_when(
            "state = 'adopted'", "adopted_at IS NOT NULL AND effective_on IS NOT NULL", "adopted_has_a_date"
        ),
        only_when("state = 'adopted'", "adopted_by IS DISTINCT FROM drafted_by", "adopted_by_another"),
    )


class Workshop(Owned, Model):
    """A county workshop with its agenda, the departments invited and present, and its decisions (P10)."""

    __tablename__ = "workshops"

    held_on: Mapped[date] = mapped_column(Date)
    agenda: Mapped[list[str]]
    invited: Mapped[list[str]]
    present: Mapped[list[str]]
    decisions: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
