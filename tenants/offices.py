"""The tenant tree: platform → province → (prefecture) → county (T1)."""

from __future__ import annotations

import re

from sqlalchemy import func, select, text

from tenants.actors import PLATFORM, Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.models import Level, Tenant
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, NotFound, RuleBroken

BELOW = {
    Level.PLATFORM: (Level.PROVINCE,),
    Level.PROVINCE: (Level.PREFECTURE, Level.COUNTY),
    Level.PREFECTURE: (Level.COUNTY,),
    Level.COUNTY: (),
}
"""Which levels may stand directly below which."""

PLAIN_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""Codes stand in web addresses and are typed on the command line."""


@command(Permission.OFFICE_ADD)
def add_office(
    code: str,
    *,
    name_zh: str,
    name_en: str,
    parent: str | None = None,
    level: Level | None = None,
    hotline: str | None = None,
    demo: bool = False,
    by: Actor,
) -> Tenant:
    """Add an office to the tree (T1): a province without ``parent``, else a county unless ``level`` says otherwise.

    Refuses ``code_not_plain``, ``office_exists``, ``parent_unknown`` and ``wrong_level``.
    """
    if not PLAIN_CODE.fullmatch(code):
        raise RuleBroken("code_not_plain", code=code)
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": 0x7E4A})
    if db.session.scalar(select(Tenant.id).where(Tenant.code == code)):
        raise AlreadyDone("office_exists", code=code)
    above = db.session.scalar(
        select(Tenant).where(Tenant.code == parent if parent else Tenant.id == PLATFORM)
    )
    if above is None:
        raise NotFound("parent_unknown", code=parent)
    wanted = level or (Level.PROVINCE if above.level is Level.PLATFORM else Level.COUNTY)
    if wanted not in BELOW[above.level]:
        raise RuleBroken("wrong_level", level=wanted, parent=above.code)
    number = (db.session.scalar(select(func.max(Tenant.id))) or PLATFORM) + 1
    office = Tenant(
        id=number,
        parent_id=above.id,
        code=code,
        level=wanted,
        name_zh=name_zh,
        name_en=name_en,
        hotline=hotline,
        demo=demo or above.demo,
        created_at=by.now,
    )
    db.session.add(office)
    db.session.flush()
    record(Event.OFFICE_ADDED, ("tenants", office.id), by, code=code, level=wanted, parent=above.code)
    return office


@command(Permission.OFFICE_ADD)
def name_reviewer(code: str, reviewer: str, *, by: Actor) -> Tenant:
    """Name the office that decides complaints about a province itself, which the platform does otherwise (H4).

    Refuses ``office_unknown``, ``reviewed_by_province`` for offices below a province, and ``reviewer_not_apart`` for
    the province itself and whatever stands below it.
    """
    office, reviewing = find_office(code), find_office(reviewer)
    if office.level is not Level.PROVINCE:
        raise RuleBroken("reviewed_by_province", code=code)
    if reviewing.id in readable_tenants(office.id):
        raise RuleBroken("reviewer_not_apart", code=code, reviewer=reviewer)
    before, office.reviewer_id = reviewer_of(office), reviewing.id
    record(Event.REVIEWER_NAMED, ("tenants", office.id), by, code=code, before=before, after=reviewing.id)
    return office


def readable_tenants(tenant_id: int) -> tuple[int, ...]:
    """The tenant itself and all below it: what an overseeing office reads (T2)."""
    below = select(Tenant.id).where(Tenant.id == tenant_id).cte("below", recursive=True)
    below = below.union_all(select(Tenant.id).join(below, Tenant.parent_id == below.c.id))
    return tuple(sorted(db.session.scalars(select(below.c.id))))


def counties_below(tenant_id: int) -> list[Tenant]:
    """The counties that an office oversees, in the order in which they came."""
    below = [number for number in readable_tenants(tenant_id) if number != tenant_id]
    return list(
        db.session.scalars(
            select(Tenant).where(Tenant.id.in_(below), Tenant.level == Level.COUNTY).order_by(Tenant.id)
        )
    )


def ancestors(tenant: Tenant) -> list[Tenant]:
    """The offices above, nearest first, the platform excluded."""
    above: list[Tenant] = []
    current = tenant
    while current.parent_id is not None and current.parent_id != PLATFORM:
        current = db.session.get_one(Tenant, current.parent_id)
        above.append(current)
    return above


def province_of(tenant: Tenant) -> Tenant:
    """The province a tenant belongs to (a province belongs to itself)."""
    return (
        tenant
        if tenant.level is Level.PROVINCE
        else next(office for office in ancestors(tenant) if office.level is Level.PROVINCE)
    )


def reviewer_of(tenant: Tenant) -> int:
    """The office that decides complaints about ``tenant``'s own office: the one above it, or the one named (H4)."""
    if tenant.level is not Level.PROVINCE:
        return province_of(tenant).id
    return tenant.reviewer_id or PLATFORM


@query(Permission.OFFICE_READ)
def list_offices(*, by: Actor) -> list[Tenant]:
    """The offices the actor can read, the own one first, then by code."""
    offices = db.session.scalars(select(Tenant).where(Tenant.id.in_(by.readable)).order_by(Tenant.code)).all()
    return sorted(offices, key=lambda office: (office.id != by.tenant_id, office.code))


def find_office(code: str) -> Tenant:
    """The office with this code; ``NotFound`` otherwise. Offices are no business rows: any gate may look."""
    office = db.session.scalar(select(Tenant).where(Tenant.code == code))
    if office is None:
        raise NotFound("office_unknown", code=code)
    return office


@query(Permission.PORTAL_READ)
def office_by_code(code: str, *, by: Actor) -> Tenant:
    """The office with this code, for whoever asks; ``NotFound`` otherwise."""
    return find_office(code)


@query(Permission.AUDIT_SEAL)
def every_office(*, by: Actor) -> list[Tenant]:
    """All offices of the deployment, for the system's own rounds."""
    return list(db.session.scalars(select(Tenant).order_by(Tenant.id)))
