"""Applications to tenders and negotiations by a linked form (C4, C5, T5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.preparation.rules import ProcurementMethod
from service.procurement import bids, queries
from service.procurement.bids import FormSent
from service.procurement.public_queries import find_public_call
from service.procurement.rules import BidState, digest_of
from tenants.actors import Actor
from tenants.refusals import RuleBroken
from tests.conftest import Clock, Office
from tests.service.procurement.stages import PIN, opened, past_deadline, published_call, three_bidders
from tests.service.procurement.test_bids import rows

Phones = Callable[..., Any]
ANSWERS = {
    "price": "1.8万",
    "funding": "分两次拨付",
    "measures": "每户一名技术员",
    "commitment": "成活率九成以上",
    "plan": "三月选羊，四月进村，六月检查",
}


@pytest.fixture
def lot(county: Office, phone: Phones) -> int:
    """The number of a lot in an open tender."""
    three_bidders(county, phone)
    return published_call(county, [], method=ProcurementMethod.OPEN_TENDER)[1]


def link_in(text: str) -> str:
    """The path of the form a text links to."""
    found = re.search(r"http://qiao\.test(/f/\S+)", text)
    assert found is not None, text
    return found[1]


def test_c4_a_tender_is_answered_on_a_form_that_the_pin_opens(
    county: Office, phone: Phones, lot: int, visitor: FlaskClient, clock: Clock, servers: SimpleNamespace
) -> None:
    mobile = phone("+8613800000001", county)
    assert "form" in mobile.says(f"BID {lot} 99999")
    path = link_in(mobile.says(PIN))
    page = visitor.get(path)
    assert "Implementation plan" in page.text
    assert visitor.post(path, data=ANSWERS).status_code == 303
    assert visitor.post(path, data=ANSWERS).status_code == 404
    call = queries.list_calls(by=county.officer)[0]
    past_deadline(call, clock)
    opened(county, call)
    (bid,) = queries.list_applicants(call.id, by=county.officer)
    assert (bid.price, bid.content["texts"]["plan"]) == (Decimal(18000), ANSWERS["plan"])
    assert digest_of(bid.content) == bid.digest
    receipts = "SELECT count(*) FROM outbound_messages WHERE message = 'procurement.receipt'"
    assert rows(servers, receipts) == [(1,)]


def test_c5_the_longer_texts_of_a_bid_are_published_as_digests_only(
    county: Office, phone: Phones, lot: int, visitor: FlaskClient, clock: Clock
) -> None:
    mobile = phone("+8613800000001", county)
    mobile.says(f"BID {lot}")
    visitor.post(link_in(mobile.says(PIN)), data=ANSWERS)
    call = queries.list_calls(by=county.officer)[0]
    past_deadline(call, clock)
    opened(county, call)
    public = find_public_call(call.id, by=Actor.public(readable=(county.id,), now=county.officer.now))
    assert "18000.00" in (public.bids[0].as_sealed or "")
    assert ANSWERS["plan"] not in repr(public)


def test_t5_without_the_pin_no_form_opens(county: Office, phone: Phones, lot: int) -> None:
    mobile = phone("+8613800000001", county)
    mobile.says(f"BID {lot}")
    assert "http" not in mobile.says("1111")


def test_c4_an_application_after_the_deadline_is_not_taken_and_goes_on_record(
    county: Office, phone: Phones, lot: int, visitor: FlaskClient, clock: Clock, servers: SimpleNamespace
) -> None:
    mobile = phone("+8613800000001", county)
    mobile.says(f"BID {lot}")
    path = link_in(mobile.says(PIN))
    past_deadline(queries.list_calls(by=county.officer)[0], clock)
    visitor.post(path, data=ANSWERS)
    assert rows(servers, "SELECT count(*) FROM bids") == [(0,)]
    assert rows(servers, "SELECT message FROM outbound_messages ORDER BY created_at DESC LIMIT 1") == [
        ("procurement.late",)
    ]
    assert rows(
        servers, "SELECT count(*) FROM audit_entries WHERE event = 'procurement.bid_refused_late'"
    ) == [(1,)]


def test_c4_an_amount_alone_is_no_application(county: Office, phone: Phones) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, [], method=ProcurementMethod.OPEN_TENDER)
    with pytest.raises(RuleBroken, match="form_needed"):
        bids.seal_price(lot, Decimal(18000), by=asked[0].actor)
    assert isinstance(bids.ask_for_form(lot, pin=PIN, by=asked[0].actor), FormSent)


def test_c4_a_second_application_replaces_the_first(
    county: Office, phone: Phones, lot: int, visitor: FlaskClient, clock: Clock
) -> None:
    mobile = phone("+8613800000001", county)
    for price in ("18000", "17000"):
        mobile.says(f"BID {lot}")
        visitor.post(link_in(mobile.says(PIN)), data=ANSWERS | {"price": price})
    call = queries.list_calls(by=county.officer)[0]
    past_deadline(call, clock)
    opened(county, call)
    found = queries.list_applicants(call.id, by=county.officer)
    assert [(bid.price, bid.state) for bid in found] == [(Decimal(17000), BidState.OPENED)]
