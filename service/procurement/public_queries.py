"""What anybody may read of step 5 (C2, C5): calls as published, bids once opened; nothing secret (D3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from service.organizations.models import Organization
from service.preparation.models import Package, ScopeOfWork
from service.preparation.rules import ProcurementMethod, SowItem
from service.procurement.models import Amendment, Bid, Call, Lot
from service.procurement.queries import NO_LONGER_COUNT
from service.procurement.rules import CallState, as_published
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.refusals import NotFound


@dataclass(frozen=True)
class PublicLot:
    """A lot with its scope of work, Table 8 without the difficulty; English where it was given."""

    number: int
    name: str
    name_en: str | None
    villages: str
    scope: dict[SowItem, str]
    scope_en: dict[SowItem, str]


@dataclass(frozen=True)
class PublicBid:
    """An opened bid with all it takes to repeat its digest; no price where it could not be read (C5)."""

    lot: int
    organization: str
    received_at: datetime
    digest: str
    price: Decimal | None
    nonce: str | None
    as_sealed: str | None


@dataclass(frozen=True)
class PublicCall:
    """A call as it was published, with how to complain (C1); ``bids`` is empty until the opening."""

    id: UUID
    tenant_id: int
    office: str
    office_en: str
    hotline: str | None
    number: int
    title: str
    title_en: str | None
    purpose: str
    qualifications: str
    documents: str
    place: str
    review_process: str
    special_cases: str
    method: ProcurementMethod
    method_reason: str | None
    state: CallState
    published_at: datetime
    questions_until: datetime
    deadline: datetime
    opened_at: datetime | None
    cancelled_at: datetime | None
    cancelled_because: str | None
    cancelled_because_en: str | None
    lots: list[PublicLot]
    bids: list[PublicBid]


@query(Permission.PORTAL_READ)
def list_public_calls(tenant_ids: Collection[int], *, open_only: bool = False, by: Actor) -> list[PublicCall]:
    """The published calls of some offices, newest first; ``open_only``: those that still take bids."""
    wanted: list[ColumnElement[bool]] = [Call.tenant_id.in_(set(tenant_ids) & set(by.readable))]
    if open_only:
        wanted += [Call.state == CallState.PUBLISHED, Call.deadline >= by.now]
    return _calls(wanted)


@query(Permission.PORTAL_READ)
def find_public_call(call_id: UUID, *, by: Actor) -> PublicCall:
    """One published call; ``NotFound`` for drafts as for what does not exist."""
    found = _calls([Call.tenant_id.in_(by.readable), Call.id == call_id])
    if not found:
        raise NotFound("not_found", what=Call.__tablename__)
    return found[0]


@query(Permission.PORTAL_READ)
def list_public_amendments(call_id: UUID, *, by: Actor) -> list[Amendment]:
    """How a published call changed, newest first (C15)."""
    return list(
        db.session.scalars(
            select(Amendment)
            .where(Amendment.tenant_id.in_(by.readable), Amendment.call_id == call_id)
            .order_by(Amendment.made_at.desc(), Amendment.id.desc())
        )
    )


def _calls(wanted: Sequence[ColumnElement[bool]]) -> list[PublicCall]:
    rows = db.session.execute(
        select(Call, Tenant)
        .join(Tenant, Tenant.id == Call.tenant_id)
        .where(Call.state != CallState.DRAFT, *wanted)
        .order_by(Call.published_at.desc(), Call.id)
    ).all()
    ids = [call.id for call, _office in rows]
    lots, bids = _lots(ids), _bids(ids)
    return [_public(call, office, lots.get(call.id, []), bids.get(call.id, [])) for call, office in rows]


def _public(call: Call, office: Tenant, lots: list[PublicLot], bids: list[PublicBid]) -> PublicCall:
    assert call.published_at is not None
    assert call.questions_until is not None
    assert call.deadline is not None
    return PublicCall(
        call.id,
        call.tenant_id,
        office.name_zh,
        office.name_en,
        office.hotline,
        call.number,
        call.title,
        call.title_en,
        call.purpose,
        call.qualifications,
        call.documents,
        call.place,
        call.review_process,
        call.special_cases,
        call.method,
        call.method_reason,
        call.state,
        call.published_at,
        call.questions_until,
        call.deadline,
        call.opened_at,
        call.cancelled_at,
        call.cancelled_because,
        call.cancelled_because_en,
        lots,
        bids,
    )


def _lots(call_ids: Collection[UUID]) -> dict[UUID, list[PublicLot]]:
    rows = db.session.execute(
        select(Lot, Package, ScopeOfWork)
        .join(Call, (Call.tenant_id == Lot.tenant_id) & (Call.id == Lot.call_id))
        .join(Package, (Package.tenant_id == Lot.tenant_id) & (Package.id == Lot.package_id))
        .join(
            ScopeOfWork,
            (ScopeOfWork.tenant_id == Lot.tenant_id)
            & (ScopeOfWork.package_id == Lot.package_id)
            & (ScopeOfWork.written_at <= Call.published_at),
        )
        .where(Lot.call_id.in_(call_ids))
        .order_by(Lot.number, ScopeOfWork.version)
    )
    newest: dict[UUID, dict[int, PublicLot]] = {}
    for lot, package, scope in rows:
        newest.setdefault(lot.call_id, {})[lot.number] = PublicLot(
            lot.number,
            package.name,
            package.name_en,
            package.villages,
            _items(scope.items),
            _items(scope.items_en),
        )
    return {call_id: list(lots.values()) for call_id, lots in newest.items()}


def _bids(call_ids: Collection[UUID]) -> dict[UUID, list[PublicBid]]:
    rows = db.session.execute(
        select(Bid, Lot.number, Organization.name)
        .join(Call, (Call.tenant_id == Bid.tenant_id) & (Call.id == Bid.call_id))
        .join(Lot, (Lot.tenant_id == Bid.tenant_id) & (Lot.id == Bid.lot_id))
        .join(
            Organization, (Organization.tenant_id == Bid.tenant_id) & (Organization.id == Bid.organization_id)
        )
        .where(Bid.call_id.in_(call_ids), Call.opened_at.is_not(None), Bid.state.not_in(NO_LONGER_COUNT))
        .order_by(Lot.number, Bid.received_at)
    )
    found: dict[UUID, list[PublicBid]] = {}
    for bid, lot, organization in rows:
        found.setdefault(bid.call_id, []).append(
            PublicBid(
                lot,
                organization,
                bid.received_at,
                bid.digest,
                bid.price,
                bid.nonce,
                as_published(bid.content) if bid.content else None,
            )
        )
    return found


def _items(items: dict[str, Any]) -> dict[SowItem, str]:
    return {item: str(items[item.value]) for item in SowItem if items.get(item.value)}
