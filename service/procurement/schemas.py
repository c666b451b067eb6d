"""What goes in and out of step 5 up to the opening, at every door."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from channels.models import Delivery
from service.preparation.rules import ProcurementMethod
from service.procurement.rules import BidState, CallState, QuestionState
from service.schemas import Choice, Money, Schema, Text, about

AMENDED_TOLD, CANCELLED_TOLD = 50, 70
"""Chinese characters of a reason for which everybody's text message has room."""


class CallTextSchema(Schema):
    """What the office writes in a call: the contents of step 5.1 (C1)."""

    title = Text(_l("Title"), most=40, required=True, hint=_l("Short: it goes into the text message."))
    title_en = Text(_l("Title in English"), most=80, load_default=None, allow_none=True)
    purpose = Text(_l("Purpose"), required=True, hint=_l("Why the office buys this, and what is to change."))
    qualifications = Text(_l("Who can take part"), required=True)
    documents = Text(_l("Documents to prepare"), required=True)
    place = Text(
        _l("Place"),
        most=300,
        required=True,
        widget="text",
        hint=_l("Where documents go, and bids are opened."),
    )
    review_process = Text(_l("How bids are reviewed"), required=True, hint=_l("The steps, and the criteria."))
    special_cases = Text(
        _l("Special cases"),
        required=True,
        hint=_l("A competent organization may propose a revised scope of work and bid on it."),
    )


CALL_LABELS = {name: field.metadata["label"] for name, field in CallTextSchema().fields.items()}
"""What the office writes in a call, by field, as people read it."""


class PackagesSchema(Schema):
    """What a call is for."""

    packages = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(min=1, max=20),
        metadata=about(_l("Packages"), _l("All must be procured by the same method."), widget="checkboxes"),
    )


class DraftSchema(CallTextSchema, PackagesSchema):
    """A call to be drafted, for one or more packages."""


class ApplicationSchema(Schema):
    """An SO's application (guide step 5.1, C4)."""

    price = Money(_l("Service fee for the whole work"), required=True)
    funding = Text(_l("Your thoughts on the funding arrangement"), most=1000, load_default="")
    measures = Text(_l("How you make sure that the work succeeds"), required=True)
    commitment = Text(_l("What quality you commit to"), most=1000, required=True)
    plan = Text(
        _l("Implementation plan"),
        most=8000,
        required=True,
        hint=_l("Who does what, where, when and how; as detailed as you need. Style does not count."),
    )


class PublishSchema(Schema):
    """A call to be published (C2)."""

    deadline = fields.AwareDateTime(required=True, metadata=about(_l("Deadline for bids")))
    organizations = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=500),
        metadata=about(
            _l("Organizations asked"),
            _l("An open tender goes to every registered organization."),
            widget="checkboxes",
        ),
    )


class AskingSchema(PublishSchema):
    """A call by another method than the open tender: the office says whom it asks (P6)."""

    organizations = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(max=500),
        metadata=about(
            _l("Organizations asked"),
            _l(
                "For a quotation at least three, where there are three; for an invited tender at least three; for a long-term "
                "contract one or two. Organizations that the office controls cannot take part."
            ),
            widget="checkboxes",
        ),
    )


class ProlongSchema(Schema):
    """A call that gets more time (C15)."""

    deadline = fields.AwareDateTime(required=True, metadata=about(_l("Deadline for bids")))


def _told_to_all(label: Any, most_told: int) -> Text:
    """Words that go by text message, so that there is room for ``most_told`` Chinese characters."""
    return Text(
        label,
        most=120,
        required=True,
        hint=_l(
            "It goes by text message to everybody who got the call, and onto the portal: up to %(number)s Chinese characters.",
            number=most_told,
        ),
    )


def _in_english() -> Text:
    return Text(_l("In English"), most=120, load_default=None, allow_none=True)


class AmendSchema(CallTextSchema):
    """A published call that changes (C15): its words as they are to be, and what changes."""

    reason = _told_to_all(_l("What changes, and why"), AMENDED_TOLD)
    reason_en = _in_english()


class CancelSchema(Schema):
    """A call that is cancelled (C15)."""

    reason = _told_to_all(_l("Why it is cancelled"), CANCELLED_TOLD)
    reason_en = _in_english()


class AmendmentSchema(Schema):
    """How a published call changed (C15)."""

    id = fields.UUID()
    reason = fields.String()
    reason_en = fields.String(allow_none=True)
    before = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))
    after = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))
    deadline_before = fields.AwareDateTime()
    deadline = fields.AwareDateTime()
    made_at = fields.AwareDateTime()


class LotSchema(Schema):
    """A lot of a call."""

    id = fields.UUID()
    number = fields.Integer()
    package_id = fields.UUID()
    name = fields.String()
    name_en = fields.String()


class CallSchema(CallTextSchema):
    """A call as it stands."""

    id = fields.UUID(dump_only=True)
    number = fields.Integer(dump_only=True)
    state = Choice(CallState, _l("State"), dump_only=True)
    method = Choice(ProcurementMethod, _l("Method"), dump_only=True)
    method_reason = fields.String(dump_only=True)
    published_at = fields.AwareDateTime(dump_only=True)
    questions_until = fields.AwareDateTime(dump_only=True)
    deadline = fields.AwareDateTime(dump_only=True)
    opened_at = fields.AwareDateTime(dump_only=True)
    cancelled_at = fields.AwareDateTime(dump_only=True)
    cancelled_because = fields.String(dump_only=True)
    cancelled_because_en = fields.String(dump_only=True)


class NewsSchema(Schema):
    """How far the news of a call got on one phone."""

    state = Choice(Delivery, _l("State"))
    at = fields.AwareDateTime()


class ToldSchema(Schema):
    """An SO a call is meant for (C2)."""

    organization_id = fields.UUID()
    name = fields.String()
    messages = fields.List(fields.Nested(NewsSchema))


class ApplicantSchema(Schema):
    """A bid as officials see it: the SO after the deadline, the rest after the opening (C5)."""

    bid_id = fields.UUID()
    lot = fields.Integer()
    organization = fields.String()
    received_at = fields.AwareDateTime()
    state = Choice(BidState, _l("State"))
    digest = fields.String(allow_none=True)
    price = fields.Decimal(places=2, as_string=True, allow_none=True)
    content = fields.Dict()


class QuestionTextSchema(Schema):
    """A question about a call, as somebody asks it (C3)."""

    text = Text(_l("Your question"), most=500, required=True)


class QuestionFormSchema(Schema):
    """A question about a call that is too long for a text message (C3)."""

    text = Text(_l("Your question"), most=2000, required=True)


class QuestionAnswerSchema(Schema):
    """A question answered to everybody (C3)."""

    wording = Text(
        _l("The question, as everybody reads it"),
        most=120,
        required=True,
        hint=_l("In the office's words, without whatever could tell who asked."),
    )
    answer = Text(
        _l("The answer"),
        most=300,
        required=True,
        hint=_l(
            "It goes by text message to everybody who got the call, and onto the portal: up to %(number)s Chinese characters.",
            number=180,
        ),
    )


class QuestionRefusalSchema(Schema):
    """A question that is none about the call (C3)."""

    reason = Text(
        _l("Why it is not answered to all"),
        most=200,
        required=True,
        hint=_l(
            "Only the asker reads it, as a text message: up to %(number)s Chinese characters.", number=90
        ),
    )


class CallQuestionSchema(Schema):
    """A question about a call as officials see it: never who asked (C3)."""

    id = fields.UUID()
    call_id = fields.UUID()
    lot = fields.Integer()
    reference = fields.String()
    asked = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime()
    in_person = fields.Boolean()
    state = Choice(QuestionState, _l("State"))
    wording = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    settled_at = fields.AwareDateTime(allow_none=True)
