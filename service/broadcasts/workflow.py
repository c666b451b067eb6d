"""What is done with broadcasts: drafted, submitted, sent off, held, ended (S5, S6)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from channels import announcing
from service.broadcasts import messages, rules
from service.broadcasts.audience import contacts_of
from service.broadcasts.models import Broadcast
from service.broadcasts.rules import AudienceKind
from service.evaluation.models import EvaluationRound
from service.preparation.models import Package
from tenants.actors import Actor
from tenants.audit import record
from tenants.counters import next_number
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.settings import settings_in_force
from tenants.states import move, require_move

SPENDING = 0x53_36
"""The lock under which broadcasts of one office are counted against its budget, one after the other."""


@command(Permission.BROADCAST_WRITE)
def draft_broadcast(
    title: str,
    words: str,
    audience: AudienceKind | str,
    *,
    by: Actor,
    words_en: str | None = None,
    **filters: Any,
) -> Broadcast:
    """Draft the same words to many (S6); nothing leaves yet.

    ``filters``: what narrows the audience, see ``rules.FILTERS``. Refuses ``audience_incomplete``, and ``not_permitted``
    for a choice by category where the person may not read categories (D3).
    """
    broadcast = Broadcast(
        tenant_id=by.tenant_id,
        id=new_id(),
        number=next_number("broadcast", by),
        prepared_at=by.now,
        prepared_by=by.id,
    )
    _write(broadcast, title, words, words_en, AudienceKind(audience), filters, by)
    db.session.add(broadcast)
    db.session.flush()
    record(Event.BROADCAST_DRAFTED, broadcast, by, number=broadcast.number, audience=broadcast.audience)
    return broadcast


@command(Permission.BROADCAST_WRITE)
def change_broadcast(
    broadcast_id: UUID, title: str, words: str, *, by: Actor, words_en: str | None = None, **filters: Any
) -> Broadcast:
    """Change a draft's words and filters; the kind of audience stays.

    Refuses as ``draft_broadcast`` does, and ``wrong_stage``.
    """
    broadcast = lock(Broadcast, broadcast_id, by)
    require_move(Broadcast.MOVES, broadcast.state, "submit")
    _write(broadcast, title, words, words_en, broadcast.audience, filters, by)
    broadcast.changed_by = by.id
    record(Event.BROADCAST_CHANGED, broadcast, by, number=broadcast.number)
    return broadcast


@command(Permission.BROADCAST_WRITE)
def drop_broadcast(broadcast_id: UUID, *, by: Actor) -> Broadcast:
    """Give up a draft. Refuses ``wrong_stage``."""
    broadcast = lock(Broadcast, broadcast_id, by)
    move(broadcast, "drop", by)
    record(Event.BROADCAST_DROPPED, broadcast, by, number=broadcast.number)
    return broadcast


@command(Permission.BROADCAST_WRITE)
def send_broadcast(broadcast_id: UUID, *, by: Actor) -> Broadcast:
    """Send a draft off; above the month's budget it is submitted to a second person instead (S6, T4).

    Refuses ``wrong_stage``, ``nobody_reached``, and ``reauthenticate`` above the budget.
    """
    broadcast = lock(Broadcast, broadcast_id, by)
    require_move(Broadcast.MOVES, broadcast.state, "submit")
    parts = _count(broadcast, by)
    budget = settings_in_force(by.tenant_id, by.now).message_budget
    if rules.exceeds_budget(parts, announcing.parts_this_month(by.tenant_id, by.now), budget):
        by.require_fresh()
        broadcast.submitted_at, broadcast.submitted_by = by.now, by.id
        move(broadcast, "submit", by)
        record(Event.BROADCAST_SUBMITTED, broadcast, by, number=broadcast.number, parts=parts)
        return broadcast
    return _freeze(broadcast, by)


@command(Permission.BROADCAST_APPROVE)
def approve_broadcast(broadcast_id: UUID, *, by: Actor) -> Broadcast:
    """Approve a broadcast above the budget as another person, freshly re-authenticated; it leaves at once (S6, T4).

    Its audience is who fits at this moment. Refuses ``reauthenticate``, ``own_preparation``, ``wrong_stage`` and
    ``nobody_reached``.
    """
    by.require_fresh()
    broadcast = _to_decide(broadcast_id, by)
    _count(broadcast, by)
    broadcast.approved_by = by.id
    return _freeze(broadcast, by)


@command(Permission.BROADCAST_APPROVE)
def return_broadcast(broadcast_id: UUID, reason: str, *, by: Actor) -> Broadcast:
    """Give a submitted broadcast back with a reason. Refuses ``own_preparation`` and ``wrong_stage``."""
    broadcast = _to_decide(broadcast_id, by)
    move(broadcast, "give_back", by, reason)
    record(Event.BROADCAST_RETURNED, broadcast, by, number=broadcast.number)
    return broadcast


@command(Permission.BROADCAST_WRITE)
def pause_broadcast(broadcast_id: UUID, *, by: Actor) -> Broadcast:
    """Hold a broadcast: what a worker has at hand still leaves, within seconds (S6). Refuses ``wrong_stage`` and
    ``broadcast_over``."""
    broadcast = lock(Broadcast, broadcast_id, by)
    move(broadcast, "pause", by)
    rules.require_left_to_send(_is_over(broadcast))
    announcing.hold(_frozen(broadcast), by=by)
    record(Event.BROADCAST_PAUSED, broadcast, by, number=broadcast.number)
    return broadcast


@command(Permission.BROADCAST_WRITE)
def resume_broadcast(broadcast_id: UUID, *, by: Actor) -> Broadcast:
    """Let a broadcast go on; what has become too old meanwhile is not sent any more. Refuses ``wrong_stage``."""
    broadcast = lock(Broadcast, broadcast_id, by)
    move(broadcast, "resume", by)
    announcing.release(_frozen(broadcast), by=by)
    record(Event.BROADCAST_RESUMED, broadcast, by, number=broadcast.number)
    return broadcast


@command(Permission.BROADCAST_WRITE)
def stop_broadcast(broadcast_id: UUID, *, by: Actor) -> Broadcast:
    """End a broadcast for good: whoever has not got it will not (S6). Refuses ``wrong_stage`` and ``broadcast_over``."""
    broadcast = lock(Broadcast, broadcast_id, by)
    move(broadcast, "stop", by)
    rules.require_left_to_send(_is_over(broadcast))
    left = announcing.end(_frozen(broadcast), by=by)
    record(Event.BROADCAST_STOPPED, broadcast, by, number=broadcast.number, not_sent=left)
    return broadcast


@command(Permission.MESSAGE_SEND)
def finish_broadcast(broadcast_id: UUID, *, by: Actor) -> None:
    """Note that a broadcast has left for everybody; nothing where that is not so. Refuses ``wrong_stage``."""
    broadcast = lock(Broadcast, broadcast_id, by)
    if not _is_over(broadcast):
        return
    move(broadcast, "finish", by)
    announcing.end(_frozen(broadcast), by=by)
    record(Event.BROADCAST_FINISHED, broadcast, by, number=broadcast.number)


def _write(
    broadcast: Broadcast,
    title: str,
    words: str,
    words_en: str | None,
    audience: AudienceKind,
    given: dict[str, Any],
    by: Actor,
) -> None:
    filters = rules.chosen_filters(audience, given)
    rules.require_complete(audience, filters)
    rules.require_may_grade(filters, by)
    if "package_id" in filters:
        get(Package, UUID(filters["package_id"]), by)
    if "round_id" in filters:
        get(EvaluationRound, UUID(filters["round_id"]), by)
    broadcast.title, broadcast.words, broadcast.words_en = title, words, words_en
    broadcast.audience, broadcast.filters = audience, filters


def _to_decide(broadcast_id: UUID, by: Actor) -> Broadcast:
    broadcast = lock(Broadcast, broadcast_id, by)
    require_move(Broadcast.MOVES, broadcast.state, "give_back")
    rules.require_another(by.id, (broadcast.prepared_by, broadcast.changed_by, broadcast.submitted_by))
    return broadcast


def _count(broadcast: Broadcast, by: Actor) -> int:
    """Count people, parts and cost as they are now, one broadcast of the office after the other; return the parts."""
    db.session.execute(select(func.pg_advisory_xact_lock(SPENDING, by.tenant_id)))
    office = db.session.get_one(Tenant, by.tenant_id)
    audience = contacts_of(broadcast.audience, broadcast.filters, by.tenant_id)
    shares = announcing.measure(messages.said(broadcast, office), audience, by.tenant_id)
    broadcast.people = sum(share.people for share in shares)
    broadcast.suppressed = sum(share.suppressed for share in shares)
    broadcast.unreachable = sum(share.unreachable for share in shares)
    broadcast.parts = sum(share.parts for share in shares)
    broadcast.cost = rules.cost_of(broadcast.parts, settings_in_force(by.tenant_id, by.now).part_price)
    rules.require_somebody(broadcast.people)
    return broadcast.parts


def _freeze(broadcast: Broadcast, by: Actor) -> Broadcast:
    office = db.session.get_one(Tenant, by.tenant_id)
    audience = contacts_of(broadcast.audience, broadcast.filters, by.tenant_id)
    announcement = announcing.announce(messages.said(broadcast, office), audience, by=by)
    broadcast.announcement_id, broadcast.sent_at = announcement.id, by.now
    move(broadcast, "send", by)
    db.session.flush()
    record(
        Event.BROADCAST_SENT,
        broadcast,
        by,
        number=broadcast.number,
        people=broadcast.people,
        suppressed=broadcast.suppressed,
        unreachable=broadcast.unreachable,
        parts=broadcast.parts,
        officers=[one for one in (broadcast.submitted_by or by.id, broadcast.approved_by) if one],
    )
    return broadcast


def _is_over(broadcast: Broadcast) -> bool:
    return bool(db.session.scalar(select(announcing.is_over(broadcast.tenant_id, _frozen(broadcast)))))


def _frozen(broadcast: Broadcast) -> UUID:
    assert broadcast.announcement_id is not None
    return broadcast.announcement_id
