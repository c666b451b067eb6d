"""Reads of steps 5.2 to 5.5: what officials see of opened bids."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from service.difficulty.queries import find_variant
from service.organizations.models import Organization
from service.organizations.queries import find_capacity
from service.preparation.models import Package, ScopeOfWork
from service.preparation.rules import ProcurementMethod, SowItem
from service.procurement import selection_rules as rules
from service.procurement.models import Award, Bid, Call, Hold, Lot, Review
from service.procurement.opening import preparers_of
from service.procurement.rules import BidState, CallState
from service.procurement.selection_rules import Candidate, Indicator, Settled, Verdict, View
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.models import ApiToken
from tenants.people import person_names
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.settings import settings_in_force

READ = (BidState.OPENED, BidState.EXCLUDED, BidState.QUALIFIED, BidState.SELECTED, BidState.UNSUCCESSFUL)
"""Bids that were opened, whatever became of them."""

IN_THE_RUNNING = (BidState.QUALIFIED, BidState.SELECTED, BidState.UNSUCCESSFUL)
"""Bids that passed screening."""


@dataclass(frozen=True)
class OpenedBid:
    """A bid that was opened, with the SO that made it and what reviewers said."""

    bid: Bid
    organization: Organization
    reviews: list[Review]

    def awaits(self, method: ProcurementMethod, reviewer: UUID | None) -> bool:
        """Whether it is admitted and waits for the review of this person (C7, C9)."""
        earlier = [review.reviewer_id for review in self.reviews]
        return self.bid.state is BidState.QUALIFIED and rules.awaits_review(method, reviewer, earlier)

    def sways(self, call: Call, by: Actor) -> bool:
        """Whether its reviews would sway the reader, who is still to give one (C7, C9)."""
        own = call.tenant_id == by.tenant_id and by.may(Permission.BID_REVIEW)
        return own and call.state is CallState.OPENED and self.awaits(call.method, by.id)

    @property
    def candidate(self) -> Candidate:
        """The bid as the rules of selection see it."""
        views = tuple(
            View({Indicator(name): Verdict(one) for name, one in review.indicators.items()}, review.satisfies)
            for review in self.reviews
        )
        return Candidate(self.bid.id, self.bid.price or Decimal(0), self.bid.digest, views)


@dataclass(frozen=True)
class LotFile:
    """A lot with its package, its opened bids, its standing award, and the order in which bids could win."""

    call: Call
    lot: Lot
    package: Package
    bids: list[OpenedBid]
    award: Award | None
    close_percent: int

    @property
    def waiting(self) -> int:
        """How many bids still wait for screening."""
        return sum(one.bid.state is BidState.OPENED for one in self.bids)

    @property
    def candidates(self) -> list[Candidate]:
        """The bids that passed screening."""
        return [one.candidate for one in self.bids if one.bid.state in IN_THE_RUNNING]

    @property
    def seed(self) -> str | None:
        """The seed of the lot's public draw; ``None`` before the opening, when it could still guide somebody (C14)."""
        if self.call.opened_at is None:
            return None
        return rules.draw_seed(self.call.number, [one.bid.digest for one in self.bids])

    @property
    def ranking(self) -> list[Candidate]:
        """The bids that may win, best first (C9)."""
        if self.seed is None:
            return []
        return rules.rank(self.call.method, self.candidates, seed=self.seed, close_percent=self.close_percent)

    def awaiting(self, reviewer: UUID | None) -> int:
        """How many admitted bids wait for the review of this person (C7, C9)."""
        return sum(one.awaits(self.call.method, reviewer) for one in self.bids)

    @property
    def awardable(self) -> bool:
        """Whether the lot has or may still get a lawful winner (C13)."""
        unfinished = self.waiting + sum(not candidate.views for candidate in self.candidates)
        return rules.can_be_awarded(self.call.method, len(self.bids), unfinished, self.ranking)

    def why_not(self, bid_id: UUID) -> Settled:
        """Why a bid that passed screening was not selected (C10)."""
        assert self.award is not None
        assert self.seed is not None
        return rules.why_not(
            self.call.method,
            self.award.bid_id,
            bid_id,
            self.candidates,
            seed=self.seed,
            close_percent=self.close_percent,
        )

    def as_read_by(self, by: Actor) -> LotFile:
        """The lot without the reviews that would sway the reader, and so without the order that they lead to (C7, C9)."""
        return replace(
            self,
            bids=[replace(one, reviews=[]) if one.sways(self.call, by) else one for one in self.bids],
        )

    def winner(self) -> OpenedBid:
        """The bid selected."""
        assert self.award is not None
        return next(one for one in self.bids if one.bid.id == self.award.bid_id)


def load_lots(call: Call) -> list[LotFile]:
    """The lots of a call with their opened bids; for use inside a gate.

    Rankings follow the county's numbers as they stood when the call was published (P11).
    """
    close = settings_in_force(call.tenant_id, call.published_at or call.prepared_at).close_ranking_percent
    lots = db.session.execute(
        select(Lot, Package, Award)
        .join(Package, (Package.tenant_id == Lot.tenant_id) & (Package.id == Lot.package_id))
        .outerjoin(
            Award,
            (Award.tenant_id == Lot.tenant_id) & (Award.lot_id == Lot.id) & Award.withdrawn_at.is_(None),
        )
        .where(Lot.tenant_id == call.tenant_id, Lot.call_id == call.id)
        .order_by(Lot.number)
    ).all()
    reviews: dict[UUID, list[Review]] = {}
    for review in db.session.scalars(
        select(Review)
        .join(Bid, (Bid.tenant_id == Review.tenant_id) & (Bid.id == Review.bid_id))
        .where(Review.tenant_id == call.tenant_id, Bid.call_id == call.id)
        .order_by(Review.reviewed_at, Review.id)
    ):
        reviews.setdefault(review.bid_id, []).append(review)
    bids: dict[UUID, list[OpenedBid]] = {}
    for bid, organization in db.session.execute(
        select(Bid, Organization)
        .join(
            Organization, (Organization.tenant_id == Bid.tenant_id) & (Organization.id == Bid.organization_id)
        )
        .where(Bid.tenant_id == call.tenant_id, Bid.call_id == call.id, Bid.state.in_(READ))
        .order_by(Bid.price, Bid.digest)
    ):
        bids.setdefault(bid.lot_id, []).append(OpenedBid(bid, organization, reviews.get(bid.id, [])))
    return [LotFile(call, lot, package, bids.get(lot.id, []), award, close) for lot, package, award in lots]


def load_holds(call: Call) -> list[Hold]:
    """The open objections to a call; for use inside a gate (H8)."""
    return list(
        db.session.scalars(
            select(Hold).where(
                Hold.tenant_id == call.tenant_id, Hold.call_id == call.id, Hold.lifted_at.is_(None)
            )
        )
    )


def involved_in(call: Call, lots: Collection[LotFile]) -> set[UUID | None]:
    """Who had a hand in a result, and so does not approve it (C11, T4); for use inside a gate."""
    reviewers = {review.reviewer_id for file in lots for one in file.bids for review in one.reviews}
    return {*preparers_of(call), *reviewers, *(file.award.selected_by for file in lots if file.award)}


def is_experienced(bid: Bid, package: Package, *, by: Actor) -> bool:
    """Whether the SO's agreed category allows the package as it is graded (C6); for use inside a gate."""
    variant = find_variant(package.variant_id, by=by)
    return rules.is_experienced(find_capacity(bid.organization_id, by=by), variant.difficulty)


@dataclass(frozen=True)
class Undecided:
    """A call from the opening on; ``involved`` had a hand in its result, and does not approve it (T4)."""

    call: Call
    lots: list[LotFile]
    holds: list[Hold]
    involved: set[UUID | None]

    def in_standstill(self, now: datetime) -> bool:
        """Whether its result is public and objections are in time (C10)."""
        return self.call.state is CallState.RESULT_PUBLISHED and any(
            file.award and rules.is_in_time(now, file.award.objections_until) for file in self.lots
        )


@dataclass(frozen=True)
class SelectionView(Undecided):
    """All an official sees between the opening and the approval.

    ``experienced`` says, for those who may know it, whether an SO's record shows the experience needed (C6).
    """

    names: dict[UUID, str]
    experienced: dict[UUID, bool] = field(default_factory=dict)

    def as_read_by(self, by: Actor) -> SelectionView:
        """What the reader may see without being swayed (C7, C9)."""
        return replace(self, lots=[file.as_read_by(by) for file in self.lots])


@query(Permission.BID_READ)
def view_selection(call_id: UUID, *, by: Actor) -> SelectionView:
    """The opened bids of a call, with screening, reviews, ranking, award and open objections."""
    call = get(Call, call_id, by)
    lots = load_lots(call)
    experienced: dict[UUID, bool] = {}
    if by.may(Permission.CAPACITY_READ) and by.may(Permission.DIFFICULTY_READ):
        experienced = {
            one.bid.id: is_experienced(one.bid, file.package, by=by) for file in lots for one in file.bids
        }
    involved, names = involved_in(call, lots), names_of(_people(lots))
    return SelectionView(call, lots, load_holds(call), involved, names, experienced)


@dataclass(frozen=True)
class BidView:
    """All an official sees of one opened bid, with the scope of work it answers, without its difficulty."""

    call: Call
    file: LotFile
    one: OpenedBid
    names: dict[UUID, str]
    experienced: bool | None
    scope: dict[SowItem, str]


@query(Permission.BID_READ)
def find_opened_bid(bid_id: UUID, *, by: Actor) -> Bid:
    """An opened bid; ``NotFound`` while it is sealed (C5)."""
    bid = get(Bid, bid_id, by)
    if bid.state not in READ:
        raise NotFound("not_found", what="bids")
    return bid


@query(Permission.BID_READ)
def view_bid(bid_id: UUID, *, by: Actor) -> BidView:
    """An opened bid with its reviews and what it answers; ``NotFound`` while it is sealed (C5)."""
    bid = find_opened_bid(bid_id, by=by)
    view = view_selection(bid.call_id, by=by)
    file = next(file for file in view.lots if file.lot.id == bid.lot_id)
    scope = db.session.scalar(
        select(ScopeOfWork)
        .where(ScopeOfWork.tenant_id == bid.tenant_id, ScopeOfWork.package_id == file.package.id)
        .order_by(ScopeOfWork.version.desc())
        .limit(1)
    )
    return BidView(
        view.call,
        file,
        next(one for one in file.bids if one.bid.id == bid.id),
        view.names,
        view.experienced.get(bid.id),
        {item: str(scope.items.get(item, "")) for item in SowItem} if scope else {},
    )


@query(Permission.CALL_READ)
def list_to_decide(*, by: Actor) -> list[Undecided]:
    """The calls between opening and approval, oldest first, for what waits for whom."""
    calls = db.session.scalars(
        select(Call)
        .where(
            Call.tenant_id == by.tenant_id,
            Call.state.in_((CallState.OPENED, CallState.RESULT_PUBLISHED)),
        )
        .order_by(Call.opened_at)
    ).all()
    found = [(call, load_lots(call)) for call in calls]
    return [Undecided(call, lots, load_holds(call), involved_in(call, lots)) for call, lots in found]


def names_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The names under which people, and programs with a token, acted; for use inside a gate."""
    tokens = db.session.execute(select(ApiToken.id, ApiToken.name).where(ApiToken.id.in_(ids)))
    return {**{row.id: row.name for row in tokens}, **person_names(ids)}


def reviewer_names(lots: Collection[LotFile]) -> list[str]:
    """Who reviewed the bids of a call, in the order in which they began (step 5.4); for use inside a gate."""
    reviews = sorted(
        (review for file in lots for one in file.bids for review in one.reviews),
        key=lambda review: review.reviewed_at,
    )
    reviewers = list(dict.fromkeys(review.reviewer_id for review in reviews))
    known = names_of(reviewers)
    return [known.get(reviewer, "—") for reviewer in reviewers]


def _people(lots: Collection[LotFile]) -> set[UUID]:
    reviewers = {review.reviewer_id for file in lots for one in file.bids for review in one.reviews}
    deciders = {
        person
        for file in lots
        if file.award
        for person in (file.award.selected_by, file.award.approved_by)
        if person
    }
    return reviewers | deciders
