"""A call that changes after its publication, and one that is cancelled, from phones and the officer's pages (C15)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from service.demo import texts
from service.demo.story import Story
from service.demo.telling import PIN
from tests.journeys.conftest import story as story

FIRST, SECOND, THIRD = "青苗服务中心", "清河社工站", "山里人合作社"


@pytest.fixture
def bidding(story: Story) -> Story:
    """The story as far as the bids: two of the three that were asked have given one."""
    bidding = Story(story.stage, story.teller, seconds_to_bid=10 * 24 * 3600)
    bidding.identify()
    bidding.grade()
    bidding.register()
    bidding.prepare()
    bidding.publish()
    for who, number, price in ((FIRST, bidding.first_so, 3900), (SECOND, bidding.second_so, 3800)):
        bidding.text(who, number, f"报价 {bidding.ids['lot']} {price}")
        assert "回执" in bidding.text(who, number, PIN)
    return bidding


def test_c15_a_changed_call_is_told_to_all_prolonged_and_confirmed_or_bid_anew_by_text(
    bidding: Story,
) -> None:
    call, lot = bidding.ids["call"], bidding.ids["lot"]
    bidding.teller.pass_time(bidding.teller.now() + timedelta(days=9))
    bidding.stage.browser("officer").submit(
        f"/admin/calls/{call}/change",
        {**texts.CALL, "place": "县文化馆", "reason": "标书改送县文化馆", "reason_en": ""},
    )
    (change,) = bidding.officer.get(f"/calls/{call}/amendments")
    assert change["after"] == {"place": "县文化馆"}
    assert change["deadline"] > change["deadline_before"]
    for who, number in ((FIRST, bidding.first_so), (THIRD, bidding.third_so)):
        assert f"报价 {lot} 确认" in bidding.newest(who, number, "标书改送县文化馆")
    bidding.text(FIRST, bidding.first_so, f"报价 {lot}")
    bidding.text(FIRST, bidding.first_so, "1")
    assert "已确认" in bidding.text(FIRST, bidding.first_so, PIN)
    bidding.text(SECOND, bidding.second_so, f"报价 {lot} 3700")
    assert re.search(r"回执\d{10}", bidding.text(SECOND, bidding.second_so, PIN))
    portal = bidding.stage.visitor().page(f"/p/{bidding.stage.province}/calls/{call}")
    assert "标书改送县文化馆" in portal
    assert str(texts.CALL["place"]) in portal


def test_c15_a_cancelled_call_says_why_its_bids_are_never_read_and_its_package_is_free_again(
    bidding: Story,
) -> None:
    call, lot = bidding.ids["call"], bidding.ids["lot"]
    bidding.stage.browser("officer").submit(
        f"/admin/calls/{call}/cancel", {"reason": "资金没有到位", "reason_en": ""}
    )
    assert "资金没有到位" in bidding.newest(THIRD, bidding.third_so, "资金没有到位")
    assert "已取消" in bidding.text(FIRST, bidding.first_so, f"项目 {lot}")
    assert "取消" in bidding.text(FIRST, bidding.first_so, f"报价 {lot} 3500")
    assert bidding.officer.get(f"/calls/{call}")["state"] == "cancelled"
    assert bidding.officer.get(f"/calls/{call}/bids") == []
    assert "资金没有到位" in bidding.stage.visitor().page(f"/p/{bidding.stage.province}/calls/{call}")
    again = bidding.officer.post("/calls", {**texts.CALL, "packages": [bidding.ids["package"]]})
    assert again["state"] == "draft"
