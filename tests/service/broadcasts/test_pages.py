"""The pages and the JSON of broadcasts, and the spreadsheet of what became of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from openpyxl import load_workbook

from channels.sending import send_due
from service.broadcasts import queries, workflow
from service.broadcasts.address_book import list_listed, list_numbers
from service.broadcasts.outcomes import REASONS, reason_of
from service.broadcasts.rules import AudienceKind, BroadcastState
from service.organizations.rules import Capacity
from service.organizations.workflow import change_organization
from tenants.permissions import Role
from tests.channels.conftest import cannot_be_reached, goes_by_template, outbox
from tests.conftest import Clock, Office
from tests.service.broadcasts.stages import TOWNSHIP, budget, drafted, numbers, reads_english, township_of
from tests.service.organizations.stages import provider
from tests.standins.twilio import Misbehaviour, TwilioStandIn

Browser = Callable[..., FlaskClient]


def test_a_broadcast_is_written_seen_sent_and_followed(
    office: Office, browser: Browser, twilio: TwilioStandIn
) -> None:
    officer = browser(office, Role.PROCUREMENT_OFFICER)
    listed = {"people": f"{numbers(1)[0]} 李明\n{numbers(1, 2)[0]}", "township": TOWNSHIP, "agreed": "1"}
    assert officer.post("/admin/broadcasts/address-book", data=listed).status_code == 302
    book = officer.get("/admin/broadcasts/address-book").text
    assert "李明" in book
    assert "138****0001" in book
    assert numbers(1)[0] not in book
    answers = {"title": "停水", "words": "明天停水", "township": TOWNSHIP}
    answer = officer.post("/admin/broadcasts/new/township", data=answers)
    page = officer.get(answer.headers["Location"]).text
    assert "明天停水" in page
    assert "发给 2 人" in page
    assert "0.10" in page
    (standing,) = queries.list_broadcasts(by=office.officer)
    here = f"/admin/broadcasts/{standing.broadcast.id}"
    assert officer.post(f"{here}/send").status_code == 302
    send_due()
    page = officer.get(here).text
    assert "100%" in page
    assert f"{here}/stop" not in page
    assert "138****0002" in officer.get(f"{here}/recipients").text
    assert "138****0002" in officer.get(f"{here}/recipients?state=sent").text
    assert "138****0002" not in officer.get(f"{here}/recipients?state=failed").text
    assert len([one for one in twilio.messages if "明天停水" in one["body"]]) == 2


def test_s7_a_number_that_is_not_valid_shows_where_the_officer_sees_it(
    office: Office, browser: Browser, program: Browser
) -> None:
    township_of(office, 2)
    cannot_be_reached(numbers(2)[1], by=office.system)
    draft = drafted(office)
    officer, api = browser(office, Role.PROCUREMENT_OFFICER), program(office, Role.PROCUREMENT_OFFICER)
    assert "号码无效" in officer.get("/admin/broadcasts/address-book").text
    page = officer.get(f"/admin/broadcasts/{draft.id}").text
    assert "1 人号码无效" in page
    assert "号码无效，不发" in page
    assert "未发送：号码无效" in officer.get(f"/admin/broadcasts/{draft.id}/recipients").text
    assert [one["unreachable"] for one in api.get("/api/v1/broadcasts/address-book").json] == [False, True]
    told = api.get(f"/api/v1/broadcasts/{draft.id}").json
    assert (told["spending"]["people"], told["spending"]["unreachable"]) == (1, 1)


def test_s6_in_quiet_hours_the_page_says_when_the_messages_leave(
    office: Office, browser: Browser, program: Browser, clock: Clock
) -> None:
    township_of(office, 2)
    broadcast = drafted(office)
    here = f"/admin/broadcasts/{broadcast.id}"
    officer, client = browser(office, Role.PROCUREMENT_OFFICER), program(office, Role.PROCUREMENT_OFFICER)
    assert "免打扰" not in officer.get(here).text
    clock.advance(hours=10)
    assert "免打扰" in officer.get(here).text
    officer.post(f"{here}/send")
    assert "2026年3月5日 08:00" in officer.get(here).text
    assert client.get(f"/api/v1/broadcasts/{broadcast.id}").json["quiet_until"].startswith("2026-03-05T00:00")


@pytest.mark.parametrize("kind", list(AudienceKind))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_kind_of_audience_has_its_form_or_says_why_not(
    office: Office, browser: Browser, kind: AudienceKind, language: str
) -> None:
    officer = browser(office, Role.PROCUREMENT_OFFICER)
    assert officer.get(f"/admin/broadcasts/?lang={language}").status_code == 200
    answer = officer.get(f"/admin/broadcasts/new/{kind}")
    assert answer.status_code == (200 if kind is AudienceKind.ORGANIZATIONS else 302)


def test_a_township_and_its_villages_are_picked_from_the_address_book(
    office: Office, browser: Browser
) -> None:
    list_numbers(numbers(2), TOWNSHIP, True, village="一村", by=office.officer)
    list_numbers(numbers(1, 3), "青山乡", True, focal_point=True, by=office.officer)
    officer = browser(office, Role.PROCUREMENT_OFFICER)
    township = officer.get("/admin/broadcasts/new/township").text
    assert all(f'<option value="{place}"' in township for place in (TOWNSHIP, "青山乡", "一村"))
    focal_points = officer.get("/admin/broadcasts/new/focal_points").text
    assert '<option value="青山乡"' in focal_points
    assert TOWNSHIP not in focal_points


def test_a_number_that_is_nobodys_phone_is_named_and_nobody_is_listed(
    office: Office, browser: Browser
) -> None:
    officer = browser(office, Role.PROCUREMENT_OFFICER)
    for wrong in ("1380000010 王秀英", "0871-5550110 办公室", "李明 13800000101"):
        listed = {"people": f"13800000101 李明\n{wrong}", "township": TOWNSHIP, "agreed": "1"}
        answer = officer.post("/admin/broadcasts/address-book", data=listed)
        assert answer.status_code == 422
        assert f"{wrong.split()[0]}" in answer.text.split("form-card")[0]
        assert wrong in answer.text
    assert list_listed(by=office.officer) == []


def test_s6_both_languages_are_seen_with_parts_and_cost_though_nobody_reads_one_of_them(
    office: Office, browser: Browser
) -> None:
    township_of(office, 3)
    reads_english(numbers(3)[0], by=office.system)
    officer = browser(office, Role.PROCUREMENT_OFFICER)
    seen = officer.get(f"/admin/broadcasts/{drafted(office, words_en='W' * 200).id}").text
    assert '中文 <span class="quiet">2 人 · 1 条 · ' in seen
    assert '英文 <span class="quiet">1 人 · 2 条 · ' in seen
    assert seen.count("0.10") == 2
    list_numbers(numbers(1, 9), "青山乡", True, by=office.officer)
    elsewhere = drafted(office, township="青山乡", words_en="No water tomorrow")
    seen = officer.get(f"/admin/broadcasts/{elsewhere.id}").text
    assert '英文 <span class="quiet">0 人 · 1 条 · ' in seen
    assert "No water tomorrow" in seen
    assert "英文" not in officer.get(f"/admin/broadcasts/{drafted(office, township='青山乡').id}").text


@pytest.mark.parametrize(
    ("code", "words"),
    [(21211, "这个号码收不到短信"), (21610, "在运营商那里退订了"), (21408, "运营商代码 21408")],
)
def test_s7_why_somebody_did_not_get_it_stands_there_in_words(
    office: Office, browser: Browser, twilio: TwilioStandIn, code: int, words: str
) -> None:
    township_of(office, 1)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    twilio.plan(Misbehaviour(status=400, code=code))
    send_due()
    officer = browser(office, Role.PROCUREMENT_OFFICER)
    assert words in officer.get(f"/admin/broadcasts/{broadcast.id}/recipients").text
    outcome = officer.get(f"/admin/broadcasts/{broadcast.id}/recipients.xlsx").data
    _heading, row = load_workbook(BytesIO(outcome)).worksheets[0].iter_rows(values_only=True)
    assert (row[2], row[6]) == ("中文", words)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_s7_each_of_our_own_codes_has_words(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        assert {str(words) for words in REASONS.values()}.isdisjoint(REASONS)
        assert all(
            "{" not in reason_of(code) for code in (*REASONS, "no_template broadcasts.words zh", "45015")
        )


def test_s6_above_the_budget_the_page_asks_for_a_second_person_who_must_prove_himself(
    office: Office, browser: Browser, clock: Clock
) -> None:
    township_of(office, 3)
    budget(office, 2)
    draft = drafted(office)
    here = f"/admin/broadcasts/{draft.id}"
    officer, approver = browser(office, Role.PROCUREMENT_OFFICER), browser(office, Role.APPROVER)
    assert f"{here}/send" in officer.get(here).text
    officer.post(f"{here}/send", headers={"Referer": f"http://localhost{here}"})
    assert f"{here}/approve" not in officer.get(here).text
    assert officer.post(f"{here}/approve").status_code == 403
    assert draft.title in approver.get("/admin/").text
    clock.now += timedelta(minutes=6)
    assert "/admin/confirm" in approver.post(f"{here}/approve").headers["Location"]
    fresh = browser(office, Role.APPROVER)
    assert f"{here}/approve" in fresh.get(here).text
    fresh.post(f"{here}/approve")
    assert queries.find_broadcast(draft.id, by=office.officer).state is BroadcastState.SENDING


def test_a_broadcast_is_paused_resumed_and_stopped_by_its_buttons(office: Office, browser: Browser) -> None:
    township_of(office, 2)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    here = f"/admin/broadcasts/{broadcast.id}"
    officer = browser(office, Role.PROCUREMENT_OFFICER)
    for verb, state in (("pause", "paused"), ("resume", "sending"), ("stop", "stopped")):
        assert f"{here}/{verb}" in officer.get(here).text
        if verb == "stop":
            assert "先不停止" in officer.get(f"{here}/stop").text
            assert queries.find_broadcast(broadcast.id, by=office.officer).state == "sending"
        officer.post(f"{here}/{verb}")
        assert queries.find_broadcast(broadcast.id, by=office.officer).state == state
    assert f"{here}/resume" not in officer.get(here).text
    assert "</progress> 0%" in officer.get(here).text
    assert "0%" in officer.get("/admin/broadcasts/").text


def test_d3_the_category_that_was_chosen_shows_only_to_those_who_may_read_it(
    office: Office, browser: Browser, program: Browser, twilio: TwilioStandIn
) -> None:
    provider(office, 1, Capacity.C)
    draft = drafted(office, audience=AudienceKind.ORGANIZATIONS, capacity=Capacity.C, township=None)
    shown = browser(office, Role.PROCUREMENT_OFFICER).get(f"/admin/broadcasts/{draft.id}").text
    assert "能力类别" in shown
    assert program(office, Role.APPROVER).get(f"/api/v1/broadcasts/{draft.id}").json["filters"] == {
        "capacity": "c"
    }
    workflow.send_broadcast(draft.id, by=office.officer)
    send_due()
    sent = [message["body"] for message in twilio.messages if "停水" in message["body"]]
    assert sent == ["清河县扶贫办：明天上午八点到十二点停水，请提前储水。（不想再收到请回T）"]


def test_the_outcome_is_a_spreadsheet_in_which_nothing_is_a_formula(office: Office, browser: Browser) -> None:
    organization = provider(office, 1, Capacity.B)
    change_organization(organization.id, name="=1+1", by=office.officer)
    draft = drafted(office, audience=AudienceKind.ORGANIZATIONS, township=None)
    workflow.send_broadcast(draft.id, by=office.officer)
    send_due()
    answer = browser(office, Role.PROCUREMENT_OFFICER).get(f"/admin/broadcasts/{draft.id}/recipients.xlsx")
    (sheet,) = load_workbook(BytesIO(answer.data)).worksheets
    rows = list(sheet.iter_rows())
    assert len(rows) == 2
    assert rows[1][0].value == "138****0001"
    assert (rows[1][1].value, rows[1][1].data_type) == ("=1+1", "s")
    assert rows[1][3].value == "已发送"


def test_m17_the_outcome_says_by_which_version_of_a_template_it_went(
    office: Office, browser: Browser, program: Browser
) -> None:
    township_of(office, 2)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    first, _second = outbox(by=office.system)
    goes_by_template(first, "SMS_7", office=office)
    officer = program(office, Role.PROCUREMENT_OFFICER)
    listed = {one["id"]: one for one in officer.get(f"/api/v1/broadcasts/{broadcast.id}/recipients").json}
    assert listed.pop(str(first.id))["template_version"] == 2
    assert [one["template_code"] for one in listed.values()] == [None]
    path = f"/admin/broadcasts/{broadcast.id}/recipients.xlsx"
    (sheet,) = load_workbook(BytesIO(browser(office, Role.PROCUREMENT_OFFICER).get(path).data)).worksheets
    assert {row[7].value for row in sheet.iter_rows()} == {"模板", "SMS_7 v2", None}


def test_the_same_by_json(office: Office, program: Browser) -> None:
    township_of(office, 2)
    officer = program(office, Role.PROCUREMENT_OFFICER)
    body = {"title": "停水", "words": "明天停水", "audience": "township", "township": TOWNSHIP}
    made = officer.post("/api/v1/broadcasts", json=body)
    assert made.status_code == 201
    here = f"/api/v1/broadcasts/{made.json['id']}"
    file = officer.get(here).json
    assert (file["spending"]["people"], file["spending"]["cost"]) == (2, "0.10")
    changed = {"title": "停水", "words": "后天停水", "township": TOWNSHIP}
    assert officer.put(here, json=changed).json["words"] == "后天停水"
    assert officer.post(f"{here}/sending").json["state"] == "sending"
    assert officer.post(f"{here}/pause").json["state"] == "paused"
    assert officer.post(f"{here}/resumption").json["state"] == "sending"
    assert [one["state"] for one in officer.get(f"{here}/recipients").json] == ["queued", "queued"]
    assert officer.get(f"{here}/recipients?state=sent").json == []
    assert officer.post(f"{here}/stop").json["people"] == 2
    assert officer.get(here).json["states"] == {"stopped": 2}
    assert len(officer.get("/api/v1/broadcasts").json) == 1
    incomplete = officer.post("/api/v1/broadcasts", json={**body, "township": None})
    assert incomplete.status_code == 422
    assert program(office, Role.FINANCE_OFFICER).get("/api/v1/broadcasts").status_code == 403


def test_the_address_book_by_json(office: Office, program: Browser) -> None:
    officer = program(office, Role.PROCUREMENT_OFFICER)
    people = {"people": [numbers(1)[0]], "township": TOWNSHIP, "focal_point": True}
    refused = officer.post("/api/v1/broadcasts/address-book", json=people)
    assert refused.status_code == 422
    listed = officer.post("/api/v1/broadcasts/address-book", json={**people, "agreed": True})
    assert [one["address"] for one in listed.json] == ["138****0001"]
    (one,) = list_listed(by=office.officer)
    assert officer.delete(f"/api/v1/broadcasts/address-book/{one.id}").status_code == 204
    assert officer.get("/api/v1/broadcasts/address-book").json == []


def test_a_draft_can_be_given_up_or_given_back(office: Office, browser: Browser) -> None:
    township_of(office, 1)
    officer = browser(office, Role.PROCUREMENT_OFFICER)
    given_up = drafted(office)
    officer.post(f"/admin/broadcasts/{given_up.id}/drop")
    assert queries.find_broadcast(given_up.id, by=office.officer).state is BroadcastState.DROPPED
    budget(office, 0)
    draft = drafted(office)
    workflow.send_broadcast(draft.id, by=office.officer)
    approver = browser(office, Role.APPROVER)
    assert approver.post(f"/admin/broadcasts/{draft.id}/return", data={"reason": "太长"}).status_code == 302
    assert "太长" in officer.get(f"/admin/broadcasts/{draft.id}").text
    edited = {"title": "停水", "words": "明天停水", "township": TOWNSHIP}
    assert officer.post(f"/admin/broadcasts/{draft.id}/edit", data=edited).status_code == 302
    assert queries.find_broadcast(draft.id, by=office.officer).words == "明天停水"
