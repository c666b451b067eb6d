"""Step 1 by JSON."""

from __future__ import annotations

from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.identification import queries, workflow
from service.identification.models import Criterion, ShortList, Task
from service.identification.schemas import (
    CriteriaSchema,
    CriterionSchema,
    ScreeningSchema,
    ShortListSchema,
    TaskSchema,
    YearSchema,
)

bp = Blueprint("tasks", __name__, url_prefix="/tasks", description="Step 1: long list, screening, short list")


@bp.route("")
class Tasks(MethodView):
    """The long list."""

    @bp.response(200, TaskSchema(many=True))
    def get(self) -> list[Task]:
        """List the tasks."""
        return queries.list_tasks(by=api_actor())

    @bp.arguments(TaskSchema)
    @bp.response(201, TaskSchema)
    def post(self, data: dict) -> Task:
        """Put a task on the long list."""
        return workflow.list_task(**data, by=api_actor())


@bp.route("/<uuid:task_id>")
class OneTask(MethodView):
    """A task."""

    @bp.response(200, TaskSchema)
    def get(self, task_id: UUID) -> Task:
        """Read a task."""
        return queries.find_task(task_id, by=api_actor())


@bp.post("/<uuid:task_id>/screening")
@bp.arguments(ScreeningSchema)
@bp.response(200, TaskSchema)
def screen(data: dict, task_id: UUID) -> Task:
    """Answer every criterion for a task."""
    return workflow.screen_task(task_id, **data, by=api_actor())


@bp.post("/<uuid:task_id>/return")
@bp.arguments(YearSchema)
@bp.response(200, TaskSchema)
def return_task(data: dict, task_id: UUID) -> Task:
    """Bring a ruled-out task back to the long list."""
    return workflow.return_task(task_id, data["year"], by=api_actor())


@bp.get("/criteria/<int:year>")
@bp.response(200, CriterionSchema(many=True))
def list_criteria(year: int) -> list[Criterion]:
    """List the yes/no questions of a year."""
    return queries.list_criteria(year, by=api_actor())


@bp.put("/criteria")
@bp.arguments(CriteriaSchema)
@bp.response(200, CriterionSchema(many=True))
def set_criteria(data: dict) -> list[Criterion]:
    """Set the yes/no questions of a year."""
    return workflow.set_criteria(data["year"], data["questions"], by=api_actor())


@bp.get("/short-lists")
@bp.response(200, ShortListSchema(many=True))
def list_short_lists() -> list[ShortList]:
    """List the signed short lists."""
    return queries.list_short_lists(by=api_actor())


@bp.post("/short-lists")
@bp.arguments(YearSchema)
@bp.response(201, ShortListSchema)
def sign_short_list(data: dict) -> ShortList:
    """Sign off the short list of a year."""
    return workflow.sign_short_list(data["year"], by=api_actor())
