"""Rules of steps 5.2 to 5.5: screening, review, selection, objection, approval (C6, C8-C11, C13, C14)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from fractions import Fraction
from hashlib import sha256
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from service.difficulty.rules import Difficulty
from service.organizations.rules import CAN_DO, Capacity
from service.preparation.rules import ProcurementMethod
from service.procurement.rules import ExclusionGround
from tenants.labels import Labelled
from tenants.refusals import AlreadyDone, NotPermitted, RuleBroken

SHORTEST_STANDSTILL = timedelta(seconds=20)
"""The standstill of a demo office that set its days to zero: long enough for an objection by text."""


class Indicator(Labelled):
    """What a plan is reviewed by (guide step 5.3, figure 17, C8); writing style is none of them."""

    PLAN_TARGETS = "plan_targets", _l("Plan targets: each measure reaches the target group")
    PLAN_PRACTICALITY = "plan_practicality", _l("Plan practicality: sufficient, in time, right for the place")
    TEAM_CAPACITY = "team_capacity", _l("Team capacity: enough people with experience")
    ENABLERS = "enablers", _l("Enablers and advantages of the organization")
    DEVELOPMENT = "development", _l("Organizational development")


CRITICAL = (Indicator.PLAN_TARGETS, Indicator.PLAN_PRACTICALITY, Indicator.TEAM_CAPACITY)
"""Failing one of these removes a bid (C8)."""

SECONDARY = (Indicator.ENABLERS, Indicator.DEVELOPMENT)
"""These alone settle a ranking that is equal or close (C8)."""


class Verdict(Labelled):
    """How a reviewer sees one indicator, from worst to best."""

    FAILS = "fails", _l("Fails"), "bad"
    ADEQUATE = "adequate", _l("Adequate")
    GOOD = "good", _l("Good"), "good"
    EXCELLENT = "excellent", _l("Excellent"), "good"

    @property
    def points(self) -> int:
        """0 to 3."""
        return list(Verdict).index(self)


COMPETITIVE = (ProcurementMethod.QUOTATION, ProcurementMethod.INVITED_TENDER, ProcurementMethod.OPEN_TENDER)
"""Methods in which bids compete, so that one bid alone decides nothing (C13)."""

REVIEWERS = {ProcurementMethod.INVITED_TENDER: 4, ProcurementMethod.OPEN_TENDER: 4}
"""How many named reviewers a tender needs: more than three (C7)."""


def is_experienced(capacity: Capacity | None, difficulty: Difficulty) -> bool:
    """Whether an SO of this category may take on such a task; without an agreed category it may none (C6)."""
    return capacity is not None and difficulty in CAN_DO[capacity]


class Revision(Enum):
    """How far the request for documents has come: never asked, running, or answered or run out."""

    NOT_ASKED = auto()
    RUNNING = auto()
    OVER = auto()


def revision_of(
    asked: datetime | None, answered: datetime | None, now: datetime, *, life: timedelta
) -> Revision:
    """How far a request for documents has come (C6).

    ``asked``: when last; ``answered``: when last, which may be before; ``life``: how long the link to answer works.
    """
    if asked is None:
        return Revision.NOT_ASKED
    waits = answered is None or answered < asked
    return Revision.RUNNING if waits and now < asked + life else Revision.OVER


def require_new_request(revision: Revision, wanted: str, what: str) -> None:
    """Refuse to ask for the same documents again while the SO can still send them (C6): ``documents_asked_before``.

    ``wanted``: what was asked for; ``what``: what would be asked for now.
    """
    if revision is Revision.RUNNING and wanted == what:
        raise AlreadyDone("documents_asked_before")


def require_screening(
    ground: ExclusionGround | None, reason: str | None, *, experienced: bool, revision: Revision
) -> None:
    """Refuse a screening the guide does not allow (step 5.2, C6).

    ``ground``: why the bid is excluded, ``None`` to admit it. Refuses ``experience_not_shown`` (admitted
    against graduated procurement), ``experience_is_shown``, ``revision_not_requested``, ``revision_running``
    and ``exclusion_reason_missing``.
    """
    if ground is None:
        if not experienced:
            raise RuleBroken("experience_not_shown")
        return
    if ground is ExclusionGround.EXPERIENCE:
        if experienced:
            raise RuleBroken("experience_is_shown")
        return
    if ground is ExclusionGround.DOCUMENTS:
        if revision is Revision.NOT_ASKED:
            raise RuleBroken("revision_not_requested")
        if revision is Revision.RUNNING:
            raise RuleBroken("revision_running")
    if not (reason or "").strip():
        raise RuleBroken("exclusion_reason_missing")


def require_complete_review(indicators: Mapping[str, str], reason: str) -> None:
    """Refuse a review that leaves out one of the five indicators, adds another or gives no reason (C8).

    Refuses ``indicator_unknown``, ``indicators_incomplete`` and ``review_reason_missing``.
    """
    known = set(Indicator)
    if set(indicators) - known:
        raise RuleBroken("indicator_unknown")
    if known - set(indicators):
        raise RuleBroken("indicators_incomplete", number=len(known - set(indicators)))
    if not reason.strip():
        raise RuleBroken("review_reason_missing")


def require_first_review(reviewer: UUID | None, earlier: Collection[UUID]) -> None:
    """Refuse a second review of the same bid by the same person (C9). Refuses ``already_reviewed``."""
    if reviewer in earlier:
        raise AlreadyDone("already_reviewed")


@dataclass(frozen=True)
class View:
    """One reviewer's view of a bid."""

    indicators: Mapping[Indicator, Verdict]
    satisfies: bool

    @property
    def passes(self) -> bool:
        """Whether it finds the scope of work satisfied and no critical indicator failed (C8)."""
        return self.satisfies and all(self.indicators[one] is not Verdict.FAILS for one in CRITICAL)


@dataclass(frozen=True)
class Candidate:
    """A bid that passed screening. ``price`` in yuan; ``digest`` as published at the opening."""

    bid_id: UUID
    price: Decimal
    digest: str
    views: tuple[View, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether it was reviewed and no reviewer removes it (C8, C9)."""
        return bool(self.views) and all(view.passes for view in self.views)

    def score(self, indicators: Iterable[Indicator] = Indicator) -> Fraction:
        """The mean points over all reviewers and the given indicators, 0 to 3."""
        points = [view.indicators[one].points for view in self.views for one in indicators]
        return Fraction(sum(points), len(points)) if points else Fraction(0)


class Settled(Labelled):
    """What stood between a bid and the one before it (C8, C9, C14)."""

    PRICE = "price", _l("another bid that satisfies the scope of work asks less")
    REVIEW = "review", _l("another bid was reviewed better")
    SECONDARY = "secondary", _l("of close bids, another has stronger enablers and development")
    DRAW = "draw", _l("bids were equal and the public draw fell on another")
    SUITABILITY = "suitability", _l("another organization was found more suitable")
    NOT_PASSED = "not_passed", _l("reviewers found that it does not satisfy the scope of work")


def draw_seed(call_number: int, digests: Iterable[str]) -> str:
    """The seed of the public draw: SHA-256 over the call's number and the digests of the lot's bids (C14).

    Written one on each line, the digests sorted. All of it is public from the opening on, and fixed before
    any review, so that nobody can choose the outcome and everybody can repeat it.
    """
    return sha256("\n".join([str(call_number), *sorted(digests)]).encode()).hexdigest()


def drawn(seed: str, digest: str) -> str:
    """A bid's lot in the draw: SHA-256 over seed and digest, the smallest wins (C14)."""
    return sha256(f"{seed}\n{digest}".encode()).hexdigest()


def rank(
    method: ProcurementMethod, candidates: Iterable[Candidate], *, seed: str, close_percent: int
) -> list[Candidate]:
    """The bids that may win, best first, without those a reviewer removed (step 5.3, C8, C9, C14).

    Quotation: the lowest price; equal ones by review, then by the public draw. Tender: the best reviewed;
    those within ``close_percent`` of the best by the last two indicators alone, then the lowest price, then
    the draw. Negotiation and long-term contract: best reviewed first, as an aid; the choice is the office's,
    with its reason.
    """
    passing = [candidate for candidate in candidates if candidate.passes]
    criteria = _criteria(method, passing, seed, close_percent)
    return sorted(passing, key=lambda candidate: tuple(criterion(candidate) for _, criterion in criteria))


def why_not(
    method: ProcurementMethod,
    winner: UUID,
    loser: UUID,
    candidates: Collection[Candidate],
    *,
    seed: str,
    close_percent: int,
) -> Settled:
    """Why ``loser`` was not selected, in the terms its method is decided by (step 5.4, C10)."""
    passing = {candidate.bid_id: candidate for candidate in candidates if candidate.passes}
    if loser not in passing:
        return Settled.NOT_PASSED
    if method in COMPETITIVE:
        for settled, criterion in _criteria(method, passing.values(), seed, close_percent):
            if criterion(passing[loser]) > criterion(passing[winner]):
                return settled
    return Settled.SUITABILITY


def _criteria(
    method: ProcurementMethod, passing: Collection[Candidate], seed: str, close_percent: int
) -> list[tuple[Settled, Callable[[Candidate], Any]]]:
    price = (Settled.PRICE, lambda one: one.price)
    review = (Settled.REVIEW, lambda one: -one.score())
    draw = (Settled.DRAW, lambda one: drawn(seed, one.digest))
    if method is ProcurementMethod.QUOTATION:
        return [price, review, draw]
    best = max((one.score() for one in passing), default=Fraction(0))

    def is_behind(one: Candidate) -> tuple[bool, Fraction]:
        close = one.score() * 100 >= best * (100 - close_percent)
        return (not close, Fraction(0) if close else -one.score())

    return [
        (Settled.REVIEW, is_behind),
        (Settled.SECONDARY, lambda one: -one.score(SECONDARY)),
        price,
        draw,
    ]


def require_all_screened(waiting: int) -> None:
    """Refuse to select while opened bids wait for screening (C6). Refuses ``bids_unscreened``."""
    if waiting:
        raise RuleBroken("bids_unscreened", number=waiting)


def reviewers_needed(method: ProcurementMethod) -> int:
    """How many reviewers by name each admitted bid needs: two, for tenders four (C7, C9)."""
    return REVIEWERS.get(method, 2)


def awaits_review(method: ProcurementMethod, reviewer: UUID | None, earlier: Collection[UUID]) -> bool:
    """Whether an admitted bid waits for this reviewer, who has not seen it while too few others have (C7, C9)."""
    return reviewer not in earlier and len(earlier) < reviewers_needed(method)


def require_reviewers(method: ProcurementMethod, candidates: Iterable[Candidate]) -> None:
    """Refuse to select before each admitted bid has its named reviewers: two, for tenders four (C7, C9).

    Refuses ``reviews_missing``.
    """
    needed = reviewers_needed(method)
    if any(len(candidate.views) < needed for candidate in candidates):
        raise RuleBroken("reviews_missing", number=needed)


def require_competition(method: ProcurementMethod, bids: int) -> None:
    """Refuse to select from a competitive call that only one SO answered; it is called again (C13).

    ``bids``: how many were opened. Refuses ``one_bid``.
    """
    if method in COMPETITIVE and bids < 2:
        raise RuleBroken("one_bid")


def require_other_choice(standing: tuple[UUID, str], chosen: tuple[UUID, str]) -> None:
    """Refuse to select the same bid for the same reason again (C9). Refuses ``selected_before``."""
    if standing == chosen:
        raise AlreadyDone("selected_before")


def require_right_choice(
    method: ProcurementMethod, ranking: Sequence[Candidate], chosen: UUID, reason: str
) -> None:
    """Refuse a winner the method does not lead to (C8, C9).

    Quotation and tender leave no choice, the other methods need a reason. Refuses ``not_in_ranking``,
    ``not_first`` and ``selection_reason_missing``.
    """
    if chosen not in [candidate.bid_id for candidate in ranking]:
        raise RuleBroken("not_in_ranking")
    if method in COMPETITIVE and ranking[0].bid_id != chosen:
        raise RuleBroken("not_first")
    if not reason.strip():
        raise RuleBroken("selection_reason_missing")


def can_be_awarded(method: ProcurementMethod, bids: int, waiting: int, ranking: Sequence[Candidate]) -> bool:
    """Whether a lot has, or may still get, a lawful winner (C13).

    ``bids``: how many were opened; ``waiting``: how many of these still wait for screening or reviewers.
    """
    enough = bids >= 2 if method in COMPETITIVE else bids >= 1
    return enough and bool(waiting or ranking)


def require_failed(awardable: Iterable[bool], reason: str) -> None:
    """Refuse to give a call up while one of its lots can be awarded, or without a reason (C13).

    Refuses ``winner_possible`` and ``failure_reason_missing``.
    """
    if any(awardable):
        raise RuleBroken("winner_possible")
    if not reason.strip():
        raise RuleBroken("failure_reason_missing")


def require_every_lot_decided(awardable: Iterable[bool], awarded: Iterable[bool]) -> None:
    """Refuse to publish a result before each lot that can be awarded is, or without any award (C10).

    Refuses ``lots_undecided`` and ``nothing_awarded``.
    """
    given = list(awarded)
    undecided = sum(possible and not done for possible, done in zip(awardable, given, strict=True))
    if undecided:
        raise RuleBroken("lots_undecided", number=undecided)
    if not any(given):
        raise RuleBroken("nothing_awarded")


def is_in_time(now: datetime, objections_until: datetime | None) -> bool:
    """Whether an objection raised now blocks the approval, or only flags it (C11, H8)."""
    return objections_until is None or now <= objections_until


def require_approvable(now: datetime, objections_until: datetime, blocking: int) -> None:
    """Refuse to approve during the standstill, or while an objection raised within it is open (C10, C11).

    Refuses ``standstill_running`` and ``holds_open``.
    """
    if is_in_time(now, objections_until):
        raise RuleBroken("standstill_running", until=objections_until)
    if blocking:
        raise RuleBroken("holds_open", number=blocking)


def has_free_hands(approver: UUID | None, involved: Collection[UUID | None]) -> bool:
    """Whether somebody neither prepared the call, nor selected the winner, nor reviewed a bid (C11, T4)."""
    return approver is not None and approver not in involved


def require_other_hands(approver: UUID | None, involved: Collection[UUID | None]) -> None:
    """Refuse an approver who had a hand in the result (C11, T4). Refuses ``own_preparation``."""
    if not has_free_hands(approver, involved):
        raise NotPermitted("own_preparation")


def require_return_reason(reason: str) -> None:
    """Refuse to return a result without saying why (step 5.5, C11). Refuses ``return_reason_missing``."""
    if not reason.strip():
        raise RuleBroken("return_reason_missing")
