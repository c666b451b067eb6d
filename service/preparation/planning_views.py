"""The pages of step 4 about the annual plan, the county workshops and the Implementation Regulation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from service.preparation import planning, planning_queries
from service.preparation.planning_queries import PlanPage
from service.preparation.rules import (
    SECTION_POINTS,
    Department,
    PlanState,
    RegulationSection,
    RegulationState,
    WorkshopTopic,
)
from service.preparation.schemas import (
    AdoptionSchema,
    PlanChangeSchema,
    PlanSchema,
    ReasonSchema,
    RegulationSchema,
    WorkshopSchema,
)
from service.preparation.views import Answer, filled
from service.refusals import words_for
from service.web.forms import FormView, check
from service.web.session import current_actor
from tenants.permissions import Permission
from tenants.refusals import RuleBroken
from tenants.workdays import local_day

bp = Blueprint("planning", __name__, url_prefix="/admin", template_folder="templates")


@bp.get("/plans/")
def plans() -> str:
    """The annual plans."""
    by = current_actor()
    return render_template("preparation/plans.html", plans=planning_queries.list_plans(by=by), may=by.may)


@bp.route("/plans/new", methods=["GET", "POST"])
def new_plan() -> Answer:
    """Draft a plan; the system proposes the balance."""
    by = current_actor()
    return filled(
        PlanSchema,
        lambda: {"year": local_day(by.now).year},
        lambda **facts: planning.draft_plan(**facts, by=by),
        onward=lambda plan: url_for(".plan", plan_id=plan.id),
        title=_("New plan"),
        crumbs=[(_("Annual plan"), url_for(".plans"))],
        submit=_("Propose the balance"),
        lead=_(
            "What is urgent, new, an example to others or bound by a policy comes first; you can change it."
        ),
    )


@bp.get("/plans/<uuid:plan_id>")
def plan(plan_id: UUID) -> str:
    """A plan with its balance."""
    page = planning_queries.find_plan_page(plan_id, by=current_actor())
    return _plan_page(page, _change_view(page))


@bp.post("/plans/<uuid:plan_id>")
def change_plan(plan_id: UUID) -> Answer:
    """Change funds and lines."""
    by = current_actor()
    data, view = check(PlanChangeSchema, request.form)
    if data is not None:
        try:
            planning.change_plan(plan_id, **data, by=by)
            return redirect(url_for(".plan", plan_id=plan_id))
        except RuleBroken as refusal:
            view.general.append(words_for(refusal))
    return _plan_page(planning_queries.find_plan_page(plan_id, by=by), view)


@bp.post("/plans/<uuid:plan_id>/propose")
def propose_plan(plan_id: UUID) -> Answer:
    """Let the system propose the balance anew."""
    planning.propose_plan(plan_id, by=current_actor())
    return redirect(url_for(".plan", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/submit")
def submit_plan(plan_id: UUID) -> Answer:
    """Submit a plan for approval."""
    planning.submit_plan(plan_id, by=current_actor())
    flash(_("The plan waits for approval by another person."), "success")
    return redirect(url_for(".plan", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/approve")
def approve_plan(plan_id: UUID) -> Answer:
    """Approve a plan."""
    planning.approve_plan(plan_id, by=current_actor())
    flash(_("The plan is approved."), "success")
    return redirect(url_for(".plan", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/return")
def return_plan(plan_id: UUID) -> Answer:
    """Give a plan back with the reason."""
    by = current_actor()
    data, _view = check(ReasonSchema, request.form)
    if data is None:
        flash(_("Please give the reason."), "error")
    else:
        planning.return_plan(plan_id, data["reason"], by=by)
    return redirect(url_for(".plan", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/publish")
def publish_plan(plan_id: UUID) -> Answer:
    """Publish an approved plan."""
    planning.publish_plan(plan_id, by=current_actor())
    flash(_("The plan is published."), "success")
    return redirect(url_for(".plan", plan_id=plan_id))


def _change_view(page: PlanPage) -> FormView:
    return FormView(PlanChangeSchema, {"funds": page.plan.funds, "lines": [row.line for row in page.rows]})


def _plan_page(page: PlanPage, view: FormView) -> str:
    by = current_actor()
    own = page.plan.tenant_id == by.tenant_id
    return render_template(
        "preparation/plan.html",
        page=page,
        plan=page.plan,
        view=view,
        states=PlanState,
        reason=FormView(ReasonSchema),
        packages={str(row.package.id): row for row in page.rows},
        writes=own and by.may(Permission.PLAN_WRITE),
        decides=own
        and by.may(Permission.PLAN_APPROVE)
        and by.id not in (page.plan.prepared_by, page.plan.submitted_by),
    )


@bp.get("/regulations/")
def regulations() -> str:
    """The versions of the regulation, and which is in force."""
    by = current_actor()
    return render_template(
        "preparation/regulations.html",
        regulations=planning_queries.list_regulations(by=by),
        groundwork=planning_queries.find_groundwork(by=by),
        may=by.may,
        draft=RegulationState.DRAFT,
    )


@bp.route("/regulations/new", methods=["GET", "POST"])
def new_regulation() -> Answer:
    """Draft a regulation, beginning with the words of the newest one."""
    by = current_actor()
    known = planning_queries.list_regulations(by=by)
    return filled(
        RegulationSchema,
        lambda: known[0] if known else {"title": _("Regulation on buying poverty reduction services")},
        lambda **facts: planning.draft_regulation(**facts, by=by),
        onward=lambda regulation: url_for(".regulation", regulation_id=regulation.id),
        title=_("New version"),
        crumbs=[(_("Regulation"), url_for(".regulations"))],
    )


@bp.get("/regulations/<uuid:regulation_id>")
def regulation(regulation_id: UUID) -> str:
    """A regulation by its sections."""
    return _regulation_page(regulation_id, None)


@bp.route("/regulations/<uuid:regulation_id>/edit", methods=["GET", "POST"])
def change_regulation(regulation_id: UUID) -> Answer:
    """Change a draft."""
    by = current_actor()
    found = planning_queries.find_regulation(regulation_id, by=by)
    back = url_for(".regulation", regulation_id=regulation_id)
    return filled(
        RegulationSchema,
        lambda: found,
        lambda **facts: planning.change_regulation(regulation_id, **facts, by=by),
        onward=lambda _saved: back,
        title=found.title,
        secondary=(_("Back"), back),
        crumbs=[(_("Regulation"), url_for(".regulations"))],
    )


@bp.post("/regulations/<uuid:regulation_id>/adopt")
def adopt_regulation(regulation_id: UUID) -> Answer:
    """Adopt a regulation from a day on."""
    by = current_actor()
    data, view = check(AdoptionSchema, request.form)
    if data is not None:
        try:
            planning.adopt_regulation(regulation_id, data["effective_on"], by=by)
            flash(_("The regulation is adopted."), "success")
            return redirect(url_for(".regulation", regulation_id=regulation_id))
        except RuleBroken as refusal:
            view.general.append(words_for(refusal))
    return _regulation_page(regulation_id, view)


def _regulation_page(regulation_id: UUID, view: FormView | None) -> str:
    by = current_actor()
    found = planning_queries.find_regulation(regulation_id, by=by)
    drafted = found.tenant_id == by.tenant_id and found.state is RegulationState.DRAFT
    return render_template(
        "preparation/regulation.html",
        regulation=found,
        sections=RegulationSection,
        points=SECTION_POINTS,
        view=view or FormView(AdoptionSchema, {"effective_on": local_day(by.now)}),
        writes=drafted and by.may(Permission.REGULATION_WRITE),
        decides=drafted and by.may(Permission.REGULATION_ADOPT) and by.id != found.drafted_by,
    )


@bp.get("/workshops/")
def workshops() -> str:
    """The county workshops on record."""
    by = current_actor()
    return render_template(
        "preparation/workshops.html",
        workshops=planning_queries.list_workshops(by=by),
        may=by.may,
        groundwork=planning_queries.find_groundwork(by=by),
        topic=WorkshopTopic,
        department=Department,
    )


@bp.route("/workshops/new", methods=["GET", "POST"])
def new_workshop() -> Answer:
    """Put a workshop on record."""
    by = current_actor()
    everything: dict[str, Any] = {"agenda": list(WorkshopTopic), "invited": list(Department)}
    return filled(
        WorkshopSchema,
        lambda: everything,
        lambda **facts: planning.record_workshop(**facts, by=by),
        onward=lambda _workshop: url_for(".workshops"),
        title=_("Record a workshop"),
        crumbs=[(_("Workshops"), url_for(".workshops"))],
    )
