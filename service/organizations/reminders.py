"""What step 3 reminds of: a registration that stopped on its way (O2, S4)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from flask_babel import lazy_gettext as _l

from service.organizations.dialogue import REGISTER
from service.organizations.messages import REGISTRATION_WAITS
from service.reminders.rules import Offset, Owed, ReminderRule
from service.reminders.stopped import stopped_on_the_way
from tenants.actors import Actor


def _registrations(by: Actor, about_id: UUID | None) -> Iterator[Owed]:
    if about_id is None:
        yield from stopped_on_the_way(REGISTER, REGISTRATION_WAITS(), by=by)


REMINDERS = (
    ReminderRule(
        "registration_waits",
        _l("A registration stopped on its way"),
        _l("Who began it by text"),
        "remind_registration_days",
        Offset.DAYS_AFTER,
        _registrations,
    ),
)
