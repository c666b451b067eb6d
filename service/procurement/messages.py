"""What step 5 says up to the opening. No message repeats a price before the bids are opened (C5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l

from channels.messages import N_, InEach, Message
from channels.models import Lane

CALL_PUBLISHED = Message(
    "procurement.call_published",
    N_(
        "{office} asks for bids, no. {lots} ({title}), until {deadline}. "
        "Reply BID {number} and your amount in yuan."
    ),
    gives=("title", "office"),
)
APPLICATIONS_WANTED = Message(
    "procurement.applications_wanted",
    N_(
        "{office} asks for applications, no. {lots} ({title}), until {deadline}. "
        "Reply BID {number} to get the form."
    ),
    gives=("title", "office"),
)
CALL_PROLONGED = Message(
    "procurement.call_prolonged",
    N_(
        "{office}: no. {lots} ({title}) is prolonged. Bids until {deadline}, questions until {until}. BID {number} bids."
    ),
    gives=("title", "office"),
)
CALL_AMENDED = Message(
    "procurement.call_amended",
    N_("{office}: no. {lots} changed; bids until {deadline}. BID {number} CONFIRM keeps yours. {reason}"),
    gives=("office",),
    keeps=("reason",),
)
CALL_CANCELLED = Message(
    "procurement.call_cancelled",
    N_("{office}: no. {lots} ({title}) is cancelled; bids are destroyed unread. Reason: {reason}"),
    gives=("title", "office"),
    keeps=("reason",),
)
BIDS_OPENED = Message(
    "procurement.bids_opened",
    N_(
        "No. {number}: {bids} bids were opened. Yours: CNY {price}, digest {digest}. "
        "All bids with nonces and digests are public now."
    ),
)
BID_UNREADABLE = Message(
    "procurement.bid_unreadable",
    N_(
        "No. {number}: your bid with receipt {receipt} could not be read at the opening. "
        "Please call the office, or reply COMPLAIN."
    ),
)

BID_NOT_CONFIRMED = Message(
    "procurement.bid_not_confirmed",
    N_(
        "No. {number}: your bid with receipt {receipt} was not confirmed after the change, so it was not opened. "
        "Nobody will read it."
    ),
)

ASK_LOT = Message(
    "procurement.ask_lot", N_("Which number do you bid for? Open now: {open}"), Lane.REPLY, gives=("open",)
)
NOTHING_OPEN = Message(
    "procurement.nothing_open",
    N_("Nothing is open for bids now. Registered organizations get a text when there is."),
    Lane.REPLY,
)
OFFER_UNREAD = Message(
    "procurement.offer_unread",
    N_(
        "Nobody has read this price, and it is not kept. To bid, text BID {number} and the amount, such as BID {number} 18000. "
        "To complain, send it again with COMPLAIN before it."
    ),
    Lane.REPLY,
)
OFFER_LATE = Message(
    "procurement.offer_late",
    N_(
        "Nobody has read this price, and it is not kept. The time for bids is over. To complain, send it again with COMPLAIN "
        "before it."
    ),
    Lane.REPLY,
)
PICTURE_UNSEEN = Message(
    "procurement.picture_unseen",
    N_(
        "Nobody has looked at your picture, since it may show a price; it is not kept. To bid, text BID {number} and the amount. "
        "If it shows something else, text COMPLAIN or PROGRESS first, then send it again."
    ),
    Lane.REPLY,
)
PICTURE_UNSEEN_LATE = Message(
    "procurement.picture_unseen_late",
    N_(
        "Nobody has looked at your picture, since it may show a price; it is not kept. The time for bids is over. "
        "If it shows something else, text COMPLAIN or PROGRESS first, then send it again."
    ),
    Lane.REPLY,
)
NOT_ASKED = Message(
    "procurement.not_asked",
    N_(
        "What is open now is for other organizations. You get a text when you are asked. CALLS shows what is open, COMPLAIN "
        "objects."
    ),
    Lane.REPLY,
)
LOT_UNCLEAR = Message("procurement.lot_unclear", N_("Please send only the number, such as 3."), Lane.REPLY)
ASK_PRICE = Message(
    "procurement.ask_price",
    N_("No. {number} ({title}): your service fee in yuan? Such as 18000."),
    Lane.REPLY,
    gives=("title",),
)
PRICE_UNCLEAR = Message(
    "procurement.price_unclear",
    N_("We did not understand the amount. Please send it in yuan, such as 18000 or 18k."),
    Lane.REPLY,
)
ASK_PIN = Message(
    "procurement.ask_pin",
    N_("No. {number}: your amount is sealed, nobody reads it before {deadline}. Now your PIN, please."),
    Lane.REPLY,
)
ASK_PIN_FOR_FORM = Message(
    "procurement.ask_pin_for_form",
    N_("No. {number} needs the application form. Send your PIN, please, and you get the link."),
    Lane.REPLY,
)
FORM_LINK = Message(
    "procurement.form_link",
    N_("Application for no. {number}: {url} It works once, until {deadline}. Then you get a receipt."),
    Lane.REPLY,
)
ASK_PIN_TO_WITHDRAW = Message(
    "procurement.ask_pin_to_withdraw",
    N_("You withdraw your bid for no. {number}. Your PIN, please."),
    Lane.REPLY,
)
ASK_UNCHANGED = Message(
    "procurement.ask_unchanged",
    N_("No. {number} ({title}) has changed since you bid. 1: your bid stays as it is. 2: you bid anew."),
    Lane.REPLY,
    gives=("title",),
)
UNCHANGED_UNCLEAR = Message(
    "procurement.unchanged_unclear",
    N_("Please reply 1 to keep your bid as it is, or 2 to bid anew."),
    Lane.REPLY,
)
ASK_PIN_TO_CONFIRM = Message(
    "procurement.ask_pin_to_confirm",
    N_("You confirm your bid for no. {number} as it is. Your PIN, please."),
    Lane.REPLY,
)
PIN_UNCLEAR = Message(
    "procurement.pin_unclear", N_("A PIN has four to six digits. Please send it again."), Lane.REPLY
)
WRONG_PIN = Message(
    "procurement.wrong_pin", N_("This PIN is not right. Please send it again, or 0 to leave."), Lane.REPLY
)
PIN_LOCKED = Message(
    "procurement.pin_locked",
    N_("Too many wrong PINs: nothing was handed in. Try again in an hour, or call the office."),
    Lane.REPLY,
)
PIN_MISSING = Message(
    "procurement.pin_missing",
    N_("This phone has no PIN yet, so nothing was handed in. Text REGISTER to set one."),
    Lane.REPLY,
)
PIN_PROBLEMS = {"wrong_pin": WRONG_PIN, "pin_locked": PIN_LOCKED, "pin_missing": PIN_MISSING}

LATE = Message(
    "procurement.late",
    N_("Too late: bids for no. {number} closed at {deadline}. Nothing was taken."),
    Lane.REPLY,
)
RECEIPT = Message(
    "procurement.receipt",
    N_(
        "Bid for no. {number} received. Receipt {receipt}, digest {digest}. "
        "Until {deadline}: BID {number} changes it, BID {number} WITHDRAW takes it back."
    ),
    Lane.REPLY,
)
CONFIRMED = Message(
    "procurement.confirmed",
    N_(
        "Your bid for no. {number} is confirmed as it was and counts: receipt {receipt}, digest {digest}. "
        "You may change it until {deadline}."
    ),
    Lane.REPLY,
)
WITHDRAWN = Message(
    "procurement.withdrawn",
    N_(
        "Your bid for no. {number} is withdrawn: receipt {receipt}, digest {digest}. "
        "You may bid again until {deadline}."
    ),
    Lane.REPLY,
)
OPEN_LOTS = Message(
    "procurement.open_lots",
    N_("{total} open, with the last day: {calls}. CALLS + number tells more, BID + number bids, ASK asks."),
    Lane.REPLY,
    gives=("calls",),
)
CALL_BY_MESSAGE = Message(
    "procurement.call_by_message",
    N_(
        "No. {number} {title}: BID {number} and an amount, until {deadline}; ASK {number} and a "
        "question, until {until}."
    ),
    Lane.REPLY,
    gives=("title",),
)
CALL_BY_FORM = Message(
    "procurement.call_by_form",
    N_(
        "No. {number} {title}: BID {number} for the form, until {deadline}; ASK {number} and a "
        "question, until {until}."
    ),
    Lane.REPLY,
    gives=("title",),
)
CALL_CLOSED = Message(
    "procurement.call_closed",
    N_("No. {number} {title}: closed since {deadline}. CALLS shows what is open."),
    Lane.REPLY,
    gives=("title",),
)
CALL_GIVEN_UP = Message(
    "procurement.call_given_up",
    N_("No. {number} {title}: cancelled on {day}. Reason: {reason}"),
    Lane.REPLY,
    gives=("title", "reason"),
)

STANDARD_TEXTS = {
    "qualifications": _l(
        "A registered social organization or social-purpose company, or a group together with a registered "
        "umbrella organization, that has people to do the work. New and non-local organizations are welcome."
    ),
    "documents": _l(
        "For a quotation, number and amount by text message; the winner files an implementation plan before "
        "signing. Otherwise an application (tasks wanted, thoughts on the funding arrangement, measures, "
        "commitment to quality) and a detailed, practical implementation plan."
    ),
    "review_process": _l(
        "Screening, then review by at least two named reviewers, result made public, time for objections, "
        "approval, contract. Reviewed are: plan targets, plan practicality, team capacity, enablers and "
        "advantages, organizational development. Writing style does not count."
    ),
    "special_cases": _l(
        "A competent organization may propose a revised scope of work and bid on it; please tell the office "
        "before the deadline."
    ),
}
"""What the form proposes for a new call, after step 5.1 of the guide; the officer changes it freely."""

REFUSALS = {
    "packages_missing": _l("Please choose at least one package."),
    "methods_differ": _l("These packages are procured by different methods; make one call for each method."),
    "package_not_ready": _l("Package {number} is still being designed."),
    "package_not_planned": _l("Package {number} is in no approved plan."),
    "already_called": _l("Package {number} stands in another call already."),
    "regulation_missing": _l("The county's Implementation Regulation is not in force yet."),
    "deadline_too_soon": _l("The deadline is too soon; the earliest is {earliest}."),
    "prolonged_too_late": _l("The time for bids was over on {deadline}; it cannot be prolonged any more."),
    "deadline_not_later": _l("The new deadline must be later than {deadline}."),
    "changed_too_late": _l("The time for bids was over on {deadline}; the call cannot be changed any more."),
    "nothing_changed": _l("Nothing differs from the call as it is public."),
    "cancellation_reason_missing": _l("Please say why the call is cancelled; everybody will read it."),
    "call_cancelled": _l("This call was cancelled, and nothing was taken. CALLS lists what is open."),
    "audience_unknown": _l("One of the organizations chosen is not on your list."),
    "audience_too_small": _l("Please choose at least {least} organizations for this method."),
    "audience_too_large": _l("Please choose at most {most} organizations for this method."),
    "controlled_by_office": _l("An organization that the office founded or controls cannot take part."),
    "lot_unknown": _l("There is no number {number}. Text CALLS to see what is open."),
    "not_addressed": _l("This call is for other organizations. If that seems wrong, please call the office."),
    "form_needed": _l("This call needs the application form. Text BID and the number to get it."),
    "call_not_open": _l("No call is open under this number. CALLS lists what is open."),
    "nothing_to_confirm": _l(
        "No bid of yours for no. {number} waits to be confirmed. Please send the number you bid for."
    ),
    "nothing_to_withdraw": _l("There is no bid of yours to withdraw for no. {number}."),
    "too_early": _l("Bids stay sealed until {deadline}."),
    "second_officer_missing": _l("Another officer must agree first: the opening needs two persons."),
    "call_key_missing": _l("The key of this call is not here. No bid is lost; please tell the operator."),
    "two_preparers": _l("Both of you prepared this call; one of the two officers must be somebody else."),
}


def in_words(lots: Iterable[int]) -> InEach:
    """The numbers of a call's lots, as every message names them: of more than four the first three, and how many more."""
    numbers = list(lots)
    named = numbers if len(numbers) <= 4 else numbers[:3]
    zh, en = "、".join(f"{number}号" for number in named), ", ".join(map(str, named))
    more = len(numbers) - len(named)
    return InEach(f"{zh}等{len(numbers)}个", f"{en} and {more} more") if more else InEach(zh, en)


def one_of(lots: Sequence[int]) -> InEach:
    """The number of a call's lot, as it follows the word in an example; of several, that it is the reader's to choose."""
    return InEach(f"{lots[0]}", f"{lots[0]}") if len(lots) == 1 else InEach("编号", "(no.)")
