"""Step 5.6 by JSON, and the approval that begins it."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.contracts import documents, queries, workflow
from service.contracts.models import Contract
from service.contracts.rules import DOCUMENT_KINDS
from service.contracts.schemas import ContractSchema, LegalReviewSchema, SignatureSchema, TermsSchema

bp = Blueprint(
    "contract", __name__, url_prefix="/contracts", description="Step 5.6: approved results and contracts"
)


@bp.post("/of-call/<uuid:call_id>")
@bp.response(201, ContractSchema(many=True))
def approve(call_id: UUID) -> list[Contract]:
    """Approve a call's result after the standstill, and begin a contract for each award."""
    return workflow.approve_and_begin(call_id, by=api_actor())


@bp.get("")
@bp.response(200, ContractSchema(many=True))
def list_contracts() -> list[Contract]:
    """List the contracts."""
    return queries.list_contracts(by=api_actor())


@bp.get("/<uuid:contract_id>")
@bp.response(200, ContractSchema)
def find_contract(contract_id: UUID) -> Contract:
    """Read a contract."""
    return queries.find_contract(contract_id, by=api_actor())


@bp.post("/<uuid:contract_id>/plan-link")
@bp.response(200, ContractSchema)
def send_plan_link(contract_id: UUID) -> Contract:
    """Send the provider a new link to file its implementation plan."""
    return workflow.send_plan_link(contract_id, by=api_actor())


@bp.put("/<uuid:contract_id>/terms")
@bp.arguments(TermsSchema)
@bp.response(200, ContractSchema)
def draw_up(data: dict, contract_id: UUID) -> Contract:
    """Write the contract's terms."""
    return workflow.draw_up_contract(contract_id, **data, by=api_actor())


@bp.post("/<uuid:contract_id>/review")
@bp.arguments(LegalReviewSchema)
@bp.response(201, ContractSchema)
def review(data: dict, contract_id: UUID) -> Contract:
    """Put a legal review on record."""
    return workflow.review_contract(contract_id, **data, by=api_actor())


@bp.post("/<uuid:contract_id>/signatures")
@bp.arguments(SignatureSchema)
@bp.response(201, ContractSchema)
def sign(data: dict, contract_id: UUID) -> Contract:
    """Put one side's signature on record."""
    return workflow.sign_contract(contract_id, **data, by=api_actor())


@bp.get("/<uuid:contract_id>/document/<any(zh, en):language>")
@bp.response(200, {"type": "string", "format": "binary"}, content_type=DOCUMENT_KINDS["docx"])
def document(contract_id: UUID, language: str) -> Response:
    """Download the contract as a Word document, in Chinese or English."""
    file = queries.view_contract(contract_id, by=api_actor())
    return Response(documents.contract_document(file, language), mimetype=DOCUMENT_KINDS["docx"])
