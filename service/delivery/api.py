"""Step 6 by JSON."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.delivery import queries, workflow
from service.delivery.models import Milestone, Transfer
from service.delivery.queries import Obligations
from service.delivery.schemas import (
    MakeTransferSchema,
    MilestoneSchema,
    MilestonesSchema,
    ObligationsSchema,
    TransferSchema,
)
from service.pictures import PICTURE, picture_response
from service.reminders.queries import RemindersView
from service.reminders.schemas import RemindersSchema

bp = Blueprint("transfers", __name__, url_prefix="/delivery", description="Step 6: transfers and progress")


@bp.route("/contracts/<uuid:contract_id>/transfers")
class Transfers(MethodView):
    """The payments of a contract."""

    @bp.response(200, TransferSchema(many=True))
    def get(self, contract_id: UUID) -> list[Transfer]:
        """List the transfers."""
        return queries.list_transfers(contract_id, by=api_actor())

    @bp.response(201, TransferSchema(many=True))
    def post(self, contract_id: UUID) -> list[Transfer]:
        """Schedule what the contract promises."""
        return workflow.schedule_transfers(contract_id, by=api_actor())


@bp.post("/transfers/<uuid:transfer_id>/payment")
@bp.arguments(MakeTransferSchema)
@bp.response(200, TransferSchema)
def make_transfer(data: dict, transfer_id: UUID) -> Transfer:
    """Record a payment; the SO is asked to confirm it."""
    return workflow.make_transfer(transfer_id, data["bank_reference"], by=api_actor())


@bp.put("/contracts/<uuid:contract_id>/milestones")
@bp.arguments(MilestonesSchema)
@bp.response(200, MilestoneSchema(many=True))
def set_milestones(data: dict, contract_id: UUID) -> list[Milestone]:
    """Set the steps of a contract."""
    return workflow.set_milestones(contract_id, data["milestones"], by=api_actor())


@bp.get("/contracts/<uuid:contract_id>/reminders")
@bp.response(200, RemindersSchema(many=True))
def list_reminders(contract_id: UUID) -> list[RemindersView]:
    """List which reminders about a contract leave when, and which have left."""
    return queries.list_reminders(contract_id, by=api_actor())


@bp.get("/contracts/<uuid:contract_id>")
@bp.response(200, ObligationsSchema)
def show(contract_id: UUID) -> Obligations:
    """What both sides promised, and how late it is."""
    return queries.find_obligations(contract_id, by=api_actor())


@bp.get("/contracts/<uuid:contract_id>/pictures/<uuid:picture_id>")
@bp.response(200, PICTURE, content_type="image/jpeg")
def picture(contract_id: UUID, picture_id: UUID) -> Response:
    """Fetch a picture that came with a report."""
    return picture_response(queries.open_picture(contract_id, picture_id, by=api_actor()))
