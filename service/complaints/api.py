"""The hotline by JSON."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.complaints import filing, queries, workflow
from service.complaints.filing import Filed
from service.complaints.models import Complaint
from service.complaints.pictures import open_picture
from service.complaints.queries import Case
from service.complaints.schemas import (
    AcknowledgeSchema,
    AddressSchema,
    CaseSchema,
    ClassifySchema,
    ComplaintSchema,
    FiledSchema,
    IntakeSchema,
    NoteSchema,
    ResolveSchema,
)
from service.pictures import PICTURE, picture_response

bp = Blueprint("hotline", __name__, url_prefix="/complaints", description="Complaints, steps 5.5 and 6.4")


@bp.route("")
class Complaints(MethodView):
    """The cases of the office."""

    @bp.response(200, ComplaintSchema(many=True))
    def get(self) -> list[Complaint]:
        """List the cases, the most pressing first."""
        return [line.complaint for line in queries.list_complaints(by=api_actor())]

    @bp.arguments(IntakeSchema)
    @bp.response(201, FiledSchema)
    def post(self, data: dict) -> Filed:
        """Write down a complaint for somebody."""
        return filing.file_complaint(**data, by=api_actor())


@bp.get("/<uuid:complaint_id>")
@bp.response(200, CaseSchema)
def show(complaint_id: UUID) -> Case:
    """Read a case with its file."""
    return queries.find_complaint(complaint_id, by=api_actor())


@bp.get("/<uuid:complaint_id>/pictures/<uuid:picture_id>")
@bp.response(200, PICTURE, content_type="image/jpeg")
def picture(complaint_id: UUID, picture_id: UUID) -> Response:
    """Fetch a picture of a case."""
    return picture_response(open_picture(complaint_id, picture_id, by=api_actor()))


@bp.post("/<uuid:complaint_id>/acknowledgement")
@bp.arguments(AcknowledgeSchema)
@bp.response(200, ComplaintSchema)
def acknowledge(data: dict, complaint_id: UUID) -> Complaint:
    """Accept a case after a first look."""
    return workflow.acknowledge(complaint_id, **data, by=api_actor())


@bp.post("/<uuid:complaint_id>/investigation")
@bp.response(200, ComplaintSchema)
def investigate(complaint_id: UUID) -> Complaint:
    """Take a case on."""
    return workflow.investigate(complaint_id, by=api_actor())


@bp.post("/<uuid:complaint_id>/notes")
@bp.arguments(NoteSchema)
@bp.response(201, ComplaintSchema)
def add_note(data: dict, complaint_id: UUID) -> Complaint:
    """Add a note to the file."""
    return workflow.add_note(complaint_id, data["text"], by=api_actor())


@bp.post("/<uuid:complaint_id>/answer")
@bp.arguments(ResolveSchema)
@bp.response(200, ComplaintSchema)
def resolve(data: dict, complaint_id: UUID) -> Complaint:
    """Answer a case."""
    return workflow.resolve(complaint_id, **data, by=api_actor())


@bp.put("/<uuid:complaint_id>/subject")
@bp.arguments(ClassifySchema)
@bp.response(200, ComplaintSchema)
def classify(data: dict, complaint_id: UUID) -> Complaint:
    """Say what a case is about; it may leave the office."""
    return workflow.classify(complaint_id, data["about"], by=api_actor())


@bp.post("/<uuid:complaint_id>/escalation")
@bp.response(200, ComplaintSchema)
def escalate(complaint_id: UUID) -> Complaint:
    """Hand a case up."""
    return workflow.escalate(complaint_id, by=api_actor())


@bp.post("/<uuid:complaint_id>/complainant")
@bp.response(200, AddressSchema)
def show_complainant(complaint_id: UUID) -> dict[str, str]:
    """Show the complainant's number; that it was shown is recorded."""
    return {"address": workflow.show_complainant(complaint_id, by=api_actor())}
