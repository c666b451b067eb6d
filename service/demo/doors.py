"""The public doors as the people of a story use them: phones, officials' JSON and browsers, links in messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit
from uuid import uuid4
from xml.etree.ElementTree import fromstring

from channels.gateways.twilio import sign

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: list[str] = field(default_factory=list)


class Transport(Protocol):
    """Sends one request to the deployment: over the network, or straight into the application under test."""

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer; redirects are not followed."""


class Refused(Exception):
    """A door said no; the sentence it said."""


@dataclass(frozen=True)
class Number:
    """An office's number at its provider."""

    number: str
    key: str
    auth_token: str
    base_url: str


class Phone:
    """A feature phone that texts an office's number."""

    def __init__(self, transport: Transport, office: Number, number: str) -> None:
        self.number, self._transport, self._office = number, transport, office

    def says(self, text: str) -> str:
        """Send a text; the words that come back in the same response."""
        path = f"/channels/twilio/{self._office.key}/inbound"
        form = {
            "MessageSid": f"SM{uuid4().hex}",
            "AccountSid": "AC0",
            "From": self.number,
            "To": self._office.number,
            "Body": text,
            "NumMedia": "0",
        }
        signature = sign(
            self._office.base_url + path,
            {name: [value] for name, value in form.items()},
            self._office.auth_token,
        )
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
        answer = self._transport("POST", path, headers, urlencode(form).encode())
        if answer.status != 200:
            raise Refused(f"{answer.status} {answer.body.decode()}")
        return "\n".join(part.text or "" for part in fromstring(answer.body.decode()).iter("Message"))


class Program:
    """An official's program at the JSON API."""

    def __init__(self, transport: Transport, token: str) -> None:
        self._transport, self._token = transport, token

    def get(self, path: str) -> Any:
        """Read."""
        return self._send("GET", path, None)

    def post(self, path: str, content: Any = None) -> Any:
        """Do."""
        return self._send("POST", path, {} if content is None else content)

    def put(self, path: str, content: Any) -> Any:
        """Set."""
        return self._send("PUT", path, content)

    def download(self, path: str) -> bytes:
        """A document."""
        return self._raw("GET", path, None).body

    def _send(self, method: str, path: str, content: Any) -> Any:
        answer = self._raw(method, path, content)
        return json.loads(answer.body) if answer.body else None

    def _raw(self, method: str, path: str, content: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        body = b"" if content is None else json.dumps(content).encode()
        answer = self._transport(method, f"/api/v1{path}", headers, body)
        if answer.status >= 400:
            problem = json.loads(answer.body)
            raise Refused(f"{answer.status} {problem['title']} {problem.get('errors') or ''}".strip())
        return answer


class Browser:
    """Somebody at a browser: keeps cookies, fills in forms with the token the page carries."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._cookies: dict[str, str] = {}

    def log_in(self, email: str, password: str) -> None:
        """Log in to the admin."""
        self.submit("/admin/log-in", {"email": email, "password": password})

    def confirm(self, password: str) -> None:
        """Enter the password once more."""
        self.submit("/admin/confirm", {"password": password})

    def page(self, path: str) -> str:
        """Read a page."""
        answer = self._request("GET", path, b"")
        if answer.status >= 400:
            raise Refused(f"{answer.status} {_title(answer.body)}")
        return answer.body.decode()

    def submit(self, path: str, form: Mapping[str, str], *, action: str | None = None) -> str:
        """Open a page, fill in its form and send it; the page one is led to. ``action``: where the form goes, if elsewhere."""
        token = re.search(r'name="csrf_token" value="([^"]*)"', self.page(path))
        data = {"csrf_token": token[1] if token else "", **form}
        answer = self._request("POST", action or path, urlencode(data).encode())
        if answer.status in (302, 303):
            return self.page(urlsplit(answer.headers["Location"])._replace(scheme="", netloc="").geturl())
        if answer.status >= 400 or b'role="alert"' in answer.body:
            raise Refused(f"{answer.status} {_alert(answer.body)}")
        return answer.body.decode()

    def _request(self, method: str, path: str, body: bytes) -> Answer:
        headers = {
            "Content-Type": FORM,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        answer = self._transport(method, path, headers, body)
        for cookie in answer.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer


def _title(body: bytes) -> str:
    found = re.search(r"<h1>(.*?)</h1>", body.decode(), re.S)
    return unescape(found[1].strip()) if found else ""


def _alert(body: bytes) -> str:
    found = re.search(r'role="alert"[^>]*>(.*?)</div>', body.decode(), re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(found[1])).split()) if found else _title(body)
