"""Aliyun's wire: pushes of messages and reports, sending by approved templates through its SDK (S1, S7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, current_app
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from sqlalchemy import select
from werkzeug.test import TestResponse

from channels.engine import Engine
from channels.gateways import (
    AccountRefused,
    BadAddress,
    ChannelThrottled,
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
    Throttled,
    Unknown,
    aliyun,
)
from channels.gateways.aliyun import Credentials
from channels.incidents import compare_parts
from channels.messages import MESSAGES, InEach, Message, wording
from channels.models import Alarm, Channel, Contact, Lane, OutboundMessage
from channels.models import Delivery as State
from channels.outbox import words_of
from channels.providers import public_url
from channels.registry import add_channel, channel_by_key
from channels.sending import send_due, sweep
from channels.templates import (
    Wording,
    in_dollars,
    list_templates,
    list_versions,
    list_wordings,
    set_template,
    versions_used,
)
from channels.turns import Situation, Turn
from service.complaints.queries import list_complaints
from service.settings import Settings
from tenants.actors import PLATFORM, Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.refusals import NotFound, RuleBroken
from tests.channels.conftest import choose_language, outbox, say
from tests.channels.test_kannel_wire import stored
from tests.conftest import Clock, Office
from tests.standins.aliyun import AliyunStandIn, Misbehaviour, Up, pushed_up, report_on

VILLAGER = "+8613800000001"
NEWS = Message("tests.aliyun_news", "News {number}")
BROADCAST = Message("tests.aliyun_broadcast", "Broadcast {number}", lane=Lane.BULK)


@pytest.fixture
def provider(clock: Clock) -> Iterator[AliyunStandIn]:
    """Aliyun."""
    with AliyunStandIn() as standin:
        standin.clock = clock
        yield standin


@pytest.fixture
def channel(county: Office, provider: AliyunStandIn, settings: Settings) -> Channel:
    """The county's signature at Aliyun; Redis is empty."""
    Redis.from_url(settings.redis_url).flushdb()
    credentials = {
        "access_key_id": provider.key_id,
        "access_key_secret": provider.key_secret,
        "api_url": provider.url,
        "allow_from": "any",
    }
    return add_channel("aliyun", f"【{provider.signature}】", credentials, by=county.system)


def approved(
    office: Office, channel: Channel, provider: AliyunStandIn, *messages: Message, locale: str = "zh"
) -> None:
    """Let Aliyun approve these messages, and note their codes."""
    for message in messages:
        code = f"SMS_{locale}_{message.key}"
        provider.approve(code, in_dollars(wording(message, locale)))
        set_template(channel.id, message.key, locale, code, by=office.system)


def every_message(office: Office, channel: Channel, provider: AliyunStandIn) -> None:
    """Let Aliyun approve all that the front door says."""
    approved(
        office, channel, provider, *(one for key, one in MESSAGES.items() if key.startswith("channels."))
    )


def push(app: Flask, channel: Channel, what: str, body: bytes, secret: str | None = None) -> TestResponse:
    """A push of Aliyun's."""
    known = channel_by_key("aliyun", channel.key)
    address = public_url(known, what).removeprefix("http://qiao.test")
    given = known.credentials["secret"] if secret is None else secret
    return app.test_client().post(
        f"{address}?secret={given}", data=body, content_type="application/json;charset=utf-8"
    )


def taken(response: TestResponse) -> bool:
    """Whether Aliyun takes the answer for a yes."""
    return response.status_code == 200 and response.json == {"code": 0, "msg": "接收成功"}


def reports(*elements: dict[str, Any]) -> bytes:
    return json.dumps(list(elements)).encode()


@query(Permission.CHANNEL_READ)
def said_to(contact_id: UUID | None, *, by: Actor) -> list[str]:
    """What the office's outbox keeps of what was said to somebody."""
    contact = db.session.get_one(Contact, (by.tenant_id, contact_id))
    rows = select(OutboundMessage).where(
        OutboundMessage.tenant_id == by.tenant_id, OutboundMessage.contact_id == contact_id
    )
    return [words_of(row, contact) for row in db.session.scalars(rows)]


def went_by(office: Office) -> list[tuple[str, int] | None]:
    """The code and version by which each of the office's messages went, the oldest first."""
    rows = outbox(by=office.system)
    used = versions_used(rows, by=office.officer)
    return [
        (used[row.template_id].code, used[row.template_id].version) if row.template_id else None
        for row in rows
    ]


def only(office: Office) -> OutboundMessage:
    (row,) = outbox(by=office.system)
    return row


# ── What comes in ──


def test_the_reply_to_a_push_goes_by_a_call_of_its_own(
    app: Flask, county: Office, channel: Channel, provider: AliyunStandIn, clock: Clock
) -> None:
    every_message(county, channel, provider)
    assert taken(push(app, channel, "inbound", pushed_up(Up("帮助"))))
    send_due()
    clock.advance(seconds=10)
    send_due()
    first, second = provider.messages
    assert (first.phone_number, first.template) == ("13800000001", "SMS_zh_channels.help")
    assert first.variables == {"office": "清河县扶贫办", "hotline": "0871-1234"}
    assert second.template == "SMS_zh_channels.privacy", (
        "each message of a chain travels by itself, the first one first"
    )
    assert [row.lane for row in outbox(by=county.system)] == [Lane.REPLY, Lane.REPLY]


def test_h3_no_reply_under_the_number_of_an_anonymous_complainant_keeps_the_reference(
    app: Flask, county: Office, channel: Channel, provider: AliyunStandIn
) -> None:
    every_message(county, channel, provider)
    for number, text in enumerate(("村里的水坝漏水三个月了，没有人来修", "1", "1")):
        assert taken(push(app, channel, "inbound", pushed_up(Up(text, sequence_id=number + 1))))
    (case,) = list_complaints(by=county.desk)
    contact = case.complaint.contact_id
    assert any(case.complaint.reference in words for words in said_to(contact, by=county.system))
    assert taken(push(app, channel, "inbound", pushed_up(Up("匿名", sequence_id=9))))
    (words,) = said_to(contact, by=county.system)
    assert "已删去" in words


class Failing(Engine):
    """Dialogues with a mistake of ours in them."""

    def turn(self, situation: Situation) -> Turn:
        raise ZeroDivisionError


def test_what_our_own_mistake_kept_from_an_answer_is_kept_for_a_person_and_said_so_by_template(
    app: Flask,
    county: Office,
    channel: Channel,
    provider: AliyunStandIn,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every_message(county, channel, provider)
    monkeypatch.setitem(app.extensions, "qiao.engine", Failing([], lambda refusal: InEach("", "")))
    for _again in range(2):
        assert taken(push(app, channel, "inbound", pushed_up(Up("水池漏水", sequence_id=7))))
    send_due()
    (message,) = stored(by=county.system)
    (sent,) = provider.messages
    assert (message.failure, message.reference) == ("ZeroDivisionError", sent.variables["reference"])
    assert sent.template == "SMS_zh_channels.person_reads"


def test_an_array_pushed_again_changes_nothing_twice(
    app: Flask, county: Office, channel: Channel, provider: AliyunStandIn
) -> None:
    messages = [Up("帮助"), Up("1"), Up("1"), Up("帮助", phone_number="13800000002")]
    push(app, channel, "inbound", pushed_up(*messages[:2]))
    queued = len(outbox(by=county.system))
    for _again in range(3):
        assert taken(push(app, channel, "inbound", pushed_up(*messages)))
    assert len(stored(by=county.system)) == 4, "two honest answers of 1 are two"
    assert queued == 3
    assert len(outbox(by=county.system)) == 6


def test_many_pushes_of_one_array_at_once_are_one_message_with_one_answer(
    app: Flask, county: Office, channel: Channel
) -> None:
    push(app, channel, "inbound", pushed_up(Up("帮助")))
    known = channel_by_key("aliyun", channel.key)
    address = f"/channels/aliyun/{channel.key}/inbound?secret={known.credentials['secret']}"
    body = pushed_up(Up("帮助"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: taken(app.test_client().post(address, data=body)), range(20)))
    assert all(answers)
    assert len(stored(by=county.system)) == 2
    assert len(outbox(by=county.system)) == 3, (
        "two to the first text, which says who keeps the data, one to this"
    )


def test_a_push_without_sequence_id_is_told_from_a_repeat_by_its_time(
    app: Flask, county: Office, channel: Channel
) -> None:
    first = Up("1", sequence_id=None)
    second = Up("1", sequence_id=None, send_time="2026-03-04 12:00:01")
    for body in (pushed_up(first), pushed_up(first, second), pushed_up(second)):
        assert taken(push(app, channel, "inbound", body))
    assert len(stored(by=county.system)) == 2


def test_an_element_nobody_can_read_does_not_hold_up_its_neighbours(
    app: Flask, county: Office, channel: Channel
) -> None:
    body = json.dumps([{"content": "?"}, *json.loads(pushed_up(Up("帮助")))]).encode()
    assert taken(push(app, channel, "inbound", body))
    assert len(stored(by=county.system)) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"null", b"\xff", b"[" * 10_000])
def test_what_is_no_array_is_not_taken(app: Flask, channel: Channel, body: bytes) -> None:
    assert push(app, channel, "inbound", body).status_code == 422


@pytest.mark.parametrize("door", ["inbound", "status"])
def test_s1_without_the_secret_nothing_comes_in(
    app: Flask, county: Office, channel: Channel, door: str
) -> None:
    for secret in ("", "guess"):
        assert push(app, channel, door, pushed_up(Up("帮助")), secret).status_code == 403
    assert stored(by=county.system) == []


@pytest.mark.parametrize(
    ("allowed", "peer", "status"),
    [
        ("", "127.0.0.1", 403),
        ("any", "203.0.113.9", 200),
        ("any", "2001:db8::9", 200),
        ("203.0.113.0/24", "203.0.113.9", 200),
        ("203.0.113.0/24", "198.51.100.9", 403),
        ("203.0.113.0/24", "2001:db8::9", 403),
    ],
)
def test_s1_what_aliyun_pushes_comes_from_where_the_office_said_and_from_nowhere_if_it_said_nothing(
    app: Flask, county: Office, provider: AliyunStandIn, allowed: str, peer: str, status: int
) -> None:
    credentials = {"access_key_id": provider.key_id, "access_key_secret": provider.key_secret}
    channel = add_channel("aliyun", "清河县办", {**credentials, "allow_from": allowed}, by=county.system)
    known = channel_by_key("aliyun", channel.key)
    path = public_url(known, "status").removeprefix("http://qiao.test")
    answer = app.test_client().post(
        f"{path}?secret={known.credentials['secret']}", data=b"[]", environ_base={"REMOTE_ADDR": peer}
    )
    assert answer.status_code == status


def test_s1_each_channel_gets_a_secret_of_its_own(county: Office, channel: Channel) -> None:
    secret = channel_by_key("aliyun", channel.key).credentials["secret"]
    assert len(secret) >= 32
    with pytest.raises(NotAuthentic):
        aliyun.authenticate("https://qiao.test/?secret=", {}, {}, Credentials("a", "b", ""))


def test_a_message_to_another_signature_is_answered_and_not_kept(
    app: Flask, county: Office, channel: Channel
) -> None:
    assert taken(push(app, channel, "inbound", pushed_up(Up("帮助", sign_name="别的县"))))
    assert stored(by=county.system) == []
    assert taken(push(app, channel, "inbound", pushed_up(Up("帮助", sign_name=None))))
    assert len(stored(by=county.system)) == 1
    assert taken(push(app, channel, "inbound", pushed_up(Up("帮助", sign_name=f"【{channel.number}】"))))
    assert len(stored(by=county.system)) == 2


@pytest.mark.parametrize(("same_account", "kept"), [(True, 1), (False, 0)])
def test_s1_one_address_serves_all_signatures_of_an_account(
    app: Flask,
    county: Office,
    other_county: Office,
    channel: Channel,
    provider: AliyunStandIn,
    same_account: bool,
    kept: int,
) -> None:
    credentials = {
        "access_key_id": provider.key_id,
        "access_key_secret": provider.key_secret if same_account else "another",
    }
    add_channel("aliyun", "兰溪县扶贫办", credentials, by=other_county.system)
    up = pushed_up(Up("帮助", sign_name="兰溪县扶贫办"))
    for _ in range(2):
        assert taken(push(app, channel, "inbound", up))
    assert len(stored(by=other_county.system)) == kept
    assert stored(by=county.system) == []


# ── The parsers ──

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["phone_number", "content", "send_time", "sequence_id", "success", "biz_id", "err_code", "out_id"]
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(FIELDS, ANYTHING, max_size=8), max_size=3))
def test_whatever_an_element_holds_is_read_or_refused(elements: list[dict[str, Any]]) -> None:
    for form in aliyun.elements_of(json.dumps(elements).encode()):
        for read in (aliyun.parse_inbound, aliyun.parse_receipt):
            with suppress(Malformed):
                assert isinstance(read(form), Inbound | Receipt)


@given(st.binary(max_size=60))
def test_whatever_a_push_holds_is_read_or_refused(body: bytes) -> None:
    with suppress(Malformed):
        assert isinstance(aliyun.elements_of(body), list)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_a_text_comes_out_as_it_was_written(text: str) -> None:
    (form,) = aliyun.elements_of(pushed_up(Up(text)))
    inbound = aliyun.parse_inbound(form)
    assert (inbound.text, inbound.sender, inbound.recipient) == (text, VILLAGER, AliyunStandIn.signature)


# ── Sending ──


@pytest.fixture
def credentials(provider: AliyunStandIn) -> Credentials:
    return Credentials(provider.key_id, provider.key_secret, "s", provider.url)


def outbound(**changes: Any) -> Outbound:
    values: dict[str, Any] = {
        "id": "1.abc",
        "to": VILLAGER,
        "sender": AliyunStandIn.signature,
        "text": "unused",
        "message": "tests.aliyun_news zh",
        "template": "SMS_1",
        "variables": {"number": "“7” & 8"},
    }
    return Outbound(**{**values, **changes})


def test_a_template_goes_with_its_variables_under_the_signature(
    provider: AliyunStandIn, credentials: Credentials
) -> None:
    provider.approve("SMS_1", "News ${number}")
    sent = aliyun.send(outbound(), credentials)
    (message,) = provider.messages
    assert (message.phone_number, message.signature, message.template, message.variables, message.out_id) == (
        "13800000001",
        provider.signature,
        "SMS_1",
        {"number": "“7” & 8"},
        "1.abc",
    )
    assert (sent.provider_id, sent.status) == (message.biz_id, Delivery.SENT)


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"template": None}, Misconfigured),
        ({"template": "SMS_2"}, Misconfigured),
        ({"sender": "别的县"}, Misconfigured),
        ({"variables": {}}, Misconfigured),
        ({"to": "+85291234567"}, Permanent),
    ],
)
def test_real_refusals_come_from_wrong_requests(
    provider: AliyunStandIn, credentials: Credentials, changes: dict[str, Any], failure: type[SendFailure]
) -> None:
    provider.approve("SMS_1", "News ${number}")
    with pytest.raises(failure) as raised:
        aliyun.send(outbound(**changes), credentials)
    assert "13800000001" not in str(raised.value)
    assert provider.messages == []


@pytest.mark.parametrize(
    ("code", "status", "failure", "pause"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", 200, Throttled, 60),
        ("isv.DAY_LIMIT_CONTROL", 200, ChannelThrottled, 3600),
        ("Throttling.User", 400, ChannelThrottled, None),
        ("isv.MOBILE_NUMBER_ILLEGAL", 200, BadAddress, None),
        ("isv.AMOUNT_NOT_ENOUGH", 200, AccountRefused, None),
        ("isp.RAM_PERMISSION_DENY", 200, AccountRefused, None),
        ("InvalidAccessKeyId.NotFound", 404, AccountRefused, None),
        ("SignatureDoesNotMatch", 400, AccountRefused, None),
        ("isp.SYSTEM_ERROR", 200, Temporary, None),
        ("isv.SOMETHING_NEW", 200, Temporary, None),
        ("Something.New", 400, Misconfigured, None),
        ("ServiceUnavailable", 503, Temporary, None),
        ("InternalError", 500, Unknown, None),
    ],
)
def test_each_error_code_means_one_thing(
    provider: AliyunStandIn,
    credentials: Credentials,
    code: str,
    status: int,
    failure: type[SendFailure],
    pause: float | None,
) -> None:
    provider.plan(Misbehaviour(code=code, status=status))
    with pytest.raises(failure) as raised:
        aliyun.send(outbound(), credentials)
    assert type(raised.value) is failure
    assert raised.value.retry_after == pause


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]"])
@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_is_none_of_aliyuns_leaves_all_open(
    provider: AliyunStandIn, credentials: Credentials, body: bytes, status: int
) -> None:
    provider.plan(Misbehaviour(body=body, status=status))
    with pytest.raises(Unknown):
        aliyun.send(outbound(), credentials)


def test_whether_a_request_went_out_is_known_in_spite_of_the_sdk(
    provider: AliyunStandIn, credentials: Credentials
) -> None:
    provider.approve("SMS_1", "News ${number}")
    provider.plan(Misbehaviour(accepts=True, drops=True))
    with pytest.raises(Unknown, match="no answer"):
        aliyun.send(outbound(), credentials)
    assert provider.requests == 1, "the SDK repeats nothing by itself"
    with pytest.raises(Temporary, match="unreachable"):
        aliyun.send(outbound(), Credentials("a", "b", "s", "http://127.0.0.1:1"))
    with pytest.raises(Misconfigured, match="NotFound"):
        aliyun.send(outbound(), Credentials("other", provider.key_secret, "s", provider.url))
    with pytest.raises(Misconfigured, match="SignatureDoesNotMatch"):
        aliyun.send(outbound(), Credentials(provider.key_id, "wrong", "s", provider.url))


def test_what_aliyun_took_is_found_by_our_own_id(
    provider: AliyunStandIn, credentials: Credentials, clock: Clock
) -> None:
    provider.approve("SMS_1", "News ${number}")
    for number in range(120):
        provider.take(
            {"PhoneNumbers": "13800000001", "SignName": "", "TemplateCode": "", "OutId": f"1.{number}"}, {}
        )
    begun = clock()
    assert aliyun.find_sent(outbound(), begun, credentials) is None
    aliyun.send(outbound(), credentials)
    found = aliyun.find_sent(outbound(), begun, credentials)
    assert found is not None
    assert (found.provider_id, found.status) == ("1.abc", Delivery.SENT)
    provider.messages[-1].status = 3
    found = aliyun.find_sent(outbound(), begun, credentials)
    assert found is not None
    assert found.status is Delivery.DELIVERED


def test_a_message_sent_around_midnight_is_found(
    provider: AliyunStandIn, credentials: Credentials, clock: Clock
) -> None:
    provider.approve("SMS_1", "News ${number}")
    clock.now = clock.now.replace(hour=15, minute=59, second=58)
    begun = clock()
    clock.advance(seconds=5)
    aliyun.send(outbound(), credentials)
    assert aliyun.find_sent(outbound(), begun, credentials) is not None


def test_records_that_the_account_may_not_read_are_no_proof_that_nothing_was_sent(
    provider: AliyunStandIn, credentials: Credentials, clock: Clock
) -> None:
    provider.approve("SMS_1", "News ${number}")
    aliyun.send(outbound(), credentials)
    provider.records_hidden = True
    with pytest.raises(NotAskable):
        aliyun.find_sent(outbound(), clock.now, credentials)


# ── Templates ──


def test_m17_the_last_code_counts_and_the_earlier_ones_stay(county: Office, channel: Channel) -> None:
    for code in ("SMS_1", "SMS_2"):
        set_template(channel.id, NEWS.key, "zh", code, by=county.administrator)
    set_template(channel.id, NEWS.key, "en", "SMS_3", by=county.administrator)
    assert {(row.locale, row.code, row.version) for row in list_templates(channel.id, by=county.system)} == {
        ("zh", "SMS_2", 2),
        ("en", "SMS_3", 1),
    }
    known = channel_by_key("aliyun", channel.key).templates
    assert (known[NEWS.key, "zh"].code, known[NEWS.key, "en"].code) == ("SMS_2", "SMS_3")
    versions = list_versions(channel.id, NEWS.key, "zh", by=county.system)
    assert [(row.version, row.code) for row in versions] == [(2, "SMS_2"), (1, "SMS_1")]


def test_m17_a_message_says_by_which_version_it_went(
    county: Office, channel: Channel, provider: AliyunStandIn, clock: Clock
) -> None:
    for number, code in enumerate(("SMS_1", "SMS_2"), 1):
        provider.approve(code, in_dollars(wording(NEWS, "zh")))
        set_template(channel.id, NEWS.key, "zh", code, by=county.system)
        current_app.extensions["qiao.channels"].clear()
        say(VILLAGER, NEWS(number=number), by=county.system)
        send_due()
    assert [message.template for message in provider.messages] == ["SMS_1", "SMS_2"]
    assert went_by(county) == [("SMS_1", 1), ("SMS_2", 2)]
    say(VILLAGER, BROADCAST(number=3), by=county.system)
    send_due()
    assert went_by(county)[2] is None


def test_m17_what_goes_again_by_a_later_version_says_so(
    county: Office, channel: Channel, provider: AliyunStandIn, clock: Clock
) -> None:
    approved(county, channel, provider, NEWS)
    say(VILLAGER, NEWS(number=1), by=county.system)
    provider.plan(Misbehaviour(status=503, code="ServiceUnavailable"))
    send_due()
    assert went_by(county) == [(f"SMS_zh_{NEWS.key}", 1)]
    provider.approve("SMS_2", in_dollars(wording(NEWS, "zh")))
    set_template(channel.id, NEWS.key, "zh", "SMS_2", by=county.system)
    current_app.extensions["qiao.channels"].clear()
    clock.advance(minutes=5)
    send_due()
    assert [message.template for message in provider.messages] == ["SMS_2"]
    assert went_by(county) == [("SMS_2", 2)]


def test_m17_what_waits_for_a_code_is_listed_as_aliyun_writes_it(county: Office, channel: Channel) -> None:
    set_template(channel.id, "channels.help", "zh", "SMS_1", by=county.system)
    listed = {(one.message, one.locale): one for one in list_wordings(channel.id, by=county.system)}
    known = listed["channels.help", "zh"]
    assert known.template is not None
    assert (known.template.code, known.outdated, known.missing) == ("SMS_1", False, False)
    assert listed["channels.help", "en"].template is None
    assert listed["channels.help", "en"].missing
    assert "${hotline}" in listed["channels.help", "zh"].text
    assert {key for key, _locale in listed} == set(MESSAGES)


def test_m17_a_code_whose_wording_reads_otherwise_by_now_is_to_be_approved_anew(
    county: Office, channel: Channel
) -> None:
    template = set_template(channel.id, NEWS.key, "zh", "SMS_1", by=county.administrator)
    assert template.text == "News ${number}"
    now, then = (Wording(NEWS.key, "zh", text, template) for text in ("News ${number}", "News: ${number}"))
    assert (now.outdated, now.missing) == (False, False)
    assert (then.outdated, then.missing) == (True, True)


def test_m17_only_our_messages_in_our_languages_have_templates(
    county: Office, other_county: Office, channel: Channel
) -> None:
    for message, locale in (("no.such", "zh"), (NEWS.key, "fr")):
        with pytest.raises(RuleBroken):
            set_template(channel.id, message, locale, "SMS_1", by=county.administrator)
    with pytest.raises(NotFound):
        set_template(channel.id, NEWS.key, "zh", "SMS_1", by=other_county.administrator)
    with pytest.raises(RuleBroken, match="fields_not_here"):
        set_template(
            channel.id, NEWS.key, "zh", "SMS_1", fields={"thing1": "number"}, by=county.administrator
        )
    twilio = add_channel(
        "twilio", "+8613900000001", {"account_sid": "AC1", "auth_token": "t"}, by=county.system
    )
    with pytest.raises(RuleBroken, match="no_templates_here"):
        set_template(twilio.id, NEWS.key, "zh", "SMS_1", by=county.administrator)


def test_a_signature_is_kept_without_its_brackets(county: Office, channel: Channel) -> None:
    assert channel.number == AliyunStandIn.signature
    for wrong in ("清", "一【二】三", "两 个"):
        with pytest.raises(RuleBroken):
            add_channel("aliyun", wrong, {}, by=county.system)


# ── The outbox by Aliyun ──


@query(Permission.ATTENTION_READ)
def alarms(*, by: Actor) -> list[Alarm]:
    return list(db.session.scalars(select(Alarm).where(Alarm.tenant_id == by.tenant_id)))


def test_what_is_said_goes_by_its_template_and_is_reported(
    app: Flask, county: Office, channel: Channel, provider: AliyunStandIn
) -> None:
    approved(county, channel, provider, NEWS)
    say(VILLAGER, NEWS(number=7), by=county.system)
    assert send_due() == 1
    (message,) = provider.messages
    assert (message.template, message.variables) == (f"SMS_zh_{NEWS.key}", {"number": "7"})
    assert only(county).provider_id == message.biz_id
    assert taken(push(app, channel, "status", reports(report_on(message, success=True))))
    assert only(county).state is State.DELIVERED


def test_the_recipients_language_chooses_the_template_and_chinese_stands_in(
    county: Office, channel: Channel, provider: AliyunStandIn
) -> None:
    approved(county, channel, provider, NEWS)
    row = say(VILLAGER, NEWS(number=1), by=county.system)
    choose_language(row, "en", by=county.system)
    send_due()
    approved(county, channel, provider, NEWS, locale="en")
    current_app.extensions["qiao.channels"].clear()
    say(VILLAGER, NEWS(number=2), by=county.system)
    send_due()
    assert [message.template for message in provider.messages] == [
        f"SMS_zh_{NEWS.key}",
        f"SMS_en_{NEWS.key}",
    ]


def test_a_message_without_a_template_fails_at_once_and_alarms(
    county: Office, channel: Channel, provider: AliyunStandIn
) -> None:
    say(VILLAGER, NEWS(number=1), by=county.system)
    send_due()
    assert (only(county).state, only(county).failure) == (State.FAILED, f"no_template {NEWS.key} zh")
    assert provider.requests == 0
    for office in (county.id, PLATFORM):
        (alarm,) = alarms(by=Actor.system(office))
        assert (alarm.code, alarm.facts["reason"]) == ("sending_misconfigured", f"no_template {NEWS.key} zh")


@pytest.mark.parametrize("order", list(permutations(["report", "answer"])))
def test_s7_a_report_finds_its_message_by_our_own_id_even_before_the_answer(
    app: Flask,
    county: Office,
    channel: Channel,
    provider: AliyunStandIn,
    clock: Clock,
    order: tuple[str, ...],
) -> None:
    approved(county, channel, provider, NEWS)
    say(VILLAGER, NEWS(number=1), by=county.system)
    provider.plan(Misbehaviour(accepts=True, drops=True))
    send_due()
    for step in order:
        if step == "report":
            assert taken(push(app, channel, "status", reports(report_on(provider.messages[0], success=True))))
        else:
            clock.advance(seconds=61)
            sweep()
    assert (only(county).state, len(provider.messages)) == (State.DELIVERED, 1)


def test_s7_what_did_not_arrive_says_why(
    app: Flask, county: Office, channel: Channel, provider: AliyunStandIn
) -> None:
    approved(county, channel, provider, NEWS, BROADCAST)
    for message in (NEWS, BROADCAST):
        say(VILLAGER, message(number=1), by=county.system)
    send_due()
    failed = [
        report_on(message, success=False, err_code="MOBILE_NOT_ON_SERVICE") for message in provider.messages
    ]
    for _again in range(2):
        assert taken(push(app, channel, "status", reports(*failed, {"nonsense": 1})))
    assert {(row.state, row.failure) for row in outbox(by=county.system)} == {
        (State.FAILED, "MOBILE_NOT_ON_SERVICE")
    }


def test_s7_what_aliyun_took_before_the_line_broke_is_not_sent_twice(
    county: Office, channel: Channel, provider: AliyunStandIn, clock: Clock
) -> None:
    approved(county, channel, provider, NEWS)
    for number in (1, 2):
        say(VILLAGER, NEWS(number=number), by=county.system)
    provider.plan(Misbehaviour(accepts=True, drops=True), Misbehaviour(drops=True))
    send_due()
    clock.now += timedelta(seconds=61)
    sweep()
    assert {row.state for row in outbox(by=county.system)} == {State.SENT}
    assert sorted(message.variables["number"] for message in provider.messages) == ["1", "2"]


def test_s6_the_signature_is_counted_and_aliyuns_own_count_compared(
    app: Flask, county: Office, channel: Channel, provider: AliyunStandIn, clock: Clock
) -> None:
    approved(county, channel, provider, NEWS)
    room = 70 - len(NEWS(number="").words("zh"))
    say(VILLAGER, NEWS(number="9" * room), by=county.system)
    send_due()
    assert only(county).parts == 2
    (message,) = provider.messages
    push(app, channel, "status", reports({**report_on(message, success=True), "sms_size": "2"}))
    clock.advance(days=1)
    assert compare_parts() == 0
    clock.advance(days=-1)
    say("+8613800000002", NEWS(number="1"), by=county.system)
    send_due()
    push(app, channel, "status", reports({**report_on(provider.messages[1], success=True), "sms_size": "2"}))
    clock.advance(days=1)
    assert compare_parts() == 1
