"""Logging in (T3): Argon2, one-time codes, lock-out after repeated failures, single-use recovery links."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import func, or_, select, update

from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.identifiers import new_id
from tenants.models import Person, RecoveryLink, RecoveryRequest
from tenants.offices import readable_tenants
from tenants.people import lock_member, memberships_of
from tenants.permissions import Permission
from tenants.privacy import keyring
from tenants.refusals import NotFound, NotPermitted, RuleBroken

ATTEMPTS = 5
LOCK_OUT = timedelta(minutes=15)
RECOVERY_LIFE = timedelta(hours=24)
REQUESTS = 3
REQUEST_LIFE = timedelta(hours=1)
"""A person is mailed so many links within so long; a request that could not be served by then is given up."""
TRY_AGAIN_AFTER = timedelta(minutes=5)
SHORTEST_PASSWORD = 10
HASHER = PasswordHasher()
NO_ONE = HASHER.hash(secrets.token_hex(8))
"""Verified when the address is unknown, so that time does not tell who has an account."""


@command(Permission.SIGN_IN)
def sign_in(email: str, password: str, *, by: Actor) -> Person | str:
    """Check a log-in; return the person, or the refusal's code as text, so that the failure itself is kept.

    The codes: ``wrong_credentials``, ``locked_out``, and ``code_needed`` where ``enter_code`` must follow.
    """
    person = _lock_by_address(email)
    if person is None or person.password_hash is None:
        _matches(NO_ONE, password)
        record(Event.SIGN_IN_FAILED, ("people", "unknown"), by)
        return "wrong_credentials"
    if person.locked_until is not None and by.now < person.locked_until:
        return "locked_out"
    if not _matches(person.password_hash, password):
        return _count_failure(person, by, "wrong_credentials")
    if HASHER.check_needs_rehash(person.password_hash):
        person.password_hash = HASHER.hash(password)
    return "code_needed" if person.totp_secret is not None else _welcome(person, by)


@command(Permission.SIGN_IN)
def enter_code(email: str, code: str, *, by: Actor) -> Person | str:
    """The second half of a log-in, for whoever has just given the right password: is the one-time code right?

    Returns the person, or ``wrong_code``, ``locked_out`` or ``wrong_credentials`` as ``sign_in`` does.
    """
    person = _lock_by_address(email)
    if person is None:
        record(Event.SIGN_IN_FAILED, ("people", "unknown"), by)
        return "wrong_credentials"
    if person.locked_until is not None and by.now < person.locked_until:
        return "locked_out"
    if person.totp_secret is not None and not _code_matches(person, code, by.now):
        return _count_failure(person, by, "wrong_code")
    return _welcome(person, by)


@command(Permission.PROFILE_WRITE)
def reauthenticate(password: str, code: str | None = None, *, by: Actor) -> bool:
    """Check the password (and code) of whoever is logged in once more, for an act of two officers (T4)."""
    person = _lock_person(by.id)
    if person.locked_until is not None and by.now < person.locked_until:
        return False
    right = person.password_hash is not None and _matches(person.password_hash, password)
    if right and person.totp_secret is not None:
        right = bool(code) and _code_matches(person, code or "", by.now)
    if not right:
        _count_failure(person, by, "wrong_credentials")
        return False
    person.failed_attempts = 0
    record(Event.REAUTHENTICATED, person, by)
    return True


@command(Permission.PEOPLE_WRITE)
def issue_recovery_link(membership_id: UUID, *, by: Actor) -> str:
    """Make a link's token with which a member of the actor's office sets a password, once and within a day.

    Refuses ``works_elsewhere`` for who also works in an office beyond the actor's own and those below:
    whoever holds the link could act there. Such a person is helped by mail where the deployment sends it,
    or on the command line.
    """
    membership = lock_member(membership_id, by)
    offices = {
        office.id for office, _membership in memberships_of(membership.person_id, by=Actor.public(now=by.now))
    }
    if not by.may(Permission.OFFICE_ADD) and not offices <= set(readable_tenants(by.tenant_id)):
        raise RuleBroken("works_elsewhere")
    return _issue_recovery(membership.person_id, by)


@command(Permission.SIGN_IN)
def ask_for_link(email: str, *, by: Actor) -> None:
    """Note that a link is wanted by mail, three times an hour for a person at most; the mail follows by itself.

    Whoever asks learns nothing: an unknown address takes the same way, and is recorded without itself.
    """
    person = _lock_by_address(email)
    wanted_by = person.id if person is not None else new_id()
    asked = db.session.scalar(
        select(func.count())
        .select_from(RecoveryRequest)
        .where(RecoveryRequest.person_id == wanted_by, RecoveryRequest.asked_at > by.now - REQUEST_LIFE)
    )
    if person is not None and (asked or 0) < REQUESTS:
        db.session.add(RecoveryRequest(person_id=person.id, asked_at=by.now))
    record(Event.RECOVERY_ASKED, ("people", "unknown" if person is None else person.id), by)


@command(Permission.MESSAGE_SEND)
def issue_links_asked_for(*, by: Actor) -> list[tuple[Person, str]]:
    """For each person who waits for a link by mail: a token for the mail to be sent now.

    Whoever takes them must settle each once it is mailed; what is not settled is issued anew after five
    minutes, and given up an hour after it was asked for.
    """
    waiting = db.session.scalars(
        select(RecoveryRequest)
        .where(
            RecoveryRequest.settled_at.is_(None),
            RecoveryRequest.asked_at > by.now - REQUEST_LIFE,
            or_(RecoveryRequest.tried_at.is_(None), RecoveryRequest.tried_at <= by.now - TRY_AGAIN_AFTER),
        )
        .order_by(RecoveryRequest.asked_at)
        .with_for_update(skip_locked=True)
    ).all()
    for wanted in waiting:
        wanted.tried_at = by.now
    people = db.session.scalars(
        select(Person).where(
            Person.id.in_({wanted.person_id for wanted in waiting}), Person.disabled_at.is_(None)
        )
    )
    return [(person, _issue_recovery(person.id, by)) for person in people]


@command(Permission.MESSAGE_SEND)
def settle_requests(person_id: UUID, *, by: Actor) -> None:
    """A link went to this person, or never can: whatever the person had asked for by then is done with."""
    db.session.execute(
        update(RecoveryRequest)
        .where(
            RecoveryRequest.person_id == person_id,
            RecoveryRequest.tried_at <= by.now,
            RecoveryRequest.settled_at.is_(None),
        )
        .values(settled_at=by.now)
    )


@command(Permission.SIGN_IN)
def set_password(token: str, password: str, *, by: Actor) -> Person:
    """Set a password with a link's token, which this uses up; ends the person's sessions and other links.

    Refuses ``link_unknown``, ``password_too_short``.
    """
    link = db.session.scalar(
        select(RecoveryLink).where(RecoveryLink.token_hash == _digest(token)).with_for_update()
    )
    if link is None or link.used_at is not None or by.now >= link.expires_at:
        raise NotFound("link_unknown")
    require_password(password)
    person = _lock_person(link.person_id)
    db.session.execute(
        update(RecoveryLink)
        .where(RecoveryLink.person_id == person.id, RecoveryLink.used_at.is_(None))
        .values(used_at=by.now)
    )
    person.password_hash = HASHER.hash(password)
    person.session_key = new_id()
    person.failed_attempts, person.locked_until = 0, None
    record(Event.PASSWORD_SET, person, by)
    return person


def require_password(password: str) -> None:
    """Refuse a password of fewer than ten characters."""
    if len(password) < SHORTEST_PASSWORD:
        raise RuleBroken("password_too_short", least=SHORTEST_PASSWORD)


@command(Permission.PROFILE_WRITE)
def enable_totp(secret: str, code: str, *, by: Actor) -> None:
    """Turn on one-time codes by a right one; needs fresh re-authentication. Refuses ``wrong_code``."""
    by.require_fresh()
    person = _lock_person(by.id)
    person.totp_secret, person.totp_last_step = secret, None
    if not _code_matches(person, code, by.now):
        raise RuleBroken("wrong_code")
    record(Event.TOTP_ENABLED, person, by)


@command(Permission.PROFILE_WRITE)
def disable_totp(*, by: Actor) -> None:
    """Turn off one-time codes; needs fresh re-authentication."""
    by.require_fresh()
    person = _lock_person(by.id)
    person.totp_secret = person.totp_last_step = None
    record(Event.TOTP_DISABLED, person, by)


@command(Permission.PROFILE_WRITE)
def choose_locale(locale: str, *, by: Actor) -> None:
    """Remember the language a person reads the admin in."""
    person = _lock_person(by.id)
    person.locale = locale
    record(Event.LOCALE_CHOSEN, person, by, locale=locale)


@query(Permission.SIGN_IN)
def person_of_session(session_key: UUID, *, by: Actor) -> Person:
    """The person a session belongs to; ``NotPermitted`` once the password changed or the person is disabled."""
    person = db.session.scalar(select(Person).where(Person.session_key == session_key))
    if person is None or person.disabled_at is not None:
        raise NotPermitted("session_ended")
    return person


def _issue_recovery(person_id: UUID, by: Actor) -> str:
    token = secrets.token_urlsafe(32)
    link = RecoveryLink(
        id=new_id(), person_id=person_id, token_hash=_digest(token), expires_at=by.now + RECOVERY_LIFE
    )
    db.session.add(link)
    record(Event.RECOVERY_ISSUED, ("people", person_id), by)
    return token


def _lock_by_address(email: str) -> Person | None:
    """The person who logs in with this address, unless disabled."""
    return db.session.scalar(
        select(Person)
        .where(
            Person.email_index.in_(keyring().indexes(email.strip().casefold())), Person.disabled_at.is_(None)
        )
        .with_for_update()
    )


def _lock_person(person_id: UUID | None) -> Person:
    person = db.session.scalar(select(Person).where(Person.id == person_id).with_for_update())
    if person is None:
        raise NotFound("not_found", what="people")
    return person


def _matches(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _code_matches(person: Person, code: str, now: datetime) -> bool:
    """A right code, never used before: the last accepted time step is kept (RFC 6238, section 5.2)."""
    totp = pyotp.TOTP(person.totp_secret or "")
    step = int(now.timestamp()) // totp.interval
    for candidate in (step - 1, step, step + 1):
        fits = secrets.compare_digest(totp.generate_otp(candidate), code.strip())
        if fits and candidate > (person.totp_last_step or 0):
            person.totp_last_step = candidate
            return True
    return False


def _count_failure(person: Person, by: Actor, code: str) -> str:
    person.failed_attempts += 1
    record(Event.SIGN_IN_FAILED, person, by)
    if person.failed_attempts >= ATTEMPTS:
        person.failed_attempts = 0
        person.locked_until = by.now + LOCK_OUT
        record(Event.LOCKED_OUT, person, by)
    return code


def _welcome(person: Person, by: Actor) -> Person:
    person.failed_attempts, person.locked_until = 0, None
    record(Event.SIGNED_IN, person, by)
    return person


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
