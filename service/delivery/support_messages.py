"""What is said to an SO that asks for support (M2)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message
from channels.models import Lane

ASK_SUPPORT = Message(
    "delivery.ask_support", N_("What do you need, and from whom? In your own words."), Lane.REPLY
)
SUPPORT_UNCLEAR = Message(
    "delivery.support_unclear",
    N_("Please say in your own words what you need, such as: the village lets nobody in. 0 leaves."),
    Lane.REPLY,
)
WHAT_IS_WRONG = Message(
    "delivery.what_is_wrong",
    N_(
        "Text SUPPORT and what you need in one message; a person reads it. To complain: COMPLAIN and what is wrong. "
        "Organizations register first: REGISTER."
    ),
    Lane.REPLY,
)
SUPPORT_TAKEN = Message(
    "delivery.support_taken",
    N_("Request {reference} on contract {contract} is taken; answer by {due}."),
    Lane.REPLY,
)
ASK_KIND = Message(
    "delivery.ask_kind",
    N_(
        "About 1 township or village 2 technical services 3 finance or tax 4 trust between people 5 "
        "something else?"
    ),
    Lane.REPLY,
)
SUPPORT_SORTED = Message(
    "delivery.support_sorted", N_("Noted. STATUS {reference} tells where it stands."), Lane.REPLY
)
SUPPORT_STAYS = Message("delivery.support_stays", N_("Your request {reference} stays with us."), Lane.REPLY)
SUPPORT_PASSED_ON = Message(
    "delivery.support_passed_on",
    N_("{office}: your request {reference} was passed on to {provider}. You are answered by {due}."),
    gives=("provider", "office"),
)
SUPPORT_ANSWERED = Message(
    "delivery.support_answered",
    N_("{office} on request {reference}: {answer} Not enough? Text SUPPORT."),
    gives=("office",),
    keeps=("answer",),
)
SUPPORT_WAITS = Message(
    "delivery.support_waits", N_("Request {reference}: {state}. You are answered by {due}."), Lane.REPLY
)
SUPPORT_LATE = Message(
    "delivery.support_late",
    N_("Request {reference}: {state}. The answer was due on {due}; COMPLAIN reaches those above."),
    Lane.REPLY,
)
SUPPORT_WAS_ANSWERED = Message(
    "delivery.support_was_answered",
    N_("Request {reference} is answered: {answer}"),
    Lane.REPLY,
    gives=("answer",),
)

REFUSALS = {"request_unknown": _l("There is no request {reference}.")}
