"""What is added to a case and may be about the office itself is not read there (H4); an anonymous one gives nobody away (H3)."""

from __future__ import annotations

import pytest

from channels.parts import count_parts
from service.complaints import queries
from service.complaints.rules import Identity
from tests.conftest import Office, Phone
from tests.service.complaints.stages import LEAK, NEIGHBOUR, case_in, owner
from tests.service.complaints.test_dialogue import Phones, reference_in, texts_of, traces_of_messages
from tests.service.complaints.test_dialogue import villager as villager

ACCUSES = "扶贫办的人还收了我家的钱"


def above_of(province: Office, reference: str) -> str:
    """The reference of the one case above that is not ``reference``."""
    (other,) = {one.complaint.reference for one in queries.list_complaints(by=province.desk)} - {reference}
    return other


def left_case(villager: Phone) -> str:
    """The reference of a case whose questions were left."""
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    villager.says("取消")
    return reference


def test_h4_what_accuses_the_office_while_a_case_is_new_takes_the_whole_of_it_above(
    villager: Phone, county: Office, province: Office
) -> None:
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    reply = villager.says(ACCUSES)
    assert "这里的办公室再也看不到" in reply
    assert count_parts(reply) <= 2
    assert owner(reference, county) == province.id
    assert case_in(county, reference) is None
    assert texts_of(province, reference) == [LEAK, ACCUSES]
    assert "电信公司仍知道" in villager.says("匿名")


@pytest.mark.parametrize("texts", [("投诉 {reference} " + ACCUSES,), (ACCUSES, "1")])
def test_h4_what_accuses_the_office_later_is_a_case_of_its_own_above(
    villager: Phone, county: Office, province: Office, texts: tuple[str, ...]
) -> None:
    reference = left_case(villager)
    reply = [villager.says(text.format(reference=reference)) for text in texts][-1]
    other = above_of(province, reference)
    assert f"另立投诉{other}" in reply
    assert f"原投诉{reference}照常办" in reply
    assert count_parts(reply) <= 2
    assert texts_of(county, reference) == [LEAK]
    assert ACCUSES in texts_of(province, other)[0]
    assert case_in(county, other) is None


def test_h4_all_that_was_said_while_the_offer_stood_goes_above_with_it(
    villager: Phone, county: Office, province: Office
) -> None:
    reference = left_case(villager)
    villager.says("昨晚又漏了，还冲了菜地")
    for more in (ACCUSES, "邻居都看见了"):
        villager.says(more)
    villager.says("1")
    assert texts_of(county, reference) == [LEAK, "昨晚又漏了，还冲了菜地"]
    assert texts_of(province, above_of(province, reference)) == [ACCUSES, "邻居都看见了"]


def test_h4_a_new_case_goes_above_with_what_was_said_while_it_was_offered(
    villager: Phone, county: Office, province: Office
) -> None:
    villager.says("我们村的水池修好一个月就漏了")
    villager.says(ACCUSES)
    reply = villager.says("要")
    assert "这里的办公室看不到" in reply
    assert texts_of(province, reference_in(reply)) == ["我们村的水池修好一个月就漏了", ACCUSES]
    assert queries.list_complaints(by=county.desk) == []


def anonymous_case(villager: Phone) -> str:
    """The reference of a case whose complainant stays unknown."""
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    villager.says("1")
    villager.says("匿名")
    return reference


def test_h3_what_is_added_to_an_anonymous_case_leaves_no_moment_under_the_number(
    county: Office, phone: Phones, villager: Phone
) -> None:
    reference = anonymous_case(villager)
    neighbour = phone(NEIGHBOUR, county)
    neighbour.says("帮助")
    assert "已补充" in neighbour.says(f"投诉 {reference} 昨晚又漏了")
    assert texts_of(county, reference) == [LEAK, f"{reference} 昨晚又漏了"]
    for kept in traces_of_messages(by=county.desk):
        assert kept.received_at.hour == 0


def test_h3_h4_what_accuses_the_office_in_an_anonymous_case_stays_anonymous_above(
    villager: Phone, county: Office, province: Office
) -> None:
    reference = anonymous_case(villager)
    assert "另立投诉" in villager.says(f"投诉 {reference} {ACCUSES}")
    other = above_of(province, reference)
    case = case_in(province, other)
    assert case is not None
    assert (case.contact_id, case.identity) == (None, Identity.ANONYMOUS)
    assert texts_of(county, reference) == [LEAK]
    for kept in traces_of_messages(by=county.desk):
        assert kept.received_at.hour == 0
