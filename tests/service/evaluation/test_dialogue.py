"""评价 EVALUATE from a villager's phone, over the provider's own protocol (E4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from channels.answers import Unclear
from channels.models import InboundMessage
from channels.parts import count_parts
from service.contracts.models import Contract
from service.evaluation import queries, workflow
from service.evaluation.dialogue import parse_scale, parse_words
from service.evaluation.models import EvaluationAnswer
from service.evaluation.results import find_results
from tests.conftest import Clock, Office
from tests.service.evaluation.stages import enrolled, number_of, opened_round, signed_contract
from tests.service.evaluation.test_workflow import rows_of


@pytest.fixture
def contract(county: Office, clock: Clock, phone: Callable[..., Any]) -> Contract:
    """A contract in force, with five people on its register."""
    found = signed_contract(county, clock, phone)[0]
    enrolled(county, found, 3, 2)
    return found


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("5", 5),
        ("４", 4),
        ("打5分", 5),
        ("三", 3),
        ("很好", 5),
        ("不太满意。", 2),
        ("一般般吧", 3),
        ("5 stars", 5),
        ("very bad", 1),
    ],
)
def test_e4_a_score_is_understood_in_villagers_words(text: str, score: int) -> None:
    assert parse_scale(text) == score


@pytest.mark.parametrize("text", ["6", "0", "", "羊", "10", "1到5"])
def test_e4_what_is_no_score_is_asked_again(text: str) -> None:
    with pytest.raises(Unclear):
        parse_scale(text)


def test_e4_own_words_may_be_none_but_not_empty() -> None:
    assert parse_words("没有。") == ""
    assert parse_words("水管修得好") == "水管修得好"
    for text in ("", "  "):
        with pytest.raises(Unclear):
            parse_words(text)


def test_e4_three_questions_one_text_each(
    county: Office, contract: Contract, phone: Callable[..., Any]
) -> None:
    evaluation = opened_round(county, contract)
    villager = phone(number_of(0), county)
    first = villager.says("评价")
    assert first.startswith(f"关于“{evaluation.title}”：\n1/3 您对养羊项目满意吗？")
    assert "请回1到5" in villager.says("非常非常好啊这个项目")
    second, third = villager.says("很好"), villager.says("是的")
    assert second.startswith("2/3")
    assert third.startswith("3/3")
    assert "谢谢您" in villager.says("羊圈再大一点")
    assert all(count_parts(words) == 1 for words in (second, third))
    assert queries.find_round(evaluation.id, by=county.officer).answered == 1
    again = villager.says("评价")
    assert again.startswith(f"“{evaluation.title}”您评价过了，重答会替换原来的。\n1/3")
    assert villager.says("2").startswith("2/3")


def test_e4_in_english_for_whoever_writes_english(
    county: Office, contract: Contract, phone: Callable[..., Any]
) -> None:
    opened_round(county, contract)
    villager = phone(number_of(1), county)
    assert "How happy are you with the goats?" in villager.says("EVALUATE")
    assert "Did anybody ask" in villager.says("4")
    assert "What could be better?" in villager.says("no")
    assert "Thank you!" in villager.says("none")
    (answer,) = rows_of(EvaluationAnswer, by=county.officer)
    assert (answer.scores, answer.words) == ({"0": 4, "1": 0}, None)


def test_e4_the_word_sent_again_goes_on_where_one_stopped(
    county: Office, contract: Contract, phone: Callable[..., Any]
) -> None:
    opened_round(county, contract)
    villager = phone(number_of(0), county)
    villager.says("评价")
    second = villager.says("很好")
    assert villager.says("继续评价") == f"接着上次继续。\n{second}"
    third = villager.says("1")
    assert villager.says("评价") == f"接着上次继续。\n{third}"
    assert "谢谢您" in villager.says("羊圈再大一点")


def test_e4_back_corrects_an_answer(county: Office, contract: Contract, phone: Callable[..., Any]) -> None:
    opened_round(county, contract)
    villager = phone(number_of(2), county)
    villager.says("评价")
    villager.says("1")
    assert "1/3" in villager.says("返回")
    assert "2/3" in villager.says("5")


def test_e4_a_stranger_is_told_kindly_and_nothing_is_kept(
    county: Office, contract: Contract, phone: Callable[..., Any]
) -> None:
    opened_round(county, contract)
    assert "不在名册上" in phone("+8613999999999", county).says("评价")
    assert rows_of(EvaluationAnswer, by=county.officer) == []


def test_e4_nothing_is_asked_while_no_evaluation_is_open(
    county: Office, contract: Contract, phone: Callable[..., Any]
) -> None:
    assert "没有需要您评价" in phone(number_of(0), county).says("评价")


def test_e4_an_answer_is_not_kept_beside_the_number(
    county: Office, contract: Contract, phone: Callable[..., Any]
) -> None:
    evaluation = opened_round(county, contract)
    for place in range(5):
        villager = phone(number_of(place), county)
        for text in ("评价", "5", "1", f"第{place}句话"):
            villager.says(text)
    kept = [row for row in rows_of(InboundMessage, by=county.officer) if row.contact_id]
    texts = [row for row in kept if row.text is not None or row.raw is not None]
    assert texts == []
    workflow.close_round(evaluation.id, by=county.officer)
    words = find_results(evaluation.id, by=county.officer).questions[2].words
    assert sorted(words) == [f"第{place}句话" for place in range(5)]
