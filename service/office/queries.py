"""Reads about the office."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from channels.models import OutboundMessage
from service.procurement.models import Call
from service.procurement.rules import CallState
from tenants.actors import Actor, ActorKind
from tenants.audit import AuditEntry, AuditLink
from tenants.database import db
from tenants.gate import query
from tenants.models import ApiToken, Tenant
from tenants.offices import counties_below, readable_tenants
from tenants.people import list_members, list_tokens, person_names, unstaffed_duties
from tenants.permissions import Permission, Role
from tenants.refusals import NotFound

PAGE = 100


@dataclass(frozen=True)
class Member:
    """A person of the office, as the page shows one; ``lender`` and ``until`` where lent by an office above."""

    id: UUID
    name: str
    email: str
    roles: list[Role]
    lender: Tenant | None
    until: datetime | None


@dataclass(frozen=True)
class Program:
    """A program that can come in with a token."""

    id: UUID
    name: str
    roles: list[Role]
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Entry:
    """An entry of the record, who made it, and its number in the chain once it is sealed.

    ``event`` is ``None`` while what happened is kept back (C5, C14).
    """

    id: int
    at: datetime
    event: str | None
    kind: ActorKind
    who: str | None
    channel: str
    facts: dict[str, object]
    number: int | None


@query(Permission.PEOPLE_READ)
def list_people(*, by: Actor) -> tuple[list[Member], list[str]]:
    """The people of the office, and the duties it cannot staff (T3)."""
    members = [
        Member(
            membership.id,
            person.name,
            person.email,
            [Role(role) for role in membership.roles],
            db.session.get(Tenant, membership.lent_by) if membership.lent_by else None,
            membership.ended_at,
        )
        for membership, person in list_members(by=by)
    ]
    return members, unstaffed_duties([member.roles for member in members])


def find_member(member_id: UUID, *, by: Actor) -> Member:
    """One person of the office; ``NotFound`` for whoever does not work here."""
    found = next((member for member in list_people(by=by)[0] if member.id == member_id), None)
    if found is None:
        raise NotFound("not_found", what="memberships")
    return found


@query(Permission.PEOPLE_READ)
def list_offices_below(*, by: Actor) -> list[Tenant]:
    """The offices to which this one can lend people (T3)."""
    below = [number for number in readable_tenants(by.tenant_id) if number != by.tenant_id]
    return list(db.session.scalars(select(Tenant).where(Tenant.id.in_(below)).order_by(Tenant.code)))


@query(Permission.CHANNEL_READ)
def list_counties(*, by: Actor) -> list[Tenant]:
    """The counties that a number of the office can be shared with (S8)."""
    return counties_below(by.tenant_id)


@query(Permission.PEOPLE_WRITE)
def list_programs(*, by: Actor) -> list[Program]:
    """The programs that can come in, the newest first."""
    return [program(token) for token in list_tokens(by=by)]


def program(token: ApiToken) -> Program:
    """A token as pages and programs see it."""
    return Program(
        token.id, token.name, [Role(role) for role in token.roles], token.issued_at, token.expires_at
    )


@query(Permission.AUDIT_READ)
def list_entries(before: int | None = None, *, by: Actor) -> list[Entry]:
    """A hundred entries of the office's record, newest first.

    How many bid is nobody's to know before the opening (C5, C14): what came from outside the office while a call took
    bids is one and the same line, whatever it was. It is told once the call is opened; of a cancelled call, never (C15).
    """
    wanted = (
        select(AuditEntry, AuditLink.number, _kept_back())
        .outerjoin(
            AuditLink, (AuditLink.tenant_id == AuditEntry.tenant_id) & (AuditLink.audit_id == AuditEntry.id)
        )
        .where(AuditEntry.tenant_id == by.tenant_id)
        .order_by(AuditEntry.id.desc())
        .limit(PAGE)
    )
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    rows = db.session.execute(wanted).all()
    names = _names([entry for entry, _number, _kept in rows])
    return [
        Entry(
            entry.id,
            entry.at,
            None if kept else entry.event,
            ActorKind.CONTACT if kept else entry.actor_kind,
            names.get(entry.actor_id) if entry.actor_id else None,
            entry.channel,
            {} if kept else entry.facts,
            number,
        )
        for entry, number, kept in rows
    ]


def _kept_back() -> ColumnElement[bool]:
    return and_(
        AuditEntry.actor_kind.in_([ActorKind.CONTACT, ActorKind.PUBLIC]),
        exists().where(
            Call.tenant_id == AuditEntry.tenant_id,
            Call.published_at <= AuditEntry.at,
            or_(
                Call.state == CallState.PUBLISHED,
                and_(Call.state == CallState.CANCELLED, AuditEntry.at <= Call.cancelled_at),
            ),
        ),
    )


def _names(entries: Collection[AuditEntry]) -> Mapping[UUID, str]:
    return person_names(
        {entry.actor_id for entry in entries if entry.actor_kind is ActorKind.PERSON and entry.actor_id}
    )


@query(Permission.CHANNEL_READ)
def count_deliveries(*, by: Actor) -> dict[str, int]:
    """How many messages the office sent, by how far they got."""
    rows = db.session.execute(
        select(OutboundMessage.state, func.count())
        .where(OutboundMessage.tenant_id == by.tenant_id)
        .group_by(OutboundMessage.state)
    )
    return {state.value: number for state, number in rows}
