"""The facts of step 2: a task done in several ways, each with its grade. Confidential (D3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from service.difficulty.rules import Approach, Difficulty
from tenants.database import Model, Owned, choice, ref


class Variant(Owned, Model):
    """One way of doing a task and how difficult that is (D1, D2); ``aspects``: ``CommunityAspect`` values."""

    __tablename__ = "task_variants"

    task_id: Mapped[UUID] = ref("tasks")
    name: Mapped[str]
    approach: Mapped[Approach] = choice(Approach)
    aspects: Mapped[list[str]]
    quality: Mapped[str]
    suggested: Mapped[Difficulty] = choice(Difficulty, name="suggestion")
    difficulty: Mapped[Difficulty] = choice(Difficulty)
    override_reason: Mapped[str | None]
    graded_at: Mapped[datetime]
    graded_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "task_id", "name"),
        CheckConstraint(
            "difficulty = suggested OR override_reason IS NOT NULL", name="override_has_a_reason"
        ),
    )
