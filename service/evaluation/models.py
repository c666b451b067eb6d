"""The facts of step 7: beneficiaries and their answers, acceptance and closure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from service.evaluation.rules import ROUND_MOVES, Gender, Outcome, RoundState
from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.privacy import Encrypted
from tenants.states import Moves


class Beneficiary(Owned, Model):
    """Someone on a package's beneficiary register, with consent to be asked (E4)."""

    __tablename__ = "beneficiaries"

    package_id: Mapped[UUID] = ref("packages")
    contact_id: Mapped[UUID] = ref("contacts")
    gender: Mapped[Gender] = choice(Gender)
    group: Mapped[str]
    consented_at: Mapped[datetime]
    enrolled_at: Mapped[datetime]
    enrolled_by: Mapped[UUID | None]

    __table_args__ = (UniqueConstraint("tenant_id", "package_id", "contact_id"),)


class EvaluationRound(Owned, Model):
    """A participatory evaluation of a contract's work: at most six questions in the villagers' words (E4).

    ``questions``: list of {"kind", "text", "text_en"}.
    """

    __tablename__ = "evaluation_rounds"
    MOVES: ClassVar[Moves] = ROUND_MOVES

    contract_id: Mapped[UUID] = ref("contracts")
    package_id: Mapped[UUID] = ref("packages")
    title: Mapped[str]
    title_en: Mapped[str | None]
    questions: Mapped[list[Any]]
    state: Mapped[RoundState] = state_column(RoundState, RoundState.OPEN)
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_evaluation_rounds_open",
            "tenant_id",
            "contract_id",
            unique=True,
            postgresql_where=condition("state = 'open'"),
        ),
        CheckConstraint("jsonb_array_length(questions) BETWEEN 1 AND 6", name="questions_are_few"),
        only_when("state = 'closed'", "closed_at IS NOT NULL", "closed_has_a_date"),
    )


class EvaluationAnswer(Owned, Model):
    """One villager's answers (E4): ``scores`` by question, own words under the contact's key.

    ``superseded_at``: since when they do not count any more, because the same person answered again.
    """

    __tablename__ = "evaluation_answers"

    round_id: Mapped[UUID] = ref("evaluation_rounds")
    beneficiary_id: Mapped[UUID] = ref("beneficiaries")
    scores: Mapped[dict[str, Any]]
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_evaluation_answers_counted",
            "tenant_id",
            "round_id",
            "beneficiary_id",
            unique=True,
            postgresql_where=condition("superseded_at IS NULL"),
        ),
    )


class Acceptance(Owned, Model):
    """What an acceptance group found, by few indicators (E2).

    ``members``: who was in the group, one on each line.
    ``indicators``: list of {"indicator", "met", "finding"}.
    """

    __tablename__ = "acceptances"

    contract_id: Mapped[UUID] = ref("contracts")
    number: Mapped[int] = mapped_column(Integer)
    members: Mapped[str] = mapped_column(Encrypted)
    indicators: Mapped[list[Any]]
    findings: Mapped[str]
    outcome: Mapped[Outcome] = choice(Outcome)
    rectify_by: Mapped[date | None] = mapped_column(Date)
    audited_accounts: Mapped[str | None]
    audit_on: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "contract_id", "number"),
        Index(
            "uq_acceptances_accepted",
            "tenant_id",
            "contract_id",
            unique=True,
            postgresql_where=condition("outcome = 'accepted'"),
        ),
        only_when("outcome = 'rectify'", "rectify_by IS NOT NULL", "rectify_has_a_date"),
        CheckConstraint("jsonb_array_length(indicators) BETWEEN 1 AND 8", name="indicators_are_few"),
    )


class Closure(Owned, Model):
    """The closure meeting of a contract: which sides came (``Participant`` values), what was learnt (E5)."""

    __tablename__ = "closures"

    contract_id: Mapped[UUID] = ref("contracts")
    held_on: Mapped[date] = mapped_column(Date)
    participants: Mapped[list[str]]
    experience: Mapped[str]
    opinions: Mapped[str]
    awards: Mapped[str | None]
    reflections: Mapped[str]
    lessons: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]

    __table_args__ = (UniqueConstraint("tenant_id", "contract_id"),)
