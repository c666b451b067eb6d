"""The office's numbers by JSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from channels.county_names import call_county
from channels.models import Channel, MessageTemplate
from channels.registry import add_channel, close_channel, list_channels
from channels.renewing import renew_channel
from channels.sharing import share_channel
from channels.templates import list_templates, set_template
from service.api.shell import api_actor
from service.office.channel_schemas import (
    AliyunSchema,
    ChannelSchema,
    CountyNamesSchema,
    KannelSchema,
    RenewalSchema,
    SharingSchema,
    TemplateSchema,
    TwilioSchema,
    WeChatSchema,
)

bp = Blueprint(
    "channels_api",
    __name__,
    url_prefix="/office/channels",
    description="The office's numbers at their providers",
)


@bp.get("")
@bp.response(200, ChannelSchema(many=True))
def channels() -> list[Channel]:
    """List the office's numbers."""
    return list_channels(by=api_actor())


@bp.post("")
@bp.arguments(TwilioSchema)
@bp.response(201, ChannelSchema)
def new_twilio_channel(data: dict[str, Any]) -> Channel:
    """Give the office a number at Twilio."""
    return add_channel("twilio", data.pop("number"), data, by=api_actor())


@bp.post("/aliyun")
@bp.arguments(AliyunSchema)
@bp.response(201, ChannelSchema)
def new_aliyun_channel(data: dict[str, Any]) -> Channel:
    """Give the office a signature at Aliyun SMS."""
    return add_channel("aliyun", data.pop("number"), data, by=api_actor())


@bp.post("/wechat")
@bp.arguments(WeChatSchema)
@bp.response(201, ChannelSchema)
def new_wechat_channel(data: dict[str, Any]) -> Channel:
    """Give the office a WeChat Official Account."""
    return add_channel("wechat", data.pop("number"), data, by=api_actor())


@bp.post("/kannel")
@bp.arguments(KannelSchema)
@bp.response(201, ChannelSchema)
def new_kannel_channel(data: dict[str, Any]) -> Channel:
    """Give the office a number behind a Kannel of its own."""
    return add_channel("kannel", data.pop("number"), data, by=api_actor())


@bp.delete("/<uuid:channel_id>")
@bp.response(204)
def close(channel_id: UUID) -> None:
    """Close one of the office's numbers."""
    close_channel(channel_id, by=api_actor())


@bp.patch("/<uuid:channel_id>/credentials")
@bp.arguments(RenewalSchema)
@bp.response(200, ChannelSchema)
def renew(data: dict[str, Any], channel_id: UUID) -> Channel:
    """Exchange some of a number's credentials; what is not named stays."""
    return renew_channel(channel_id, data["credentials"], by=api_actor())


@bp.put("/<uuid:channel_id>/counties")
@bp.arguments(SharingSchema)
@bp.response(200, ChannelSchema)
def share(data: dict[str, Any], channel_id: UUID) -> Channel:
    """Share a number with counties below the office: those named, or all."""
    return share_channel(channel_id, True, data["counties"], by=api_actor())


@bp.delete("/<uuid:channel_id>/counties")
@bp.response(204)
def unshare(channel_id: UUID) -> None:
    """Let a number serve its own office alone again."""
    share_channel(channel_id, False, by=api_actor())


@bp.put("/<uuid:channel_id>/counties/<code>/names")
@bp.arguments(CountyNamesSchema)
@bp.response(200, ChannelSchema)
def name_county(data: dict[str, Any], channel_id: UUID, code: str) -> Channel:
    """Let a county be called by these other names on a shared number, in place of those before."""
    return call_county(channel_id, code, data["names"], by=api_actor())


@bp.get("/<uuid:channel_id>/templates")
@bp.response(200, TemplateSchema(many=True))
def templates(channel_id: UUID) -> list[MessageTemplate]:
    """List the approved templates of a channel that count."""
    return list_templates(channel_id, by=api_actor())


@bp.put("/<uuid:channel_id>/templates")
@bp.arguments(TemplateSchema)
@bp.response(200, TemplateSchema)
def note_template(data: dict[str, Any], channel_id: UUID) -> MessageTemplate:
    """Note the code of an approved template; the last one noted counts."""
    return set_template(channel_id, **data, by=api_actor())
