"""Phones in the browser: live, for demo offices alone, and never a real contact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from channels.contacts import contact_for
from channels.messages import Message
from channels.models import Contact, Lane, Medium
from channels.outbox import tell
from channels.parts import count_parts
from channels.sending import send_due
from service.app import create_app
from service.settings import Settings
from service.simulator import simulator_channel
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.offices import add_office
from tenants.permissions import Permission
from tests.conftest import Clock, Office

VILLAGER = "sim:shan:1"
BROADCAST = Message("tests.simulated", "水渠修好了", lane=Lane.REPLY)


@pytest.fixture
def demo(app: Flask, clock: Clock, settings: Settings) -> Office:
    """A demo county below a demo province; Redis is empty."""
    Redis.from_url(settings.redis_url).flushdb()
    by = Actor.system(now=clock())
    add_office("yan", name_zh="演示省", name_en="Demo Province", demo=True, by=by)
    county = add_office("shan", name_zh="山溪县", name_en="Shanxi Brook County", parent="yan", by=by)
    return Office(county, clock)


@command(Permission.MESSAGE_SEND)
def say(address: str, *, by: Actor) -> None:
    """Say something to a phone, as a room's command does."""
    tell(contact_for(address, by=by).id, BROADCAST(), by=by)


@query(Permission.CHANNEL_READ)
def media(*, by: Actor) -> set[Medium]:
    """The kinds of contacts the office knows."""
    return {contact.medium for contact in db.session.query(Contact).filter_by(tenant_id=by.tenant_id)}


def on(visitor: FlaskClient, address: str) -> list[dict[str, Any]]:
    """What stands on a phone."""
    answer = visitor.get("/simulator/messages", query_string={"phone": address})
    assert answer.status_code == 200
    return answer.json  # type: ignore[return-value]


def write(visitor: FlaskClient, address: str, text: str) -> int:
    """Write from a phone."""
    return visitor.post(
        "/simulator/messages", query_string={"phone": address}, data={"text": text}
    ).status_code


def test_two_phones_stand_side_by_side_with_a_picker(visitor: FlaskClient, demo: Office) -> None:
    page = visitor.get("/simulator?lang=en").text
    assert page.count('class="phone"') == 2
    assert "Villager 1, Shanxi Brook County" in page


def test_a_text_is_taken_in_and_its_reply_shows(visitor: FlaskClient, demo: Office) -> None:
    assert write(visitor, VILLAGER, "帮助") == 303
    asked, reply = on(visitor, VILLAGER)
    assert (asked["direction"], asked["text"]) == ("in", "帮助")
    assert reply["direction"] == "out"
    assert "山溪县" in reply["text"]
    assert media(by=demo.system) == {Medium.SIMULATOR}


def test_what_the_office_says_shows_with_its_delivery_state(
    visitor: FlaskClient, demo: Office, clock: Clock
) -> None:
    simulator_channel(demo.id, now=clock())
    say(VILLAGER, by=demo.system)
    (waiting,) = on(visitor, VILLAGER)
    assert (waiting["text"], waiting["state"]) == ("水渠修好了", "queued")
    send_due()
    (arrived,) = on(visitor, VILLAGER)
    assert (arrived["text"], arrived["state"]) == ("水渠修好了", "delivered")


def test_m22_each_text_shows_in_how_many_parts_it_would_go(visitor: FlaskClient, demo: Office) -> None:
    assert write(visitor, VILLAGER, "水" * 71) in (303, 204)
    say(VILLAGER, by=demo.system)
    send_due()
    parts = {line["text"]: line["parts"] for line in on(visitor, VILLAGER)}
    assert (parts["水" * 71], parts["水渠修好了"]) == (2, 1)
    assert all(count_parts(text) == number for text, number in parts.items())
    assert "2 parts" in visitor.get("/simulator", query_string={"phone": VILLAGER, "lang": "en"}).text


def test_one_phone_sees_nothing_of_another(visitor: FlaskClient, demo: Office) -> None:
    write(visitor, VILLAGER, "帮助")
    assert on(visitor, "sim:shan:2") == []


def test_who_has_written_can_be_picked_by_name(visitor: FlaskClient, demo: Office) -> None:
    write(visitor, "sim:shan:王秀兰", "帮助")
    assert ">王秀兰</option>" in visitor.get("/simulator").text


def test_a_phone_remembers_its_own_words_only_encrypted(
    visitor: FlaskClient, demo: Office, settings: Settings
) -> None:
    write(visitor, VILLAGER, "我的报价一万八")
    connection = Redis.from_url(settings.redis_url)
    kept = b"".join(b"".join(connection.lrange(key, 0, -1)) for key in connection.keys("qiao:sim:*"))
    assert kept
    assert "报价".encode() not in kept


@pytest.mark.parametrize(
    "address", ["+8613800000001", "sim:", "sim:shan", "sim:shan:", "sim:nowhere:1", "", "x" * 300]
)
def test_only_simulated_addresses_of_demo_offices_are_phones(
    visitor: FlaskClient, demo: Office, address: str
) -> None:
    assert visitor.get("/simulator/messages", query_string={"phone": address}).status_code == 404
    assert write(visitor, address, "帮助") == 404
    page = visitor.get("/simulator", query_string={"phone": address}).text
    assert f'<p class="address">{address}</p>' not in page


def test_a_real_office_is_no_phones_office(visitor: FlaskClient, demo: Office, county: Office) -> None:
    assert write(visitor, "sim:qing:1", "帮助") == 404
    assert media(by=county.system) == set()


def test_without_a_demo_office_there_is_no_simulator(visitor: FlaskClient, county: Office) -> None:
    assert visitor.get("/simulator").status_code == 404


def test_production_has_none(settings: Settings, demo: Office) -> None:
    app = create_app(replace(settings, production=True))
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/simulator")]


def test_with_redis_away_texts_are_taken_in_all_the_same(
    app: Flask, visitor: FlaskClient, demo: Office
) -> None:
    app.extensions["qiao.redis"] = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    try:
        assert write(visitor, VILLAGER, "帮助") == 303
        assert on(visitor, VILLAGER) == []
    finally:
        del app.extensions["qiao.redis"]
    assert media(by=demo.system) == {Medium.SIMULATOR}
