"""Reads of step 5 up to the opening."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from channels.models import Delivery, OutboundMessage
from service.organizations.models import Organization
from service.preparation.models import Package, Plan, PlanLine
from service.preparation.queries import in_effect
from service.preparation.rules import PackageState
from service.procurement.models import Addressee, Amendment, Bid, Call, Lot, OpeningConsent
from service.procurement.rules import (
    OVER,
    BidState,
    CallState,
    is_late,
    is_open_for_bids,
    is_open_for_questions,
)
from service.reminders.queries import RemindersView
from service.reminders.queries import about as reminders_about
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.people import person_names
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.states import Move, list_moves

TAKEN_BACK = (BidState.SUPERSEDED, BidState.WITHDRAWN)
"""Bids that a later one replaced, or that were withdrawn."""

NO_LONGER_COUNT = (*TAKEN_BACK, BidState.STALE)
"""The same, and those not confirmed after a change; nobody ever reads them."""


@dataclass(frozen=True)
class NamedLot:
    """A lot with the package it stands for."""

    id: UUID
    number: int
    package_id: UUID
    name: str
    name_en: str | None


@dataclass(frozen=True)
class News:
    """How far the news got on one phone, and since when."""

    state: Delivery
    at: datetime


@dataclass(frozen=True)
class Told:
    """An SO a call is meant for, and how far the news got on each of its phones (C2)."""

    organization_id: UUID
    name: str
    messages: list[News]


@dataclass(frozen=True)
class Applicant:
    """An SO that bid for a lot; price, content and digest are ``None`` until the opening (C5, C14)."""

    bid_id: UUID
    lot: int
    organization: str
    received_at: datetime
    state: BidState
    digest: str | None
    price: Decimal | None
    content: dict[str, Any] | None


@dataclass(frozen=True)
class Passage:
    """A move of a call: the state it led to, when, by whom and why."""

    state: CallState
    at: datetime
    who: str | None
    reason: str | None


@dataclass(frozen=True)
class CallView:
    """All a page shows of a call; ``applicants`` is ``None`` for those who may not read bids.

    ``bidding`` and ``asking``: whether the time for bids and for questions runs.
    """

    call: Call
    lots: list[NamedLot]
    told: list[Told]
    applicants: list[Applicant] | None
    consents: dict[UUID, str]
    moves: list[Passage]
    past_deadline: bool
    bidding: bool
    asking: bool
    amendments: list[Amendment]
    reminders: list[RemindersView]


@query(Permission.CALL_READ)
def find_call(call_id: UUID, *, by: Actor) -> Call:
    """One call; ``NotFound`` otherwise."""
    return get(Call, call_id, by)


@query(Permission.CALL_READ)
def list_calls(*, by: Actor) -> list[Call]:
    """The calls of the actor's office, newest first."""
    return list(
        db.session.scalars(select(Call).where(Call.tenant_id == by.tenant_id).order_by(Call.number.desc()))
    )


@query(Permission.PORTAL_READ)
def find_lot_by_number(number: int, *, by: Actor) -> tuple[Lot, Call, Package]:
    """The lot SOs know by this number, with its published call; ``NotFound("lot_unknown")`` otherwise."""
    found = db.session.execute(
        select(Lot, Call, Package)
        .join(Call, (Call.tenant_id == Lot.tenant_id) & (Call.id == Lot.call_id))
        .join(Package, (Package.tenant_id == Lot.tenant_id) & (Package.id == Lot.package_id))
        .where(Lot.tenant_id == by.tenant_id, Lot.number == number, Call.state != CallState.DRAFT)
    ).first()
    if found is None:
        raise NotFound("lot_unknown", number=number)
    lot, call, package = found
    return lot, call, package


@query(Permission.CALL_READ)
def list_lots(call_id: UUID, *, by: Actor) -> list[NamedLot]:
    """The lots of a call by number."""
    call = get(Call, call_id, by)
    rows = db.session.execute(
        select(Lot, Package)
        .join(Package, (Package.tenant_id == Lot.tenant_id) & (Package.id == Lot.package_id))
        .where(Lot.tenant_id == call.tenant_id, Lot.call_id == call.id)
        .order_by(Lot.number)
    )
    return [NamedLot(lot.id, lot.number, package.id, package.name, package.name_en) for lot, package in rows]


@query(Permission.CALL_READ)
def list_addressees(call_id: UUID, *, by: Actor) -> list[Told]:
    """Who a call is meant for, when each was told, and whether the news arrived (C2)."""
    call = get(Call, call_id, by)
    rows = db.session.execute(
        select(Addressee.id, Organization.id, Organization.name)
        .join(
            Organization,
            (Organization.tenant_id == Addressee.tenant_id) & (Organization.id == Addressee.organization_id),
        )
        .where(Addressee.tenant_id == call.tenant_id, Addressee.call_id == call.id)
        .order_by(Organization.number)
    ).all()
    sent: dict[UUID, list[News]] = {row[0]: [] for row in rows}
    messages = db.session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.tenant_id == call.tenant_id,
            OutboundMessage.subject_type == Addressee.__tablename__,
            OutboundMessage.subject_id.in_(sent),
        )
        .order_by(OutboundMessage.created_at)
    )
    for message in messages:
        if message.subject_id is not None:
            sent[message.subject_id].append(News(message.state, _told_at(message)))
    return [Told(organization, name, sent[addressee]) for addressee, organization, name in rows]


def _told_at(message: OutboundMessage) -> datetime:
    """When a message had got as far as it did; of one that nothing was heard of, when it left (C2)."""
    if message.state is Delivery.UNCONFIRMED and message.sent_at is not None:
        return message.sent_at
    return message.settled_at or message.sent_at or message.created_at


@query(Permission.CALL_READ)
def list_amendments(call_id: UUID, *, by: Actor) -> list[Amendment]:
    """How a call changed after its publication, newest first (C15)."""
    call = get(Call, call_id, by)
    return list(
        db.session.scalars(
            select(Amendment)
            .where(Amendment.tenant_id == call.tenant_id, Amendment.call_id == call.id)
            .order_by(Amendment.made_at.desc(), Amendment.id.desc())
        )
    )


@query(Permission.CALL_READ)
def list_reminders(call_id: UUID, *, by: Actor) -> list[RemindersView]:
    """Which reminders about a call leave when, and which have left (S6)."""
    return reminders_about(get(Call, call_id, by).id, by=by)


@query(Permission.BID_READ)
def list_applicants(call_id: UUID, *, by: Actor) -> list[Applicant]:
    """Who bid, once the deadline has passed, and what, once two officers opened it (C5); nobody before."""
    call = get(Call, call_id, by)
    if call.deadline is None or not is_late(call.deadline, by.now):
        return []
    return _applicants(call)


@query(Permission.CALL_READ)
def view_call(call_id: UUID, *, by: Actor) -> CallView:
    """A call with its lots, audience, applicants and history, for its page."""
    call = get(Call, call_id, by)
    agreed = db.session.scalars(
        select(OpeningConsent.person_id)
        .where(OpeningConsent.tenant_id == call.tenant_id, OpeningConsent.call_id == call.id)
        .order_by(OpeningConsent.given_at)
    ).all()
    moves = list_moves(call)
    names = person_names({*agreed, *(one.actor_id for one in moves if one.actor_id)})
    return CallView(
        call,
        list_lots(call_id, by=by),
        list_addressees(call_id, by=by),
        list_applicants(call_id, by=by) if by.may(Permission.BID_READ) else None,
        {person: names.get(person, "—") for person in agreed},
        [_passage(one, names) for one in moves],
        call.deadline is not None and is_late(call.deadline, by.now),
        is_open_for_bids(call.state, call.deadline, by.now),
        is_open_for_questions(call.state, call.questions_until, by.now),
        list_amendments(call_id, by=by),
        list_reminders(call_id, by=by),
    )


@query(Permission.CALL_WRITE)
def list_callable(*, by: Actor) -> list[Package]:
    """The packages that could go into a new call: in an approved plan, and in no other standing call."""
    called = (
        select(Lot.package_id)
        .join(Call, (Call.tenant_id == Lot.tenant_id) & (Call.id == Lot.call_id))
        .where(Lot.tenant_id == by.tenant_id, Call.state.not_in(OVER))
    )
    planned = (
        select(PlanLine.package_id)
        .join(Plan, (Plan.tenant_id == PlanLine.tenant_id) & (Plan.id == PlanLine.plan_id))
        .where(PlanLine.tenant_id == by.tenant_id, PlanLine.included, in_effect())
    )
    return list(
        db.session.scalars(
            select(Package)
            .where(
                Package.tenant_id == by.tenant_id,
                Package.state == PackageState.READY,
                Package.id.in_(planned),
                Package.id.not_in(called),
            )
            .order_by(Package.number)
        )
    )


@query(Permission.CALL_READ)
def count_calls(*, by: Actor) -> Counter[CallState]:
    """How many calls stand in each state."""
    rows = db.session.execute(
        select(Call.state, func.count()).where(Call.tenant_id == by.tenant_id).group_by(Call.state)
    )
    return Counter(dict(iter(rows)))


@query(Permission.CALL_READ)
def list_to_open(*, by: Actor) -> list[tuple[Call, int]]:
    """The calls past their deadline and still sealed, with how many officers agreed to open each."""
    agreed = (
        select(func.count(OpeningConsent.id))
        .where(OpeningConsent.tenant_id == Call.tenant_id, OpeningConsent.call_id == Call.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Call, agreed)
        .where(Call.tenant_id == by.tenant_id, Call.state == CallState.PUBLISHED, Call.deadline < by.now)
        .order_by(Call.deadline)
    )
    return [(call, number) for call, number in rows]


def _applicants(call: Call) -> list[Applicant]:
    rows = db.session.execute(
        select(Bid, Lot.number, Organization.name)
        .join(Lot, (Lot.tenant_id == Bid.tenant_id) & (Lot.id == Bid.lot_id))
        .join(
            Organization, (Organization.tenant_id == Bid.tenant_id) & (Organization.id == Bid.organization_id)
        )
        .where(Bid.tenant_id == call.tenant_id, Bid.call_id == call.id, Bid.state.not_in(TAKEN_BACK))
        .order_by(Lot.number, Bid.price, Organization.name)
    )
    return [
        Applicant(
            bid.id,
            lot,
            name,
            bid.received_at,
            bid.state,
            bid.digest if call.opened_at else None,
            bid.price,
            bid.content,
        )
        for bid, lot, name in rows
    ]


def _passage(move: Move, names: dict[UUID, str]) -> Passage:
    who = names.get(move.actor_id) if move.actor_id else None
    return Passage(CallState(move.after), move.at, who, move.reason)
