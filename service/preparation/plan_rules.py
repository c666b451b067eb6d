"""Rules of step 4 about the annual plan: packages balanced against funds and capacity (P9, Figure 15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from service.difficulty.rules import Difficulty
from service.preparation.rules import Deferral, PackageState, PlanState
from tenants.refusals import RuleBroken, WrongStage


@dataclass(frozen=True)
class Candidate:
    """A package as the balance sees it: its ``total`` in yuan, its number of ``grounds`` for priority."""

    package_id: UUID
    number: int
    total: Decimal
    difficulty: Difficulty
    grounds: int = 0


def propose_balance(
    candidates: Iterable[Candidate], funds: Decimal, mature: int
) -> dict[UUID, Deferral | None]:
    """Propose which packages the ``funds`` (yuan) pay for, and why the others wait (guide step 4.3, P9).

    Urgent, innovative, demonstrative or policy-bound packages come first, then by number; a difficult one
    only when ``mature``, the number of listed SOs of category (c), is not zero. ``None`` means that a package
    is in the plan.
    """
    left = funds
    proposal: dict[UUID, Deferral | None] = {}
    for one in sorted(candidates, key=lambda one: (-one.grounds, one.number)):
        if one.difficulty is Difficulty.DIFFICULT and not mature:
            proposal[one.package_id] = Deferral.EXPERIENCE
        elif one.total > left:
            proposal[one.package_id] = Deferral.FUNDS
        else:
            proposal[one.package_id] = None
            left -= one.total
    return proposal


@dataclass(frozen=True)
class Balance:
    """How a plan stands: the ``total`` cost and what is ``left`` of the funds, in yuan; what does not fit."""

    total: Decimal
    left: Decimal
    misfits: dict[UUID, Deferral]

    @property
    def fits(self) -> bool:
        """Whether funds and capacity are sufficient for all of it."""
        return not self.misfits


def balance_of(included: Iterable[Candidate], funds: Decimal, mature: int) -> Balance:
    """What the packages ``included`` in a plan cost, which no longer fit, and why (Figure 15, P9)."""
    packages = list(included)
    total = sum((one.total for one in packages), Decimal(0))
    proposal = propose_balance(packages, funds, mature)
    misfits = {package_id: deferral for package_id, deferral in proposal.items() if deferral}
    return Balance(total, funds - total, misfits)


def require_no_open_plan(version: int | None) -> None:
    """Refuse ``plan_open``: one version of a year's plan is worked on at a time (P9)."""
    if version is not None:
        raise RuleBroken("plan_open", version=version)


def require_plan_draft(state: PlanState) -> None:
    """Refuse to change a plan that was submitted; it is returned, or a new version made (P9)."""
    if state is not PlanState.DRAFT:
        raise WrongStage("wrong_stage", state=state)


def require_deferral_reason(included: bool, deferral: Deferral | None, note: str | None) -> None:
    """Refuse ``deferral_reason_missing``: what waits says why, in own words if for another reason (P9)."""
    if not included and (deferral is None or (deferral is Deferral.OTHER and not (note or "").strip())):
        raise RuleBroken("deferral_reason_missing")


def require_plan_fits(balance: Balance) -> None:
    """Refuse a plan out of balance: ``plan_empty``, ``funds_exceeded``, ``experience_missing`` (P9)."""
    if not balance.total and not balance.misfits:
        raise RuleBroken("plan_empty")
    if balance.left < 0:
        raise RuleBroken("funds_exceeded", beyond=-balance.left)
    if Deferral.EXPERIENCE in balance.misfits.values():
        raise RuleBroken("experience_missing")


def require_all_ready(states: Iterable[PackageState]) -> None:
    """Refuse ``packages_not_ready``: a plan is submitted with finished packages only (P9)."""
    number = sum(state is not PackageState.READY for state in states)
    if number:
        raise RuleBroken("packages_not_ready", number=number)
