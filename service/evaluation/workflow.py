"""The verbs of the participatory evaluation: enrol, ask, answer, close (E4)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from channels.contacts import listed_contact
from channels.joining import proved_addresses
from channels.messages import InEach
from channels.models import WITHHELD, Contact
from channels.outbox import tell
from channels.parts import count_parts
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.evaluation import messages, rules
from service.evaluation.models import Beneficiary, EvaluationAnswer, EvaluationRound
from service.evaluation.people import counted_answers, person_of
from service.evaluation.rules import QuestionKind, RoundState
from service.preparation.models import Package
from service.reminders.workflow import take_back
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.privacy import encrypt_under
from tenants.states import move


@command(Permission.EVALUATION_WRITE)
def enrol_beneficiaries(
    package_id: UUID, people: Sequence[Mapping[str, Any]], *, by: Actor
) -> list[Beneficiary]:
    """Put people on a package's beneficiary register, or correct who stands there (guide step 7.4, E4).

    ``people``: ``phone``, ``gender``, ``group`` and ``consented`` each. Whoever joins while an evaluation is
    open is invited to it. Refuses ``consent_missing`` and ``nobodys_phone``.
    """
    rules.require_consent([person["consented"] for person in people])
    package = lock(Package, package_id, by)
    known = {
        beneficiary.contact_id: beneficiary
        for beneficiary in db.session.scalars(
            select(Beneficiary).where(
                Beneficiary.tenant_id == by.tenant_id, Beneficiary.package_id == package.id
            )
        )
    }
    enrolled, new = [], []
    for person in people:
        contact = listed_contact(person["phone"], by=by)
        beneficiary = known.get(contact.id)
        if beneficiary is None:
            beneficiary = known[contact.id] = Beneficiary(
                tenant_id=by.tenant_id,
                package_id=package.id,
                contact_id=contact.id,
                consented_at=by.now,
                enrolled_at=by.now,
                enrolled_by=by.id,
            )
            db.session.add(beneficiary)
            new.append(beneficiary)
        beneficiary.gender, beneficiary.group = person["gender"], " ".join(person["group"].split())
        enrolled.append(beneficiary)
    db.session.flush()
    for evaluation in _open_rounds(EvaluationRound.package_id == package.id, by):
        _invite(evaluation, new, by)
    record(Event.BENEFICIARY_ENROLLED, package, by, new=len(new), number=len(known))
    return enrolled


@command(Permission.EVALUATION_WRITE)
def open_round(
    contract_id: UUID,
    *,
    title: str,
    title_en: str | None = None,
    questions: Sequence[Mapping[str, Any]],
    by: Actor,
) -> EvaluationRound:
    """Ask everybody on the beneficiary register what they think of a contract's work (guide step 7.4, E4).

    ``questions``: ``kind``, ``text`` and, where there is one, ``text_en`` each.
    Refuses ``questions_missing``, ``too_many_questions``, ``question_too_long``, ``register_too_small`` and
    ``evaluation_under_way``.
    """
    contract = lock(Contract, contract_id, by)
    rules.require_in_force(contract.state is ContractState.SIGNED, contract.state)
    rules.require_questions(questions)
    rules.require_one_part(
        [_parts(question, place, len(questions)) for place, question in enumerate(questions, 1)]
    )
    rules.require_no_open_round(len(_open_rounds(EvaluationRound.contract_id == contract.id, by)))
    people = db.session.scalars(
        select(Beneficiary).where(
            Beneficiary.tenant_id == by.tenant_id, Beneficiary.package_id == contract.package_id
        )
    ).all()
    rules.require_register(len(people))
    evaluation = EvaluationRound(
        tenant_id=by.tenant_id,
        contract_id=contract.id,
        package_id=contract.package_id,
        title=title,
        title_en=title_en,
        opened_at=by.now,
        opened_by=by.id,
        questions=[
            {
                "kind": QuestionKind(question["kind"]).value,
                "text": question["text"],
                "text_en": question.get("text_en"),
            }
            for question in questions
        ],
    )
    db.session.add(evaluation)
    db.session.flush()
    invited = _invite(evaluation, people, by)
    record(Event.EVALUATION_OPENED, evaluation, by, contract=contract.number, invited=invited)
    return evaluation


@command(Permission.EVALUATION_ANSWER)
def answer_round(round_id: UUID, answers: Mapping[int, Any], *, by: Actor) -> None:
    """Keep one beneficiary's answers, by the question's place from 0; given again, they replace the earlier ones (E4).

    ``answers``: 1 to 5, ``True`` or ``False``, or own words (empty for none). An address that a code has proved answers for
    the one on the register. Refuses ``not_on_register``, ``answers_incomplete``, and ``evaluation_ended`` once it is closed.
    """
    evaluation = lock(EvaluationRound, round_id, by)
    own = [one.id for one in proved_addresses(by.id, by=by)] if by.id else []
    beneficiary = db.session.scalar(
        select(Beneficiary)
        .where(
            Beneficiary.tenant_id == by.tenant_id,
            Beneficiary.package_id == evaluation.package_id,
            Beneficiary.contact_id.in_(own),
        )
        .order_by((Beneficiary.contact_id == by.id).desc(), Beneficiary.enrolled_at)
        .limit(1)
    )
    rules.require_on_register(beneficiary is not None)
    assert beneficiary is not None
    rules.require_taking_answers(evaluation.state)
    rules.require_complete(evaluation.questions, answers)
    _supersede(evaluation, EvaluationAnswer.beneficiary_id == beneficiary.id, by)
    own_words = {
        place: answers[place]
        for place, question in enumerate(evaluation.questions)
        if question["kind"] == QuestionKind.WORDS and answers[place]
    }
    db.session.add(
        EvaluationAnswer(
            tenant_id=by.tenant_id,
            round_id=evaluation.id,
            beneficiary_id=beneficiary.id,
            answered_at=by.now,
            scores={
                str(place): int(answers[place])
                for place, question in enumerate(evaluation.questions)
                if question["kind"] != QuestionKind.WORDS
            },
            words=_sealed(beneficiary.contact_id, own_words, by) if own_words else None,
        )
    )
    record(Event.EVALUATION_ANSWERED, evaluation, by)
    take_back(evaluation.contract_id, by=by)


@command(Permission.EVALUATION_WRITE)
def close_round(round_id: UUID, *, by: Actor) -> EvaluationRound:
    """End an evaluation, so that its results can be read (guide step 7.4, E4).

    Of a person who answered from several addresses, as they are joined now, the newest answer counts. It stays so: were the
    results to follow later joinings, what changes between two looks would be one person's answer.
    """
    evaluation = lock(EvaluationRound, round_id, by)
    move(evaluation, "close", by)
    evaluation.closed_at = by.now
    outdated = rules.outdated(_given(evaluation))
    _supersede(evaluation, EvaluationAnswer.id.in_(outdated), by)
    record(Event.EVALUATION_CLOSED, evaluation, by, outdated=len(outdated))
    take_back(evaluation.contract_id, by=by)
    return evaluation


def _given(evaluation: EvaluationRound) -> list[rules.Given]:
    rows = db.session.execute(
        counted_answers(
            evaluation, EvaluationAnswer.id, person_of(Contact), EvaluationAnswer.answered_at
        ).order_by(EvaluationAnswer.id)
    )
    return [rules.Given(*row) for row in rows]


def _supersede(evaluation: EvaluationRound, which: ColumnElement[bool], by: Actor) -> None:
    db.session.execute(
        update(EvaluationAnswer)
        .where(
            EvaluationAnswer.tenant_id == by.tenant_id,
            EvaluationAnswer.round_id == evaluation.id,
            EvaluationAnswer.superseded_at.is_(None),
            which,
        )
        .values(superseded_at=by.now)
    )


def _open_rounds(of: Any, by: Actor) -> list[EvaluationRound]:
    return list(
        db.session.scalars(
            select(EvaluationRound).where(
                EvaluationRound.tenant_id == by.tenant_id, EvaluationRound.state == RoundState.OPEN, of
            )
        )
    )


def _invite(evaluation: EvaluationRound, people: Collection[Beneficiary], by: Actor) -> int:
    """Say it to each; return how many it is not withheld from."""
    office = db.session.get_one(Tenant, by.tenant_id)
    said = messages.INVITATION(
        office=InEach(zh=office.name_zh, en=office.name_en),
        number=len(evaluation.questions),
        title=InEach(zh=evaluation.title, en=evaluation.title_en or evaluation.title),
    )
    rows = [tell(beneficiary.contact_id, said, by=by, subject=evaluation) for beneficiary in people]
    return sum(row is not None and row.state not in WITHHELD for row in rows)


def _parts(question: Mapping[str, Any], place: int, number: int) -> int:
    """How many text messages a question takes in the languages it is written in."""
    said = messages.ask(question, place, number)
    locales = ("zh", "en") if question.get("text_en") else ("zh",)
    return max(count_parts(said.words(locale)) for locale in locales)


def _sealed(contact_id: UUID, own_words: Mapping[int, str], by: Actor) -> bytes | None:
    key = db.session.scalar(
        select(Contact.data_key).where(Contact.tenant_id == by.tenant_id, Contact.id == contact_id)
    )
    return None if key is None else encrypt_under(key, json.dumps(own_words, ensure_ascii=False))
