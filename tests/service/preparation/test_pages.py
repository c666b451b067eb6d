"""Step 4 in the browser: each page in both languages, each act through its form, nothing for strangers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from docx import Document
from flask.testing import FlaskClient
from flask_babel import force_locale
from openpyxl import load_workbook

from service.difficulty.rules import Approach
from service.preparation import planning, planning_queries, queries
from service.preparation.rules import (
    Deferral,
    Department,
    DesignQuestion,
    PackageState,
    PlanState,
    PricingMethod,
    ProcurementMethod,
    RegulationSection,
    RegulationState,
    SowItem,
    WorkshopTopic,
)
from tenants.permissions import Role
from tenants.workdays import local_day
from tests.conftest import Clock, Office
from tests.service.preparation.stages import (
    adopted_regulation,
    approved_plan,
    designed_package,
    graded_variant,
    ready_package,
    two_workshops,
)

Browser = Callable[..., FlaskClient]
OFFICER, APPROVER = Role.PROCUREMENT_OFFICER, Role.APPROVER


def test_a_package_is_designed_costed_priced_and_finished_by_hand(county: Office, browser: Browser) -> None:
    officer, variant = browser(county, OFFICER), graded_variant(county)
    assert str(variant.id) in officer.get("/admin/packages/new").text
    form = {
        "year": "2026",
        "variant_id": str(variant.id),
        "name": "石板村养羊",
        "villages": "石板村",
        "urgent": "1",
        **{f"design-{question.value}": "有答案" for question in DesignQuestion},
    }
    page = officer.post("/admin/packages/new", data=form).headers["Location"]
    costs = {
        "lines-0-kind": "direct",
        "lines-0-item": "母羊",
        "lines-0-unit": "只",
        "lines-0-quantity": "100",
        "lines-0-unit_cost": "四百",
        "lines-1-kind": "personnel",
        "lines-1-item": "技术员",
        "lines-1-unit": "月",
        "lines-1-quantity": "2",
        "lines-1-unit_cost": "1,500元",
        "lines-1-monthly_pay": "1500",
        "lines-1-core": "1",
        "core_costs": "6000",
    }
    assert officer.post(f"{page}/costs", data=costs).status_code == 302
    assert officer.post(f"{page}/pricing?method=proportional", data={"rate": "6.5"}).status_code == 302
    assert officer.post(f"{page}/method", data={"method": "quotation"}).status_code == 302
    items = {f"items-{item.value}": "照设计" for item in SowItem}
    assert officer.post(f"{page}/scope-of-work", data=items).status_code == 302
    assert officer.post(f"{page}/finish").status_code == 302
    package, costs_now = queries.list_packages(by=county.officer)[0]
    assert (package.state, package.urgent, package.pricing_terms) == (
        PackageState.READY,
        True,
        {"rate": "6.50"},
    )
    assert costs_now.total == 43_000
    text = officer.get(page).text
    assert "技术员" in text
    assert "50.0 %" in text


def test_p4_the_page_warns_of_low_pay_and_notes_a_high_fee(county: Office, browser: Browser) -> None:
    package = ready_package(county)
    text = browser(county, OFFICER).get(f"/admin/packages/{package.id}?lang=en").text
    assert "below the local minimum wage" not in text
    assert "more than 2 % of direct investment" in text


@pytest.mark.parametrize(
    ("path", "form", "reason"),
    [
        ("pricing?method=proportional", {"rate": "50"}, "between 5.00 and 10.00 per cent"),
        ("pricing?method=performance", {"base": "1000"}, "name at least one result"),
        ("pricing?method=cost_covering", {"fixed_fee": "1000"}, "up to which amount"),
        ("pricing?method=time_and_labour", {}, "who works how many days"),
        ("method", {"method": "long_term"}, "needs a written reason"),
    ],
)
def test_p5_p6_a_refused_form_comes_back_with_the_reason(
    county: Office, browser: Browser, path: str, form: dict[str, str], reason: str
) -> None:
    package = designed_package(county)
    answer = browser(county, OFFICER).post(
        f"/admin/packages/{package.id}/{path}{'&' if '?' in path else '?'}lang=en", data=form
    )
    assert answer.status_code == 422
    assert reason in answer.text
    assert queries.find_package(package.id, by=county.officer).pricing_method is None


@pytest.mark.parametrize(
    ("method", "form", "fee"),
    [
        (
            "performance",
            {
                "base": "3000",
                "incentives-0-result": "成活率",
                "incentives-0-measure": "年底清点",
                "incentives-0-amount": "500",
            },
            "CNY 3,500.00",
        ),
        ("cost_covering", {"fixed_fee": "3000", "cap": "2000"}, "CNY 5,000.00"),
        (
            "time_and_labour",
            {
                "inputs-0-role": "技术员",
                "inputs-0-people": "2",
                "inputs-0-days": "10",
                "inputs-0-rate": "150",
            },
            "CNY 3,000.00",
        ),
    ],
)
def test_p5_the_page_says_what_the_terms_come_to(
    county: Office, browser: Browser, method: str, form: dict[str, str], fee: str
) -> None:
    package, officer = designed_package(county), browser(county, OFFICER)
    path = f"/admin/packages/{package.id}"
    assert officer.post(f"{path}/pricing?method={method}", data=form).status_code == 302
    assert queries.find_package(package.id, by=county.officer).pricing_method is PricingMethod(method)
    assert fee in officer.get(f"{path}?lang=en").text
    assert officer.get(f"{path}/pricing?method={method}").status_code == 200


def test_p7_the_scope_of_work_begins_with_the_design_and_is_downloaded(
    county: Office, browser: Browser
) -> None:
    officer, package = browser(county, OFFICER), designed_package(county)
    assert "for_whom：三十户" in officer.get(f"/admin/packages/{package.id}/scope-of-work").text
    package = ready_package(county)
    for language in ("zh", "en"):
        answer = officer.get(
            f"/admin/packages/{package.id}/scope-of-work.docx?language={language}&copy=office"
        )
        assert answer.mimetype.endswith("wordprocessingml.document")
        assert len(Document(BytesIO(answer.data)).tables[1].rows) == 13


def test_p8_the_list_is_a_page_and_a_spreadsheet(
    county: Office, other_county: Office, browser: Browser
) -> None:
    ready_package(county, Approach.COMMUNITY, ProcurementMethod.NEGOTIATION)
    officer = browser(county, OFFICER)
    text = officer.get("/admin/packages/procurement-list/2026?lang=en").text
    assert "CNY 64,800.00" in text
    assert ">Difficult<" not in text
    assert ">Difficult<" in officer.get("/admin/packages/procurement-list/2026?copy=office").text
    sheet = load_workbook(BytesIO(officer.get("/admin/packages/procurement-list/2026.xlsx").data)).active
    assert sheet.max_row == 4
    theirs = browser(other_county, OFFICER).get("/admin/packages/procurement-list/2026.xlsx")
    assert load_workbook(BytesIO(theirs.data)).active.max_row == 3


def test_p9_a_plan_is_drafted_changed_submitted_approved_and_published(
    county: Office, browser: Browser
) -> None:
    first, second = ready_package(county), ready_package(county, name="上寨养羊")
    officer, approver = browser(county, OFFICER), browser(county, APPROVER)
    path = officer.post("/admin/plans/new", data={"year": "2026", "funds": "10万"}).headers["Location"]
    text = officer.get(f"{path}?lang=en").text
    assert "Submit for approval" in text
    lines = {
        "funds": "100000",
        "lines-0-package_id": str(first.id),
        "lines-0-included": "true",
        "lines-1-package_id": str(second.id),
        "lines-1-included": "true",
    }
    officer.post(path, data=lines)
    text = officer.get(path).text
    assert "beyond the funds" in text
    assert "Submit for approval" not in text
    refused = officer.post(path, data={**lines, "lines-1-included": "false"})
    assert "Please say why a package waits" in refused.text
    assert officer.post(path, data={"funds": "许多", "lines-7-package_id": "x"}).status_code == 422
    officer.post(path, data={**lines, "lines-1-included": "false", "lines-1-deferral": "can_wait"})
    assert officer.post(f"{path}/submit").status_code == 302
    assert officer.post(f"{path}/approve").status_code == 403
    approver.post(f"{path}/return", data={"reason": "请说明上寨"})
    assert "请说明上寨" in officer.get(path).text
    assert "is still a draft" in officer.get("/admin/?lang=en").text
    officer.post(f"{path}/submit")
    assert "waits for your decision" in approver.get("/admin/?lang=en").text
    assert approver.post(f"{path}/approve").status_code == 302
    assert officer.post(f"{path}/publish").status_code == 302
    (plan,) = planning_queries.list_plans(by=county.officer)
    page = planning_queries.find_plan_page(plan.id, by=county.officer)
    assert plan.state is PlanState.PUBLISHED
    assert [row.line.deferral for row in page.rows] == [None, Deferral.CAN_WAIT]


def test_p10_a_workshop_is_recorded_with_topics_and_departments(
    county: Office, browser: Browser, clock: Clock
) -> None:
    officer, today = browser(county, OFFICER), local_day(clock())
    form = {
        "held_on": today.isoformat(),
        "agenda": ["finding", "policies"],
        "invited": list(Department),
        "present": ["finance", "women"],
        "decisions": "先在两个村试点",
    }
    refused = officer.post(
        "/admin/workshops/new?lang=en", data={**form, "held_on": str(today + timedelta(days=1))}
    )
    assert "after it was held" in refused.text
    assert officer.post("/admin/workshops/new", data=form).status_code == 302
    text = officer.get("/admin/workshops/").text
    assert "先在两个村试点" in text
    with force_locale("en"):
        assert str(WorkshopTopic.POLICIES.label) in text
    assert queries.count_workshops(today, by=county.officer) == 1


def test_p11_a_regulation_is_drafted_and_adopted_by_another(
    county: Office, browser: Browser, clock: Clock
) -> None:
    officer, approver = browser(county, OFFICER), browser(county, APPROVER)
    form = {"title": "实施办法", **{f"sections-{section.value}": "如下" for section in RegulationSection}}
    path = officer.post("/admin/regulations/new", data={**form, "sections-other": ""}).headers["Location"]
    day = local_day(clock()).isoformat()
    assert (
        "1 sections are still open" in approver.post(f"{path}/adopt?lang=en", data={"effective_on": day}).text
    )
    assert officer.post(f"{path}/edit", data=form).status_code == 302
    assert officer.post(f"{path}/adopt", data={"effective_on": day}).status_code == 403
    assert approver.post(f"{path}/adopt", data={"effective_on": day}).status_code == 302
    (regulation,) = planning_queries.list_regulations(by=county.officer)
    assert regulation.state is RegulationState.ADOPTED


def test_every_page_answers_in_both_languages_and_no_stranger_sees_it(
    county: Office, other_county: Office, browser: Browser
) -> None:
    designing, package = designed_package(county), ready_package(county, name="三岔河茶园")
    plan, regulation = approved_plan(county), adopted_regulation(county)
    two_workshops(county)
    draft = planning.draft_plan(2027, plan.funds, by=county.officer)
    own = [
        f"/admin/packages/{package.id}",
        f"/admin/packages/{designing.id}",
        f"/admin/packages/{designing.id}/design",
        f"/admin/packages/{designing.id}/costs",
        f"/admin/packages/{designing.id}/pricing",
        f"/admin/packages/{designing.id}/method",
        f"/admin/packages/{designing.id}/scope-of-work",
        f"/admin/plans/{plan.id}",
        f"/admin/plans/{draft.id}",
        f"/admin/regulations/{regulation.id}",
        f"/admin/regulations/{regulation.id}/edit",
        f"/admin/packages/{package.id}/scope-of-work.docx",
    ]
    anybody = [
        "/admin/",
        "/admin/packages/",
        "/admin/packages/new",
        "/admin/plans/",
        "/admin/plans/new",
        "/admin/regulations/",
        "/admin/regulations/new",
        "/admin/workshops/",
        "/admin/workshops/new",
        "/admin/packages/procurement-list/2026",
    ]
    officer, stranger = browser(county, OFFICER), browser(other_county, OFFICER)
    for path in own + anybody:
        for language in ("zh", "en"):
            assert officer.get(f"{path}?lang={language}").status_code == 200, path
    for path in own:
        assert stranger.get(path).status_code == 404, path
    for path in anybody:
        assert package.name.encode() not in stranger.get(path).data, path


def test_p4_nobody_without_the_permission_finds_a_button_or_a_way(county: Office, browser: Browser) -> None:
    package, finance = designed_package(county), browser(county, Role.FINANCE_OFFICER)
    text = finance.get(f"/admin/packages/{package.id}?lang=en").text
    assert "Write down the costs" not in text
    assert "Difficulty" not in text
    assert (
        finance.post(
            f"/admin/packages/{package.id}/costs",
            data={
                "lines-0-kind": "direct",
                "lines-0-item": "羊",
                "lines-0-unit": "只",
                "lines-0-quantity": "1",
                "lines-0-unit_cost": "1",
            },
        ).status_code
        == 403
    )
