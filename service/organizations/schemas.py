"""What goes in and out of step 3, at every door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from channels.answers import Unclear, parse_pin
from channels.texts import fold
from service.organizations.rules import (
    HIGHEST_MARK,
    Capacity,
    Factor,
    Item,
    LeftOffGround,
    OrganizationState,
    Source,
    TrackRecordKind,
    Typology,
    Verification,
    credit_code_of,
)
from service.schemas import Choice, Schema, Text, about

LONGEST_ANSWER = 500
"""Characters of an answer; a text message that long is rare."""

CODE_WRONG = _l("This is no valid credit code: 18 characters, the last one checks the others.")
PIN_UNCLEAR = _l("A PIN has 4 to 6 digits.")
PINS_DIFFER = _l("The two PINs differ.")


class CreditCode(fields.String):
    """A credit code (统一社会信用代码), in any width and case; its check digit must be right (O2)."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        code = credit_code_of(fold(super()._deserialize(value, attr, data, **kwargs)))
        if code is None:
            raise ValidationError(CODE_WRONG)
        return code


class Pin(fields.String):
    """A PIN of four to six digits; never shown again."""

    def __init__(self, label: Any) -> None:
        """``label``: shown on the form."""
        super().__init__(required=True, load_only=True, metadata=about(label, widget="password"))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        try:
            return parse_pin(super()._deserialize(value, attr, data, **kwargs))
        except Unclear as unclear:
            raise ValidationError(PIN_UNCLEAR) from unclear


def _optional(label: Any, most: int = LONGEST_ANSWER, **kwargs: Any) -> Text:
    return Text(label, most=most, load_default=None, allow_none=True, **kwargs)


class TableFourSchema(Schema):
    """Table 4's nine items, as far as they are known (O2)."""

    name = Text(_l("Name of the organization"), most=100, required=True)
    purpose = _optional(_l("Purpose or vision"))
    services = _optional(_l("Activities and services"))
    registration_place = _optional(_l("Registered where"), 100)
    registration_date = fields.Date(load_default=None, allow_none=True, metadata=about(_l("Registered when")))
    registration_authority = _optional(_l("Registered by which authority"), 100)
    credit_code = CreditCode(
        load_default=None,
        allow_none=True,
        metadata=about(
            _l("Unified social credit code"), _l("18 characters; empty for a group that is not registered.")
        ),
    )
    team = _optional(_l("Team and staff"), hint=_l("Who they are and what they have done in the field."))
    team_size = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, 100_000),
        metadata=about(_l("Number of people")),
    )
    past_work = _optional(_l("Previous poverty reduction work"))
    government = _optional(_l("Past cooperation with government"))
    interested = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata=about(_l("Interested to work in this county"), widget="radio"),
    )
    offers = _optional(_l("What it is good at and wants to provide"))
    filled_by = _optional(_l("Filled in by (name and post)"), 80, load_only=True)


class RegistrationSchema(TableFourSchema):
    """An SO's own registration: what it alone can say is required (O2)."""

    purpose = Text(_l("Purpose or vision"), most=LONGEST_ANSWER, required=True)
    services = Text(_l("Activities and services"), most=LONGEST_ANSWER, required=True)
    team_size = fields.Integer(
        required=True, validate=validate.Range(1, 100_000), metadata=about(_l("Number of people"))
    )
    interested = fields.Boolean(
        required=True, metadata=about(_l("Interested to work in this county"), widget="radio")
    )
    offers = Text(_l("What it is good at and wants to provide"), most=LONGEST_ANSWER, required=True)
    filled_by = Text(_l("Filled in by (name and post)"), most=80, required=True, load_only=True)


class PinSchema(Schema):
    """A new PIN, twice (T5)."""

    pin = Pin(_l("New PIN, 4 to 6 digits"))
    pin_again = Pin(_l("The same PIN again"))

    @validates_schema
    def require_same(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        """Two different PINs are a slip of the finger."""
        if data.get("pin") != data.get("pin_again"):
            raise ValidationError(PINS_DIFFER, "pin_again")


class LinkedRegistrationSchema(PinSchema, RegistrationSchema):
    """The web form of an SO that registers: Table 4, then its PIN."""


class LinkedUpdateSchema(RegistrationSchema):
    """The web form of a signatory who corrects a registration; its credit code, its identity, stays."""

    class Meta(Schema.Meta):
        """Without what a signatory may not change."""

        exclude = ("credit_code",)


class OrganizationSchema(TableFourSchema):
    """An SO as an officer lists it, from any source (O1), with what the office knows besides (O6, R2)."""

    id = fields.UUID(dump_only=True)
    number = fields.Integer(dump_only=True)
    state = Choice(OrganizationState, _l("State"), dump_only=True)
    source = Choice(Source, _l("How the office learnt of it"), required=True)
    typology = Choice(Typology, _l("Kind of organization"), load_default=None, allow_none=True)
    serves = _optional(_l("Groups it serves"), 200)
    sites = _optional(_l("Where it works"), 200)
    umbrella_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata=about(_l("Umbrella organization"), choices=list, widget="select"),
    )
    controlled_by_office = fields.Boolean(
        load_default=False,
        metadata=about(
            _l("Founded or controlled by this office"),
            _l("Such an organization is not awarded this office's contracts."),
        ),
    )
    signed = fields.Boolean(load_default=False, metadata=about(_l("The form bears a seal or signature")))
    left_off_ground = Choice(LeftOffGround, _l("Ground"), dump_only=True)
    left_off_reason = fields.String(dump_only=True)


class VerificationSchema(Schema):
    """What was found out about one item (O2)."""

    item = Choice(Item, _l("Item"), required=True)
    status = Choice(Verification, _l("Finding"), required=True, widget="radio")
    how = Text(_l("How, and what was found"), most=LONGEST_ANSWER, required=True)
    verified_at = fields.AwareDateTime(dump_only=True)


class LeaveOffSchema(Schema):
    """Why an SO is left off the short list: one of four grounds, and in words (O3)."""

    ground = Choice(LeftOffGround, _l("Ground"), required=True, widget="radio")
    reason = Text(
        _l("Reason, in words the organization is told"), most=200, required=True, widget="textarea",
        hint=_l("Newly founded, weak paperwork or not local are no grounds."),
    )  # fmt: skip


class SignatorySchema(Schema):
    """Another phone that speaks for an SO (T5)."""

    id = fields.UUID(dump_only=True)
    address = Text(_l("Phone number"), most=40, required=True, load_only=True)
    name = Text(_l("Name and post"), most=80, required=True, load_only=True)
    papers = Text(
        _l("Papers seen"), most=200, required=True, widget="text", load_only=True,
        hint=_l("For example: letter with the organization's seal, identity card."),
    )  # fmt: skip
    added_at = fields.AwareDateTime(dump_only=True)
    revoked_at = fields.AwareDateTime(dump_only=True)


class RevocationSchema(Schema):
    """Why a phone no longer speaks for an SO."""

    reason = Text(_l("Reason"), most=200, required=True, widget="text")


class PinResetSchema(Schema):
    """What an officer saw before letting a new PIN be set."""

    papers = Text(_l("Papers seen"), most=200, required=True, widget="text")


MARKS = ((0, _l("0 none")), (1, _l("1 a beginning")), (2, _l("2 good")), (3, _l("3 strong")))


def _mark(factor: Factor) -> fields.Integer:
    return fields.Integer(
        required=True, strict=False, validate=validate.Range(0, HIGHEST_MARK),
        metadata=about(factor.label, widget="radio", choices=MARKS),
    )  # fmt: skip


FactorsSchema = Schema.from_dict({factor.value: _mark(factor) for factor in Factor}, name="FactorsSchema")
"""One mark for each factor of O4, in the order of weight; no other field exists to be sent."""


class AssessmentSchema(Schema):
    """One assessor's view (O4)."""

    round = fields.Integer(dump_only=True)
    factors = fields.Nested(FactorsSchema, required=True, metadata=about(_l("Marks")))
    category = Choice(
        Capacity,
        _l("Category"),
        load_default=None,
        allow_none=True,
        hint=_l("Leave empty to take what the marks suggest."),
    )
    reasons = Text(_l("Reasons"), most=2000, required=True)
    assessed_at = fields.AwareDateTime(dump_only=True)


class AgreedCapacitySchema(Schema):
    """What the assessors agreed on."""

    round = fields.Integer()
    category = Choice(Capacity, _l("Category"))
    agreed_at = fields.AwareDateTime()
    valid_until = fields.Date()


class AssessmentRoundSchema(Schema):
    """What one's own view led to: an agreement, or nothing yet."""

    agreed = fields.Nested(AgreedCapacitySchema, allow_none=True)


class CapacitySchema(Schema):
    """The valid category, and the rounds behind it. Confidential (D3)."""

    valid = Choice(Capacity, _l("Category"), allow_none=True)
    agreed = fields.List(fields.Nested(AgreedCapacitySchema))
    assessments = fields.List(fields.Nested(AssessmentSchema))


class SupplyAndDemandSchema(Schema):
    """Tasks wanted against SOs able (O5). Confidential (D3)."""

    difficulty = fields.String()
    wanted = fields.Integer()
    able = fields.Integer()
    short = fields.Boolean()
    remedies = fields.List(fields.String())


class TrackRecordSchema(Schema):
    """A fact later steps added."""

    kind = Choice(TrackRecordKind, _l("Kind"))
    fact = fields.String()
    happened_at = fields.AwareDateTime()
