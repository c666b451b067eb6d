"""The verbs of steps 5.2 to 5.5: screen, review, select, publish the result, approve or return it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from channels.links import LIFE, issue_link
from channels.messages import InEach, Said
from channels.outbox import tell
from service.organizations.models import Organization
from service.organizations.queries import signatory_contacts
from service.organizations.rules import require_can_hold_contract
from service.preparation.models import Package
from service.procurement import selection_messages as messages
from service.procurement import selection_rules as rules
from service.procurement.models import Award, Bid, Call, Lot, Review
from service.procurement.rules import BidState, CallState, ExclusionGround, require_independent
from service.procurement.selection_queries import (
    READ,
    LotFile,
    involved_in,
    is_experienced,
    load_holds,
    load_lots,
    reviewer_names,
)
from service.procurement.selection_rules import Revision
from service.reminders.workflow import take_back
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.refusals import NotFound, WrongStage
from tenants.settings import settings_in_force
from tenants.states import move
from tenants.workdays import deadline_after

REVISION = "bid_revision"
"""The purpose of the links by which SOs complete their documents."""


@command(Permission.BID_SCREEN)
def request_revision(bid_id: UUID, what: str, *, by: Actor) -> Bid:
    """Ask an SO to complete its documents, and send it a link to do so (step 5.2, C6).

    ``what``: what is missing, in words the SO will read. The price cannot be changed. Refuses
    ``documents_asked_before`` for the same words while the SO can still answer them.
    """
    bid = _opened_bid(bid_id, by)
    if bid.state is not BidState.OPENED:
        raise WrongStage("wrong_stage", state=bid.state)
    if bid.revision_wanted is not None:
        rules.require_new_request(_revision(bid, by), bid.revision_wanted, what)
    bid.revision_requested_at, bid.revision_wanted = by.now, what
    lot, package = _lot_and_package(bid)
    for contact in signatory_contacts([bid.organization_id], by=by)[bid.organization_id]:
        link = issue_link(REVISION, contact, bid.id, by=by)
        said = messages.revision_wanted(lot=lot.number, package=name_of(package), what=what, link=link)
        tell(contact, said, by=by, subject=bid)
    record(Event.REVISION_REQUESTED, bid, by)
    return bid


@command(Permission.BID_SUBMIT)
def answer_revision(bid_id: UUID, organization_id: UUID, text: str, *, by: Actor) -> Bid:
    """Complete a bid's documents (step 5.2, C6). ``organization_id``: the SO the sender speaks for."""
    bid = _opened_bid(bid_id, by)
    if bid.organization_id != organization_id:
        raise NotFound("not_found", what="bids")
    if bid.revision_requested_at is None or bid.state is not BidState.OPENED:
        raise WrongStage("wrong_stage", state=bid.state)
    bid.revision, bid.revised_at = text, by.now
    db.session.flush()
    take_back(bid.call_id, by=by)
    record(Event.REVISION_ANSWERED, bid, by)
    return bid


@command(Permission.BID_SCREEN)
def screen_bid(bid_id: UUID, ground: ExclusionGround | None, reason: str | None = None, *, by: Actor) -> Bid:
    """Admit an opened bid, or exclude it on one of the four grounds (step 5.2, C6); the SO is told why.

    Excluding the one that was selected takes that choice back, as long as the result is not public.
    ``ground``: ``None`` admits. For ``EXPERIENCE`` the system checks the record itself, and the SO reads
    nothing but the ground (D3). Refuses ``experience_not_shown``, ``experience_is_shown``,
    ``revision_not_requested``, ``revision_running`` and ``exclusion_reason_missing``.
    """
    bid = _opened_bid(bid_id, by)
    lot, package = _lot_and_package(bid)
    experienced = is_experienced(bid, package, by=by)
    rules.require_screening(ground, reason, experienced=experienced, revision=_revision(bid, by))
    excluded_before = bid.state is BidState.EXCLUDED
    if ground is None:
        bid.exclusion_ground = bid.exclusion_reason = None
        move(bid, "qualify", by)
        if excluded_before:
            said = messages.bid_admitted_after_all(lot=lot.number, package=name_of(package))
            _tell([bid.organization_id], said, bid, by)
    else:
        if bid.state is BidState.SELECTED:
            chosen = next(file for file in load_lots(get(Call, bid.call_id, by)) if file.lot.id == bid.lot_id)
            _take_back(chosen, ground.value, by)
        hidden = ground is ExclusionGround.EXPERIENCE
        bid.exclusion_ground, bid.exclusion_reason = ground, "" if hidden else reason
        move(bid, "exclude", by, ground.value)
        said = messages.bid_excluded(
            lot=lot.number,
            package=name_of(package),
            ground=ground.label,
            reason=f" {bid.exclusion_reason}" if bid.exclusion_reason else "",
        )
        _tell([bid.organization_id], said, bid, by)
    db.session.flush()
    take_back(bid.call_id, by=by)
    record(Event.BID_SCREENED, bid, by, admitted=ground is None, ground=ground)
    return bid


@command(Permission.BID_REVIEW)
def review_bid(
    bid_id: UUID, indicators: Mapping[str, str], satisfies: bool, reason: str, *, by: Actor
) -> Review:
    """Record a named reviewer's view of an admitted bid (step 5.3, C8, C9).

    ``indicators``: a verdict for each of the five; ``satisfies``: whether the bid satisfies the scope of
    work. Refuses ``indicator_unknown``, ``indicators_incomplete``, ``review_reason_missing`` and
    ``already_reviewed``.
    """
    bid = _opened_bid(bid_id, by)
    if bid.state is not BidState.QUALIFIED:
        raise WrongStage("wrong_stage", state=bid.state)
    rules.require_complete_review(indicators, reason)
    earlier = db.session.scalars(
        select(Review.reviewer_id).where(Review.tenant_id == by.tenant_id, Review.bid_id == bid.id)
    ).all()
    rules.require_first_review(by.id, earlier)
    review = Review(
        tenant_id=by.tenant_id,
        id=new_id(),
        bid_id=bid.id,
        reviewer_id=by.id,
        indicators={name: str(verdict) for name, verdict in indicators.items()},
        satisfies=satisfies,
        reason=reason,
        reviewed_at=by.now,
    )
    db.session.add(review)
    db.session.flush()
    record(Event.BID_REVIEWED, review, by, bid=bid.id)
    return review


@command(Permission.RESULT_SELECT)
def select_winner(lot_id: UUID, bid_id: UUID, reason: str, *, by: Actor) -> Award:
    """Select the bid that wins a lot (step 5.3, C9, C14); until publication another choice replaces it.

    Refuses ``selected_before``, ``bids_unscreened``, ``one_bid`` (C13), ``reviews_missing``, ``not_in_ranking``,
    ``not_first``, ``selection_reason_missing``, ``controlled_by_office`` (R2) and ``needs_umbrella`` (O6).
    """
    call = _opened_call(get(Lot, lot_id, by).call_id, by)
    file = next(file for file in load_lots(call) if file.lot.id == lot_id)
    if file.award is not None:
        rules.require_other_choice((file.award.bid_id, file.award.reason), (bid_id, reason))
    rules.require_competition(call.method, len(file.bids))
    _require_right_choice(file, bid_id, reason)
    chosen = next(one for one in file.bids if one.bid.id == bid_id)
    require_may_win(chosen.organization)
    if file.award is not None:
        _take_back(file, reason, by)
    award = Award(
        tenant_id=by.tenant_id,
        id=new_id(),
        call_id=call.id,
        lot_id=lot_id,
        bid_id=bid_id,
        reason=reason,
        selected_by=by.id,
        selected_at=by.now,
    )
    db.session.add(award)
    move(chosen.bid, "select", by, reason)
    db.session.flush()
    record(Event.WINNER_SELECTED, award, by, lot=file.lot.number, bid=bid_id)
    return award


@command(Permission.RESULT_SELECT)
def publish_result(call_id: UUID, *, by: Actor) -> Call:
    """Publish a call's result and tell every bidder, the unselected ones with the reason (step 5.4, C10).

    Objections are possible until the end of the standstill, the county's number of working days.
    Refuses ``lots_undecided`` and ``nothing_awarded``; and like ``select_winner``, where a bid was admitted or reviewed
    after the choice and makes it wrong, or the winner may no longer be awarded it (R2, O6).
    """
    call = _opened_call(call_id, by)
    lots = load_lots(call)
    rules.require_every_lot_decided([file.awardable for file in lots], [bool(file.award) for file in lots])
    for file in lots:
        if file.award is not None:
            _require_right_choice(file, file.award.bid_id, file.award.reason)
            require_may_win(file.winner().organization)
    days = settings_in_force(by.tenant_id, by.now).standstill_working_days
    until = deadline_after(by.now, days) if days else by.now + rules.SHORTEST_STANDSTILL
    for file in lots:
        if file.award is None:
            continue
        file.award.published_at, file.award.objections_until = by.now, until
        for one in file.bids:
            if one.bid.state is BidState.QUALIFIED:
                move(one.bid, "pass_over", by, file.why_not(one.bid.id).value)
    move(call, "publish_result", by)
    for file in lots:
        if file.award is not None:
            _announce(file, reviewer_names(lots), by)
    record(Event.RESULT_PUBLISHED, call, by, objections_until=until, standstill_working_days=days)
    return call


@command(Permission.RESULT_SELECT)
def fail_call(call_id: UUID, reason: str, *, by: Actor) -> Call:
    """End a call without a winner, so that it can be made again (C13); bidders are told.

    ``reason`` is public. Refuses ``winner_possible`` and ``failure_reason_missing``.
    """
    call = _opened_call(call_id, by)
    lots = load_lots(call)
    rules.require_failed([file.awardable for file in lots], reason)
    move(call, "fail", by, reason)
    said = messages.call_failed(
        call=call.number, title=InEach(call.title, call.title_en or call.title), reason=reason
    )
    _tell(_bidders(lots), said, call, by)
    record(Event.CALL_FAILED, call, by)
    return call


@command(Permission.RESULT_APPROVE)
def approve_result(call_id: UUID, *, by: Actor) -> list[Award]:
    """Approve a published result after the standstill, all objections resolved (step 5.5, C11, T4).

    Refuses ``own_preparation``, ``standstill_running`` and ``holds_open``.
    """
    call, lots = _published_result(call_id, by)
    awards = [file.award for file in lots if file.award]
    rules.require_approvable(
        by.now,
        max(award.objections_until for award in awards if award.objections_until),
        sum(hold.blocks for hold in load_holds(call)),
    )
    for award in awards:
        award.approved_by, award.approved_at = by.id, by.now
    move(call, "approve", by)
    record(Event.RESULT_APPROVED, call, by, awards=[award.id for award in awards])
    return awards


@command(Permission.RESULT_APPROVE)
def return_result(call_id: UUID, reason: str, *, by: Actor) -> Call:
    """Refuse to approve a result and return it with reasons (step 5.5, C11, T4); bidders are told.

    The awards are withdrawn, the bids can be looked at again. Refuses ``own_preparation``,
    ``return_reason_missing``.
    """
    call, lots = _published_result(call_id, by)
    rules.require_return_reason(reason)
    for file in lots:
        if file.award is not None:
            _take_back(file, reason, by)
    move(call, "return", by, reason)
    _tell(_bidders(lots), messages.result_withdrawn(call=call.number), call, by)
    record(Event.RESULT_RETURNED, call, by)
    return call


def require_may_win(organization: Organization) -> None:
    """Refuse an SO under the office's control (R2), or one that cannot hold the contract (O6); for use inside a gate."""
    require_independent(organization.controlled_by_office)
    require_can_hold_contract(organization, _umbrella(organization))


def name_of(package: Package) -> InEach:
    """A package's name in each language."""
    return InEach(package.name, package.name_en or package.name)


def _opened_call(call_id: UUID, by: Actor) -> Call:
    call = lock(Call, call_id, by)
    if call.state is not CallState.OPENED:
        raise WrongStage("wrong_stage", state=call.state)
    return call


def _opened_bid(bid_id: UUID, by: Actor) -> Bid:
    """A bid that was opened, with its call, both locked; as if there were none while it is sealed (C5)."""
    _opened_call(get(Bid, bid_id, by).call_id, by)
    bid = lock(Bid, bid_id, by)
    if bid.state not in READ:
        raise NotFound("not_found", what="bids")
    return bid


def _require_right_choice(file: LotFile, bid_id: UUID, reason: str) -> None:
    """Refuse a choice that screening and reviews, as they stand now, do not lead to (C6, C8, C9)."""
    method = file.call.method
    rules.require_all_screened(file.waiting)
    rules.require_reviewers(method, file.candidates)
    rules.require_right_choice(method, file.ranking, bid_id, reason)


def _published_result(call_id: UUID, by: Actor) -> tuple[Call, list[LotFile]]:
    """A call whose result is public, in the hands of someone who may decide on it (T4)."""
    call = lock(Call, call_id, by)
    if call.state is not CallState.RESULT_PUBLISHED:
        raise WrongStage("wrong_stage", state=call.state)
    lots = load_lots(call)
    rules.require_other_hands(by.id, involved_in(call, lots))
    return call, lots


def _take_back(file: LotFile, reason: str, by: Actor) -> None:
    assert file.award is not None
    file.award.withdrawn_at, file.award.withdrawn_because = by.now, reason
    for one in file.bids:
        if one.bid.state in (BidState.SELECTED, BidState.UNSUCCESSFUL):
            move(one.bid, "reconsider", by, reason)
    db.session.flush()


def _revision(bid: Bid, by: Actor) -> Revision:
    return rules.revision_of(bid.revision_requested_at, bid.revised_at, by.now, life=LIFE)


def _lot_and_package(bid: Bid) -> tuple[Lot, Package]:
    lot, package = db.session.execute(
        select(Lot, Package)
        .join(Package, (Package.tenant_id == Lot.tenant_id) & (Package.id == Lot.package_id))
        .where(Lot.tenant_id == bid.tenant_id, Lot.id == bid.lot_id)
    ).one()
    return lot, package


def _umbrella(organization: Organization) -> Organization | None:
    return db.session.scalar(
        select(Organization).where(
            Organization.tenant_id == organization.tenant_id, Organization.id == organization.umbrella_id
        )
    )


def _bidders(lots: Iterable[LotFile]) -> list[UUID]:
    return list(dict.fromkeys(one.bid.organization_id for file in lots for one in file.bids))


def _announce(file: LotFile, reviewers: list[str], by: Actor) -> None:
    """Tell every bidder of a lot what step 5.4 lists, and the unselected ones why."""
    assert file.award is not None
    winner, package = file.winner(), name_of(file.package)
    office = db.session.get_one(Tenant, by.tenant_id)
    notice = messages.result_notice(
        purchaser=InEach(office.name_zh, office.name_en),
        lot=file.lot.number,
        package=package,
        provider=winner.organization.name,
        fee=winner.bid.price,
        reviewers=InEach("、".join(reviewers), ", ".join(reviewers)),
        until=file.award.objections_until,
        hotline=office.hotline or messages.THIS_NUMBER,
    )
    for one in file.bids:
        _tell([one.bid.organization_id], notice, one.bid, by)
        if one.bid.state is BidState.UNSUCCESSFUL:
            why = messages.not_selected(
                lot=file.lot.number,
                package=package,
                why=file.why_not(one.bid.id).label,
                until=file.award.objections_until,
            )
            _tell([one.bid.organization_id], why, one.bid, by)


def _tell(organizations: Iterable[UUID], said: Said, subject: Bid | Call, by: Actor) -> None:
    for contacts in signatory_contacts(list(organizations), by=by).values():
        for contact in contacts:
            tell(contact, said, by=by, subject=subject)
