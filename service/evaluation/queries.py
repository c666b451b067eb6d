"""Reads of step 7. Nothing here joins an answer to the person who gave it (E4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, select

from channels.announcing import withheld
from channels.joining import proved_addresses
from channels.models import NEVER_LEFT, Contact, Delivery, OutboundMessage
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.evaluation.models import Acceptance, Beneficiary, Closure, EvaluationAnswer, EvaluationRound
from service.evaluation.people import people_answered
from service.evaluation.rules import Gender, Outcome, RoundState, require_on_register
from service.organizations.models import Organization
from service.preparation.models import Package
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.models import Tenant
from tenants.offices import province_of, readable_tenants
from tenants.permissions import Permission
from tenants.privacy import mask_address
from tenants.refusals import RuleBroken


@dataclass(frozen=True)
class Standing:
    """Where a contract stands in step 7."""

    contract: Contract
    package: Package
    organization: Organization
    registered: int
    open_rounds: int
    rounds: int
    accepted: bool
    closed: bool


@dataclass(frozen=True)
class RoundStanding:
    """An evaluation and how many took part; ``reached`` counts invitations that arrived, ``left_out`` those that never left:
    who opted out, has no valid number, or could not be written to in time."""

    round: EvaluationRound
    invited: int
    left_out: int
    reached: int
    answered: int


@dataclass(frozen=True)
class EvaluationFile:
    """All of step 7 about one contract."""

    standing: Standing
    rounds: list[RoundStanding]
    acceptances: list[Acceptance]
    closure: Closure | None


@dataclass(frozen=True)
class Enrolled:
    """Someone on a register, as those see it who keep it."""

    id: UUID
    address: str
    unreachable: bool
    gender: Gender
    group: str
    consented_at: datetime


@dataclass(frozen=True)
class Waiting:
    """An evaluation for one beneficiary to answer; ``more`` says whether another waits, ``again`` that this one is answered."""

    round: EvaluationRound
    more: bool
    again: bool


@dataclass(frozen=True)
class Lesson:
    """What a county learnt from a contract, readable by everybody (E5)."""

    county: Tenant
    contract: str
    package: str
    package_en: str | None
    held_on: date
    experience: str
    lessons: str


@query(Permission.EVALUATION_READ)
def list_standings(*, by: Actor) -> list[Standing]:
    """The contracts in force or closed, and where each stands in step 7; newest first."""
    return _standings(by.tenant_id, None)


@query(Permission.EVALUATION_READ)
def find_evaluation(contract_id: UUID, *, by: Actor) -> EvaluationFile:
    """All of step 7 about one contract; ``NotFound`` otherwise."""
    contract = get(Contract, contract_id, by)
    rounds = db.session.scalars(
        select(EvaluationRound)
        .where(EvaluationRound.tenant_id == contract.tenant_id, EvaluationRound.contract_id == contract.id)
        .order_by(EvaluationRound.opened_at)
    )
    acceptances = db.session.scalars(
        select(Acceptance)
        .where(Acceptance.tenant_id == contract.tenant_id, Acceptance.contract_id == contract.id)
        .order_by(Acceptance.number)
    )
    closure = db.session.scalar(
        select(Closure).where(Closure.tenant_id == contract.tenant_id, Closure.contract_id == contract.id)
    )
    standing = _standings(contract.tenant_id, contract)[0]
    return EvaluationFile(standing, [_standing_of(one) for one in rounds], list(acceptances), closure)


@query(Permission.EVALUATION_READ)
def count_to_invite(package_id: UUID, *, by: Actor) -> int:
    """How many people on a package's register would be invited now: not who opted out or has no valid number (S5, S7)."""
    number = db.session.scalar(
        select(func.count())
        .select_from(Beneficiary)
        .join(Contact, (Contact.tenant_id == Beneficiary.tenant_id) & (Contact.id == Beneficiary.contact_id))
        .where(
            Beneficiary.tenant_id == by.tenant_id,
            Beneficiary.package_id == package_id,
            Contact.address.is_not(None),
            withheld().is_(None),
        )
    )
    return number or 0


@query(Permission.EVALUATION_READ)
def find_round(round_id: UUID, *, by: Actor) -> RoundStanding:
    """One evaluation and how many took part; ``NotFound`` otherwise."""
    return _standing_of(get(EvaluationRound, round_id, by))


@query(Permission.EVALUATION_READ)
def find_acceptance(acceptance_id: UUID, *, by: Actor) -> Acceptance:
    """One acceptance; ``NotFound`` otherwise."""
    return get(Acceptance, acceptance_id, by)


@query(Permission.EVALUATION_READ)
def list_beneficiaries(package_id: UUID, *, by: Actor) -> tuple[Package, list[Enrolled]]:
    """A package with the people on its register, addresses masked (E4, T7)."""
    package = get(Package, package_id, by)
    people = db.session.execute(
        select(Beneficiary, Contact)
        .join(Contact, (Contact.tenant_id == Beneficiary.tenant_id) & (Contact.id == Beneficiary.contact_id))
        .where(Beneficiary.tenant_id == package.tenant_id, Beneficiary.package_id == package.id)
        .order_by(Beneficiary.group, Beneficiary.enrolled_at)
    )
    return package, [
        Enrolled(
            one.id,
            mask_address(contact.address) if contact.address else "—",
            contact.unreachable_at is not None,
            one.gender,
            one.group,
            one.consented_at,
        )
        for one, contact in people
    ]


@query(Permission.EVALUATION_ANSWER)
def next_round(*, by: Actor) -> Waiting:
    """The oldest open evaluation that the sender may answer and has not; else the oldest, whose answers may be corrected (E4).

    On the register stands who has an address there, of those that a code has proved. Refuses ``not_on_register`` who stands on
    none, and ``no_evaluation`` where nothing is asked.
    """
    own = [one.id for one in proved_addresses(by.id, by=by)] if by.id else []
    registered = db.session.scalars(
        select(Beneficiary).where(Beneficiary.tenant_id == by.tenant_id, Beneficiary.contact_id.in_(own))
    ).all()
    require_on_register(bool(registered))
    answered = select(EvaluationAnswer.round_id).where(
        EvaluationAnswer.tenant_id == by.tenant_id,
        EvaluationAnswer.beneficiary_id.in_([one.id for one in registered]),
    )
    asked = db.session.scalars(
        select(EvaluationRound)
        .where(
            EvaluationRound.tenant_id == by.tenant_id,
            EvaluationRound.state == RoundState.OPEN,
            EvaluationRound.package_id.in_([one.package_id for one in registered]),
        )
        .order_by(EvaluationRound.opened_at)
    ).all()
    done = set(db.session.scalars(answered))
    waiting = [one for one in asked if one.id not in done]
    if not asked:
        raise RuleBroken("no_evaluation")
    return Waiting((waiting or asked)[0], len(waiting) > 1, again=not waiting)


@query(Permission.EVALUATION_READ)
def list_lessons(*, by: Actor) -> list[Lesson]:
    """The lessons of all counties of the actor's province, newest first (E5)."""
    province = province_of(db.session.get_one(Tenant, by.tenant_id))
    reader = Actor.public(
        tenant_id=by.tenant_id, readable=readable_tenants(province.id), locale=by.locale, now=by.now
    )
    return list_public_lessons(by=reader)


@query(Permission.PORTAL_READ)
def list_public_lessons(*, by: Actor) -> list[Lesson]:
    """What the offices the actor reads wrote for the public about closed contracts, newest first (E5)."""
    rows = db.session.execute(
        select(Closure, Contract.number, Package.name, Package.name_en, Tenant)
        .join(Contract, (Contract.tenant_id == Closure.tenant_id) & (Contract.id == Closure.contract_id))
        .join(Package, (Package.tenant_id == Contract.tenant_id) & (Package.id == Contract.package_id))
        .join(Tenant, Tenant.id == Closure.tenant_id)
        .where(Closure.tenant_id.in_(by.readable))
        .order_by(Closure.held_on.desc(), Closure.id)
    )
    return [
        Lesson(county, number, name, name_en, closure.held_on, closure.experience, closure.lessons)
        for closure, number, name, name_en, county in rows
    ]


@query(Permission.EVALUATION_READ)
def count_standings(*, by: Actor) -> Counter[str]:
    """How many contracts wait for acceptance, are under evaluation, or are closed."""
    counted: Counter[str] = Counter()
    for standing in _standings(by.tenant_id, None):
        counted["open_rounds"] += standing.open_rounds
        counted["closed" if standing.closed else "to_close" if standing.accepted else "to_accept"] += 1
    return counted


def _standings(tenant_id: int, contract: Contract | None) -> list[Standing]:
    def number_of(model: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
        return (
            select(func.count())
            .select_from(model)
            .where(model.tenant_id == tenant_id, *conditions)
            .scalar_subquery()
        )

    of_contract = EvaluationRound.contract_id == Contract.id
    wanted = (
        select(
            Contract,
            Package,
            Organization,
            number_of(Beneficiary, Beneficiary.package_id == Contract.package_id),
            number_of(EvaluationRound, of_contract, EvaluationRound.state == RoundState.OPEN),
            number_of(EvaluationRound, of_contract),
            number_of(
                Acceptance, Acceptance.contract_id == Contract.id, Acceptance.outcome == Outcome.ACCEPTED
            ),
        )
        .join(Package, (Package.tenant_id == Contract.tenant_id) & (Package.id == Contract.package_id))
        .join(
            Organization,
            (Organization.tenant_id == Contract.tenant_id) & (Organization.id == Contract.organization_id),
        )
        .where(Contract.tenant_id == tenant_id)
        .order_by(Contract.number.desc())
    )
    if contract is None:
        wanted = wanted.where(Contract.state.in_([ContractState.SIGNED, ContractState.CLOSED]))
    else:
        wanted = wanted.where(Contract.id == contract.id)
    return [
        Standing(
            one,
            package,
            organization,
            registered,
            open_rounds,
            rounds,
            bool(accepted),
            one.state is ContractState.CLOSED,
        )
        for one, package, organization, registered, open_rounds, rounds, accepted in db.session.execute(
            wanted
        )
    ]


def _standing_of(evaluation: EvaluationRound) -> RoundStanding:
    never_left = OutboundMessage.state.in_(NEVER_LEFT)
    invited, left_out, reached = db.session.execute(
        select(
            func.count().filter(~never_left),
            func.count().filter(never_left),
            func.count().filter(OutboundMessage.state == Delivery.DELIVERED),
        ).where(
            OutboundMessage.tenant_id == evaluation.tenant_id,
            OutboundMessage.subject_type == EvaluationRound.__tablename__,
            OutboundMessage.subject_id == evaluation.id,
        )
    ).one()
    answered = db.session.scalar(
        select(people_answered()).where(
            EvaluationRound.tenant_id == evaluation.tenant_id, EvaluationRound.id == evaluation.id
        )
    )
    return RoundStanding(evaluation, invited, left_out, reached, answered or 0)
