"""What a channel shows its provider is exchanged: tokens and keys change, the number, its addresses and templates stay (S1)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from uuid import UUID

from channels.models import Channel
from channels.registry import UNSIGNED, fenced
from tenants.actors import Actor
from tenants.audit import record
from tenants.events import Event
from tenants.gate import command, lock
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, RuleBroken

ALWAYS_OPEN = {"twilio": {"messaging_service"}, "wechat": {"encoding_aes_key"}}
"""What a channel may come to have although it was added without."""

MAY_BE_EMPTY = frozenset({"secret", "messaging_service", "encoding_aes_key"})
"""Whatever else is empty would let anybody sign, or nobody in."""


@command(Permission.CHANNEL_WRITE)
def renew_channel(channel_id: UUID, given: Mapping[str, str], *, by: Actor) -> Channel:
    """Exchange some of a channel's credentials for the ``given`` ones, by name; what is not named stays (S1).

    An empty ``secret`` is drawn anew: whoever knew the addresses of a provider that signs nothing knows them no more. Refuses
    ``nothing_given``, ``credential_unknown``, ``credential_empty``, ``channel_closed``, what ``add_channel`` refuses, and
    ``not_found``.
    """
    channel = lock(Channel, channel_id, by)
    if channel.closed_at is not None:
        raise AlreadyDone("channel_closed", number=channel.number)
    if not given:
        raise RuleBroken("nothing_given")
    known = json.loads(channel.credentials)
    for name, value in given.items():
        if name not in known.keys() | ALWAYS_OPEN.get(channel.gateway, set()):
            raise RuleBroken("credential_unknown", name=name, names=", ".join(sorted(known)))
        if not value.strip() and name not in MAY_BE_EMPTY:
            raise RuleBroken("credential_empty", name=name)
    new = {**known, **given}
    if channel.gateway in UNSIGNED and not new["secret"]:
        new["secret"] = secrets.token_urlsafe(24)
    channel.credentials = json.dumps(fenced(channel.gateway, new))
    record(Event.CHANNEL_RENEWED, channel, by, gateway=channel.gateway, names=sorted(given))
    return channel
