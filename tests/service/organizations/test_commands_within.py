"""At a question for words of one's own another command stays a command, and never becomes the answer (S4, C5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.organizations import queries
from tests.conftest import Office, Phone
from tests.service.organizations.test_dialogue import ANSWERS, PIN
from tests.service.procurement.stages import published_call, three_bidders

Phones = Callable[..., Phone]


def at_services(handset: Phone) -> str:
    """Register as far as the question what the SO does."""
    for text in ("登记", *ANSWERS[:2]):
        question = handset.says(text)
    return question


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("项目", "报价"),
        ("項目。", "报价"),
        ("请问 项目", "报价"),
        ("CALLS", "open|报价"),
        ("项目 3", "没有|3"),
        ("报价 3 12000", "登记"),
        ("报价三号一万二", "登记"),
        ("3号报价12000元", "登记"),
        ("我们报价12000元", "登记"),
        ("提问 3 要不要盖章", "没有|3"),
        ("进度", "编号"),
        ("进度 2345678900", "2345678900|查"),
        ("查一下2345678900", "2345678900|查"),
        ("上报 2345678900", "2345678900|查"),
        ("收到 3", "登记|签署"),
        ("进展 3 水池挖好了", "登记|签署"),
        ("建议", "做什么"),
        ("我要报价", "登记"),
        ("有什么项目", "报价"),
        ("项目有哪些", "报价"),
        ("啥意思", "热线|返回"),
        ("等一下", "不急"),
        ("等会儿再填", "不急"),
        ("谢谢", "不急"),
        ("恢复", "恢复"),
    ],
)
def test_s4_a_command_is_not_taken_for_what_an_organization_does(
    county: Office, phone: Phones, text: str, answered: str
) -> None:
    handset = phone("+8613800000009", county)
    published_call(county, three_bidders(county, phone))
    at_services(handset)
    said = handset.says(text)
    assert any(one in said for one in answered.split("|")), said
    handset.says("登记")
    for answer in [*ANSWERS[2:], "1", PIN]:
        said = handset.says(answer)
    assert "已登记" in said
    (own,) = (one for one in queries.list_organizations(by=county.officer) if one.name == ANSWERS[0])
    assert own.services == ANSWERS[2]


@pytest.mark.parametrize(
    "text",
    [
        "评价中心",
        "项目管理",
        "咨询",
        "培训、咨询",
        "咨询和培训",
        "评价和监测扶贫项目",
        "收到",
        "想办法帮大家",
        "项目3个",
        "进展慢的地方我们帮忙",
        "建议和咨询",
        "登记表格的填写",
        "Register of births",
        "报名组织",
        "support for the old",
        "2345678900",
        "3",
        "求助热线",
    ],
)
def test_s4_words_of_ones_own_are_still_the_answer(county: Office, phone: Phones, text: str) -> None:
    handset = phone("+8613800000009", county)
    at_services(handset)
    handset.says(text)
    for answer in [*ANSWERS[3:], "1", PIN]:
        said = handset.says(answer)
    assert "已登记" in said, said
    (own,) = queries.list_organizations(by=county.officer)
    assert own.services == text


def test_s4_who_turns_to_something_else_is_told_how_to_go_on(county: Office, phone: Phones) -> None:
    handset = phone("+8613800000009", county)
    question = at_services(handset)
    assert "“登记”" in handset.says("项目")
    assert handset.says("登记").endswith(question)


def test_c5_a_bid_within_a_complaint_is_no_part_of_it(county: Office, phone: Phones) -> None:
    bidders = three_bidders(county, phone)
    _call, lot = published_call(county, bidders)
    handset = phone(bidders[0].number, county)
    handset.says("投诉")
    assert "密码" in handset.says(f"报价 {lot} 12000")
