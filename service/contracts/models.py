"""The facts of step 5.6: contracts with their terms."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Date, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.contracts.rules import CONTRACT_MOVES, ContractState
from tenants.database import Model, Owned, only_when, ref, state_column
from tenants.privacy import Encrypted
from tenants.states import Moves


class Contract(Owned, Model):
    """A contract with an SO: Table 11's items in ``terms``, amounts in yuan (C12)."""

    __tablename__ = "contracts"
    MOVES: ClassVar[Moves] = CONTRACT_MOVES

    number: Mapped[str]
    award_id: Mapped[UUID] = ref("awards")
    call_id: Mapped[UUID] = ref("calls")
    lot_id: Mapped[UUID] = ref("lots")
    package_id: Mapped[UUID] = ref("packages")
    organization_id: Mapped[UUID] = ref("organizations")
    umbrella_id: Mapped[UUID | None] = ref("organizations", nullable=True)
    scope_of_work_id: Mapped[UUID] = ref("scopes_of_work")
    direct_investment: Mapped[Decimal]
    service_fee: Mapped[Decimal]
    terms: Mapped[dict[str, Any]]
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    plan_text: Mapped[str | None]
    plan_file_id: Mapped[UUID | None] = ref("stored_files", nullable=True)
    plan_filed_at: Mapped[datetime | None]
    state: Mapped[ContractState] = state_column(ContractState, ContractState.AWAITING_PLAN)
    drawn_up_by: Mapped[UUID | None]
    legal_reviewer: Mapped[str | None] = mapped_column(Encrypted)
    legal_review: Mapped[str | None]
    legal_reviewed_at: Mapped[datetime | None]
    purchaser_signed_at: Mapped[datetime | None]
    provider_signed_at: Mapped[datetime | None]
    purchaser_signatory: Mapped[str | None] = mapped_column(Encrypted)
    provider_signatory: Mapped[str | None] = mapped_column(Encrypted)

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "award_id"),
        only_when("state <> 'awaiting_plan'", "plan_filed_at IS NOT NULL", "plan_before_contract"),
        only_when(
            "state IN ('reviewed', 'signed', 'closed')",
            "legal_reviewed_at IS NOT NULL AND starts_on IS NOT NULL AND ends_on >= starts_on",
            "reviewed_is_complete",
        ),
        only_when(
            "state IN ('signed', 'closed')",
            "purchaser_signed_at IS NOT NULL AND provider_signed_at IS NOT NULL",
            "signed_by_both",
        ),
    )
