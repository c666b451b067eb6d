"""Requests for support by JSON (M2)."""

from __future__ import annotations

from uuid import UUID

from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.delivery import support
from service.delivery.schemas import PassOnSchema, SupportAnswerSchema, SupportSchema
from service.delivery.support import SupportView

bp = Blueprint(
    "support_requests", __name__, url_prefix="/delivery", description="Step 6: support that SOs ask for"
)


@bp.get("/support")
@bp.response(200, SupportSchema(many=True))
def list_open() -> list[SupportView]:
    """List the office's requests that are not answered, the longest due first."""
    return support.list_open(by=api_actor())


@bp.get("/contracts/<uuid:contract_id>/support")
@bp.response(200, SupportSchema(many=True))
def list_requests(contract_id: UUID) -> list[SupportView]:
    """List the requests on a contract."""
    return support.list_requests(contract_id, by=api_actor())


@bp.post("/support/<uuid:request_id>/passing-on")
@bp.arguments(PassOnSchema)
@bp.response(200, SupportSchema)
def pass_on(data: dict, request_id: UUID) -> SupportView:
    """Pass a request on to who can help."""
    by = api_actor()
    support.pass_on_request(request_id, **data, by=by)
    return support.find_request(request_id, by=by)


@bp.post("/support/<uuid:request_id>/answer")
@bp.arguments(SupportAnswerSchema)
@bp.response(200, SupportSchema)
def answer(data: dict, request_id: UUID) -> SupportView:
    """Answer a request."""
    by = api_actor()
    support.answer_request(request_id, data["answer"], by=by)
    return support.find_request(request_id, by=by)
