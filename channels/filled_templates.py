"""The approved template for a message, filled in: all that Aliyun sends, and what goes outside WeChat's or WhatsApp's reply
window (S6)."""

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
    """A version of an approved template with its code at the provider, what is filled into its fields, and how it goes."""

    id: UUID
    code: str
    fields: Mapping[str, str] = field(repr=False)
    way: TemplateWay = TemplateWay.TEMPLATE


def template_for(said: Said, locale: str, channel: ChannelInfo) -> Template | None:
    """The channel's template for what is said, filled in; ``None`` where it has none."""
    known = approved_for(channel.templates, said.message.key, locale)
    if known is None:
        return None
    filled = said.variables(known.locale)
    if channel.by_template:
        fields = {name: str(value) for name, value in filled.items()}
    else:
        fields = {name: fitted(name, filled.get(parameter, "")) for name, parameter in known.fields.items()}
    return Template(known.id, known.code, fields, known.way)


def template_by(channel: tuple[int, UUID], said: Said, locale: str, *, shut: bool) -> Template | None:
    """The same for a channel named by its office and id; ``None`` also where it is closed, and where it takes free words:
    the person's reply window is not ``shut``, nor does its provider send templates alone."""
    try:
        known = channel_by_id(*channel)
    except NotFound:
        return None
    return template_for(said, locale, known) if shut or known.by_template else None


def fitted(name: str, value: Any) -> str:
    """A value as a template's field takes it: on one line, and cut, which shows, where it is too long for its kind."""
    text = " ".join(str(value).split())
    longest = LONGEST.get(re.sub(r"[0-9]+$", "", name))
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"
