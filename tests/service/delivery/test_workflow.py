"""Step 6 on a real database and over the phone: transfers, confirmations, progress (M1, M3, R1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from channels.contacts import erase
from channels.parts import count_parts
from service.contracts.models import Contract
from service.delivery import jobs, queries, workflow
from service.delivery.models import Transfer
from service.delivery.rules import MilestoneState, TransferState
from tenants.permissions import Role
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken, WrongStage
from tests.conftest import Clock, Office, Phone
from tests.service.evaluation.stages import signed_contract
from tests.service.procurement.stages import Bidder

Phones = Callable[..., Phone]


@pytest.fixture
def signed(county: Office, clock: Clock, phone: Phones) -> tuple[Contract, Bidder]:
    """A contract in force whose 64,800 yuan are due in thirty days."""
    return signed_contract(county, clock, phone)


def made(county: Office, contract: Contract) -> Transfer:
    """The contract's transfer, made by finance."""
    (transfer,) = workflow.schedule_transfers(contract.id, by=county.finance)
    return workflow.make_transfer(transfer.id, "ICBC-20260410-77", by=county.finance)


def milestones(county: Office, contract: Contract) -> None:
    """Two milestones, given out of order."""
    assert contract.starts_on is not None
    workflow.set_milestones(
        contract.id,
        [
            {"title": "三十户领到羊", "due_on": contract.starts_on + timedelta(days=60)},
            {"title": "培训办完", "due_on": contract.starts_on + timedelta(days=30)},
        ],
        by=county.officer,
    )


def test_m1_the_transfers_of_a_contract_follow_its_terms(
    county: Office, signed: tuple[Contract, Bidder]
) -> None:
    contract, _winner = signed
    (transfer,) = workflow.schedule_transfers(contract.id, by=county.finance)
    assert (transfer.number, transfer.amount, transfer.state) == (1, Decimal(64800), TransferState.SCHEDULED)
    assert [str(transfer.due_on)] == [one["due_on"] for one in contract.terms["transfers"]]
    with pytest.raises(AlreadyDone, match="transfers_scheduled"):
        workflow.schedule_transfers(contract.id, by=county.finance)


def test_m1_transfers_are_scheduled_and_finance_is_reminded_by_itself(
    county: Office, signed: tuple[Contract, Bidder], clock: Clock
) -> None:
    contract, _winner = signed
    jobs.sweep_offices()
    jobs.sweep_offices()
    (transfer,) = queries.list_transfers(contract.id, by=county.finance)
    assert transfer.state is TransferState.SCHEDULED
    assert queries.list_due_transfers(by=county.finance) == []
    clock.advance(days=24)
    assert [one.id for one in queries.list_due_transfers(by=county.finance)] == [transfer.id]


def test_m1_finance_alone_makes_transfers(county: Office, signed: tuple[Contract, Bidder]) -> None:
    contract, _winner = signed
    (transfer,) = workflow.schedule_transfers(contract.id, by=county.finance)
    for by in (county.officer, county.approver, county.desk):
        with pytest.raises(NotPermitted):
            workflow.make_transfer(transfer.id, "1", by=by)
    with pytest.raises(RuleBroken, match="bank_reference_missing"):
        workflow.make_transfer(transfer.id, " ", by=county.finance)
    assert workflow.make_transfer(transfer.id, "1", by=county.finance).made_by == county.finance.id
    with pytest.raises(WrongStage):
        workflow.make_transfer(transfer.id, "1", by=county.finance)


def test_m1_the_so_confirms_by_text(county: Office, signed: tuple[Contract, Bidder], phone: Phones) -> None:
    contract, winner = signed
    made(county, contract)
    (payment,) = queries.find_obligations(contract.id, by=county.officer).payments
    assert len(payment.asked) == 1
    reply = phone(winner.number, county).says("收到 1")
    assert "64,800元" in reply
    assert count_parts(reply) <= 2
    (transfer,) = queries.list_transfers(contract.id, by=county.finance)
    assert transfer.state is TransferState.CONFIRMED
    assert "已确认过" in phone(winner.number, county).says("收到 1")


def test_m1_the_word_alone_confirms_the_only_one(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    contract, winner = signed
    signatory = phone(winner.number, county)
    assert "没有等您确认" in signatory.says("收到")
    made(county, contract)
    assert "It is on record that 64,800 yuan arrived on 2026-04-03" in signatory.says("RECEIVED")


def test_m1_money_that_was_not_sent_is_not_confirmed(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    contract, winner = signed
    workflow.schedule_transfers(contract.id, by=county.finance)
    assert "还没有拨出" in phone(winner.number, county).says("收到 1")


def test_t5_another_so_and_a_stranger_confirm_nothing(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    contract, winner = signed
    made(county, contract)
    others = {"+8613800000001", "+8613800000002", "+8613800000003"} - {winner.number}
    assert "没有拨给贵组织的1号款项" in phone(others.pop(), county).says("收到 1")
    assert "登记" in phone("+8613800000099", county).says("收到 1")
    (transfer,) = queries.list_transfers(contract.id, by=county.finance)
    assert transfer.state is TransferState.MADE


def test_a_villager_who_says_got_it_is_not_asked_to_register(phone: Phones, county: Office) -> None:
    reply = phone("+8613800000098", county).says("收到")
    assert "登记" not in reply
    assert "不客气" in reply


def test_m1_a_late_transfer_counts_days(
    county: Office, signed: tuple[Contract, Bidder], clock: Clock
) -> None:
    contract, _winner = signed
    (transfer,) = workflow.schedule_transfers(contract.id, by=county.finance)
    clock.advance(days=42)
    (line,) = queries.list_overviews(by=county.officer)
    assert (line.days_late, line.transfers, line.confirmed) == (12, 1, 0)
    workflow.make_transfer(transfer.id, "1", by=county.finance)
    clock.advance(days=10)
    (payment,) = queries.find_obligations(contract.id, by=county.officer).payments
    assert payment.days_late == 12


def test_m3_milestones_stand_in_order_of_their_days_and_the_so_reports_them(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones, clock: Clock
) -> None:
    contract, winner = signed
    milestones(county, contract)
    signatory = phone(winner.number, county)
    reply = signatory.says("进展 1 培训办了两天，来了四十人")
    assert "1 培训办完；2 三十户领到羊" in reply
    assert "“培训办完”完成" in signatory.says("1")
    found = queries.find_obligations(contract.id, by=county.officer)
    assert [(report.text, report.milestone) for report in found.reports] == [
        ("培训办了两天，来了四十人", "培训办完")
    ]
    assert [step.milestone.state for step in found.steps] == [MilestoneState.REPORTED, MilestoneState.PLANNED]
    with pytest.raises(RuleBroken, match="milestones_reported"):
        milestones(county, contract)
    clock.advance(days=70)
    assert [step.days_late for step in queries.find_obligations(contract.id, by=county.officer).steps] == [
        0,
        10,
    ]


def test_m3_a_milestone_that_was_not_offered_is_asked_for_again(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    contract, winner = signed
    milestones(county, contract)
    signatory = phone(winner.number, county)
    signatory.says("进展 培训办了两天")
    assert "编号" in signatory.says("7")
    assert "“培训办完”完成" in signatory.says("1")


def test_m3_whoever_answers_no_milestone_hears_that_the_report_is_kept(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    contract, winner = signed
    milestones(county, contract)
    signatory = phone(winner.number, county)
    signatory.says("进展 1 培训办了两天")
    reply = signatory.says("0")
    assert contract.number in reply
    assert "没有提交" not in reply


def test_m3_the_only_contract_needs_no_number_and_no_milestone(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    contract, winner = signed
    signatory = phone(winner.number, county)
    assert "做了什么" in signatory.says("进展")
    assert contract.number in signatory.says("羊已经买好，下周发")
    assert queries.find_obligations(contract.id, by=county.officer).reports[0].text == "羊已经买好，下周发"


def test_m3_an_so_without_a_contract_reports_nothing(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    _contract, winner = signed
    others = {"+8613800000001", "+8613800000002", "+8613800000003"} - {winner.number}
    assert "没有生效的合同" in phone(others.pop(), county).says("进展 1 做完了")


def test_t7_what_was_reported_ends_with_the_persons_key(
    county: Office, signed: tuple[Contract, Bidder], phone: Phones
) -> None:
    contract, winner = signed
    phone(winner.number, county).says("进展 1 羊已经买好")
    erase(winner.contact_id, by=county.system)
    assert queries.find_obligations(contract.id, by=county.officer).reports[0].text is None


def test_t2_the_neighbour_sees_and_moves_nothing(
    county: Office, other_county: Office, province: Office, signed: tuple[Contract, Bidder]
) -> None:
    contract, _winner = signed
    transfer = made(county, contract)
    for look in (queries.find_obligations, queries.list_transfers, workflow.schedule_transfers):
        with pytest.raises(NotFound):
            look(contract.id, by=other_county.finance)
    with pytest.raises(NotFound):
        workflow.make_transfer(transfer.id, "1", by=other_county.finance)
    assert queries.find_obligations(contract.id, by=province.overseer).payments[0].transfer.number == 1


def test_t3_an_evaluator_does_not_set_milestones(county: Office, signed: tuple[Contract, Bidder]) -> None:
    contract, _winner = signed
    with pytest.raises(NotPermitted):
        workflow.set_milestones(contract.id, [], by=county.actor(Role.EVALUATOR))
