"""Rules of oversight: what is late, concentrated or thin enough to warn the province of (V1, H8, R3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled

LEAST_CONTRACTS = 3
"""With fewer contracts in a year, the share of the largest SO says nothing (R3)."""


class Concern(Labelled):
    """What an early warning is about (V1)."""

    LATE_TRANSFER = "late_transfer", _l("Late transfer"), "bad"
    LATE_SUPPORT = "late_support", _l("Support that is not answered in time"), "bad"
    OVERDUE_COMPLAINT = "overdue_complaint", _l("Complaint past its deadline"), "bad"
    REPEATED_COMPLAINTS = "repeated_complaints", _l("Several complaints about the same"), "warn"
    CONCENTRATION = "concentration", _l("Most money goes to one organization"), "warn"
    FEW_BIDS = "few_bids", _l("Fewer than two bids"), "warn"


@dataclass(frozen=True)
class Concentration:
    """How a county's contracts of a year are spread over SOs (R3).

    ``share``: of the largest SO, in per cent of the contracts' value. ``index``: Herfindahl's, from 0 to 1.
    """

    largest: Any
    share: int
    index: Decimal


def concentration(values: Mapping[Any, Decimal]) -> Concentration | None:
    """How contracts worth ``values`` in yuan by SO are spread; ``None`` where there are none (R3)."""
    total = sum(values.values(), Decimal(0))
    if not total:
        return None
    largest = max(values, key=lambda name: values[name])
    index = sum(((value / total) ** 2 for value in values.values()), Decimal(0))
    return Concentration(largest, round(values[largest] * 100 / total), index.quantize(Decimal("0.01")))


def is_concentrated(found: Concentration | None, contracts: int, threshold: int) -> bool:
    """Whether one SO holds ``threshold`` per cent or more, where contracts are enough to say so (R3)."""
    return found is not None and contracts >= LEAST_CONTRACTS and found.share >= threshold


class Stage(Labelled):
    """Where a package stands in the seven steps, from its design to its closure (V1)."""

    DESIGNING = "designing", _l("Being designed")
    READY = "ready", _l("Ready for procurement")
    PLANNED = "planned", _l("In an approved plan")
    CALLED = "called", _l("Open for bids"), "active"
    OPENED = "opened", _l("Bids opened"), "active"
    RESULT = "result", _l("Result public")
    CONTRACTING = "contracting", _l("Contract being drawn up")
    WORKING = "working", _l("Work under way"), "active"
    ACCEPTED = "accepted", _l("Work accepted"), "good"
    CLOSED = "closed", _l("Closed"), "good"

    @property
    def step(self) -> int:
        """The step of the guide this stage belongs to."""
        return STEPS[self]


STEPS = {
    Stage.DESIGNING: 4,
    Stage.READY: 4,
    Stage.PLANNED: 4,
    Stage.CALLED: 5,
    Stage.OPENED: 5,
    Stage.RESULT: 5,
    Stage.CONTRACTING: 5,
    Stage.WORKING: 6,
    Stage.ACCEPTED: 7,
    Stage.CLOSED: 7,
}
"""The step of the guide each stage belongs to."""
