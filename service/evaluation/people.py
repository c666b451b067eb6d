"""Who is one person on a register: the addresses joined to one another answer once (E4, T5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import aliased

from channels.models import Contact
from service.evaluation.models import Beneficiary, EvaluationAnswer, EvaluationRound


def person_of(contact: Any) -> ColumnElement[Any]:
    """What names the person a contact belongs to, the same for all of the person's addresses."""
    return func.coalesce(contact.joined_as, contact.id)


def has_answered() -> ColumnElement[bool]:
    """Whether a beneficiary's person has answered an evaluation, in a query of both (E4)."""
    own, its, other = aliased(Contact), aliased(Contact), aliased(Beneficiary)
    return exists().where(
        own.tenant_id == Beneficiary.tenant_id,
        own.id == Beneficiary.contact_id,
        EvaluationAnswer.tenant_id == EvaluationRound.tenant_id,
        EvaluationAnswer.round_id == EvaluationRound.id,
        other.tenant_id == EvaluationAnswer.tenant_id,
        other.id == EvaluationAnswer.beneficiary_id,
        its.tenant_id == other.tenant_id,
        its.id == other.contact_id,
        person_of(its) == person_of(own),
    )


def people_answered() -> ScalarSelect[int]:
    """How many people have answered an evaluation, in a query of it: joined addresses are one (E4)."""
    return (
        select(func.count(person_of(Contact).distinct()))
        .join(
            Beneficiary, (Beneficiary.tenant_id == Contact.tenant_id) & (Beneficiary.contact_id == Contact.id)
        )
        .join(
            EvaluationAnswer,
            (EvaluationAnswer.tenant_id == Beneficiary.tenant_id)
            & (EvaluationAnswer.beneficiary_id == Beneficiary.id),
        )
        .where(
            EvaluationAnswer.tenant_id == EvaluationRound.tenant_id,
            EvaluationAnswer.round_id == EvaluationRound.id,
            EvaluationAnswer.superseded_at.is_(None),
        )
        .correlate(EvaluationRound)
        .scalar_subquery()
    )


def counted_answers(evaluation: EvaluationRound, *columns: Any) -> Select[Any]:
    """Columns of the answers that count in an evaluation, of their beneficiaries and contacts (E4)."""
    return (
        select(*columns)
        .select_from(EvaluationAnswer)
        .join(
            Beneficiary,
            (Beneficiary.tenant_id == EvaluationAnswer.tenant_id)
            & (Beneficiary.id == EvaluationAnswer.beneficiary_id),
        )
        .join(Contact, (Contact.tenant_id == Beneficiary.tenant_id) & (Contact.id == Beneficiary.contact_id))
        .where(
            EvaluationAnswer.tenant_id == evaluation.tenant_id,
            EvaluationAnswer.round_id == evaluation.id,
            EvaluationAnswer.superseded_at.is_(None),
        )
    )
