"""Conversations that waited too long: first they lie aside, to be gone on with by their word, then they are forgotten (S4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from channels.claiming import everywhere
from channels.models import Dialogue
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.settings import DEFAULTS, settings_in_force, settings_of_each


def put_aside_everywhere() -> int:
    """Look after the conversations of each office, in a transaction of its own; return how many were put aside."""
    by = everywhere()
    return sum(put_aside(by=by.as_system(office)) for office in _find_offices(by=by))


@command(Permission.MESSAGE_RECEIVE)
def put_aside(*, by: Actor) -> int:
    """Put the office's conversations aside that waited for an answer as long as the county lets them, and forget those that
    lay aside as long again (S4). Returns how many were put aside.
    """
    long_ago = by.now - timedelta(days=settings_in_force(by.tenant_id, by.now).conversation_days)
    db.session.execute(
        delete(Dialogue).where(Dialogue.tenant_id == by.tenant_id, Dialogue.parked_at <= long_ago)
    )
    waited = db.session.scalars(
        update(Dialogue)
        .where(
            Dialogue.tenant_id == by.tenant_id, Dialogue.parked_at.is_(None), Dialogue.moved_at <= long_ago
        )
        .values(parked_at=by.now)
        .returning(Dialogue.id)
        .execution_options(synchronize_session=False)
    )
    return len(waited.all())


@query(Permission.MESSAGE_RECEIVE)
def _find_offices(*, by: Actor) -> list[int]:
    numbers = settings_of_each(by.readable, by.now)

    def long_ago(office: int) -> datetime:
        return by.now - timedelta(days=numbers.get(office, DEFAULTS).conversation_days)

    oldest = db.session.execute(
        select(Dialogue.tenant_id, func.min(func.coalesce(Dialogue.parked_at, Dialogue.moved_at)))
        .where(Dialogue.tenant_id.in_(by.readable))
        .group_by(Dialogue.tenant_id)
        .order_by(Dialogue.tenant_id)
    )
    return [office for office, moment in oldest if moment <= long_ago(office)]
