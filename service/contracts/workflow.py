"""The verbs of step 5.6: from the approved result to a contract in force, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath
from uuid import UUID

from channels.links import issue_link
from channels.messages import Said
from channels.outbox import tell
from service.contracts import messages, rules
from service.contracts.clause_rules import require_no_escape
from service.contracts.models import Contract
from service.contracts.rules import PlannedTransfer, Side
from service.organizations.models import Organization
from service.organizations.queries import signatory_contacts
from service.preparation.models import Package
from service.preparation.queries import current_scope_of_work, package_costs
from service.procurement.models import Award, Bid, Lot
from service.procurement.selection import approve_result, name_of, require_may_win
from tenants.actors import Actor
from tenants.audit import record
from tenants.counters import next_number
from tenants.database import db
from tenants.events import Event
from tenants.files import StoredFile, store_file
from tenants.gate import command, get, lock
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.refusals import NotFound, RuleBroken
from tenants.states import move
from tenants.workdays import local_day

IMPLEMENTATION_PLAN = "implementation_plan"
"""The purpose of the links by which winners file their plan."""


@command(Permission.RESULT_APPROVE)
def approve_and_begin(call_id: UUID, *, by: Actor) -> list[Contract]:
    """Approve a result and begin a contract for each award (steps 5.5 and 5.6, C11, C12): both, or neither.

    Each winner is sent a link to file its implementation plan, or to change the one of its application.
    Refuses what ``approve_result`` refuses, ``controlled_by_office`` (R2), ``needs_umbrella`` (O6) and ``scope_of_work_missing``.
    """
    return [_begin(award, by) for award in approve_result(call_id, by=by)]


@command(Permission.CONTRACT_WRITE)
def send_plan_link(contract_id: UUID, *, by: Actor) -> Contract:
    """Send the provider a new link to file its implementation plan, where the first was lost (C4)."""
    contract = lock(Contract, contract_id, by)
    rules.require_plan_open(contract.state)
    _ask_for_plan(contract, by)
    record(Event.PLAN_LINK_SENT, contract, by)
    return contract


@command(Permission.IMPLEMENTATION_PLAN_FILE)
def file_implementation_plan(
    contract_id: UUID,
    organization_id: UUID,
    *,
    text: str | None,
    document: tuple[str, bytes] | None,
    by: Actor,
) -> Contract:
    """File the implementation plan that becomes the contract's second annex (step 5.6, C4, C12).

    ``organization_id``: the SO the sender speaks for; ``document``: name and content of a Word or PDF file of
    at most 10 MiB. A later plan replaces an earlier one until the legal review. Refuses ``plan_missing``,
    ``document_kind`` and ``document_too_large``.
    """
    contract = lock(Contract, contract_id, by)
    if contract.organization_id != organization_id:
        raise NotFound("not_found", what="contracts")
    rules.require_plan_open(contract.state)
    rules.require_plan(text, document[1] if document else None)
    contract.plan_text, contract.plan_filed_at, contract.plan_file_id = text, by.now, None
    if document:
        contract.plan_file_id = _store(*document, by).id
    record(Event.IMPLEMENTATION_PLAN_FILED, contract, by, file=contract.plan_file_id)
    return contract


@command(Permission.CONTRACT_WRITE)
def draw_up_contract(
    contract_id: UUID,
    *,
    starts_on: date,
    ends_on: date,
    clauses: Mapping[str, str],
    clauses_en: Mapping[str, str | None],
    transfers: Sequence[Mapping[str, object]],
    by: Actor,
) -> Contract:
    """Write the contract's terms (step 5.6, Table 11, C12); until both sides signed they can be written anew.

    ``clauses``: the written items by name, ``clauses_en`` the same in English where known; ``transfers``:
    purpose, amount in yuan and day each. Refuses ``plan_not_filed``, ``clauses_missing``,
    ``period_reversed``, ``late_transfer_excused``, and transfers that do not add up.
    """
    contract = lock(Contract, contract_id, by)
    rules.require_plan_filed(contract.plan_filed_at)
    rules.require_clauses(clauses)
    rules.require_period(starts_on, ends_on)
    planned = [PlannedTransfer(**transfer) for transfer in transfers]  # type: ignore[arg-type]
    rules.require_transfers(planned, contract.direct_investment + contract.service_fee, starts_on)
    english = {name: text for name, text in clauses_en.items() if text}
    require_no_escape([*clauses.values(), *english.values(), *(transfer.purpose for transfer in planned)])
    contract.terms = {
        "clauses": dict(clauses),
        "clauses_en": english,
        "transfers": [transfer.to_plain() for transfer in planned],
    }
    contract.starts_on, contract.ends_on, contract.drawn_up_by = starts_on, ends_on, by.id
    contract.legal_reviewer = contract.legal_review = contract.legal_reviewed_at = None
    contract.purchaser_signed_at = contract.purchaser_signatory = None
    contract.provider_signed_at = contract.provider_signatory = None
    move(contract, "draw_up", by)
    record(Event.CONTRACT_DRAWN_UP, contract, by, transfers=len(planned))
    return contract


@command(Permission.CONTRACT_WRITE)
def review_contract(contract_id: UUID, reviewer: str, opinion: str, *, by: Actor) -> Contract:
    """Put a legal adviser's review on record (step 5.6, C12); the provider is told that it can be signed.

    ``reviewer``: who reviewed it. Refuses ``opinion_missing``.
    """
    contract = lock(Contract, contract_id, by)
    rules.require_opinion(opinion)
    contract.legal_reviewer, contract.legal_review, contract.legal_reviewed_at = reviewer, opinion, by.now
    move(contract, "review", by)
    said = messages.ready_to_sign(
        number=contract.number,
        package=name_of(get(Package, contract.package_id, by)),
        amount=contract.direct_investment + contract.service_fee,
    )
    _tell(contract, said, by)
    record(Event.CONTRACT_REVIEWED, contract, by)
    return contract


@command(Permission.CONTRACT_WRITE)
def sign_contract(contract_id: UUID, side: Side, signatory: str, *, by: Actor) -> Contract:
    """Record that one side signed and sealed (step 5.6, C12); with both the contract is in force.

    ``signatory``: who signed. Refuses ``already_signed``.
    """
    contract = lock(Contract, contract_id, by)
    if side is Side.PURCHASER:
        rules.require_signable(contract.state, contract.purchaser_signed_at)
        contract.purchaser_signed_at, contract.purchaser_signatory = by.now, signatory
    else:
        rules.require_signable(contract.state, contract.provider_signed_at)
        contract.provider_signed_at, contract.provider_signatory = by.now, signatory
    if contract.purchaser_signed_at and contract.provider_signed_at:
        move(contract, "sign", by)
        first = min(planned_transfers(contract), key=lambda transfer: transfer.due_on)
        said = messages.in_force(
            number=contract.number,
            starts=contract.starts_on,
            ends=contract.ends_on,
            amount=first.amount,
            due=first.due_on,
        )
        _tell(contract, said, by)
    record(Event.CONTRACT_SIGNED, contract, by, side=side)
    return contract


@command(Permission.CLOSURE_WRITE)
def close_contract(contract_id: UUID, *, by: Actor) -> Contract:
    """End a contract whose work was accepted and closed (step 7.5, E5)."""
    contract = lock(Contract, contract_id, by)
    move(contract, "close", by)
    record(Event.CONTRACT_CLOSED, contract, by)
    return contract


def planned_transfers(contract: Contract) -> list[PlannedTransfer]:
    """The payments a contract promises, in the order in which it names them (M1)."""
    return [PlannedTransfer.from_plain(plain) for plain in contract.terms.get("transfers", [])]


def _begin(award: Award, by: Actor) -> Contract:
    lot, bid = get(Lot, award.lot_id, by), get(Bid, award.bid_id, by)
    organization = get(Organization, bid.organization_id, by)
    require_may_win(organization)
    scope = current_scope_of_work(lot.package_id, by=by)
    if scope is None:
        raise RuleBroken("scope_of_work_missing")
    office = db.session.get_one(Tenant, by.tenant_id)
    number = rules.contract_number(office.code, local_day(by.now).year, next_number("contract", by))
    plan = (bid.content or {}).get("texts", {}).get("plan")
    contract = Contract(
        tenant_id=by.tenant_id,
        id=new_id(),
        number=number,
        award_id=award.id,
        call_id=award.call_id,
        lot_id=lot.id,
        package_id=lot.package_id,
        organization_id=organization.id,
        umbrella_id=None if organization.credit_code else organization.umbrella_id,
        scope_of_work_id=scope.id,
        direct_investment=package_costs(lot.package_id, by=by).direct,
        service_fee=bid.price,
        terms={},
        plan_text=plan,
        plan_filed_at=bid.received_at if plan else None,
    )
    db.session.add(contract)
    db.session.flush()
    record(Event.CONTRACT_BEGUN, contract, by, number=number, award=award.id)
    _ask_for_plan(contract, by)
    return contract


def _ask_for_plan(contract: Contract, by: Actor) -> None:
    lot, package = get(Lot, contract.lot_id, by), get(Package, contract.package_id, by)
    for contact in signatory_contacts([contract.organization_id], by=by)[contract.organization_id]:
        link = issue_link(IMPLEMENTATION_PLAN, contact, contract.id, by=by)
        wanted = messages.plan_kept if contract.plan_filed_at else messages.plan_wanted
        said = wanted(lot=lot.number, package=name_of(package), link=link)
        tell(contact, said, by=by, subject=contract)


def _store(name: str, content: bytes, by: Actor) -> StoredFile:
    kind = rules.kind_of_document(content)
    return store_file(f"{PurePath(name).stem[:80]}.{kind}", rules.DOCUMENT_KINDS[kind], content, by=by)


def _tell(contract: Contract, said: Said, by: Actor) -> None:
    for contact in signatory_contacts([contract.organization_id], by=by)[contract.organization_id]:
        tell(contact, said, by=by, subject=contract)
