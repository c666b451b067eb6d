"""A form of the admin is opened by whoever may send it, for the own office alone, and says why it was refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.identification import workflow
from tenants.permissions import Role
from tests.conftest import Clock, Office, Phone
from tests.journeys.offers import Offers
from tests.service.contracts.stages import drawn_up
from tests.service.identification.test_workflow import POND, QUESTIONS
from tests.service.procurement.selection_stages import opened_bids
from tests.service.procurement.test_selection_pages import REVIEW

Browser = Callable[..., FlaskClient]
Phones = Callable[..., Phone]
Stage = Callable[..., list[str]]


@pytest.mark.parametrize("answers", [{}, {"year": "2026", "title": "种核桃"}])
def test_t3_the_permission_comes_before_the_answers(
    county: Office, browser: Browser, answers: dict[str, str]
) -> None:
    finance = browser(county, Role.FINANCE_OFFICER)
    assert finance.get("/admin/tasks/new").status_code == 403
    assert finance.post("/admin/tasks/new", data=answers).status_code == 403


def test_a_wrong_answer_brings_the_form_back_and_more_rows_are_no_mistake(
    county: Office, browser: Browser
) -> None:
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    wrong = officer.post("/admin/tasks/new", data={"title": "种核桃"})
    assert wrong.status_code == 422
    assert "种核桃" in wrong.text
    more = officer.post("/admin/tasks/criteria/2026", data={"more-rows": "questions"})
    assert more.status_code == 200


def test_a_refusal_is_said_though_the_page_no_longer_offers_the_form(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    _call, _bidders, bids = opened_bids(county, clock, phone)
    page = f"/admin/selection/bids/{bids[0].id}"
    browser(county, Role.PROCUREMENT_OFFICER).post(f"{page}/admit")
    expert = browser(county, Role.EXPERT)
    assert expert.post(f"{page}/review?lang=en", data=REVIEW).status_code == 302
    again = expert.post(f"{page}/review", data=REVIEW)
    assert again.status_code == 409
    assert Offers(again.text).forms == {}
    assert "This did not work" in again.text


def pages_of_a_task(county: Office, clock: Clock, phone: Phones) -> list[str]:
    """A task on the long list."""
    workflow.set_criteria(2026, QUESTIONS, by=county.officer)
    return [f"/admin/tasks/{workflow.list_task(**POND, by=county.officer).id}"]


def pages_of_a_selection(county: Office, clock: Clock, phone: Phones) -> list[str]:
    """Bids just opened."""
    call, _bidders, bids = opened_bids(county, clock, phone)
    return [f"/admin/selection/{call.id}", f"/admin/selection/bids/{bids[0].id}"]


def pages_of_a_contract(county: Office, clock: Clock, phone: Phones) -> list[str]:
    """A contract that waits for its legal review."""
    return [f"/admin/contracts/{drawn_up(county, clock, phone)[0].id}"]


@pytest.mark.parametrize("stage", [pages_of_a_task, pages_of_a_selection, pages_of_a_contract])
def test_t2_who_oversees_a_county_is_offered_no_act_on_what_is_under_way_there(
    county: Office, province: Office, clock: Clock, phone: Phones, browser: Browser, stage: Stage
) -> None:
    pages = stage(county, clock, phone)
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    overseer = browser(province, Role.PROCUREMENT_OFFICER, Role.APPROVER, Role.OVERSEER)
    offered = {action for page in pages for action in Offers(officer.get(page).text).forms}
    assert offered
    for page in pages:
        shown = overseer.get(page)
        assert shown.status_code == 200
        assert Offers(shown.text).forms == {}
    for action in offered:
        assert overseer.post(action).status_code == 404


def test_t2_the_form_of_another_office_does_not_open(
    county: Office, province: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    (page,) = pages_of_a_contract(county, clock, phone)
    assert browser(county, Role.PROCUREMENT_OFFICER).get(f"{page}/terms").status_code == 200
    overseer = browser(province, Role.PROCUREMENT_OFFICER, Role.OVERSEER)
    assert overseer.get(f"{page}/terms").status_code == 404
    assert overseer.post(f"{page}/terms").status_code == 404
