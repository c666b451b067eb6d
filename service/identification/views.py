"""The pages of step 1."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.identification import queries, workflow
from service.identification.rules import OPTIONAL_CRITERIA, RECOMMENDED_CRITERIA
from service.identification.schemas import CriteriaSchema, ScreeningSchema, TaskSchema
from service.web.forms import FormView, check
from service.web.session import current_actor
from tenants.workdays import local_day

bp = Blueprint("identification", __name__, url_prefix="/admin/tasks", template_folder="templates")


@bp.get("/")
def index() -> str:
    """The long list and the signed short lists."""
    by = current_actor()
    return render_template(
        "identification/index.html",
        tasks=queries.list_tasks(by=by),
        short_lists=queries.list_short_lists(by=by),
        year=local_day(by.now).year,
        may=by.may,
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> str | Response:
    """Put a task on the long list."""
    by = current_actor()
    if request.method == "GET":
        view = FormView(TaskSchema, {"year": local_day(by.now).year})
    else:
        data, view = check(TaskSchema, request.form)
        if data is not None:
            return redirect(url_for(".show", task_id=workflow.list_task(**data, by=by).id))
    return render_template("form.html", title=_("New task"), view=view, submit=_("Put on the long list"))


@bp.get("/<uuid:task_id>")
def show(task_id: UUID) -> str:
    """A task, its screening and its history."""
    by = current_actor()
    task, screening, moves = queries.find_screening(task_id, by=by)
    view = FormView(
        ScreeningSchema,
        {
            "answers": [
                {
                    "criterion_id": criterion.id,
                    "answer": answer and answer.answer,
                    "reason": answer and answer.reason,
                }
                for criterion, answer in screening
            ]
        },
    )
    return render_template(
        "identification/task.html", task=task, screening=screening, moves=moves, view=view, may=by.may
    )


@bp.post("/<uuid:task_id>/screen")
def screen(task_id: UUID) -> str | Response:
    """Answer the criteria for a task."""
    by = current_actor()
    data, view = check(ScreeningSchema, request.form)
    if data is None:
        task, screening, moves = queries.find_screening(task_id, by=by)
        return render_template(
            "identification/task.html", task=task, screening=screening, moves=moves, view=view, may=by.may
        )
    workflow.screen_task(task_id, **data, by=by)
    flash(_("The screening is recorded."), "success")
    return redirect(url_for(".show", task_id=task_id))


@bp.post("/<uuid:task_id>/return")
def return_task(task_id: UUID) -> Response:
    """Bring a ruled-out task back."""
    by = current_actor()
    workflow.return_task(task_id, local_day(by.now).year, by=by)
    return redirect(url_for(".show", task_id=task_id))


@bp.route("/criteria/<int:year>", methods=["GET", "POST"])
def criteria(year: int) -> str | Response:
    """The yes/no questions of a year."""
    by = current_actor()
    if request.method == "POST":
        data, view = check(CriteriaSchema, request.form)
        if data is not None:
            workflow.set_criteria(data["year"], data["questions"], by=by)
            flash(_("The questions are set."), "success")
            return redirect(url_for(".index"))
    else:
        known = queries.list_criteria(year, by=by)
        questions = [{"question": one.question, "question_en": one.question_en} for one in known] or [
            {"question": zh, "question_en": en} for zh, en in RECOMMENDED_CRITERIA
        ]
        view = FormView(CriteriaSchema, {"year": year, "questions": questions})
    return render_template("identification/criteria.html", view=view, year=year, optional=OPTIONAL_CRITERIA)


@bp.post("/short-list/<int:year>")
def sign(year: int) -> Response:
    """Sign off the short list of a year."""
    signed = workflow.sign_short_list(year, by=current_actor())
    flash(_("Version %(version)d of the short list is signed.", version=signed.version), "success")
    return redirect(url_for(".index"))
