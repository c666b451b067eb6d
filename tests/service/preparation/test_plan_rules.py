"""The rules of step 4 about the annual plan (P9)."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.difficulty.rules import Difficulty
from service.preparation import plan_rules
from service.preparation.plan_rules import Balance, Candidate, balance_of, propose_balance
from service.preparation.rules import Deferral, PackageState, PlanState
from tenants.refusals import RuleBroken, WrongStage

EASY, REGULAR, DIFFICULT = Difficulty


def package(number: int, total: int, difficulty: Difficulty = EASY, grounds: int = 0) -> Candidate:
    """A package of a plan."""
    return Candidate(uuid4(), number, Decimal(total), difficulty, grounds)


CANDIDATES = st.lists(
    st.builds(
        package, st.integers(1, 99), st.integers(1, 100_000), st.sampled_from(Difficulty), st.integers(0, 4)
    ),
    max_size=12,
)


def test_p9_what_is_urgent_or_new_comes_first() -> None:
    ordinary, urgent, both = package(1, 60), package(2, 60, grounds=1), package(3, 40, grounds=2)
    proposal = propose_balance([ordinary, urgent, both], Decimal(100), mature=0)
    assert proposal == {both.package_id: None, urgent.package_id: None, ordinary.package_id: Deferral.FUNDS}


def test_p9_a_difficult_package_waits_until_a_mature_so_is_listed() -> None:
    hard = package(1, 10, DIFFICULT, grounds=4)
    assert propose_balance([hard], Decimal(100), mature=0) == {hard.package_id: Deferral.EXPERIENCE}
    assert propose_balance([hard], Decimal(100), mature=1) == {hard.package_id: None}


def test_p9_a_smaller_package_uses_what_a_larger_one_leaves() -> None:
    large, small = package(1, 90), package(2, 10)
    proposal = propose_balance([large, small], Decimal(50), mature=0)
    assert proposal == {large.package_id: Deferral.FUNDS, small.package_id: None}


@given(CANDIDATES, st.integers(0, 200_000), st.integers(0, 2))
def test_p9_every_proposal_is_in_balance(candidates: list[Candidate], funds: int, mature: int) -> None:
    proposal = propose_balance(candidates, Decimal(funds), mature)
    included = [one for one in candidates if proposal[one.package_id] is None]
    assert len(proposal) == len(candidates)
    assert balance_of(included, Decimal(funds), mature).fits
    assert mature or all(one.difficulty is not DIFFICULT for one in included)
    assert sum(one.total for one in included) <= funds


def test_p9_the_balance_names_what_no_longer_fits() -> None:
    first, second, hard = package(1, 60), package(2, 60), package(3, 5, DIFFICULT)
    balance = balance_of([first, second, hard], Decimal(100), mature=0)
    assert (balance.total, balance.left, balance.fits) == (125, -25, False)
    assert balance.misfits == {second.package_id: Deferral.FUNDS, hard.package_id: Deferral.EXPERIENCE}


@pytest.mark.parametrize(
    ("included", "mature", "code"),
    [
        ([], 1, "plan_empty"),
        ([package(1, 101)], 1, "funds_exceeded"),
        ([package(1, 10, DIFFICULT)], 0, "experience_missing"),
    ],
)
def test_p9_a_plan_out_of_balance_is_not_submitted(included: list[Candidate], mature: int, code: str) -> None:
    plan_rules.require_plan_fits(balance_of([package(1, 100, DIFFICULT)], Decimal(100), 1))
    with pytest.raises(RuleBroken, match=code):
        plan_rules.require_plan_fits(balance_of(included, Decimal(100), mature))


def test_p9_the_refusal_says_how_far_beyond_the_funds() -> None:
    with pytest.raises(RuleBroken) as refused:
        plan_rules.require_plan_fits(Balance(Decimal(130), Decimal(-30), {uuid4(): Deferral.FUNDS}))
    assert refused.value.facts == {"beyond": Decimal(30)}


def test_p9_only_finished_packages_are_submitted() -> None:
    plan_rules.require_all_ready([PackageState.READY])
    with pytest.raises(RuleBroken, match="packages_not_ready"):
        plan_rules.require_all_ready([PackageState.READY, PackageState.DESIGNING])


def test_p9_one_version_of_a_plan_is_worked_on_at_a_time() -> None:
    plan_rules.require_no_open_plan(None)
    with pytest.raises(RuleBroken, match="plan_open"):
        plan_rules.require_no_open_plan(3)


def test_p9_a_submitted_plan_is_not_changed_in_passing() -> None:
    plan_rules.require_plan_draft(PlanState.DRAFT)
    for state in set(PlanState) - {PlanState.DRAFT}:
        with pytest.raises(WrongStage):
            plan_rules.require_plan_draft(state)


@pytest.mark.parametrize(
    ("deferral", "note"), [(None, "有理由"), (Deferral.OTHER, None), (Deferral.OTHER, " ")]
)
def test_p9_what_waits_says_why(deferral: Deferral | None, note: str | None) -> None:
    plan_rules.require_deferral_reason(True, None, None)
    plan_rules.require_deferral_reason(False, Deferral.FUNDS, None)
    plan_rules.require_deferral_reason(False, Deferral.OTHER, "等路修通")
    with pytest.raises(RuleBroken, match="deferral_reason_missing"):
        plan_rules.require_deferral_reason(False, deferral, note)
