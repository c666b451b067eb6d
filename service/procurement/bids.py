"""Handing in sealed bids (C4, C5): what a signatory's word and PIN turn into a receipt.

A command here never raises once a wrong PIN was counted or a late bid recorded: it returns ``Declined``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from channels.answers import make_reference
from channels.contacts import locale_of
from channels.links import issue_link
from channels.messages import Said
from channels.models import Contact
from channels.outbox import tell
from service.organizations.models import Organization, Signatory
from service.organizations.queries import as_signatory
from service.organizations.workflow import check_pin
from service.preparation.models import Package
from service.preparation.rules import ProcurementMethod
from service.procurement import messages, rules, sealing
from service.procurement.models import Addressee, Bid, Call, Lot
from service.procurement.queries import find_lot_by_number
from service.procurement.rules import HANDED_IN, BidState, CallState
from service.procurement.sealing import SealedBid
from service.reminders.workflow import take_back
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock, query
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.states import move

APPLICATION = "bid_application"
"""The purpose of the link to the application form."""


@dataclass(frozen=True)
class OpenLot:
    """What an SO needs to know of a lot to bid for it; ``by_message``: number and amount are enough (C4).

    ``stale``: the SO's own bid waits to be confirmed, since the call changed (C15).
    """

    number: int
    title: str
    title_en: str | None
    deadline: datetime
    by_message: bool
    stale: bool = False


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

    def said(self) -> Said:
        """The receipt in words."""
        return messages.RECEIPT(
            number=self.number, receipt=self.receipt, digest=self.digest, deadline=self.deadline
        )


@dataclass(frozen=True)
class FormSent:
    """The link to an application form, which works once and until the deadline."""

    number: int
    url: str
    deadline: datetime


@dataclass(frozen=True)
class Declined:
    """A bid that was not taken, for a reason that stays on record: ``late``, or what ``check_pin`` says."""

    code: str
    number: int
    deadline: datetime

    def said(self) -> Said:
        """The reason in words."""
        if self.code == "late":
            return messages.LATE(number=self.number, deadline=self.deadline)
        return messages.PIN_PROBLEMS[self.code]()


@query(Permission.BID_SUBMIT)
def find_open_lot(number: int, *, by: Actor) -> OpenLot:
    """The lot an SO may bid for, also just after its deadline; ``by`` is its signatory (C4, P6, R2).

    Refuses ``lot_unknown``, ``call_not_open``, ``not_addressed`` and ``controlled_by_office``.
    """
    reach = _reach(number, by)
    by_message = rules.is_given_by_message(reach.call.method)
    bid = _standing_bid(reach)
    stale = bid is not None and bid.state is BidState.STALE
    return OpenLot(number, reach.package.name, reach.package.name_en, reach.deadline, by_message, stale)


@query(Permission.BID_SUBMIT)
def list_open_lots(*, by: Actor) -> list[OpenLot]:
    """The lots that the signatory's SO may bid for now, those that close first on top."""
    return [lot for lot in list_unopened_lots(by=by) if not rules.is_late(lot.deadline, by.now)]


@query(Permission.BID_SUBMIT)
def list_unopened_lots(*, by: Actor) -> list[OpenLot]:
    """The lots the signatory's SO was asked to bid for and whose bids are not opened yet, also after the deadline (C5)."""
    _, _, organization = as_signatory(by=by)
    addressed = select(Addressee.call_id).where(
        Addressee.tenant_id == by.tenant_id, Addressee.organization_id == organization.id
    )
    rows = db.session.execute(
        select(Lot.number, Package.name, Package.name_en, Call.deadline, Call.method)
        .join(Call, (Call.tenant_id == Lot.tenant_id) & (Call.id == Lot.call_id))
        .join(Package, (Package.tenant_id == Lot.tenant_id) & (Package.id == Lot.package_id))
        .where(
            Lot.tenant_id == by.tenant_id,
            Call.state == CallState.PUBLISHED,
            Call.id.in_(addressed) | (Call.method == ProcurementMethod.OPEN_TENDER),
        )
        .order_by(Call.deadline, Lot.number)
    )
    return [
        OpenLot(number, name, name_en, deadline, rules.is_given_by_message(method))
        for number, name, name_en, deadline, method in rows
        if deadline
    ]


@query(Permission.BID_SUBMIT)
def seal_price(number: int, price: Decimal, *, by: Actor) -> SealedBid:
    """Seal a quotation of ``price`` yuan at once, so that nothing unsealed is kept anywhere (C5).

    Refuses what ``find_open_lot`` refuses, and ``form_needed`` for other methods (C4).
    """
    reach = _reach(number, by)
    rules.require_given_by_message(reach.call.method)
    return sealing.seal(
        price,
        {},
        call_id=reach.call.id,
        public_key=reach.public_key,
        lot=number,
        organization_id=reach.organization.id,
        at=by.now,
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
    return declined if declined is not None else _take(reach, sealed, by)


@command(Permission.BID_SUBMIT)
def ask_for_form(number: int, *, pin: str, by: Actor) -> FormSent | Declined:
    """Give the signatory a single-use link to the application form that other methods need (C4, T5).

    The PIN is proved here, so that the form need not ask for it. Refuses and declines like ``submit_bid``.
    """
    assert by.id is not None
    reach = _reach(number, by)
    declined = _decline(reach, pin, by)
    if declined is not None:
        return declined
    locale = locale_of(get(Contact, by.id, by))
    url = issue_link(APPLICATION, by.id, reach.lot.id, locale=locale, by=by)
    return FormSent(number, url, reach.deadline)


@command(Permission.BID_SUBMIT)
def submit_application(
    lot_id: UUID, price: Decimal, texts: Mapping[str, str], *, by: Actor
) -> Receipt | Declined:
    """Hand in what the application form holds, sealed at once, and tell the signatory the receipt (C4, C5).

    ``price``: in yuan; ``texts``: the answers of ``ApplicationSchema``. The link to the form proves the PIN.
    """
    assert by.id is not None
    lot = get(Lot, lot_id, by)
    reach = _reach(lot.number, by)
    lock(Call, reach.call.id, by)
    if rules.is_late(reach.deadline, by.now):
        late = _late(reach, by)
        tell(by.id, late.said(), by=by, subject=lot)
        return late
    sealed = sealing.seal(
        price,
        texts,
        call_id=reach.call.id,
        public_key=reach.public_key,
        lot=lot.number,
        organization_id=reach.organization.id,
        at=by.now,
    )
    receipt = _take(reach, sealed, by)
    tell(by.id, receipt.said(), by=by, subject=lot)
    return receipt


def _take(reach: Reach, sealed: SealedBid, by: Actor) -> Receipt:
    before, number = _standing_bid(reach), reach.lot.number
    if before is not None:
        move(before, "supersede", by)
        db.session.flush()
    bid = Bid(
        tenant_id=by.tenant_id,
        id=new_id(),
        call_id=reach.call.id,
        lot_id=reach.lot.id,
        organization_id=reach.organization.id,
        signatory_id=reach.signatory.id,
        receipt=make_reference(random.SystemRandom()),
        digest=sealed.digest,
        sealed=sealed.sealed,
        received_at=by.now,
        channel=by.channel,
    )
    db.session.add(bid)
    db.session.flush()
    replaced = before and before.receipt
    record(Event.BID_RECEIVED, bid, by, lot=number, receipt=bid.receipt, digest=bid.digest, replaces=replaced)
    take_back(reach.call.id, by=by)
    return Receipt(number, bid.receipt, bid.digest, reach.deadline)


@command(Permission.BID_SUBMIT)
def confirm_bid(number: int, *, pin: str, by: Actor) -> Receipt | Declined:
    """Let the SO's bid for a lot count as it is, after its call changed (C15, T5).

    Refuses what ``find_open_lot`` refuses, and ``nothing_to_confirm``; returns ``Declined`` as above.
    """
    reach = _reach(number, by)
    declined = _decline(reach, pin, by)
    if declined is not None:
        return declined
    bid = _standing_bid(reach)
    if bid is None or bid.state is not BidState.STALE:
        raise NotFound("nothing_to_confirm", number=number)
    move(bid, "confirm", by)
    db.session.flush()
    record(Event.BID_CONFIRMED, bid, by, lot=number, receipt=bid.receipt)
    take_back(reach.call.id, by=by)
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
            Addressee.tenant_id == by.tenant_id,
            Addressee.call_id == call.id,
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
            Bid.tenant_id == reach.lot.tenant_id,
            Bid.lot_id == reach.lot.id,
            Bid.organization_id == reach.organization.id,
            Bid.state.in_(HANDED_IN),
        )
    )
