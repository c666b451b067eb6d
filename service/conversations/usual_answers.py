"""The office's usual answers: written in both languages, changed, and dropped."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from channels.fitting import require_whole
from service.conversations import rules
from service.conversations.messages import ANSWER
from service.conversations.models import UsualAnswer
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone


@command(Permission.ATTENTION_ANSWER)
def add_usual_answer(name: str, words_zh: str, words_en: str, *, by: Actor) -> UsualAnswer:
    """Keep an answer that the office gives often, in both languages.

    Refuses ``answer_exists`` and ``words_too_long``.
    """
    _require_fits(words_zh, words_en)
    _require_free(name, None, by)
    kept = UsualAnswer(
        tenant_id=by.tenant_id,
        id=new_id(),
        name=name,
        words_zh=words_zh,
        words_en=words_en,
        written_by=by.id,
        written_at=by.now,
    )
    db.session.add(kept)
    db.session.flush()
    record(Event.USUAL_ANSWER_ADDED, kept, by, name=name)
    return kept


@command(Permission.ATTENTION_ANSWER)
def change_usual_answer(
    answer_id: UUID, *, name: str, words_zh: str, words_en: str, by: Actor
) -> UsualAnswer:
    """Reword a usual answer; what was sent keeps its words.

    Refuses ``answer_dropped``, ``answer_exists`` and ``words_too_long``.
    """
    _require_fits(words_zh, words_en)
    kept = lock(UsualAnswer, answer_id, by)
    rules.require_in_use(kept.dropped_at)
    _require_free(name, answer_id, by)
    kept.name, kept.words_zh, kept.words_en = name, words_zh, words_en
    kept.written_by, kept.written_at = by.id, by.now
    record(Event.USUAL_ANSWER_CHANGED, kept, by, name=name)
    return kept


@command(Permission.ATTENTION_ANSWER)
def drop_usual_answer(answer_id: UUID, *, by: Actor) -> None:
    """Offer a usual answer no longer. Refuses ``answer_dropped``."""
    kept = lock(UsualAnswer, answer_id, by)
    rules.require_in_use(kept.dropped_at)
    kept.dropped_at = by.now
    record(Event.USUAL_ANSWER_DROPPED, kept, by, name=kept.name)


def _require_fits(words_zh: str, words_en: str) -> None:
    require_whole(ANSWER(words=words_zh), "zh")
    require_whole(ANSWER(words=words_en), "en")


def _require_free(name: str, own: UUID | None, by: Actor) -> None:
    taken = db.session.scalar(
        select(UsualAnswer.id).where(
            UsualAnswer.tenant_id == by.tenant_id,
            UsualAnswer.name == name,
            UsualAnswer.dropped_at.is_(None),
        )
    )
    if taken is not None and taken != own:
        raise AlreadyDone("answer_exists")
