"""A bid in words nobody foresaw is read by nobody, and its sender is told how to bid (C5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask

from channels.parts import count_parts
from channels.registry import list_channels
from channels.sharing import share_channel
from service.complaints import queries as complaints
from service.conversations.queries import list_waiting
from service.organizations import queries as organizations
from service.procurement import workflow
from service.procurement.models import Call
from tenants import schema
from tests.channels.utterances import MONEY_TALK, OFFERS
from tests.conftest import Clock, Office, Phone
from tests.photos import pictures
from tests.service.organizations.test_dialogue import ANSWERS
from tests.service.preparation.stages import approved_plan, ready_for_calls, ready_package
from tests.service.procurement.stages import TEXTS, Bidder, past_deadline, published_call, three_bidders

Phones = Callable[..., Phone]
UNREAD = "没有人看到"


@pytest.fixture
def asked(county: Office, phone: Phones) -> list[Bidder]:
    """Three SOs that may get a call."""
    return three_bidders(county, phone)


@pytest.fixture
def call(county: Office, asked: list[Bidder]) -> Call:
    """A call they got."""
    return published_call(county, asked)[0]


def kept(servers: SimpleNamespace) -> list[tuple[bool, str, str]]:
    """Of each message whether its words are kept, who may read them, and whether it waits."""
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        return connection.execute(
            "SELECT raw IS NOT NULL OR text IS NOT NULL, secrecy, handling FROM inbound_messages ORDER BY id"
        ).fetchall()


@pytest.mark.parametrize("text", [*OFFERS, "12000", "一万二", "3号楼的工钱12000元"])
def test_c5_a_bid_in_unforeseen_words_is_kept_nowhere(
    county: Office, phone: Phones, call: Call, asked: list[Bidder], servers: SimpleNamespace, text: str
) -> None:
    said = phone(asked[0].number, county).says(text)
    assert UNREAD in said or "Nobody has read" in said
    assert "报价 1 18000" in said or "BID 1 18000" in said
    assert kept(servers) == [(False, "sealed", "handled")]
    assert list_waiting(by=county.desk) == []


def test_c5_after_the_deadline_too_until_the_bids_are_opened(
    county: Office, phone: Phones, call: Call, asked: list[Bidder], clock: Clock, servers: SimpleNamespace
) -> None:
    past_deadline(call, clock)
    assert "时间已过" in phone(asked[0].number, county).says("我们上次说的12000元还能改吗")
    assert kept(servers) == [(False, "sealed", "handled")]


@pytest.mark.parametrize("text", MONEY_TALK)
def test_h1_a_villagers_talk_of_money_is_still_offered_as_a_complaint(
    county: Office, phone: Phones, call: Call, text: str
) -> None:
    villager = phone("+8613700000007", county)
    assert UNREAD not in villager.says(text)
    villager.says("1")
    assert len(complaints.list_complaints(by=county.desk)) == 1


def test_h1_an_organization_complains_about_money_by_the_word(
    county: Office, phone: Phones, call: Call, asked: list[Bidder]
) -> None:
    assert "编号" in phone(asked[0].number, county).says("投诉 村里收了我们12000元押金")
    assert len(complaints.list_complaints(by=county.desk)) == 1


def test_h1_an_organization_without_a_call_is_heard_as_anybody(
    county: Office, phone: Phones, asked: list[Bidder]
) -> None:
    assert UNREAD not in phone(asked[0].number, county).says("我们出12000元，村里不认账")


@pytest.mark.parametrize(
    "before", [("提问 1",), ("登记", "1"), ("路没修好",), ("进度",), ("提问",), ("建议", "修路")], ids=str
)
def test_c5_within_a_dialogue_it_is_not_kept_either(
    county: Office,
    phone: Phones,
    call: Call,
    asked: list[Bidder],
    servers: SimpleNamespace,
    before: tuple[str, ...],
) -> None:
    handset = phone(asked[0].number, county)
    for text in before:
        handset.says(text)
    handset.says("我们愿意以一万二做这个项目")
    assert kept(servers)[-1][:2] == (False, "sealed")
    assert all(
        "一万二" not in (one.purpose or "") for one in organizations.list_organizations(by=county.officer)
    )


def test_c5_a_question_that_tells_a_price_is_not_asked(
    county: Office, phone: Phones, call: Call, asked: list[Bidder], servers: SimpleNamespace
) -> None:
    handset = phone(asked[0].number, county)
    assert UNREAD in handset.says("提问 1 我们出12000行不行")
    assert UNREAD not in handset.says("提问 1 保证金2000元什么时候交？")
    assert [one[1] for one in kept(servers)] == ["sealed", "open"]


def test_c5_the_conversation_goes_on_where_it_was(
    county: Office, phone: Phones, call: Call, asked: list[Bidder]
) -> None:
    handset = phone(asked[0].number, county)
    handset.says("提问 1")
    assert UNREAD in handset.says("我们出12000元")
    assert "提问已收到" in handset.says("要不要盖公章？")


def test_s2_an_offer_in_words_at_the_question_for_the_amount_is_the_amount(
    county: Office, phone: Phones, call: Call, asked: list[Bidder]
) -> None:
    handset = phone(asked[0].number, county)
    handset.says("报价 1")
    assert "密码" in handset.says("我们愿意以一万二做这个项目")


def test_c5_on_a_shared_number_nobody_reads_it_before_the_county_is_known(
    app: Flask,
    province: Office,
    county: Office,
    other_county: Office,
    phone: Phones,
    servers: SimpleNamespace,
) -> None:
    handset = phone("+8613877770009", province)
    (channel,) = list_channels(by=province.system)
    share_channel(channel.id, True, by=province.system)
    app.extensions["qiao.channels"].clear()
    for text in ("报价 3 12000", "12000", "我们愿意以一万二做这个项目", "密码4826", "登记"):
        assert "哪个县" in handset.says(text)
    assert [secrecy for _kept, secrecy, _handling in kept(servers)] == ["sealed"] * 4 + ["case"]
    assert {one.text for one in list_waiting(by=province.desk)} == {None, "登记"}
    assert "哪个县" not in handset.says("清河县")


def test_o2_a_registration_goes_on_as_ever_beside_sums_of_work_done(
    county: Office, phone: Phones, call: Call
) -> None:
    handset = phone("+8613800000009", county)
    handset.says("登记")
    for answer in [*ANSWERS[:7], "12", "2019年做过12000元的饮水工程"]:
        said = handset.says(answer)
    assert "和政府合作" in said


QUOTATION = "http://twilio.test/quotation.jpg"


@pytest.mark.parametrize("text", ["", "请查收", "见图，谢谢", "我们的价格12000元", "项目", "帮助"])
def test_c5_a_picture_of_who_may_be_bidding_is_kept_nowhere(
    county: Office,
    phone: Phones,
    call: Call,
    asked: list[Bidder],
    servers: SimpleNamespace,
    text: str,
) -> None:
    reply = phone(asked[0].number, county).shows(QUOTATION, text=text)
    assert "图片" in reply
    assert count_parts(reply) <= 2
    assert pictures(by=county.system) == []
    assert [handling for _kept, _secrecy, handling in kept(servers)] == ["handled"]
    assert list_waiting(by=county.desk) == []


@pytest.mark.parametrize(
    "text", ["你们干部收红包，照片为证", "工地有人受伤", "somebody was hurt at the building site"]
)
def test_h1_what_an_organization_says_beside_its_picture_is_heard_though_nobody_sees_the_picture(
    county: Office, phone: Phones, call: Call, asked: list[Bidder], servers: SimpleNamespace, text: str
) -> None:
    reply = phone(asked[0].number, county).shows(QUOTATION, text=text)
    assert count_parts(reply) <= 2
    assert pictures(by=county.system) == []
    assert [one.text for one in list_waiting(by=county.desk)] == [text]


def test_c5_whose_picture_nobody_has_seen_is_told_how_to_bid_and_how_to_show_something_else(
    county: Office, phone: Phones, call: Call, asked: list[Bidder], clock: Clock
) -> None:
    handset = phone(asked[0].number, county)
    assert "报价 1 金额" in handset.shows(QUOTATION)
    past_deadline(call, clock)
    reply = handset.shows(QUOTATION)
    assert "时间已过" in reply
    assert "投诉" in reply


def test_c5_of_several_open_calls_none_is_named_for_the_sender(
    county: Office, phone: Phones, asked: list[Bidder]
) -> None:
    package, _plan = ready_for_calls(county)
    other = ready_package(county, name="上寨养鸡")
    approved_plan(county)
    call = workflow.draft_call([package.id, other.id], **TEXTS, by=county.officer)
    by, organizations = county.officer, [one.organization.id for one in asked]
    workflow.publish_call(call.id, deadline=by.now + timedelta(days=10), organizations=organizations, by=by)
    handset = phone(asked[0].number, county)
    shown = handset.shows(QUOTATION)
    assert "报价 编号 金额" in shown
    assert "报价 1" not in shown
    assert "报价 1" not in handset.says("我们愿意以一万二做这个项目")


@pytest.mark.parametrize("before", ["进度", "提问 1", "进展"])
def test_c5_within_a_dialogue_that_has_no_use_for_it_nobody_sees_a_picture_either(
    county: Office, phone: Phones, call: Call, asked: list[Bidder], before: str
) -> None:
    handset = phone(asked[0].number, county)
    handset.says(before)
    assert "图片" in handset.shows(QUOTATION)
    assert pictures(by=county.system) == []
    assert list_waiting(by=county.desk) == []


@pytest.mark.parametrize("told", [("投诉 村里押金不退",), ("投诉",)], ids=str)
def test_h4_a_picture_of_an_organization_that_complains_goes_with_the_case(
    county: Office, phone: Phones, call: Call, asked: list[Bidder], told: tuple[str, ...]
) -> None:
    handset = phone(asked[0].number, county)
    for text in told:
        handset.says(text)
    handset.shows(QUOTATION)
    assert len(pictures(by=county.system)) == 1


def test_h1_a_picture_of_anybody_else_is_looked_at_by_a_person(
    county: Office, phone: Phones, call: Call
) -> None:
    assert "工作人员会查看" in phone("+8613700000007", county).shows(QUOTATION)
    assert len(list_waiting(by=county.desk)) == 1
