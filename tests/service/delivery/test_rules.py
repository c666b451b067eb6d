"""The rules of step 6, one refusal at a time (M1, M3)."""

from __future__ import annotations

from datetime import date

import pytest

from service.contracts.rules import ContractState
from service.delivery import rules
from service.delivery.rules import TransferState
from tenants.refusals import AlreadyDone, NotFound, RuleBroken, WrongStage

DUE = date(2026, 4, 10)


@pytest.mark.parametrize(
    ("done_on", "today", "days"),
    [
        (None, DUE, 0),
        (None, date(2026, 4, 11), 1),
        (None, date(2026, 4, 1), 0),
        (date(2026, 4, 13), date(2026, 6, 1), 3),
        (date(2026, 4, 9), date(2026, 6, 1), 0),
    ],
)
def test_m1_lateness_counts_days_until_the_promise_was_kept(
    done_on: date | None, today: date, days: int
) -> None:
    assert rules.days_late(DUE, done_on, today) == days


def test_m1_finance_is_reminded_so_many_days_before_and_once_it_is_late() -> None:
    assert not rules.is_due_soon(DUE, date(2026, 4, 2), 7)
    assert rules.is_due_soon(DUE, date(2026, 4, 3), 7)
    assert rules.is_due_soon(DUE, date(2026, 5, 1), 7)


@pytest.mark.parametrize("state", [state for state in ContractState if state is not ContractState.SIGNED])
def test_m1_only_a_contract_in_force_owes_anything(state: ContractState) -> None:
    rules.require_in_force(ContractState.SIGNED)
    with pytest.raises(WrongStage):
        rules.require_in_force(state)


def test_m1_transfers_are_scheduled_once() -> None:
    rules.require_not_scheduled(0)
    with pytest.raises(AlreadyDone, match="transfers_scheduled"):
        rules.require_not_scheduled(1)


def test_m1_a_payment_has_the_banks_reference() -> None:
    rules.require_proof("20260410-77")
    with pytest.raises(RuleBroken, match="bank_reference_missing"):
        rules.require_proof("  ")


def test_m1_only_money_that_was_sent_is_confirmed_and_once() -> None:
    rules.require_made(TransferState.MADE)
    with pytest.raises(WrongStage, match="not_transferred"):
        rules.require_made(TransferState.SCHEDULED)
    with pytest.raises(AlreadyDone, match="confirmed_before"):
        rules.require_made(TransferState.CONFIRMED)


def test_m3_milestones_lie_within_the_contract() -> None:
    start, end = date(2026, 4, 1), date(2026, 9, 1)
    rules.require_milestones([start, end], start, end)
    with pytest.raises(RuleBroken, match="milestones_missing"):
        rules.require_milestones([], start, end)
    for day in (date(2026, 3, 31), date(2026, 9, 2)):
        with pytest.raises(RuleBroken, match="milestone_outside"):
            rules.require_milestones([day], start, end)


def test_m3_milestones_stay_once_one_was_reported() -> None:
    rules.require_unreported(0)
    with pytest.raises(RuleBroken, match="milestones_reported"):
        rules.require_unreported(1)


def test_m3_a_report_finds_its_contract() -> None:
    assert rules.only_contract([3], None) == 3
    assert rules.only_contract([3, 5], 5) == 5
    with pytest.raises(NotFound, match="no_contract"):
        rules.only_contract([], None)
    with pytest.raises(RuleBroken, match="contract_unclear"):
        rules.only_contract([3, 5], None)
    with pytest.raises(NotFound, match="contract_unknown"):
        rules.only_contract([3, 5], 4)
