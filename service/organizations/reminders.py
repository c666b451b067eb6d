"""What step 3 reminds of: a registration that stopped on its way (O2, S4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from channels.models import Dialogue
from service.organizations.dialogue import REGISTER
from service.organizations.messages import REGISTRATION_WAITS
from service.reminders.rules import Offset, Owed, ReminderRule
from tenants.actors import Actor
from tenants.database import db
from tenants.settings import DEFAULTS, settings_of_each


def _stopped_on_the_way(by: Actor, about_id: UUID | None) -> Iterator[Owed]:
    """Whoever was asked something and has not answered; each silence counts once."""
    if about_id is not None:
        return
    numbers = settings_of_each(by.readable, by.now)
    wanted = select(Dialogue.tenant_id, Dialogue.id, Dialogue.contact_id, Dialogue.moved_at).where(
        Dialogue.tenant_id.in_(by.readable),
        Dialogue.name == REGISTER.name,
        Dialogue.parked_at.is_(None),
    )
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
            said=REGISTRATION_WAITS(),
        )


REMINDERS = (
    ReminderRule(
        "registration_waits",
        _l("A registration stopped on its way"),
        _l("Who began it by text"),
        "remind_registration_days",
        Offset.DAYS_AFTER,
        _stopped_on_the_way,
    ),
)
