"""Twilio's status callback; its inbound webhook is ``channels/inbound_door.py``."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from channels.gateways import twilio
from channels.providers import public_url, twilio_credentials
from channels.receipts import take_receipt
from channels.registry import ChannelInfo, channel_by_key
from tenants.actors import Actor

bp = Blueprint("twilio", __name__, url_prefix="/twilio")


@bp.post("/<key>/status")
def status(key: str) -> Response:
    """A report on a message, in any order."""
    channel = _authenticated(key, "status")
    receipt = twilio.parse_receipt(request.form)
    by = Actor.system(channel.tenant_id, now=current_app.config["CLOCK"]())
    take_receipt(channel, receipt, request.args.get("message"), by=by)
    return Response(status=204)


def _authenticated(key: str, what: str) -> ChannelInfo:
    channel = channel_by_key("twilio", key)
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    twilio.authenticate(
        public_url(channel, what) + query, request.form, dict(request.headers), twilio_credentials(channel)
    )
    return channel
