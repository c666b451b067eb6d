"""Holds: a plain fact that blocks or flags (C11, H8)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from service.procurement import holds
from service.procurement.selection_queries import view_selection
from tenants.refusals import NotFound, NotPermitted
from tests.conftest import Clock, Office, Phone
from tests.service.procurement.selection_stages import (
    able_bidders,
    after_standstill,
    result_published,
)
from tests.service.procurement.stages import published_call


def test_h8_an_objection_before_the_result_blocks(county: Office, phone: Callable[..., Phone]) -> None:
    call, _lot = published_call(county, able_bidders(county, phone))
    assert holds.place_hold(call.id, uuid4(), by=county.system).blocks


def test_c11_an_objection_after_the_standstill_only_flags(
    county: Office, clock: Clock, phone: Callable[..., Phone]
) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    after_standstill(county, call, clock)
    hold = holds.place_hold(call.id, uuid4(), blocks=True, by=county.desk)
    assert not hold.blocks
    assert [one.id for one in view_selection(call.id, by=county.officer).holds] == [hold.id]


def test_h8_the_same_objection_holds_once_and_is_set_anew_when_reopened(
    county: Office, clock: Clock, phone: Callable[..., Phone]
) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    source = uuid4()
    first = holds.place_hold(call.id, source, by=county.desk)
    again = holds.place_hold(call.id, source, by=county.desk)
    assert first.id == again.id
    holds.lift_hold(call.id, source, by=county.desk)
    assert view_selection(call.id, by=county.officer).holds == []
    holds.lift_hold(call.id, uuid4(), by=county.desk)
    holds.place_hold(call.id, source, by=county.desk)
    assert len(view_selection(call.id, by=county.officer).holds) == 1


def test_t4_procurement_neither_places_nor_lifts_a_hold(
    county: Office, other_county: Office, phone: Callable[..., Phone]
) -> None:
    call, _lot = published_call(county, able_bidders(county, phone))
    for by in (county.officer, county.approver):
        with pytest.raises(NotPermitted):
            holds.place_hold(call.id, uuid4(), by=by)
        with pytest.raises(NotPermitted):
            holds.lift_hold(call.id, uuid4(), by=by)
    with pytest.raises(NotFound):
        holds.place_hold(call.id, uuid4(), by=other_county.desk)
