"""Plain statements of a hot path: prepared once on each connection, called together in one round trip.

They travel in PostgreSQL's simple protocol, which takes several statements at once; a value that could need it is quoted by
the driver.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, PoolProxiedConnection, event

_PLAIN_TEXT = re.compile(r"[\w .:+-]*")
_PARAMETER = re.compile(r"%\((\w+)\)s")
_NUMBERS = itertools.count(1)
_WIRE = "qiao.wire"


class Statement:
    """A statement with ``%(name)s`` for its parameters."""

    def __init__(self, text: str) -> None:
        self.parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
        self.name = f"qiao_{next(_NUMBERS)}".encode()
        self.text = _PARAMETER.sub(lambda found: f"${self.parameters.index(found[1]) + 1}", text).encode()


class Call(NamedTuple):
    """A statement on its way to the database; ``needs``: what must be prepared for it."""

    sql: bytes
    needs: Statement | None = None


class Wire:
    """One of the driver's connections, as the plain statements use it."""

    def __init__(self, pooled: PoolProxiedConnection) -> None:
        self.driver = cast("psycopg.Connection[Any]", pooled.driver_connection)
        self.pgconn = self.driver.pgconn
        self.prepared: set[bytes] | None = None
        self.transformer = Transformer(self.driver)

    def call(self, statement: Statement, parameters: Mapping[str, Any]) -> Call:
        """Write a call of ``statement`` with these values."""
        values = b",".join([self.literal(parameters[name]) for name in statement.parameters])
        return Call(b"EXECUTE %b(%b)" % (statement.name, values), statement)

    def literal(self, value: Any) -> bytes:
        """A value as it is written in a statement: the plain kinds at once, all others by the driver."""
        kind = type(value)
        if value is None:
            return b"NULL"
        if kind is bytes:
            return b"'\\x%b'" % value.hex().encode()
        if kind is UUID:
            return b"'%032x'" % value.int
        if kind is int:
            return b"%d" % value
        if kind is str and value.isascii() and _PLAIN_TEXT.fullmatch(value):
            return b"'%b'" % value.encode()
        return self.transformer.as_literal(value)

    def exchange(self, calls: Sequence[Call]) -> PGresult:
        """Send these in one round trip; the result of the last."""
        for call in calls:
            if call.needs is not None:
                self._prepare(call.needs)
        return self._checked(self.pgconn.exec_(b"; ".join([call.sql for call in calls])))

    def rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        """What a statement returned."""
        if not result.ntuples:
            return []
        self.transformer.set_pgresult(result)
        return self.transformer.load_rows(0, result.ntuples, tuple)

    def _prepare(self, statement: Statement) -> None:
        if self.prepared is None:
            known = self._checked(self.pgconn.exec_(b"SELECT name FROM pg_prepared_statements"))
            self.prepared = {known.get_value(row, 0) or b"" for row in range(known.ntuples)}
        if statement.name not in self.prepared:
            self._checked(self.pgconn.prepare(statement.name, statement.text))
            self.prepared.add(statement.name)

    def _checked(self, result: PGresult) -> PGresult:
        if self.driver.closed:
            raise psycopg.OperationalError("the connection is lost")
        if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            raise error_from_result(result)
        return result


def wire_of(pooled: PoolProxiedConnection) -> Wire:
    """The wire of a connection, which remembers what is prepared as long as the connection lives."""
    wire: Wire | None = pooled.info.get(_WIRE)
    if wire is None:
        wire = pooled.info[_WIRE] = Wire(pooled)
    return wire


@event.listens_for(Engine, "rollback")
@event.listens_for(Engine, "rollback_savepoint")
def _forget(connection: Connection, *_savepoint: Any) -> None:
    """Rolling back, the driver may drop whatever the connection had prepared."""
    if not connection.invalidated:
        wire_of(connection.connection).prepared = None
