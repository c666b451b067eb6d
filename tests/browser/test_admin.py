"""The story's admin side, clicked through by the people of the office."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from service.demo import texts
from service.demo.story import Story
from service.demo.telling import PIN
from tenants.workdays import local_day
from tests.browser.desk import Desk
from tests.conftest import Clock
from tests.journeys.conftest import story as story

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Office:
    """Desks of the county, each logged in when first needed."""

    def __init__(self, chromium: Browser, site: str, story: Story) -> None:
        self._chromium, self._site, self._story = chromium, site, story
        self._desks: dict[str, Desk] = {}

    def __getitem__(self, who: str) -> Desk:
        if who not in self._desks:
            self._desks[who] = Desk(self._chromium, self._site)
            log_in = self._story.stage.log_ins[who]
            self._desks[who].log_in(log_in.email, log_in.password)
        return self._desks[who]


@pytest.fixture
def office(chromium: Browser, site: str, story: Story) -> Office:
    """The county of the story, its numbers set so that nothing waits for days."""
    story.stage.program("administrator").put(
        "/office/settings",
        {
            "bid_period_days": 0,
            "questions_close_days": 0,
            "standstill_working_days": 0,
            "quiet_from": "00:00",
            "quiet_until": "00:00",
        },
    )
    return Office(chromium, site, story)


def test_the_county_goes_from_an_idea_to_an_approved_result(
    office: Office, story: Story, clock: Clock
) -> None:
    identify(office, story)
    grade(office)
    story.ids["variant"] = story.officer.get(f"/difficulty/tasks/{story.ids['seedlings']}/variants")[0]["id"]
    story.register()
    prepare(office, story)
    plan(office, story)
    call(office, story, clock)
    select(office, story)
    object_and_approve(office, story, clock)
    assert story.officer.get("/contracts")


def identify(office: Office, story: Story) -> None:
    """A task is listed, screened and signed off."""
    officer = office["officer"]
    officer.open("/admin/tasks/")
    officer.follow(f"/admin/tasks/criteria/{story.year}")
    officer.submit(f"/criteria/{story.year}", {"questions": texts.CRITERIA})
    officer.follow("/admin/tasks/new")
    officer.submit("/tasks/new", {**texts.SEEDLINGS, "year": story.year})
    assert texts.SEEDLINGS["title"] in officer.words()
    task = story.ids["seedlings"] = officer.path.rpartition("/")[2]
    answers = [{"answer": True, "reason": "会上讨论一致"}] * len(texts.CRITERIA)
    officer.submit(f"/tasks/{task}/screen", {"answers": answers, "keep": True})
    approver = office["approver"]
    approver.open("/admin/tasks/")
    approver.submit(f"/tasks/short-list/{story.year}")


def grade(office: Office) -> None:
    """The task is easy."""
    officer = office["officer"]
    officer.open("/admin/difficulty/")
    officer.page.locator('main a[href*="/admin/difficulty/tasks/"]').first.click()
    officer.submit("/difficulty/tasks/", texts.SEEDLINGS_WAY)
    assert "简单" in officer.words()


def prepare(office: Office, story: Story) -> None:
    """A package goes through its pages until it is ready."""
    officer = office["officer"]
    officer.open("/admin/packages/")
    officer.follow("/admin/packages/new")
    officer.submit(
        "/packages/new",
        {
            "year": story.year,
            "variant_id": story.ids["variant"],
            "name": "青山乡核桃苗发放",
            "villages": "青山乡四村",
            "design": texts.DESIGN,
            "urgent": True,
        },
    )
    package = story.ids["package"] = officer.path.rpartition("/")[2]
    recommended = story.officer.get(f"/packages/{package}/recommendation")
    officer.follow("/costs")
    officer.submit("/costs", {"lines": texts.COST_LINES})
    officer.follow("/pricing")
    officer.follow(f"?method={recommended['pricing']}")
    officer.submit("/pricing", {"rate": "10"})
    officer.follow("/method")
    officer.submit("/method", {"method": recommended["procurement"][0]})
    officer.follow("/scope-of-work")
    officer.submit("/scope-of-work", {"items": texts.SCOPE})
    officer.submit(f"/packages/{package}/finish")


def plan(office: Office, story: Story) -> None:
    """Two workshops and a regulation; then the plan, which another person approves."""
    officer, approver, today = (
        office["officer"],
        office["approver"],
        local_day(story.teller.now()).isoformat(),
    )
    for workshop in texts.WORKSHOPS:
        officer.open("/admin/workshops/")
        officer.follow("/admin/workshops/new")
        officer.submit("/workshops/new", {**workshop, "held_on": today})
    officer.open("/admin/regulations/")
    officer.follow("/admin/regulations/new")
    officer.submit("/regulations/new", {"title": "购买扶贫服务实施办法", "sections": texts.SECTIONS})
    regulation = officer.path
    approver.open(regulation)
    approver.submit(f"{regulation}/adopt", {"effective_on": today})
    officer.open("/admin/plans/")
    officer.follow("/admin/plans/new")
    officer.submit("/plans/new", {"year": story.year, "funds": "60000"})
    plan = officer.path
    officer.submit(f"{plan}/submit")
    approver.open(plan)
    approver.submit(f"{plan}/approve")
    officer.open(plan)
    officer.submit(f"{plan}/publish")


def call(office: Office, story: Story, clock: Clock) -> None:
    """A call is drafted and published; two organizations bid by text; two officers open the bids."""
    officer, finance = office["officer"], office["finance"]
    officer.open("/admin/calls/")
    officer.follow("/admin/calls/new")
    officer.submit("/calls/new", {**texts.CALL, "packages": [story.ids["package"]]})
    call = officer.path
    story.ids["call"] = call.rpartition("/")[2]
    officer.follow("/publish")
    deadline = clock().astimezone(SHANGHAI) + timedelta(hours=2)
    asked = [one["id"] for one in story.officer.get("/organizations")]
    officer.submit("/publish", {"deadline": deadline.strftime("%Y-%m-%dT%H:%M"), "organizations": asked})
    lot = story.ids["lot"] = story.officer.get(f"/calls/{story.ids['call']}/lots")[0]["number"]
    for number, price in ((story.first_so, "3600"), (story.second_so, "3800")):
        story.text("SO", number, f"报价 {lot} {price}")
        story.text("SO", number, PIN)
    clock.advance(hours=3)
    officer.open(call)
    officer.submit(f"{call}/agree")
    confirm(officer, story, "officer")
    officer.submit(f"{call}/agree")
    finance.open(call)
    finance.submit(f"{call}/open")
    confirm(finance, story, "finance")
    finance.submit(f"{call}/open")
    assert "已开标" in finance.words()


def confirm(desk: Desk, story: Story, who: str) -> None:
    """Enter the password once more, as a grave act asks."""
    assert desk.path == "/admin/confirm"
    desk.submit("/confirm", {"password": story.stage.log_ins[who].password})


def select(office: Office, story: Story) -> None:
    """Each bid is admitted and reviewed by two; the lowest is selected and the result published."""
    selection = f"/admin/selection/{story.ids['call']}"
    officer, colleague = office["officer"], office["colleague"]
    officer.open(selection)
    bids = officer.page.locator('main a[href*="/admin/selection/bids/"]').evaluate_all(
        "all => all.map(one => one.pathname)"
    )
    assert len(bids) == 2
    assert "3,600" in officer.words()
    for bid in bids:
        officer.open(bid)
        officer.submit(f"{bid}/admit")
        for desk in (officer, colleague):
            desk.open(bid)
            desk.submit(
                f"{bid}/review", {"indicators": texts.INDICATORS, "satisfies": True, "reason": "做得到"}
            )
    officer.open(selection)
    lowest = story.officer.get(f"/selection/{story.ids['call']}")["lots"][0]["ranking"][0]
    officer.submit("/select", {"bid_id": lowest, "reason": "满足任务书，报价最低"})
    officer.follow(f"{selection}/publish")
    officer.submit(f"{selection}/publish")


def object_and_approve(office: Office, story: Story, clock: Clock) -> None:
    """An objection is answered at the complaint desk; then the result is approved."""
    story.complain(story.villagers[0], f"投诉 {story.ids['lot']}号采购结果，评审的人没来村里看过", "1")
    desk, approver = office["desk"], office["approver"]
    desk.open("/admin/complaints/")
    desk.page.locator('main a[href*="/admin/complaints/0"]').first.click()
    case = desk.path
    desk.submit(f"{case}/acknowledge")
    desk.submit(f"{case}/investigate")
    desk.submit(f"{case}/note", {"text": "电话核实"})
    desk.submit(
        f"{case}/resolve",
        {"resolution": "explained", "facts": "走访记录在卷", "answer": "两名评审去过四个村"},
    )
    clock.advance(days=1)
    approver.open(f"/admin/selection/{story.ids['call']}")
    approver.follow(f"/contracts/of-call/{story.ids['call']}")
    approver.submit(f"/contracts/of-call/{story.ids['call']}")
