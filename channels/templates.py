"""Templates: where a provider sends approved wordings, the code of each message in each language, in versions (S6).

A wording once sent is never rewritten: each setting is a version of its own, and the last one counts. Aliyun sends approved
templates alone; WeChat and WhatsApp take them where they take no free text any more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from channels.gateways.twilio import WHATSAPP
from channels.messages import CATALOGUES, MESSAGES, Message, wording
from channels.models import Channel, MessageTemplate, TemplateWay
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock, query
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.refusals import RuleBroken


def is_templated(gateway: str, number: str) -> bool:
    """Whether a channel's provider approves templates."""
    return gateway == "aliyun" or has_fields(gateway, number)


def has_fields(gateway: str, number: str) -> bool:
    """Whether a channel's templates have fields of their own, to be filled from the parameters of a message."""
    return gateway == "wechat" or number.startswith(WHATSAPP)


@dataclass(frozen=True)
class Approved:
    """An approved template that counts: its version's row, its code at the provider, its language, how it is sent and filled."""

    id: UUID
    code: str
    locale: str
    fields: Mapping[str, str] = field(default_factory=dict)
    way: TemplateWay = TemplateWay.TEMPLATE


Templates = Mapping[tuple[str, str], Approved]
"""The templates of a channel by message and language."""


def approved_for(templates: Templates, message: str, locale: str) -> Approved | None:
    """The template for a message. Whoever chose a language that has none gets the news in Chinese rather than none."""
    return templates.get((message, locale)) or templates.get((message, "zh"))


@dataclass(frozen=True)
class Wording:
    """A message in one language as templates are written, and what the provider has approved of it.

    ``outdated``: it reads otherwise today than when its code was noted.
    """

    message: str
    locale: str
    text: str
    template: MessageTemplate | None

    @property
    def outdated(self) -> bool:
        """Whether the approved wording is another one."""
        return self.template is not None and self.template.text != self.text

    @property
    def missing(self) -> bool:
        """Whether the provider has yet to approve it as it reads today."""
        return self.template is None or self.outdated

    @property
    def parameters(self) -> list[str]:
        """What a template's fields may be filled from."""
        return sorted(_parameters(MESSAGES[self.message]))


@command(Permission.CHANNEL_WRITE)
def set_template(
    channel_id: UUID,
    message: str,
    locale: str,
    code: str,
    *,
    fields: Mapping[str, str] | None = None,
    way: TemplateWay = TemplateWay.TEMPLATE,
    by: Actor,
) -> MessageTemplate:
    """Note the code under which the channel's provider has approved a message in a language, as it reads today (S6).

    ``fields``: for each field of a template at WeChat or WhatsApp the parameter of the message that fills it; ``way``:
    whether WeChat sends it as a template message or to those who subscribed. Refuses ``message_unknown``, ``language_unknown``,
    ``no_templates_here``, ``fields_not_here`` and ``parameter_unknown``.
    """
    channel = lock(Channel, channel_id, by)
    if message not in MESSAGES:
        raise RuleBroken("message_unknown", message=message)
    if locale not in CATALOGUES:
        raise RuleBroken("language_unknown", locale=locale)
    if not is_templated(channel.gateway, channel.number):
        raise RuleBroken("no_templates_here")
    if not has_fields(channel.gateway, channel.number) and (fields or way is not TemplateWay.TEMPLATE):
        raise RuleBroken("fields_not_here")
    if unknown := sorted(set((fields or {}).values()) - _parameters(MESSAGES[message])):
        raise RuleBroken("parameter_unknown", message=message, names=", ".join(unknown))
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
        way=way,
        fields=dict(fields or {}),
        text=in_dollars(wording(MESSAGES[message], locale)),
        set_at=by.now,
    )
    db.session.add(template)
    record(Event.TEMPLATE_SET, template, by, message=message, locale=locale, code=template.code)
    return template


@query(Permission.CHANNEL_READ)
def list_templates(channel_id: UUID, *, by: Actor) -> list[MessageTemplate]:
    """The templates of a channel that count, by message and language. ``NotFound`` where the actor may read no such channel."""
    channel = get(Channel, channel_id, by)
    rows = db.session.scalars(
        select(MessageTemplate)
        .where(MessageTemplate.tenant_id == channel.tenant_id, MessageTemplate.channel_id == channel.id)
        .order_by(MessageTemplate.message, MessageTemplate.locale, MessageTemplate.version)
    )
    return list({(row.message, row.locale): row for row in rows}.values())


@query(Permission.CHANNEL_READ)
def list_versions(channel_id: UUID, message: str, locale: str, *, by: Actor) -> list[MessageTemplate]:
    """All that was ever noted for a message in a language, the newest first."""
    return list(
        db.session.scalars(
            select(MessageTemplate)
            .where(
                MessageTemplate.tenant_id == by.tenant_id,
                MessageTemplate.channel_id == channel_id,
                MessageTemplate.message == message,
                MessageTemplate.locale == locale,
            )
            .order_by(MessageTemplate.version.desc())
        )
    )


def versions_used(rows: Iterable[Any], *, by: Actor) -> dict[UUID, MessageTemplate]:
    """The versions by which messages went, by id: ``rows`` of the outbox, with ``channel_tenant_id`` and ``template_id``.

    Whoever may read a message may read what it went by, though the template be another office's whose number is shared (S8).
    """
    ids: defaultdict[int, set[UUID]] = defaultdict(set)
    for row in rows:
        if row.template_id is not None:
            ids[row.channel_tenant_id].add(row.template_id)
    return {
        version.id: version
        for office, own in ids.items()
        for version in _versions(own, by=by.as_system(office))
    }


@query(Permission.CHANNEL_READ)
def _versions(ids: Collection[UUID], *, by: Actor) -> list[MessageTemplate]:
    return list(
        db.session.scalars(
            select(MessageTemplate).where(
                MessageTemplate.tenant_id == by.tenant_id, MessageTemplate.id.in_(ids)
            )
        )
    )


def templates_of(channel_id: UUID, *, by: Actor) -> Templates:
    """The templates that count for one of the office's channels."""
    return {
        (row.message, row.locale): Approved(row.id, row.code, row.locale, row.fields, row.way)
        for row in list_templates(channel_id, by=by)
    }


@query(Permission.CHANNEL_READ)
def list_wordings(channel_id: UUID, *, by: Actor) -> list[Wording]:
    """Every message of the house in every language, with its template on this channel where it has one."""
    known = {(row.message, row.locale): row for row in list_templates(channel_id, by=by)}
    return [
        Wording(key, locale, in_dollars(wording(MESSAGES[key], locale)), known.get((key, locale)))
        for key in sorted(MESSAGES)
        for locale in CATALOGUES
    ]


def in_dollars(text: str) -> str:
    """A wording as Aliyun writes templates: ``${name}`` where ours has ``{name}``."""
    return re.sub(r"\{(\w+)[^}]*\}", r"${\1}", text)


def _parameters(message: Message) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(message.text) if name}
