"""Kannel: sms-service requests in, replies in their response, sending by its sendsms address, delivery reports.

Kannel speaks to the operators (CMPP, SGIP, SMPP, modems) and to us in plain HTTP. It signs nothing: its requests bring
the secret of the channel as their HTTP password. It keeps no list of what it took.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from channels.parts import is_gsm

from . import (
    AccountRefused,
    ChannelThrottled,
    Delivery,
    Form,
    Inbound,
    Malformed,
    Misconfigured,
    NotAskable,
    NotAuthentic,
    Outbound,
    Permanent,
    Receipt,
    SendFailure,
    Sent,
    Temporary,
    Unknown,
    first_values,
    international,
    key_of,
    require_secret,
)
from .calls import call, pause_of

USER = "qiao"
"""The user name in the addresses that Kannel calls; only the password is a secret."""

SEVEN_BITS, UCS_2 = "0", "2"
"""Values of `coding`."""

REPORTS = 1 + 2 + 8 + 16
"""The delivery reports asked for: arrived, did not arrive, taken by the operator, refused by it."""


@dataclass(frozen=True)
class Credentials:
    """A Kannel: where it takes messages and as whom, and the `secret` by which its own requests are known."""

    sendsms_url: str
    username: str
    password: str = field(repr=False)
    secret: str = field(repr=False)


# ── What Kannel asks us ──


def form_of(query: bytes, headers: Mapping[str, str], body: bytes) -> dict[str, list[str]]:
    """The fields of an sms-service request, of `get-url` as of `post-url`: in the query what the address asked for by
    escape codes, and with `post-url` the text in the body and the rest in headers."""
    pairs = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))
    if "text" in pairs:
        pairs["text"] = _decoded(
            pairs["text"].encode("latin-1"), pairs.get("charset", ""), pairs.get("coding")
        )
    else:
        typed = Message()
        typed["Content-Type"] = headers.get("Content-Type", "")
        charset = str(typed.get_param("charset", ""))
        pairs["text"] = _decoded(body, charset, headers.get("X-Kannel-Coding"))
    for name, header in (("from", "X-Kannel-From"), ("to", "X-Kannel-To"), ("time", "X-Kannel-Time")):
        if not pairs.get(name):
            pairs[name] = headers.get(header, "")
    return {name: [value] for name, value in pairs.items()}


def _decoded(text: bytes, charset: str, coding: str | None) -> str:
    if coding == UCS_2 and not charset:
        charset = "utf-16-be"
    try:
        codecs.lookup(charset or "utf-8")
    except LookupError:  # Kannel's own names: GSM, binary
        charset = "utf-8"
    return text.decode(charset or "utf-8", "replace")


def authenticate(url: str, form: Form, headers: Mapping[str, str], credentials: Credentials) -> None:
    """Return if the request brings the channel's secret as its HTTP password (rule S1); raises `NotAuthentic`."""
    scheme, _space, encoded = headers.get("Authorization", "").partition(" ")
    try:
        user, _colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as broken:
        raise NotAuthentic from broken
    if scheme.lower() != "basic" or user != USER:
        raise NotAuthentic
    require_secret(password, credentials.secret)


def parse_inbound(form: Form) -> Inbound:
    """The message in an sms-service request; raises `Malformed` without sender or recipient, or where nothing tells a
    repeat from a new message, neither Kannel's id nor the time."""
    fields = first_values(form, "from", "to")
    if not fields.get("id") and not fields.get("time"):
        raise Malformed("id", "time")
    text = fields.get("text", "")
    return Inbound(
        provider_id=fields.get("id") or key_of(fields["from"], fields["to"], text, fields["time"]),
        sender=international(fields["from"]),
        recipient=international(fields["to"]),
        text=text,
        parameters=fields,
    )


_REPORTED = {
    "1": (Delivery.DELIVERED, None),
    "2": (Delivery.FAILED, "undelivered"),
    "16": (Delivery.FAILED, "refused"),
}


def parse_receipt(form: Form) -> Receipt:
    """The delivery report that Kannel makes of our own address; raises `Malformed` without our id or its status.

    Reports that are neither arrival nor failure say that the message is on its way.
    """
    fields = first_values(form, "message", "status")
    if not re.fullmatch("[0-9]{1,4}", fields["status"]):
        raise Malformed("status")
    delivery, failure = _REPORTED.get(fields["status"], (Delivery.SENT, None))
    return Receipt(fields["message"], delivery, failure)


def render_reply(text: str | None, callback_url: str | None = None) -> tuple[bytes, str]:
    """The body and type of a response that Kannel sends on as the reply, or sends nothing (`omit-empty`)."""
    body, charset = _encoded(text or "")
    return body, f"text/plain; charset={charset}"


def reply_headers(text: str | None) -> dict[str, str]:
    """What Kannel must be told about a reply beside its type (`accept-x-kannel-headers`)."""
    return {"X-Kannel-Coding": _coding(text or "")}


def _coding(text: str) -> str:
    return SEVEN_BITS if is_gsm(text) else UCS_2


def _encoded(text: str) -> tuple[bytes, str]:
    """A text as Kannel passes it on untouched: builds without iconv refuse to convert."""
    if _coding(text) == SEVEN_BITS:
        return text.encode(), "UTF-8"
    return text.encode("utf-16-be", "replace"), "UTF-16BE"


# ── What we ask Kannel ──

_FAILURE_OF_ANSWER: tuple[tuple[str, type[SendFailure], str], ...] = (
    ("Authorization failed", AccountRefused, "authorization"),
    ("Sender missing", Misconfigured, "sender"),
    ("Not routable", Permanent, "not_routable"),
    ("Number(s) has/have been denied", Permanent, "denied"),
    ("Empty receiver", Permanent, "receiver"),
)
_FAILURE_OF_STATUS: dict[int, type[SendFailure]] = {
    400: Permanent,
    408: Temporary,
    413: Permanent,
    429: ChannelThrottled,
    503: Temporary,
}


def failure_of(status: int, answer: str, retry_after: float | None = None) -> SendFailure:
    """What a refusal means, by Kannel's own words first; a 5xx that is not Kannel's leaves all open. ``retry_after``: seconds."""
    for beginning, failure, code in _FAILURE_OF_ANSWER:
        if answer.startswith(beginning):
            return failure(code)
    failure = _FAILURE_OF_STATUS.get(status, Misconfigured if status < 500 else Unknown)
    return failure(str(status), retry_after=retry_after)


def send(outbound: Outbound, credentials: Credentials) -> Sent:
    """Hand a message to Kannel; raises a `SendFailure`. Kannel names no id of its own, so ours is the provider's too."""
    text, _charset = _encoded(outbound.text)
    fields: dict[str, str | bytes] = {
        "username": credentials.username,
        "password": credentials.password,
        "from": outbound.sender,
        "to": outbound.to,
        "coding": _coding(outbound.text),
        "text": text,
    }
    if outbound.callback_url:
        fields |= {
            "dlr-mask": str(REPORTS),
            "dlr-url": f"{with_secret(outbound.callback_url, credentials.secret)}&status=%d",
        }
    response = call("GET", f"{credentials.sendsms_url}?{urlencode(fields)}", {})
    if 200 <= response.status < 300:
        return Sent(outbound.id, Delivery.SENT)
    answer = response.data[:80].decode("utf-8", "replace")
    raise failure_of(response.status, answer, pause_of(response.headers))


def find_sent(
    outbound: Outbound, since: datetime, credentials: Credentials, known: Collection[str] = ()
) -> Sent | None:
    """Kannel has no such record: always raises `NotAskable`."""
    raise NotAskable("no_answer")


# ── Setting it up ──


def with_secret(url: str, secret: str) -> str:
    """One of our own addresses as Kannel is to call it."""
    address = urlsplit(url)
    return address._replace(netloc=f"{USER}:{quote(secret, safe='')}@{address.netloc}").geturl()


def configuration(inbound_url: str, secret: str) -> str:
    """The lines of Kannel's own configuration that bring inbound messages to `inbound_url` and lose none while it does
    not answer."""
    return f"""\
# At the end of the group smsbox:
http-request-retry = 20
http-queue-delay = 15

group = sms-service
keyword = default
catch-all = true
post-url = "{with_secret(inbound_url, secret)}?id=%I&time=%T"
send-sender = true
accept-x-kannel-headers = true
omit-empty = true
max-messages = 10
concatenation = true
"""
