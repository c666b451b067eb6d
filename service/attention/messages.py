"""What each alarm means, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.models import Alarm

ALARMS = {
    "foreign_number": _l("Messages arrive for a number that is not the channel's own (it ends in {number})."),
    "sending_misconfigured": _l(
        "Messages cannot be sent: the provider answered {reason}. Please check the channel's account."
    ),
    "messages_missed": _l(
        "{messages} messages to the number ending in {number} had not reached this house and were taken in late. Please check "
        "the addresses entered at the provider."
    ),
    "picture_lost": _l(
        "A picture that somebody sent was lost: the provider answered {reason}. The page of what it belongs to says which."
    ),
}
"""What each alarm means, with its facts in braces."""


def meaning(alarm: Alarm) -> str:
    """An alarm in words; its code where nobody has given it any."""
    words = ALARMS.get(alarm.code)
    return alarm.code if words is None else str(words).format(**alarm.facts)
