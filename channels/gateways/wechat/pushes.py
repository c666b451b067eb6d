"""What WeChat pushes to us, and the answer in the same response."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from xml.sax.saxutils import escape

from channels.gateways import Delivery, Inbound, Malformed, Media, NotAuthentic, Receipt
from channels.gateways.wechat.api import Credentials
from channels.gateways.wechat.envelope import cdata, is_signed, read_xml, seal, sign, unseal

SKEW = timedelta(seconds=300)
"""How far a push's own time may be from ours."""

LONGEST_REPLY = 2048
"""Bytes of a text in UTF-8 that one message takes."""

NOTHING = b"success"
"""The answer that ends a push without a word to the person; without it WeChat tries again and then apologises to them."""


@dataclass(frozen=True)
class Push:
    """A message or an event, authentic and decrypted. ``fields``: what stands in it, by WeChat's own names."""

    fields: Mapping[str, str] = field(repr=False)
    encrypted: bool

    @property
    def sender(self) -> str:
        """Who wrote, as this account knows the person (openid)."""
        return self.fields["FromUserName"]

    @property
    def kind(self) -> str:
        """The kind of message: text, image, voice, event…"""
        return self.fields["MsgType"]

    @property
    def event(self) -> str | None:
        """The name of the event, in lower case; ``None`` for a message somebody wrote."""
        return self.fields.get("Event", "").lower() if self.kind == "event" else None

    @property
    def key(self) -> str:
        """What was clicked or scanned, as the account's own menu or QR code names it."""
        return self.fields.get("EventKey", "").removeprefix("qrscene_").strip()


# What WeChat adds to the address:
#   ?signature=…&timestamp=1409735669&nonce=1320562132[&echostr=…]     SHA-1 of the token, the timestamp and the nonce
#   &encrypt_type=aes&msg_signature=…                                  of these and the sealed message
def authenticate(query: Mapping[str, str], credentials: Credentials, *, now: datetime) -> None:
    """Return if WeChat made a request with this query within the last minutes; raises ``NotAuthentic``."""
    timestamp = query.get("timestamp", "")
    if not credentials.token or not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        raise NotAuthentic
    if abs(now.timestamp() - int(timestamp)) > SKEW.total_seconds():
        raise NotAuthentic
    if not is_signed(query.get("signature", ""), credentials.token, timestamp, query.get("nonce", "")):
        raise NotAuthentic


def open_push(query: Mapping[str, str], body: bytes, credentials: Credentials, *, now: datetime) -> Push:
    """The message or event in a request; raises ``NotAuthentic``, and ``Malformed`` for an authentic one without sense.

    An account that has a key takes sealed messages alone (in the compatible mode they stand beside the plain ones), for a
    signature without one covers nothing of what is said.
    """
    authenticate(query, credentials, now=now)
    sealed = query.get("encrypt_type") == "aes"
    if sealed != bool(credentials.encoding_aes_key):
        raise NotAuthentic
    return _understood(_opened(query, body, credentials) if sealed else body, encrypted=sealed)


def _opened(query: Mapping[str, str], body: bytes, credentials: Credentials) -> bytes:
    try:
        sealed = read_xml(body).get("Encrypt", "").strip()
    except ValueError as error:
        raise NotAuthentic from error
    parts = (credentials.token, query["timestamp"], query.get("nonce", ""), sealed)
    if not is_signed(query.get("msg_signature", ""), *parts):
        raise NotAuthentic
    return unseal(sealed, credentials.encoding_aes_key, credentials.app_id)


def _understood(xml: bytes, *, encrypted: bool) -> Push:
    try:
        fields = read_xml(xml)
    except ValueError as error:
        raise Malformed("xml") from error
    needed = ("FromUserName", "ToUserName", "MsgType", "CreateTime")
    if missing := [name for name in needed if not fields.get(name)]:
        raise Malformed(*missing)
    return Push(fields, encrypted)


def parse_inbound(push: Push, text: str | None = None) -> Inbound:
    """The message in a push; ``text`` is what an event means.

    An event has no id: what tells it from others makes one, which repeats of it share and from which nobody reads who it
    was.
    """
    fields = push.fields
    return Inbound(
        provider_id=fields.get("MsgId") or sha256("\n".join(_identity(fields)).encode()).hexdigest(),
        sender=push.sender,
        recipient=fields["ToUserName"],
        text=_text(fields) if text is None else text,
        media=_media(fields),
        parameters=fields,
        chosen=push.event is not None,
    )


def _identity(fields: Mapping[str, str]) -> Iterator[str]:
    for name in ("FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "Content"):
        yield fields.get(name, "")


_TEXTS = {
    "text": ("Content",),
    "voice": ("Recognition",),
    "location": ("Label", "Location_X", "Location_Y"),
    "link": ("Title", "Description", "Url"),
}
"""Where the words of each kind of message stand; those of a voice are what WeChat itself has heard."""

_MEDIA = {
    "image": "image/jpeg",
    "voice": "audio/amr",
    "video": "video/mp4",
    "shortvideo": "video/mp4",
}
"""What is under the id of each kind of message; the address beside a picture's leads past the account's own door."""


def _text(fields: Mapping[str, str]) -> str:
    return "\n".join(filter(None, (fields.get(name) for name in _TEXTS.get(fields["MsgType"], ()))))


def _media(fields: Mapping[str, str]) -> tuple[Media, ...]:
    kind = fields["MsgType"]
    if kind in ("text", "location", "link", "event"):
        return ()
    return (Media(fields.get("MediaId", ""), _MEDIA.get(kind, "")),)


def parse_receipt(push: Push) -> Receipt | None:
    """What became of a template or subscription message, where a push reports that."""
    if push.event not in ("templatesendjobfinish", "subscribe_msg_sent_event") or not push.fields.get(
        "MsgID"
    ):
        return None
    if push.event == "subscribe_msg_sent_event":
        code = push.fields.get("ErrorCode", "").strip()
        arrived = code == "0"
        return Receipt(
            push.fields["MsgID"],
            Delivery.DELIVERED if arrived else Delivery.FAILED,
            None if arrived else code,
        )
    status, _colon, reason = push.fields.get("Status", "").partition(":")
    delivered = status.strip().lower() == "success"
    return Receipt(
        push.fields["MsgID"],
        Delivery.DELIVERED if delivered else Delivery.FAILED,
        None if delivered else reason.strip() or status.strip() or None,
    )


def fits_reply(text: str) -> bool:
    """Whether a text can go back in the response to a push."""
    return len(text.encode("utf-8", "replace")) <= LONGEST_REPLY


def render_reply(
    push: Push, text: str | None, credentials: Credentials, *, now: datetime
) -> tuple[bytes, str]:
    """Body and content type that answer a push, with a reply or with nothing to say; sealed if the push was."""
    said = (text or "").strip()
    if not said:
        return NOTHING, "text/plain; charset=utf-8"
    moment, created = str(int(now.timestamp())), push.fields["CreateTime"]
    xml = (
        f"<xml><ToUserName>{cdata(push.sender)}</ToUserName>"
        f"<FromUserName>{cdata(push.fields['ToUserName'])}</FromUserName><CreateTime>{escape(created)}</CreateTime>"
        f"<MsgType>{cdata('text')}</MsgType><Content>{cdata(said)}</Content></xml>"
    )
    if push.encrypted:
        nonce = str(secrets.randbelow(10**10))
        sealed = seal(xml, credentials.encoding_aes_key, credentials.app_id)
        signature = sign(credentials.token, moment, nonce, sealed)
        xml = (
            f"<xml><Encrypt>{cdata(sealed)}</Encrypt><MsgSignature>{cdata(signature)}</MsgSignature>"
            f"<TimeStamp>{moment}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
        )
    return xml.encode(), "application/xml; charset=utf-8"
