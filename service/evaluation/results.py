"""The results of an evaluation, counted together and by groups that are large enough (E4)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select

from channels.models import Contact
from service.evaluation import rules
from service.evaluation.models import Beneficiary, EvaluationAnswer, EvaluationRound
from service.evaluation.people import counted_answers
from service.evaluation.rules import Gender, QuestionKind
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.permissions import Permission
from tenants.privacy import decrypt_under


@dataclass(frozen=True)
class Tally:
    """The answers of one group, or of several small ones together: how many, and their average.

    ``average``: of 1 to 5, or the share of yes from 0 to 1. ``names`` is empty for everybody.
    """

    names: list[str]
    number: int
    average: float


@dataclass(frozen=True)
class QuestionResult:
    """What was answered to one question; empty where too few answered to show anything."""

    kind: QuestionKind
    text: str
    text_en: str | None
    total: Tally | None
    by_gender: list[Tally]
    by_group: list[Tally]
    words: list[str]


@dataclass(frozen=True)
class Results:
    """The results of one evaluation."""

    round: EvaluationRound
    registered: int
    answered: int
    questions: list[QuestionResult]


@dataclass(frozen=True)
class _Given:
    """One person's answers while they are counted; it never leaves this module."""

    gender: Gender
    group: str
    scores: dict[str, int]
    words: dict[str, str]


@query(Permission.EVALUATION_READ)
def find_results(round_id: UUID, *, by: Actor) -> Results:
    """The results of a closed evaluation: totals, and groups of five or more by gender and by group (E4).

    Own words stand in no order and beside no group. Refuses ``evaluation_not_closed``.
    """
    evaluation = get(EvaluationRound, round_id, by)
    rules.require_ended(evaluation.state)
    given = _given(evaluation)
    registered = db.session.scalars(
        select(Beneficiary.id).where(
            Beneficiary.tenant_id == evaluation.tenant_id, Beneficiary.package_id == evaluation.package_id
        )
    ).all()
    questions = [_result(str(place), question, given) for place, question in enumerate(evaluation.questions)]
    return Results(evaluation, len(registered), len(given), questions)


def _given(evaluation: EvaluationRound) -> list[_Given]:
    rows = db.session.execute(
        counted_answers(
            evaluation,
            EvaluationAnswer.scores,
            EvaluationAnswer.words,
            Beneficiary.gender,
            Beneficiary.group,
            Contact.data_key,
        )
    )
    return [
        _Given(gender, group, scores, json.loads(decrypt_under(key, words) or "{}"))
        for scores, words, gender, group, key in rows
    ]


def _result(place: str, question: dict[str, str], given: list[_Given]) -> QuestionResult:
    kind = QuestionKind(question["kind"])
    texts = question["text"], question.get("text_en")
    if len(given) < rules.LEAST_SHOWN:
        return QuestionResult(kind, *texts, None, [], [], [])
    if kind is QuestionKind.WORDS:
        words = [one.words[place] for one in given if place in one.words]
        return QuestionResult(kind, *texts, None, [], [], sorted(words, key=_shuffled))
    return QuestionResult(
        kind,
        *texts,
        _tally([], place, given),
        _by(lambda one: one.gender.value, place, given),
        _by(lambda one: one.group, place, given),
        [],
    )


def _by(name: Callable[[_Given], str], place: str, given: list[_Given]) -> list[Tally]:
    shown = rules.suppress_small(Counter(name(one) for one in given))
    return [_tally(sorted(names), place, [one for one in given if name(one) in names]) for names in shown]


def _tally(names: list[str], place: str, given: Iterable[_Given]) -> Tally:
    scores = [one.scores[place] for one in given]
    return Tally(names, len(scores), round(sum(scores) / len(scores), 2))


def _shuffled(words: str) -> bytes:
    """An order that tells nothing about who answered when."""
    return sha256(words.encode()).digest()
