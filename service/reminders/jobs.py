"""Reminders by themselves, every minute (S6)."""

from __future__ import annotations

from channels.claiming import everywhere
from service.reminders import workflow
from tenants.actors import Actor


def remind_offices() -> int:
    """Write what is due in each office, in a transaction of its own; return how many reminders that were."""
    by = everywhere()
    offices = workflow.find_offices_with_due(by=by)
    return sum(workflow.remind(by=Actor.system(office, now=by.now)) for office in offices)
