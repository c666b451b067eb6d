"""The pages of step 6."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.delivery import queries, support, workflow
from service.delivery.schemas import MakeTransferSchema, MilestonesSchema
from service.pictures import picture_response
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.permissions import Permission

bp = Blueprint("delivery", __name__, url_prefix="/admin/delivery", template_folder="templates")


@bp.get("/")
def index() -> str:
    """The contracts with what is due next and what is late."""
    by = current_actor()
    return render_template(
        "delivery/index.html",
        overviews=queries.list_overviews(by=by),
        requests=support.list_open(by=by) if by.may(Permission.SUPPORT_READ) else [],
    )


@bp.get("/<uuid:contract_id>")
def show(contract_id: UUID) -> str:
    """What both sides of a contract promised."""
    return _page(contract_id, current_actor())


@bp.get("/<uuid:contract_id>/pictures/<uuid:picture_id>")
def picture(contract_id: UUID, picture_id: UUID) -> Response:
    """A picture that came with a report."""
    return picture_response(queries.open_picture(contract_id, picture_id, by=current_actor()))


@bp.post("/<uuid:contract_id>/schedule")
def schedule(contract_id: UUID) -> Response:
    """Put the contract's payments on the calendar."""
    workflow.schedule_transfers(contract_id, by=current_actor())
    return redirect(url_for(".show", contract_id=contract_id))


@bp.route("/<uuid:contract_id>/transfers/<uuid:transfer_id>", methods=["GET", "POST"])
@leads_to(workflow.make_transfer)
def make(contract_id: UUID, transfer_id: UUID, by: Actor) -> Form:
    """Record a payment."""
    transfer = queries.find_transfer(transfer_id, by=by)
    return Form(
        MakeTransferSchema,
        page("delivery/transfer.html", transfer=transfer, contract_id=contract_id),
        onward=url_for(".show", contract_id=contract_id),
        said=_("The payment is recorded; the organization is asked to confirm it."),
    )


@bp.post("/<uuid:contract_id>/milestones")
@leads_to(workflow.set_milestones)
def milestones(contract_id: UUID, by: Actor) -> Form:
    """Set the steps of a contract."""
    return Form(
        MilestonesSchema,
        lambda view: _page(contract_id, by, view),
        onward=url_for(".show", contract_id=contract_id),
        said=_("The milestones are set."),
    )


def _page(contract_id: UUID, by: Actor, view: FormView | None = None) -> str:
    found = queries.find_obligations(contract_id, by=by)
    known = [{"title": step.milestone.title, "due_on": step.milestone.due_on} for step in found.steps]
    own = found.contract.tenant_id == by.tenant_id
    return render_template(
        "delivery/contract.html",
        found=found,
        contract=found.contract,
        requests=support.list_requests(contract_id, by=by) if by.may(Permission.SUPPORT_READ) else None,
        reminders=queries.list_reminders(contract_id, by=by),
        view=view or FormView(MilestonesSchema, {"milestones": known}),
        own=own,
        may=by.may,
    )
