"""The facts of step 5 up to the approved result: calls, sealed bids, reviews, awards and holds."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from service.preparation.rules import ProcurementMethod
from service.procurement.rules import (
    BID_MOVES,
    CALL_MOVES,
    QUESTION_MOVES,
    BidState,
    CallState,
    ExclusionGround,
    HoldReason,
    QuestionState,
)
from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.states import Moves


class Call(Owned, Model):
    """A call for proposals (C1). Its key pair seals bids; what wraps the private half is not in here (C5)."""

    __tablename__ = "calls"
    MOVES: ClassVar[Moves] = CALL_MOVES

    number: Mapped[int]
    title: Mapped[str]
    title_en: Mapped[str | None]
    purpose: Mapped[str]
    qualifications: Mapped[str]
    documents: Mapped[str]
    place: Mapped[str]
    review_process: Mapped[str]
    special_cases: Mapped[str]
    method: Mapped[ProcurementMethod] = choice(ProcurementMethod)
    method_reason: Mapped[str | None]
    plan_id: Mapped[UUID] = ref("annual_plans")
    regulation_id: Mapped[UUID | None] = ref("regulations", nullable=True)
    prepared_by: Mapped[UUID | None]
    prepared_at: Mapped[datetime]
    state: Mapped[CallState] = state_column(CallState, CallState.DRAFT)
    published_at: Mapped[datetime | None]
    questions_until: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_because: Mapped[str | None]
    cancelled_because_en: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        only_when(
            "state <> 'draft'",
            "published_at IS NOT NULL AND deadline IS NOT NULL AND questions_until IS NOT NULL"
            " AND public_key IS NOT NULL AND regulation_id IS NOT NULL",
            "published_is_complete",
        ),
        only_when("opened_at IS NOT NULL", "opened_at >= deadline", "opened_after_the_deadline"),
        only_when(
            "state = 'cancelled'",
            "cancelled_at IS NOT NULL AND cancelled_because IS NOT NULL AND private_key IS NULL",
            "cancelled_gives_its_reason",
        ),
    )


class Amendment(Owned, Model):
    """A change of a published call, for everybody to read (C15). ``before`` and ``after``: what differs, by field."""

    __tablename__ = "call_amendments"

    call_id: Mapped[UUID] = ref("calls")
    reason: Mapped[str]
    reason_en: Mapped[str | None]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    deadline_before: Mapped[datetime]
    deadline: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]

    __table_args__ = (
        only_when("deadline <> deadline_before", "deadline > deadline_before", "nobody_gets_less_time"),
    )


class Lot(Owned, Model):
    """One package in a call, under the short number that SOs type when they bid."""

    __tablename__ = "lots"

    call_id: Mapped[UUID] = ref("calls")
    package_id: Mapped[UUID] = ref("packages")
    number: Mapped[int]

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "call_id", "package_id"),
    )


class Addressee(Owned, Model):
    """Who was meant by a call; the outbox row tells whether and when the news arrived (C2)."""

    __tablename__ = "call_addressees"

    call_id: Mapped[UUID] = ref("calls")
    organization_id: Mapped[UUID] = ref("organizations")

    __table_args__ = (UniqueConstraint("tenant_id", "call_id", "organization_id"),)


class Question(Owned, Model):
    """A question about a call (C3). ``asked``: the asker's own words, under the asker's key, as is ``declined_because``.

    ``wording`` and ``answer`` are the office's, made public without the asker. One put in person has no contact.
    """

    __tablename__ = "call_questions"
    MOVES: ClassVar[Moves] = QUESTION_MOVES

    call_id: Mapped[UUID] = ref("calls")
    lot_id: Mapped[UUID] = ref("lots")
    reference: Mapped[str]
    contact_id: Mapped[UUID | None] = ref("contacts", nullable=True)
    asked: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime]
    state: Mapped[QuestionState] = state_column(QuestionState, QuestionState.WAITING)
    wording: Mapped[str | None]
    answer: Mapped[str | None]
    declined_because: Mapped[bytes | None] = mapped_column(LargeBinary)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        only_when("state <> 'waiting'", "settled_at IS NOT NULL", "settled_has_a_date"),
        only_when("state = 'answered'", "wording IS NOT NULL AND answer IS NOT NULL", "answered_has_words"),
        only_when("contact_id IS NULL", "state = 'answered'", "put_in_person_is_answered"),
    )


class Bid(Owned, Model):
    """An SO's answer to a lot. Until two officers open it, price and texts exist only sealed (C4, C5)."""

    __tablename__ = "bids"
    MOVES: ClassVar[Moves] = BID_MOVES

    call_id: Mapped[UUID] = ref("calls")
    lot_id: Mapped[UUID] = ref("lots")
    organization_id: Mapped[UUID] = ref("organizations")
    signatory_id: Mapped[UUID | None] = ref("signatories", nullable=True)
    receipt: Mapped[str]
    digest: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    channel: Mapped[str]
    state: Mapped[BidState] = state_column(BidState, BidState.SEALED)
    price: Mapped[Decimal | None]
    content: Mapped[dict[str, Any] | None]
    nonce: Mapped[str | None]
    revision_requested_at: Mapped[datetime | None]
    revision_wanted: Mapped[str | None]
    revision: Mapped[str | None]
    revised_at: Mapped[datetime | None]
    exclusion_ground: Mapped[ExclusionGround | None] = choice(ExclusionGround, nullable=True)
    exclusion_reason: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "receipt"),
        Index(
            "uq_bids_standing",
            "tenant_id",
            "lot_id",
            "organization_id",
            unique=True,
            postgresql_where=condition("state NOT IN ('superseded', 'withdrawn')"),
        ),
        only_when(
            "state IN ('sealed', 'stale', 'unreadable', 'superseded', 'withdrawn')",
            "price IS NULL AND content IS NULL AND nonce IS NULL",
            "sealed_means_unread",
        ),
        only_when(
            "state = 'excluded'",
            "exclusion_ground IS NOT NULL AND exclusion_reason IS NOT NULL",
            "exclusion_has_a_ground",
        ),
        only_when("revision IS NOT NULL", "revision_requested_at IS NOT NULL", "revision_was_requested"),
    )


class OpeningConsent(Owned, Model):
    """One of the two officers' word that a call's bids may be opened (C5, T4)."""

    __tablename__ = "opening_consents"

    call_id: Mapped[UUID] = ref("calls")
    person_id: Mapped[UUID]
    given_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("tenant_id", "call_id", "person_id"),)


class Review(Owned, Model):
    """One named reviewer's recorded view of a bid (C8, C9). ``indicators``: verdict per indicator."""

    __tablename__ = "bid_reviews"

    bid_id: Mapped[UUID] = ref("bids")
    reviewer_id: Mapped[UUID]
    indicators: Mapped[dict[str, Any]]
    satisfies: Mapped[bool]
    reason: Mapped[str]
    reviewed_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("tenant_id", "bid_id", "reviewer_id"),)


class Award(Owned, Model):
    """Who was selected for a lot, for how much, and until when it can be challenged (C9-C11)."""

    __tablename__ = "awards"

    call_id: Mapped[UUID] = ref("calls")
    lot_id: Mapped[UUID] = ref("lots")
    bid_id: Mapped[UUID] = ref("bids")
    reason: Mapped[str]
    selected_by: Mapped[UUID | None]
    selected_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    objections_until: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]

    __table_args__ = (
        Index(
            "uq_awards_standing",
            "tenant_id",
            "lot_id",
            unique=True,
            postgresql_where=condition("withdrawn_at IS NULL"),
        ),
        only_when(
            "approved_at IS NOT NULL",
            "published_at IS NOT NULL AND approved_at > objections_until AND approved_by IS NOT NULL",
            "approved_after_the_standstill",
        ),
    )


class Hold(Owned, Model):
    """The plain fact that a call's approval is held, without content; ``source`` lifts it again (H8)."""

    __tablename__ = "holds"

    call_id: Mapped[UUID] = ref("calls")
    reason: Mapped[HoldReason] = choice(HoldReason)
    source: Mapped[UUID]
    blocks: Mapped[bool]
    placed_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("tenant_id", "call_id", "source"),)
