"""The page of a suggestion that came by message (I1)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _

from service.identification import ideas, queries
from service.identification.ideas import IdeaView
from service.identification.models import Task
from service.identification.schemas import JoinSchema, SetAsideSchema, TaskSchema
from service.web.acts import Form, leads_to
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.workdays import local_day

bp = Blueprint("ideas", __name__, url_prefix="/admin/ideas", template_folder="templates")

TITLE = 30
"""So much of a suggestion is proposed as the task's title."""


@bp.get("/<uuid:idea_id>")
def show(idea_id: UUID) -> str:
    """A suggestion, and what can be made of it."""
    return _page(idea_id, current_actor())


@bp.post("/<uuid:idea_id>/list")
@leads_to(ideas.list_idea)
def to_the_list(idea_id: UUID, by: Actor) -> Form:
    """Put it on the long list as a task."""
    return Form(
        TaskSchema,
        lambda view: _page(idea_id, by, listing=view),
        onward=lambda task: redirect(url_for("identification.show", task_id=task.id)),
        said=_("On the long list. The sender hears how the screening goes."),
    )


@bp.post("/<uuid:idea_id>/join")
@leads_to(ideas.join_idea)
def join(idea_id: UUID, by: Actor) -> Form:
    """Say which task of the list it is already."""
    return Form(
        JoinSchema,
        lambda view: _page(idea_id, by, joining=view),
        onward=url_for("identification.index"),
        said=_("Kept with the task. The sender hears how the screening goes."),
        choices={"task_id": _tasks(by)},
    )


@bp.post("/<uuid:idea_id>/set-aside")
@leads_to(ideas.set_aside_idea)
def set_aside(idea_id: UUID, by: Actor) -> Form:
    """Set it aside, with the reason."""
    return Form(
        SetAsideSchema,
        lambda view: _page(idea_id, by, refusing=view),
        onward=url_for("identification.index"),
        said=_("Set aside. The sender is told why."),
    )


def _page(
    idea_id: UUID,
    by: Actor,
    listing: FormView | None = None,
    joining: FormView | None = None,
    refusing: FormView | None = None,
) -> str:
    idea, tasks = ideas.find_idea(idea_id, by=by), _tasks(by)
    return render_template(
        "identification/idea.html",
        idea=idea,
        listing=listing or FormView(TaskSchema, _proposed(idea, by)),
        joining=(joining or FormView(JoinSchema, choices={"task_id": tasks})) if tasks else None,
        refusing=refusing or FormView(SetAsideSchema),
        own=idea.tenant_id == by.tenant_id,
        may=by.may,
    )


def _proposed(idea: IdeaView, by: Actor) -> dict[str, object]:
    words = idea.text or ""
    return {
        "year": local_day(by.now).year,
        "title": words[:TITLE],
        "description": words,
        "category": idea.category,
        "proposer": idea.proposer,
        "proposed_by": idea.proposed_by,
    }


def _tasks(by: Actor) -> list[tuple[UUID, str]]:
    return [(task.id, _named(task)) for task in queries.list_tasks(by=by)]


def _named(task: Task) -> str:
    return f"{task.number} {task.title}"
