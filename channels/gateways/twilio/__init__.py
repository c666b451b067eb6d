"""Twilio: signed webhooks in, TwiML replies out, sending through its REST API (2010-04-01)."""

from channels.gateways.twilio.api import send
from channels.gateways.twilio.errors import FILTERED, failure_of, failure_reported
from channels.gateways.twilio.listing import Listed, Window, find_sent, list_parts, look_back, whole
from channels.gateways.twilio.media import fetch_media
from channels.gateways.twilio.webhooks import (
    AGAIN,
    SIGNATURE_HEADER,
    authenticate,
    parse_inbound,
    parse_receipt,
    render_reply,
    sign,
)
from channels.gateways.twilio.wire import API_URL, WHATSAPP, Credentials

__all__ = [
    "AGAIN",
    "API_URL",
    "FILTERED",
    "SIGNATURE_HEADER",
    "WHATSAPP",
    "Credentials",
    "Listed",
    "Window",
    "authenticate",
    "failure_of",
    "failure_reported",
    "fetch_media",
    "find_sent",
    "list_parts",
    "look_back",
    "parse_inbound",
    "parse_receipt",
    "render_reply",
    "send",
    "sign",
    "whole",
]
