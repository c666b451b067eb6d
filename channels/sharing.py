"""A number of one office that serves the counties below it too, all of them or some (S8, docs/decisions/0012)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from channels.models import Channel
from channels.places import Place, county_of, province_of
from tenants.actors import Actor
from tenants.audit import record
from tenants.events import Event
from tenants.gate import command, lock
from tenants.models import Tenant
from tenants.offices import counties_below
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, RuleBroken


@dataclass(frozen=True)
class Served:
    """An office that a shared number serves, by the names it and its county go by."""

    place: Place
    office_zh: str
    office_en: str
    hotline: str | None

    @property
    def tenant_id(self) -> int:
        """The office's tenant."""
        return self.place.tenant_id


@command(Permission.CHANNEL_WRITE)
def share_channel(channel_id: UUID, shared: bool, counties: Collection[str] = (), *, by: Actor) -> Channel:
    """Let a number of the actor's office serve counties below it too, or its own office alone again (S8).

    ``counties``: the codes of those that it serves; all, also those to come, where none is named. Refuses ``nobody_below``
    for an office with no counties, ``county_not_below``, ``not_shared``, ``channel_closed`` and ``not_found``.
    """
    channel = lock(Channel, channel_id, by)
    if channel.closed_at is not None:
        raise AlreadyDone("channel_closed", number=channel.number)
    if not shared:
        return _unshare(channel, by)
    below = {county.code for county in counties_below(by.tenant_id)}
    if not below:
        raise RuleBroken("nobody_below")
    for code in counties:
        if code not in below:
            raise RuleBroken("county_not_below", code=code)
    channel.shared, channel.shared_with = True, sorted(set(counties))
    record(Event.CHANNEL_SHARED, channel, by, counties=channel.shared_with)
    return channel


def _unshare(channel: Channel, by: Actor) -> Channel:
    if not channel.shared:
        raise AlreadyDone("not_shared", number=channel.number)
    channel.shared, channel.shared_with, channel.unshared_at = False, [], by.now
    record(Event.CHANNEL_UNSHARED, channel, by)
    return channel


def served_by(owner: Tenant, channel: Channel) -> tuple[Served, ...]:
    """The counties that a shared number serves, all or those chosen by code, and the office that owns it (S8)."""
    chosen = channel.shared_with
    counties = [one for one in counties_below(owner.id) if not chosen or one.code in chosen]
    itself = province_of(owner.id, owner.name_zh, owner.name_en, owner.code)
    return (
        *(
            Served(
                county_of(one.id, one.name_zh, one.name_en, one.code).also(
                    channel.also_called.get(one.code, ())
                ),
                one.name_zh,
                one.name_en,
                one.hotline,
            )
            for one in counties
        ),
        Served(itself, owner.name_zh, owner.name_en, owner.hotline),
    )
