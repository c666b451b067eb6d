"""Templates: where a provider sends approved wordings alone, the code of each message in each language.

A wording once sent is never rewritten: each setting is a version of its own, and the last one counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from channels.messages import CATALOGUES, MESSAGES, wording
from channels.models import Channel, MessageTemplate
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock, query
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.refusals import RuleBroken

Codes = Mapping[tuple[str, str], str]
"""The provider's code by message and language."""


@dataclass(frozen=True)
class Wording:
    """What a provider is to approve: a message in one language as it writes templates, and the code it has given."""

    message: str
    locale: str
    text: str
    code: str | None
    outdated: bool


@command(Permission.CHANNEL_WRITE)
def set_template(channel_id: UUID, message: str, locale: str, code: str, *, by: Actor) -> MessageTemplate:
    """Note the code under which the channel's provider has approved a message in a language, as it reads today.

    Refuses ``message_unknown`` and ``language_unknown``.
    """
    channel = lock(Channel, channel_id, by)
    if message not in MESSAGES:
        raise RuleBroken("message_unknown", message=message)
    if locale not in CATALOGUES:
        raise RuleBroken("language_unknown", locale=locale)
    last = db.session.scalar(
        select(func.max(MessageTemplate.version)).where(
            MessageTemplate.tenant_id == by.tenant_id,
            MessageTemplate.channel_id == channel.id,
            MessageTemplate.message == message,
            MessageTemplate.locale == locale,
        )
    )
    template = MessageTemplate(
        tenant_id=by.tenant_id,
        id=new_id(),
        channel_id=channel.id,
        message=message,
        locale=locale,
        version=(last or 0) + 1,
        code=code.strip(),
        text=in_dollars(wording(MESSAGES[message], locale)),
        set_at=by.now,
    )
    db.session.add(template)
    record(Event.TEMPLATE_SET, template, by, message=message, locale=locale, code=template.code)
    return template


@query(Permission.CHANNEL_READ)
def list_templates(channel_id: UUID, *, by: Actor) -> list[MessageTemplate]:
    """The templates of one of the office's channels that count, by message and language."""
    rows = db.session.scalars(
        select(MessageTemplate)
        .where(MessageTemplate.tenant_id == by.tenant_id, MessageTemplate.channel_id == channel_id)
        .order_by(MessageTemplate.message, MessageTemplate.locale, MessageTemplate.version)
    )
    return list({(row.message, row.locale): row for row in rows}.values())


def codes_of(channel_id: UUID, *, by: Actor) -> Codes:
    """The codes that count for one of the office's channels."""
    return {(row.message, row.locale): row.code for row in list_templates(channel_id, by=by)}


@query(Permission.CHANNEL_READ)
def list_wordings(channel_id: UUID, *, by: Actor) -> list[Wording]:
    """Every message of the house in every language, with its code on this channel where it has one.

    ``outdated``: the message reads otherwise today than when its code was set.
    """
    known = {(row.message, row.locale): row for row in list_templates(channel_id, by=by)}
    wordings = []
    for key in sorted(MESSAGES):
        for locale in CATALOGUES:
            text, row = in_dollars(wording(MESSAGES[key], locale)), known.get((key, locale))
            code, outdated = (row.code, row.text != text) if row else (None, False)
            wordings.append(Wording(key, locale, text, code, outdated))
    return wordings


def in_dollars(text: str) -> str:
    """A wording as Aliyun writes templates: ``${name}`` where ours has ``{name}``."""
    return re.sub(r"\{(\w+)[^}]*\}", r"${\1}", text)
