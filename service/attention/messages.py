"""What each alarm means, in words."""

from __future__ import annotations

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from channels.models import Alarm

ALARMS = {
    "foreign_number": _l(
        "Messages arrive for a number that is not the channel's own (it ends in {number})."
        " The complaint desk of the province has them."
    ),
    "sending_misconfigured": _l(
        "Messages cannot be sent: the provider answered {reason}. Please check the channel's account."
    ),
    "channel_failing": _l(
        "{office}: {failed} of {tried} messages of the last ten minutes did not get through ({numbers})."
    ),
    "channel_silent": _l(
        "{office}: for six hours no message has come in, although some do on other days ({numbers}). Please look whether "
        "the provider still reaches us."
    ),
    "parts_differ": _l(
        "{office}: for {messages} messages of yesterday the provider counted {theirs} parts, we {ours} ({numbers})."
    ),
    "said_too_often": _l(
        "The same words were about to go to one number again and again; they were held back. A machine may be answering us."
    ),
    "words_filtered": _l(
        "Carriers hold back messages of one kind ({message}): three within a day did not arrive. Please look at their wording."
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
    if words is None:
        return alarm.code
    in_chinese = str(get_locale()).startswith("zh")
    office = alarm.facts.get("office_zh" if in_chinese else "office_en", "")
    return str(words).format(office=office, **alarm.facts)
