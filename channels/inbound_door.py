"""The busiest door: Twilio's inbound webhook as plain WSGI, in front of the pages and the API (docs/decisions/0005).

It checks who knocks, takes the message in and answers in Twilio's own words; it needs no session, no routing and no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from contextvars import Context
from http import HTTPStatus
from threading import local
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakSet, ref

import psycopg
import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from channels.doors import LARGEST_WEBHOOK
from channels.gateways import Form, Malformed, NotAuthentic, twilio
from channels.providers import public_url, twilio_credentials
from channels.reception import receive_by
from channels.registry import ChannelInfo, channel_by_key
from tenants.database import db
from tenants.refusals import NotFound
from tenants.unit import OwnConnection, own_connection

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

ADDRESS = re.compile(r"/channels/twilio/([\w-]+)/(inbound|fallback)")
"""Twilio calls the second where the first failed: the same message, with what had gone wrong beside it."""
ESCAPED = re.compile("(?:%[0-9A-Fa-f]{2})+")
OWN_CONNECTIONS = 2
"""Threads that keep a connection each; what else the pool may lend is left to pages and to further threads."""

FORM = "application/x-www-form-urlencoded"
PLAIN = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """What goes back."""

    status: HTTPStatus
    body: bytes
    content_type: str = PLAIN


class TooLarge(Exception):
    """The body is beyond ``LARGEST_WEBHOOK``."""


# A request of Twilio's:
#   POST /channels/twilio/<key>/inbound   X-Twilio-Signature: base64(HMAC-SHA1(token, URL + sorted fields))
#   MessageSid=SM…&From=%2B8613800000001&To=%2B8613900000000&Body=%E7%99%BB%E8%AE%B0&NumMedia=0&…
class InboundDoor:
    """A WSGI application that answers inbound webhooks and hands all else on."""

    def __init__(self, app: Flask) -> None:
        """Stand in front of ``app``."""
        self.app = app
        self.others: WSGIApplication = app.wsgi_app
        self._of_thread = local()
        self._connections: WeakSet[OwnConnection] = WeakSet()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        knocked = ADDRESS.fullmatch(environ["PATH_INFO"])
        if knocked is None or environ["REQUEST_METHOD"] != "POST":
            return self.others(environ, start_response)
        answer = self._context().run(_answer, knocked[1], knocked[2], environ)
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status.value} {answer.status.phrase}", headers)
        return [answer.body]

    def _context(self) -> Context:
        """The application's context for this thread, made once; pages never see it."""
        context: Context | None = getattr(self._of_thread, "context", None)
        if context is None:
            context = self._of_thread.context = Context()
            context.run(self.app.app_context().push)
            if len(self._connections) < OWN_CONNECTIONS:
                # The context knows it by a weak reference alone, for a context may outlive its thread.
                own = self._of_thread.connection = OwnConnection()
                self._connections.add(own)
                context.run(own_connection.set, ref(own))
        return context


def _answer(key: str, what: str, environ: WSGIEnvironment) -> Answer:
    try:
        return _take(key, what, environ)
    except TooLarge:
        return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"too large")
    except NotFound:
        return Answer(HTTPStatus.NOT_FOUND, b"unknown channel")
    except NotAuthentic:
        return Answer(HTTPStatus.FORBIDDEN, b"signature missing or wrong")
    except Malformed as malformed:
        return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"missing: {', '.join(malformed.fields)}".encode())
    except (DBAPIError, NoConnection, psycopg.Error) as error:
        # Without the database nothing is promised: the provider tries again, or uses the fallback.
        log.error("database_away", kind=type(error).__name__)
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"try again")
    except Exception:
        # The server would write the exception's own sentence into its log, which may repeat what somebody wrote.
        log.exception("unexpected", path=environ["PATH_INFO"])
        return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"try again")
    finally:
        if db.session.registry.has():
            db.session.remove()


def _take(key: str, what: str, environ: WSGIEnvironment) -> Answer:
    body = _body(environ)
    channel = channel_by_key("twilio", key)
    inbound = twilio.parse_inbound(_authentic(body, channel, what, environ))
    return Answer(HTTPStatus.OK, *twilio.render_reply(receive_by(channel, inbound)))


def _body(environ: WSGIEnvironment) -> str:
    """The body of a form, of bearable size; empty where it is no form."""
    length = environ.get("CONTENT_LENGTH") or (
        LARGEST_WEBHOOK + 1 if "wsgi.input_terminated" in environ else 0
    )
    body: bytes = environ["wsgi.input"].read(min(int(length), LARGEST_WEBHOOK + 1))
    if len(body) > LARGEST_WEBHOOK:
        raise TooLarge
    return body.decode("utf-8", "replace") if environ.get("CONTENT_TYPE", "").startswith(FORM) else ""


def _authentic(body: str, channel: ChannelInfo, what: str, environ: WSGIEnvironment) -> Form:
    """The form, in the reading that the provider signed."""
    url = public_url(channel, what)
    if query := environ.get("QUERY_STRING"):
        url = f"{url}?{query}"
    given = {twilio.SIGNATURE_HEADER: environ.get("HTTP_X_TWILIO_SIGNATURE", "")}
    credentials = twilio_credentials(channel)
    for form in _readings(body):
        with suppress(NotAuthentic):
            twilio.authenticate(url, form, given, credentials)
            return form
    raise NotAuthentic


def _readings(body: str) -> Iterator[dict[str, list[str]]]:
    """A form has one reading, unless it holds half a character: kept as such, or as the percent signs it came in."""
    try:
        yield _fields(body, "strict")
    except UnicodeDecodeError:
        for errors in ("surrogatepass", "werkzeug.url_quote"):
            with suppress(UnicodeDecodeError):
                yield _fields(body, errors)


def _fields(body: str, errors: str) -> dict[str, list[str]]:
    """Each name of a form with all its values, as ``urllib.parse.parse_qsl`` reads it, in a fifth of its time."""

    def spelt_out(escaped: re.Match[str]) -> str:
        return bytes.fromhex(escaped[0].replace("%", "")).decode("utf-8", errors)

    fields: dict[str, list[str]] = {}
    for pair in filter(None, body.replace("+", " ").split("&")):
        name, _, value = pair.partition("=")
        if "%" in pair:
            name, value = ESCAPED.sub(spelt_out, name), ESCAPED.sub(spelt_out, value)
        fields.setdefault(name, []).append(value)
    return fields
