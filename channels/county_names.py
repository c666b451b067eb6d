"""Other names by which people may call a county on a shared number: a former name, how it is called nearby, a keyword (S8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from channels.models import Channel
from channels.places import Place, county_of, province_of
from channels.texts import fold
from channels.words import NAMES, Word, recognise
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.models import Tenant
from tenants.offices import counties_below
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, RuleBroken

LONGEST = 16
_NAME = re.compile(r"(?:[^\W\d_]|[ '-](?=[^\W\d_])){2,}")


@command(Permission.CHANNEL_WRITE)
def call_county(channel_id: UUID, county: str, names: Sequence[str], *, by: Actor) -> Channel:
    """Let a county below the office be called by these ``names`` too on one of its numbers, in place of those before (S8).

    ``county``: its code. Refuses ``county_not_below``, ``county_name_unclear`` for what is not 2 to 16 letters,
    ``county_name_taken`` for a word of ours and for what means another county, with whose it is, ``channel_closed`` and
    ``not_found``.
    """
    channel = lock(Channel, channel_id, by)
    if channel.closed_at is not None:
        raise AlreadyDone("channel_closed", number=channel.number)
    counties = counties_below(by.tenant_id)
    if county not in {one.code for one in counties}:
        raise RuleBroken("county_not_below", code=county)
    kept = {code: others for code, others in channel.also_called.items() if code != county}
    others = [
        county_of(one.id, one.name_zh, one.name_en, one.code).also(kept.get(one.code, ()))
        for one in counties
        if one.code != county
    ]
    owner = db.session.get_one(Tenant, by.tenant_id)
    above = province_of(owner.id, owner.name_zh, owner.name_en, owner.code)
    chosen = list({fold(name): name for name in (" ".join(each.split()) for each in names)}.values())
    for name in chosen:
        require_free(name, [*others, above], by.locale)
    channel.also_called = {**kept, county: chosen} if chosen else kept
    record(Event.COUNTY_NAMED, channel, by, county=county, names=chosen)
    return channel


def require_free(name: str, others: Iterable[Place], locale: str) -> None:
    """Refuse a name that is no 2 to 16 letters, and one that means something already, with what that is (S8).

    ``others``: the places that are meant by other names; ``locale``: the language in which their owner is told.
    """
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        raise RuleBroken("county_name_unclear", name=name)
    if (word := recognise(name).word) is not None:
        raise RuleBroken("county_name_taken", name=name, owner=_said(word, locale))
    for place in others:
        if fold(name) in place.names:
            raise RuleBroken("county_name_taken", name=name, owner=place.en if locale == "en" else place.zh)


def _said(word: Word, locale: str) -> str:
    return word.upper() if locale == "en" else NAMES[word].han[0]
