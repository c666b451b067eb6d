"""The gateways of this deployment: which module speaks to which provider, with what credentials, under what address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from flask import current_app

from channels.access_tokens import AccessTokens
from channels.gateways import aliyun, kannel, simulator, twilio, wechat
from channels.jobs import redis_connection
from channels.registry import ChannelInfo
from tenants.privacy import keyring

GATEWAYS: Mapping[str, ModuleType] = {
    "twilio": twilio,
    "kannel": kannel,
    "aliyun": aliyun,
    "wechat": wechat,
    "simulator": simulator,
}


def twilio_credentials(channel: ChannelInfo) -> twilio.Credentials:
    """A channel's account at Twilio, at the configured base address of its API; a demo office may have one of its own."""
    own = channel.credentials.get("api_url") if channel.demo else None
    api_url = own or current_app.config["SETTINGS"].twilio_api_url or twilio.API_URL
    kept = channel.credentials
    return twilio.Credentials(
        kept["account_sid"], kept["auth_token"], api_url, kept.get("messaging_service", "")
    )


def kannel_credentials(channel: ChannelInfo) -> kannel.Credentials:
    """The Kannel of a channel."""
    kept = channel.credentials
    return kannel.Credentials(kept["sendsms_url"], kept["username"], kept["password"], kept["secret"])


def aliyun_credentials(channel: ChannelInfo) -> aliyun.Credentials:
    """A channel's account at Aliyun."""
    kept = channel.credentials
    api_url = kept.get("api_url") or aliyun.API_URL
    return aliyun.Credentials(kept["access_key_id"], kept["access_key_secret"], kept["secret"], api_url)


def wechat_credentials(channel: ChannelInfo) -> wechat.Credentials:
    """A channel's Official Account, at the configured base address of WeChat's API, with the one token of all workers."""
    kept = channel.credentials
    return wechat.Credentials(
        app_id=channel.number,
        app_secret=kept["app_secret"],
        token=kept["token"],
        tokens=AccessTokens(redis_connection(), keyring(), f"wechat:{channel.number}"),
        encoding_aes_key=kept.get("encoding_aes_key", ""),
        api_url=current_app.config["SETTINGS"].wechat_api_url or wechat.API_URL,
    )


_CREDENTIALS: Mapping[str, Callable[[ChannelInfo], Any]] = {
    "twilio": twilio_credentials,
    "kannel": kannel_credentials,
    "aliyun": aliyun_credentials,
    "wechat": wechat_credentials,
}

_RECEIPTS = {"kannel": "dlr"}
"""The door for delivery reports, where it is not called ``status``."""


def listed_parts(channel: ChannelInfo, begin: datetime, end: datetime) -> dict[str, int] | None:
    """The parts of each message in the channel's account as its provider lists them, by its id; ``None`` where it has no
    such list. Raises a ``SendFailure`` where it cannot be asked now."""
    if channel.gateway != "twilio":
        return None
    return dict(twilio.list_parts(begin, end, twilio_credentials(channel)))


def credentials_of(channel: ChannelInfo) -> Any:
    """What the channel's gateway asks for to send; None where it asks for nothing."""
    make = _CREDENTIALS.get(channel.gateway)
    return make(channel) if make else None


def public_url(channel: ChannelInfo, what: str) -> str:
    """The address of one of a channel's doors, as the provider knows it."""
    return f"{current_app.config['SETTINGS'].base_url.rstrip('/')}/channels/{channel.gateway}/{channel.key}/{what}"


def receipts_url(channel: ChannelInfo, message: str) -> str:
    """Where the provider reports what became of a message of ours."""
    return f"{public_url(channel, _RECEIPTS.get(channel.gateway, 'status'))}?message={message}"
