"""What goes in and out of broadcasts, at every door."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from channels.models import Delivery
from service.broadcasts.rules import AudienceKind, BroadcastState
from service.organizations.rules import Capacity, OrganizationState, Typology
from service.schemas import Choice, Schema, Text, about


class WordsSchema(Schema):
    """What is said."""

    title = Text(_l("About"), most=60, required=True, hint=_l("For the office's own list; it is not sent."))
    words = Text(
        _l("Words in Chinese"),
        most=260,
        required=True,
        widget="textarea",
        hint=_l(
            "The office's name comes before it, how to end such messages behind it. Short is kind, and cheap."
            " Please name no person."
        ),
    )
    words_en = Text(
        _l("Words in English"),
        most=480,
        load_default=None,
        allow_none=True,
        hint=_l("For those who write in English; without it they get the Chinese words."),
    )


class OrganizationsSchema(WordsSchema):
    """A broadcast to organizations, by their signatories' phones."""

    organization_state = Choice(OrganizationState, _l("State"), load_default=None, allow_none=True)
    typology = Choice(Typology, _l("Kind"), load_default=None, allow_none=True)
    capacity = Choice(
        Capacity,
        _l("Capacity category"),
        hint=_l("Confidential: it only narrows who gets this. Please do not hint at it in the words."),
        load_default=None,
        allow_none=True,
    )
    place = Text(
        _l("Place"), most=60, load_default=None, allow_none=True, hint=_l("Where it is registered or works.")
    )


class BeneficiariesSchema(WordsSchema):
    """A broadcast to the villagers on a package's register."""

    package_id = fields.UUID(required=True, metadata=about(_l("Package"), widget="select"))


class EvaluationSchema(WordsSchema):
    """A broadcast to the villagers of an evaluation."""

    round_id = fields.UUID(required=True, metadata=about(_l("Which evaluation"), widget="select"))
    unanswered = fields.Boolean(
        load_default=False, metadata=about(_l("Only those who have not answered yet"))
    )


class FocalPointsSchema(WordsSchema):
    """A broadcast to community focal points."""

    township = Text(
        _l("Township"),
        most=60,
        load_default=None,
        allow_none=True,
        widget="select",
        hint=_l("Without it: those of all townships."),
    )


class TownshipSchema(WordsSchema):
    """A broadcast to the people of a township."""

    township = Text(_l("Township"), most=60, required=True, widget="select")
    village = Text(
        _l("Village"),
        most=60,
        load_default=None,
        allow_none=True,
        widget="select",
        hint=_l("Without it: the whole township."),
    )


FORMS: dict[AudienceKind, type[WordsSchema]] = {
    AudienceKind.ORGANIZATIONS: OrganizationsSchema,
    AudienceKind.BENEFICIARIES: BeneficiariesSchema,
    AudienceKind.EVALUATION: EvaluationSchema,
    AudienceKind.FOCAL_POINTS: FocalPointsSchema,
    AudienceKind.TOWNSHIP: TownshipSchema,
}
"""What is asked for each kind of audience."""


class BroadcastChangeSchema(WordsSchema):
    """A draft's words and filters anew; those that do not fit the audience are left out."""

    organization_state = Choice(OrganizationState, _l("State"), load_default=None, allow_none=True)
    typology = Choice(Typology, _l("Kind"), load_default=None, allow_none=True)
    capacity = Choice(Capacity, _l("Capacity category"), load_default=None, allow_none=True)
    place = Text(_l("Place"), most=60, load_default=None, allow_none=True)
    package_id = fields.UUID(load_default=None, allow_none=True)
    round_id = fields.UUID(load_default=None, allow_none=True)
    unanswered = fields.Boolean(load_default=False)
    township = Text(_l("Township"), most=60, load_default=None, allow_none=True)
    village = Text(_l("Village"), most=60, load_default=None, allow_none=True)


class BroadcastDraftSchema(BroadcastChangeSchema):
    """A broadcast to be drafted."""

    audience = Choice(AudienceKind, _l("For whom"), required=True)


class BroadcastSchema(Schema):
    """A broadcast as it stands; figures once they are frozen."""

    id = fields.UUID()
    number = fields.Integer()
    title = fields.String()
    words = fields.String()
    words_en = fields.String(allow_none=True)
    audience = Choice(AudienceKind, _l("For whom"))
    state = Choice(BroadcastState, _l("State"))
    prepared_at = fields.AwareDateTime()
    sent_at = fields.AwareDateTime(allow_none=True)
    people = fields.Integer(allow_none=True)
    suppressed = fields.Integer(allow_none=True)
    unreachable = fields.Integer(allow_none=True)
    parts = fields.Integer(allow_none=True)
    cost = fields.Decimal(places=2, as_string=True, allow_none=True)


class ShareSchema(Schema):
    """Those who read one language: the text they get, and how many they are."""

    locale = fields.String()
    text = fields.String()
    parts_each = fields.Integer()
    people = fields.Integer()
    suppressed = fields.Integer()
    unreachable = fields.Integer()
    parts = fields.Integer()


class SpendingSchema(Schema):
    """What a broadcast takes of the month's budget, in parts, and its cost in yuan."""

    people = fields.Integer()
    suppressed = fields.Integer()
    unreachable = fields.Integer()
    parts = fields.Integer()
    cost = fields.Decimal(places=2, as_string=True)
    used = fields.Integer()
    budget = fields.Integer()
    price = fields.Decimal(places=2, as_string=True)
    needs_approval = fields.Boolean()


class BroadcastFileSchema(Schema):
    """All about one broadcast: what it would be, or how far it got."""

    broadcast = fields.Nested(BroadcastSchema)
    filters = fields.Dict()
    shares = fields.List(fields.Nested(ShareSchema))
    spending = fields.Nested(SpendingSchema, allow_none=True)
    quiet_until = fields.AwareDateTime(allow_none=True)
    states = fields.Dict(keys=fields.String(), values=fields.Integer())
    done = fields.Integer()


class RecipientSchema(Schema):
    """Somebody a broadcast is for, the number masked."""

    id = fields.UUID()
    address = fields.String()
    known_as = fields.String(allow_none=True)
    language = fields.String()
    state = Choice(Delivery, _l("State"), allow_none=True)
    sent_at = fields.AwareDateTime(allow_none=True)
    settled_at = fields.AwareDateTime(allow_none=True)
    failure = fields.String(allow_none=True)
    template_code = fields.String(allow_none=True)
    template_version = fields.Integer(allow_none=True)


class RecipientsQuerySchema(Schema):
    """Which recipients: of one state, and those after one of them."""

    state = Choice(Delivery, _l("State"), load_default=None)
    after = fields.UUID(load_default=None)


class ReturnSchema(Schema):
    """Why a broadcast is given back."""

    reason = Text(_l("Reason"), most=300, required=True)


class ListingSchema(Schema):
    """People of one place to be put into the address book."""

    people = fields.List(
        fields.String(validate=validate.Length(min=1, max=80)),
        required=True,
        validate=validate.Length(min=1, max=200),
        metadata=about(
            _l("Numbers"), _l("The number, a space, and the name if you know it."), widget="lines"
        ),
    )
    township = Text(_l("Township"), most=60, required=True)
    village = Text(_l("Village"), most=60, load_default=None, allow_none=True)
    focal_point = fields.Boolean(load_default=False, metadata=about(_l("They are community focal points")))
    agreed = fields.Boolean(
        load_default=False, metadata=about(_l("Each of them agreed to get messages from the office"))
    )


class ListedSchema(Schema):
    """Somebody in the address book, the number masked."""

    id = fields.UUID()
    address = fields.String()
    name = fields.String(allow_none=True)
    township = fields.String()
    village = fields.String(allow_none=True)
    focal_point = fields.Boolean()
    listed_at = fields.AwareDateTime()
    opted_out = fields.Boolean()
    unreachable = fields.Boolean()
