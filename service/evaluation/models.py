"""The facts of step 7: beneficiaries and their answers, acceptance and closure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Date, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.evaluation.rules import ROUND_MOVES, Gender, Outcome, RoundState
from tenants.database import Owned, choice, db, only_when, ref, state_column
from tenants.states import Moves


class Beneficiary(Owned, db.Model):
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


class EvaluationRound(Owned, db.Model):
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


class EvaluationAnswer(Owned, db.Model):
    """One villager's answers, once (E4): numbers in ``scores`` by question, own words under the contact's key."""

    __tablename__ = "evaluation_answers"

    round_id: Mapped[UUID] = ref("evaluation_rounds")
    beneficiary_id: Mapped[UUID] = ref("beneficiaries")
    scores: Mapped[dict[str, Any]]
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("tenant_id", "round_id", "beneficiary_id"),)


class Acceptance(Owned, db.Model):
    """What an acceptance group found, by few indicators (E2)."""

    __tablename__ = "acceptances"

    contract_id: Mapped[UUID] = ref("contracts")
    number: Mapped[int] = mapped_column(Integer)
    group: Mapped[list[str]]
    indicators: Mapped[list[Any]]
    findings: Mapped[str]
    outcome: Mapped[Outcome] = choice(Outcome)
    rectify_by: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "contract_id", "number"),
        only_when("outcome = 'rectify'", "rectify_by IS NOT NULL", "rectify_has_a_date"),
    )


class Closure(Owned, db.Model):
    """The closure meeting of a contract: who came, what was learnt (E5)."""

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
