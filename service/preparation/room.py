"""Step 4 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from service.preparation import planning_queries, queries
from service.preparation.api import bp as packages_api
from service.preparation.messages import REFUSALS
from service.preparation.planning_api import plans_bp, regulations_bp, workshops_bp
from service.preparation.planning_views import bp as planning_pages
from service.preparation.rules import WORKSHOPS_NEEDED, PackageState, PlanState, RegulationState
from service.preparation.views import bp as package_pages
from service.room import Count, Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def counts(by: Actor) -> list[Count]:
    """Packages in each state, plans that hold, and what must stand before the first call."""
    if not (by.may(Permission.PACKAGE_READ) and by.may(Permission.PLAN_READ)):
        return []
    packages = queries.count_packages(by=by)
    plans = [plan.state for plan in planning_queries.list_plans(by=by)]
    groundwork = planning_queries.find_groundwork(by=by)
    return [
        *(Count(state.label, packages[state], url_for("preparation.index")) for state in PackageState),
        Count(_("Plans published"), plans.count(PlanState.PUBLISHED), url_for("planning.plans")),
        Count(_("Workshops held"), groundwork.workshops, url_for("planning.workshops")),
        Count(
            _("Regulation in force"), int(groundwork.regulation is not None), url_for("planning.regulations")
        ),
    ]


def waiting(by: Actor) -> list[Waiting]:
    """Plans to decide on or publish, regulations to adopt, and groundwork an officer still has to lay."""
    found: list[Waiting] = []
    if by.may(Permission.PLAN_READ):
        for plan in planning_queries.list_plans(by=by):
            url = url_for("planning.plan", plan_id=plan.id)
            mine = by.id in (plan.prepared_by, plan.submitted_by)
            if plan.state is PlanState.SUBMITTED and by.may(Permission.PLAN_APPROVE) and not mine:
                found.append(Waiting(_("The plan for %(year)d waits for your decision", year=plan.year), url))
            if plan.state is PlanState.DRAFT and by.may(Permission.PLAN_WRITE):
                found.append(Waiting(_("The plan for %(year)d is still a draft", year=plan.year), url))
            if plan.state is PlanState.APPROVED and by.may(Permission.PLAN_WRITE):
                found.append(Waiting(_("The plan for %(year)d waits for publication", year=plan.year), url))
    if by.may(Permission.REGULATION_ADOPT):
        found += [
            Waiting(
                _("Version %(version)d of the regulation waits for adoption", version=regulation.version),
                url_for("planning.regulation", regulation_id=regulation.id),
            )
            for regulation in planning_queries.list_regulations(by=by)
            if regulation.state is RegulationState.DRAFT and regulation.drafted_by != by.id
        ]
    return found + _groundwork(by)


def _groundwork(by: Actor) -> list[Waiting]:
    if not by.may(Permission.PACKAGE_WRITE):
        return []
    found = []
    groundwork = planning_queries.find_groundwork(by=by)
    if groundwork.workshops < WORKSHOPS_NEEDED:
        text = _(
            "%(number)d more workshops are needed before the first call",
            number=WORKSHOPS_NEEDED - groundwork.workshops,
        )
        found.append(Waiting(text, url_for("planning.workshops")))
    if groundwork.regulation is None:
        found.append(Waiting(_("No regulation is in force yet"), url_for("planning.regulations")))
    designing = queries.count_packages(by=by)[PackageState.DESIGNING]
    if designing:
        text = _("%(number)d packages are still being designed", number=designing)
        found.append(Waiting(text, url_for("preparation.index")))
    return found


ROOM = Room(
    label=_l("Prepare packages"),
    step=4,
    objective=_l("From tasks to packages, a plan and clear rules"),
    pages=(package_pages, planning_pages),
    api=(packages_api, plans_bp, regulations_bp, workshops_bp),
    links=(
        Link(_l("Packages"), "preparation.index", Permission.PACKAGE_READ),
        Link(_l("Annual plan"), "planning.plans", Permission.PLAN_READ),
        Link(_l("Workshops"), "planning.workshops", Permission.PLAN_READ),
        Link(_l("Regulation"), "planning.regulations", Permission.PLAN_READ),
    ),
    refusals=REFUSALS,
    counts=counts,
    waiting=waiting,
)
