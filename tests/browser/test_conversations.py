"""The conversation desk on an office's screen and on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from service.conversations.usual_answers import add_usual_answer
from tenants.permissions import Role
from tests.browser.desk import Desk
from tests.channels.conftest import outbox
from tests.conftest import Clock, Office
from tests.service.conftest import browser as browser
from tests.service.conversations.conftest import waits as waits

Door = Callable[..., FlaskClient]
Waits = Callable[..., UUID]


def seat(chromium: Browser, site: str, client: FlaskClient, width: int, height: int) -> Desk:
    """A browser window of somebody who is logged in already."""
    desk = Desk(chromium, site, width=width, height=height)
    cookie = client.get_cookie("session")
    assert cookie is not None
    desk.context.add_cookies(
        [{"name": "session", "value": cookie.value, "domain": urlsplit(site).hostname or "", "path": "/"}]
    )
    return desk


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
@pytest.mark.parametrize(("locale", "sent"), [("zh", "回复已发出"), ("en", "The answer is on its way")])
def test_an_officer_answers_with_a_usual_answer(
    chromium: Browser,
    site: str,
    browser: Door,
    county: Office,
    waits: Waits,
    clock: Clock,
    locale: str,
    sent: str,
    width: int,
    height: int,
) -> None:
    add_usual_answer("上班时间", "周一至周五8:30到17:30上班。", "Open Monday to Friday.", by=county.officer)
    waits(county, text="qq zz 你们几点上班", number="+8613800000002")
    clock.advance(hours=5)
    sender = waits(county, text="那个谁在不在")
    waits(county, text="请问核桃苗什么时候发到我们村？去年说好三月发的，到现在没有消息。")
    clock.advance(minutes=40)
    desk = seat(chromium, site, browser(county, Role.PROCUREMENT_OFFICER), width, height)
    desk.open(f"/admin/conversations/?lang={locale}")
    desk.follow(str(sender))
    desk.submit("/take")
    desk.page.get_by_role("link", name="上班时间").click()
    desk.look()
    assert "周一至周五" in desk.page.locator("textarea").input_value()
    desk.submit("/count")
    assert outbox(by=county.system) == []
    desk.submit("/answer")
    assert sent in desk.words()
    assert len(outbox(by=county.system)) == 1


@pytest.mark.parametrize(
    ("locale", "width", "height", "joined"),
    [("zh", 1366, 768, "已合并为同一人"), ("en", 390, 844, "They are one person now")],
)
def test_an_officer_joins_two_conversations_and_picks_where_the_answer_goes(
    chromium: Browser,
    site: str,
    browser: Door,
    county: Office,
    waits: Waits,
    clock: Clock,
    locale: str,
    width: int,
    height: int,
    joined: str,
) -> None:
    first = waits(county, text="水管坏了找谁", number="+8613800000002")
    clock.advance(minutes=40)
    waits(county, text="我换号了，水管还没人来修")
    desk = seat(chromium, site, browser(county, Role.PROCUREMENT_OFFICER), width, height)
    desk.open(f"/admin/conversations/office/{first}?lang={locale}")
    desk.page.locator("#same-person summary").click()
    desk.look()
    desk.page.locator("#same-person select").select_option(index=1)
    desk.page.locator("#same-person input[type=text]").fill("新号来信说明，核对过姓名和村组")
    desk.submit("/join")
    assert joined in desk.words()
    desk.page.locator("#addresses summary").click()
    desk.look()
    desk.page.locator("select[name=to]").select_option(index=1)
    desk.page.locator("textarea").fill("师傅明天上午到。")
    desk.submit("/count")
    desk.submit("/answer")
    (row,) = outbox(by=county.system)
    assert row.contact_id == first
