"""Aliyun's doors: pushes of messages (SmsUp) and of reports (SmsReport), each an array, pushed again until we say yes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog
from flask import Blueprint, Response, current_app, request

from channels.claiming import everywhere
from channels.doors.guard import require_address
from channels.gateways import Form, Malformed, aliyun
from channels.providers import aliyun_credentials, public_url
from channels.receipts import take_receipt
from channels.reception import receive_by
from channels.registry import ChannelInfo, channel_by_id, channel_by_key, find_sibling
from tenants.actors import Actor

log = structlog.get_logger()

bp = Blueprint("aliyun", __name__, url_prefix="/aliyun")


@bp.post("/<key>/inbound")
def inbound(key: str) -> Response:
    """Messages from phones; each reply goes by a call of its own, committed with the message."""
    channel = _authenticated(key, "inbound")

    def take(form: Form) -> None:
        message = aliyun.parse_inbound(form)
        message = message if message.recipient else replace(message, recipient=channel.number)
        receive_by(_of_signature(channel, message.recipient), message)

    return _each(channel, take)


@bp.post("/<key>/status")
def status(key: str) -> Response:
    """Reports on messages of ours, in any order."""
    channel = _authenticated(key, "status")
    by = Actor.system(channel.tenant_id, now=current_app.config["CLOCK"]())
    return _each(
        channel, lambda form: take_receipt(channel, aliyun.parse_receipt(form), aliyun.own_id_of(form), by=by)
    )


def _each(channel: ChannelInfo, take: Callable[[Form], None]) -> Response:
    """Take each element of a push. One that nobody can read does not hold up its neighbours, which would come again
    and again with it; where the database fails in the middle all come again, and those taken already change nothing."""
    for form in aliyun.elements_of(request.get_data()):
        try:
            take(form)
        except Malformed as malformed:
            log.warning("push_not_readable", channel=channel.key, missing=malformed.fields)
    body, content_type = aliyun.render_reply(None)
    return Response(body, content_type=content_type)


def _of_signature(channel: ChannelInfo, signature: str) -> ChannelInfo:
    """An account at Aliyun knows one address for all its signatures: the channel of this one, or the one that was called."""
    if signature == channel.number:
        return channel
    found = find_sibling(channel, signature, by=everywhere())
    return channel_by_id(*found) if found else channel


def _authenticated(key: str, what: str) -> ChannelInfo:
    channel = channel_by_key("aliyun", key)
    require_address(channel)
    url = f"{public_url(channel, what)}?{request.query_string.decode('latin-1')}"
    aliyun.authenticate(url, {}, dict(request.headers), aliyun_credentials(channel))
    return channel
