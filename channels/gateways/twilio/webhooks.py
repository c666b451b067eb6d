"""What Twilio calls us for: signed webhooks in, TwiML replies out."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import urlparse
from xml.sax.saxutils import escape, quoteattr

from channels.gateways import Answered, Form, Inbound, Media, NotAuthentic, Receipt, fields_of, first_values
from channels.gateways.twilio.wire import Credentials, delivery_of

SIGNATURE_HEADER = "X-Twilio-Signature"
AGAIN = "#rc=3&rp=5xx,ct,rt"
"""Ends an address entered at Twilio: try three times more where we answer 5xx, or not at all. Twilio keeps it to itself."""

LONGEST_TEXT = 1600
"""Characters in one message; Twilio refuses more, in TwiML by silence."""


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
    if fields.get("NumMedia") == "0":
        return
    for number in range(10):  # Twilio's own limit
        if url := fields.get(f"MediaUrl{number}"):
            yield Media(url, fields.get(f"MediaContentType{number}", ""))


def parse_receipt(form: Form) -> Receipt:
    """The report in a status callback; raises `Malformed` without MessageSid or MessageStatus. Reports come
    in any order: use `furthest`."""
    fields = first_values(form, "MessageSid", "MessageStatus")
    return Receipt(
        fields["MessageSid"], delivery_of(fields["MessageStatus"]), fields.get("ErrorCode") or None
    )


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
