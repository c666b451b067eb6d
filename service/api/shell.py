"""Tokens in, problems out; the routes themselves are each room's ``api.py``."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, json, request
from flask_babel import gettext as _
from flask_smorest import Api
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, Unauthorized, UnsupportedMediaType

from service.api.document import teach_fields
from service.refusals import status_of, words_for
from service.room import Room
from service.web.session import locale, now
from service.web.wording import say
from tenants.actors import Actor
from tenants.people import token_actor
from tenants.refusals import Invalid, NotFound, Refusal

PREFIX = "/api/v1"
LARGEST_BODY = 64 * 1024


def api_actor() -> Actor:
    """The actor behind the request's token; ``Unauthorized`` without one."""
    if "api_actor" not in g:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() != "bearer" or not secret:
            raise Unauthorized
        try:
            g.api_actor = token_actor(
                secret.strip(), locale=locale(), by=Actor.public(now=now(), channel="api")
            )
        except NotFound as unknown:
            raise Unauthorized from unknown
    return g.api_actor


def problem(status: int, title: str, **more: Any) -> Response:
    """A problem document."""
    body = {
        "type": "about:blank",
        "status": status,
        "title": title,
        **{k: v for k, v in more.items() if v is not None},
    }
    response = Response(json.dumps(body), status, content_type="application/problem+json")
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def http_problem(error: HTTPException) -> Response:
    """An HTTP error as a problem; where input was wrong, with each field."""
    data = getattr(error, "data", None) or {}
    messages = data.get("messages") or {}
    fields = next(iter(messages.values()), {}) if len(messages) == 1 else messages
    return problem(error.code or 500, _title(error), errors=_said(fields) if fields else None)


def refused(refusal: Refusal) -> Response:
    """A refusal as a problem, with its code and, where input was wrong, each field."""
    status = status_of(refusal)
    errors = _said(refusal.fields) if isinstance(refusal, Invalid) else None
    return problem(status, words_for(refusal), code=refusal.code, errors=errors)


def mount(app: Flask, rooms: list[Room]) -> None:
    """Mount every room's API and its document at ``/api/v1/openapi.json``."""
    app.config.update(
        API_TITLE="Qiao",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    api = Api(app)
    teach_fields(api)
    for room in rooms:
        for blueprint in room.api:
            api.register_blueprint(blueprint, url_prefix=PREFIX + (blueprint.url_prefix or ""))

    @app.before_request
    def require_token() -> None:
        if not request.path.startswith(PREFIX + "/") or request.path == f"{PREFIX}/openapi.json":
            return
        api_actor()
        if request.is_json:
            request.max_content_length = LARGEST_BODY
            if (request.content_length or 0) > LARGEST_BODY:
                raise RequestEntityTooLarge
        elif request.content_length and request.mimetype != "multipart/form-data":
            raise UnsupportedMediaType


def _title(error: HTTPException) -> str:
    titles = {
        401: _("An access token is needed."),
        404: _("This does not exist, or is not yours to see."),
        405: _("This address does not take that method."),
        413: _("This is too large."),
        415: _("Please send JSON."),
        422: _("Some answers need another look."),
        400: _("This is not valid JSON."),
    }
    return titles.get(error.code or 500, error.name)


def _said(errors: Any) -> Any:
    if isinstance(errors, dict):
        return {str(name): _said(inner) for name, inner in errors.items()}
    if isinstance(errors, list):
        return [_said(inner) for inner in errors]
    return say(errors)
