"""Reads of step 6: what each side has promised, and how late it is (M1, M3, R1)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from channels import pictures
from channels.models import Contact, Delivery, OutboundMessage
from channels.pictures import Content, Shown
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.delivery import rules
from service.delivery.models import Milestone, ProgressReport, Transfer
from service.delivery.rules import MilestoneState, TransferState
from service.organizations.models import Organization
from service.organizations.queries import as_signatory
from service.preparation.models import Package
from service.procurement.models import Lot
from service.reminders.queries import RemindersView
from service.reminders.queries import about as reminders_about
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.permissions import Permission
from tenants.privacy import decrypt_under, mask_address
from tenants.refusals import NotFound
from tenants.settings import settings_in_force
from tenants.workdays import local_day


@dataclass(frozen=True)
class Payment:
    """A transfer with its lateness in days, and how far the request to confirm it got."""

    transfer: Transfer
    days_late: int
    asked: tuple[Delivery, ...]


@dataclass(frozen=True)
class Step:
    """A milestone with its lateness in days."""

    milestone: Milestone
    days_late: int


@dataclass(frozen=True)
class Report:
    """What an SO reported, readable."""

    text: str | None
    milestone: str | None
    reported_at: datetime
    sender: str | None
    pictures: list[Shown]


@dataclass(frozen=True)
class Obligations:
    """A contract with what both sides promised (R1)."""

    contract: Contract
    organization: str
    payments: list[Payment]
    steps: list[Step]
    reports: list[Report]


@dataclass(frozen=True)
class Overview:
    """A contract in the list of step 6."""

    contract: Contract
    organization: str
    next_due: date | None
    days_late: int
    transfers: int
    confirmed: int


@query(Permission.TRANSFER_READ)
def list_transfers(contract_id: UUID, *, by: Actor) -> list[Transfer]:
    """The transfers of a contract by due date."""
    contract = get(Contract, contract_id, by)
    return _transfers_of(contract)


@query(Permission.TRANSFER_READ)
def find_transfer(transfer_id: UUID, *, by: Actor) -> Transfer:
    """One transfer; ``NotFound`` otherwise."""
    return get(Transfer, transfer_id, by)


@query(Permission.TRANSFER_READ)
def list_due_transfers(*, by: Actor) -> list[Transfer]:
    """The office's transfers that are late or due soon, the most pressing first (M1)."""
    today, days = local_day(by.now), settings_in_force(by.tenant_id, by.now).transfer_reminder_days
    scheduled = db.session.scalars(
        select(Transfer)
        .where(Transfer.tenant_id == by.tenant_id, Transfer.state == TransferState.SCHEDULED)
        .order_by(Transfer.due_on, Transfer.number)
    )
    return [transfer for transfer in scheduled if rules.is_due_soon(transfer.due_on, today, days)]


@query(Permission.TRANSFER_READ)
def list_overviews(*, by: Actor) -> list[Overview]:
    """The office's contracts in force or closed, with what is due next and what is late."""
    today = local_day(by.now)
    rows = db.session.execute(
        select(Contract, Organization.name)
        .join(
            Organization,
            (Organization.tenant_id == Contract.tenant_id) & (Organization.id == Contract.organization_id),
        )
        .where(
            Contract.tenant_id == by.tenant_id,
            Contract.state.in_((ContractState.SIGNED, ContractState.CLOSED)),
        )
        .order_by(Contract.number.desc())
    ).all()
    transfers: dict[UUID, list[Transfer]] = {contract.id: [] for contract, _name in rows}
    for transfer in db.session.scalars(
        select(Transfer).where(Transfer.tenant_id == by.tenant_id).order_by(Transfer.due_on)
    ):
        transfers[transfer.contract_id].append(transfer)
    return [_overview(contract, name, transfers[contract.id], today) for contract, name in rows]


@query(Permission.TRANSFER_READ)
def find_obligations(contract_id: UUID, *, by: Actor) -> Obligations:
    """What both sides of a contract promised, what was kept and how late, and what the SO reported (R1)."""
    contract = get(Contract, contract_id, by)
    organization = get(Organization, contract.organization_id, by)
    today, transfers = local_day(by.now), _transfers_of(contract)
    asked: dict[UUID, list[Delivery]] = {transfer.id: [] for transfer in transfers}
    for subject_id, state in db.session.execute(
        select(OutboundMessage.subject_id, OutboundMessage.state).where(
            OutboundMessage.tenant_id == contract.tenant_id,
            OutboundMessage.subject_type == Transfer.__tablename__,
            OutboundMessage.subject_id.in_(asked),
        )
    ):
        if subject_id is not None:
            asked[subject_id].append(state)
    milestones = _milestones_of(contract)
    return Obligations(
        contract=contract,
        organization=organization.name,
        payments=[
            Payment(
                transfer,
                rules.days_late(transfer.due_on, transfer.made_at and local_day(transfer.made_at), today),
                tuple(asked[transfer.id]),
            )
            for transfer in transfers
        ],
        steps=[
            Step(one, rules.days_late(one.due_on, one.reported_at and local_day(one.reported_at), today))
            for one in milestones
        ],
        reports=_reports_of(contract, {one.id: one.title for one in milestones}, by)
        if by.may(Permission.PROGRESS_READ)
        else [],
    )


@query(Permission.PROGRESS_READ)
def open_picture(contract_id: UUID, picture_id: UUID, *, by: Actor) -> Content:
    """A picture that came with a report about a contract; ``NotFound`` otherwise, and until it is here (M3)."""
    contract = get(Contract, contract_id, by)
    reports = db.session.scalars(
        select(ProgressReport).where(
            ProgressReport.tenant_id == contract.tenant_id, ProgressReport.contract_id == contract.id
        )
    )
    found = pictures.pictures_of(reports, by=by)
    for report_id, shown in found.items():
        if picture_id in {one.id for one in shown}:
            return pictures.open_picture(picture_id, get(ProgressReport, report_id, by), by=by)
    raise NotFound("not_found", what="pictures")


@query(Permission.TRANSFER_READ)
def list_reminders(contract_id: UUID, *, by: Actor) -> list[RemindersView]:
    """Which reminders about a contract leave when, and which have left (S6)."""
    return reminders_about(get(Contract, contract_id, by).id, by=by)


@query(Permission.TRANSFER_READ)
def count_transfers(*, by: Actor) -> Counter[TransferState]:
    """How many of the office's transfers stand in each state."""
    rows = db.session.execute(
        select(Transfer.state, func.count())
        .where(Transfer.tenant_id == by.tenant_id)
        .group_by(Transfer.state)
    )
    return Counter(dict(rows.all()))


@query(Permission.TRANSFER_CONFIRM)
def list_unconfirmed(*, by: Actor) -> list[Transfer]:
    """The transfers made to the SO the sender speaks for that wait for its word (M1)."""
    _by, _signatory, organization = as_signatory(by=by)
    return list(
        db.session.scalars(
            select(Transfer)
            .where(
                Transfer.tenant_id == by.tenant_id,
                Transfer.organization_id == organization.id,
                Transfer.state == TransferState.MADE,
            )
            .order_by(Transfer.number)
        )
    )


@query(Permission.PROGRESS_REPORT)
def own_contracts(*, by: Actor) -> dict[int, UUID]:
    """The contracts in force of the SO that the sender speaks for, by the number of their lot (M2, M3)."""
    _by, _signatory, organization = as_signatory(by=by)
    rows = db.session.execute(
        select(Lot.number, Contract.id)
        .join(Lot, (Lot.tenant_id == Contract.tenant_id) & (Lot.id == Contract.lot_id))
        .where(
            Contract.tenant_id == by.tenant_id,
            Contract.organization_id == organization.id,
            Contract.state == ContractState.SIGNED,
        )
        .order_by(Lot.number)
    )
    return dict(rows.all())


@query(Permission.PROGRESS_REPORT)
def own_contract_names(*, by: Actor) -> list[tuple[int, str, str]]:
    """The lot numbers of the same contracts, each with what it is about, in Chinese and in English (M2, M3)."""
    rows = db.session.execute(
        select(Lot.number, Package.name, Package.name_en)
        .join(Contract, (Contract.tenant_id == Lot.tenant_id) & (Contract.lot_id == Lot.id))
        .join(Package, (Package.tenant_id == Lot.tenant_id) & (Package.id == Lot.package_id))
        .where(Lot.tenant_id == by.tenant_id, Contract.id.in_(own_contracts(by=by).values()))
        .order_by(Lot.number)
    )
    return [(number, name, name_en or name) for number, name, name_en in rows]


@query(Permission.PROGRESS_REPORT)
def list_open_milestones(contract_id: UUID, *, by: Actor) -> list[Milestone]:
    """The milestones of a contract that are not reported as reached."""
    contract = get(Contract, contract_id, by)
    return [one for one in _milestones_of(contract) if one.state is MilestoneState.PLANNED]


@query(Permission.PROGRESS_REPORT)
def find_own_report(report_id: UUID, *, by: Actor) -> ProgressReport:
    """A report of the sender's own; ``NotFound`` otherwise."""
    report = get(ProgressReport, report_id, by)
    if report.contact_id != by.id:
        raise NotFound("not_found", what="progress_reports")
    return report


@query(Permission.PROGRESS_REPORT)
def contract_number(contract_id: UUID, *, by: Actor) -> str:
    """How a contract is named to the SO that holds it."""
    return get(Contract, contract_id, by).number


def _overview(contract: Contract, name: str, transfers: list[Transfer], today: date) -> Overview:
    waiting = [transfer.due_on for transfer in transfers if transfer.state is TransferState.SCHEDULED]
    next_due = min(waiting, default=None)
    return Overview(
        contract,
        name,
        next_due,
        0 if next_due is None else rules.days_late(next_due, None, today),
        len(transfers),
        sum(transfer.state is TransferState.CONFIRMED for transfer in transfers),
    )


def _transfers_of(contract: Contract) -> list[Transfer]:
    return list(
        db.session.scalars(
            select(Transfer)
            .where(Transfer.tenant_id == contract.tenant_id, Transfer.contract_id == contract.id)
            .order_by(Transfer.due_on, Transfer.number)
        )
    )


def _milestones_of(contract: Contract) -> list[Milestone]:
    return list(
        db.session.scalars(
            select(Milestone)
            .where(Milestone.tenant_id == contract.tenant_id, Milestone.contract_id == contract.id)
            .order_by(Milestone.position)
        )
    )


def _reports_of(contract: Contract, titles: dict[UUID, str], by: Actor) -> list[Report]:
    rows = db.session.execute(
        select(ProgressReport, Contact.data_key, Contact.address)
        .join(
            Contact,
            (Contact.tenant_id == ProgressReport.tenant_id) & (Contact.id == ProgressReport.contact_id),
        )
        .where(ProgressReport.tenant_id == contract.tenant_id, ProgressReport.contract_id == contract.id)
        .order_by(ProgressReport.reported_at.desc())
    ).all()
    shown = pictures.pictures_of([report for report, _key, _address in rows], by=by)
    return [
        Report(
            decrypt_under(key, report.text),
            titles.get(report.milestone_id) if report.milestone_id else None,
            report.reported_at,
            mask_address(address) if address else None,
            shown.get(report.id, []),
        )
        for report, key, address in rows
    ]
