"""Some providers let an account send of its own accord only for a while after a person did something (S6).

What is kept here is a forecast that saves calls in vain; the provider's own refusal is the last word and corrects it.
A window belongs to the account, whoever writes by it. Where several offices share one, each keeps what came to it, so
that no other learns when that was (H3); all of it counts for each of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from channels.models import Contact, Medium, Opening, ReplyWindow
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.identifiers import new_id
from tenants.offices import readable_tenants
from tenants.permissions import Permission
from tenants.privacy import keyring
from tenants.settings import CountySettings, settings_in_force


def allowance(opening: Opening, settings: CountySettings) -> tuple[int, timedelta]:
    """How many messages may follow what a person did, and within what time (S6)."""
    if opening is Opening.MESSAGE:
        return settings.wechat_messages, timedelta(hours=settings.wechat_message_hours)
    return settings.wechat_click_messages, timedelta(minutes=settings.wechat_click_minutes)


def open_window(contact_id: UUID, opening: Opening, *, by: Actor) -> None:
    """A contact of the actor's office did something: a new count begins. For use inside a command."""
    number, time = allowance(opening, settings_in_force(by.tenant_id, by.now))
    values = {"remaining": number, "closes_at": by.now + time}
    statement = insert(ReplyWindow).values(
        tenant_id=by.tenant_id, id=new_id(), contact_id=contact_id, opening=opening, **values
    )
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "contact_id", "opening"], set_=values)
    )


WINDOWED = (Medium.WECHAT, Medium.WHATSAPP)
"""Where free text may follow only for a while."""

AT_WHATSAPP = timedelta(hours=24)
"""How long after a person wrote WhatsApp takes free text for them, however much."""


def may_write_to(account: int, medium: Medium, address: str, *, by: Actor) -> bool:
    """Whether free text may still go to a person by an account, whichever of its offices they wrote to; for use inside a gate.

    ``account``: the office whose account it is.
    """
    return any(
        _is_open(medium, address, by=by.as_system(office)) for office in written_to(account, address, by=by)
    )


def written_to(account: int, address: str, *, by: Actor) -> list[int]:
    """The offices that know a person and may share an account: its owner and those below; for use inside a gate (S8)."""
    return _known_to(address, by=replace(by.as_system(account), readable=readable_tenants(account)))


@query(Permission.MESSAGE_SEND)
def _known_to(address: str, *, by: Actor) -> list[int]:
    return list(
        db.session.scalars(
            select(Contact.tenant_id).where(
                Contact.tenant_id.in_(by.readable),
                Contact.medium.in_(WINDOWED),
                Contact.address_index.in_(keyring().indexes(address)),
            )
        )
    )


@query(Permission.MESSAGE_SEND)
def _is_open(medium: Medium, address: str, *, by: Actor) -> bool:
    if medium is Medium.WHATSAPP:
        return db.session.scalar(_wrote_lately(address, by)) is not None
    return db.session.scalar(_open_windows(address, by).limit(1)) is not None


@command(Permission.MESSAGE_SEND)
def use_up(address: str, number: int, *, by: Actor) -> None:
    """So many messages went to a person: they count against the window that closes first."""
    for window in db.session.scalars(_open_windows(address, by).with_for_update(of=ReplyWindow)):
        used = min(number, window.remaining)
        window.remaining, number = window.remaining - used, number - used


@command(Permission.MESSAGE_SEND)
def close_windows(address: str, *, by: Actor) -> None:
    """The provider takes nothing more for a person until they do something again."""
    for contact in db.session.scalars(_wrote_lately(address, by).with_for_update()):
        contact.last_at = by.now - AT_WHATSAPP
    for window in db.session.scalars(_open_windows(address, by).with_for_update(of=ReplyWindow)):
        window.remaining = 0


def _wrote_lately(address: str, by: Actor) -> Select[Contact]:
    """Who wrote from WhatsApp within the day: kept to the hour, rather too early than too late."""
    return select(Contact).where(
        Contact.tenant_id == by.tenant_id,
        Contact.medium == Medium.WHATSAPP,
        Contact.address_index.in_(keyring().indexes(address)),
        Contact.last_at > by.now - AT_WHATSAPP,
    )


def _open_windows(address: str, by: Actor) -> Select[ReplyWindow]:
    return (
        select(ReplyWindow)
        .join(Contact, (Contact.tenant_id == ReplyWindow.tenant_id) & (Contact.id == ReplyWindow.contact_id))
        .where(
            ReplyWindow.tenant_id == by.tenant_id,
            Contact.medium == Medium.WECHAT,
            Contact.address_index.in_(keyring().indexes(address)),
            ReplyWindow.closes_at > by.now,
            ReplyWindow.remaining > 0,
        )
        .order_by(ReplyWindow.closes_at)
    )
