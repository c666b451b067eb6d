"""The facts of the hotline: cases, owned by the office that decides them, and the texts in their files."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.complaints.rules import (
    COMPLAINT_MOVES,
    About,
    ComplaintState,
    EntryKind,
    Identity,
    Intake,
    Resolution,
)
from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.states import Moves


class Complaint(Owned, Model):
    """A case, owned by the office that decides it; it names the office it is about and what (H4).

    Its texts are under ``data_key``, so that destroying the link to an anonymous complainant loses no word.
    """

    __tablename__ = "complaints"
    MOVES: ClassVar[Moves] = COMPLAINT_MOVES

    reference: Mapped[str] = mapped_column(unique=True)
    about_tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    about: Mapped[About] = choice(About)
    about_id: Mapped[UUID | None]
    intake: Mapped[Intake] = choice(Intake)
    identity: Mapped[Identity] = choice(Identity)
    contact_id: Mapped[UUID | None] = ref("contacts", nullable=True)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    serious: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ComplaintState] = state_column(ComplaintState, ComplaintState.RECEIVED)
    received_at: Mapped[datetime]
    triage_due: Mapped[datetime]
    resolution_due: Mapped[datetime]
    routed_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    handler_id: Mapped[UUID | None]
    resolution: Mapped[Resolution | None] = choice(Resolution, nullable=True)
    resolved_at: Mapped[datetime | None]
    reopen_until: Mapped[datetime | None]
    rating: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        Index("ix_complaints_about", "tenant_id", "about_tenant_id", "about", "about_id"),
        Index("ix_complaints_state", "tenant_id", "state", "resolution_due"),
        only_when("identity = 'anonymous'", "contact_id IS NULL", "anonymous_means_unlinked"),
        only_when(
            "state IN ('resolved', 'closed')",
            "resolution IS NOT NULL AND resolved_at IS NOT NULL",
            "resolved_has_an_outcome",
        ),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_is_1_to_5"),
    )


class ComplaintEntry(Owned, Model):
    """A text in a complaint's file, under the case's key; ``raw`` is a message exactly as it came."""

    __tablename__ = "complaint_entries"

    complaint_id: Mapped[UUID] = ref("complaints")
    kind: Mapped[EntryKind] = choice(EntryKind)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    author_id: Mapped[UUID | None]
    written_at: Mapped[datetime]
