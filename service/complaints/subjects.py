"""What a complaint is about: found in its own words, and held up while it is open (H1, H8, C11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard
from uuid import UUID

from sqlalchemy import select

from service.complaints import rules
from service.complaints.models import Complaint
from service.complaints.rules import About
from service.contracts.models import Contract
from service.organizations.models import Organization
from service.procurement.holds import lift_hold, place_hold
from service.procurement.models import Award, Call, Lot
from service.procurement.rules import CallState
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import Row, query
from tenants.permissions import Permission


@query(Permission.COMPLAINT_FILE)
def find_subject(text: str, about: About, *, by: Actor) -> tuple[About, UUID | None]:
    """What a text is about, with the row, where its words or the one call under way tell it."""
    if about in (About.UNKNOWN, About.WORK) and (contract := _contract_named(text, by)):
        return About.WORK, contract
    if about in (About.UNKNOWN, About.CALL) and (call := _call_named(text, by)):
        return About.CALL, call
    if about is About.CALL:
        return about, _only_public_call(by)
    if about is About.ORGANIZATION:
        rows = db.session.execute(
            select(Organization.name, Organization.id).where(Organization.tenant_id == by.tenant_id)
        )
        names = dict(rows.all())
        named = rules.named_in(text, names)
        return about, names[named] if named else None
    return about, None


@dataclass(frozen=True)
class Subject:
    """What a case is about, for those who handle it: its name and whose hands it went through."""

    name: str
    involved: frozenset[UUID]


@query(Permission.COMPLAINT_FILE)
def describe_subject(about_id: UUID | None, *, by: Actor) -> Subject | None:
    """The call, contract or organization a case names, and the people who prepared or manage it (T4)."""
    if about_id is None:
        return None
    call_id = about_id
    contract = _one(Contract, about_id, by)
    if contract is not None:
        call_id = contract.call_id
    call = _one(Call, call_id, by)
    if call is None:
        organization = _one(Organization, about_id, by)
        return None if organization is None else Subject(organization.name, frozenset())
    awards = db.session.scalars(
        select(Award).where(Award.tenant_id == by.tenant_id, Award.call_id == call.id)
    ).all()
    hands = [call.prepared_by, contract and contract.drawn_up_by]
    hands += [person for award in awards for person in (award.selected_by, award.approved_by)]
    name = f"{call.number} · {call.title}" if contract is None else f"{contract.number} · {call.title}"
    return Subject(name, frozenset(person for person in hands if person))


def _one(model: type[Row], row_id: UUID, by: Actor) -> Row | None:
    return db.session.scalar(select(model).where(model.tenant_id == by.tenant_id, model.id == row_id))


def hold_call(case: Complaint, *, by: Actor) -> None:
    """Hold the approval of the call a case is about, by reason only (H8, C11); for use inside a command."""
    there = by.as_system(case.about_tenant_id)
    if _is_call(case.about_id, by=there):
        place_hold(case.about_id, case.id, by=there)


def release_call(case: Complaint, *, by: Actor) -> None:
    """Let the call go on that a case held, if it did; for use inside a command."""
    there = by.as_system(case.about_tenant_id)
    if _is_call(case.about_id, by=there):
        lift_hold(case.about_id, case.id, by=there)


@query(Permission.COMPLAINT_FILE)
def _is_call(about_id: UUID | None, *, by: Actor) -> TypeGuard[UUID]:
    return about_id is not None and _one(Call, about_id, by) is not None


def _contract_named(text: str, by: Actor) -> UUID | None:
    rows = db.session.execute(select(Contract.number, Contract.id).where(Contract.tenant_id == by.tenant_id))
    numbers = dict(rows.all())
    if named := rules.named_in(text, numbers):
        return numbers[named]
    return db.session.scalar(
        select(Contract.id)
        .join(Lot, (Lot.tenant_id == Contract.tenant_id) & (Lot.id == Contract.lot_id))
        .where(Contract.tenant_id == by.tenant_id, Lot.number.in_(rules.lot_numbers(text)))
        .limit(1)
    )


def _call_named(text: str, by: Actor) -> UUID | None:
    of_lot = (
        select(Lot.call_id)
        .where(Lot.tenant_id == by.tenant_id, Lot.number.in_(rules.lot_numbers(text)))
        .scalar_subquery()
    )
    return db.session.scalar(
        select(Call.id)
        .where(
            Call.tenant_id == by.tenant_id,
            Call.state != CallState.DRAFT,
            Call.number.in_(rules.call_numbers(text)) | Call.id.in_(of_lot),
        )
        .order_by(Call.number.in_(rules.call_numbers(text)).desc())
        .limit(1)
    )


def _only_public_call(by: Actor) -> UUID | None:
    public = (CallState.PUBLISHED, CallState.RESULT_PUBLISHED)
    calls = db.session.scalars(
        select(Call.id).where(Call.tenant_id == by.tenant_id, Call.state.in_(public)).limit(2)
    ).all()
    return calls[0] if len(calls) == 1 else None
