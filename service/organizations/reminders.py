"""What step 3 reminds of: a registration that stopped on its way (O2, S4)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from flask_babel import lazy_gettext as _l

from service.organizations.dialogue import REGISTER
from service.organizations.messages import REGISTRATION_WAITS
from service.organizations.queries import signatory_of
from service.reminders.rules import Offset, Owed, ReminderRule
from service.reminders.stopped import silences_in
from tenants.actors import Actor


def _registrations(by: Actor, about_id: UUID | None) -> Iterator[Owed]:
    """Who speaks for an SO by now is registered, and only looked at what is known of it."""
    for silence in silences_in(REGISTER, about_id, by=by):
        if signatory_of(silence.contact_id, silence.tenant_id) is None:
            yield silence.owes(REGISTRATION_WAITS())


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
