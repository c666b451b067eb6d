"""The rules of step 4 about money (P4, P5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.difficulty.rules import Difficulty
from service.preparation import cost_rules
from service.preparation.cost_rules import Costs, costs_of
from service.preparation.rules import CostKind, PricingMethod
from tenants.refusals import RuleBroken
from tenants.settings import DEFAULTS

EASY, REGULAR, DIFFICULT = Difficulty
AMOUNTS = st.decimals(min_value=0, max_value=100_000, places=2)


@dataclass
class Line:
    """A cost line."""

    kind: CostKind
    unit_cost: Decimal
    quantity: Decimal = Decimal(1)
    item: str = "某项"
    monthly_pay: Decimal | None = None
    core: bool = False


def test_p4_the_service_fee_is_implementation_cost_and_management_fee() -> None:
    costs = costs_of(
        [
            Line(CostKind.DIRECT, Decimal(20_000), Decimal(3)),
            Line(CostKind.PERSONNEL, Decimal(2_500), Decimal(2), core=True),
            Line(CostKind.TRANSPORT, Decimal("33.335"), Decimal(1)),
            Line(CostKind.MATERIALS, Decimal(10)),
            Line(CostKind.BOARD, Decimal(20)),
            Line(CostKind.ADMINISTRATION, Decimal(300), core=True),
            Line(CostKind.DEVELOPMENT, Decimal(100)),
        ]
    )
    assert costs == Costs(Decimal(60_000), Decimal("5063.34"), Decimal(400), Decimal(5_300))
    assert costs.service_fee == Decimal("5463.34")
    assert costs.total == Decimal("65463.34")


@given(st.lists(st.tuples(st.sampled_from(CostKind), AMOUNTS, AMOUNTS, st.booleans())))
def test_p4_every_line_counts_once(lines: list[tuple[CostKind, Decimal, Decimal, bool]]) -> None:
    made = [Line(kind, cost, quantity, core=core) for kind, cost, quantity, core in lines]
    assert costs_of(made).total == sum((cost_rules.amount_of(line) for line in made), Decimal(0))


def test_p4_the_share_of_core_costs_recovered_is_at_most_all_of_them() -> None:
    costs = Costs(core=Decimal(3_000))
    assert costs.core_share(Decimal(9_000)) == Decimal("33.3")
    assert costs.core_share(Decimal(2_000)) == 100
    assert costs.core_share(None) is None


def test_p4_pay_below_the_minimum_wage_is_named() -> None:
    lines = [
        Line(CostKind.PERSONNEL, Decimal(1), item="技术员", monthly_pay=Decimal("1989.99")),
        Line(CostKind.PERSONNEL, Decimal(1), item="会计", monthly_pay=Decimal(1990)),
        Line(CostKind.TRANSPORT, Decimal(1), item="租车"),
    ]
    assert cost_rules.paid_below_minimum(lines, Decimal(1990)) == ["技术员"]


@pytest.mark.parametrize(
    ("fee", "direct", "notable"), [("2000", "100000", False), ("2000.01", "100000", True), ("5", "0", False)]
)
def test_p4_a_fee_above_two_percent_is_noted(fee: str, direct: str, notable: bool) -> None:
    assert cost_rules.fee_is_notable(Decimal(fee), Decimal(direct), Decimal(2)) is notable


def test_p4_costs_say_something_and_keep_core_costs_in_the_fee() -> None:
    direct = {"kind": CostKind.DIRECT, "core": False, "quantity": Decimal(1), "unit_cost": Decimal(1)}
    cost_rules.require_cost_lines([direct, {**direct, "kind": CostKind.PERSONNEL, "core": True}])
    with pytest.raises(RuleBroken, match="costs_missing"):
        cost_rules.require_cost_lines([])
    with pytest.raises(RuleBroken, match="core_is_no_investment"):
        cost_rules.require_cost_lines([{**direct, "core": True}])


def test_p4_a_package_costs_no_more_than_anybody_can_bid() -> None:
    line = {
        "kind": CostKind.DIRECT,
        "core": False,
        "quantity": Decimal(1),
        "unit_cost": Decimal("99999999.99"),
    }
    cost_rules.require_cost_lines([line])
    with pytest.raises(RuleBroken, match="costs_too_large"):
        cost_rules.require_cost_lines([line, {**line, "unit_cost": Decimal("0.01")}])


@pytest.mark.parametrize(
    ("difficulty", "flags", "recommended"),
    [
        (EASY, {}, PricingMethod.PROPORTIONAL),
        (REGULAR, {}, PricingMethod.PROPORTIONAL),
        (REGULAR, {"weak_quality_expected": True}, PricingMethod.PERFORMANCE),
        (REGULAR, {"uncertain_workload": True}, PricingMethod.COST_COVERING),
        (DIFFICULT, {}, PricingMethod.COST_COVERING),
        (DIFFICULT, {"innovative": True}, PricingMethod.TIME_AND_LABOUR),
        (EASY, {"designed_by_organization": True}, PricingMethod.TIME_AND_LABOUR),
    ],
)
def test_p5_the_pricing_method_is_recommended(
    difficulty: Difficulty, flags: dict[str, bool], recommended: PricingMethod
) -> None:
    assert cost_rules.recommended_pricing(difficulty, **flags) is recommended


@pytest.mark.parametrize(
    ("method", "good", "bad", "code"),
    [
        (PricingMethod.PROPORTIONAL, {"rate": Decimal(5)}, {"rate": Decimal("4.99")}, "rate_out_of_bounds"),
        (PricingMethod.PROPORTIONAL, {"rate": Decimal(10)}, {"rate": Decimal("10.01")}, "rate_out_of_bounds"),
        (
            PricingMethod.PERFORMANCE,
            {"base": Decimal(1), "incentives": [{"amount": Decimal(1)}]},
            {"base": Decimal(1), "incentives": []},
            "results_missing",
        ),
        (
            PricingMethod.COST_COVERING,
            {"fixed_fee": Decimal(1), "cap": Decimal(1)},
            {"fixed_fee": Decimal(1), "cap": None},
            "cap_missing",
        ),
        (PricingMethod.TIME_AND_LABOUR, {"inputs": [{}]}, {"inputs": []}, "inputs_missing"),
    ],
)
def test_p5_each_method_has_terms_it_can_work_with(
    method: PricingMethod, good: dict[str, Any], bad: dict[str, Any], code: str
) -> None:
    cost_rules.require_pricing_terms(method, good, DEFAULTS)
    with pytest.raises(RuleBroken, match=code):
        cost_rules.require_pricing_terms(method, bad, DEFAULTS)


@pytest.mark.parametrize(
    ("method", "terms", "fee"),
    [
        (PricingMethod.PROPORTIONAL, {"rate": Decimal("7.5")}, "4500.00"),
        (
            PricingMethod.PERFORMANCE,
            {"base": Decimal(3_000), "incentives": [{"amount": Decimal(500)}, {"amount": Decimal(700)}]},
            "4200.00",
        ),
        (PricingMethod.COST_COVERING, {"fixed_fee": Decimal(3_000), "cap": Decimal(2_000)}, "5000.00"),
        (
            PricingMethod.TIME_AND_LABOUR,
            {
                "inputs": [{"people": 2, "days": Decimal("10.5"), "rate": Decimal(150)}],
                "other_costs": Decimal(800),
                "management_fee": None,
            },
            "3950.00",
        ),
    ],
)
def test_p5_the_terms_say_what_the_fee_comes_to(
    method: PricingMethod, terms: dict[str, Any], fee: str
) -> None:
    assert cost_rules.agreed_fee(method, terms, Costs(direct=Decimal(60_000))) == Decimal(fee)
