"""Reads of step 5.6."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from service.contracts.models import Contract
from service.contracts.rules import DISPUTES_EN, DISPUTES_ZH, ContractItem, ContractState
from service.organizations.models import Organization
from service.preparation.models import Package, ScopeOfWork
from service.preparation.rules import SowItem
from tenants.actors import Actor
from tenants.database import db
from tenants.files import StoredFile
from tenants.gate import get, query
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.states import Move, list_moves

FROM_SCOPE = {
    ContractItem.POPULATION: (SowItem.TARGET_GROUP,),
    ContractItem.APPROACH: (SowItem.APPROACH,),
    ContractItem.SCALE: (SowItem.SCALE, SowItem.LOCATION),
    ContractItem.RESULTS: (SowItem.RESULTS,),
    ContractItem.SUPPORT: (SowItem.SUPPORT,),
    ContractItem.INSPECTION: (SowItem.INSPECTION,),
    ContractItem.EVALUATION: (SowItem.EVALUATION,),
}
"""Which items of the scope of work a draft takes its clauses from (Table 8 → Table 11)."""


@dataclass(frozen=True)
class ContractFile:
    """A contract with all that stands in it: parties, task, annexes, history."""

    contract: Contract
    purchaser: Tenant
    provider: Organization
    umbrella: Organization | None
    package: Package
    scope_of_work: ScopeOfWork
    plan_file: tuple[str, str] | None
    moves: list[tuple[ContractState, Move]]

    @property
    def total(self) -> Decimal:
        """Direct investment and service fee, in yuan."""
        return self.contract.direct_investment + self.contract.service_fee


@query(Permission.CONTRACT_READ)
def find_contract(contract_id: UUID, *, by: Actor) -> Contract:
    """One contract; ``NotFound`` otherwise."""
    return get(Contract, contract_id, by)


@query(Permission.CONTRACT_READ)
def list_contracts(*, by: Actor) -> list[Contract]:
    """The contracts of the actor's office, newest first."""
    return list(
        db.session.scalars(
            select(Contract).where(Contract.tenant_id == by.tenant_id).order_by(Contract.number.desc())
        )
    )


@query(Permission.CONTRACT_READ)
def list_named_contracts(*, by: Actor) -> list[tuple[Contract, str, Package]]:
    """The contracts of the actor's office with the provider's name and the package, newest first."""
    rows = db.session.execute(
        select(Contract, Organization.name, Package)
        .join(
            Organization,
            (Organization.tenant_id == Contract.tenant_id) & (Organization.id == Contract.organization_id),
        )
        .join(Package, (Package.tenant_id == Contract.tenant_id) & (Package.id == Contract.package_id))
        .where(Contract.tenant_id == by.tenant_id)
        .order_by(Contract.number.desc())
    )
    return [(contract, provider, package) for contract, provider, package in rows]


@query(Permission.CONTRACT_READ)
def view_contract(contract_id: UUID, *, by: Actor) -> ContractFile:
    """A contract with its parties, task, annexes and history."""
    contract = get(Contract, contract_id, by)
    stored = None
    if contract.plan_file_id:
        stored = db.session.execute(
            select(StoredFile.name, StoredFile.sha256).where(
                StoredFile.tenant_id == contract.tenant_id, StoredFile.id == contract.plan_file_id
            )
        ).one()
    return ContractFile(
        contract,
        db.session.get_one(Tenant, contract.tenant_id),
        get(Organization, contract.organization_id, by),
        get(Organization, contract.umbrella_id, by) if contract.umbrella_id else None,
        get(Package, contract.package_id, by),
        get(ScopeOfWork, contract.scope_of_work_id, by),
        (stored.name, stored.sha256) if stored else None,
        [(ContractState(move.after), move) for move in list_moves(contract)],
    )


@query(Permission.IMPLEMENTATION_PLAN_FILE)
def find_own_plan(contract_id: UUID, organization_id: UUID, *, by: Actor) -> str | None:
    """The implementation plan an SO wrote for its own contract, if any (C4)."""
    contract = get(Contract, contract_id, by)
    return contract.plan_text if contract.organization_id == organization_id else None


@query(Permission.CONTRACT_READ)
def find_plan_file(contract_id: UUID, *, by: Actor) -> StoredFile:
    """The implementation plan as it was handed in; ``NotFound`` where it was only written."""
    contract = get(Contract, contract_id, by)
    if contract.plan_file_id is None:
        raise NotFound("not_found", what="stored_files")
    return get(StoredFile, contract.plan_file_id, by)


def draft_terms(file: ContractFile) -> dict[str, Any]:
    """The terms a contract starts from: as written before, else taken from scope of work and design (C12).

    The plain fields of ``TermsSchema``; dates, and the transfers of a first draft, are left to the officer.
    """
    written = file.contract.terms
    if written:
        clauses, english, transfers = written["clauses"], written["clauses_en"], written["transfers"]
    else:
        clauses = {item: _taken(file.scope_of_work.items, names) for item, names in FROM_SCOPE.items()}
        english = {item: _taken(file.scope_of_work.items_en, names) for item, names in FROM_SCOPE.items()}
        clauses[ContractItem.OBJECTIVES] = str(file.package.design.get("what") or "")
        clauses[ContractItem.DISPUTES], english[ContractItem.DISPUTES] = DISPUTES_ZH, DISPUTES_EN
        transfers = []
    return {
        "starts_on": file.contract.starts_on,
        "ends_on": file.contract.ends_on,
        "clauses": clauses,
        "clauses_en": english,
        "transfers": transfers,
    }


def _taken(items: dict[str, Any], names: tuple[SowItem, ...]) -> str:
    return "\n".join(str(items[name]) for name in names if items.get(name))


@query(Permission.CONTRACT_READ)
def count_contracts(*, by: Actor) -> Counter[ContractState]:
    """How many contracts stand in each state."""
    rows = db.session.execute(
        select(Contract.state, func.count())
        .where(Contract.tenant_id == by.tenant_id)
        .group_by(Contract.state)
    )
    return Counter({row[0]: row[1] for row in rows})


@query(Permission.CONTRACT_READ)
def list_to_draw_up(*, by: Actor) -> list[Contract]:
    """The contracts whose plan was filed and whose terms nobody has written yet, oldest first."""
    return list(
        db.session.scalars(
            select(Contract)
            .where(
                Contract.tenant_id == by.tenant_id,
                Contract.state == ContractState.AWAITING_PLAN,
                Contract.plan_filed_at.is_not(None),
            )
            .order_by(Contract.plan_filed_at)
        )
    )
