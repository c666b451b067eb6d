"""A hand that clicks twice: a form is taken once."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route

from service.complaints.queries import list_complaints
from tenants.permissions import Role
from tests.browser.test_conversations import seat
from tests.conftest import Office
from tests.service.complaints.stages import filed, give_number
from tests.service.conftest import browser as browser

Door = Callable[..., FlaskClient]
NOTES = ("给村委会打过电话", "村委会回了电话")
TWICE = "button => { button.click(); setTimeout(() => button.click(), 100); }"
"""The second click comes while the server still works on the first."""


def test_a_form_clicked_twice_is_taken_once_and_can_be_used_again(
    chromium: Browser, site: str, browser: Door, county: Office
) -> None:
    give_number(county)
    filed(county)
    (case,) = list_complaints(by=county.desk)
    desk = seat(chromium, site, browser(county, Role.COMPLAINT_OFFICER), 1366, 768)
    waiting: list[Route] = []
    desk.page.route("**/note", lambda route: waiting.append(route))
    desk.open(f"/admin/complaints/{case.complaint.id}")
    for notes, note in enumerate(NOTES, 1):
        desk.page.locator("textarea[name=text]").fill(note)
        desk.page.locator("form[action$=note] button").evaluate(TWICE)
        desk.page.wait_for_timeout(300)
        assert len(waiting) == notes
        with desk.page.expect_navigation():
            waiting[-1].continue_()
        desk.look()
        assert desk.words().count(note) == 1
