"""Kannel's wire: what its smsbox asks and is answered, sending, delivery reports (S1, S7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import permutations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from sqlalchemy import select
from werkzeug.test import TestResponse

from channels.gateways import (
    AccountRefused,
    Delivery,
    Inbound,
    Malformed,
    Misconfigured,
    NotAskable,
    NotAuthentic,
    Outbound,
    Permanent,
    Receipt,
    SendFailure,
    Temporary,
    Unknown,
    international,
    kannel,
    key_of,
)
from channels.gateways.kannel import Credentials
from channels.messages import Message
from channels.models import Channel, InboundMessage, Lane
from channels.models import Delivery as State
from channels.providers import public_url
from channels.registry import add_channel, channel_by_key
from channels.sending import reconcile, send_due, sweep
from channels.settling import is_sent_again
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.refusals import RuleBroken
from tests.channels.conftest import outbox, say
from tests.conftest import Clock, Office
from tests.standins.kannel import AWAY, Heard, KannelStandIn, Misbehaviour, by_get, by_post, reporting

VILLAGER = "+8613800000001"
SECRET = "s-ecret_9"
REPLY = Message("tests.kannel_reply", "Answer {number}", lane=Lane.REPLY)
NEWS = Message("tests.kannel_news", "News {number}")
BROADCAST = Message("tests.kannel_broadcast", "Broadcast {number}", lane=Lane.BULK)
GET_URL = "?id=%I&time=%T&from=%p&to=%P&coding=%c&charset=%C&text=%b"


@pytest.fixture
def box() -> Iterator[KannelStandIn]:
    """A Kannel."""
    with KannelStandIn() as standin:
        yield standin


@pytest.fixture
def channel(county: Office, box: KannelStandIn, settings: Settings) -> Channel:
    """The county's number at that Kannel; Redis is empty."""
    Redis.from_url(settings.redis_url).flushdb()
    return open_channel(county, box)


def open_channel(office: Office, box: KannelStandIn, **other: str) -> Channel:
    kept = {
        "sendsms_url": box.url,
        "username": box.username,
        "password": box.password,
        "secret": SECRET,
        "allow_from": "127.0.0.1,10.0.0.0/8",
    }
    return add_channel("kannel", "10690001", {**kept, **other}, by=office.system)


def address(channel: Channel, what: str = "inbound") -> str:
    """An address of ours, as the printed configuration names it."""
    return kannel.with_secret(public_url(channel_by_key("kannel", channel.key), what), SECRET)


def words(response: TestResponse) -> str:
    """The reply in a response, as Kannel reads it."""
    assert response.status_code == 200, response.text
    coding = response.headers["X-Kannel-Coding"]
    assert response.content_type == f"text/plain; charset={'UTF-16BE' if coding == '2' else 'UTF-8'}"
    return response.data.decode("utf-16-be" if coding == "2" else "utf-8")


@query(Permission.CHANNEL_READ)
def stored(*, by: Actor) -> list[InboundMessage]:
    """Everything the office took in."""
    return list(db.session.scalars(select(InboundMessage).where(InboundMessage.tenant_id == by.tenant_id)))


# ── What comes in ──


def test_a_message_by_either_kind_of_address_is_answered_in_the_response(
    app: Flask, channel: Channel
) -> None:
    client = app.test_client()
    by_post_url = re.search(
        r'post-url = "([^"]+)"', kannel.configuration(address(channel).replace(f"qiao:{SECRET}@", ""), SECRET)
    )
    assert by_post_url is not None
    assert "清河县扶贫办" in words(client.open(**by_post(by_post_url[1], Heard("帮助"))))
    assert "清河县扶贫办" in words(client.open(**by_get(address(channel) + GET_URL, Heard("帮助"))))
    english = words(client.open(**by_get(address(channel) + GET_URL, Heard("HELP", sender="8613800000002"))))
    assert english.startswith("Qinghe County Office")


def test_a_repeat_gets_the_same_reply_and_changes_nothing(
    app: Flask, county: Office, channel: Channel
) -> None:
    request = by_post(address(channel) + "?id=%I", Heard("帮助"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: words(app.test_client().open(**request)), range(20)))
    assert len(set(answers)) == 1
    assert len(stored(by=county.system)) == 1


def test_where_kannel_names_no_id_the_time_tells_two_honest_answers_from_a_repeat(
    app: Flask, county: Office, channel: Channel
) -> None:
    without_id = address(channel) + "?time=%T"
    first, second = Heard("1", time=1), Heard("1", time=2)
    for heard in (first, first, second):
        words(app.test_client().open(**by_post(without_id, heard)))
    kept = stored(by=county.system)
    assert len(kept) == 2
    repeat = by_post(without_id, second)
    with ThreadPoolExecutor(8) as pool:
        again = set(pool.map(lambda _: words(app.test_client().open(**repeat)), range(20)))
    assert len(again) == 1
    assert len(stored(by=county.system)) == 2


@pytest.mark.parametrize(
    "query", ["?from=%p&to=%P&text=%b", "?id=%I&to=%P&text=%b", "?id=%I&from=%p&text=%b"]
)
def test_a_request_that_lacks_what_a_message_needs_is_refused_and_stores_nothing(
    app: Flask, county: Office, channel: Channel, query: str
) -> None:
    assert app.test_client().open(**by_get(address(channel) + query, Heard("帮助"))).status_code == 422
    assert stored(by=county.system) == []


@pytest.mark.parametrize("door", ["inbound", "dlr"])
def test_s1_without_the_secret_nothing_comes_in(
    app: Flask, county: Office, channel: Channel, door: str
) -> None:
    right = address(channel, door) + "?id=%I&time=%T&message=1.2&status=1"
    for wrong in (
        right.replace(SECRET, "guess"),
        right.replace(f"qiao:{SECRET}@", ""),
        right.replace("qiao:", "root:"),
    ):
        assert app.test_client().open(**by_post(wrong, Heard("帮助"))).status_code == 403
    assert stored(by=county.system) == []
    assert app.test_client().post("/channels/kannel/nobody/inbound").status_code == 404


@pytest.mark.parametrize("missing", ["secret", "allow_from"])
def test_s1_a_channel_set_up_without_its_fences_is_closed(
    app: Flask, county: Office, box: KannelStandIn, missing: str
) -> None:
    channel = open_channel(county, box, **{missing: ""})
    open_address = address(channel).replace(SECRET, "" if missing == "secret" else SECRET)
    assert app.test_client().open(**by_post(open_address + "?id=%I", Heard("帮助"))).status_code == 403


@pytest.mark.parametrize(
    ("peer", "noted", "status"),
    [
        ("127.0.0.1", "", 200),
        ("10.1.2.3", "", 200),
        ("10.1.2.3", "192.0.2.9", 200),
        ("192.0.2.9", "", 403),
        ("192.0.2.9", "10.1.2.3", 403),
        ("127.0.0.1", "10.1.2.3", 200),
        ("127.0.0.1", "10.1.2.3, 192.0.2.9", 403),
        ("127.0.0.1", "nonsense", 403),
        ("::ffff:10.1.2.3", "", 200),
        ("::ffff:127.0.0.1", "::ffff:10.1.2.3", 200),
        ("::1", "10.1.2.3", 200),
        ("::ffff:192.0.2.9", "10.1.2.3", 403),
    ],
)
def test_s1_only_the_addresses_it_names_come_in(
    app: Flask, channel: Channel, peer: str, noted: str, status: int
) -> None:
    request = by_post(address(channel) + "?id=%I", Heard("帮助"))
    if noted:
        request["headers"]["X-Forwarded-For"] = noted
    assert app.test_client().open(**request, environ_base={"REMOTE_ADDR": peer}).status_code == status


def test_a_foreign_number_is_answered_with_nothing_to_say(
    app: Flask, county: Office, channel: Channel
) -> None:
    assert (
        words(app.test_client().open(**by_post(address(channel) + "?id=%I", Heard("帮助", to="10690002"))))
        == ""
    )
    assert stored(by=county.system) == []


# ── The parsers ──

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
CODES = st.sampled_from(["10690001", "+8613900000000", "106900011234"])


@given(TEXTS, CODES, st.integers(0, 2**33))
def test_a_text_comes_out_of_either_request_as_it_was_written(text: str, to: str, time: int) -> None:
    heard = Heard(text, to=to, time=time)
    parsed = []
    for request in (
        by_get("http://qiao:x@qiao.test/in" + GET_URL, heard),
        by_post("http://qiao:x@qiao.test/in?id=%I&time=%T", heard),
    ):
        headers = {**request["headers"], "Content-Type": request.get("content_type", "")}
        form = kannel.form_of(request["path"].partition("?")[2].encode(), headers, request.get("data", b""))
        parsed.append(kannel.parse_inbound(form))
        assert form["time"] == [str(time)]
    assert parsed[0].text == parsed[1].text == text
    for inbound in parsed:
        assert (inbound.provider_id, inbound.sender, inbound.recipient) == (heard.id, VILLAGER, to)


@given(st.binary(max_size=200), st.binary(max_size=80), st.text(max_size=20), st.text(max_size=40))
def test_whatever_comes_is_read_or_refused(query: bytes, body: bytes, coding: str, content_type: str) -> None:
    headers = {"X-Kannel-Coding": coding, "Content-Type": content_type.replace("\n", "").replace("\r", "")}
    for read in (kannel.parse_inbound, kannel.parse_receipt):
        with suppress(Malformed):
            assert isinstance(read(kannel.form_of(query, headers, body)), Inbound | Receipt)


@given(st.text(max_size=60), st.text(max_size=60))
def test_only_the_secret_opens(header: str, secret: str) -> None:
    with pytest.raises(NotAuthentic):
        kannel.authenticate("", {}, {"Authorization": header}, Credentials("", "", "", secret))


def test_a_text_of_a_charset_nobody_knows_is_kept_readable() -> None:
    form = kannel.form_of(b"id=1&from=1&to=2&charset=GSM&text=caf%C3%A9", {}, b"")
    assert kannel.parse_inbound(form).text == "café"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800000001", VILLAGER),
        ("8613800000001", VILLAGER),
        ("+8613800000001", VILLAGER),
        ("008613800000001", VILLAGER),
        ("+86 138-0000-0001", VILLAGER),
        ("10690001", "10690001"),
        ("10086", "10086"),
        ("85291234567", "85291234567"),
    ],
)
def test_numbers_are_one_however_an_operator_writes_them(written: str, number: str) -> None:
    assert international(written) == number


@given(
    st.lists(st.text(max_size=8), min_size=2, max_size=5),
    st.lists(st.text(max_size=8), min_size=2, max_size=5),
)
def test_two_messages_have_one_key_only_if_they_are_one(one: list[str], other: list[str]) -> None:
    clean_one, clean_other = ([part.replace("\0", "") for part in parts] for parts in (one, other))
    assert (key_of(*clean_one) == key_of(*clean_other)) == (clean_one == clean_other)


def test_an_access_number_is_kept_as_operators_write_it(county: Office, box: KannelStandIn) -> None:
    assert open_channel(county, box).number == "10690001"
    with pytest.raises(RuleBroken):
        add_channel("kannel", "清河", {}, by=county.system)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=80))
def test_a_reply_is_what_kannel_reads_in_the_coding_it_is_told(text: str) -> None:
    body, content_type = kannel.render_reply(text)
    coding = kannel.reply_headers(text)["X-Kannel-Coding"]
    assert body.decode("utf-16-be" if coding == "2" else "utf-8") == text
    assert ("UTF-16BE" in content_type) == (coding == "2")


# ── Sending ──


@pytest.fixture
def credentials(box: KannelStandIn) -> Credentials:
    return Credentials(box.url, box.username, box.password, SECRET)


def outbound(text: str = "水池修好了", to: str = VILLAGER) -> Outbound:
    return Outbound("1.abc", to, "10690001", text, "http://qiao.test/channels/kannel/key/dlr?message=1.abc")


@pytest.mark.parametrize(
    ("text", "coding"), [("水池修好了 😀", "2"), ("It is mended: 10 {€}", "0"), ("O’Brien", "2"), ("", "0")]
)
def test_a_message_is_taken_in_the_smallest_coding_that_holds_it(
    box: KannelStandIn, credentials: Credentials, text: str, coding: str
) -> None:
    sent = kannel.send(outbound(text), credentials)
    (taken,) = box.messages
    assert (taken.to, taken.sender, taken.text, taken.coding) == (VILLAGER, "10690001", text, coding)
    assert (sent.provider_id, sent.status, taken.dlr_mask) == ("1.abc", Delivery.SENT, 27)
    assert taken.dlr_url == f"http://qiao:{SECRET}@qiao.test/channels/kannel/key/dlr?message=1.abc&status=%d"


@pytest.mark.parametrize(
    ("status", "answer", "failure"),
    [
        (202, "3: Queued for later delivery", None),
        (403, "Authorization failed for sendsms", AccountRefused),
        (403, "Not routable. Do not try again.", Permanent),
        (400, "Sender missing and no global set, rejected", Misconfigured),
        (400, "Empty receiver number not allowed, rejected", Permanent),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", Permanent),
        (404, "Unknown request.", Misconfigured),
        (503, AWAY, Temporary),
        (502, "<html>Bad gateway</html>", Unknown),
        (302, "", Misconfigured),
    ],
)
def test_each_answer_means_one_thing(
    box: KannelStandIn, credentials: Credentials, status: int, answer: str, failure: type[SendFailure] | None
) -> None:
    box.plan(Misbehaviour(status, answer))
    if failure is None:
        assert kannel.send(outbound(), credentials).status is Delivery.SENT
    else:
        with pytest.raises(failure) as raised:
            kannel.send(outbound(), credentials)
        assert type(raised.value) is failure
        assert "8613800000001" not in str(raised.value)


def test_real_refusals_come_from_wrong_requests(box: KannelStandIn, credentials: Credentials) -> None:
    with pytest.raises(Permanent, match="denied"):
        kannel.send(outbound(to="abc"), credentials)
    with pytest.raises(Misconfigured, match="authorization"):
        kannel.send(outbound(), Credentials(box.url, box.username, "wrong", SECRET))
    with pytest.raises(Temporary, match="unreachable"):
        kannel.send(outbound(), Credentials("http://127.0.0.1:1/", "a", "b", SECRET))
    assert box.messages == []


@pytest.mark.parametrize("accepts", [True, False])
def test_where_no_answer_comes_nobody_knows(
    box: KannelStandIn, credentials: Credentials, accepts: bool
) -> None:
    box.plan(Misbehaviour(accepts=accepts, drops=True))
    with pytest.raises(Unknown):
        kannel.send(outbound(), credentials)
    assert len(box.messages) == accepts


# ── The outbox by Kannel ──


def test_what_is_said_reaches_kannel_and_is_reported(
    app: Flask, county: Office, channel: Channel, box: KannelStandIn
) -> None:
    say(VILLAGER, NEWS(number=7), by=county.system)
    assert send_due() == 1
    (taken,) = box.messages
    assert (taken.to, taken.sender, taken.text) == (VILLAGER, "10690001", "News 7")
    assert app.test_client().open(**reporting(taken, 1)).status_code == 200
    (row,) = outbox(by=county.system)
    assert (row.state, row.provider_id) == (State.DELIVERED, f"{county.id}.{row.id}")


@pytest.mark.parametrize("order", list(permutations([8, 2, 1])))
def test_s7_reports_count_in_whatever_order_they_come(
    app: Flask, county: Office, channel: Channel, box: KannelStandIn, order: tuple[int, ...]
) -> None:
    say(VILLAGER, NEWS(number=1), by=county.system)
    send_due()
    for status in (*order, *order):
        assert app.test_client().open(**reporting(box.messages[0], status)).status_code == 200
    (row,) = outbox(by=county.system)
    assert row.state is State.DELIVERED


def test_s7_what_the_operator_refuses_has_failed_and_says_why(
    app: Flask, county: Office, channel: Channel, box: KannelStandIn
) -> None:
    say(VILLAGER, NEWS(number=1), by=county.system)
    send_due()
    for status in (16, 8):
        app.test_client().open(**reporting(box.messages[0], status))
    (row,) = outbox(by=county.system)
    assert (row.state, row.failure) == (State.FAILED, "refused")


def test_a_report_on_a_message_nobody_knows_is_taken(app: Flask, channel: Channel) -> None:
    for message in ("99.01900000-0000-7000-8000-000000000000", "nonsense"):
        unknown = f"{address(channel, 'dlr')}?message={message}&status=1"
        assert app.test_client().open(**by_get(unknown, Heard(""))).status_code == 200


# ── Where the answer was lost, and Kannel cannot be asked ──


@pytest.mark.parametrize(
    ("lane", "attempts", "again"),
    [
        (Lane.REPLY, 1, True),
        (Lane.NOTICE, 1, True),
        (Lane.NOTICE, 4, True),
        (Lane.NOTICE, 5, False),
        (Lane.BULK, 1, False),
    ],
)
def test_s7_answers_and_notices_rather_come_twice_and_broadcasts_rather_never(
    lane: Lane, attempts: int, again: bool
) -> None:
    assert is_sent_again(lane, attempts) is again


def test_kannel_keeps_no_list(credentials: Credentials, clock: Clock) -> None:
    with pytest.raises(NotAskable):
        kannel.find_sent(outbound(), clock.now, credentials)


@pytest.mark.parametrize(("message", "twice"), [(REPLY, True), (NEWS, True), (BROADCAST, False)])
@pytest.mark.parametrize("accepts", [True, False])
def test_s7_a_lost_answer_marks_the_second_text_and_never_repeats_a_broadcast(
    county: Office,
    channel: Channel,
    box: KannelStandIn,
    clock: Clock,
    message: Message,
    twice: bool,
    accepts: bool,
) -> None:
    say(VILLAGER, message(number=1), by=county.system)
    box.plan(Misbehaviour(accepts=accepts, drops=True))
    send_due()
    sweep()
    assert outbox(by=county.system)[0].state is State.SENDING
    clock.advance(seconds=61)
    sweep()
    (row,) = outbox(by=county.system)
    plain = message.text.format(number=1)
    assert [taken.text for taken in box.messages] == [plain] * accepts + [f"（重发）{plain}"] * twice
    if twice:
        assert (row.state, row.attempts, row.again_at is not None) == (State.SENT, 2, True)
    else:
        assert (row.state, row.failure, row.again_at) == (State.FAILED, "no_answer", None)


def test_a_report_that_comes_meanwhile_settles_what_the_answer_left_open(
    app: Flask, county: Office, channel: Channel, box: KannelStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=county.system)
    box.plan(Misbehaviour(accepts=True, drops=True))
    send_due()
    app.test_client().open(**reporting(box.messages[0], 8))
    clock.advance(seconds=61)
    sweep()
    (row,) = outbox(by=county.system)
    assert (row.state, len(box.messages)) == (State.SENT, 1)


def test_a_report_that_comes_before_the_second_text_leaves_spares_it(
    app: Flask, county: Office, channel: Channel, box: KannelStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=county.system)
    box.plan(Misbehaviour(accepts=True, drops=True))
    send_due()
    clock.advance(seconds=61)
    assert reconcile() == 1
    assert outbox(by=county.system)[0].state is State.QUEUED
    app.test_client().open(**reporting(box.messages[0], 1))
    send_due()
    assert outbox(by=county.system)[0].state is State.DELIVERED
    assert len(box.messages) == 1


def test_a_kannel_that_never_answers_is_given_up_after_five_attempts(
    county: Office, channel: Channel, box: KannelStandIn, clock: Clock
) -> None:
    say(VILLAGER, NEWS(number=1), by=county.system)
    box.plan(*[Misbehaviour(drops=True)] * 9)
    for _turn in range(7):
        send_due()
        clock.now += timedelta(seconds=61)
        reconcile()
    (row,) = outbox(by=county.system)
    assert (row.state, row.attempts, row.failure, box.requests) == (State.FAILED, 5, "no_answer", 5)
