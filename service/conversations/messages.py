"""What is said when a person answers, and what the room says when it refuses."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from channels.messages import N_, InEach, Message
from channels.models import Lane
from tenants.models import Tenant

ANSWER = Message("conversations.answer", N_("{words}"), Lane.REPLY, keeps=("words",))
LINK_CODE = Message(
    "conversations.link_code",
    N_(
        "{code} is the code to link this number with {where} at {office}, good for 10 minutes. "
        "Tell it to nobody. Not you? Then do nothing."
    ),
    Lane.REPLY,
    timedelta(minutes=10),
)
ASK_LINK = Message(
    "conversations.ask_link",
    N_(
        "Link {phone} with this number, so that your matters are found from both? "
        "1 yes, send a code there  0 no, I meant something else"
    ),
    Lane.REPLY,
)
LINK_UNCLEAR = Message("conversations.link_unclear", N_("Please reply 1 for yes or 0 for no."), Lane.REPLY)
ASK_CODE = Message(
    "conversations.ask_code",
    N_("A code of six digits is on its way to {phone}. Reply it here within 10 minutes. 0 leaves."),
    Lane.REPLY,
)
CODE_UNCLEAR = Message(
    "conversations.code_unclear", N_("Please reply the six digits, like 482913. 0 leaves."), Lane.REPLY
)
CODE_WRONG = Message(
    "conversations.code_wrong",
    N_("That is not the code. Please look once more; tries left: {left}. 0 leaves."),
    Lane.REPLY,
)
CODE_OVER = Message(
    "conversations.code_over",
    N_("This code is no longer good. Send the phone number again to get a new one."),
    Lane.REPLY,
)
LINKED = Message(
    "conversations.linked",
    N_("{phone} is linked. Ask about your matters from either; STOP from one ends broadcasts to both."),
    Lane.REPLY,
)


def name_of(office: Tenant) -> InEach:
    """An office's name in both languages."""
    return InEach(office.name_zh, office.name_en)


REFUSALS = {
    "text_sealed": _l(
        "This message may hold a bid, so nobody reads it. Please ask the sender to send it again."
    ),
    "text_not_sealed": _l("This message can be read here. Please answer it."),
    "sender_gone": _l("The sender's number has been erased; nobody can be answered."),
    "conversation_moved": _l("This conversation went on meanwhile. Please look at it once more, then send."),
    "wants_no_messages": _l("This person wants no more messages, and nothing waits for an answer."),
    "nothing_waits": _l("Nothing waits here any more: somebody has answered or closed it."),
    "office_has_it": _l("The office reads this conversation already."),
    "colleague_cannot": _l("This person cannot answer here."),
    "answer_dropped": _l("This answer is not in use any more."),
    "same_address": _l("This is the number you are using already."),
    "joined_already": _l("These two are linked already."),
    "both_joined": _l("Each of the two is linked to others already. The office can part one of them first."),
    "not_joined": _l("This address stands alone; there is nothing to part."),
    "too_many_codes": _l("Three codes were sent today. Please try again tomorrow."),
    "not_written_here": _l("Only somebody who wrote to this desk can be joined here."),
    "answer_exists": _l("There is an answer with this name already."),
}
