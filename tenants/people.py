"""People, their memberships and roles, and programs' tokens (T3, T4)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from tenants.actors import Actor, ActorKind
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import Row, command, lock, query
from tenants.identifiers import new_id
from tenants.models import ApiToken, Membership, Person, RouteKind, Tenant
from tenants.offices import find_office, readable_tenants
from tenants.permissions import ASSIGNABLE, INCOMPATIBLE, Permission, Role
from tenants.privacy import keyring
from tenants.refusals import AlreadyDone, NotFound, RuleBroken
from tenants.routes import add_route, find_routes

TOKEN_LIFE = timedelta(days=365)

PLAIN_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

STAFFED_DUTIES: dict[str, frozenset[Role]] = {
    "prepare": frozenset({Role.PROCUREMENT_OFFICER}),
    "approve": frozenset({Role.APPROVER}),
    "pay": frozenset({Role.FINANCE_OFFICER}),
    "complaints": frozenset({Role.COMPLAINT_OFFICER}),
    "administer": frozenset({Role.ADMINISTRATOR}),
}
"""The duties an office must staff, each with the roles that can carry it (T3)."""


def require_compatible(roles: Collection[Role]) -> None:
    """Refuse roles that nobody may hold together in one office (T4)."""
    for pair in INCOMPATIBLE:
        if pair <= set(roles):
            raise RuleBroken("roles_incompatible", roles=sorted(pair))


def unstaffed_duties(held: Iterable[Collection[Role]]) -> list[str]:
    """The duties nobody in the office can carry, and whether a second officer is missing (T3, T4).

    ``held``: the roles of each person.
    """
    people = [set(roles) for roles in held]
    missing = [duty for duty, able in STAFFED_DUTIES.items() if not any(able & roles for roles in people)]
    preparers = [index for index, roles in enumerate(people) if Role.PROCUREMENT_OFFICER in roles]
    others = [index for index, roles in enumerate(people) if roles & {Role.APPROVER, Role.FINANCE_OFFICER}]
    if not any(one != other for one in preparers for other in others):
        missing.append("second_officer")
    return missing


def require_givable(roles: Collection[Role], by: Actor) -> None:
    """Refuse ``roles_incompatible`` (T4), and ``role_not_assignable`` for what only the platform gives."""
    require_compatible(roles)
    if not by.may(Permission.OFFICE_ADD) and not set(roles) <= set(ASSIGNABLE):
        raise RuleBroken("role_not_assignable", roles=sorted(roles))


@command(Permission.PEOPLE_WRITE)
def add_person(
    email: str, *, name: str, roles: Collection[Role], locale: str = "zh", by: Actor
) -> Membership:
    """Give a person, known to the deployment, new or returning, roles in the actor's office (T3).

    Refuses ``email_unclear``, ``roles_incompatible`` (T4), ``role_not_assignable`` and ``already_member``.
    """
    require_givable(roles, by)
    address = email.strip().casefold()
    if not PLAIN_EMAIL.fullmatch(address):
        raise RuleBroken("email_unclear", email=address)
    person = db.session.scalar(select(Person).where(Person.email_index.in_(keyring().indexes(address))))
    if person is None:
        person = Person(
            email=address, email_index=keyring().index(address), name=name, locale=locale, created_at=by.now
        )
        db.session.add(person)
        db.session.flush()
        record(Event.PERSON_ADDED, person, by)
    return _join(person.id, roles, by)


def lock_member(membership_id: UUID, by: Actor) -> Membership:
    """The membership of someone who works in the actor's office, locked; ``NotFound`` once it has ended."""
    membership = lock(Membership, membership_id, by)
    if membership.ended_at is not None and membership.ended_at <= by.now:
        raise NotFound("not_found", what="memberships")
    return membership


@command(Permission.PEOPLE_WRITE)
def change_roles(membership_id: UUID, roles: Collection[Role], *, by: Actor) -> Membership:
    """Replace a person's roles in the actor's office; no roles ends the membership.

    Refuses ``roles_incompatible`` (T4) and ``role_not_assignable``; ``NotFound`` once the membership has
    ended.
    """
    membership = lock_member(membership_id, by)
    require_givable(roles, by)
    before, membership.roles = membership.roles, sorted(roles)
    if not roles:
        membership.ended_at = by.now
    record(Event.ROLES_CHANGED, membership, by, before=before, after=membership.roles)
    return membership


@command(Permission.PEOPLE_WRITE)
def lend_person(
    membership_id: UUID, office: str, *, roles: Collection[Role], until: datetime, by: Actor
) -> Membership:
    """Give one of the actor's people roles in an office below until a moment to come, or till ended (T3).

    ``office``: its code. Refuses ``office_not_below``, ``loan_in_the_past``, ``already_member`` and the roles
    that ``add_person`` refuses.
    """
    membership = lock_member(membership_id, by)
    require_givable(roles, by)
    below = find_office(office)
    if below.id == by.tenant_id or below.id not in readable_tenants(by.tenant_id):
        raise RuleBroken("office_not_below", code=office)
    if until <= by.now:
        raise RuleBroken("loan_in_the_past")
    lent = _borrow(membership.person_id, roles, by.tenant_id, until, by=by.as_system(below.id))
    record(Event.PERSON_LENT, membership, by, office=office, roles=lent.roles, until=until)
    return lent


@command(Permission.PEOPLE_WRITE)
def _borrow(
    person_id: UUID, roles: Collection[Role], lender: int, until: datetime, *, by: Actor
) -> Membership:
    return _join(person_id, roles, by, lent_by=lender, until=until)


def works_here(at: datetime) -> ColumnElement[bool]:
    """The condition for memberships that have not ended at a moment; those of lent people end by themselves."""
    return or_(Membership.ended_at.is_(None), Membership.ended_at > at)


@query(Permission.PEOPLE_READ)
def list_members(*, by: Actor) -> list[tuple[Membership, Person]]:
    """The people of the actor's office with their roles, longest-standing first."""
    rows = db.session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.tenant_id == by.tenant_id, works_here(by.now))
        .order_by(Membership.since, Membership.id)
    )
    return [(membership, person) for membership, person in rows]


@command(Permission.PEOPLE_WRITE)
def issue_token(name: str, *, roles: Collection[Role], by: Actor) -> tuple[ApiToken, str]:
    """Issue a program's token with roles in the actor's office; the secret is returned once, kept as a hash.

    Refuses ``roles_incompatible`` (T4) and ``role_not_assignable``.
    """
    require_givable(roles, by)
    token = ApiToken(
        tenant_id=by.tenant_id,
        id=new_id(),
        name=name,
        roles=sorted(roles),
        issued_at=by.now,
        expires_at=by.now + TOKEN_LIFE,
    )
    secret = secrets.token_urlsafe(32)
    db.session.add(token)
    add_route(RouteKind.TOKEN, secret, by.tenant_id, token.id)
    db.session.flush()
    record(Event.TOKEN_ISSUED, token, by, roles=token.roles)
    return token, secret


@command(Permission.PEOPLE_WRITE)
def revoke_token(token_id: UUID, *, by: Actor) -> None:
    """End a token of the actor's office now. Refuses ``token_revoked`` the second time."""
    token = lock(ApiToken, token_id, by)
    if token.revoked_at is not None:
        raise AlreadyDone("token_revoked")
    token.revoked_at = by.now
    record(Event.TOKEN_REVOKED, token, by)


@query(Permission.PEOPLE_READ)
def list_tokens(*, by: Actor) -> list[ApiToken]:
    """The tokens of the actor's office that open something still, newest first."""
    return list(
        db.session.scalars(
            select(ApiToken)
            .where(
                ApiToken.tenant_id == by.tenant_id,
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > by.now,
            )
            .order_by(ApiToken.issued_at.desc())
        )
    )


@query(Permission.SIGN_IN)
def token_actor(secret: str, *, locale: str, by: Actor) -> Actor:
    """The actor behind a token; ``NotFound`` where the token is unknown, expired or revoked."""
    for route in find_routes(RouteKind.TOKEN, secret):
        token = _find_own(ApiToken, route.target_id, by=by.at(route.tenant_id))
        if token is not None and token.revoked_at is None and by.now < token.expires_at:
            roles = frozenset(Role(role) for role in token.roles)
            return Actor(
                ActorKind.TOKEN,
                route.tenant_id,
                roles,
                by.now,
                id=token.id,
                readable=_reach(roles, route.tenant_id, by),
                channel="api",
                locale=locale,
            )
    raise NotFound("token_unknown")


@query(Permission.SIGN_IN)
def memberships_of(person_id: UUID, *, by: Actor) -> list[tuple[Tenant, Membership]]:
    """The offices a person works in, with the membership in each: the own ones before those lent to."""
    found = []
    for route in find_routes(RouteKind.MEMBERSHIP, str(person_id)):
        membership = _find_own(Membership, route.target_id, by=by.at(route.tenant_id))
        if membership is not None and (membership.ended_at is None or by.now < membership.ended_at):
            found.append((db.session.get_one(Tenant, route.tenant_id), membership))
    return sorted(found, key=lambda pair: (pair[1].lent_by is not None, pair[0].code))


@query(Permission.SIGN_IN)
def person_actor(
    person: Person, membership: Membership, *, by: Actor, authenticated_at: datetime | None = None
) -> Actor:
    """The actor a logged-in person is in one of the person's offices."""
    roles = frozenset(Role(role) for role in membership.roles)
    return Actor(
        ActorKind.PERSON,
        membership.tenant_id,
        roles,
        by.now,
        id=person.id,
        readable=_reach(roles, membership.tenant_id, by),
        channel="web",
        locale=by.locale,
        authenticated_at=authenticated_at,
    )


def person_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of people by id, for pages that say who did something; for use inside a gate."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _reach(roles: frozenset[Role], tenant_id: int, by: Actor) -> tuple[int, ...]:
    return _overseen(by=by.at(tenant_id)) if Role.OVERSEER in roles else (tenant_id,)


@query(Permission.SIGN_IN)
def _overseen(*, by: Actor) -> tuple[int, ...]:
    return readable_tenants(by.tenant_id)


def _join(
    person_id: UUID,
    roles: Collection[Role],
    by: Actor,
    *,
    lent_by: int | None = None,
    until: datetime | None = None,
) -> Membership:
    membership = db.session.scalar(
        select(Membership)
        .where(Membership.tenant_id == by.tenant_id, Membership.person_id == person_id)
        .with_for_update()
    )
    if membership is None:
        membership = Membership(tenant_id=by.tenant_id, id=new_id(), person_id=person_id)
        db.session.add(membership)
        add_route(RouteKind.MEMBERSHIP, str(person_id), by.tenant_id, membership.id)
    elif membership.ended_at is None or by.now < membership.ended_at:
        raise AlreadyDone("already_member")
    membership.roles, membership.since = sorted(roles), by.now
    membership.lent_by, membership.ended_at = lent_by, until
    db.session.flush()
    record(Event.ROLES_CHANGED, membership, by, before=[], after=membership.roles)
    return membership


@query(Permission.SIGN_IN)
def _find_own(model: type[Row], row_id: UUID, *, by: Actor) -> Row | None:
    return db.session.scalar(select(model).where(model.tenant_id == by.tenant_id, model.id == row_id))
