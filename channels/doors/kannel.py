"""Kannel's doors: its sms-service requests, answered with the reply, and its delivery reports."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from channels.doors.guard import require_address
from channels.gateways import kannel
from channels.providers import kannel_credentials, public_url
from channels.receipts import take_receipt
from channels.reception import receive_by
from channels.registry import ChannelInfo, channel_by_key
from tenants.actors import Actor

bp = Blueprint("kannel", __name__, url_prefix="/kannel")


@bp.route("/<key>/inbound", methods=["GET", "POST"])
def inbound(key: str) -> Response:
    """A message from a phone; the reply goes back in the response."""
    channel = _authenticated(key, "inbound")
    form = kannel.form_of(request.query_string, dict(request.headers), request.get_data())
    reply = receive_by(channel, kannel.parse_inbound(form))
    body, content_type = kannel.render_reply(reply)
    return Response(body, content_type=content_type, headers=kannel.reply_headers(reply))


@bp.route("/<key>/dlr", methods=["GET", "POST"])
def dlr(key: str) -> Response:
    """A report on a message of ours, in any order."""
    channel = _authenticated(key, "dlr")
    receipt = kannel.parse_receipt(request.args)
    by = Actor.system(channel.tenant_id, now=current_app.config["CLOCK"]())
    take_receipt(channel, receipt, receipt.provider_id, by=by)
    return Response(content_type="text/plain; charset=UTF-8")


def _authenticated(key: str, what: str) -> ChannelInfo:
    channel = channel_by_key("kannel", key)
    require_address(channel)
    kannel.authenticate(
        public_url(channel, what), request.args, dict(request.headers), kannel_credentials(channel)
    )
    return channel
