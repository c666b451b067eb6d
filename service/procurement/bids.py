"""Handing in sealed bids (C4, C5): what a signatory's word and PIN turn into a receipt.

A command here never raises once a wrong PIN was counted or a late bid recorded: it returns ``Declined``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from channels.answers import make_reference
from service.organizations.models import Organization, Signatory
from service.organizations.queries import as_signatory
from service.organizations.workflow import check_pin
from service.preparation.models import Package
from service.preparation.rules import ProcurementMethod
from service.procurement import rules, sealing
from service.procurement.models import Addressee, Bid, Call, Lot
from service.procurement.queries import find_lot_by_number
from service.procurement.rules import BidState, CallState
from service.procurement.sealing import SealedBid
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock, query
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.states import move


@dataclass(frozen=True)
class OpenLot:
    """What an SO needs to know of a lot to bid for it."""

    number: int
    title: str
    title_en: str | None
    deadline: datetime


@dataclass(frozen=True)
class Reach:
    """A lot within reach of the SO whose signatory acts."""

    lot: Lot
    call: Call
    package: Package
    organization: Organization
    signatory: Signatory
    deadline: datetime
    public_key: bytes


@dataclass(frozen=True)
class Receipt:
    """What an SO gets for a bid, to check it after the opening (C4)."""

    number: int
    receipt: str
    digest: str
    deadline: datetime


@dataclass(frozen=True)
class Declined:
    """A bid that was not taken, for a reason that stays on record: ``late``, or what ``check_pin`` says."""

    code: str
    number: int
    deadline: datetime


@query(Permission.BID_SUBMIT)
def find_open_lot(number: int, *, by: Actor) -> OpenLot:
    """The lot an SO may bid for, also just after its deadline; ``by`` is its signatory (C4, P6, R2).

    Refuses ``lot_unknown``, ``call_not_open``, ``not_addressed`` and ``controlled_by_office``.
    """
    reach = _reach(number, by)
    return OpenLot(number, reach.package.name, reach.package.name_en, reach.deadline)


@query(Permission.BID_SUBMIT)
def list_open_lots(*, by: Actor) -> list[OpenLot]:
    """The lots that the signatory's SO may bid for now, those that close first on top."""
    _, _, organization = as_signatory(by=by)
    addressed = select(Addressee.call_id).where(
        Addressee.tenant_id == by.tenant_id, Addressee.organization_id == organization.id
    )
    rows = db.session.execute(
        select(Lot.number, Package.name, Package.name_en, Call.deadline)
        .join(Call, (Call.tenant_id == Lot.tenant_id) & (Call.id == Lot.call_id))
        .join(Package, (Package.tenant_id == Lot.tenant_id) & (Package.id == Lot.package_id))
        .where(
            Lot.tenant_id == by.tenant_id, Call.state == CallState.PUBLISHED, Call.deadline >= by.now,
            Call.id.in_(addressed) | (Call.method == ProcurementMethod.OPEN_TENDER),
        )
        .order_by(Call.deadline, Lot.number)
    )
    return [OpenLot(number, name, name_en, deadline) for number, name, name_en, deadline in rows if deadline]


@query(Permission.BID_SUBMIT)
def seal_price(number: int, price: Decimal, *, by: Actor) -> SealedBid:
    """Seal a quotation of ``price`` yuan at once, so that nothing unsealed is kept anywhere (C5)."""
    reach = _reach(number, by)
    return sealing.seal(
        price, {}, call_id=reach.call.id, public_key=reach.public_key, lot=number,
        organization_id=reach.organization.id, at=by.now,
    )


@command(Permission.BID_SUBMIT)
def record_late(number: int, *, by: Actor) -> Declined:
    """Put on record that an SO came after the deadline (C4)."""
    return _late(_reach(number, by), by)


@command(Permission.BID_SUBMIT)
def submit_bid(number: int, sealed: SealedBid, *, pin: str, by: Actor) -> Receipt | Declined:
    """Hand in a sealed bid with the signatory's PIN; it replaces an earlier one, which is kept (C4, T5).

    ``number``: the lot's. Refuses what ``find_open_lot`` refuses; returns ``Declined`` when it is late or the
    PIN is wrong.
    """
    reach = _reach(number, by)
    declined = _decline(reach, pin, by)
    if declined is not None:
        return declined
    before = _standing_bid(reach)
    if before is not None:
        move(before, "supersede", by)
        db.session.flush()
    bid = Bid(
        tenant_id=by.tenant_id, id=new_id(), call_id=reach.call.id, lot_id=reach.lot.id,
        organization_id=reach.organization.id, signatory_id=reach.signatory.id,
        receipt=make_reference(random.SystemRandom()), digest=sealed.digest, sealed=sealed.sealed,
        received_at=by.now, channel=by.channel,
    )
    db.session.add(bid)
    db.session.flush()
    replaced = before and before.receipt
    record(
        Event.BID_RECEIVED, bid, by, lot=number, receipt=bid.receipt, digest=bid.digest, replaces=replaced
    )
    return Receipt(number, bid.receipt, bid.digest, reach.deadline)


@command(Permission.BID_SUBMIT)
def withdraw_bid(number: int, *, pin: str, by: Actor) -> Receipt | Declined:
    """Take the SO's bid for a lot back before the deadline; nobody will ever read it (C4).

    Refuses what ``find_open_lot`` refuses, and ``nothing_to_withdraw``; returns ``Declined`` as above.
    """
    reach = _reach(number, by)
    bid = _standing_bid(reach)
    if bid is None:
        raise NotFound("nothing_to_withdraw", number=number)
    declined = _decline(reach, pin, by)
    if declined is not None:
        return declined
    move(bid, "withdraw", by)
    record(Event.BID_WITHDRAWN, bid, by, lot=number, receipt=bid.receipt)
    return Receipt(number, bid.receipt, bid.digest, reach.deadline)


def _reach(number: int, by: Actor) -> Reach:
    _, signatory, organization = as_signatory(by=by)
    lot, call, package = find_lot_by_number(number, by=by)
    rules.require_open_for_bids(call.state)
    addressed = db.session.scalar(
        select(Addressee.id).where(
            Addressee.tenant_id == by.tenant_id, Addressee.call_id == call.id,
            Addressee.organization_id == organization.id,
        )
    )
    rules.require_addressed(call.method, addressed is not None)
    rules.require_independent(organization.controlled_by_office)
    assert call.deadline is not None
    assert call.public_key is not None
    return Reach(lot, call, package, organization, signatory, call.deadline, call.public_key)


def _decline(reach: Reach, pin: str, by: Actor) -> Declined | None:
    call = lock(Call, reach.call.id, by)
    rules.require_open_for_bids(call.state)
    if rules.is_late(reach.deadline, by.now):
        return _late(reach, by)
    problem = check_pin(reach.signatory.id, pin, by=by)
    return None if problem is None else Declined(problem, reach.lot.number, reach.deadline)


def _late(reach: Reach, by: Actor) -> Declined:
    record(Event.BID_REFUSED_LATE, reach.lot, by, lot=reach.lot.number, deadline=reach.deadline)
    return Declined("late", reach.lot.number, reach.deadline)


def _standing_bid(reach: Reach) -> Bid | None:
    return db.session.scalar(
        select(Bid).where(
            Bid.tenant_id == reach.lot.tenant_id, Bid.lot_id == reach.lot.id,
            Bid.organization_id == reach.organization.id, Bid.state == BidState.SEALED,
        )
    )
