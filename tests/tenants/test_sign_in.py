"""Logging in (T3): passwords, one-time codes, lock-out, recovery; fresh proof for two officers (T4)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from tenants import sign_in
from tenants.actors import FRESHNESS, Actor, ActorKind
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.events import Event
from tenants.gate import query
from tenants.models import Person, RecoveryLink
from tenants.people import add_person, lend_person, list_members, memberships_of, person_actor
from tenants.permissions import Permission, Role
from tenants.refusals import NotFound, NotPermitted, RuleBroken
from tests.conftest import Clock, Office

EMAIL, PASSWORD = "wang@example.org", "山清水秀 2026!"


@pytest.fixture
def person(county: Office, clock: Clock) -> Person:
    """Someone who set a password."""
    return person_of(county, clock, EMAIL)


def person_of(office: Office, clock: Clock, email: str) -> Person:
    """A new person of an office, with the password of these tests."""
    membership = add_person(email, name="王敏", roles=[Role.ADMINISTRATOR], by=office.administrator)
    token = sign_in.issue_recovery_link(membership.id, by=office.administrator)
    return sign_in.set_password(token, PASSWORD, by=anyone(clock))


def anyone(clock: Clock) -> Actor:
    """Whoever stands before the log-in."""
    return Actor.public(now=clock())


def enter(
    clock: Clock, password: str = PASSWORD, code: str | None = None, email: str = EMAIL
) -> Person | str:
    """Try to log in, with the one-time code as the second half."""
    found = sign_in.sign_in(email, password, by=anyone(clock))
    return sign_in.enter_code(email, code, by=anyone(clock)) if found == "code_needed" and code else found


def acting(person: Person, clock: Clock, *, proved: bool = True) -> Actor:
    """The actor this person is now."""
    _office, membership = memberships_of(person.id, by=anyone(clock))[0]
    return person_actor(person, membership, by=anyone(clock), authenticated_at=clock.now if proved else None)


def with_codes(person: Person, clock: Clock) -> pyotp.TOTP:
    """The authenticator of a person who turned on one-time codes; the code that proved it is used up."""
    secret = pyotp.random_base32()
    sign_in.enable_totp(secret, pyotp.TOTP(secret).at(clock.now), by=acting(person, clock))
    clock.advance(minutes=2)
    return pyotp.TOTP(secret)


@query(Permission.SIGN_IN)
def stored(*, by: Actor) -> list[Person]:
    """The people as the database has them."""
    return list(db.session.scalars(select(Person)))


@query(Permission.SIGN_IN)
def links(*, by: Actor) -> list[RecoveryLink]:
    """The recovery links."""
    return list(db.session.scalars(select(RecoveryLink)))


@query(Permission.AUDIT_READ)
def events(*, by: Actor) -> Collection[str]:
    """What the platform's record says."""
    return list(db.session.scalars(select(AuditEntry.event).where(AuditEntry.tenant_id == by.tenant_id)))


def test_the_right_password_lets_in_whatever_the_case_of_the_address(person: Person, clock: Clock) -> None:
    found = enter(clock, email=" Wang@Example.ORG ")
    assert isinstance(found, Person)
    assert found.id == person.id
    assert Event.SIGNED_IN in events(by=Actor.system())


def test_a_wrong_password_does_not_and_is_recorded(person: Person, clock: Clock) -> None:
    assert enter(clock, "wrong") == "wrong_credentials"
    assert stored(by=anyone(clock))[0].failed_attempts == 1
    assert Event.SIGN_IN_FAILED in events(by=Actor.system())


def test_passwords_are_kept_as_argon2_with_a_salt_of_their_own(
    county: Office, person: Person, clock: Clock
) -> None:
    person_of(county, clock, "li@example.org")
    hashes = {one.password_hash for one in stored(by=anyone(clock))}
    assert len(hashes) == 2
    assert all(kept and kept.startswith("$argon2id$") for kept in hashes)


def test_a_hash_of_weaker_times_is_renewed_at_the_next_log_in(
    person: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(by=anyone(clock))[0].password_hash
    monkeypatch.setattr(sign_in, "HASHER", sign_in.PasswordHasher(time_cost=sign_in.HASHER.time_cost + 1))
    assert isinstance(enter(clock), Person)
    assert stored(by=anyone(clock))[0].password_hash != before
    assert isinstance(enter(clock), Person)


def test_five_wrong_attempts_lock_out_for_fifteen_minutes_even_with_the_right_password(
    person: Person, clock: Clock
) -> None:
    assert [enter(clock, "wrong") for _ in range(sign_in.ATTEMPTS)] == [
        "wrong_credentials"
    ] * sign_in.ATTEMPTS
    assert enter(clock) == "locked_out"
    clock.advance(minutes=14)
    assert enter(clock) == "locked_out"
    clock.advance(minutes=1)
    assert isinstance(enter(clock), Person)
    assert Event.LOCKED_OUT in events(by=Actor.system())


def test_four_wrong_attempts_and_a_right_one_begin_the_count_anew(person: Person, clock: Clock) -> None:
    for _ in range(2):
        assert {enter(clock, "wrong") for _ in range(sign_in.ATTEMPTS - 1)} == {"wrong_credentials"}
        assert isinstance(enter(clock), Person)


def test_an_unknown_address_gets_the_same_answer_after_the_same_work(person: Person, clock: Clock) -> None:
    def seconds(act: Callable[[], object]) -> float:
        best = []
        for _ in range(3):
            begun = time.perf_counter()
            act()
            best.append(time.perf_counter() - begun)
        return min(best)

    hashing = seconds(lambda: sign_in.HASHER.hash("x"))
    for email in ("nobody@example.org", EMAIL):
        assert seconds(lambda email=email: enter(clock, "wrong", email=email)) > hashing / 3
        assert enter(clock, "wrong", email=email) == "wrong_credentials"


def test_someone_without_a_password_yet_cannot_log_in(county: Office, clock: Clock) -> None:
    add_person("new@example.org", name="新人", roles=[Role.EXPERT], by=county.administrator)
    assert enter(clock, "", email="new@example.org") == "wrong_credentials"


def test_a_code_is_asked_for_after_the_password_and_only_the_right_one_counts(
    person: Person, clock: Clock
) -> None:
    app = with_codes(person, clock)
    assert enter(clock, "wrong", app.at(clock.now)) == "wrong_credentials"
    assert enter(clock) == "code_needed"
    assert enter(clock, code="000000") == "wrong_code"
    assert isinstance(enter(clock, code=f" {app.at(clock.now)} "), Person)


def test_a_code_is_never_taken_twice_nor_an_older_one_after_it(person: Person, clock: Clock) -> None:
    app = with_codes(person, clock)
    older, code = app.at(clock.now - timedelta(seconds=30)), app.at(clock.now)
    assert isinstance(enter(clock, code=code), Person)
    assert enter(clock, code=code) == "wrong_code"
    assert enter(clock, code=older) == "wrong_code"
    clock.advance(seconds=30)
    assert isinstance(enter(clock, code=app.at(clock.now)), Person)


def test_the_code_that_turned_codes_on_is_used_up(person: Person, clock: Clock) -> None:
    secret = pyotp.random_base32()
    code = pyotp.TOTP(secret).at(clock.now)
    sign_in.enable_totp(secret, code, by=acting(person, clock))
    assert enter(clock, code=code) == "wrong_code"


def test_a_code_half_a_minute_away_is_taken_and_one_of_two_minutes_ago_is_not(
    person: Person, clock: Clock
) -> None:
    app = with_codes(person, clock)
    assert enter(clock, code=app.at(clock.now - timedelta(minutes=2))) == "wrong_code"
    assert isinstance(enter(clock, code=app.at(clock.now - timedelta(seconds=30))), Person)


def test_wrong_codes_count_towards_the_lock_out(person: Person, clock: Clock) -> None:
    with_codes(person, clock)
    assert {enter(clock, code="000000") for _ in range(sign_in.ATTEMPTS)} == {"wrong_code"}
    assert enter(clock) == "locked_out"


def test_codes_are_not_turned_on_by_a_wrong_one(person: Person, clock: Clock) -> None:
    with pytest.raises(RuleBroken, match="wrong_code"):
        sign_in.enable_totp(pyotp.random_base32(), "000000", by=acting(person, clock))
    assert isinstance(enter(clock), Person)


def test_codes_are_turned_on_and_off_only_with_fresh_proof(person: Person, clock: Clock) -> None:
    secret = pyotp.random_base32()
    with pytest.raises(NotPermitted, match="reauthenticate"):
        sign_in.enable_totp(secret, pyotp.TOTP(secret).at(clock.now), by=acting(person, clock, proved=False))
    with_codes(person, clock)
    with pytest.raises(NotPermitted, match="reauthenticate"):
        sign_in.disable_totp(by=acting(person, clock, proved=False))
    sign_in.disable_totp(by=acting(person, clock))
    assert isinstance(enter(clock), Person)


def test_a_recovery_link_works_once_and_only_its_hash_is_kept(
    county: Office, person: Person, clock: Clock
) -> None:
    membership = list_members(by=county.administrator)[0][0]
    token = sign_in.issue_recovery_link(membership.id, by=county.administrator)
    assert not any(token.encode() in link.token_hash for link in links(by=anyone(clock)))
    sign_in.set_password(token, "another password", by=anyone(clock))
    assert enter(clock) == "wrong_credentials"
    assert isinstance(enter(clock, "another password"), Person)
    with pytest.raises(NotFound, match="link_unknown"):
        sign_in.set_password(token, "a third password", by=anyone(clock))


def test_a_recovery_link_runs_out_after_a_day(county: Office, person: Person, clock: Clock) -> None:
    membership = list_members(by=county.administrator)[0][0]
    token = sign_in.issue_recovery_link(membership.id, by=county.administrator)
    clock.advance(hours=24)
    with pytest.raises(NotFound, match="link_unknown"):
        sign_in.set_password(token, "another password", by=anyone(clock))


def test_setting_a_password_uses_up_every_other_link_of_the_person(
    county: Office, person: Person, clock: Clock
) -> None:
    membership = list_members(by=county.administrator)[0][0]
    first, second = (sign_in.issue_recovery_link(membership.id, by=county.administrator) for _ in range(2))
    sign_in.set_password(second, "another password", by=anyone(clock))
    with pytest.raises(NotFound, match="link_unknown"):
        sign_in.set_password(first, "a third password", by=anyone(clock))


def test_a_short_password_is_refused_and_the_link_stays_good(
    county: Office, person: Person, clock: Clock
) -> None:
    membership = list_members(by=county.administrator)[0][0]
    token = sign_in.issue_recovery_link(membership.id, by=county.administrator)
    with pytest.raises(RuleBroken, match="password_too_short"):
        sign_in.set_password(token, "123456789", by=anyone(clock))
    sign_in.set_password(token, "1234567890", by=anyone(clock))


def test_setting_a_password_ends_every_session_and_every_lock_out(
    county: Office, person: Person, clock: Clock
) -> None:
    before = person.session_key
    assert sign_in.person_of_session(before, by=anyone(clock)).id == person.id
    for _ in range(sign_in.ATTEMPTS):
        enter(clock, "wrong")
    membership = list_members(by=county.administrator)[0][0]
    token = sign_in.issue_recovery_link(membership.id, by=county.administrator)
    sign_in.set_password(token, PASSWORD, by=anyone(clock))
    with pytest.raises(NotPermitted, match="session_ended"):
        sign_in.person_of_session(before, by=anyone(clock))
    assert isinstance(enter(clock), Person)


def asks(clock: Clock, email: str = EMAIL) -> None:
    """Ask for a link by mail."""
    sign_in.ask_for_link(email, by=anyone(clock))


def issued(clock: Clock) -> list[tuple[Person, str]]:
    """What the next round of mail would carry."""
    return sign_in.issue_links_asked_for(by=Actor.system(now=clock()))


def test_a_link_by_mail_is_for_known_addresses_and_every_request_is_recorded(
    person: Person, clock: Clock
) -> None:
    asks(clock, "nobody@example.org")
    assert issued(clock) == []
    asks(clock, EMAIL.upper())
    [(found, token)] = issued(clock)
    assert (found.id, found.email) == (person.id, EMAIL)
    assert sign_in.set_password(token, "another password", by=anyone(clock)).id == person.id
    assert list(events(by=Actor.system())).count(Event.RECOVERY_ASKED) == 2


def test_a_request_is_served_once_and_again_only_if_it_was_not_settled(person: Person, clock: Clock) -> None:
    asks(clock)
    assert len(issued(clock)) == 1
    assert issued(clock) == []
    clock.advance(minutes=5)
    assert len(issued(clock)) == 1
    sign_in.settle_requests(person.id, by=Actor.system(now=clock()))
    clock.advance(minutes=5)
    assert issued(clock) == []


def test_a_request_made_while_the_mail_was_on_its_way_is_not_settled_with_it(
    person: Person, clock: Clock
) -> None:
    asks(clock)
    issued(clock)
    asks(clock)
    sign_in.settle_requests(person.id, by=Actor.system(now=clock()))
    assert len(issued(clock)) == 1


def test_a_request_that_could_not_be_served_within_an_hour_is_given_up(person: Person, clock: Clock) -> None:
    asks(clock)
    clock.advance(hours=1)
    assert issued(clock) == []


def test_a_person_is_mailed_three_links_an_hour_at_most(county: Office, person: Person, clock: Clock) -> None:
    person_of(county, clock, "li@example.org")
    for turn in range(5):
        asks(clock)
        served = issued(clock)
        assert len(served) == (1 if turn < 3 else 0)
        sign_in.settle_requests(person.id, by=Actor.system(now=clock()))
    asks(clock, "li@example.org")
    assert len(issued(clock)) == 1
    clock.advance(hours=1)
    asks(clock)
    assert len(issued(clock)) == 1


def test_an_hour_of_requests_makes_one_mail_for_each_person(person: Person, clock: Clock) -> None:
    for _ in range(3):
        asks(clock)
    assert len(issued(clock)) == 1


def test_an_administrator_issues_links_only_for_the_own_office(
    county: Office, other_county: Office, person: Person
) -> None:
    membership = list_members(by=county.administrator)[0][0]
    with pytest.raises(NotFound):
        sign_in.issue_recovery_link(membership.id, by=other_county.administrator)
    with pytest.raises(NotPermitted):
        sign_in.issue_recovery_link(membership.id, by=county.officer)


def test_nobody_gets_into_another_office_by_adding_its_people_and_giving_them_a_new_password(
    county: Office, other_county: Office, province: Office, person: Person, clock: Clock
) -> None:
    added = add_person(EMAIL, name="x", roles=[Role.EXPERT], by=other_county.administrator)
    with pytest.raises(RuleBroken, match="works_elsewhere"):
        sign_in.issue_recovery_link(added.id, by=other_county.administrator)
    overseer = add_person("li@example.org", name="李", roles=[Role.OVERSEER], by=province.administrator)
    terms = {"roles": [Role.APPROVER], "until": clock.now + timedelta(days=9)}
    lent = lend_person(overseer.id, "qing", **terms, by=province.administrator)
    with pytest.raises(RuleBroken, match="works_elsewhere"):
        sign_in.issue_recovery_link(lent.id, by=county.administrator)
    assert sign_in.issue_recovery_link(overseer.id, by=province.administrator)
    assert sign_in.issue_recovery_link(lent.id, by=county.system)


def test_t4_proof_is_fresh_for_five_minutes(county: Office) -> None:
    actor = county.officer
    replace(actor, now=actor.now + FRESHNESS).require_fresh()
    with pytest.raises(NotPermitted, match="reauthenticate"):
        replace(actor, now=actor.now + FRESHNESS + timedelta(seconds=1)).require_fresh()
    with pytest.raises(NotPermitted, match="reauthenticate"):
        county.actor(Role.PROCUREMENT_OFFICER, fresh=False).require_fresh()


@pytest.mark.parametrize("kind", [kind for kind in ActorKind if kind is not ActorKind.PERSON])
def test_t4_only_persons_can_prove_themselves_afresh(app: Flask, county: Office, kind: ActorKind) -> None:
    with pytest.raises(NotPermitted, match="reauthenticate"):
        replace(county.officer, kind=kind).require_fresh()


def test_t4_the_password_once_more_is_checked_and_recorded(
    county: Office, person: Person, clock: Clock
) -> None:
    assert not sign_in.reauthenticate("wrong", by=acting(person, clock))
    assert sign_in.reauthenticate(PASSWORD, by=acting(person, clock))
    assert Event.REAUTHENTICATED in events(by=county.administrator)


def test_t4_with_codes_the_proof_needs_a_new_one(person: Person, clock: Clock) -> None:
    app = with_codes(person, clock)
    code = app.at(clock.now)
    assert not sign_in.reauthenticate(PASSWORD, by=acting(person, clock))
    assert sign_in.reauthenticate(PASSWORD, code, by=acting(person, clock))
    assert not sign_in.reauthenticate(PASSWORD, code, by=acting(person, clock))


def test_t4_guessing_at_the_proof_locks_out_too(person: Person, clock: Clock) -> None:
    for _ in range(sign_in.ATTEMPTS):
        assert not sign_in.reauthenticate("wrong", by=acting(person, clock))
    assert not sign_in.reauthenticate(PASSWORD, by=acting(person, clock))
    assert enter(clock) == "locked_out"


def test_the_chosen_language_is_remembered(person: Person, clock: Clock) -> None:
    sign_in.choose_locale("en", by=acting(person, clock))
    assert stored(by=anyone(clock))[0].locale == "en"
