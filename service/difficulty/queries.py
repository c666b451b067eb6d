"""Reads of step 2. All confidential: for officials of the office alone (D3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from service.difficulty.models import Variant
from service.difficulty.rules import Difficulty
from service.identification.models import Task
from service.identification.rules import TaskState
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.permissions import Permission

Graded = tuple[Task, Variant]


@query(Permission.DIFFICULTY_READ)
def find_variant(variant_id: UUID, *, by: Actor) -> Variant:
    """One way of doing a task, with its grade; ``NotFound`` otherwise."""
    return get(Variant, variant_id, by)


@query(Permission.DIFFICULTY_READ)
def list_variants(task_id: UUID, *, by: Actor) -> list[Variant]:
    """The graded ways of doing a task, in the order in which they were graded (D2)."""
    return list(
        db.session.scalars(
            select(Variant)
            .where(Variant.tenant_id.in_(by.readable), Variant.task_id == task_id)
            .order_by(Variant.graded_at, Variant.id)
        )
    )


@query(Permission.DIFFICULTY_READ)
def compare_variants(task_id: UUID, *, by: Actor) -> tuple[Task, list[Variant]]:
    """A task with its graded ways, side by side (D2)."""
    return get(Task, task_id, by), list_variants(task_id, by=by)


@query(Permission.DIFFICULTY_READ)
def find_graded(variant_id: UUID, *, by: Actor) -> Graded:
    """One way of doing a task, with the task."""
    variant = get(Variant, variant_id, by)
    return get(Task, variant.task_id, by), variant


@query(Permission.DIFFICULTY_READ)
def three_lists(*, by: Actor) -> dict[Difficulty, list[Graded]]:
    """The outcome of step 2: the short-listed tasks of the actor's office by difficulty (D3)."""
    rows = db.session.execute(
        select(Task, Variant)
        .join(Variant, (Variant.tenant_id == Task.tenant_id) & (Variant.task_id == Task.id))
        .where(Task.tenant_id == by.tenant_id, Task.state == TaskState.SHORT_LISTED)
        .order_by(Task.number, Variant.graded_at, Variant.id)
    )
    lists: dict[Difficulty, list[Graded]] = {difficulty: [] for difficulty in Difficulty}
    for task, variant in rows:
        lists[variant.difficulty].append((task, variant))
    return lists


@query(Permission.DIFFICULTY_READ)
def list_ungraded(*, by: Actor) -> list[Task]:
    """The short-listed tasks of the actor's office that wait for a grade."""
    graded = select(Variant.task_id).where(Variant.tenant_id == by.tenant_id)
    return list(
        db.session.scalars(
            select(Task)
            .where(
                Task.tenant_id == by.tenant_id, Task.state == TaskState.SHORT_LISTED, Task.id.not_in(graded)
            )
            .order_by(Task.number)
        )
    )


@query(Permission.DIFFICULTY_READ)
def count_wanted(*, by: Actor) -> dict[Difficulty, int]:
    """How many short-listed tasks could be done at each difficulty; several ways count in each (O5)."""
    rows = db.session.execute(
        select(Variant.difficulty, func.count(func.distinct(Variant.task_id)))
        .join(Task, (Task.tenant_id == Variant.tenant_id) & (Task.id == Variant.task_id))
        .where(Variant.tenant_id == by.tenant_id, Task.state == TaskState.SHORT_LISTED)
        .group_by(Variant.difficulty)
    )
    return dict(rows.all())
