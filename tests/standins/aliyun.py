"""A stand-in for Aliyun SMS over real HTTP: its RPC API of 2017-05-25 and the pushes it makes.

It checks each request's signature (ACS3-HMAC-SHA256) as documented, takes approved templates alone, lists what it took,
answers in Aliyun's JSON, errors included, and misbehaves on request.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Misbehaviour:
    """What happens to one request: an error with its HTTP status, or no answer, before or after taking the message."""

    code: str = ""
    status: int = 200
    body: bytes | None = None
    retry_after: int | None = None
    accepts: bool = False
    drops: bool = False


@dataclass
class Taken:
    """A message that Aliyun took."""

    phone_number: str
    signature: str
    template: str
    variables: dict[str, str]
    out_id: str
    biz_id: str
    taken_at: datetime
    status: int = 1


class AliyunStandIn:
    """The API at ``url`` while the ``with`` block lasts; ``messages`` is what it took, the oldest first.

    ``templates``: the wordings it has approved, by code, each with the names of its variables.
    """

    key_id, key_secret, signature = "LTAI5t", "the secret of the key", "清河县扶贫办"

    def __init__(self) -> None:
        self.messages: list[Taken] = []
        self.templates: dict[str, frozenset[str]] = {}
        self.records_hidden = False
        self.requests = 0
        self.clock = lambda: datetime.now(UTC)
        self._numbers = itertools.count(9006)
        self._planned: deque[Misbehaviour] = deque()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> AliyunStandIn:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def approve(self, code: str, text: str) -> None:
        """Approve a wording with variables written as ``${name}``."""
        self.templates[code] = frozenset(re.findall(r"\$\{(\w+)\}", text))

    def plan(self, *misbehaviours: Misbehaviour) -> None:
        """Treat the next requests like this, one each."""
        self._planned.extend(misbehaviours)

    def next_misbehaviour(self) -> Misbehaviour:
        with self._lock:
            self.requests += 1
            return self._planned.popleft() if self._planned else Misbehaviour()

    def send_sms(self, fields: dict[str, str]) -> dict[str, Any]:
        """The answer to SendSms."""
        wanted = self.templates.get(fields.get("TemplateCode", ""))
        try:
            variables = json.loads(fields.get("TemplateParam") or "{}")
        except ValueError:
            return error("isv.INVALID_JSON_PARAM")
        if fields.get("SignName") != self.signature:
            return error("isv.SMS_SIGNATURE_ILLEGAL")
        if wanted is None:
            return error("isv.SMS_TEMPLATE_ILLEGAL")
        if not wanted <= set(variables):
            return error("isv.TEMPLATE_MISSING_PARAMETERS")
        if not re.fullmatch("1[0-9]{10}", fields.get("PhoneNumbers", "")):
            return error("isv.MOBILE_NUMBER_ILLEGAL")
        return {"Code": "OK", "Message": "OK", "RequestId": "R", "BizId": self.take(fields, variables).biz_id}

    def take(self, fields: dict[str, str], variables: dict[str, str]) -> Taken:
        with self._lock:
            taken = Taken(
                fields["PhoneNumbers"],
                fields["SignName"],
                fields["TemplateCode"],
                variables,
                fields.get("OutId", ""),
                f"{next(self._numbers)}^0",
                self.clock(),
            )
            self.messages.append(taken)
        return taken

    def details(self, fields: dict[str, str]) -> dict[str, Any]:
        """The answer to QuerySendDetails."""
        found = [
            one
            for one in self.messages
            if one.phone_number == fields["PhoneNumber"]
            and f"{one.taken_at.astimezone(SHANGHAI):%Y%m%d}" == fields["SendDate"]
        ]
        size, page = int(fields["PageSize"]), int(fields["CurrentPage"])
        listed = [] if self.records_hidden else found[(page - 1) * size : page * size]
        return {
            "Code": "OK",
            "Message": "OK",
            "RequestId": "R",
            "TotalCount": len(found),
            "SmsSendDetailDTOs": {
                "SmsSendDetailDTO": [
                    {
                        "PhoneNum": one.phone_number,
                        "OutId": one.out_id,
                        "SendStatus": one.status,
                        "TemplateCode": one.template,
                        "SendDate": f"{one.taken_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
                    }
                    for one in listed
                ]
            },
        }


def error(code: str) -> dict[str, Any]:
    """An answer that refuses."""
    return {"Code": code, "Message": "13800000001 is refused", "RequestId": "R"}


def signature_of(method: str, query: str, headers: dict[str, str], body: bytes, secret: str) -> str:
    """The signature of a request, version 3, over the headers it says it has signed."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    canonical_query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    signed = re.search(r"SignedHeaders=([^,]+)", headers.get("authorization", ""))
    names = signed[1].split(";") if signed else []
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    hashed = hashlib.sha256(body).hexdigest()
    request = "\n".join([method, "/", canonical_query, lines, ";".join(names), hashed])
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _handler(standin: AliyunStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def log_message(self, *arguments: object) -> None:
            """Tests print nothing."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = urlsplit(self.path).query
            fields = dict(parse_qsl(query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            given = headers.get("authorization", "")
            right = signature_of("POST", query, headers, body, standin.key_secret)
            odd = standin.next_misbehaviour()
            if odd.accepts:
                standin.take(fields, json.loads(fields.get("TemplateParam") or "{}"))
            if odd.drops:
                self.close_connection = True
            elif odd.code or odd.body is not None:
                body = json.dumps(error(odd.code)).encode() if odd.body is None else odd.body
                self.answer(odd.status, body, odd.retry_after)
            elif f"Credential={standin.key_id}," not in given:
                self.answer(404, json.dumps(error("InvalidAccessKeyId.NotFound")).encode())
            elif not given.endswith(f"Signature={right}") or headers.get("x-acs-version") != "2017-05-25":
                self.answer(400, json.dumps(error("SignatureDoesNotMatch")).encode())
            else:
                act = {"SendSms": standin.send_sms, "QuerySendDetails": standin.details}
                self.answer(200, json.dumps(act[headers["x-acs-action"]](fields)).encode())

        def answer(self, status: int, body: bytes, retry_after: int | None = None) -> None:
            self.send_response(status)
            if retry_after is not None:
                self.send_header("x-acs-retry-after", str(retry_after))
            self.send_header("Content-Type", "application/json;charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


# ── Pushes ──


@dataclass(frozen=True)
class Up:
    """A message from a phone, as SmsUp pushes it."""

    content: str
    phone_number: str = "13800000001"
    sign_name: str | None = AliyunStandIn.signature
    send_time: str = "2026-03-04 12:00:00"
    dest_code: str = "1234"
    sequence_id: int | None = field(default_factory=itertools.count(1_234_567_890).__next__)


def pushed_up(*messages: Up) -> bytes:
    """The body of a push of messages."""
    return json.dumps(
        [{name: value for name, value in vars(one).items() if value is not None} for one in messages],
        ensure_ascii=False,
    ).encode()


def report_on(taken: Taken, *, success: bool, err_code: str = "DELIVERED") -> dict[str, Any]:
    """An element of a push of reports."""
    return {
        "phone_number": taken.phone_number,
        "send_time": "2026-03-04 12:00:00",
        "report_time": "2026-03-04 12:00:03",
        "success": success,
        "err_code": err_code,
        "err_msg": "用户接收成功",
        "sms_size": "1",
        "biz_id": taken.biz_id,
        "out_id": taken.out_id,
    }
