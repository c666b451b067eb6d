"""Twilio's own list of an account's messages: what it took from us, what came for us, and how it counted."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from channels.gateways import Inbound, Media, Outbound, Receipt, Sent, Unknown
from channels.gateways.twilio.api import ask, messages_url
from channels.gateways.twilio.wire import WHATSAPP, Credentials, delivery_of

_CLOCK_SKEW = timedelta(seconds=30)
_PAGES = 20
_PAGES_BACK = 100


def list_parts(begin: datetime, end: datetime, credentials: Credentials) -> Iterator[tuple[str, int]]:
    """Each message that the account sent on the days from `begin` to `end` by Twilio's clock, and its segments, as far as
    Twilio has counted them. Raises a `SendFailure` where it cannot be asked."""
    first, last = begin.astimezone(UTC).date(), end.astimezone(UTC).date()
    wanted = {"DateSent>": f"{first}", "DateSent<": f"{last}", "PageSize": 1000}
    url: str | None = f"{messages_url(credentials)}?{urlencode(wanted)}"
    while url:
        page = ask("GET", url, credentials)
        if not isinstance(page.get("messages"), list):
            raise Unknown("no list")
        for message in page["messages"]:
            if str(message.get("num_segments") or "").isdecimal():
                yield str(message["sid"]), int(message["num_segments"])
        following = page.get("next_page_uri")
        url = credentials.api_url.rstrip("/") + following if following else None


def find_sent(
    outbound: Outbound, since: datetime, credentials: Credentials, known: Collection[str] = ()
) -> Sent | None:
    """Twilio's record of this message, created at `since` or later (less half a minute for clocks), looked
    for by recipient, sender and text, the oldest that is not among the `known` provider ids; None if it
    never took it. Raises a `SendFailure` where Twilio cannot be asked or its list does not reach back that
    far."""
    earliest = since.astimezone(UTC) - _CLOCK_SKEW
    # No filter by DateSent: a message that Twilio has taken and not yet sent has no such date.
    found: Sent | None = None
    for message in _listed({"To": outbound.to, "PageSize": "100"}, credentials, _PAGES):
        if parsedate_to_datetime(message["date_created"]) < earliest:
            return found
        if message["sid"] not in known and _is_it(message, outbound, credentials):
            found = Sent(message["sid"], delivery_of(message["status"]))
    return found


def _is_it(message: Mapping[str, Any], outbound: Outbound, credentials: Credentials) -> bool:
    """Whether a message in Twilio's list is ours: by its text, where no template of WhatsApp words it anew."""
    if message["to"] != outbound.to:
        return False
    if outbound.sender.startswith(WHATSAPP):
        return message["from"] == outbound.sender and message["direction"] == "outbound-api"
    service = credentials.messaging_service
    ours = message["from"] == outbound.sender or (service and message["messaging_service_sid"] == service)
    return bool(ours) and message["body"] == outbound.text


def _listed(query: Mapping[str, str], credentials: Credentials, most_pages: int) -> Iterator[dict[str, Any]]:
    """Twilio's list, the newest first; raises `Unknown` where it is longer than so many pages."""
    url = f"{messages_url(credentials)}?{urlencode(query)}"
    for _ in range(most_pages):
        page = ask("GET", url, credentials)
        if not isinstance(page.get("messages"), list):
            raise Unknown("no list")
        yield from page["messages"]
        if not page.get("next_page_uri"):
            return
        url = credentials.api_url.rstrip("/") + page["next_page_uri"]
    raise Unknown("list too long")


@dataclass(frozen=True)
class Listed:
    """A message from a person as Twilio lists it: without what came with it, of which there is a list of its own."""

    at: datetime
    inbound: Inbound
    media: str | None


@dataclass(frozen=True)
class Window:
    """What Twilio's own list holds of a time: messages from people, the oldest first, and reports on ours."""

    inbound: list[Listed]
    receipts: list[Receipt]


def look_back(number: str, since: datetime, credentials: Credentials) -> Window:
    """What Twilio took for and from a `number` of the account since then, whatever reached us of it. Raises a `SendFailure`."""
    inbound = [
        Listed(
            parsedate_to_datetime(message["date_created"]),
            Inbound(message["sid"], message["from"], message["to"], message["body"]),
            message["subresource_uris"]["media"] if int(message["num_media"]) else None,
        )
        for message in _created_since(since, {"To": number}, credentials)
        if message["direction"] == "inbound"
    ]
    # Where a service chooses the number, what is ours may have left by another; Twilio's list cannot be asked for a service.
    by_service = credentials.messaging_service and not number.startswith(WHATSAPP)
    receipts = [
        Receipt(message["sid"], delivery_of(message["status"]), _code(message["error_code"]))
        for message in _created_since(since, {} if by_service else {"From": number}, credentials)
        if message["direction"] != "inbound"
    ]
    return Window(sorted(inbound, key=lambda one: one.at), receipts)


def _code(error_code: object) -> str | None:
    return None if error_code is None else str(error_code)


def _created_since(
    since: datetime, which: Mapping[str, str], credentials: Credentials
) -> Iterator[dict[str, Any]]:
    query = {**which, "DateSent>": since.astimezone(UTC).date().isoformat(), "PageSize": "1000"}
    for message in _listed(query, credentials, _PAGES_BACK):
        if parsedate_to_datetime(message["date_created"]) >= since.astimezone(UTC):
            yield message


def whole(listed: Listed, credentials: Credentials) -> Inbound:
    """A message that Twilio lists, with what came with it. Raises a `SendFailure`."""
    if listed.media is None:
        return listed.inbound
    base = credentials.api_url.rstrip("/")
    found = ask("GET", base + listed.media, credentials).get("media_list", [])
    media = tuple(Media(base + one["uri"].removesuffix(".json"), one["content_type"]) for one in found)
    return replace(listed.inbound, media=media)
