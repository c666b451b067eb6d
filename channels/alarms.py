"""Alarms: what an operator must look at, raised once until somebody closes it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from channels.models import Alarm
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock, query
from tenants.identifiers import new_id
from tenants.permissions import Permission


@command(Permission.MESSAGE_RECEIVE)
def raise_alarm(code: str, *, about_tenant_id: int | None, by: Actor, **facts: Any) -> None:
    """Raise an alarm with the actor's office (the platform's operator, mostly), or count it up if it is open already."""
    statement = insert(Alarm).values(
        tenant_id=by.tenant_id,
        id=new_id(),
        code=code,
        facts=facts,
        raised_at=by.now,
        last_at=by.now,
        times=1,
        about_tenant_id=about_tenant_id,
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "code", "about_tenant_id"],
            index_where=Alarm.closed_at.is_(None),
            set_={"times": Alarm.times + 1, "last_at": by.now, "facts": facts},
        )
    )
    record(Event.ALARM_RAISED, ("alarms", code), by, about=about_tenant_id, **facts)


@query(Permission.ATTENTION_READ)
def list_alarms(*, by: Actor) -> list[Alarm]:
    """The office's open alarms, newest first."""
    return list(
        db.session.scalars(
            select(Alarm)
            .where(Alarm.tenant_id == by.tenant_id, Alarm.closed_at.is_(None))
            .order_by(Alarm.last_at.desc())
        )
    )


@command(Permission.CHANNEL_WRITE)
def close_alarm(alarm_id: UUID, *, by: Actor) -> None:
    """Close an alarm that has been looked after; the next of its kind is a new one."""
    alarm = lock(Alarm, alarm_id, by)
    alarm.closed_at = by.now
    record(Event.ATTENTION_CLOSED, alarm, by)


@query(Permission.MESSAGE_SEND)
def list_unmailed(*, by: Actor) -> list[Alarm]:
    """The open alarms of all offices the actor reads of which nobody was mailed yet, the oldest first (T8)."""
    return list(
        db.session.scalars(
            select(Alarm)
            .where(Alarm.tenant_id.in_(by.readable), Alarm.closed_at.is_(None), Alarm.mailed_at.is_(None))
            .order_by(Alarm.raised_at)
        )
    )


@command(Permission.MESSAGE_SEND)
def note_mailed(alarm_id: UUID, *, by: Actor) -> None:
    """Those who look after the alarm were mailed; it is not mailed again, however often it is raised."""
    lock(Alarm, alarm_id, by).mailed_at = by.now
