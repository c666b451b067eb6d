"""The facts of broadcasts, and the address book of people who agreed to get the notices of their place."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.broadcasts.rules import BROADCAST_MOVES, AudienceKind, BroadcastState
from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.privacy import Encrypted
from tenants.states import Moves


class Broadcast(Owned, Model):
    """The same words to many. ``people``, ``suppressed``, ``unreachable``, ``parts`` and ``cost`` (yuan) are what was frozen
    when it left."""

    __tablename__ = "broadcasts"
    MOVES: ClassVar[Moves] = BROADCAST_MOVES

    number: Mapped[int]
    title: Mapped[str]
    words: Mapped[str]
    words_en: Mapped[str | None]
    audience: Mapped[AudienceKind] = choice(AudienceKind)
    filters: Mapped[dict[str, Any]]
    state: Mapped[BroadcastState] = state_column(BroadcastState, BroadcastState.DRAFT)
    prepared_at: Mapped[datetime]
    prepared_by: Mapped[UUID | None]
    changed_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None]
    approved_by: Mapped[UUID | None]
    sent_at: Mapped[datetime | None]
    announcement_id: Mapped[UUID | None] = ref("announcements", nullable=True)
    people: Mapped[int | None] = mapped_column(Integer)
    suppressed: Mapped[int | None] = mapped_column(Integer)
    unreachable: Mapped[int | None] = mapped_column(Integer)
    parts: Mapped[int | None] = mapped_column(Integer)
    cost: Mapped[Decimal | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint(
            "approved_by NOT IN (prepared_by, coalesce(changed_by, prepared_by), submitted_by)",
            name="approved_by_another",
        ),
        only_when(
            "state IN ('sending', 'paused', 'done', 'stopped')",
            "announcement_id IS NOT NULL AND sent_at IS NOT NULL AND people > 0",
            "sent_has_an_audience",
        ),
    )


class Listing(Owned, Model):
    """A number in the office's address book: someone of a township who agreed to get its notices, perhaps a focal point."""

    __tablename__ = "address_book"

    contact_id: Mapped[UUID] = ref("contacts", indexed=False)
    township: Mapped[str]
    village: Mapped[str | None]
    focal_point: Mapped[bool]
    name: Mapped[str | None] = mapped_column(Encrypted)
    listed_at: Mapped[datetime]
    listed_by: Mapped[UUID | None]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "contact_id"),
        Index("ix_address_book_township", "tenant_id", "township"),
    )
