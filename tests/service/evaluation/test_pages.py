"""The pages and the JSON of step 7, as an officer and a neighbour meet them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from channels.contacts import as_sender
from service.contracts.models import Contract
from service.evaluation import queries, workflow
from service.evaluation.rules import NEVER_ABSENT
from tenants.permissions import Role
from tests.channels.conftest import cannot_be_reached
from tests.conftest import Clock, Office
from tests.service.evaluation.stages import accepted, enrolled, opened_round, signed_contract

Doors = Callable[..., FlaskClient]

ROUND = {
    "title": "石板村养羊",
    "title_en": "Goats",
    "questions-0-text": "满意吗？",
    "questions-0-kind": "scale",
    "questions-1-text": "问过您吗？",
    "questions-1-kind": "yes_no",
    "questions-2-text": "哪里可以更好？",
    "questions-2-kind": "words",
}
ACCEPTANCE = {
    "members": "水务局 李工\n石板村 王主任",
    "indicators-0-indicator": "三十户都领到羊",
    "indicators-0-met": "true",
    "findings": "群众满意",
    "outcome": "accepted",
}
CLOSURE = {
    "held_on": "2026-04-03",
    "participants": [kind.value for kind in NEVER_ABSENT],
    "experience": "先培训再发羊",
    "opinions": "愿意继续",
    "reflections": "配合好",
    "lessons": "春天发羊",
}


@pytest.fixture
def contract(county: Office, clock: Clock, phone: Callable[..., Any]) -> Contract:
    """A contract in force."""
    return signed_contract(county, clock, phone)[0]


def test_s7_the_register_shows_whose_number_is_not_valid(
    county: Office, contract: Contract, browser: Doors
) -> None:
    enrolled(county, contract, 2, 0)
    page = f"/admin/evaluation/register/{contract.package_id}"
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    assert "号码无效" not in officer.get(page).text
    cannot_be_reached("+8613700000001", by=county.system)
    assert '137****0001 <span class="badge warn">号码无效' in officer.get(page).text


def test_e4_an_officer_enrols_asks_and_reads(county: Office, contract: Contract, browser: Doors) -> None:
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    people = {}
    for place in range(5):
        people |= {
            f"people-{place}-phone": f"1370000000{place}",
            f"people-{place}-gender": "woman",
            f"people-{place}-group": "石板村",
            f"people-{place}-consented": "1",
        }
    register, file = f"/admin/evaluation/register/{contract.package_id}", f"/admin/evaluation/{contract.id}"
    assert "名册上至少要有5人，才能请大家评价" in officer.get(file).text
    assert "/rounds/new" not in officer.get(file).text
    assert "137****0004" in officer.post(register, data=people, follow_redirects=True).text
    assert "/rounds/new" in officer.get(file).text
    page = officer.post(f"{file}/rounds/new", data=ROUND, follow_redirects=True).text
    assert "正在收集回答" in page
    (one,) = queries.find_evaluation(contract.id, by=county.officer).rounds
    for beneficiary in enrolled(county, contract, 5, 0):
        answers = {0: 4, 1: True, 2: "羊好"}
        workflow.answer_round(one.round.id, answers, by=as_sender(county.system, beneficiary.contact_id))
    close = f"/admin/evaluation/rounds/{one.round.id}/close"
    assert "邀请了5人，5人已回答" in officer.get(close).text
    closed = officer.post(close, follow_redirects=True).text
    assert "4.0 分" in closed
    assert "100% 答“是”" in closed
    assert closed.count("羊好") == 5
    assert "137****0004" not in closed


def test_e4_people_without_consent_stay_on_the_form(
    county: Office, contract: Contract, browser: Doors
) -> None:
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    people = {"people-0-phone": "13700000000", "people-0-gender": "woman", "people-0-group": "石板村"}
    answer = officer.post(f"/admin/evaluation/register/{contract.package_id}", data=people)
    assert answer.status_code == 422
    assert "还没有同意参加评价" in answer.text


def test_e2_e5_acceptance_and_closure_by_form(county: Office, contract: Contract, browser: Doors) -> None:
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    path = f"/admin/evaluation/{contract.id}"
    assert "限期整改" in officer.get(f"{path}/acceptance/new").text
    page = officer.post(f"{path}/acceptance/new", data=ACCEPTANCE, follow_redirects=True).text
    assert "验收通过" in page
    assert "水务局 李工" in page
    assert "党派" in officer.get(f"{path}/closure/new").text
    held = officer.post(f"{path}/closure/new", data=CLOSURE, follow_redirects=True).text
    assert "春天发羊" in held
    assert "受益人、妇女代表" in held
    assert "春天发羊" in officer.get("/admin/evaluation/lessons").text
    assert "Lessons" in officer.get("/admin/evaluation/lessons?lang=en").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_in_both_languages(
    county: Office, contract: Contract, browser: Doors, language: str
) -> None:
    enrolled(county, contract, 5, 5)
    evaluation = opened_round(county, contract)
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    base = "/admin/evaluation"
    for path in (
        "/",
        "/lessons",
        f"/{contract.id}",
        f"/register/{contract.package_id}",
        f"/rounds/{evaluation.id}",
        f"/{contract.id}/acceptance/new",
    ):
        assert officer.get(f"{base}{path}?lang={language}").status_code == 200, path
    workflow.close_round(evaluation.id, by=county.officer)
    accepted(county, contract)
    for path in (
        f"/rounds/{evaluation.id}",
        f"/{contract.id}/rounds/new",
        f"/{contract.id}/closure/new",
        f"/{contract.id}",
    ):
        assert officer.get(f"{base}{path}").status_code == 200, path
    assert "7" in officer.get("/admin/").text


def test_t2_the_neighbour_meets_nothing(
    county: Office, other_county: Office, contract: Contract, browser: Doors
) -> None:
    enrolled(county, contract, 5, 0)
    evaluation = opened_round(county, contract)
    neighbour = browser(other_county, Role.PROCUREMENT_OFFICER)
    for path in (f"{contract.id}", f"register/{contract.package_id}", f"rounds/{evaluation.id}"):
        assert neighbour.get(f"/admin/evaluation/{path}").status_code == 404, path
    assert neighbour.post(f"/admin/evaluation/rounds/{evaluation.id}/close").status_code == 404


def test_the_same_by_json(county: Office, contract: Contract, program: Doors) -> None:
    api, base = program(county, Role.PROCUREMENT_OFFICER), "/api/v1/evaluation"
    people = [
        {"phone": f"1370000000{place}", "gender": "man", "group": "石板村", "consented": True}
        for place in range(5)
    ]
    enrolment = api.post(f"{base}/packages/{contract.package_id}/beneficiaries", json={"people": people})
    assert (enrolment.status_code, enrolment.json[0]["address"]) == (201, "137****0000")
    assert "phone" not in enrolment.json[0]
    questions = [{"kind": "scale", "text": "满意吗？"}]
    opened = api.post(
        f"{base}/contracts/{contract.id}/rounds", json={"title": "养羊", "questions": questions}
    )
    assert (opened.status_code, opened.json["state"]) == (201, "open")
    early = api.get(f"{base}/rounds/{opened.json['id']}/results")
    assert (early.status_code, early.json["code"]) == (409, "evaluation_not_closed")
    assert api.post(f"{base}/rounds/{opened.json['id']}/close").json["state"] == "closed"
    results = api.get(f"{base}/rounds/{opened.json['id']}/results").json
    assert (results["registered"], results["answered"], results["questions"][0]["total"]) == (5, 0, None)
    body = {
        "members": ["甲", "乙"],
        "indicators": [{"indicator": "领到羊", "met": True}],
        "findings": "好",
        "outcome": "accepted",
    }
    recorded = api.post(f"{base}/contracts/{contract.id}/acceptances", json=body)
    assert (recorded.status_code, recorded.json["number"]) == (201, 1)
    assert "members" not in recorded.json
    closure = {**CLOSURE, "held_on": "2026-03-28"}
    assert api.post(f"{base}/contracts/{contract.id}/closure", json=closure).status_code == 201
    assert len(api.get(f"{base}/contracts/{contract.id}/acceptances").json) == 1
    assert len(api.get(f"{base}/contracts/{contract.id}/rounds").json) == 1
    assert len(api.get(f"{base}/packages/{contract.package_id}/beneficiaries").json) == 5


def test_a_finance_officer_may_not_accept(county: Office, contract: Contract, program: Doors) -> None:
    api = program(county, Role.FINANCE_OFFICER)
    assert api.get(f"/api/v1/evaluation/contracts/{contract.id}/rounds").status_code == 403
    assert api.post(f"/api/v1/evaluation/contracts/{contract.id}/closure", json=CLOSURE).status_code == 403
