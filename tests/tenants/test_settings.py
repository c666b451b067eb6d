"""A county's own numbers within the platform's bounds, in versions (P11)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from tenants.actors import Actor
from tenants.events import Event
from tenants.gate import query
from tenants.offices import add_office
from tenants.permissions import Permission
from tenants.refusals import NotPermitted, RuleBroken
from tenants.settings import (
    DEFAULTS,
    DEMO_ZERO,
    CountySettings,
    change_settings,
    current_settings,
    from_plain,
    require_within_bounds,
    settings_in_force,
    to_plain,
    version_in_force,
)
from tests.conftest import Clock, Office
from tests.tenants.test_people import events

LEAST = [
    (spec.name, spec.metadata["least"])
    for spec in fields(CountySettings)
    if spec.metadata["least"] is not None
]
MOST = [
    (spec.name, spec.metadata["most"]) for spec in fields(CountySettings) if spec.metadata["most"] is not None
]


WIDE = replace(DEFAULTS, proportional_least=Decimal(0), proportional_most=Decimal(50))
"""Numbers that leave each of the two fees room up to its own bounds."""


@query(Permission.SETTINGS_READ)
def version_at(moment: Any, *, by: Actor) -> tuple[int | None, CountySettings]:
    """The version and the numbers in force at a moment."""
    version = version_in_force(by.tenant_id, moment)
    return version and version.number, settings_in_force(by.tenant_id, moment)


def test_p11_the_platforms_own_numbers_lie_within_its_bounds() -> None:
    require_within_bounds(DEFAULTS, demo=False)


@pytest.mark.parametrize(("name", "least"), LEAST)
def test_p11_each_floor_holds(name: str, least: Any) -> None:
    require_within_bounds(replace(WIDE, **{name: least}), demo=False)
    with pytest.raises(RuleBroken, match="settings_out_of_bounds") as refused:
        require_within_bounds(replace(WIDE, **{name: least - 1}), demo=False)
    assert list(refused.value.facts["fields"]) == [name]


@pytest.mark.parametrize(("name", "most"), MOST)
def test_p11_each_ceiling_holds(name: str, most: Any) -> None:
    require_within_bounds(replace(WIDE, **{name: most}), demo=False)
    with pytest.raises(RuleBroken, match="settings_out_of_bounds") as refused:
        require_within_bounds(replace(WIDE, **{name: most + 1}), demo=False)
    assert list(refused.value.facts["fields"]) == [name]


@pytest.mark.parametrize("name", DEMO_ZERO)
def test_p11_periods_of_zero_are_for_demo_offices_alone(name: str) -> None:
    none = replace(DEFAULTS, **{name: 0})
    require_within_bounds(none, demo=True)
    with pytest.raises(RuleBroken):
        require_within_bounds(none, demo=False)
    with pytest.raises(RuleBroken):
        require_within_bounds(replace(DEFAULTS, **{name: -1}), demo=True)


@pytest.mark.parametrize("name", sorted({name for name, least in LEAST if least > 0} - set(DEMO_ZERO)))
def test_p11_a_demo_office_keeps_every_other_floor(name: str) -> None:
    with pytest.raises(RuleBroken):
        require_within_bounds(replace(DEFAULTS, **{name: 0}), demo=True)


def test_p11_the_least_proportional_fee_stays_below_the_most() -> None:
    with pytest.raises(RuleBroken, match="settings_out_of_bounds") as refused:
        require_within_bounds(
            replace(DEFAULTS, proportional_least=Decimal(20), proportional_most=Decimal(10)), demo=False
        )
    assert list(refused.value.facts["fields"]) == ["proportional_most"]


def test_p11_numbers_survive_being_kept() -> None:
    values = replace(DEFAULTS, quiet_from=time(22, 30), fee_note_percent=Decimal("2.50"), bid_period_days=12)
    assert from_plain(to_plain(values)) == values
    assert from_plain({}) == DEFAULTS


def test_p11_a_change_is_a_new_version_from_now_on_and_what_was_decided_keeps_the_old(
    county: Office, clock: Clock
) -> None:
    decided = clock()
    assert version_at(decided, by=county.administrator) == (None, DEFAULTS)
    change_settings({"standstill_working_days": 7}, by=county.administrator)
    assert current_settings(by=county.administrator).standstill_working_days == 7
    later = clock.advance(days=1)
    change_settings({"bid_period_days": 12}, by=county.administrator)
    now = current_settings(by=county.administrator)
    assert (now.standstill_working_days, now.bid_period_days) == (7, 12)
    assert version_at(decided, by=county.administrator) == (None, DEFAULTS)
    assert version_at(later, by=county.administrator)[0] == 1
    assert version_at(clock(), by=county.administrator)[0] == 2
    assert Event.SETTINGS_CHANGED in events(by=county.administrator)


def test_p11_a_change_can_begin_later_and_never_in_the_past(county: Office, clock: Clock) -> None:
    by = county.administrator
    begins = by.now + timedelta(days=10)
    change_settings({"bid_period_days": 14}, effective_from=begins, by=by)
    assert current_settings(by=county.administrator).bid_period_days == 10
    clock.advance(days=11)
    assert current_settings(by=county.administrator).bid_period_days == 14
    with pytest.raises(RuleBroken, match="effective_in_the_past"):
        change_settings({"bid_period_days": 9}, effective_from=begins, by=county.administrator)


def test_p11_a_number_out_of_bounds_changes_nothing(county: Office) -> None:
    with pytest.raises(RuleBroken, match="settings_out_of_bounds"):
        change_settings({"standstill_working_days": 1, "bid_period_days": 12}, by=county.administrator)
    assert current_settings(by=county.administrator) == DEFAULTS


def test_p11_a_demo_office_may_have_no_waiting_times(app: Flask, clock: Clock) -> None:
    demo = Office(
        add_office("demo", name_zh="演示", name_en="Demo", demo=True, by=Actor.system(now=clock())), clock
    )
    change_settings(dict.fromkeys(DEMO_ZERO, 0), by=demo.administrator)
    assert current_settings(by=demo.administrator).standstill_working_days == 0


def test_p11_only_the_administrator_changes_the_numbers_and_every_official_reads_them(
    county: Office, other_county: Office
) -> None:
    with pytest.raises(NotPermitted):
        change_settings({"bid_period_days": 12}, by=county.officer)
    change_settings({"bid_period_days": 12}, by=county.administrator)
    assert current_settings(by=county.desk).bid_period_days == 12
    assert current_settings(by=other_county.desk).bid_period_days == 10
