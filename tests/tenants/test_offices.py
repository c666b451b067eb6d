"""The tenant tree (T1, T2), who reviews whom (H4), and what is found before a scope exists."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tenants.actors import PLATFORM, Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.identifiers import new_id
from tenants.models import Level, RouteKind, Tenant
from tenants.offices import (
    BELOW,
    add_office,
    ancestors,
    every_office,
    list_offices,
    name_reviewer,
    office_by_code,
    province_of,
    readable_tenants,
    reviewer_of,
)
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken
from tenants.routes import add_route, drop_route, find_routes
from tests.conftest import NOON, Office

SYSTEM = Actor.system(now=NOON)


def add(code: str, **more: object) -> Tenant:
    """Add an office."""
    return add_office(code, name_zh="某", name_en="Some", by=SYSTEM, **more)  # type: ignore[arg-type]


@query(Permission.AUDIT_SEAL)
def around(code: str, *, by: Actor) -> tuple[tuple[int, ...], list[str], str, int]:
    """What can be read from an office, its ancestors, its province and its reviewer."""
    office = office_by_code(code, by=by)
    return (
        readable_tenants(office.id), [one.code for one in ancestors(office)], province_of(office).code,
        reviewer_of(office), )  # fmt: skip


@pytest.mark.parametrize("above", Level)
@pytest.mark.parametrize("below", Level)
def test_t1_only_the_levels_of_the_table_stand_below_one_another(
    app: Flask, above: Level, below: Level
) -> None:
    add("yun")
    add("pref", parent="yun", level=Level.PREFECTURE)
    add("county", parent="pref")
    parents = {
        Level.PLATFORM: "platform", Level.PROVINCE: "yun", Level.PREFECTURE: "pref", Level.COUNTY: "county",
    }  # fmt: skip
    if below in BELOW[above]:
        assert add("new", parent=parents[above], level=below).level is below
    else:
        with pytest.raises(RuleBroken, match="wrong_level"):
            add("new", parent=parents[above], level=below)


def test_t1_without_more_words_an_office_is_a_province_and_below_it_a_county(app: Flask) -> None:
    assert add("yun").level is Level.PROVINCE
    assert add("qing", parent="yun").level is Level.COUNTY
    assert add("pref", parent="yun", level=Level.PREFECTURE).level is Level.PREFECTURE
    assert add("far", parent="pref").level is Level.COUNTY


def test_t1_codes_are_unique_and_parents_exist(app: Flask) -> None:
    add("yun")
    with pytest.raises(AlreadyDone, match="office_exists"):
        add("yun")
    with pytest.raises(NotFound, match="parent_unknown"):
        add("qing", parent="nowhere")
    with pytest.raises(NotFound, match="office_unknown"):
        office_by_code("qing", by=SYSTEM)


@pytest.mark.parametrize("code", ["", "Yun", "a b", "-a", "x" * 41, "云", "a/b", "a\n"])
def test_t1_a_code_is_plain_because_it_stands_in_addresses(app: Flask, code: str) -> None:
    with pytest.raises(RuleBroken, match="code_not_plain"):
        add(code)


def test_t1_only_the_platform_adds_offices(county: Office, province: Office) -> None:
    for actor in (county.administrator, province.administrator, province.overseer):
        with pytest.raises(NotPermitted):
            add_office("new", name_zh="某", name_en="Some", by=actor)


def test_t1_what_stands_below_a_demo_office_is_demo(app: Flask) -> None:
    add("yun", demo=True)
    assert add("qing", parent="yun").demo
    assert not add("real").demo


def test_t1_offices_added_at_once_get_different_numbers(app: Flask) -> None:
    numbers: list[int] = []

    def run(code: str) -> None:
        with app.app_context():
            numbers.append(add(code).id)
            db.session.close()

    threads = [threading.Thread(target=run, args=[f"p{number}"]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 6


def test_t2_an_office_reads_itself_and_all_below_it(app: Flask) -> None:
    yun = add("yun").id
    pref = add("pref", parent="yun", level=Level.PREFECTURE).id
    far = add("far", parent="pref").id
    near = add("near", parent="yun").id
    other = add("other").id
    assert around("yun", by=SYSTEM)[0] == tuple(sorted([yun, pref, far, near]))
    assert around("pref", by=SYSTEM)[0] == (pref, far)
    assert around("far", by=SYSTEM)[0] == (far,)
    assert {office.id for office in every_office(by=SYSTEM)} == {PLATFORM, yun, pref, far, near, other}
    assert around("far", by=SYSTEM)[1:3] == (["pref", "yun"], "yun")


def test_h4_the_province_reviews_its_offices_and_the_platform_or_a_named_office_the_province(
    app: Flask,
) -> None:
    yun = add("yun")
    add("pref", parent="yun", level=Level.PREFECTURE)
    add("far", parent="pref")
    assert [around(code, by=SYSTEM)[3] for code in ("pref", "far")] == [yun.id, yun.id]
    assert around("yun", by=SYSTEM)[3] == PLATFORM
    other = add("other")
    assert reviewer_of(Tenant(id=99, level=Level.PROVINCE, reviewer_id=other.id)) == other.id


def test_h4_the_platform_names_who_reviews_a_province(app: Flask, province: Office) -> None:
    add("other")
    reviewing = name_reviewer("yun", "other", by=SYSTEM)
    assert around("yun", by=SYSTEM)[3] == reviewing.reviewer_id == office_by_code("other", by=SYSTEM).id
    assert around("qing", by=SYSTEM)[3] == province.id
    with pytest.raises(NotPermitted):
        name_reviewer("yun", "platform", by=province.administrator)


@pytest.mark.parametrize("reviewer", ["yun", "qing"])
def test_h4_no_province_reviews_itself_nor_does_a_county_below_it(province: Office, reviewer: str) -> None:
    with pytest.raises(RuleBroken, match="reviewer_not_apart"):
        name_reviewer("yun", reviewer, by=SYSTEM)
    with pytest.raises(RuleBroken, match="reviewed_by_province"):
        name_reviewer("qing", "platform", by=SYSTEM)


def test_t2_people_see_the_offices_they_can_read_their_own_first(
    county: Office, other_county: Office, province: Office
) -> None:
    assert [office.code for office in list_offices(by=county.officer)] == ["qing"]
    assert [office.code for office in list_offices(by=province.overseer)] == ["yun", "lan", "qing"]
    assert [office.code for office in every_office(by=SYSTEM)] == ["platform", "yun", "qing", "lan"]


@command(Permission.OFFICE_ADD)
def lead(kind: RouteKind, key: str, *, by: Actor) -> None:
    """Make a key lead to something of the actor's office."""
    add_route(kind, key, by.tenant_id, new_id())


@command(Permission.OFFICE_ADD)
def lead_nowhere(kind: RouteKind, key: str, *, by: Actor) -> None:
    """Take it back."""
    drop_route(kind, key)


@query(Permission.SIGN_IN)
def led_to(kind: RouteKind, key: str, *, by: Actor) -> list[int]:
    """The offices a key leads to."""
    return sorted(route.tenant_id for route in find_routes(kind, key))


def test_a_route_is_found_by_whoever_holds_the_key_before_any_scope_exists(
    county: Office, other_county: Office
) -> None:
    lead(RouteKind.REFERENCE, "T-1", by=replace(SYSTEM, tenant_id=county.id))
    lead(RouteKind.REFERENCE, "T-1", by=replace(SYSTEM, tenant_id=other_county.id))
    stranger = Actor.public(now=NOON)
    assert led_to(RouteKind.REFERENCE, "T-1", by=stranger) == [county.id, other_county.id]
    assert led_to(RouteKind.TOKEN, "T-1", by=stranger) == []
    assert led_to(RouteKind.REFERENCE, "T-2", by=stranger) == []
    lead_nowhere(RouteKind.REFERENCE, "T-1", by=SYSTEM)
    assert led_to(RouteKind.REFERENCE, "T-1", by=stranger) == []


@given(st.integers(1, 50))
def test_identifiers_are_version_7_and_rise_with_time(number: int) -> None:
    made = [new_id() for _ in range(number)]
    assert len(set(made)) == number
    assert all(one.version == 7 for one in made)
    milliseconds = [one.int >> 80 for one in made]
    assert milliseconds == sorted(milliseconds)
