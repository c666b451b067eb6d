"""An SO that holds two contracts, or none, is never left in a question without a way out (M2, M3, S2)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

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
    assert "1、2" in mobile.says("进展 羊已经买好")
    assert "例如" in mobile.says("什么编号")
    assert "没有9号合同" in mobile.says("9")
    assert second.number in mobile.says("2")
    assert (told(first, county), told(second, county)) == ([], ["羊已经买好"])


def test_m3_the_bare_word_asks_for_the_number_first_and_takes_both_at_once(county: Office, two: Two) -> None:
    first, _second, mobile = two
    assert "numbers" not in mobile.says("PROGRESS")
    assert first.number in mobile.says("1 goats bought")
    assert told(first, county) == ["goats bought"]


def test_m2_support_for_one_of_two_contracts_is_asked_for_in_the_same_way(county: Office, two: Two) -> None:
    _first, second, mobile = two
    assert "1、2" in mobile.says("求助")
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
