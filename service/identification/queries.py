"""Reads of step 1."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy import func, select

from service.identification.models import Criterion, ScreeningAnswer, ShortList, Task
from service.identification.rules import TaskState
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.permissions import Permission
from tenants.states import Move, list_moves


@query(Permission.TASK_READ)
def list_tasks(year: int | None = None, state: TaskState | None = None, *, by: Actor) -> list[Task]:
    """The tasks of the actor's office, newest first."""
    wanted = select(Task).where(Task.tenant_id == by.tenant_id)
    if year is not None:
        wanted = wanted.where(Task.year == year)
    if state is not None:
        wanted = wanted.where(Task.state == state)
    return list(db.session.scalars(wanted.order_by(Task.number.desc())))


@query(Permission.TASK_READ)
def find_task(task_id: UUID, *, by: Actor) -> Task:
    """One task; ``NotFound`` otherwise."""
    return get(Task, task_id, by)


@query(Permission.TASK_READ)
def find_screening(
    task_id: UUID, *, by: Actor
) -> tuple[Task, list[tuple[Criterion, ScreeningAnswer | None]], list[Move]]:
    """A task with each criterion of its year, the answer if there is one, and the task's moves."""
    task = get(Task, task_id, by)
    rows = db.session.execute(
        select(Criterion, ScreeningAnswer)
        .outerjoin(
            ScreeningAnswer,
            (ScreeningAnswer.tenant_id == Criterion.tenant_id)
            & (ScreeningAnswer.criterion_id == Criterion.id)
            & (ScreeningAnswer.task_id == task.id),
        )
        .where(Criterion.tenant_id == task.tenant_id, Criterion.year == task.year)
        .order_by(Criterion.position)
    )
    return task, [(criterion, answer) for criterion, answer in rows], list_moves(task)


@query(Permission.TASK_READ)
def list_criteria(year: int, *, by: Actor) -> list[Criterion]:
    """The yes/no questions of a year."""
    return list(
        db.session.scalars(
            select(Criterion)
            .where(Criterion.tenant_id == by.tenant_id, Criterion.year == year)
            .order_by(Criterion.position)
        )
    )


@query(Permission.TASK_READ)
def list_short_lists(*, by: Actor) -> list[ShortList]:
    """The signed short lists, newest first."""
    return list(
        db.session.scalars(
            select(ShortList).where(ShortList.tenant_id == by.tenant_id).order_by(ShortList.signed_at.desc())
        )
    )


@query(Permission.TASK_READ)
def count_tasks(*, by: Actor) -> Counter[TaskState]:
    """How many tasks stand in each state."""
    rows = db.session.execute(
        select(Task.state, func.count()).where(Task.tenant_id == by.tenant_id).group_by(Task.state)
    )
    return Counter(dict(rows.all()))
