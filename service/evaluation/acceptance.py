"""The verbs that end a contract's work: acceptance and closure (E2, E5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from channels.outbox import tell
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.contracts.workflow import close_contract
from service.difficulty.models import Variant
from service.difficulty.rules import Approach
from service.evaluation import messages, rules
from service.evaluation.models import Acceptance, Closure, EvaluationRound
from service.evaluation.rules import Outcome, Participant, RoundState
from service.organizations.queries import signatory_contacts
from service.organizations.rules import TrackRecordKind
from service.organizations.workflow import add_track_record
from service.preparation.models import Package
from service.reminders.workflow import take_back
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock
from tenants.permissions import Permission
from tenants.settings import settings_in_force
from tenants.workdays import local_day

CONSTRUCTION = (Approach.CONSTRUCTION, Approach.CONTRACTOR)


@command(Permission.ACCEPTANCE_WRITE)
def record_acceptance(
    contract_id: UUID,
    *,
    members: Sequence[str],
    indicators: Sequence[Mapping[str, Any]],
    findings: str,
    outcome: Outcome,
    rectify_by: date | None = None,
    audited_accounts: str | None = None,
    audit_on: date | None = None,
    by: Actor,
) -> Acceptance:
    """Record what an acceptance group found and decided, and tell the SO (guide step 7.2, E2).

    ``indicators``: ``indicator``, ``met`` and ``finding`` each. Refuses ``acceptance_group_too_small``,
    ``indicators_missing``, ``too_many_indicators``, ``rectification_needs_a_date``, ``accounts_not_audited``,
    ``already_accepted``.
    """
    contract = lock(Contract, contract_id, by)
    rules.require_in_force(contract.state is ContractState.SIGNED, contract.state)
    rules.require_group(members)
    rules.require_few_indicators(indicators)
    rules.require_rectification_date(outcome, rectify_by, local_day(by.now))
    rules.require_audited_accounts(outcome, _is_large_construction(contract, by), audited_accounts)
    before = _outcomes(contract, by)
    rules.require_not_yet_accepted(before)
    acceptance = Acceptance(
        tenant_id=by.tenant_id,
        contract_id=contract.id,
        number=len(before) + 1,
        members="\n".join(members),
        indicators=[
            {"indicator": item["indicator"], "met": item["met"], "finding": item.get("finding")}
            for item in indicators
        ],
        findings=findings,
        outcome=outcome,
        rectify_by=rectify_by if outcome is Outcome.RECTIFY else None,
        audited_accounts=audited_accounts,
        audit_on=audit_on,
        recorded_at=by.now,
        recorded_by=by.id,
    )
    db.session.add(acceptance)
    db.session.flush()
    facts = {"rectify_by": rectify_by} if outcome is Outcome.RECTIFY else {}
    _tell_provider(contract, messages.DECIDED[outcome](contract=contract.number, **facts), acceptance, by)
    noted = {Outcome.ACCEPTED: TrackRecordKind.ACCEPTED, Outcome.RECTIFY: TrackRecordKind.RECTIFIED}
    if outcome in noted:
        add_track_record(contract.organization_id, noted[outcome], contract.number, by=by.as_system())
    record(Event.ACCEPTANCE_RECORDED, acceptance, by, contract=contract.number, outcome=outcome)
    take_back(contract.id, by=by)
    return acceptance


@command(Permission.CLOSURE_WRITE)
def record_closure(
    contract_id: UUID,
    *,
    held_on: date,
    participants: Collection[Participant],
    experience: str,
    opinions: str,
    reflections: str,
    lessons: str,
    awards: str | None = None,
    by: Actor,
) -> Closure:
    """Record the closure meeting and close the contract; the lessons become public (guide step 7.5, E5).

    Refuses ``not_accepted_yet``, ``evaluation_still_open``, ``participants_missing``, ``meeting_lies_ahead``.
    """
    contract = lock(Contract, contract_id, by)
    rules.require_in_force(contract.state is ContractState.SIGNED, contract.state)
    rules.require_held(held_on, local_day(by.now))
    rules.require_participants(participants)
    open_rounds = db.session.scalar(
        select(func.count(EvaluationRound.id)).where(
            EvaluationRound.tenant_id == by.tenant_id,
            EvaluationRound.contract_id == contract.id,
            EvaluationRound.state == RoundState.OPEN,
        )
    )
    rules.require_closable(_outcomes(contract, by), open_rounds or 0)
    closure = Closure(
        tenant_id=by.tenant_id,
        contract_id=contract.id,
        held_on=held_on,
        experience=experience,
        opinions=opinions,
        awards=awards,
        reflections=reflections,
        lessons=lessons,
        recorded_at=by.now,
        recorded_by=by.id,
        participants=[kind.value for kind in Participant if kind in participants],
    )
    db.session.add(closure)
    db.session.flush()
    close_contract(contract.id, by=by)
    add_track_record(
        contract.organization_id, TrackRecordKind.CONTRACT_CLOSED, contract.number, by=by.as_system()
    )
    if awards:
        add_track_record(contract.organization_id, TrackRecordKind.AWARD, awards, by=by.as_system())
    record(Event.CLOSURE_RECORDED, closure, by, contract=contract.number)
    take_back(contract.id, by=by)
    return closure


def _outcomes(contract: Contract, by: Actor) -> list[Outcome]:
    return list(
        db.session.scalars(
            select(Acceptance.outcome).where(
                Acceptance.tenant_id == by.tenant_id, Acceptance.contract_id == contract.id
            )
        )
    )


def _is_large_construction(contract: Contract, by: Actor) -> bool:
    """Construction whose direct investment passes the county's own threshold for a quality supervisor."""
    variant = get(Variant, get(Package, contract.package_id, by).variant_id, by)
    threshold = settings_in_force(by.tenant_id, by.now).supervisor_threshold
    return variant.approach in CONSTRUCTION and contract.direct_investment > threshold


def _tell_provider(contract: Contract, said: Any, acceptance: Acceptance, by: Actor) -> None:
    contacts = signatory_contacts([contract.organization_id], by=by)
    for contact_id in contacts.get(contract.organization_id, []):
        tell(contact_id, said, by=by, subject=acceptance)
