"""The house put together: one plain list of rooms, and the few things that all of them share."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog
from flask import Flask, Response, g, render_template, request
from flask_babel import Babel
from flask_babel import gettext as _
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import BadRequest, HTTPException, Unauthorized

from channels.doors import mount as mount_channels
from channels.inbound_door import InboundDoor
from service.api import shell as api
from service.catalogues import require_catalogues
from service.health import bp as health
from service.logs import configure as configure_logs
from service.refusals import gathered, status_of, words_for, words_in_each
from service.reminders.models import Reminder
from service.reminders.workflow import answered_meanwhile
from service.rooms import ROOMS
from service.settings import Settings
from service.simulator import bp as simulator
from service.web import filters
from service.web.linked_forms import bp as linked_forms
from service.web.profile import bp as profile
from service.web.session import LOCALES, locale, to_log_in, to_reauthenticate
from service.web.views import bp as web
from tenants.database import db
from tenants.privacy import Keyring
from tenants.refusals import NotPermitted, Refusal
from tenants.schema import sqlalchemy_url

LARGEST_UPLOAD = 10 * 1024 * 1024
POOL = 4
"""Database connections in each process: for each thread of a web process the door's own and a page's."""

PATIENCE = "-c lock_timeout=5s -c statement_timeout=60s"
"""A database that hangs is as good as away: a provider waits fifteen seconds for its answer, a person little longer."""

CONTENT_POLICY = (
    "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)

log = structlog.get_logger()


def create_app(settings: Settings, *, clock: Callable[[], datetime] | None = None) -> Flask:
    """Build the application. ``clock`` gives the present moment (UTC); only tests and stories bring their own.

    Raises ``SettingsError`` where the sentences were never compiled.
    """
    configure_logs()
    require_catalogues()
    app = Flask(
        "service", static_folder="web/static", static_url_path="/static", template_folder="web/templates"
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SETTINGS=settings,
        CLOCK=clock or (lambda: datetime.now(UTC)),
        SQLALCHEMY_DATABASE_URI=sqlalchemy_url(settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": POOL,
            "max_overflow": 4,
            "pool_timeout": 5,
            "pool_use_lifo": True,
            # The gate gives no connection back in the middle of a transaction.
            "pool_reset_on_return": None,
            "hide_parameters": True,
            "connect_args": {"connect_timeout": 3, "autocommit": True, "options": PATIENCE},
        },
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD + 64 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES="../translations",
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["qiao.keyring"] = Keyring(settings.privacy_keys)
    app.extensions["qiao.rooms"] = ROOMS
    app.extensions["qiao.refusals"] = gathered(*(room.refusals for room in ROOMS))
    db.init_app(app)
    Babel(app, locale_selector=lambda: LOCALES[locale()])
    protection = CSRFProtect(app)
    filters.register(app)
    app.register_blueprint(web)
    app.register_blueprint(profile)
    app.register_blueprint(health)
    app.register_blueprint(linked_forms)
    if not settings.production:
        app.register_blueprint(simulator)
    for room in ROOMS:
        for blueprint in room.pages:
            app.register_blueprint(blueprint)
    api.mount(app, ROOMS)
    mount_channels(
        app,
        [dialogue for room in ROOMS for dialogue in room.dialogues],
        [members for room in ROOMS for members in room.members],
        {Reminder.__tablename__: answered_meanwhile},
        words_in_each,
        protection,
    )
    for room in ROOMS:
        for blueprint in room.api:
            protection.exempt(blueprint)
    _handle_errors(app)
    app.after_request(_guard_headers)
    app.wsgi_app = InboundDoor(app)  # type: ignore[method-assign]
    return app


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(Unauthorized, _unauthorized)
    app.register_error_handler(CSRFError, _form_expired)
    for away in (OperationalError, NoConnectionFree, psycopg.OperationalError):
        app.register_error_handler(away, _database_away)
    app.register_error_handler(RecursionError, _nested_too_deep)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _for_api() -> bool:
    return request.path.startswith(api.PREFIX)


def _refused(refusal: Refusal) -> Any:
    if _for_api():
        return api.refused(refusal)
    if isinstance(refusal, NotPermitted) and refusal.code == "reauthenticate":
        return to_reauthenticate(request.form.get("purpose", ""))
    status = status_of(refusal)
    return _page(status, words_for(refusal), _("Go back and look again, or ask a colleague who may."))


def _unauthorized(error: Unauthorized) -> Any:
    return api.problem(401, _("An access token is needed.")) if _for_api() else to_log_in()


def _form_expired(error: CSRFError) -> Any:
    return _page(
        400, _("This page was open for too long."), _("Please go back, reload the page and send it again.")
    )


def _database_away(error: Exception) -> Any:
    log.error("database_away")
    g.plain = True
    return _problem_or_page(
        503, _("The system cannot reach its data right now."), _("Please try again in a minute.")
    )


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    if _for_api():
        return api.http_problem(error)
    known = {
        403: _("Your role here does not include this."),
        404: _("This does not exist, or is not yours to see."),
        405: _("This address does not take that method."),
        413: _("This is too large."),
    }
    return _page(
        error.code, known.get(error.code, error.name), _("Please check the address, or go to the home page.")
    )


def _nested_too_deep(error: RecursionError) -> Any:
    return api.http_problem(BadRequest()) if _for_api() and request.is_json else _unexpected(error)


def _unexpected(error: Exception) -> Any:
    reference = secrets.token_hex(4)
    log.exception("unexpected", reference=reference, path=request.path)
    g.plain = True
    return _problem_or_page(
        500, _("Something went wrong on our side."), _("It has been recorded. Please try again."), reference
    )


def _problem_or_page(status: int, title: str, advice: str, reference: str | None = None) -> Any:
    return (
        api.problem(status, title, reference=reference)
        if _for_api()
        else _page(status, title, advice, reference)
    )


def _page(status: int, title: str, advice: str, reference: str | None = None) -> Any:
    return render_template(
        "error.html", status=status, title=title, advice=advice, reference=reference
    ), status


def _guard_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.path.startswith(("/admin/", api.PREFIX)):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
