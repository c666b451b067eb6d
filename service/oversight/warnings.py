"""Early warnings for the province, computed from the records they name (V1, H8, R3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select

from service.complaints.models import Complaint
from service.complaints.rules import OPEN_STATES, SEVERAL, ComplaintState
from service.contracts.models import Contract
from service.delivery.models import SupportRequest, Transfer
from service.delivery.rules import SupportState, TransferState, days_late
from service.organizations.models import Organization
from service.oversight import rules
from service.oversight.queries import is_overdue, spreads
from service.oversight.rules import Concern
from service.procurement.models import Bid, Call, Lot
from service.procurement.queries import NO_LONGER_COUNT
from service.procurement.rules import CallState
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.settings import settings_in_force
from tenants.workdays import local_day

DECIDED_ABOUT = (CallState.OPENED, CallState.RESULT_PUBLISHED)
"""Calls whose few bids can still be acted upon."""


@dataclass(frozen=True)
class EarlyWarning:
    """What the province should look at, with its evidence.

    ``subject``: what it is about, by name, number or label.
    ``figure``: days late, complaints, per cent or bids.
    ``record``: kind and id of the record, for a link.
    """

    concern: Concern
    office: Tenant
    subject: Any
    figure: int
    record: tuple[str, UUID] | None = None


@query(Permission.OVERSIGHT_READ)
def list_warnings(tenant_id: int | None = None, *, by: Actor) -> list[EarlyWarning]:
    """The early warnings of all offices the overseer reads, or of one; the worst of each kind first (V1)."""
    offices = {
        office.id: office
        for office in db.session.scalars(select(Tenant).where(Tenant.id.in_(by.readable)))
        if tenant_id in (None, office.id)
    }
    found = [
        EarlyWarning(concern, offices[tenant], subject, figure, record)
        for source in SOURCES
        for concern, tenant, subject, figure, record in source(by)
        if tenant in offices
    ]
    order = list(Concern)
    return sorted(found, key=lambda one: (order.index(one.concern), -one.figure))


Found = Iterator[tuple[Concern, int, Any, int, tuple[str, UUID] | None]]


def _late_transfers(by: Actor) -> Found:
    today = local_day(by.now)
    rows = db.session.execute(
        select(Transfer.tenant_id, Contract.number, Transfer.due_on, Contract.id)
        .join(Contract, (Contract.tenant_id == Transfer.tenant_id) & (Contract.id == Transfer.contract_id))
        .where(
            Transfer.tenant_id.in_(by.readable),
            Transfer.state == TransferState.SCHEDULED,
            Transfer.due_on < today,
        )
    )
    for tenant, number, due_on, contract in rows:
        yield Concern.LATE_TRANSFER, tenant, number, days_late(due_on, None, today), ("contract", contract)


def _late_support(by: Actor) -> Found:
    rows = db.session.execute(
        select(SupportRequest.tenant_id, Contract.number, SupportRequest.due_at, Contract.id)
        .join(
            Contract,
            (Contract.tenant_id == SupportRequest.tenant_id) & (Contract.id == SupportRequest.contract_id),
        )
        .where(
            SupportRequest.tenant_id.in_(by.readable),
            SupportRequest.state != SupportState.ANSWERED,
            SupportRequest.due_at < by.now,
        )
    )
    for tenant, number, due_at, contract in rows:
        days = days_late(local_day(due_at), None, local_day(by.now))
        yield Concern.LATE_SUPPORT, tenant, number, days, ("contract", contract)


def _overdue_complaints(by: Actor) -> Found:
    """Without reference or words: the reference is the complainant's key to the case (H3)."""
    unseen = Complaint.state == ComplaintState.RECEIVED
    due_at = case((unseen, Complaint.triage_due), else_=Complaint.resolution_due)
    rows = db.session.execute(
        select(Complaint.about_tenant_id, Complaint.about, due_at).where(
            Complaint.tenant_id.in_(by.readable), is_overdue(by)
        )
    )
    for tenant, about, due in rows:
        days = days_late(local_day(due), None, local_day(by.now))
        yield Concern.OVERDUE_COMPLAINT, tenant, about.label, days, None


def _repeated_complaints(by: Actor) -> Found:
    rows = db.session.execute(
        select(Complaint.about_tenant_id, Complaint.about, Complaint.about_id, func.count())
        .where(
            Complaint.tenant_id.in_(by.readable),
            Complaint.about_id.is_not(None),
            Complaint.state.in_(OPEN_STATES),
        )
        .group_by(Complaint.about_tenant_id, Complaint.about, Complaint.about_id)
        .having(func.count() >= SEVERAL)
    ).all()
    names = _names([about_id for _tenant, _about, about_id, _number in rows], by)
    for tenant, _about, about_id, number in rows:
        if about_id is not None and about_id in names:
            kind, name = names[about_id]
            yield Concern.REPEATED_COMPLAINTS, tenant, name, number, (kind, about_id)


def _concentrations(by: Actor) -> Found:
    spread = spreads(by)
    names = _names([found.largest for found, _number in spread.values() if found], by)
    for tenant, (found, contracts) in spread.items():
        threshold = settings_in_force(tenant, by.now).concentration_percent
        if found is not None and rules.is_concentrated(found, contracts, threshold):
            kind, name = names[found.largest]
            yield Concern.CONCENTRATION, tenant, name, found.share, (kind, found.largest)


def _few_bids(by: Actor) -> Found:
    rows = db.session.execute(
        select(Lot.tenant_id, Lot.number, Call.title, func.count(Bid.id), Call.id)
        .join(Call, (Call.tenant_id == Lot.tenant_id) & (Call.id == Lot.call_id))
        .outerjoin(
            Bid, (Bid.tenant_id == Lot.tenant_id) & (Bid.lot_id == Lot.id) & Bid.state.not_in(NO_LONGER_COUNT)
        )
        .where(Lot.tenant_id.in_(by.readable), Call.state.in_(DECIDED_ABOUT))
        .group_by(Lot.tenant_id, Lot.number, Call.title, Call.id)
        .having(func.count(Bid.id) < 2)
    )
    for tenant, number, title, bids, call in rows:
        yield Concern.FEW_BIDS, tenant, f"{number} · {title}", bids, ("call", call)


SOURCES = (
    _late_transfers,
    _late_support,
    _overdue_complaints,
    _repeated_complaints,
    _concentrations,
    _few_bids,
)


def _names(ids: list[Any], by: Actor) -> dict[Any, tuple[str, str]]:
    """The kind and name of the contracts, calls and SOs with these ids."""
    found: dict[Any, tuple[str, str]] = {}
    for kind, model, name in (
        ("contract", Contract, Contract.number),
        ("call", Call, Call.title),
        ("organization", Organization, Organization.name),
    ):
        rows = db.session.execute(
            select(model.id, name).where(model.tenant_id.in_(by.readable), model.id.in_(ids))
        )
        found.update({row_id: (kind, named) for row_id, named in rows})
    return found
