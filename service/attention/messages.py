"""What is said when a person answers, and what the room says when it refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message
from channels.models import Alarm, Lane

ANSWER = Message("attention.answer", N_("About your message {reference}: {words}"), Lane.REPLY)

REFUSALS = {
    "text_sealed": _l(
        "This message may hold a bid, so nobody reads it. Please ask the sender to send it again."
    ),
    "text_not_sealed": _l("This message can be read here. Please answer it."),
    "sender_gone": _l("The sender's number has been erased; nobody can be answered."),
}

ALARMS = {
    "foreign_number": _l("Messages arrive for a number that is not the channel's own (it ends in {number})."),
    "sending_misconfigured": _l(
        "Messages cannot be sent: the provider answered {reason}. Please check the channel's account."
    ),
}
"""What each alarm means, with its facts in braces."""


def meaning(alarm: Alarm) -> str:
    """An alarm in words; its code where nobody has given it any."""
    words = ALARMS.get(alarm.code)
    return alarm.code if words is None else str(words).format(**alarm.facts)
