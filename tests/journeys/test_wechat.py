"""A villager complains by WeChat: answered at once, told later, and forgotten where that is asked for (S1, S7, H1, H3, H6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from channels.models import Delivery, Opening, OutboundMessage, ReplyWindow
from channels.sending import send_due
from channels.sharing import share_channel
from channels.templates import set_template
from service.complaints.rules import ComplaintState
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tests.channels.conftest import outbox
from tests.channels.followers import Follower, open_account, wechat_at
from tests.channels.test_wechat_door import SlowClock
from tests.conftest import Clock, Office
from tests.service.complaints.stages import LEAK, answered_case, case_in
from tests.standins.wechat import WeChatStandIn


@pytest.fixture
def standin(app: Flask, settings: Settings, clock: Clock) -> Iterator[WeChatStandIn]:
    """WeChat."""
    with wechat_at(app, settings, clock) as standin:
        yield standin


@pytest.fixture
def villager(app: Flask, standin: WeChatStandIn, county: Office) -> Follower:
    """Somebody who follows the county's account, which is in the secure mode."""
    return Follower(app, standin, open_account(county, standin))


def reference_in(words: str | None) -> str:
    """The reference in a reply."""
    found = re.search(r"\d{10}", words or "")
    assert found is not None, words
    return found[0]


def test_a_complaint_by_wechat_gets_its_reference_at_once_and_the_news_later(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    assert "投诉" in (villager.does("subscribe") or "")
    reference = reference_in(villager.says(f"投诉 {LEAK}", msg_id=1))
    assert reference_in(villager.says(f"投诉 {LEAK}", msg_id=1)) == reference
    assert "您的号码只有投诉专员知道" in (villager.says("1") or "") + (villager.says("1") or "")
    assert standin.messages == []

    clock.advance(hours=20)
    answered_case(county, reference)
    send_due()
    accepted_or_answered = standin.texts_to(villager.openid)
    assert all(reference in text for text in accepted_or_answered)
    assert any("已查实漏水，施工方本周修好" in text for text in accepted_or_answered)
    assert {row.state for row in outbox(by=county.system)} == {Delivery.SENT}

    assert villager.says("1")
    case = case_in(county, reference)
    assert case is not None
    assert case.state is ComplaintState.CLOSED
    assert standin.token_calls == 1


def test_news_after_the_window_go_by_the_template_of_the_account(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    standin.templates = {"T1"}
    fields = {"character_string1": "reference", "thing2": "outcome"}
    set_template(villager.channel.id, "complaints.resolved", "zh", "T1", fields=fields, by=county.system)
    reference = reference_in(villager.says(f"投诉 {LEAK}"))
    clock.advance(days=6)
    answered_case(county, reference)
    send_due()
    (message,) = standin.messages
    assert message["template_id"] == "T1"
    assert message["data"]["character_string1"] == {"value": reference}
    assert message["data"]["thing2"]["value"]


@query(Permission.CHANNEL_READ)
def traces(*, by: Actor) -> tuple[list[OutboundMessage], list[ReplyWindow]]:
    """What the office still knows of what was said to people, and of when they wrote."""
    said = select(OutboundMessage).where(OutboundMessage.tenant_id == by.tenant_id)
    windows = select(ReplyWindow).where(ReplyWindow.tenant_id == by.tenant_id)
    return list(db.session.scalars(said)), list(db.session.scalars(windows))


def test_h3_an_anonymous_complaint_leaves_neither_its_late_answer_nor_its_moment(
    app: Flask, villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    villager.does("CLICK", "帮助")
    app.config["CLOCK"] = SlowClock(clock)
    try:
        assert villager.says(f"投诉 {LEAK}") is None
    finally:
        app.config["CLOCK"] = clock
    send_due()
    reference = reference_in(standin.texts_to(villager.openid)[0])
    before, _windows = traces(by=county.system)
    assert len(before) == 1
    villager.says("1")
    assert "已删去" in (villager.says("匿名") or "")
    after, windows = traces(by=county.system)
    assert after == []
    assert {window.opening for window in windows} == set(Opening)
    for window in windows:
        assert (window.closes_at.minute, window.closes_at.second, window.closes_at.microsecond) == (0, 0, 0)
    case = case_in(county, reference)
    assert case is not None
    assert case.contact_id is None


def test_s8_an_account_of_the_province_serves_its_counties(
    app: Flask, standin: WeChatStandIn, province: Office, county: Office
) -> None:
    channel = open_account(province, standin)
    share_channel(channel.id, True, by=province.system)
    app.extensions["qiao.channels"].clear()
    follower = Follower(app, standin, channel)
    assert "哪个县" in (follower.says(f"投诉 {LEAK}") or "")
    reference = reference_in(follower.says("清河县") or "")
    assert case_in(county, reference) is not None
    answered_case(county, reference)
    send_due()
    news = standin.texts_to(follower.openid)
    assert all(reference in text for text in news)
    assert any("已查实漏水，施工方本周修好" in text for text in news)
