"""The pages of the hotline."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from service.complaints import filing, queries, workflow
from service.complaints.rules import ComplaintState, Intake
from service.complaints.schemas import (
    AcknowledgeSchema,
    ClassifySchema,
    IntakeSchema,
    NoteSchema,
    ResolveSchema,
)
from service.web.forms import FormView, check
from service.web.session import current_actor
from tenants.actors import Actor

bp = Blueprint("complaints", __name__, url_prefix="/admin/complaints", template_folder="templates")

FORMS: dict[str, type[Schema]] = {
    "acknowledge": AcknowledgeSchema,
    "note": NoteSchema,
    "resolve": ResolveSchema,
    "classify": ClassifySchema,
}
"""The forms on a case's page."""

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
def new() -> str:
    """Write a complaint down for somebody; what is to be given to the person is shown once it is filed."""
    by = current_actor()
    choices = {"intake": INTAKES}
    if request.method == "POST":
        data, view = check(IntakeSchema, request.form, choices=choices)
        if data is not None:
            return render_template(
                "complaints/filed.html", filed=filing.file_complaint(**data, by=by), may=by.may
            )
    else:
        view = FormView(IntakeSchema, choices=choices)
    return render_template("form.html", title=_("Write down a complaint"), view=view, submit=_("File it"))


@bp.get("/<uuid:complaint_id>")
def show(complaint_id: UUID) -> str:
    """A case with its file."""
    return _page(complaint_id, current_actor())


@bp.post("/<uuid:complaint_id>/acknowledge")
def acknowledge(complaint_id: UUID) -> str | Response:
    """Accept a case after a first look."""
    by = current_actor()
    data, view = check(AcknowledgeSchema, request.form)
    if data is None:
        return _page(complaint_id, by, acknowledge=view)
    workflow.acknowledge(complaint_id, **data, by=by)
    return _back(complaint_id)


@bp.post("/<uuid:complaint_id>/investigate")
def investigate(complaint_id: UUID) -> Response:
    """Take a case on."""
    workflow.investigate(complaint_id, by=current_actor())
    return _back(complaint_id)


@bp.post("/<uuid:complaint_id>/note")
def note(complaint_id: UUID) -> str | Response:
    """Add a note to the file."""
    by = current_actor()
    data, view = check(NoteSchema, request.form)
    if data is None:
        return _page(complaint_id, by, note=view)
    workflow.add_note(complaint_id, data["text"], by=by)
    return _back(complaint_id)


@bp.post("/<uuid:complaint_id>/resolve")
def resolve(complaint_id: UUID) -> str | Response:
    """Answer a case."""
    by = current_actor()
    data, view = check(ResolveSchema, request.form)
    if data is None:
        return _page(complaint_id, by, resolve=view)
    workflow.resolve(complaint_id, **data, by=by)
    flash(_("The answer is on its way to the complainant."), "success")
    return _back(complaint_id)


@bp.post("/<uuid:complaint_id>/classify")
def classify(complaint_id: UUID) -> str | Response:
    """Say what a case is about; it may leave this office."""
    by = current_actor()
    data, view = check(ClassifySchema, request.form)
    if data is None:
        return _page(complaint_id, by, classify=view)
    return _unless_gone(complaint_id, workflow.classify(complaint_id, data["about"], by=by).tenant_id, by)


@bp.post("/<uuid:complaint_id>/escalate")
def escalate(complaint_id: UUID) -> Response:
    """Hand a case up."""
    by = current_actor()
    return _unless_gone(complaint_id, workflow.escalate(complaint_id, by=by).tenant_id, by)


@bp.post("/<uuid:complaint_id>/complainant")
def complainant(complaint_id: UUID) -> str:
    """Show the number once; that it was shown is recorded."""
    by = current_actor()
    return _page(complaint_id, by, address=workflow.show_complainant(complaint_id, by=by))


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


def _back(complaint_id: UUID) -> Response:
    return redirect(url_for(".show", complaint_id=complaint_id))


def _unless_gone(complaint_id: UUID, owner_id: int, by: Actor) -> Response:
    if owner_id == by.tenant_id:
        return _back(complaint_id)
    flash(_("The complaint is with another office now; the complainant has been told."), "success")
    return redirect(url_for(".index"))
