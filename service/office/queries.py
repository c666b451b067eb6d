"""Reads about the office."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from channels.models import OutboundMessage
from tenants.actors import Actor
from tenants.audit import AuditEntry, AuditLink
from tenants.database import db
from tenants.gate import query
from tenants.people import list_members, unstaffed_duties
from tenants.permissions import Permission, Role


@dataclass(frozen=True)
class Member:
    """A person of the office, as the page shows one."""

    id: UUID
    name: str
    email: str
    roles: list[Role]


@query(Permission.PEOPLE_READ)
def list_people(*, by: Actor) -> tuple[list[Member], list[str]]:
    """The people of the office, and the duties it cannot staff (T3)."""
    members = [
        Member(membership.id, person.name, person.email, [Role(role) for role in membership.roles])
        for membership, person in list_members(by=by)
    ]
    return members, unstaffed_duties([member.roles for member in members])


@query(Permission.AUDIT_READ)
def list_entries(before: int | None = None, *, by: Actor) -> list[tuple[AuditEntry, int | None]]:
    """A hundred entries of the office's record, newest first, each with its number in the chain once it is sealed."""
    wanted = (
        select(AuditEntry, AuditLink.number)
        .outerjoin(AuditLink, (AuditLink.tenant_id == AuditEntry.tenant_id) & (AuditLink.audit_id == AuditEntry.id))
        .where(AuditEntry.tenant_id == by.tenant_id)
        .order_by(AuditEntry.id.desc())
        .limit(100)
    )
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    return [(entry, number) for entry, number in db.session.execute(wanted)]


@query(Permission.CHANNEL_READ)
def count_deliveries(*, by: Actor) -> dict[str, int]:
    """How many messages the office sent, by how far they got."""
    rows = db.session.execute(
        select(OutboundMessage.state, func.count())
        .where(OutboundMessage.tenant_id == by.tenant_id)
        .group_by(OutboundMessage.state)
    )
    return {state.value: number for state, number in rows}
