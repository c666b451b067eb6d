"""What step 7 reminds of: what must be put right, and evaluations not answered yet (E2, E4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from channels.messages import InEach
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.evaluation.messages import PUT_RIGHT_SOON, STILL_WANTED
from service.evaluation.models import Acceptance, Beneficiary, EvaluationRound
from service.evaluation.people import has_answered
from service.evaluation.rules import Outcome, RoundState
from service.organizations.queries import with_phones
from service.procurement.models import Lot
from service.reminders.rules import Offset, Owed, ReminderRule
from tenants.actors import Actor
from tenants.database import db
from tenants.workdays import end_of_day

ASKED_AGAIN_FOR = timedelta(days=30)
"""How long after the invitation it is worth asking again."""


def _to_put_right(by: Actor, contract_id: UUID | None) -> Iterator[Owed]:
    """What the last acceptance found, until the next one looks again."""
    later = aliased(Acceptance)
    looked_again = exists().where(
        later.tenant_id == Acceptance.tenant_id,
        later.contract_id == Acceptance.contract_id,
        later.number > Acceptance.number,
    )
    wanted = (
        select(Acceptance, Contract, Lot.number)
        .join(
            Contract, (Contract.tenant_id == Acceptance.tenant_id) & (Contract.id == Acceptance.contract_id)
        )
        .join(Lot, (Lot.tenant_id == Contract.tenant_id) & (Lot.id == Contract.lot_id))
        .where(
            Acceptance.tenant_id.in_(by.readable),
            Acceptance.outcome == Outcome.RECTIFY,
            Contract.state == ContractState.SIGNED,
            ~looked_again,
        )
    )
    if contract_id is not None:
        wanted = wanted.where(Contract.id == contract_id)
    for acceptance, contract, lot, contact_id in db.session.execute(with_phones(wanted, Contract)):
        assert acceptance.rectify_by is not None
        moment = end_of_day(acceptance.rectify_by)
        yield Owed(
            tenant_id=acceptance.tenant_id,
            subject_type=Acceptance.__tablename__,
            subject_id=acceptance.id,
            about_id=contract.id,
            contact_id=contact_id,
            moment=moment,
            since=acceptance.recorded_at,
            until=moment,
            said=PUT_RIGHT_SOON(contract=contract.number, day=acceptance.rectify_by, number=lot),
        )


def _answers_wanted(by: Actor, contract_id: UUID | None) -> Iterator[Owed]:
    wanted = (
        select(EvaluationRound, Beneficiary.contact_id, Beneficiary.enrolled_at)
        .join(
            Beneficiary,
            (Beneficiary.tenant_id == EvaluationRound.tenant_id)
            & (Beneficiary.package_id == EvaluationRound.package_id),
        )
        .where(
            EvaluationRound.tenant_id.in_(by.readable),
            EvaluationRound.state == RoundState.OPEN,
            ~has_answered(),
        )
    )
    if contract_id is not None:
        wanted = wanted.where(EvaluationRound.contract_id == contract_id)
    for evaluation, contact_id, enrolled_at in db.session.execute(wanted):
        invited = max(evaluation.opened_at, enrolled_at)
        yield Owed(
            tenant_id=evaluation.tenant_id,
            subject_type=EvaluationRound.__tablename__,
            subject_id=evaluation.id,
            about_id=evaluation.contract_id,
            contact_id=contact_id,
            moment=invited,
            since=invited,
            until=invited + ASKED_AGAIN_FOR,
            said=STILL_WANTED(
                number=len(evaluation.questions),
                title=InEach(zh=evaluation.title, en=evaluation.title_en or evaluation.title),
            ),
        )


REMINDERS = (
    ReminderRule(
        "put_right_soon",
        _l("Something must be put right"),
        _l("The organization that holds the contract"),
        "remind_rectification_days",
        Offset.DAYS_BEFORE,
        _to_put_right,
    ),
    ReminderRule(
        "evaluation_wanted",
        _l("What do you think of it?"),
        _l("People on the register who have not answered by then"),
        "remind_evaluation_days",
        Offset.DAYS_AFTER,
        _answers_wanted,
    ),
)
