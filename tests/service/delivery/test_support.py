"""Support that an SO asks for by text: kept, passed on, answered and timed (M2)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from channels.contacts import erase
from service.contracts.models import Contract
from service.conversations.queries import list_waiting
from service.delivery import support
from service.delivery.rules import SupportKind, SupportState, is_for_finance
from service.delivery.support import SupportView
from service.oversight.rules import Concern
from service.oversight.warnings import list_warnings
from tenants.permissions import Role
from tenants.refusals import NotFound, NotPermitted, WrongStage
from tests.conftest import Clock, Office, Phone
from tests.service.conftest import browser as browser
from tests.service.conftest import program as program
from tests.service.evaluation.stages import signed_contract
from tests.service.outbox import texts_about
from tests.service.procurement.stages import Bidder

Phones = Callable[..., Phone]
Doors = Callable[..., FlaskClient]
WORDS = "村里不让我们的人进场"


@pytest.fixture
def signed(county: Office, clock: Clock, phone: Phones) -> tuple[Contract, Bidder]:
    """A contract in force."""
    return signed_contract(county, clock, phone)


def requested(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones, kind: str = "1", words: str = WORDS
) -> SupportView:
    """A request for support, sorted by its sender."""
    mobile = phone(signed[1].number, county)
    mobile.says(f"求助 1 {words}")
    mobile.says(kind)
    return support.list_requests(signed[0].id, by=county.officer)[0]


def test_m2_one_text_asks_and_one_number_sorts(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    mobile = phone(signed[1].number, county)
    reply = mobile.says(f"求助 1 {WORDS}")
    (request,) = support.list_requests(signed[0].id, by=county.officer)
    assert request.reference in reply
    assert (request.text, request.kind, request.state) == (WORDS, SupportKind.OTHER, SupportState.WAITING)
    assert request.reference in mobile.says("乡镇")
    assert support.find_request(request.id, by=county.officer).kind is SupportKind.COORDINATION


def test_m2_the_only_contract_needs_no_number_and_leaving_loses_nothing(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    mobile = phone(signed[1].number, county)
    assert "whom" in mobile.says("SUPPORT")
    reference = re.search(r"\d{10}", mobile.says("We need a vet"))
    assert reference
    assert reference[0] in mobile.says("CANCEL")
    assert support.list_open(by=county.officer)[0].text == "We need a vet"


def test_m2_only_finance_and_tax_are_for_the_finance_officer() -> None:
    assert [kind for kind in SupportKind if is_for_finance(kind)] == [SupportKind.FINANCE]


def test_m2_each_request_waits_on_the_page_of_who_can_answer_it(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones, browser: Doors
) -> None:
    village = requested(county, signed, phone, "1").reference
    invoice = requested(county, signed, phone, "3", "发票怎么开").reference
    for role, own, others in (
        (Role.PROCUREMENT_OFFICER, village, invoice),
        (Role.FINANCE_OFFICER, invoice, village),
    ):
        home = browser(county, role).get("/admin/").text
        assert own in home
        assert others not in home


def test_m2_a_request_is_passed_on_answered_and_the_so_is_told(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    request = requested(county, signed, phone)
    support.pass_on_request(request.id, kind=SupportKind.TRUST, to="石板乡李乡长", by=county.officer)
    support.answer_request(request.id, "李乡长周三陪你们进村", by=county.officer)
    passed, answered = texts_about("support_requests", by=county.officer)
    assert "石板乡李乡长" in passed
    assert "李乡长周三陪你们进村" in answered
    view = support.find_request(request.id, by=county.officer)
    assert (view.state, view.kind, view.answer) == (
        SupportState.ANSWERED,
        SupportKind.TRUST,
        "李乡长周三陪你们进村",
    )
    with pytest.raises(WrongStage):
        support.answer_request(request.id, "再答", by=county.officer)
    assert support.list_open(by=county.officer) == []


def test_m2_a_late_answer_counts_its_days_for_county_and_province(
    county: Office, province: Office, signed: tuple[Contract, Bidder], phone: Phones, clock: Clock
) -> None:
    request = requested(county, signed, phone)
    assert request.days_late == 0
    clock.now = request.due_at
    clock.advance(days=2)
    assert support.find_request(request.id, by=county.officer).days_late == 2
    warned = [one for one in list_warnings(by=province.overseer) if one.concern is Concern.LATE_SUPPORT]
    assert [(one.office.id, one.figure) for one in warned] == [(county.id, 2)]
    assert "超期" in phone(signed[1].number, county).says(f"进度 {request.reference}")
    support.answer_request(request.id, "已协调", by=county.officer)
    clock.advance(days=5)
    assert support.find_request(request.id, by=county.officer).days_late == 2
    warned = [one for one in list_warnings(by=province.overseer) if one.concern is Concern.LATE_SUPPORT]
    assert warned == []


def test_m2_the_answer_is_due_within_the_countys_working_days(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    request = requested(county, signed, phone)
    assert (request.due_at - request.asked_at).days >= 5


def test_s1_a_villager_who_cries_for_help_is_read_by_a_person(county: Office, phone: Phones) -> None:
    assert re.search(r"\d{10}", phone("+8613700000007", county).says("求助 家里断粮了"))
    (message,) = list_waiting(by=county.desk)
    assert message.text == "求助 家里断粮了"
    assert list_waiting(by=county.officer) == []


def test_m2_an_so_without_a_contract_is_told_so(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    others = {"+8613800000001", "+8613800000002", "+8613800000003"} - {signed[1].number}
    assert "没有生效的合同" in phone(others.pop(), county).says("求助 缺技术员")


def test_t7_words_and_answer_end_with_the_senders_key(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    request = requested(county, signed, phone)
    erase(signed[1].contact_id, by=county.system)
    support.answer_request(request.id, "已协调", by=county.officer)
    view = support.find_request(request.id, by=county.officer)
    assert (view.text, view.answer, view.state) == (None, None, SupportState.ANSWERED)


def test_t2_t3_neither_the_neighbour_nor_the_complaint_desk_answers(
    county: Office, other_county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    request = requested(county, signed, phone)
    with pytest.raises(NotFound):
        support.answer_request(request.id, "好", by=other_county.officer)
    with pytest.raises(NotPermitted):
        support.answer_request(request.id, "好", by=county.desk)


def test_m2_the_page_passes_on_and_answers(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones, browser: Doors
) -> None:
    request = requested(county, signed, phone)
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    for path in ("/admin/", "/admin/delivery/", f"/admin/delivery/{signed[0].id}"):
        assert request.reference in officer.get(path).text
    path = f"/admin/support/{request.id}"
    assert WORDS in officer.get(path).text
    assert officer.post(f"{path}/pass-on", data={"kind": "trust", "to": "李乡长"}).status_code == 302
    assert "李乡长" in officer.get(path).text
    assert officer.post(f"{path}/answer", data={"answer": "周三陪同进村"}).status_code == 302
    assert "周三陪同进村" in officer.get(path).text
    assert request.reference not in officer.get("/admin/").text


def test_m2_a_program_passes_on_and_answers(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones, program: Doors
) -> None:
    request = requested(county, signed, phone)
    client = program(county, Role.FINANCE_OFFICER)
    assert [one["id"] for one in client.get("/api/v1/delivery/support").json] == [str(request.id)]
    path = f"/api/v1/delivery/support/{request.id}"
    passed = client.post(f"{path}/passing-on", json={"kind": "finance", "to": "县税务局"})
    assert (passed.status_code, passed.json["passed_on_to"]) == (200, "县税务局")
    assert client.post(f"{path}/answer", json={"answer": "可以代开"}).json["state"] == "answered"
    (shown,) = client.get(f"/api/v1/delivery/contracts/{signed[0].id}/support").json
    assert shown["answer"] == "可以代开"
