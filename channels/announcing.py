"""Saying the same to many: the words kept once, the outbox rows of all who get them written by one statement (S6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    case,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

from channels.jobs import nudge
from channels.messages import CATALOGUES, MESSAGES, Said, from_kept, to_kept
from channels.models import NEVER_LEFT, Announcement, Contact, Delivery, Lane, OutboundMessage
from channels.outbox import after_quiet_hours
from channels.parts import count_parts
from channels.registry import channel_by_id
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import after_commit, lock
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.refusals import NotFound
from tenants.settings import settings_in_force
from tenants.workdays import SHANGHAI, local_day

Audience = Select[UUID]
"""Ids of contacts of one office; one that comes twice gets one message."""


@dataclass(frozen=True)
class Share:
    """Those of an audience who read one language: the text they get, its parts as a text message, how many people it goes
    to, how many have opted out or cannot be reached, and the parts for all of them (one for each follower at WeChat)."""

    locale: str
    text: str
    parts_each: int
    people: int
    suppressed: int
    unreachable: int
    parts: int


def measure(said: Said, audience: Audience, tenant_id: int) -> list[Share]:
    """What an announcement would be, by language: parts, who gets it, who does not (S5, S6, S7); for use inside a gate."""
    signed = _signed(signatures_of(tenant_id)).label("signed")
    kinds = (_language(), withheld().label("withheld"), _in_one_part(), signed)
    rows = db.session.execute(
        select(*kinds, func.count())
        .where(*reached(audience, tenant_id))
        .group_by(_language(), "withheld", _in_one_part(), signed.name)
    ).all()
    return [_share(locale, said.words(locale), rows) for locale in CATALOGUES]


def _share(locale: str, text: str, rows: Sequence[Any]) -> Share:
    """``rows``: of each language, why they get none if so, whether it is one part, the signature before it, and how many."""
    own = [row[1:] for row in rows if row[0] == locale]
    parts = {signature: count_parts(signature + text) for _withheld, _in_one, signature, _number in own}
    people: Counter[Delivery | None] = Counter()
    for state, _in_one, _signature, number in own:
        people[state] += number
    return Share(
        locale,
        text,
        max(parts.values(), default=count_parts(text)),
        people[None],
        people[Delivery.SUPPRESSED],
        people[Delivery.UNREACHABLE],
        sum(
            number * (1 if in_one else parts[signature])
            for state, in_one, signature, number in own
            if state is None
        ),
    )


def signatures_of(tenant_id: int) -> dict[UUID, str]:
    """What a provider sets before each text, by channel, where the office's people are reached by such (S2); inside a gate."""
    ways = db.session.execute(
        select(Contact.channel_tenant_id, Contact.channel_id).where(Contact.tenant_id == tenant_id).distinct()
    )
    found = {}
    for owner, channel_id in ways:
        with suppress(NotFound):
            found[channel_id] = channel_by_id(owner, channel_id).signature
    return {channel_id: signature for channel_id, signature in found.items() if signature}


def _signed(signatures: Mapping[UUID, str]) -> ColumnElement[str]:
    """The signature before what goes to a contact."""
    if not signatures:
        return literal("", Text())
    return case(
        *((Contact.channel_id == channel, literal(one)) for channel, one in signatures.items()), else_=""
    )


def announce(said: Said, audience: Audience, *, by: Actor) -> Announcement:
    """Freeze an audience: one row for each person in it as it is now, in one statement (S6); for use inside a command.

    Those who opted out are kept as *suppressed* (S5), bad addresses as *unreachable* (S7). The row's own id follows from
    announcement and contact, so that nobody can be written to twice. What falls into quiet hours waits for their end; a
    demo office has none.
    """
    announcement = Announcement(
        tenant_id=by.tenant_id,
        id=new_id(),
        message=said.message.key,
        parameters=to_kept(said),
        made_at=by.now,
    )
    db.session.add(announcement)
    db.session.flush()
    columns = _columns(announcement, said, by)
    # The plan of the check of each row's contact may be from a time when there were few, and read all of them each time.
    db.session.execute(text("DISCARD PLANS"))
    db.session.execute(
        insert(OutboundMessage).from_select(
            list(columns), select(*columns.values()).where(*reached(audience, by.tenant_id))
        )
    )
    after_commit(nudge)
    return announcement


def _columns(announcement: Announcement, said: Said, by: Actor) -> dict[str, Any]:
    """What each outbox row holds, out of ``contacts`` and constants."""
    kinds = OutboundMessage.__table__.c
    goes = withheld().is_(None)
    demo = db.session.get_one(Tenant, by.tenant_id).demo
    begin = by.now if demo else after_quiet_hours(by.now, settings_in_force(by.tenant_id, by.now))

    def same(name: str, value: Any) -> ColumnElement[Any]:
        return literal(value, kinds[name].type)

    return {
        "tenant_id": Contact.tenant_id,
        "id": func.md5(literal(announcement.id.hex) + Contact.id.cast(Text)).cast(Uuid),
        "channel_tenant_id": Contact.channel_tenant_id,
        "channel_id": Contact.channel_id,
        "contact_id": Contact.id,
        "message": same("message", announcement.message),
        "announcement_id": same("announcement_id", announcement.id),
        "lane": same("lane", Lane.BULK),
        "state": func.coalesce(withheld(), same("state", Delivery.QUEUED)),
        "parts": case((goes, _parts_of(said, signatures_of(by.tenant_id)))),
        "attempts": same("attempts", 0),
        "created_at": same("created_at", by.now),
        "not_before": same("not_before", begin),
        "expires_at": same("expires_at", begin + said.message.life),
        "settled_at": case((goes, None), else_=same("settled_at", by.now)),
    }


def _parts_of(said: Said, signatures: Mapping[UUID, str]) -> ColumnElement[int]:
    """The parts in which a contact gets it."""

    def after(signature: str) -> ColumnElement[int]:
        return case(
            {locale: count_parts(signature + said.words(locale)) for locale in CATALOGUES}, value=_language()
        )

    signed = ((Contact.channel_id == channel, after(one)) for channel, one in signatures.items())
    return case((_in_one_part(), 1), *signed, else_=after(""))


def reached(audience: Audience, tenant_id: int) -> tuple[ColumnElement[bool], ...]:
    """The condition for the contacts of an audience that still have an address: one for each person (S6).

    Of addresses that a code has shown to be one person's, it is the one they can be reached at and last wrote from.
    """
    other = aliased(Contact)
    order = [tuple_(one.unreachable_at.is_(None), one.last_at, one.id) for one in (other, Contact)]
    better = select(other.id).where(
        other.tenant_id == Contact.tenant_id,
        other.joined_as == Contact.joined_as,
        other.proved_at.is_not(None),
        other.id.in_(audience),
        other.address.is_not(None),
        order[0] > order[1],
    )
    return (
        Contact.tenant_id == tenant_id,
        Contact.id.in_(audience),
        Contact.address.is_not(None),
        Contact.data_key.is_not(None),
        or_(Contact.proved_at.is_(None), ~better.exists()),
    )


def withheld() -> ColumnElement[Delivery | None]:
    """Why a contact gets no broadcast, where it gets none: its person opted out (S5), or nothing arrives there (S7)."""
    state = OutboundMessage.__table__.c.state.type
    return case(
        (Contact.stopped_at.is_not(None), literal(Delivery.SUPPRESSED, state)),
        (Contact.unreachable_at.is_not(None), literal(Delivery.UNREACHABLE, state)),
    )


def _in_one_part() -> ColumnElement[bool]:
    """Only text messages are counted, and paid, in parts."""
    return Contact.medium == literal_column("'wechat'")


def _language() -> ColumnElement[str]:
    """The language a contact is spoken to in, as ``contacts.locale_of`` says it (S3)."""
    return func.coalesce(Contact.locale, Contact.written_in, literal_column("'zh'"))


def announced(ids: Collection[UUID], *, by: Actor) -> dict[UUID, Said]:
    """What announcements of the office say, by id; for use inside a gate. Those whose message the house does not know any
    more are left out."""
    found = db.session.execute(
        select(Announcement.id, Announcement.message, Announcement.parameters).where(
            Announcement.tenant_id == by.tenant_id, Announcement.id.in_(ids)
        )
    )
    return {row.id: from_kept(row.message, row.parameters) for row in found if row.message in MESSAGES}


def hold(announcement_id: UUID, *, by: Actor) -> None:
    """Send no more of an announcement until it is released: what is with the worker already leaves within seconds."""
    lock(Announcement, announcement_id, by).held_at = by.now


def release(announcement_id: UUID, *, by: Actor) -> None:
    """Go on sending an announcement that was held."""
    lock(Announcement, announcement_id, by).held_at = None
    after_commit(nudge)


def end(announcement_id: UUID, *, by: Actor) -> int:
    """End an announcement for good; return how many will not get it any more."""
    lock(Announcement, announcement_id, by).ended_at = by.now
    return withdraw([announcement_id], by=by)


def withdraw(announcement_ids: Collection[UUID], *, by: Actor) -> int:
    """Settle what waits of announcements that have ended, as *stopped*; for use inside a command."""
    stopped = db.session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.announcement_id.in_(
                select(Announcement.id).where(
                    Announcement.tenant_id == by.tenant_id,
                    Announcement.id.in_(announcement_ids),
                    Announcement.ended_at.is_not(None),
                )
            ),
            OutboundMessage.lane == Lane.BULK,
            OutboundMessage.state == Delivery.QUEUED,
        )
        .values(state=Delivery.STOPPED, settled_at=by.now)
        .execution_options(synchronize_session=False)
    )
    return stopped.rowcount  # type: ignore[attr-defined]


def is_over(tenant_id: Any, announcement_id: Any) -> ColumnElement[bool]:
    """The condition that nothing of an announcement waits or is on its way any more."""
    left = select(OutboundMessage.id).where(
        OutboundMessage.tenant_id == tenant_id, OutboundMessage.announcement_id == announcement_id
    )
    waiting = left.where(OutboundMessage.lane == Lane.BULK, OutboundMessage.state == Delivery.QUEUED)
    under_way = left.where(OutboundMessage.state == Delivery.SENDING)
    return and_(~waiting.exists(), ~under_way.exists())


def count_states(announcement_ids: Collection[UUID], *, by: Actor) -> dict[UUID, Counter[Delivery]]:
    """How far each announcement got, by state; for use inside a gate."""
    found: dict[UUID, Counter[Delivery]] = {one: Counter() for one in announcement_ids}
    rows = db.session.execute(
        select(OutboundMessage.announcement_id, OutboundMessage.state, func.count())
        .where(
            OutboundMessage.tenant_id.in_(by.readable), OutboundMessage.announcement_id.in_(announcement_ids)
        )
        .group_by(OutboundMessage.announcement_id, OutboundMessage.state)
    )
    for announcement_id, state, number in rows:
        if announcement_id is not None:
            found[announcement_id][state] = number
    return found


def parts_this_month(tenant_id: int, now: datetime) -> int:
    """How many parts the office has sent or is about to send in this calendar month of China (S6); for use inside a gate.

    What may have been taken before it ran out may have been charged, and counts.
    """
    begin = datetime.combine(local_day(now).replace(day=1), time(), SHANGHAI)
    parts = db.session.scalar(
        select(func.sum(func.coalesce(OutboundMessage.parts, 1))).where(
            OutboundMessage.tenant_id == tenant_id,
            OutboundMessage.created_at >= begin,
            or_(OutboundMessage.state.not_in(NEVER_LEFT), OutboundMessage.again_at.is_not(None)),
        )
    )
    return int(parts or 0)
