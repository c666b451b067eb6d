"""What goes in and out of step 6, at every door."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from service.delivery.rules import MilestoneState, SupportKind, SupportState, TransferState
from service.pictures import PictureSchema
from service.schemas import Choice, Money, Schema, Text, about


class TransferSchema(Schema):
    """A payment the contract promises (M1)."""

    id = fields.UUID(dump_only=True)
    number = fields.Integer(dump_only=True)
    contract_id = fields.UUID(dump_only=True)
    purpose = fields.String(dump_only=True)
    amount = Money(_l("Amount"), dump_only=True)
    due_on = fields.Date(dump_only=True)
    state = Choice(TransferState, _l("State"), dump_only=True)
    made_at = fields.AwareDateTime(dump_only=True)
    confirmed_at = fields.AwareDateTime(dump_only=True)
    bank_reference = fields.String(dump_only=True)


class PaymentSchema(Schema):
    """A transfer with the days it is late."""

    transfer = fields.Nested(TransferSchema)
    days_late = fields.Integer()


class MakeTransferSchema(Schema):
    """A payment made (M1)."""

    bank_reference = Text(
        _l("Bank reference"), most=60, required=True, hint=_l("As it stands on the bank's slip.")
    )


class MilestoneSchema(Schema):
    """A step the contract promises (M3)."""

    id = fields.UUID(dump_only=True)
    position = fields.Integer(dump_only=True)
    title = Text(_l("Milestone"), most=40, required=True)
    due_on = fields.Date(required=True, metadata=about(_l("Reached by")))
    state = Choice(MilestoneState, _l("State"), dump_only=True)
    reported_at = fields.AwareDateTime(dump_only=True)


class MilestonesSchema(Schema):
    """The steps of a contract (M3)."""

    milestones = fields.List(
        fields.Nested(MilestoneSchema),
        required=True,
        validate=validate.Length(min=1, max=12),
        metadata=about(_l("Milestones"), widget="rows"),
    )


class StepSchema(Schema):
    """A milestone with the days it is late."""

    milestone = fields.Nested(MilestoneSchema)
    days_late = fields.Integer()


class ReportSchema(Schema):
    """What an SO reported."""

    text = fields.String(allow_none=True)
    milestone = fields.String(allow_none=True)
    reported_at = fields.AwareDateTime()
    sender = fields.String(allow_none=True)
    pictures = fields.List(fields.Nested(PictureSchema))


class ObligationsSchema(Schema):
    """What both sides of a contract promised, and how it stands (R1)."""

    payments = fields.List(fields.Nested(PaymentSchema))
    steps = fields.List(fields.Nested(StepSchema))
    reports = fields.List(fields.Nested(ReportSchema))


class SupportTextSchema(Schema):
    """What support an SO asks for, in own words (M2)."""

    text = Text(_l("What you need"), most=500, required=True)


class SupportAnswerSchema(Schema):
    """The answer to a request for support (M2)."""

    answer = Text(
        _l("The answer"),
        most=300,
        required=True,
        hint=_l("It goes out as a text message: up to %(number)s Chinese characters.", number=90),
    )


class PassOnSchema(Schema):
    """To whom a request for support is passed on (M2)."""

    kind = Choice(SupportKind, _l("What it is about"), required=True)
    to = Text(
        _l("Passed on to"),
        most=40,
        required=True,
        hint=_l("Office and person, such as: Shiban township, Ms Li. The organization is told."),
    )


class SupportSchema(Schema):
    """A request for support (M2)."""

    id = fields.UUID()
    reference = fields.String()
    contract_id = fields.UUID()
    kind = Choice(SupportKind, _l("What it is about"))
    text = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime()
    days_late = fields.Integer()
    state = Choice(SupportState, _l("State"))
    passed_on_to = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
