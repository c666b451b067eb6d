"""What goes out of the room of alarms."""

from __future__ import annotations

from marshmallow import fields

from service.schemas import Schema


class AlarmSchema(Schema):
    """Something an operator or an office must look at."""

    id = fields.UUID(dump_only=True)
    code = fields.String(dump_only=True)
    facts = fields.Dict(dump_only=True)
    raised_at = fields.AwareDateTime(dump_only=True)
    last_at = fields.AwareDateTime(dump_only=True)
    times = fields.Integer(dump_only=True)
