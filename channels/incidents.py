"""Incidents of channels: raised with the county, those above it and the platform, and ended by themselves (S1, S6, S7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, func, or_, select, text

from channels.alarms import raise_alarm
from channels.claiming import everywhere
from channels.gateways import SendFailure
from channels.incident_rules import (
    BASELINE_DAYS,
    FAILING_WITHIN,
    SILENT_FOR,
    counted_otherwise,
    is_failing,
    is_over,
    is_silent,
)
from channels.models import Alarm, Channel, Delivery, DeliveryReceipt, InboundMessage, OutboundMessage
from channels.providers import listed_parts
from channels.registry import SIMULATOR, ChannelInfo, channel_by_id
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.workdays import SHANGHAI, local_day

log = structlog.get_logger()

FAILING, SILENT, PARTS_DIFFER = "channel_failing", "channel_silent", "parts_differ"
INCIDENTS = (FAILING, SILENT, PARTS_DIFFER)
"""Alarms that end by themselves."""

LONGEST_LIFE = timedelta(days=3)
"""Nothing waits in the outbox for longer than this before it is tried."""

OUR_OWN = ("erased", "no_words", "undeliverable", "machine", "channel_closed")
"""Failures of which the channel is innocent."""


@dataclass(frozen=True)
class Line:
    """A channel in use, as incidents name it."""

    tenant_id: int
    id: UUID
    gateway: str
    number: str


def watch_sending() -> int:
    """Look at the last ten minutes of each channel: raise what fails, end what works again; return how many fail."""
    by = everywhere()
    failing: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    lines = list_lines(by=by)
    attempts = count_attempts(by=by)
    for line in lines:
        taken, failed = attempts.get(line.id, (0, 0))
        if is_failing(taken, failed):
            failing[line.tenant_id].append((line.number, failed, taken + failed))
    facts = {
        office: {
            "numbers": ", ".join(number for number, _failed, _tried in bad),
            "failed": sum(failed for _number, failed, _tried in bad),
            "tried": sum(tried for _number, _failed, tried in bad),
        }
        for office, bad in failing.items()
    }
    _keep_up(FAILING, facts, by)
    return sum(map(len, failing.values()))


def watch_silence() -> int:
    """Look for channels that have received nothing for six hours although they are used to; return how many."""
    by = everywhere()
    lines = list_lines(by=by)
    days = days_heard(by=by)
    silent: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        heard = days.get(line.id, set())
        if is_silent(int(0 in heard), heard - {0}):
            silent[line.tenant_id].append(line.number)
    _keep_up(SILENT, {office: {"numbers": ", ".join(numbers)} for office, numbers in silent.items()}, by)
    return sum(map(len, silent.values()))


def compare_parts() -> int:
    """Compare what each channel sent yesterday with what its provider counted; return how many messages differ (S6).

    A provider that cannot be asked now is asked tomorrow about that day; its incident stays as it is.
    """
    by = everywhere()
    today = local_day(by.now)
    begin, end = (datetime.combine(day, time(), SHANGHAI) for day in (today - timedelta(days=1), today))
    facts: dict[int, dict[str, Any]] = {}
    unasked: set[int] = set()
    for line in list_lines(by=by):
        ours = parts_sent(line.id, begin, end, by=by)
        if not ours:
            continue
        try:
            listed = listed_parts(_info(line), begin, end)
        except SendFailure as failure:
            log.warning("parts_not_compared", channel=str(line.id), code=failure.code)
            unasked.add(line.tenant_id)
            continue
        differing = counted_otherwise(
            ours, reported_parts(line.id, begin, by=by) if listed is None else listed
        )
        if differing:
            known = facts.setdefault(
                line.tenant_id, {"numbers": line.number, "messages": 0, "ours": 0, "theirs": 0}
            )
            known["messages"] += len(differing)
            known["ours"] += sum(own for own, _its in differing.values())
            known["theirs"] += sum(its for _own, its in differing.values())
    _keep_up(PARTS_DIFFER, facts, by, leave=unasked)
    return sum(known["messages"] for known in facts.values())


def _info(line: Line) -> ChannelInfo:
    return channel_by_id(line.tenant_id, line.id)


def _keep_up(code: str, facts: dict[int, dict[str, Any]], by: Actor, leave: Collection[int] = ()) -> None:
    """Raise an incident where there are facts, with all who are concerned; end those that are over."""
    for office, found in facts.items():
        for concerned in offices_above(office, by=by):
            keep_raised(code, office, found, by=by.as_system(concerned))
    for tenant_id, about in list_open(code, by=by):
        if about not in facts and about not in leave:
            end_if_over(code, about, by=by.as_system(tenant_id))


@query(Permission.MESSAGE_SEND)
def list_lines(*, by: Actor) -> list[Line]:
    """The channels in use that have a provider, in all offices the actor reads."""
    found = db.session.scalars(
        select(Channel)
        .where(Channel.tenant_id.in_(by.readable), Channel.closed_at.is_(None), Channel.gateway != SIMULATOR)
        .order_by(Channel.tenant_id, Channel.added_at)
    )
    return [Line(one.tenant_id, one.id, one.gateway, one.number) for one in found]


@query(Permission.MESSAGE_SEND)
def offices_above(office: int, *, by: Actor) -> list[int]:
    """An office and those above it, the platform last: whoever learns of its incidents."""
    parents = dict(db.session.execute(select(Tenant.id, Tenant.parent_id)).all())
    found = [office]
    while (above := parents.get(found[-1])) is not None:
        found.append(above)
    return found


@query(Permission.MESSAGE_SEND)
def count_attempts(*, by: Actor) -> dict[UUID, tuple[int, int]]:
    """By channel, how many messages its provider took in the last ten minutes, and how many came to nothing."""
    begin = by.now - FAILING_WITHIN
    row = OutboundMessage
    innocent = or_(row.failure.is_(None), row.failure.not_in(OUR_OWN))
    taken = and_(row.state.in_([Delivery.SENT, Delivery.DELIVERED]), row.sent_at > begin)
    lost = and_(row.state == Delivery.FAILED, row.settled_at > begin, innocent)
    put_off = and_(
        row.state == Delivery.QUEUED, row.failure.is_not(None), row.attempts > 0, row.not_before > begin
    )
    found = db.session.execute(
        select(row.channel_id, func.count().filter(taken), func.count().filter(or_(lost, put_off)))
        .where(
            row.tenant_id.in_(by.readable),
            row.created_at > by.now - LONGEST_LIFE,
            or_(taken, lost, put_off),
        )
        .group_by(row.channel_id)
    )
    return {channel: (number, failed) for channel, number, failed in found}


@query(Permission.MESSAGE_SEND)
def days_heard(*, by: Actor) -> dict[UUID, set[int]]:
    """By channel, how many days ago something came in the six hours that end now; 0 is today."""
    ago = text("floor(extract(epoch FROM (:now - inbound_messages.received_at)) / 86400)")
    into_the_day = text(
        "mod(extract(epoch FROM (:now - inbound_messages.received_at))::numeric, 86400) < :seconds"
    )
    found = db.session.execute(
        select(InboundMessage.channel_id, ago)
        .where(
            InboundMessage.tenant_id.in_(by.readable),
            InboundMessage.received_at > by.now - timedelta(days=BASELINE_DAYS) - SILENT_FOR,
            InboundMessage.received_at <= by.now,
            into_the_day,
        )
        .distinct(),
        {"now": by.now, "seconds": int(SILENT_FOR.total_seconds())},
    )
    days: dict[UUID, set[int]] = defaultdict(set)
    for channel, day in found:
        days[channel].add(int(day))
    return days


@query(Permission.MESSAGE_SEND)
def parts_sent(channel_id: UUID, begin: datetime, end: datetime, *, by: Actor) -> dict[str, int]:
    """The parts of each message that a channel's provider took in a time, by its id, as we counted them."""
    found = db.session.execute(
        select(OutboundMessage.provider_id, OutboundMessage.parts).where(
            OutboundMessage.tenant_id.in_(by.readable),
            OutboundMessage.channel_id == channel_id,
            OutboundMessage.created_at > begin - LONGEST_LIFE,
            OutboundMessage.sent_at >= begin,
            OutboundMessage.sent_at < end,
        )
    )
    return {provider_id: parts for provider_id, parts in found if provider_id and parts}


@query(Permission.MESSAGE_SEND)
def reported_parts(channel_id: UUID, begin: datetime, *, by: Actor) -> dict[str, int]:
    """The parts of each message as a provider counted them in its reports since ``begin``, by its id."""
    found = db.session.execute(
        select(DeliveryReceipt.provider_id, DeliveryReceipt.parts).where(
            DeliveryReceipt.tenant_id.in_(by.readable),
            DeliveryReceipt.channel_id == channel_id,
            DeliveryReceipt.received_at >= begin,
            DeliveryReceipt.parts.is_not(None),
        )
    )
    return {provider_id: parts for provider_id, parts in found if parts}


@query(Permission.MESSAGE_SEND)
def list_open(code: str, *, by: Actor) -> list[tuple[int, int]]:
    """The open incidents of a kind: with whom, and about whom."""
    found = db.session.execute(
        select(Alarm.tenant_id, Alarm.about_tenant_id).where(
            Alarm.tenant_id.in_(by.readable), Alarm.code == code, Alarm.closed_at.is_(None)
        )
    )
    return [(tenant_id, about) for tenant_id, about in found if about is not None]


@query(Permission.HOME_READ)
def list_incidents(*, by: Actor) -> list[Alarm]:
    """The open incidents that the actor's office learned of, newest first."""
    return list(
        db.session.scalars(
            select(Alarm)
            .where(Alarm.tenant_id == by.tenant_id, Alarm.code.in_(INCIDENTS), Alarm.closed_at.is_(None))
            .order_by(Alarm.last_at.desc())
        )
    )


@command(Permission.MESSAGE_RECEIVE)
def keep_raised(code: str, about: int, facts: dict[str, Any], *, by: Actor) -> None:
    """Raise an incident with the actor's office, or note that it goes on."""
    alarm = _open(code, about, by)
    if alarm is not None:
        alarm.last_at, alarm.facts = by.now, {**alarm.facts, **facts}
        return
    office = db.session.get_one(Tenant, about)
    names = {"office_zh": office.name_zh, "office_en": office.name_en}
    raise_alarm(code, about_tenant_id=about, by=by, **facts, **names)


@command(Permission.MESSAGE_RECEIVE)
def end_if_over(code: str, about: int, *, by: Actor) -> None:
    """End an incident whose cause has been gone for a while."""
    alarm = _open(code, about, by)
    if alarm is not None and is_over(alarm.last_at, by.now):
        alarm.closed_at = by.now
        record(Event.ALARM_ENDED, alarm, by, code=code, about=about)


def _open(code: str, about: int, by: Actor) -> Alarm | None:
    return db.session.scalar(
        select(Alarm)
        .where(
            Alarm.tenant_id == by.tenant_id,
            Alarm.code == code,
            Alarm.about_tenant_id == about,
            Alarm.closed_at.is_(None),
        )
        .with_for_update()
    )
