"""Who is at the browser: a signed cookie names the session, everything else is read anew on each request."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import current_app, g, redirect, request, session, url_for
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from tenants.actors import Actor
from tenants.models import Membership, Person, Tenant
from tenants.people import memberships_of, person_actor
from tenants.refusals import Refusal
from tenants.sign_in import person_of_session

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}

HALF_WAY = timedelta(minutes=10)
"""How long after the password the one-time code may come."""

OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")
"""A path of this site; what browsers would tidy up into another host's address is none."""


def now() -> datetime:
    """This moment; tests pass a clock through the application's configuration."""
    return current_app.config["CLOCK"]()


def locale() -> str:
    """``zh`` or ``en``: for a person what was clicked last, for a program what it asks for, else Chinese."""
    if "locale" not in g:
        asked = request.args.get("lang")
        if request.path.startswith("/api/"):
            g.locale = (
                asked if asked in LOCALES else request.accept_languages.best_match(LOCALES, default="zh")
            )
        else:
            if asked in LOCALES:
                session["locale"] = asked
            g.locale = session.get("locale", "zh")
    return g.locale


def anyone() -> Actor:
    """Whoever is there, before any log-in."""
    return Actor.public(locale=locale(), now=now())


def log_in(person: Person) -> None:
    """Begin a session for a person who has just proved who it is."""
    chosen = session.get("locale", person.locale)
    session.clear()
    session.permanent = True
    session["key"] = str(person.session_key)
    session["locale"] = chosen
    session["authenticated_at"] = now().timestamp()


def prove_again() -> None:
    """Remember that the person entered the password just now."""
    session["authenticated_at"] = now().timestamp()


def begin_half(email: str) -> None:
    """Remember that somebody gave the right password just now and owes the one-time code."""
    session["half"] = [email, now().timestamp()]


def half_way() -> str | None:
    """The address of who owes a one-time code; ``None`` once too much time went by."""
    email, since = session.get("half", (None, 0))
    return email if now().timestamp() - since < HALF_WAY.total_seconds() else None


def choose(locale: str) -> None:
    """Speak the chosen language from now on."""
    session["locale"] = g.locale = locale


def current_person() -> Person | None:
    """The person logged in, if any."""
    if "person" not in g:
        key = session.get("key")
        try:
            g.person = person_of_session(UUID(key), by=anyone()) if key else None
        except Refusal:
            session.clear()
            g.person = None
    return g.person


def current_offices() -> list[tuple[Tenant, Membership]]:
    """The offices the person logged in works in."""
    if "offices" not in g:
        person = current_person()
        g.offices = memberships_of(person.id, by=anyone()) if person else []
    return g.offices


def current_office() -> Tenant:
    """The office the person works for at the moment; ``Unauthorized`` before log-in."""
    return _current()[0]


def current_actor() -> Actor:
    """The actor behind this request; ``Unauthorized`` before log-in."""
    if "actor" not in g:
        person, (_, membership) = current_person(), _current()
        assert person is not None
        moment = session.get("authenticated_at")
        proved = datetime.fromtimestamp(moment, UTC) if moment else None
        g.actor = person_actor(person, membership, by=anyone(), authenticated_at=proved)
    return g.actor


def current_actor_if_any() -> Actor | None:
    """The actor behind this request, or nobody."""
    return current_actor() if current_person() and current_offices() else None


def _current() -> tuple[Tenant, Membership]:
    offices = current_offices()
    if not offices:
        raise Unauthorized
    chosen = session.get("office")
    return next((pair for pair in offices if pair[0].id == chosen), offices[0])


def to_log_in() -> Response:
    """Send a visitor to the log-in and back afterwards."""
    back = request.full_path if request.method == "GET" else url_for("web.home")
    return redirect(url_for("web.log_in") + "?" + urlencode({"next": back}))


def to_reauthenticate(purpose: str) -> Response:
    """Send the person to enter the password again, and back to the page the act started from."""
    back = request.path if request.method == "GET" else (request.referrer or url_for("web.home"))
    return redirect(url_for("web.reauthenticate") + "?" + urlencode({"for": purpose, "next": _path(back)}))


def _path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def safe_next(fallback: str) -> str:
    """Where to go on: a path of this site, never another host."""
    wanted = request.values.get("next", "")
    return wanted if OWN_PATH.fullmatch(wanted) else fallback
