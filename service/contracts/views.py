"""The pages of step 5.6."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response as Answer

from service.contracts import documents, queries, workflow
from service.contracts.rules import DOCUMENT_KINDS, Side
from service.contracts.schemas import LegalReviewSchema, SignatureSchema, TermsSchema
from service.procurement.selection_queries import view_selection
from service.procurement.selection_views import above, selected
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor, locale
from tenants.actors import Actor

bp = Blueprint("contracts", __name__, url_prefix="/admin/contracts", template_folder="templates")


@bp.get("/")
def index() -> str:
    """The office's contracts."""
    return render_template("contracts/index.html", contracts=queries.list_named_contracts(by=current_actor()))


@bp.route("/of-call/<uuid:call_id>", methods=["GET", "POST"])
@leads_to(workflow.approve_and_begin)
def approve(call_id: UUID, by: Actor) -> Form:
    """Approve a call's result and begin its contracts."""
    view = view_selection(call_id, by=by)
    here = url_for("selection.show", call_id=call_id)
    return Form(
        Schema,
        page(
            title=_("Approve the result?"),
            lead=_(
                "The provider is asked for its implementation plan at once, and the contract follows. This cannot be taken back."
            ),
            facts=selected(view),
            submit=_("Approve the result"),
            crumbs=above(view.call),
            secondary=(_("Do not approve yet"), here),
        ),
        onward=here,
        said=_("Approved. The provider was asked for its implementation plan."),
    )


@bp.get("/<uuid:contract_id>")
def show(contract_id: UUID) -> str:
    """A contract with its terms, annexes and signatures."""
    return _page(contract_id, current_actor())


@bp.post("/<uuid:contract_id>/plan-link")
def send_plan_link(contract_id: UUID) -> Answer:
    """Send the provider a new link."""
    workflow.send_plan_link(contract_id, by=current_actor())
    flash(_("A new link is on its way to the provider."), "success")
    return redirect(url_for(".show", contract_id=contract_id))


@bp.route("/<uuid:contract_id>/terms", methods=["GET", "POST"])
@leads_to(workflow.draw_up_contract)
def terms(contract_id: UUID, by: Actor) -> Form:
    """Write the terms, beginning from the scope of work."""
    file = queries.view_contract(contract_id, by=by)
    return Form(
        TermsSchema,
        page("contracts/terms.html", file=file),
        onward=url_for(".show", contract_id=contract_id),
        said=_("The contract is drawn up. A legal adviser reviews it next."),
        known=queries.draft_terms(file),
    )


@bp.post("/<uuid:contract_id>/review")
@leads_to(workflow.review_contract)
def review(contract_id: UUID, by: Actor) -> Form:
    """Put the legal review on record."""
    return Form(
        LegalReviewSchema,
        lambda view: _page(contract_id, by, review=view),
        onward=url_for(".show", contract_id=contract_id),
    )


@bp.post("/<uuid:contract_id>/sign")
@leads_to(workflow.sign_contract)
def sign(contract_id: UUID, by: Actor) -> Form:
    """Put one side's signature on record."""
    return Form(
        SignatureSchema,
        lambda view: _page(contract_id, by, signature=view),
        onward=url_for(".show", contract_id=contract_id),
    )


@bp.get("/<uuid:contract_id>/document/<any(zh, en):language>")
def document(contract_id: UUID, language: str) -> Response:
    """The contract as a Word document."""
    file = queries.view_contract(contract_id, by=current_actor())
    name = f"{file.contract.number}-{language}.docx"
    return _download(documents.contract_document(file, language), name, DOCUMENT_KINDS["docx"])


@bp.get("/<uuid:contract_id>/plan")
def plan(contract_id: UUID) -> Response:
    """The implementation plan as it was handed in."""
    stored = queries.find_plan_file(contract_id, by=current_actor())
    return _download(stored.content, stored.name, stored.content_type)


def _download(content: bytes, name: str, kind: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _page(contract_id: UUID, by: Actor, **views: Any) -> str:
    file = queries.view_contract(contract_id, by=by)
    next_side = Side.PROVIDER if file.contract.purchaser_signed_at else Side.PURCHASER
    forms = {
        "review": FormView(LegalReviewSchema),
        "signature": FormView(SignatureSchema, {"side": next_side}),
        **views,
    }
    return render_template(
        "contracts/contract.html",
        file=file,
        title=documents.contract_title(file, locale()),
        clauses=documents.written_clauses(file, locale()),
        transfers=workflow.planned_transfers(file.contract),
        own=file.contract.tenant_id == by.tenant_id,
        may=by.may,
        **forms,
    )
