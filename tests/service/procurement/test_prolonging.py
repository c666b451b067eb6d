"""A call gets more time, and everybody knows (C15)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from service.procurement import rules
from service.procurement.bids import Receipt
from service.procurement.changing import prolong_call
from tenants.permissions import Role
from tenants.refusals import RuleBroken, WrongStage
from tests.conftest import NOON, Clock, Office, Phone
from tests.service.outbox import texts_about
from tests.service.procurement.stages import drafted_call, past_deadline, published_call, three_bidders

A_DAY = timedelta(days=1)


def test_c15_nobody_gets_less_time_than_was_announced_nor_more_once_it_is_over() -> None:
    rules.require_prolongation(NOON, NOON + A_DAY, NOON)
    with pytest.raises(RuleBroken, match="deadline_not_later"):
        rules.require_prolongation(NOON, NOON, NOON - A_DAY)
    with pytest.raises(WrongStage, match="prolonged_too_late"):
        rules.require_prolongation(NOON, NOON + A_DAY, NOON + timedelta(seconds=1))


def test_c15_everybody_is_told_of_the_new_deadline_and_bids_are_taken_until_then(
    county: Office, phone: Callable[..., Phone], clock: Clock
) -> None:
    bidders = three_bidders(county, phone)
    call, lot = published_call(county, bidders)
    assert call.deadline is not None
    assert call.questions_until is not None
    before = call.deadline, call.questions_until
    assert isinstance(bidders[0].bids(lot, 4800), Receipt)
    prolonged = prolong_call(call.id, deadline=call.deadline + 3 * A_DAY, by=county.officer)
    assert (prolonged.deadline, prolonged.questions_until) == (before[0] + 3 * A_DAY, before[1] + 3 * A_DAY)
    told = texts_about("call_addressees", by=county.system)
    assert sum("延长" in words and "3月17日12:00" in words for words in told) == 3
    clock.now = before[0] + A_DAY
    assert isinstance(bidders[1].bids(lot, 5000), Receipt)
    past_deadline(prolonged, clock)
    with pytest.raises(WrongStage, match="prolonged_too_late"):
        prolong_call(call.id, deadline=clock.now + A_DAY, by=county.officer)


def test_c15_a_draft_has_no_deadline_to_prolong(county: Office, phone: Callable[..., Phone]) -> None:
    phone("+8613800000001", county)
    call = drafted_call(county)
    with pytest.raises(WrongStage, match="wrong_stage"):
        prolong_call(call.id, deadline=NOON + 30 * A_DAY, by=county.officer)


def test_c15_the_page_offers_it_while_bids_are_taken(
    county: Office, phone: Callable[..., Phone], browser: Callable[..., FlaskClient]
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    page = browser(county, Role.PROCUREMENT_OFFICER)
    path = f"/admin/calls/{call.id}/prolong"
    assert path in page.get(f"/admin/calls/{call.id}").text
    assert "必须晚于" in page.post(path, data={"deadline": "2026-03-10T18:00"}).text
    assert page.post(path, data={"deadline": "2026-03-20T18:00"}).status_code == 302
    assert "3月20日 18:00" in page.get(f"/admin/calls/{call.id}").text
