"""WeChat's door: it proves that the address is ours, and takes in what people write and do (S1)."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, current_app, request

from channels.gateways import wechat
from channels.gateways.wechat import Push
from channels.late_replies import choose_way
from channels.models import Opening, ReplyWay
from channels.providers import wechat_credentials
from channels.receipts import take_receipt
from channels.reception import handle
from channels.registry import WECHAT, ChannelInfo, channel_by_key
from channels.sorting import office_of
from channels.words import recognise
from tenants.actors import Actor

bp = Blueprint("wechat", __name__, url_prefix="/wechat")

PATIENCE = timedelta(seconds=4)
"""WeChat hangs up after five seconds: what takes longer than this is answered by a message of its own."""

HELP, STOP = "?", "TD"
"""What following and leaving mean, in words that belong to no language, for nobody wrote them."""


@bp.get("/<key>")
def check(key: str) -> Response:
    """WeChat asks, when the address is entered, whether we know the token."""
    credentials = wechat_credentials(channel_by_key(WECHAT, key))
    wechat.authenticate(request.args, credentials, now=current_app.config["CLOCK"]())
    return Response(request.args.get("echostr", ""), content_type="text/plain; charset=utf-8")


@bp.post("/<key>")
def push(key: str) -> Response:
    """A message or an event; the answer goes back in the response where it can."""
    clock = current_app.config["CLOCK"]
    channel, arrived = channel_by_key(WECHAT, key), clock()
    credentials = wechat_credentials(channel)
    pushed = wechat.open_push(request.args, request.get_data(), credentials, now=arrived)
    by = Actor.system(channel.tenant_id, now=arrived)
    reply = None
    if receipt := wechat.parse_receipt(pushed):
        take_receipt(channel, receipt, None, by=by)
    elif pushed.event == "unsubscribe":
        handle(channel, wechat.parse_inbound(pushed, STOP), now=arrived)
    elif pushed.event is None or pushed.event in ("subscribe", "scan", "click"):
        reply = _reply(channel, pushed, by)
    body, content_type = wechat.render_reply(pushed, reply, credentials, now=clock())
    return Response(body, content_type=content_type)


def _reply(channel: ChannelInfo, pushed: Push, by: Actor) -> str | None:
    """The reply that belongs into the response; ``None`` where it goes by a message of its own."""
    inbound = wechat.parse_inbound(pushed, None if pushed.event is None else _meant(pushed))
    reply = handle(channel, inbound, now=by.now)
    if not reply:
        return None
    late = current_app.config["CLOCK"]() - by.now > PATIENCE or not wechat.fits_reply(reply)
    opening = Opening.MESSAGE if pushed.event is None else Opening.CLICK
    by = by.as_system(office_of(channel, inbound, by=by))
    way = choose_way(channel, inbound, reply, opening=opening, late=late, by=by)
    return reply if way is ReplyWay.RESPONSE else None


def _meant(pushed: Push) -> str:
    """The text that an event stands for: the word on the menu or in the QR code, else the question what can be done here."""
    if pushed.event != "subscribe" and recognise(pushed.key).word is not None:
        return pushed.key
    return HELP
