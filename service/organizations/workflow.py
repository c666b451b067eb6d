"""The verbs of step 3: registering, verifying, listing, and who speaks for an SO."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from channels.contacts import contact_for, locale_of
from channels.links import issue_link
from channels.messages import InEach, Said
from channels.models import Contact
from channels.outbox import tell
from channels.pictures import attach
from service.organizations import messages, rules
from service.organizations.models import ItemVerification, Organization, Signatory, TrackRecord
from service.organizations.pins import is_right
from service.organizations.queries import (
    CREDIT_CODE_ROUTE,
    find_elsewhere,
    signatory_contacts,
    signatory_of,
)
from service.organizations.rules import Item, LeftOffGround, Source, TrackRecordKind, Verification
from service.reminders.workflow import take_back_from
from tenants.actors import Actor
from tenants.audit import record
from tenants.counters import next_number
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock
from tenants.models import RouteKind, Tenant
from tenants.permissions import Permission
from tenants.privacy import mask_address
from tenants.refusals import NotFound, NotPermitted
from tenants.routes import add_route, find_routes
from tenants.states import move
from tenants.workdays import local_day

PIN_FORM = "organization_pin"
"""The purpose of the link with which a new signatory sets a PIN away from the inbox."""


# Registration of interest


@command(Permission.ORGANIZATION_REGISTER)
def offer_form(purpose: str, *, by: Actor) -> str:
    """Give the sender the address of a form, for whoever would rather write on a page (O2)."""
    assert by.id is not None
    return issue_link(purpose, by.id, locale=by.locale, by=by)


@command(Permission.ORGANIZATION_REGISTER)
def register_organization(
    *, pin_hash: str | None, source: Source = Source.MESSAGE, by: Actor, **facts: Any
) -> Organization:
    """Register an SO's interest by its own word (step 3, Table 4, O2); the sender becomes its signatory (T5).

    ``facts``: the fields of ``RegistrationSchema``; ``pin_hash``: from ``pins.hash_pin``. Without a credit
    code it is an unregistered group (O6). Refuses ``organization_known``, ``phone_taken`` and
    ``registered_in_future``.
    """
    assert by.id is not None
    organization = _add(by, source=source, signed=pin_hash is not None, **facts)
    _add_signatory(organization, by.id, by, pin_hash=pin_hash, name=organization.filled_by)
    record(Event.ORGANIZATION_REGISTERED, organization, by, number=organization.number, source=source)
    return organization


@command(Permission.ORGANIZATION_REGISTER)
def copy_registration(credit_code: str, *, pin_hash: str | None, by: Actor) -> Organization:
    """Copy the registration from another office, where the sender's phone speaks for this very SO (O2).

    What was verified there is verified here anew. Refuses ``not_a_signatory``, and what registering does.
    """
    found = find_elsewhere(credit_code, by=by)
    if found is None:
        raise NotPermitted("not_a_signatory")
    _office, known = found
    names = {name for names in rules.FIELDS_OF.values() for name in names} | {
        "typology",
        "serves",
        "sites",
        "filled_by",
    }
    return register_organization(pin_hash=pin_hash, **{name: getattr(known, name) for name in names}, by=by)


@command(Permission.ORGANIZATION_REGISTER)
def attach_certificate(organization_id: UUID, message_ids: list[UUID], *, by: Actor) -> None:
    """Put what the sender showed while registering beside the registration (O2). Refuses ``not_a_signatory``."""
    found = signatory_of(by.id, by.tenant_id) if by.id else None
    if found is None or found[1].id != organization_id:
        raise NotPermitted("not_a_signatory")
    attach(message_ids, found[1], by=by)
    record(Event.ORGANIZATION_CHANGED, found[1], by, certificate=len(message_ids))


@command(Permission.ORGANIZATION_WRITE)
def list_organization(*, by: Actor, **facts: Any) -> Organization:
    """Put an SO on the office's list, from any source of O1; it need not know yet (guide step 3).

    ``facts``: the fields of ``OrganizationSchema``. Refuses ``organization_known``, ``not_an_umbrella`` and
    ``registered_in_future``.
    """
    organization = _add(by, **facts)
    record(
        Event.ORGANIZATION_LISTED, organization, by, number=organization.number, source=organization.source
    )
    return organization


@command(Permission.ORGANIZATION_WRITE)
def change_organization(organization_id: UUID, *, by: Actor, **facts: Any) -> Organization:
    """Correct what is known about an SO; an item that changes has to be verified again (O2)."""
    organization = lock(Organization, organization_id, by)
    _change(organization, facts, by)
    return organization


@command(Permission.ORGANIZATION_IDENTIFY)
def update_registration(*, by: Actor, **facts: Any) -> Organization:
    """Correct one's own SO's registration, as its signatory (O2, T5). Refuses ``not_a_signatory``."""
    _signatory, known = _own(by)
    organization = lock(Organization, known.id, by)
    _change(organization, facts, by)
    return organization


def _add(by: Actor, **facts: Any) -> Organization:
    number = next_number("organization", by)
    _require_sound(None, facts, by)
    organization = Organization(tenant_id=by.tenant_id, number=number, filled_at=by.now, **facts)
    db.session.add(organization)
    db.session.flush()
    if organization.credit_code:
        add_route(RouteKind.REFERENCE, _route(organization.credit_code), by.tenant_id, organization.id)
    return organization


def _change(organization: Organization, facts: dict[str, Any], by: Actor) -> None:
    before = {name: getattr(organization, name) for name in facts}
    changed = sorted(name for name, value in facts.items() if value != before[name])
    _require_sound(organization.id, facts, by)
    for name in changed:
        setattr(organization, name, facts[name])
    if "credit_code" in changed:
        for route in find_routes(RouteKind.REFERENCE, _route(before["credit_code"] or "")):
            if route.tenant_id == by.tenant_id:
                db.session.delete(route)
        if organization.credit_code:
            add_route(RouteKind.REFERENCE, _route(organization.credit_code), by.tenant_id, organization.id)
    for item in rules.items_changed(before, facts):
        _note(organization, item, Verification.UNVERIFIED, "", None, by)
    organization.filled_at = by.now
    db.session.flush()
    record(Event.ORGANIZATION_CHANGED, organization, by, fields=changed)


def _require_sound(organization_id: UUID | None, facts: dict[str, Any], by: Actor) -> None:
    if code := facts.get("credit_code"):
        known = db.session.scalar(
            select(Organization).where(
                Organization.tenant_id == by.tenant_id, Organization.credit_code == code
            )
        )
        rules.require_new_here(known.number if known is not None and known.id != organization_id else None)
    rules.require_past(facts.get("registration_date"), local_day(by.now))
    if umbrella_id := facts.get("umbrella_id"):
        umbrella = get(Organization, umbrella_id, by)
        rules.require_umbrella(umbrella.typology, umbrella.id == organization_id)


def _route(credit_code: str) -> str:
    return CREDIT_CODE_ROUTE.format(code=credit_code)


# Verification and short list


@command(Permission.ORGANIZATION_WRITE)
def verify_item(
    organization_id: UUID, *, item: Item, status: Verification, how: str, by: Actor
) -> ItemVerification:
    """Keep what the office found out about one item, how, and who did (O2). Earlier findings stay."""
    organization = lock(Organization, organization_id, by)
    noted = _note(organization, item, status, how, by.id, by)
    record(Event.ITEM_VERIFIED, organization, by, item=item, status=status)
    return noted


def _note(
    organization: Organization,
    item: Item,
    status: Verification,
    how: str,
    verified_by: UUID | None,
    by: Actor,
) -> ItemVerification:
    noted = ItemVerification(
        tenant_id=by.tenant_id,
        organization_id=organization.id,
        item=item,
        status=status,
        how=how,
        verified_at=by.now,
        verified_by=verified_by,
    )
    db.session.add(noted)
    db.session.flush()
    return noted


@command(Permission.ORGANIZATION_WRITE)
def short_list_organization(organization_id: UUID, *, by: Actor) -> Organization:
    """Put an SO on the short list of potential providers, and tell it (guide step 3, O3)."""
    organization = lock(Organization, organization_id, by)
    move(organization, "short_list", by)
    organization.left_off_ground = organization.left_off_reason = None
    record(Event.SHORT_LISTED, organization, by)
    _tell_signatories(organization, messages.short_listed(name=organization.name, office=_office(by)), by)
    return organization


@command(Permission.ORGANIZATION_WRITE)
def leave_off(organization_id: UUID, *, ground: LeftOffGround, reason: str, by: Actor) -> Organization:
    """Leave an SO off the short list, on one of the four grounds only, and tell it why (guide step 3, O3).

    Newly founded, weak paperwork and not local are no grounds: ``LeftOffGround`` has no words for them.
    """
    organization = lock(Organization, organization_id, by)
    organization.left_off_ground, organization.left_off_reason = ground, reason
    move(organization, "leave_off", by, reason)
    record(Event.LEFT_OFF, organization, by, ground=ground)
    said = messages.left_off(name=organization.name, ground=ground.label, reason=reason)
    _tell_signatories(organization, said, by)
    return organization


def _tell_signatories(organization: Organization, said: Said, by: Actor) -> None:
    for contact_id in signatory_contacts([organization.id], by=by)[organization.id]:
        tell(contact_id, said, by=by, subject=organization)


def _office(by: Actor) -> InEach:
    office = db.session.get_one(Tenant, by.tenant_id)
    return InEach(office.name_zh, office.name_en)


# Signatories and their PINs


@command(Permission.ORGANIZATION_WRITE)
def add_signatory(organization_id: UUID, *, address: str, name: str, papers: str, by: Actor) -> Signatory:
    """Let another phone speak for an SO, on the papers an officer saw (T5).

    It gets a link to set its PIN, and the other signatories are told. Refuses ``phone_taken``,
    ``number_unclear`` and ``no_channel``.
    """
    organization = lock(Organization, organization_id, by)
    contact = contact_for(address, by=by)
    news = messages.phone_added(name=organization.name, phone=mask_address(contact.address or ""))
    _tell_signatories(organization, news, by)
    signatory = _add_signatory(organization, contact.id, by, name=name, papers=papers)
    _send_pin_link(organization, contact, signatory, by)
    return signatory


def _add_signatory(
    organization: Organization,
    contact_id: UUID,
    by: Actor,
    *,
    pin_hash: str | None = None,
    name: str | None = None,
    papers: str | None = None,
) -> Signatory:
    known = signatory_of(contact_id, by.tenant_id)
    rules.require_free_phone(known[1].id if known else None)
    signatory = Signatory(
        tenant_id=by.tenant_id,
        organization_id=organization.id,
        contact_id=contact_id,
        name=name,
        papers=papers,
        pin_hash=pin_hash,
        added_at=by.now,
    )
    db.session.add(signatory)
    db.session.flush()
    record(Event.SIGNATORY_ADDED, signatory, by, organization=organization.id)
    return signatory


def _send_pin_link(organization: Organization, contact: Contact, signatory: Signatory, by: Actor) -> None:
    url = issue_link(PIN_FORM, contact.id, signatory.id, locale=locale_of(contact), by=by)
    tell(
        contact.id,
        messages.set_your_pin(name=organization.name, url=url),
        by=by,
        subject=signatory,
    )


@command(Permission.ORGANIZATION_WRITE)
def revoke_signatory(signatory_id: UUID, *, reason: str, by: Actor) -> Signatory:
    """A phone no longer speaks for its SO: lost, or the person left (T5); what it would be reminded of is taken back (S6)."""
    signatory = _standing(signatory_id, by)
    signatory.revoked_at = by.now
    take_back_from(signatory.contact_id, by=by)
    record(Event.SIGNATORY_REVOKED, signatory, by, reason=reason)
    return signatory


@command(Permission.ORGANIZATION_WRITE)
def reset_pin(signatory_id: UUID, *, papers: str, by: Actor) -> Signatory:
    """Let a signatory who forgot the PIN set a new one by link, on the papers an officer saw (T5)."""
    signatory = _standing(signatory_id, by)
    signatory.pin_hash, signatory.wrong_pins, signatory.locked_until = None, 0, None
    signatory.papers = papers
    organization = get(Organization, signatory.organization_id, by)
    _send_pin_link(organization, get(Contact, signatory.contact_id, by), signatory, by)
    record(Event.PIN_SET, signatory, by, reset=True)
    return signatory


def _standing(signatory_id: UUID, by: Actor) -> Signatory:
    signatory = lock(Signatory, signatory_id, by)
    if signatory.revoked_at is not None:
        raise NotFound("not_found", what="signatories")
    return signatory


@command(Permission.ORGANIZATION_IDENTIFY)
def set_pin(pin_hash: str, *, by: Actor) -> Signatory:
    """Set one's own first PIN (T5); later an officer resets it.

    Refuses ``not_a_signatory`` and ``pin_set_before``.
    """
    known, _organization = _own(by)
    signatory = lock(Signatory, known.id, by)
    rules.require_no_pin(signatory.pin_hash)
    signatory.pin_hash = pin_hash
    record(Event.PIN_SET, signatory, by)
    return signatory


@command(Permission.ORGANIZATION_IDENTIFY)
def check_pin(signatory_id: UUID, pin: str, *, by: Actor) -> str | None:
    """Check a signatory's PIN: ``None`` if right, else ``wrong_pin``, ``pin_locked`` or ``pin_missing`` (T5).

    Five wrong ones lock the phone for an hour. A code is returned and nothing raised: the count must be kept.
    """
    signatory = lock(Signatory, signatory_id, by)
    if signatory.pin_hash is None or signatory.revoked_at is not None:
        return "pin_missing"
    if signatory.locked_until is not None and by.now < signatory.locked_until:
        return "pin_locked"
    if is_right(pin, signatory.pin_hash):
        signatory.wrong_pins, signatory.locked_until = 0, None
        return None
    signatory.wrong_pins, signatory.locked_until = rules.after_wrong_pin(signatory.wrong_pins, by.now)
    if signatory.locked_until is None:
        return "wrong_pin"
    record(Event.PIN_LOCKED, signatory, by)
    return "pin_locked"


def _own(by: Actor) -> tuple[Signatory, Organization]:
    found = signatory_of(by.id, by.tenant_id) if by.id else None
    if found is None:
        raise NotPermitted("not_a_signatory")
    return found


# What later steps add


@command(Permission.TRACK_RECORD_ADD)
def add_track_record(organization_id: UUID, kind: TrackRecordKind, fact: str, *, by: Actor) -> TrackRecord:
    """Add to an SO's record what a later step found, for the next assessment to read (M6, E5)."""
    organization = lock(Organization, organization_id, by)
    added = TrackRecord(
        tenant_id=by.tenant_id, organization_id=organization.id, kind=kind, fact=fact, happened_at=by.now
    )
    db.session.add(added)
    db.session.flush()
    record(Event.TRACK_RECORD_ADDED, organization, by, kind=kind)
    return added
