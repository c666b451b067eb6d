"""An SO that holds two contracts, or none, is never left in a question without a way out (M2, M3, S2)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from channels.parts import count_parts
from service.contracts.models import Contract
from service.delivery import queries, support
from tests.conftest import Clock, Office, Phone
from tests.service.evaluation.stages import experienced, signed_contract
from tests.service.procurement.stages import Bidder, three_bidders

Phones = Callable[..., Phone]
Two = tuple[Contract, Contract, Phone]


@pytest.fixture
def two(county: Office, clock: Clock, phone: Phones) -> Two:
    """Two contracts in force of one SO, numbers 1 and 2, and its phone."""
    bidders = three_bidders(county, phone)
    for one in bidders:
        experienced(county, one)
    first, winner = signed_contract(county, clock, phone, bidders)
    second, _same = signed_contract(county, clock, phone, bidders)
    assert first.organization_id == second.organization_id
    return first, second, phone(winner.number, county)


def told(contract: Contract, county: Office) -> list[str | None]:
    """What was reported on a contract."""
    return [report.text for report in queries.find_obligations(contract.id, by=county.officer).reports]


def test_m3_which_of_two_contracts_a_report_is_about_is_asked_and_its_words_are_not_lost(
    county: Office, two: Two
) -> None:
    first, second, mobile = two
    asked = mobile.says("进展 羊已经买好")
    assert re.search(r"1 \S+；2 \S+", asked), "each by its name"
    assert count_parts(asked) <= 2
    assert "例如" in mobile.says("什么编号")
    assert "没有9号合同" in mobile.says("9")
    assert second.number in mobile.says("2")
    assert (told(first, county), told(second, county)) == ([], ["羊已经买好"])


@pytest.mark.parametrize("words", ["第一批苗木栽完了", "第二期 30户都去过了", "2笔材料费已付"])
def test_m3_a_batch_or_a_stage_of_the_work_is_no_number_of_a_contract(
    county: Office, two: Two, words: str
) -> None:
    first, second, mobile = two
    assert "哪份合同" in mobile.says(f"进展 {words}")
    assert "例如" in mobile.says(words)
    mobile.says("1")
    assert (told(first, county), told(second, county)) == ([words], [])


@pytest.mark.parametrize(
    ("word", "way"),
    [("进展", "进度"), ("求助", "写在一条里"), ("PROGRESS", "STATUS"), ("SUPPORT", "a person")],
)
def test_s2_who_speaks_for_no_so_is_shown_the_way_that_is_meant_for_them(
    county: Office, phone: Phones, word: str, way: str
) -> None:
    assert way in phone("+8613700000009", county).says(word)


@pytest.mark.parametrize(
    ("word", "nothing"),
    [
        ("求助", "123"),
        ("求助", "什么？"),
        ("进展", "怎么填？"),
        ("PROGRESS", "what?"),
        ("建议", "没有"),
        ("IDEA", "nothing"),
    ],
)
def test_s2_what_says_nothing_is_asked_for_by_an_example_and_with_the_way_out(
    county: Office, two: Two, word: str, nothing: str
) -> None:
    mobile = two[2]
    mobile.says(word)
    if word not in ("建议", "IDEA"):
        mobile.says("1")
    said = mobile.says(nothing)
    assert "例如" in said or "such as" in said
    assert "0" in said


def test_m3_the_bare_word_asks_for_the_number_first_and_takes_both_at_once(county: Office, two: Two) -> None:
    first, _second, mobile = two
    assert "numbers" not in mobile.says("PROGRESS")
    assert first.number in mobile.says("1 goats bought")
    assert told(first, county) == ["goats bought"]


def test_m2_support_for_one_of_two_contracts_is_asked_for_in_the_same_way(county: Office, two: Two) -> None:
    _first, second, mobile = two
    assert re.search(r"1 \S+；2 \S+", mobile.says("求助"))
    assert "需要什么" in mobile.says("2")
    assert second.number in mobile.says("村里不让进场")
    (request,) = support.list_requests(second.id, by=county.officer)
    assert (request.text, request.contract_id) == ("村里不让进场", second.id)


@pytest.mark.parametrize("word", ["进展", "求助", "进展 做完了", "求助 缺人"])
def test_m3_an_so_without_a_contract_hears_it_at_once_and_is_free_to_go_on(
    county: Office, phone: Phones, word: str
) -> None:
    one: Bidder = three_bidders(county, phone)[0]
    mobile = phone(one.number, county)
    assert "没有生效的合同" in mobile.says(word)
    assert re.search(r"\d{10}", mobile.says("投诉 水池漏水"))
    mobile.says("取消")
    assert "没有办到一半" in mobile.says("取消")


def test_m3_a_number_that_is_none_is_answered_with_those_there_are(county: Office, two: Two) -> None:
    assert "现有：1, 2号" in two[2].says("进展 9 羊已经买好")


def test_m3_asking_how_to_report_is_no_report(county: Office, two: Two) -> None:
    first, second, mobile = two
    mobile.says("进展怎么报")
    mobile.says("1")
    assert (told(first, county), told(second, county)) == ([], [])
