"""What every inbound door does with a message it has found genuine: take it in, or say that it came to the wrong place."""

from __future__ import annotations

from datetime import datetime

import structlog
from flask import current_app

from channels.alarms import raise_alarm
from channels.gateways import Inbound
from channels.inbox import keep_for_a_person, receive, take_in
from channels.machines import is_machine
from channels.models import Medium
from channels.registry import ChannelInfo
from channels.sorting import keep_where_it_belongs, sort_in
from tenants.actors import Actor

log = structlog.get_logger()


def handle(channel: ChannelInfo, inbound: Inbound, *, now: datetime) -> str | None:
    """The reply to a message, sorted first where the number serves many counties (S8)."""
    receiving = (sort_in, keep_where_it_belongs) if channel.sorts else (receive, keep_for_a_person)
    return take_in(channel, inbound, *receiving, now=now)


def receive_by(channel: ChannelInfo, inbound: Inbound) -> str | None:
    """The reply to a message; a machine gets none. A message to a number that is not the channel's, nor one of its Messaging
    Service's, is answered without a word, and the platform's operator learns of it."""
    if inbound.recipient == channel.number or _came_by_service(channel, inbound):
        reply = handle(channel, inbound, now=current_app.config["CLOCK"]())
        return None if channel.medium is Medium.SMS and is_machine(inbound.sender) else reply
    log.warning("foreign_number", channel=channel.key)
    raise_alarm(
        "foreign_number",
        about_tenant_id=channel.tenant_id,
        number=inbound.recipient[-4:],
        by=Actor.system(now=current_app.config["CLOCK"]()),
    )
    return None


def _came_by_service(channel: ChannelInfo, inbound: Inbound) -> bool:
    """Whether somebody answered the number that the channel's Messaging Service had chosen to write by."""
    service = channel.credentials.get("messaging_service")
    return bool(service) and inbound.parameters.get("MessagingServiceSid") == service
