"""The pages of step 4 about the annual plan, the county workshops and the Implementation Regulation."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.preparation import planning, planning_queries
from service.preparation.models import Regulation
from service.preparation.planning_schemas import (
    AdoptionSchema,
    PlanChangeSchema,
    PlanSchema,
    RegulationSchema,
    WorkshopSchema,
)
from service.preparation.rules import (
    SECTION_POINTS,
    Department,
    PlanState,
    RegulationSection,
    RegulationState,
    WorkshopTopic,
)
from service.preparation.schemas import ReasonSchema
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.permissions import Permission
from tenants.workdays import local_day

bp = Blueprint("planning", __name__, url_prefix="/admin", template_folder="templates")


@bp.get("/plans/")
def plans() -> str:
    """The annual plans."""
    by = current_actor()
    return render_template("preparation/plans.html", plans=planning_queries.list_plans(by=by), may=by.may)


@bp.route("/plans/new", methods=["GET", "POST"])
@leads_to(planning.draft_plan)
def new_plan(by: Actor) -> Form:
    """Draft a plan; the system proposes the balance."""
    around = page(
        title=_("New plan"),
        crumbs=[(_("Annual plan"), url_for(".plans"))],
        submit=_("Propose the balance"),
        lead=_(
            "What is urgent, new, an example to others or bound by a policy comes first; you can change it."
        ),
    )
    return Form(
        PlanSchema,
        around,
        onward=lambda plan: redirect(url_for(".plan", plan_id=plan.id)),
        known={"year": local_day(by.now).year},
    )


@bp.get("/plans/<uuid:plan_id>")
def plan(plan_id: UUID) -> str:
    """A plan with its balance."""
    return _plan_page(plan_id, current_actor())


@bp.post("/plans/<uuid:plan_id>")
@leads_to(planning.change_plan)
def change_plan(plan_id: UUID, by: Actor) -> Form:
    """Change funds and lines."""
    return Form(
        PlanChangeSchema,
        lambda view: _plan_page(plan_id, by, view=view),
        onward=url_for(".plan", plan_id=plan_id),
    )


@bp.post("/plans/<uuid:plan_id>/propose")
def propose_plan(plan_id: UUID) -> Response:
    """Let the system propose the balance anew."""
    planning.propose_plan(plan_id, by=current_actor())
    return redirect(url_for(".plan", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/submit")
def submit_plan(plan_id: UUID) -> Response:
    """Submit a plan for approval."""
    planning.submit_plan(plan_id, by=current_actor())
    flash(_("The plan waits for approval by another person."), "success")
    return redirect(url_for(".plan", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/approve")
def approve_plan(plan_id: UUID) -> Response:
    """Approve a plan."""
    planning.approve_plan(plan_id, by=current_actor())
    flash(_("The plan is approved."), "success")
    return redirect(url_for(".plan", plan_id=plan_id))


@bp.post("/plans/<uuid:plan_id>/return")
@leads_to(planning.return_plan)
def return_plan(plan_id: UUID, by: Actor) -> Form:
    """Give a plan back with the reason."""
    return Form(
        ReasonSchema,
        lambda view: _plan_page(plan_id, by, reason=view),
        onward=url_for(".plan", plan_id=plan_id),
    )


@bp.post("/plans/<uuid:plan_id>/publish")
def publish_plan(plan_id: UUID) -> Response:
    """Publish an approved plan."""
    planning.publish_plan(plan_id, by=current_actor())
    flash(_("The plan is published."), "success")
    return redirect(url_for(".plan", plan_id=plan_id))


def _plan_page(plan_id: UUID, by: Actor, **views: FormView) -> str:
    found = planning_queries.find_plan_page(plan_id, by=by)
    own = found.plan.tenant_id == by.tenant_id
    forms = {
        "view": FormView(
            PlanChangeSchema, {"funds": found.plan.funds, "lines": [row.line for row in found.rows]}
        ),
        "reason": FormView(ReasonSchema),
        **views,
    }
    return render_template(
        "preparation/plan.html",
        page=found,
        plan=found.plan,
        states=PlanState,
        packages={str(row.package.id): row for row in found.rows},
        writes=own and by.may(Permission.PLAN_WRITE),
        decides=own
        and by.may(Permission.PLAN_APPROVE)
        and by.id not in (found.plan.prepared_by, found.plan.submitted_by),
        **forms,
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
@leads_to(planning.draft_regulation)
def new_regulation(by: Actor) -> Form:
    """Draft a regulation, beginning with the words of the newest one."""
    newest = next(iter(planning_queries.list_regulations(by=by)), None)
    return Form(
        RegulationSchema,
        page(title=_("New version"), crumbs=_above_regulations()),
        onward=_to_regulation,
        known=newest or {"title": _("Regulation on buying poverty reduction services")},
    )


@bp.get("/regulations/<uuid:regulation_id>")
def regulation(regulation_id: UUID) -> str:
    """A regulation by its sections."""
    return _regulation_page(regulation_id, current_actor())


@bp.route("/regulations/<uuid:regulation_id>/edit", methods=["GET", "POST"])
@leads_to(planning.change_regulation)
def change_regulation(regulation_id: UUID, by: Actor) -> Form:
    """Change a draft."""
    found = planning_queries.find_regulation(regulation_id, by=by)
    back = (_("Back"), url_for(".regulation", regulation_id=regulation_id))
    return Form(
        RegulationSchema,
        page(title=found.title, secondary=back, crumbs=_above_regulations()),
        onward=_to_regulation,
        known=found,
    )


@bp.post("/regulations/<uuid:regulation_id>/adopt")
@leads_to(planning.adopt_regulation)
def adopt_regulation(regulation_id: UUID, by: Actor) -> Form:
    """Adopt a regulation from a day on."""
    return Form(
        AdoptionSchema,
        lambda view: _regulation_page(regulation_id, by, view),
        onward=_to_regulation,
        said=_("The regulation is adopted."),
    )


def _regulation_page(regulation_id: UUID, by: Actor, view: FormView | None = None) -> str:
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


def _to_regulation(regulation: Regulation) -> Response:
    return redirect(url_for(".regulation", regulation_id=regulation.id))


def _above_regulations() -> list[tuple[str, str]]:
    return [(_("Regulation"), url_for(".regulations"))]


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
@leads_to(planning.record_workshop)
def new_workshop(by: Actor) -> Form:
    """Put a workshop on record."""
    return Form(
        WorkshopSchema,
        page(title=_("Record a workshop"), crumbs=[(_("Workshops"), url_for(".workshops"))]),
        onward=url_for(".workshops"),
        known={"agenda": list(WorkshopTopic), "invited": list(Department)},
    )
