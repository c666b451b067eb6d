"""Why somebody did not get a broadcast, or not yet, in words (S7)."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

_NOT_THERE = _l("Nothing can arrive at this number")
_NOT_REACHED = _l("The phone could not be reached")
_HELD_BACK = _l("The carrier held the words back")
_NOT_SAID = _l("The provider did not say whether it took it")
_NOT_NOW = _l("The provider could not be reached")

REASONS: dict[str, Any] = {
    "erased": _l("This person was erased"),
    "machine": _l("Not a mobile phone: nobody reads texts there"),
    "said_too_often": _l("Got the same words too often"),
    "undeliverable": _l("Takes nothing until this person writes again"),
    "channel_closed": _l("The channel is closed"),
    "no_words": _l("The words could not be put together"),
    "unreachable": _NOT_NOW,
    "provider_too_slow": _NOT_NOW,
    "redis_away": _l("Waits until all of the system works again"),
    "no answer": _NOT_SAID,
    "no_answer": _NOT_SAID,
    "not_askable": _NOT_SAID,
    "records_hidden": _NOT_SAID,
    **dict.fromkeys(("21211", "21214", "21217", "21604", "21614", "30005", "30006"), _NOT_THERE),
    **dict.fromkeys(("30003", "30008", "30410"), _NOT_REACHED),
    **dict.fromkeys(("30004", "30007"), _HELD_BACK),
    "21610": _l("Ended all messages at the carrier"),
}
"""Our own codes, and those of the providers that say something of the person or the words."""


def reason_of(code: str) -> str:
    """A failure's code in words; a code that only the provider can explain stays, and says so."""
    if code.startswith("no_template"):
        return gettext("The provider has approved no template for these words")
    return str(REASONS[code]) if code in REASONS else gettext("The carrier's code %(code)s", code=code)
