"""A stand-in for Twilio over real HTTP: its REST API for messages, its status callbacks and its webhooks.

It takes messages with Basic auth, answers in Twilio's JSON, lists what it took, signs what it posts with the
`twilio` package's own code, and misbehaves on request.
"""

import base64
import json
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import urllib3
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from channels.parts import count_parts
from tests.standins.quiet import QuietServer

Fields = Mapping[str, str | Sequence[str]]

_POOL = urllib3.PoolManager(maxsize=64, retries=False, timeout=urllib3.Timeout(30))


def signed_post(
    url: str, form: Fields, auth_token: str, signed_url: str | None = None, signature: str | None = None
) -> tuple[int, str]:
    """Post a form as Twilio does; the status and body of the answer.

    `signed_url` is the address that Twilio knows where it differs from the one reached; `signature`
    replaces the right one.
    """
    fields: MultiDict[str, str] = MultiDict(
        [
            (name, value)
            for name, values in form.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
    )
    if signature is None:
        signature = RequestValidator(auth_token).compute_signature(signed_url or url, fields)
    response = _POOL.request(
        "POST",
        url,
        body=urlencode(list(fields.items(multi=True))),
        headers={"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature},
    )
    return response.status, response.data.decode()


@dataclass(frozen=True)
class Misbehaviour:
    """What happens to one request: an error answer, a delay, no answer at all, before or after taking it."""

    status: int = 0
    code: int = 0
    retry_after: int | str | None = None
    delay: float = 0
    accepts: bool = False
    hangs: bool = False
    drops: bool = False
    body: bytes | None = None


class TwilioStandIn:
    """Twilio at `url` while the `with` block lasts. `messages` is what it took, the oldest first."""

    def __init__(
        self, account_sid: str = "AC" + "1" * 32, auth_token: str = "2" * 32, page_size: int = 50
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.page_size = page_size
        self.messages: list[dict[str, Any]] = []
        self.callbacks: dict[str, str] = {}
        self.requests = 0
        self.connections = 0
        self.latency = 0.0
        self.media: dict[str, tuple[str, bytes]] = {}
        self.taken: list[dict[str, str]] = []
        self.media_lists: dict[str, list[dict[str, str]]] = {}
        self.service_number = "+8613900000099"
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.windows: dict[str, datetime] = {}
        self.redirects_to: str | None = None
        self.asked: list[str] = []
        self.asked_of_store: list[dict[str, str]] = []
        self._planned: deque[Misbehaviour] = deque()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = QuietServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._store = QuietServer(("127.0.0.1", 0), _store_handler(self))
        self.store_url = f"http://127.0.0.1:{self._store.server_port}"

    def __enter__(self) -> "TwilioStandIn":
        for server in (self._server, self._store):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        for server in (self._server, self._store):
            server.shutdown()
            server.server_close()

    def plan(self, *misbehaviours: Misbehaviour) -> None:
        """Treat the next requests like this, one each."""
        self._planned.extend(misbehaviours)

    def put(self, content: bytes, content_type: str = "image/jpeg") -> str:
        """Keep what came with a message; its address, as the webhook says it."""
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/MM{uuid.uuid4().hex}/Media/ME{uuid.uuid4().hex}"
        self.media[path] = content_type, content
        return self.url + path

    def gets(
        self, sender: str, number: str, text: str, *media: str, at: datetime | None = None
    ) -> dict[str, Any]:
        """A message from a phone that is on record here, whether or not its webhook reaches anybody."""
        sid = f"{'MM' if media else 'SM'}{uuid.uuid4().hex}"
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}/Media"
        message = {
            "sid": sid,
            "to": number,
            "from": sender,
            "messaging_service_sid": None,
            "body": text,
            "status": "received",
            "direction": "inbound",
            "date_created": format_datetime(at or datetime.now(UTC)),
            "error_code": None,
            "num_media": str(len(media)),
            "subresource_uris": {"media": f"{path}.json"},
        }
        listed = [
            {"uri": urlsplit(url).path + ".json", "content_type": self.media[urlsplit(url).path][0]}
            for url in media
        ]
        self.media_lists[f"{path}.json"] = listed
        with self._lock:
            self.messages.append(message)
        return message

    def report(self, sid: str, status: str, error_code: int | None = None) -> int:
        """Post a signed status callback for a message; the status of the answer."""
        message = next(message for message in self.messages if message["sid"] == sid)
        message["status"] = status
        form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status}
        form |= {"AccountSid": self.account_sid, "From": message["from"], "To": message["to"]}
        if error_code:
            form["ErrorCode"] = str(error_code)
        return signed_post(self.callbacks[sid], form, self.auth_token)[0]

    def take(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Take a message, as its POST does."""
        now = format_datetime(datetime.now(UTC))
        message = {
            "sid": f"SM{uuid.uuid4().hex}",
            "account_sid": self.account_sid,
            "to": form["To"],
            "from": form.get("From") or self.service_number,
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form.get("Body") or "(as the template says it)",
            "status": "queued",
            "direction": "outbound-api",
            "date_created": now,
            "date_updated": now,
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "num_segments": str(count_parts(form.get("Body", ""))),
            "num_media": "0",
        }
        with self._lock:
            self.messages.append(message)
            self.taken.append(dict(form))
            self.callbacks[message["sid"]] = form.get("StatusCallback", "")
        return message

    def is_closed(self, form: Mapping[str, str]) -> bool:
        """Whether somebody at WhatsApp gets no free text any more; ``windows`` says until when who does."""
        if not form["To"].startswith("whatsapp:") or form.get("ContentSid"):
            return False
        return self.windows.get(form["To"], self.now()) <= self.now()

    def next_misbehaviour(self) -> Misbehaviour:
        with self._lock:
            self.requests += 1
            return self._planned.popleft() if self._planned else Misbehaviour(delay=self.latency)

    def page(self, query: Mapping[str, list[str]], path: str) -> dict[str, Any]:
        """One page of the list of messages, the newest first."""
        to, sender = (query.get(name, [None])[0] for name in ("To", "From"))
        since, until = (query.get(name, [None])[0] for name in ("DateSent>", "DateSent<"))
        number = int(query.get("Page", ["0"])[0])
        with self._lock:
            matching = [
                message
                for message in reversed(self.messages)
                if to in (None, message["to"])
                and sender in (None, message["from"])
                and (since or "")
                <= f"{parsedate_to_datetime(message['date_created']):%Y-%m-%d}"
                <= (until or "9")
            ]
        begin = number * self.page_size
        more = begin + self.page_size < len(matching)
        asked = {name: values[0] for name, values in query.items()}
        following = f"{path}?{urlencode({**asked, 'Page': number + 1})}" if more else None
        return {
            "messages": matching[begin : begin + self.page_size],
            "page": number,
            "next_page_uri": following,
        }

    def wait(self, seconds: float) -> None:
        self._stopped.wait(seconds)


def _handler(standin: TwilioStandIn) -> type[BaseHTTPRequestHandler]:
    credentials = base64.b64encode(f"{standin.account_sid}:{standin.auth_token}".encode()).decode()
    messages_path = f"/2010-04-01/Accounts/{standin.account_sid}/Messages.json"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            standin.connections += 1

        def log_message(self, *arguments: object) -> None:
            """Tests print nothing."""

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            misbehaviour = standin.next_misbehaviour()
            if not self._admitted() or self._misbehaves(misbehaviour, form):
                return
            if not form.get("To"):
                self._refuse(400, 21604)
            elif not form.get("Body") and not form.get("ContentSid"):
                self._refuse(400, 21602)
            elif standin.is_closed(form):
                self._refuse(400, 63016)
            elif len(form.get("Body", "")) > 1600:
                self._refuse(400, 21617)
            else:
                self._answer(201, standin.take(form))

        def do_GET(self) -> None:
            standin.asked.append(self.path)
            if urlsplit(self.path).path != messages_path:
                self._give_media()
            elif self._admitted() and not self._misbehaves(standin.next_misbehaviour(), None):
                address = urlsplit(self.path)
                self._answer(200, standin.page(parse_qs(address.query), address.path))

        def _give_media(self) -> None:
            if self.headers.get("Authorization") != f"Basic {credentials}":
                self._refuse(401, 20003)
            elif self._misbehaves(standin.next_misbehaviour(), None):
                return
            elif self.path in standin.media_lists:
                self._answer(200, {"media_list": standin.media_lists[self.path]})
            elif self.path not in standin.media:
                self._refuse(404, 20404)
            elif standin.redirects_to:
                self._write(307, b"", {"Location": standin.redirects_to + self.path})
            else:
                content_type, content = standin.media[self.path]
                self._write(200, content, {"Content-Type": content_type})

        def _admitted(self) -> bool:
            if urlsplit(self.path).path != messages_path:
                self._refuse(404, 20404)
            elif self.headers.get("Authorization") != f"Basic {credentials}":
                self._refuse(401, 20003)
            else:
                return True
            return False

        def _misbehaves(self, misbehaviour: Misbehaviour, form: Mapping[str, str] | None) -> bool:
            standin.wait(misbehaviour.delay)
            if misbehaviour.accepts and form:
                standin.take(form)
            if misbehaviour.hangs:
                standin.wait(60)
            if misbehaviour.hangs or misbehaviour.drops:
                self.close_connection = True
            elif misbehaviour.body is not None:
                self._write(misbehaviour.status or 201, misbehaviour.body, {})
            elif misbehaviour.status:
                self._refuse(misbehaviour.status, misbehaviour.code, misbehaviour.retry_after)
            else:
                return False
            return True

        def _refuse(self, status: int, code: int, retry_after: int | str | None = None) -> None:
            sentence = {"code": code, "message": "The 'To' number is not right", "status": status}
            headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
            self._answer(status, sentence, headers)

        def _answer(self, status: int, answer: object, headers: Mapping[str, str] | None = None) -> None:
            self._write(status, json.dumps(answer).encode(), headers or {})

        def _write(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _store_handler(standin: TwilioStandIn) -> type[BaseHTTPRequestHandler]:
    """Where Twilio keeps media: whoever has the address gets them, and credentials are none of its business."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Tests print nothing."""

        def do_GET(self) -> None:
            standin.asked_of_store.append(dict(self.headers))
            content_type, content = standin.media[self.path]
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(content)

    return Handler
