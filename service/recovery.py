"""A link for a new password, by mail to whoever asked for one at the log-in (T3)."""

from __future__ import annotations

import structlog
from flask import current_app, url_for
from flask_babel import gettext as _

from service.mail import Fate, Letter, RelayAway, is_set_up, relay, written_for
from tenants import sign_in
from tenants.actors import Actor
from tenants.models import Person

log = structlog.get_logger()


def mail_links() -> int:
    """Mail a link to each person who waits for one; return to how many.

    The token is drawn here, so that it never waits anywhere; the relay being away, the next round draws another.
    """
    if not is_set_up():
        return 0
    settings, by = current_app.config["SETTINGS"], Actor.system(now=current_app.config["CLOCK"]())
    waiting = sign_in.issue_links_asked_for(by=by)
    if not waiting:
        return 0
    mailed = 0
    try:
        with relay(settings) as post:
            for person, token in waiting:
                fate = post(_letter(person, token))
                mailed += fate is Fate.TAKEN
                if fate is not Fate.LATER:
                    sign_in.settle_requests(person.id, by=by)
    except RelayAway as away:
        log.warning("mail_relay_away", kind=str(away))
    return mailed


def _letter(person: Person, token: str) -> Letter:
    base_url = current_app.config["SETTINGS"].base_url
    with written_for(person):
        link = f"{base_url}{url_for('web.recover', token=token)}"
        paragraphs = (
            _("Hello %(name)s,", name=person.name),
            _("Somebody asked for a new password for your log-in at %(address)s.", address=base_url),
            _("With this link you can set one, once and within 24 hours:"),
            link,
            _("If it was not you, there is nothing to do: your password stays as it is."),
        )
        subject = _("Qiao: a link for a new password")
        return Letter(person.id, person.email, subject, "\n\n".join(paragraphs) + "\n")
