"""What step 5 reminds of: bids and questions, before it is too late (C3, C4), bids that stopped halfway (S4), documents (C6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from channels.links import LIFE
from channels.messages import InEach, Message, Said
from channels.models import Contact, Dialogue
from service.organizations.models import Signatory
from service.organizations.queries import signatory_of, with_phones
from service.procurement.dialogue import BID
from service.procurement.messages import in_words, one_of
from service.procurement.models import Addressee, Bid, Call, Lot, Question
from service.procurement.reminder_messages import (
    BID_WAITS,
    BIDS_CLOSE,
    BIDS_CLOSE_TODAY,
    BIDS_TO_CONFIRM,
    DOCUMENTS_WANTED,
    QUESTIONS_CLOSE,
)
from service.procurement.rules import HANDED_IN, BidState, CallState
from service.reminders.rules import Offset, Owed, ReminderRule
from service.reminders.stopped import Silence, silences_in
from tenants.actors import Actor
from tenants.database import db
from tenants.privacy import decrypt_under
from tenants.workdays import start_of_day


def _open_calls(by: Actor, call_id: UUID | None) -> dict[Call, list[int]]:
    """The calls that take bids, with the numbers of their lots."""
    wanted = select(Call).where(Call.tenant_id.in_(by.readable), Call.state == CallState.PUBLISHED)
    calls = db.session.scalars(wanted if call_id is None else wanted.where(Call.id == call_id)).all()
    lots: dict[UUID, list[int]] = {call.id: [] for call in calls}
    for lot in db.session.scalars(
        select(Lot).where(Lot.tenant_id.in_(by.readable), Lot.call_id.in_(lots)).order_by(Lot.number)
    ):
        lots[lot.call_id].append(lot.number)
    return {call: lots[call.id] for call in calls}


def _who_could_still(by: Actor, calls: Collection[Call], *, ask: bool) -> dict[UUID, list[UUID]]:
    """By call, the phones of the SOs that were told of it and have not bid; with ``ask``, nor asked."""
    has_bid = exists().where(
        Bid.tenant_id == Addressee.tenant_id,
        Bid.call_id == Addressee.call_id,
        Bid.organization_id == Addressee.organization_id,
        Bid.state.in_(HANDED_IN),
    )
    asker = aliased(Signatory)
    has_asked = exists().where(
        Question.tenant_id == Addressee.tenant_id,
        Question.call_id == Addressee.call_id,
        Question.contact_id == asker.contact_id,
        asker.tenant_id == Addressee.tenant_id,
        asker.organization_id == Addressee.organization_id,
    )
    wanted = select(Addressee.call_id).where(
        Addressee.tenant_id.in_(by.readable),
        Addressee.call_id.in_([call.id for call in calls]),
        ~has_bid,
    )
    found: dict[UUID, list[UUID]] = {call.id: [] for call in calls}
    for of_call, contact_id in db.session.execute(
        with_phones(wanted.where(~has_asked) if ask else wanted, Addressee)
    ):
        found[of_call].append(contact_id)
    return found


def _who_must_confirm(by: Actor, calls: Collection[Call]) -> dict[UUID, dict[UUID, list[int]]]:
    """By call and phone, the lots for which an SO's bid does not count until it is confirmed (C15)."""
    wanted = (
        select(Bid.call_id, Lot.number)
        .join(Lot, (Lot.tenant_id == Bid.tenant_id) & (Lot.id == Bid.lot_id))
        .where(
            Bid.tenant_id.in_(by.readable),
            Bid.call_id.in_([call.id for call in calls]),
            Bid.state == BidState.STALE,
        )
        .order_by(Lot.number)
    )
    found: dict[UUID, dict[UUID, list[int]]] = {call.id: {} for call in calls}
    for of_call, number, contact_id in db.session.execute(with_phones(wanted, Bid)):
        found[of_call].setdefault(contact_id, []).append(number)
    return found


def _owed(
    message: Message,
    by: Actor,
    call_id: UUID | None,
    *,
    ask: bool = False,
    until: Callable[[datetime], datetime] = lambda moment: moment,
) -> Iterator[Owed]:
    calls = _open_calls(by, call_id)
    contacts = _who_could_still(by, calls, ask=ask)
    to_confirm = {} if ask else _who_must_confirm(by, calls)
    for call, lots in calls.items():
        moment = call.questions_until if ask else call.deadline
        assert moment is not None
        assert call.published_at is not None
        known = {
            "title": InEach(call.title, call.title_en or call.title),
            "until" if ask else "deadline": moment,
        }
        of_each: dict[UUID | None, Said] = dict.fromkeys(
            (None, *contacts[call.id]), message(lots=in_words(lots), number=one_of(lots), **known)
        )
        for phone, stale in to_confirm.get(call.id, {}).items():
            of_each[phone] = BIDS_TO_CONFIRM(lots=in_words(stale), number=one_of(stale), **known)
        for contact_id, said in of_each.items():
            yield Owed(
                tenant_id=call.tenant_id,
                subject_type=Call.__tablename__,
                subject_id=call.id,
                about_id=call.id,
                contact_id=contact_id,
                moment=moment,
                since=call.published_at,
                until=until(moment),
                said=said,
            )


def _bids_close(by: Actor, call_id: UUID | None) -> Iterator[Owed]:
    """From the beginning of the last day on the other reminder speaks."""
    return _owed(BIDS_CLOSE, by, call_id, until=start_of_day)


def _bids_close_today(by: Actor, call_id: UUID | None) -> Iterator[Owed]:
    return _owed(BIDS_CLOSE_TODAY, by, call_id)


def _questions_close(by: Actor, call_id: UUID | None) -> Iterator[Owed]:
    return _owed(QUESTIONS_CLOSE, by, call_id, ask=True)


def _bids_begun(by: Actor, about_id: UUID | None) -> Iterator[Owed]:
    """Bids, changes and withdrawals that lack an answer, until the last day; then the reminder that bids close speaks (S4).

    The page of their call asks for nothing of them, so that none is read for it (C5).
    """
    silences = list(silences_in(BID, about_id, steps=_AFTER_THE_LOT, by=by))
    lots = _lots_before_the_last_day(by) if silences else {}
    for silence in silences:
        spoken_for = signatory_of(silence.contact_id, silence.tenant_id)
        if spoken_for is None or silence.tenant_id not in lots:
            continue
        _signatory, organization = spoken_for
        number = _lot_begun(silence)
        call = lots[silence.tenant_id].get(number)
        if call is None or _bid_since(call, number, organization.id, silence.began):
            continue
        assert call.deadline is not None
        yield silence.owes(
            BID_WAITS(number=number, deadline=call.deadline),
            about_id=call.id,
            until=start_of_day(call.deadline),
        )


def _lots_before_the_last_day(by: Actor) -> dict[int, dict[int, Call]]:
    """By office, the numbers of the lots that take bids tomorrow still, each with its call."""
    found: dict[int, dict[int, Call]] = {}
    for call, numbers in _open_calls(by, None).items():
        if call.deadline is not None and by.now < start_of_day(call.deadline):
            found.setdefault(call.tenant_id, {}).update(dict.fromkeys(numbers, call))
    return found


_AFTER_THE_LOT = tuple(step.name for step in BID.steps if step.name != "lot")


def _lot_begun(silence: Silence) -> int:
    """The lot a bid on its way is for, which stands among its answers alone; 0 once those are gone."""
    found = db.session.execute(
        select(Contact.data_key, Dialogue.answers)
        .join(Contact, (Contact.tenant_id == Dialogue.tenant_id) & (Contact.id == Dialogue.contact_id))
        .where(Dialogue.tenant_id == silence.tenant_id, Dialogue.id == silence.conversation_id)
    ).one_or_none()
    known = found and decrypt_under(*found)
    return json.loads(known)["answers"]["lot"]["number"] if known else 0


def _bid_since(call: Call, number: int, organization_id: UUID, moment: datetime) -> bool:
    """Whether the SO has handed a bid in after a moment, from this phone or another."""
    handed_in = (
        select(Bid.id)
        .join(Lot, (Lot.tenant_id == Bid.tenant_id) & (Lot.id == Bid.lot_id))
        .where(
            Bid.tenant_id == call.tenant_id,
            Bid.organization_id == organization_id,
            Bid.received_at > moment,
            Lot.number == number,
        )
    )
    return db.session.scalar(handed_in.limit(1)) is not None


def _documents_wanted(by: Actor, call_id: UUID | None) -> Iterator[Owed]:
    """What an SO was asked to complete, as long as the link to its form works (C6)."""
    wanted = (
        select(Bid, Lot.number)
        .join(Lot, (Lot.tenant_id == Bid.tenant_id) & (Lot.id == Bid.lot_id))
        .where(
            Bid.tenant_id.in_(by.readable),
            Bid.state == BidState.OPENED,
            Bid.revision_requested_at.is_not(None),
            Bid.revised_at.is_(None) | (Bid.revised_at < Bid.revision_requested_at),
        )
    )
    for bid, number, contact_id in db.session.execute(
        with_phones(wanted if call_id is None else wanted.where(Bid.call_id == call_id), Bid)
    ):
        asked = bid.revision_requested_at
        assert asked is not None
        yield Owed(
            tenant_id=bid.tenant_id,
            subject_type=Bid.__tablename__,
            subject_id=bid.id,
            about_id=bid.call_id,
            contact_id=contact_id,
            moment=asked,
            since=asked,
            until=asked + LIFE,
            said=DOCUMENTS_WANTED(number=number),
        )


def _present_deadline(by: Actor, call_id: UUID) -> datetime | None:
    """Until when a call takes bids, which a reminder of questions or of an earlier deadline may not give away (C5, C15)."""
    return db.session.scalar(select(Call.deadline).where(Call.tenant_id.in_(by.readable), Call.id == call_id))


_WHO_HAS_NOT_BID = _l("Organizations that have not bid by then, or not confirmed their bid after a change")

REMINDERS = (
    ReminderRule(
        "questions_close",
        _l("Questions close"),
        _l("Organizations that have neither asked nor bid by then"),
        "remind_questions_days",
        Offset.DAYS_BEFORE,
        _questions_close,
        secret_until=_present_deadline,
    ),
    ReminderRule(
        "bids_close",
        _l("Bids close"),
        _WHO_HAS_NOT_BID,
        "remind_bids_days",
        Offset.DAYS_BEFORE,
        _bids_close,
        secret_until=_present_deadline,
    ),
    ReminderRule(
        "bids_close_today",
        _l("Bids close today"),
        _WHO_HAS_NOT_BID,
        "remind_bids_hours",
        Offset.HOURS_BEFORE,
        _bids_close_today,
        secret_until=_present_deadline,
    ),
    ReminderRule(
        "bid_waits",
        _l("A bid stopped on its way"),
        _l("Who began it by text"),
        "remind_registration_days",
        Offset.DAYS_AFTER,
        _bids_begun,
        secret_until=_present_deadline,
    ),
    ReminderRule(
        "documents_wanted",
        _l("Documents to be completed"),
        _l("The organization that was asked"),
        "remind_documents_days",
        Offset.DAYS_AFTER,
        _documents_wanted,
    ),
)
