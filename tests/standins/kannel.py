"""A stand-in for Kannel over real HTTP: its sendsms address, and the requests that its smsbox makes.

It takes messages as the user guide of 1.4.5 says, answers in Kannel's own words, expands escape codes in the addresses
it was given, and misbehaves on request.
"""

from __future__ import annotations

import base64
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

from tests.standins.quiet import QuietServer

ACCEPTED = "0: Accepted for delivery"
QUEUED = "3: Queued for later delivery"
AWAY = "Temporal failure, try again later."


@dataclass(frozen=True)
class Misbehaviour:
    """What happens to one request: another answer, a delay, or none, before or after taking the message."""

    status: int = 0
    answer: str = ""
    retry_after: int | None = None
    delay: float = 0
    accepts: bool = False
    hangs: bool = False
    drops: bool = False


@dataclass(frozen=True)
class Taken:
    """A message that Kannel took, with the address to which it reports."""

    to: str
    sender: str
    text: str
    coding: str
    dlr_mask: int
    dlr_url: str


class KannelStandIn:
    """A smsbox at ``url`` while the ``with`` block lasts; ``messages`` is what it took, the oldest first."""

    username, password = "tester", "foo bar&1"

    def __init__(self) -> None:
        self.messages: list[Taken] = []
        self.requests = 0
        self._planned: deque[Misbehaviour] = deque()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = QuietServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/cgi-bin/sendsms"

    def __enter__(self) -> KannelStandIn:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def plan(self, *misbehaviours: Misbehaviour) -> None:
        """Treat the next requests like this, one each."""
        self._planned.extend(misbehaviours)

    def next_misbehaviour(self) -> Misbehaviour:
        with self._lock:
            self.requests += 1
            return self._planned.popleft() if self._planned else Misbehaviour()

    def take(self, fields: dict[str, bytes]) -> Taken:
        coding = fields.get("coding", b"0").decode()
        message = Taken(
            fields["to"].decode(),
            fields.get("from", b"").decode(),
            fields.get("text", b"").decode("utf-16-be" if coding == "2" else "utf-8"),
            coding,
            int(fields.get("dlr-mask", b"0")),
            fields.get("dlr-url", b"").decode(),
        )
        with self._lock:
            self.messages.append(message)
        return message

    def wait(self, seconds: float) -> None:
        self._stopped.wait(seconds)


def refusal_of(fields: dict[str, bytes], box: KannelStandIn) -> tuple[int, str] | None:
    """Kannel's answer to a request it cannot take."""
    if (fields.get("username"), fields.get("password")) != (box.username.encode(), box.password.encode()):
        return 403, "Authorization failed for sendsms"
    if not fields.get("to"):
        return 400, "Empty receiver number not allowed, rejected"
    if not set(fields["to"].decode()) <= set("0123456789 +-"):
        return 400, "Number(s) has/have been denied by white- and/or black-lists."
    return None


def _handler(box: KannelStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: object) -> None:
            """Tests print nothing."""

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            pairs = parse_qsl(address.query, keep_blank_values=True, encoding="latin-1")
            fields = {name: value.encode("latin-1") for name, value in pairs}
            odd = box.next_misbehaviour()
            box.wait(odd.delay)
            if odd.accepts:
                box.take(fields)
            if odd.hangs:
                box.wait(60)
            if odd.hangs or odd.drops:
                self.close_connection = True
            elif odd.status:
                self.answer(odd.status, odd.answer, odd.retry_after)
            elif address.path != "/cgi-bin/sendsms":
                self.answer(404, "Unknown request.")
            elif refused := refusal_of(fields, box):
                self.answer(*refused)
            else:
                box.take(fields)
                self.answer(202, ACCEPTED)

        def answer(self, status: int, words: str, retry_after: int | None = None) -> None:
            body = words.encode()
            self.send_response(status)
            if retry_after is not None:
                self.send_header("Retry-After", str(retry_after))
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


# ── What a smsbox asks of us ──


@dataclass(frozen=True)
class Heard:
    """A message that came from a phone, as Kannel holds it."""

    text: str
    sender: str = "8613800000001"
    to: str = "10690001"
    time: int = 1_772_596_800
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def coding(self) -> str:
        return "0" if self.text.isascii() else "2"

    @property
    def charset(self) -> str:
        return "UTF-8" if self.coding == "0" else "UTF-16BE"

    @property
    def octets(self) -> bytes:
        return self.text.encode("utf-8" if self.coding == "0" else "utf-16-be")


def expanded(address: str, heard: Heard) -> str:
    """An address of the configuration with its escape codes filled in."""
    codes = {
        "%I": heard.id,
        "%T": str(heard.time),
        "%p": heard.sender,
        "%P": heard.to,
        "%c": heard.coding,
        "%C": heard.charset,
        "%b": heard.octets,
    }
    for code, value in codes.items():
        address = address.replace(code, quote_plus(value))
    return address


def _to(address: str) -> dict[str, Any]:
    """The path and the password of an address, as a test client takes them."""
    parts = urlsplit(address)
    headers = {"User-Agent": "Kannel/1.4.5"}
    if parts.username is not None:
        known = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        headers["Authorization"] = f"Basic {known}"
    return {"path": f"{parts.path}?{parts.query}", "headers": headers}


def by_get(address: str, heard: Heard) -> dict[str, Any]:
    """What a group with ``get-url`` asks."""
    return {"method": "GET", **_to(expanded(address, heard))}


def by_post(address: str, heard: Heard) -> dict[str, Any]:
    """What a group with ``post-url`` and ``send-sender`` asks."""
    request = _to(expanded(address, heard))
    request["headers"] |= {
        "X-Kannel-From": heard.sender,
        "X-Kannel-To": heard.to,
        "X-Kannel-Coding": heard.coding,
        "X-Kannel-SMSC": "fake",
    }
    return {
        "method": "POST",
        "data": heard.octets,
        "content_type": f'text/plain; charset="{heard.charset}"',
        **request,
    }


def reporting(message: Taken, status: int) -> dict[str, Any]:
    """A delivery report on a message it took."""
    return {"method": "GET", **_to(message.dlr_url.replace("%d", str(status)))}
