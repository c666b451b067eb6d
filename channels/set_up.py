"""What is to be entered at the provider of a channel once it has been added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from channels.gateways import kannel, twilio
from channels.providers import public_url
from channels.registry import WECHAT, ChannelInfo


@dataclass(frozen=True)
class SetUp:
    """Addresses to enter, each with the place it belongs to, and the lines of a configuration file."""

    addresses: tuple[tuple[Any, str], ...] = ()
    lines: str = ""


def set_up(channel: ChannelInfo) -> SetUp:
    """What a channel's provider must be told. Whoever sees it can speak to us in the provider's name."""
    inbound, status = public_url(channel, "inbound"), public_url(channel, "status")
    if channel.gateway == "twilio":
        return SetUp(
            (
                (_l("When a message comes in"), inbound + twilio.AGAIN),
                (_l("If that fails"), public_url(channel, "fallback") + twilio.AGAIN),
                (_l("Status callback"), status + twilio.AGAIN),
            )
        )
    if channel.gateway == "kannel":
        return SetUp(lines=kannel.configuration(inbound, channel.credentials["secret"]))
    if channel.gateway == "aliyun":
        secret = channel.credentials["secret"]
        return SetUp(
            (
                (_l("Messages from phones (SmsUp)"), f"{inbound}?secret={secret}"),
                (_l("Delivery reports (SmsReport)"), f"{status}?secret={secret}"),
            )
        )
    if channel.gateway == WECHAT:
        return SetUp(((_l("Server address (URL)"), public_url(channel, "").rstrip("/")),))
    return SetUp()
