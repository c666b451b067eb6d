"""The page and the API of alarms."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from channels.alarms import list_alarms, raise_alarm
from tenants.permissions import Role
from tests.conftest import Office

Door = Callable[..., FlaskClient]


def test_alarms_are_read_and_closed_by_who_looks_after_channels(browser: Door, county: Office) -> None:
    raise_alarm("sending_misconfigured", about_tenant_id=county.id, reason="20003", by=county.system)
    (alarm,) = list_alarms(by=county.officer)
    client = browser(county, Role.ADMINISTRATOR)
    assert "20003" in client.get("/admin/attention/?lang=en").text
    assert "1 alarm is open" in client.get("/admin/").text
    assert (
        browser(county, Role.PROCUREMENT_OFFICER)
        .post(f"/admin/attention/alarms/{alarm.id}/close")
        .status_code
        == 403
    )
    assert client.post(f"/admin/attention/alarms/{alarm.id}/close").status_code == 302
    assert list_alarms(by=county.officer) == []


def test_programs_read_and_close_alarms(program: Door, county: Office) -> None:
    raise_alarm("sending_misconfigured", about_tenant_id=county.id, reason="20003", by=county.system)
    client = program(county, Role.ADMINISTRATOR)
    (alarm,) = client.get("/api/v1/attention/alarms").json  # type: ignore[misc]
    assert alarm["facts"] == {"reason": "20003"}
    assert client.post(f"/api/v1/attention/alarms/{alarm['id']}/close").status_code == 204
    assert client.get("/api/v1/attention/alarms").json == []
