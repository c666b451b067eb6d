"""How stories get to a graded task, through the real commands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from service.difficulty import workflow
from service.difficulty.models import Variant
from service.difficulty.rules import Approach
from service.identification.models import Task
from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.events import Event
from tenants.gate import query
from tenants.permissions import Permission
from tests.conftest import Office
from tests.service.identification.test_workflow import screened


def short_listed(county: Office) -> Task:
    """A pond that is on the short list."""
    return screened(county, keep=True)


def graded(county: Office, task: Task, approach: Approach = Approach.CONSTRUCTION, **grading: Any) -> Variant:
    """One way of doing a task, graded; called after its method unless named."""
    facts = {"name": approach.value, "aspects": [], "quality": "不漏水，能用十年", **grading}
    return workflow.grade_variant(task.id, approach=approach, **facts, by=county.officer)


@query(Permission.AUDIT_READ)
def audit_facts(event: Event, *, by: Actor) -> list[dict[str, Any]]:
    """What the audit of an office keeps about one kind of event, oldest first."""
    return list(
        db.session.scalars(
            select(AuditEntry.facts)
            .where(AuditEntry.tenant_id == by.tenant_id, AuditEntry.event == event.value)
            .order_by(AuditEntry.id)
        )
    )
