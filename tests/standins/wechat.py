"""A stand-in for WeChat over real HTTP: access tokens, the three kinds of messages it sends, and what it pushes.

Errors come in answers with status 200, as WeChat's do; a new token ends the one before; a person gets free text only for a
while after writing. It seals and signs with code of its own, and misbehaves on request.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SENDING = tuple(f"/cgi-bin/message/{kind}" for kind in ("custom/send", "template/send", "subscribe/bizsend"))
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass(frozen=True)
class Misbehaviour:
    """What happens to one request for sending: an error, a delay, or no answer, before or after taking it."""

    errcode: int = 0
    status: int = 200
    retry_after: int | None = None
    delay: float = 0
    accepts: bool = False
    drops: bool = False
    body: bytes | None = None


@dataclass
class WeChatStandIn:
    """WeChat at ``url`` while the ``with`` block lasts. ``messages`` is what it took, the oldest first."""

    app_id: str = "wx49f0ab532d5d035a"
    app_secret: str = "s" * 32
    token: str = "spamtest"
    aes_key: str = AES_KEY
    account: str = "gh_10f6c3c3ac5a"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    life: int = 7200
    allowed: dict[str, tuple[int, timedelta]] = field(
        default_factory=lambda: {
            "message": (5, timedelta(hours=48)),
            "event": (3, timedelta(minutes=1)),
        }
    )
    templates: set[str] = field(default_factory=set)
    granted: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.media: dict[str, bytes] = {}
        self.media_misbehaviours: deque[Misbehaviour] = deque()
        self.messages: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.token_calls = 0
        self.requests = 0
        self.followers: dict[str, list[list[Any]]] = {}
        self._tokens: dict[str, datetime] = {}
        self._current = ""
        self._planned: deque[Misbehaviour] = deque()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> WeChatStandIn:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def plan(self, *misbehaviours: Misbehaviour) -> None:
        """Treat the next requests for sending like this, one each."""
        self._planned.extend(misbehaviours)

    def texts_to(self, openid: str) -> list[str]:
        """The free texts that a person got."""
        return [one["text"]["content"] for one in self.messages if one["touser"] == openid and "text" in one]

    # What WeChat pushes

    def query(self, sealed: str | None = None, *, at: datetime | None = None, **changed: str) -> str:
        """The signed query of a push; ``changed`` replaces parts of it."""
        timestamp, nonce = str(int((at or self.now()).timestamp())), "1320562132"
        asked = {"signature": _sha1(self.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        if sealed is not None:
            signature = _sha1(self.token, timestamp, nonce, sealed)
            asked |= {"encrypt_type": "aes", "msg_signature": signature}
        return urlencode({**asked, **changed})

    def push(self, openid: str, secure: bool = True, **said: object) -> tuple[str, bytes]:
        """Query and body of a message or an event; the person may now be written to for a while."""
        xml = self.xml(openid, **said)
        kind = "event" if said.get("MsgType") == "event" else "message"
        if said.get("Event") == "unsubscribe":
            self.followers.pop(openid, None)
        elif said.get("MsgType") != "event" or said.get("Event") in ("subscribe", "SCAN", "CLICK"):
            number, time = self.allowed[kind]
            self.followers.setdefault(openid, []).append([number, self.now() + time])
        if not secure:
            return self.query(), xml.encode()
        sealed = seal(xml.encode(), self.aes_key, self.app_id)
        body = f"<xml><ToUserName><![CDATA[{self.account}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return self.query(sealed), body.encode()

    def xml(self, openid: str, **said: object) -> str:
        """A message or an event in WeChat's XML."""
        told = {
            "ToUserName": self.account,
            "FromUserName": openid,
            "CreateTime": int(self.now().timestamp()),
            **said,
        }
        inner = "".join(
            f"<{name}><![CDATA[{value}]]></{name}>"
            if isinstance(value, str) and not value.startswith("<")
            else f"<{name}>{value}</{name}>"
            for name, value in told.items()
        )
        return f"<xml>{inner}</xml>"

    def heard(self, answer: bytes) -> str | None:
        """What a person is shown of our answer; ``None`` for *success*. Anything else fails."""
        if answer in (b"success", b""):
            return None
        fields = {child.tag: child.text or "" for child in ElementTree.fromstring(answer)}
        if "Encrypt" in fields:
            signature = _sha1(self.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
            assert signature == fields["MsgSignature"]
            opened = unseal(fields["Encrypt"], self.aes_key, self.app_id)
            fields = {child.tag: child.text or "" for child in ElementTree.fromstring(opened)}
        assert fields["MsgType"] == "text"
        assert fields["FromUserName"] == self.account
        assert len(fields["Content"].encode()) <= 2048
        return fields["Content"]

    # What WeChat is asked

    def forget_tokens(self) -> None:
        """Somebody else has fetched a token: ours is good for nothing now."""
        with self._lock:
            self._current = "somebody-else"

    def new_token(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Answer ``/cgi-bin/token``."""
        with self._lock:
            self.token_calls += 1
            if asked.get("grant_type") != "client_credential":
                return _error(40002)
            if asked.get("appid") != self.app_id:
                return _error(40013)
            if asked.get("secret") != self.app_secret:
                return _error(40125)
            self._current = f"{self.token_calls}_{os.urandom(48).hex()}"
            self._tokens[self._current] = self.now() + timedelta(seconds=self.life)
            return {"access_token": self._current, "expires_in": self.life}

    def give(self, token: str | None, media_id: str) -> tuple[int, bytes, str, int | None]:
        """Answer ``/cgi-bin/media/get``: the file itself, or an error in JSON; both with status 200."""
        with self._lock:
            planned = self.media_misbehaviours.popleft() if self.media_misbehaviours else Misbehaviour()
            if planned.status != 200:
                return planned.status, b"", "text/html", planned.retry_after
            code = planned.errcode or (41001 if not token else 40001 if token != self._current else 0)
            if not code and media_id not in self.media:
                code = 40007
            if code:
                return 200, json.dumps(_error(code)).encode(), "text/plain", None
            return 200, planned.body or self.media[media_id], "image/jpeg", None

    def take(self, path: str, token: str | None, body: bytes) -> dict[str, Any]:
        """Answer a request for sending."""
        with self._lock:
            self.requests += 1
            misbehaviour = self._planned.popleft() if self._planned else Misbehaviour()
        self._stopped.wait(misbehaviour.delay)
        if misbehaviour.accepts or misbehaviour == Misbehaviour(delay=misbehaviour.delay):
            answer = self._taken(path, token, body)
        else:
            answer = _error(misbehaviour.errcode)
        return {**answer, "misbehaviour": misbehaviour}

    def _taken(self, path: str, token: str | None, body: bytes) -> dict[str, Any]:
        with self._lock:
            if not token:
                return _error(41001)
            if token != self._current:
                return _error(40001)
            if self._tokens[token] <= self.now():
                return _error(42001)
            try:
                asked = json.loads(body)
            except ValueError:
                return _error(47001)
            refused = self._refused(path, asked)
            if refused:
                return _error(refused)
            self.raw.append(body)
            self.messages.append(asked)
            if not path.endswith("custom/send"):
                return {"errcode": 0, "errmsg": "ok", "msgid": 200228332 + len(self.messages)}
            return {"errcode": 0, "errmsg": "ok"}

    def _refused(self, path: str, asked: Mapping[str, Any]) -> int:
        windows = self.followers.get(asked["touser"])
        if windows is None:
            return 40003
        if path.endswith("template/send"):
            return 0 if asked["template_id"] in self.templates else 40037
        if path.endswith("subscribe/bizsend"):
            return self._subscription_refused(asked["touser"], asked["template_id"])
        content = asked["text"]["content"]
        if not content:
            return 44004
        if len(content.encode()) > 2048:
            return 45002
        current = [window for window in windows if window[1] > self.now()]
        if not current:
            return 45015
        window = next((window for window in current if window[0]), None)
        if window is None:
            return 45047
        window[0] -= 1
        return 0

    def _subscription_refused(self, openid: str, template: str) -> int:
        """A person grants each message of its own; what was granted is used up by sending."""
        if template not in self.templates:
            return 40037
        if not self.granted.get((openid, template)):
            return 43101
        self.granted[openid, template] -= 1
        return 0


def seal(xml: bytes, encoding_aes_key: str, app_id: str) -> str:
    """Encrypt as WeChat does."""
    key = base64.b64decode(encoding_aes_key + "=")
    plain = os.urandom(16) + struct.pack(">I", len(xml)) + xml + app_id.encode()
    padding = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding)).decode()


def unseal(sealed: str, encoding_aes_key: str, app_id: str) -> bytes:
    """Decrypt as WeChat does."""
    key = base64.b64decode(encoding_aes_key + "=")
    plain = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor().update(base64.b64decode(sealed))
    plain = plain[: -plain[-1]]
    (length,) = struct.unpack(">I", plain[16:20])
    assert plain[20 + length :] == app_id.encode()
    return plain[20 : 20 + length]


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def _error(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": f"error of {code} rid: 65a-1b2c"}


class _Server(ThreadingHTTPServer):
    # Twenty workers connect at once; with the usual five places in the queue some would be turned away.
    request_queue_size = 128


def _handler(standin: WeChatStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def log_message(self, *arguments: object) -> None:
            """Tests print nothing."""

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(address.query).items()}
            if address.path == "/cgi-bin/token":
                self._write(200, json.dumps(standin.new_token(asked)).encode())
            elif address.path == "/cgi-bin/media/get":
                self._write(*standin.give(asked.get("access_token"), asked.get("media_id", "")))
            else:
                self._write(404, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            address = urlsplit(self.path)
            if address.path not in SENDING:
                self._write(404, b"")
                return
            token = parse_qs(address.query).get("access_token", [None])[0]
            answer = standin.take(address.path, token, body)
            misbehaviour = answer.pop("misbehaviour")
            if misbehaviour.drops:
                self.close_connection = True
            elif misbehaviour.body is not None:
                self._write(misbehaviour.status, misbehaviour.body)
            else:
                self._write(
                    misbehaviour.status, json.dumps(answer).encode(), retry_after=misbehaviour.retry_after
                )

        def _write(
            self,
            status: int,
            body: bytes,
            content_type: str = "application/json; encoding=utf-8",
            retry_after: int | None = None,
        ) -> None:
            self.send_response(status)
            if retry_after is not None:
                self.send_header("Retry-After", str(retry_after))
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
