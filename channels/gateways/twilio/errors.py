"""What goes wrong at Twilio, by its error codes, as a table."""

from channels.gateways import (
    AccountRefused,
    BadAddress,
    ChannelThrottled,
    Misconfigured,
    OptedOut,
    OutsideWindow,
    Permanent,
    SendFailure,
    Temporary,
)

_FAILURES: dict[type[SendFailure], tuple[int, ...]] = {
    ChannelThrottled: (20429, 14107, 63018, 21611, 30001),
    BadAddress: (
        *(21211, 21214, 21217, 21614, 21604),  # no such number, or none that can get a text
        *(30005, 30006),  # unknown handset, landline
        *(63003, 63024),  # nobody at WhatsApp
    ),
    Permanent: (
        *(30004, 30007),  # blocked, filtered as spam
        *(21602, 21617),  # empty, too long
    ),
    OptedOut: (21610,),
    OutsideWindow: (63016,),  # WhatsApp takes free text for a day after the person wrote
    AccountRefused: (20003, 20404, 30002),
    Misconfigured: (21408, 21603, 21606, 21612, 30010, 63007),
    Temporary: (30003, 30008, 30410),  # unreachable, unknown, carrier timed out
}
FAILURE_OF_CODE = {code: failure for failure, codes in _FAILURES.items() for code in codes}
FAILURE_OF_STATUS = {
    401: AccountRefused,
    403: AccountRefused,
    404: AccountRefused,
    429: ChannelThrottled,
    503: Temporary,
}


def failure_of(code: str | None) -> type[SendFailure]:
    """What an error code of a refused sending or of a receipt means; a code never seen is temporary."""
    return FAILURE_OF_CODE.get(int(code), Temporary) if code and code.isdecimal() else Temporary


FILTERED = frozenset({"30004", "30007"})
"""Reported where a carrier holds back what a message says, or who gets it."""


def failure_reported(code: str | None) -> type[SendFailure] | None:
    """What the error code of a report means; ``None`` for one never seen, of which nobody can say whether it would help to send
    the message again."""
    return FAILURE_OF_CODE.get(int(code)) if code and code.isdecimal() else None
