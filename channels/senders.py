"""Who sent a text: the contact, what is known of it, and the conversations it has with the office."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from channels.gateways import Inbound
from channels.registry import ChannelInfo
from channels.statements import ADD_CONTACT, FIND_ELSEWHERE, FIND_SENDER, MOVE_INDEX
from channels.turns import Standing
from tenants.actors import Actor
from tenants.gate import run_plain
from tenants.identifiers import new_id
from tenants.privacy import DataKey, keyring, new_data_key


@dataclass
class Sender:
    """The contact a message came from, as the inbox needs it."""

    id: UUID
    key: DataKey
    locale: str | None
    written_in: str | None
    added: bool
    informed: bool
    last_at: datetime
    channel_id: UUID
    proved: bool
    unreachable: bool
    replied: str | None
    standing: Standing | None
    parked: dict[str, Standing]


def find_sender(
    channel: ChannelInfo, inbound: Inbound, written_in: str | None, by: Actor, *, informs: bool = True
) -> Sender:
    """The contact, added if need be, and what this message of theirs was answered if it came before.

    ``informs``: whether the answer says, to whom it is the first one, what becomes of what they tell (T7).
    """
    index, *older = keyring().indexes(inbound.sender)
    wanted = {
        "tenant": by.tenant_id,
        "medium": channel.medium.value,
        "index": index,
        "channel": channel.id,
        "channel_tenant": channel.tenant_id,
        "provider_id": inbound.provider_id,
    }
    if older:
        run_plain(MOVE_INDEX, {**wanted, "older": older})
    rows = run_plain(FIND_SENDER, wanted)
    if not rows:
        if (sender := _add_contact(wanted, inbound, written_in, by, informs=informs)) is not None:
            return sender
        rows = run_plain(FIND_SENDER, wanted)
    (
        contact_id,
        wrapped_key,
        locale,
        known_in,
        informed,
        last_at,
        last_channel,
        proved,
        unreachable,
        replied,
    ) = rows[0][:10]
    key = DataKey(wrapped_key)
    standing, parked = _conversations([row[10:] for row in rows], key)
    return Sender(
        id=contact_id,
        key=key,
        locale=locale,
        written_in=known_in,
        added=False,
        informed=informed,
        last_at=last_at,
        channel_id=last_channel,
        proved=proved,
        unreachable=unreachable,
        replied=None if replied is None else key.decrypt(replied),
        standing=standing,
        parked=parked,
    )


def _add_contact(
    wanted: dict[str, Any], inbound: Inbound, written_in: str | None, by: Actor, *, informs: bool
) -> Sender | None:
    """Add the contact of a first message; ``None`` where an officer has just done so."""
    contact_id, data_key = new_id(), new_data_key()
    contact = {
        **wanted,
        "id": contact_id,
        "address": keyring().encrypt(inbound.sender.encode()),
        "data_key": data_key,
        "written_in": written_in,
        "now": by.now,
        "informed": by.now if informs and inbound.answered is None else None,
    }
    if not run_plain(ADD_CONTACT, contact):
        return None
    return Sender(
        id=contact_id,
        key=DataKey(data_key),
        locale=None,
        written_in=written_in,
        added=True,
        informed=False,
        last_at=by.now,
        channel_id=wanted["channel"],
        proved=False,
        unreachable=False,
        replied=None,
        standing=None,
        parked={},
    )


def _conversations(
    rows: Sequence[Sequence[Any]], key: DataKey
) -> tuple[Standing | None, dict[str, Standing]]:
    """The conversation under way, and those that lie aside: of each kind the newest (S4)."""
    under_way: Standing | None = None
    aside: dict[str, Standing] = {}
    for is_aside, name, step, misses, moved_at, sealed in rows:
        if name is None or (is_aside and name in aside and aside[name].moved_at > moved_at):
            continue
        kept = json.loads(key.decrypt(sealed))
        standing = Standing(name, step, kept["answers"], kept["path"], misses, moved_at)
        if is_aside:
            aside[name] = standing
        else:
            under_way = standing
    return under_way, aside


def begun_elsewhere(sender: Sender, name: str, *, by: Actor) -> Standing | None:
    """What the sender began at another address that a code has proved to be the same person's (S4, T5)."""
    if not sender.proved:
        return None
    wanted = {"tenant": by.tenant_id, "contact": sender.id, "name": name}
    for brought, wrapped_key, step, misses, moved_at, sealed in run_plain(FIND_ELSEWHERE, wanted):
        kept = json.loads(DataKey(wrapped_key).decrypt(sealed))
        return Standing(name, step, kept["answers"], kept["path"], misses, moved_at, brought)
    return None
