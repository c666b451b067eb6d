"""States move along one table per thing; every move is a row: who, when, why, through which channel (T6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped

from tenants.actors import Actor, ActorKind
from tenants.database import Model, Owned, choice, db
from tenants.refusals import WrongStage

Moves = Mapping[str, tuple[tuple[StrEnum, ...], StrEnum]]
"""verb → (states it may start from, state it leads to)"""


class Move(Owned, Model):
    """One change of state, as it happened."""

    __tablename__ = "moves"

    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    verb: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = choice(ActorKind)
    actor_id: Mapped[UUID | None]
    channel: Mapped[str]
    reason: Mapped[str | None]

    __table_args__ = (Index("ix_moves_subject", "tenant_id", "subject_type", "subject_id"),)


def require_move(moves: Moves, state: StrEnum, verb: str) -> StrEnum:
    """Return the state ``verb`` leads to from ``state``; ``WrongStage`` if the table has no such way."""
    sources, target = moves[verb]
    if state not in sources:
        raise WrongStage("wrong_stage", verb=verb, state=state)
    return target


def move(thing: Any, verb: str, by: Actor, reason: str | None = None) -> None:
    """Take ``thing`` along its class's ``MOVES`` and keep the move; ``WrongStage`` where no way leads."""
    before = thing.state
    thing.state = require_move(thing.MOVES, before, verb)
    db.session.add(
        Move(
            tenant_id=thing.tenant_id,
            subject_type=thing.__tablename__,
            subject_id=thing.id,
            verb=verb,
            before=before.value,
            after=thing.state.value,
            at=by.now,
            actor_kind=by.kind,
            actor_id=by.id,
            channel=by.channel,
            reason=reason,
        )
    )


def list_moves(thing: Any) -> list[Move]:
    """The moves of ``thing``, oldest first; for use inside a query."""
    return list(
        db.session.scalars(
            select(Move)
            .where(
                Move.tenant_id == thing.tenant_id,
                Move.subject_type == thing.__tablename__,
                Move.subject_id == thing.id,
            )
            .order_by(Move.at, Move.id)
        )
    )
