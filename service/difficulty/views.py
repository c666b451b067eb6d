"""The pages of step 2, all marked confidential (D3)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.difficulty import queries, workflow
from service.difficulty.rules import CommunityAspect
from service.difficulty.schemas import VariantSchema
from service.identification.rules import TaskState
from service.web.forms import FormView, check
from service.web.session import current_actor

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
    return _task_page(task_id, FormView(VariantSchema))


@bp.post("/tasks/<uuid:task_id>")
def grade(task_id: UUID) -> str | Response:
    """Grade a way of doing a task."""
    data, view = check(VariantSchema, request.form)
    if data is None:
        return _task_page(task_id, view)
    variant = workflow.grade_variant(task_id, **data, by=current_actor())
    flash(_("“%(name)s” is graded.", name=variant.name), "success")
    return redirect(url_for(".task", task_id=task_id))


@bp.route("/variants/<uuid:variant_id>", methods=["GET", "POST"])
def regrade(variant_id: UUID) -> str | Response:
    """Grade a way of doing a task anew."""
    by = current_actor()
    task, variant = queries.find_graded(variant_id, by=by)
    if request.method == "POST":
        data, view = check(VariantSchema, request.form)
        if data is not None:
            workflow.regrade_variant(variant_id, **data, by=by)
            flash(_("“%(name)s” is graded.", name=variant.name), "success")
            return redirect(url_for(".task", task_id=task.id))
    else:
        overridden = variant.difficulty is not variant.suggested
        view = FormView(
            VariantSchema,
            {
                "name": variant.name,
                "approach": variant.approach,
                "aspects": variant.aspects,
                "quality": variant.quality,
                "difficulty": variant.difficulty if overridden else None,
                "override_reason": variant.override_reason,
            },
        )
    return render_template("difficulty/regrade.html", task=task, variant=variant, view=view)


def _task_page(task_id: UUID, view: FormView) -> str:
    by = current_actor()
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
