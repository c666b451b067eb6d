"""The verbs of step 6: transfers scheduled, made and confirmed; milestones set, progress reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from channels.messages import InEach
from channels.models import Contact
from channels.outbox import tell
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.contracts.workflow import planned_transfers
from service.delivery import messages, rules
from service.delivery.models import Milestone, ProgressReport, Transfer
from service.delivery.queries import own_contracts
from service.delivery.rules import MilestoneState
from service.organizations.queries import as_signatory, signatory_contacts
from service.reminders.workflow import take_back
from tenants.actors import Actor
from tenants.audit import record
from tenants.counters import next_number
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.privacy import encrypt_under
from tenants.refusals import NotFound
from tenants.states import move


@command(Permission.TRANSFER_WRITE)
def schedule_transfers(contract_id: UUID, *, by: Actor) -> list[Transfer]:
    """Put the payments a signed contract promises on the calendar (step 6.1, M1).

    Each gets the number by which the SO confirms it.

    Refuses ``wrong_stage`` for a contract not in force and ``transfers_scheduled``.
    """
    contract = lock(Contract, contract_id, by)
    rules.require_in_force(contract.state)
    rules.require_not_scheduled(_number_of(contract, by))
    return _schedule(contract, by)


@command(Permission.TRANSFER_WRITE)
def make_transfer(transfer_id: UUID, bank_reference: str, *, by: Actor) -> Transfer:
    """Record a payment with the bank's reference and ask the SO to confirm it (step 6.1, M1).

    Refuses ``bank_reference_missing``, and ``wrong_stage`` for one that was made before.
    """
    transfer = lock(Transfer, transfer_id, by)
    rules.require_proof(bank_reference)
    transfer.made_at, transfer.made_by, transfer.bank_reference = by.now, by.id, bank_reference.strip()
    move(transfer, "make", by)
    record(Event.TRANSFER_MADE, transfer, by, number=transfer.number)
    _ask_to_confirm(transfer, by)
    return transfer


@command(Permission.TRANSFER_CONFIRM)
def confirm_transfer(number: int, *, by: Actor) -> Transfer:
    """The SO confirms that the money arrived; whoever speaks for it may, without a PIN (M1).

    Refuses ``transfer_unknown`` for another SO's, ``not_transferred`` and ``confirmed_before``.
    """
    _by, _signatory, organization = as_signatory(by=by)
    transfer = db.session.scalar(
        select(Transfer)
        .where(
            Transfer.tenant_id == by.tenant_id,
            Transfer.number == number,
            Transfer.organization_id == organization.id,
        )
        .with_for_update()
    )
    if transfer is None:
        raise NotFound("transfer_unknown", number=number)
    rules.require_made(transfer.state)
    transfer.confirmed_at = by.now
    move(transfer, "confirm", by)
    record(Event.TRANSFER_CONFIRMED, transfer, by, number=transfer.number)
    take_back(transfer.contract_id, by=by)
    return transfer


@command(Permission.TRANSFER_SWEEP)
def sweep(*, by: Actor) -> int:
    """Schedule what signed contracts promise; return how many transfers (M1)."""
    scheduled = select(Transfer.contract_id).where(Transfer.tenant_id == by.tenant_id)
    unscheduled = db.session.scalars(
        select(Contract)
        .where(
            Contract.tenant_id == by.tenant_id,
            Contract.state == ContractState.SIGNED,
            Contract.id.not_in(scheduled),
        )
        .with_for_update(skip_locked=True)
    ).all()
    return sum(len(_schedule(contract, by)) for contract in unscheduled)


@command(Permission.CONTRACT_WRITE)
def set_milestones(
    contract_id: UUID, milestones: Sequence[Mapping[str, Any]], *, by: Actor
) -> list[Milestone]:
    """Set the steps the contract promises (M3). ``milestones``: ``title`` and ``due_on`` each.

    Refuses ``wrong_stage``, ``milestones_missing``, ``milestone_outside`` and ``milestones_reported``.
    """
    contract = lock(Contract, contract_id, by)
    rules.require_in_force(contract.state)
    rules.require_milestones([one["due_on"] for one in milestones], contract.starts_on, contract.ends_on)
    mine = (Milestone.tenant_id == by.tenant_id, Milestone.contract_id == contract.id)
    reported = select(func.count()).where(*mine, Milestone.state == MilestoneState.REPORTED)
    rules.require_unreported(db.session.scalar(reported) or 0)
    db.session.execute(delete(Milestone).where(*mine))
    ordered = sorted(milestones, key=lambda one: one["due_on"])
    made = [
        Milestone(
            tenant_id=by.tenant_id,
            contract_id=contract.id,
            position=position,
            title=one["title"],
            due_on=one["due_on"],
        )
        for position, one in enumerate(ordered, 1)
    ]
    db.session.add_all(made)
    db.session.flush()
    record(Event.MILESTONE_SET, contract, by, number=len(made))
    take_back(contract.id, by=by)
    return made


@command(Permission.PROGRESS_REPORT)
def report_progress(text: str, *, lot: int | None = None, by: Actor) -> ProgressReport:
    """The SO reports on its contract, named by its lot number where it has several (M3).

    The words are kept under the reporting contact's own key (T7). Refuses ``no_contract``,
    ``contract_unclear`` and ``contract_unknown``.
    """
    contracts = own_contracts(by=by)
    contract_id = contracts[rules.only_contract(list(contracts), lot)]
    contact = db.session.get_one(Contact, (by.tenant_id, by.id))
    assert contact.data_key is not None
    report = ProgressReport(
        tenant_id=by.tenant_id,
        contract_id=contract_id,
        contact_id=contact.id,
        text=encrypt_under(contact.data_key, text),
        channel=by.channel,
        reported_at=by.now,
    )
    db.session.add(report)
    db.session.flush()
    record(Event.PROGRESS_REPORTED, report, by, contract=contract_id)
    return report


@command(Permission.PROGRESS_REPORT)
def report_milestone(report_id: UUID, position: int, *, by: Actor) -> Milestone:
    """The SO says that a milestone of the contract it reported on is reached (M3). Refuses ``not_found``."""
    report = lock(ProgressReport, report_id, by)
    milestone = db.session.scalar(
        select(Milestone)
        .where(
            Milestone.tenant_id == by.tenant_id,
            Milestone.contract_id == report.contract_id,
            Milestone.position == position,
            Milestone.state == MilestoneState.PLANNED,
        )
        .with_for_update()
    )
    if milestone is None or report.contact_id != by.id:
        raise NotFound("not_found", what="milestones")
    report.milestone_id, milestone.reported_at = milestone.id, by.now
    move(milestone, "report", by)
    record(Event.MILESTONE_REPORTED, milestone, by, contract=report.contract_id)
    take_back(report.contract_id, by=by)
    return milestone


def _number_of(contract: Contract, by: Actor) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(
                Transfer.tenant_id == by.tenant_id, Transfer.contract_id == contract.id
            )
        )
        or 0
    )


def _schedule(contract: Contract, by: Actor) -> list[Transfer]:
    transfers = [
        Transfer(
            tenant_id=by.tenant_id,
            number=next_number("transfer", by),
            contract_id=contract.id,
            organization_id=contract.organization_id,
            purpose=planned.purpose,
            amount=planned.amount,
            due_on=planned.due_on,
        )
        for planned in sorted(planned_transfers(contract), key=lambda planned: planned.due_on)
    ]
    db.session.add_all(transfers)
    db.session.flush()
    record(Event.TRANSFER_SCHEDULED, contract, by, transfers=[transfer.number for transfer in transfers])
    return transfers


def _ask_to_confirm(transfer: Transfer, by: Actor) -> None:
    contract = db.session.get_one(Contract, (by.tenant_id, transfer.contract_id))
    office = db.session.get_one(Tenant, by.tenant_id)
    said = messages.TRANSFERRED(
        office=InEach(office.name_zh, office.name_en),
        amount=transfer.amount,
        purpose=transfer.purpose,
        contract=contract.number,
        number=transfer.number,
    )
    for contact in signatory_contacts([transfer.organization_id], by=by)[transfer.organization_id]:
        tell(contact, said, by=by, subject=transfer)
