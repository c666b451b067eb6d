"""Questions about a call (C3): anybody asks, the office answers everybody alike, and nobody learns who asked."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from channels.answers import make_reference
from channels.contacts import locale_of
from channels.fitting import require_whole
from channels.links import issue_link
from channels.messages import InEach, Said
from channels.models import Contact, Delivery, OutboundMessage
from channels.outbox import tell
from service.organizations.models import Organization
from service.organizations.queries import signatory_contacts
from service.procurement import question_messages as messages
from service.procurement import rules
from service.procurement.messages import in_words
from service.procurement.models import Addressee, Call, Lot, Question
from service.procurement.queries import find_lot_by_number
from service.procurement.rules import CallState, QuestionState
from service.reminders.workflow import take_back
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock, query
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.privacy import decrypt_under, encrypt_under
from tenants.refusals import NotFound
from tenants.states import move

QUESTION = "question"
"""The purpose of the links by which longer questions are asked."""


@dataclass(frozen=True)
class QuestionView:
    """A question as officials see it: never who asked. ``told``: how far the answer got, phone by phone."""

    id: UUID
    call_id: UUID
    lot: int
    reference: str
    asked: str | None
    asked_at: datetime
    in_person: bool
    state: QuestionState
    wording: str | None
    answer: str | None
    declined_because: str | None
    settled_at: datetime | None
    told: Counter[Delivery]


@dataclass(frozen=True)
class PublicQuestion:
    """A question with its answer, as the portal shows it (C3)."""

    lot: int
    question: str
    answer: str
    answered_at: datetime


@query(Permission.CALL_ASK)
def find_askable(number: int, *, by: Actor) -> datetime:
    """Until when questions on the lot with this number are taken (C3).

    Refuses ``lot_unknown``, ``call_not_open`` and ``questions_closed``.
    """
    lot, call, _package = find_lot_by_number(number, by=by)
    return _require_askable(lot, call, by)


@command(Permission.CALL_ASK)
def ask_question(number: int, text: str, *, by: Actor) -> Question:
    """Take a question on the lot with this number from whoever texts (C3).

    Refuses ``lot_unknown``, ``call_not_open`` and, with the time, ``questions_closed``.
    """
    lot, call, _package = find_lot_by_number(number, by=by)
    _require_askable(lot, call, by)
    contact = db.session.get_one(Contact, (by.tenant_id, by.id))
    assert contact.data_key is not None
    question = _new(call, lot, by)
    question.contact_id, question.asked = contact.id, encrypt_under(contact.data_key, text)
    db.session.flush()
    record(Event.QUESTION_ASKED, question, by, call=call.number, lot=lot.number)
    take_back(call.id, by=by)
    return question


@command(Permission.CALL_ASK)
def offer_form(number: int, *, by: Actor) -> str:
    """Give the sender the address of a form for a longer question on the lot with this number (C3, T5).

    Refuses like ``ask_question``.
    """
    assert by.id is not None
    lot, call, _package = find_lot_by_number(number, by=by)
    _require_askable(lot, call, by)
    return issue_link(QUESTION, by.id, lot.id, locale=by.locale, by=by)


@command(Permission.CALL_ASK)
def ask_by_form(lot_id: UUID, text: str, *, by: Actor) -> Question:
    """Take what was written on the form, and tell the phone it was sent to the reference (C3). Refuses as above."""
    assert by.id is not None
    lot = get(Lot, lot_id, by)
    question = ask_question(lot.number, text, by=by)
    said = messages.QUESTION_TAKEN(number=lot.number, reference=question.reference)
    tell(by.id, said, by=by, subject=lot)
    return question


@command(Permission.CALL_ANSWER)
def answer_question(question_id: UUID, *, wording: str, answer: str, by: Actor) -> Question:
    """Answer a question to everybody who got the call and on the portal (C3).

    ``wording``: the question as the office makes it public, without what could tell who asked. Refuses
    ``not_found``, ``organization_named``, ``words_too_long``, and ``wrong_stage`` for one that was settled before.
    """
    question = lock(Question, question_id, by)
    _require_unnamed(wording, answer, by)
    _answer(question, wording, answer, by)
    return question


@command(Permission.CALL_ANSWER)
def answer_openly(call_id: UUID, *, wording: str, answer: str, by: Actor) -> Question:
    """Answer to everybody what somebody asked by telephone or at the office (C3).

    Refuses as above, and ``call_not_open``, ``answered_too_late`` and ``answered_before``.
    """
    call = lock(Call, call_id, by)
    rules.require_open_for_bids(call.state)
    assert call.deadline is not None
    rules.require_time_to_answer(call.deadline, by.now)
    answered = select(Question.wording, Question.answer).where(
        Question.tenant_id == by.tenant_id,
        Question.call_id == call.id,
        Question.state == QuestionState.ANSWERED,
    )
    rules.require_new_answer(
        {(one.wording, one.answer) for one in db.session.execute(answered)}, wording, answer
    )
    _require_unnamed(wording, answer, by)
    lot = db.session.scalars(
        select(Lot).where(Lot.tenant_id == by.tenant_id, Lot.call_id == call.id).order_by(Lot.number)
    ).first()
    assert lot is not None
    question = _new(call, lot, by)
    _answer(question, wording, answer, by)
    return question


@command(Permission.CALL_ANSWER)
def decline_question(question_id: UUID, reason: str, *, by: Actor) -> Question:
    """Decline what is no question about the call, and tell the asker alone why (C3).

    Refuses ``not_found``, ``wrong_stage`` and ``words_too_long``.
    """
    question = lock(Question, question_id, by)
    question.settled_at, question.settled_by = by.now, by.id
    move(question, "decline", by)
    record(Event.QUESTION_DECLINED, question, by)
    assert question.contact_id is not None
    contact = get(Contact, question.contact_id, by)
    if contact.data_key is not None:
        said = messages.QUESTION_DECLINED(office=_office(by), reference=question.reference, reason=reason)
        require_whole(said, locale_of(contact))
        question.declined_because = encrypt_under(contact.data_key, reason)
        tell(contact.id, said, by=by, subject=question)
    return question


@query(Permission.CALL_READ)
def list_questions(call_id: UUID, *, by: Actor) -> list[QuestionView]:
    """The questions about a call, those that wait first, then the newest."""
    call = get(Call, call_id, by)
    return _views(call.tenant_id, Question.call_id == call.id)


@query(Permission.CALL_READ)
def find_question(question_id: UUID, *, by: Actor) -> tuple[QuestionView, Call]:
    """One question with its call; ``NotFound`` otherwise."""
    question = get(Question, question_id, by)
    (view,) = _views(question.tenant_id, Question.id == question.id)
    return view, get(Call, question.call_id, by)


@query(Permission.CALL_READ)
def list_unanswered(*, by: Actor) -> list[tuple[Call, int]]:
    """The office's calls on which questions wait, with how many."""
    rows = db.session.execute(
        select(Call, func.count(Question.id))
        .join(Question, (Question.tenant_id == Call.tenant_id) & (Question.call_id == Call.id))
        .where(Call.tenant_id == by.tenant_id, Question.state == QuestionState.WAITING)
        .group_by(Call.tenant_id, Call.id)
        .order_by(Call.deadline)
    )
    return [(call, number) for call, number in rows]


@query(Permission.PORTAL_READ)
def list_public_questions(call_id: UUID, *, by: Actor) -> list[PublicQuestion]:
    """The answered questions about a published call, newest first (C3)."""
    rows = db.session.execute(
        select(Question, Lot.number)
        .join(Lot, (Lot.tenant_id == Question.tenant_id) & (Lot.id == Question.lot_id))
        .join(Call, (Call.tenant_id == Question.tenant_id) & (Call.id == Question.call_id))
        .where(
            Question.tenant_id.in_(by.readable),
            Question.call_id == call_id,
            Question.state == QuestionState.ANSWERED,
            Call.state != CallState.DRAFT,
        )
        .order_by(Question.settled_at.desc())
    )
    return [
        PublicQuestion(lot, one.wording, one.answer, one.settled_at)
        for one, lot in rows
        if one.wording and one.answer and one.settled_at
    ]


@query(Permission.CALL_ASK)
def question_standing(reference: str, *, by: Actor) -> Said:
    """Where a question stands, for whoever knows its reference; ``NotFound("question_unknown")`` otherwise."""
    row = db.session.execute(
        select(Question, Lot.number)
        .join(Lot, (Lot.tenant_id == Question.tenant_id) & (Lot.id == Question.lot_id))
        .where(Question.tenant_id == by.tenant_id, Question.reference == reference)
    ).first()
    if row is None:
        raise NotFound("question_unknown", reference=reference)
    question, lot = row
    known = {"reference": reference, "number": lot}
    if question.state is QuestionState.WAITING:
        return messages.QUESTION_WAITS(**known)
    if question.state is QuestionState.DECLINED:
        return messages.QUESTION_WAS_DECLINED(**known)
    return messages.QUESTION_WAS_ANSWERED(**known, answer=question.answer)


def _require_askable(lot: Lot, call: Call, by: Actor) -> datetime:
    rules.require_open_for_bids(call.state)
    assert call.questions_until is not None
    rules.require_time_to_ask(call.questions_until, by.now, lot.number)
    return call.questions_until


def _new(call: Call, lot: Lot, by: Actor) -> Question:
    question = Question(
        tenant_id=by.tenant_id,
        id=new_id(),
        call_id=call.id,
        lot_id=lot.id,
        state=QuestionState.WAITING,
        reference=make_reference(random.SystemRandom()),
        asked_at=by.now,
    )
    db.session.add(question)
    return question


def _require_unnamed(wording: str, answer: str, by: Actor) -> None:
    names = db.session.scalars(select(Organization.name).where(Organization.tenant_id == by.tenant_id))
    rules.require_unnamed(f"{wording}\n{answer}", names)


def _answer(question: Question, wording: str, answer: str, by: Actor) -> None:
    question.wording, question.answer = wording, answer
    question.settled_at, question.settled_by = by.now, by.id
    move(question, "answer", by)
    db.session.flush()
    told = _tell_everybody(question, by)
    record(Event.QUESTION_ANSWERED, question, by, call=question.call_id, told=told)


def _tell_everybody(question: Question, by: Actor) -> int:
    """Tell each phone of each SO that got the call, and the asker; return how many."""
    organizations = db.session.scalars(
        select(Addressee.organization_id).where(
            Addressee.tenant_id == by.tenant_id, Addressee.call_id == question.call_id
        )
    ).all()
    contacts = [one for phones in signatory_contacts(organizations, by=by).values() for one in phones]
    if question.contact_id is not None:
        contacts.append(question.contact_id)
    numbers = db.session.scalars(
        select(Lot.number)
        .where(Lot.tenant_id == by.tenant_id, Lot.call_id == question.call_id)
        .order_by(Lot.number)
    )
    said = messages.QUESTION_ANSWERED(
        office=_office(by),
        lots=in_words(numbers),
        question=question.wording,
        answer=question.answer,
    )
    require_whole(said)
    different = dict.fromkeys(contacts)
    for contact_id in different:
        tell(contact_id, said, by=by, subject=question)
    return len(different)


def _office(by: Actor) -> InEach:
    office = db.session.get_one(Tenant, by.tenant_id)
    return InEach(office.name_zh, office.name_en)


def _views(tenant_id: int, wanted: object) -> list[QuestionView]:
    rows = db.session.execute(
        select(Question, Lot.number, Contact.data_key)
        .join(Lot, (Lot.tenant_id == Question.tenant_id) & (Lot.id == Question.lot_id))
        .outerjoin(Contact, (Contact.tenant_id == Question.tenant_id) & (Contact.id == Question.contact_id))
        .where(Question.tenant_id == tenant_id, wanted)  # type: ignore[arg-type]
        .order_by(Question.state != QuestionState.WAITING, Question.asked_at.desc())
    ).all()
    told: dict[UUID | None, Counter[Delivery]] = {row.Question.id: Counter() for row in rows}
    for subject_id, state in db.session.execute(
        select(OutboundMessage.subject_id, OutboundMessage.state).where(
            OutboundMessage.tenant_id == tenant_id,
            OutboundMessage.subject_type == Question.__tablename__,
            OutboundMessage.subject_id.in_(told),
        )
    ):
        told[subject_id][state] += 1
    return [
        QuestionView(
            one.id,
            one.call_id,
            lot,
            one.reference,
            decrypt_under(key, one.asked),
            one.asked_at,
            one.contact_id is None,
            one.state,
            one.wording,
            one.answer,
            decrypt_under(key, one.declined_because),
            one.settled_at,
            told[one.id],
        )
        for one, lot, key in rows
    ]
