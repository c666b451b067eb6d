"""Channels as the doors see them: found by their key before any scope exists, and kept in memory for some seconds."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app
from sqlalchemy import or_, select

from channels.gateways import twilio, wechat
from channels.models import Channel, Medium
from channels.numbers import SPELLINGS, e164
from channels.places import Place
from channels.sharing import Served, served_by
from channels.templates import Templates, is_templated, templates_of
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock, query
from tenants.identifiers import new_id
from tenants.models import RouteKind, Tenant
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, NotFound, RuleBroken
from tenants.routes import add_route, find_routes

KEPT_SECONDS = 5.0
"""How long a process may go on with what it knew of a channel."""

SIMULATOR = "simulator"
WECHAT = "wechat"
MEDIA = {SIMULATOR: Medium.SIMULATOR, WECHAT: Medium.WECHAT}
"""The gateways whose people write from something else than a phone number."""

WHATSAPP = twilio.WHATSAPP
"""Begins a number at WhatsApp; people there write from an address of their own, which begins with it too."""

UNSIGNED = frozenset({"kannel", "aliyun"})
"""Gateways whose provider signs nothing."""

ANYWHERE = "any"
"""Said in place of addresses where nobody knows from which ones a provider calls: then its secret alone keeps strangers out."""

BY_TEMPLATE = frozenset({"aliyun"})
"""Gateways whose provider sends approved templates alone."""


@dataclass(frozen=True)
class ChannelInfo:
    """What a door must know of a channel; the credentials never show in a ``repr``."""

    tenant_id: int
    id: Any
    gateway: str
    key: str
    number: str
    office_zh: str
    office_en: str
    hotline: str | None
    demo: bool
    parts_per_second: int
    credentials: dict[str, str] = field(repr=False)
    templates: Templates = field(default_factory=dict)
    served: tuple[Served, ...] = ()
    shared_before: bool = False
    replies_late: bool = False

    @property
    def places(self) -> tuple[Place, ...]:
        """The places whose people write to this number, where it is shared."""
        return tuple(served.place for served in self.served)

    @property
    def sorts(self) -> bool:
        """Whether a message may belong to another office than the channel's own: now, or from when it was shared."""
        return bool(self.served) or self.shared_before

    @property
    def readable(self) -> tuple[int, ...]:
        """The tenants among which a message on this channel is sorted."""
        return tuple(place.tenant_id for place in self.places)

    def at(self, office: int) -> ChannelInfo:
        """The channel as one of the offices uses it that it serves."""
        served = next(served for served in self.served if served.tenant_id == office)
        return replace(
            self,
            office_zh=served.office_zh,
            office_en=served.office_en,
            hotline=served.hotline,
            served=(),
        )

    @property
    def medium(self) -> Medium:
        """The kind of address people write from here."""
        return Medium.WHATSAPP if self.number.startswith(WHATSAPP) else MEDIA.get(self.gateway, Medium.SMS)

    @property
    def by_template(self) -> bool:
        """Whether the provider sends approved templates alone, and takes no reply in its own response."""
        return self.gateway in BY_TEMPLATE

    @property
    def signature(self) -> str:
        """What the provider sets before each text, which counts with it (S2)."""
        return f"【{self.number}】" if self.by_template else ""

    @property
    def replies_by_message(self) -> bool:
        """Whether a reply goes as a message of its own: always there, and where a message is taken in late."""
        return self.by_template or self.replies_late


@command(Permission.CHANNEL_WRITE)
def add_channel(gateway: str, number: str, credentials: dict[str, str], *, by: Actor) -> Channel:
    """Give the actor's office a number at a provider; one that signs nothing gets a secret to bring instead (S1).

    Refuses ``number_unclear``, ``signature_unclear``, ``network_unclear``, ``sendsms_unclear``, ``aes_key_unclear``
    and ``channel_exists``.
    """
    known = SPELLINGS.get(gateway, e164)(number)
    taken = db.session.scalar(
        select(Channel.id).where(
            Channel.tenant_id == by.tenant_id,
            Channel.gateway == gateway,
            Channel.number == known,
            Channel.closed_at.is_(None),
        )
    )
    if taken is not None:
        raise AlreadyDone("channel_exists", number=known)
    channel = Channel(
        tenant_id=by.tenant_id,
        id=new_id(),
        gateway=gateway,
        key=secrets.token_urlsafe(12),
        number=known,
        credentials=json.dumps(fenced(gateway, credentials)),
        added_at=by.now,
    )
    db.session.add(channel)
    add_route(RouteKind.CHANNEL, f"{gateway}:{channel.key}", by.tenant_id, channel.id)
    db.session.flush()
    record(Event.CHANNEL_ADDED, channel, by, gateway=gateway)
    return channel


def fenced(gateway: str, credentials: dict[str, str]) -> dict[str, str]:
    """The credentials with what keeps strangers out where a provider signs nothing."""
    if gateway == WECHAT and credentials.get("encoding_aes_key"):
        try:
            wechat.key_of(credentials["encoding_aes_key"])
        except ValueError as unclear:
            raise RuleBroken("aes_key_unclear") from unclear
    if "sendsms_url" in credentials and not is_sendsms(credentials["sendsms_url"]):
        raise RuleBroken("sendsms_unclear")
    if gateway not in UNSIGNED:
        return credentials
    networks = [
        network.strip() for network in credentials.get("allow_from", "").split(",") if network.strip()
    ]
    if networks == [ANYWHERE]:
        networks = ["0.0.0.0/0", "::/0"]
    for network in networks:
        try:
            ip_network(network)
        except ValueError as unclear:
            raise RuleBroken("network_unclear", network=network) from unclear
    return {"secret": secrets.token_urlsafe(24), **credentials, "allow_from": ",".join(networks)}


def is_sendsms(address: str) -> bool:
    """Whether an address is Kannel's own door: nobody may reach for other servers of this network by adding a number (S1)."""
    parts = urlsplit(address)
    plain = parts.scheme in ("http", "https") and not parts.query and "@" not in parts.netloc
    return bool(plain and parts.hostname and parts.path.endswith("/sendsms"))


@command(Permission.CHANNEL_WRITE)
def close_channel(channel_id: UUID, *, by: Actor) -> Channel:
    """Give one of the office's numbers up: its doors open no more, and what waits for it goes by another, if there is one (S1).

    Refuses ``not_found`` and ``channel_closed``.
    """
    channel = lock(Channel, channel_id, by)
    if channel.closed_at is not None:
        raise AlreadyDone("channel_closed", number=channel.number)
    channel.closed_at = by.now
    record(Event.CHANNEL_CLOSED, channel, by, gateway=channel.gateway)
    return channel


@query(Permission.CHANNEL_READ)
def list_channels(*, by: Actor) -> list[Channel]:
    """The office's channels in use."""
    return list(
        db.session.scalars(
            select(Channel)
            .where(Channel.tenant_id == by.tenant_id, Channel.closed_at.is_(None))
            .order_by(Channel.added_at)
        )
    )


def channel_by_key(gateway: str, key: str) -> ChannelInfo:
    """The channel a provider's request names; ``NotFound`` otherwise. Kept for some seconds in each process."""
    name = f"{gateway}:{key}"

    def find() -> ChannelInfo:
        routes = _routes(name, by=Actor.system())
        if not routes:
            raise NotFound("not_found", what="channels")
        return find_channel(routes[0][1], by=Actor.system(routes[0][0]))

    return _kept(name, find)


def channel_by_id(tenant_id: int, channel_id: UUID) -> ChannelInfo:
    """The channel an outbox row goes by; ``NotFound`` once it is closed. Kept for some seconds, as above."""
    return _kept(f"{tenant_id}.{channel_id}", lambda: find_channel(channel_id, by=Actor.system(tenant_id)))


def _kept(name: str, find: Callable[[], ChannelInfo]) -> ChannelInfo:
    kept: dict[str, tuple[float, ChannelInfo]] = current_app.extensions["qiao.channels"]
    known = kept.get(name)
    if known is None or known[0] < time.monotonic():
        kept[name] = known = (time.monotonic() + KEPT_SECONDS, find())
    return known[1]


@query(Permission.CHANNEL_READ)
def find_channel(channel_id: Any, *, by: Actor) -> ChannelInfo:
    """What a door must know of one of the office's channels."""
    channel = db.session.scalar(
        select(Channel).where(Channel.tenant_id == by.tenant_id, Channel.id == channel_id)
    )
    if channel is None or channel.closed_at is not None:
        raise NotFound("not_found", what="channels")
    office = db.session.get_one(Tenant, by.tenant_id)
    return ChannelInfo(
        tenant_id=channel.tenant_id,
        id=channel.id,
        gateway=channel.gateway,
        key=channel.key,
        number=channel.number,
        office_zh=office.name_zh,
        office_en=office.name_en,
        hotline=office.hotline,
        demo=office.demo,
        parts_per_second=channel.parts_per_second,
        credentials=json.loads(channel.credentials),
        served=served_by(office, channel) if channel.shared else (),
        shared_before=channel.unshared_at is not None,
        templates=templates_of(channel.id, by=by) if is_templated(channel.gateway, channel.number) else {},
    )


@query(Permission.CHANNEL_READ)
def _routes(name: str, *, by: Actor) -> list[tuple[int, Any]]:
    return [(route.tenant_id, route.target_id) for route in find_routes(RouteKind.CHANNEL, name)]


@query(Permission.CHANNEL_READ)
def find_sibling(channel: ChannelInfo, number: str, *, by: Actor) -> tuple[int, UUID] | None:
    """The channel of another number in the same account at the provider, in any office the actor reads (S1)."""

    def account(credentials: dict[str, str]) -> tuple[str | None, ...]:
        return tuple(credentials.get(name) for name in ("access_key_id", "access_key_secret"))

    others = db.session.scalars(
        select(Channel).where(
            Channel.tenant_id.in_(by.readable),
            Channel.gateway == channel.gateway,
            Channel.number == number,
            Channel.closed_at.is_(None),
        )
    )
    return next(
        (
            (other.tenant_id, other.id)
            for other in others
            if account(json.loads(other.credentials)) == account(channel.credentials)
        ),
        None,
    )


@query(Permission.CHANNEL_READ)
def channel_instead(channel_id: UUID, medium: Medium, *, by: Actor) -> UUID | None:
    """The channel in the place of one that the office gave up: the same number or account added anew, else, for a phone, any
    by which a text message reaches it (S7)."""
    gone = db.session.get_one(Channel, (by.tenant_id, channel_id))
    anew = db.session.scalar(
        select(Channel.id).where(
            Channel.tenant_id == by.tenant_id,
            Channel.gateway == gone.gateway,
            Channel.number == gone.number,
            Channel.closed_at.is_(None),
        )
    )
    other = first_channel(Medium.SMS, any_words=True, by=by) if medium is Medium.SMS else None
    return anew or (other[1] if other else None)


@query(Permission.CHANNEL_READ)
def first_channel(
    medium: Medium, *, serving: str | None = None, any_words: bool = False, by: Actor
) -> tuple[int, UUID] | None:
    """The office's first channel by which an address of a kind is reached; the simulator comes last.

    ``serving``: the code of a county, among those shared with it. ``any_words``: among those that bring a real phone any
    words, not approved templates alone.
    """
    wanted = select(Channel.tenant_id, Channel.id).where(
        Channel.tenant_id == by.tenant_id, Channel.closed_at.is_(None)
    )
    if medium is Medium.SMS:
        wanted = wanted.where(Channel.gateway != WECHAT, Channel.number.not_like(f"{WHATSAPP}%"))
    else:
        wanted = wanted.where(Channel.gateway.in_([name for name, own in MEDIA.items() if own is medium]))
    if serving is not None:
        wanted = wanted.where(
            Channel.shared, or_(Channel.shared_with == [], Channel.shared_with.contains([serving]))
        )
    if any_words:
        wanted = wanted.where(Channel.gateway.not_in([SIMULATOR, *BY_TEMPLATE]))
    found = db.session.execute(
        wanted.order_by(Channel.gateway == SIMULATOR, Channel.added_at).limit(1)
    ).first()
    return None if found is None else (found.tenant_id, found.id)
