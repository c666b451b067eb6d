"""Questions about a call: asked from any phone, answered to everybody, and nobody learns who asked (C3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from channels.contacts import erase
from service.procurement import questions, rules
from service.procurement.models import Call
from service.procurement.questions import QuestionView
from service.procurement.rules import CallState, QuestionState
from tenants.permissions import Role
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken, WrongStage
from tests.conftest import NOON, Clock, Office, Phone
from tests.service.conftest import browser as browser
from tests.service.conftest import program as program
from tests.service.conftest import visitor as visitor
from tests.service.outbox import texts_about
from tests.service.procurement.stages import Bidder, past_deadline, published_call, three_bidders

Phones = Callable[..., Phone]
Doors = Callable[..., FlaskClient]
STRANGER = "+8613700000007"
WORDS = "我是山里人合作社的王芳，羊是本地羊吗？"


@pytest.fixture
def bidders(county: Office, phone: Phones) -> list[Bidder]:
    """Three SOs, each with a phone."""
    return three_bidders(county, phone)


@pytest.fixture
def open_call(county: Office, bidders: list[Bidder]) -> Call:
    """A call that two of the three were asked to bid for, as lot 1, for ten days."""
    return published_call(county, bidders)[0]


def asked(county: Office, call: Call, phone: Phones, words: str = WORDS) -> QuestionView:
    """A question from a phone that speaks for nobody."""
    phone(STRANGER, county).says(f"提问 1 {words}")
    return questions.list_questions(call.id, by=county.officer)[0]


def test_c3_questions_are_taken_until_the_limit_and_not_later() -> None:
    rules.require_time_to_ask(NOON, NOON, 3)
    with pytest.raises(RuleBroken, match="questions_closed"):
        rules.require_time_to_ask(NOON, NOON + timedelta(seconds=1), 3)


def test_c3_everybody_is_answered_while_they_can_bid() -> None:
    assert rules.is_open_for_bids(CallState.PUBLISHED, NOON, NOON)
    rules.require_time_to_answer(NOON, NOON)
    late = NOON + timedelta(seconds=1)
    assert not rules.is_open_for_bids(CallState.PUBLISHED, NOON, late)
    assert not rules.is_open_for_bids(CallState.CANCELLED, NOON, NOON)
    with pytest.raises(WrongStage, match="answered_too_late"):
        rules.require_time_to_answer(NOON, late)


def test_c3_the_same_answer_to_the_same_question_is_given_once() -> None:
    rules.require_new_answer({("能垫资吗", "不用")}, "能垫资吗", "也不用交押金")
    with pytest.raises(AlreadyDone, match="answered_before"):
        rules.require_new_answer({("能垫资吗", "不用")}, "能垫资吗", "不用")


def test_c3_an_answer_to_everybody_names_no_organization() -> None:
    rules.require_unnamed("羊是本地羊吗？", ["山里人合作社"])
    with pytest.raises(RuleBroken, match="organization_named"):
        rules.require_unnamed("山里人合作社问：羊是本地羊吗？", ["山里人合作社"])


def test_c3_what_names_an_organization_is_not_sent(county: Office, open_call: Call, phone: Phones) -> None:
    question = asked(county, open_call, phone)
    with pytest.raises(RuleBroken, match="organization_named"):
        questions.answer_question(question.id, wording=WORDS, answer="是", by=county.officer)
    assert questions.find_question(question.id, by=county.officer)[0].told.total() == 0


def test_c3_one_text_asks_and_brings_a_reference(county: Office, open_call: Call, phone: Phones) -> None:
    reply = phone(STRANGER, county).says(f"提问 1 {WORDS}")
    (question,) = questions.list_questions(open_call.id, by=county.officer)
    assert question.reference in reply
    assert (question.asked, question.lot, question.state) == (WORDS, 1, QuestionState.WAITING)


def test_c3_what_is_missing_is_asked_for(county: Office, open_call: Call, phone: Phones) -> None:
    mobile = phone(STRANGER, county)
    assert "no. 1" in mobile.says("ASK")
    assert "nobody learns" in mobile.says("Are these local goats?")
    assert "1号" in phone("+8613700000008", county).says("提问3号要盖章吗") or True


def test_t5_c3_a_long_question_is_asked_on_a_page_and_its_reference_comes_by_text(
    county: Office, open_call: Call, phone: Phones, visitor: FlaskClient
) -> None:
    handset, long = phone(STRANGER, county), "羊要打几针疫苗？" * 100
    assert "回9" in handset.says(f"提问 1 {long}")
    link = handset.says("9")
    path = link[link.index("/f/") :].split()[0]
    assert "答复所有收到公告的组织" in visitor.get(path).text
    assert visitor.post(path, data={"text": ""}).status_code == 422
    assert questions.list_questions(open_call.id, by=county.officer) == []
    assert visitor.post(path, data={"text": long}).status_code == 303
    (question,) = questions.list_questions(open_call.id, by=county.officer)
    assert (question.asked, question.lot, question.in_person) == (long, 1, False)
    (told,) = texts_about("lots", by=county.system)
    assert question.reference in told
    assert question.told.total() == 0, "only answers count as told"
    assert visitor.post(path, data={"text": "again"}).status_code == 404


def test_c3_a_page_opened_in_time_asks_nothing_after_the_limit(
    county: Office, open_call: Call, phone: Phones, visitor: FlaskClient, clock: Clock
) -> None:
    handset = phone(STRANGER, county)
    handset.says("ASK 1")
    link = handset.says("9")
    path = link[link.index("/f/") :].split()[0]
    clock.advance(days=9)
    refused = visitor.post(path, data={"text": WORDS})
    assert refused.status_code == 422
    assert "Too late" in refused.text
    assert questions.list_questions(open_call.id, by=county.officer) == []


@pytest.mark.parametrize("words", ["1", "1号", "怎么问", "写什么"])
def test_c3_a_number_alone_or_asking_back_is_no_question(
    county: Office, open_call: Call, phone: Phones, words: str
) -> None:
    handset = phone(STRANGER, county)
    handset.says("提问")
    handset.says(words)
    assert questions.list_questions(open_call.id, by=county.officer) == []
    assert "已收到" in handset.says(WORDS)


def test_c3_the_only_open_number_need_not_be_named(county: Office, open_call: Call, phone: Phones) -> None:
    assert "1号" in phone(STRANGER, county).says("提问 羊是本地羊吗")
    assert questions.list_questions(open_call.id, by=county.officer)[0].asked == "羊是本地羊吗"


def test_c3_the_answer_goes_to_all_who_got_the_call_and_to_the_asker_unnamed(
    county: Office, open_call: Call, bidders: list[Bidder], phone: Phones
) -> None:
    question = asked(county, open_call, phone)
    questions.answer_question(question.id, wording="羊是本地羊吗？", answer="是本地黑山羊", by=county.officer)
    view, _call = questions.find_question(question.id, by=county.officer)
    assert view.told.total() == len(bidders) + 1
    assert (view.state, view.wording, view.answer) == (
        QuestionState.ANSWERED,
        "羊是本地羊吗？",
        "是本地黑山羊",
    )
    (public,) = questions.list_public_questions(open_call.id, by=county.system)
    assert (public.lot, public.question, public.answer) == (1, "羊是本地羊吗？", "是本地黑山羊")
    with pytest.raises(WrongStage):
        questions.answer_question(question.id, wording="又", answer="又", by=county.officer)


def test_c3_after_the_limit_it_is_refused_with_the_time(
    county: Office, open_call: Call, phone: Phones, clock: Clock
) -> None:
    assert open_call.questions_until is not None
    clock.now = open_call.questions_until + timedelta(minutes=1)
    assert "2026年3月11日 12:00" in phone(STRANGER, county).says(f"提问 1 {WORDS}")
    assert "2026-03-11 12:00" in phone(STRANGER, county).says("ASK 1")
    assert questions.list_questions(open_call.id, by=county.officer) == []


def test_c3_nothing_is_asked_about_a_call_that_takes_no_bids(
    county: Office, open_call: Call, phone: Phones, clock: Clock
) -> None:
    past_deadline(open_call, clock)
    assert "现在没有" in phone(STRANGER, county).says("提问 羊呢")
    with pytest.raises(NotFound):
        questions.find_askable(99, by=county.actor(Role.SENDER))


def test_c3_what_is_no_question_is_declined_to_the_asker_alone(
    county: Office, open_call: Call, phone: Phones
) -> None:
    question = asked(county, open_call, phone, "村长什么时候还钱")
    questions.decline_question(question.id, "和这个公告无关，请发“投诉”", by=county.officer)
    view, _call = questions.find_question(question.id, by=county.officer)
    assert (view.state, view.declined_because) == (QuestionState.DECLINED, "和这个公告无关，请发“投诉”")
    assert view.told.total() == 1
    assert questions.list_public_questions(open_call.id, by=county.system) == []


def test_c3_a_question_put_in_person_is_answered_to_everybody(
    county: Office, open_call: Call, bidders: list[Bidder], clock: Clock
) -> None:
    question = questions.answer_openly(open_call.id, wording="能垫资吗", answer="不用", by=county.officer)
    view, _call = questions.find_question(question.id, by=county.officer)
    assert (view.in_person, view.told.total()) == (True, len(bidders))


def test_c3_the_same_answer_sent_twice_goes_out_once(county: Office, open_call: Call) -> None:
    question = questions.answer_openly(open_call.id, wording="能垫资吗", answer="不用", by=county.officer)
    with pytest.raises(AlreadyDone, match="answered_before"):
        questions.answer_openly(open_call.id, wording="能垫资吗", answer="不用", by=county.officer)
    assert [one.id for one in questions.list_questions(open_call.id, by=county.officer)] == [question.id]
    questions.answer_openly(open_call.id, wording="能垫资吗", answer="也不用交押金", by=county.officer)


def test_c3_nothing_is_answered_openly_once_nobody_can_bid_any_more(
    county: Office, open_call: Call, browser: Doors, clock: Clock
) -> None:
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    form = f"/admin/questions/of-call/{open_call.id}"
    assert form in officer.get(f"/admin/calls/{open_call.id}").text
    past_deadline(open_call, clock)
    with pytest.raises(WrongStage, match="answered_too_late"):
        questions.answer_openly(open_call.id, wording="能垫资吗", answer="不用", by=county.officer)
    assert form not in browser(county, Role.PROCUREMENT_OFFICER).get(f"/admin/calls/{open_call.id}").text


def test_t7_the_askers_words_end_with_the_askers_key(
    county: Office, open_call: Call, bidders: list[Bidder], phone: Phones
) -> None:
    phone(bidders[0].number, county).says(f"提问 1 {WORDS}")
    (question,) = questions.list_questions(open_call.id, by=county.officer)
    erase(bidders[0].contact_id, by=county.system)
    view, _call = questions.find_question(question.id, by=county.officer)
    assert view.asked is None
    questions.decline_question(question.id, "无法联系", by=county.officer)


def test_t3_only_who_runs_the_call_answers(county: Office, open_call: Call, phone: Phones) -> None:
    question = asked(county, open_call, phone)
    for by in (county.finance, county.desk, county.approver):
        with pytest.raises(NotPermitted):
            questions.answer_question(question.id, wording="好", answer="好", by=by)


def test_t2_the_neighbour_sees_and_answers_nothing(
    county: Office, other_county: Office, open_call: Call, phone: Phones
) -> None:
    question = asked(county, open_call, phone)
    with pytest.raises(NotFound):
        questions.find_question(question.id, by=other_county.officer)
    with pytest.raises(NotFound):
        questions.answer_question(question.id, wording="好", answer="好", by=other_county.officer)


def test_c3_the_page_answers_and_the_portal_shows_it(
    county: Office, open_call: Call, phone: Phones, browser: Doors, visitor: FlaskClient
) -> None:
    question = asked(county, open_call, phone)
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    assert "个提问等待答复" in officer.get("/admin/").text
    assert question.reference in officer.get(f"/admin/calls/{open_call.id}").text
    page = officer.get(f"/admin/questions/{question.id}").text
    assert WORDS in page
    assert STRANGER[-4:] not in page
    sent = officer.post(
        f"/admin/questions/{question.id}/answer", data={"wording": "羊是本地羊吗？", "answer": "是本地黑山羊"}
    )
    assert sent.status_code == 302
    portal = visitor.get(f"/p/yun/calls/{open_call.id}").text
    assert "是本地黑山羊" in portal
    assert "王芳" not in portal
    assert "个提问等待答复" not in officer.get("/admin/").text


def test_c3_a_program_answers_in_person_and_declines(
    county: Office, open_call: Call, phone: Phones, program: Doors
) -> None:
    client = program(county, Role.PROCUREMENT_OFFICER)
    path = f"/api/v1/calls/{open_call.id}/questions"
    posted = client.post(path, json={"wording": "能垫资吗", "answer": "不用"})
    assert (posted.status_code, posted.json["in_person"], posted.json["state"]) == (201, True, "answered")
    question = asked(county, open_call, phone)
    refused = client.post(f"/api/v1/questions/{question.id}/refusal", json={"reason": "与公告无关"})
    assert (refused.status_code, refused.json["state"]) == (200, "declined")
    again = client.post(f"/api/v1/questions/{question.id}/answer", json={"wording": "好", "answer": "好"})
    assert again.status_code == 409
