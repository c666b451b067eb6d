"""What every part of this gateway knows: an account at Twilio, and how far a message has got by Twilio's words."""

from dataclasses import dataclass, field

from channels.gateways import Delivery

API_URL = "https://api.twilio.com"

WHATSAPP = "whatsapp:"
"""Begins an address at WhatsApp, a person's and ours."""


@dataclass(frozen=True)
class Credentials:
    """An account at Twilio; `api_url` is another base address for its REST API. Where there is a `messaging_service`, it
    chooses the number that a text goes out by."""

    account_sid: str
    auth_token: str = field(repr=False)
    api_url: str = API_URL
    messaging_service: str = ""


_STATUSES = {
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.FAILED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}


def delivery_of(status: object) -> Delivery:
    """How far a message has got; whatever else Twilio reports, today or one day, is about a message it has taken."""
    return _STATUSES.get(str(status), Delivery.SENT)
