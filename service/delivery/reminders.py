"""What step 6 reminds of: milestones to be reported, transfers to be confirmed, and what a text began to tell (M1, M2, M3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from channels.commands import WORDS_IN_EACH
from channels.words import Word
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.delivery.dialogue import PROGRESS
from service.delivery.messages import MILESTONE_DUE, RECEIPT_WANTED, REPORT_WAITS
from service.delivery.models import Milestone, Transfer
from service.delivery.rules import MilestoneState, TransferState
from service.delivery.support_dialogue import SUPPORT
from service.organizations.queries import signatory_of, with_phones
from service.procurement.models import Lot
from service.reminders.rules import Offset, Owed, ReminderRule
from service.reminders.stopped import Silence, silences_in
from tenants.actors import Actor
from tenants.database import db
from tenants.workdays import end_of_day

ASKED_AGAIN_FOR = timedelta(days=30)
"""How long it is worth asking again whether a transfer arrived."""


def _milestones_due(by: Actor, contract_id: UUID | None) -> Iterator[Owed]:
    wanted = (
        select(Milestone, Contract, Lot.number)
        .join(Contract, (Contract.tenant_id == Milestone.tenant_id) & (Contract.id == Milestone.contract_id))
        .join(Lot, (Lot.tenant_id == Contract.tenant_id) & (Lot.id == Contract.lot_id))
        .where(
            Milestone.tenant_id.in_(by.readable),
            Milestone.state == MilestoneState.PLANNED,
            Contract.state == ContractState.SIGNED,
        )
    )
    if contract_id is not None:
        wanted = wanted.where(Contract.id == contract_id)
    for milestone, contract, lot, contact_id in db.session.execute(with_phones(wanted, Contract)):
        assert contract.purchaser_signed_at is not None
        assert contract.provider_signed_at is not None
        moment = end_of_day(milestone.due_on)
        yield Owed(
            tenant_id=milestone.tenant_id,
            subject_type=Milestone.__tablename__,
            subject_id=milestone.id,
            about_id=contract.id,
            contact_id=contact_id,
            moment=moment,
            since=max(contract.purchaser_signed_at, contract.provider_signed_at),
            until=moment,
            said=MILESTONE_DUE(
                contract=contract.number, milestone=milestone.title, day=milestone.due_on, number=lot
            ),
        )


def _receipts_wanted(by: Actor, contract_id: UUID | None) -> Iterator[Owed]:
    wanted = (
        select(Transfer, Contract.number)
        .join(Contract, (Contract.tenant_id == Transfer.tenant_id) & (Contract.id == Transfer.contract_id))
        .where(Transfer.tenant_id.in_(by.readable), Transfer.state == TransferState.MADE)
    )
    if contract_id is not None:
        wanted = wanted.where(Transfer.contract_id == contract_id)
    for transfer, contract, contact_id in db.session.execute(with_phones(wanted, Transfer)):
        assert transfer.made_at is not None
        yield Owed(
            tenant_id=transfer.tenant_id,
            subject_type=Transfer.__tablename__,
            subject_id=transfer.id,
            about_id=transfer.contract_id,
            contact_id=contact_id,
            moment=transfer.made_at,
            since=transfer.made_at,
            until=transfer.made_at + ASKED_AGAIN_FOR,
            said=RECEIPT_WANTED(
                amount=transfer.amount, purpose=transfer.purpose, contract=contract, number=transfer.number
            ),
        )


def _reports_begun(by: Actor, about_id: UUID | None) -> Iterator[Owed]:
    """Reports and requests for support of which nothing is kept yet; what is asked afterwards may stay unanswered."""
    for dialogue, word in ((PROGRESS, Word.PROGRESS), (SUPPORT, Word.SUPPORT)):
        for silence in silences_in(dialogue, about_id, steps=("lot", "words"), by=by):
            if _has_contract(silence):
                yield silence.owes(REPORT_WAITS(word=WORDS_IN_EACH[word]))


def _has_contract(silence: Silence) -> bool:
    """Whether the phone still speaks for an SO with a contract in force, so that its report would be taken (T5)."""
    spoken_for = signatory_of(silence.contact_id, silence.tenant_id)
    if spoken_for is None:
        return False
    _signatory, organization = spoken_for
    wanted = select(Contract.id).where(
        Contract.tenant_id == silence.tenant_id,
        Contract.organization_id == organization.id,
        Contract.state == ContractState.SIGNED,
    )
    return db.session.scalar(wanted.limit(1)) is not None


_PROVIDER = _l("The organization that holds the contract")

REMINDERS = (
    ReminderRule(
        "receipt_wanted",
        _l("Has the transfer arrived?"),
        _PROVIDER,
        "remind_receipt_days",
        Offset.DAYS_AFTER,
        _receipts_wanted,
    ),
    ReminderRule(
        "milestone_due",
        _l("A milestone is due"),
        _PROVIDER,
        "remind_milestone_days",
        Offset.DAYS_BEFORE,
        _milestones_due,
    ),
    ReminderRule(
        "report_waits",
        _l("A report stopped on its way"),
        _l("Who began it by text"),
        "remind_registration_days",
        Offset.DAYS_AFTER,
        _reports_begun,
    ),
)
