"""The verbs of step 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from service.identification import rules
from service.identification.models import Criterion, ScreeningAnswer, ShortList, Task
from service.identification.news import tell_proposers
from service.identification.rules import TaskState
from tenants.actors import Actor
from tenants.audit import record
from tenants.counters import next_number
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.permissions import Permission
from tenants.states import move


@command(Permission.TASK_WRITE)
def list_task(*, by: Actor, **facts: Any) -> Task:
    """Put a task on the long list (guide step 1.1, I1). ``facts``: the fields of ``TaskSchema``."""
    task = Task(
        tenant_id=by.tenant_id, number=next_number("task", by), listed_at=by.now, listed_by=by.id, **facts
    )
    db.session.add(task)
    db.session.flush()
    record(Event.TASK_LISTED, task, by, number=task.number, category=task.category)
    return task


@command(Permission.TASK_WRITE)
def change_task(task_id: UUID, *, by: Actor, **facts: Any) -> Task:
    """Correct a task that is not yet on a short list (I1)."""
    task = lock(Task, task_id, by)
    rules.require_still_listed(task.state)
    for name, value in facts.items():
        setattr(task, name, value)
    record(Event.TASK_CHANGED, task, by, fields=sorted(facts))
    return task


@command(Permission.TASK_WRITE)
def set_criteria(year: int, questions: Sequence[Mapping[str, Any]], *, by: Actor) -> list[Criterion]:
    """Set a year's yes/no questions (guide step 1.2, I2); once a task was screened by them they stay as they are.

    Refuses ``criteria_missing``, ``criteria_repeated`` and ``criteria_in_use``.
    """
    rules.require_criteria([item["question"] for item in questions])
    used = db.session.scalar(
        select(func.count(ScreeningAnswer.id))
        .join(
            Criterion,
            (Criterion.tenant_id == ScreeningAnswer.tenant_id)
            & (Criterion.id == ScreeningAnswer.criterion_id),
        )
        .where(Criterion.tenant_id == by.tenant_id, Criterion.year == year)
    )
    rules.require_criteria_unused(used or 0)
    db.session.execute(delete(Criterion).where(Criterion.tenant_id == by.tenant_id, Criterion.year == year))
    recommended = {question for question, _english in rules.RECOMMENDED_CRITERIA}
    criteria = [
        Criterion(
            tenant_id=by.tenant_id,
            year=year,
            position=position,
            question=item["question"],
            question_en=item.get("question_en"),
            recommended=item["question"] in recommended,
        )
        for position, item in enumerate(questions, 1)
    ]
    db.session.add_all(criteria)
    db.session.flush()
    record(Event.CRITERIA_SET, ("screening_criteria", year), by, number=len(criteria))
    return criteria


@command(Permission.TASK_WRITE)
def screen_task(
    task_id: UUID, *, answers: Sequence[Mapping[str, Any]], keep: bool, reason: str | None = None, by: Actor
) -> Task:
    """Answer every criterion for a task, each with a reason, and keep it or rule it out (guide step 1.3, I3).

    ``answers``: ``criterion_id``, ``answer``, ``reason`` each. Refuses ``criteria_unanswered``, ``reason_missing``.
    """
    task = lock(Task, task_id, by)
    criteria = set(
        db.session.scalars(
            select(Criterion.id).where(Criterion.tenant_id == by.tenant_id, Criterion.year == task.year)
        )
    )
    given = {item["criterion_id"]: item for item in answers if item["criterion_id"] in criteria}
    rules.require_every_criterion_answered(criteria, given)
    rules.require_reason_to_rule_out(keep, reason)
    db.session.execute(
        delete(ScreeningAnswer).where(
            ScreeningAnswer.tenant_id == by.tenant_id, ScreeningAnswer.task_id == task.id
        )
    )
    db.session.add_all(
        ScreeningAnswer(
            tenant_id=by.tenant_id,
            task_id=task.id,
            criterion_id=criterion,
            answer=item["answer"],
            reason=item["reason"],
            answered_at=by.now,
            answered_by=by.id,
        )
        for criterion, item in given.items()
    )
    task.ruled_out_because = None if keep else reason
    move(task, "keep" if keep else "rule_out", by, reason)
    record(Event.TASK_SCREENED, task, by, kept=keep)
    tell_proposers(task, by=by)
    return task


@command(Permission.TASK_WRITE)
def return_task(task_id: UUID, year: int, *, by: Actor) -> Task:
    """Bring a ruled-out task back to the long list, for this or a later year; its reason stays in its history (I3)."""
    task = lock(Task, task_id, by)
    move(task, "return", by, task.ruled_out_because)
    task.year, task.ruled_out_because = year, None
    record(Event.TASK_RETURNED, task, by, year=year)
    return task


@command(Permission.SHORT_LIST_SIGN)
def sign_short_list(year: int, *, by: Actor) -> ShortList:
    """Sign off the short list of a year: frozen as a version with date and signatory (guide step 1.3, I3).

    Refuses ``short_list_empty`` and ``tasks_unscreened``.
    """
    tasks = db.session.scalars(
        select(Task)
        .where(Task.tenant_id == by.tenant_id, Task.year == year)
        .order_by(Task.number)
        .with_for_update()
    ).all()
    kept = [task for task in tasks if task.state is TaskState.SHORT_LISTED]
    rules.require_signable(len(kept), sum(task.state is TaskState.LISTED for task in tasks))
    before = db.session.scalar(
        select(func.max(ShortList.version)).where(ShortList.tenant_id == by.tenant_id, ShortList.year == year)
    )
    signed = ShortList(
        tenant_id=by.tenant_id,
        year=year,
        version=(before or 0) + 1,
        signed_at=by.now,
        signed_by=by.id,
        tasks=[{"id": str(task.id), "number": task.number, "title": task.title} for task in kept],
    )
    db.session.add(signed)
    db.session.flush()
    record(Event.SHORT_LIST_SIGNED, signed, by, year=year, version=signed.version, tasks=len(kept))
    return signed
