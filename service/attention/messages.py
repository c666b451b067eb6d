"""What each alarm means, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.models import Alarm

ALARMS = {
    "foreign_number": _l("Messages arrive for a number that is not the channel's own (it ends in {number})."),
    "sending_misconfigured": _l(
        "Messages cannot be sent: the provider answered {reason}. Please check the channel's account."
    ),
    "said_too_often": _l(
        "The same words were about to go to one number again and again; they were held back. A machine may be answering us."
    ),
}
"""What each alarm means, with its facts in braces."""


def meaning(alarm: Alarm) -> str:
    """An alarm in words; its code where nobody has given it any."""
    words = ALARMS.get(alarm.code)
    return alarm.code if words is None else str(words).format(**alarm.facts)
