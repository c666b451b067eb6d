"""The pages of step 2, all marked confidential (D3)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.difficulty import queries, workflow
from service.difficulty.models import Variant
from service.difficulty.rules import CommunityAspect
from service.difficulty.schemas import VariantSchema
from service.identification.rules import TaskState
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor

bp = Blueprint("difficulty", __name__, url_prefix="/admin/difficulty", template_folder="templates")


@bp.get("/")
def index() -> str:
    """The three lists, and what waits for a grade."""
    by = current_actor()
    return render_template(
        "difficulty/index.html",
        lists=queries.three_lists(by=by),
        ungraded=queries.list_ungraded(by=by),
        may=by.may,
    )


@bp.get("/tasks/<uuid:task_id>")
def task(task_id: UUID) -> str:
    """The ways of doing a task, side by side, and the form for another one."""
    return _task_page(task_id, FormView(VariantSchema), current_actor())


@bp.post("/tasks/<uuid:task_id>")
@leads_to(workflow.grade_variant)
def grade(task_id: UUID, by: Actor) -> Form:
    """Grade a way of doing a task."""
    return Form(VariantSchema, lambda view: _task_page(task_id, view, by), onward=_graded)


@bp.route("/variants/<uuid:variant_id>", methods=["GET", "POST"])
@leads_to(workflow.regrade_variant)
def regrade(variant_id: UUID, by: Actor) -> Form:
    """Grade a way of doing a task anew."""
    task, variant = queries.find_graded(variant_id, by=by)
    overridden = variant.difficulty is not variant.suggested
    return Form(
        VariantSchema,
        page("difficulty/regrade.html", task=task, variant=variant),
        onward=_graded,
        known={
            "name": variant.name,
            "approach": variant.approach,
            "aspects": variant.aspects,
            "quality": variant.quality,
            "difficulty": variant.difficulty if overridden else None,
            "override_reason": variant.override_reason,
        },
    )


def _graded(variant: Variant) -> Response:
    flash(_("“%(name)s” is graded.", name=variant.name), "success")
    return redirect(url_for(".task", task_id=variant.task_id))


def _task_page(task_id: UUID, view: FormView, by: Actor) -> str:
    found, variants = queries.compare_variants(task_id, by=by)
    gradable = found.state is TaskState.SHORT_LISTED and found.tenant_id == by.tenant_id
    return render_template(
        "difficulty/task.html",
        aspects=CommunityAspect,
        task=found,
        variants=variants,
        view=view,
        may=by.may,
        gradable=gradable,
    )
