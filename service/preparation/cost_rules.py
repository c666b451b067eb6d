"""Rules of step 4 about money: what a package costs, and how its service fee is priced (P4, P5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from channels.answers import LARGEST_AMOUNT
from service.difficulty.rules import Difficulty
from service.preparation.rules import CostKind, PricingMethod
from tenants.refusals import RuleBroken
from tenants.settings import CountySettings

NOTHING = Decimal("0.00")
IMPLEMENTATION = (CostKind.PERSONNEL, CostKind.TRANSPORT, CostKind.MATERIALS, CostKind.BOARD)
MANAGEMENT = (CostKind.ADMINISTRATION, CostKind.DEVELOPMENT)


class Line(Protocol):
    """A cost line as the rules see it: ``unit_cost`` and, for people, ``monthly_pay`` in yuan."""

    kind: CostKind
    item: str
    quantity: Decimal
    unit_cost: Decimal
    monthly_pay: Decimal | None
    core: bool


@dataclass(frozen=True)
class Costs:
    """What a package costs, in yuan (P4); ``core``: the part of the fee that pays the SO's running costs."""

    direct: Decimal = NOTHING
    implementation: Decimal = NOTHING
    management: Decimal = NOTHING
    core: Decimal = NOTHING

    @property
    def service_fee(self) -> Decimal:
        """Implementation cost and management fee together."""
        return self.implementation + self.management

    @property
    def total(self) -> Decimal:
        """Direct investment and service fee together."""
        return self.direct + self.service_fee

    def core_share(self, core_costs: Decimal | None) -> Decimal | None:
        """The percentage of the SO's ``core_costs`` (yuan, while the work lasts) that the fee recovers."""
        return min(percent(self.core, core_costs), Decimal(100)) if core_costs else None


def amount_of(line: Line) -> Decimal:
    """A line's amount in yuan: unit cost × quantity, rounded to the fen (P4)."""
    return to_fen(line.unit_cost * line.quantity)


def costs_of(lines: Iterable[Line]) -> Costs:
    """Direct investment, implementation cost and management fee of cost lines (guide step 4.1(2), P4)."""
    direct = implementation = management = core = NOTHING
    for line in lines:
        amount = amount_of(line)
        direct += amount if line.kind is CostKind.DIRECT else NOTHING
        implementation += amount if line.kind in IMPLEMENTATION else NOTHING
        management += amount if line.kind in MANAGEMENT else NOTHING
        core += amount if line.core else NOTHING
    return Costs(direct, implementation, management, core)


def paid_below_minimum(lines: Iterable[Line], minimum_wage: Decimal) -> list[str]:
    """The items whose monthly pay lies below the local minimum wage, in yuan: a warning, no block (P4)."""
    return [line.item for line in lines if line.monthly_pay is not None and line.monthly_pay < minimum_wage]


def fee_is_notable(fee: Decimal, direct: Decimal, note_percent: Decimal) -> bool:
    """Whether a fee passes ``note_percent`` of direct investment: a topic for the workshop, no block (P4)."""
    return direct > 0 and fee > direct * note_percent / 100


def require_cost_lines(lines: Sequence[Mapping[str, Any]]) -> None:
    """Refuse lines that say nothing, or more than anybody can bid (guide step 4.1(2), P4).

    ``lines``: ``kind``, ``core``, ``quantity`` and ``unit_cost`` (yuan) each. Refuses ``costs_missing``;
    ``core_is_no_investment``, since core costs are the SO's own and part of its fee; and ``costs_too_large``.
    """
    if not lines:
        raise RuleBroken("costs_missing")
    if any(line["kind"] is CostKind.DIRECT and line.get("core") for line in lines):
        raise RuleBroken("core_is_no_investment")
    if sum(line["quantity"] * line["unit_cost"] for line in lines) > LARGEST_AMOUNT:
        raise RuleBroken("costs_too_large", most=LARGEST_AMOUNT)


def recommended_pricing(
    difficulty: Difficulty,
    *,
    uncertain_workload: bool = False,
    weak_quality_expected: bool = False,
    innovative: bool = False,
    designed_by_organization: bool = False,
) -> PricingMethod:
    """The pricing method that Table 6 and its text recommend (guide step 4.1(2), P5).

    Innovative or SO-designed → time and labour; uncertain workload, or difficult → cost covering; weak
    quality expected → performance linked; easy and most regular → proportional.
    """
    if innovative or designed_by_organization:
        return PricingMethod.TIME_AND_LABOUR
    if uncertain_workload or difficulty is Difficulty.DIFFICULT:
        return PricingMethod.COST_COVERING
    return PricingMethod.PERFORMANCE if weak_quality_expected else PricingMethod.PROPORTIONAL


def require_pricing_terms(method: PricingMethod, terms: Mapping[str, Any], settings: CountySettings) -> None:
    """Refuse terms under which a pricing method cannot work (guide Table 6, P5).

    Proportional: ``rate`` in percent of direct investment, within the county's bounds
    (``rate_out_of_bounds``). Performance linked: at least one agreed, measurable result with its incentive
    (``results_missing``). Cost covering: a ``cap`` in yuan on what is reimbursed (``cap_missing``). Time and
    labour: who works how many days at which rate (``inputs_missing``).
    """
    least, most = settings.proportional_least, settings.proportional_most
    if method is PricingMethod.PROPORTIONAL and not least <= terms["rate"] <= most:
        raise RuleBroken("rate_out_of_bounds", least=least, most=most)
    if method is PricingMethod.PERFORMANCE and not any(item["amount"] > 0 for item in terms["incentives"]):
        raise RuleBroken("results_missing")
    if method is PricingMethod.COST_COVERING and not terms.get("cap"):
        raise RuleBroken("cap_missing")
    if method is PricingMethod.TIME_AND_LABOUR and not terms["inputs"]:
        raise RuleBroken("inputs_missing")


def agreed_fee(method: PricingMethod, terms: Mapping[str, Any], costs: Costs) -> Decimal:
    """The most that the service fee can come to under the terms, in yuan (guide Table 6, P5).

    Proportional: the rate of direct investment. Performance linked: the base and all incentives. Cost
    covering: the fixed fee and the cap. Time and labour: people × days × rate, the other implementation costs
    planned, and the management fee.
    """
    if method is PricingMethod.PROPORTIONAL:
        return to_fen(costs.direct * terms["rate"] / 100)
    if method is PricingMethod.PERFORMANCE:
        return to_fen(terms["base"] + sum(item["amount"] for item in terms["incentives"]))
    if method is PricingMethod.COST_COVERING:
        return to_fen(terms["fixed_fee"] + terms["cap"])
    labour = sum((one["people"] * one["days"] * one["rate"] for one in terms["inputs"]), NOTHING)
    return to_fen(labour + (terms["other_costs"] or NOTHING) + (terms["management_fee"] or NOTHING))


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """A share in percent, to one decimal."""
    return (part * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def to_fen(amount: Decimal) -> Decimal:
    """An amount in yuan, rounded to the fen."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
