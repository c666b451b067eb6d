"""Step 7 on a real database: the register, one answer each, results, acceptance, closure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select

from channels import joining
from channels.contacts import as_sender, contact_for
from channels.models import Delivery, OutboundMessage
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.evaluation import acceptance, queries, workflow
from service.evaluation.models import Acceptance, Beneficiary, EvaluationAnswer, EvaluationRound
from service.evaluation.reminders import REMINDERS
from service.evaluation.results import Tally, find_results
from service.evaluation.rules import Gender, Outcome
from service.organizations.models import TrackRecord
from service.organizations.rules import TrackRecordKind
from service.preparation.models import Package
from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken, WrongStage
from tenants.schema import libpq
from tenants.workdays import local_day
from tests.channels.conftest import cannot_be_reached, stop
from tests.conftest import NOON, Clock, Office
from tests.service.evaluation.stages import (
    QUESTIONS,
    accepted,
    enrolled,
    meeting_on,
    number_of,
    opened_round,
    signed_contract,
)


@pytest.fixture
def contract(county: Office, clock: Clock, phone: Callable[..., Any]) -> Contract:
    """A contract in force."""
    return signed_contract(county, clock, phone)[0]


@query(Permission.EVALUATION_READ)
def rows_of(model: type, *, by: Actor) -> list[Any]:
    """All rows of the actor's office."""
    return list(db.session.scalars(select(model).where(model.tenant_id == by.tenant_id)))  # type: ignore[attr-defined]


def answer(county: Office, evaluation: EvaluationRound, contact_id: Any, *answers: Any) -> None:
    """A beneficiary answers."""
    workflow.answer_round(evaluation.id, dict(enumerate(answers)), by=as_sender(county.system, contact_id))


@command(Permission.EVALUATION_WRITE)
def join(one: Any, other: Any, *, by: Actor) -> None:
    """Two addresses are one person's, on an officer's word."""
    joining.join(one, other, "同一个人", by=by)


@command(Permission.EVALUATION_WRITE)
def part(contact_id: Any, *, by: Actor) -> None:
    """They are not."""
    joining.part(contact_id, "不是同一个人", by=by)


@command(Permission.EVALUATION_WRITE)
def link(account: Any, phone_id: Any, *, by: Actor) -> None:
    """They are, as a code has shown."""
    joining.prove(account, phone_id, by=by)


@command(Permission.EVALUATION_WRITE)
def unregistered(*, by: Actor) -> Any:
    """An address that is on no register."""
    return contact_for("+8613700009999", by=by).id


@query(Permission.EVALUATION_READ)
def still_asked(contract: Contract, *, by: Actor) -> set[Any]:
    """Who is still to be reminded."""
    rule = next(rule for rule in REMINDERS if rule.key == "evaluation_wanted")
    return {owed.contact_id for owed in rule.find(by, contract.id)}


def test_e4_enrolling_needs_consent_and_leaves_no_one_behind(county: Office, contract: Contract) -> None:
    people = [
        {"phone": number_of(place), "gender": Gender.MAN, "group": "石板村", "consented": place == 0}
        for place in range(2)
    ]
    with pytest.raises(RuleBroken, match="consent_missing"):
        workflow.enrol_beneficiaries(contract.package_id, people, by=county.officer)
    assert queries.list_beneficiaries(contract.package_id, by=county.officer)[1] == []


def test_e4_enrolling_twice_corrects_and_the_page_masks_the_number(
    county: Office, contract: Contract
) -> None:
    enrolled(county, contract, 1, 0)
    person = {"phone": number_of(0), "gender": Gender.MAN, "group": " 上寨  村 ", "consented": True}
    workflow.enrol_beneficiaries(contract.package_id, [person], by=county.officer)
    (known,) = queries.list_beneficiaries(contract.package_id, by=county.officer)[1]
    assert (known.gender, known.group, known.address) == (Gender.MAN, "上寨 村", "137****0000")


def test_e4_opening_an_evaluation_invites_everybody_on_the_register(
    county: Office, contract: Contract
) -> None:
    enrolled(county, contract, 3, 2)
    evaluation = opened_round(county, contract)
    invited = [row for row in rows_of(OutboundMessage, by=county.officer) if row.subject_id == evaluation.id]
    assert {row.message for row in invited} == {"evaluation.invitation"}
    assert queries.find_round(evaluation.id, by=county.officer).invited == 5
    with pytest.raises(AlreadyDone, match="evaluation_under_way"):
        opened_round(county, contract)


def test_s7_whose_number_is_not_valid_is_not_invited(county: Office, contract: Contract) -> None:
    enrolled(county, contract, 3, 2)
    cannot_be_reached(number_of(1), by=county.system)
    evaluation = opened_round(county, contract)
    invited = [row for row in rows_of(OutboundMessage, by=county.officer) if row.subject_id == evaluation.id]
    assert sorted(row.state for row in invited) == [Delivery.QUEUED] * 4 + [Delivery.UNREACHABLE]
    standing = queries.find_round(evaluation.id, by=county.officer)
    assert (standing.invited, standing.left_out) == (4, 1)
    opened = next(
        entry for entry in rows_of(AuditEntry, by=county.officer) if entry.event == Event.EVALUATION_OPENED
    )
    assert opened.facts["invited"] == 4
    registered = queries.list_beneficiaries(contract.package_id, by=county.officer)[1]
    assert [one.address for one in registered if one.unreachable] == ["137****0001"]


def test_s5_who_opted_out_is_not_counted_as_somebody_to_invite(county: Office, contract: Contract) -> None:
    enrolled(county, contract, 3, 2)
    assert queries.count_to_invite(contract.package_id, by=county.officer) == 5
    stop(rows_of(Beneficiary, by=county.officer)[0], by=county.system)
    cannot_be_reached(number_of(4), by=county.system)
    assert queries.count_to_invite(contract.package_id, by=county.officer) == 3


def test_e4_whoever_joins_later_is_invited_too(county: Office, contract: Contract) -> None:
    enrolled(county, contract, 3, 2)
    evaluation = opened_round(county, contract)
    enrolled(county, contract, 3, 3)
    assert queries.find_round(evaluation.id, by=county.officer).invited == 6


def test_e4_four_people_are_too_few_to_ask(county: Office, contract: Contract) -> None:
    enrolled(county, contract, 2, 2)
    with pytest.raises(RuleBroken, match="register_too_small"):
        opened_round(county, contract)


def test_e4_seven_questions_are_too_many_and_a_long_one_does_not_fit(
    county: Office, contract: Contract
) -> None:
    enrolled(county, contract, 3, 2)
    with pytest.raises(RuleBroken, match="too_many_questions"):
        opened_round(county, contract, QUESTIONS[:1] * 7)
    with pytest.raises(RuleBroken, match="question_too_long"):
        opened_round(county, contract, [{**QUESTIONS[0], "text": "长" * 80}])


def test_e4_only_people_on_the_register_answer(county: Office, contract: Contract) -> None:
    people = enrolled(county, contract, 3, 2)
    evaluation = opened_round(county, contract)
    with pytest.raises(NotPermitted, match="not_on_register"):
        answer(county, evaluation, uuid4(), 1, False, "")
    with pytest.raises(RuleBroken, match="answers_incomplete"):
        answer(county, evaluation, people[1].contact_id, 1, False)
    assert rows_of(EvaluationAnswer, by=county.officer) == []


def test_e4_whoever_answers_again_corrects_the_answers_and_what_they_were_is_kept(
    county: Office, contract: Contract, clock: Clock
) -> None:
    people = enrolled(county, contract, 3, 2)
    evaluation = opened_round(county, contract)
    for place, person in enumerate(people):
        answer(county, evaluation, person.contact_id, place + 1, True, "")
    clock.advance(hours=1)
    answer(county, evaluation, people[0].contact_id, 5, False, "羊圈再大一点")
    assert queries.find_round(evaluation.id, by=county.officer).answered == 5
    kept = {row.scores["0"]: row.superseded_at for row in rows_of(EvaluationAnswer, by=county.officer)}
    assert kept[1] is not None
    assert kept[2] is None
    workflow.close_round(evaluation.id, by=county.officer)
    results = find_results(evaluation.id, by=county.officer)
    assert results.answered == 5
    assert results.questions[0].total == Tally([], 5, 3.8)
    assert results.questions[2].words == ["羊圈再大一点"]


def test_e4_one_person_with_two_numbers_is_counted_once_and_the_newest_answer_counts(
    county: Office, contract: Contract, clock: Clock
) -> None:
    people = enrolled(county, contract, 4, 2)
    evaluation = opened_round(county, contract)
    for person in people:
        clock.advance(minutes=1)
        answer(county, evaluation, person.contact_id, 5 if person is people[5] else 1, True, "")
    join(people[0].contact_id, people[5].contact_id, by=county.officer)
    assert queries.find_round(evaluation.id, by=county.officer).answered == 5
    workflow.close_round(evaluation.id, by=county.officer)
    (total,) = [find_results(evaluation.id, by=county.officer).questions[0].total]
    assert total == Tally([], 5, 1.8)
    closed = [
        one.facts for one in rows_of(AuditEntry, by=county.officer) if one.event == Event.EVALUATION_CLOSED
    ]
    assert closed == [{"outdated": 1}]


def test_e4_parted_before_the_end_they_are_two_again_and_after_it_nothing_changes(
    county: Office, contract: Contract
) -> None:
    people = enrolled(county, contract, 4, 2)
    evaluation = opened_round(county, contract)
    for person in people:
        answer(county, evaluation, person.contact_id, 3, True, "")
    join(people[0].contact_id, people[5].contact_id, by=county.officer)
    part(people[5].contact_id, by=county.officer)
    workflow.close_round(evaluation.id, by=county.officer)
    results = find_results(evaluation.id, by=county.officer)
    assert results.answered == 6
    join(people[0].contact_id, people[5].contact_id, by=county.officer)
    assert find_results(evaluation.id, by=county.officer).questions == results.questions


def test_e4_who_answered_from_one_number_is_not_reminded_at_the_other(
    county: Office, contract: Contract
) -> None:
    people = enrolled(county, contract, 4, 2)
    evaluation = opened_round(county, contract)
    join(people[0].contact_id, people[5].contact_id, by=county.officer)
    answer(county, evaluation, people[0].contact_id, 3, True, "")
    assert still_asked(contract, by=county.officer) == {person.contact_id for person in people[1:5]}


def test_e4_a_linked_account_answers_for_the_phone_on_the_register(
    county: Office, contract: Contract
) -> None:
    people = enrolled(county, contract, 3, 2)
    evaluation = opened_round(county, contract)
    account = unregistered(by=county.officer)
    with pytest.raises(NotPermitted, match="not_on_register"):
        queries.next_round(by=as_sender(county.system, account))
    link(account, people[0].contact_id, by=county.officer)
    assert queries.next_round(by=as_sender(county.system, account)).round.id == evaluation.id
    answer(county, evaluation, account, 4, True, "")
    (given,) = rows_of(EvaluationAnswer, by=county.officer)
    assert given.beneficiary_id == people[0].id
    answer(county, evaluation, people[0].contact_id, 5, True, "")
    assert queries.find_round(evaluation.id, by=county.officer).answered == 1


def test_e4_own_words_are_kept_under_the_persons_key_alone(
    county: Office, contract: Contract, servers: Any
) -> None:
    people = enrolled(county, contract, 3, 2)
    answer(county, opened_round(county, contract), people[0].contact_id, 5, True, "羊圈再大一点")
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao") as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        dump = "".join(
            str(connection.execute(f"SELECT * FROM {table}").fetchall())
            for (table,) in tables  # type: ignore[arg-type]
        )
    assert "羊圈再大一点" not in dump
    assert "羊圈再大一点".encode().hex() not in dump


def test_e4_results_wait_for_the_end_and_leave_small_groups_out(county: Office, contract: Contract) -> None:
    people = enrolled(county, contract, 6, 3)
    evaluation = opened_round(county, contract)
    for place, person in enumerate(people):
        answer(
            county,
            evaluation,
            person.contact_id,
            5 if place < 6 else 2,
            place % 3 > 0,
            "羊好" if place else "",
        )
    with pytest.raises(WrongStage, match="evaluation_not_closed"):
        find_results(evaluation.id, by=county.officer)
    workflow.close_round(evaluation.id, by=county.officer)
    results = find_results(evaluation.id, by=county.officer)
    scale, yes_no, words = results.questions
    assert (results.registered, results.answered) == (9, 9)
    assert scale.total is not None
    assert (scale.total.number, scale.total.average) == (9, 4.0)
    assert scale.by_gender == []
    assert yes_no.total is not None
    assert yes_no.total.average == 0.67
    assert (words.total, words.words) == (None, ["羊好"] * 8)


def test_e4_large_groups_are_compared(county: Office, contract: Contract) -> None:
    people = enrolled(county, contract, 5, 5)
    evaluation = opened_round(county, contract, QUESTIONS[:1])
    for person in people:
        answer(county, evaluation, person.contact_id, 5 if person.gender is Gender.WOMAN else 3)
    workflow.close_round(evaluation.id, by=county.officer)
    (scale,) = find_results(evaluation.id, by=county.officer).questions
    by_gender = {tuple(tally.names): (tally.number, tally.average) for tally in scale.by_gender}
    assert by_gender == {("woman",): (5, 5.0), ("man",): (5, 3.0)}


def test_e4_the_answers_of_four_are_not_shown_at_all(county: Office, contract: Contract) -> None:
    people = enrolled(county, contract, 3, 2)
    evaluation = opened_round(county, contract)
    for person in people[:4]:
        answer(county, evaluation, person.contact_id, 5, True, "羊好")
    workflow.close_round(evaluation.id, by=county.officer)
    results = find_results(evaluation.id, by=county.officer)
    assert all(one.total is None and not one.words for one in results.questions)


def test_e4_a_closed_evaluation_takes_no_more_answers(county: Office, contract: Contract) -> None:
    people = enrolled(county, contract, 3, 2)
    evaluation = opened_round(county, contract)
    workflow.close_round(evaluation.id, by=county.officer)
    with pytest.raises(WrongStage, match="evaluation_ended"):
        answer(county, evaluation, people[0].contact_id, 5, True, "")
    with pytest.raises(WrongStage):
        workflow.close_round(evaluation.id, by=county.officer)


def test_e2_acceptance_is_recorded_and_the_provider_told(county: Office, contract: Contract) -> None:
    tomorrow = local_day(county.officer.now) + timedelta(days=1)
    first = accepted(county, contract, Outcome.RECTIFY, rectify_by=tomorrow)
    second = accepted(county, contract)
    assert (first.number, first.rectify_by, second.number, second.rectify_by) == (1, tomorrow, 2, None)
    with pytest.raises(AlreadyDone, match="already_accepted"):
        accepted(county, contract, Outcome.REFUSED)
    told = [
        row.message
        for row in rows_of(OutboundMessage, by=county.officer)
        if row.subject_type == "acceptances"
    ]
    assert sorted(told) == ["evaluation.accepted", "evaluation.rectify"]
    kinds = [row.kind for row in rows_of(TrackRecord, by=county.officer)]
    assert sorted(kinds) == [TrackRecordKind.ACCEPTED, TrackRecordKind.RECTIFIED]


def test_t7_the_names_of_an_acceptance_group_are_encrypted(
    county: Office, contract: Contract, servers: Any
) -> None:
    found = accepted(county, contract)
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao") as connection:
        stored = connection.execute("SELECT members FROM acceptances").fetchone()
    assert stored is not None
    assert "李工".encode() not in stored[0]
    assert queries.find_acceptance(found.id, by=county.officer).members.splitlines() == [
        "水务局 李工",
        "石板村 王主任",
    ]


def test_e5_closure_needs_acceptance_and_closes_the_contract(county: Office, contract: Contract) -> None:
    today = local_day(county.officer.now)
    with pytest.raises(RuleBroken, match="not_accepted_yet"):
        acceptance.record_closure(contract.id, **meeting_on(today), by=county.officer)
    accepted(county, contract)
    with pytest.raises(RuleBroken, match="meeting_lies_ahead"):
        acceptance.record_closure(contract.id, **meeting_on(today + timedelta(days=1)), by=county.officer)
    acceptance.record_closure(contract.id, **meeting_on(today), by=county.officer)
    file = queries.find_evaluation(contract.id, by=county.officer)
    assert file.standing.contract.state is ContractState.CLOSED
    assert file.closure is not None
    kinds = {row.kind for row in rows_of(TrackRecord, by=county.officer)}
    assert kinds == {TrackRecordKind.ACCEPTED, TrackRecordKind.CONTRACT_CLOSED, TrackRecordKind.AWARD}
    with pytest.raises(WrongStage):
        acceptance.record_closure(contract.id, **meeting_on(today), by=county.officer)


def test_e5_an_evaluation_under_way_is_waited_for(county: Office, contract: Contract) -> None:
    enrolled(county, contract, 3, 2)
    evaluation = opened_round(county, contract)
    accepted(county, contract)
    today = local_day(county.officer.now)
    with pytest.raises(RuleBroken, match="evaluation_still_open"):
        acceptance.record_closure(contract.id, **meeting_on(today), by=county.officer)
    workflow.close_round(evaluation.id, by=county.officer)
    acceptance.record_closure(contract.id, **meeting_on(today), by=county.officer)


def test_e5_the_neighbour_reads_the_lessons_and_nothing_else(
    county: Office, other_county: Office, province: Office, contract: Contract
) -> None:
    accepted(county, contract)
    acceptance.record_closure(contract.id, **meeting_on(local_day(county.officer.now)), by=county.officer)
    (lesson,) = queries.list_lessons(by=other_county.officer)
    assert (lesson.county.code, lesson.lessons) == ("qing", "羊要在春天发，冬天死得多")
    with pytest.raises(NotFound):
        queries.find_evaluation(contract.id, by=other_county.officer)
    with pytest.raises(NotFound):
        accepted(other_county, contract)
    assert queries.find_evaluation(contract.id, by=province.overseer).closure is not None
    with pytest.raises(NotPermitted):
        acceptance.record_closure(contract.id, **meeting_on(NOON.date()), by=province.overseer)


def test_e4_another_county_cannot_enrol_or_ask(
    county: Office, other_county: Office, contract: Contract
) -> None:
    with pytest.raises(NotFound):
        enrolled(other_county, contract, 3, 2)
    with pytest.raises(NotFound):
        opened_round(other_county, contract)
    assert rows_of(Acceptance, by=other_county.officer) == []
    assert rows_of(Package, by=other_county.officer) == []
