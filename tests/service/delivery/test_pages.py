"""Step 6 in the browser and by JSON (M1, M3, R1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from service.contracts.models import Contract
from tenants.permissions import Role
from tests.conftest import Clock, Office, Phone
from tests.service.evaluation.stages import signed_contract

Door = Callable[..., FlaskClient]
ROOT = "/admin/delivery"
API = "/api/v1/delivery"


@pytest.fixture
def contract(county: Office, clock: Clock, phone: Callable[..., Phone]) -> Contract:
    """A contract in force whose 64,800 yuan are due in thirty days."""
    return signed_contract(county, clock, phone)[0]


def test_m1_finance_schedules_and_records_a_payment(
    county: Office, contract: Contract, browser: Door
) -> None:
    client = browser(county, Role.FINANCE_OFFICER)
    assert contract.number in client.get(f"{ROOT}/").text
    assert "排定拨款" in client.get(f"{ROOT}/{contract.id}").text
    assert client.post(f"{ROOT}/{contract.id}/schedule").status_code == 302
    page = client.get(f"{ROOT}/{contract.id}").text
    assert "64,800.00" in page
    (link,) = {part.split('"')[0] for part in page.split('href="') if "/transfers/" in part.split('"')[0]}
    assert "请填写" in client.post(link, data={}).text
    assert client.post(link, data={"bank_reference": "ICBC-77"}).status_code == 302
    shown = client.get(f"{ROOT}/{contract.id}").text
    assert "ICBC-77" in shown
    assert "已拨付，待确认" in shown


def test_m1_r1_lateness_shows_and_waits_on_the_home_page_of_finance(
    county: Office, contract: Contract, browser: Door, clock: Clock
) -> None:
    browser(county, Role.FINANCE_OFFICER).post(f"{ROOT}/{contract.id}/schedule")
    clock.advance(days=33)
    client = browser(county, Role.FINANCE_OFFICER)
    assert "迟 3 天" in client.get(f"{ROOT}/").text
    assert "第 1 号拨款：全部款项" in client.get("/admin/").text


def test_m3_the_officer_sets_milestones_and_does_not_pay(
    county: Office, contract: Contract, browser: Door
) -> None:
    client = browser(county, Role.PROCUREMENT_OFFICER)
    assert contract.starts_on is not None
    form = {
        "milestones-0-title": "培训办完",
        "milestones-0-due_on": (contract.starts_on + timedelta(days=20)).isoformat(),
    }
    assert client.post(f"{ROOT}/{contract.id}/milestones", data=form).status_code == 302
    assert "培训办完" in client.get(f"{ROOT}/{contract.id}").text
    assert client.post(f"{ROOT}/{contract.id}/schedule").status_code == 403


def test_t2_another_county_finds_nothing(
    county: Office, other_county: Office, contract: Contract, browser: Door
) -> None:
    stranger = browser(other_county, Role.FINANCE_OFFICER)
    assert stranger.get(f"{ROOT}/{contract.id}").status_code == 404
    assert stranger.post(f"{ROOT}/{contract.id}/schedule").status_code == 404


def test_t2_the_province_reads_and_is_offered_no_act(
    county: Office, province: Office, contract: Contract, browser: Door
) -> None:
    page = browser(province, Role.OVERSEER, Role.FINANCE_OFFICER).get(f"{ROOT}/{contract.id}")
    assert page.status_code == 200
    assert "/schedule" not in page.text


def test_m1_m3_by_json(county: Office, contract: Contract, program: Door) -> None:
    finance, officer = program(county, Role.FINANCE_OFFICER), program(county, Role.PROCUREMENT_OFFICER)
    made = finance.post(f"{API}/contracts/{contract.id}/transfers")
    assert made.status_code == 201
    (transfer,) = made.json
    assert (transfer["number"], transfer["amount"], transfer["state"]) == (1, "64800.00", "scheduled")
    assert finance.post(f"{API}/contracts/{contract.id}/transfers").json["code"] == "transfers_scheduled"
    address = f"{API}/transfers/{transfer['id']}/payment"
    assert finance.post(address, json={}).status_code == 422
    assert finance.post(address, json={"bank_reference": "77"}).json["state"] == "made"
    assert finance.get(f"{API}/contracts/{contract.id}/transfers").json[0]["bank_reference"] == "77"
    assert contract.starts_on is not None
    steps = {"milestones": [{"title": "培训办完", "due_on": contract.starts_on.isoformat()}]}
    assert officer.put(f"{API}/contracts/{contract.id}/milestones", json=steps).json[0]["position"] == 1
    shown = officer.get(f"{API}/contracts/{contract.id}").json
    assert shown["payments"][0]["days_late"] == 0
    assert shown["steps"][0]["milestone"]["title"] == "培训办完"
    outside = {"milestones": [{"title": "太早", "due_on": "2020-01-01"}]}
    refused = officer.put(f"{API}/contracts/{contract.id}/milestones", json=outside)
    assert (refused.status_code, refused.json["code"]) == (422, "milestone_outside")
