"""Reads of step 3. Who may speak for an SO, what is known about it, and, confidentially, what it can do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from channels import pictures
from channels.models import Contact
from channels.pictures import Content, Shown
from service.organizations.models import (
    AgreedCapacity,
    ItemVerification,
    Organization,
    Signatory,
    TrackRecord,
)
from service.organizations.rules import Capacity, Item, OrganizationState, Typology, Verification
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query, run_plain
from tenants.models import RouteKind, Tenant
from tenants.people import person_names
from tenants.permissions import Permission, Role
from tenants.plain import Statement
from tenants.privacy import keyring, mask_address, mask_name
from tenants.refusals import NotFound, NotPermitted
from tenants.routes import find_routes
from tenants.states import Move, list_moves
from tenants.workdays import local_day

CREDIT_CODE_ROUTE = "uscc:{code}"
"""How an SO is found in other offices of the deployment (O2)."""


# Who speaks for an SO


SPEAKS_FOR_ONE = Statement(
    """
    SELECT id FROM signatories
     WHERE tenant_id = %(tenant)s AND revoked_at IS NULL
       AND contact_id IN (SELECT CAST(%(contact)s AS uuid) UNION ALL
                          SELECT other.id FROM contacts own JOIN contacts other
                              ON other.tenant_id = %(tenant)s AND other.joined_as = own.joined_as
                           WHERE own.tenant_id = %(tenant)s AND own.id = %(contact)s
                             AND own.proved_at IS NOT NULL AND other.proved_at IS NOT NULL)
     ORDER BY contact_id <> %(contact)s, id
    """
)
"""Who an address speaks for: by itself, or through one that a code has shown to be the same person's (T5)."""


@query(Permission.ORGANIZATION_IDENTIFY)
def as_signatory(*, by: Actor) -> tuple[Actor, Signatory, Organization]:
    """The sender as a signatory, with the SO it speaks for; refuses ``not_a_signatory`` (T5).

    ``by.id``: the contact the message came from. What binds the SO needs the PIN too: ``workflow.check_pin``.
    """
    found = signatory_of(by.id, by.tenant_id) if by.id else None
    if found is None:
        raise NotPermitted("not_a_signatory")
    signatory, organization = found
    return replace(by, roles=by.roles | {Role.SIGNATORY}), signatory, organization


@query(Permission.ORGANIZATION_IDENTIFY)
def find_spoken_for(*, by: Actor) -> tuple[Signatory, Organization] | None:
    """The SO the sender speaks for, if any."""
    return signatory_of(by.id, by.tenant_id) if by.id else None


def signatory_of(contact_id: UUID, tenant_id: int) -> tuple[Signatory, Organization] | None:
    """Who a contact's person speaks for in an office; for use inside a gate."""
    # Most who ask are strangers who begin to register, often many at once: they cost one plain statement.
    found = run_plain(SPEAKS_FOR_ONE, {"tenant": tenant_id, "contact": contact_id})
    if not found:
        return None
    row = db.session.execute(
        select(Signatory, Organization)
        .join(
            Organization,
            (Organization.tenant_id == Signatory.tenant_id) & (Organization.id == Signatory.organization_id),
        )
        .where(Signatory.tenant_id == tenant_id, Signatory.id == found[0][0])
    ).one()
    return row[0], row[1]


def signatory_contacts(organization_ids: Collection[UUID], *, by: Actor) -> dict[UUID, list[UUID]]:
    """The contacts that speak for each SO, so that all of them can be told; for use inside a gate (T5)."""
    contacts: dict[UUID, list[UUID]] = {organization_id: [] for organization_id in organization_ids}
    rows = db.session.execute(
        select(Signatory.organization_id, Signatory.contact_id)
        .where(
            Signatory.tenant_id == by.tenant_id,
            Signatory.organization_id.in_(organization_ids),
            Signatory.revoked_at.is_(None),
        )
        .order_by(Signatory.added_at, Signatory.id)
    )
    for organization_id, contact_id in rows:
        contacts[organization_id].append(contact_id)
    return contacts


# Registrations


@query(Permission.ORGANIZATION_READ)
def find_organization(organization_id: UUID, *, by: Actor) -> Organization:
    """One SO; ``NotFound`` otherwise."""
    return get(Organization, organization_id, by)


@query(Permission.ORGANIZATION_READ)
def list_organizations(state: OrganizationState | None = None, *, by: Actor) -> list[Organization]:
    """The SOs known to the actor's office, newest first (O1)."""
    wanted = select(Organization).where(Organization.tenant_id == by.tenant_id)
    if state is not None:
        wanted = wanted.where(Organization.state == state)
    return list(db.session.scalars(wanted.order_by(Organization.number.desc())))


@query(Permission.ORGANIZATION_READ)
def list_potential_providers(*, by: Actor) -> list[Organization]:
    """The short list of step 3: the SOs that may be asked to provide services (O3)."""
    return list_organizations(OrganizationState.SHORT_LISTED, by=by)


@query(Permission.ORGANIZATION_READ)
def list_umbrellas(*, by: Actor) -> list[Organization]:
    """The registered umbrella organizations of the office, with which a group can hold a contract (O6)."""
    return [
        organization
        for organization in list_organizations(by=by)
        if organization.typology is Typology.UMBRELLA and organization.credit_code
    ]


@query(Permission.ORGANIZATION_READ)
def count_organizations(*, by: Actor) -> dict[OrganizationState, int]:
    """How many SOs stand in each state."""
    rows = db.session.execute(
        select(Organization.state, func.count())
        .where(Organization.tenant_id == by.tenant_id)
        .group_by(Organization.state)
    )
    return dict(rows.all())


@dataclass(frozen=True)
class Phone:
    """A signatory as the office sees it: address and name masked."""

    id: UUID
    address: str
    unreachable: bool
    name: str
    has_pin: bool
    added_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class Registration:
    """An SO with all that is known about it."""

    organization: Organization
    umbrella: Organization | None
    verifications: dict[Item, ItemVerification]
    verifiers: dict[UUID, str]
    phones: list[Phone]
    track_record: list[TrackRecord]
    moves: list[Move]

    def phone(self, signatory_id: UUID) -> Phone:
        """One of the SO's phones; ``NotFound`` otherwise."""
        for phone in self.phones:
            if phone.id == signatory_id:
                return phone
        raise NotFound("not_found", what="signatories")

    def status(self, item: Item) -> Verification:
        """How far an item is known to be true."""
        newest = self.verifications.get(item)
        return newest.status if newest else Verification.UNVERIFIED


@query(Permission.ORGANIZATION_READ)
def find_registration(organization_id: UUID, *, by: Actor) -> Registration:
    """One SO with its verified items, phones (masked) and record."""
    return registration_of(get(Organization, organization_id, by), by)


@query(Permission.ORGANIZATION_READ)
def list_certificates(organization_id: UUID, *, by: Actor) -> list[Shown]:
    """What an SO showed with its registration, oldest first (O2)."""
    organization = get(Organization, organization_id, by)
    return pictures.pictures_of([organization], by=by).get(organization.id, [])


@query(Permission.ORGANIZATION_READ)
def open_certificate(organization_id: UUID, picture_id: UUID, *, by: Actor) -> Content:
    """One of them; ``NotFound`` otherwise, and until it is here."""
    return pictures.open_picture(picture_id, get(Organization, organization_id, by), by=by)


def registration_of(organization: Organization, by: Actor) -> Registration:
    """An SO with all that is known about it; for use inside a gate."""
    verifications = newest_verifications(organization)
    verifiers = [found.verified_by for found in verifications.values() if found.verified_by]
    return Registration(
        organization=organization,
        umbrella=get(Organization, organization.umbrella_id, by) if organization.umbrella_id else None,
        verifications=verifications,
        verifiers=person_names(verifiers),
        phones=_phones(organization),
        track_record=_track_record(organization),
        moves=list_moves(organization),
    )


def newest_verifications(organization: Organization) -> dict[Item, ItemVerification]:
    """The newest finding about each item (O2); for use inside a gate."""
    rows = db.session.scalars(
        select(ItemVerification)
        .where(
            ItemVerification.tenant_id == organization.tenant_id,
            ItemVerification.organization_id == organization.id,
        )
        .order_by(ItemVerification.verified_at, ItemVerification.id)
    )
    return {row.item: row for row in rows}


def _phones(organization: Organization) -> list[Phone]:
    rows = db.session.execute(
        select(Signatory, Contact)
        .join(Contact, (Contact.tenant_id == Signatory.tenant_id) & (Contact.id == Signatory.contact_id))
        .where(Signatory.tenant_id == organization.tenant_id, Signatory.organization_id == organization.id)
        .order_by(Signatory.added_at, Signatory.id)
    )
    return [
        Phone(
            signatory.id,
            mask_address(contact.address or ""),
            contact.unreachable_at is not None,
            mask_name(signatory.name) if signatory.name else "",
            signatory.pin_hash is not None,
            signatory.added_at,
            signatory.revoked_at,
        )
        for signatory, contact in rows
    ]


def _track_record(organization: Organization) -> list[TrackRecord]:
    return list(
        db.session.scalars(
            select(TrackRecord)
            .where(
                TrackRecord.tenant_id == organization.tenant_id,
                TrackRecord.organization_id == organization.id,
            )
            .order_by(TrackRecord.happened_at.desc(), TrackRecord.id)
        )
    )


# The same SO in another office of the deployment


@query(Permission.ORGANIZATION_IDENTIFY)
def find_known_here(credit_code: str, *, by: Actor) -> int | None:
    """The number under which the sender's office knows the SO with this credit code, if it does."""
    return db.session.scalar(
        select(Organization.number).where(
            Organization.tenant_id == by.tenant_id, Organization.credit_code == credit_code
        )
    )


@query(Permission.ORGANIZATION_IDENTIFY)
def find_elsewhere(credit_code: str, *, by: Actor) -> tuple[Tenant, Organization] | None:
    """The registration that the sender's own phone already speaks for in another office, to copy from (O2).

    Whoever only knows the credit code learns nothing: the phone must be a signatory of that very SO there.
    """
    contact = db.session.scalar(select(Contact).where(Contact.tenant_id == by.tenant_id, Contact.id == by.id))
    if contact is None or contact.address is None:
        return None
    for route in find_routes(RouteKind.REFERENCE, CREDIT_CODE_ROUTE.format(code=credit_code)):
        if route.tenant_id == by.tenant_id:
            continue
        there = by.at(route.tenant_id, Role.SENDER)
        found = _spoken_for_there(route.target_id, contact.address, contact.medium, by=there)
        if found is not None:
            return db.session.get_one(Tenant, route.tenant_id), found
    return None


@query(Permission.ORGANIZATION_IDENTIFY)
def _spoken_for_there(organization_id: UUID, address: str, medium: str, *, by: Actor) -> Organization | None:
    return db.session.scalar(
        select(Organization)
        .join(
            Signatory,
            (Signatory.tenant_id == Organization.tenant_id) & (Signatory.organization_id == Organization.id),
        )
        .join(Contact, (Contact.tenant_id == Signatory.tenant_id) & (Contact.id == Signatory.contact_id))
        .where(
            Organization.tenant_id == by.tenant_id,
            Organization.id == organization_id,
            Signatory.revoked_at.is_(None),
            Contact.medium == medium,
            Contact.address_index.in_(keyring().indexes(address)),
        )
    )


# Capacity: confidential (D3)


@query(Permission.CAPACITY_READ)
def find_capacity(organization_id: UUID, *, by: Actor) -> Capacity | None:
    """The agreed category valid on the day of ``by.now``; ``None`` where there is none (any more) (O4)."""
    return valid_capacities(by).get(organization_id)


@query(Permission.CAPACITY_READ)
def list_capacities(*, by: Actor) -> dict[UUID, Capacity]:
    """The valid category of each SO that has one (Table 5)."""
    return valid_capacities(by)


def valid_capacities(by: Actor) -> dict[UUID, Capacity]:
    """The newest agreed category of each SO, where it is still valid (O4); for use inside a gate."""
    rows = db.session.execute(
        select(AgreedCapacity)
        .ext(distinct_on(AgreedCapacity.organization_id))
        .where(AgreedCapacity.tenant_id.in_(by.readable))
        .order_by(AgreedCapacity.organization_id, AgreedCapacity.round.desc())
    ).scalars()
    today = local_day(by.now)
    return {agreed.organization_id: agreed.category for agreed in rows if today <= agreed.valid_until}


def with_phones(wanted: Select[*tuple[Any, ...]], of: Any) -> Select[*tuple[Any, ...]]:
    """A statement with, as its last column, each phone that speaks for the SO of a row of the model ``of`` (T5)."""
    return (
        wanted.add_columns(Signatory.contact_id)
        .join(
            Signatory,
            (Signatory.tenant_id == of.tenant_id) & (Signatory.organization_id == of.organization_id),
        )
        .where(Signatory.revoked_at.is_(None))
    )
