"""What goes in and out of the room of waiting messages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from channels.models import Delivery, Handling, Secrecy
from service.schemas import Choice, Schema, Text


class WaitingSchema(Schema):
    """A message that waits or waited for a person."""

    id = fields.UUID(dump_only=True)
    received_at = fields.AwareDateTime(dump_only=True)
    reference = fields.String(dump_only=True)
    sender = fields.String(dump_only=True)
    text = fields.String(dump_only=True, allow_none=True)
    secrecy = Choice(Secrecy, _l("Who may read it"), dump_only=True)
    handling = Choice(Handling, _l("State"), dump_only=True)
    answered = Choice(Delivery, _l("Answer"), dump_only=True, allow_none=True)


class AnswerMessageSchema(Schema):
    """An answer in free words."""

    words = Text(
        _l("Your answer"), most=300, required=True, hint=_l("It goes out as a text message; short is kind.")
    )


class AlarmSchema(Schema):
    """Something an operator or an office must look at."""

    id = fields.UUID(dump_only=True)
    code = fields.String(dump_only=True)
    facts = fields.Dict(dump_only=True)
    raised_at = fields.AwareDateTime(dump_only=True)
    last_at = fields.AwareDateTime(dump_only=True)
    times = fields.Integer(dump_only=True)
