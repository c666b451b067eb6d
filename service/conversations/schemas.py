"""What goes in and out of the conversation desk."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from channels.models import Delivery, Handling, Medium, Secrecy
from service.conversations.rules import Desk
from service.pictures import PictureSchema
from service.schemas import Choice, Schema, Text, about

MOST = 300
"""Characters that an officer's answer may have; of Chinese ones fewer have room."""


REASON = 200


class AssigneeSchema(Schema):
    """Who looks after a conversation."""

    id = fields.UUID(dump_only=True)
    name = fields.String(dump_only=True)


class WaitingSchema(Schema):
    """A conversation in which something waits for a person."""

    contact_id = fields.UUID(dump_only=True)
    desk = Choice(Desk, _l("Desk"), dump_only=True)
    sender = fields.String(dump_only=True)
    medium = Choice(Medium, _l("Channel"), dump_only=True)
    since = fields.AwareDateTime(dump_only=True)
    number = fields.Integer(dump_only=True)
    text = fields.String(dump_only=True, allow_none=True)
    assignee = fields.Nested(AssigneeSchema, dump_only=True, allow_none=True)


class LatelySchema(Schema):
    """Up to which day conversations are listed; today where none is given."""

    until = fields.Date(load_default=None)


class LineSchema(Schema):
    """One thing said in a conversation."""

    id = fields.UUID(dump_only=True)
    at = fields.AwareDateTime(dump_only=True)
    ours = fields.Boolean(dump_only=True)
    text = fields.String(dump_only=True, allow_none=True)
    reference = fields.String(dump_only=True, allow_none=True)
    secrecy = Choice(Secrecy, _l("Who may read it"), dump_only=True, allow_none=True)
    handling = Choice(Handling, _l("State"), dump_only=True, allow_none=True)
    delivery = Choice(Delivery, _l("Delivery"), dump_only=True, allow_none=True)
    medium = Choice(Medium, _l("Channel"), dump_only=True)
    sender = fields.String(dump_only=True)
    pictures = fields.List(fields.Nested(PictureSchema), dump_only=True)
    astray = fields.Boolean(dump_only=True)
    template_code = fields.String(dump_only=True, allow_none=True)
    template_version = fields.Integer(dump_only=True, allow_none=True)


class PersonAddressSchema(Schema):
    """One of the addresses a person is known by."""

    contact_id = fields.UUID(dump_only=True)
    sender = fields.String(dump_only=True)
    medium = Choice(Medium, _l("Channel"), dump_only=True)
    proved = fields.Boolean(dump_only=True)
    unreachable = fields.Boolean(dump_only=True)
    last_at = fields.AwareDateTime(dump_only=True)


class ConversationSchema(Schema):
    """A person's conversation with a desk, the oldest line first."""

    contact_id = fields.UUID(dump_only=True)
    desk = Choice(Desk, _l("Desk"), dump_only=True)
    sender = fields.String(dump_only=True)
    medium = Choice(Medium, _l("Channel"), dump_only=True)
    locale = fields.String(dump_only=True)
    stopped = fields.Boolean(dump_only=True)
    since = fields.AwareDateTime(dump_only=True, allow_none=True)
    last = fields.UUID(dump_only=True)
    assignee = fields.Nested(AssigneeSchema, dump_only=True, allow_none=True)
    addresses = fields.List(fields.Nested(PersonAddressSchema), dump_only=True)
    lines = fields.List(fields.Nested(LineSchema), dump_only=True)


class SeenSchema(Schema):
    """Up to where somebody has read a conversation, who now ends it."""

    seen = fields.UUID(required=True, metadata=about(_l("Read up to"), widget="hidden"))


class ReplySchema(Schema):
    """An answer in free words, and up to where the conversation was read."""

    words = Text(
        _l("Your answer"),
        most=MOST,
        required=True,
        hint=_l("It goes out as a text message: up to %(number)s Chinese characters.", number=120),
    )
    to = fields.UUID(
        load_default=None,
        metadata=about(_l("Send to"), _l("Otherwise to where the person wrote from last."), choices=()),
    )
    seen = fields.UUID(required=True, metadata=about(_l("Read up to"), widget="hidden"))


class SamePersonSchema(Schema):
    """Whose conversation belongs to the same person, and how one knows."""

    other_id = fields.UUID(required=True, metadata=about(_l("The same person writes as"), choices=()))
    reason = Text(_l("How you know"), most=REASON, required=True)


class OtherPersonSchema(Schema):
    """Which address is somebody else's after all, and how one knows."""

    address_id = fields.UUID(required=True, metadata=about(_l("Address"), choices=()))
    reason = Text(_l("How you know"), most=REASON, required=True)


class CountSchema(Schema):
    """How an answer would go out."""

    words = fields.String(dump_only=True)
    parts = fields.Integer(dump_only=True)
    units = fields.Integer(dump_only=True)


class HandingSchema(Schema):
    """Which colleague looks after a conversation from now on."""

    person_id = fields.UUID(required=True, metadata=about(_l("Colleague"), choices=()))


class CountySchema(SeenSchema):
    """The county that a conversation is about."""

    office_id = fields.Integer(required=True, metadata=about(_l("County"), choices=()))


class NumberSchema(Schema):
    """A sender's number in full."""

    address = fields.String(dump_only=True)


class UsualAnswerSchema(Schema):
    """An answer that the office gives often."""

    id = fields.UUID(dump_only=True)
    name = Text(_l("Short name"), most=60, required=True, hint=_l("By which officers find it."))
    words_zh = Text(_l("In Chinese"), most=MOST, required=True)
    words_en = Text(_l("In English"), most=MOST, required=True)
