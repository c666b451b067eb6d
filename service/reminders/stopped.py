"""Conversations that stopped on their way, of which a room may remind once (S4). A complaint is none of them: nothing that is not
asked for is said about one, for the phone may be shared (H3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select

from channels.dialogues import Dialogue as Declared
from channels.messages import Said
from channels.models import Dialogue
from service.reminders.models import Reminder
from service.reminders.rules import Owed
from tenants.actors import Actor
from tenants.database import db
from tenants.settings import DEFAULTS, settings_of_each
from tenants.workdays import start_of_day


@dataclass(frozen=True)
class Silence:
    """Somebody was asked something at ``began`` and has not answered; the conversation waits for it until ``until``."""

    tenant_id: int
    conversation_id: UUID
    contact_id: UUID
    began: datetime
    until: datetime

    def owes(self, said: Said, *, about_id: UUID | None = None, until: datetime | None = None) -> Owed:
        """The answer as something owed, on the page of ``about_id`` if on any."""
        return Owed(
            tenant_id=self.tenant_id,
            subject_type=Dialogue.__tablename__,
            subject_id=self.conversation_id,
            about_id=about_id or self.conversation_id,
            contact_id=self.contact_id,
            moment=self.began,
            since=self.began,
            until=until or self.until,
            said=said,
        )


def silences_in(
    dialogue: Declared, conversation_id: UUID | None, *, steps: Collection[str] | None = None, by: Actor
) -> Iterator[Silence]:
    """Who was asked something in a dialogue on an earlier day, has not answered, and was not reminded of it yet.

    ``conversation_id``: of this one, whether reminded of or not. ``steps``: the questions after which something is still
    missing; all of them where none is named.
    """
    wanted = select(Dialogue.tenant_id, Dialogue.id, Dialogue.contact_id, Dialogue.moved_at).where(
        Dialogue.tenant_id.in_(by.readable), Dialogue.name == dialogue.name, Dialogue.parked_at.is_(None)
    )
    if steps is not None:
        wanted = wanted.where(Dialogue.step.in_(steps))
    if conversation_id is not None:
        wanted = wanted.where(Dialogue.id == conversation_id)
    else:
        reminded = exists().where(
            Reminder.tenant_id == Dialogue.tenant_id,
            Reminder.subject_id == Dialogue.id,
            Reminder.moment == Dialogue.moved_at,
        )
        wanted = wanted.where(Dialogue.moved_at < start_of_day(by.now), ~reminded)
    rows = db.session.execute(wanted).all()
    numbers = settings_of_each(by.readable, by.now) if rows else {}
    for tenant_id, found_id, contact_id, began in rows:
        days = numbers.get(tenant_id, DEFAULTS).conversation_days
        yield Silence(tenant_id, found_id, contact_id, began, began + timedelta(days=days))
