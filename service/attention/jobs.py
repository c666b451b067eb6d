"""Alarms by mail, at once, to those who look after them (T8)."""

from __future__ import annotations

import structlog
from flask import current_app, url_for
from flask_babel import gettext as _

from channels.alarms import list_unmailed, note_mailed
from channels.models import Alarm
from channels.outbox import in_quiet_hours
from service.attention.messages import meaning
from service.mail import Fate, Letter, RelayAway, is_set_up, relay, written_for
from tenants.actors import Actor
from tenants.models import Person, Tenant
from tenants.offices import every_office
from tenants.people import list_members
from tenants.permissions import Permission, Role, permissions_of

log = structlog.get_logger()


def mail_alarms() -> int:
    """Mail each new alarm once, outside of the office's quiet hours, to whoever can close it; return how many mails.

    The digest tells whom a letter did not reach.
    """
    if not is_set_up():
        return 0
    now = current_app.config["CLOCK"]()
    offices = {office.id: office for office in every_office(by=Actor.system(now=now))}
    everywhere = Actor.system(now=now, readable=tuple(offices))
    alarms = [
        alarm
        for alarm in list_unmailed(by=everywhere)
        if not in_quiet_hours(by=everywhere.as_system(alarm.tenant_id))
    ]
    if not alarms:
        return 0
    mailed = 0
    try:
        with relay(current_app.config["SETTINGS"]) as post:
            for alarm in alarms:
                by = everywhere.as_system(alarm.tenant_id)
                for person in _caretakers(by=by):
                    mailed += post(_letter(alarm, person, offices[alarm.tenant_id])) is Fate.TAKEN
                note_mailed(alarm.id, by=by)
    except RelayAway as away:
        log.warning("mail_relay_away", kind=str(away))
    return mailed


def _caretakers(*, by: Actor) -> list[Person]:
    return [
        person
        for membership, person in list_members(by=by)
        if Permission.CHANNEL_WRITE in permissions_of(frozenset(map(Role, membership.roles)))
        and person.disabled_at is None
    ]


def _letter(alarm: Alarm, person: Person, office: Tenant) -> Letter:
    base_url = current_app.config["SETTINGS"].base_url
    with written_for(person):
        paragraphs = (
            _("Hello %(name)s,", name=person.name),
            meaning(alarm),
            f"{base_url}{url_for('attention.index')}",
        )
        subject = _("%(office)s: please look at this soon", office=office.name(person.locale))
        return Letter(person.id, person.email, subject, "\n\n".join(paragraphs) + "\n")
