"""The pages of step 7."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import Schema
from werkzeug.wrappers import Response

from service.evaluation import acceptance, queries, results, workflow
from service.evaluation.models import Beneficiary
from service.evaluation.rules import LEAST_SHOWN, SUGGESTED_QUESTIONS, Gender, Participant, enough_to_ask
from service.evaluation.schemas import AcceptanceSchema, ClosureSchema, EnrolmentSchema, EvaluationRoundSchema
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor
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
    own = file.standing.contract.tenant_id == by.tenant_id
    return render_template(
        "evaluation/file.html",
        file=file,
        participants=came,
        own=own,
        may=by.may,
        least=LEAST_SHOWN,
        enough=enough_to_ask(file.standing.registered),
    )


@bp.get("/register/<uuid:package_id>")
def register(package_id: UUID) -> str:
    """A package's beneficiary register."""
    return _register(package_id, current_actor(), FormView(EnrolmentSchema))


@bp.post("/register/<uuid:package_id>")
@leads_to(workflow.enrol_beneficiaries)
def enrol(package_id: UUID, by: Actor) -> Form:
    """Put people on the register."""

    def enrolled(people: list[Beneficiary]) -> Response:
        flash(ngettext("%(num)d person enrolled.", "%(num)d people enrolled.", len(people)), "success")
        return redirect(url_for(".register", package_id=package_id))

    return Form(EnrolmentSchema, lambda view: _register(package_id, by, view), onward=enrolled)


def _register(package_id: UUID, by: Actor, view: FormView) -> str:
    package, people = queries.list_beneficiaries(package_id, by=by)
    return render_template(
        "evaluation/register.html",
        package=package,
        people=people,
        view=view,
        own=package.tenant_id == by.tenant_id,
        may=by.may,
    )


@bp.route("/<uuid:contract_id>/rounds/new", methods=["GET", "POST"])
@leads_to(workflow.open_round)
def new_round(contract_id: UUID, by: Actor) -> Form:
    """Ask the beneficiaries."""
    standing = queries.find_evaluation(contract_id, by=by).standing
    around = page(
        title=_("Ask the beneficiaries"),
        submit=_("Send the invitation"),
        crumbs=_crumbs(standing),
        lead=ngettext(
            "%(num)d person on the register will be invited by text message.",
            "%(num)d people on the register will be invited by text message.",
            queries.count_to_invite(standing.package.id, by=by),
        ),
    )
    return Form(
        EvaluationRoundSchema,
        around,
        onward=lambda opened: redirect(url_for(".show_round", round_id=opened.id)),
        said=_("The questions are on their way."),
        known={
            "title": standing.package.name[:24],
            "title_en": (standing.package.name_en or "")[:60],
            "questions": [{"kind": kind, "text": zh, "text_en": en} for kind, zh, en in SUGGESTED_QUESTIONS],
        },
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
        own=standing.round.tenant_id == by.tenant_id,
        may=by.may,
        results=results.find_results(round_id, by=by) if closed else None,
        least=LEAST_SHOWN,
        genders={gender.value: gender.label for gender in Gender},
    )


@bp.route("/rounds/<uuid:round_id>/close", methods=["GET", "POST"])
@leads_to(workflow.close_round)
def close_round(round_id: UUID, by: Actor) -> Form:
    """End an evaluation."""
    standing = queries.find_round(round_id, by=by)
    here = url_for(".show_round", round_id=round_id)
    return Form(
        Schema,
        page(
            title=_("Close the evaluation?"),
            lead=_(
                "%(answered)d of the %(invited)d people invited have answered. From then on nobody can answer or "
                "correct an answer, and the results can be read. This cannot be taken back.",
                answered=standing.answered,
                invited=standing.invited,
            ),
            submit=_("Close the evaluation"),
            crumbs=[(_("Evaluation"), url_for(".index")), (standing.round.title, here)],
            secondary=(_("Do not close it yet"), here),
        ),
        onward=here,
        said=_("The evaluation is closed; these are its results."),
    )


@bp.route("/<uuid:contract_id>/acceptance/new", methods=["GET", "POST"])
@leads_to(acceptance.record_acceptance)
def new_acceptance(contract_id: UUID, by: Actor) -> Form:
    """Record what the acceptance group found."""
    standing = queries.find_evaluation(contract_id, by=by).standing
    return Form(
        AcceptanceSchema,
        page(title=_("Acceptance"), submit=_("Record the acceptance"), crumbs=_crumbs(standing)),
        onward=url_for(".show", contract_id=contract_id),
        said=_("The acceptance is recorded; the organization has been told."),
    )


@bp.route("/<uuid:contract_id>/closure/new", methods=["GET", "POST"])
@leads_to(acceptance.record_closure)
def new_closure(contract_id: UUID, by: Actor) -> Form:
    """Record the closure meeting and close the contract."""
    standing = queries.find_evaluation(contract_id, by=by).standing
    return Form(
        ClosureSchema,
        page(title=_("Closure meeting"), submit=_("Close the contract"), crumbs=_crumbs(standing)),
        onward=url_for(".show", contract_id=contract_id),
        said=_("The contract is closed; its lessons are public."),
        known={"held_on": local_day(by.now)},
    )


def _crumbs(standing: queries.Standing) -> list[tuple[str, str]]:
    contract = standing.contract
    return [
        (_("Evaluation"), url_for(".index")),
        (contract.number, url_for(".show", contract_id=contract.id)),
    ]
