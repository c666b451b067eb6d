"""One person, several addresses: who is joined to whom inside an office, joined and parted again (T5, docs/decisions/0010).

Joining moves no message and copies no key: what belongs to a wire stays with its contact, and what belongs to the person
is asked for by all of the person's addresses. What binds or reveals something (an SO, a case) is asked for by those alone
that a code has proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from channels import joining_rules as rules
from channels.joining_rules import Address
from channels.models import AddressLink, Contact, LinkAct, Medium
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.privacy import encrypt_under
from tenants.refusals import NotFound

JOINING = 0x71A0
"""The name under which joinings, partings and consents of one office wait for each other."""


def addresses_of(contact_id: UUID, *, by: Actor) -> list[Contact]:
    """All addresses of a contact's person in the actor's office as they are now, its own among them; inside a gate."""
    own = select(Contact.joined_as).where(Contact.tenant_id == by.tenant_id, Contact.id == contact_id)
    return list(
        db.session.scalars(
            select(Contact)
            .where(
                Contact.tenant_id == by.tenant_id,
                or_(Contact.id == contact_id, Contact.joined_as == own.scalar_subquery()),
            )
            .order_by(Contact.id)
            .execution_options(populate_existing=True)
        )
    )


def proved_addresses(contact_id: UUID, *, by: Actor) -> list[Contact]:
    """A contact, and those that a code has shown to be the same person's; for use inside a gate (T5)."""
    several = addresses_of(contact_id, by=by)
    proved = any(one.id == contact_id and one.proved_at is not None for one in several)
    return [one for one in several if one.id == contact_id or (proved and one.proved_at is not None)]


def join(one_id: UUID, other_id: UUID, reason: str, *, by: Actor) -> None:
    """Take two addresses for one person's, on an officer's word; for use inside a command.

    Refuses ``same_address``, ``joined_already``, ``both_joined`` and ``not_found``, also once one of them was erased.
    """
    rules.require_different(one_id, other_id)
    one, other = hold([one_id, other_id], by)
    rules.require_joinable(_known(one, None), _known(other, None))
    _bring_together([one, other], LinkAct.JOINED, reason, by)
    record(Event.ADDRESSES_JOINED, one, by, other=str(other.id))


def prove(one_id: UUID, phone_id: UUID, *, by: Actor) -> None:
    """Take two addresses for one person's, as a code has shown; for use inside a command.

    What a code shows outweighs what an officer believed: an address that was joined elsewhere on an officer's word
    leaves. Refuses ``joined_already`` and ``both_joined``.
    """
    one, phone = hold([one_id, phone_id], by)
    rules.require_provable(_known(one, None), _known(phone, None))
    for mine, its in ((one, phone), (phone, one)):
        if mine.joined_as is not None and mine.proved_at is None and not _stays(mine, its, by):
            leave(mine, None, by)
    _bring_together([one, phone], LinkAct.PROVED, None, by)
    one.proved_at, phone.proved_at = one.proved_at or by.now, by.now
    record(Event.ADDRESS_PROVED, phone, by, other=str(one.id))


def part(contact_id: UUID, reason: str, *, by: Actor) -> None:
    """Take an address for a person's of its own again; what the joining changed is restored. For use inside a command.

    Refuses ``not_joined`` and ``not_found``.
    """
    (contact,) = hold([contact_id], by)
    rules.require_joined(_known(contact, None))
    leave(contact, reason, by)
    record(Event.ADDRESSES_PARTED, contact, by)


def leave(contact: Contact, reason: str | None, by: Actor) -> None:
    """Part a joined address from its person's others; the last that is left is alone then, too. For use inside a command
    that holds the address."""
    others = [one for one in addresses_of(contact.id, by=by) if one.id != contact.id]
    for side in ([contact], others):
        known = [_known(one, _last_link(one, by)) for one in side]
        for one, stopped_at in zip(side, rules.consent_when_parted(known), strict=True):
            _set_consent(one, stopped_at, by)
    for one in [contact, *(others if len(others) == 1 else [])]:
        assert one.joined_as is not None
        db.session.add(_link(one, one.joined_as, LinkAct.PARTED, one.stopped_at, reason, by))
        one.joined_as = one.proved_at = None
    db.session.flush()
    proved = [one for one in others if one.proved_at is not None]
    if len(proved) == 1:
        proved[0].proved_at = None
        db.session.flush()


@command(Permission.CONSENT_WRITE)
def share_consent(contact_id: UUID, consent: bool, *, by: Actor) -> None:
    """What a person says about broadcasts by one address holds for all of them (S5)."""
    wait_for_others(by)
    for contact in addresses_of(contact_id, by=by):
        if contact.id != contact_id and (contact.stopped_at is None) != consent:
            contact.stopped_at = None if consent else by.now
            record(Event.CONSENT_GIVEN if consent else Event.CONSENT_WITHDRAWN, contact, by)


def opt_out(contact_id: UUID, *, by: Actor) -> None:
    """Somebody ended all messages at the provider; our own broadcasts end with it, to all addresses of the person (S5). For use
    inside a command."""
    share_consent(contact_id, False, by=by)
    contact = db.session.scalar(
        select(Contact).where(Contact.tenant_id == by.tenant_id, Contact.id == contact_id).with_for_update()
    )
    if contact is not None and contact.stopped_at is None:
        contact.stopped_at = by.now
        record(Event.CONSENT_WITHDRAWN, contact, by)


@command(Permission.CONSENT_WRITE)
def let_lapse(*, by: Actor) -> int:
    """End what codes once proved of phones that have been silent for 180 days; return how many (T5)."""
    wait_for_others(by)
    silent = db.session.scalars(
        select(Contact)
        .where(
            Contact.tenant_id == by.tenant_id,
            Contact.medium == Medium.SMS,
            Contact.joined_as.is_not(None),
            func.greatest(Contact.last_at, Contact.proved_at) < by.now - rules.SILENCE,
            Contact.proved_at.is_not(None),
        )
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    ).all()
    for contact in silent:
        contact.proved_at = None
        record(Event.ADDRESS_LAPSED, contact, by)
    return len(silent)


def hold(contact_ids: Sequence[UUID], by: Actor) -> list[Contact]:
    """These contacts of the actor's office, as they are once every other joining has ended; locked in one order.

    For use inside a command. ``NotFound`` where one is not there or was erased.
    """
    wait_for_others(by)
    found = {
        contact.id: contact
        for contact in db.session.scalars(
            select(Contact)
            .where(
                Contact.tenant_id == by.tenant_id,
                Contact.id.in_(contact_ids),
                Contact.data_key.is_not(None),
            )
            .order_by(Contact.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    }
    if len(found) < len(set(contact_ids)):
        raise NotFound("not_found", what="contacts")
    return [found[contact_id] for contact_id in contact_ids]


def wait_for_others(by: Actor) -> None:
    """Begin only once every other joining, parting and word of consent of the actor's office has ended; rows come after."""
    db.session.execute(select(func.pg_advisory_xact_lock(JOINING, by.tenant_id)))


def _stays(mine: Contact, its: Contact, by: Actor) -> bool:
    """Whether an address that an officer joined to others stays with them once a code links it to another.

    It does where the other is proved to be theirs, or where nothing is proved of them and the other is alone or among them.
    """
    others = [one for one in addresses_of(mine.id, by=by) if one.proved_at is not None]
    if others:
        return its in others
    return its.joined_as in (None, mine.joined_as)


def _bring_together(two: Sequence[Contact], act: LinkAct, reason: str | None, by: Actor) -> None:
    person = next((one.joined_as for one in two if one.joined_as is not None), None) or new_id()
    several = {one.id: one for contact in two for one in addresses_of(contact.id, by=by)}.values()
    known = [_known(one, _last_link(one, by)) for one in several]
    for one, before in zip(several, known, strict=True):
        db.session.add(_link(one, person, act, rules.own_consent(before), reason, by))
    agreed = rules.consent_when_joined([before.stopped_at for before in known])
    for one, stopped_at in zip(several, agreed, strict=True):
        one.joined_as = person
        _set_consent(one, stopped_at, by)
    db.session.flush()


def _known(contact: Contact, link: AddressLink | None) -> Address:
    if link is None:
        return Address(contact.joined_as, contact.proved_at is not None, contact.stopped_at)
    return Address(
        contact.joined_as,
        contact.proved_at is not None,
        contact.stopped_at,
        link.stopped_before,
        link.done_at,
    )


def _last_link(contact: Contact, by: Actor) -> AddressLink | None:
    """How an address came to the person it belongs to now; none for one that is alone."""
    if contact.joined_as is None:
        return None
    return db.session.scalar(
        select(AddressLink)
        .where(AddressLink.tenant_id == by.tenant_id, AddressLink.contact_id == contact.id)
        .order_by(AddressLink.id.desc())
        .limit(1)
    )


def _link(
    contact: Contact, person: UUID, act: LinkAct, stopped: datetime | None, reason: str | None, by: Actor
) -> AddressLink:
    kept = None if reason is None or contact.data_key is None else encrypt_under(contact.data_key, reason)
    return AddressLink(
        tenant_id=by.tenant_id,
        id=new_id(),
        contact_id=contact.id,
        joined_as=person,
        act=act,
        stopped_before=stopped,
        reason=kept,
        by_id=by.id,
        done_at=by.now,
    )


def _set_consent(contact: Contact, stopped_at: datetime | None, by: Actor) -> None:
    if (contact.stopped_at is None) != (stopped_at is None):
        event = Event.CONSENT_GIVEN if stopped_at is None else Event.CONSENT_WITHDRAWN
        record(event, contact, by)
    contact.stopped_at = stopped_at
