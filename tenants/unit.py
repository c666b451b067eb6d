"""One transaction on its way: who acts, in what scope, on which connection.

The connection is the driver's own, for the few statements of a hot path; the typed session joins it only when somebody asks
for a row.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import psycopg
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection
from sqlalchemy.orm import SessionTransaction

from tenants.actors import Actor

Scope = tuple[tuple[int, ...], int]
"""The tenants whose rows may be read, and the one whose rows may be written (0: none)."""


@dataclass
class Undo:
    """A stretch that can be undone alone; its savepoint is made by the first command in it."""

    savepoint: SessionTransaction | None = None


@dataclass
class Unit:
    """One transaction, and what follows its commit."""

    by: Actor
    writing: bool
    scope: Scope
    connection: Connection
    driver: psycopg.Connection[Any]
    undo: Undo | None = None
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @cached_property
    def cursor(self) -> psycopg.Cursor[Any]:
        """The one cursor of the statements that do without rows of the typed models."""
        return self.driver.cursor(binary=True)


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """What psycopg itself calls this connection."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


unit_under_way: ContextVar[Unit | None] = ContextVar("unit", default=None)


class OutsideTheGate(RuntimeError):
    """A read or write of business rows that no command or query surrounds: an error, never an empty list."""


class GatedSession(Session):
    """The session of typed models: it works in the transaction that the gate opened, and nowhere else."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Connection:
        """The connection of the transaction under way."""
        unit = unit_under_way.get()
        if unit is None:
            raise OutsideTheGate
        return unit.connection

    def begin_nested(self) -> SessionTransaction:
        """A savepoint, made at once: what the driver's own statements do after it belongs to it too."""
        nested = super().begin_nested()
        self.connection()
        return nested
