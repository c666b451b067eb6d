"""The facts of step 3: SOs with their registration of interest, who signs for them, and what they can do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Integer, UniqueConstraint
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from service.organizations.rules import (
    ORGANIZATION_MOVES,
    Capacity,
    Item,
    LeftOffGround,
    OrganizationState,
    Source,
    TrackRecordKind,
    Typology,
    Verification,
)
from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.privacy import Encrypted
from tenants.states import Moves


class Organization(Owned, Model):
    """A social organization with its registration of interest, Table 4's nine items (O1, O2)."""

    __tablename__ = "organizations"
    MOVES: ClassVar[Moves] = ORGANIZATION_MOVES

    number: Mapped[int]
    name: Mapped[str]
    purpose: Mapped[str | None]
    services: Mapped[str | None]
    registration_place: Mapped[str | None]
    registration_date: Mapped[date | None] = mapped_column(Date)
    registration_authority: Mapped[str | None]
    credit_code: Mapped[str | None]
    team: Mapped[str | None]
    team_size: Mapped[int | None] = mapped_column(Integer)
    past_work: Mapped[str | None]
    government: Mapped[str | None]
    interested: Mapped[bool | None]
    offers: Mapped[str | None]
    source: Mapped[Source] = choice(Source)
    typology: Mapped[Typology | None] = choice(Typology, nullable=True)
    serves: Mapped[str | None]
    sites: Mapped[str | None]
    umbrella_id: Mapped[UUID | None] = ref("organizations", nullable=True)
    controlled_by_office: Mapped[bool] = mapped_column(default=False)
    filled_by: Mapped[str | None] = mapped_column(Encrypted)
    filled_at: Mapped[datetime]
    signed: Mapped[bool] = mapped_column(default=False)
    state: Mapped[OrganizationState] = state_column(OrganizationState, OrganizationState.REGISTERED)
    left_off_ground: Mapped[LeftOffGround | None] = choice(LeftOffGround, nullable=True)
    left_off_reason: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("umbrella_id <> id", name="umbrella_is_another"),
        CheckConstraint("team_size > 0", name="team_has_people"),
        Index("uq_organizations_credit_code", "tenant_id", "credit_code", unique=True),
        only_when(
            "state = 'left_off'",
            "left_off_ground IS NOT NULL AND left_off_reason IS NOT NULL",
            "left_off_has_a_ground",
        ),
    )


class ItemVerification(Owned, Model):
    """What the office found out about one item of a registration, newest counts (O2)."""

    __tablename__ = "item_verifications"

    organization_id: Mapped[UUID] = ref("organizations")
    item: Mapped[Item] = choice(Item)
    status: Mapped[Verification] = choice(Verification)
    how: Mapped[str]
    verified_at: Mapped[datetime]
    verified_by: Mapped[UUID | None]


class Signatory(Owned, Model):
    """A phone that speaks for an SO; what binds the SO also needs the signatory's PIN (T5).

    A PIN has few digits: only its hash is kept, and that under the keyring. ``papers``: what an officer saw.
    """

    __tablename__ = "signatories"

    organization_id: Mapped[UUID] = ref("organizations")
    contact_id: Mapped[UUID] = ref("contacts")
    name: Mapped[str | None] = mapped_column(Encrypted)
    papers: Mapped[str | None] = mapped_column(Encrypted)
    pin_hash: Mapped[str | None] = mapped_column(Encrypted)
    wrong_pins: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]
    added_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_signatories_contact",
            "tenant_id",
            "contact_id",
            unique=True,
            postgresql_where=condition("revoked_at IS NULL"),
        ),
    )


class Assessment(Owned, Model):
    """One assessor's view of an SO's capacity in one round, with its reasons (O4). ``factors``: 0-3 each."""

    __tablename__ = "capacity_assessments"

    organization_id: Mapped[UUID] = ref("organizations")
    round: Mapped[int] = mapped_column(Integer)
    assessor_id: Mapped[UUID]
    factors: Mapped[dict[str, Any]]
    category: Mapped[Capacity] = choice(Capacity)
    reasons: Mapped[str]
    assessed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("tenant_id", "organization_id", "round", "assessor_id"),
        CheckConstraint("round > 0", name="rounds_count_from_one"),
    )


class AgreedCapacity(Owned, Model):
    """The category the assessors agreed on, valid one year (O4); the newest counts. Confidential (D3)."""

    __tablename__ = "agreed_capacities"

    organization_id: Mapped[UUID] = ref("organizations")
    round: Mapped[int] = mapped_column(Integer)
    category: Mapped[Capacity] = choice(Capacity)
    agreed_at: Mapped[datetime]
    valid_until: Mapped[date] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("tenant_id", "organization_id", "round"),
        CheckConstraint("valid_until > agreed_at::date", name="validity_lies_ahead"),
    )


class TrackRecord(Owned, Model):
    """A fact about how an SO did, added by later steps and read by the next assessment (M6, E5)."""

    __tablename__ = "track_records"

    organization_id: Mapped[UUID] = ref("organizations")
    kind: Mapped[TrackRecordKind] = choice(TrackRecordKind)
    fact: Mapped[str]
    happened_at: Mapped[datetime]
