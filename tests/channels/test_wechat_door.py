"""WeChat's door and what goes out by it: answered once, in time, within what WeChat allows (S1, S5, S6, S7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from channels.filled_templates import fitted
from channels.messages import InEach, Message
from channels.models import (
    Channel,
    Contact,
    Delivery,
    InboundMessage,
    Lane,
    Medium,
    Opening,
    OutboundMessage,
    TemplateWay,
)
from channels.registry import channel_by_key, close_channel, list_channels
from channels.reply_windows import allowance
from channels.sending import send_due, sweep
from channels.sharing import share_channel
from channels.templates import list_templates, set_template, versions_used
from service.complaints.queries import list_complaints
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.offices import add_office
from tenants.permissions import Permission
from tenants.refusals import NotFound, RuleBroken
from tenants.settings import DEFAULTS, change_settings
from tests.channels.conftest import outbox, recipient, say
from tests.channels.followers import Follower, open_account, wechat_at
from tests.conftest import Clock, Office
from tests.service.complaints.stages import BRIBE, answered_case
from tests.standins.wechat import Misbehaviour, WeChatStandIn

VILLAGER = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
NEWS = Message("tests.wechat_news", "News {number}: {outcome}")
BROADCAST = Message("tests.wechat_broadcast", "All of you", lane=Lane.BULK)


@pytest.fixture
def standin(app: Flask, settings: Settings, clock: Clock) -> Iterator[WeChatStandIn]:
    """WeChat."""
    with wechat_at(app, settings, clock) as standin:
        yield standin


@pytest.fixture
def channel(county: Office, standin: WeChatStandIn) -> Channel:
    """The county's account, in the secure mode."""
    return open_account(county, standin)


@pytest.fixture
def villager(app: Flask, standin: WeChatStandIn, channel: Channel) -> Follower:
    """Somebody who follows it."""
    return Follower(app, standin, channel)


@query(Permission.CHANNEL_READ)
def stored(*, by: Actor) -> list[tuple[InboundMessage, Contact]]:
    """Everything the office took in."""
    rows = db.session.execute(
        select(InboundMessage, Contact)
        .join(
            Contact,
            (Contact.tenant_id == InboundMessage.tenant_id) & (Contact.id == InboundMessage.contact_id),
        )
        .where(InboundMessage.tenant_id == by.tenant_id)
        .order_by(InboundMessage.received_at)
    )
    return [(message, contact) for message, contact in rows]


class SlowClock:
    """A clock by which everything takes five seconds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def __call__(self) -> datetime:
        return self.clock.advance(seconds=5)


# ── Who may come in ──


def test_wechat_finds_out_that_the_address_is_ours(
    app: Flask, standin: WeChatStandIn, channel: Channel
) -> None:
    client = app.test_client()
    right = client.get(f"/channels/wechat/{channel.key}?{standin.query(echostr='4375<b>')}")
    assert (right.status_code, right.text, right.mimetype) == (200, "4375<b>", "text/plain")
    for asked in ("", "echostr=1", standin.query(echostr="1", signature="0" * 40)):
        wrong = client.get(f"/channels/wechat/{channel.key}?{asked}")
        assert wrong.status_code == 403
        assert wrong.text == "signature missing or wrong"


def test_what_is_not_wechats_is_refused_without_detail_and_leaves_nothing(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    query, body = standin.push(VILLAGER, MsgType="text", Content="投诉 水池漏水", MsgId=1)
    plain_query, plain = standin.push(VILLAGER, secure=False, MsgType="text", Content="投诉", MsgId=2)
    other = WeChatStandIn(app_id="wx_another", now=clock).push(VILLAGER, MsgType="text", Content="1", MsgId=3)
    forged = [
        (query.replace("msg_signature=", "msg_signature=0"), body),
        (query, body.replace(b"Encrypt><![CDATA[", b"Encrypt><![CDATA[A")),
        (query, plain),
        (plain_query, plain),
        ("", body),
        other,
        (query, b"<xml>"),
    ]
    answers = {(answer.status_code, answer.text) for answer in (villager.posts(*one) for one in forged)}
    assert answers == {(403, "signature missing or wrong")}
    clock.advance(seconds=301)
    assert villager.posts(query, body).status_code == 403
    assert stored(by=county.system) == []


def test_an_account_in_plain_mode_is_answered_in_the_clear(
    app: Flask, standin: WeChatStandIn, county: Office
) -> None:
    plain = Follower(app, standin, open_account(county, standin, secure=False), secure=False)
    assert "清河县扶贫办" in (plain.says("帮助") or "")


def test_a_door_that_is_nobodys_and_a_body_beyond_bounds(villager: Follower, standin: WeChatStandIn) -> None:
    assert villager.posts(standin.query(), b"x" * 70_000).status_code == 413
    nowhere = replace(villager, channel=Channel(key="nowhere"))
    assert nowhere.posts(*standin.push(VILLAGER, MsgType="text", Content="1", MsgId=1)).status_code == 404


# ── One effect, one answer ──


def test_t5_a_follower_is_a_contact_known_by_openid(villager: Follower, county: Office) -> None:
    assert "清河县扶贫办" in (villager.says("帮助") or "")
    villager.says("进度")
    (first, contact), (_second, same) = stored(by=county.system)
    assert (contact.medium, contact.address, contact.id) == (Medium.WECHAT, VILLAGER, same.id)
    assert VILLAGER not in first.provider_id
    another = replace(villager, openid="oyORnuP8q7ou2gfYjqLzSIWZf0rt")
    another.says("帮助")
    assert len({one.id for _message, one in stored(by=county.system)}) == 2


def test_a_repeat_of_a_message_is_answered_alike_and_changes_nothing(
    villager: Follower, county: Office
) -> None:
    first = villager.says("投诉 水池漏水", msg_id=7)
    assert villager.says("投诉 水池漏水", msg_id=7) == first
    assert len(stored(by=county.system)) == 1
    assert villager.says("投诉 水池漏水", msg_id=8) != first


def test_many_deliveries_of_one_message_at_once_are_one_message_with_one_answer(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    query, body = standin.push(VILLAGER, MsgType="text", Content="投诉 水池漏水", MsgId=9)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _n: villager.posts(query, body), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    (heard,) = {standin.heard(answer.data) for answer in answers}
    assert heard
    assert len(stored(by=county.system)) == 1
    assert outbox(by=county.system) == []


def test_what_took_too_long_is_answered_by_a_message_and_never_twice(
    app: Flask, villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    app.config["CLOCK"] = SlowClock(clock)
    try:
        assert villager.says("帮助", msg_id=7) is None
        assert villager.says("帮助", msg_id=7) is None
    finally:
        app.config["CLOCK"] = clock
    assert villager.says("帮助", msg_id=7) is None
    send_due()
    (text,) = standin.texts_to(VILLAGER)
    assert "清河县扶贫办" in text
    assert len(outbox(by=county.system)) == 1


def test_what_was_answered_in_time_stays_so_however_slow_its_repeats_are(
    app: Flask, villager: Follower, clock: Clock, county: Office
) -> None:
    first = villager.says("帮助", msg_id=7)
    app.config["CLOCK"] = SlowClock(clock)
    try:
        assert villager.says("帮助", msg_id=7) == first
    finally:
        app.config["CLOCK"] = clock
    assert outbox(by=county.system) == []


def test_a_reply_longer_than_a_response_takes_goes_by_messages(
    app: Flask, standin: WeChatStandIn, clock: Clock, province: Office
) -> None:
    long = add_office(
        "long",
        name_zh="长话县",
        name_en="Long",
        parent="yun",
        hotline="很长的热线" * 150,
        by=Actor.system(now=clock()),
    )
    office = Office(long, clock)
    villager = Follower(app, standin, open_account(office, standin))
    assert villager.says("帮助", msg_id=7) is None
    assert villager.says("帮助", msg_id=7) is None
    send_due()
    texts = standin.texts_to(VILLAGER)
    assert len(texts) >= 2
    assert "很长的热线" * 150 in "".join(texts)
    assert len(outbox(by=office.system)) == 1


def told_within_the_account_s_five(
    reference: str, standin: WeChatStandIn, county: Office, province: Office
) -> None:
    """The province's answer goes by the account, and counts among the five that WeChat takes there."""
    answered_case(province, reference)
    send_due()
    assert any(reference in text for text in standin.texts_to(VILLAGER))
    assert {row.state for row in outbox(by=province.system)} == {Delivery.SENT}
    for number in range(6 - len(standin.messages)):
        say(VILLAGER, NEWS(number=number, outcome="x"), by=county.system)
        send_due()
    assert (len(standin.messages), standin.requests) == (5, 5)
    assert states(county)[-1] == (Delivery.FAILED, "undeliverable")


def test_h4_a_case_decided_above_is_told_through_the_county_s_account_and_counts_there(
    villager: Follower, standin: WeChatStandIn, county: Office, province: Office
) -> None:
    reference = re.search(r"\d{10}", villager.says(f"投诉 {BRIBE}") or "")
    assert reference is not None
    told_within_the_account_s_five(reference[0], standin, county, province)


@pytest.fixture
def one_account(app: Flask, province: Office, county: Office, standin: WeChatStandIn) -> Follower:
    """Somebody who follows the province's account, which serves its counties too."""
    account = open_account(province, standin)
    share_channel(account.id, True, by=province.system)
    app.extensions["qiao.channels"].clear()
    return Follower(app, standin, account)


def test_s8_a_case_decided_above_is_told_by_the_shared_account_while_it_may_write(
    one_account: Follower, standin: WeChatStandIn, county: Office, province: Office
) -> None:
    reference = re.search(r"\d{10}", one_account.says(f"清河 投诉 {BRIBE}") or "")
    assert reference is not None
    told_within_the_account_s_five(reference[0], standin, county, province)


def test_s1_a_repeat_is_answered_alike_though_the_account_is_shared_no_more(
    one_account: Follower, app: Flask, province: Office, county: Office
) -> None:
    answered = one_account.says("清河 帮助", msg_id=1)
    share_channel(one_account.channel.id, False, by=province.system)
    app.extensions["qiao.channels"].clear()
    assert answered
    assert one_account.says("清河 帮助", msg_id=1) == answered
    assert len(stored(by=county.system)) == 1
    assert stored(by=province.system) == []


def test_s8_what_wechat_refuses_one_office_it_refuses_all_of_a_shared_account(
    one_account: Follower, standin: WeChatStandIn, county: Office, other_county: Office
) -> None:
    one_account.says("清河 帮助")
    one_account.says("兰溪 帮助")
    standin.plan(Misbehaviour(errcode=45015))
    say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    send_due()
    asked = standin.requests
    say(VILLAGER, NEWS(number=2, outcome="x"), by=other_county.system)
    send_due()
    assert (standin.requests, standin.texts_to(VILLAGER)) == (asked, [])


def test_a_picture_and_a_voice_are_heard(villager: Follower, county: Office) -> None:
    assert "图片" in (villager.pushes(MsgType="image", PicUrl="http://mmbiz/1", MediaId="m", MsgId=1) or "")
    reply = villager.pushes(MsgType="voice", MediaId="m", Format="amr", Recognition="帮助", MsgId=2)
    assert "清河县扶贫办" in (reply or "")
    assert "图片" in (villager.pushes(MsgType="voice", MediaId="m", Format="amr", MsgId=3) or "")


# ── Events ──


def test_following_is_answered_with_what_one_can_do_once(villager: Follower, county: Office) -> None:
    welcome = villager.does("subscribe", "qrscene_投诉", CreateTime=1772596800)
    assert "清河县扶贫办" in (welcome or "")
    assert villager.does("subscribe", "qrscene_投诉", CreateTime=1772596800) == welcome
    assert len(stored(by=county.system)) == 1
    villager.does("subscribe", CreateTime=1772596801)
    assert len(stored(by=county.system)) == 2


def test_s5_leaving_ends_broadcasts_and_following_again_does_not_bring_them_back(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    villager.says("帮助")
    assert villager.does("unsubscribe") is None
    ((_message, contact), *_rest) = stored(by=county.system)
    assert contact.stopped_at is not None
    villager.does("subscribe")
    assert say(VILLAGER, BROADCAST(), by=county.system).state is Delivery.SUPPRESSED
    villager.says("恢复")
    assert say(VILLAGER, BROADCAST(), by=county.system).state is Delivery.QUEUED


def test_the_menu_and_qr_codes_speak_our_words(villager: Follower, county: Office) -> None:
    asked = villager.does("CLICK", "投诉")
    assert asked
    assert asked == replace(villager, openid=VILLAGER[::-1]).does("SCAN", "投诉")
    assert "清河县扶贫办" in (villager.does("CLICK", "V1001_TODAY") or "")
    assert "清河县扶贫办" in (villager.does("SCAN", "123") or "")


def test_s4_the_menu_and_qr_codes_answer_no_question(
    villager: Follower, county: Office, clock: Clock
) -> None:
    villager.does("CLICK", "投诉")
    begun = villager.does("SCAN", "登记") or ""
    assert begun.startswith("登记")
    assert list_complaints(by=county.desk) == []
    villager.says("清河县青苗社会服务中心")
    clock.advance(seconds=1)
    assert "什么问题" in (villager.does("CLICK", "投诉") or "")
    villager.says("村道塌了，一个月没人修")
    assert len(list_complaints(by=county.desk)) == 1
    clock.advance(seconds=1)
    assert "宗旨" in (villager.does("CLICK", "登记") or "")


def test_what_says_nothing_to_us_is_taken_and_leaves_nothing(villager: Follower, county: Office) -> None:
    for event in ("VIEW", "LOCATION", "MASSSENDJOBFINISH", "unheard_of"):
        assert villager.does(event, "https://x") is None
    assert stored(by=county.system) == []


def test_events_leave_the_language_alone(villager: Follower) -> None:
    assert "Text" in (villager.says("help") or "")
    assert "Text" in (villager.does("subscribe") or "")


# ── What WeChat allows ──


def states(office: Office) -> list[tuple[Delivery, str | None]]:
    return [(row.state, row.failure) for row in outbox(by=office.system)]


def test_s6_five_messages_follow_what_a_person_wrote_and_the_sixth_has_no_way(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    villager.says("帮助")
    for number in range(6):
        say(VILLAGER, NEWS(number=number, outcome="x"), by=county.system)
    send_due()
    assert len(standin.texts_to(VILLAGER)) == 5
    assert sorted(states(county)) == [(Delivery.FAILED, "undeliverable")] + [(Delivery.SENT, None)] * 5
    asked = standin.requests
    say(VILLAGER, NEWS(number=7, outcome="x"), by=county.system)
    send_due()
    assert standin.requests == asked
    villager.says("帮助")
    say(VILLAGER, NEWS(number=8, outcome="x"), by=county.system)
    send_due()
    assert standin.texts_to(VILLAGER)[-1].startswith("News 8")


def test_s6_what_the_window_has_no_room_for_any_more_is_not_even_tried(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    villager.says("帮助")
    for number in range(6):
        say(VILLAGER, NEWS(number=number, outcome="x"), by=county.system)
        send_due()
    assert standin.requests == 5
    assert states(county)[-1] == (Delivery.FAILED, "undeliverable")


@pytest.mark.parametrize(("hours", "arrives"), [(47.9, True), (48.1, False)])
def test_s6_two_days_after_a_person_wrote_free_text_ends(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office, hours: float, arrives: bool
) -> None:
    villager.says("帮助")
    clock.advance(hours=hours)
    say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    send_due()
    assert standin.requests == int(arrives)
    assert states(county) == [(Delivery.SENT, None) if arrives else (Delivery.FAILED, "undeliverable")]


def test_s6_a_click_allows_three_messages_for_a_minute(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    villager.does("CLICK", "投诉")
    for number in range(4):
        say(VILLAGER, NEWS(number=number, outcome="x"), by=county.system)
    send_due()
    assert len(standin.texts_to(VILLAGER)) == 3
    villager.does("CLICK", "投诉")
    clock.advance(seconds=61)
    say(VILLAGER, NEWS(number=9, outcome="x"), by=county.system)
    send_due()
    assert len(standin.texts_to(VILLAGER)) == 3


def test_s6_how_many_and_how_long_are_the_county_s_numbers(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    assert allowance(Opening.MESSAGE, DEFAULTS) == (5, timedelta(hours=48))
    assert allowance(Opening.CLICK, DEFAULTS) == (3, timedelta(minutes=1))
    change_settings({"wechat_messages": 0}, by=county.administrator)
    villager.says("帮助")
    say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    send_due()
    assert (standin.requests, states(county)) == (0, [(Delivery.FAILED, "undeliverable")])


def with_template(office: Office, standin: WeChatStandIn) -> None:
    standin.templates = {"T1"}
    fields = {"character_string1": "number", "thing2": "outcome"}
    (channel,) = list_channels(by=office.system)
    set_template(channel.id, NEWS.key, "zh", "T1", fields=fields, by=office.system)


def test_s6_outside_the_window_a_template_goes_where_the_account_has_one(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    with_template(county, standin)
    villager.says("帮助")
    clock.advance(days=3)
    outcome = InEach("已查实漏水，施工方本周内修好，请您放心", "found")
    say(VILLAGER, NEWS(number=12, outcome=outcome), by=county.system)
    say(VILLAGER, BROADCAST(), by=county.system)
    send_due()
    (message,) = standin.messages
    assert message["template_id"] == "T1"
    assert message["data"] == {
        "character_string1": {"value": "12"},
        "thing2": {"value": "已查实漏水，施工方本周内修好，请您放心"},
    }
    assert states(county) == [(Delivery.SENT, None), (Delivery.FAILED, "undeliverable")]
    assert [row.template_id is not None for row in outbox(by=county.system)] == [True, False]
    finished = {"MsgID": 200228333, "Status": "success"}
    assert villager.does("TEMPLATESENDJOBFINISH", **finished) is None
    assert villager.does("TEMPLATESENDJOBFINISH", **finished) is None
    assert states(county)[0] == (Delivery.DELIVERED, None)


def test_s7_a_report_that_is_quicker_than_we_are_counts(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    with_template(county, standin)
    villager.says("帮助")
    clock.advance(days=3)
    say(VILLAGER, NEWS(number=12, outcome="x"), by=county.system)
    villager.does("TEMPLATESENDJOBFINISH", MsgID=200228333, Status="failed:user block")
    send_due()
    assert states(county) == [(Delivery.FAILED, "user block")]


@pytest.mark.parametrize("quicker", [False, True])
def test_s7_a_report_finds_the_message_of_whichever_office_wrote_by_the_account(
    app: Flask, standin: WeChatStandIn, clock: Clock, province: Office, county: Office, quicker: bool
) -> None:
    channel = open_account(province, standin)
    share_channel(channel.id, True, by=province.system)
    villager = Follower(app, standin, channel)
    villager.says("清河县 帮助")
    with_template(province, standin)
    clock.advance(days=3)
    say(VILLAGER, NEWS(number=12, outcome="x"), by=county.system)
    if not quicker:
        send_due()
    villager.does("TEMPLATESENDJOBFINISH", MsgID=200228333, Status="success")
    send_due()
    assert states(county) == [(Delivery.DELIVERED, None)]
    (version,) = versions_used(outbox(by=county.system), by=county.officer).values()
    assert (version.tenant_id, version.code, version.version) == (province.id, "T1", 1)


def test_s6_what_wechat_says_of_the_window_is_the_last_word(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    with_template(county, standin)
    villager.says("帮助")
    standin.plan(Misbehaviour(errcode=45015))
    row = say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    send_due()
    (message,) = standin.messages
    assert "template_id" in message
    (sent,) = outbox(by=county.system)
    assert (sent.state, sent.attempts, sent.parts) == (Delivery.SENT, 2, 1)
    assert recipient(row, by=county.system).stopped_at is None


def test_s7_news_whose_sending_nobody_can_ask_about_come_again_and_say_so(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    villager.says("帮助")
    standin.plan(Misbehaviour(accepts=True, drops=True), Misbehaviour(accepts=True, drops=True))
    say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    say(VILLAGER, BROADCAST(), by=county.system)
    send_due()
    assert states(county) == [(Delivery.SENDING, None)] * 2
    clock.advance(seconds=61)
    sweep()
    texts = standin.texts_to(VILLAGER)
    assert sorted(texts[:2]) == ["All of you", "News 1: x"]
    assert texts[2:] == ["（重发）News 1: x"]
    assert states(county) == [(Delivery.SENT, None), (Delivery.FAILED, "not_askable")]


def test_a_window_that_is_refused_even_to_a_template_ends(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    with_template(county, standin)
    villager.says("帮助")
    standin.plan(*[Misbehaviour(errcode=45015)] * 9)
    say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    send_due()
    assert (standin.requests, states(county)) == (5, [(Delivery.FAILED, "45015")])


def test_s5_who_follows_no_more_gets_no_more_broadcasts(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    villager.says("帮助")
    standin.plan(Misbehaviour(errcode=43004))
    row = say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    send_due()
    assert states(county) == [(Delivery.FAILED, "43004")]
    assert recipient(row, by=county.system).stopped_at is not None


def test_s7_an_account_added_anew_goes_on_with_those_who_wrote_before(
    app: Flask, villager: Follower, standin: WeChatStandIn, channel: Channel, county: Office
) -> None:
    villager.says("帮助")
    say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    close_channel(channel.id, by=county.system)
    open_account(county, standin)
    send_due()
    assert states(county) == [(Delivery.SENT, None)]


def test_a_template_needs_a_message_of_ours_and_its_own_parameters(
    standin: WeChatStandIn, channel: Channel, county: Office, other_county: Office
) -> None:
    with pytest.raises(RuleBroken, match="message_unknown"):
        set_template(channel.id, "no.such", "zh", "T1", by=county.system)
    fields = {"thing1": "outcome", "thing2": "price"}
    with pytest.raises(RuleBroken, match="parameter_unknown"):
        set_template(channel.id, NEWS.key, "zh", "T1", fields=fields, by=county.system)
    with pytest.raises(NotFound):
        set_template(channel.id, NEWS.key, "zh", "T1", by=other_county.system)


def test_m17_s6_a_subscription_message_goes_by_the_template_of_its_language_and_its_end_is_known(
    villager: Follower, standin: WeChatStandIn, clock: Clock, county: Office
) -> None:
    with_template(county, standin)
    (channel,) = list_channels(by=county.system)
    fields = {"thing2": "outcome"}
    set_template(
        channel.id, NEWS.key, "en", "T2", fields=fields, way=TemplateWay.SUBSCRIPTION, by=county.system
    )
    standin.templates, standin.granted = {"T1", "T2"}, {(VILLAGER, "T2"): 1}
    villager.says("LANG ENGLISH")
    clock.advance(days=3)
    for number in (1, 2):
        say(VILLAGER, NEWS(number=number, outcome=InEach("修好了", "mended")), by=county.system)
    send_due()
    (message,) = standin.messages
    assert (message["template_id"], message["data"]) == ("T2", {"thing2": {"value": "mended"}})
    assert sorted(states(county)) == [(Delivery.FAILED, "43101"), (Delivery.SENT, None)]
    ended = "<List><TemplateId>T2</TemplateId><MsgID>200228333</MsgID><ErrorCode>0</ErrorCode></List>"
    villager.does("subscribe_msg_sent_event", SubscribeMsgSentEvent=ended)
    assert (Delivery.DELIVERED, None) in states(county)


def test_m17_wechats_templates_have_versions_too(channel: Channel, county: Office) -> None:
    for fields in ({"thing1": "outcome"}, {"thing2": "outcome"}):
        set_template(channel.id, NEWS.key, "zh", "T1", fields=fields, by=county.system)
    (known,) = list_templates(channel.id, by=county.system)
    assert (known.version, known.fields, known.way) == (2, {"thing2": "outcome"}, TemplateWay.TEMPLATE)
    assert "templates" not in channel_by_key("wechat", channel.key).credentials


@pytest.mark.parametrize(
    ("name", "value", "filled"),
    [
        ("thing2", "水" * 21, "水" * 19 + "…"),
        ("thing2", "水" * 20, "水" * 20),
        ("phrase3", "已经答复完毕", "已经答复…"),
        ("character_string1", 1234, "1234"),
        ("thing4", "一\n二", "一 二"),
        ("keyword1", "水" * 50, "水" * 50),
    ],
)
def test_a_value_is_cut_to_what_its_field_takes(name: str, value: object, filled: str) -> None:
    assert fitted(name, value) == filled


def test_one_message_in_the_outbox_is_one_at_wechat(
    villager: Follower, standin: WeChatStandIn, county: Office
) -> None:
    villager.says("帮助")
    row = say(VILLAGER, NEWS(number=1, outcome="x"), by=county.system)
    send_due()
    (sent,) = outbox(by=county.system)
    assert isinstance(sent, OutboundMessage)
    assert sent.provider_id == f"{county.id}.{row.id}"
    assert (len(standin.messages), standin.token_calls) == (1, 1)
