"""Step 5 by JSON (C1, C2, C5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient

from tenants.permissions import Role
from tests.conftest import Clock, Office
from tests.service.preparation.stages import ready_for_calls
from tests.service.procurement.stages import (
    TEXTS,
    opened_call,
    past_deadline,
    published_call,
    three_bidders,
)

Program = Callable[..., FlaskClient]
CALLS = "/api/v1/calls"


def test_c1_a_program_drafts_rewords_and_publishes_a_call(
    county: Office, phone: Callable[..., Any], program: Program
) -> None:
    asked = three_bidders(county, phone)
    package, _plan = ready_for_calls(county)
    client = program(county, Role.PROCUREMENT_OFFICER)
    drafted = client.post(CALLS, json={**TEXTS, "packages": [str(package.id)]})
    assert (drafted.status_code, drafted.json["state"], drafted.json["method"]) == (201, "draft", "quotation")
    path = f"{CALLS}/{drafted.json['id']}"
    assert client.put(path, json={**TEXTS, "purpose": "让四十户增收"}).json["purpose"] == "让四十户增收"
    organizations = [str(one.organization.id) for one in asked]
    body = {"deadline": "2026-03-20T18:00:00+08:00", "organizations": organizations}
    published = client.post(f"{path}/publication", json=body)
    assert (published.status_code, published.json["state"]) == (201, "published")
    assert client.post(f"{path}/publication", json=body).status_code == 409
    assert [lot["package_id"] for lot in client.get(f"{path}/lots").json] == [str(package.id)]
    told = client.get(f"{path}/addressees").json
    assert [one["messages"][0]["state"] for one in told] == ["queued"] * 3
    assert [call["number"] for call in client.get(CALLS).json] == [1]


def test_c1_each_wrong_field_is_named(county: Office, program: Program) -> None:
    client = program(county, Role.PROCUREMENT_OFFICER)
    answer = client.post(CALLS, json={"title": "", "packages": ["x"], "y": 1})
    assert answer.status_code == 422
    assert {"title", "purpose", "packages", "y"} <= set(answer.json["errors"])


def test_c5_prices_come_with_the_opening_and_not_before(
    county: Office, phone: Callable[..., Any], program: Program, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    client = program(county, Role.PROCUREMENT_OFFICER)
    assert client.get(f"{CALLS}/{call.id}/bids").json == []
    past_deadline(call, clock)
    assert [bid["price"] for bid in client.get(f"{CALLS}/{call.id}/bids").json] == [None]


def test_c5_opened_bids_carry_what_repeats_their_digest(
    county: Office, phone: Callable[..., Any], program: Program, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call, _lot = opened_call(county, clock, asked, [Decimal(18000), Decimal(17900), Decimal(17800)])
    bids = program(county, Role.PROCUREMENT_OFFICER).get(f"{CALLS}/{call.id}/bids").json
    assert [bid["price"] for bid in bids] == ["17800.00", "17900.00", "18000.00"]
    assert all(bid["content"]["nonce"] for bid in bids)


def test_t2_another_countys_program_finds_nothing(
    county: Office, other_county: Office, phone: Callable[..., Any], program: Program
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    client = program(other_county, Role.PROCUREMENT_OFFICER)
    for path in ("", "/lots", "/addressees", "/bids"):
        assert client.get(f"{CALLS}/{call.id}{path}").status_code == 404
    assert client.get(CALLS).json == []
