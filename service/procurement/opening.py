"""Opening bids (C5): two officers in two requests, and every SO can check that its bid was not touched."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select

from channels.outbox import tell
from service.organizations.queries import signatory_contacts
from service.procurement import messages, rules, sealing
from service.procurement.models import Bid, Call, Lot, OpeningConsent
from service.procurement.rules import BidState
from service.reminders.workflow import take_back
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.permissions import Permission
from tenants.refusals import RuleBroken
from tenants.states import list_moves, move, require_move


@command(Permission.BID_OPEN)
def agree_to_open(call_id: UUID, *, by: Actor) -> OpeningConsent:
    """Give one officer's word that the bids may be opened, freshly re-authenticated (C5, T4).

    Refuses ``reauthenticate``, ``wrong_stage``, ``too_early`` and ``two_persons``.
    """
    by.require_fresh()
    call, consents = _openable(call_id, by)
    rules.require_new_word(consents, by.id)
    assert by.id is not None
    consent = OpeningConsent(tenant_id=by.tenant_id, call_id=call.id, person_id=by.id, given_at=by.now)
    db.session.add(consent)
    db.session.flush()
    record(Event.OPENING_AGREED, call, by, number=call.number)
    return consent


@command(Permission.BID_OPEN)
def open_bids(call_id: UUID, *, by: Actor) -> Call:
    """Open all standing bids as the second officer, freshly re-authenticated, and tell each SO (C5, T4).

    A bid whose bytes, lot, SO or digest do not fit is flagged, never silently accepted. The call's private
    key is destroyed: what was replaced, withdrawn, or not confirmed after a change (C15), stays unread for ever.
    Refuses ``reauthenticate``, ``wrong_stage``, ``too_early``, ``second_officer_missing``, ``two_preparers`` and
    ``call_key_missing``.
    """
    by.require_fresh()
    call, consents = _openable(call_id, by)
    rules.require_two_officers(consents, by.id, preparers_of(call))
    bids = db.session.execute(
        select(Bid, Lot)
        .join(Lot, (Lot.tenant_id == Bid.tenant_id) & (Lot.id == Bid.lot_id))
        .where(Bid.tenant_id == by.tenant_id, Bid.call_id == call.id, Bid.state == BidState.SEALED)
        .order_by(Lot.number, Bid.received_at)
        .with_for_update(of=Bid)
    ).all()
    unconfirmed = db.session.execute(
        select(Bid, Lot)
        .join(Lot, (Lot.tenant_id == Bid.tenant_id) & (Lot.id == Bid.lot_id))
        .where(Bid.tenant_id == by.tenant_id, Bid.call_id == call.id, Bid.state == BidState.STALE)
    ).all()
    private = _private_key(call)
    for bid, lot in bids:
        _open(bid, lot, private, by)
    call.opened_at, call.private_key = by.now, None
    move(call, "open", by)
    db.session.flush()
    take_back(call.id, by=by)
    record(
        Event.BIDS_OPENED,
        call,
        by,
        number=call.number,
        officers=[*consents, by.id],
        bids=len(bids),
        unreadable=[bid.receipt for bid, _lot in bids if bid.state is BidState.UNREADABLE],
        unconfirmed=[bid.receipt for bid, _lot in unconfirmed],
    )
    _tell_bidders([(bid, lot) for bid, lot in bids], by)
    _tell_unconfirmed([(bid, lot) for bid, lot in unconfirmed], by)
    return call


def preparers_of(call: Call) -> set[UUID]:
    """Who drafted and who published a call (T4); for use inside a gate."""
    published = [one.actor_id for one in list_moves(call) if one.verb == "publish"]
    return {person for person in (call.prepared_by, *published) if person is not None}


def _openable(call_id: UUID, by: Actor) -> tuple[Call, list[UUID]]:
    call = lock(Call, call_id, by)
    require_move(Call.MOVES, call.state, "open")
    assert call.deadline is not None
    rules.require_past_deadline(call.deadline, by.now)
    consents = db.session.scalars(
        select(OpeningConsent.person_id)
        .where(OpeningConsent.tenant_id == by.tenant_id, OpeningConsent.call_id == call.id)
        .order_by(OpeningConsent.given_at)
    )
    return call, list(consents)


def _private_key(call: Call) -> X25519PrivateKey:
    try:
        return sealing.unwrap(call.id, call.private_key or b"")
    except sealing.Unreadable:
        raise RuleBroken("call_key_missing") from None


def _open(bid: Bid, lot: Lot, private: X25519PrivateKey, by: Actor) -> None:
    try:
        content = sealing.unseal(bid.sealed, private, bid.call_id)
    except sealing.Unreadable:
        move(bid, "flag", by)
        return
    if not rules.is_genuine(content, bid.digest, lot.number, bid.organization_id):
        move(bid, "flag", by)
        return
    bid.price, bid.nonce, bid.content = Decimal(content["price"]), content["nonce"], content
    move(bid, "open", by)


def _tell_bidders(bids: list[tuple[Bid, Lot]], by: Actor) -> None:
    contacts = signatory_contacts({bid.organization_id for bid, _lot in bids}, by=by)
    for bid, lot in bids:
        if bid.state is BidState.UNREADABLE:
            said = messages.BID_UNREADABLE(number=lot.number, receipt=bid.receipt)
        else:
            number = sum(other.lot_id == lot.id for other, _lot in bids)
            said = messages.BIDS_OPENED(number=lot.number, bids=number, price=bid.price, digest=bid.digest)
        for contact_id in contacts[bid.organization_id]:
            tell(contact_id, said, by=by, subject=bid)


def _tell_unconfirmed(bids: list[tuple[Bid, Lot]], by: Actor) -> None:
    contacts = signatory_contacts({bid.organization_id for bid, _lot in bids}, by=by)
    for bid, lot in bids:
        for contact_id in contacts[bid.organization_id]:
            tell(
                contact_id,
                messages.BID_NOT_CONFIRMED(number=lot.number, receipt=bid.receipt),
                by=by,
                subject=bid,
            )
