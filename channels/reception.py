"""What every inbound door does with a message it has found genuine: take it in, or say that it came to the wrong place."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from channels.gateways import Inbound
from channels.inbox import keep_for_a_person, receive, take_in
from channels.machines import is_machine
from channels.models import Medium
from channels.registry import ChannelInfo
from channels.sorting import keep_where_it_belongs, sort_in
from channels.strays import take_stray


def handle(channel: ChannelInfo, inbound: Inbound, *, now: datetime) -> str | None:
    """The reply to a message, sorted first where the number serves many counties (S8)."""
    receiving = (sort_in, keep_where_it_belongs) if channel.sorts else (receive, keep_for_a_person)
    return take_in(channel, inbound, *receiving, now=now)


def receive_by(channel: ChannelInfo, inbound: Inbound) -> str | None:
    """The reply to a message; a machine gets none. A message to a number that is not the channel's, nor one of its Messaging
    Service's, is kept and answered without a word (S8)."""
    if inbound.recipient == channel.number or _came_by_service(channel, inbound):
        reply = handle(channel, inbound, now=current_app.config["CLOCK"]())
        return None if channel.medium is Medium.SMS and is_machine(inbound.sender) else reply
    take_stray(channel, inbound, now=current_app.config["CLOCK"]())
    return None


def _came_by_service(channel: ChannelInfo, inbound: Inbound) -> bool:
    """Whether somebody answered the number that the channel's Messaging Service had chosen to write by."""
    service = channel.credentials.get("messaging_service")
    return bool(service) and inbound.parameters.get("MessagingServiceSid") == service
