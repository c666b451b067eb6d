"""The hotline by text, over the provider's own protocol, in both languages (H1-H6, S2, S4)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from channels.models import Handling, InboundMessage, Secrecy
from channels.parts import count_parts
from service.complaints import queries, workflow
from service.complaints.rules import About, ComplaintState, Identity, Resolution
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tests.conftest import Clock, Office, Phone
from tests.service.complaints.stages import BRIBE, LEAK, NEIGHBOUR, VILLAGER, answered_case, case_in, owner

Phones = Callable[..., Phone]

AGAINST_THE_OFFICE = "没落实，扶贫办的人收了钱"


@pytest.fixture
def villager(phone: Phones, county: Office) -> Phone:
    """A villager's phone, already told who keeps the data."""
    made = phone(VILLAGER, county)
    made.says("帮助")
    return made


def reference_in(reply: str) -> str:
    """The reference a reply gives."""
    found = re.search(r"\d{10}", reply)
    assert found, reply
    return found[0]


@pytest.fixture
def filed(villager: Phone) -> str:
    """The reference of the villager's case, left as it is."""
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    villager.says("取消")
    return reference


@pytest.fixture
def answered(filed: str, county: Office) -> str:
    """The reference of the villager's case, once it was answered."""
    answered_case(county, filed)
    return filed


@pytest.fixture
def closed(villager: Phone, answered: str) -> str:
    """The reference of the villager's case, answered, called solved and rated."""
    assert "已办结" in villager.says("1")
    villager.says("3")
    return answered


@query(Permission.ATTENTION_READ)
def waiting_messages(*, by: Actor) -> int:
    """How many messages wait for a person."""
    return len(
        db.session.scalars(
            select(InboundMessage.id).where(
                InboundMessage.tenant_id == by.tenant_id, InboundMessage.handling == Handling.ATTENTION
            )
        ).all()
    )


@query(Permission.ATTENTION_READ)
def stored_texts(*, by: Actor) -> list[bytes | None]:
    """The texts that messages keep, in the order they came."""
    return list(
        db.session.scalars(
            select(InboundMessage.text)
            .where(InboundMessage.tenant_id == by.tenant_id)
            .order_by(InboundMessage.received_at, InboundMessage.id)
        )
    )


@query(Permission.ATTENTION_READ)
def traces_of_messages(*, by: Actor) -> list[InboundMessage]:
    """What is kept of the messages of complaints."""
    return list(
        db.session.scalars(
            select(InboundMessage).where(
                InboundMessage.tenant_id == by.tenant_id, InboundMessage.secrecy == Secrecy.CASE
            )
        )
    )


def texts_of(office: Office, reference: str) -> list[str]:
    """The words in a case's file."""
    case = case_in(office, reference)
    assert case is not None
    return [entry.text for entry in queries.find_complaint(case.id, by=office.desk).entries]


def state_of(office: Office, reference: str) -> ComplaintState:
    """Where a case stands."""
    case = case_in(office, reference)
    assert case is not None
    return case.state


def test_h1_h2_one_text_is_enough(villager: Phone, county: Office) -> None:
    reply = villager.says(f"投诉 {LEAK}")
    reference = reference_in(reply)
    assert "“上报”转上级" in reply
    assert "“进度”可查" in reply
    assert "3月6日" in reply
    assert "3月25日" in reply
    assert "1 工程或项目" in reply
    assert count_parts(reply) <= 2
    assert texts_of(county, reference) == [LEAK]


def test_h2_in_english_too(villager: Phone, county: Office) -> None:
    reply = villager.says("COMPLAIN the pond leaks and nobody comes")
    assert reference_in(reply)
    assert "UP for the higher authority" in reply
    assert "about 1 the work" in reply
    assert count_parts(reply) <= 2


def test_h1_the_word_alone_asks_for_the_words(villager: Phone, county: Office) -> None:
    assert "照平常说话" in villager.says("投诉")
    reply = villager.says(LEAK)
    assert texts_of(county, reference_in(reply)) == [LEAK]
    assert "1 工程或项目" in reply


def test_s1_the_words_live_in_the_case_alone(villager: Phone, county: Office) -> None:
    villager.says("投诉")
    villager.says(LEAK)
    villager.says("还有，路也没修完，大家都在等")
    villager.says("1")
    assert len(stored_texts(by=county.desk)) == 5
    assert [text for text in stored_texts(by=county.desk) if text] == stored_texts(by=county.desk)[:1]


def test_h3_what_it_is_about_and_how_to_be_known_are_asked_and_may_stay_unanswered(
    villager: Phone, county: Office
) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    assert "1 保密" in villager.says("1")
    case = case_in(county, reference)
    assert case is not None
    assert case.about is About.WORK
    assert "按实名办理" in villager.says("2")
    case = case_in(county, reference)
    assert case is not None
    assert (case.identity, case.state) == (Identity.NAMED, ComplaintState.RECEIVED)


@pytest.mark.parametrize("word", ["进度", "上报"])
def test_a_reference_that_was_mistyped_is_asked_for_and_never_taken_for_the_newest_case(
    villager: Phone, filed: str, county: Office, word: str
) -> None:
    reply = villager.says(f"{word} 1234567890")
    assert "请发编号" in reply
    assert filed not in reply


def test_h3_leaving_loses_nothing(villager: Phone, county: Office) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    assert "仍然有效" in villager.says("取消")
    case = case_in(county, reference)
    assert case is not None
    assert case.identity is Identity.CONFIDENTIAL


def test_h6_a_sentence_instead_of_a_choice_adds_to_the_complaint(villager: Phone, county: Office) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    reply = villager.says("还有，水管也是旧的，早就坏了")
    assert f"已补充到您的投诉{reference}" in reply
    assert "1 保密" in reply
    assert texts_of(county, reference) == [LEAK, "还有，水管也是旧的，早就坏了"]


def test_h4_saying_that_it_is_about_the_office_moves_it_at_once(
    villager: Phone, county: Office, province: Office
) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    reply = villager.says("4")
    assert "这里的办公室再也看不到" in reply
    assert owner(reference, county) == province.id
    assert case_in(county, reference) is None
    assert "您的号码只有投诉专员知道" in villager.says("1")
    assert "云岭省扶贫办" in villager.says(f"进度 {reference}")


def test_h4_words_against_the_office_go_above_at_once_and_the_reply_says_so(
    villager: Phone, county: Office, province: Office
) -> None:
    reply = villager.says(f"投诉 {BRIBE}")
    assert "这里的办公室看不到" in reply
    assert count_parts(reply) <= 2
    assert queries.list_complaints(by=county.desk) == []
    assert owner(reference_in(reply), county) == province.id


def test_h3_anonymous_forgets_the_number_and_says_what_the_operator_knows(
    villager: Phone, county: Office, phone: Phones
) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}", sid="SM1"))
    villager.says("1")
    reply = villager.says("匿名")
    assert villager.says(f"投诉 {LEAK}", sid="SM1") == ""
    assert len(queries.list_complaints(by=county.desk)) == 1
    assert "电信公司仍知道" in reply
    assert reference not in reply
    case = case_in(county, reference)
    assert case is not None
    assert (case.contact_id, case.identity) == (None, Identity.ANONYMOUS)
    assert reference in phone(NEIGHBOUR, county).says(f"进度 {reference}")
    assert "请发编号" in villager.says("进度")


def test_h3_who_asks_with_the_word_to_stay_unknown_is_not_asked_again(
    villager: Phone, county: Office
) -> None:
    reference = reference_in(villager.says(f"我要匿名投诉，{LEAK}"))
    reply = villager.says("1")
    assert "电信公司仍知道" in reply
    assert reference not in reply
    case = case_in(county, reference)
    assert case is not None
    assert (case.contact_id, case.identity) == (None, Identity.ANONYMOUS)
    for kept in traces_of_messages(by=county.desk):
        assert kept.received_at.hour == 0


def test_h3_who_gives_the_name_with_the_word_is_named(villager: Phone, county: Office) -> None:
    reference = reference_in(villager.says(f"实名举报 {LEAK}"))
    assert "编号" not in villager.says("1")
    case = case_in(county, reference)
    assert case is not None
    assert case.identity is Identity.NAMED


def test_h3_what_waited_for_a_person_goes_into_the_anonymous_case(villager: Phone, county: Office) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    villager.says("1")
    for unclear in ("8", "9", "村长家"):
        villager.says(unclear)
    assert waiting_messages(by=county.desk) == 1
    villager.says("匿名")
    assert waiting_messages(by=county.desk) == 0
    assert texts_of(county, reference) == [LEAK, "8\n9\n村长家"]
    for kept in traces_of_messages(by=county.desk):
        assert (kept.text, kept.raw, kept.reference) == (None, None, None)
        assert {moment.hour for moment in (kept.received_at, kept.handled_at) if moment} == {0}


def test_h3_an_anonymous_case_leaves_no_moment_of_the_text_it_was_made_of(
    villager: Phone, county: Office
) -> None:
    villager.says("村里的水坝漏水三个月了，没有人来修，大家都很着急")
    reference = reference_in(villager.says("1"))
    villager.says("1")
    villager.says("匿名")
    case = case_in(county, reference)
    assert case is not None
    kept = traces_of_messages(by=county.desk)
    assert len(kept) == 4
    for message in kept:
        assert (message.text, message.raw, message.reference) == (None, None, None)
        assert {moment.hour for moment in (message.received_at, message.handled_at) if moment} == {0}
        assert message.id.int >> 80 == int(message.received_at.timestamp() * 1000)
    assert sum(message.reply is not None for message in kept) == 1


def test_h6_status_without_a_reference_tells_of_the_newest_case(
    villager: Phone, filed: str, county: Office
) -> None:
    reply = villager.says("进度")
    assert filed in reply
    assert "已收到，待查看，由清河县扶贫办办理" in reply


def test_h3_another_phone_learns_nothing(villager: Phone, county: Office, phone: Phones) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    stranger = phone(NEIGHBOUR, county)
    stranger.says("帮助")
    assert stranger.says(f"进度 {reference}") == stranger.says("进度 3580174327")
    assert "没有查到" in stranger.says(f"上报 {reference}")
    assert owner(reference, county) == county.id


def test_h3_guessing_references_is_stopped(county: Office, phone: Phones) -> None:
    stranger = phone(NEIGHBOUR, county)
    replies = [stranger.says("进度 3580174327") for _ in range(22)]
    assert "没有查到" in replies[5]
    assert "一小时后再试" in replies[-1]


def test_h6_up_takes_the_case_to_the_province(villager: Phone, county: Office, province: Office) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    reply = villager.says(f"上报 {reference}")
    assert "云岭省扶贫办" in reply
    assert owner(reference, county) == province.id
    standing = villager.says("进度")
    assert "上报" not in standing
    assert "发编号加内容" in standing
    assert "没有更上级" in villager.says("上报")


def test_h6_up_without_a_case_asks_for_the_reference(villager: Phone) -> None:
    assert "请发编号" in villager.says("上报")
    assert "没有查到" in villager.says("3580174327")


def test_h5_one_and_two_answer_whether_it_is_solved(
    villager: Phone, answered: str, county: Office, clock: Clock
) -> None:
    assert "重新办理" in villager.says("2")
    case = case_in(county, answered)
    assert case is not None
    assert case.state is ComplaintState.INVESTIGATING
    workflow.resolve(
        case.id, resolution=Resolution.REDRESSED, facts="又去看过", answer="今天已修好。", by=county.desk
    )
    reply = villager.says("１")
    assert "已办结" in reply
    assert "1 很差" in reply
    assert "评价记下了" in villager.says("5")
    case = case_in(county, answered)
    assert case is not None
    assert (case.state, case.rating) == (ComplaintState.CLOSED, 5)
    assert waiting_messages(by=county.desk) == 0


def test_h5_status_of_an_answered_case_asks_whether_it_is_solved(
    villager: Phone, answered: str, county: Office
) -> None:
    reply = villager.says(f"进度 {answered}")
    assert "已查实漏水，施工方本周修好。" in reply
    assert "1 解决了 2 没解决" in reply
    assert "重新办理" in villager.says("没解决")


def test_h5_a_sentence_that_answers_whether_it_is_solved_is_kept_in_the_case(
    villager: Phone, answered: str, county: Office
) -> None:
    assert "1 解决了 2 没解决" in villager.says(f"进度 {answered}")
    assert "重新办理" in villager.says("还没修好，又漏了")
    assert state_of(county, answered) is not ComplaintState.RESOLVED
    assert texts_of(county, answered)[-1] == "还没修好，又漏了"


def test_thanks_for_news_closes_nothing(villager: Phone, answered: str, county: Office) -> None:
    villager.says("好的，谢谢")
    assert state_of(county, answered) is ComplaintState.RESOLVED


@pytest.mark.parametrize(
    "words",
    ["没有解决，一只也没收到", "问题还是没解决！昨天又漏", "Still not solved, it leaks", "还没修好，又漏了"],
)
def test_h5_a_sentence_that_says_it_is_not_solved_opens_the_answered_case_again(
    villager: Phone, answered: str, county: Office, words: str
) -> None:
    assert answered in villager.says(words)
    assert state_of(county, answered) is not ComplaintState.RESOLVED
    assert texts_of(county, answered)[-1] == words
    assert len(queries.list_complaints(by=county.desk)) == 1


@pytest.mark.parametrize("words", ["没解决", "还没修好"])
def test_h5_who_called_it_solved_opens_the_closed_case_again_in_words_while_there_is_time(
    villager: Phone, closed: str, county: Office, words: str
) -> None:
    assert "重新办理" not in villager.says("2")
    assert "重新办理" in villager.says(words)
    assert state_of(county, closed) is ComplaintState.INVESTIGATING


def test_h5_a_sentence_that_may_mean_a_closed_case_opens_it_only_on_yes(
    villager: Phone, closed: str, county: Office
) -> None:
    asked = villager.says("还没修好，又漏了")
    assert closed in asked
    assert count_parts(asked) == 1
    assert state_of(county, closed) is ComplaintState.CLOSED
    assert "重新办理" in villager.says("1")
    assert state_of(county, closed) is ComplaintState.INVESTIGATING
    assert texts_of(county, closed)[-1] == "还没修好，又漏了"
    assert waiting_messages(by=county.desk) == 0


@pytest.mark.parametrize("words", ["没办好低保，村里也不说为什么", "没修好的路又塌了"])
def test_h5_a_sentence_that_only_begins_like_a_verdict_opens_nothing_unasked(
    villager: Phone, answered: str, county: Office, words: str
) -> None:
    assert answered in villager.says(words)
    assert state_of(county, answered) is ComplaintState.RESOLVED
    assert "要作为投诉登记吗" in villager.says("2")
    assert reference_in(villager.says("1")) != answered
    assert state_of(county, answered) is ComplaintState.RESOLVED
    assert words not in texts_of(county, answered)


@pytest.mark.parametrize("words", ["没解决", "还没修好，又漏了"])
def test_h5_while_another_case_is_open_words_that_it_is_not_solved_open_no_closed_one(
    villager: Phone, closed: str, county: Office, words: str
) -> None:
    still_open = reference_in(villager.says("投诉 村口的桥栏杆断了没人修"))
    villager.says("取消")
    assert closed not in villager.says(words)
    assert state_of(county, closed) is ComplaintState.CLOSED
    assert state_of(county, still_open) is ComplaintState.RECEIVED


def test_h5_while_another_case_is_open_a_sentence_about_the_answered_one_is_asked_about(
    villager: Phone, filed: str, county: Office
) -> None:
    still_open = reference_in(villager.says("投诉 村口的桥栏杆断了没人修"))
    villager.says("取消")
    answered_case(county, filed)
    assert filed in villager.says("还没修好，又漏了")
    assert still_open in villager.says("2")
    assert "已补充" in villager.says("1")
    assert state_of(county, filed) is ComplaintState.RESOLVED
    assert texts_of(county, still_open)[-1] == "还没修好，又漏了"


def test_h4_words_against_the_office_in_a_verdict_are_a_case_above_and_not_added_here(
    villager: Phone, answered: str, county: Office, province: Office
) -> None:
    assert "要作为投诉登记吗" in villager.says(AGAINST_THE_OFFICE)
    other = reference_in(villager.says("1"))
    assert owner(other, county) == province.id
    assert AGAINST_THE_OFFICE not in texts_of(county, answered)


def test_h4_words_against_the_office_beside_the_answer_that_it_is_not_solved_go_above(
    villager: Phone, answered: str, county: Office, province: Office
) -> None:
    villager.says(f"进度 {answered}")
    reply = villager.says(AGAINST_THE_OFFICE)
    assert "重新办理" in reply
    assert count_parts(reply) <= 2
    assert state_of(county, answered) is ComplaintState.INVESTIGATING
    assert AGAINST_THE_OFFICE not in texts_of(county, answered)
    (above,) = queries.list_complaints(by=province.desk)
    assert above.complaint.reference in reply
    assert texts_of(province, above.complaint.reference) == [AGAINST_THE_OFFICE]


@pytest.mark.parametrize("words", ["没解决", "还没修好，按错了"])
def test_h5_who_called_it_solved_by_mistake_takes_it_back_while_the_rating_is_asked(
    villager: Phone, answered: str, county: Office, words: str
) -> None:
    assert "1 很差" in villager.says("1")
    assert "重新办理" in villager.says(words)
    case = case_in(county, answered)
    assert case is not None
    assert (case.state, case.rating) == (ComplaintState.INVESTIGATING, None)


@pytest.mark.parametrize("before", ["", "进度"])
def test_h5_the_figure_with_words_behind_it_answers_whether_it_is_solved(
    villager: Phone, answered: str, county: Office, before: str
) -> None:
    if before:
        villager.says(before)
    assert "重新办理" in villager.says("2 还没修好，又漏了")
    assert state_of(county, answered) is ComplaintState.INVESTIGATING
    assert texts_of(county, answered)[-1] == "2 还没修好，又漏了"


def test_h5_a_case_closed_long_ago_stays_closed_whatever_is_said(
    villager: Phone, closed: str, county: Office, clock: Clock
) -> None:
    clock.advance(days=20)
    assert "重新办理" not in villager.says("没解决")
    assert state_of(county, closed) is ComplaintState.CLOSED


def test_h5_without_an_answered_case_such_a_sentence_is_offered_as_ever(villager: Phone) -> None:
    assert "要作为投诉登记吗" in villager.says("没有解决，一只也没收到")


def test_h1_a_free_sentence_is_offered_as_a_complaint(villager: Phone, county: Office) -> None:
    reply = villager.says("我们村的水池修好一个月就漏了")
    assert "要作为投诉登记吗" in reply
    assert waiting_messages(by=county.desk) == 1
    reply = villager.says("1")
    assert texts_of(county, reference_in(reply)) == ["我们村的水池修好一个月就漏了"]
    assert waiting_messages(by=county.desk) == 0
    assert "1 保密" in villager.says("1")
    assert "只有投诉专员知道" in villager.says("1")


def test_h1_a_free_sentence_that_is_no_complaint_still_reaches_a_person(
    villager: Phone, county: Office
) -> None:
    villager.says("我想问问合作社怎么办")
    assert "没有登记为投诉" in villager.says("2")
    assert queries.list_complaints(by=county.desk) == []
    assert waiting_messages(by=county.desk) == 1


def test_h1_what_is_told_in_several_texts_is_one_case_once_it_is_wanted(
    villager: Phone, county: Office
) -> None:
    villager.says("我们村的水池修好一个月就漏了")
    assert "您写的都记下了" in villager.says("昨天晚上还冲了菜地")
    assert villager.says("菜都没了").count("要作为投诉登记吗") == 1
    villager.says("帮助")
    reply = villager.says("要")
    assert texts_of(county, reference_in(reply)) == [
        "我们村的水池修好一个月就漏了",
        "昨天晚上还冲了菜地",
        "菜都没了",
    ]
    assert waiting_messages(by=county.desk) == 0
    assert sum(text is not None for text in stored_texts(by=county.desk)) == 2  # the two calls for help


def test_h6_more_words_while_a_case_is_open_are_offered_to_it_first(
    villager: Phone, filed: str, county: Office
) -> None:
    asked = villager.says("昨晚又漏了，还冲了菜地")
    assert filed in asked
    assert count_parts(asked) == 1
    assert villager.says("1") == f"已补充到您的投诉{filed}。"
    assert texts_of(county, filed) == [LEAK, "昨晚又漏了，还冲了菜地"]
    assert waiting_messages(by=county.desk) == 0


def test_h6_words_about_something_else_are_offered_as_a_case_of_their_own(
    villager: Phone, filed: str, county: Office
) -> None:
    villager.says("发的化肥是假的")
    assert "要作为投诉登记吗" in villager.says("2")
    assert reference_in(villager.says("1")) != filed
    assert texts_of(county, filed) == [LEAK]


@pytest.mark.parametrize("before", [(), ("2",)])
def test_h6_the_own_reference_sent_while_an_offer_stands_takes_everything_there(
    villager: Phone, filed: str, county: Office, before: tuple[str, ...]
) -> None:
    villager.says("水池又漏了")
    for answer in before:
        villager.says(answer)
    assert "已补充" in villager.says(f"{filed} 昨天晚上还冲了菜地")
    assert texts_of(county, filed) == [LEAK, "水池又漏了", f"{filed} 昨天晚上还冲了菜地"]
    assert waiting_messages(by=county.desk) == 0


def test_h6_anothers_reference_sent_while_an_offer_stands_shows_nothing_and_loses_nothing(
    villager: Phone, county: Office, phone: Callable[..., Phone]
) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    other = phone("+8613800000077", county)
    other.says("水池又漏了没人修")
    assert "没有查到" in other.says(f"{reference} 还没人来修")
    assert "要作为投诉登记吗" in other.says("什么？")
    assert texts_of(county, reference) == [LEAK]


def test_s4_stepping_back_does_not_ask_again_whether_to_file_what_is_filed(
    villager: Phone, county: Office
) -> None:
    villager.says("我们村的水池修好一个月就漏了")
    villager.says("1")
    back = villager.says("返回")
    assert "要作为投诉登记吗" not in back
    assert "关于" in back
    assert len(queries.list_complaints(by=county.desk)) == 1


@pytest.mark.parametrize("word", ["进度", "上报"])
def test_h6_a_reference_misread_is_called_wrong_and_asked_for(
    villager: Phone, county: Office, word: str
) -> None:
    villager.says(f"投诉 {LEAK}")
    villager.says("取消")
    reply = villager.says(f"{word} 1234567890")
    assert reply.startswith("这个编号不对。")
    assert "请发编号" in reply
    assert "十位数字，请核对" in villager.says("12345")
    assert "已退出" in villager.says("0")


def test_h6_the_word_with_the_own_reference_adds_to_that_case(
    villager: Phone, filed: str, county: Office
) -> None:
    assert "已补充" in villager.says(f"投诉 {filed} 还是没人来修")
    assert len(texts_of(county, filed)) == 2


def test_h6_a_free_sentence_with_the_own_reference_adds_to_that_case_and_waits_for_nobody(
    villager: Phone, filed: str, county: Office
) -> None:
    assert "已补充" in villager.says(f"补充：{filed} 一共漏了三处")
    assert len(texts_of(county, filed)) == 2
    assert waiting_messages(by=county.desk) == 0


def test_h6_a_free_sentence_with_anothers_reference_is_offered_as_a_complaint(
    villager: Phone, county: Office, phone: Callable[..., Phone]
) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    assert "要作为投诉登记吗" in phone("+8613800000077", county).says(f"{reference} 还没人来修")
    assert len(texts_of(county, reference)) == 1


def test_s4_back_after_the_first_words_does_not_make_a_second_case(villager: Phone, county: Office) -> None:
    villager.says("投诉")
    villager.says(LEAK)
    villager.says("返回")
    villager.says("补充一下：在石板村东头")
    assert len(queries.list_complaints(by=county.desk)) == 1


def test_s1_the_same_message_again_gets_the_same_reply_and_one_case(villager: Phone, county: Office) -> None:
    first = villager.says(f"投诉 {LEAK}", sid="SM1")
    assert villager.says(f"投诉 {LEAK}", sid="SM1") == first
    assert len(queries.list_complaints(by=county.desk)) == 1


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.one_of(
            st.text(min_size=1, max_size=60), st.sampled_from(["1", "2", "3", "4", "返回", "投诉", "进度"])
        ),
        min_size=1,
        max_size=3,
    )
)
def test_s1_whatever_is_answered_there_is_a_reply_and_nothing_is_lost(
    villager: Phone, county: Office, province: Office, texts: list[str]
) -> None:
    def cases() -> int:
        return len(queries.list_complaints(by=county.desk) + queries.list_complaints(by=province.desk))

    villager.says("取消")
    before = cases()
    villager.says(f"投诉 {LEAK}")
    for text in texts:
        assert villager.says(text)
    assert cases() > before


@pytest.mark.parametrize("words", ["你要我说啥", "怎么写", "what should I write?"])
def test_h1_a_question_back_is_no_complaint(villager: Phone, county: Office, words: str) -> None:
    villager.says("投诉")
    villager.says(words)
    assert queries.list_complaints(by=county.desk) == []
    assert "已收到，编号" in villager.says(LEAK)


@pytest.mark.parametrize("text", ["投诉 1", "投诉怎么弄"])
def test_h1_the_word_with_nothing_told_asks_what_is_wrong(villager: Phone, county: Office, text: str) -> None:
    assert "什么地方" in villager.says(text)
    assert queries.list_complaints(by=county.desk) == []


def test_h6_a_reference_of_anothers_does_not_keep_the_question_for_later(
    villager: Phone, county: Office, phone: Callable[..., Phone]
) -> None:
    other = reference_in(phone("+8613800000077", county).says(f"投诉 {LEAK}"))
    villager.says("进度")
    assert "没有查到" in villager.says(other)
    filed = villager.says("投诉 化肥少给了两袋")
    assert "没填完" not in filed
    villager.says("2")
    villager.says("1")
    assert reference_in(filed) in villager.says("进度")


def test_h6_what_is_not_understood_about_the_open_case_is_asked_once_in_one_text(
    villager: Phone, county: Office
) -> None:
    villager.says(f"投诉 {LEAK}")
    villager.says("取消")
    assert "是补充您的投诉" in villager.says("我们村的路也坏了")
    for _ in range(2):
        assert count_parts(villager.says("说的是另外一个村子的路")) == 1


def test_h1_what_is_told_beside_the_offer_is_read_by_whoever_reads_what_was_offered(
    villager: Phone, county: Office
) -> None:
    villager.says("请问低保什么时候发")
    assert "都记下了" in villager.says("我家在石板村三组，户主姓赵")
    villager.says("2")
    assert waiting_messages(by=county.desk) == 2
