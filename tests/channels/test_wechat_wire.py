"""WeChat's wire: signatures, the sealed message, pushes, replies, sending, the one token (rules S1, S7)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from channels.access_tokens import AccessTokens
from channels.gateways import (
    AccountRefused,
    BadAddress,
    ChannelThrottled,
    Delivery,
    Malformed,
    Media,
    Misconfigured,
    NotAskable,
    NotAuthentic,
    OptedOut,
    Outbound,
    OutsideWindow,
    Permanent,
    Receipt,
    SendFailure,
    Temporary,
    Throttled,
    Unknown,
    wechat,
)
from channels.gateways.wechat import Credentials, Push
from channels.gateways.wechat.api import pieces_of
from channels.gateways.wechat.envelope import cdata, is_signed, key_of, read_xml, seal, sign, unseal
from tenants.privacy import Keyring
from tests.standins import wechat as theirs
from tests.standins.wechat import Misbehaviour, WeChatStandIn

# WeChat's own sample: what its sample programs seal, sign and open.
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx2c2769f8efd9abc2"
TOKEN, NONCE, TIMESTAMP = "spamtest", "1320562132", "1409735669"
MSG_SIGNATURE = "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
SIGNATURE = "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a"
SEALED = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0"
    "B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA91"
    "2xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6Oewpusj"
    "Z4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
SAMPLE_MOMENT = datetime.fromtimestamp(int(TIMESTAMP), UTC)
SAMPLE_QUERY = {
    "signature": SIGNATURE,
    "timestamp": TIMESTAMP,
    "nonce": NONCE,
    "encrypt_type": "aes",
    "msg_signature": MSG_SIGNATURE,
}


class OneToken:
    """Tokens of a single worker, in its own memory."""

    def __init__(self) -> None:
        self.token: str | None = None

    def current(self, fetch: Callable[[], tuple[str, float]], instead_of: str | None = None) -> str:
        if self.token is None or self.token == instead_of:
            self.token = fetch()[0]
        return self.token


SAMPLE = Credentials(APP_ID, "secret", TOKEN, OneToken(), AES_KEY)
PLAIN = replace(SAMPLE, encoding_aes_key="")


def enveloped(sealed: str, beside: str = "") -> bytes:
    return f"<xml><ToUserName>gh_1</ToUserName>{beside}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


# ── Signatures and the sealed message ──


def test_the_published_sample_is_genuine_and_says_what_it_says() -> None:
    push = wechat.open_push(SAMPLE_QUERY, enveloped(SEALED), SAMPLE, now=SAMPLE_MOMENT)
    inbound = wechat.parse_inbound(push)
    assert (inbound.text, inbound.provider_id) == ("abcdteT", "6054768590064713728")
    assert (inbound.sender, inbound.recipient) == ("oyORnuP8q7ou2gfYjqLzSIWZf0rs", "gh_10f6c3c3ac5a")
    assert push.encrypted
    assert "abcdteT" not in repr(push)
    assert "abcdteT" not in repr(inbound)


def test_a_published_reply_is_sealed_and_signed_to_the_letter() -> None:
    xml = (
        "<xml>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[test]]></Content>\n"
        "<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>\n"
        "<ToUserName><![CDATA[messense]]></ToUserName>\n<AgentID>1</AgentID>\n"
        "<CreateTime>1411525903</CreateTime>\n</xml>"
    )
    key, app_id = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a"
    sealed = seal(xml, key, app_id, salt=b"1234567890123456")
    assert sign("123456", "1411525903", "461056294", sealed) == "407518b7649e86ef23978113f92d27afa9296533"
    assert unseal(sealed, key, app_id).decode() == xml


def test_in_the_compatible_mode_what_is_sealed_counts_and_not_what_stands_beside_it() -> None:
    beside = "<FromUserName>oFORGED</FromUserName><MsgType>text</MsgType><Content>forged</Content>"
    push = wechat.open_push(SAMPLE_QUERY, enveloped(SEALED, beside), SAMPLE, now=SAMPLE_MOMENT)
    assert wechat.parse_inbound(push).text == "abcdteT"


@pytest.mark.parametrize(
    "changed",
    [
        {"msg_signature": MSG_SIGNATURE.replace("5", "6")},
        {"msg_signature": ""},
        {"signature": SIGNATURE.upper()},
        {"signature": "\ud800"},
        {"nonce": "1320562133"},
        {"timestamp": "x"},
        {"timestamp": "²"},
        {"timestamp": "9" * 400},
        {"timestamp": str(int(TIMESTAMP) + 1)},
        {"encrypt_type": "raw"},
        {"encrypt_type": ""},
    ],
)
def test_whatever_is_not_as_wechat_signed_it_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic):
        wechat.open_push({**SAMPLE_QUERY, **changed}, enveloped(SEALED), SAMPLE, now=SAMPLE_MOMENT)


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce", "msg_signature", "encrypt_type"])
def test_a_push_without_a_part_of_its_proof_is_refused(name: str) -> None:
    query = {key: value for key, value in SAMPLE_QUERY.items() if key != name}
    with pytest.raises(NotAuthentic):
        wechat.open_push(query, enveloped(SEALED), SAMPLE, now=SAMPLE_MOMENT)


@pytest.mark.parametrize(("seconds", "genuine"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_a_push_is_good_for_five_minutes(seconds: int, genuine: bool) -> None:
    now = SAMPLE_MOMENT + timedelta(seconds=seconds)
    if genuine:
        wechat.authenticate(SAMPLE_QUERY, SAMPLE, now=now)
    else:
        with pytest.raises(NotAuthentic):
            wechat.authenticate(SAMPLE_QUERY, SAMPLE, now=now)


def test_an_account_without_a_token_takes_nothing() -> None:
    query = {**SAMPLE_QUERY, "signature": sign("", TIMESTAMP, NONCE)}
    with pytest.raises(NotAuthentic):
        wechat.authenticate(query, replace(SAMPLE, token=""), now=SAMPLE_MOMENT)


def test_a_plain_message_to_an_account_that_seals_is_refused_though_its_signature_is_right() -> None:
    query = {name: SAMPLE_QUERY[name] for name in ("signature", "timestamp", "nonce")}
    xml = b"<xml><FromUserName>o</FromUserName><ToUserName>g</ToUserName><CreateTime>1</CreateTime><MsgType>text</MsgType></xml>"
    assert not wechat.open_push(query, xml, PLAIN, now=SAMPLE_MOMENT).encrypted
    with pytest.raises(NotAuthentic):
        wechat.open_push(query, xml, SAMPLE, now=SAMPLE_MOMENT)
    with pytest.raises(NotAuthentic):
        wechat.open_push(SAMPLE_QUERY, enveloped(SEALED), PLAIN, now=SAMPLE_MOMENT)


def test_what_was_sealed_for_another_account_or_under_another_key_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        unseal(SEALED, AES_KEY, "wx49f0ab532d5d035a")
    with pytest.raises(NotAuthentic):
        unseal(SEALED, AES_KEY, APP_ID[:-1])
    with pytest.raises(NotAuthentic):
        unseal(SEALED, AES_KEY[::-1], APP_ID)


@given(st.text(max_size=200), st.sampled_from([APP_ID, "", "wx1"]))
def test_what_we_seal_wechat_opens_and_the_other_way_round(text: str, app_id: str) -> None:
    xml = text.encode("utf-8", "replace").decode()
    assert theirs.unseal(seal(xml, AES_KEY, app_id), AES_KEY, app_id) == xml.encode()
    assert unseal(theirs.seal(xml.encode(), AES_KEY, app_id), AES_KEY, app_id) == xml.encode()


@given(
    st.one_of(
        st.text(max_size=80), st.binary(max_size=96).map(lambda raw: theirs.base64.b64encode(raw).decode())
    )
)
def test_whatever_comes_sealed_is_opened_or_refused(sealed: str) -> None:
    with pytest.raises(NotAuthentic):
        unseal(sealed, AES_KEY, APP_ID)


@given(st.integers(0, 319), st.integers(1, 255))
def test_one_changed_byte_is_refused_by_its_signature(place: int, change: int) -> None:
    raw = bytearray(theirs.base64.b64decode(SEALED))
    raw[place] ^= change
    body = enveloped(theirs.base64.b64encode(raw).decode())
    with pytest.raises(NotAuthentic):
        wechat.open_push(SAMPLE_QUERY, body, SAMPLE, now=SAMPLE_MOMENT)


@pytest.mark.parametrize("key", ["", "abc", AES_KEY + "H", AES_KEY[:-1] + "=", AES_KEY[:-1] + "é"])
def test_a_key_is_43_letters_and_digits(key: str) -> None:
    with pytest.raises(ValueError, match="43"):
        key_of(key)
    assert len(key_of(AES_KEY)) == 32


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_whatever_stands_in_a_signature_is_judged_and_breaks_nothing(given_one: str) -> None:
    assert not is_signed(given_one, "a", "b")


# ── XML ──


@pytest.mark.parametrize(
    "xml",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><xml><Content>1</Content></xml>',
        b"<xml><Content>&unknown;</Content></xml>",
        b"<xml><Content>1</Content>",
        b"<xml/><xml/>",
        b"",
        b"\x00\xff",
        b'{"Content": "1"}',
    ],
)
def test_xml_brings_no_entities_and_nothing_from_elsewhere(xml: bytes) -> None:
    with pytest.raises(ValueError, match=r"no XML|a DTD"):
        read_xml(xml)


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_a_text_comes_out_of_the_xml_as_it_went_in_but_for_what_no_xml_may_hold(text: str) -> None:
    read = read_xml(f"<xml><Content>{cdata(text)}</Content></xml>".encode())["Content"]
    sent = "".join(c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff"))
    sent = sent.replace("\ufffe", "").replace("\uffff", "").replace("\r\n", "\n").replace("\r", "\n")
    assert read == sent


@given(st.binary(max_size=200))
def test_any_body_is_fields_or_no_xml(body: bytes) -> None:
    for wrapped in (body, b"<xml><a>" + body + b"</a></xml>"):
        try:
            fields = read_xml(wrapped)
        except ValueError:
            continue
        assert all(isinstance(value, str) for value in fields.values())


def test_only_what_stands_right_below_the_root_counts() -> None:
    body = b"<xml><A>1<B>2</B>3</A><B>4</B><C/></xml>"
    assert read_xml(body) == {"A": "13", "B": "4", "C": ""}


# ── Pushes ──


def pushed(**fields: object) -> Push:
    told = {"ToUserName": "gh_1", "FromUserName": "oA", "CreateTime": "1", "MsgType": "text", **fields}
    return Push({name: str(value) for name, value in told.items()}, encrypted=False)


@pytest.mark.parametrize(
    ("fields", "text", "media"),
    [
        ({"MsgType": "text", "Content": " 投诉\n水池 "}, " 投诉\n水池 ", ()),
        (
            {"MsgType": "image", "PicUrl": "http://mmbiz/1", "MediaId": "m"},
            "",
            (Media("m", "image/jpeg"),),
        ),
        (
            {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "水池漏水"},
            "水池漏水",
            (Media("m", "audio/amr"),),
        ),
        ({"MsgType": "voice", "MediaId": "m"}, "", (Media("m", "audio/amr"),)),
        ({"MsgType": "shortvideo", "MediaId": "m"}, "", (Media("m", "video/mp4"),)),
        (
            {"MsgType": "location", "Label": "青山村", "Location_X": "24.5", "Location_Y": "102.3"},
            "青山村\n24.5\n102.3",
            (),
        ),
        ({"MsgType": "link", "Title": "通知", "Url": "https://x"}, "通知\nhttps://x", ()),
        ({"MsgType": "hologram"}, "", (Media("", ""),)),
    ],
)
def test_each_kind_of_message_brings_its_words_and_what_came_with_it(
    fields: dict[str, str], text: str, media: tuple[Media, ...]
) -> None:
    inbound = wechat.parse_inbound(pushed(**fields, MsgId="7"))
    assert (inbound.text, inbound.media, inbound.provider_id) == (text, media, "7")


def test_an_event_is_told_from_others_by_who_and_when_and_names_nobody() -> None:
    event = {"MsgType": "event", "Event": "CLICK", "EventKey": "投诉", "CreateTime": 5}
    first, again = (
        wechat.parse_inbound(pushed(**event), "投诉"),
        wechat.parse_inbound(pushed(**event), "投诉"),
    )
    assert first.provider_id == again.provider_id
    assert "oA" not in (first.provider_id or "")
    others = [
        pushed(**{**event, "CreateTime": 6}),
        pushed(**{**event, "FromUserName": "oB"}),
        pushed(**{**event, "Event": "SCAN"}),
    ]
    assert len({first.provider_id, *(wechat.parse_inbound(one).provider_id for one in others)}) == 4


@pytest.mark.parametrize("missing", ["FromUserName", "ToUserName", "MsgType", "CreateTime"])
def test_a_push_without_what_a_message_needs_names_it(missing: str) -> None:
    query = {name: SAMPLE_QUERY[name] for name in ("signature", "timestamp", "nonce")}
    fields = {"FromUserName": "o", "ToUserName": "g", "MsgType": "text", "CreateTime": "1", "MsgId": "1"}
    for rest in ({**fields, missing: ""}, {name: one for name, one in fields.items() if name != missing}):
        xml = "".join(f"<{name}>{value}</{name}>" for name, value in rest.items())
        with pytest.raises(Malformed) as malformed:
            wechat.open_push(query, f"<xml>{xml}</xml>".encode(), PLAIN, now=SAMPLE_MOMENT)
        assert malformed.value.fields == (missing,)
    with pytest.raises(Malformed, match="xml"):
        wechat.open_push(query, b"<xml>", PLAIN, now=SAMPLE_MOMENT)


@pytest.mark.parametrize(
    ("status", "delivery", "code"),
    [
        ("success", Delivery.DELIVERED, None),
        ("failed:user block", Delivery.FAILED, "user block"),
        ("failed: system failed", Delivery.FAILED, "system failed"),
        ("", Delivery.FAILED, None),
    ],
)
def test_the_end_of_a_template_message_is_a_receipt(
    status: str, delivery: Delivery, code: str | None
) -> None:
    push = pushed(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID="200163836", Status=status)
    assert wechat.parse_receipt(push) == Receipt("200163836", delivery, code)


@pytest.mark.parametrize(
    ("error", "delivery", "code"), [("0", Delivery.DELIVERED, None), ("43101", Delivery.FAILED, "43101")]
)
def test_the_end_of_a_subscription_message_is_a_receipt(
    error: str, delivery: Delivery, code: str | None
) -> None:
    xml = (
        "<xml><FromUserName>oA</FromUserName><Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List>"
        f"<TemplateId>T2</TemplateId><MsgID>1700827132819554304</MsgID><ErrorCode>{error}</ErrorCode>"
        "<ErrorStatus>said</ErrorStatus></List></SubscribeMsgSentEvent></xml>"
    )
    push = pushed(**read_xml(xml.encode()) | {"MsgType": "event"})
    assert wechat.parse_receipt(push) == Receipt("1700827132819554304", delivery, code)


def test_what_stands_right_below_the_root_is_not_what_stands_deeper_in_a_push() -> None:
    above = "<FromUserName>oA</FromUserName>"
    below = f"<SubscribeMsgSentEvent><List>{above.replace('oA', 'oB')}</List></SubscribeMsgSentEvent>"
    for xml in (f"<xml>{above}{below}</xml>", f"<xml>{below}{above}</xml>"):
        assert read_xml(xml.encode())["FromUserName"] == "oA"


def test_nothing_else_is_a_receipt() -> None:
    assert wechat.parse_receipt(pushed(MsgID="1", Status="success")) is None
    assert wechat.parse_receipt(pushed(MsgType="event", Event="VIEW", MsgID="1")) is None


# ── Replies ──


@given(st.text(st.characters(exclude_categories=()), max_size=100), st.booleans())
def test_a_reply_reads_as_it_was_meant(text: str, secure: bool) -> None:
    standin = SimpleNamespace(token=TOKEN, aes_key=AES_KEY, app_id=APP_ID, account="gh_1")
    push = replace(pushed(), encrypted=secure)
    body, content_type = wechat.render_reply(push, text, SAMPLE, now=SAMPLE_MOMENT)
    heard = WeChatStandIn.heard(standin, body)  # type: ignore[arg-type]
    if not text.strip():
        assert (heard, content_type) == (None, "text/plain; charset=utf-8")
        return
    sent = "".join(c for c in text.strip() if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff"))
    sent = sent.replace("\ufffe", "").replace("\uffff", "").replace("\r\n", "\n").replace("\r", "\n")
    assert (heard or "") == sent


def test_a_reply_goes_back_to_who_wrote_and_to_nobody_else() -> None:
    body, _content_type = wechat.render_reply(pushed(), "]]></Content><Content>", SAMPLE, now=SAMPLE_MOMENT)
    fields = {child.tag: child.text for child in ElementTree.fromstring(body)}
    assert fields == {
        "ToUserName": "oA",
        "FromUserName": "gh_1",
        "CreateTime": "1",
        "MsgType": "text",
        "Content": "]]></Content><Content>",
    }


@pytest.mark.parametrize(
    ("text", "fits"), [("水" * 682 + "ab", True), ("水" * 683, False), ("a" * 2049, False)]
)
def test_a_reply_may_have_2048_bytes(text: str, fits: bool) -> None:
    assert wechat.fits_reply(text) is fits


# ── Sending ──


@pytest.fixture
def standin() -> Iterator[WeChatStandIn]:
    with WeChatStandIn() as standin:
        standin.push(VILLAGER, MsgType="text", Content="你好", MsgId=1)
        yield standin


@pytest.fixture
def credentials(standin: WeChatStandIn) -> Credentials:
    return Credentials(
        standin.app_id, standin.app_secret, standin.token, OneToken(), standin.aes_key, standin.url
    )


VILLAGER = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
NEWS = Outbound("41.01900000-0000-7000-8000-000000000000", VILLAGER, "wx1", "您的投诉已答复：\\u6c34 😀")


def test_a_message_reaches_wechat_as_it_was_written(standin: WeChatStandIn, credentials: Credentials) -> None:
    sent = wechat.send(NEWS, credentials)
    assert standin.texts_to(VILLAGER) == [NEWS.text]
    assert NEWS.text.replace("\\", "\\\\").encode() in standin.raw[0]
    assert (sent.provider_id, sent.status, sent.answers) == (NEWS.id, Delivery.SENT, 1)
    assert standin.token_calls == 1


def test_a_template_takes_the_place_of_the_text(standin: WeChatStandIn, credentials: Credentials) -> None:
    standin.templates = {"T1"}
    sent = wechat.send(replace(NEWS, template="T1", variables={"thing2": "已答复"}), credentials)
    [message] = standin.messages
    assert message == {
        "touser": VILLAGER,
        "template_id": "T1",
        "data": {"thing2": {"value": "已答复"}},
        "client_msg_id": "01900000000070008000000000000000",
    }
    assert sent.provider_id == "200228333"
    assert sent.answers == 0


def test_a_subscription_message_goes_to_who_granted_it_and_each_grant_is_one_message(
    standin: WeChatStandIn, credentials: Credentials
) -> None:
    standin.templates, standin.granted = {"T2"}, {(VILLAGER, "T2"): 1}
    granted = replace(NEWS, template="T2", variables={"thing2": "已答复"}, by_subscription=True)
    sent = wechat.send(granted, credentials)
    [message] = standin.messages
    assert message == {"touser": VILLAGER, "template_id": "T2", "data": {"thing2": {"value": "已答复"}}}
    assert (sent.provider_id, sent.answers) == ("200228333", 0)
    with pytest.raises(Permanent) as refused:
        wechat.send(granted, credentials)
    assert refused.value.code == "43101"


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (45015, OutsideWindow),
        (45047, OutsideWindow),
        (45009, Throttled),
        (45011, ChannelThrottled),
        (40003, BadAddress),
        (45002, Permanent),
        (47003, Permanent),
        (43004, OptedOut),
        (40013, AccountRefused),
        (40037, Misconfigured),
        (40164, AccountRefused),
        (48001, Misconfigured),
        (-1, Temporary),
        (99999, Temporary),
    ],
)
def test_an_errcode_is_an_error_though_it_comes_with_200(
    standin: WeChatStandIn, credentials: Credentials, code: int, failure: type[SendFailure]
) -> None:
    standin.plan(Misbehaviour(errcode=code))
    with pytest.raises(SendFailure) as refused:
        wechat.send(NEWS, credentials)
    assert type(refused.value) is failure
    assert refused.value.code == str(code)
    assert "rid" not in str(refused.value)
    assert not standin.messages


@pytest.mark.parametrize(
    ("misbehaviour", "failure", "taken"),
    [
        (Misbehaviour(accepts=True, drops=True), Unknown, 1),
        (Misbehaviour(drops=True, errcode=-1), Unknown, 0),
        (Misbehaviour(accepts=True, body=b"<html>ok</html>"), Unknown, 1),
        (Misbehaviour(accepts=True, body=b"[0]"), Unknown, 1),
        (Misbehaviour(accepts=True, body=b"{}"), Unknown, 1),
        (Misbehaviour(accepts=True, status=500, body=b""), Unknown, 1),
        (Misbehaviour(errcode=1, status=503, body=b""), Temporary, 0),
        (Misbehaviour(errcode=1, status=429, body=b""), ChannelThrottled, 0),
        (Misbehaviour(errcode=1, status=302, body=b""), Misconfigured, 0),
    ],
)
def test_without_a_clear_answer_a_message_is_neither_sent_nor_failed(
    standin: WeChatStandIn,
    credentials: Credentials,
    misbehaviour: Misbehaviour,
    failure: type[SendFailure],
    taken: int,
) -> None:
    standin.plan(misbehaviour)
    with pytest.raises(SendFailure) as unclear:
        wechat.send(NEWS, credentials)
    assert type(unclear.value) is failure
    assert len(standin.messages) == taken
    with pytest.raises(NotAskable):
        wechat.find_sent(NEWS, datetime.now(UTC), credentials)


def test_a_text_longer_than_wechat_takes_goes_in_several_messages(
    standin: WeChatStandIn, credentials: Credentials
) -> None:
    text = "水池漏水" * 400
    assert wechat.send(replace(NEWS, text=text), credentials).answers == 3
    assert "".join(standin.texts_to(VILLAGER)) == text
    standin.plan(Misbehaviour(), Misbehaviour(errcode=45047))
    with pytest.raises(Unknown, match="45047"):
        wechat.send(replace(NEWS, text=text), credentials)


@given(st.text(st.sampled_from("a水😀\n"), max_size=1600))
def test_pieces_are_the_text_and_cut_no_character(text: str) -> None:
    pieces = list(pieces_of(text))
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= 2048 for piece in pieces)
    assert len(pieces) == 1 or all(len(piece.encode()) > 2044 for piece in pieces[:-1])


def test_an_account_that_wechat_does_not_know_is_a_matter_of_settings(
    standin: WeChatStandIn, credentials: Credentials
) -> None:
    for wrong, code in (({"app_secret": "x"}, "40125"), ({"app_id": "x"}, "40013")):
        with pytest.raises(Misconfigured, match=code):
            wechat.send(NEWS, replace(credentials, tokens=OneToken(), **wrong))  # type: ignore[arg-type]
    shown = repr(credentials)
    assert standin.app_secret not in shown
    assert standin.aes_key not in shown
    assert standin.token not in shown


# ── One token for all workers ──


KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture
def redis(servers: SimpleNamespace) -> Iterator[Redis]:
    connection = Redis.from_url(servers.redis_url, socket_timeout=1)
    connection.flushdb()
    yield connection
    connection.close()


def shared(redis: Redis) -> AccessTokens:
    return AccessTokens(redis, Keyring([KEY]), "wechat:wx1")


def test_twenty_workers_that_begin_at_once_fetch_one_token(
    standin: WeChatStandIn, credentials: Credentials, redis: Redis
) -> None:
    standin.allowed["message"] = (100, timedelta(hours=1))
    standin.push(VILLAGER, MsgType="text", Content="1", MsgId=2)
    own = replace(credentials, tokens=shared(redis))
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _n: wechat.send(NEWS, own), range(40)))
    assert (len(standin.messages), standin.token_calls) == (40, 1)


@pytest.mark.parametrize("ended_by", ["somebody else", "its time"])
def test_a_token_that_ended_under_many_workers_is_fetched_once_more(
    standin: WeChatStandIn, credentials: Credentials, redis: Redis, ended_by: str
) -> None:
    standin.allowed["message"] = (100, timedelta(days=1))
    standin.push(VILLAGER, MsgType="text", Content="1", MsgId=2)
    own = replace(credentials, tokens=shared(redis))
    wechat.send(NEWS, own)
    if ended_by == "somebody else":
        standin.forget_tokens()
    else:
        standin.now = lambda: datetime.now(UTC) + timedelta(hours=2, minutes=1)
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _n: wechat.send(NEWS, own), range(40)))
    assert (len(standin.messages), standin.token_calls) == (41, 2)


def test_a_token_is_replaced_before_its_end_and_kept_unreadable(
    standin: WeChatStandIn, credentials: Credentials, redis: Redis
) -> None:
    own = replace(credentials, tokens=shared(redis))
    wechat.send(NEWS, own)
    left = redis.pttl("qiao:token:wechat:wx1")
    assert 6890 * 1000 < left <= 6900 * 1000  # type: ignore[operator]
    kept = redis.get("qiao:token:wechat:wx1")
    assert standin._current.encode() not in kept  # type: ignore[operator]
    redis.set("qiao:token:wechat:wx1", b"of another key" * 9)
    wechat.send(NEWS, own)
    assert standin.token_calls == 2


def test_a_token_that_wechat_refuses_again_and_again_is_not_asked_for_without_end(
    standin: WeChatStandIn, credentials: Credentials, redis: Redis
) -> None:
    standin.plan(Misbehaviour(errcode=40001), Misbehaviour(errcode=42001))
    with pytest.raises(Temporary, match="42001"):
        wechat.send(NEWS, replace(credentials, tokens=shared(redis)))
    assert standin.token_calls == 2


def test_without_redis_messages_wait(credentials: Credentials, standin: WeChatStandIn) -> None:
    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    with pytest.raises(Temporary, match="redis"):
        wechat.send(NEWS, replace(credentials, tokens=shared(away)))
    assert standin.token_calls == 0


ANOTHER_PROCESS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from redis import Redis
from channels.access_tokens import AccessTokens
from channels.gateways import Outbound, wechat
from tenants.privacy import Keyring
redis_url, api_url, app_id, secret, key, openid = sys.argv[1:]
tokens = AccessTokens(Redis.from_url(redis_url), Keyring([key]), "wechat:wx1")
own = wechat.Credentials(app_id, secret, "token", tokens, "", api_url)
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(8) as threads:
    list(threads.map(lambda n: wechat.send(Outbound(f"1.{n}", openid, app_id, str(n)), own), range(20)))
"""


def test_worker_processes_share_one_token_and_renew_it_once(
    standin: WeChatStandIn, credentials: Credentials, redis: Redis, servers: SimpleNamespace
) -> None:
    standin.allowed["message"] = (100, timedelta(hours=1))
    standin.push(VILLAGER, MsgType="text", Content="1", MsgId=2)
    wechat.send(NEWS, replace(credentials, tokens=shared(redis)))
    standin.forget_tokens()
    told = [servers.redis_url, standin.url, standin.app_id, standin.app_secret, KEY, VILLAGER]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", ANOTHER_PROCESS, *told], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
    for worker in workers:
        worker.communicate(b"go\n", timeout=30)
    assert [worker.returncode for worker in workers] == [0, 0]
    assert (len(standin.messages), standin.token_calls) == (41, 2)


# ── The stand-in keeps to the protocol too ──


def test_what_the_stand_in_pushes_is_genuine_in_either_mode(standin: WeChatStandIn) -> None:
    own = Credentials(standin.app_id, "", standin.token, OneToken(), standin.aes_key)
    for secure, credentials in ((True, own), (False, replace(own, encoding_aes_key=""))):
        query, body = standin.push(VILLAGER, secure, MsgType="text", Content="水", MsgId=3)
        push = wechat.open_push(dict(parse_qsl(query)), body, credentials, now=datetime.now(UTC))
        assert wechat.parse_inbound(push).text == "水"
