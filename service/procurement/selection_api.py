"""Steps 5.2 to 5.5 by JSON; the approval begins the contracts and stands with them."""

from __future__ import annotations

from uuid import UUID

from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.procurement import selection
from service.procurement.models import Award, Bid, Call, Review
from service.procurement.selection_queries import SelectionView, find_opened_bid, view_selection
from service.procurement.selection_schemas import (
    AwardSchema,
    BidScreeningSchema,
    DecidedCallSchema,
    DecisionReasonSchema,
    OpenedBidSchema,
    RecordedReviewSchema,
    ReviewSchema,
    RevisionRequestSchema,
    SelectionSchema,
    SelectionViewSchema,
)

bp = Blueprint(
    "selections", __name__, url_prefix="/selection", description="Step 5: screening, review, result"
)


@bp.get("/<uuid:call_id>")
@bp.response(200, SelectionViewSchema)
def find_selection(call_id: UUID) -> SelectionView:
    """Read the opened bids of a call with reviews, ranking, award and open objections; a reviewer reads others' reviews of a
    bid after giving one."""
    by = api_actor()
    return view_selection(call_id, by=by).as_read_by(by)


@bp.get("/bids/<uuid:bid_id>")
@bp.response(200, OpenedBidSchema)
def find_bid(bid_id: UUID) -> Bid:
    """Read an opened bid."""
    return find_opened_bid(bid_id, by=api_actor())


@bp.post("/bids/<uuid:bid_id>/revision")
@bp.arguments(RevisionRequestSchema)
@bp.response(201, OpenedBidSchema)
def request_revision(data: dict, bid_id: UUID) -> Bid:
    """Ask an organization to complete its documents."""
    return selection.request_revision(bid_id, **data, by=api_actor())


@bp.post("/bids/<uuid:bid_id>/screening")
@bp.arguments(BidScreeningSchema)
@bp.response(200, OpenedBidSchema)
def screen(data: dict, bid_id: UUID) -> Bid:
    """Admit a bid, or exclude it on one of the four grounds."""
    return selection.screen_bid(bid_id, **data, by=api_actor())


@bp.post("/bids/<uuid:bid_id>/reviews")
@bp.arguments(ReviewSchema)
@bp.response(201, RecordedReviewSchema)
def review(data: dict, bid_id: UUID) -> Review:
    """Record a reviewer's view of an admitted bid."""
    return selection.review_bid(bid_id, **data, by=api_actor())


@bp.post("/lots/<uuid:lot_id>/award")
@bp.arguments(SelectionSchema)
@bp.response(201, AwardSchema)
def select(data: dict, lot_id: UUID) -> Award:
    """Select the winner of a lot."""
    return selection.select_winner(lot_id, **data, by=api_actor())


@bp.post("/<uuid:call_id>/result")
@bp.response(201, DecidedCallSchema)
def publish(call_id: UUID) -> Call:
    """Publish the result and tell every bidder."""
    return selection.publish_result(call_id, by=api_actor())


@bp.post("/<uuid:call_id>/failure")
@bp.arguments(DecisionReasonSchema)
@bp.response(201, DecidedCallSchema)
def fail(data: dict, call_id: UUID) -> Call:
    """End a call without a winner."""
    return selection.fail_call(call_id, **data, by=api_actor())


@bp.post("/<uuid:call_id>/return")
@bp.arguments(DecisionReasonSchema)
@bp.response(200, DecidedCallSchema)
def return_result(data: dict, call_id: UUID) -> Call:
    """Return a result with reasons."""
    return selection.return_result(call_id, **data, by=api_actor())
