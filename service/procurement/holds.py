"""Holds: the plain fact that somebody objects to a call, without content (H8, promise 6 of the house).

The hotline places and lifts them; what the objection says stays there.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from service.procurement import selection_rules as rules
from service.procurement.models import Award, Call, Hold
from service.procurement.rules import HoldReason
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.identifiers import new_id
from tenants.permissions import Permission


@command(Permission.HOLD_PLACE)
def place_hold(call_id: UUID, source: UUID, *, blocks: bool = True, by: Actor) -> Hold:
    """Hold a call's approval because of ``source``, the id of an objection (step 5.5, C11, H8).

    One that comes after the standstill only flags, whatever ``blocks`` says. Placing it again, when the
    objection was reopened, sets it anew.
    """
    call = lock(Call, call_id, by)
    blocking = blocks and rules.is_in_time(by.now, _objections_until(call))
    hold = _find(call, source)
    if hold is None:
        hold = Hold(tenant_id=by.tenant_id, id=new_id(), call_id=call.id, source=source)
        db.session.add(hold)
    hold.reason, hold.blocks, hold.placed_at, hold.lifted_at = HoldReason.COMPLAINT, blocking, by.now, None
    db.session.flush()
    record(Event.HOLD_PLACED, hold, by, call=call.id, blocks=blocking)
    return hold


@command(Permission.HOLD_PLACE)
def lift_hold(call_id: UUID, source: UUID, *, by: Actor) -> None:
    """Lift the hold that ``source`` placed, once the objection is resolved (C11, H8), if it placed one."""
    call = lock(Call, call_id, by)
    hold = _find(call, source)
    if hold is None or hold.lifted_at is not None:
        return
    hold.lifted_at = by.now
    record(Event.HOLD_LIFTED, hold, by, call=call.id)


def _find(call: Call, source: UUID) -> Hold | None:
    return db.session.scalar(
        select(Hold).where(Hold.tenant_id == call.tenant_id, Hold.call_id == call.id, Hold.source == source)
    )


def _objections_until(call: Call) -> datetime | None:
    return db.session.scalar(
        select(func.max(Award.objections_until)).where(
            Award.tenant_id == call.tenant_id, Award.call_id == call.id, Award.withdrawn_at.is_(None)
        )
    )
