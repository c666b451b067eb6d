"""The pages of the hotline."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from service.complaints import filing, queries, workflow
from service.complaints.filing import Filed
from service.complaints.models import Complaint
from service.complaints.pictures import open_picture
from service.complaints.rules import ComplaintState, Intake
from service.complaints.schemas import (
    AcknowledgeSchema,
    ClassifySchema,
    FiledSchema,
    IntakeSchema,
    NoteSchema,
    ResolveSchema,
)
from service.pictures import picture_response
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.identifiers import new_id
from tenants.permissions import Permission

bp = Blueprint("complaints", __name__, url_prefix="/admin/complaints", template_folder="templates")

FORMS: dict[str, type[Schema]] = {
    "acknowledge": AcknowledgeSchema,
    "note": NoteSchema,
    "resolve": ResolveSchema,
    "classify": ClassifySchema,
}
"""The forms on a case's page."""

FILED = "complaint_filed"
"""Under this the session keeps what the last complaint written down is told, until the next or the log-out."""

INTAKES = [(intake, intake.label) for intake in Intake if intake not in (Intake.MESSAGE, Intake.FORM)]


@bp.get("/")
def index() -> str:
    """The cases, the most pressing on top."""
    by = current_actor()
    return render_template(
        "complaints/index.html",
        lines=queries.list_complaints(by=by),
        warnings=queries.list_warnings(by=by),
        may=by.may,
    )


@bp.route("/new", methods=["GET", "POST"])
@leads_to(filing.file_complaint)
def new(by: Actor) -> Form:
    """Write a complaint down for somebody; what is to be given to the person is shown once it is filed."""
    return Form(
        IntakeSchema,
        page(title=_("Write down a complaint"), submit=_("File it")),
        onward=_to_filed,
        known={"form_id": new_id()},
        choices={"intake": INTAKES},
    )


@bp.get("/filed")
def filed() -> str | Response:
    """What is to be given to the person for whom a complaint was just written down."""
    by = current_actor()
    by.require(Permission.COMPLAINT_FILE)
    if FILED not in session:
        return redirect(url_for(".new"))
    return render_template("complaints/filed.html", filed=FiledSchema().load(session[FILED]), may=by.may)


@bp.get("/<uuid:complaint_id>")
def show(complaint_id: UUID) -> str:
    """A case with its file."""
    return _page(complaint_id, current_actor())


@bp.get("/<uuid:complaint_id>/pictures/<uuid:picture_id>")
def picture(complaint_id: UUID, picture_id: UUID) -> Response:
    """A picture in a case."""
    return picture_response(open_picture(complaint_id, picture_id, by=current_actor()))


@bp.post("/<uuid:complaint_id>/acknowledge")
@leads_to(workflow.acknowledge)
def acknowledge(complaint_id: UUID, by: Actor) -> Form:
    """Accept a case after a first look."""
    return Form(AcknowledgeSchema, lambda view: _page(complaint_id, by, acknowledge=view), onward=_onward)


@bp.post("/<uuid:complaint_id>/investigate")
def investigate(complaint_id: UUID) -> Response:
    """Take a case on."""
    return _onward(workflow.investigate(complaint_id, by=current_actor()))


@bp.post("/<uuid:complaint_id>/note")
@leads_to(workflow.add_note)
def note(complaint_id: UUID, by: Actor) -> Form:
    """Add a note to the file."""
    return Form(NoteSchema, lambda view: _page(complaint_id, by, note=view), onward=_onward)


@bp.post("/<uuid:complaint_id>/resolve")
@leads_to(workflow.resolve)
def resolve(complaint_id: UUID, by: Actor) -> Form:
    """Answer a case."""
    return Form(
        ResolveSchema,
        lambda view: _page(complaint_id, by, resolve=view),
        onward=_onward,
        said=_("The answer is on its way to the complainant."),
    )


@bp.post("/<uuid:complaint_id>/classify")
@leads_to(workflow.classify)
def classify(complaint_id: UUID, by: Actor) -> Form:
    """Say what a case is about; it may leave this office."""
    return Form(ClassifySchema, lambda view: _page(complaint_id, by, classify=view), onward=_onward)


@bp.route("/<uuid:complaint_id>/escalate", methods=["GET", "POST"])
@leads_to(workflow.escalate)
def escalate(complaint_id: UUID, by: Actor) -> Form:
    """Hand a case up."""
    reference = queries.find_complaint(complaint_id, by=by).complaint.reference
    here = url_for(".show", complaint_id=complaint_id)
    return Form(
        Schema,
        page(
            title=_("Hand up complaint %(reference)s?", reference=reference),
            lead=_(
                "From then on the office above decides the case, with its whole time anew; it cannot be handed "
                "back to you."
            ),
            submit=_("Hand up to the higher authority"),
            crumbs=[(_("Complaints"), url_for(".index")), (reference, here)],
            secondary=(_("Keep it here"), here),
        ),
        onward=_onward,
    )


@bp.post("/<uuid:complaint_id>/complainant")
def complainant(complaint_id: UUID) -> str:
    """Show the number once; that it was shown is recorded."""
    by = current_actor()
    return _page(complaint_id, by, address=workflow.show_complainant(complaint_id, by=by))


def _to_filed(filed: Filed) -> Response:
    """On to what is to be given to the person, kept in the session: whoever wrote the complaint down may be unable to read it."""
    session[FILED] = FiledSchema().dump(filed)
    return redirect(url_for(".filed"))


def _page(complaint_id: UUID, by: Actor, *, address: str | None = None, **views: FormView) -> str:
    case = queries.find_complaint(complaint_id, by=by)
    values: dict[str, Any] = {"classify": {"about": case.complaint.about}}
    forms = {name: views.get(name) or FormView(schema, values.get(name)) for name, schema in FORMS.items()}
    return render_template(
        "complaints/complaint.html",
        case=case,
        complaint=case.complaint,
        own=case.complaint.tenant_id == by.tenant_id,
        forms=forms,
        address=address,
        states={state.value: state.label for state in ComplaintState},
        may=by.may,
    )


def _onward(complaint: Complaint) -> Response:
    """Back to the case, unless it is with another office now."""
    if complaint.tenant_id == current_actor().tenant_id:
        return redirect(url_for(".show", complaint_id=complaint.id))
    flash(_("The complaint is with another office now; the complainant has been told."), "success")
    return redirect(url_for(".index"))
