"""Contracts in the browser, by the winner's link and by JSON (C4, C12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

from docx import Document
from flask.testing import FlaskClient

from service.contracts import queries, workflow
from service.contracts.rules import CLAUSES, ContractState
from service.preparation.rules import ProcurementMethod
from service.procurement import selection
from tenants.permissions import Role
from tests.conftest import Clock, Office, Phone
from tests.service.contracts.stages import TERMS, begun, drawn_up, in_force, plan_filed
from tests.service.contracts.test_workflow import docx
from tests.service.procurement.selection_stages import (
    able_bidders,
    after_standstill,
    lot_file,
    result_published,
    reviewed,
)
from tests.service.procurement.stages import PIN, Bidder, opened, past_deadline, published_call
from tests.service.procurement.test_application import ANSWERS
from tests.service.procurement.test_selection import texts_to

Browser = Callable[..., FlaskClient]
Phones = Callable[..., Phone]
OFFICER, APPROVER = Role.PROCUREMENT_OFFICER, Role.APPROVER

FORM = {
    "starts_on": "2026-04-01",
    "ends_on": "2026-10-31",
    **{f"clauses-{item.value}": "照任务书执行。" for item in CLAUSES},
    "transfers-0-purpose": "首期款",
    "transfers-0-amount": "6万",
    "transfers-0-due_on": "2026-04-01",
    "transfers-1-purpose": "尾款",
    "transfers-1-amount": "17,500元",
    "transfers-1-due_on": "2026-11-15",
}


def link_of(county: Office, winner: Bidder) -> str:
    """The path of the newest link sent to a bidder."""
    found = re.findall(r"http://qiao\.test(/f/\S+)", "\n".join(texts_to(winner, by=county.officer)))
    return str(found[-1])


def test_c4_the_winner_files_its_plan_by_link_as_text_and_file(
    county: Office, clock: Clock, phone: Phones, visitor: FlaskClient
) -> None:
    contract, winner = begun(county, clock, phone)
    link = link_of(county, winner)
    assert "实施方案" in visitor.get(link).text
    assert visitor.post(link, data={}).status_code == 422
    program = {"document": (BytesIO(b"MZ"), "plan.exe")}
    wrong = visitor.post(link, data=program, content_type="multipart/form-data")
    assert wrong.status_code == 422
    assert "Word" in wrong.text
    sent = {"text": "四月选羊", "document": (BytesIO(docx()), "方案.docx")}
    assert visitor.post(link, data=sent, content_type="multipart/form-data").status_code == 303
    assert visitor.get(link).status_code == 404
    filed = queries.find_contract(contract.id, by=county.officer)
    assert filed.plan_text == "四月选羊"
    assert queries.find_plan_file(contract.id, by=county.officer).name == "方案.docx"


def test_c4_the_plan_of_an_application_goes_into_the_contract_and_can_still_be_changed(
    county: Office, clock: Clock, phone: Phones, visitor: FlaskClient, browser: Browser
) -> None:
    winner, _second = able_bidders(county, phone, 2)
    call, lot = published_call(county, [winner], method=ProcurementMethod.NEGOTIATION)
    mobile = phone(winner.number, county)
    mobile.says(f"BID {lot}")
    application = re.search(r"http://qiao\.test(/f/\S+)", mobile.says(PIN))
    assert application
    assert visitor.post(application[1], data=ANSWERS).status_code == 303
    past_deadline(call, clock)
    opened(county, call)
    bid = lot_file(county, call).bids[0].bid
    page = browser(county, OFFICER).get(f"/admin/selection/bids/{bid.id}").text
    assert ANSWERS["plan"] in page
    assert "target_group：按设计执行" in page
    selection.screen_bid(bid.id, None, by=county.officer)
    reviewed(county, bid)
    selection.select_winner(lot_file(county, call).lot.id, bid.id, "最了解当地", by=county.officer)
    selection.publish_result(call.id, by=county.officer)
    after_standstill(county, call, clock)
    (contract,) = workflow.approve_and_begin(call.id, by=county.approver)
    assert contract.plan_text == ANSWERS["plan"]
    link = link_of(county, winner)
    assert ANSWERS["plan"] in visitor.get(link).text
    assert visitor.post(link, data={"text": "改为四月进村"}).status_code == 303
    assert queries.find_contract(contract.id, by=county.officer).plan_text == "改为四月进村"


def test_c12_an_officer_draws_up_reviews_and_signs_on_pages(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    contract, _winner = plan_filed(county, clock, phone)
    officer, page = browser(county, OFFICER), f"/admin/contracts/{contract.id}"
    contracts = officer.get("/admin/contracts/").text
    assert contract.number in contracts
    assert "承接单位" in contracts
    assert "服务商" not in contracts
    assert f"{page}/terms" in officer.get(page).text
    assert "results：按设计执行" in officer.get(f"{page}/terms").text
    refused = officer.post(f"{page}/terms", data={**FORM, "clauses-support": "拨款延迟，甲方不负责。"})
    assert refused.status_code == 422
    assert "拨款延迟" in refused.text
    missing = officer.post(f"{page}/terms?lang=en", data={**FORM, "clauses-results": ""}).text
    assert 'href="#field-clauses-results"' in missing
    assert officer.post(f"{page}/terms?lang=zh", data=FORM).status_code == 302
    assert 'href="#field-opinion"' in officer.post(f"{page}/review", data={"reviewer": "赵律师"}).text
    assert officer.post(f"{page}/review", data={"reviewer": "赵律师", "opinion": "可以"}).status_code == 302
    assert 'href="#field-signatory"' in officer.post(f"{page}/sign", data={"side": "provider"}).text
    for side, name in (("purchaser", "李主任"), ("provider", "王芳")):
        signed = officer.post(f"{page}/sign", data={"side": side, "signatory": name})
        assert signed.status_code == 302
    text = officer.get(f"{page}?lang=en").text
    assert "In force" in text
    assert "17,500.00" in text
    assert queries.find_contract(contract.id, by=county.officer).state is ContractState.SIGNED


def test_c12_the_word_document_is_downloaded_in_both_languages(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    contract, _winner = drawn_up(county, clock, phone)
    officer = browser(county, OFFICER)
    for language, title in (("zh", "扶贫任务协议"), ("en", "undertaking the poverty reduction task")):
        answer = officer.get(f"/admin/contracts/{contract.id}/document/{language}")
        assert f"{contract.number}-{language}.docx" in answer.headers["Content-Disposition"]
        assert title in Document(BytesIO(answer.data)).paragraphs[0].text
    assert officer.get(f"/admin/contracts/{contract.id}/document/fr").status_code == 404
    assert officer.get(f"/admin/contracts/{contract.id}/plan").status_code == 404


def test_t3_others_read_a_contract_and_cannot_write_it(
    county: Office, province: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    contract, _winner = drawn_up(county, clock, phone)
    page = f"/admin/contracts/{contract.id}"
    for office, role in ((county, APPROVER), (county, Role.FINANCE_OFFICER), (province, Role.OVERSEER)):
        reader = browser(office, role)
        text = reader.get(page).text
        assert contract.number in text
        assert f"{page}/review" not in text
        assert reader.post(f"{page}/review", data={"reviewer": "我", "opinion": "行"}).status_code == 403


def test_a_program_approves_draws_up_reviews_and_signs(
    county: Office, clock: Clock, phone: Phones, program: Browser
) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    base, approver, officer = "/api/v1/contracts", program(county, APPROVER), program(county, OFFICER)
    early = approver.post(f"{base}/of-call/{call.id}")
    assert (early.status_code, early.json["code"]) == (422, "standstill_running")
    after_standstill(county, call, clock)
    begun_now = approver.post(f"{base}/of-call/{call.id}")
    assert (begun_now.status_code, begun_now.json[0]["state"]) == (201, "awaiting_plan")
    assert [one["number"] for one in officer.get(base).json] == ["QING-2026-001"]
    path = f"{base}/{begun_now.json[0]['id']}"
    assert officer.post(f"{path}/plan-link").status_code == 200
    terms = {
        **TERMS,
        "starts_on": "2026-04-01",
        "ends_on": "2026-10-31",
        "transfers": [
            {"purpose": one["purpose"], "amount": str(one["amount"]), "due_on": one["due_on"].isoformat()}
            for one in TERMS["transfers"]
        ],
    }
    without_plan = officer.put(f"{path}/terms", json=terms)
    assert (without_plan.status_code, without_plan.json["code"]) == (422, "plan_not_filed")
    unknown = officer.put(f"{path}/terms", json={**terms, "escape": "x"})
    assert "escape" in unknown.json["errors"]


def test_a_program_takes_a_contract_to_both_signatures(
    county: Office, clock: Clock, phone: Phones, program: Browser
) -> None:
    contract, _winner = drawn_up(county, clock, phone)
    officer, path = program(county, OFFICER), f"/api/v1/contracts/{contract.id}"
    assert officer.post(f"{path}/review", json={"reviewer": "赵律师", "opinion": "可以"}).status_code == 201
    for side in ("purchaser", "provider"):
        signed = officer.post(f"{path}/signatures", json={"side": side, "signatory": "某人"})
        assert signed.status_code == 201
    assert signed.json["state"] == "signed"
    assert signed.json["terms"]["transfers"][0] == {
        "purpose": "首期款",
        "amount": "60000",
        "due_on": "2026-04-01",
    }
    document = officer.get(f"{path}/document/en")
    assert document.data.startswith(b"PK")


def test_t2_a_neighbour_finds_no_contract(
    county: Office, other_county: Office, clock: Clock, phone: Phones, browser: Browser, program: Browser
) -> None:
    contract, _winner = in_force(county, clock, phone)
    assert browser(other_county, OFFICER).get(f"/admin/contracts/{contract.id}").status_code == 404
    stranger = program(other_county, OFFICER)
    assert stranger.get(f"/api/v1/contracts/{contract.id}").status_code == 404
    assert stranger.get("/api/v1/contracts").json == []
    assert stranger.get(f"/api/v1/contracts/{contract.id}/document/zh").status_code == 404
