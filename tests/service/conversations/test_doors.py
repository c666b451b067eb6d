"""The pages and the API of the conversation desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from flask.testing import FlaskClient

from channels.models import Secrecy
from service.conversations import workflow
from service.conversations.rules import Desk
from service.conversations.usual_answers import add_usual_answer
from tenants.permissions import Role
from tests.channels.conftest import cannot_be_reached, goes_by_template, outbox
from tests.channels.test_inbox import stored
from tests.conftest import Clock, Office, Phone
from tests.service.conversations.test_workflow import last

Waits = Callable[..., UUID]
Door = Callable[..., FlaskClient]


def seen_on(page: str) -> str:
    """Up to where the conversation was read on a page."""
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_officer_reads_counts_and_answers(browser: Door, county: Office, waits: Waits) -> None:
    sender, client = waits(county), browser(county, Role.PROCUREMENT_OFFICER)
    listed = client.get("/admin/conversations/?lang=en").text
    assert "hmm zz" in listed
    assert "138****0001" in listed
    assert "1 conversation waits" in client.get("/admin/").text
    path = f"/admin/conversations/office/{sender}"
    page = client.get(path).text
    assert "13800000001" not in page
    assert "Show the number" not in page
    assert "Please fill this in" in client.post(f"{path}/count", data={"words": ""}).text
    answer = {"words": "请周一来办公室。" * 9, "seen": seen_on(page)}
    counted = client.post(f"{path}/count", data=answer).text
    assert "2 text messages" in counted
    assert outbox(by=county.system) == []
    sent = client.post(f"{path}/answer", data=answer, follow_redirects=True)
    assert "Nothing waits" in sent.text
    assert len(outbox(by=county.system)) == 1


def test_the_other_language_is_one_click_away_from_an_address_that_only_a_form_leads_to(
    browser: Door, county: Office, waits: Waits
) -> None:
    sender, client = waits(county), browser(county, Role.PROCUREMENT_OFFICER)
    path = f"/admin/conversations/office/{sender}"
    counted = client.post(
        f"{path}/count", data={"words": "周一来", "seen": seen_on(client.get(path).text)}
    ).text
    link = re.search(r'class="language" href="([^"]+)"', counted)
    assert link is not None
    assert link[1] == f"{path}?lang=en"
    assert "Your answer" in client.get(link[1]).text


def test_m17_the_desk_sees_by_which_version_of_a_template_an_answer_went(
    browser: Door, program: Door, county: Office, waits: Waits
) -> None:
    sender, client = waits(county), browser(county, Role.PROCUREMENT_OFFICER)
    path = f"/admin/conversations/office/{sender}?lang=en"
    answer = {"words": "请周一来办公室。", "seen": seen_on(client.get(path).text)}
    client.post(f"/admin/conversations/office/{sender}/answer", data=answer)
    assert "template" not in client.get(path).text
    (row,) = outbox(by=county.system)
    goes_by_template(row, "SMS_7", office=county)
    assert "template SMS_7, version 2" in client.get(path).text
    lines = (
        program(county, Role.PROCUREMENT_OFFICER).get(f"/api/v1/conversations/office/{sender}").json["lines"]
    )
    assert [(line["template_code"], line["template_version"]) for line in lines][-1] == ("SMS_7", 2)
    assert {line["template_code"] for line in lines[:-1]} == {None}


def test_s7_the_desk_sees_that_a_number_is_not_valid(browser: Door, county: Office, waits: Waits) -> None:
    path = f"/admin/conversations/office/{waits(county)}?lang=en"
    client = browser(county, Role.PROCUREMENT_OFFICER)
    assert "Number not valid" not in client.get(path).text
    cannot_be_reached("+8613800000001", by=county.system)
    assert "Number not valid" in client.get(path).text


def test_s1_an_answer_that_crossed_another_comes_back_with_its_words(
    browser: Door, county: Office, waits: Waits
) -> None:
    sender, client = waits(county), browser(county, Role.PROCUREMENT_OFFICER)
    path = f"/admin/conversations/office/{sender}"
    answer = {"words": "好的，知道了", "seen": seen_on(client.get(path).text)}
    waits(county, text="还有")
    crossed = client.post(f"{path}/answer?lang=en", data=answer)
    assert crossed.status_code in (409, 422)
    assert "went on meanwhile" in crossed.text
    assert "好的，知道了" in crossed.text
    again = {**answer, "seen": seen_on(crossed.text)}
    assert client.post(f"{path}/answer", data=again).status_code == 302


def test_s1_of_many_answers_at_once_one_goes_out(program: Door, county: Office, waits: Waits) -> None:
    path = f"/api/v1/conversations/office/{waits(county)}"
    clients = [program(county, Role.PROCUREMENT_OFFICER) for _ in range(4)]
    answer = {"words": "好", "seen": clients[0].get(path).json["last"]}  # type: ignore[index]
    with ThreadPoolExecutor(4) as pool:
        answered = pool.map(lambda one: one.post(f"{path}/answer", json=answer).status_code, clients)
        assert sorted(answered) == [200, 422, 422, 422]
    assert len(outbox(by=county.system)) == 1


def test_a_usual_answer_begins_in_the_language_of_the_sender(
    browser: Door, county: Office, waits: Waits
) -> None:
    sender, client = waits(county, text="你好吗这是什么东西"), browser(county, Role.PROCUREMENT_OFFICER)
    kept = add_usual_answer("上班时间", "周一至周五上班。", "Open Monday to Friday.", by=county.officer)
    page = client.get(f"/admin/conversations/office/{sender}?lang=en").text
    assert f"answer={kept.id}" in page
    assert "周一至周五上班。" in client.get(f"/admin/conversations/office/{sender}?answer={kept.id}").text
    new = {"name": "收到", "words_zh": "收到。", "words_en": "Received."}
    assert (
        "Received." in client.post("/admin/conversations/answers/new", data=new, follow_redirects=True).text
    )
    changed = {**new, "words_en": "Got it."}
    address = f"/admin/conversations/answers/{kept.id}"
    assert (
        client.post(address, data={**changed, "name": "时间"}, follow_redirects=True).text.count("Got it.")
        == 1
    )
    assert "时间" not in client.post(f"{address}/drop", follow_redirects=True).text


def test_c5_a_sealed_message_offers_only_to_ask_again(browser: Door, county: Office, waits: Waits) -> None:
    sender, client = waits(county, Secrecy.SEALED), browser(county, Role.PROCUREMENT_OFFICER)
    path = f"/admin/conversations/office/{sender}"
    page = client.get(f"{path}?lang=en").text
    assert "Ask to send it again" in page
    assert "textarea" not in page
    assert client.post(f"{path}/ask-again").status_code == 302
    assert client.post(f"{path}/close", data={"seen": seen_on(page)}).status_code == 422


def test_h4_procurement_does_not_find_a_complaint(browser: Door, county: Office, waits: Waits) -> None:
    path = f"/admin/conversations/complaints/{waits(county, Secrecy.CASE)}"
    assert browser(county, Role.PROCUREMENT_OFFICER).get(path).status_code == 404
    assert (
        browser(county, Role.PROCUREMENT_OFFICER).get(path.replace("complaints", "office")).status_code == 404
    )
    desk = browser(county, Role.COMPLAINT_OFFICER)
    assert desk.get(path).status_code == 200
    assert "+8613800000001" in desk.post(f"{path}/number").text


def test_h4_the_complaint_desk_files_a_complaint_or_passes_it_to_the_office(
    browser: Door, program: Door, county: Office, waits: Waits
) -> None:
    path = f"/admin/conversations/complaints/{waits(county, Secrecy.CASE, text='qq zz 路没修')}"
    desk = browser(county, Role.COMPLAINT_OFFICER)
    page = desk.get(f"{path}?lang=en").text
    assert "Make it a complaint" in page
    filed = desk.post(f"{path}/complaint", data={"seen": seen_on(page)}, follow_redirects=True)
    assert "It is a complaint now" in filed.text
    waits(county, Secrecy.CASE, text="qq zz 几点上班")
    passed = desk.post(
        f"{path}/to-office", data={"seen": seen_on(desk.get(path).text)}, follow_redirects=True
    )
    assert "The office sees it now" in passed.text
    assert "几点上班" in browser(county, Role.PROCUREMENT_OFFICER).get("/admin/conversations/").text
    client = program(county, Role.COMPLAINT_OFFICER)
    api = path.replace("/admin/", "/api/v1/")
    waits(county, Secrecy.CASE, text="qq zz 又坏了")
    seen = {"seen": client.get(api).json["last"]}  # type: ignore[index]
    assert len(client.post(f"{api}/complaint", json=seen).json["reference"]) == 10  # type: ignore[index]
    waits(county, Secrecy.CASE, text="qq zz 电话多少")
    seen = {"seen": client.get(api).json["last"]}  # type: ignore[index]
    assert client.post(f"{api}/to-office", json=seen).status_code == 204
    elsewhere = client.post(f"{api.replace('complaints', 'office')}/to-office", json=seen)
    assert (elsewhere.status_code, elsewhere.json["code"]) == (409, "office_has_it")  # type: ignore[index]


def test_an_officer_takes_hands_on_and_gives_back(browser: Door, county: Office, waits: Waits) -> None:
    sender = waits(county)
    one, other = browser(county, Role.PROCUREMENT_OFFICER), browser(county, Role.PROCUREMENT_OFFICER)
    path = f"/admin/conversations/office/{sender}"
    page = one.post(f"{path}/take", follow_redirects=True).text
    assert "某人1" in page
    colleague = re.search(r'<option value="([0-9a-f-]{36})">某人2', page)
    assert colleague is not None
    assert one.post(f"{path}/hand", data={"person_id": colleague[1]}).status_code == 302
    assert "1 conversation waits" in other.get("/admin/?lang=en").text
    assert "1 conversation waits" not in one.get("/admin/?lang=en").text
    assert other.post(f"{path}/give-back").status_code == 302
    assert "1 conversation waits" in one.get("/admin/?lang=en").text


def test_programs_do_the_same(program: Door, county: Office, waits: Waits) -> None:
    client = program(county, Role.PROCUREMENT_OFFICER)
    sender = waits(county)
    (listed,) = client.get("/api/v1/conversations").json  # type: ignore[misc]
    assert (listed["text"], listed["sender"], listed["desk"]) == ("hmm zz", "138****0001", "office")
    path = f"/api/v1/conversations/office/{sender}"
    conversation = client.get(path).json
    assert [line["ours"] for line in conversation["lines"]] == [False, True]  # type: ignore[index]
    assert "words" in client.post(f"{path}/answer", json={}).json["errors"]  # type: ignore[index]
    answer = {"words": "好", "seen": conversation["last"]}  # type: ignore[index]
    assert client.post(f"{path}/count", json=answer).json == {"words": "好", "parts": 1, "units": 1}
    answered = client.post(f"{path}/answer", json=answer)
    assert answered.status_code == 200
    assert [line["delivery"] for line in answered.json["lines"]] == [None, None, "queued"]  # type: ignore[index]
    assert client.post(f"{path}/answer", json=answer).json["code"] == "conversation_moved"  # type: ignore[index]
    assert client.get("/api/v1/conversations").json == []
    assert [one["contact_id"] for one in client.get("/api/v1/conversations/lately").json] == [str(sender)]  # type: ignore[union-attr]
    assert client.delete(f"{path}/assignee").status_code == 200
    waits(county, Secrecy.SEALED)
    assert client.post(f"{path}/ask-again").status_code == 200
    waits(county)
    closed = client.post(f"{path}/close", json={"seen": client.get(path).json["last"]})  # type: ignore[index]
    assert closed.json["since"] is None  # type: ignore[index]
    assert client.post(f"{path}/number").status_code == 403


def test_programs_keep_usual_answers(program: Door, county: Office) -> None:
    client = program(county, Role.PROCUREMENT_OFFICER)
    words = {"name": "收到", "words_zh": "收到。", "words_en": "Received."}
    kept = client.post("/api/v1/conversations/answers", json=words).json
    path = f"/api/v1/conversations/answers/{kept['id']}"  # type: ignore[index]
    assert client.put(path, json={**words, "name": "好"}).json["name"] == "好"  # type: ignore[index]
    assert client.delete(path).status_code == 204
    assert client.put(path, json=words).status_code == 409
    assert client.get("/api/v1/conversations/answers").json == []


def test_t2_a_neighbours_program_finds_nothing(
    program: Door, county: Office, other_county: Office, waits: Waits
) -> None:
    path = f"/api/v1/conversations/office/{waits(county)}"
    client = program(other_county, Role.PROCUREMENT_OFFICER)
    assert client.get(path).status_code == 404
    assert client.delete(f"{path}/assignee").status_code == 404


def test_s8_the_complaint_desk_of_the_province_reads_and_answers_it(
    phone: Callable[[str, Office], Phone],
    county: Office,
    province: Office,
    browser: Door,
    program: Door,
) -> None:
    astray = "村里的水渠坏了，没人管"
    phone("+8613800000001", county).says(astray, To="+8613999990000")
    ((_message, contact),) = stored(by=province.system)
    path = f"/admin/conversations/complaints/{contact.id}"
    officer = browser(province, Role.COMPLAINT_OFFICER)
    assert astray in officer.get("/admin/conversations/").text
    page = officer.get(f"{path}?lang=en").text
    assert astray in page
    assert "Sent to another number" in page
    assert "13800000001" not in page
    assert browser(county, Role.COMPLAINT_OFFICER).get(path).status_code == 404
    assert browser(province, Role.PROCUREMENT_OFFICER).get(path).status_code in (403, 404)
    api = program(province, Role.COMPLAINT_OFFICER)
    told = api.get(f"/api/v1/conversations/complaints/{contact.id}").json
    assert told["lines"][0]["astray"] is True
    answer = {"words": "请打县里的电话", "seen": told["last"]}
    sent = api.post(f"/api/v1/conversations/complaints/{contact.id}/answer", json=answer)
    assert sent.status_code == 200
    (row,) = outbox(by=province.system)
    assert row.channel_tenant_id == county.id


def test_an_officer_goes_back_to_the_conversations_of_an_earlier_day(
    browser: Door, program: Door, county: Office, waits: Waits, clock: Clock
) -> None:
    for number, days in ((1, 0), (2, 3)):
        clock.advance(days=days)
        sender = waits(county, text=f"第{number}个人", number=f"+861380000000{number}")
        workflow.answer(Desk.OFFICE, sender, "好", last(county, sender), by=county.officer)
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    assert all(words in officer.get("/admin/conversations/").text for words in ("第1个人", "第2个人"))
    then = officer.get("/admin/conversations/?until=2026-03-05").text
    assert "第1个人" in then
    assert "第2个人" not in then
    assert "那时还没有人来过信息" in officer.get("/admin/conversations/?until=2026-03-01").text
    assert officer.get("/admin/conversations/?until=gestern").status_code == 200
    listed = program(county, Role.PROCUREMENT_OFFICER).get("/api/v1/conversations/lately?until=2026-03-05")
    assert [one["text"] for one in listed.json] == ["第1个人"]  # type: ignore[union-attr]
