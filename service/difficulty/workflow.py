"""The verbs of step 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.difficulty import rules
from service.difficulty.models import Variant
from service.difficulty.rules import Approach, CommunityAspect, Difficulty
from service.identification.models import Task
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.permissions import Permission


@command(Permission.DIFFICULTY_GRADE)
def grade_variant(task_id: UUID, *, name: str, by: Actor, **grading: Any) -> Variant:
    """Grade one way of doing a short-listed task, beside the others (guide step 2, D1, D2).

    ``grading``: the other fields of ``VariantSchema``; without ``difficulty`` the suggested one stands.
    Refuses ``task_not_short_listed``, ``variant_known`` and ``override_reason_missing``.
    """
    task = lock(Task, task_id, by)
    rules.require_short_listed(task.state)
    rules.require_new_name(name, _other_names(task_id, None, by))
    variant = Variant(tenant_id=by.tenant_id, task_id=task.id, name=name.strip())
    _grade(variant, **grading, by=by)
    db.session.add(variant)
    db.session.flush()
    _record(variant, None, by)
    return variant


@command(Permission.DIFFICULTY_GRADE)
def regrade_variant(variant_id: UUID, *, name: str, by: Actor, **grading: Any) -> Variant:
    """Grade a way of doing a task anew (D1). Refuses what grading refuses."""
    variant = lock(Variant, variant_id, by)
    rules.require_short_listed(lock(Task, variant.task_id, by).state)
    rules.require_new_name(name, _other_names(variant.task_id, variant.id, by))
    before, variant.name = variant.difficulty, name.strip()
    _grade(variant, **grading, by=by)
    db.session.flush()
    _record(variant, before, by)
    return variant


def _grade(
    variant: Variant,
    *,
    approach: Approach,
    aspects: Sequence[str],
    quality: str,
    difficulty: Difficulty | None = None,
    override_reason: str | None = None,
    by: Actor,
) -> None:
    community = [CommunityAspect(aspect) for aspect in aspects]
    suggested = rules.suggest(approach, community)
    chosen = difficulty or suggested
    rules.require_reason_to_override(suggested, chosen, override_reason)
    variant.approach, variant.quality = approach, quality
    variant.aspects = [aspect.value for aspect in community]
    variant.suggested, variant.difficulty = suggested, chosen
    variant.override_reason = override_reason if chosen is not suggested else None
    variant.graded_at, variant.graded_by = by.now, by.id


def _record(variant: Variant, before: Difficulty | None, by: Actor) -> None:
    overridden = variant.difficulty is not variant.suggested
    event = Event.DIFFICULTY_OVERRIDDEN if overridden else Event.DIFFICULTY_GRADED
    record(event, variant, by, task=variant.task_id, before=before, after=variant.difficulty)


def _other_names(task_id: UUID, except_id: UUID | None, by: Actor) -> list[str]:
    rows = db.session.execute(
        select(Variant.id, Variant.name).where(Variant.tenant_id == by.tenant_id, Variant.task_id == task_id)
    )
    return [row.name for row in rows if row.id != except_id]
