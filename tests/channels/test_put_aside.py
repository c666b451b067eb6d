"""A conversation waits for its next answer, then lies aside, and is forgotten in the end (S4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels.models import Dialogue, OutboundMessage
from channels.parts import count_parts
from channels.put_aside import put_aside_everywhere
from service.jobs import JOBS
from service.reminders.jobs import remind_offices
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.settings import change_settings
from tests.conftest import Clock, Office, Phone

VILLAGER = "+8613800000001"
MakePhone = Callable[[str, Office], Phone]


@query(Permission.CHANNEL_READ)
def dialogues(*, by: Actor) -> list[tuple[str, bool]]:
    """The conversations that are kept, and whether they lie aside."""
    rows = db.session.query(Dialogue).filter_by(tenant_id=by.tenant_id).order_by(Dialogue.started_at)
    return [(row.name, row.parked_at is not None) for row in rows]


@query(Permission.CHANNEL_READ)
def told(*, by: Actor) -> list[str]:
    """Which messages the office has said."""
    rows = db.session.query(OutboundMessage).filter_by(tenant_id=by.tenant_id).order_by(OutboundMessage.id)
    return [row.message for row in rows]


@pytest.fixture
def villager(phone: MakePhone, county: Office) -> Phone:
    """Somebody who has told the name and the purpose of an organization, and is asked what it does."""
    handset = phone(VILLAGER, county)
    for text in ("登记", "山里人合作社", "一起修水渠"):
        handset.says(text)
    return handset


def test_s4_an_answer_after_days_is_an_answer(villager: Phone, clock: Clock) -> None:
    clock.advance(days=6, hours=23)
    assert put_aside_everywhere() == 0
    assert "在哪里登记" in villager.says("修水利")


@pytest.mark.parametrize("late", ["1", "修水利", "养蜂，养羊"])
def test_s4_an_answer_that_comes_too_late_is_told_how_to_go_on(
    villager: Phone, county: Office, clock: Clock, late: str
) -> None:
    clock.advance(days=7, minutes=1)
    assert put_aside_everywhere() == 1
    assert dialogues(by=county.system) == [("register", True)]
    reply = villager.says(late)
    assert "发“登记”" in reply
    assert count_parts(reply) <= 2


def test_s4_what_lies_aside_is_gone_on_with_by_its_word_for_seven_days(
    villager: Phone, county: Office, clock: Clock
) -> None:
    clock.advance(days=7, minutes=1)
    put_aside_everywhere()
    clock.advance(days=6, hours=23)
    assert put_aside_everywhere() == 0
    assert "平时做哪些活动" in villager.says("登记")
    assert "在哪里登记" in villager.says("修水利")
    assert dialogues(by=county.system) == [("register", False)]


def test_s4_what_nobody_went_on_with_is_forgotten(villager: Phone, county: Office, clock: Clock) -> None:
    clock.advance(days=7, minutes=1)
    put_aside_everywhere()
    clock.advance(days=7, minutes=1)
    put_aside_everywhere()
    assert dialogues(by=county.system) == []
    assert "全称" in villager.says("登记")


def test_s4_how_long_a_conversation_waits_is_the_county_s_number(
    villager: Phone, county: Office, clock: Clock
) -> None:
    change_settings({"conversation_days": 2}, by=county.administrator)
    clock.advance(days=2, minutes=1)
    assert put_aside_everywhere() == 1
    assert "发“登记”" in villager.says("修水利")


def test_s4_another_conversation_leaves_what_lies_aside_alone(
    villager: Phone, county: Office, clock: Clock
) -> None:
    clock.advance(days=8)
    put_aside_everywhere()
    villager.says("投诉水池漏水没人管")
    assert dialogues(by=county.system) == [("register", True), ("complain", False)]


def test_s4_whoever_stops_on_the_way_is_reminded_exactly_once(
    villager: Phone, county: Office, clock: Clock
) -> None:
    assert remind_offices() == 0
    clock.advance(hours=21, minutes=1)
    assert [remind_offices(), remind_offices()] == [1, 0]
    clock.advance(days=3)
    assert remind_offices() == 0
    assert told(by=county.system) == ["organizations.registration_waits"]
    villager.says("修水利")
    clock.advance(days=1)
    assert remind_offices() == 1, "another silence"


def test_s5_who_opted_out_is_not_reminded(villager: Phone, county: Office, clock: Clock) -> None:
    villager.says("退订")
    clock.advance(hours=21, minutes=1)
    remind_offices()
    (row,) = rows(by=county.system)
    assert row.state == "suppressed"


@query(Permission.CHANNEL_READ)
def rows(*, by: Actor) -> list[OutboundMessage]:
    """The outbox."""
    return list(db.session.query(OutboundMessage).filter_by(tenant_id=by.tenant_id))


def test_s4_no_conversation_is_looked_after_later_than_a_minute() -> None:
    (job,) = [job for job in JOBS if job.function is put_aside_everywhere]
    assert job.every is not None
    assert job.every <= 60
