"""Plain statements of a hot path: prepared once on each connection, sent together in one round trip.

They travel in PostgreSQL's own pipeline: nothing is parsed twice, and values go as they are, never as a part of a statement.
"""

from __future__ import annotations

import itertools
import re
import select
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, NamedTuple, cast
from uuid import UUID

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, PoolProxiedConnection, event

_PARAMETER = re.compile(r"%\((\w+)\)s")
_NUMBERS = itertools.count(1)
_WIRE = "qiao.wire"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EIGHT_BYTES = Struct("!q").pack
_OK, _SYNC = int(ConnStatus.OK), int(ExecStatus.PIPELINE_SYNC)
_DONE = (int(ExecStatus.COMMAND_OK), int(ExecStatus.TUPLES_OK))
_TEXT, _BINARY = Format.TEXT, Format.BINARY


class Statement:
    """A statement with ``%(name)s`` for its parameters."""

    def __init__(self, text: str) -> None:
        self.parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
        self.name = f"qiao_{next(_NUMBERS)}".encode()
        self.text = _PARAMETER.sub(lambda found: f"${self.parameters.index(found[1]) + 1}", text).encode()


class Call(NamedTuple):
    """A statement on its way to the database, with its values as they travel."""

    statement: Statement
    values: Sequence[bytes | None] = ()
    formats: Sequence[Format] = ()


class Wire:
    """One of the driver's connections, as the plain statements use it."""

    def __init__(self, pooled: PoolProxiedConnection) -> None:
        self.driver = cast("psycopg.Connection[Any]", pooled.driver_connection)
        self.pgconn = self.driver.pgconn
        self.prepared: set[bytes] | None = None
        self.transformer = Transformer(self.driver)
        self._readable = select.poll()
        self._readable.register(self.pgconn.socket, select.POLLIN)
        self._usable = select.poll()
        self._usable.register(self.pgconn.socket, select.POLLIN | select.POLLOUT)

    def call(self, statement: Statement, parameters: Mapping[str, Any]) -> Call:
        """A call of ``statement`` with these values."""
        values, formats = [], []
        for name in statement.parameters:
            value, in_format = self._as_sent(parameters[name])
            values.append(value)
            formats.append(in_format)
        return Call(statement, values, formats)

    def exchange(self, calls: Sequence[Call]) -> PGresult:
        """Send these in one round trip; the result of the last."""
        for call in calls:
            if self.prepared is None or call.statement.name not in self.prepared:
                self._prepare(call.statement)
        pgconn = self.pgconn
        pgconn.enter_pipeline_mode()
        try:
            for statement, values, formats in calls:
                pgconn.send_query_prepared(statement.name, values, formats, _BINARY)
            pgconn.pipeline_sync()
            results = self._results()
        finally:
            if pgconn.status == _OK:
                pgconn.exit_pipeline_mode()
        for result in results:
            self._check(result)
        return results[-1]

    def rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        """What a statement returned."""
        if not result.ntuples:
            return []
        self.transformer.set_pgresult(result)
        return self.transformer.load_rows(0, result.ntuples, tuple)

    def roll_back(self) -> None:
        """Undo the transaction, also one that has failed and takes nothing else."""
        self._check(self.pgconn.exec_(b"ROLLBACK"))

    def _as_sent(self, value: Any) -> tuple[bytes | None, Format]:
        """A value as it travels: the plain kinds at once, all others by the driver."""
        kind = type(value)
        if kind is str:
            return value.encode(), _BINARY
        if value is None or kind is bytes:
            return value, _BINARY
        if kind is UUID:
            return value.bytes, _BINARY
        if kind is int:
            return b"%d" % value, _TEXT
        if kind is datetime:
            return _EIGHT_BYTES((value - _EPOCH) // _MICROSECOND), _BINARY
        dumped = self.transformer.get_dumper(value, PyFormat.TEXT).dump(value)
        return None if dumped is None else bytes(dumped), _TEXT

    def _results(self) -> list[PGresult]:
        """The result of each statement sent; while the database works, other threads do too."""
        pgconn = self.pgconn
        results: list[PGresult] = []
        while pgconn.flush():
            self._usable.poll()
            pgconn.consume_input()
        while True:
            while pgconn.is_busy():
                self._readable.poll()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                if pgconn.status != _OK:
                    raise psycopg.OperationalError("the connection is lost")
            elif result.status == _SYNC:
                return results
            else:
                results.append(result)

    def _prepare(self, statement: Statement) -> None:
        if self.prepared is None:
            known = self._check(self.pgconn.exec_(b"SELECT name FROM pg_prepared_statements"))
            self.prepared = {known.get_value(row, 0) or b"" for row in range(known.ntuples)}
        if statement.name not in self.prepared:
            self._check(self.pgconn.prepare(statement.name, statement.text))
            self.prepared.add(statement.name)

    def _check(self, result: PGresult) -> PGresult:
        if result.status not in _DONE:
            if self.driver.closed:
                raise psycopg.OperationalError("the connection is lost")
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
