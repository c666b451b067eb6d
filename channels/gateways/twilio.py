"""Twilio: signed webhooks in, TwiML replies out, sending through its REST API (2010-04-01)."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urljoin, urlparse
from xml.sax.saxutils import escape, quoteattr

import urllib3

from . import (
    AccountRefused,
    Answered,
    Delivery,
    Form,
    Inbound,
    Media,
    Misconfigured,
    NotAuthentic,
    OptedOut,
    Outbound,
    OutsideWindow,
    Permanent,
    Receipt,
    SendFailure,
    Sent,
    Temporary,
    Throttled,
    Unknown,
    fields_of,
    first_values,
)
from .calls import Downloaded, call, download, seconds

API_URL = "https://api.twilio.com"
SIGNATURE_HEADER = "X-Twilio-Signature"
AGAIN = "#rc=3&rp=5xx,ct,rt"
"""Ends an address entered at Twilio: try three times more where we answer 5xx, or not at all. Twilio keeps it to itself."""

WHATSAPP = "whatsapp:"
"""Begins an address at WhatsApp, a person's and ours."""

LONGEST_TEXT = 1600
"""Characters in one message; Twilio refuses more, in TwiML by silence."""


@dataclass(frozen=True)
class Credentials:
    """An account at Twilio; `api_url` is another base address for its REST API. Where there is a `messaging_service`, it
    chooses the number that a text goes out by."""

    account_sid: str
    auth_token: str = field(repr=False)
    api_url: str = API_URL
    messaging_service: str = ""


# ── Webhooks ──


def sign(url: str, form: Form, auth_token: str) -> str:
    """Twilio's signature of a form posted to exactly this `url`: each name in order, followed by its
    different values in order, after the URL; HMAC-SHA1 under the account's token, in base64."""
    written = [url]
    for name, values in sorted(fields_of(form).items()):
        for value in values if len(values) == 1 else sorted(set(values)):
            written += (name, value)
    keyed = _keyed(auth_token).copy()
    keyed.update("".join(written).encode("utf-8", "surrogatepass"))
    return base64.b64encode(keyed.digest()).decode()


@lru_cache(maxsize=1024)
def _keyed(auth_token: str) -> hmac.HMAC:
    # Keying costs more than all the rest of a signature, and a deployment has few tokens.
    return hmac.new(auth_token.encode(), digestmod=hashlib.sha1)


@lru_cache(maxsize=1024)
def _spellings(url: str) -> tuple[str, ...]:
    """The address with and without its port: Twilio signs now one, now the other. Whether what follows the ``#`` of an
    entered address is signed too, its documents leave open."""
    address = urlparse(url)
    if address.port:
        other = address._replace(netloc=address.netloc.split(":")[0])
    else:
        other = address._replace(netloc=f"{address.netloc}:{443 if address.scheme == 'https' else 80}")
    plain = address.geturl(), other.geturl()
    return plain if address.fragment else (*plain, *(spelling + AGAIN for spelling in plain))


def authenticate(url: str, form: Form, headers: Mapping[str, str], credentials: Credentials) -> None:
    """Return if Twilio signed this form for the public address `url` (rule S1); raises `NotAuthentic`.

    `url` is built from the configured base address, never from the request's own Host.
    """
    given = headers.get(SIGNATURE_HEADER, "").encode("utf-8", "surrogatepass")
    fields = fields_of(form)
    for spelling in _spellings(url):
        if hmac.compare_digest(sign(spelling, fields, credentials.auth_token).encode(), given):
            return
    raise NotAuthentic


_ANSWERED = {"STOP": Answered.STOP, "START": Answered.START, "HELP": Answered.HELP}


def parse_inbound(form: Form) -> Inbound:
    """The message in an inbound webhook; raises `Malformed` without MessageSid, From or To. A message may be
    empty, with or without media."""
    fields = first_values(form, "MessageSid", "From", "To")
    return Inbound(
        provider_id=fields["MessageSid"],
        sender=fields["From"],
        recipient=fields["To"],
        text=fields.get("Body", ""),
        media=tuple(_media(fields)),
        answered=_ANSWERED.get(fields.get("OptOutType", "")),
        parameters=fields,
    )


def _media(fields: Mapping[str, str]) -> Iterator[Media]:
    for number in range(10):  # Twilio's own limit
        if url := fields.get(f"MediaUrl{number}"):
            yield Media(url, fields.get(f"MediaContentType{number}", ""))


_STATUSES = {
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.FAILED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}


def _delivery(status: object) -> Delivery:
    # Everything else that Twilio reports, today or one day, is about a message it has taken.
    return _STATUSES.get(str(status), Delivery.SENT)


def parse_receipt(form: Form) -> Receipt:
    """The report in a status callback; raises `Malformed` without MessageSid or MessageStatus. Reports come
    in any order: use `furthest`."""
    fields = first_values(form, "MessageSid", "MessageStatus")
    return Receipt(fields["MessageSid"], _delivery(fields["MessageStatus"]), fields.get("ErrorCode") or None)


_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_reply(text: str | None, callback_url: str | None = None) -> tuple[bytes, str]:
    """TwiML that answers a webhook: the reply, in several messages where it is longer than Twilio takes in
    one, or nothing. Its delivery is reported to `callback_url`."""
    said = _NOT_XML.sub("", text or "").strip()
    pieces = [said[begin : begin + LONGEST_TEXT] for begin in range(0, len(said), LONGEST_TEXT)]
    attribute = f" statusCallback={quoteattr(callback_url)}" if callback_url else ""
    messages = "".join(f"<Message{attribute}>{escape(piece)}</Message>" for piece in pieces)
    response = f"<Response>{messages}</Response>" if messages else "<Response/>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{response}'.encode(), "text/xml; charset=utf-8"


# ── The REST API ──

_FAILURES: dict[type[SendFailure], tuple[int, ...]] = {
    Throttled: (20429, 14107, 63018, 21611, 30001),
    Permanent: (
        *(21211, 21214, 21217, 21614, 21604),  # no such number, or none that can get a text
        *(30004, 30005, 30006, 30007),  # blocked, unknown handset, landline, filtered as spam
        *(21602, 21617),  # empty, too long
        *(63003, 63024),  # nobody at WhatsApp
    ),
    OptedOut: (21610,),
    OutsideWindow: (63016,),  # WhatsApp takes free text for a day after the person wrote
    AccountRefused: (20003, 20404, 30002),
    Misconfigured: (21408, 21603, 21606, 21612, 30010, 63007),
    Temporary: (30003, 30008, 30410),  # unreachable, unknown, carrier timed out
}
_FAILURE_OF_CODE = {code: failure for failure, codes in _FAILURES.items() for code in codes}
_FAILURE_OF_STATUS = {
    401: AccountRefused,
    403: AccountRefused,
    404: AccountRefused,
    429: Throttled,
    503: Temporary,
}


def failure_of(code: str | None) -> type[SendFailure]:
    """What an error code of a refused sending or of a receipt means; a code never seen is temporary."""
    return _FAILURE_OF_CODE.get(int(code), Temporary) if code and code.isdecimal() else Temporary


FILTERED = frozenset({"30004", "30007"})
"""Reported where a carrier holds back what a message says, or who gets it."""


def failure_reported(code: str | None) -> type[SendFailure] | None:
    """What the error code of a report means; ``None`` for one never seen, of which nobody can say whether it would help to send
    the message again."""
    return _FAILURE_OF_CODE.get(int(code)) if code and code.isdecimal() else None


def _call(method: str, url: str, credentials: Credentials, body: str | None = None) -> Any:
    """Twilio's answer to a call; raises the `SendFailure` that fits what went wrong and when."""
    headers = urllib3.make_headers(basic_auth=f"{credentials.account_sid}:{credentials.auth_token}")
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    response = call(method, url, headers, body)
    try:
        answer = json.loads(response.data)
    except ValueError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    if response.status in (200, 201):
        return answer
    code = str(answer.get("code") or "")
    if code.isdecimal() and int(code) in _FAILURE_OF_CODE:
        failure = failure_of(code)
    elif response.status >= 500:
        failure = _FAILURE_OF_STATUS.get(response.status, Unknown)
    elif 300 <= response.status < 400:
        failure = Misconfigured
    else:
        failure = _FAILURE_OF_STATUS.get(response.status, Temporary)
    raise failure(code or str(response.status), retry_after=seconds(response.headers.get("Retry-After")))


def _messages_url(credentials: Credentials) -> str:
    return f"{credentials.api_url.rstrip('/')}/2010-04-01/Accounts/{credentials.account_sid}/Messages.json"


def send(outbound: Outbound, credentials: Credentials) -> Sent:
    """Hand a message to Twilio; raises a `SendFailure`. Safe in threads, which share kept-alive
    connections."""
    fields = {"To": outbound.to}
    if credentials.messaging_service and not outbound.sender.startswith(WHATSAPP):
        fields["MessagingServiceSid"] = credentials.messaging_service
    else:
        fields["From"] = outbound.sender
    if outbound.template is None:
        fields["Body"] = outbound.text
    else:
        fields |= {"ContentSid": outbound.template, "ContentVariables": _as_json(outbound.variables)}
    if outbound.callback_url:
        fields["StatusCallback"] = outbound.callback_url
    body = urlencode(fields, errors="replace")
    answer = _call("POST", _messages_url(credentials), credentials, body)
    if not answer.get("sid"):
        raise Unknown("no sid")
    return Sent(str(answer["sid"]), _delivery(answer.get("status")))


def list_parts(begin: datetime, end: datetime, credentials: Credentials) -> Iterator[tuple[str, int]]:
    """Each message that the account sent on the days from `begin` to `end` by Twilio's clock, and its segments, as far as
    Twilio has counted them. Raises a `SendFailure` where it cannot be asked."""
    first, last = begin.astimezone(UTC).date(), end.astimezone(UTC).date()
    wanted = {"DateSent>": f"{first}", "DateSent<": f"{last}", "PageSize": 1000}
    url: str | None = f"{_messages_url(credentials)}?{urlencode(wanted)}"
    while url:
        page = _call("GET", url, credentials)
        if not isinstance(page.get("messages"), list):
            raise Unknown("no list")
        for message in page["messages"]:
            if str(message.get("num_segments") or "").isdecimal():
                yield str(message["sid"]), int(message["num_segments"])
        following = page.get("next_page_uri")
        url = credentials.api_url.rstrip("/") + following if following else None


_STORES = re.compile(r"(?:[\w-]+\.)+(?:twiliocdn|twilio)\.com")
"""Where Twilio keeps media: its API says so by a redirect."""
_MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)


def fetch_media(where: str, credentials: Credentials, most: int) -> bytes:
    """What came with a message, from the address in its webhook: of the account's API alone, and through redirects of Twilio's
    own stores, which are not told who asks. Raises `TooLarge`, `Permanent` for an address elsewhere, or a `SendFailure`: media
    may be announced before they are there."""
    if not _is_of_api(where, credentials):
        raise Permanent("foreign address")
    asked = urllib3.make_headers(basic_auth=f"{credentials.account_sid}:{credentials.auth_token}")
    answer = download(where, asked, most)
    for _ in range(_MOST_REDIRECTS):
        if answer.status not in _REDIRECTS:
            break
        where = urljoin(where, answer.headers.get("Location", ""))
        if not _is_store(where, credentials):
            raise Permanent("foreign redirect")
        answer = download(where, {}, most)
    if answer.status == 200:
        return answer.data
    raise _not_given(answer)


def _is_of_api(address: str, credentials: Credentials) -> bool:
    given = urlparse(address)
    own = {(base.scheme, base.netloc) for base in map(urlparse, (API_URL, credentials.api_url))}
    return (given.scheme, given.netloc) in own and given.path.startswith("/2010-04-01/Accounts/")


def _is_store(address: str, credentials: Credentials) -> bool:
    given, base = urlparse(address), urlparse(credentials.api_url)
    if given.username or given.password:
        return False
    if (given.scheme, given.hostname) == (base.scheme, base.hostname):
        return True
    return given.scheme == "https" and given.port is None and bool(_STORES.fullmatch(given.hostname or ""))


def _not_given(answer: Downloaded) -> SendFailure:
    failure = Temporary if answer.status == 404 else _FAILURE_OF_STATUS.get(answer.status, Temporary)
    return failure(str(answer.status), retry_after=seconds(answer.headers.get("Retry-After")))


_CLOCK_SKEW = timedelta(seconds=30)
_PAGES = 20
_PAGES_BACK = 100


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
            found = Sent(message["sid"], _delivery(message["status"]))
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
    url = f"{_messages_url(credentials)}?{urlencode(query)}"
    for _ in range(most_pages):
        page = _call("GET", url, credentials)
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
        Receipt(message["sid"], _delivery(message["status"]), _code(message["error_code"]))
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
    found = _call("GET", base + listed.media, credentials).get("media_list", [])
    media = tuple(Media(base + one["uri"].removesuffix(".json"), one["content_type"]) for one in found)
    return replace(listed.inbound, media=media)


def _as_json(variables: Mapping[str, str]) -> str:
    return json.dumps(dict(variables), ensure_ascii=False)
