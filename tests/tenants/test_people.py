"""People, their memberships and loans, and programs' tokens (T3, T4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.events import Event
from tenants.gate import query
from tenants.models import Membership, Person, Route
from tenants.people import (
    TOKEN_LIFE,
    add_person,
    change_roles,
    issue_token,
    lend_person,
    list_members,
    list_tokens,
    memberships_of,
    person_actor,
    require_compatible,
    revoke_token,
    token_actor,
    unstaffed_duties,
)
from tenants.permissions import ASSIGNABLE, INCOMPATIBLE, Permission, Role
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken
from tests.conftest import Clock, Office

OFFICER, DESK, EXPERT = Role.PROCUREMENT_OFFICER, Role.COMPLAINT_OFFICER, Role.EXPERT


def member(office: Office, email: str = "wang@example.org", *roles: Role) -> tuple[Membership, Person]:
    """A new person of the office."""
    added = add_person(email, name="王敏", roles=roles or [OFFICER], by=office.administrator)
    return next(pair for pair in list_members(by=office.administrator) if pair[0].id == added.id)


def offices_of(person: Person, clock: Clock) -> list[str]:
    """The codes of the offices a person works in."""
    return [tenant.code for tenant, _membership in memberships_of(person.id, by=Actor.public(now=clock()))]


@query(Permission.AUDIT_READ)
def events(*, by: Actor) -> list[str]:
    """What the office's record says happened."""
    return list(
        db.session.scalars(
            select(AuditEntry.event).where(AuditEntry.tenant_id == by.tenant_id).order_by(AuditEntry.id)
        )
    )


@pytest.mark.parametrize("pair", sorted(INCOMPATIBLE, key=sorted))
def test_t4_nobody_manages_contracts_and_sees_who_complained(county: Office, pair: frozenset[Role]) -> None:
    with pytest.raises(RuleBroken, match="roles_incompatible"):
        require_compatible([*pair, EXPERT])
    with pytest.raises(RuleBroken, match="roles_incompatible"):
        add_person("wang@example.org", name="王敏", roles=pair, by=county.administrator)
    membership, _person = member(county)
    with pytest.raises(RuleBroken, match="roles_incompatible"):
        change_roles(membership.id, pair, by=county.administrator)
    with pytest.raises(RuleBroken, match="roles_incompatible"):
        issue_token("x", roles=pair, by=county.administrator)


def test_t4_the_same_two_roles_in_two_offices_are_allowed(
    county: Office, other_county: Office, clock: Clock
) -> None:
    _here, person = member(county, "wang@example.org", OFFICER)
    add_person(" WANG@example.org", name="Wang", roles=[DESK], by=other_county.administrator)
    assert offices_of(person, clock) == ["lan", "qing"]
    assert [one.name for _membership, one in list_members(by=other_county.administrator)] == ["王敏"]


def test_t3_an_administrator_gives_the_roles_of_an_office_and_not_the_platforms(county: Office) -> None:
    for role in set(Role) - set(ASSIGNABLE):
        with pytest.raises(RuleBroken, match="role_not_assignable"):
            add_person("wang@example.org", name="王敏", roles=[role], by=county.administrator)
        with pytest.raises(RuleBroken, match="role_not_assignable"):
            issue_token("x", roles=[role], by=county.administrator)
    assert list_members(by=county.administrator) == []


def test_t3_nobody_is_added_twice(county: Office) -> None:
    member(county)
    with pytest.raises(AlreadyDone, match="already_member"):
        member(county)


def test_t3_only_administrators_look_after_people(county: Office) -> None:
    for actor in (county.officer, county.approver, county.desk):
        with pytest.raises(NotPermitted):
            add_person("wang@example.org", name="王敏", roles=[OFFICER], by=actor)


def test_t2_an_administrator_cannot_touch_a_neighbours_people(county: Office, other_county: Office) -> None:
    membership, _person = member(county)
    with pytest.raises(NotFound):
        change_roles(membership.id, [], by=other_county.administrator)


def test_t3_changed_roles_show_in_what_the_person_may_do(county: Office, clock: Clock) -> None:
    membership, person = member(county)
    change_roles(membership.id, [Role.APPROVER], by=county.administrator)
    office, now_member = memberships_of(person.id, by=Actor.public(now=clock()))[0]
    actor = person_actor(person, now_member, by=Actor.public(now=clock()))
    assert office.id == actor.tenant_id == county.id
    assert actor.roles == {Role.APPROVER}
    assert actor.may(Permission.RESULT_APPROVE)
    assert not actor.may(Permission.CALL_PUBLISH)
    assert Event.ROLES_CHANGED in events(by=county.administrator)


def test_t3_no_roles_end_the_work_here_and_the_person_can_come_back(county: Office, clock: Clock) -> None:
    membership, person = member(county)
    change_roles(membership.id, [], by=county.administrator)
    assert list_members(by=county.administrator) == []
    assert offices_of(person, clock) == []
    with pytest.raises(NotFound):
        change_roles(membership.id, [OFFICER], by=county.administrator)
    again = add_person("wang@example.org", name="王敏", roles=[EXPERT], by=county.administrator)
    assert (again.id, again.roles) == (membership.id, ["expert"])
    assert offices_of(person, clock) == ["qing"]


def test_t3_the_province_lends_a_person_for_a_time(county: Office, province: Office, clock: Clock) -> None:
    membership, person = member(province, "li@example.org", Role.OVERSEER)
    until = clock.now + timedelta(days=30)
    lent = lend_person(membership.id, "qing", roles=[Role.APPROVER], until=until, by=province.administrator)
    assert (lent.tenant_id, lent.lent_by, lent.ended_at) == (county.id, province.id, until)
    assert offices_of(person, clock) == ["yun", "qing"]
    assert [one.name for _membership, one in list_members(by=county.administrator)] == ["王敏"]
    assert Event.PERSON_LENT in events(by=province.administrator)
    assert Event.ROLES_CHANGED in events(by=county.administrator)
    clock.advance(days=31)
    assert offices_of(person, clock) == ["yun"]
    assert list_members(by=county.administrator) == []


def test_t3_a_loan_can_be_given_again_and_ended_by_the_office_that_borrowed(
    county: Office, province: Office, clock: Clock
) -> None:
    membership, person = member(province, "li@example.org", Role.OVERSEER)
    terms = {"roles": [Role.APPROVER], "until": clock.now + timedelta(days=30)}
    lent = lend_person(membership.id, "qing", **terms, by=province.administrator)
    with pytest.raises(AlreadyDone, match="already_member"):
        lend_person(membership.id, "qing", **terms, by=province.administrator)
    change_roles(lent.id, [Role.APPROVER, EXPERT], by=county.administrator)
    assert list_members(by=county.administrator)[0][0].ended_at == terms["until"]
    change_roles(lent.id, [], by=county.administrator)
    assert offices_of(person, clock) == ["yun"]
    assert lend_person(membership.id, "qing", **terms, by=province.administrator).id == lent.id


def test_t3_only_offices_below_borrow_people(
    county: Office, other_county: Office, province: Office, clock: Clock
) -> None:
    until = clock.now + timedelta(days=1)
    below, _person = member(county)
    for code in ("lan", "yun", "qing"):
        with pytest.raises(RuleBroken, match="office_not_below"):
            lend_person(below.id, code, roles=[EXPERT], until=until, by=county.administrator)
    above, _person = member(province, "li@example.org", Role.OVERSEER)
    with pytest.raises(RuleBroken, match="office_not_below"):
        lend_person(above.id, "yun", roles=[EXPERT], until=until, by=province.administrator)
    with pytest.raises(NotFound):
        lend_person(below.id, "lan", roles=[EXPERT], until=until, by=province.administrator)
    with pytest.raises(NotFound, match="office_unknown"):
        lend_person(above.id, "nowhere", roles=[EXPERT], until=until, by=province.administrator)


def test_t3_a_loan_ends_in_the_future_and_keeps_roles_apart(
    county: Office, province: Office, clock: Clock
) -> None:
    above, _person = member(province, "li@example.org", Role.OVERSEER)
    with pytest.raises(RuleBroken, match="loan_in_the_past"):
        lend_person(above.id, "qing", roles=[EXPERT], until=clock.now, by=province.administrator)
    with pytest.raises(RuleBroken, match="roles_incompatible"):
        lend_person(
            above.id,
            "qing",
            roles=[OFFICER, DESK],
            until=clock.now + timedelta(days=1),
            by=province.administrator,
        )


def test_t3_an_overseer_reads_the_offices_below_and_others_only_their_own(
    county: Office, other_county: Office, province: Office, clock: Clock
) -> None:
    _membership, overseer = member(province, "li@example.org", Role.OVERSEER)
    _office, membership = memberships_of(overseer.id, by=Actor.public(now=clock()))[0]
    assert person_actor(overseer, membership, by=Actor.public(now=clock())).readable == (
        province.id,
        county.id,
        other_county.id,
    )
    _membership, officer = member(province, "wu@example.org", OFFICER)
    _office, membership = memberships_of(officer.id, by=Actor.public(now=clock()))[0]
    assert person_actor(officer, membership, by=Actor.public(now=clock())).readable == (province.id,)


STAFF = [{OFFICER}, {Role.APPROVER}, {Role.FINANCE_OFFICER}, {DESK}, {Role.ADMINISTRATOR}]


def test_t3_a_full_office_can_carry_every_duty() -> None:
    assert unstaffed_duties(STAFF) == []


@pytest.mark.parametrize(
    ("missing", "duties"),
    [
        (OFFICER, ["prepare", "second_officer"]),
        (Role.APPROVER, ["approve"]),
        (Role.FINANCE_OFFICER, ["pay"]),
        (DESK, ["complaints"]),
        (Role.ADMINISTRATOR, ["administer"]),
    ],
)
def test_t3_each_duty_that_nobody_carries_is_named(missing: Role, duties: list[str]) -> None:
    assert unstaffed_duties([held for held in STAFF if missing not in held]) == duties


def test_t4_one_person_with_both_roles_is_no_second_officer() -> None:
    alone = [{OFFICER, Role.APPROVER, Role.FINANCE_OFFICER, Role.ADMINISTRATOR}, {DESK}]
    assert unstaffed_duties(alone) == ["second_officer"]
    assert unstaffed_duties([*alone, {Role.APPROVER}]) == []


def test_a_token_acts_for_its_office_with_its_roles(county: Office, clock: Clock) -> None:
    token, secret = issue_token("county platform", roles=[OFFICER], by=county.administrator)
    actor = token_actor(secret, locale="en", by=Actor.public(now=clock()))
    assert (actor.tenant_id, actor.roles, actor.id, actor.channel) == (county.id, {OFFICER}, token.id, "api")
    with pytest.raises(NotPermitted, match="reauthenticate"):
        actor.require_fresh()


def test_an_unknown_token_opens_nothing(county: Office, clock: Clock) -> None:
    issue_token("county platform", roles=[OFFICER], by=county.administrator)
    with pytest.raises(NotFound, match="token_unknown"):
        token_actor("guess", locale="en", by=Actor.public(now=clock()))


def test_a_token_ends_after_a_year(county: Office, clock: Clock) -> None:
    token, secret = issue_token("county platform", roles=[OFFICER], by=county.administrator)
    clock.now = token.expires_at - timedelta(seconds=1)
    assert token_actor(secret, locale="zh", by=Actor.public(now=clock.now)).tenant_id == county.id
    with pytest.raises(NotFound, match="token_unknown"):
        token_actor(secret, locale="zh", by=Actor.public(now=token.issued_at + TOKEN_LIFE))
    clock.advance(days=1)
    assert list_tokens(by=county.administrator) == []


def test_a_revoked_token_opens_nothing_from_then_on(
    county: Office, other_county: Office, clock: Clock
) -> None:
    token, secret = issue_token("county platform", roles=[OFFICER], by=county.administrator)
    with pytest.raises(NotFound):
        revoke_token(token.id, by=other_county.administrator)
    assert [one.id for one in list_tokens(by=county.administrator)] == [token.id]
    revoke_token(token.id, by=county.administrator)
    with pytest.raises(NotFound, match="token_unknown"):
        token_actor(secret, locale="zh", by=Actor.public(now=clock()))
    with pytest.raises(AlreadyDone, match="token_revoked"):
        revoke_token(token.id, by=county.administrator)
    assert list_tokens(by=county.administrator) == []


def test_a_tokens_secret_is_kept_nowhere(app: Flask, county: Office, clock: Clock) -> None:
    _token, secret = issue_token("county platform", roles=[OFFICER], by=county.administrator)
    rows = read_routes(by=Actor.public(now=clock()))
    assert rows
    assert not any(secret.encode() in row.key for row in rows)


@query(Permission.SIGN_IN)
def read_routes(*, by: Actor) -> list[Route]:
    """The whole table of routes."""
    return list(db.session.scalars(select(Route)))


@pytest.mark.parametrize(
    "email", ["", "wang", "wang@", "@example.org", "wang@example", "wang min@example.org"]
)
def test_t3_who_cannot_be_written_to_is_not_added(county: Office, email: str) -> None:
    with pytest.raises(RuleBroken, match="email_unclear"):
        add_person(email, name="王敏", roles=[Role.EXPERT], by=county.administrator)
