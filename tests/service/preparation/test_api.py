"""Step 4 by JSON: the same commands through the third door."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from docx import Document
from flask.testing import FlaskClient

from service.preparation.rules import (
    Department,
    DesignQuestion,
    RegulationSection,
    SowItem,
    WorkshopTopic,
)
from tenants.permissions import Role
from tenants.workdays import local_day
from tests.conftest import Clock, Office
from tests.service.preparation.stages import graded_variant, ready_package

Program = Callable[..., FlaskClient]
OFFICER, APPROVER = Role.PROCUREMENT_OFFICER, Role.APPROVER
LINES = [
    {"kind": "direct", "item": "母羊", "unit": "只", "quantity": "150", "unit_cost": "400"},
    {"kind": "personnel", "item": "技术员", "unit": "月", "quantity": "2", "unit_cost": "2000", "core": True},
]


def test_a_package_goes_all_the_way_by_json(county: Office, program: Program) -> None:
    officer, variant = program(county, OFFICER), graded_variant(county)
    made = officer.post(
        "/api/v1/packages",
        json={
            "year": 2026,
            "variant_id": str(variant.id),
            "name": "石板村养羊",
            "villages": "石板村",
            "design": {question.value: "有" for question in DesignQuestion},
        },
    )
    assert made.status_code == 201
    path = f"/api/v1/packages/{made.json['id']}"
    assert officer.put(f"{path}/costs", json={"lines": LINES}).json == {
        "direct": "60000.00",
        "implementation": "4000.00",
        "management": "0.00",
        "service_fee": "4000.00",
        "total": "64000.00",
    }
    assert officer.get(f"{path}/recommendation").json == {
        "pricing": "proportional",
        "procurement": ["quotation", "negotiation"],
    }
    priced = officer.put(f"{path}/pricing", json={"method": "proportional", "terms": {"rate": "8"}})
    assert priced.json["pricing_terms"] == {"rate": "8.00"}
    assert (
        officer.put(f"{path}/method", json={"method": "quotation"}).json["procurement_method"] == "quotation"
    )
    scope = officer.post(f"{path}/scopes-of-work", json={"items": {item.value: "照办" for item in SowItem}})
    assert (scope.status_code, scope.json["version"]) == (201, 1)
    assert officer.post(f"{path}/finish").json["state"] == "ready"
    document = officer.get(f"{path}/scope-of-work.en.docx")
    assert len(Document(BytesIO(document.data)).tables[1].rows) == 13
    assert officer.get("/api/v1/packages/procurement-list/2026").json["total"]["total"] == "64000.00"
    assert officer.post(f"{path}/redesign", json={"reason": "改"}).json["state"] == "designing"
    changed = officer.put(path, json={"year": 2026, "name": "上寨养羊", "villages": "上寨"})
    assert changed.json["name"] == "上寨养羊"
    assert officer.get("/api/v1/packages").json[0]["id"] == made.json["id"]


def test_wrong_answers_are_named_field_by_field(county: Office, program: Program) -> None:
    officer, package = program(county, OFFICER), ready_package(county)
    wrong = officer.put(
        f"/api/v1/packages/{package.id}/pricing", json={"method": "performance", "terms": {"base": "abc"}}
    )
    assert wrong.status_code == 422
    assert list(wrong.json["errors"]["terms"]) == ["base"]
    missing = officer.post("/api/v1/packages", json={"year": 2026})
    assert set(missing.json["errors"]) == {"name", "villages", "variant_id"}
    ready = officer.put(f"/api/v1/packages/{package.id}/costs", json={"lines": LINES})
    assert (ready.status_code, ready.json["code"]) == (409, "wrong_stage")


def test_p9_a_plan_goes_all_the_way_by_json(county: Office, program: Program) -> None:
    package = ready_package(county)
    officer, approver = program(county, OFFICER), program(county, APPROVER)
    made = officer.post("/api/v1/plans", json={"year": 2026, "funds": "60000"})
    assert made.status_code == 201
    assert [(row["included"], row["deferral"]) for row in made.json["rows"]] == [(False, "funds")]
    path = f"/api/v1/plans/{made.json['plan']['id']}"
    line = {"package_id": str(package.id), "included": True}
    changed = officer.put(path, json={"funds": "60000", "lines": [line]})
    assert changed.json["balance"] == {"total": "64800.00", "left": "-4800.00", "fits": False}
    refused = officer.post(f"{path}/submit")
    assert (refused.status_code, refused.json["code"]) == (422, "funds_exceeded")
    officer.put(path, json={"funds": "70000", "lines": []})
    assert officer.post(f"{path}/propose").json["balance"]["fits"] is True
    assert officer.post(f"{path}/submit").json["state"] == "submitted"
    assert approver.post(f"{path}/return", json={"reason": "再看看"}).json["state"] == "draft"
    officer.post(f"{path}/submit")
    assert approver.post(f"{path}/approve").json["state"] == "approved"
    assert officer.post(f"{path}/publish").json["state"] == "published"
    assert [plan["version"] for plan in officer.get("/api/v1/plans").json] == [1]
    assert officer.get(path).json["rows"][0]["total"] == "64800.00"


def test_p10_p11_workshops_and_regulations_by_json(county: Office, program: Program, clock: Clock) -> None:
    officer, approver, today = (
        program(county, OFFICER),
        program(county, APPROVER),
        local_day(clock()).isoformat(),
    )
    workshop = {
        "held_on": today,
        "agenda": list(WorkshopTopic),
        "invited": list(Department),
        "present": ["finance"],
        "decisions": "同意",
    }
    assert officer.post("/api/v1/workshops", json=workshop).status_code == 201
    assert officer.get("/api/v1/workshops").json[0]["agenda"] == [topic.value for topic in WorkshopTopic]
    nobody = officer.post("/api/v1/workshops", json={**workshop, "present": []})
    assert (nobody.status_code, nobody.json["code"]) == (422, "nobody_present")
    text = {"title": "实施办法", "sections": {section.value: "如下" for section in RegulationSection}}
    made = officer.post("/api/v1/regulations", json=text)
    assert made.status_code == 201
    path = f"/api/v1/regulations/{made.json['id']}"
    assert officer.put(path, json={**text, "title": "实施办法（试行）"}).json["title"] == "实施办法（试行）"
    assert officer.post(f"{path}/adopt", json={"effective_on": today}).status_code == 403
    assert approver.post(f"{path}/adopt", json={"effective_on": today}).json["state"] == "adopted"
    assert officer.get("/api/v1/regulations").json[0]["effective_on"] == today
    assert officer.get(path).json["sections"] == text["sections"]


def test_d3_json_keeps_the_difficulty_from_who_may_not_know_it(county: Office, program: Program) -> None:
    package, finance = ready_package(county), program(county, Role.FINANCE_OFFICER)
    shown = finance.get(f"/api/v1/packages/{package.id}")
    assert shown.status_code == 200
    assert "difficulty" not in shown.text
    assert finance.get(f"/api/v1/packages/{package.id}/recommendation").status_code == 403
    assert finance.get("/api/v1/packages/procurement-list/2026?copy=office").status_code == 403
    assert finance.get("/api/v1/packages/procurement-list/2026").json["groups"][0]["difficulty"] is None


def test_t2_the_neighbour_s_program_finds_nothing(
    county: Office, other_county: Office, program: Program
) -> None:
    package, stranger = ready_package(county), program(other_county, OFFICER)
    assert stranger.get("/api/v1/packages").json == []
    for path in ("", "/costs", "/scopes-of-work", "/scope-of-work.zh.docx", "/recommendation"):
        assert stranger.get(f"/api/v1/packages/{package.id}{path}").status_code == 404, path
