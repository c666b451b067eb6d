"""The provider at the other end of the wire, for a demonstration: takes messages as Twilio does and reports them delivered."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from channels.gateways.twilio import sign

Post = Callable[[str, dict[str, str], bytes], object]
"""Posts a body with headers to an address."""


class Provider:
    """What was handed to the provider, by number, and the account it serves."""

    def __init__(self, auth_token: str, post: Post) -> None:
        self.auth_token, self._post = auth_token, post
        self.messages: list[dict[str, str]] = []
        self.url = ""

    def texts_to(self, number: str) -> list[str]:
        """Every text taken for a number so far."""
        return [message["body"] for message in list(self.messages) if message["to"] == number]

    def take(self, form: dict[str, str]) -> dict[str, str]:
        """Take a message, and report its delivery a moment later."""
        message = {
            "sid": f"SM{uuid4().hex}",
            "to": form["To"],
            "from": form["From"],
            "body": form["Body"],
            "status": "queued",
            "date_created": format_datetime(datetime.now(UTC)),
        }
        self.messages.append(message)
        if callback := form.get("StatusCallback"):
            threading.Thread(target=self._report, args=(callback, message["sid"]), daemon=True).start()
        return message

    def _report(self, callback: str, sid: str) -> None:
        time.sleep(0.3)
        form = {"MessageSid": sid, "MessageStatus": "delivered"}
        signature = sign(callback, {name: [value] for name, value in form.items()}, self.auth_token)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        self._post(callback, headers, urlencode(form).encode())


@contextmanager
def serving(auth_token: str, post: Post) -> Iterator[Provider]:
    """Serve the provider on a free port of this machine; ``post`` brings its reports to the deployment."""
    provider = Provider(auth_token, post)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(201, provider.take({name: values[0] for name, values in parse_qs(body).items()}))

        def do_GET(self) -> None:
            wanted = parse_qs(urlsplit(self.path).query).get("To", [""])[0]
            self._answer(
                200, {"messages": [one for one in reversed(provider.messages) if one["to"] == wanted]}
            )

        def _answer(self, status: int, content: object) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
