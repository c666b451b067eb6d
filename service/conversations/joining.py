"""Officers join and part the addresses of a person, from the conversation they are reading (T5, H3, H4)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from channels import joining
from channels.models import InboundMessage
from service.conversations import desks, queries, rules
from service.conversations.rules import Desk
from service.conversations.shown import Waiting
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission


@command(Permission.ADDRESS_JOIN)
def join_addresses(desk: Desk, contact_id: UUID, other_id: UUID, reason: str, *, by: Actor) -> None:
    """Take the writers of two conversations with a desk for one person, for a reason that is kept (T5).

    From then on they are one conversation, and whoever wants no broadcasts on one gets none on the other (S5). What is
    shown of cases and who speaks for an SO stays as it was: only a code can show that. Refuses ``not_found``, also where
    the actor may not read one of them, ``not_written_here``, ``same_address``, ``joined_already`` and ``both_joined``.
    """
    for one_id in (contact_id, other_id):
        desks.person_at(desk, one_id, by)
    rules.require_wrote_here(_has_words(desk, one_id, by) for one_id in (contact_id, other_id))
    joining.join(contact_id, other_id, reason, by=by)


@command(Permission.ADDRESS_JOIN)
def part_address(desk: Desk, contact_id: UUID, address_id: UUID, reason: str, *, by: Actor) -> None:
    """Let one of a person's addresses be somebody else's again; what the joining changed is restored (T5).

    Refuses ``not_found`` and ``not_joined``.
    """
    several = [one.id for one in desks.person_at(desk, contact_id, by)]
    joining.part(rules.require_own(address_id, several), reason, by=by)


@query(Permission.ADDRESS_JOIN)
def list_others(desk: Desk, contact_id: UUID, *, by: Actor) -> list[Waiting]:
    """The conversations with the same desk, of late or waiting, whose writers could be the same person."""
    own = {one.id for one in desks.person_at(desk, contact_id, by)}
    listed = [*queries.list_waiting(by=by), *queries.list_lately(by=by)]
    return [one for one in listed if one.desk is desk and one.contact_id not in own]


def _has_words(desk: Desk, contact_id: UUID, by: Actor) -> bool:
    wanted = select(InboundMessage.id).where(
        *desks.said_at(desk, [contact_id], by), InboundMessage.text.is_not(None)
    )
    return db.session.scalar(wanted.limit(1)) is not None
