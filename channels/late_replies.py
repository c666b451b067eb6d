"""Where a provider waits only some seconds for a reply: in its own response, or as a message of its own, never both (S1)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from channels import sayings
from channels.gateways import Inbound
from channels.models import InboundMessage, Opening, ReplyWay
from channels.outbox import tell
from channels.registry import ChannelInfo
from channels.reply_windows import open_window
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command
from tenants.permissions import Permission
from tenants.workdays import to_the_day


@command(Permission.MESSAGE_RECEIVE)
def choose_way(
    channel: ChannelInfo, inbound: Inbound, reply: str, *, opening: Opening, late: bool, by: Actor
) -> ReplyWay:
    """Decide once how the reply to a stored message goes; every repeat of the message is told the same.

    ``late``: the response would come too late, or cannot hold the reply; then it goes by the outbox. ``opening``: what
    the person did, for that begins the time in which messages may be sent to them.
    """
    message = db.session.scalars(
        select(InboundMessage)
        .where(
            InboundMessage.tenant_id == by.tenant_id,
            InboundMessage.channel_id == channel.id,
            InboundMessage.provider_id == inbound.provider_id,
        )
        .with_for_update()
    ).one()
    if message.reply_way is None:
        if message.received_at == to_the_day(message.received_at):
            # Of when it came only the day is kept (H3): nothing that follows from it may tell more.
            by = replace(by, now=message.received_at)
        message.reply_way = ReplyWay.MESSAGE if late else ReplyWay.RESPONSE
        open_window(message.contact_id, opening, by=by)
        if late:
            tell(message.contact_id, sayings.REPLY_FOLLOWS(words=reply), by=by)
    return message.reply_way
