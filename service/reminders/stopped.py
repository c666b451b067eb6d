"""Conversations that stopped on their way, of which a room may remind once (S4). A complaint is none of them: nothing that is not
asked for is said about one, for the phone may be shared (H3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from sqlalchemy import select

from channels.dialogues import Dialogue as Declared
from channels.messages import Said
from channels.models import Dialogue
from service.reminders.rules import Owed
from tenants.actors import Actor
from tenants.database import db
from tenants.settings import DEFAULTS, settings_of_each


def stopped_on_the_way(
    dialogue: Declared, said: Said, *, steps: Collection[str] | None = None, by: Actor
) -> Iterator[Owed]:
    """Whoever was asked something and has not answered; each silence counts once.

    ``steps``: the questions after which something is still missing; all of them where none is named.
    """
    numbers = settings_of_each(by.readable, by.now)
    wanted = select(Dialogue.tenant_id, Dialogue.id, Dialogue.contact_id, Dialogue.moved_at).where(
        Dialogue.tenant_id.in_(by.readable), Dialogue.name == dialogue.name, Dialogue.parked_at.is_(None)
    )
    if steps is not None:
        wanted = wanted.where(Dialogue.step.in_(steps))
    for tenant_id, dialogue_id, contact_id, moved_at in db.session.execute(wanted):
        until = moved_at + timedelta(days=numbers.get(tenant_id, DEFAULTS).conversation_days)
        yield Owed(
            tenant_id=tenant_id,
            subject_type=Dialogue.__tablename__,
            subject_id=dialogue_id,
            about_id=dialogue_id,
            contact_id=contact_id,
            moment=moved_at,
            since=moved_at,
            until=until,
            said=said,
        )
