"""The HTTP doors of the gateways beside the busiest one, which is ``channels/inbound_door.py``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg
import structlog
from flask import Blueprint, Flask, Response, current_app, request
from flask_wtf import CSRFProtect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import RequestEntityTooLarge

from channels.dialogues import Dialogue
from channels.engine import Engine, language_dialogue
from channels.gateways import Malformed, NotAuthentic, twilio
from channels.messages import InEach
from channels.receipts import take_receipt
from channels.registry import ChannelInfo, channel_by_key
from tenants.actors import Actor
from tenants.refusals import NotFound, Refusal

log = structlog.get_logger()

LARGEST_WEBHOOK = 64 * 1024

bp = Blueprint("channels", __name__, url_prefix="/channels")


def mount(
    app: Flask, dialogues: Sequence[Dialogue], explain: Callable[[Refusal], InEach], protection: CSRFProtect
) -> None:
    """Mount the gateways' doors and hand the engine its dialogues."""
    app.extensions["qiao.engine"] = Engine([*dialogues, language_dialogue()], explain)
    app.extensions["qiao.channels"] = {}
    app.register_blueprint(bp)
    protection.exempt(bp)


@bp.before_request
def refuse_large_bodies() -> None:
    """A webhook is small; 413 beyond 64 KiB."""
    if (request.content_length or 0) > LARGEST_WEBHOOK:
        raise RequestEntityTooLarge
    request.max_content_length = LARGEST_WEBHOOK


@bp.post("/twilio/<key>/status")
def twilio_status(key: str) -> Response:
    """Twilio's status callback, in any order."""
    channel = _authenticated(key, "status")
    try:
        receipt = twilio.parse_receipt(request.form)
    except Malformed as malformed:
        return _plain(422, f"missing: {', '.join(malformed.fields)}")
    take_receipt(
        channel, receipt, request.args.get("message"), by=Actor.system(channel.tenant_id, now=_now())
    )
    return Response(status=204)


def twilio_credentials(channel: ChannelInfo) -> twilio.Credentials:
    """A channel's account at Twilio, at the configured base address of its API; a demo office may have one of its own."""
    own = channel.credentials.get("api_url") if channel.demo else None
    api_url = own or current_app.config["SETTINGS"].twilio_api_url or twilio.API_URL
    return twilio.Credentials(channel.credentials["account_sid"], channel.credentials["auth_token"], api_url)


def public_url(channel: ChannelInfo, what: str) -> str:
    """The address of one of a channel's doors, as the provider knows it."""
    return f"{current_app.config['SETTINGS'].base_url.rstrip('/')}/channels/{channel.gateway}/{channel.key}/{what}"


def _authenticated(key: str, what: str) -> ChannelInfo:
    channel = channel_by_key("twilio", key)
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    twilio.authenticate(
        public_url(channel, what) + query, request.form, dict(request.headers), twilio_credentials(channel)
    )
    return channel


def _plain(status: int, text: str) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def _now() -> datetime:
    return current_app.config["CLOCK"]()


@bp.errorhandler(NotAuthentic)
def _not_authentic(error: NotAuthentic) -> Response:
    return _plain(403, "signature missing or wrong")


@bp.errorhandler(NotFound)
def _unknown_channel(error: NotFound) -> Response:
    return _plain(404, "unknown channel")


@bp.errorhandler(RequestEntityTooLarge)
def _too_large(error: RequestEntityTooLarge) -> Response:
    return _plain(413, "too large")


@bp.errorhandler(OperationalError)
@bp.errorhandler(NoConnection)
@bp.errorhandler(DBAPIError)
@bp.errorhandler(psycopg.Error)
def _database_away(error: Exception) -> Response:
    """Without the database nothing is promised: the provider tries again, or uses the fallback."""
    log.error("database_away", kind=type(error).__name__)
    return _plain(503, "try again")
