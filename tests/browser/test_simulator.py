"""Two phones side by side in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from redis import Redis

from service.settings import Settings
from tenants.actors import Actor
from tenants.offices import add_office
from tests.browser.desk import Desk
from tests.conftest import Clock


@pytest.fixture
def phones(chromium: Browser, site: str, settings: Settings, clock: Clock) -> Desk:
    """The simulator's page, of a demo province with one county."""
    Redis.from_url(settings.redis_url).flushdb()
    by = Actor.system(now=clock())
    add_office("yan", name_zh="演示省", name_en="Demo Province", demo=True, by=by)
    add_office("shan", name_zh="山溪县扶贫办", name_en="Shanxi Brook County", parent="yan", by=by)
    desk = Desk(chromium, site)
    desk.open("/simulator")
    return desk


def test_one_phone_writes_and_its_reply_appears_there_alone(phones: Desk) -> None:
    first, second = phones.page.locator(".phone").all()
    first.locator("textarea").fill("帮助")
    first.locator("button", has_text="发送").click()
    expect(first.locator(".chat li.in")).to_contain_text("帮助")
    expect(first.locator(".chat li.out")).to_contain_text("山溪县扶贫办")
    expect(second.locator(".chat li")).to_have_count(0)
    phones.look()


def test_a_phone_can_be_somebody_else(phones: Desk) -> None:
    who = phones.page.locator(".phone").first.locator("select")
    someone = who.locator("option").nth(2).get_attribute("value")
    who.select_option(someone)
    phones.page.locator(".phone").first.locator("button", has_text="换人").click()
    expect(phones.page.locator(".phone .address").first).to_have_text(someone or "")


def test_phones_fit_on_a_small_screen(chromium: Browser, phones: Desk, site: str) -> None:
    small = Desk(chromium, site, width=390, height=844)
    small.open("/simulator?lang=en")
    assert small.page.locator("html").get_attribute("lang") == "en"


def test_who_goes_by_keyboard_sees_where(phones: Desk) -> None:
    phones.page.keyboard.press("Tab")
    focus = "getComputedStyle(document.activeElement)"
    assert phones.page.evaluate("document.activeElement.className") == "skip"
    assert phones.page.evaluate(f"{focus}.outlineStyle") == "solid"
    assert phones.page.evaluate(f"parseFloat({focus}.outlineWidth)") >= 2
