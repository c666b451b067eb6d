"""Every door is declared, and closed to whoever may not come in."""

from __future__ import annotations

from flask import Flask

from service.rooms import ROOMS
from tests.addresses import address, doors
from tests.house.sources import calls, modules

OPEN_TO_ALL = {
    "static",
    "health.alive",
    "health.ready",
    "health.metrics",
    "web.log_in",
    "web.one_time_code",
    "web.forgotten",
    "web.recover",
    "web.log_out",
    "web.switch_office",
    "channels.twilio.status",
    "channels.kannel.inbound",
    "channels.kannel.dlr",
    "channels.aliyun.inbound",
    "channels.aliyun.status",
    "channels.wechat.check",
    "channels.wechat.push",
    "api-docs.openapi_json",
}
"""Doors without a log-in, each with a guard of its own or nothing to guard."""

TAKES_ITS_OWN_FORMS = {
    "service/web/acts.py": "takes those of all rooms",
    "service/web/linked_forms.py": "opened by a link from a message, without a log-in",
    "service/web/views.py": "the log-in itself",
}
"""Modules that read a posted form, and why."""

PUBLIC_BLUEPRINTS = {"portal", "simulator", "linked_forms"}


def test_rooms_stand_in_the_order_of_the_guide() -> None:
    steps = [room.step for room in ROOMS if room.step]
    assert steps == sorted(steps)


def test_every_page_sends_a_stranger_to_the_log_in(app: Flask) -> None:
    client = app.test_client()
    let_in = []
    for rule, method in doors(app):
        if rule.endpoint in OPEN_TO_ALL or rule.endpoint.partition(".")[0] in PUBLIC_BLUEPRINTS:
            continue
        response = client.open(address(rule), method=method)
        if rule.rule.startswith("/api/"):
            closed = response.status_code == 401
        else:
            closed = response.status_code == 302 and "/admin/log-in" in response.headers["Location"]
        if not closed:
            let_in.append(f"{method} {rule.rule} → {response.status_code}")
    assert let_in == []


def test_a_room_takes_forms_only_for_a_command() -> None:
    """``leads_to`` asks for the command's permission first; a view that checked a form by itself could forget it."""
    reading = {str(path) for path, tree in modules().items() if "check" in set(calls(tree))}
    assert reading == set(TAKES_ITS_OWN_FORMS)
