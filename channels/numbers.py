"""How an office's numbers are written at each provider, and people's phone numbers everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import phonenumbers

from channels.gateways import international, twilio
from tenants.refusals import RuleBroken


def access_number(number: str) -> str:
    """A number that operators route to a gateway of one's own: short codes such as 10690001 stay as they are.

    Refuses ``number_unclear``.
    """
    known = international(number)
    if not re.fullmatch(r"\+?[0-9]{3,21}", known):
        raise RuleBroken("number_unclear")
    return known


def signature(number: str) -> str:
    """What people see as the sender where a provider sends under a signature. Refuses ``signature_unclear``."""
    known = number.strip().removeprefix("【").removesuffix("】")
    if not 2 <= len(known) <= 20 or re.search(r"[【】\[\]\s]", known):
        raise RuleBroken("signature_unclear")
    return known


def e164(number: str) -> str:
    """A phone number in international form; Chinese where no country is given. Refuses ``number_unclear``."""
    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException as unclear:
        raise RuleBroken("number_unclear") from unclear
    if not phonenumbers.is_possible_number(parsed):
        raise RuleBroken("number_unclear")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def twilio_number(number: str) -> str:
    """A phone number, or one at WhatsApp as Twilio writes it: ``whatsapp:+14155238886``. Refuses ``number_unclear``."""
    at_whatsapp = number.strip().startswith(twilio.WHATSAPP)
    plain = e164(number.strip().removeprefix(twilio.WHATSAPP))
    return twilio.WHATSAPP + plain if at_whatsapp else plain


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "simulator": str,
    "wechat": str,
    "twilio": twilio_number,
    "kannel": access_number,
    "aliyun": signature,
}
"""How a gateway's numbers are written where they are no plain phone numbers."""
