"""A picture from a phone at the doors of all rooms: its facts by JSON, and itself for the browser."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from channels.pictures import Content, PictureState
from service.schemas import Choice, Schema

PICTURE: dict[str, Any] = {"type": "string", "format": "binary"}
"""How the API's document describes one."""


class PictureSchema(Schema):
    """A picture or document somebody sent; it can be fetched once it is stored."""

    id = fields.UUID(dump_only=True)
    state = Choice(PictureState, _l("State"), dump_only=True)
    content_type = fields.String(dump_only=True, allow_none=True)
    received_at = fields.AwareDateTime(dump_only=True)
    sender = fields.String(dump_only=True, allow_none=True)


def picture_response(picture: Content) -> Response:
    """A picture for the browser, which keeps no copy and runs nothing in it; a document to be saved."""
    response = Response(picture.content, mimetype=picture.content_type)
    way = "inline" if picture.content_type.startswith("image/") else "attachment"
    response.headers.set("Content-Disposition", way, filename=picture.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
