"""Capacity on a real database: rounds, agreement, a year, supply and demand (O4, O5, D3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.difficulty.rules import Approach, Difficulty
from service.organizations import assessments, queries
from service.organizations.models import AgreedCapacity, Organization
from service.organizations.rules import Capacity
from tenants.actors import Actor
from tenants.events import Event
from tenants.people import add_person, change_roles
from tenants.permissions import Role
from tenants.refusals import AlreadyDone, NotPermitted, RuleBroken
from tests.conftest import Clock, Office
from tests.service.difficulty.stages import audit_facts, graded
from tests.service.difficulty.stages import short_listed as short_listed_task
from tests.service.organizations.stages import MARKS, assess, has_channel, registered, short_listed


@pytest.fixture
def county(county: Office) -> Office:
    """A county with a number of its own."""
    has_channel(county)
    return county


def views(organization: Organization, by: Actor, chosen: Capacity, **more: Any) -> AgreedCapacity | None:
    """One assessor's view."""
    facts = {"factors": MARKS[chosen], "category": chosen, "reasons": "看过现场", **more}
    return assessments.assess_capacity(organization.id, **facts, by=by)


def test_o4_two_assessors_agree_for_one_year(county: Office, clock: Clock) -> None:
    organization = short_listed(county)
    assert views(organization, county.officer, Capacity.B) is None
    assert queries.find_capacity(organization.id, by=county.officer) is None
    agreed = views(organization, county.approver, Capacity.B)
    assert agreed is not None
    assert agreed.valid_until.isoformat() == "2027-03-04"
    assert queries.find_capacity(organization.id, by=county.officer) is Capacity.B
    clock.advance(days=365)
    assert queries.find_capacity(organization.id, by=county.officer) is Capacity.B
    clock.advance(days=1)
    assert queries.find_capacity(organization.id, by=county.officer) is None


def test_o4_assessors_who_differ_go_on_until_they_agree(county: Office) -> None:
    organization = short_listed(county)
    views(organization, county.officer, Capacity.B)
    assert views(organization, county.approver, Capacity.C) is None
    assert views(organization, county.officer, Capacity.C) is None
    assert views(organization, county.approver, Capacity.C) is not None
    file = assessments.find_capacity_file(organization.id, by=county.officer)
    assert {number: len(given) for number, given in file.rounds.items()} == {2: 2, 1: 2}
    assert list(file.agreed) == [2]
    assert file.rounds[1][0].reasons == "看过现场"


def test_o4_nobody_speaks_twice_before_the_others_spoke(county: Office) -> None:
    organization = short_listed(county)
    views(organization, county.officer, Capacity.B)
    with pytest.raises(AlreadyDone, match="already_assessed"):
        views(organization, county.officer, Capacity.C)


def test_o4_a_third_assessor_cannot_pass_over_who_disagreed(county: Office) -> None:
    organization = short_listed(county)
    one, two, three = (employed(county, f"{name}@qing.test") for name in ("one", "two", "three"))
    views(organization, one, Capacity.B)
    views(organization, two, Capacity.C)
    views(organization, one, Capacity.B)
    assert views(organization, three, Capacity.B) is None
    assert views(organization, two, Capacity.B) is not None


def test_o4_who_left_the_office_is_not_waited_for(county: Office, clock: Clock) -> None:
    organization = short_listed(county)
    one, two, three = (employed(county, f"{name}@qing.test") for name in ("one", "two", "three"))
    views(organization, one, Capacity.B)
    views(organization, two, Capacity.C)
    leaves(county, two)
    views(organization, replace(one, now=clock()), Capacity.B)
    assert views(organization, replace(three, now=clock()), Capacity.B) is not None


MEMBERS: dict[Any, Any] = {}


def employed(county: Office, email: str) -> Actor:
    """A person who works in the office as an expert."""
    membership = add_person(email, name="评估员", roles=[Role.EXPERT], by=county.administrator)
    MEMBERS[membership.person_id] = membership.id
    expert = county.actor(Role.EXPERT, name=email)
    return Actor(expert.kind, expert.tenant_id, expert.roles, expert.now, id=membership.person_id)


def leaves(county: Office, who: Actor) -> None:
    """The person no longer works there."""
    change_roles(MEMBERS[who.id], [], by=county.administrator)


def test_o4_an_so_may_be_reassessed_as_it_grows_and_the_old_category_holds_meanwhile(county: Office) -> None:
    organization = short_listed(county)
    assess(county, organization, Capacity.A)
    views(organization, county.officer, Capacity.B)
    assert queries.find_capacity(organization.id, by=county.officer) is Capacity.A
    views(organization, county.approver, Capacity.B)
    assert queries.find_capacity(organization.id, by=county.officer) is Capacity.B


def test_o4_office_space_cannot_be_added(county: Office) -> None:
    organization = short_listed(county)
    with pytest.raises(RuleBroken, match="factor_unknown"):
        views(organization, county.officer, Capacity.C, factors=MARKS[Capacity.C] | {"office_space": 3})


def test_o4_without_a_category_the_marks_decide(county: Office) -> None:
    organization = short_listed(county)
    views(organization, county.officer, Capacity.C, category=None)
    agreed = views(organization, county.approver, Capacity.C, category=None)
    assert agreed is not None
    assert agreed.category is Capacity.C


def test_o4_only_potential_providers_are_assessed(county: Office) -> None:
    organization = registered(county)
    with pytest.raises(RuleBroken, match="not_short_listed"):
        views(organization, county.officer, Capacity.A)


def test_o4_each_judges_alone_in_the_open_round(county: Office) -> None:
    organization = short_listed(county)
    views(organization, county.officer, Capacity.B, reasons="我看是乙类")
    sheet = assessments.find_assessment_sheet(organization.id, by=county.approver)
    assert (sheet.own, sheet.earlier) == (None, [])
    views(organization, county.approver, Capacity.C)
    sheet = assessments.find_assessment_sheet(organization.id, by=county.approver)
    assert {view.reasons for view in sheet.earlier} == {"我看是乙类", "看过现场"}
    assert not sheet.silent


def test_o4_what_waits_for_an_assessor(county: Office, clock: Clock) -> None:
    organization = short_listed(county)

    def waits(by: Actor) -> bool:
        return [one.id for one in assessments.list_to_assess(by=by)] == [organization.id]

    assert waits(county.officer)
    views(organization, county.officer, Capacity.B)
    assert not waits(county.officer)
    assert waits(county.approver)
    views(organization, county.approver, Capacity.C)
    assert waits(county.officer)
    assess(county, organization, Capacity.B)
    assert not waits(county.officer)
    clock.advance(days=340)
    assert waits(county.officer)


def test_o4_an_expert_assesses_without_reading_categories(county: Office) -> None:
    organization = short_listed(county)
    expert = county.actor(Role.EXPERT, name="expert")
    assert (
        assessments.find_assessment_sheet(organization.id, by=expert).registration.organization.id
        == organization.id
    )
    with pytest.raises(NotPermitted):
        assessments.find_capacity_file(organization.id, by=expert)


def test_d3_categories_are_confidential_even_in_the_audit(county: Office, other_county: Office) -> None:
    organization = short_listed(county)
    assess(county, organization, Capacity.C)
    for role in (
        Role.SENDER,
        Role.SIGNATORY,
        Role.ANYONE,
        Role.FINANCE_OFFICER,
        Role.COMPLAINT_OFFICER,
        Role.SYSTEM,
    ):
        with pytest.raises(NotPermitted):
            queries.find_capacity(organization.id, by=county.actor(role))
    assert queries.find_capacity(organization.id, by=other_county.officer) is None
    for event in (Event.CAPACITY_ASSESSED, Event.CAPACITY_AGREED):
        facts = audit_facts(event, by=county.system)
        assert facts
        assert all(set(kept) == {"round"} for kept in facts)


def test_o5_supply_stands_against_demand(county: Office) -> None:
    task = short_listed_task(county)
    graded(county, task, Approach.CONTRACTOR)
    graded(county, task, Approach.COMMUNITY)
    assess(county, short_listed(county, 1), Capacity.B)
    short_listed(county, 2)
    balances = assessments.supply_and_demand(by=county.officer)
    assert [(one.difficulty, one.wanted, one.able, one.short) for one in balances] == [
        (Difficulty.EASY, 1, 1, False),
        (Difficulty.REGULAR, 0, 1, False),
        (Difficulty.DIFFICULT, 1, 0, True),
    ]
    lists = assessments.capacity_lists(by=county.officer)
    assert [len(lists[category]) for category in (*Capacity, None)] == [0, 1, 0, 1]
