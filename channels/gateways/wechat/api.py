"""WeChat's own doors: the access token, customer-service messages, template and subscription messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from channels.gateways import (
    AccountRefused,
    BadAddress,
    ChannelThrottled,
    Delivery,
    Misconfigured,
    NotAskable,
    OptedOut,
    Outbound,
    OutsideWindow,
    Permanent,
    SendFailure,
    Sent,
    Temporary,
    Throttled,
    Unknown,
)
from channels.gateways.calls import call, download, pause_of

API_URL = "https://api.weixin.qq.com"
LONGEST_TEXT = 2048
"""Bytes in UTF-8 of one customer-service message."""

Fetch = Callable[[], tuple[str, float]]
"""Asks for a new token; returns it with the seconds it is good for."""


class Tokens(Protocol):
    """Where all workers keep the one access token of an account."""

    def current(self, fetch: Fetch, instead_of: str | None = None) -> str:
        """The token; fetched anew, once for all, where there is none or the known one is ``instead_of``."""


@dataclass(frozen=True)
class Credentials:
    """An Official Account. ``encoding_aes_key`` is empty in the plain mode; ``api_url`` is another base address."""

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    tokens: Tokens = field(repr=False)
    encoding_aes_key: str = field(default="", repr=False)
    api_url: str = API_URL


STALE = (40001, 40014, 41001, 42001)
"""The token is not, or no longer, the account's."""

_FAILURES: dict[type[SendFailure], tuple[int, ...]] = {
    OutsideWindow: (45015, 45047),
    Throttled: (45009,),  # the day's quota of one kind of message
    ChannelThrottled: (45011,),
    OptedOut: (43004,),  # no follower any more
    BadAddress: (40003, 40031),  # no such follower
    Permanent: (
        *(43019, 43101),  # on the account's black list, refused this kind
        *(40033, 40035, 44002, 44004, 45002, 47001, 47003),  # empty, too long, not what the template takes
    ),
    AccountRefused: (40002, 40013, 40125, 40164, 40243, 41002, 41004, 50002, 61024, 89501, 89503),
    Misconfigured: (40036, 40037, 40132, 41028, 48001, 48002, 48004, 50001),
    Temporary: (-1, *STALE),
}
_FAILURE_OF_CODE = {code: failure for failure, codes in _FAILURES.items() for code in codes}
_PAUSES = {45009: 1800.0}
"""Seconds to wait where a quota is the day's and not the minute's."""


def failure_of(code: int) -> SendFailure:
    """What an ``errcode`` means, though it comes with HTTP 200; a code never seen is temporary."""
    return _FAILURE_OF_CODE.get(code, Temporary)(str(code), retry_after=_PAUSES.get(code))


def send(outbound: Outbound, credentials: Credentials) -> Sent:
    """Hand a message to WeChat: the template where it has one, else the text as customer-service messages.

    Raises a ``SendFailure``. WeChat gives a customer-service message no id; it keeps ours.
    """
    if outbound.template is not None:
        return _send_template(outbound, outbound.template, credentials)
    pieces = list(pieces_of(outbound.text))
    for number, piece in enumerate(pieces):
        content = {"touser": outbound.to, "msgtype": "text", "text": {"content": piece}}
        try:
            _post("/cgi-bin/message/custom/send", content, credentials)
        except SendFailure as failure:
            if number == 0:
                raise
            raise Unknown(failure.code) from failure
    return Sent(outbound.id, Delivery.SENT, answers=len(pieces))


def _send_template(outbound: Outbound, template: str, credentials: Credentials) -> Sent:
    content: dict[str, Any] = {
        "touser": outbound.to,
        "template_id": template,
        "data": {name: {"value": value} for name, value in outbound.variables.items()},
    }
    if outbound.by_subscription:
        answer = _post("/cgi-bin/message/subscribe/bizsend", content, credentials)
    else:
        # Within ten minutes WeChat takes a template message with the same id for the same one.
        content["client_msg_id"] = outbound.id.rpartition(".")[2].replace("-", "")[:32]
        answer = _post("/cgi-bin/message/template/send", content, credentials)
    return Sent(str(answer.get("msgid") or outbound.id), Delivery.SENT)


def pieces_of(text: str) -> Iterator[str]:
    """A text in pieces that one message takes each; no character is cut in two. An empty text is one empty piece."""
    rest = text.encode("utf-8", "replace")
    while len(rest) > LONGEST_TEXT:
        piece = rest[:LONGEST_TEXT].decode("utf-8", "ignore")
        yield piece
        rest = rest[len(piece.encode()) :]
    yield rest.decode()


def find_sent(
    outbound: Outbound, since: datetime, credentials: Credentials, known: Collection[str] = ()
) -> Sent | None:
    """WeChat keeps no list of what it took; raises ``NotAskable``."""
    raise NotAskable("not_askable")


GONE = 40007
"""The ``errcode`` of a media id that is wrong, or was given more than three days ago."""


def fetch_media(where: str, credentials: Credentials, most: int) -> bytes:
    """A picture under its media id, for the account's token; errors come as JSON with HTTP 200.

    Raises ``TooLarge``, ``Permanent`` where WeChat has it no longer, or a ``SendFailure``.
    """

    def fetch() -> tuple[str, float]:
        return fetch_token(credentials)

    token = credentials.tokens.current(fetch)
    found = _given(where, token, credentials, most)
    if isinstance(found, int) and found in STALE:
        found = _given(where, credentials.tokens.current(fetch, instead_of=token), credentials, most)
    if isinstance(found, bytes):
        return found
    raise Permanent(str(found)) if found == GONE else failure_of(found)


def _given(media_id: str, token: str, credentials: Credentials, most: int) -> bytes | int:
    """The file, or the ``errcode`` that came in its place."""
    query = urlencode({"access_token": token, "media_id": media_id})
    answer = download(f"{credentials.api_url.rstrip('/')}/cgi-bin/media/get?{query}", {}, most)
    if answer.status != 200:
        raise Temporary(str(answer.status), retry_after=pause_of(answer.headers))
    if not answer.data.startswith(b"{"):
        return answer.data
    try:
        told = json.loads(answer.data)
    except ValueError:
        return answer.data
    code = told.get("errcode") if isinstance(told, dict) else None
    return code if isinstance(code, int) else answer.data


def _post(path: str, content: dict[str, Any], credentials: Credentials) -> dict[str, Any]:
    """WeChat's answer to a call under the account's token, which is renewed once if WeChat knows another one."""

    def fetch() -> tuple[str, float]:
        return fetch_token(credentials)

    token = credentials.tokens.current(fetch)
    answer = _tried(path, content, token, credentials)
    if answer["errcode"] in STALE:
        token = credentials.tokens.current(fetch, instead_of=token)
        answer = _tried(path, content, token, credentials)
    if answer["errcode"] != 0:
        raise failure_of(answer["errcode"])
    return answer


def _tried(path: str, content: dict[str, Any], token: str, credentials: Credentials) -> dict[str, Any]:
    # WeChat shows escapes as they stand, so that the characters themselves must be sent.
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    answer = _answered("POST", f"{path}?{urlencode({'access_token': token})}", credentials, body)
    if not isinstance(answer.get("errcode"), int):
        raise Unknown("no errcode")
    return answer


def fetch_token(credentials: Credentials) -> tuple[str, float]:
    """A new access token and the seconds it is good for; the one before is soon good for nothing.

    Raises a ``SendFailure``: nothing was sent yet, whatever happened.
    """
    asked = {
        "grant_type": "client_credential",
        "appid": credentials.app_id,
        "secret": credentials.app_secret,
    }
    try:
        answer = _answered("GET", f"/cgi-bin/token?{urlencode(asked)}", credentials)
    except Unknown as unknown:
        raise Temporary(unknown.code) from unknown
    if isinstance(answer.get("access_token"), str) and answer["access_token"]:
        return answer["access_token"], float(answer.get("expires_in") or 0)
    code = answer.get("errcode")
    if code == 40001:
        raise AccountRefused("40001")
    raise failure_of(code) if isinstance(code, int) else Temporary("no token")


def _answered(method: str, path: str, credentials: Credentials, body: bytes | None = None) -> dict[str, Any]:
    response = call(
        method, credentials.api_url.rstrip("/") + path, {"Content-Type": "application/json"}, body
    )
    if response.status == 429:
        raise ChannelThrottled("429", retry_after=pause_of(response.headers))
    if 300 <= response.status < 500:
        raise Misconfigured(str(response.status))
    if response.status == 503:
        raise Temporary("503")
    try:
        answer = json.loads(response.data)
    except ValueError:
        answer = None
    if response.status != 200 or not isinstance(answer, dict):
        raise Unknown(str(response.status))
    return answer
