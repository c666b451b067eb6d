"""Bidding by message: 报价 BID, and 项目 CALLS for what is open (C4, C5).

An amount is sealed in the step that understands it, before anything is kept; the texts are not kept at all.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from channels.answers import Unclear, parse_amount, parse_pin, parse_yes_no, take_number
from channels.dialogues import Dialogue, Step, Talk
from channels.messages import InEach, Listed, Said, from_plain, shortened, to_plain
from channels.models import Secrecy
from channels.offers import amount_in_offer
from channels.texts import normalise
from channels.words import Word, recognise
from service.organizations.queries import as_signatory
from service.procurement import bids, messages
from service.procurement.bids import Declined, FormSent, OpenLot, Receipt
from service.procurement.public_queries import PublicCall, PublicLot, list_public_calls
from service.procurement.rules import CallState, is_given_by_message, is_late
from service.procurement.sealing import SealedBid
from tenants.actors import Actor
from tenants.refusals import NotFound
from tenants.workdays import local_day

WITHDRAW = {"撤回", "撤销", "取消", "收回", "撤", "不报了", "withdraw", "cancel", "take back"}
UNCHANGED = {"确认", "不变", "确定", "确认不变", "confirm", "keep"}
"""Beside the number of a lot that changed, and whose bid is to stay as it is (C15)."""
LISTED = 4
"""How many open lots are named in one text at most."""

LOWEST_AMOUNT = 1000
"""A bare number below this, behind the word itself, is a lot and no amount in yuan."""


def begin(talk: Talk) -> Said | None:
    """Understand what came along: number, amount, or that an earlier bid is taken back."""
    by = _signatory(talk)
    try:
        number, rest = take_number(talk.argument)
    except Unclear:
        lots = bids.list_open_lots(by=by)
        if normalise(talk.argument) in WITHDRAW:
            talk.answers["withdraw"] = True
        talk.answers["open"] = to_plain({"open": named(lots)})
        if not lots:
            return talk.end(messages.NOT_ASKED() if open_lots(talk) else messages.NOTHING_OPEN())
        return None
    lot = bids.find_open_lot(number, by=by)
    if is_late(lot.deadline, by.now):
        return talk.end(bids.record_late(number, by=by).said())
    talk.answers["lot"] = _plain(lot)
    if normalise(rest) in WITHDRAW:
        talk.answers["withdraw"] = True
    elif normalise(rest) in UNCHANGED:
        if not lot.stale:
            raise NotFound("nothing_to_confirm", number=number)
        talk.answers["unchanged"] = True
    elif rest and lot.by_message:
        try:
            talk.answers["price"] = seal(talk, parse_amount(rest))
        except Unclear:
            return messages.PRICE_UNCLEAR()
    return None


def ask_lot(talk: Talk) -> Said:
    """Offer what is open."""
    return messages.ASK_LOT(**from_plain(talk.answers["open"]))


def keep_lot(talk: Talk, number: int) -> dict[str, Any]:
    """What the next questions say of the lot, once it is sure that the SO may bid for it."""
    return _plain(bids.find_open_lot(number, by=_signatory(talk)))


def understand_price(text: str) -> Decimal:
    """The amount, also within an offer ("我们出12000元"); a new bid ("报价 4 500") is left to the word it begins with."""
    spoken = recognise(text)
    if spoken.word is not Word.BID:
        return parse_amount(amount_in_offer(text))
    if _names_a_lot(spoken.argument):
        raise Unclear("amount", "18000")
    return parse_amount(spoken.argument)


def seal(talk: Talk, price: Decimal) -> dict[str, str]:
    """Seal the amount; what is kept can be read by nobody before the opening."""
    return bids.seal_price(talk.answers["lot"]["number"], price, by=_signatory(talk)).to_plain()


def ask_price(talk: Talk) -> Said:
    """Ask for the amount, naming what it is for."""
    lot = talk.answers["lot"]
    return messages.ASK_PRICE(number=lot["number"], title=InEach(lot["title"], lot["title_en"]))


def ask_unchanged(talk: Talk) -> Said:
    """Ask what becomes of a bid whose call has changed since (C15)."""
    lot = talk.answers["lot"]
    return messages.ASK_UNCHANGED(number=lot["number"], title=InEach(lot["title"], lot["title_en"]))


def ask_pin(talk: Talk) -> Said:
    """Ask for what binds the SO."""
    lot = talk.answers["lot"]
    if "withdraw" in talk.answers:
        return messages.ASK_PIN_TO_WITHDRAW(number=lot["number"])
    if talk.answers.get("unchanged"):
        return messages.ASK_PIN_TO_CONFIRM(number=lot["number"])
    if not lot["by_message"]:
        return messages.ASK_PIN_FOR_FORM(number=lot["number"])
    return messages.ASK_PIN(number=lot["number"], deadline=datetime.fromisoformat(lot["deadline"]))


def finish(talk: Talk) -> Said:
    """Hand the bid in, confirm it, take it back or send the form; a wrong PIN is asked for again."""
    by, number, pin = _signatory(talk), talk.answers["lot"]["number"], talk.answers["pin"]
    done: Receipt | FormSent | Declined
    if "withdraw" in talk.answers:
        done = bids.withdraw_bid(number, pin=pin, by=by)
    elif talk.answers.get("unchanged"):
        done = bids.confirm_bid(number, pin=pin, by=by)
    elif "price" in talk.answers:
        done = bids.submit_bid(number, SealedBid.from_plain(talk.answers["price"]), pin=pin, by=by)
    else:
        done = bids.ask_for_form(number, pin=pin, by=by)
    if isinstance(done, Declined):
        return talk.again("pin", done.said()) if done.code == "wrong_pin" else done.said()
    if isinstance(done, FormSent):
        return messages.FORM_LINK(number=number, url=done.url, deadline=done.deadline)
    if "withdraw" in talk.answers:
        return messages.WITHDRAWN(
            number=number, receipt=done.receipt, digest=done.digest, deadline=done.deadline
        )
    if talk.answers.get("unchanged"):
        return messages.CONFIRMED(
            number=number, receipt=done.receipt, digest=done.digest, deadline=done.deadline
        )
    return done.said()


def list_calls(talk: Talk) -> Said:
    """Say what is open at this office, to anybody; with a number, all that matters of that one (C2, D3)."""
    try:
        number, _rest = take_number(talk.argument)
    except Unclear:
        lots = open_lots(talk)
        if not lots:
            return messages.NOTHING_OPEN()
        return messages.OPEN_LOTS(total=len(lots), calls=_with_deadlines(lots))
    return _one_call(number, talk)


def open_lots(talk: Talk) -> list[OpenLot]:
    """What anybody may read of the lots open now, those that close first on top."""
    calls = list_public_calls([talk.by.tenant_id], open_only=True, by=talk.by)
    return [
        OpenLot(lot.number, lot.name, lot.name_en, call.deadline, is_given_by_message(call.method))
        for call in sorted(calls, key=lambda call: call.deadline)
        for lot in call.lots
    ]


def _one_call(number: int, talk: Talk) -> Said:
    for call in list_public_calls([talk.by.tenant_id], by=talk.by):
        for lot in call.lots:
            if lot.number == number:
                return _described(call, lot, talk.by.now)
    raise NotFound("lot_unknown", number=number)


def _described(call: PublicCall, lot: PublicLot, now: datetime) -> Said:
    title = InEach(f"{shortened(lot.name, 24)}（{shortened(lot.villages, 20)}）", lot.name_en or lot.name)
    known = {"number": lot.number, "title": title}
    if call.cancelled_at is not None:
        reason = InEach(
            call.cancelled_because or "", call.cancelled_because_en or call.cancelled_because or ""
        )
        return messages.CALL_GIVEN_UP(**known, day=local_day(call.cancelled_at), reason=reason)
    if call.state is not CallState.PUBLISHED or is_late(call.deadline, now):
        return messages.CALL_CLOSED(**known, deadline=call.deadline)
    said = messages.CALL_BY_MESSAGE if is_given_by_message(call.method) else messages.CALL_BY_FORM
    return said(**known, deadline=call.deadline, until=call.questions_until)


def _signatory(talk: Talk) -> Actor:
    by, _, _ = as_signatory(by=talk.by)
    return by


def _names_a_lot(argument: str) -> bool:
    try:
        number, rest = take_number(argument)
    except Unclear:
        return False
    return bool(rest) or number < LOWEST_AMOUNT


def _plain(lot: OpenLot) -> dict[str, Any]:
    return {
        "number": lot.number,
        "title": lot.title[:30],
        "title_en": (lot.title_en or lot.title)[:60],
        "deadline": lot.deadline.isoformat(),
        "by_message": lot.by_message,
        "stale": lot.stale,
    }


def _with_deadlines(lots: list[OpenLot]) -> Listed:
    def line(lot: OpenLot) -> InEach:
        name = named([lot]).entries[0]
        day = local_day(lot.deadline)
        return InEach(f"{shortened(name.zh, 14)} {day.month}月{day.day}日", f"{name.en} {day.isoformat()}")

    return Listed(tuple(line(lot) for lot in lots[:LISTED]))


def named(lots: list[OpenLot]) -> Listed:
    """The lots that a text may have room for, by number and name."""
    return Listed(
        tuple(
            InEach(
                f"{lot.number} {shortened(lot.title, 15)}",
                f"{lot.number} {shortened(lot.title_en or shortened(lot.title, 15), 30)}",
            )
            for lot in lots[:LISTED]
        )
    )


BID = Dialogue(
    name="bid",
    word=Word.BID,
    begin=begin,
    steps=(
        Step("lot", ask_lot, lambda text: take_number(text)[0], messages.LOT_UNCLEAR, keep=keep_lot),
        Step(
            "unchanged",
            ask_unchanged,
            parse_yes_no,
            messages.UNCHANGED_UNCLEAR,
            skip=lambda talk: (
                not talk.answers["lot"].get("stale") or bool({"withdraw", "price"} & talk.answers.keys())
            ),
        ),
        Step(
            "price",
            ask_price,
            understand_price,
            messages.PRICE_UNCLEAR,
            keep=seal,
            skip=lambda talk: (
                "withdraw" in talk.answers
                or bool(talk.answers.get("unchanged"))
                or not talk.answers["lot"]["by_message"]
            ),
        ),
        Step("pin", ask_pin, parse_pin, messages.PIN_UNCLEAR),
    ),
    finish=finish,
    secrecy=Secrecy.SEALED,
)

CALLS = Dialogue(name="calls", word=Word.CALLS, finish=list_calls)
