"""Rules of step 5 up to the opening: calls, their audience, sealed bids (C1-C5)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from flask_babel import lazy_gettext as _l

from service.preparation.rules import PlanState, ProcurementMethod
from tenants.labels import Labelled
from tenants.refusals import AlreadyDone, NotPermitted, RuleBroken, WrongStage
from tenants.states import Moves

InForce = TypeVar("InForce")


class CallState(Labelled):
    """From draft to contract (step 5)."""

    DRAFT = "draft", _l("Draft")
    PUBLISHED = "published", _l("Open for bids"), "good"
    OPENED = "opened", _l("Bids opened")
    RESULT_PUBLISHED = "result_published", _l("Result public, may be challenged"), "warn"
    APPROVED = "approved", _l("Approved"), "good"
    UNSUCCESSFUL = "unsuccessful", _l("Without a winner"), "bad"
    CANCELLED = "cancelled", _l("Cancelled"), "bad"


OVER = (CallState.UNSUCCESSFUL, CallState.CANCELLED)
"""What leads to no contract: its packages may be called for again (C13, C15)."""

CALL_MOVES: Moves = {
    "publish": ((CallState.DRAFT,), CallState.PUBLISHED),
    "open": ((CallState.PUBLISHED,), CallState.OPENED),
    "publish_result": ((CallState.OPENED,), CallState.RESULT_PUBLISHED),
    "approve": ((CallState.RESULT_PUBLISHED,), CallState.APPROVED),
    "return": ((CallState.RESULT_PUBLISHED,), CallState.OPENED),
    "fail": ((CallState.OPENED,), CallState.UNSUCCESSFUL),
    "cancel": ((CallState.PUBLISHED,), CallState.CANCELLED),
}


class BidState(Labelled):
    """From a sealed text to its result."""

    SEALED = "sealed", _l("Sealed")
    STALE = "stale", _l("Not confirmed after a change"), "warn"
    UNREADABLE = "unreadable", _l("Cannot be read: changed after it was sealed"), "bad"
    SUPERSEDED = "superseded", _l("Replaced by a later one")
    WITHDRAWN = "withdrawn", _l("Withdrawn")
    OPENED = "opened", _l("Opened")
    EXCLUDED = "excluded", _l("Excluded at screening"), "warn"
    QUALIFIED = "qualified", _l("Passed screening"), "good"
    SELECTED = "selected", _l("Selected"), "good"
    UNSUCCESSFUL = "unsuccessful", _l("Not selected")


HANDED_IN = (BidState.SEALED, BidState.STALE)
"""Bids that their SO can still change or take back (C4)."""

BID_MOVES: Moves = {
    "outdate": ((BidState.SEALED,), BidState.STALE),
    "confirm": ((BidState.STALE,), BidState.SEALED),
    "supersede": ((BidState.SEALED, BidState.STALE), BidState.SUPERSEDED),
    "withdraw": ((BidState.SEALED, BidState.STALE), BidState.WITHDRAWN),
    "open": ((BidState.SEALED,), BidState.OPENED),
    "flag": ((BidState.SEALED,), BidState.UNREADABLE),
    "exclude": ((BidState.OPENED, BidState.QUALIFIED), BidState.EXCLUDED),
    "qualify": ((BidState.OPENED, BidState.EXCLUDED), BidState.QUALIFIED),
    "select": ((BidState.QUALIFIED,), BidState.SELECTED),
    "pass_over": ((BidState.QUALIFIED,), BidState.UNSUCCESSFUL),
    "reconsider": ((BidState.SELECTED, BidState.UNSUCCESSFUL), BidState.QUALIFIED),
}


class QuestionState(Labelled):
    """From a question about a call to what came of it (C3)."""

    WAITING = "waiting", _l("Waits for an answer"), "warn"
    ANSWERED = "answered", _l("Answered to everybody"), "good"
    DECLINED = "declined", _l("Declined")


QUESTION_MOVES: Moves = {
    "answer": ((QuestionState.WAITING,), QuestionState.ANSWERED),
    "decline": ((QuestionState.WAITING,), QuestionState.DECLINED),
}


class ExclusionGround(Labelled):
    """The only grounds of initial screening (C6); not local and imperfect paperwork are none."""

    SCOPE_NOT_ACCEPTED = "scope_not_accepted", _l("Does not understand or accept the scope of work")
    DISQUALIFIED = "disqualified", _l("Not qualified: no legal status, no team or a bad record")
    DOCUMENTS = "documents", _l("Documents still unqualified after a request for revision")
    EXPERIENCE = "experience", _l("The task needs experience the record does not show yet")


class HoldReason(Labelled):
    """Why a call's approval is held; the content stays with whoever placed it (H8)."""

    COMPLAINT = "complaint", _l("A complaint about the call is open")


DIGEST_DIGITS = 16
"""Hexadecimal digits of a receipt's digest: 64 bits, above the 60 that C5 asks for."""


def require_one_method(methods: Iterable[ProcurementMethod | None]) -> ProcurementMethod:
    """The one procurement method of all packages in a call (guide step 5.1, C1).

    Refuses ``packages_missing`` where there is none, ``methods_differ`` where they are procured differently.
    """
    found = list(methods)
    if not found or found[0] is None:
        raise RuleBroken("packages_missing")
    if set(found) != {found[0]}:
        raise RuleBroken("methods_differ")
    return found[0]


def require_ready(unfinished: Iterable[int]) -> None:
    """Refuse ``package_not_ready``: finished packages are called for (C1). ``unfinished``: the others."""
    for number in unfinished:
        raise RuleBroken("package_not_ready", number=number)


def require_planned(plans: Iterable[tuple[int, PlanState | None]]) -> None:
    """Refuse a call for a package that no approved plan includes (C1).

    ``plans``: each package's number with the state of the plan that includes it.
    Refuses ``package_not_planned``.
    """
    for number, state in plans:
        if state not in (PlanState.APPROVED, PlanState.PUBLISHED):
            raise RuleBroken("package_not_planned", number=number)


def require_regulation_in_force(regulation: InForce | None) -> InForce:
    """Refuse ``regulation_missing``: before a call an Implementation Regulation is in force (C1, P11)."""
    if regulation is None:
        raise RuleBroken("regulation_missing")
    return regulation


def require_not_called(numbers: Collection[int]) -> None:
    """Refuse ``already_called``: a package stands in one call at a time (C1). ``numbers``: those that do."""
    if numbers:
        raise RuleBroken("already_called", number=min(numbers))


def require_time_to_bid(published: datetime, deadline: datetime, days: int) -> None:
    """Refuse a deadline less than ``days`` full days after publication, or not ahead (guide step 5.1, C2).

    ``days``: the county's period; only a demo office has zero.
    Refuses ``deadline_too_soon`` with the earliest moment.
    """
    earliest = published + timedelta(days=days)
    if deadline < earliest or deadline <= published:
        raise RuleBroken("deadline_too_soon", earliest=earliest)


def require_prolongation(deadline: datetime, later: datetime, now: datetime) -> None:
    """Refuse ``prolonged_too_late`` once the time for bids is over, and ``deadline_not_later``: nobody gets less time than
    was announced (C15). ``deadline``: as it stands; ``later``: as it would be."""
    if is_late(deadline, now):
        raise WrongStage("prolonged_too_late", deadline=deadline)
    if later <= deadline:
        raise RuleBroken("deadline_not_later", deadline=deadline)


def require_time_to_change(deadline: datetime, now: datetime) -> None:
    """Refuse ``changed_too_late`` once the time for bids is over: nobody could bid on what is new any more (C15)."""
    if is_late(deadline, now):
        raise WrongStage("changed_too_late", deadline=deadline)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of what a change makes different (C15). Refuses ``nothing_changed`` where it is all the same."""
    changed = [name for name, value in after.items() if value != before[name]]
    if not changed:
        raise RuleBroken("nothing_changed")
    return changed


def deadline_after_change(deadline: datetime, now: datetime, days: int) -> datetime:
    """Until when a call that changes now takes bids: ``days`` full days remain, and the hour stays (C15, P5).

    ``days``: the county's number. Whole days are added to ``deadline``, as few as will do.
    """
    beyond = deadline - (now + timedelta(days=days))
    return deadline + timedelta(days=max(0, -(beyond // timedelta(days=1))))


def require_cancellation_reason(reason: str) -> None:
    """Refuse ``cancellation_reason_missing``: a cancelled call gives its reason (C15)."""
    if not reason.strip():
        raise RuleBroken("cancellation_reason_missing")


def questions_until(published: datetime, deadline: datetime, days: int) -> datetime:
    """Until when questions are taken: ``days`` before the deadline, never before publication (C3)."""
    return max(published, deadline - timedelta(days=days))


def is_open_for_questions(state: CallState, until: datetime | None, now: datetime) -> bool:
    """Whether SOs may still ask about a call: it stands, and the time for questions runs (C3)."""
    return state is CallState.PUBLISHED and until is not None and now <= until


def require_time_to_ask(until: datetime, now: datetime, lot: int) -> None:
    """Refuse ``questions_closed``, with the time, once questions are no longer taken (C3). ``lot``: its number."""
    if now > until:
        raise RuleBroken("questions_closed", number=lot, until=until)


def require_time_to_answer(deadline: datetime, now: datetime) -> None:
    """Refuse ``answered_too_late``: once nobody can bid any more, what is told to everybody is of no use to them (C3)."""
    if is_late(deadline, now):
        raise WrongStage("answered_too_late", deadline=deadline)


def require_new_answer(
    answered: Collection[tuple[str | None, str | None]], wording: str, answer: str
) -> None:
    """Refuse ``answered_before``: the same question with the same answer goes out once (C3). ``answered``: such pairs."""
    if (wording, answer) in answered:
        raise AlreadyDone("answered_before")


def require_unnamed(words: str, names: Iterable[str]) -> None:
    """Refuse ``organization_named``: an answer to everybody names no SO, for it could be who asked (C3).

    ``words``: question and answer as they would be made public; ``names``: of the office's SOs.
    """
    for name in names:
        if name in words:
            raise RuleBroken("organization_named", name=name)


def audience(
    method: ProcurementMethod,
    chosen: Collection[UUID],
    registered: Sequence[UUID],
    potential: Collection[UUID],
) -> list[UUID]:
    """The SOs a call is meant for (Table 7, C2, P6), in the order in which they registered.

    Open tender: every ``registered`` SO, whatever was chosen. Otherwise the ``chosen`` ones: for a quotation
    at least three where there are three ``potential`` providers, for an invited tender at least three, for a
    negotiation those who registered for it, for a long-term contract one or two. Refuses
    ``audience_unknown`` for an SO that is not ``registered``, ``audience_too_small``, ``audience_too_large``.
    """
    if method is ProcurementMethod.OPEN_TENDER:
        return list(registered)
    if not set(chosen) <= set(registered):
        raise RuleBroken("audience_unknown")
    least, most = {
        ProcurementMethod.QUOTATION: (max(1, min(3, len(potential))), None),
        ProcurementMethod.INVITED_TENDER: (3, None),
        ProcurementMethod.NEGOTIATION: (1, None),
        ProcurementMethod.LONG_TERM: (1, 2),
    }[method]
    if len(set(chosen)) < least:
        raise RuleBroken("audience_too_small", least=least)
    if most is not None and len(set(chosen)) > most:
        raise RuleBroken("audience_too_large", most=most)
    return [organization for organization in registered if organization in set(chosen)]


def require_addressed(method: ProcurementMethod, addressed: bool) -> None:
    """Refuse ``not_addressed``: only those a call is meant for may bid; an open tender is for all (P6)."""
    if method is not ProcurementMethod.OPEN_TENDER and not addressed:
        raise NotPermitted("not_addressed")


def require_independent(controlled_by_office: bool) -> None:
    """Refuse ``controlled_by_office``: an SO that the office founded or controls is not awarded (R2)."""
    if controlled_by_office:
        raise RuleBroken("controlled_by_office")


def is_given_by_message(method: ProcurementMethod) -> bool:
    """Whether a bid can be given wholly by message: only a quotation; the others need the form (C4)."""
    return method is ProcurementMethod.QUOTATION


def require_given_by_message(method: ProcurementMethod) -> None:
    """Refuse ``form_needed``: but for quotations, an amount by message is no application (C4)."""
    if not is_given_by_message(method):
        raise RuleBroken("form_needed")


def is_open_for_bids(state: CallState, deadline: datetime | None, now: datetime) -> bool:
    """Whether a call stands and its time for bids runs (C4)."""
    return state is CallState.PUBLISHED and deadline is not None and not is_late(deadline, now)


def require_open_for_bids(state: CallState) -> None:
    """Refuse ``call_not_open``: bids are taken between publication and opening (C4); ``call_cancelled``: never again (C15)."""
    if state is CallState.CANCELLED:
        raise WrongStage("call_cancelled")
    if state is not CallState.PUBLISHED:
        raise WrongStage("call_not_open", state=state)


def is_late(deadline: datetime, now: datetime) -> bool:
    """Whether the deadline has passed: what comes at that very moment is still in time (C4)."""
    return now > deadline


def require_past_deadline(deadline: datetime, now: datetime) -> None:
    """Refuse ``too_early``: bids stay sealed until the deadline has passed (C5)."""
    if not is_late(deadline, now):
        raise RuleBroken("too_early", deadline=deadline)


def require_new_word(consents: Collection[UUID], person: UUID | None) -> None:
    """Refuse ``two_persons``: who agreed to the opening cannot be the second officer as well (C5, T4)."""
    if person in consents:
        raise NotPermitted("two_persons")


def require_two_officers(
    consents: Collection[UUID], opener: UUID | None, preparers: Collection[UUID]
) -> None:
    """Refuse to open bids unless another officer agreed; one of the two did not prepare the call (C5, T4).

    ``consents``: who agreed; ``preparers``: who drafted and published.
    Refuses ``second_officer_missing`` and ``two_preparers``.
    """
    others = set(consents) - {opener}
    if opener is None or not others:
        raise NotPermitted("second_officer_missing")
    if {opener, *others} <= set(preparers):
        raise NotPermitted("two_preparers")


def canonical(content: Mapping[str, Any]) -> str:
    """The one way to write a bid down, so that the same bid always has the same digest (C5)."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def as_published(content: Mapping[str, Any]) -> str:
    """A bid as everybody may read it after the opening: price and nonce, longer texts as their SHA-256."""
    texts = {name: sha256(text.encode()).hexdigest() for name, text in content["texts"].items()}
    return canonical({**content, "texts": texts})


def digest_of(content: Mapping[str, Any]) -> str:
    """The digest on an SO's receipt: the first 64 bits of SHA-256 over the bid, its nonce included (C4, C5).

    Anybody can repeat it after the opening: ``printf %s '<the bid as published>' | sha256sum``.
    """
    return sha256(as_published(content).encode()).hexdigest()[:DIGEST_DIGITS]


def is_genuine(content: Mapping[str, Any], digest: str, lot: int, organization: UUID) -> bool:
    """Whether an opened bid is the one its receipt named: same digest, for this lot, of this SO (C5)."""
    return (
        digest_of(content) == digest
        and content.get("lot") == lot
        and content.get("organization") == str(organization)
    )
