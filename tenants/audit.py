"""The record nobody can rewrite unnoticed (T6): facts in the command's own transaction, sealed into a chain.

Writers never wait for each other. Every few seconds one sealer appends the new rows to ``audit_chain``, each
link hashing the one before; the head is published daily, so that not even the database's owner rewrites
yesterday unseen.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, LargeBinary, func, select
from sqlalchemy.orm import Mapped, mapped_column

from tenants.actors import Actor, ActorKind
from tenants.database import Model, choice, db
from tenants.events import Event
from tenants.gate import command, query
from tenants.permissions import Permission

GENESIS = bytes(32)
LOOKBACK = timedelta(hours=1)
"""No transaction stays open longer than this, so older rows are all in the chain already."""


class AuditEntry(Model):
    """One fact: who did what to which thing, when, from which channel. Never personal data."""

    __tablename__ = "audit_entries"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    event: Mapped[str]
    actor_kind: Mapped[ActorKind] = choice(ActorKind)
    actor_id: Mapped[UUID | None]
    channel: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    facts: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_audit_entries_subject", "tenant_id", "subject_type", "subject_id"),
        Index("ix_audit_entries_recorded_at", "tenant_id", "recorded_at"),
    )


class AuditLink(Model):
    """One link of a tenant's chain: the hash covers the entry and the link before."""

    __tablename__ = "audit_chain"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audit_id: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index("uq_audit_chain_audit_id", "tenant_id", "audit_id", unique=True),)


def record(event: Event, subject: Any, by: Actor, **facts: Any) -> None:
    """Keep a fact about ``subject`` (a row, or a ``(type, id)`` pair) in the command's own transaction."""
    subject_type, subject_id = subject if isinstance(subject, tuple) else (subject.__tablename__, subject.id)
    db.session.add(
        AuditEntry(
            tenant_id=by.tenant_id,
            at=by.now,
            event=event.value,
            actor_kind=by.kind,
            actor_id=by.id,
            channel=by.channel,
            subject_type=subject_type,
            subject_id=str(subject_id),
            facts=_plain(facts),
        )
    )


@command(Permission.AUDIT_SEAL)
def seal(*, by: Actor) -> int:
    """Append the tenant's unsealed entries to its chain; return how many (T6)."""
    db.session.execute(select(func.pg_advisory_xact_lock(0x51_1A0, by.tenant_id)))
    head = db.session.scalar(
        select(AuditLink)
        .where(AuditLink.tenant_id == by.tenant_id)
        .order_by(AuditLink.number.desc())
        .limit(1)
    )
    unsealed = select(AuditEntry).where(
        AuditEntry.tenant_id == by.tenant_id,
        ~select(AuditLink)
        .where(AuditLink.tenant_id == AuditEntry.tenant_id, AuditLink.audit_id == AuditEntry.id)
        .exists(),
    )
    if head is not None:
        sealed_at = db.session.scalars(
            select(AuditEntry.recorded_at).where(
                AuditEntry.tenant_id == by.tenant_id, AuditEntry.id == head.audit_id
            )
        ).one()
        unsealed = unsealed.where(AuditEntry.recorded_at > sealed_at - LOOKBACK)
    number, previous = (head.number, head.hash) if head else (0, GENESIS)
    entries = db.session.scalars(unsealed.order_by(AuditEntry.id)).all()
    for entry in entries:
        number, previous = number + 1, link_hash(previous, entry)
        db.session.add(AuditLink(tenant_id=by.tenant_id, number=number, audit_id=entry.id, hash=previous))
    return len(entries)


@query(Permission.AUDIT_READ)
def first_broken_link(*, by: Actor) -> tuple[int, int | None]:
    """Check the tenant's chain from its start; return (links checked, first broken number or ``None``)."""
    previous, number = GENESIS, 0
    links = db.session.execute(
        select(AuditLink, AuditEntry)
        .outerjoin(
            AuditEntry, (AuditEntry.tenant_id == AuditLink.tenant_id) & (AuditEntry.id == AuditLink.audit_id)
        )
        .where(AuditLink.tenant_id == by.tenant_id)
        .order_by(AuditLink.number)
        .execution_options(yield_per=1000)
    )
    for link, entry in links:
        expected = None if entry is None else link_hash(previous, entry)
        if link.number != number + 1 or link.hash != expected:
            return number, number + 1
        number, previous = link.number, link.hash
    return number, None


def link_hash(previous: bytes, entry: AuditEntry) -> bytes:
    """The hash of a link: SHA-256 over the link before and the entry's facts in a canonical form."""
    facts = [
        entry.tenant_id,
        entry.id,
        entry.at.timestamp(),
        entry.event,
        entry.actor_kind.value,
        str(entry.actor_id),
        entry.channel,
        entry.subject_type,
        entry.subject_id,
        entry.facts,
    ]
    canonical = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(previous + canonical.encode()).digest()


def _plain(value: Any) -> Any:
    """JSON's own types; dates in ISO form, anything else as its text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
