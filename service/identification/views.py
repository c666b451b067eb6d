"""The pages of step 1."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.identification import ideas, queries, workflow
from service.identification.rules import OPTIONAL_CRITERIA, RECOMMENDED_CRITERIA
from service.identification.schemas import CriteriaSchema, ScreeningSchema, TaskSchema
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.workdays import local_day

bp = Blueprint("identification", __name__, url_prefix="/admin/tasks", template_folder="templates")


@bp.get("/")
def index() -> str:
    """The long list and the signed short lists."""
    by = current_actor()
    return render_template(
        "identification/index.html",
        tasks=queries.list_tasks(by=by),
        ideas=ideas.list_ideas(by=by),
        short_lists=queries.list_short_lists(by=by),
        year=local_day(by.now).year,
        may=by.may,
    )


@bp.route("/new", methods=["GET", "POST"])
@leads_to(workflow.list_task)
def new(by: Actor) -> Form:
    """Put a task on the long list."""
    return Form(
        TaskSchema,
        page(title=_("New task"), submit=_("Put on the long list")),
        onward=lambda task: redirect(url_for(".show", task_id=task.id)),
        known={"year": local_day(by.now).year},
    )


@bp.get("/<uuid:task_id>")
def show(task_id: UUID) -> str:
    """A task, its screening and its history."""
    return _page(task_id, current_actor())


@bp.post("/<uuid:task_id>/screen")
@leads_to(workflow.screen_task)
def screen(task_id: UUID, by: Actor) -> Form:
    """Answer the criteria for a task."""
    return Form(
        ScreeningSchema,
        lambda view: _page(task_id, by, view),
        onward=url_for(".show", task_id=task_id),
        said=_("The screening is recorded."),
    )


@bp.post("/<uuid:task_id>/return")
def return_task(task_id: UUID) -> Response:
    """Bring a ruled-out task back."""
    by = current_actor()
    workflow.return_task(task_id, local_day(by.now).year, by=by)
    return redirect(url_for(".show", task_id=task_id))


@bp.route("/criteria/<int:year>", methods=["GET", "POST"])
@leads_to(workflow.set_criteria)
def criteria(year: int, by: Actor) -> Form:
    """The yes/no questions of a year."""
    questions = [
        {"question": one.question, "question_en": one.question_en}
        for one in queries.list_criteria(year, by=by)
    ] or [{"question": zh, "question_en": en} for zh, en in RECOMMENDED_CRITERIA]
    return Form(
        CriteriaSchema,
        page("identification/criteria.html", year=year, optional=OPTIONAL_CRITERIA),
        onward=url_for(".index"),
        said=_("The questions are set."),
        known={"year": year, "questions": questions},
    )


@bp.post("/short-list/<int:year>")
def sign(year: int) -> Response:
    """Sign off the short list of a year."""
    signed = workflow.sign_short_list(year, by=current_actor())
    flash(_("Version %(version)d of the short list is signed.", version=signed.version), "success")
    return redirect(url_for(".index"))


def _page(task_id: UUID, by: Actor, view: FormView | None = None) -> str:
    task, screening, moves = queries.find_screening(task_id, by=by)
    answers = [
        {
            "criterion_id": criterion.id,
            "answer": answer and answer.answer,
            "reason": answer and answer.reason,
        }
        for criterion, answer in screening
    ]
    return render_template(
        "identification/task.html",
        task=task,
        screening=screening,
        moves=moves,
        ideas=ideas.ideas_behind(task_id, by=by),
        view=view or FormView(ScreeningSchema, {"answers": answers}),
        own=task.tenant_id == by.tenant_id,
        may=by.may,
    )
