"""A price in words nobody foresaw is known for an offer, and a complaint about money is not taken for one (C5, H1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.offers import amount_in_offer, may_be_bid, may_name_a_price, offers_a_price
from channels.words import Word, recognise

from .utterances import MONEY_TALK, OFFERS


@pytest.mark.parametrize("text", OFFERS)
def test_c5_work_offered_for_a_price_may_be_a_bid(text: str) -> None:
    assert offers_a_price(text)
    assert may_name_a_price(text)
    assert may_be_bid(text)
    assert recognise(text).word in (None, Word.BID)


@pytest.mark.parametrize("text", MONEY_TALK)
def test_h1_talk_of_money_is_no_offer(text: str) -> None:
    assert not offers_a_price(text)
    assert not may_be_bid(text)
    assert recognise(text).word is None


@pytest.mark.parametrize(
    "text", ["修路的钱没到", "我们报了三次名", "电话13812345678", "我的编号是2345678900", "千万不要再发了"]
)
def test_c5_what_names_no_money_is_no_price(text: str) -> None:
    assert not may_name_a_price(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("我们出12000元", "12000元"),
        ("一万二我们就做", "一万二"),
        ("我们愿意以一万二做这个项目", "一万二"),
        ("报一万二", "一万二"),
        ("18000", "18000"),
        ("不知道", "不知道"),
    ],
)
def test_s2_an_amount_is_found_in_an_offer(text: str, amount: str) -> None:
    assert amount_in_offer(text) == amount


@given(st.sampled_from(["1 ", "一", "我们", "要价", "1", "我们要 ", "万", "1,", "出价百"]))
def test_texts_made_to_be_slow_are_not(piece: str) -> None:
    # Backtracking over these would take longer than the life of the test run.
    text = piece * 3000 + "x"
    assert (offers_a_price(text), may_name_a_price(text), amount_in_offer(text)) is not None
