"""How far an office has come with contracts, built through the real commands; later rooms begin here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from service.contracts import workflow
from service.contracts.models import Contract
from service.contracts.rules import CLAUSES, Side
from tests.conftest import Clock, Office
from tests.service.procurement.selection_stages import after_standstill, result_published
from tests.service.procurement.stages import Bidder

STARTS, ENDS = date(2026, 4, 1), date(2026, 10, 31)

TERMS: dict[str, Any] = {
    "starts_on": STARTS,
    "ends_on": ENDS,
    "clauses": {item.value: f"{item.value}：照任务书执行。" for item in CLAUSES},
    "clauses_en": {item.value: f"{item.value}: as in the scope of work." for item in CLAUSES},
    "transfers": [
        {"purpose": "首期款", "amount": Decimal("60000"), "due_on": STARTS},
        {"purpose": "尾款", "amount": Decimal("17500"), "due_on": date(2026, 11, 15)},
    ],
}
"""Terms of the contract that ``begun`` begins: 60,000 yuan for goats and a service fee of 17,500."""


def begun(county: Office, clock: Clock, phone: Callable[..., Any]) -> tuple[Contract, Bidder]:
    """An approved result; its winner, the second bidder, was asked for the implementation plan."""
    call, bidders, _bids = result_published(county, clock, phone)
    after_standstill(county, call, clock)
    (contract,) = workflow.approve_and_begin(call.id, by=county.approver)
    return contract, bidders[1]


def plan_filed(county: Office, clock: Clock, phone: Callable[..., Any]) -> tuple[Contract, Bidder]:
    """The winner filed its plan."""
    contract, winner = begun(county, clock, phone)
    contract = workflow.file_implementation_plan(
        contract.id,
        winner.organization.id,
        text="四月选羊，五月发放，全程培训。",
        document=None,
        by=winner.actor,
    )
    return contract, winner


def drawn_up(county: Office, clock: Clock, phone: Callable[..., Any]) -> tuple[Contract, Bidder]:
    """The terms are written."""
    contract, winner = plan_filed(county, clock, phone)
    return workflow.draw_up_contract(contract.id, **TERMS, by=county.officer), winner


def in_force(county: Office, clock: Clock, phone: Callable[..., Any]) -> tuple[Contract, Bidder]:
    """A contract that both sides signed: 77,500 yuan in two transfers."""
    contract, winner = drawn_up(county, clock, phone)
    workflow.review_contract(contract.id, "赵律师", "条款合法、清楚", by=county.officer)
    workflow.sign_contract(contract.id, Side.PURCHASER, "李主任", by=county.officer)
    return workflow.sign_contract(contract.id, Side.PROVIDER, "王芳", by=county.officer), winner
