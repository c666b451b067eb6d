"""How stories get to an office with people to write to, and to a broadcast on its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from channels.contacts import contact_for
from channels.joining import join, prove
from channels.models import Contact, Delivery, OutboundMessage
from service.broadcasts import workflow
from service.broadcasts.address_book import list_numbers
from service.broadcasts.models import Broadcast
from service.broadcasts.rules import AudienceKind
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.settings import change_settings
from tests.conftest import Office

TOWNSHIP = "石板乡"


def numbers(count: int, begin: int = 1) -> list[str]:
    """So many phone numbers."""
    return [f"+86138000{number:05}" for number in range(begin, begin + count)]


def township_of(office: Office, count: int, **more: Any) -> None:
    """So many people of one township in the address book; what they were told about it is not counted here."""
    list_numbers(numbers(count), TOWNSHIP, True, by=office.officer, **more)
    forget_notices(by=office.system)


@command(Permission.MESSAGE_SEND)
def forget_notices(*, by: Actor) -> None:
    """Empty the outbox."""
    db.session.query(OutboundMessage).filter_by(tenant_id=by.tenant_id).delete()


def drafted(office: Office, **more: Any) -> Broadcast:
    """A draft to the township."""
    given: dict[str, Any] = {
        "title": "停水",
        "words": "明天上午八点到十二点停水，请提前储水。",
        "audience": AudienceKind.TOWNSHIP,
        "township": TOWNSHIP,
        **more,
    }
    return workflow.draft_broadcast(**given, by=office.officer)


def budget(office: Office, parts: int) -> None:
    """Set the office's monthly budget."""
    change_settings({"message_budget": parts}, by=office.administrator)


@query(Permission.MESSAGE_SEND)
def rows_of(broadcast: Broadcast, *, by: Actor) -> list[OutboundMessage]:
    """The outbox rows of a broadcast."""
    return list(
        db.session.scalars(
            select(OutboundMessage)
            .where(
                OutboundMessage.tenant_id == by.tenant_id,
                OutboundMessage.announcement_id == broadcast.announcement_id,
            )
            .order_by(OutboundMessage.id)
        )
    )


def states_of(broadcast: Broadcast, *, by: Actor) -> list[Delivery]:
    """How far each row got."""
    return sorted(row.state for row in rows_of(broadcast, by=by))


@command(Permission.CONSENT_WRITE)
def opts_out(number: str, *, by: Actor) -> None:
    """The person with this number wants no broadcasts."""
    contact = next(
        one
        for one in db.session.scalars(select(Contact).where(Contact.tenant_id == by.tenant_id))
        if one.address == number
    )
    contact.stopped_at = by.now


@command(Permission.CONSENT_WRITE)
def are_one_person(numbers: Sequence[str], *, by: Actor, proved: bool) -> None:
    """These two numbers belong to one person: a code has shown it, or an officer believes it."""
    one, other = (contact_for(number, by=by).id for number in numbers)
    if proved:
        prove(one, other, by=by)
    else:
        join(one, other, "同一个人", by=by)


@command(Permission.CONSENT_WRITE)
def reads_english(number: str, *, by: Actor) -> None:
    """The person with this number chose English."""
    contact = next(
        one
        for one in db.session.scalars(select(Contact).where(Contact.tenant_id == by.tenant_id))
        if one.address == number
    )
    contact.locale = "en"
