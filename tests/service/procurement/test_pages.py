"""The pages of calls and openings, as officers use them (C1, C2, C5, T4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient

from service.organizations.rules import Source
from service.organizations.workflow import list_organization
from service.preparation.rules import ProcurementMethod
from service.procurement import queries
from service.procurement.rules import CallState
from tenants.permissions import Role
from tests.conftest import Clock, Office
from tests.service.preparation.stages import ready_for_calls
from tests.service.procurement.stages import (
    TEXTS,
    drafted_call,
    opened,
    past_deadline,
    published_call,
    three_bidders,
)

Browser = Callable[..., FlaskClient]
OFFICER = Role.PROCUREMENT_OFFICER


def test_c1_an_officer_drafts_and_publishes_a_call_on_two_forms(
    county: Office, phone: Callable[..., Any], browser: Browser
) -> None:
    asked = three_bidders(county, phone)
    package, _plan = ready_for_calls(county)
    officer = browser(county, OFFICER)
    form = officer.get("/admin/calls/new?lang=en").text
    assert package.name_en in form
    assert "Writing style does not count" in form
    drafted = officer.post("/admin/calls/new", data={**TEXTS, "packages": str(package.id)})
    assert drafted.status_code == 302
    page = officer.get(drafted.location).text
    assert TEXTS["title_en"] in page
    assert "Publish" in page
    published = officer.post(
        f"{drafted.location}/publish",
        data={"deadline": "2026-03-20T18:00", "organizations": [str(one.organization.id) for one in asked]},
    )
    assert published.status_code == 302
    page = officer.get(drafted.location).text
    assert all(one.organization.name in page for one in asked)
    assert page.count('">Waiting</span>') == 3


def test_c1_a_form_that_is_not_filled_names_what_is_missing(county: Office, browser: Browser) -> None:
    ready_for_calls(county)
    page = browser(county, OFFICER).post("/admin/calls/new?lang=en", data={"title": "只有标题"}).text
    assert 'href="#field-purpose"' in page
    assert 'href="#field-packages"' in page


def test_c2_a_deadline_too_soon_is_refused_in_words(
    county: Office, phone: Callable[..., Any], browser: Browser
) -> None:
    asked = three_bidders(county, phone)
    call = drafted_call(county)
    answer = browser(county, OFFICER).post(
        f"/admin/calls/{call.id}/publish?lang=en",
        data={"deadline": "2026-03-06T18:00", "organizations": [str(one.organization.id) for one in asked]},
    )
    assert answer.status_code == 422
    assert "2026-03-14" in answer.text


def test_p6_whom_a_quotation_asks_is_required_and_leaves_out_who_cannot_take_part(
    county: Office, phone: Callable[..., Any], browser: Browser
) -> None:
    three_bidders(county, phone)
    list_organization(
        name="办公室自己的服务社", source=Source.TELEPHONE, controlled_by_office=True, by=county.officer
    )
    call = drafted_call(county)
    officer = browser(county, OFFICER)
    form = officer.get(f"/admin/calls/{call.id}/publish?lang=en").text
    assert "办公室自己的服务社" not in form
    refused = officer.post(f"/admin/calls/{call.id}/publish", data={"deadline": "2026-03-20T18:00"})
    assert refused.status_code == 422
    assert 'href="#field-organizations"' in refused.text


def test_p6_an_open_tender_goes_to_all_and_asks_for_no_choice(county: Office, browser: Browser) -> None:
    call = drafted_call(county, method=ProcurementMethod.OPEN_TENDER)
    officer = browser(county, OFFICER)
    form = officer.get(f"/admin/calls/{call.id}/publish?lang=en").text
    assert 'name="organizations"' not in form
    assert "every registered organization" in form
    published = officer.post(f"/admin/calls/{call.id}/publish", data={"deadline": "2026-03-20T18:00"})
    assert published.status_code == 302


def test_c1_a_draft_is_reworded_on_its_form(county: Office, browser: Browser) -> None:
    call = drafted_call(county)
    officer = browser(county, OFFICER)
    assert TEXTS["purpose"] in officer.get(f"/admin/calls/{call.id}/edit").text
    officer.post(f"/admin/calls/{call.id}/edit", data={**TEXTS, "purpose": "让四十户增收"})
    assert "让四十户增收" in officer.get(f"/admin/calls/{call.id}").text


def test_t4_two_browsers_open_the_bids_in_two_requests(
    county: Office, phone: Callable[..., Any], browser: Browser, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    past_deadline(call, clock)
    officer, finance = browser(county, OFFICER), browser(county, Role.APPROVER)
    page = officer.get(f"/admin/calls/{call.id}?lang=en").text
    assert "山里人合作社" in page
    assert "18,000" not in page
    assert "Agree to open the bids" in page
    officer.post(f"/admin/calls/{call.id}/agree")
    assert "Open the bids" not in officer.get(f"/admin/calls/{call.id}").text
    assert officer.post(f"/admin/calls/{call.id}/open").status_code == 403
    assert "Open the bids" in finance.get(f"/admin/calls/{call.id}?lang=en").text
    assert finance.post(f"/admin/calls/{call.id}/open").status_code == 302
    assert "18,000.00" in finance.get(f"/admin/calls/{call.id}").text
    assert queries.find_call(call.id, by=county.officer).state is CallState.OPENED


def test_c5_a_call_past_its_deadline_is_shown_as_closed_not_as_open(
    county: Office, phone: Callable[..., Any], browser: Browser, clock: Clock
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    officer = browser(county, OFFICER)
    pages = ("/admin/calls/?lang=en", f"/admin/calls/{call.id}?lang=en")
    assert all("Open for bids</span>" in officer.get(page).text for page in pages)
    past_deadline(call, clock)
    assert all("Closed for bids, not yet opened</span>" in officer.get(page).text for page in pages)


def test_t4_who_logged_in_long_ago_proves_again_first(
    county: Office, phone: Callable[..., Any], browser: Browser, clock: Clock
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    officer = browser(county, OFFICER)
    past_deadline(call, clock)
    page = f"/admin/calls/{call.id}"
    answer = officer.post(f"{page}/agree", data={"purpose": "Agree"}, headers={"Referer": page})
    assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/admin/confirm")
    assert "for=Agree" in answer.location
    assert queries.view_call(call.id, by=county.officer).consents == {}


def test_t8_an_opening_waits_on_the_home_page(
    county: Office, phone: Callable[..., Any], browser: Browser, clock: Clock
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    past_deadline(call, clock)
    home = browser(county, Role.FINANCE_OFFICER).get("/admin/?lang=en").text
    assert "two officers open the bids" in home
    assert f"/admin/calls/{call.id}" in home


def test_c14_digests_come_with_the_opening_and_not_with_the_deadline(
    county: Office, phone: Callable[..., Any], browser: Browser, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    past_deadline(call, clock)
    applicant = queries.list_applicants(call.id, by=county.officer)[0]
    assert applicant.digest is None
    opened(county, call)
    digest = queries.list_applicants(call.id, by=county.officer)[0].digest
    assert digest
    assert digest in browser(county, OFFICER).get(f"/admin/calls/{call.id}").text


def test_c3_only_a_call_that_takes_questions_says_how_to_ask(
    county: Office, phone: Callable[..., Any], browser: Browser, clock: Clock
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    officer, page = browser(county, OFFICER), f"/admin/calls/{call.id}?lang=en"
    invited, in_person = "Organizations ask by text", "Answer a question put in person"
    assert invited in officer.get(page).text
    assert in_person in officer.get(page).text
    officer.post(f"/admin/calls/{call.id}/cancel", data={"reason": "资金没有到位", "reason_en": "No funds"})
    cancelled = officer.get(page).text
    assert "Cancelled</span>" in cancelled
    assert "Nobody asked anything." in cancelled
    assert invited not in cancelled
    assert in_person not in cancelled


def test_c3_nobody_is_told_to_ask_once_the_time_for_questions_is_over(
    county: Office, phone: Callable[..., Any], browser: Browser, clock: Clock
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    past_deadline(call, clock)
    page = browser(county, OFFICER).get(f"/admin/calls/{call.id}?lang=en").text
    assert "Nobody asked anything." in page
    assert "Answer a question put in person" not in page


def test_c5_a_desk_that_reads_no_bids_sees_none(
    county: Office, phone: Callable[..., Any], browser: Browser, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    past_deadline(call, clock)
    page = browser(county, Role.COMPLAINT_OFFICER).get(f"/admin/calls/{call.id}?lang=en").text
    assert "Nobody bid" not in page
    assert "Digest" not in page


def test_t2_the_neighbour_finds_no_page(
    county: Office, other_county: Office, phone: Callable[..., Any], browser: Browser
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    neighbour = browser(other_county, OFFICER)
    for path in ("", "/edit", "/publish"):
        assert neighbour.get(f"/admin/calls/{call.id}{path}").status_code == 404
    assert "石板村" not in neighbour.get("/admin/calls/").text
