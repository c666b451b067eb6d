"""Pictures on an officer's screen and on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from channels.fetching import fetch_due
from tenants.permissions import Role
from tests.browser.test_conversations import seat
from tests.channels.test_inbox import stored
from tests.conftest import Office, Phone
from tests.photos import photo
from tests.service.complaints.stages import LEAK, case_in
from tests.service.conftest import browser as browser
from tests.service.test_pictures import mms as mms
from tests.service.test_pictures import reference_in
from tests.standins.twilio import TwilioStandIn

Door = Callable[..., FlaskClient]
SHOWN = (
    "() => [...document.querySelectorAll('.pictures img')].map(one => one.complete && one.naturalWidth > 0)"
)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_desk_sees_pictures_in_a_case_and_in_a_conversation(
    chromium: Browser,
    site: str,
    browser: Door,
    phone: Callable[..., Phone],
    mms: TwilioStandIn,
    county: Office,
    locale: str,
    width: int,
    height: int,
) -> None:
    villager = phone("+8613800000061", county)
    reference = reference_in(
        villager.shows(mms.put(photo(size=(640, 480))), mms.put(photo("PNG")), text=f"投诉 {LEAK}")
    )
    villager.shows(mms.put(b"%PDF-1.7"), content_type="application/pdf")
    villager.says("取消")
    villager.shows(mms.put(photo(size=(480, 640))))
    fetch_due()
    villager.shows(mms.put(photo()))
    case = case_in(county, reference)
    assert case is not None
    desk = seat(chromium, site, browser(county, Role.COMPLAINT_OFFICER), width, height)
    desk.open(f"/admin/complaints/{case.id}?lang={locale}")
    desk.page.wait_for_load_state("networkidle")
    assert desk.page.evaluate(SHOWN) == [True, True]
    desk.page.locator(".pictures img").first.click()
    assert "/pictures/" in desk.path
    _message, sender = stored(by=county.system)[0]
    desk.open(f"/admin/conversations/complaints/{sender.id}?lang={locale}")
    desk.page.wait_for_load_state("networkidle")
    assert desk.page.evaluate(SHOWN) == [True]
