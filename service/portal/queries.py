"""Reads of the portal's own; all else comes from the rooms' public projections, never from their rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, true

from channels.models import Channel
from channels.registry import SIMULATOR
from service.portal.rules import midnight_before
from tenants.actors import Actor
from tenants.audit import AuditEntry, AuditLink
from tenants.database import db
from tenants.gate import query
from tenants.models import Level, Tenant
from tenants.offices import find_office, readable_tenants
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.workdays import local_day


@dataclass(frozen=True)
class Place:
    """A province with the offices in it, the province first."""

    province: Tenant
    offices: list[Tenant]

    @property
    def ids(self) -> tuple[int, ...]:
        """The offices' numbers."""
        return tuple(office.id for office in self.offices)

    def seen_by(self, anyone: Actor) -> Actor:
        """Anybody, reading what the offices of this province have published."""
        return replace(anyone, readable=self.ids)

    def office(self, code: str | None) -> Tenant | None:
        """The office of the province with this code, if there is one."""
        return next((office for office in self.offices if office.code == code), None)


@dataclass(frozen=True)
class Head:
    """The newest link of an office's audit chain at some moment; ``hash`` in hexadecimal (T6)."""

    number: int
    hash: str
    recorded_at: datetime


@dataclass(frozen=True)
class Heads:
    """An office's chain as of the last midnight in China, and as it stands now (T6)."""

    office: Tenant
    yesterday: Head | None
    today: Head | None


@query(Permission.PORTAL_READ)
def list_provinces(*, by: Actor) -> list[Tenant]:
    """The provinces of the deployment by code."""
    return list(
        db.session.scalars(select(Tenant).where(Tenant.level == Level.PROVINCE).order_by(Tenant.code))
    )


@query(Permission.PORTAL_READ)
def find_place(code: str, *, by: Actor) -> Place:
    """A province and the offices in it; ``NotFound("office_unknown")`` for any other code."""
    province = find_office(code)
    if province.level is not Level.PROVINCE:
        raise NotFound("office_unknown", code=code)
    ids = readable_tenants(province.id)
    offices = db.session.scalars(select(Tenant).where(Tenant.id.in_(ids)).order_by(Tenant.code)).all()
    return Place(province, sorted(offices, key=lambda office: office.id != province.id))


@query(Permission.PORTAL_READ)
def find_number(tenant_id: int, *, by: Actor) -> str | None:
    """The number to text an office at; its simulator only where it has no other."""
    return db.session.scalar(
        select(Channel.number)
        .where(
            Channel.tenant_id == tenant_id, Channel.tenant_id.in_(by.readable), Channel.closed_at.is_(None)
        )
        .order_by(Channel.gateway == SIMULATOR, Channel.added_at)
        .limit(1)
    )


@query(Permission.PORTAL_READ)
def list_heads(place: Place, *, by: Actor) -> list[Heads]:
    """The heads of the audit chains of a province's offices (T6)."""
    today = midnight_before(local_day(by.now))
    before = _heads(by, AuditEntry.recorded_at < today)
    now = _heads(by)
    return [Heads(office, before.get(office.id), now.get(office.id)) for office in place.offices]


@query(Permission.PORTAL_READ)
def find_link(tenant_id: int, number: int, *, by: Actor) -> Head | None:
    """One link of an office's chain, for whoever noted its number and hash on an earlier day (T6)."""
    return _heads(by, AuditLink.tenant_id == tenant_id, AuditLink.number == number).get(tenant_id)


def _heads(by: Actor, *conditions: object) -> dict[int, Head]:
    """The newest link of each readable office that meets the conditions, looked for from the end."""
    newest = (
        select(AuditLink.number, AuditLink.hash, AuditEntry.recorded_at)
        .join(
            AuditEntry, (AuditEntry.tenant_id == AuditLink.tenant_id) & (AuditEntry.id == AuditLink.audit_id)
        )
        .where(AuditLink.tenant_id == Tenant.id, *conditions)  # type: ignore[arg-type]
        .order_by(AuditLink.number.desc())
        .limit(1)
        .lateral()
    )
    rows = db.session.execute(
        select(Tenant.id, newest.c.number, newest.c.hash, newest.c.recorded_at)
        .join(newest, true())
        .where(Tenant.id.in_(by.readable))
    )
    return {tenant: Head(number, digest.hex(), recorded_at) for tenant, number, digest, recorded_at in rows}
