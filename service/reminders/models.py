"""The facts of reminders: each one that was written, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from tenants.database import Model, Owned, ref


class Reminder(Owned, Model):
    """A reminder that was written to the outbox; its message is about this row (S6).

    ``due_at``: when it was due; ``moment``: the date it was about then; ``about_id``: the call or contract whose page shows it.
    """

    __tablename__ = "reminders"

    rule: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    about_id: Mapped[UUID]
    contact_id: Mapped[UUID] = ref("contacts")
    moment: Mapped[datetime]
    due_at: Mapped[datetime]
    written_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("tenant_id", "rule", "subject_id", "contact_id", "due_at"),
        Index("ix_reminders_about", "tenant_id", "about_id"),
    )
