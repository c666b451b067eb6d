"""Files that somebody handed in or sent: kept in the database beside what they belong to."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from tenants.actors import Actor
from tenants.database import Model, Owned, db
from tenants.identifiers import new_id

LARGEST_FILE = 10 * 1024 * 1024
"""Bytes of a file as it is kept."""


class StoredFile(Owned, Model):
    """A file as it is kept; a picture from a phone is under a key of its own, so that nobody reads it here."""

    __tablename__ = "stored_files"

    name: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    stored_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("octet_length(content) <= 10485760", name="at_most_10_mib"),)


def store_file(name: str, content_type: str, content: bytes, *, by: Actor) -> StoredFile:
    """Keep a file of the actor's office; for use inside a command, which has looked at what it holds."""
    stored = StoredFile(
        tenant_id=by.tenant_id,
        id=new_id(),
        name=name,
        content_type=content_type,
        content=content,
        sha256=sha256(content).hexdigest(),
        stored_at=by.now,
    )
    db.session.add(stored)
    db.session.flush()
    return stored
