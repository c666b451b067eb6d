"""The page of a request for support (M2)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from service.delivery import support
from service.delivery.schemas import PassOnSchema, SupportAnswerSchema
from service.web.acts import Form, leads_to
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor

bp = Blueprint("support", __name__, url_prefix="/admin/support", template_folder="templates")


@bp.get("/<uuid:request_id>")
def show(request_id: UUID) -> str:
    """A request and how to answer it."""
    return _page(request_id, current_actor())


@bp.post("/<uuid:request_id>/answer")
@leads_to(support.answer_request)
def answer(request_id: UUID, by: Actor) -> Form:
    """Answer the SO."""
    return Form(
        SupportAnswerSchema,
        lambda view: _page(request_id, by, answering=view),
        onward=url_for(".show", request_id=request_id),
        said=_("The answer is on its way."),
    )


@bp.post("/<uuid:request_id>/pass-on")
@leads_to(support.pass_on_request)
def pass_on(request_id: UUID, by: Actor) -> Form:
    """Pass it on to who can help."""
    return Form(
        PassOnSchema,
        lambda view: _page(request_id, by, passing=view),
        onward=url_for(".show", request_id=request_id),
        said=_("Passed on, and the organization is told. The answer is still yours to give."),
    )


def _page(
    request_id: UUID, by: Actor, answering: FormView | None = None, passing: FormView | None = None
) -> str:
    asked = support.find_request(request_id, by=by)
    return render_template(
        "delivery/support.html",
        asked=asked,
        answering=answering or FormView(SupportAnswerSchema),
        passing=passing or FormView(PassOnSchema, {"kind": asked.kind, "to": asked.passed_on_to}),
        own=asked.tenant_id == by.tenant_id,
        may=by.may,
    )
