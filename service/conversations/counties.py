"""A person at the office that owns a shared number gives what waits there to a county (S8)."""

from __future__ import annotations

from uuid import UUID

from channels.gateways import Inbound
from channels.models import Contact
from channels.places import Place
from channels.registry import ChannelInfo, channel_by_id
from channels.sorting import sort_by_hand, take_turn
from service.conversations import desks, rules
from service.conversations.rules import Desk
from tenants.actors import Actor
from tenants.audit import record
from tenants.events import Event
from tenants.gate import command, query
from tenants.permissions import Permission


@query(Permission.ATTENTION_ANSWER)
def list_counties(desk: Desk, contact_id: UUID, *, by: Actor) -> list[Place]:
    """The counties that a conversation can be given to: none where its number serves the office alone."""
    contact = _writer(desk, contact_id, by)
    return [place for place in _channel_of(contact).places if not place.above]


@command(Permission.COMPLAINT_HANDLE)
def pass_to_county(desk: Desk, contact_id: UUID, office_id: int, seen: UUID, *, by: Actor) -> None:
    """Give what waits in a conversation on a shared number to the county it is about, as if it had come there (S8).

    Nothing of it can be read here any more; the person gets the county's reply. Refuses ``not_found``, also for an office
    that the number does not serve, ``conversation_moved`` and ``nothing_waits``.
    """
    contact = _writer(desk, contact_id, by)
    channel, sender = _channel_of(contact), contact.address or ""
    rules.require_served(office_id, channel.readable)
    system = by.as_system()
    take_turn(channel, Inbound(None, sender, channel.number, ""), by=system)
    rules.require_unmoved(
        seen, desks.last_at(desk, [one.id for one in desks.person_at(desk, contact_id, by)], by)
    )
    sort_by_hand(channel, sender, office_id, by=system)
    record(Event.CONVERSATION_SORTED, contact, by, office=office_id)


def _writer(desk: Desk, contact_id: UUID, by: Actor) -> Contact:
    return next(one for one in desks.person_at(desk, contact_id, by) if one.id == contact_id)


def _channel_of(contact: Contact) -> ChannelInfo:
    return channel_by_id(contact.channel_tenant_id, contact.channel_id)
