"""Claiming what the outbox holds: what is due, and in whose turn (S5, S6).

Answers come before notices before broadcasts, the offices take turns in each lane, and nobody is claimed for more than
can leave within a second: whoever comes later with something more urgent finds the way free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select, text, update

from channels.alarms import raise_alarm
from channels.models import Contact, Delivery, Lane, OutboundMessage
from channels.outbox import offices_at_rest
from channels.preparing import READ, SAID_TOO_OFTEN, NotSent, Parcel, Prepared, prepare
from tenants.actors import PLATFORM, Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.offices import every_office
from tenants.permissions import Permission

AT_HAND = 400
"""Messages that a worker has claimed and not yet handed over, at most; of one channel no more than it sends in a second."""

OF_ONE_OFFICE = AT_HAND // 2
"""Of them, broadcasts of one office at most: no county takes more than half of a worker (S6)."""

FIND_DUE = text(
    """
    WITH office AS (
        SELECT id, id <> ALL (CAST(:resting AS int[])) AS awake FROM unnest(CAST(:offices AS int[])) AS office (id)
    ), waiting AS (
        SELECT m.*, lane.rank
          FROM office CROSS JOIN unnest(CAST(:lanes AS text[])) WITH ORDINALITY AS lane (name, rank)
         CROSS JOIN LATERAL (
               SELECT tenant_id, id, not_before, channel_tenant_id, channel_id, lane
                 FROM outbound_messages
                WHERE tenant_id = office.id AND state = 'queued' AND lane = lane.name AND announcement_id IS NULL
                  AND not_before <= :now
                ORDER BY not_before, id
                LIMIT :number) AS m
         WHERE office.awake OR lane.name = 'reply'
         UNION ALL
        SELECT m.*, array_position(CAST(:lanes AS text[]), 'bulk')
          FROM office JOIN announcements a ON a.tenant_id = office.id AND a.ended_at IS NULL AND a.held_at IS NULL
         CROSS JOIN LATERAL (
               SELECT tenant_id, id, not_before, channel_tenant_id, channel_id, lane
                 FROM outbound_messages
                WHERE tenant_id = a.tenant_id AND state = 'queued' AND lane = 'bulk' AND announcement_id = a.id
                  AND not_before <= :now
                ORDER BY not_before, id
                LIMIT :number) AS m
         WHERE office.awake AND 'bulk' = ANY (CAST(:lanes AS text[]))
    ), turns AS (
        SELECT *, row_number() OVER (PARTITION BY tenant_id, rank ORDER BY not_before, id) AS turn FROM waiting
    ), places AS (
        SELECT t.*, c.parts_per_second,
               row_number() OVER (PARTITION BY t.channel_id ORDER BY t.rank, t.turn, t.not_before) AS place
          FROM turns t JOIN channels c ON c.tenant_id = t.channel_tenant_id AND c.id = t.channel_id
          LEFT JOIN unnest(CAST(:bulk_offices AS int[]), CAST(:bulk_numbers AS int[])) AS own (tenant_id, number)
            ON own.tenant_id = t.tenant_id
         WHERE t.lane <> 'bulk' OR t.turn + coalesce(own.number, 0) <= :of_one_office
    )
    SELECT p.tenant_id, p.id
      FROM places p
      LEFT JOIN unnest(CAST(:channels AS uuid[]), CAST(:urgent AS int[]), CAST(:in_all AS int[]))
             AS busy (channel_id, urgent, in_all) ON busy.channel_id = p.channel_id
     WHERE p.place + coalesce(CASE p.lane WHEN 'bulk' THEN busy.in_all ELSE busy.urgent END, 0)
           <= greatest(p.parts_per_second, 1)
     ORDER BY p.rank, p.turn, p.not_before
     LIMIT :number
    """
)


CLAIM = text(
    """
    UPDATE outbound_messages AS m
       SET state = 'sending', claimed_at = :now, attempts = m.attempts + 1, text = v.text, parts = v.parts,
           channel_id = v.channel_id, template_id = v.template_id
      FROM unnest(CAST(:ids AS uuid[]), CAST(:texts AS bytea[]), CAST(:parts AS int[]), CAST(:channels AS uuid[]),
                  CAST(:templates AS uuid[])) AS v (id, text, parts, channel_id, template_id)
     WHERE m.tenant_id = :tenant AND m.id = v.id
    """
)


@dataclass(frozen=True)
class AtHand:
    """What a worker has claimed already: messages that wait for each channel, those of them that are no broadcasts, and
    the broadcasts of each office. What is urgent does not wait behind broadcasts at hand."""

    channels: Counter[UUID] = field(default_factory=Counter)
    urgent: Counter[UUID] = field(default_factory=Counter)
    bulk: Counter[int] = field(default_factory=Counter)


def claim(number: int, at_hand: AtHand | None = None, *, bulk: bool = True) -> list[Parcel | None]:
    """Claim up to ``number`` due rows of all offices, each office's in a transaction of its own.

    ``bulk``: broadcasts too; without, they wait where they are. What came too late or must not be sent any more is settled
    here and never reaches a provider: ``None`` stands for it.
    """
    by = everywhere()
    due = sorted(_find_due(number, at_hand or AtHand(), bulk, by=by), key=lambda pair: pair[0])
    return [
        parcel
        for office, pairs in groupby(due, key=lambda pair: pair[0])
        for parcel in _claim([row_id for _office, row_id in pairs], by=by.as_system(office))
    ]


@query(Permission.MESSAGE_SEND)
def _find_due(number: int, at_hand: AtHand, bulk: bool, *, by: Actor) -> list[tuple[int, UUID]]:
    rows = db.session.execute(
        FIND_DUE,
        {
            "offices": list(by.readable),
            "resting": offices_at_rest(by=by),
            "lanes": [lane.value for lane in Lane if bulk or lane is not Lane.BULK],
            "now": by.now,
            "number": number,
            "bulk_offices": list(at_hand.bulk),
            "bulk_numbers": list(at_hand.bulk.values()),
            "of_one_office": OF_ONE_OFFICE,
            "channels": list(at_hand.channels),
            "urgent": [at_hand.urgent[channel] for channel in at_hand.channels],
            "in_all": list(at_hand.channels.values()),
        },
    )
    return [(office, row_id) for office, row_id in rows]


@command(Permission.MESSAGE_SEND)
def _claim(ids: Sequence[UUID], *, by: Actor) -> list[Parcel | None]:
    rows = db.session.execute(
        select(*READ)
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(
            OutboundMessage.tenant_id == by.tenant_id,
            OutboundMessage.id.in_(ids),
            OutboundMessage.state == Delivery.QUEUED,
        )
        .order_by(OutboundMessage.not_before, OutboundMessage.id)
        .with_for_update(of=OutboundMessage, skip_locked=True)
    ).all()
    prepared = prepare(rows, by=by)
    for why, group in _by_reason(rows, prepared).items():
        _do_not_send(group, why, by)
    claimed = [one for one in prepared if isinstance(one, Prepared)]
    if claimed:
        db.session.execute(
            CLAIM,
            {
                "tenant": by.tenant_id,
                "now": by.now,
                "ids": [one.parcel.id for one in claimed],
                "texts": [one.text for one in claimed],
                "parts": [one.parcel.parts for one in claimed],
                "channels": [one.parcel.channel[1] for one in claimed],
                "templates": [one.parcel.template and one.parcel.template.id for one in claimed],
            },
        )
    return [one.parcel if isinstance(one, Prepared) else None for one in prepared]


def _by_reason(rows: Sequence[Any], prepared: Sequence[Prepared | NotSent]) -> dict[NotSent, list[UUID]]:
    groups: dict[NotSent, list[UUID]] = {}
    for row, one in zip(rows, prepared, strict=True):
        if isinstance(one, NotSent):
            groups.setdefault(one, []).append(row.id)
    return groups


def _do_not_send(ids: Sequence[UUID], why: NotSent, by: Actor) -> None:
    settled = {"state": why.state, "failure": why.failure, "settled_at": by.now}
    db.session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.tenant_id == by.tenant_id, OutboundMessage.id.in_(ids))
        .values(settled if why.until is None else {"not_before": why.until})
        .execution_options(synchronize_session=False)
    )
    if why.state is Delivery.FAILED:
        for row_id in ids:
            record(Event.MESSAGE_FAILED, (OutboundMessage.__tablename__, row_id), by, failure=why.failure)
    if why is SAID_TOO_OFTEN:
        for office in (by.tenant_id, PLATFORM):
            raise_alarm("said_too_often", about_tenant_id=by.tenant_id, by=by.as_system(office))


def everywhere() -> Actor:
    """The system, reading all offices of the deployment now."""
    now = current_app.config["CLOCK"]()
    offices = every_office(by=Actor.system(now=now))
    return Actor.system(now=now, readable=tuple(office.id for office in offices))
