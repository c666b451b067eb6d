"""What every gateway speaks: a provider's request becomes an `Inbound` or a `Receipt`, an `Outbound`
becomes a provider's call. A gateway knows the wire and nothing of procurement; it keeps nothing and decides
nothing.

Each module of this package is one gateway and has the functions of `Gateway`.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, cast


class MultiValued(Protocol):
    """A form as web frameworks give it."""

    def lists(self) -> Iterable[tuple[str, Sequence[str]]]:
        """Each name with all its values."""


Form = MultiValued | Mapping[str, Sequence[str]]


def fields_of(form: Form) -> Mapping[str, Sequence[str]]:
    """Each name of a form with all its values, in order."""
    lists = getattr(form, "lists", None)
    return dict(lists()) if lists else cast(Mapping[str, Sequence[str]], form)


def first_values(form: Form, *required: str) -> dict[str, str]:
    """Each name of a form with its first value; raises `Malformed` where one that is required is missing or empty."""
    fields = {name: values[0] for name, values in fields_of(form).items() if values}
    if missing := [name for name in required if not fields.get(name)]:
        raise Malformed(*missing)
    return fields


@dataclass(frozen=True)
class Media:
    """A picture or file that came with a message, still at the provider: under an address, or an id of the provider's."""

    url: str = field(repr=False)
    content_type: str

    @property
    def is_picture(self) -> bool:
        """Whether it may be a picture or a document, by what the provider calls it; sounds and films are not."""
        kind = self.content_type.partition(";")[0].strip().lower()
        return kind.startswith("image/") or kind in ("application/pdf", "application/octet-stream")


class Answered(StrEnum):
    """What a provider itself has taken a message for, and answered."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True)
class Inbound:
    """A message from a phone. `text` is exactly as it came; `provider_id` is None where a provider gives
    none.

    `answered`: what the provider itself has taken the message for, where it has answered it. `meant`: the part of
    the text that is for the office, where the rest only led there. `brought`: what its sender had shown before that was known.
    `language`: what its sender spoke before that was known.
    `chosen`: a word of ours from a menu or a QR code, which nobody wrote and which answers no question.
    `guarded`: its pictures may be a bid to one of several offices, which only that office could tell.
    """

    provider_id: str | None
    sender: str
    recipient: str
    text: str = field(repr=False)
    media: tuple[Media, ...] = ()
    answered: Answered | None = None
    meant: str | None = field(default=None, repr=False)
    brought: tuple[Any, ...] = field(default=(), repr=False)
    language: str | None = None
    chosen: bool = False
    guarded: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Outbound:
    """A message to a phone. `id` is our own and stands in the `callback_url`, so that a receipt finds its
    message even if the provider's answer to the sending was lost.

    Where a provider sends approved templates alone, `template` is its code for our `message` and `variables` fill it;
    None while it has none. ``by_subscription``: only those who subscribed to it get it.
    """

    id: str
    to: str
    sender: str
    text: str = field(repr=False)
    callback_url: str | None = None
    message: str = ""
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    by_subscription: bool = False


class Delivery(StrEnum):
    """How far a message has got, as far as providers can tell. `SENT`: the provider has taken it."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"


_RANK = {state: rank for rank, state in enumerate(Delivery)}


def furthest(known: Delivery, reported: Delivery) -> Delivery:
    """The state after a report (rule S7): the one that has got further, so the order of reports does not
    matter.

    Delivered outranks failed, for a message that has arrived has arrived.
    """
    return max(known, reported, key=_RANK.__getitem__)


@dataclass(frozen=True)
class Sent:
    """A message that the provider has taken, under its own id.

    `answers`: how many of the answers it used up that the provider allows to what a person wrote.
    """

    provider_id: str
    status: Delivery
    answers: int = 0


@dataclass(frozen=True)
class Receipt:
    """A provider's report on a message it took; `error_code` is the provider's, as are the `parts` where it says."""

    provider_id: str
    status: Delivery
    error_code: str | None = None
    parts: int | None = None


class NotAuthentic(Exception):
    """A request that the provider did not sign."""


class Malformed(Exception):
    """An authentic request that lacks what a message needs; `fields` names what."""

    def __init__(self, *fields: str) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class SendFailure(Exception):
    """A message was not sent, or perhaps not. Carries the provider's code and never its sentence, which tends
    to repeat the phone number."""

    def __init__(self, code: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class Throttled(SendFailure):
    """Not sent, too many at once: send again later, after `retry_after` seconds where the provider says
    so."""


class ChannelThrottled(Throttled):
    """Not sent, and nothing else should be sent by this channel for so long: the provider is told too much in all."""


class Temporary(SendFailure):
    """Not sent; sending again may help."""


class Permanent(SendFailure):
    """Not sent, and sending this text to this number again does not help."""


class BadAddress(Permanent):
    """Not sent: there is no such address, or none that could ever get a message."""


class OptedOut(Permanent):
    """Not sent: the person has opted out at the provider."""


class Misconfigured(SendFailure):
    """Not sent, and sending it again does not help until somebody mends the channel's settings."""


class AccountRefused(Misconfigured):
    """Not sent, for the provider refuses the account itself: once it is mended or paid, the same message goes."""


class OutsideWindow(SendFailure):
    """Not sent: the person wrote too long ago, or had all the answers that the provider allows to that."""


class Unknown(SendFailure):
    """Perhaps sent: the request was written and no clear answer came. Ask `find_sent` before sending
    again."""


class NotAskable(Unknown):
    """Perhaps sent, and this provider keeps no record that could be asked: what is right then depends on the message."""


class TooLarge(Exception):
    """What was asked for is larger than anybody wanted it to be."""


def require_secret(given: str, secret: str) -> None:
    """Return if a request brought the secret that only its provider was told (rule S1), compared in constant time.

    Raises `NotAuthentic`, also where no secret was ever set.
    """
    if not secret or not hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), secret.encode("utf-8", "surrogatepass")
    ):
        raise NotAuthentic


def key_of(*parts: str) -> str:
    """What tells a repeat from a new message where the provider gives no message id (rule S1): a digest of who wrote
    what to whom, and when, as the provider says it. Whoever answers "1" twice has answered twice."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


_LOCAL_MOBILE = re.compile(r"(?:86)?(1[3-9][0-9]{9})")


def international(number: str) -> str:
    """A number as Chinese providers write it, in international form. Short codes stay as they are."""
    digits = re.sub(r"[\s-]", "", number)
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    mobile = _LOCAL_MOBILE.fullmatch(digits)
    return f"+86{mobile[1]}" if mobile else digits


class Gateway(Protocol):
    """What a gateway module offers. `credentials` is what the channel keeps for it."""

    def authenticate(self, url: str, form: Form, headers: Mapping[str, str], credentials: Any) -> None:
        """Return if the provider made this request to this public `url`; raises `NotAuthentic`."""

    def parse_inbound(self, form: Form) -> Inbound:
        """The message in a webhook; raises `Malformed`."""

    def parse_receipt(self, form: Form) -> Receipt:
        """The report in a status callback; raises `Malformed`."""

    def render_reply(self, text: str | None, callback_url: str | None = None) -> tuple[bytes, str]:
        """Body and content type that answer a webhook, with a reply or with nothing to say; the provider
        reports the reply's delivery to `callback_url`."""

    def send(self, outbound: Outbound, credentials: Any) -> Sent:
        """Hand a message to the provider; raises a `SendFailure`."""

    def fetch_media(self, where: str, credentials: Any, most: int) -> bytes:
        """What came with a message, from where it waits at the provider: ``Media.url``. Asks nobody but the provider.

        Raises ``TooLarge`` beyond ``most`` bytes, ``Permanent`` where it will never be given, and another ``SendFailure``
        where it may be later. A gateway whose messages carry no media has no such function.
        """

    def find_sent(
        self, outbound: Outbound, since: datetime, credentials: Any, known: Collection[str] = ()
    ) -> Sent | None:
        """The provider's own record of this message, taken at `since` or later, if it has one that is not
        among the `known` provider ids; raises a `SendFailure` where the provider cannot be asked now, and `NotAskable`
        where it never can."""
