"""Step 5 up to the opening by JSON. Opening bids is not here: it needs two persons, each just proved (T4)."""

from __future__ import annotations

from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.procurement import changing, queries, workflow
from service.procurement.models import Amendment, Call
from service.procurement.queries import Applicant, NamedLot, Told
from service.procurement.schemas import (
    AmendmentSchema,
    AmendSchema,
    ApplicantSchema,
    CallSchema,
    CallTextSchema,
    CancelSchema,
    DraftSchema,
    LotSchema,
    ProlongSchema,
    PublishSchema,
    ToldSchema,
)
from service.reminders.queries import RemindersView
from service.reminders.schemas import RemindersSchema

bp = Blueprint("calls", __name__, url_prefix="/calls", description="Step 5: calls and sealed bids")


@bp.route("")
class Calls(MethodView):
    """The calls of an office."""

    @bp.response(200, CallSchema(many=True))
    def get(self) -> list[Call]:
        """List the calls."""
        return queries.list_calls(by=api_actor())

    @bp.arguments(DraftSchema)
    @bp.response(201, CallSchema)
    def post(self, data: dict) -> Call:
        """Draft a call for packages of an approved plan."""
        return workflow.draft_call(**data, by=api_actor())


@bp.route("/<uuid:call_id>")
class OneCall(MethodView):
    """A call."""

    @bp.response(200, CallSchema)
    def get(self, call_id: UUID) -> Call:
        """Read a call."""
        return queries.find_call(call_id, by=api_actor())

    @bp.arguments(CallTextSchema)
    @bp.response(200, CallSchema)
    def put(self, data: dict, call_id: UUID) -> Call:
        """Reword a draft."""
        return workflow.change_call(call_id, **data, by=api_actor())


@bp.post("/<uuid:call_id>/publication")
@bp.arguments(PublishSchema)
@bp.response(201, CallSchema)
def publish(data: dict, call_id: UUID) -> Call:
    """Publish a call and tell the organizations it is meant for."""
    return workflow.publish_call(call_id, **data, by=api_actor())


@bp.put("/<uuid:call_id>/deadline")
@bp.arguments(ProlongSchema)
@bp.response(200, CallSchema)
def prolong(data: dict, call_id: UUID) -> Call:
    """Give everybody more time, and tell them."""
    return changing.prolong_call(call_id, **data, by=api_actor())


@bp.get("/<uuid:call_id>/amendments")
@bp.response(200, AmendmentSchema(many=True))
def list_amendments(call_id: UUID) -> list[Amendment]:
    """List how a call changed after its publication."""
    return queries.list_amendments(call_id, by=api_actor())


@bp.post("/<uuid:call_id>/amendments")
@bp.arguments(AmendSchema)
@bp.response(201, AmendmentSchema)
def amend(data: dict, call_id: UUID) -> Amendment:
    """Change the words of a published call, and tell everybody; bids count again once they are confirmed."""
    return changing.amend_call(call_id, **data, by=api_actor())


@bp.post("/<uuid:call_id>/cancellation")
@bp.arguments(CancelSchema)
@bp.response(201, CallSchema)
def cancel(data: dict, call_id: UUID) -> Call:
    """Cancel a call that is not opened yet, and tell everybody; its bids are destroyed unread."""
    return changing.cancel_call(call_id, **data, by=api_actor())


@bp.get("/<uuid:call_id>/lots")
@bp.response(200, LotSchema(many=True))
def list_lots(call_id: UUID) -> list[NamedLot]:
    """List the lots of a call."""
    return queries.list_lots(call_id, by=api_actor())


@bp.get("/<uuid:call_id>/addressees")
@bp.response(200, ToldSchema(many=True))
def list_addressees(call_id: UUID) -> list[Told]:
    """List who a call is meant for, and whether the news arrived."""
    return queries.list_addressees(call_id, by=api_actor())


@bp.get("/<uuid:call_id>/reminders")
@bp.response(200, RemindersSchema(many=True))
def list_reminders(call_id: UUID) -> list[RemindersView]:
    """List which reminders about a call leave when, and which have left."""
    return queries.list_reminders(call_id, by=api_actor())


@bp.get("/<uuid:call_id>/bids")
@bp.response(200, ApplicantSchema(many=True))
def list_bids(call_id: UUID) -> list[Applicant]:
    """List who bid: nobody before the deadline, prices after the opening."""
    return queries.list_applicants(call_id, by=api_actor())
