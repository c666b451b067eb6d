"""Suggestions by message on their way to the long list (I1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from channels.contacts import erase
from service.identification import ideas, queries, workflow
from service.identification.ideas import IdeaView
from service.identification.rules import Category, IdeaState, Proposer
from tenants.permissions import Role
from tenants.refusals import NotFound, NotPermitted, WrongStage
from tests.conftest import Office, Phone
from tests.service.conftest import browser as browser
from tests.service.conftest import program as program
from tests.service.outbox import texts_about
from tests.service.procurement.stages import bidder

Phones = Callable[..., Phone]
Doors = Callable[..., FlaskClient]
VILLAGER = "+8613700000007"
WORDS = "给大坪村修一条到学校的路，孩子们下雨天难走"
TASK: dict[str, Any] = {
    "year": 2026,
    "title": "大坪村到学校的路",
    "title_en": None,
    "description": "修两公里便道",
    "category": Category.INFRASTRUCTURE,
    "proposer": Proposer.VILLAGER,
    "proposed_by": None,
    "gender_focus": False,
}


def suggested(county: Office, phone: Phones, words: str = WORDS) -> IdeaView:
    """A villager's suggestion, as the office sees it."""
    phone(VILLAGER, county).says(f"建议 {words}")
    return ideas.list_ideas(by=county.officer)[-1]


def screened(county: Office, task_id: Any, keep: bool) -> None:
    """The task, screened by one question."""
    (criterion,) = workflow.set_criteria(2026, [{"question": "群众欢迎吗？"}], by=county.officer)
    answers = [{"criterion_id": criterion.id, "answer": keep, "reason": "会上讨论"}]
    workflow.screen_task(
        task_id, answers=answers, keep=keep, reason=None if keep else "由交通局修", by=county.officer
    )


def test_i1_a_villager_suggests_by_one_text_and_sorts_it_by_a_number(county: Office, phone: Phones) -> None:
    mobile = phone(VILLAGER, county)
    reply = mobile.says(f"建议 {WORDS}")
    (idea,) = ideas.list_ideas(by=county.officer)
    assert idea.reference in reply
    assert (idea.text, idea.proposer, idea.category) == (WORDS, Proposer.VILLAGER, None)
    mobile.says("1")
    assert ideas.find_idea(idea.id, by=county.officer).category is Category.INFRASTRUCTURE


def test_i1_what_was_suggested_stays_whatever_is_not_answered(county: Office, phone: Phones) -> None:
    mobile = phone(VILLAGER, county)
    assert "where" in mobile.says("IDEA")
    reference = re.search(r"\d{10}", mobile.says("A road to the school of Daping"))
    assert reference
    assert reference[0] in mobile.says("CANCEL")
    (idea,) = ideas.list_ideas(by=county.officer)
    assert (idea.text, idea.category) == ("A road to the school of Daping", None)


def test_s2_the_reference_is_said_once_and_not_with_every_help(county: Office, phone: Phones) -> None:
    mobile = phone(VILLAGER, county)
    assert "编号" in mobile.says(f"建议 {WORDS}")
    helped = mobile.says("帮助")
    assert "是哪方面的" in helped
    assert "编号" not in helped


def test_i1_the_office_sees_that_an_so_suggests(county: Office, phone: Phones) -> None:
    phone(VILLAGER, county)
    bidder(county, VILLAGER, "山里人合作社")
    idea = suggested(county, phone)
    assert (idea.proposer, idea.proposed_by) == (Proposer.ORGANIZATION, "山里人合作社")


@pytest.mark.parametrize("keep", [True, False])
def test_i1_who_suggested_it_hears_how_the_screening_went(county: Office, phone: Phones, keep: bool) -> None:
    idea = suggested(county, phone)
    task = ideas.list_idea(idea.id, **TASK, by=county.officer)
    assert queries.list_tasks(by=county.officer)[0].title == "大坪村到学校的路"
    screened(county, task.id, keep)
    told = texts_about("ideas", by=county.officer)
    assert len(told) == 1
    assert idea.reference in told[0]
    assert ("潜在购买清单" in told[0]) is keep
    assert ("由交通局修" in told[0]) is not keep


def test_i1_two_suggestions_may_be_one_task(county: Office, phone: Phones) -> None:
    first = suggested(county, phone)
    task = ideas.list_idea(first.id, **TASK, by=county.officer)
    phone("+8613700000008", county).says("建议 学校的路该修了")
    (second,) = ideas.list_ideas(by=county.officer)
    ideas.join_idea(second.id, task.id, by=county.officer)
    screened(county, task.id, True)
    assert len(texts_about("ideas", by=county.officer)) == 2
    phone("+8613700000009", county).says("建议 学校门口的路")
    (late,) = ideas.list_ideas(by=county.officer)
    ideas.join_idea(late.id, task.id, by=county.officer)
    assert len(texts_about("ideas", by=county.officer)) == 3
    assert len(ideas.ideas_behind(task.id, by=county.officer)) == 3


def test_i1_what_is_no_task_is_set_aside_with_its_reason(county: Office, phone: Phones) -> None:
    idea = suggested(county, phone, "多发点钱给我")
    ideas.set_aside_idea(idea.id, "个人困难请找村委会申请低保", by=county.officer)
    assert "申请低保" in texts_about("ideas", by=county.officer)[0]
    view = ideas.find_idea(idea.id, by=county.officer)
    assert (view.state, view.set_aside_because) == (IdeaState.SET_ASIDE, "个人困难请找村委会申请低保")
    with pytest.raises(WrongStage):
        ideas.list_idea(idea.id, **TASK, by=county.officer)
    assert queries.list_tasks(by=county.officer) == []


def test_t7_the_words_end_with_the_senders_key_and_the_task_stays(county: Office, phone: Phones) -> None:
    bidder_phone = phone(VILLAGER, county)
    contact = bidder(county, bidder_phone.number, "山里人合作社").contact_id
    idea = suggested(county, phone)
    task = ideas.list_idea(idea.id, **TASK, by=county.officer)
    erase(contact, by=county.system)
    assert ideas.find_idea(idea.id, by=county.officer).text is None
    screened(county, task.id, True)
    other = suggested(county, phone)
    assert other.text == WORDS


def test_t2_t3_the_neighbour_and_the_finance_officer_list_nothing(
    county: Office, other_county: Office, phone: Phones
) -> None:
    idea = suggested(county, phone)
    with pytest.raises(NotFound):
        ideas.list_idea(idea.id, **TASK, by=other_county.officer)
    with pytest.raises(NotPermitted):
        ideas.list_idea(idea.id, **TASK, by=county.finance)


def test_i1_the_page_puts_a_suggestion_on_the_long_list_with_its_source(
    county: Office, phone: Phones, browser: Doors
) -> None:
    idea = suggested(county, phone)
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    assert "1条短信建议" in officer.get("/admin/").text
    assert WORDS in officer.get("/admin/tasks/").text
    page = officer.get(f"/admin/ideas/{idea.id}").text
    assert f">\n{WORDS}</textarea>" in page
    assert VILLAGER[-4:] not in page
    sent = officer.post(
        f"/admin/ideas/{idea.id}/list",
        data={
            "year": "2026",
            "title": "到学校的路",
            "description": "便道",
            "category": "infrastructure",
            "proposer": "villager",
        },
    )
    assert sent.status_code == 302
    assert idea.reference in officer.get(sent.headers["Location"]).text


def test_i1_a_program_lists_joins_and_sets_aside(county: Office, phone: Phones, program: Doors) -> None:
    client = program(county, Role.PROCUREMENT_OFFICER)
    idea = suggested(county, phone)
    (shown,) = client.get("/api/v1/tasks/ideas").json
    assert (shown["id"], shown["text"]) == (str(idea.id), WORDS)
    body = {**TASK, "category": "infrastructure", "proposer": "villager"}
    task = client.post(f"/api/v1/tasks/ideas/{idea.id}/listing", json=body)
    assert task.status_code == 201
    phone("+8613700000008", county).says("建议 学校的路该修了")
    phone("+8613700000009", county).says("建议 给我发钱")
    joined, refused = client.get("/api/v1/tasks/ideas").json
    path = f"/api/v1/tasks/ideas/{joined['id']}"
    assert client.post(f"{path}/task", json={"task_id": task.json["id"]}).json["state"] == "listed"
    assert client.get(path).json["task_id"] == task.json["id"]
    path = f"/api/v1/tasks/ideas/{refused['id']}/refusal"
    assert client.post(path, json={"reason": "不是任务"}).json["state"] == "set_aside"
    assert client.get("/api/v1/tasks/ideas").json == []
