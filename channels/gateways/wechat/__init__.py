"""WeChat Official Accounts: signed and sealed pushes in, passive replies out; sending through its API."""

from channels.gateways.wechat.api import API_URL, Credentials, Tokens, fetch_media, find_sent, send
from channels.gateways.wechat.envelope import key_of
from channels.gateways.wechat.pushes import (
    Push,
    authenticate,
    fits_reply,
    open_push,
    parse_inbound,
    parse_receipt,
    render_reply,
)

__all__ = [
    "API_URL",
    "Credentials",
    "Push",
    "Tokens",
    "authenticate",
    "fetch_media",
    "find_sent",
    "fits_reply",
    "key_of",
    "open_push",
    "parse_inbound",
    "parse_receipt",
    "render_reply",
    "send",
]
