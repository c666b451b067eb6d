"""Everything said to people beyond the direct answer: rows written in the command's own transaction (S6, S7).

A row is claimed by one worker, sent, and settled by what the provider reports. One that a worker left in ``sending`` is
reconciled with the provider before anything is sent twice.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from channels.contacts import locale_of
from channels.jobs import nudge
from channels.messages import Said, from_kept, to_kept
from channels.models import Announcement, Contact, Delivery, Lane, OutboundMessage
from channels.registry import channel_by_id
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import after_commit, query
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.privacy import DataKey, encrypt_under
from tenants.refusals import NotFound
from tenants.settings import DEFAULTS, CountySettings, settings_in_force, settings_of_each
from tenants.workdays import SHANGHAI

A_MOMENT = timedelta(seconds=3)
"""What keeps the messages of a chain in order where each travels by itself."""


REPLY_TO = "replies"
"""What the subject of a reply is, where a provider takes none in its own response: the message it answers."""


def tell(
    contact_id: UUID, said: Said, *, by: Actor, subject: Any = None, until: datetime | None = None
) -> OutboundMessage | None:
    """Say something to a contact of the actor's office: an outbox row in the surrounding command's transaction.

    ``subject``: the row it is about, or its type and id, so that a page can show whether the news arrived. Broadcasts and
    reminders to someone who opted out are kept as *suppressed* (S5), to a bad address as *unreachable* (S7); notices and
    broadcasts wait for the end of quiet hours (S6). ``until``: the moment after which it is not worth sending, where that is
    not the message's own life. ``None`` once erased.
    Where the channel's provider sends approved templates alone, each message of a chain is a row, and the first is returned.
    """
    contact = db.session.scalar(
        select(Contact).where(Contact.tenant_id == by.tenant_id, Contact.id == contact_id)
    )
    if contact is None or contact.data_key is None:
        return None
    chain = list(said.links) if said.then is not None and _by_template(contact) else [said]
    rows = [
        _queue(contact, contact.data_key, one, place, subject, until, by) for place, one in enumerate(chain)
    ]
    return rows[0]


def _by_template(contact: Contact) -> bool:
    try:
        return channel_by_id(contact.channel_tenant_id, contact.channel_id).by_template
    except NotFound:
        return False


def _queue(
    contact: Contact, key: bytes, said: Said, place: int, subject: Any, until: datetime | None, by: Actor
) -> OutboundMessage:
    lane = said.message.lane
    withheld = _withheld(contact) if said.message.ends_with_stop else None
    settings = settings_in_force(by.tenant_id, by.now)
    demo = db.session.get_one(Tenant, by.tenant_id).demo
    about = subject if isinstance(subject, tuple) or subject is None else (subject.__tablename__, subject.id)
    begin = by.now if lane is Lane.REPLY or demo else after_quiet_hours(by.now, settings)
    row = OutboundMessage(
        tenant_id=by.tenant_id,
        id=new_id(),
        channel_tenant_id=contact.channel_tenant_id,
        channel_id=contact.channel_id,
        contact_id=contact.id,
        message=said.message.key,
        parameters=encrypt_under(key, json.dumps(to_kept(said))),
        lane=lane,
        subject_type=about and about[0],
        subject_id=about and about[1],
        state=withheld or Delivery.QUEUED,
        created_at=by.now,
        not_before=begin + place * A_MOMENT,
        expires_at=until or begin + said.message.life,
        settled_at=by.now if withheld else None,
    )
    db.session.add(row)
    db.session.flush()
    if not withheld:
        after_commit(nudge)
    return row


def _withheld(contact: Contact) -> Delivery | None:
    """Why somebody gets no broadcast and no reminder, where they get none (S5, S7)."""
    if contact.stopped_at is not None:
        return Delivery.SUPPRESSED
    return Delivery.UNREACHABLE if contact.unreachable_at is not None else None


def words_of(row: OutboundMessage, contact: Contact) -> str:
    """A message's words: as they were sent, else as they would be now; empty once the person was erased.

    ``KeyError`` where the house does not know the message any more.
    """
    if contact.data_key is None:
        return ""
    key = DataKey(contact.data_key)
    if row.text is not None:
        return key.decrypt(row.text)
    if row.parameters is not None:
        return from_kept(row.message, json.loads(key.decrypt(row.parameters))).words(locale_of(contact))
    to_all = db.session.get_one(Announcement, (row.tenant_id, row.announcement_id))
    return from_kept(to_all.message, to_all.parameters).words(locale_of(contact))


@query(Permission.SETTINGS_READ)
def in_quiet_hours(*, by: Actor) -> bool:
    """Whether people of the actor's office are to be left alone now (S6); those of a demo office never are."""
    return quiet_until(by=by) is not None


@query(Permission.SETTINGS_READ)
def quiet_until(*, by: Actor) -> datetime | None:
    """Until when people of the actor's office are to be left alone, where they are now (S6)."""
    end = after_quiet_hours(by.now, settings_in_force(by.tenant_id, by.now))
    return None if end == by.now or db.session.get_one(Tenant, by.tenant_id).demo else end


def offices_at_rest(*, by: Actor) -> list[int]:
    """Of the offices the actor reads, those whose people are to be left alone now (S6); for use inside a gate."""
    numbers = settings_of_each(by.readable, by.now)
    demo = set(db.session.scalars(select(Tenant.id).where(Tenant.id.in_(by.readable), Tenant.demo)))
    return [
        office
        for office in by.readable
        if office not in demo and after_quiet_hours(by.now, numbers.get(office, DEFAULTS)) != by.now
    ]


def after_quiet_hours(moment: datetime, settings: CountySettings) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into (S6); hours are China's."""
    local = moment.astimezone(SHANGHAI)
    begin, end = settings.quiet_from, settings.quiet_until
    quiet = (local.time() >= begin or local.time() < end) if begin > end else begin <= local.time() < end
    if not quiet:
        return moment
    day = local.date() + timedelta(days=1 if begin > end and local.time() >= begin else 0)
    return datetime.combine(day, end, SHANGHAI).astimezone(moment.tzinfo)
