"""The facts of step 6: transfers with due dates, milestones and what SOs report."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.delivery.rules import (
    MILESTONE_MOVES,
    SUPPORT_MOVES,
    TRANSFER_MOVES,
    MilestoneState,
    SupportKind,
    SupportState,
    TransferState,
)
from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.states import Moves


class Transfer(Owned, Model):
    """A payment the contract promises, in yuan, due on a day (M1). ``number`` is what the SO texts back."""

    __tablename__ = "transfers"
    MOVES: ClassVar[Moves] = TRANSFER_MOVES

    number: Mapped[int]
    contract_id: Mapped[UUID] = ref("contracts")
    organization_id: Mapped[UUID] = ref("organizations")
    purpose: Mapped[str]
    amount: Mapped[Decimal]
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[TransferState] = state_column(TransferState, TransferState.SCHEDULED)
    made_at: Mapped[datetime | None]
    made_by: Mapped[UUID | None]
    bank_reference: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        only_when(
            "state IN ('made', 'confirmed')",
            "made_at IS NOT NULL AND bank_reference IS NOT NULL",
            "made_has_proof",
        ),
        only_when("state = 'confirmed'", "confirmed_at IS NOT NULL", "confirmed_has_a_date"),
    )


class Milestone(Owned, Model):
    """A step the contract promises by a day (M3)."""

    __tablename__ = "milestones"
    MOVES: ClassVar[Moves] = MILESTONE_MOVES

    contract_id: Mapped[UUID] = ref("contracts")
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str]
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[MilestoneState] = state_column(MilestoneState, MilestoneState.PLANNED)
    reported_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("tenant_id", "contract_id", "position"),)


class ProgressReport(Owned, Model):
    """What an SO reported about a contract, under the reporting contact's key (M3, T7)."""

    __tablename__ = "progress_reports"

    contract_id: Mapped[UUID] = ref("contracts")
    milestone_id: Mapped[UUID | None] = ref("milestones", nullable=True)
    contact_id: Mapped[UUID | None] = ref("contacts", nullable=True)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    channel: Mapped[str]
    reported_at: Mapped[datetime]


class SupportRequest(Owned, Model):
    """What an SO asked support for, and by when it is owed an answer (M2); both texts under the asking contact's key."""

    __tablename__ = "support_requests"
    MOVES: ClassVar[Moves] = SUPPORT_MOVES

    reference: Mapped[str]
    contract_id: Mapped[UUID] = ref("contracts")
    contact_id: Mapped[UUID] = ref("contacts")
    kind: Mapped[SupportKind] = choice(SupportKind)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    channel: Mapped[str]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[SupportState] = state_column(SupportState, SupportState.WAITING)
    passed_on_to: Mapped[str | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        only_when("state = 'passed_on'", "passed_on_to IS NOT NULL", "passed_on_to_somebody"),
        only_when("state = 'answered'", "answered_at IS NOT NULL", "answered_has_a_date"),
    )
