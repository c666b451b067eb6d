"""An administrator adds an account at a provider, by keyboard alone, on a screen and on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from channels.registry import list_channels
from tenants.permissions import Role
from tests.browser.test_conversations import seat
from tests.conftest import Office
from tests.service.conftest import browser as browser

Door = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    ("locale", "width", "height", "added", "noted"),
    [("zh", 390, 844, "已添加", "记下了"), ("en", 1366, 768, "Added.", "Noted.")],
)
def test_a_signature_is_added_and_a_code_noted_without_a_mouse(
    chromium: Browser,
    site: str,
    browser: Door,
    county: Office,
    locale: str,
    width: int,
    height: int,
    added: str,
    noted: str,
) -> None:
    desk = seat(chromium, site, browser(county, Role.ADMINISTRATOR), width, height)
    desk.open(f"/admin/office/channels/new/aliyun?lang={locale}")
    page = desk.page
    page.locator("[name=number]").focus()
    for typed in ("清河县扶贫办", "LTAI5tExample", "very secret", "any"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/channels/*-*")
    assert added in desk.words()
    (channel,) = list_channels(by=county.administrator)
    told = page.locator("input.copied")
    told.first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    selected = page.evaluate(
        "() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd) }"
    )
    assert selected == told.first.input_value()
    assert f"/channels/aliyun/{channel.key}/inbound?secret=" in selected
    desk.look()
    desk.open(f"/admin/office/channels/{channel.id}/templates?missing=1")
    desk.look()
    page.get_by_role("link", name="complaints.resolved").click()
    page.locator("[name=code]").fill("SMS_123456789")
    page.keyboard.press("Enter")
    page.wait_for_url("**/templates?of=zh")
    assert noted in desk.words()
    assert "SMS_123456789" in desk.words()
