"""The HTTP doors of the gateways, one module each; the busiest one is ``channels/inbound_door.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import psycopg
import structlog
from flask import Blueprint, Flask, Response, request
from flask_wtf import CSRFProtect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import RequestEntityTooLarge

from channels.dialogues import Dialogue
from channels.doors import aliyun, kannel, twilio, wechat
from channels.engine import Engine, language_dialogue
from channels.gateways import Malformed, NotAuthentic
from channels.messages import InEach
from channels.preparing import Settled
from channels.sorting import Members
from tenants.refusals import NotFound, Refusal

log = structlog.get_logger()

LARGEST_WEBHOOK = 64 * 1024

bp = Blueprint("channels", __name__, url_prefix="/channels")
DOORS = (twilio.bp, kannel.bp, aliyun.bp, wechat.bp)
for door in DOORS:
    bp.register_blueprint(door)


def mount(
    app: Flask,
    dialogues: Sequence[Dialogue],
    members: Sequence[Members],
    settled: Mapping[str, Settled],
    explain: Callable[[Refusal], InEach],
    protection: CSRFProtect,
) -> None:
    """Mount the gateways' doors, hand the engine its dialogues, and say whom the offices know as their own (S8).

    ``settled``: for messages about rows of some tables, which of those need not be spoken of any more (S6).
    """
    app.extensions["qiao.members"] = tuple(members)
    app.extensions["qiao.engine"] = Engine([*dialogues, language_dialogue()], explain)
    app.extensions["qiao.channels"] = {}
    app.extensions["qiao.settled"] = dict(settled)
    app.register_blueprint(bp)
    for door in DOORS:
        protection.exempt(door)


@bp.before_request
def refuse_large_bodies() -> None:
    """A webhook is small; 413 beyond 64 KiB."""
    if (request.content_length or 0) > LARGEST_WEBHOOK:
        raise RequestEntityTooLarge
    request.max_content_length = LARGEST_WEBHOOK


def _plain(status: int, text: str) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


@bp.errorhandler(NotAuthentic)
def _not_authentic(error: NotAuthentic) -> Response:
    return _plain(403, "signature missing or wrong")


@bp.errorhandler(Malformed)
def _malformed(error: Malformed) -> Response:
    return _plain(422, f"missing: {', '.join(error.fields)}")


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
