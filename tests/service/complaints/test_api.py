"""The hotline by JSON (H1, H3, H5)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tenants.permissions import Role
from tests.conftest import Office
from tests.service.complaints.stages import BRIBE, LEAK, filed, give_number

Door = Callable[..., FlaskClient]
ROOT = "/api/v1/complaints"


@pytest.fixture(autouse=True)
def numbers(county: Office) -> None:
    """The county has a number to write to."""
    give_number(county)


@pytest.fixture
def client(county: Office, program: Door) -> FlaskClient:
    """The complaint desk's program."""
    return program(county, Role.COMPLAINT_OFFICER)


def test_h1_h2_a_complaint_is_filed_and_answered_with_what_to_hand_over(client: FlaskClient) -> None:
    made = client.post(ROOT, json={"text": LEAK, "intake": "officer", "address": "13800000012"})
    assert made.status_code == 201
    assert set(made.json) == {"reference", "above", "triage_due", "resolution_due"}
    (case,) = client.get(ROOT).json
    assert (case["reference"], case["state"]) == (made.json["reference"], "received")
    assert "text" not in case


def test_h2_the_same_form_sent_again_is_answered_with_the_same_case(
    client: FlaskClient, province: Office
) -> None:
    form = {"text": BRIBE, "intake": "officer", "form_id": str(uuid4())}
    first, again = (client.post(ROOT, json=form) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["above"] is True
    assert again.json == first.json


def test_h5_a_case_is_led_to_its_answer(client: FlaskClient, county: Office) -> None:
    case = filed(county)
    root = f"{ROOT}/{case.complaint_id}"
    assert client.post(f"{root}/acknowledgement", json={"serious": True}).json["serious"] is True
    assert client.post(f"{root}/notes", json={"text": "周五去看"}).status_code == 201
    assert client.post(f"{root}/investigation").json["state"] == "investigating"
    answer = {"resolution": "explained", "facts": "看过", "answer": "设计如此"}
    assert client.post(f"{root}/answer", json=answer).json["state"] == "resolved"
    again = client.post(f"{root}/answer", json=answer)
    assert (again.status_code, again.json["code"]) == (409, "wrong_stage")
    entries = [entry["kind"] for entry in client.get(root).json["entries"]]
    assert entries == ["statement", "note", "finding", "answer"]


def test_h3_the_number_is_masked_and_shown_on_demand(client: FlaskClient, county: Office) -> None:
    case = filed(county)
    assert client.get(f"{ROOT}/{case.complaint_id}").json["address"] == "138****0011"
    assert client.post(f"{ROOT}/{case.complaint_id}/complainant").json == {"address": "+8613800000011"}


def test_h4_what_is_about_the_office_is_gone(client: FlaskClient, county: Office) -> None:
    case = filed(county)
    assert client.put(f"{ROOT}/{case.complaint_id}/subject", json={"about": "office"}).status_code == 200
    assert client.get(f"{ROOT}/{case.complaint_id}").status_code == 404
    assert client.post(f"{ROOT}/{case.complaint_id}/escalation").status_code == 404


def test_wrong_fields_are_named(client: FlaskClient, county: Office) -> None:
    refused = client.post(ROOT, json={"intake": "pigeon"})
    assert refused.status_code == 422
    assert {"text", "intake"} <= set(refused.json["errors"])


@pytest.mark.parametrize("role", [Role.PROCUREMENT_OFFICER, Role.OVERSEER, Role.FINANCE_OFFICER])
def test_t4_no_other_program_reads_complaints(county: Office, program: Door, role: Role) -> None:
    case = filed(county)
    assert program(county, role).get(ROOT).status_code == 403
    assert program(county, role).get(f"{ROOT}/{case.complaint_id}").status_code == 403
