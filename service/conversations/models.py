"""The facts of the desk: who looks after a conversation, and the office's usual answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from service.conversations.rules import Desk
from tenants.database import Model, Owned, choice, ref


class Assignment(Owned, Model):
    """Who looks after a person's conversation with a desk, until given back or handed on."""

    __tablename__ = "conversation_assignments"

    contact_id: Mapped[UUID] = ref("contacts", indexed=False)
    desk: Mapped[Desk] = choice(Desk)
    person_id: Mapped[UUID]
    assigned_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("tenant_id", "contact_id", "desk"),)


class UsualAnswer(Owned, Model):
    """An answer that the office gives often, in both languages; an officer picks one and edits it."""

    __tablename__ = "usual_answers"

    name: Mapped[str]
    words_zh: Mapped[str]
    words_en: Mapped[str]
    written_by: Mapped[UUID | None]
    written_at: Mapped[datetime]
    dropped_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        Index(
            "uq_usual_answers_name",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where=condition("dropped_at IS NULL"),
        ),
    )

    def words(self, locale: str) -> str:
        """The answer in one language (``zh`` or ``en``)."""
        return self.words_en if locale == "en" else self.words_zh
