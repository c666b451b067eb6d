"""What every inbound door does with a message it has found genuine: take it in, or say that it came to the wrong place."""

from __future__ import annotations

import structlog
from flask import current_app

from channels.alarms import raise_alarm
from channels.gateways import Inbound
from channels.inbox import take_in
from channels.registry import ChannelInfo
from tenants.actors import Actor

log = structlog.get_logger()


def receive_by(channel: ChannelInfo, inbound: Inbound) -> str | None:
    """The reply to a message. One to a number that is not the channel's is answered without a word, and the platform's
    operator learns of it."""
    if inbound.recipient == channel.number:
        return take_in(channel, inbound, now=current_app.config["CLOCK"]())
    log.warning("foreign_number", channel=channel.key)
    raise_alarm(
        "foreign_number",
        about_tenant_id=channel.tenant_id,
        number=inbound.recipient[-4:],
        by=Actor.system(now=current_app.config["CLOCK"]()),
    )
    return None
