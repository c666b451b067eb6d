"""登记 REGISTER by text, over the provider's own protocol: new, copied, corrected, a PIN last (O2, T5)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from channels.answers import Unclear
from channels.parts import count_parts
from service.complaints import queries as complaints
from service.conversations.queries import list_waiting
from service.conversations.rules import Desk
from service.identification.ideas import list_ideas
from service.organizations import queries, workflow
from service.organizations.dialogue import NO_CODE, parse_code
from service.organizations.models import Organization
from service.organizations.rules import OrganizationState, Source
from tenants import schema
from tenants.privacy import decrypt_under
from tests.channels.test_inbox import stored
from tests.conftest import Clock, Office, Phone
from tests.service.organizations.stages import CODE, PIN, registered, sender
from tests.service.organizations.test_workflow import signatory_row

ANSWERS = [
    "清河县绿野服务中心", "和村民一起管好水和林", "修水窖、育苗", "清河县", "2019年5月3日", "清河县民政局",
    CODE, "１２人", "三个村的饮水工程", "和水利局一起修过水窖", "1", "小型水利和后续管护", "李秀英，主任",
]  # fmt: skip
"""What an SO answers, in Table 4's order."""

PURPOSE = "贵组织的宗旨是什么？一句话就行。"
TEAM = "有多少人在做事？请回数字，例如 12。"


def as_it_came(office: Office) -> str | None:
    """What is kept of the last text to an office, both as it came and as it is read."""
    message, contact = max(stored(by=office.system), key=lambda one: one[0].id)
    raw, text = decrypt_under(contact.data_key, message.raw), decrypt_under(contact.data_key, message.text)
    assert raw == text
    return raw


def only(county: Office) -> Organization:
    """The one SO of the office."""
    (organization,) = queries.list_organizations(by=county.officer)
    return organization


def register(handset: Phone, answers: list[str], pin: str = PIN) -> str:
    """Go through all questions; return the last reply."""
    handset.says("登记")
    for answer in answers:
        handset.says(answer)
    handset.says("1")
    return handset.says(pin)


def test_o2_an_so_registers_by_text_and_becomes_its_own_signatory(
    county: Office, phone: Callable[..., Phone]
) -> None:
    handset = phone("+8613800000001", county)
    first = handset.says("登记")
    assert "贵组织的全称" in first
    assert count_parts(first) <= 2
    replies = [handset.says(answer) for answer in ANSWERS]
    assert replies[0] == PURPOSE
    assert replies[6] == TEAM
    assert "对吗" in replies[-1]
    assert CODE in replies[-1]
    assert "密码" in handset.says("1")
    assert handset.says(PIN) == "谢谢！清河县绿野服务中心已登记，编号1。我们核实后会告诉您结果。"
    known = only(county)
    assert (known.credit_code, known.team_size, known.interested) == (CODE, 12, True)
    assert (known.past_work, known.government) == ("三个村的饮水工程", "和水利局一起修过水窖")
    assert known.filled_by == "李秀英，主任"
    assert str(known.registration_date) == "2019-05-03"
    assert (known.source, known.state) == (Source.MESSAGE, OrganizationState.REGISTERED)
    signatory = signatory_row(known, by=county.system)
    assert workflow.check_pin(signatory.id, PIN, by=sender(county)) is None


def test_o6_an_unregistered_group_registers_in_english_with_its_name_at_once(
    county: Office, phone: Callable[..., Phone]
) -> None:
    handset = phone("+8613800000001", county)
    first = handset.says("REGISTER Green Field Centre")
    assert "BACK corrects, CANCEL leaves" in first
    assert "Its purpose, in a sentence?" in first
    assert count_parts(first) <= 2
    answers = [
        "Care for water",
        "Cisterns",
        "NONE",
        "12 people",
        "NONE",
        "NONE",
        "yes",
        "Small water works",
        "Li Xiuying",
    ]
    replies = [handset.says(answer) for answer in answers]
    assert replies[2].startswith("How many people")
    assert "not registered" in replies[-1]
    handset.says("1")
    assert "no. 1" in handset.says(PIN)
    assert (only(county).name, only(county).credit_code) == ("Green Field Centre", None)


def test_s2_the_first_reply_in_english_fits_two_parts(county: Office, phone: Callable[..., Phone]) -> None:
    first = phone("+8613800000001", county).says("REGISTER")
    assert "full name" in first
    assert count_parts(first) <= 2


def test_s4_who_gives_the_name_at_once_is_told_too_how_to_correct_and_leave(
    county: Office, phone: Callable[..., Phone]
) -> None:
    first = phone("+8613800000001", county).says("登记 清河县石板乡青苗社会工作与妇女儿童服务中心")
    assert "填错回“返回”，不填了回“取消”" in first
    assert PURPOSE in first
    assert count_parts(first) <= 2


def test_o2_a_wrong_code_is_asked_again(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    for answer in ANSWERS[:6]:
        handset.says(answer)
    assert "18位" in handset.says("91110000600037341M")
    assert handset.says(CODE) == TEAM


@pytest.mark.parametrize("beginning", [[f"登记 {CODE}"], ["登记", CODE]])
def test_o2_a_code_in_place_of_the_name_is_noted_and_not_asked_again(
    county: Office, phone: Callable[..., Phone], beginning: list[str]
) -> None:
    handset = phone("+8613800000001", county)
    assert "全称" in [handset.says(text) for text in beginning][-1]
    for answer in ANSWERS[:5]:
        handset.says(answer)
    assert handset.says(ANSWERS[5]) == TEAM


def test_o2_an_so_the_office_knows_already_hears_it_at_once(
    county: Office, phone: Callable[..., Phone]
) -> None:
    register(phone("+8613800000001", county), ANSWERS)
    other = phone("+8613800000002", county)
    other.says("登记")
    assert "编号1" in other.says(CODE)
    assert only(county).name == ANSWERS[0]


def test_o6_a_place_given_after_all_brings_its_questions_back(
    county: Office, phone: Callable[..., Phone]
) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    for answer in [*ANSWERS[:3], "没有"]:
        handset.says(answer)
    assert "在哪里登记" in handset.says("返回")
    for answer in ANSWERS[3:6]:
        handset.says(answer)
    assert handset.says(CODE) == TEAM


def test_o2_two_at_the_end_registers_nothing(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    for answer in ANSWERS:
        handset.says(answer)
    assert "没有登记" in handset.says("2")
    assert queries.list_organizations(by=county.officer) == []


def test_s4_stepping_back_corrects_an_answer(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    for answer in ANSWERS[:2]:
        handset.says(answer)
    assert handset.says("返回") == PURPOSE
    for answer in ["改过的宗旨", *ANSWERS[2:], "1", PIN]:
        handset.says(answer)
    assert only(county).purpose == "改过的宗旨"


def test_t5_an_easy_pin_is_refused_and_another_one_taken(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    assert "太好猜" in register(handset, ANSWERS, "1234")
    assert "4到6位" in handset.says("忘了")
    assert "编号1" in handset.says("7391")


def test_t5_neither_pin_nor_answers_stand_in_the_inbox(
    county: Office, phone: Callable[..., Phone], servers: SimpleNamespace
) -> None:
    register(phone("+8613800000001", county), ANSWERS, "739158")
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        kept = connection.execute("SELECT count(*), count(text), count(raw) FROM inbound_messages").fetchone()
        dialogues = connection.execute("SELECT count(*) FROM dialogues").fetchone()
        audit = connection.execute("SELECT string_agg(facts::text, ' ') FROM audit_entries").fetchone()
    assert kept is not None
    assert kept[0] == len(ANSWERS) + 3
    assert kept[1:] == (0, 0)
    assert dialogues == (0,)
    assert audit is not None
    assert "739158" not in audit[0]


def test_o2_nine_leads_to_the_web_page(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    assert "http://qiao.test/f/" in handset.says("9")


# Another county knows the SO


def test_o2_one_reply_copies_what_another_county_knows(
    county: Office, other_county: Office, phone: Callable[..., Phone]
) -> None:
    register(phone("+8613800000001", county), ANSWERS)
    there = phone("+8613800000001", other_county)
    there.says("登记")
    asked = there.says(CODE)
    assert "清河县扶贫办" in asked
    assert "复制" in asked
    assert "密码" in there.says("1")
    assert "编号1" in there.says("7391")
    copied = only(other_county)
    assert (copied.name, copied.team_size, copied.offers) == (ANSWERS[0], 12, ANSWERS[11])


def test_o2_another_phone_is_shown_nothing_of_the_other_county(
    county: Office, other_county: Office, phone: Callable[..., Phone]
) -> None:
    register(phone("+8613800000001", county), ANSWERS)
    stranger = phone("+8613800000002", other_county)
    stranger.says("登记")
    assert stranger.says(CODE) == "代码已记下。贵组织的全称是？"


def test_o2_who_does_not_want_the_copy_answers_anew(
    county: Office, other_county: Office, phone: Callable[..., Phone]
) -> None:
    register(phone("+8613800000001", county), ANSWERS)
    there = phone("+8613800000001", other_county)
    there.says("登记")
    there.says(CODE)
    assert there.says("2") == PURPOSE
    for answer in ["新的宗旨", *ANSWERS[2:6], *ANSWERS[7:], "1", "7391"]:
        there.says(answer)
    assert (only(other_county).name, only(other_county).purpose) == (ANSWERS[0], "新的宗旨")


def test_o2_the_copy_is_offered_when_the_code_comes_late_too(
    county: Office, other_county: Office, phone: Callable[..., Phone]
) -> None:
    register(phone("+8613800000001", county), ANSWERS)
    there = phone("+8613800000001", other_county)
    there.says("登记")
    for answer in ANSWERS[:6]:
        there.says(answer)
    assert "复制" in there.says(CODE)
    there.says("1")
    assert "编号1" in there.says("7391")


# A signatory corrects


def test_o2_a_signatory_sees_what_is_known_and_corrects_it(
    county: Office, phone: Callable[..., Phone]
) -> None:
    handset = phone("+8613800000001", county)
    register(handset, ANSWERS)
    assert "第1号，已登记意向" in handset.says("登记")
    handset.says("5")
    assert "已修改" in handset.says("育苗和林下经济")
    assert only(county).offers == "育苗和林下经济"
    handset.says("登记")
    assert "http://qiao.test/f/" in handset.says("6")


def test_t5_an_added_phone_sets_its_pin_by_text_too(county: Office, phone: Callable[..., Phone]) -> None:
    phone("+8613800000001", county)
    organization = registered(county)
    signatory = workflow.add_signatory(
        organization.id, address="13800000007", name="王会计", papers="介绍信", by=county.officer
    )
    handset = phone("+8613800000007", county)
    assert "密码" in handset.says("登记")
    assert "已设好" in handset.says("7391")
    assert workflow.check_pin(signatory.id, "7391", by=sender(county, "+8613800000007")) is None


# Answers


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("没有", NO_CODE),
        ("None.", NO_CODE),
        ("９１１１００００600037341l", CODE),
        (f" {CODE} 谢谢", None),
    ],
)
def test_o2_a_code_is_understood_however_it_is_typed(text: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(Unclear):
            parse_code(text)
    else:
        assert parse_code(text) == meant


@given(st.text(max_size=40))
def test_o2_any_text_is_a_code_or_unclear(text: str) -> None:
    try:
        found = parse_code(text)
    except Unclear:
        return
    assert found == NO_CODE or len(found) == 18


def test_s3_a_language_named_by_itself_is_spoken_and_never_becomes_an_answer(
    county: Office, phone: Callable[..., Phone]
) -> None:
    handset = phone("+8613800000001", county)
    for answer in ("登记", ANSWERS[0]):
        handset.says(answer)
    for text in ("English", "语言", "LANG", "英文"):
        reply = handset.says(text)
        assert "purpose" in reply or "中文" in reply, reply
    assert "What does it do" in handset.says(ANSWERS[1])


def test_s2_bare_thanks_are_no_answer_in_own_words(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    for answer in ("登记", ANSWERS[0]):
        handset.says(answer)
    assert "做些什么" not in handset.says("谢谢！")
    assert "做些什么" not in handset.says("好的，知道了")
    for answer in (*ANSWERS[1:], "1", PIN):
        handset.says(answer)
    assert only(county).purpose == ANSWERS[1]


def test_s4_a_registration_goes_on_after_days_and_after_a_complaint_in_between(
    county: Office, phone: Callable[..., Phone], clock: Clock
) -> None:
    handset = phone("+8613800000001", county)
    for answer in ("登记", *ANSWERS[:3]):
        handset.says(answer)
    clock.advance(days=6)
    handset.says(ANSWERS[3])
    assert "登记" in handset.says("投诉 村口的水管坏了三个月")
    handset.says("取消")
    clock.advance(days=5)
    assert handset.says("登记")
    for answer in (*ANSWERS[4:], "1", PIN):
        handset.says(answer)
    assert (only(county).name, only(county).registration_place) == (ANSWERS[0], ANSWERS[3])


@pytest.mark.parametrize("told", [1, 4, 6, 9])
def test_s4_the_word_sent_again_goes_on_with_the_registration_and_loses_nothing(
    county: Office, phone: Callable[..., Phone], clock: Clock, told: int
) -> None:
    handset = phone("+8613800000001", county)
    for text in ("登记", *ANSWERS[: told - 1]):
        handset.says(text)
    question = handset.says(ANSWERS[told - 1])
    clock.advance(days=3)
    assert handset.says("登记") == f"接着上次继续。\n{question}"
    assert question in handset.says("我想登记")
    for answer in (*ANSWERS[told:], "1", PIN):
        handset.says(answer)
    assert (only(county).name, only(county).offers) == (ANSWERS[0], ANSWERS[11])


@pytest.mark.parametrize(("answer", "count"), [("登记", 1), ("不登记", 0), ("REGISTER", 1), ("discard", 0)])
def test_s2_the_offered_words_answer_as_well_as_their_numbers(
    county: Office, phone: Callable[..., Phone], answer: str, count: int
) -> None:
    handset = phone("+8613800000001", county)
    for text in ("登记", *ANSWERS, answer, PIN):
        handset.says(text)
    assert len(queries.list_organizations(by=county.officer)) == count


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["登记，我们是石板乡妇女刺绣合作社"], "石板乡妇女刺绣合作社"),
        (["登记", "我们叫青山互助社"], "青山互助社"),
        (["老师好，我们是县志愿者协会，想登记"], "县志愿者协会"),
        (["REGISTER", "We are Green Field Centre"], "Green Field Centre"),
        (["登记", "我们村老年协会"], "我们村老年协会"),
    ],
)
def test_o2_the_name_is_taken_without_the_words_that_introduce_it(
    county: Office, phone: Callable[..., Phone], texts: list[str], name: str
) -> None:
    handset = phone("+8613800000001", county)
    for text in (*texts, *ANSWERS[1:], "1", PIN):
        handset.says(text)
    assert only(county).name == name


def test_o6_a_registered_so_that_has_its_code_not_at_hand_is_not_called_unregistered(
    county: Office, phone: Callable[..., Phone]
) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    answers = [*ANSWERS[:6], "忘记了", *ANSWERS[7:10], "当然愿意", *ANSWERS[11:]]
    replies = [handset.says(answer) for answer in answers]
    assert replies[6] == TEAM
    assert "未登记" not in replies[-1]
    assert "没有信用代码" in replies[-1]
    for text in ("1", PIN):
        handset.says(text)
    assert (only(county).credit_code, only(county).interested) == (None, True)


def test_t5_a_second_phone_is_told_how_it_may_speak_for_its_so(
    county: Office, phone: Callable[..., Phone]
) -> None:
    register(phone("+8613800000001", county), ANSWERS)
    second = phone("+8613800000002", county)
    second.says("登记")
    reply = [second.says(answer) for answer in ANSWERS[:7]][-1]
    assert "编号1" in reply
    assert "再发登记过的手机号" in reply
    assert count_parts(reply) <= 2
    second.says("取消")
    assert "关联" in second.says("13800000001")


@pytest.mark.parametrize(
    "told",
    [
        "干部拿我的卡和密码123456取走低保",
        "The village head took my card with the pin 1234 and drew our allowance",
    ],
)
def test_s1_a_sentence_that_tells_of_a_pin_among_other_things_is_no_pin_and_is_kept(
    county: Office, phone: Callable[..., Phone], told: str
) -> None:
    handset = phone("+8613800000009", county)
    handset.says("帮助")
    reply = handset.says(told)
    assert "要作为投诉登记吗" in reply or "Is it a complaint?" in reply
    assert len(list_waiting(by=county.desk)) == 1


@pytest.mark.parametrize("number", ["+8613800000001", "+8613800000009"], ids=["signatory", "colleague"])
@pytest.mark.parametrize(
    "stray",
    [
        PIN,
        f"密码{PIN}",
        "17600",
        "our pin is 4826",
        "密码四八二六",
        "四八二六一一",
        "我的PIN 48 26",
    ],
)
def test_t5_a_pin_that_nothing_waits_for_is_kept_nowhere_whoever_sends_it(
    county: Office, phone: Callable[..., Phone], servers: SimpleNamespace, stray: str, number: str
) -> None:
    register(phone("+8613800000001", county), ANSWERS)
    handset = phone(number, county)
    handset.says("帮助")
    reply = handset.says(stray)
    assert "没有保存" in reply or "not kept" in reply
    assert count_parts(reply) == 1
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        kept = connection.execute(
            "SELECT text, raw, secrecy, handling FROM inbound_messages ORDER BY received_at DESC, id DESC LIMIT 1"
        ).fetchone()
    assert kept == (None, None, "sealed", "handled")
    assert list_waiting(by=county.desk) == []


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("我的密码是123456，问问办得怎么样了", "我的密码是••••••，问问办得怎么样了"),
        ("王芳密码：４８２６ 怎么不对", "王芳密码：•••••• 怎么不对"),
        ("我的登记密码是4826为什么不行", "我的登记密码是••••••为什么不行"),
        ("我们的密碼改成了四八二六，申请到哪一步", "我们的密碼改成了••••••，申请到哪一步"),
        ("48 26 11是我的密码，申请为什么没有回音", "••••••是我的密码，申请为什么没有回音"),
        ("密码4826，不是4827，你们看看是哪个", "密码••••••，不是••••••，你们看看是哪个"),
        ("干部拿我的卡和密码123456取走低保5000元", "干部拿我的卡和密码••••••取走低保5000元"),
        (
            "Our pin is 4826, what about our application please",
            "Our pin is ••••••, what about our application please",
        ),
    ],
)
def test_s1_t5_who_names_a_pin_beside_other_words_is_heard_and_nobody_reads_the_pin(
    county: Office, phone: Callable[..., Phone], told: str, kept: str
) -> None:
    handset = phone("+8613800000009", county)
    handset.says("帮助")
    reply = handset.says(told)
    assert "密码已删去" in reply or "PIN was struck out" in reply
    assert count_parts(reply) <= 2
    (waiting,) = list_waiting(by=county.desk)
    assert (waiting.text, waiting.desk) == (kept, Desk.COMPLAINTS)
    assert list_waiting(by=county.officer) == []
    assert as_it_came(county) == kept


def test_t5_a_pin_named_while_a_question_waits_is_struck_out_too(
    county: Office, phone: Callable[..., Phone]
) -> None:
    handset = phone("+8613800000009", county)
    handset.says("村里的水坝漏水，三个月了没有人来修")
    handset.says("我的密码是482611，别弄错了")
    assert as_it_came(county) == "我的密码是••••••，别弄错了"
    handset.says("1")
    shown = str(
        [
            complaints.find_complaint(one.complaint.id, by=county.desk)
            for one in complaints.list_complaints(by=county.desk)
        ]
    )
    assert "482611" not in shown


@pytest.mark.parametrize("word", ["投诉", "建议", "IDEA"])
def test_t5_a_pin_named_behind_a_word_is_struck_out_too(
    county: Office, phone: Callable[..., Phone], servers: SimpleNamespace, word: str
) -> None:
    handset = phone("+8613800000009", county)
    handset.says("帮助")
    reply = handset.says(f"{word} 村干部拿走我的卡，密码是482611，低保取走了")
    assert "密码已删去" in reply or "PIN was struck out" in reply
    assert count_parts(reply) <= 2
    shown = [
        entry.text
        for one in complaints.list_complaints(by=county.desk)
        for entry in complaints.find_complaint(one.complaint.id, by=county.desk).entries
    ] + [one.text for one in list_ideas(by=county.officer)]
    assert shown == ["村干部拿走我的卡，密码是••••••，低保取走了"]


@pytest.mark.parametrize("told", ["我的密码是482611，问问办得怎么样了", "密码482611"])
def test_t5_nobody_reads_the_pin_of_a_text_that_could_not_be_handled(
    county: Office, phone: Callable[..., Phone], app: Flask, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    def fails(_situation: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(app.extensions["qiao.engine"], "turn", fails)
    phone("+8613800000009", county).says(told)
    assert as_it_came(county) == (None if told == "密码482611" else "我的密码是••••••，问问办得怎么样了")


@pytest.mark.parametrize("words", ["我们两个人，名字还没取好", "怎么填", "什么叫全称"])
def test_o2_what_gives_no_name_becomes_none(county: Office, phone: Callable[..., Phone], words: str) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    assert handset.says(words).startswith("请只回组织的全称")
    assert handset.says(ANSWERS[0]) == PURPOSE


def test_o2_a_second_command_behind_the_word_is_no_name(county: Office, phone: Callable[..., Phone]) -> None:
    assert "贵组织的全称" in phone("+8613800000001", county).says("登记 项目")


def test_o6_who_has_no_certificate_is_registered_nowhere(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    for answer in ANSWERS[:3]:
        handset.says(answer)
    assert handset.says("没有证") == TEAM
