"""A published call that gets more time, changes, or is cancelled: everybody it is meant for is told (C15).

All get the same words, whether they have bid or not: who has, nobody learns before the deadline (C5).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from channels.messages import InEach
from service.preparation.rules import ProcurementMethod
from service.procurement import messages, rules
from service.procurement.models import Addressee, Amendment, Bid, Call
from service.procurement.rules import BidState
from service.procurement.workflow import audience_of, tell_audience
from service.reminders.workflow import take_back
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.settings import settings_in_force
from tenants.states import move, require_move


@command(Permission.CALL_PUBLISH)
def prolong_call(call_id: UUID, *, deadline: datetime, by: Actor) -> Call:
    """Give everybody more time to bid and to ask, and tell all whom the call is meant for (C15).

    What reminds of the old date is taken back with it. Refuses ``wrong_stage`` for a call that takes no bids,
    ``prolonged_too_late`` and ``deadline_not_later``.
    """
    call = lock(Call, call_id, by)
    require_move(Call.MOVES, call.state, "open")
    assert call.deadline is not None
    rules.require_prolongation(call.deadline, deadline, by.now)
    before = call.deadline
    _give_until(call, deadline, by)
    db.session.flush()
    take_back(call.id, by=by)
    record(Event.CALL_PROLONGED, call, by, number=call.number, before=before, deadline=deadline)
    tell_audience(call, _everybody(call, by), messages.CALL_PROLONGED, by, until=call.questions_until)
    return call


@command(Permission.CALL_PUBLISH)
def amend_call(
    call_id: UUID, reason: str, reason_en: str | None = None, *, by: Actor, **texts: Any
) -> Amendment:
    """Change the words of a published call, and tell everybody what changes (C15); a late change moves the deadline.

    ``reason``: what changes and why, as all read it; ``texts``: fields of ``CallTextSchema``, as they are to be. Bids
    handed in count again once their SOs confirm them. Refuses ``wrong_stage`` for a call that takes no bids,
    ``changed_too_late``, ``nothing_changed`` and ``words_too_long``.
    """
    call = lock(Call, call_id, by)
    require_move(Call.MOVES, call.state, "open")
    assert call.deadline is not None
    rules.require_time_to_change(call.deadline, by.now)
    before = {name: getattr(call, name) for name in texts}
    changed = rules.differences(before, texts)
    days = settings_in_force(by.tenant_id, by.now).change_leaves_days
    deadline = rules.deadline_after_change(call.deadline, by.now, days)
    amendment = Amendment(
        tenant_id=by.tenant_id,
        id=new_id(),
        call_id=call.id,
        reason=reason,
        reason_en=reason_en,
        before={name: before[name] for name in changed},
        after={name: texts[name] for name in changed},
        deadline_before=call.deadline,
        deadline=deadline,
        made_at=by.now,
        made_by=by.id,
    )
    db.session.add(amendment)
    for name in changed:
        setattr(call, name, texts[name])
    _give_until(call, deadline, by)
    for bid in _sealed_bids(call):
        move(bid, "outdate", by)
    db.session.flush()
    take_back(call.id, by=by)
    # How many bids wait to be confirmed would tell how many there are (C5).
    record(Event.CALL_AMENDED, call, by, number=call.number, fields=sorted(changed), deadline=deadline)
    said = InEach(reason, reason_en or reason)
    tell_audience(call, _everybody(call, by), messages.CALL_AMENDED, by, reason=said)
    return amendment


@command(Permission.CALL_PUBLISH)
def cancel_call(call_id: UUID, reason: str, reason_en: str | None = None, *, by: Actor) -> Call:
    """Cancel a call that is not opened yet, tell everybody why, and destroy its bids and its key unread (C15).

    ``reason``: as all read it. Rows and key are gone for good; a backup made before holds the bids sealed, with the
    wrapped key. Refuses ``wrong_stage``, ``cancellation_reason_missing`` and ``words_too_long``.
    """
    call = lock(Call, call_id, by)
    require_move(Call.MOVES, call.state, "cancel")
    rules.require_cancellation_reason(reason)
    call.cancelled_at, call.cancelled_because, call.cancelled_because_en = by.now, reason, reason_en
    call.private_key = None
    move(call, "cancel", by, reason)
    db.session.execute(delete(Bid).where(Bid.tenant_id == by.tenant_id, Bid.call_id == call.id))
    db.session.flush()
    take_back(call.id, by=by)
    record(Event.CALL_CANCELLED, call, by, number=call.number)
    said = InEach(reason, reason_en or reason)
    tell_audience(call, _everybody(call, by), messages.CALL_CANCELLED, by, reason=said)
    return call


def _give_until(call: Call, deadline: datetime, by: Actor) -> None:
    if deadline == call.deadline:
        return
    assert call.published_at is not None
    days = settings_in_force(by.tenant_id, by.now).questions_close_days
    call.deadline = deadline
    call.questions_until = rules.questions_until(call.published_at, deadline, days)


def _sealed_bids(call: Call) -> Sequence[Bid]:
    return db.session.scalars(
        select(Bid)
        .where(Bid.tenant_id == call.tenant_id, Bid.call_id == call.id, Bid.state == BidState.SEALED)
        .with_for_update()
    ).all()


def _everybody(call: Call, by: Actor) -> list[Addressee]:
    """Who got the call; an open tender is also for those who registered since, and they may have bid."""
    told = list(
        db.session.scalars(
            select(Addressee).where(Addressee.tenant_id == by.tenant_id, Addressee.call_id == call.id)
        )
    )
    if call.method is ProcurementMethod.OPEN_TENDER:
        known = {one.organization_id for one in told}
        newcomers = [one for one in audience_of(call.method, (), by=by) if one not in known]
        added = [
            Addressee(tenant_id=by.tenant_id, id=new_id(), call_id=call.id, organization_id=one)
            for one in newcomers
        ]
        db.session.add_all(added)
        db.session.flush()
        told += added
    return told
