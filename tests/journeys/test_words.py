"""A suggestion, a question and a call for help, from the phone to the officer's page and back (I1, C3, M2)."""

from __future__ import annotations

import re

import pytest

from service.demo.story import Story
from tests.journeys.conftest import story as story


class ByPage(Story):
    """The story, in which the officer answers by page."""

    def suggest(self) -> None:
        """A villager suggests; the officer puts it on the long list with its source (I1)."""
        self.suggester = self.villagers[3]
        reply = self.text("村民", self.suggester, "建议给石板村修三口水池，妇女背水要走两里路")
        self.idea = references(reply)[0]
        self.text("村民", self.suggester, "路水房")
        officer = self.stage.browser("officer")
        assert self.idea in officer.page("/admin/tasks/")
        path = next(iter(re.findall(r"/admin/ideas/[0-9a-f-]{36}", officer.page("/admin/tasks/"))))
        page = officer.page(path)
        assert "妇女背水要走两里路" in page
        assert self.suggester[-4:] not in page
        pond = officer.submit(path, {"task_id": self.ids["pond"]}, action=f"{path}/join")
        assert self.idea not in pond
        assert self.idea in officer.page(f"/admin/tasks/{self.ids['pond']}")

    def ask_about_the_call(self) -> None:
        """An SO asks; everybody who got the call is answered, and nobody learns who asked (C3)."""
        lot = self.ids["lot"]
        assert str(lot) in self.text("清河社工站", self.second_so, "项目")
        assert "提问到" in self.text("清河社工站", self.second_so, f"{lot}号项目")
        reply = self.text("清河社工站", self.second_so, f"请问{lot}号项目我们社工站能不能用自己的车？")
        reference = references(reply)[0]
        assert "等待答复" in self.text("清河社工站", self.second_so, f"进度 {reference}")
        officer = self.stage.browser("officer")
        assert "个提问等待答复" in officer.page("/admin/")
        call = f"/admin/calls/{self.ids['call']}"
        path = next(iter(re.findall(r"/admin/questions/[0-9a-f-]{36}", officer.page(call))))
        assert self.second_so[-4:] not in officer.page(path)
        officer.submit(
            path,
            {"wording": "能不能用自己的车？", "answer": "可以，油费计入交通费"},
            action=f"{path}/answer",
        )
        for who, number in (
            ("青苗服务中心", self.first_so),
            ("清河社工站", self.second_so),
            ("山里人合作社", self.third_so),
        ):
            assert "社工站" not in self.newest(who, number, "油费计入交通费")
        portal = self.stage.visitor().page(f"/p/{self.stage.province}/calls/{self.ids['call']}")
        assert "油费计入交通费" in portal
        assert "我们社工站" not in portal
        assert "油费计入交通费" in self.text("清河社工站", self.second_so, f"进度 {reference}")

    def ask_for_support(self) -> None:
        """The SO cries for help; it is passed on, answered by page, and the answer comes by text (M2)."""
        reply = self.text("青苗服务中心", self.first_so, "求助 大坪村让我们先找乡里盖章才能进村")
        reference = references(reply)[0]
        self.text("青苗服务中心", self.first_so, "1")
        officer = self.stage.browser("officer")
        home = officer.page("/admin/")
        assert reference in home
        path = next(iter(re.findall(r"/admin/support/[0-9a-f-]{36}", home)))
        officer.submit(path, {"kind": "coordination", "to": "青山乡 李乡长"}, action=f"{path}/pass-on")
        self.newest("青苗服务中心", self.first_so, "青山乡 李乡长")
        assert "已转办" in self.text("青苗服务中心", self.first_so, f"进度 {reference}")
        officer.submit(path, {"answer": "李乡长已和大坪村说好，明天可以进村"}, action=f"{path}/answer")
        self.newest("青苗服务中心", self.first_so, "明天可以进村")
        assert reference in officer.page(f"/admin/delivery/{self.ids['contract']}")


def references(reply: str) -> list[str]:
    """The references in a reply."""
    found = re.findall(r"(?<!\d)\d{10}(?!\d)", reply)
    assert found, reply
    return found


@pytest.fixture
def by_page(story: Story) -> ByPage:
    """The story on its stage, in which the officer answers by page."""
    return ByPage(story.stage, story.teller)


def test_what_is_suggested_asked_and_needed_by_text_is_answered_by_page_and_comes_back(
    by_page: ByPage,
) -> None:
    for act in (by_page.identify, by_page.grade, by_page.register, by_page.prepare, by_page.call_and_bid):
        act()
    told = by_page.newest("村民", by_page.suggester, "潜在购买清单")
    assert by_page.idea in told
    for act in (by_page.open_and_select, by_page.object_and_approve, by_page.sign, by_page.deliver):
        act()
