"""Rules of step 6: transfers, progress and support (M1-M6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l

from service.contracts.rules import ContractState
from tenants.labels import Labelled
from tenants.refusals import AlreadyDone, NotFound, RuleBroken, WrongStage
from tenants.states import Moves


class TransferState(Labelled):
    """Due, made by finance, and confirmed by the SO (M1)."""

    SCHEDULED = "scheduled", _l("Scheduled")
    MADE = "made", _l("Transferred, not yet confirmed"), "warn"
    CONFIRMED = "confirmed", _l("Confirmed by the organization"), "good"


TRANSFER_MOVES: Moves = {
    "make": ((TransferState.SCHEDULED,), TransferState.MADE),
    "confirm": ((TransferState.MADE,), TransferState.CONFIRMED),
}


class MilestoneState(Labelled):
    """Whether a milestone of the contract was reached (M3)."""

    PLANNED = "planned", _l("Planned")
    REPORTED = "reported", _l("Reported by the SO"), "good"


MILESTONE_MOVES: Moves = {"report": ((MilestoneState.PLANNED,), MilestoneState.REPORTED)}


class SupportKind(Labelled):
    """What an SO asks support for (M2); it decides whose page the request waits on."""

    COORDINATION = "coordination", _l("Coordination with township or village")
    TECHNICAL = "technical", _l("Technical services")
    FINANCE = "finance", _l("Finance and tax")
    TRUST = "trust", _l("Trust between people")
    OTHER = "other", _l("Something else")


class SupportState(Labelled):
    """From a request for support to its answer (M2)."""

    WAITING = "waiting", _l("Waits for an answer"), "warn"
    PASSED_ON = "passed_on", _l("Passed on, not yet answered"), "warn"
    ANSWERED = "answered", _l("Answered"), "good"


SUPPORT_MOVES: Moves = {
    "pass_on": ((SupportState.WAITING, SupportState.PASSED_ON), SupportState.PASSED_ON),
    "answer": ((SupportState.WAITING, SupportState.PASSED_ON), SupportState.ANSWERED),
}


def is_for_finance(kind: SupportKind) -> bool:
    """Whether a request waits on the finance officer's page; the others wait on the procurement officer's (M2)."""
    return kind is SupportKind.FINANCE


def days_late(due_on: date, done_on: date | None, today: date) -> int:
    """How many days a promise was or is late: a transfer (M1) or a milestone (M3); 0 while it is not.

    ``done_on``: the day it was kept, if it was.
    """
    return max(((done_on or today) - due_on).days, 0)


def is_due_soon(due_on: date, today: date, days: int) -> bool:
    """Whether finance is to be reminded of a transfer not made yet: ``days`` before it is due (M1)."""
    return due_on - today <= timedelta(days=days)


def require_in_force(state: ContractState) -> None:
    """Refuse obligations of a contract that is not in force (M1): ``wrong_stage``."""
    if state is not ContractState.SIGNED:
        raise WrongStage("wrong_stage", state=state)


def require_not_scheduled(scheduled: int) -> None:
    """Refuse to schedule a contract's transfers twice (M1): ``transfers_scheduled``."""
    if scheduled:
        raise AlreadyDone("transfers_scheduled")


def require_proof(bank_reference: str) -> None:
    """Refuse a transfer without the bank's reference (M1): ``bank_reference_missing``."""
    if not bank_reference.strip():
        raise RuleBroken("bank_reference_missing")


def require_made(state: TransferState) -> None:
    """Refuse to confirm money that was not sent, or twice (M1): ``not_transferred``, ``confirmed_before``."""
    if state is TransferState.SCHEDULED:
        raise WrongStage("not_transferred")
    if state is TransferState.CONFIRMED:
        raise AlreadyDone("confirmed_before")


def require_milestones(due: Sequence[date], starts_on: date | None, ends_on: date | None) -> None:
    """Refuse no milestones, or ones outside the contract's time (M3).

    Refuses ``milestones_missing`` and ``milestone_outside``.
    """
    if not due:
        raise RuleBroken("milestones_missing")
    if any((starts_on and day < starts_on) or (ends_on and day > ends_on) for day in due):
        raise RuleBroken("milestone_outside", starts_on=starts_on, ends_on=ends_on)


def require_unreported(reported: int) -> None:
    """Refuse other milestones once the SO has reported one (M3): ``milestones_reported``."""
    if reported:
        raise RuleBroken("milestones_reported")


def only_contract(numbers: Sequence[int], named: int | None) -> int:
    """Which of an SO's contracts a report is about: the one named by its lot number, or its only one (M3).

    ``numbers``: the lot numbers of its contracts in force. Refuses ``no_contract``, ``contract_unclear`` and,
    where it names another's, ``contract_unknown``.
    """
    if not numbers:
        raise NotFound("no_contract")
    if named is None and len(numbers) > 1:
        raise RuleBroken("contract_unclear", numbers=", ".join(str(number) for number in sorted(numbers)))
    if named is not None and named not in numbers:
        known = ", ".join(str(number) for number in sorted(numbers))
        raise NotFound("contract_unknown", number=named, numbers=known)
    return numbers[0] if named is None else named
