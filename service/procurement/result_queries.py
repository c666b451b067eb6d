"""What everybody may read of a result once it is public (step 5.4, C10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from service.preparation.queries import costs_by_package
from service.procurement.models import Call
from service.procurement.rules import BidState, CallState
from service.procurement.selection_queries import LotFile, OpenedBid, load_lots, reviewer_names
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.models import Tenant
from tenants.permissions import Permission


@dataclass(frozen=True)
class PublicOutcome:
    """A bid as published after the opening, and what became of it; ``outcome`` is a label."""

    organization: str
    price: Decimal
    digest: str
    outcome: Any


@dataclass(frozen=True)
class PublicAward:
    """What step 5.4 lists for one lot; amounts in yuan, ``None`` where the lot has no winner.

    ``seed`` is given where bids compete, so that a draw can be repeated (C14).
    """

    lot: int
    package: str
    package_en: str | None
    provider: str | None
    service_fee: Decimal | None
    direct_investment: Decimal
    reason: str | None
    bids: list[PublicOutcome]
    seed: str | None


@dataclass(frozen=True)
class PublicResult:
    """A published result: packages, providers, fees, reviewers, purchaser, hotline, time to object (C10)."""

    call_id: UUID
    number: int
    title: str
    title_en: str | None
    purchaser_zh: str
    purchaser_en: str
    hotline: str | None
    reviewers: list[str]
    awards: list[PublicAward]
    published_at: datetime
    objections_until: datetime
    approved_at: datetime | None


@query(Permission.PORTAL_READ)
def find_public_result(call_id: UUID, *, by: Actor) -> PublicResult | None:
    """The result of a call as everybody may read it, ``None`` until it is published (step 5.4, C10)."""
    call = get(Call, call_id, by)
    if call.state not in (CallState.RESULT_PUBLISHED, CallState.APPROVED):
        return None
    lots = load_lots(call)
    awards = [file.award for file in lots if file.award]
    office = db.session.get_one(Tenant, call.tenant_id)
    return PublicResult(
        call.id,
        call.number,
        call.title,
        call.title_en,
        office.name_zh,
        office.name_en,
        office.hotline,
        reviewer_names(lots),
        [_public_award(file, by) for file in lots],
        min(award.published_at for award in awards if award.published_at),
        max(award.objections_until for award in awards if award.objections_until),
        awards[0].approved_at,
    )


def _public_award(file: LotFile, by: Actor) -> PublicAward:
    winner = file.winner() if file.award else None
    return PublicAward(
        file.lot.number,
        file.package.name,
        file.package.name_en,
        winner.organization.name if winner else None,
        winner.bid.price if winner else None,
        costs_by_package([file.package.id], by)[file.package.id].direct,
        file.award.reason if file.award else None,
        [_public_bid(file, one) for one in file.bids],
        file.seed,
    )


def _public_bid(file: LotFile, one: OpenedBid) -> PublicOutcome:
    outcome: Any = one.bid.state.label
    if one.bid.state is BidState.EXCLUDED and one.bid.exclusion_ground:
        outcome = one.bid.exclusion_ground.label
    elif one.bid.state is BidState.UNSUCCESSFUL and file.award:
        outcome = file.why_not(one.bid.id).label
    return PublicOutcome(one.organization.name, one.bid.price or Decimal(0), one.bid.digest, outcome)
