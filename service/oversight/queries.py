"""Reads of the province: each county at each stage, in a few statements for all of them (V1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from service.complaints.models import Complaint
from service.complaints.rules import OPEN_STATES, ComplaintState
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.delivery.models import Transfer
from service.delivery.rules import TransferState, days_late
from service.difficulty.models import Variant
from service.evaluation.models import Acceptance, EvaluationRound
from service.evaluation.rules import Outcome, RoundState
from service.identification.models import Task
from service.identification.rules import TaskState
from service.organizations.models import Organization
from service.organizations.rules import OrganizationState
from service.oversight import rules
from service.oversight.rules import Concentration, Stage
from service.preparation.models import Package, Plan, PlanLine
from service.preparation.queries import in_effect
from service.preparation.rules import PackageState, PlanState, ProcurementMethod
from service.procurement.models import Call, Lot
from service.procurement.rules import CallState
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.workdays import SHANGHAI, local_day

IN_FORCE = (ContractState.SIGNED, ContractState.CLOSED)


@dataclass(frozen=True)
class Answers:
    """How an office's complaints fare: ``on_time`` of those ``answered``, and the average rating (H5, H6)."""

    open: int = 0
    overdue: int = 0
    escalated: int = 0
    answered: int = 0
    on_time: int = 0
    rating: Decimal | None = None


@dataclass
class CountyStanding:
    """Where an office stands in each of the seven steps."""

    office: Tenant
    tasks: Counter[TaskState] = field(default_factory=Counter)
    graded: int = 0
    organizations: Counter[OrganizationState] = field(default_factory=Counter)
    plan: tuple[int, int, PlanState] | None = None
    stages: Counter[Stage] = field(default_factory=Counter)
    calls: Counter[CallState] = field(default_factory=Counter)
    methods: Counter[ProcurementMethod] = field(default_factory=Counter)
    contracts: Counter[ContractState] = field(default_factory=Counter)
    late_transfers: int = 0
    days_late: int = 0
    complaints: Answers = field(default_factory=Answers)
    rounds: Counter[RoundState] = field(default_factory=Counter)
    accepted: int = 0
    concentration: Concentration | None = None


@dataclass(frozen=True)
class PackageStanding:
    """A package and where it stands, with the records of its way, where there are any."""

    package: Package
    stage: Stage
    call: Call | None
    contract: Contract | None
    organization: Organization | None


@query(Permission.OVERSIGHT_READ)
def list_county_standings(*, by: Actor) -> list[CountyStanding]:
    """Every office the overseer reads, the own one last, and where each stands (V1)."""
    offices = db.session.scalars(select(Tenant).where(Tenant.id.in_(by.readable)).order_by(Tenant.code)).all()
    standings = {office.id: CountyStanding(office) for office in offices}
    _count_lists(standings)
    _count_procurement(standings)
    _count_delivery(standings, by)
    for tenant, spread in concentrations(by).items():
        standings[tenant].concentration = spread
    return sorted(standings.values(), key=lambda standing: standing.office.id == by.tenant_id)


@query(Permission.OVERSIGHT_READ)
def find_county(tenant_id: int, *, by: Actor) -> tuple[CountyStanding, list[PackageStanding]]:
    """One office with each of its packages; ``NotFound`` where the overseer does not read it (V1, T2)."""
    standing = next((one for one in list_county_standings(by=by) if one.office.id == tenant_id), None)
    if standing is None:
        raise NotFound("not_found", what=Tenant.__tablename__)
    rows = db.session.execute(
        select(Package, _stage(), Call, Contract, Organization)
        .outerjoin(Lot, and_(Lot.tenant_id == Package.tenant_id, Lot.package_id == Package.id))
        .outerjoin(Call, and_(Call.tenant_id == Lot.tenant_id, Call.id == Lot.call_id))
        .outerjoin(Contract, and_(Contract.tenant_id == Lot.tenant_id, Contract.lot_id == Lot.id))
        .outerjoin(
            Organization,
            and_(Organization.tenant_id == Contract.tenant_id, Organization.id == Contract.organization_id),
        )
        .where(Package.tenant_id == tenant_id)
        .ext(distinct_on(Package.number))
        .order_by(Package.number, Lot.number.desc().nulls_last())
    )
    return standing, [
        PackageStanding(package, Stage(stage), call, contract, organization)
        for package, stage, call, contract, organization in rows
    ]


def concentrations(by: Actor) -> dict[int, Concentration]:
    """How this year's contracts are spread over SOs, by office (R3); for use inside a gate."""
    return {tenant: found for tenant, (found, _number) in spreads(by).items() if found is not None}


def spreads(by: Actor) -> dict[int, tuple[Concentration | None, int]]:
    """As ``concentrations``, with the number of contracts; the largest SO is named by its id (R3)."""
    signed_on = cast(func.timezone(SHANGHAI.key, Contract.provider_signed_at), Date)
    rows = db.session.execute(
        select(
            Contract.tenant_id,
            Contract.organization_id,
            func.count(),
            func.sum(Contract.direct_investment + Contract.service_fee),
        )
        .where(
            Contract.tenant_id.in_(by.readable),
            Contract.state.in_(IN_FORCE),
            signed_on >= date(local_day(by.now).year, 1, 1),
        )
        .group_by(Contract.tenant_id, Contract.organization_id)
    )
    values: dict[int, dict[UUID, Decimal]] = defaultdict(dict)
    numbers: Counter[int] = Counter()
    for tenant, organization, number, value in rows:
        values[tenant][organization] = value
        numbers[tenant] += number
    return {tenant: (rules.concentration(held), numbers[tenant]) for tenant, held in values.items()}


def is_overdue(by: Actor) -> ColumnElement[bool]:
    """Whether a complaint waits longer than was promised (H5)."""
    return and_(
        Complaint.state.in_(OPEN_STATES),
        or_(
            Complaint.resolution_due < by.now,
            and_(Complaint.state == ComplaintState.RECEIVED, Complaint.triage_due < by.now),
        ),
    )


def _count_lists(standings: dict[int, CountyStanding]) -> None:
    """Steps 1 to 3: tasks, grades, SOs."""
    for tenant, state, number in _grouped(Task.tenant_id, Task.state, standings):
        standings[tenant].tasks[state] = number
    for tenant, number in db.session.execute(
        select(Variant.tenant_id, func.count(Variant.task_id.distinct()))
        .where(Variant.tenant_id.in_(standings))
        .group_by(Variant.tenant_id)
    ):
        standings[tenant].graded = number
    for tenant, state, number in _grouped(Organization.tenant_id, Organization.state, standings):
        standings[tenant].organizations[state] = number


def _count_procurement(standings: dict[int, CountyStanding]) -> None:
    """Steps 4 and 5: packages, plans, calls, contracts."""
    stage = _stage().label("stage")
    for tenant, reached, number in db.session.execute(
        select(Package.tenant_id, stage, func.count())
        .where(Package.tenant_id.in_(standings))
        .group_by(Package.tenant_id, stage)
    ):
        standings[tenant].stages[Stage(reached)] = number
    for tenant, year, version, plan in db.session.execute(
        select(Plan.tenant_id, Plan.year, Plan.version, Plan.state)
        .where(Plan.tenant_id.in_(standings))
        .ext(distinct_on(Plan.tenant_id))
        .order_by(Plan.tenant_id, Plan.year.desc(), Plan.version.desc())
    ):
        standings[tenant].plan = year, version, plan
    for tenant, state, method, number in db.session.execute(
        select(Call.tenant_id, Call.state, Call.method, func.count())
        .where(Call.tenant_id.in_(standings))
        .group_by(Call.tenant_id, Call.state, Call.method)
    ):
        standings[tenant].calls[state] += number
        if state is not CallState.DRAFT:
            standings[tenant].methods[method] += number
    for tenant, state, number in _grouped(Contract.tenant_id, Contract.state, standings):
        standings[tenant].contracts[state] = number


def _count_delivery(standings: dict[int, CountyStanding], by: Actor) -> None:
    """Steps 6 and 7, and the hotline: late transfers, complaints, evaluations, acceptances."""
    today = local_day(by.now)
    for tenant, number, first in db.session.execute(
        select(Transfer.tenant_id, func.count(), func.min(Transfer.due_on))
        .where(
            Transfer.tenant_id.in_(standings),
            Transfer.state == TransferState.SCHEDULED,
            Transfer.due_on < today,
        )
        .group_by(Transfer.tenant_id)
    ):
        standings[tenant].late_transfers = number
        standings[tenant].days_late = days_late(first, None, today)
    still_open = Complaint.state.in_(OPEN_STATES)
    for tenant, *counted in db.session.execute(
        select(
            Complaint.about_tenant_id,
            func.count().filter(still_open),
            func.count().filter(is_overdue(by)),
            func.count().filter(still_open, Complaint.escalated_at.is_not(None)),
            func.count().filter(Complaint.resolved_at.is_not(None)),
            func.count().filter(Complaint.resolved_at <= Complaint.resolution_due),
            func.avg(Complaint.rating),
        )
        .where(Complaint.tenant_id.in_(standings), Complaint.about_tenant_id.in_(standings))
        .group_by(Complaint.about_tenant_id)
    ):
        standings[tenant].complaints = Answers(*counted)
    for tenant, state, number in _grouped(EvaluationRound.tenant_id, EvaluationRound.state, standings):
        standings[tenant].rounds[state] = number
    for tenant, outcome, number in _grouped(Acceptance.tenant_id, Acceptance.outcome, standings):
        if outcome is Outcome.ACCEPTED:
            standings[tenant].accepted = number


def _grouped(tenant: Any, state: Any, standings: dict[int, CountyStanding]) -> Any:
    return db.session.execute(
        select(tenant, state, func.count()).where(tenant.in_(standings)).group_by(tenant, state)
    )


def _stage() -> ColumnElement[str]:
    """The furthest stage a package has reached."""

    def has(model: Any, *conditions: Any) -> ColumnElement[bool]:
        return exists().where(model.tenant_id == Package.tenant_id, *conditions).correlate(Package)

    def called(*states: CallState) -> ColumnElement[bool]:
        return has(
            Lot,
            Lot.package_id == Package.id,
            Call.tenant_id == Lot.tenant_id,
            Call.id == Lot.call_id,
            Call.state.in_(states),
        )

    contract = Contract.package_id == Package.id
    accepted = has(
        Contract,
        contract,
        Acceptance.tenant_id == Contract.tenant_id,
        Acceptance.contract_id == Contract.id,
        Acceptance.outcome == Outcome.ACCEPTED,
    )
    planned = has(
        PlanLine,
        PlanLine.package_id == Package.id,
        PlanLine.included,
        Plan.tenant_id == PlanLine.tenant_id,
        Plan.id == PlanLine.plan_id,
        in_effect(),
    )
    reached: list[tuple[Any, Stage]] = [
        (has(Contract, contract, Contract.state == ContractState.CLOSED), Stage.CLOSED),
        (accepted, Stage.ACCEPTED),
        (has(Contract, contract, Contract.state == ContractState.SIGNED), Stage.WORKING),
        (or_(has(Contract, contract), called(CallState.APPROVED)), Stage.CONTRACTING),
        (called(CallState.RESULT_PUBLISHED), Stage.RESULT),
        (called(CallState.OPENED), Stage.OPENED),
        (called(CallState.PUBLISHED), Stage.CALLED),
        (planned, Stage.PLANNED),
        (Package.state == PackageState.READY, Stage.READY),
    ]
    return case(
        *((condition, literal(stage.value)) for condition, stage in reached),
        else_=literal(Stage.DESIGNING.value),
    )
