"""Contacts: addresses people write from, each known to one office, with all they say under a key of their own (T5, T7)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select, update

from channels.joining import hold, leave, proved_addresses
from channels.machines import is_machine
from channels.models import Contact, LastOffice, Medium, OutboundMessage
from channels.numbers import e164
from channels.pictures import forget_pictures
from channels.registry import channel_by_id, first_channel
from tenants.actors import Actor, ActorKind
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.offices import ancestors
from tenants.permissions import Permission, Role
from tenants.privacy import OPENID, keyring, mask_address, new_data_key
from tenants.refusals import NotFound, RuleBroken

SENDER = frozenset({Role.SENDER})
LONGEST_NAMED = 30
"""Characters of what was typed in place of a number that are shown again."""


def contact_for(address: str, *, by: Actor) -> Contact:
    """Find or make the contact of an address that an officer typed, on the office's first channel of its kind.

    Where it has none of its own, on a shared one of an office above (S8). For use inside a command. Refuses
    ``number_unclear``, also for a phone in the browser or a follower at WeChat where the office has neither, and
    ``no_channel`` while it has none for phones.
    """
    medium = _medium_of(address)
    known = e164(address) if medium is Medium.SMS else address
    own = db.session.get_one(Tenant, by.tenant_id)
    above = ancestors(own)
    channel = first_channel(medium, by=by.as_system()) or next(
        filter(
            None, (first_channel(medium, serving=own.code, by=by.as_system(office.id)) for office in above)
        ),
        None,
    )
    if channel is None:
        raise RuleBroken("no_channel" if medium is Medium.SMS else "number_unclear")
    return _find_or_make(known, medium, channel, by)


def listed_contact(address: str, *, by: Actor) -> Contact:
    """The contact of one of many people who are to get messages, as ``contact_for`` finds or makes it.

    Refuses ``nobodys_phone``, by name, what no message reaches: a number with a digit too few, a landline, a service number.
    """
    try:
        contact = contact_for(address, by=by)
    except RuleBroken as refusal:
        if refusal.code != "number_unclear":
            raise
        raise RuleBroken("nobodys_phone", number=address[:LONGEST_NAMED]) from refusal
    if contact.medium is Medium.SMS and is_machine(contact.address or ""):
        raise RuleBroken("nobodys_phone", number=address[:LONGEST_NAMED])
    return contact


def _medium_of(address: str) -> Medium:
    if address.startswith("sim:"):
        return Medium.SIMULATOR
    return Medium.WECHAT if OPENID.fullmatch(address) else Medium.SMS


def same_contact_in(tenant_id: int, contact_id: UUID, *, by: Actor) -> Contact:
    """The twin of a contact in another office, for a case decided there: same address, reached by the same channel (H4).

    For use inside a command of the office that knows the contact.
    """
    known = db.session.scalar(
        select(Contact).where(Contact.tenant_id == by.tenant_id, Contact.id == contact_id)
    )
    if known is None or known.address is None:
        raise NotFound("not_found", what="contacts")
    return reached_at(
        known.address,
        known.medium,
        (known.channel_tenant_id, known.channel_id),
        known.locale,
        known.written_in,
        by=by.as_system(tenant_id),
    )


@command(Permission.MESSAGE_SEND)
def reached_at(
    address: str,
    medium: Medium,
    channel: tuple[int, UUID],
    locale: str | None,
    written_in: str | None,
    *,
    by: Actor,
) -> Contact:
    """The contact of an address in the actor's office, added if need be, who is reached by this channel."""
    contact = _find_or_make(address, medium, channel, by)
    contact.locale, contact.written_in = contact.locale or locale, contact.written_in or written_in
    return contact


def address_of(contact_id: UUID, *, by: Actor) -> str:
    """The masked address of a contact, for use inside a gate; a dash once the person was erased."""
    address = db.session.scalar(
        select(Contact.address).where(Contact.tenant_id.in_(by.readable), Contact.id == contact_id)
    )
    return "—" if address is None else mask_address(address)


@command(Permission.KEYS_ROTATE)
def erase(contact_id: UUID, *, by: Actor) -> None:
    """Erase a person: address and key are destroyed, so that nothing said by or about the person can be read again (T7).

    With it go the addresses that a code has shown to be the same person's; what an officer believed is no ground to erase.
    """
    (contact,) = hold([contact_id], by)
    above = ancestors(db.session.get_one(Tenant, by.tenant_id))
    for one in proved_addresses(contact.id, by=by):
        if one.joined_as is not None:
            leave(one, None, by)
        if one.address is not None:
            # A shared number may be the office's own, or one of any office above it.
            for owner in (by.tenant_id, *(office.id for office in above)):
                _forget_last_office(one.medium, one.address, by=by.as_system(owner))
        db.session.execute(
            update(Contact)
            .where(Contact.tenant_id == by.tenant_id, Contact.id == one.id)
            .values(address=None, address_index=None, data_key=None, erased_at=by.now)
        )
        forget_pictures(one.id, by=by)
        record(Event.PERSON_ERASED, one, by)


@command(Permission.MESSAGE_RECEIVE)
def _forget_last_office(medium: Medium, address: str, *, by: Actor) -> None:
    """The number that many counties share forgets which of them an address wrote to last (S8, T7)."""
    db.session.execute(
        delete(LastOffice).where(
            LastOffice.tenant_id == by.tenant_id,
            LastOffice.medium == medium,
            LastOffice.address_index.in_(keyring().indexes(address)),
        )
    )


def mark_unreachable(row: OutboundMessage, *, by: Actor) -> None:
    """Keep that by its provider's word no message can ever arrive where ``row`` was sent (S7), until the next text from there.

    Not where somebody wrote from there meanwhile, nor where it had been sent to somebody at WhatsApp by text. For use inside
    a command.
    """
    contact = db.session.scalar(
        select(Contact)
        .where(Contact.tenant_id == by.tenant_id, Contact.id == row.contact_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if contact is None or contact.unreachable_at is not None:
        return
    if contact.last_at > (row.claimed_at or row.created_at) or not _went_there(row, contact):
        return
    contact.unreachable_at = by.now
    record(Event.ADDRESS_UNREACHABLE, contact, by)


def _went_there(row: OutboundMessage, contact: Contact) -> bool:
    try:
        return channel_by_id(row.channel_tenant_id, row.channel_id).medium is contact.medium
    except NotFound:
        return False


def locale_of(contact: Contact) -> str:
    """The language a contact is spoken to in: the one chosen, else the one written in, else Chinese (S3)."""
    return contact.locale or contact.written_in or "zh"


def _find_or_make(address: str, medium: Medium, channel: tuple[int, UUID], by: Actor) -> Contact:
    found = db.session.scalar(
        select(Contact).where(
            Contact.tenant_id == by.tenant_id,
            Contact.medium == medium,
            Contact.address_index.in_(keyring().indexes(address)),
        )
    )
    if found is not None:
        return found
    contact = Contact(
        tenant_id=by.tenant_id,
        id=new_id(),
        medium=medium,
        address=address,
        address_index=keyring().index(address),
        data_key=new_data_key(),
        channel_tenant_id=channel[0],
        channel_id=channel[1],
        first_at=by.now,
        last_at=by.now,
    )
    db.session.add(contact)
    db.session.flush()
    return contact


def as_sender(by: Actor, contact_id: UUID, locale: str | None = None) -> Actor:
    """The actor behind a contact's message."""
    return Actor(
        ActorKind.CONTACT,
        by.tenant_id,
        SENDER,
        by.now,
        id=contact_id,
        readable=by.readable,
        channel=by.channel,
        locale=locale or by.locale,
    )
