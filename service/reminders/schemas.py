"""How reminders go out by JSON."""

from __future__ import annotations

from marshmallow import fields

from service.schemas import Schema


class RemindersSchema(Schema):
    """The reminders of one rule about one date; ``number`` is null while it would tell who has bid (C5)."""

    rule = fields.String(dump_only=True)
    label = fields.String(dump_only=True)
    moment = fields.AwareDateTime(dump_only=True)
    due = fields.AwareDateTime(dump_only=True)
    left = fields.Boolean(dump_only=True)
    number = fields.Integer(dump_only=True, allow_none=True)
