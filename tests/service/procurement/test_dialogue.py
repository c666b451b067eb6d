"""Bidding from a phone, over the provider's own protocol (C4, C5, T5, S2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from channels.parts import count_parts
from service.procurement import queries
from service.procurement.rules import BidState
from tests.conftest import Clock, Office
from tests.service.organizations.stages import registered
from tests.service.procurement.stages import opened, past_deadline, published_call, three_bidders

FIRST = "+8613800000001"
Phones = Callable[..., Any]


@pytest.fixture
def lot(county: Office, phone: Phones) -> int:
    """The number of a lot that three SOs were asked to bid for."""
    return published_call(county, three_bidders(county, phone))[1]


def test_c4_a_quotation_takes_two_texts_and_brings_a_receipt(county: Office, phone: Phones, lot: int) -> None:
    mobile = phone(FIRST, county)
    assert "密码" in mobile.says(f"报价 {lot} 18000")
    receipt = mobile.says("4826")
    assert re.search(r"回执\d{10}，校验码[0-9a-f]{16}，", receipt)


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ("18,000元", Decimal(18000)),
        ("１８０００", Decimal(18000)),
        ("1.8万", Decimal(18000)),
        ("一万八", Decimal(18000)),
        ("18 000", Decimal(18000)),
        ("18000.50", Decimal("18000.50")),
    ],
)
def test_s2_amounts_are_understood_as_people_write_them(
    county: Office, phone: Phones, lot: int, clock: Clock, said: str, price: Decimal
) -> None:
    mobile = phone(FIRST, county)
    mobile.says(f"报价 {lot} {said}")
    mobile.says("4826")
    call = queries.list_calls(by=county.officer)[0]
    past_deadline(call, clock)
    opened(county, call)
    assert [bid.price for bid in queries.list_applicants(call.id, by=county.officer)] == [price]


def test_s2_without_number_and_amount_the_dialogue_asks(county: Office, phone: Phones, lot: int) -> None:
    mobile = phone(FIRST, county)
    assert str(lot) in mobile.says("BID")
    assert "yuan" in mobile.says(str(lot))
    assert "PIN" in mobile.says("18000")
    assert "Receipt" in mobile.says("4826")


def test_s2_an_amount_that_is_none_is_asked_again_with_an_example(
    county: Office, phone: Phones, lot: int
) -> None:
    mobile = phone(FIRST, county)
    assert "18k" in mobile.says(f"BID {lot} abc")
    assert "18k" in mobile.says("abc")
    assert "PIN" in mobile.says("18k")


def test_c4_a_bid_is_changed_until_the_deadline(
    county: Office, phone: Phones, lot: int, clock: Clock
) -> None:
    mobile = phone(FIRST, county)
    for price in (18000, 17500):
        mobile.says(f"bid {lot} {price}")
        assert "Receipt" in mobile.says("4826")
    call = queries.list_calls(by=county.officer)[0]
    past_deadline(call, clock)
    opened(county, call)
    bids = queries.list_applicants(call.id, by=county.officer)
    assert [(bid.price, bid.state) for bid in bids] == [(Decimal(17500), BidState.OPENED)]


@pytest.mark.parametrize(
    "words", ["BID {lot} WITHDRAW", "报价 {lot} 撤回", "撤回{lot}号报价", "withdraw bid {lot}"]
)
def test_c4_a_bid_is_withdrawn_by_text(
    county: Office, phone: Phones, lot: int, clock: Clock, words: str
) -> None:
    mobile = phone(FIRST, county)
    mobile.says(f"bid {lot} 18000")
    receipt = re.findall(r"\d{10}", mobile.says("4826"))[0]
    mobile.says(words.format(lot=lot))
    withdrawn = mobile.says("4826")
    assert receipt in withdrawn
    assert "4826" not in withdrawn
    call = queries.list_calls(by=county.officer)[0]
    past_deadline(call, clock)
    assert queries.list_applicants(call.id, by=county.officer) == []


def test_c4_there_is_nothing_to_withdraw_without_a_bid(county: Office, phone: Phones, lot: int) -> None:
    mobile = phone(FIRST, county)
    mobile.says(f"BID {lot} WITHDRAW")
    assert "no bid of yours" in mobile.says("4826")


def test_c4_a_late_bid_is_refused_with_the_time(
    county: Office, phone: Phones, lot: int, clock: Clock
) -> None:
    past_deadline(queries.list_calls(by=county.officer)[0], clock)
    assert "2026-03-14 12:00" in phone(FIRST, county).says(f"BID {lot} 18000")


def test_t5_a_wrong_pin_is_asked_again_and_the_fifth_locks(county: Office, phone: Phones, lot: int) -> None:
    mobile = phone(FIRST, county)
    mobile.says(f"bid {lot} 18000")
    assert [("again" in mobile.says("1111")) for _ in range(4)] == [True] * 4
    assert "hour" in mobile.says("1111")
    mobile.says(f"bid {lot} 18000")
    assert "hour" in mobile.says("4826")


def test_t5_after_one_wrong_pin_the_right_one_still_counts(county: Office, phone: Phones, lot: int) -> None:
    mobile = phone(FIRST, county)
    mobile.says(f"bid {lot} 18000")
    mobile.says("1111")
    assert "Receipt" in mobile.says("4826")


def test_t5_a_phone_that_speaks_for_no_organization_is_told_so(
    county: Office, phone: Phones, lot: int
) -> None:
    said = phone("+8613700000007", county).says(f"报价 {lot} 18000")
    assert said
    assert "18000" not in said
    assert "PIN" not in said


def test_c4_a_number_that_does_not_exist_is_named(county: Office, phone: Phones, lot: int) -> None:
    assert "99" in phone(FIRST, county).says("BID 99 18000")


def test_s2_another_number_begins_another_bid(county: Office, phone: Phones, lot: int) -> None:
    mobile = phone(FIRST, county)
    mobile.says(f"bid {lot}")
    assert "99" in mobile.says("BID 99 500")
    assert "PIN" in mobile.says("bid 18000")


def test_c2_calls_lists_what_is_open_to_anybody(county: Office, phone: Phones, lot: int) -> None:
    said = phone("+8613700000007", county).says("项目")
    assert str(lot) in said
    assert "石板村" in said


def test_c2_nothing_open_is_said_kindly(county: Office, phone: Phones) -> None:
    assert "Nothing is open" in phone("+8613700000007", county).says("CALLS")


def test_p6_who_was_not_asked_hears_so_and_not_that_nothing_is_open(
    county: Office, phone: Phones, lot: int
) -> None:
    registered(county, 9)
    said = phone("+8613800000009", county).says("报价")
    assert "没有请贵组织报价" in said
    assert "没有可报价的项目" not in said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_s2_no_text_is_longer_than_two_parts(
    county: Office, phone: Phones, lot: int, clock: Clock, language: str
) -> None:
    mobile = phone(FIRST, county)
    mobile.says("报价" if language == "zh" else "BID")
    replies = [mobile.says(text) for text in (str(lot), "abc", "18000", "abc", "1111", "4826")]
    replies.append(mobile.says(f"报价 {lot} 撤回" if language == "zh" else f"BID {lot} WITHDRAW"))
    replies.append(mobile.says("4826"))
    past_deadline(queries.list_calls(by=county.officer)[0], clock)
    replies.append(mobile.says(f"报价 {lot} 1" if language == "zh" else f"BID {lot} 1"))
    assert [reply for reply in replies if count_parts(reply) > 2] == []


@pytest.mark.parametrize(("text", "wanted"), [("项目 1", "提问到3月11日"), ("CALLS 1", "ASK 1")])
def test_c2_one_number_shows_one_call_with_its_days_and_what_to_reply(
    county: Office, phone: Phones, lot: int, text: str, wanted: str
) -> None:
    said = phone("+8613700000007", county).says(text)
    assert wanted in said
    assert "2026-03-14 12:00" in said or "3月14日12:00" in said


def test_c2_a_closed_call_says_since_when(county: Office, phone: Phones, lot: int, clock: Clock) -> None:
    past_deadline(queries.list_calls(by=county.officer)[0], clock)
    mobile = phone("+8613700000007", county)
    assert "closed since 2026-03-14 12:00" in mobile.says(f"CALLS {lot}")
    assert "There is no number 99" in mobile.says("CALLS 99")


@pytest.mark.parametrize("text", ["项目", "CALLS", "项目 1", "CALLS 1"])
def test_d3_what_is_open_never_tells_a_difficulty(county: Office, phone: Phones, lot: int, text: str) -> None:
    said = phone("+8613700000007", county).says(text).lower()
    assert not [
        word for word in ("难度", "简单", "常规", "困难", "easy", "regular", "difficult") if word in said
    ]


def test_c4_a_withdrawal_without_a_number_asks_for_it(county: Office, phone: Phones, lot: int) -> None:
    mobile = phone(FIRST, county)
    mobile.says(f"bid {lot} 18000")
    mobile.says("4826")
    assert str(lot) in mobile.says("撤回报价")
    assert "撤回" in mobile.says(str(lot)) or "withdraw" in mobile.says(str(lot))
