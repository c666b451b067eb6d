"""The facts of step 1: tasks, screening criteria, answers and signed short lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.identification.rules import (
    IDEA_MOVES,
    TASK_MOVES,
    Category,
    IdeaState,
    Proposer,
    TaskState,
)
from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.states import Moves


class Task(Owned, Model):
    """A piece of poverty reduction work that could be assigned (I1)."""

    __tablename__ = "tasks"
    MOVES: ClassVar[Moves] = TASK_MOVES

    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int]
    title: Mapped[str]
    title_en: Mapped[str | None]
    description: Mapped[str]
    category: Mapped[Category] = choice(Category)
    proposer: Mapped[Proposer] = choice(Proposer)
    proposed_by: Mapped[str | None]
    gender_focus: Mapped[bool] = mapped_column(default=False)
    state: Mapped[TaskState] = state_column(TaskState, TaskState.LISTED)
    ruled_out_because: Mapped[str | None]
    listed_at: Mapped[datetime]
    listed_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint(
            "state <> 'ruled_out' OR ruled_out_because IS NOT NULL", name="ruled_out_has_a_reason"
        ),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year_is_plausible"),
        Index("ix_tasks_year", "tenant_id", "year", "state"),
    )


class Idea(Owned, Model):
    """A task that somebody suggested by message (I1). The words stay under the sender's key; the task is the office's text."""

    __tablename__ = "ideas"
    MOVES: ClassVar[Moves] = IDEA_MOVES

    reference: Mapped[str]
    contact_id: Mapped[UUID] = ref("contacts")
    text: Mapped[bytes] = mapped_column(LargeBinary)
    category: Mapped[Category | None] = choice(Category, nullable=True)
    proposer: Mapped[Proposer] = choice(Proposer)
    proposed_by: Mapped[str | None]
    channel: Mapped[str]
    proposed_at: Mapped[datetime]
    state: Mapped[IdeaState] = state_column(IdeaState, IdeaState.WAITING)
    task_id: Mapped[UUID | None] = ref("tasks", nullable=True)
    set_aside_because: Mapped[bytes | None] = mapped_column(LargeBinary)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        only_when("state = 'listed'", "task_id IS NOT NULL", "listed_has_a_task"),
        only_when("state <> 'waiting'", "settled_at IS NOT NULL", "settled_has_a_date"),
    )


class Criterion(Owned, Model):
    """One yes/no question of a county's screening in a year (I2)."""

    __tablename__ = "screening_criteria"

    year: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    question: Mapped[str]
    question_en: Mapped[str | None]
    recommended: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (UniqueConstraint("tenant_id", "year", "position"),)


class ScreeningAnswer(Owned, Model):
    """One criterion answered for one task, with the reason (I3)."""

    __tablename__ = "screening_answers"

    task_id: Mapped[UUID] = ref("tasks")
    criterion_id: Mapped[UUID] = ref("screening_criteria")
    answer: Mapped[bool]
    reason: Mapped[str]
    answered_at: Mapped[datetime]
    answered_by: Mapped[UUID | None]

    __table_args__ = (UniqueConstraint("tenant_id", "task_id", "criterion_id"),)


class ShortList(Owned, Model):
    """A signed-off short list, frozen as a version with date and signatory (I3)."""

    __tablename__ = "short_lists"

    year: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    signed_at: Mapped[datetime]
    signed_by: Mapped[UUID | None]
    tasks: Mapped[list[Any]]

    __table_args__ = (UniqueConstraint("tenant_id", "year", "version"),)
