"""The rules of oversight (V1, R3)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.oversight import rules
from service.oversight.rules import STEPS, Stage


def test_r3_the_share_of_the_largest_and_the_index() -> None:
    found = rules.concentration({"甲": Decimal(60), "乙": Decimal(30), "丙": Decimal(10)})
    assert found is not None
    assert (found.largest, found.share, found.index) == ("甲", 60, Decimal("0.46"))
    assert rules.concentration({}) is None


@pytest.mark.parametrize(
    ("contracts", "threshold", "warned"), [(3, 60, True), (3, 61, False), (2, 50, False)]
)
def test_r3_a_share_warns_from_the_threshold_on_where_contracts_are_enough(
    contracts: int, threshold: int, warned: bool
) -> None:
    found = rules.concentration({"甲": Decimal(60), "乙": Decimal(40)})
    assert rules.is_concentrated(found, contracts, threshold) is warned
    assert not rules.is_concentrated(None, 9, 1)


def test_v1_every_stage_belongs_to_a_step_and_the_steps_follow_each_other() -> None:
    steps = [STEPS[stage] for stage in Stage]
    assert steps == sorted(steps)
    assert set(steps) == {4, 5, 6, 7}
