"""Every door is declared, and closed to whoever may not come in."""

from __future__ import annotations

import re

from flask import Flask

from service.rooms import ROOMS

OPEN_TO_ALL = {
    "static", "health.alive", "health.ready", "health.metrics", "web.log_in", "web.one_time_code", "web.recover", "web.log_out",
    "web.switch_office", "channels.twilio_inbound", "channels.twilio_status", "api-docs.openapi_json",
}
"""Doors without a log-in, each with a guard of its own or nothing to guard."""

PUBLIC_BLUEPRINTS = {"portal", "simulator", "linked_forms"}


def test_rooms_stand_in_the_order_of_the_guide() -> None:
    steps = [room.step for room in ROOMS if room.step]
    assert steps == sorted(steps)


def test_every_page_sends_a_stranger_to_the_log_in(app: Flask) -> None:
    client = app.test_client()
    let_in = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_TO_ALL or rule.endpoint.partition(".")[0] in PUBLIC_BLUEPRINTS:
            continue
        path = _with_values(rule)
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        response = client.open(path, method=method)
        if rule.rule.startswith("/api/"):
            closed = response.status_code == 401
        else:
            closed = response.status_code == 302 and "/admin/log-in" in response.headers["Location"]
        if not closed:
            let_in.append(f"{method} {rule.rule} → {response.status_code}")
    assert let_in == []


def _with_values(rule) -> str:  # type: ignore[no-untyped-def]
    values = {"UUIDConverter": "01900000-0000-7000-8000-000000000000", "IntegerConverter": "1"}
    path = rule.rule
    for name, converter in rule._converters.items():
        value = min(converter.items) if hasattr(converter, "items") else values.get(type(converter).__name__, "x")
        path = re.sub(rf"<([^<>]*:)?{name}>", value, path)
    return path
