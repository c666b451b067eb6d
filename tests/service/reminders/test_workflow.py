"""Reminders on a real database: once each, of what is still owed, with the dates of now (S6)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from channels.contacts import as_sender
from channels.models import Delivery, OutboundMessage
from channels.sending import send_due
from service.delivery import workflow as delivery
from service.evaluation import workflow as evaluation
from service.evaluation.rules import Outcome
from service.procurement import queries, selection
from service.procurement.bids import Receipt
from service.procurement.changing import prolong_call
from service.procurement.models import Call
from service.procurement.rules import ExclusionGround
from service.procurement.selection_queries import view_selection
from service.reminders.jobs import remind_offices
from service.reminders.queries import RemindersView
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission, Role
from tenants.settings import change_settings
from tenants.workdays import SHANGHAI, local_day
from tests.conftest import Clock, Office, Phone
from tests.service.evaluation.stages import accepted, enrolled, opened_round, signed_contract
from tests.service.outbox import texts_about
from tests.service.procurement.stages import Bidder, opened_call, published_call, three_bidders

Phones = Callable[..., Phone]


def reminders(office: Office) -> list[str]:
    """What reminders say, the oldest first."""
    return texts_about("reminders", by=office.system)


@query(Permission.MESSAGE_SEND)
def rows(*, by: Actor) -> list[OutboundMessage]:
    """The outbox rows of reminders."""
    wanted = db.session.query(OutboundMessage).filter_by(tenant_id=by.tenant_id, subject_type="reminders")
    return list(wanted.order_by(OutboundMessage.created_at, OutboundMessage.id))


def about_call(call: Call, office: Office) -> list[RemindersView]:
    """What the call's page shows of its reminders now."""
    return queries.list_reminders(call.id, by=office.officer)


def numbers_of(call: Call, office: Office) -> set[int | None]:
    """How many the call's page says were or will be reminded."""
    return {view.number for view in about_call(call, office)}


@pytest.fixture
def called(county: Office, phone: Phones) -> tuple[Call, int, list[Bidder]]:
    """A call that closes at noon in ten days, and the three SOs it was sent to."""
    bidders = three_bidders(county, phone)
    call, lot = published_call(county, bidders)
    return call, lot, bidders


def test_s6_whoever_has_not_bid_is_reminded_once_two_days_before_and_again_on_the_last_day(
    county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    call, lot, bidders = called
    assert isinstance(bidders[0].bids(lot, 4800), Receipt)
    assert remind_offices() == 0
    clock.advance(days=5, hours=21, minutes=1)
    assert [remind_offices(), remind_offices()] == [2, 0]
    assert "提问到3月11日12:00截止" in reminders(county)[-1]
    clock.advance(days=1, hours=23, minutes=58)
    assert remind_offices() == 0
    clock.advance(minutes=2)
    assert [remind_offices(), remind_offices()] == [2, 0]
    assert reminders(county)[-1] == (
        f"清河县扶贫办：{lot}号（石板村贫困户养羊）的报价到3月14日12:00截止。想报价请回复：报价 {lot}"
    )
    assert isinstance(bidders[1].bids(lot, 5200), Receipt)
    clock.now = call.deadline - timedelta(hours=3)
    assert [remind_offices(), remind_offices()] == [1, 0]
    assert "今天是最后一天" in reminders(county)[-1]
    clock.now = call.deadline + timedelta(minutes=1)
    assert remind_offices() == 0


def test_s6_a_moved_deadline_takes_back_what_waits_and_reminds_of_the_new_date(
    county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    call, _lot, _bidders = called
    change_settings({"remind_questions_days": 0, "remind_bids_hours": 0}, by=county.administrator)
    (view,) = queries.list_reminders(call.id, by=county.officer)
    assert call.deadline is not None
    prolong_call(call.id, deadline=call.deadline + timedelta(days=3), by=county.officer)
    (moved,) = queries.list_reminders(call.id, by=county.officer)
    assert moved.due - view.due == timedelta(days=3)
    clock.now = view.due + timedelta(hours=1)
    assert remind_offices() == 0
    clock.now = moved.due + timedelta(hours=1)
    assert remind_offices() == 3
    assert "3月17日12:00" in reminders(county)[-1]


def test_c15_a_prolonged_call_takes_back_in_the_same_step_what_waits_in_the_outbox(
    county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    call, _lot, _bidders = called
    clock.advance(days=8)
    assert remind_offices() == 3
    assert call.deadline is not None
    prolong_call(call.id, deadline=call.deadline + timedelta(days=3), by=county.officer)
    assert {row.state for row in rows(by=county.system)} == {Delivery.STOPPED}
    clock.advance(days=3)
    assert remind_offices() == 3


def test_s6_a_bid_takes_back_the_reminder_that_still_waits_in_the_outbox(
    county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    _call, lot, bidders = called
    clock.advance(days=8)
    assert remind_offices() == 3
    assert isinstance(bidders[0].bids(lot, 4800), Receipt)
    states = {(row.contact_id == bidders[0].contact_id, row.state) for row in rows(by=county.system)}
    assert states == {(True, Delivery.STOPPED), (False, Delivery.QUEUED)}


def test_s6_who_asked_is_not_told_that_questions_close(
    county: Office, called: tuple[Call, int, list[Bidder]], phone: Phones, clock: Clock
) -> None:
    _call, lot, bidders = called
    phone(bidders[0].number, county).says(f"提问 {lot} 羊要检疫吗")
    change_settings({"remind_bids_days": 0}, by=county.administrator)
    clock.advance(days=6, hours=1)
    assert remind_offices() == 2
    assert all("提问" in words for words in reminders(county))


def test_s5_who_opted_out_gets_no_reminder_not_even_on_the_last_day(
    county: Office, called: tuple[Call, int, list[Bidder]], phone: Phones, clock: Clock
) -> None:
    call, _lot, bidders = called
    phone(bidders[0].number, county).says("退订")
    clock.now = call.deadline - timedelta(hours=3)
    remind_offices()
    for row in rows(by=county.system):
        refused = row.contact_id == bidders[0].contact_id
        assert row.state is (Delivery.SUPPRESSED if refused else Delivery.QUEUED)
    phone(bidders[1].number, county).says("退订")
    send_due()
    states = {row.state for row in rows(by=county.system) if row.contact_id == bidders[1].contact_id}
    assert states == {Delivery.SUPPRESSED}


def test_s6_a_reminder_lives_until_what_it_is_about_and_no_longer(
    county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    call, _lot, _bidders = called
    clock.now = call.deadline - timedelta(hours=3)
    remind_offices()
    assert {row.expires_at for row in rows(by=county.system)} == {call.deadline}


def test_s6_in_quiet_hours_only_the_last_day_goes_out(county: Office, phone: Phones, clock: Clock) -> None:
    bidders = three_bidders(county, phone)
    call, _lot = published_call(county, bidders, days=10 + 20.5 / 24)
    change_settings({"remind_bids_hours": 3}, by=county.administrator)
    assert call.deadline.astimezone(SHANGHAI).hour == 8
    clock.now = call.deadline - timedelta(hours=2)
    assert remind_offices() == 3
    assert all("今天是最后一天" in words for words in reminders(county))
    clock.now = call.deadline - timedelta(minutes=10)
    assert remind_offices() == 0


def test_s6_a_county_switches_a_rule_off_and_moves_another(
    county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    call, _lot, _bidders = called
    off = {"remind_questions_days": 0, "remind_bids_hours": 0, "remind_bids_days": 5}
    change_settings(off, by=county.administrator)
    (view,) = queries.list_reminders(call.id, by=county.officer)
    assert (view.rule, local_day(call.deadline) - local_day(view.due)) == ("bids_close", timedelta(days=5))
    clock.now = view.due
    assert remind_offices() == 3
    change_settings({"remind_bids_days": 7}, by=county.administrator)
    assert remind_offices() == 0


def test_s6_however_many_workers_remind_at_once_each_gets_one(
    app: Flask, county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    clock.advance(days=8)
    done: list[int] = []

    def work() -> None:
        with app.app_context():
            done.append(remind_offices())

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (len(done), sum(done)) == (4, 3)
    assert len(reminders(county)) == 3


def test_c5_before_the_deadline_the_page_does_not_tell_who_or_how_many_have_bid(
    county: Office,
    called: tuple[Call, int, list[Bidder]],
    clock: Clock,
    browser: Callable[..., FlaskClient],
    program: Callable[..., FlaskClient],
) -> None:
    call, lot, bidders = called
    page = browser(county, Role.PROCUREMENT_OFFICER)
    clock.advance(days=8)

    def seen() -> str:
        text = page.get(f"/admin/calls/{call.id}").text
        return text[text.index('id="reminders"') : text.index("</section>", text.index('id="reminders"'))]

    before = seen()
    for bidder in bidders:
        assert isinstance(bidder.bids(lot, 4800), Receipt)
    assert remind_offices() == 0
    assert seen() == before
    clock.now = call.deadline + timedelta(minutes=1)
    said = program(county, Role.PROCUREMENT_OFFICER).get(f"/api/v1/calls/{call.id}/reminders").json
    assert said == []


def test_c5_once_questions_are_over_the_page_does_not_tell_how_many_had_neither_asked_nor_bid(
    county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    call, _lot, _bidders = called
    clock.advance(days=5, hours=21, minutes=1)
    assert remind_offices() == 3
    assert call.questions_until is not None
    clock.now = call.questions_until + timedelta(minutes=1)
    assert {view.rule for view in about_call(call, county)} >= {"questions_close", "bids_close"}
    assert numbers_of(call, county) == {None}
    clock.now = call.deadline + timedelta(minutes=1)
    assert numbers_of(call, county) == {3}


def test_c5_c15_a_prolonged_call_does_not_tell_who_was_reminded_of_the_old_deadline(
    county: Office, called: tuple[Call, int, list[Bidder]], clock: Clock
) -> None:
    call, _lot, _bidders = called
    clock.advance(days=8)
    assert remind_offices() == 3
    before = call.deadline
    assert before is not None
    prolonged = prolong_call(call.id, deadline=before + timedelta(days=3), by=county.officer)
    clock.now = before + timedelta(minutes=1)
    assert numbers_of(call, county) == {None}
    assert prolonged.deadline is not None
    clock.now = prolonged.deadline + timedelta(minutes=1)
    assert numbers_of(call, county) == {3}


def test_c6_who_was_asked_for_documents_is_asked_again_until_they_come(
    county: Office, phone: Phones, clock: Clock
) -> None:
    bidders = three_bidders(county, phone)
    call, _lot = opened_call(county, clock, bidders, [4800, 5200, 5600])
    (file,) = view_selection(call.id, by=county.officer).lots
    first, second = (one.bid for one in file.bids[:2])
    for bid in (first, second):
        selection.request_revision(bid.id, "实施计划不够详细", by=county.officer)
    clock.advance(days=2)
    assert [remind_offices(), remind_offices()] == [2, 0]
    selection.answer_revision(first.id, first.organization_id, "补充如下", by=bidders[0].actor)
    assert sorted(row.state for row in rows(by=county.system)) == [Delivery.QUEUED, Delivery.STOPPED]
    clock.advance(days=15)
    selection.screen_bid(second.id, ExclusionGround.DOCUMENTS, "没有补充材料", by=county.officer)
    assert {row.state for row in rows(by=county.system)} == {Delivery.STOPPED}


def test_m3_a_milestone_is_reminded_of_until_it_is_reported(
    county: Office, phone: Phones, clock: Clock
) -> None:
    contract, winner = signed_contract(county, clock, phone)
    due = local_day(clock.now) + timedelta(days=30)
    delivery.set_milestones(
        contract.id,
        [{"title": "培训办完", "due_on": due}, {"title": "三十户领到羊", "due_on": due}],
        by=county.officer,
    )
    clock.advance(days=23)
    assert remind_offices() == 2
    assert "培训办完" in "".join(reminders(county))
    report = delivery.report_progress("办完了", by=winner.actor)
    delivery.report_milestone(report.id, 1, by=winner.actor)
    assert sorted(row.state for row in rows(by=county.system)) == [Delivery.QUEUED, Delivery.STOPPED]
    assert remind_offices() == 0


def test_m3_other_milestones_take_the_old_ones_reminders_back(
    county: Office, phone: Phones, clock: Clock
) -> None:
    contract, _winner = signed_contract(county, clock, phone)
    due = local_day(clock.now) + timedelta(days=30)
    delivery.set_milestones(contract.id, [{"title": "培训办完", "due_on": due}], by=county.officer)
    clock.advance(days=23)
    assert remind_offices() == 1
    later = [{"title": "培训办完", "due_on": due + timedelta(days=20)}]
    delivery.set_milestones(contract.id, later, by=county.officer)
    assert [row.state for row in rows(by=county.system)] == [Delivery.STOPPED]
    assert remind_offices() == 0
    clock.advance(days=20)
    assert remind_offices() == 1


def test_m1_an_so_is_asked_again_whether_the_money_arrived_until_it_says_so(
    county: Office, phone: Phones, clock: Clock
) -> None:
    contract, winner = signed_contract(county, clock, phone)
    (transfer,) = delivery.schedule_transfers(contract.id, by=county.finance)
    delivery.make_transfer(transfer.id, "ICBC-1", by=county.finance)
    clock.advance(days=3)
    assert [remind_offices(), remind_offices()] == [1, 0]
    assert "64,800元" in reminders(county)[0]
    phone(winner.number, county).says("收到 1")
    assert [row.state for row in rows(by=county.system)] == [Delivery.STOPPED]


def test_e2_what_must_be_put_right_is_reminded_of_until_it_is_looked_at_again(
    county: Office, phone: Phones, clock: Clock
) -> None:
    contract, _winner = signed_contract(county, clock, phone)
    accepted(county, contract, Outcome.RECTIFY, rectify_by=local_day(clock.now) + timedelta(days=10))
    clock.advance(days=7)
    assert [remind_offices(), remind_offices()] == [1, 0]
    accepted(county, contract)
    assert [row.state for row in rows(by=county.system)] == [Delivery.STOPPED]


def test_e4_only_who_has_not_answered_is_asked_again_and_nobody_after_the_end(
    county: Office, phone: Phones, clock: Clock
) -> None:
    contract, _winner = signed_contract(county, clock, phone)
    people = enrolled(county, contract, 4, 2)
    standing = opened_round(county, contract)
    answers = {0: 5, 1: True, 2: ""}
    answering = dict(list(answers.items())[: len(standing.questions)])
    evaluation.answer_round(standing.id, answering, by=as_sender(county.system, people[0].contact_id))
    clock.advance(days=3)
    assert [remind_offices(), remind_offices()] == [5, 0]
    evaluation.close_round(standing.id, by=county.officer)
    assert {row.state for row in rows(by=county.system)} == {Delivery.STOPPED}
    clock.advance(days=3)
    assert remind_offices() == 0
