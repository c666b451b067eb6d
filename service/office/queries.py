"""Reads about the office."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from channels.models import OutboundMessage
from tenants.actors import Actor, ActorKind
from tenants.audit import AuditEntry, AuditLink
from tenants.database import db
from tenants.events import Event
from tenants.gate import query
from tenants.models import ApiToken, Tenant
from tenants.offices import counties_below, readable_tenants
from tenants.people import list_members, list_tokens, person_names, unstaffed_duties
from tenants.permissions import Permission, Role
from tenants.refusals import NotFound

PAGE = 100

BIDDING = (Event.CALL_PUBLISHED, Event.BIDS_OPENED, Event.CALL_CANCELLED)
"""Between the first and one of the others nobody may know who bids, nor how many (C5, C14); a cancelled call's bids stay
unknown (C15)."""


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

    ``event`` is ``None`` where it might be a bid: what came by message while bids were sealed.
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
    """A hundred entries of the office's record, newest first."""
    wanted = (
        select(AuditEntry, AuditLink.number)
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
    names = _names([entry for entry, _number in rows])
    sealed = _times_of_sealed_bids(by)
    return [_shown(entry, number, names, sealed) for entry, number in rows]


def _shown(
    entry: AuditEntry,
    number: int | None,
    names: Mapping[UUID, str],
    sealed: Collection[tuple[datetime, datetime]],
) -> Entry:
    might_be_bid = entry.actor_kind is ActorKind.CONTACT and any(
        begin <= entry.at <= end for begin, end in sealed
    )
    return Entry(
        entry.id,
        entry.at,
        None if might_be_bid else entry.event,
        entry.actor_kind,
        names.get(entry.actor_id) if entry.actor_id else None,
        entry.channel,
        {} if might_be_bid else entry.facts,
        number,
    )


def _times_of_sealed_bids(by: Actor) -> list[tuple[datetime, datetime]]:
    """From when to when a call took bids that were never opened."""
    rows = db.session.execute(
        select(AuditEntry.event, AuditEntry.subject_id, AuditEntry.at).where(
            AuditEntry.tenant_id == by.tenant_id, AuditEntry.event.in_(BIDDING)
        )
    )
    at: dict[str, dict[str, datetime]] = {event: {} for event in BIDDING}
    for event, call, moment in rows:
        at[event][call] = moment
    published, opened, cancelled = (at[event] for event in BIDDING)
    return [(begin, cancelled.get(call, by.now)) for call, begin in published.items() if call not in opened]


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
