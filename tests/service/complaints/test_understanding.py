"""What people mean by a short answer to the hotline (H1, H5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels.answers import Unclear
from service.complaints import queries
from service.complaints.rules import Identity
from service.complaints.understanding import (
    begins_unsolved,
    parse_offer,
    parse_rating,
    parse_words,
    says_unsolved,
    verdict_in,
    wished_identity,
)
from tests.conftest import Office, Phone


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", True),
        ("好的", True),
        ("是的，要投诉", True),
        ("要投诉", True),
        ("我要投诉", True),
        ("登记投诉", True),
        ("投诉", True),
        ("2", False),
        ("不是投诉", False),
        ("我不想投诉", False),
        ("不要投诉", False),
        ("不是投诉，我就问问", False),
        ("我只是想问一下", False),
        ("I was just asking", False),
    ],
)
def test_h1_the_offer_is_answered_in_its_own_words(text: str, meant: bool) -> None:
    assert parse_offer(text) is meant


@pytest.mark.parametrize("text", ["投诉村长", "村里投诉没用", "不是投诉你们，是投诉村长", "匿名", ""])
def test_h1_what_says_more_answers_no_offer(text: str) -> None:
    with pytest.raises(Unclear):
        parse_offer(text)


@pytest.mark.parametrize("text", ["3", "？", "１２", "👍", ""])
def test_h1_figures_and_signs_tell_nothing(text: str) -> None:
    with pytest.raises(Unclear):
        parse_words(text)


@pytest.mark.parametrize(
    ("text", "solved"),
    [
        ("满意", True),
        ("不满意", False),
        ("很不满意", False),
        ("还没修好。", False),
        ("2没解决", False),
        ("还没修好，又漏了", None),
        ("好的", None),
    ],
)
def test_h5_whether_it_is_solved_in_words(text: str, solved: bool | None) -> None:
    assert verdict_in(text) is solved


@pytest.mark.parametrize(
    ("text", "says", "begins"),
    [
        ("还没修好，又漏了", True, True),
        ("2 还没修好，又漏了", True, True),
        ("2，没解决", True, True),
        ("没有解决", True, True),
        ("没修好的路又塌了", False, True),
        ("没办好低保，村里也不说", False, True),
        ("20户没修好", False, False),
        ("路没修好", False, False),
    ],
)
def test_h5_a_clause_of_its_own_says_it_is_not_solved_mere_beginnings_may(
    text: str, says: bool, begins: bool
) -> None:
    assert (says_unsolved(text), begins_unsolved(text)) == (says, begins)


@pytest.mark.parametrize(("text", "rating"), [("５", 5), ("没解决", None), ("还没修好，按错了", None)])
def test_h5_the_rating_is_a_figure_or_takes_back_that_it_is_solved(text: str, rating: int | None) -> None:
    assert parse_rating(text) == rating


@pytest.mark.parametrize("text", ["不满意", "6", "没办好低保，村里也不说"])
def test_h6_what_is_neither_figure_nor_verdict_is_no_rating(text: str) -> None:
    with pytest.raises(Unclear):
        parse_rating(text)


@pytest.mark.parametrize("yes", ["要投诉", "是的，要投诉", "投诉"])
def test_h1_who_says_the_word_to_the_offer_need_not_tell_it_again(
    county: Office, phone: Callable[..., Phone], yes: str
) -> None:
    villager = phone("+8613700000007", county)
    villager.says("村里的路修了一半就没人管了")
    assert "已收到，编号" in villager.says(yes)
    (case,) = queries.list_complaints(by=county.desk)
    (entry,) = queries.find_complaint(case.complaint.id, by=county.desk).entries
    assert entry.text == "村里的路修了一半就没人管了"


def test_h1_a_new_complaint_in_answer_to_the_offer_is_one_of_its_own(
    county: Office, phone: Callable[..., Phone]
) -> None:
    villager = phone("+8613700000007", county)
    villager.says("村里的路修了一半就没人管了")
    assert "已收到，编号" in villager.says("投诉 水池也漏水")
    (case,) = queries.list_complaints(by=county.desk)
    (entry,) = queries.find_complaint(case.complaint.id, by=county.desk).entries
    assert entry.text == "水池也漏水"


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("匿名投诉 水池漏水", Identity.ANONYMOUS),
        ("我要匿名举报村主任", Identity.ANONYMOUS),
        ("投诉 匿名 水池漏水", Identity.ANONYMOUS),
        ("投诉匿名：水池漏水", Identity.ANONYMOUS),
        ("ＣＯＭＰＬＡＩＮ anonymously, the road is bad", Identity.ANONYMOUS),
        ("我想实名投诉：水渠坏了", Identity.NAMED),
        ("投诉，保密，水渠坏了", Identity.CONFIDENTIAL),
        ("投诉匿名信的事没人管", None),
        ("投诉 有人匿名写信", None),
        ("投诉 水池漏水", None),
        ("匿名", None),
    ],
)
def test_h3_who_may_know_the_number_may_be_said_with_the_word(text: str, identity: Identity | None) -> None:
    assert wished_identity(text) is identity
