"""The address book: people of a township, and focal points, who agreed to get the notices of their place (T7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from channels.contacts import listed_contact
from channels.messages import InEach
from channels.models import Contact
from channels.outbox import tell
from service.broadcasts import messages, rules
from service.broadcasts.models import Listing
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock, query
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.privacy import mask_address
from tenants.refusals import AlreadyDone

MOST = 500


@dataclass(frozen=True)
class Listed:
    """Somebody in the address book, the number masked."""

    id: UUID
    address: str
    name: str | None
    township: str
    village: str | None
    focal_point: bool
    listed_at: datetime
    opted_out: bool
    unreachable: bool


@command(Permission.BROADCAST_WRITE)
def list_numbers(
    people: Sequence[str],
    township: str,
    agreed: bool,
    *,
    by: Actor,
    village: str | None = None,
    focal_point: bool = False,
) -> list[Listing]:
    """Put people of one place into the address book; each one that is new is told so, and how to end it (T7).

    ``people``: a number each, a name behind it where it is known. A number that stands in it already gets name and place
    anew. Refuses ``agreement_missing``, ``nobodys_phone`` and ``no_channel``.
    """
    rules.require_agreement(agreed)
    office = db.session.get_one(Tenant, by.tenant_id)
    said = messages.LISTED(office=InEach(office.name_zh, office.name_en), place=f"{township}{village or ''}")
    listed = []
    for number, name in dict(map(rules.number_and_name, people)).items():
        listing, is_new = _find_or_list(listed_contact(number, by=by).id, by)
        listing.township, listing.village = township, village
        listing.focal_point, listing.name = focal_point, name
        db.session.flush()
        if is_new:
            tell(listing.contact_id, said, by=by, subject=listing)
        listed.append(listing)
    record(
        Event.NUMBERS_LISTED, ("address_book", township), by, numbers=len(listed), focal_points=focal_point
    )
    return listed


def _find_or_list(contact_id: UUID, by: Actor) -> tuple[Listing, bool]:
    listing = db.session.scalar(
        select(Listing).where(Listing.tenant_id == by.tenant_id, Listing.contact_id == contact_id)
    )
    if listing is not None and listing.removed_at is None:
        return listing, False
    if listing is None:
        listing = Listing(tenant_id=by.tenant_id, id=new_id(), contact_id=contact_id)
        db.session.add(listing)
    listing.listed_at, listing.listed_by, listing.removed_at = by.now, by.id, None
    return listing, True


@command(Permission.BROADCAST_WRITE)
def remove_number(listing_id: UUID, *, by: Actor) -> None:
    """Take a number out of the address book. Refuses ``not_listed`` where it is out already."""
    listing = lock(Listing, listing_id, by)
    if listing.removed_at is not None:
        raise AlreadyDone("not_listed")
    listing.removed_at, listing.name = by.now, None
    record(Event.NUMBER_REMOVED, listing, by)


@query(Permission.BROADCAST_READ)
def list_listed(*, by: Actor) -> list[Listed]:
    """The own office's address book, by place."""
    rows = db.session.execute(
        select(Listing, Contact)
        .join(Contact, (Contact.tenant_id == Listing.tenant_id) & (Contact.id == Listing.contact_id))
        .where(Listing.tenant_id == by.tenant_id, Listing.removed_at.is_(None), Contact.address.is_not(None))
        .order_by(Listing.township, Listing.village, Listing.listed_at)
        .limit(MOST)
    )
    return [
        Listed(
            listing.id,
            mask_address(contact.address or ""),
            listing.name,
            listing.township,
            listing.village,
            listing.focal_point,
            listing.listed_at,
            contact.stopped_at is not None,
            contact.unreachable_at is not None,
        )
        for listing, contact in rows
    ]


@query(Permission.BROADCAST_READ)
def list_townships(*, by: Actor) -> list[str]:
    """The townships that the address book knows."""
    return list(
        db.session.scalars(
            select(Listing.township)
            .where(Listing.tenant_id == by.tenant_id, Listing.removed_at.is_(None))
            .distinct()
            .order_by(Listing.township)
        )
    )


@query(Permission.BROADCAST_READ)
def list_places(focal_points: bool, *, by: Actor) -> tuple[list[str], list[str]]:
    """The townships and the villages of whoever stands in the own office's address book, or of its focal points alone."""
    rows = db.session.execute(
        select(Listing.township, Listing.village)
        .where(
            Listing.tenant_id == by.tenant_id,
            Listing.removed_at.is_(None),
            *([Listing.focal_point] if focal_points else []),
        )
        .distinct()
    ).all()
    return sorted({row.township for row in rows}), sorted({row.village for row in rows if row.village})
