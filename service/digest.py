"""What waits for a person, by mail once a working day (T8)."""

from __future__ import annotations

import time
from datetime import datetime
from datetime import time as clock_time

import structlog
from flask import current_app, url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from channels.outbox import in_quiet_hours
from service.mail import Fate, Letter, Post, RelayAway, is_set_up, relay, written_for
from service.room import Waiting, waiting_in
from tenants import digests
from tenants.actors import Actor
from tenants.models import Membership, Person, Tenant
from tenants.offices import every_office
from tenants.people import person_actor
from tenants.workdays import SHANGHAI, is_working, local_day

MORNING = clock_time(8, 30)
"""Digests are made out from then on, in China's time."""

TURN = 5.0
"""Seconds after which the rest is left to the next round, so that messages have their turn."""

log = structlog.get_logger()


def mail_digests() -> int:
    """Mail everybody a digest of what waits, in each office apart, unless nothing does; return how many.

    Each person's is made out once a day; while the relay is away nobody's is.
    """
    if not is_set_up():
        return 0
    now = current_app.config["CLOCK"]()
    if now.astimezone(SHANGHAI).time() < MORNING or not is_working(local_day(now), by=Actor.system(now=now)):
        return 0
    offices = {office.id: office for office in every_office(by=Actor.system(now=now))}
    by = Actor.system(now=now, readable=tuple(offices))
    owed = digests.list_owed(local_day(now), by=by)
    quiet = {
        office_id
        for office_id in {membership.tenant_id for membership, _person in owed}
        if in_quiet_hours(by=by.as_system(office_id))
    }
    owed = [pair for pair in owed if pair[0].tenant_id not in quiet]
    if not owed:
        return 0
    mailed = 0
    try:
        with relay(current_app.config["SETTINGS"]) as post:
            until = time.monotonic() + TURN
            for membership, person in owed:
                mailed += _make_out(membership, person, offices[membership.tenant_id], post, by=by)
                if time.monotonic() > until:
                    break
    except RelayAway as away:
        log.warning("mail_relay_away", kind=str(away))
    return mailed


def _make_out(membership: Membership, person: Person, office: Tenant, post: Post, *, by: Actor) -> bool:
    """Make out one person's digest; ``True`` where it was mailed."""
    by = by.as_system(office.id)
    if not digests.claim(membership.id, local_day(by.now), by=by):
        return False
    letter = _letter(membership, person, office, by.now)
    if letter is None:
        return False
    fate = Fate.LATER
    try:
        fate = post(letter)
    finally:
        if fate is Fate.LATER:
            digests.give_back(membership.id, by=by)
    return fate is Fate.TAKEN


def _letter(membership: Membership, person: Person, office: Tenant, now: datetime) -> Letter | None:
    reader = person_actor(person, membership, by=Actor.public(locale=person.locale, now=now))
    base_url = current_app.config["SETTINGS"].base_url
    with written_for(person):
        waiting = waiting_in(current_app.extensions["qiao.rooms"], reader)
        if not waiting:
            return None
        name = office.name(person.locale)
        subject = ngettext(
            "%(office)s: %(num)d matter waits for you",
            "%(office)s: %(num)d matters wait for you",
            len(waiting),
            office=name,
        )
        paragraphs = (
            _("Hello %(name)s,", name=person.name),
            _("This waits for you in %(office)s:", office=name),
            "\n".join(f"- {_line(item, now)}\n  {base_url}{item.url}" for item in waiting),
            _("All of it stands on your page: %(address)s", address=base_url + url_for("web.home")),
            _("This mail comes on working days on which something waits."),
        )
        return Letter(person.id, person.email, subject, "\n\n".join(paragraphs) + "\n")


def _line(item: Waiting, now: datetime) -> str:
    if item.due is None:
        return item.text
    due = format_date(item.due.astimezone(SHANGHAI).date(), _("d MMM yyyy"))
    if item.due < now:
        return _("%(what)s (late: it was due on %(day)s)", what=item.text, day=due)
    return _("%(what)s (due on %(day)s)", what=item.text, day=due)
