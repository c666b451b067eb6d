"""What goes in and out of steps 5.2 to 5.5, at every door."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from service.procurement.rules import BidState, CallState, ExclusionGround
from service.procurement.selection_rules import Indicator, Verdict
from service.schemas import Choice, Schema, Text, about

TOLD = 50
"""Characters of a reason that goes out by text message."""

WANTED = 36
"""Characters of a request that goes out beside a link."""


class RevisionRequestSchema(Schema):
    """What an SO is asked to complete (C6)."""

    what = Text(_l("What is missing"), most=WANTED, required=True, hint=_l("The organization reads this."))


class RevisionSchema(Schema):
    """What an SO adds to its documents (C6)."""

    text = Text(_l("Your addition"), most=10000, required=True)


class ExclusionSchema(Schema):
    """A bid excluded (C6)."""

    ground = Choice(ExclusionGround, _l("Ground"), required=True, widget="radio")
    reason = Text(
        _l("Reason"),
        most=TOLD,
        load_default=None,
        allow_none=True,
        hint=_l("The organization reads these words. For missing experience it reads the ground alone."),
    )


class BidScreeningSchema(ExclusionSchema):
    """A bid admitted, without a ground, or excluded (C6)."""

    ground = Choice(ExclusionGround, _l("Ground"), load_default=None, allow_none=True)


IndicatorsSchema = Schema.from_dict(
    {one.value: Choice(Verdict, one.label, required=True, widget="radio") for one in Indicator},
    name="IndicatorsSchema",
)
"""A verdict on each of the five indicators; another one, such as writing style, is refused (C8)."""


class ReviewSchema(Schema):
    """A reviewer's view of a bid (C8, C9)."""

    indicators = fields.Nested(IndicatorsSchema, required=True, metadata=about(_l("Indicators")))
    satisfies = fields.Boolean(
        required=True, metadata=about(_l("Does it satisfy the scope of work?"), widget="radio")
    )
    reason = Text(
        _l("Why"), most=2000, required=True, hint=_l("Targets, practicality, people; not the wording.")
    )


class SelectionSchema(Schema):
    """The winner of a lot (C9)."""

    bid_id = fields.UUID(required=True, metadata=about(_l("Organization"), choices=()))
    reason = Text(_l("Reason"), most=300, required=True, hint=_l("Everybody can read it."))


class DecisionReasonSchema(Schema):
    """A reason that bidders read."""

    reason = Text(_l("Reason"), most=TOLD, required=True)


class OpenedBidSchema(Schema):
    """A bid between opening and result, as officials see it."""

    id = fields.UUID()
    call_id = fields.UUID()
    lot_id = fields.UUID()
    organization_id = fields.UUID()
    state = Choice(BidState, _l("State"))
    price = fields.Decimal(places=2, as_string=True)
    digest = fields.String()
    content = fields.Dict()
    revision_requested_at = fields.AwareDateTime()
    revision_wanted = fields.String()
    revision = fields.String()
    revised_at = fields.AwareDateTime()
    exclusion_ground = Choice(ExclusionGround, _l("Ground"))
    exclusion_reason = fields.String()


class RecordedReviewSchema(Schema):
    """A review as recorded."""

    id = fields.UUID()
    bid_id = fields.UUID()
    reviewer_id = fields.UUID()
    indicators = fields.Dict()
    satisfies = fields.Boolean()
    reason = fields.String()
    reviewed_at = fields.AwareDateTime()


class AwardSchema(Schema):
    """An award."""

    id = fields.UUID()
    lot_id = fields.UUID()
    bid_id = fields.UUID()
    reason = fields.String()
    selected_at = fields.AwareDateTime()
    published_at = fields.AwareDateTime()
    objections_until = fields.AwareDateTime()
    approved_at = fields.AwareDateTime()


class BidWithReviewsSchema(Schema):
    """A bid with what reviewers said."""

    bid = fields.Nested(OpenedBidSchema)
    organization = fields.String(attribute="organization.name")
    reviews = fields.List(fields.Nested(RecordedReviewSchema))


class LotFileSchema(Schema):
    """A lot between opening and approval: bids, their order, award, and from the opening on the seed of its draw (C9, C14)."""

    lot = fields.Integer(attribute="lot.number")
    lot_id = fields.UUID(attribute="lot.id")
    bids = fields.List(fields.Nested(BidWithReviewsSchema))
    ranking = fields.Function(lambda file: [str(one.bid_id) for one in file.ranking])
    award = fields.Nested(AwardSchema)
    seed = fields.String(allow_none=True)


class HoldSchema(Schema):
    """An open objection, without content (H8)."""

    id = fields.UUID()
    blocks = fields.Boolean()
    placed_at = fields.AwareDateTime()


class SelectionViewSchema(Schema):
    """A call between opening and approval."""

    lots = fields.List(fields.Nested(LotFileSchema))
    holds = fields.List(fields.Nested(HoldSchema))


class DecidedCallSchema(Schema):
    """Where a call stands after a decision."""

    id = fields.UUID()
    number = fields.Integer()
    state = Choice(CallState, _l("State"))
