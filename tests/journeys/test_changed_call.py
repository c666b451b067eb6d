"""A call that changes after its publication and is cancelled in the end, from phones and the officer's pages (C15)."""

from __future__ import annotations

import re
from datetime import timedelta

from service.demo import texts
from service.demo.story import Story
from service.demo.telling import PIN
from tests.journeys.conftest import story as story


class Changed(Story):
    """The story as far as the bids."""

    def bid(self) -> None:
        """Two of the three that were asked bid."""
        for who, number, price in (
            ("青苗服务中心", self.first_so, 3900),
            ("清河社工站", self.second_so, 3800),
        ):
            self.text(who, number, f"报价 {self.ids['lot']} {price}")
            assert "回执" in self.text(who, number, PIN)

    def change(self) -> None:
        """The place changes a day before the end; one confirms by text, another bids anew, both in time."""
        call, lot = self.ids["call"], self.ids["lot"]
        self.teller.pass_time(self.teller.now() + timedelta(days=9))
        officer, here = self.stage.browser("officer"), f"/admin/calls/{call}"
        officer.submit(
            f"{here}/change",
            {**texts.CALL, "place": "县文化馆", "reason": "标书改送县文化馆", "reason_en": ""},
        )
        (change,) = self.officer.get(f"/calls/{call}/amendments")
        assert change["after"] == {"place": "县文化馆"}
        assert change["deadline"] > change["deadline_before"]
        for who, number in (("青苗服务中心", self.first_so), ("山里人合作社", self.third_so)):
            assert f"报价 {lot} 确认" in self.newest(who, number, "标书改送县文化馆")
        self.text("青苗服务中心", self.first_so, f"报价 {lot}")
        self.text("青苗服务中心", self.first_so, "1")
        assert "已确认" in self.text("青苗服务中心", self.first_so, PIN)
        self.text("清河社工站", self.second_so, f"报价 {lot} 3700")
        assert re.search(r"回执\d{10}", self.text("清河社工站", self.second_so, PIN))
        portal = self.stage.visitor().page(f"/p/{self.stage.province}/calls/{call}")
        assert "标书改送县文化馆" in portal
        assert str(texts.CALL["place"]) in portal

    def cancel(self) -> None:
        """The funds do not come: everybody learns why, nobody ever reads a bid, and the package is free again."""
        call, lot = self.ids["call"], self.ids["lot"]
        officer, here = self.stage.browser("officer"), f"/admin/calls/{call}"
        officer.submit(f"{here}/cancel", {"reason": "资金没有到位", "reason_en": ""})
        assert "资金没有到位" in self.newest("山里人合作社", self.third_so, "资金没有到位")
        assert "已取消" in self.text("青苗服务中心", self.first_so, f"项目 {lot}")
        assert "取消" in self.text("青苗服务中心", self.first_so, f"报价 {lot} 3500")
        assert self.officer.get(f"/calls/{call}")["state"] == "cancelled"
        assert self.officer.get(f"/calls/{call}/bids") == []
        assert "资金没有到位" in self.stage.visitor().page(f"/p/{self.stage.province}/calls/{call}")
        again = self.officer.post("/calls", {**texts.CALL, "packages": [self.ids["package"]]})
        assert again["state"] == "draft"


def test_c15_a_call_changes_is_confirmed_by_text_and_is_cancelled(story: Story) -> None:
    changed = Changed(story.stage, story.teller, seconds_to_bid=10 * 24 * 3600)
    for act in (
        changed.identify,
        changed.grade,
        changed.register,
        changed.prepare,
        changed.publish,
        changed.bid,
        changed.change,
        changed.cancel,
    ):
        act()
