"""One transaction on its way: who acts, in what scope, on which connection.

BEGIN travels with the first statement and COMMIT with the last, so that a hot path of plain statements asks the database no
more often than it must. The typed session joins only when somebody asks for a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import psycopg
from flask_sqlalchemy.session import Session
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, PoolProxiedConnection
from sqlalchemy.orm import SessionTransaction

from tenants.actors import Actor
from tenants.plain import Call, Statement, wire_of

BEGIN = Statement("BEGIN")
"""Sent with the first statement; the driver is in autocommit mode, so that it sends no BEGIN of its own."""
BEGIN_READ_ONLY = Statement("BEGIN READ ONLY")
"""A query's transaction: the database itself refuses whatever would write, even where no tenant owns it."""
SET_SCOPE = Statement(
    """
    SELECT set_config('qiao.readable', %(readable)s, true), set_config('qiao.writable', %(writable)s, true),
           pg_advisory_xact_lock(%(turn)s)
    """
)
"""Without a turn there is nothing to wait for."""
COMMIT = Statement("COMMIT")

Scope = tuple[tuple[int, ...], int]
"""The tenants whose rows may be read, and the one whose rows may be written (0: none)."""


@dataclass(eq=False)
class OwnConnection:
    """Where a thread that makes one transaction after another keeps its connection between them.

    To give it to the pool and get it back each time is a twelfth of the web's work on a text (docs/performance.md). When the
    thread ends, the pool has it again.
    """

    pooled: PoolProxiedConnection | None = None

    def take(self) -> PoolProxiedConnection | None:
        """The connection kept here, if there is one, to be used by nobody else meanwhile."""
        pooled, self.pooled = self.pooled, None
        return pooled

    def keep(self, pooled: PoolProxiedConnection) -> bool:
        """Keep it until the next transaction; whether there was room for a sound one."""
        if self.pooled is None and pooled.is_valid:
            self.pooled = pooled
        return self.pooled is pooled


own_connection: ContextVar[Callable[[], OwnConnection | None]] = ContextVar(
    "own_connection", default=lambda: None
)
"""Finds this thread's, where its transactions are worth one; everywhere else connections go back to the pool."""


@dataclass
class Undo:
    """A stretch that can be undone alone; its savepoint is made by the first command in it."""

    savepoint: SessionTransaction | None = None


class Unit:
    """One transaction, and what follows its commit."""

    def __init__(
        self, by: Actor, writing: bool, scope: Scope, engine: Engine, *, turn: int | None = None
    ) -> None:
        """``engine`` gives the connection; those with the same ``turn`` follow one another."""
        self.by = by
        self.writing = writing
        self.scope = scope
        self.undo: Undo | None = None
        self.after_commit: list[Callable[[], None]] = []
        self._engine = engine
        self._begun = False
        self._waiting: list[Call] = []
        self._take_connection()
        self._begin = (Call(BEGIN if writing else BEGIN_READ_ONLY), self._in_scope(turn))

    def _take_connection(self) -> None:
        own = own_connection.get()()
        self._pooled = (own and own.take()) or self._engine.raw_connection()
        self._joined: Connection | None = None
        self._wire = wire_of(self._pooled)

    def run(self, statement: Statement, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a plain statement now and return its rows."""
        return self._wire.rows(self._exchange(self._wire.call(statement, parameters)))

    def run_at_commit(self, statement: Statement, parameters: Mapping[str, Any]) -> None:
        """Run a plain statement with whatever is asked next, at the latest with COMMIT."""
        self._waiting.append(self._wire.call(statement, parameters))

    def enter(self, scope: Scope, turn: int | None = None) -> None:
        """Go on in this scope, once it is ``turn``'s turn."""
        self.scope = scope
        self._exchange(self._in_scope(turn))

    def join(self) -> Connection:
        """The connection, for those who speak to it themselves; what waits is done before."""
        if not self._begun or self._waiting:
            self._exchange()
        if self._joined is None:
            self._joined = Connection(self._engine, self._pooled)
        return self._joined

    def settle(self) -> None:
        """Do what waits: the typed session is about to end the transaction itself."""
        if self._waiting:
            self._exchange()

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """The driver's own connection, with the transaction begun."""
        self.join()
        return self._wire.driver

    @property
    def status(self) -> int:
        """How the transaction stands on the connection: a ``TransactionStatus``."""
        return self._wire.pgconn.transaction_status

    def commit(self) -> None:
        """Commit, with what waits; a transaction in which nothing was asked never began."""
        if not self._begun:
            # A lost answer to BEGIN … COMMIT in one would not say whether it was done; alone it may begin anew.
            self.settle()
        if self.status != TransactionStatus.IDLE:
            self._exchange(Call(COMMIT))

    def roll_back(self) -> None:
        """Undo all of it."""
        self._waiting.clear()
        if self.status != TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                self._wire.roll_back()
        if self._wire.driver.closed and self._pooled.is_valid:
            self._pooled.invalidate()

    def close(self) -> None:
        """Give the connection back, or keep it as this thread's own; never in the middle of a transaction."""
        if self.status != TransactionStatus.IDLE and self._pooled.is_valid:
            self._pooled.invalidate()
        own = own_connection.get()()
        if self._joined is not None or own is None or not own.keep(self._pooled):
            (self._joined or self._pooled).close()

    def _in_scope(self, turn: int | None) -> Call:
        readable, writable = self.scope
        scope = {
            "readable": f"{{{','.join(map(str, readable))}}}",
            "writable": str(int(writable)),
            "turn": turn,
        }
        return self._wire.call(SET_SCOPE, scope)

    def _exchange(self, *calls: Call) -> PGresult:
        """Send what waits and then these; a connection that died in the pool is replaced, nothing was done in it yet."""
        sent = [*self._waiting, *calls]
        self._waiting = []
        if self._begun:
            return self._wire.exchange(sent)
        try:
            result = self._wire.exchange([*self._begin, *sent])
        except psycopg.OperationalError:
            if not self._wire.driver.closed:
                raise
            self._pooled.invalidate()
            self._pooled.close()
            self._take_connection()
            result = self._wire.exchange([*self._begin, *sent])
        self._begun = True
        return result


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
        return unit.join()

    def begin_nested(self) -> SessionTransaction:
        """A savepoint, made at once: what the driver's own statements do after it belongs to it too."""
        nested = super().begin_nested()
        self.connection()
        return nested
