"""Whom a broadcast reaches: the contacts of each kind of audience, narrowed by its filters (S6, D3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from channels.announcing import Audience
from service.broadcasts.models import Listing
from service.broadcasts.rules import AudienceKind
from service.evaluation.models import Beneficiary, EvaluationRound
from service.evaluation.people import has_answered
from service.organizations.models import AgreedCapacity, Organization, Signatory
from tenants.database import db

Filters = Mapping[str, Any]


def contacts_of(kind: AudienceKind, filters: Filters, tenant_id: int) -> Audience:
    """The contacts of an office that are meant, to be part of another statement."""
    return _KINDS[kind](filters, tenant_id)


def _organizations(filters: Filters, tenant_id: int) -> Audience:
    conditions: list[ColumnElement[bool]] = []
    if state := filters.get("organization_state"):
        conditions.append(Organization.state == state)
    if typology := filters.get("typology"):
        conditions.append(Organization.typology == typology)
    if place := filters.get("place"):
        conditions.append(
            or_(
                Organization.registration_place.contains(place, autoescape=True),
                Organization.sites.contains(place, autoescape=True),
            )
        )
    if capacity := filters.get("capacity"):
        newest = (
            select(AgreedCapacity.category)
            .where(
                AgreedCapacity.tenant_id == Organization.tenant_id,
                AgreedCapacity.organization_id == Organization.id,
            )
            .order_by(AgreedCapacity.agreed_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        conditions.append(newest == capacity)
    return (
        select(Signatory.contact_id)
        .join(
            Organization,
            (Organization.tenant_id == Signatory.tenant_id) & (Organization.id == Signatory.organization_id),
        )
        .where(Signatory.tenant_id == tenant_id, Signatory.revoked_at.is_(None), *conditions)
    )


def _beneficiaries(filters: Filters, tenant_id: int) -> Audience:
    return select(Beneficiary.contact_id).where(
        Beneficiary.tenant_id == tenant_id, Beneficiary.package_id == UUID(filters["package_id"])
    )


def _evaluation(filters: Filters, tenant_id: int) -> Audience:
    wanted = (
        select(Beneficiary.contact_id)
        .join(
            EvaluationRound,
            (EvaluationRound.tenant_id == Beneficiary.tenant_id)
            & (EvaluationRound.package_id == Beneficiary.package_id),
        )
        .where(Beneficiary.tenant_id == tenant_id, EvaluationRound.id == UUID(filters["round_id"]))
    )
    return wanted.where(~has_answered()) if filters.get("unanswered") else wanted


def _listed(filters: Filters, tenant_id: int) -> Audience:
    wanted = select(Listing.contact_id).where(Listing.tenant_id == tenant_id, Listing.removed_at.is_(None))
    if township := filters.get("township"):
        wanted = wanted.where(Listing.township == township)
    if village := filters.get("village"):
        wanted = wanted.where(Listing.village == village)
    return wanted


def _focal_points(filters: Filters, tenant_id: int) -> Audience:
    return _listed(filters, tenant_id).where(Listing.focal_point)


_KINDS: Mapping[AudienceKind, Callable[[Filters, int], Audience]] = {
    AudienceKind.ORGANIZATIONS: _organizations,
    AudienceKind.BENEFICIARIES: _beneficiaries,
    AudienceKind.EVALUATION: _evaluation,
    AudienceKind.FOCAL_POINTS: _focal_points,
    AudienceKind.TOWNSHIP: _listed,
}


def known_as(kind: AudienceKind, contacts: Collection[UUID], tenant_id: int) -> dict[UUID, str]:
    """How the office knows these contacts: by their SO, or by their village; for use inside a gate."""
    if kind is AudienceKind.ORGANIZATIONS:
        wanted = select(Signatory.contact_id, Organization.name).join(
            Organization,
            (Organization.tenant_id == Signatory.tenant_id) & (Organization.id == Signatory.organization_id),
        )
        rows = db.session.execute(
            wanted.where(Signatory.tenant_id == tenant_id, Signatory.contact_id.in_(contacts)).order_by(
                Signatory.added_at
            )
        )
        return {row.contact_id: row.name for row in rows}
    if kind in (AudienceKind.FOCAL_POINTS, AudienceKind.TOWNSHIP):
        found = db.session.execute(
            select(Listing.contact_id, Listing.township, Listing.village).where(
                Listing.tenant_id == tenant_id, Listing.contact_id.in_(contacts)
            )
        )
        return {contact_id: f"{township} {village or ''}".strip() for contact_id, township, village in found}
    return {}
