"""What may be said outside a reply window of WeChat or WhatsApp: approved templates, entered for a message of ours by its
key (S6)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from channels.messages import MESSAGES, Message, Said
from channels.models import Channel
from channels.registry import WECHAT, WHATSAPP, ChannelInfo, channel_by_id
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command
from tenants.permissions import Permission
from tenants.refusals import NotFound, RuleBroken

TEMPLATES = "templates"

LONGEST = {"character_string": 32, "name": 10, "phrase": 5, "short_thing": 5, "thing": 20}
"""Characters that WeChat takes in a field of each kind; the kind is the field's name without its number."""


@dataclass(frozen=True)
class Template:
    """An approved template by its id at the provider, and what is filled into its fields."""

    code: str
    fields: Mapping[str, str] = field(repr=False)


@command(Permission.CHANNEL_WRITE)
def set_template(
    account: str, key: str, template: str, parameters_of: Mapping[str, str], *, by: Actor
) -> None:
    """Let a message of ours go by an approved template of one of the office's accounts where no free text may.

    ``account``: the app id, or the number at WhatsApp; ``key``: the message's; ``template``: its id at WeChat, or its
    ContentSid at Twilio; ``parameters_of``: for each field of
    the template the parameter of the message that fills it. Refuses ``not_found``, ``message_unknown`` and
    ``parameter_unknown``.
    """
    if key not in MESSAGES:
        raise RuleBroken("message_unknown", message=key)
    if unknown := sorted(set(parameters_of.values()) - _parameters(MESSAGES[key])):
        raise RuleBroken("parameter_unknown", message=key, names=", ".join(unknown))
    channel = db.session.scalar(
        select(Channel)
        .where(
            Channel.tenant_id == by.tenant_id,
            or_(Channel.gateway == WECHAT, Channel.number.like(f"{WHATSAPP}%")),
            Channel.number == account,
            Channel.closed_at.is_(None),
        )
        .with_for_update()
    )
    if channel is None:
        raise NotFound("not_found", what="channels")
    credentials = json.loads(channel.credentials)
    templates = json.loads(credentials.get(TEMPLATES, "{}"))
    templates[key] = {"id": template, "fields": dict(parameters_of)}
    channel.credentials = json.dumps({**credentials, TEMPLATES: json.dumps(templates)})
    record(Event.TEMPLATE_SET, channel, by, message=key, template=template)


def template_for(said: Said, locale: str, channel: ChannelInfo) -> Template | None:
    """The channel's template for what is said, filled in; ``None`` where it has none."""
    known = json.loads(channel.credentials.get(TEMPLATES, "{}")).get(said.message.key)
    if known is None:
        return None
    filled = said.variables(locale)
    return Template(
        known["id"],
        {name: fitted(name, filled.get(parameter, "")) for name, parameter in known["fields"].items()},
    )


def template_by(channel: tuple[int, UUID], said: Said, locale: str) -> Template | None:
    """The same for a channel named by its office and id; ``None`` also where it is closed."""
    try:
        return template_for(said, locale, channel_by_id(*channel))
    except NotFound:
        return None


def fitted(name: str, value: Any) -> str:
    """A value as a template's field takes it: on one line, and cut, which shows, where it is too long for its kind."""
    text = " ".join(str(value).split())
    longest = LONGEST.get(re.sub(r"[0-9]+$", "", name))
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"


def _parameters(message: Message) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(message.text) if name}
