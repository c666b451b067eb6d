"""The pages of step 7."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from service.evaluation import acceptance, queries, results, workflow
from service.evaluation.rules import LEAST_SHOWN, SUGGESTED_QUESTIONS, Gender, Participant
from service.evaluation.schemas import AcceptanceSchema, ClosureSchema, EnrolmentSchema, EvaluationRoundSchema
from service.web.forms import FormView, check
from service.web.session import current_actor
from tenants.workdays import local_day

bp = Blueprint("evaluation", __name__, url_prefix="/admin/evaluation", template_folder="templates")


@bp.get("/")
def index() -> str:
    """The contracts in force or closed, and where each stands."""
    by = current_actor()
    return render_template("evaluation/index.html", standings=queries.list_standings(by=by))


@bp.get("/lessons")
def lessons() -> str:
    """What all counties of the province learnt."""
    return render_template("evaluation/lessons.html", lessons=queries.list_lessons(by=current_actor()))


@bp.get("/<uuid:contract_id>")
def show(contract_id: UUID) -> str:
    """All of step 7 about one contract."""
    by = current_actor()
    file = queries.find_evaluation(contract_id, by=by)
    came = [Participant(kind).label for kind in (file.closure.participants if file.closure else [])]
    return render_template("evaluation/file.html", file=file, participants=came, may=by.may)


@bp.route("/register/<uuid:package_id>", methods=["GET", "POST"])
def register(package_id: UUID) -> str | Response:
    """A package's beneficiary register."""
    by = current_actor()
    view = FormView(EnrolmentSchema)
    if request.method == "POST":
        data, view = check(EnrolmentSchema, request.form)
        if data is not None:
            enrolled = workflow.enrol_beneficiaries(package_id, data["people"], by=by)
            number = len(enrolled)
            flash(ngettext("%(num)d person enrolled.", "%(num)d people enrolled.", number), "success")
            return redirect(url_for(".register", package_id=package_id))
    package, people = queries.list_beneficiaries(package_id, by=by)
    return render_template("evaluation/register.html", package=package, people=people, view=view, may=by.may)


@bp.route("/<uuid:contract_id>/rounds/new", methods=["GET", "POST"])
def new_round(contract_id: UUID) -> str | Response:
    """Ask the beneficiaries."""
    by = current_actor()
    standing = queries.find_evaluation(contract_id, by=by).standing
    if request.method == "POST":
        data, view = check(EvaluationRoundSchema, request.form)
        if data is not None:
            evaluation = workflow.open_round(contract_id, **data, by=by)
            flash(_("The questions are on their way."), "success")
            return redirect(url_for(".show_round", round_id=evaluation.id))
    else:
        questions = [{"kind": kind, "text": zh, "text_en": en} for kind, zh, en in SUGGESTED_QUESTIONS]
        package = standing.package
        view = FormView(
            EvaluationRoundSchema,
            {"title": package.name[:24], "title_en": (package.name_en or "")[:60], "questions": questions},
        )
    return render_template(
        "form.html",
        title=_("Ask the beneficiaries"),
        view=view,
        submit=_("Send the invitation"),
        crumbs=_crumbs(standing),
        lead=ngettext(
            "%(num)d person on the register will be invited by text message.",
            "%(num)d people on the register will be invited by text message.",
            standing.registered,
        ),
    )


@bp.get("/rounds/<uuid:round_id>")
def show_round(round_id: UUID) -> str:
    """An evaluation: how many took part, and once it is closed what they answered."""
    by = current_actor()
    standing = queries.find_round(round_id, by=by)
    closed = standing.round.closed_at is not None
    return render_template(
        "evaluation/round.html",
        standing=standing,
        may=by.may,
        results=results.find_results(round_id, by=by) if closed else None,
        least=LEAST_SHOWN,
        genders={gender.value: gender.label for gender in Gender},
    )


@bp.post("/rounds/<uuid:round_id>/close")
def close_round(round_id: UUID) -> Response:
    """End an evaluation."""
    workflow.close_round(round_id, by=current_actor())
    flash(_("The evaluation is closed; these are its results."), "success")
    return redirect(url_for(".show_round", round_id=round_id))


@bp.route("/<uuid:contract_id>/acceptance/new", methods=["GET", "POST"])
def new_acceptance(contract_id: UUID) -> str | Response:
    """Record what the acceptance group found."""
    by = current_actor()
    standing = queries.find_evaluation(contract_id, by=by).standing
    data, view = (
        check(AcceptanceSchema, request.form)
        if request.method == "POST"
        else (None, FormView(AcceptanceSchema))
    )
    if data is not None:
        acceptance.record_acceptance(contract_id, **data, by=by)
        flash(_("The acceptance is recorded; the organization has been told."), "success")
        return redirect(url_for(".show", contract_id=contract_id))
    return render_template(
        "form.html",
        title=_("Acceptance"),
        view=view,
        submit=_("Record the acceptance"),
        crumbs=_crumbs(standing),
    )


@bp.route("/<uuid:contract_id>/closure/new", methods=["GET", "POST"])
def new_closure(contract_id: UUID) -> str | Response:
    """Record the closure meeting and close the contract."""
    by = current_actor()
    standing = queries.find_evaluation(contract_id, by=by).standing
    if request.method == "POST":
        data, view = check(ClosureSchema, request.form)
        if data is not None:
            acceptance.record_closure(contract_id, **data, by=by)
            flash(_("The contract is closed; its lessons are public."), "success")
            return redirect(url_for(".show", contract_id=contract_id))
    else:
        view = FormView(ClosureSchema, {"held_on": local_day(by.now)})
    return render_template(
        "form.html",
        title=_("Closure meeting"),
        view=view,
        submit=_("Close the contract"),
        crumbs=_crumbs(standing),
    )


def _crumbs(standing: queries.Standing) -> list[tuple[str, str]]:
    contract = standing.contract
    return [
        (_("Evaluation"), url_for(".index")),
        (contract.number, url_for(".show", contract_id=contract.id)),
    ]
