"""Suggestions that came by message, by JSON (I1)."""

from __future__ import annotations

from uuid import UUID

from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.identification import ideas
from service.identification.ideas import IdeaView
from service.identification.models import Task
from service.identification.schemas import IdeaSchema, JoinSchema, SetAsideSchema, TaskSchema

bp = Blueprint(
    "suggestions", __name__, url_prefix="/tasks/ideas", description="Step 1: suggestions by message"
)


@bp.get("")
@bp.response(200, IdeaSchema(many=True))
def list_waiting() -> list[IdeaView]:
    """List the suggestions that wait for the office."""
    return ideas.list_ideas(by=api_actor())


@bp.get("/<uuid:idea_id>")
@bp.response(200, IdeaSchema)
def find(idea_id: UUID) -> IdeaView:
    """Read a suggestion."""
    return ideas.find_idea(idea_id, by=api_actor())


@bp.post("/<uuid:idea_id>/listing")
@bp.arguments(TaskSchema)
@bp.response(201, TaskSchema)
def to_the_list(data: dict, idea_id: UUID) -> Task:
    """Put a suggestion on the long list as a task."""
    return ideas.list_idea(idea_id, **data, by=api_actor())


@bp.post("/<uuid:idea_id>/task")
@bp.arguments(JoinSchema)
@bp.response(200, IdeaSchema)
def join(data: dict, idea_id: UUID) -> IdeaView:
    """Say which task of the list a suggestion is already."""
    by = api_actor()
    ideas.join_idea(idea_id, data["task_id"], by=by)
    return ideas.find_idea(idea_id, by=by)


@bp.post("/<uuid:idea_id>/refusal")
@bp.arguments(SetAsideSchema)
@bp.response(200, IdeaSchema)
def set_aside(data: dict, idea_id: UUID) -> IdeaView:
    """Set a suggestion aside; its sender is told why."""
    by = api_actor()
    ideas.set_aside_idea(idea_id, data["reason"], by=by)
    return ideas.find_idea(idea_id, by=by)
