"""The hotline on a real database: who decides, by when, and who learns what (H1-H9)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import select

from channels.messages import from_plain
from channels.models import Contact, OutboundMessage
from service.complaints import following, jobs, queries, workflow
from service.complaints.anonymity import choose_identity
from service.complaints.filing import file_complaint, tell_about
from service.complaints.rules import About, ComplaintState, EntryKind, Identity, Intake, Resolution
from tenants import schema
from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission, Role
from tenants.privacy import decrypt_under
from tenants.refusals import NotFound, NotPermitted, RuleBroken, WrongStage
from tenants.settings import change_settings
from tenants.workdays import local_day
from tests.conftest import Clock, Office
from tests.service.complaints.stages import (
    BRIBE,
    LEAK,
    NEIGHBOUR,
    VILLAGER,
    answered,
    case_in,
    filed,
    give_number,
    owner,
    sender,
)


@pytest.fixture(autouse=True)
def numbers(county: Office) -> None:
    """The county has a number to write to."""
    give_number(county)


@query(Permission.MESSAGE_SEND)
def told(*, by: Actor) -> list[tuple[str, dict]]:
    """What the office told people, in order."""
    rows = db.session.execute(
        select(OutboundMessage, Contact.data_key)
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(OutboundMessage.tenant_id == by.tenant_id)
        .order_by(OutboundMessage.created_at)
    )
    return [
        (row.message, from_plain(json.loads(decrypt_under(key, row.parameters) or "")["parameters"]))
        for row, key in rows
    ]


@query(Permission.AUDIT_READ)
def audited(*, by: Actor) -> list[AuditEntry]:
    """The office's record."""
    return list(
        db.session.scalars(
            select(AuditEntry).where(AuditEntry.tenant_id == by.tenant_id).order_by(AuditEntry.id)
        )
    )


def test_h1_h2_a_free_sentence_becomes_a_case_with_reference_and_deadlines(county: Office) -> None:
    case = filed(county)
    assert len(case.reference) == 10
    assert owner(case.reference, county) == county.id
    # Wednesday 4 March 2026: two working days end on the 6th, fifteen on the 25th.
    assert local_day(case.triage_due) == date(2026, 3, 6)
    assert local_day(case.resolution_due) == date(2026, 3, 25)
    entries = queries.find_complaint(case.complaint_id, by=county.desk).entries
    assert [(entry.kind, entry.text) for entry in entries] == [(EntryKind.STATEMENT, LEAK)]


def test_h5_a_serious_case_is_answered_sooner(county: Office) -> None:
    case = filed(county, "施工队打人，有人受伤")
    assert local_day(case.resolution_due) == date(2026, 3, 11)


def test_h5_the_desk_can_find_a_case_serious_at_the_first_look(county: Office) -> None:
    case = filed(county)
    seen = workflow.acknowledge(case.complaint_id, serious=True, by=county.desk)
    assert (seen.serious, local_day(seen.resolution_due)) == (True, date(2026, 3, 11))


def test_h5_working_days_follow_the_chinese_calendar_and_a_county_may_set_its_own_period(
    county: Office,
) -> None:
    change_settings({"resolution_working_days": 20}, by=county.administrator)
    case = filed(county)
    # Twenty working days after 4 March would be 1 April; Qingming on 6 April lies beyond.
    assert local_day(case.resolution_due) == date(2026, 4, 1)


def test_h4_a_complaint_about_the_office_is_unseen_by_it(county: Office, province: Office) -> None:
    case = filed(county, BRIBE)
    assert case.above
    assert owner(case.reference, county) == province.id
    assert queries.list_complaints(by=county.desk) == []
    assert case_in(county, case.reference) is None
    with pytest.raises(NotFound):
        queries.find_complaint(case.complaint_id, by=county.desk)
    found = queries.find_complaint(case.complaint_id, by=province.desk)
    assert found.entries[0].text == BRIBE
    assert found.about_office.id == county.id


def test_h4_not_even_the_countys_record_shows_that_there_is_one(county: Office) -> None:
    before = len(audited(by=county.administrator))
    filed(county, BRIBE)
    assert [entry.event for entry in audited(by=county.administrator)[before:]] == []


def test_h4_a_case_that_turns_out_to_be_about_the_office_moves_there_whole(
    county: Office, province: Office
) -> None:
    case = filed(county)
    villager = sender(county)
    following.add_to(case.reference, "昨晚又漏了", by=villager)
    moved = tell_about(case.reference, About.OFFICE, by=villager)
    assert moved.above
    assert case_in(county, case.reference) is None
    file = queries.find_complaint(case.complaint_id, by=province.desk)
    assert [entry.text for entry in file.entries] == [LEAK, "昨晚又漏了"]
    assert file.complaint.about is About.OFFICE
    assert file.complaint.resolution_due == case.resolution_due
    assert following.look_up(case.reference, by=villager).state is ComplaintState.RECEIVED


def test_h4_the_county_hands_on_what_is_about_its_office_and_the_complainant_is_told(
    county: Office, province: Office
) -> None:
    case = filed(county)
    workflow.classify(case.complaint_id, About.OFFICE, by=county.desk)
    assert owner(case.reference, county) == province.id
    ((message, facts),) = told(by=province.system)
    assert message == "complaints.routed"
    assert facts["office"].zh == "云岭省扶贫办"


def test_h4_the_province_hands_back_what_is_not_about_the_office(county: Office, province: Office) -> None:
    case = filed(county, "工作人员发的鸡苗死了")
    workflow.classify(case.complaint_id, About.WORK, by=province.desk)
    assert owner(case.reference, county) == county.id
    assert queries.list_complaints(by=county.desk)[0].complaint.about is About.WORK


def test_h4_a_complaint_about_the_provinces_office_goes_to_the_reviewer_the_platform_names(
    province: Office, other_county: Office, servers: SimpleNamespace
) -> None:
    give_number(province)
    case = filed(province, BRIBE)
    assert owner(case.reference, province) == 1
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        connection.execute(
            "UPDATE tenants SET reviewer_id = %s WHERE id = %s", [other_county.id, province.id]
        )
    assert owner(filed(province, BRIBE).reference, province) == other_county.id


def test_h3_the_desk_sees_a_masked_number_and_each_unmasking_is_recorded(county: Office) -> None:
    case = filed(county)
    assert queries.find_complaint(case.complaint_id, by=county.desk).address == "138****0011"
    assert workflow.show_complainant(case.complaint_id, by=county.desk) == VILLAGER
    shown = audited(by=county.administrator)[-1]
    assert (shown.event, shown.subject_id, shown.actor_id) == (
        "channels.unmasked",
        str(case.complaint_id),
        county.desk.id,
    )


@pytest.mark.parametrize("role", ["officer", "approver", "finance", "overseer", "administrator"])
def test_t4_nobody_else_in_the_office_reads_complaints_or_numbers(county: Office, role: str) -> None:
    case = filed(county)
    by = getattr(county, role)
    with pytest.raises(NotPermitted):
        queries.list_complaints(by=by)
    with pytest.raises(NotPermitted):
        workflow.show_complainant(case.complaint_id, by=by)


def test_h3_neither_moves_nor_audit_name_the_complainant(county: Office) -> None:
    case = filed(county)
    answered(county, case)
    following.say_whether_solved(case.reference, solved=False, by=sender(county))
    contact = sender(county).id
    moves = queries.find_complaint(case.complaint_id, by=county.desk).moves
    assert [move.verb for move in moves] == ["acknowledge", "investigate", "resolve", "reopen"]
    assert contact not in {move.actor_id for move in moves}
    assert contact not in {entry.actor_id for entry in audited(by=county.administrator)}


def test_h3_an_anonymous_case_keeps_no_link_to_the_number(
    county: Office, province: Office, servers: SimpleNamespace
) -> None:
    villager = sender(county)
    case = file_complaint(BRIBE, contact_id=villager.id, by=villager)
    choose_identity(case.reference, Identity.ANONYMOUS, by=villager)
    found = queries.find_complaint(case.complaint_id, by=province.desk)
    assert (found.complaint.contact_id, found.complaint.identity, found.address) == (
        None,
        Identity.ANONYMOUS,
        None,
    )
    with pytest.raises(RuleBroken, match="nobody_to_show"):
        workflow.show_complainant(case.complaint_id, by=province.desk)
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        twins = [row[0] for row in connection.execute("SELECT id FROM contacts").fetchall()]
        tables = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND udt_name = 'uuid' AND table_name IN"
            " ('complaints', 'complaint_entries', 'moves', 'audit_entries', 'outbound_messages')"
        ).fetchall()
        for table, column in tables:
            rows = connection.execute(
                f"SELECT count(*) FROM {table} WHERE {column} = ANY (%s)", [twins]
            ).fetchone()
            assert rows == (0,), (table, column)
    assert following.look_up(case.reference, by=sender(county, NEIGHBOUR)).reference == case.reference


def test_h3_someone_elses_reference_and_an_unknown_one_get_the_same_answer(county: Office) -> None:
    case = filed(county)
    for reference in (case.reference, "2345678904"):
        with pytest.raises(NotFound, match="reference_unknown"):
            following.look_up(reference, by=sender(county, NEIGHBOUR))
    with pytest.raises(NotFound, match="reference_unknown"):
        following.take_up(case.reference, by=sender(county, NEIGHBOUR))


def test_t5_a_number_silent_for_180_days_gives_the_reference_first(county: Office, clock: Clock) -> None:
    case = filed(county)
    assert following.newest_reference(by=sender(county)) == case.reference
    clock.advance(days=181)
    assert following.newest_reference(by=sender(county)) is None


def test_t5_a_number_silent_for_180_days_learns_only_that_there_is_news(county: Office, clock: Clock) -> None:
    case = filed(county)
    clock.advance(days=181)
    answered(county, case)
    assert {(message, str(facts)) for message, facts in told(by=county.system)} == {
        ("complaints.news_waits", "{}")
    }


def test_h6_the_newest_case_is_found_wherever_it_is_decided(county: Office, clock: Clock) -> None:
    filed(county)
    clock.advance(hours=1)
    above = filed(county, BRIBE)
    assert following.newest_reference(by=sender(county)) == above.reference
    assert following.newest_reference((ComplaintState.RESOLVED,), by=sender(county)) is None


def test_h5_h6_the_complainant_is_told_each_change(county: Office) -> None:
    case = filed(county)
    answered(county, case)
    messages = told(by=county.system)
    assert [message for message, _facts in messages] == [
        "complaints.acknowledged",
        "complaints.investigating",
        "complaints.resolved",
    ]
    facts = messages[-1][1]
    assert (facts["answer"], facts["outcome"].zh) == ("已查实漏水，施工方本周修好。", "已纠正")
    assert facts["until"] == date(2026, 3, 19)


def test_h5_an_answer_needs_an_investigation_first(county: Office) -> None:
    case = filed(county)
    with pytest.raises(WrongStage):
        workflow.resolve(
            case.complaint_id, resolution=Resolution.EXPLAINED, facts="没有", answer="没有", by=county.desk
        )


def test_a_note_is_in_the_file_and_is_told_to_nobody(county: Office) -> None:
    case = filed(county)
    workflow.add_note(case.complaint_id, "周五去村里看", by=county.desk)
    assert queries.find_complaint(case.complaint_id, by=county.desk).entries[-1].kind is EntryKind.NOTE
    assert told(by=county.system) == []


def test_a_note_clicked_twice_is_in_the_file_once(county: Office, clock: Clock) -> None:
    case = filed(county)
    for text in ("没人接电话", "没人接电话", "约了周五", "没人接电话"):
        clock.advance(seconds=1)
        workflow.add_note(case.complaint_id, text, by=county.desk)
    notes = queries.find_complaint(case.complaint_id, by=county.desk).entries
    assert [note.text for note in notes if note.kind is EntryKind.NOTE] == [
        "没人接电话",
        "约了周五",
        "没人接电话",
    ]


def test_h5_a_case_that_is_not_solved_opens_again_with_a_new_deadline(county: Office, clock: Clock) -> None:
    case = filed(county)
    answered(county, case)
    clock.advance(days=14)
    due = following.say_whether_solved(case.reference, solved=False, by=sender(county))
    assert due == date(2026, 4, 9)
    assert case_in(county, case.reference).state is ComplaintState.INVESTIGATING  # type: ignore[union-attr]


def test_h5_reopening_ends_after_fifteen_days(county: Office, clock: Clock) -> None:
    case = filed(county)
    answered(county, case)
    clock.advance(days=16)
    with pytest.raises(RuleBroken, match="reopening_over"):
        following.say_whether_solved(case.reference, solved=False, by=sender(county))


def test_h6_a_solved_case_is_closed_and_rated(county: Office) -> None:
    case = filed(county)
    with pytest.raises(RuleBroken, match="complaint_unanswered"):
        following.rate(case.reference, 5, by=sender(county))
    answered(county, case)
    following.say_whether_solved(case.reference, solved=True, by=sender(county))
    following.rate(case.reference, 4, by=sender(county))
    closed = case_in(county, case.reference)
    assert closed is not None
    assert (closed.state, closed.rating) == (ComplaintState.CLOSED, 4)


def test_h6_the_complainant_takes_a_case_up_and_the_province_decides_it_from_then_on(
    county: Office, province: Office, clock: Clock
) -> None:
    case = filed(county)
    workflow.investigate(case.complaint_id, by=county.desk)
    clock.advance(days=5)
    up = following.take_up(case.reference, by=sender(county))
    assert up.office.zh == "云岭省扶贫办"
    assert local_day(up.resolution_due) == date(2026, 3, 30)
    (line,) = queries.list_complaints(by=province.desk)
    assert (line.complaint.state, line.complaint.handler_id) == (ComplaintState.RECEIVED, None)
    assert line.complaint.escalated_at is not None
    assert [move.verb for move in queries.find_complaint(case.complaint_id, by=province.desk).moves] == [
        "investigate",
        "escalate",
    ]
    with pytest.raises(NotFound):
        workflow.add_note(case.complaint_id, "还是我们办", by=county.desk)
    with pytest.raises(RuleBroken, match="escalated_stays"):
        workflow.classify(case.complaint_id, About.WORK, by=province.desk)
    with pytest.raises(RuleBroken, match="no_higher_office"):
        following.take_up(case.reference, by=sender(county))


def test_h5_a_case_past_due_goes_up_by_itself(county: Office, province: Office, clock: Clock) -> None:
    late, looked_at = filed(county), filed(county, "路没修完", NEIGHBOUR)
    workflow.acknowledge(looked_at.complaint_id, by=county.desk)
    clock.advance(days=2)
    jobs.sweep_offices()
    assert owner(late.reference, county) == county.id
    clock.advance(days=1)
    jobs.sweep_offices()
    assert owner(late.reference, county) == province.id
    assert owner(looked_at.reference, county) == county.id
    assert told(by=province.system)[-1][0] == "complaints.escalated_late"
    clock.advance(days=30)
    jobs.sweep_offices()
    assert owner(looked_at.reference, county) == province.id
    jobs.sweep_offices()
    assert len(told(by=province.system)) == 2


def test_h5_a_provinces_own_case_stays_with_it_and_shows_as_overdue(
    county: Office, province: Office, clock: Clock
) -> None:
    case = filed(county, BRIBE)
    clock.advance(days=40)
    jobs.sweep_offices()
    (line,) = queries.list_complaints(by=province.desk)
    assert (line.complaint.reference, line.overdue) == (case.reference, True)


def test_h5_an_answered_case_that_nobody_reopens_is_closed(county: Office, clock: Clock) -> None:
    case = filed(county)
    answered(county, case)
    clock.advance(days=10)
    jobs.sweep_offices()
    assert case_in(county, case.reference).state is ComplaintState.RESOLVED  # type: ignore[union-attr]
    clock.advance(days=10)
    jobs.sweep_offices()
    assert case_in(county, case.reference).state is ComplaintState.CLOSED  # type: ignore[union-attr]
    assert told(by=county.system)[-1][0] == "complaints.closed"


def test_h1_a_focal_point_writes_a_complaint_down_with_and_without_a_number(county: Office) -> None:
    helper = county.actor(Role.FOCAL_POINT, name="focal")
    with_number = file_complaint(LEAK, intake=Intake.FOCAL_POINT, address="13800000011", by=helper)
    without = file_complaint(LEAK, intake=Intake.VILLAGE_COMMITTEE, by=helper)
    found = {line.complaint.reference: line.complaint for line in queries.list_complaints(by=county.desk)}
    assert found[with_number.reference].contact_id is not None
    assert found[without.reference].contact_id is None
    assert following.look_up(with_number.reference, by=sender(county)).state is ComplaintState.RECEIVED
    with pytest.raises(NotPermitted):
        queries.list_complaints(by=helper)


def test_h9_totals_are_public_and_hold_neither_words_nor_persons(
    county: Office, province: Office, clock: Clock
) -> None:
    first = filed(county)
    filed(county, BRIBE)
    clock.advance(days=3)
    answered(county, first)
    by = Actor.public(tenant_id=province.id, readable=province.overseer.readable, now=clock())
    totals = queries.list_totals(by=by)
    (total,) = totals
    assert (total.tenant_id, total.month, total.about, total.received, total.open) == (
        county.id,
        "2026-03",
        About.UNKNOWN,
        2,
        1,
    )
    assert (total.outcomes[Resolution.REDRESSED], total.in_time, total.days) == (1, 1, 3)


def test_t2_the_neighbour_sees_nothing_and_the_province_changes_nothing(
    county: Office, other_county: Office, province: Office
) -> None:
    case = filed(county)
    assert queries.list_complaints(by=other_county.desk) == []
    assert queries.list_complaints(by=province.desk) == []
    with pytest.raises(NotFound):
        queries.find_complaint(case.complaint_id, by=other_county.desk)
    for by in (other_county.desk, province.desk):
        with pytest.raises(NotFound):
            workflow.acknowledge(case.complaint_id, by=by)


def test_h5_what_waits_longest_stands_on_top(county: Office, clock: Clock) -> None:
    first = filed(county)
    clock.advance(days=1)
    second = filed(county, "有人被打受伤", NEIGHBOUR)
    third = filed(county, "路没修完", NEIGHBOUR)
    answered(county, first)
    workflow.acknowledge(second.complaint_id, by=county.desk)
    references = [line.complaint.reference for line in queries.list_complaints(by=county.desk)]
    assert references == [third.reference, second.reference, first.reference]
    assert queries.next_deadline(by=county.desk) == (2, third.triage_due)
    assert timedelta(0) < third.triage_due - clock.now
