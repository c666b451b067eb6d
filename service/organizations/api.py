"""Step 3 by JSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from channels.pictures import Shown
from service.api.shell import api_actor
from service.organizations import assessments, queries, workflow
from service.organizations.models import ItemVerification, Organization, Signatory, TrackRecord
from service.organizations.rules import Balance
from service.organizations.schemas import (
    AssessmentRoundSchema,
    AssessmentSchema,
    CapacitySchema,
    LeaveOffSchema,
    OrganizationSchema,
    PinResetSchema,
    RevocationSchema,
    SignatorySchema,
    SupplyAndDemandSchema,
    TrackRecordSchema,
    VerificationSchema,
)
from service.pictures import PICTURE, PictureSchema, picture_response

bp = Blueprint(
    "providers",
    __name__,
    url_prefix="/organizations",
    description="Step 3: registration of interest, verification, short list, capacity",
)


@bp.route("")
class Organizations(MethodView):
    """The SOs known to the office."""

    @bp.response(200, OrganizationSchema(many=True))
    def get(self) -> list[Organization]:
        """List the organizations."""
        return queries.list_organizations(by=api_actor())

    @bp.arguments(OrganizationSchema)
    @bp.response(201, OrganizationSchema)
    def post(self, data: dict) -> Organization:
        """Put an organization on the list, from any source."""
        return workflow.list_organization(**data, by=api_actor())


@bp.route("/<uuid:organization_id>")
class OneOrganization(MethodView):
    """An SO."""

    @bp.response(200, OrganizationSchema)
    def get(self, organization_id: UUID) -> Organization:
        """Read an organization's registration."""
        return queries.find_organization(organization_id, by=api_actor())

    @bp.arguments(OrganizationSchema)
    @bp.response(200, OrganizationSchema)
    def put(self, data: dict, organization_id: UUID) -> Organization:
        """Correct a registration."""
        return workflow.change_organization(organization_id, **data, by=api_actor())


@bp.route("/<uuid:organization_id>/verifications")
class Verifications(MethodView):
    """What was found out about each item."""

    @bp.response(200, VerificationSchema(many=True))
    def get(self, organization_id: UUID) -> list[ItemVerification]:
        """List the newest finding about each item."""
        return list(queries.find_registration(organization_id, by=api_actor()).verifications.values())

    @bp.arguments(VerificationSchema)
    @bp.response(201, VerificationSchema)
    def post(self, data: dict, organization_id: UUID) -> ItemVerification:
        """Keep a finding about one item."""
        return workflow.verify_item(organization_id, **data, by=api_actor())


@bp.post("/<uuid:organization_id>/short-list")
@bp.response(200, OrganizationSchema)
def short_list(organization_id: UUID) -> Organization:
    """Put an organization on the list of potential providers."""
    return workflow.short_list_organization(organization_id, by=api_actor())


@bp.post("/<uuid:organization_id>/leave-off")
@bp.arguments(LeaveOffSchema)
@bp.response(200, OrganizationSchema)
def leave_off(data: dict, organization_id: UUID) -> Organization:
    """Leave an organization off, on one of the four grounds."""
    return workflow.leave_off(organization_id, **data, by=api_actor())


@bp.get("/<uuid:organization_id>/track-record")
@bp.response(200, TrackRecordSchema(many=True))
def list_track_record(organization_id: UUID) -> list[TrackRecord]:
    """List what later steps found."""
    return queries.find_registration(organization_id, by=api_actor()).track_record


@bp.route("/<uuid:organization_id>/signatories")
class Signatories(MethodView):
    """The phones that speak for an SO; numbers and names are never shown here."""

    @bp.response(200, SignatorySchema(many=True))
    def get(self, organization_id: UUID) -> list[queries.Phone]:
        """List the signatories."""
        return queries.find_registration(organization_id, by=api_actor()).phones

    @bp.arguments(SignatorySchema)
    @bp.response(201, SignatorySchema)
    def post(self, data: dict, organization_id: UUID) -> Signatory:
        """Let another phone speak for an organization, on papers seen."""
        return workflow.add_signatory(organization_id, **data, by=api_actor())


@bp.post("/signatories/<uuid:signatory_id>/revocation")
@bp.arguments(RevocationSchema)
@bp.response(200, SignatorySchema)
def revoke_signatory(data: dict, signatory_id: UUID) -> Signatory:
    """Withdraw a phone."""
    return workflow.revoke_signatory(signatory_id, **data, by=api_actor())


@bp.post("/signatories/<uuid:signatory_id>/pin-reset")
@bp.arguments(PinResetSchema)
@bp.response(200, SignatorySchema)
def reset_pin(data: dict, signatory_id: UUID) -> Signatory:
    """Send a signatory a link to set a new PIN, on papers seen."""
    return workflow.reset_pin(signatory_id, **data, by=api_actor())


@bp.get("/<uuid:organization_id>/capacity")
@bp.response(200, CapacitySchema)
def find_capacity(organization_id: UUID) -> dict[str, Any]:
    """Read an organization's category and the rounds behind it. Confidential."""
    file = assessments.find_capacity_file(organization_id, by=api_actor())
    views = [view for round_views in file.rounds.values() for view in round_views]
    return {"valid": file.valid, "agreed": list(file.agreed.values()), "assessments": views}


@bp.post("/<uuid:organization_id>/assessments")
@bp.arguments(AssessmentSchema)
@bp.response(201, AssessmentRoundSchema)
def assess_capacity(data: dict, organization_id: UUID) -> dict[str, Any]:
    """Give one's own view; the answer says what was agreed, if this ended the round. Confidential."""
    return {"agreed": assessments.assess_capacity(organization_id, **data, by=api_actor())}


@bp.get("/supply-and-demand")
@bp.response(200, SupplyAndDemandSchema(many=True))
def supply_and_demand() -> list[Balance]:
    """Compare, per difficulty, tasks wanted and organizations able. Confidential."""
    return assessments.supply_and_demand(by=api_actor())


@bp.get("/<uuid:organization_id>/certificates")
@bp.response(200, PictureSchema(many=True))
def list_certificates(organization_id: UUID) -> list[Shown]:
    """List what an organization showed with its registration."""
    return queries.list_certificates(organization_id, by=api_actor())


@bp.get("/<uuid:organization_id>/certificates/<uuid:picture_id>")
@bp.response(200, PICTURE, content_type="image/jpeg")
def certificate(organization_id: UUID, picture_id: UUID) -> Response:
    """Fetch one of them."""
    return picture_response(queries.open_certificate(organization_id, picture_id, by=api_actor()))
