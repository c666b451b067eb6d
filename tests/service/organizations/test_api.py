"""Step 3 by JSON (O1-O5, T5, D3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.organizations import queries
from service.organizations.rules import Capacity
from tenants.permissions import Role
from tests.conftest import Office
from tests.service.organizations.stages import CODE, MARKS, has_channel, listed, registered, short_listed

Door = Callable[..., FlaskClient]
ROOT = "/api/v1/organizations"


@pytest.fixture
def county(county: Office) -> Office:
    """A county with a number of its own."""
    has_channel(county)
    return county


@pytest.fixture
def client(county: Office, program: Door) -> FlaskClient:
    """An officer's program."""
    return program(county, Role.PROCUREMENT_OFFICER)


def test_o1_an_so_is_listed_read_and_corrected(client: FlaskClient) -> None:
    made = client.post(ROOT, json={"name": "绿野中心", "source": "civil_affairs", "credit_code": CODE})
    assert made.status_code == 201
    assert (made.json["number"], made.json["state"]) == (1, "registered")
    address = f"{ROOT}/{made.json['id']}"
    changed = client.put(address, json={"name": "新名称", "source": "civil_affairs", "credit_code": CODE})
    assert (changed.status_code, changed.json["name"]) == (200, "新名称")
    assert client.get(address).json == changed.json
    assert client.get(ROOT).json == [changed.json]


def test_o2_the_same_credit_code_again_is_a_conflict(client: FlaskClient) -> None:
    body = {"name": "绿野中心", "source": "internet", "credit_code": CODE}
    assert client.post(ROOT, json=body).status_code == 201
    again = client.post(ROOT, json=body)
    assert (again.status_code, again.json["code"]) == (409, "organization_known")


def test_o2_a_wrong_credit_code_is_named(client: FlaskClient) -> None:
    refused = client.post(ROOT, json={"name": "x", "source": "internet", "credit_code": "123"})
    assert refused.status_code == 422
    assert "credit_code" in refused.json["errors"]


def test_o2_findings_are_kept(client: FlaskClient, county: Office) -> None:
    address = f"{ROOT}/{listed(county).id}/verifications"
    body = {"item": "services", "status": "verified", "how": "去看过"}
    assert client.post(address, json=body).status_code == 201
    assert [(one["item"], one["status"]) for one in client.get(address).json] == [("services", "verified")]


def test_o3_short_list_and_leave_off(client: FlaskClient, county: Office) -> None:
    address = f"{ROOT}/{registered(county).id}"
    assert client.post(f"{address}/short-list").json["state"] == "short_listed"
    assert client.post(f"{address}/short-list").status_code == 409
    wrong = client.post(f"{address}/leave-off", json={"ground": "not_local", "reason": "外地的"})
    assert wrong.status_code == 422
    left = client.post(f"{address}/leave-off", json={"ground": "services", "reason": "不对口"})
    assert (left.json["state"], left.json["left_off_ground"]) == ("left_off", "services")


def test_o4_assessing_until_agreed(client: FlaskClient, county: Office, program: Door) -> None:
    organization = short_listed(county)
    address = f"{ROOT}/{organization.id}/assessments"
    body: dict[str, Any] = {"factors": MARKS[Capacity.B], "category": "b", "reasons": "看过现场"}
    first = client.post(address, json=body)
    assert (first.status_code, first.json) == (201, {"agreed": None})
    second = program(county, Role.APPROVER).post(address, json=body)
    assert second.json["agreed"]["category"] == "b"
    file = client.get(f"{ROOT}/{organization.id}/capacity").json
    assert (file["valid"], len(file["assessments"])) == ("b", 2)


@pytest.mark.parametrize("name", ["office_space", "certified_accountants", "certificates"])
def test_o4_no_other_factor_can_be_sent(client: FlaskClient, county: Office, name: str) -> None:
    organization = short_listed(county)
    body = {"factors": {**MARKS[Capacity.C], name: 3}, "reasons": "x"}
    refused = client.post(f"{ROOT}/{organization.id}/assessments", json=body)
    assert refused.status_code == 422
    assert name in refused.json["errors"]["factors"]


def test_o5_supply_and_demand(client: FlaskClient) -> None:
    found = client.get(f"{ROOT}/supply-and-demand")
    assert [one["difficulty"] for one in found.json] == ["easy", "regular", "difficult"]


def test_t5_signatories_come_and_go_and_their_numbers_are_not_shown(
    client: FlaskClient, county: Office
) -> None:
    organization = listed(county)
    address = f"{ROOT}/{organization.id}/signatories"
    made = client.post(address, json={"address": "13900000008", "name": "王会计", "papers": "介绍信"})
    assert made.status_code == 201
    assert "13900000008" not in made.text
    signatory = f"{ROOT}/signatories/{made.json['id']}"
    assert client.post(f"{signatory}/pin-reset", json={"papers": "身份证"}).status_code == 200
    assert client.post(f"{signatory}/revocation", json={"reason": "离职"}).json["revoked_at"]
    assert len(client.get(address).json) == 1
    assert client.get(f"{ROOT}/{organization.id}/track-record").json == []


def test_d3_capacity_is_closed_to_other_roles(county: Office, program: Door) -> None:
    organization = short_listed(county)
    desk = program(county, Role.COMPLAINT_OFFICER)
    assert desk.get(f"{ROOT}/{organization.id}").status_code == 200
    for path in (f"{organization.id}/capacity", "supply-and-demand"):
        assert desk.get(f"{ROOT}/{path}").status_code == 403


def test_t2_another_county_finds_nothing(county: Office, other_county: Office, program: Door) -> None:
    organization = listed(county)
    stranger = program(other_county, Role.PROCUREMENT_OFFICER)
    assert stranger.get(f"{ROOT}/{organization.id}").status_code == 404
    assert stranger.post(f"{ROOT}/{organization.id}/short-list").status_code == 404
    assert queries.list_organizations(by=other_county.officer) == []
