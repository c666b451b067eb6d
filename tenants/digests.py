"""Who is owed a digest of what waits, each person in each office once a day (T8)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, lock, query
from tenants.models import Membership, Person
from tenants.people import works_here
from tenants.permissions import Permission


@query(Permission.MESSAGE_SEND)
def list_owed(day: date, *, by: Actor) -> list[tuple[Membership, Person]]:
    """Those whose digest of ``day`` was not made out yet, in all offices the actor reads, office by office."""
    rows = db.session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.tenant_id.in_(by.readable),
            or_(Membership.digest_on.is_(None), Membership.digest_on < day),
            works_here(by.now),
            Person.disabled_at.is_(None),
        )
        .order_by(Membership.tenant_id, Membership.id)
    )
    return [(membership, person) for membership, person in rows]


@command(Permission.MESSAGE_SEND)
def claim(membership_id: UUID, day: date, *, by: Actor) -> bool:
    """Take it upon oneself to make out the digest of ``day``; ``False`` where somebody did so before."""
    membership = lock(Membership, membership_id, by)
    if membership.digest_on is not None and membership.digest_on >= day:
        return False
    membership.digest_on = day
    return True


@command(Permission.MESSAGE_SEND)
def give_back(membership_id: UUID, *, by: Actor) -> None:
    """The digest could not be mailed: it is owed still."""
    lock(Membership, membership_id, by).digest_on = None
