"""Suggestions by message on their way to the long list (I1): kept, sorted, listed or set aside, and always answered."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from channels.answers import make_reference
from channels.contacts import locale_of
from channels.fitting import require_whole
from channels.messages import Said, in_each
from channels.models import Contact
from channels.outbox import tell
from service.identification import messages
from service.identification.models import Idea, Task
from service.identification.news import office_of, tell_proposer, title_of
from service.identification.rules import Category, IdeaState, Proposer, TaskState
from service.identification.workflow import list_task
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock, query
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.privacy import decrypt_under, encrypt_under
from tenants.refusals import NotFound
from tenants.states import move, require_move


@dataclass(frozen=True)
class IdeaView:
    """A suggestion as officials see it: its words and where it comes from, never the sender's number."""

    tenant_id: int
    id: UUID
    reference: str
    text: str | None
    category: Category | None
    proposer: Proposer
    proposed_by: str | None
    proposed_at: datetime
    state: IdeaState
    task_id: UUID | None
    set_aside_because: str | None


@command(Permission.TASK_PROPOSE)
def propose_idea(text: str, *, organization: str | None = None, by: Actor) -> Idea:
    """Keep what somebody suggests (guide step 1.1, I1). ``organization``: the SO that speaks, if one does."""
    contact = db.session.get_one(Contact, (by.tenant_id, by.id))
    assert contact.data_key is not None
    idea = Idea(
        tenant_id=by.tenant_id,
        id=new_id(),
        reference=make_reference(random.SystemRandom()),
        contact_id=contact.id,
        text=encrypt_under(contact.data_key, text),
        proposer=Proposer.ORGANIZATION if organization else Proposer.VILLAGER,
        proposed_by=organization,
        channel=by.channel,
        proposed_at=by.now,
    )
    db.session.add(idea)
    db.session.flush()
    record(Event.IDEA_PROPOSED, idea, by, proposer=idea.proposer)
    return idea


@command(Permission.TASK_PROPOSE)
def sort_idea(reference: str, category: Category, *, by: Actor) -> Idea:
    """The sender says which field the suggestion belongs to; the office may see it otherwise (I1)."""
    idea = db.session.scalar(
        select(Idea)
        .where(Idea.tenant_id == by.tenant_id, Idea.reference == reference, Idea.contact_id == by.id)
        .with_for_update()
    )
    if idea is None:
        raise NotFound("idea_unknown", reference=reference)
    idea.category = category
    record(Event.IDEA_SORTED, idea, by, category=category)
    return idea


@command(Permission.TASK_WRITE)
def list_idea(idea_id: UUID, *, by: Actor, **facts: Any) -> Task:
    """Put a suggestion on the long list as a task in the office's words (guide step 1.1, I1).

    ``facts``: the fields of ``TaskSchema``. Refuses ``not_found``, and ``wrong_stage`` for one settled before.
    """
    idea = lock(Idea, idea_id, by)
    require_move(Idea.MOVES, idea.state, "list")
    task = list_task(**facts, by=by)
    _settle(idea, task, by)
    return task


@command(Permission.TASK_WRITE)
def join_idea(idea_id: UUID, task_id: UUID, *, by: Actor) -> Idea:
    """Say that a suggestion is a task of the long list already; its sender hears with the others (I1).

    Refuses ``not_found`` and ``wrong_stage``. One that has been screened since is told at once.
    """
    idea, task = lock(Idea, idea_id, by), lock(Task, task_id, by)
    _settle(idea, task, by)
    if task.state is not TaskState.LISTED:
        tell_proposer(idea, task, by)
    return idea


@command(Permission.TASK_WRITE)
def set_aside_idea(idea_id: UUID, reason: str, *, by: Actor) -> Idea:
    """Set a suggestion aside that is no task for the long list, and tell the sender why (I1).

    Refuses ``not_found``, ``wrong_stage`` and ``words_too_long``.
    """
    idea = lock(Idea, idea_id, by)
    idea.settled_at, idea.settled_by = by.now, by.id
    move(idea, "set_aside", by)
    record(Event.IDEA_SET_ASIDE, idea, by)
    contact = get(Contact, idea.contact_id, by)
    if contact.data_key is not None:
        said = messages.IDEA_SET_ASIDE(office=office_of(by), reference=idea.reference, reason=reason)
        require_whole(said, locale_of(contact))
        idea.set_aside_because = encrypt_under(contact.data_key, reason)
        tell(contact.id, said, by=by, subject=idea)
    return idea


@query(Permission.TASK_READ)
def list_ideas(*, by: Actor) -> list[IdeaView]:
    """The suggestions that wait for the office, the oldest first."""
    waiting = (Idea.tenant_id == by.tenant_id, Idea.state == IdeaState.WAITING)
    return _views(*waiting)


@query(Permission.TASK_READ)
def find_idea(idea_id: UUID, *, by: Actor) -> IdeaView:
    """One suggestion; ``NotFound`` otherwise."""
    idea = get(Idea, idea_id, by)
    (view,) = _views(Idea.tenant_id == idea.tenant_id, Idea.id == idea.id)
    return view


@query(Permission.TASK_READ)
def ideas_behind(task_id: UUID, *, by: Actor) -> list[IdeaView]:
    """The suggestions that became this task."""
    task = get(Task, task_id, by)
    return _views(Idea.tenant_id == task.tenant_id, Idea.task_id == task.id)


@query(Permission.TASK_READ)
def count_ideas(*, by: Actor) -> int:
    """How many suggestions wait for the office."""
    waiting = select(func.count(Idea.id)).where(
        Idea.tenant_id == by.tenant_id, Idea.state == IdeaState.WAITING
    )
    return db.session.scalar(waiting) or 0


@query(Permission.TASK_PROPOSE)
def idea_standing(reference: str, *, by: Actor) -> Said:
    """Where a suggestion stands, for whoever knows its reference; ``NotFound("idea_unknown")`` otherwise."""
    idea = db.session.scalar(select(Idea).where(Idea.tenant_id == by.tenant_id, Idea.reference == reference))
    if idea is None:
        raise NotFound("idea_unknown", reference=reference)
    if idea.state is IdeaState.SET_ASIDE:
        return messages.IDEA_WAS_SET_ASIDE(reference=reference)
    if idea.task_id is None:
        return messages.IDEA_WAITS(reference=reference)
    task = get(Task, idea.task_id, by)
    return messages.IDEA_WAS_LISTED(
        reference=reference, number=task.number, title=title_of(task), state=in_each(task.state.label)
    )


def _settle(idea: Idea, task: Task, by: Actor) -> None:
    idea.task_id, idea.settled_at, idea.settled_by = task.id, by.now, by.id
    move(idea, "list", by)
    record(Event.IDEA_LISTED, idea, by, task=task.number)


def _views(*wanted: Any) -> list[IdeaView]:
    rows = db.session.execute(
        select(Idea, Contact.data_key)
        .join(Contact, (Contact.tenant_id == Idea.tenant_id) & (Contact.id == Idea.contact_id))
        .where(*wanted)
        .order_by(Idea.proposed_at)
    )
    return [
        IdeaView(
            one.tenant_id,
            one.id,
            one.reference,
            decrypt_under(key, one.text),
            one.category,
            one.proposer,
            one.proposed_by,
            one.proposed_at,
            one.state,
            one.task_id,
            decrypt_under(key, one.set_aside_because),
        )
        for one, key in rows
    ]
