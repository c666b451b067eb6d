"""What may be said outside WeChat's or WhatsApp's reply window: the approved template for a message, filled in (S6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from channels.messages import Said
from channels.models import TemplateWay
from channels.registry import ChannelInfo, channel_by_id
from channels.templates import approved_for
from tenants.refusals import NotFound

LONGEST = {"character_string": 32, "name": 10, "phrase": 5, "short_thing": 5, "thing": 20}
"""Characters that WeChat takes in a field of each kind; the kind is the field's name without its number."""


@dataclass(frozen=True)
class Template:
    """An approved template by its id at WeChat, what is filled into its fields, and how it goes."""

    code: str
    fields: Mapping[str, str] = field(repr=False)
    way: TemplateWay = TemplateWay.TEMPLATE


def template_for(said: Said, locale: str, channel: ChannelInfo) -> Template | None:
    """The channel's template for what is said, filled in; ``None`` where it has none."""
    known = approved_for(channel.templates, said.message.key, locale)
    if known is None:
        return None
    filled = said.variables(known.locale)
    fields = {name: fitted(name, filled.get(parameter, "")) for name, parameter in known.fields.items()}
    return Template(known.code, fields, known.way)


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
