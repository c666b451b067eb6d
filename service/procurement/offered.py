"""A bid in words nobody foresaw ("我们愿意以一万二做这个项目") or in a picture: nobody sees it, its sender hears how to bid (C5).

Rules alone cannot tell such a bid from other talk of money, nor a photographed quotation from another picture. Of an SO with a
call before its opening, the doubt keeps it sealed; of anybody else it is read as ever, and whoever complains says so by the word.
"""

from __future__ import annotations

from channels.dialogues import Dialogue, Talk
from channels.messages import Said
from channels.models import Secrecy
from channels.offers import may_name_a_price, offers_a_price
from service.organizations.queries import as_signatory, find_spoken_for
from service.procurement import bids, messages


def may_be_bidding(talk: Talk, plainly: bool) -> bool:
    """Whether a text may be the bid of an SO that was asked for one; ``plainly``: only where it offers work for a price."""
    names_price = offers_a_price if plainly else may_name_a_price
    return names_price(talk.text) and may_show_a_bid(talk)


def may_show_a_bid(talk: Talk) -> bool:
    """Whether a picture may be the bid of an SO: its sender speaks for one that was asked, and nothing is opened yet."""
    if find_spoken_for(by=talk.by) is None:
        return False
    return bool(bids.list_unopened_lots(by=as_signatory(by=talk.by)[0]))


def tell_how_to_bid(talk: Talk) -> Said:
    """Say that nobody has seen it, and how a bid is given, with the number where only one is open."""
    numbers = [lot.number for lot in bids.list_open_lots(by=as_signatory(by=talk.by)[0])]
    if not numbers:
        return messages.OFFER_LATE() if talk.pictures is None else messages.PICTURE_UNSEEN_LATE()
    unseen = messages.OFFER_UNREAD if talk.pictures is None else messages.PICTURE_UNSEEN
    return unseen(number=messages.one_of(numbers))


OFFER = Dialogue(
    name="unforeseen_bid",
    word=None,
    finish=tell_how_to_bid,
    secrecy=Secrecy.SEALED,
    guards=may_be_bidding,
    guards_pictures=may_show_a_bid,
)
