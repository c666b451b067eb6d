"""What is said when a person answers, and what the room says when it refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message
from channels.models import Lane

ANSWER = Message("conversations.answer", N_("{words}"), Lane.REPLY)

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
    "answer_exists": _l("There is an answer with this name already."),
}
