"""What those who suggested a task hear of it (I1, I3)."""

from __future__ import annotations

from sqlalchemy import select

from channels.messages import InEach
from channels.outbox import tell
from service.identification import messages
from service.identification.models import Idea, Task
from service.identification.rules import TaskState
from tenants.actors import Actor
from tenants.database import db
from tenants.models import Tenant


def tell_proposers(task: Task, *, by: Actor) -> None:
    """Tell everybody whose suggestion became this task how its screening went; inside the command that screened it."""
    for idea in db.session.scalars(
        select(Idea).where(Idea.tenant_id == by.tenant_id, Idea.task_id == task.id)
    ):
        tell_proposer(idea, task, by)


def tell_proposer(idea: Idea, task: Task, by: Actor) -> None:
    """Tell one of them: short-listed, or ruled out with the reason; inside a command."""
    known = {"office": office_of(by), "reference": idea.reference}
    if task.state is TaskState.SHORT_LISTED:
        said = messages.IDEA_SHORT_LISTED(**known, title=title_of(task))
    else:
        said = messages.IDEA_RULED_OUT(**known, reason=task.ruled_out_because)
    tell(idea.contact_id, said, by=by, subject=idea)


def title_of(task: Task) -> InEach:
    """A task's name in each language."""
    return InEach(task.title, task.title_en or task.title)


def office_of(by: Actor) -> InEach:
    """The actor's office in each language; for use inside a gate."""
    office = db.session.get_one(Tenant, by.tenant_id)
    return InEach(office.name_zh, office.name_en)
