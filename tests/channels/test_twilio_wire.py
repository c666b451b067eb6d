"""Twilio's wire: signatures, webhooks, replies, sending, receipts (rules S1, S7)."""

import itertools
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug.datastructures import MultiDict

from channels.gateways import (
    AccountRefused,
    Answered,
    BadAddress,
    ChannelThrottled,
    Delivery,
    Gateway,
    Malformed,
    Media,
    Misconfigured,
    NotAuthentic,
    OptedOut,
    Outbound,
    Permanent,
    Receipt,
    SendFailure,
    Temporary,
    Unknown,
    calls,
    furthest,
    twilio,
)
from channels.gateways.twilio import Credentials
from tests.standins.twilio import Misbehaviour, TwilioStandIn, signed_post

TOKEN = "12345"
CREDENTIALS = Credentials("AC" + "1" * 32, TOKEN)
NAMES = st.sampled_from(["Body", "From", "To", "MessageSid", "body", "名", "NumMedia", ""]) | st.text(
    max_size=8
)
FORMS = st.dictionaries(NAMES, st.lists(st.text(max_size=30), min_size=1, max_size=4), max_size=8)
URLS = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["qiao.example", "sub.qiao.example", "127.0.0.1", "用户.example"]),
    st.sampled_from(["", ":80", ":443", ":8000", ":8443"]),
    st.sampled_from(["", "/", "/channels/twilio/3/inbound", "/a;b/c"]),
    st.sampled_from(["", "?a=1&b=%E6%B0%B4", "?bodySHA256=abc", "#rc=3"]),
)


def genuine(url: str, form: object, signature: str, token: str = TOKEN) -> bool:
    try:
        twilio.authenticate(url, form, {"X-Twilio-Signature": signature}, Credentials("AC", token))  # type: ignore[arg-type]
    except NotAuthentic:
        return False
    return True


# ── Signatures ──


def test_the_published_example_is_genuine() -> None:
    form = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675309"],
        "Digits": ["1234"],
        "From": ["+14158675309"],
        "To": ["+18005551212"],
    }
    assert genuine("https://mycompany.com/myapp.php?foo=1&bar=2", form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    form["Digits"] = ["1235"]
    assert not genuine("https://mycompany.com/myapp.php?foo=1&bar=2", form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


@given(URLS, FORMS, st.text(min_size=1, max_size=40))
def test_signatures_equal_those_of_the_twilio_package(
    url: str, form: dict[str, list[str]], token: str
) -> None:
    theirs = RequestValidator(token)
    multi = MultiDict([(name, value) for name, values in form.items() for value in values])
    signature = theirs.compute_signature(url, multi)
    assert twilio.sign(url, form, token) == signature
    assert twilio.sign(url, multi, token) == signature


@given(URLS, URLS, FORMS, FORMS)
def test_requests_are_genuine_exactly_where_the_twilio_package_says_so(
    url: str, signed_url: str, form: dict[str, list[str]], signed_form: dict[str, list[str]]
) -> None:
    theirs = RequestValidator(TOKEN)
    asked = MultiDict([(name, value) for name, values in form.items() for value in values])
    for signed in (form, signed_form):
        signature = theirs.compute_signature(
            signed_url, MultiDict([(name, value) for name, values in signed.items() for value in values])
        )
        assert genuine(url, form, signature) == theirs.validate(url, asked, signature)
        assert genuine(signed_url, form, signature) == theirs.validate(signed_url, asked, signature)


@pytest.mark.parametrize("port", ["", ":443"])
def test_an_address_signed_with_or_without_its_port_is_genuine(port: str) -> None:
    form = {"Body": ["水"]}
    signature = RequestValidator(TOKEN).compute_signature(f"https://qiao.example{port}/in", MultiDict(form))
    assert genuine("https://qiao.example/in", form, signature)
    assert genuine("https://qiao.example:443/in", form, signature)
    assert not genuine("https://qiao.example:8000/other", form, signature)


def test_an_address_signed_with_or_without_the_retries_entered_behind_it_is_genuine() -> None:
    form = {"Body": ["水"]}
    for entered in ("https://qiao.example/in", f"https://qiao.example/in{twilio.AGAIN}"):
        signature = RequestValidator(TOKEN).compute_signature(entered, MultiDict(form))
        assert genuine("https://qiao.example/in", form, signature)
        assert not genuine("https://qiao.example/other", form, signature)


@given(FORMS, st.text(st.characters(exclude_categories=()), max_size=40))
def test_whatever_stands_in_the_header_is_judged_and_breaks_nothing(
    form: dict[str, list[str]], header: str
) -> None:
    assert not genuine("https://qiao.example/in", form, header)


def test_a_request_without_signature_or_with_another_account_s_is_refused() -> None:
    form = {"Body": ["1"]}
    with pytest.raises(NotAuthentic):
        twilio.authenticate("https://qiao.example/in", form, {}, CREDENTIALS)
    assert not genuine("https://qiao.example/in", form, twilio.sign("https://qiao.example/in", form, "other"))
    assert not genuine("https://qiao.example/in", {"Body": ["\ud800"]}, "x")


# ── Webhooks ──


def test_a_webhook_becomes_a_message_exactly_as_it_came() -> None:
    form = MultiDict(
        {
            "MessageSid": "SM1",
            "From": "+8613900000001",
            "To": "+8610600001",
            "Body": "  投訴\u0000水池 ",
            "NumMedia": "2",
            "MediaUrl0": "https://api.twilio.com/a",
            "MediaContentType0": "image/jpeg",
            "MediaUrl1": "https://api.twilio.com/b",
            "Unheard": "of",
        }
    )
    inbound = twilio.parse_inbound(form)
    assert (inbound.provider_id, inbound.sender, inbound.recipient) == (
        "SM1",
        "+8613900000001",
        "+8610600001",
    )
    assert inbound.text == "  投訴\u0000水池 "
    assert inbound.media == (
        Media("https://api.twilio.com/a", "image/jpeg"),
        Media("https://api.twilio.com/b", ""),
    )
    assert inbound.parameters["Unheard"] == "of"
    assert inbound.answered is None
    assert "投訴" not in repr(inbound)


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("STOP", Answered.STOP),
        ("START", Answered.START),
        ("HELP", Answered.HELP),
        ("", None),
        ("UNHEARD OF", None),
    ],
)
def test_what_twilio_itself_has_answered_says_so(said: str, answered: Answered | None) -> None:
    form = {"MessageSid": ["SM1"], "From": ["+1"], "To": ["+2"], "Body": ["CANCEL"], "OptOutType": [said]}
    assert twilio.parse_inbound(form).answered is answered


def test_a_picture_without_a_word_is_a_message() -> None:
    form = {"MessageSid": ["SM1"], "From": ["+1"], "To": ["+2"], "MediaUrl0": ["https://x/y"]}
    assert twilio.parse_inbound(form).text == ""


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_a_webhook_without_what_a_message_needs_names_it(missing: str) -> None:
    form = {"MessageSid": ["SM1"], "From": ["+1"], "To": ["+2"], "Body": ["x"]}
    for absent in ([], [""]):
        with pytest.raises(Malformed) as malformed:
            twilio.parse_inbound(form | {missing: absent})
        assert malformed.value.fields == (missing,)


@given(FORMS)
def test_any_form_is_a_message_or_malformed(form: dict[str, list[str]]) -> None:
    for parse in (twilio.parse_inbound, twilio.parse_receipt):
        try:
            result = parse(form)
        except Malformed as malformed:
            result = malformed
            missing = set(malformed.fields)
            assert missing <= {"MessageSid", "From", "To", "MessageStatus"}
        assert result


# ── Replies ──


@given(st.text(max_size=200))
def test_replies_mean_what_the_twilio_package_s_would(text: str) -> None:
    body, content_type = twilio.render_reply(text)
    said = "".join(message.text or "" for message in ElementTree.fromstring(body))
    theirs = MessagingResponse()
    theirs.message("".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff")).strip())
    assert said == (ElementTree.fromstring(str(theirs))[0].text or "")
    assert content_type.startswith("text/xml")


@pytest.mark.parametrize("text", [None, "", "  ", "\x00\x07"])
def test_nothing_to_say_is_an_empty_response(text: str | None) -> None:
    assert twilio.render_reply(text)[0].endswith(b"<Response/>")


def test_markup_in_a_reply_is_text() -> None:
    body, _ = twilio.render_reply("</Message></Response><Response>&amp;\ud800")
    root = ElementTree.fromstring(body)
    assert [message.text for message in root] == ["</Message></Response><Response>&amp;"]


def test_a_reply_longer_than_twilio_takes_goes_in_several_messages() -> None:
    text = "水" * 1600 + "池" * 1600 + "漏"
    messages = [message.text for message in ElementTree.fromstring(twilio.render_reply(text)[0])]
    assert [len(message or "") for message in messages] == [1600, 1600, 1]
    assert "".join(message or "" for message in messages) == text


def test_the_delivery_of_a_reply_is_reported_where_it_is_asked_for() -> None:
    address = 'https://qiao.example/s?id=1&x="2"'
    root = ElementTree.fromstring(twilio.render_reply("好", address)[0])
    assert root[0].get("statusCallback") == address


# ── Sending ──


@pytest.fixture
def standin() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as standin:
        yield standin


@pytest.fixture
def credentials(standin: TwilioStandIn) -> Credentials:
    return Credentials(standin.account_sid, standin.auth_token, standin.url)


HELLO = Outbound("41", "+8613900000001", "+8610600001", "您的投诉已收到 & 编号=1+1 😀")


def test_a_message_reaches_twilio_as_it_was_written(standin: TwilioStandIn, credentials: Credentials) -> None:
    sent = twilio.send(replace(HELLO, callback_url="https://qiao.example/status?id=41"), credentials)
    [message] = standin.messages
    assert sent.provider_id == message["sid"]
    assert sent.status == Delivery.SENT
    assert (message["to"], message["from"], message["body"]) == (HELLO.to, HELLO.sender, HELLO.text)
    assert standin.callbacks[sent.provider_id] == "https://qiao.example/status?id=41"


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (429, 20429, ChannelThrottled),
        (429, 0, ChannelThrottled),
        (400, 21611, ChannelThrottled),
        (400, 21211, BadAddress),
        (400, 21614, BadAddress),
        (400, 21610, OptedOut),
        (400, 21617, Permanent),
        (400, 21408, Misconfigured),
        (400, 21606, Misconfigured),
        (401, 20003, AccountRefused),
        (404, 20404, AccountRefused),
        (302, 0, Misconfigured),
        (403, 0, AccountRefused),
        (400, 30008, Temporary),
        (400, 99999, Temporary),
        (503, 0, Temporary),
        (500, 0, Unknown),
        (502, 20500, Unknown),
    ],
)
def test_each_refusal_says_what_to_do_with_the_message(
    standin: TwilioStandIn, credentials: Credentials, status: int, code: int, failure: type[SendFailure]
) -> None:
    standin.plan(Misbehaviour(status=status, code=code, retry_after=7))
    with pytest.raises(SendFailure) as refused:
        twilio.send(HELLO, credentials)
    assert type(refused.value) is failure
    assert refused.value.code == str(code or status)
    assert refused.value.retry_after == 7
    assert "number" not in str(refused.value)
    assert not standin.messages


def test_a_wrong_token_is_a_matter_of_settings(standin: TwilioStandIn, credentials: Credentials) -> None:
    with pytest.raises(Misconfigured, match="20003"):
        twilio.send(HELLO, replace(credentials, auth_token="wrong"))
    assert "wrong" not in repr(replace(credentials, auth_token="wrong"))


def test_a_provider_that_cannot_be_reached_has_not_taken_the_message() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(Temporary, match="unreachable"):
            twilio.send(HELLO, replace(CREDENTIALS, api_url=nobody))
    with pytest.raises(Misconfigured, match="address"):
        twilio.send(HELLO, replace(CREDENTIALS, api_url="ftp://nowhere"))


@pytest.mark.parametrize(
    ("misbehaviour", "taken"),
    [
        (Misbehaviour(accepts=True, drops=True), 1),
        (Misbehaviour(drops=True), 0),
        (Misbehaviour(body=b"<html>ok</html>"), 0),
        (Misbehaviour(body=b"[1]"), 0),
    ],
)
def test_without_a_clear_answer_a_message_is_neither_sent_nor_failed(
    standin: TwilioStandIn, credentials: Credentials, misbehaviour: Misbehaviour, taken: int
) -> None:
    standin.plan(misbehaviour)
    with pytest.raises(Unknown):
        twilio.send(HELLO, credentials)
    assert len(standin.messages) == taken
    assert bool(twilio.find_sent(HELLO, datetime.now(UTC), credentials)) == bool(taken)


def test_a_provider_that_takes_a_message_and_falls_silent_is_asked_later(
    standin: TwilioStandIn, credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "READ_TIMEOUT", 0.3)
    calls._pool.cache_clear()
    try:
        standin.plan(Misbehaviour(accepts=True, hangs=True))
        begun = datetime.now(UTC)
        with pytest.raises(Unknown, match="no answer"):
            twilio.send(HELLO, credentials)
        found = twilio.find_sent(HELLO, begun, credentials)
    finally:
        calls._pool.cache_clear()
    assert found is not None
    assert found.provider_id == standin.messages[0]["sid"]


def test_only_this_very_message_counts_as_found(standin: TwilioStandIn, credentials: Credentials) -> None:
    first = twilio.send(HELLO, credentials)
    second = twilio.send(HELLO, credentials)
    now = datetime.now(UTC)
    for other in (
        replace(HELLO, text="别的"),
        replace(HELLO, to="+8613900000002"),
        replace(HELLO, sender="+8610600002"),
    ):
        assert twilio.find_sent(other, now, credentials) is None
    assert twilio.find_sent(HELLO, now, credentials) == first
    assert twilio.find_sent(HELLO, now, credentials, known={first.provider_id}) == second
    assert twilio.find_sent(HELLO, now, credentials, known={first.provider_id, second.provider_id}) is None
    assert twilio.find_sent(HELLO, now + timedelta(minutes=1), credentials) is None


def test_a_message_is_found_behind_a_hundred_newer_ones(
    standin: TwilioStandIn, credentials: Credentials
) -> None:
    begun = datetime.now(UTC)
    sent = twilio.send(HELLO, credentials)
    for number in range(120):
        standin.take({"To": HELLO.to, "From": HELLO.sender, "Body": str(number)})
    assert twilio.find_sent(HELLO, begun, credentials) == sent


def test_a_provider_that_cannot_be_asked_does_not_count_as_no(
    standin: TwilioStandIn, credentials: Credentials
) -> None:
    for misbehaviour in (
        Misbehaviour(status=500),
        Misbehaviour(status=200, body=b"{}"),
        Misbehaviour(drops=True),
    ):
        standin.plan(misbehaviour)
        with pytest.raises(SendFailure):
            twilio.find_sent(HELLO, datetime.now(UTC), credentials)


def test_threads_share_kept_alive_connections(standin: TwilioStandIn, credentials: Credentials) -> None:
    with ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(lambda n: twilio.send(replace(HELLO, text=str(n)), credentials), range(80)))
    assert len({one.provider_id for one in sent}) == 80
    assert {message["body"] for message in standin.messages} == set(map(str, range(80)))
    assert standin.connections <= 8


# ── Receipts ──


@pytest.mark.parametrize(
    ("status", "delivery"),
    [
        *(
            (status, Delivery.SENT)
            for status in ("accepted", "scheduled", "queued", "sending", "sent", "new-one-day")
        ),
        *((status, Delivery.FAILED) for status in ("failed", "undelivered", "canceled")),
        *((status, Delivery.DELIVERED) for status in ("delivered", "read")),
    ],
)
def test_a_status_callback_becomes_a_receipt(status: str, delivery: Delivery) -> None:
    form = MultiDict({"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "30003"})
    assert twilio.parse_receipt(form) == Receipt("SM1", delivery, "30003")


@given(
    st.permutations(["queued", "sending", "sent", "delivered"]), st.sampled_from(["delivered", "undelivered"])
)
def test_receipts_in_any_order_give_the_same_state(statuses: list[str], last: str) -> None:
    reports = [last if status == "delivered" else status for status in statuses]
    state = Delivery.SENDING
    for status in reports * 2:
        state = furthest(
            state, twilio.parse_receipt({"MessageSid": ["SM1"], "MessageStatus": [status]}).status
        )
    assert state == (Delivery.DELIVERED if last == "delivered" else Delivery.FAILED)


def test_a_state_never_goes_back() -> None:
    for known, reported in itertools.product(Delivery, repeat=2):
        assert furthest(known, reported) == furthest(reported, known)
        assert furthest(furthest(known, reported), known) == furthest(known, reported)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("30003", Temporary),
        ("30005", BadAddress),
        ("30006", BadAddress),
        ("63003", BadAddress),
        ("30007", Permanent),
        ("21610", OptedOut),
        (None, Temporary),
        ("x", Temporary),
    ],
)
def test_the_error_code_of_a_receipt_says_whether_sending_again_helps(
    code: str | None, failure: type
) -> None:
    assert twilio.failure_of(code) is failure


# ── The stand-in keeps to the protocol too ──


def test_the_module_has_all_that_a_gateway_needs() -> None:
    gateway: Gateway = twilio
    for name in ("authenticate", "parse_inbound", "parse_receipt", "render_reply", "send", "find_sent"):
        assert callable(getattr(gateway, name))


def test_what_the_stand_in_posts_is_genuine(standin: TwilioStandIn, credentials: Credentials) -> None:
    received: list[tuple[str, dict[str, list[str]], dict[str, str]]] = []

    class Ours(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(
                self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True
            )
            received.append((self.path, form, dict(self.headers)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Tests print nothing."""

    with HTTPServer(("127.0.0.1", 0), Ours) as ours:
        threading.Thread(target=ours.serve_forever, args=(0.05,), daemon=True).start()
        address = f"http://127.0.0.1:{ours.server_port}"
        sent = twilio.send(replace(HELLO, callback_url=f"{address}/status?id=41"), credentials)
        assert standin.report(sent.provider_id, "undelivered", 30003) == 200
        form = {"MessageSid": "SM1", "From": "+1", "To": "+2", "Body": "水", "x": ["b", "a", "a"]}
        assert signed_post(f"{address}/in", form, standin.auth_token)[0] == 200
        ours.shutdown()
    for path, fields, headers in received:
        twilio.authenticate(address + path, fields, headers, credentials)
    assert twilio.parse_receipt(received[0][1]) == Receipt(sent.provider_id, Delivery.FAILED, "30003")
    assert twilio.parse_inbound(received[1][1]).text == "水"
