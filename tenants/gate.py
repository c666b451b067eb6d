"""The gate: the one place where a transaction begins, gets its scope and is committed (promise 1).

A ``@command`` changes the world, a ``@query`` reads it; both check a permission and set the tenant scope that
the database's own policies enforce. Nested ones join the transaction they find. Commands take ids and plain
values, never a request, so that the web, the API and a text message are only doors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState

from tenants.actors import Actor
from tenants.database import Owned, db
from tenants.permissions import Permission
from tenants.refusals import NotFound

Function = TypeVar("Function", bound=Callable[..., Any])
Row = TypeVar("Row", bound=Owned)

SET_SCOPE = "SELECT set_config('qiao.readable', '{{{readable}}}', true), set_config('qiao.writable', '{writable}', true)"
BEGIN = f"BEGIN; {SET_SCOPE}"
"""One round trip; the driver is in autocommit mode, so that it sends no BEGIN of its own."""
BEGIN_READ_ONLY = f"BEGIN READ ONLY; {SET_SCOPE}"
"""A query's transaction: the database itself refuses whatever would write, even where no tenant owns it."""


@dataclass
class Unit:
    """One transaction on its way: who acts, whether it may write, and what follows its commit."""

    by: Actor
    writing: bool
    scope: tuple[tuple[int, ...], int]
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)


class OutsideTheGate(RuntimeError):
    """A read or write of business rows that no command or query surrounds: an error, never an empty list."""


@event.listens_for(db.session, "do_orm_execute")
def _inside_only(state: ORMExecuteState) -> None:
    if _unit.get() is None:
        raise OutsideTheGate(str(state.statement))


def command(permission: Permission) -> Callable[[Function], Function]:
    """Make a function the one way to do something: it needs ``permission`` and commits once, or not at all."""
    return _gated(permission, writing=True)


def query(permission: Permission) -> Callable[[Function], Function]:
    """Make a function the one way to read something: it needs ``permission`` and can write nothing."""
    return _gated(permission, writing=False)


def after_commit(hook: Callable[[], None]) -> None:
    """Run ``hook`` once the surrounding command is committed; never if it is rolled back."""
    unit = _unit.get()
    if unit is None or not unit.writing:
        raise RuntimeError("after_commit belongs inside a command")
    unit.after_commit.append(hook)


def lock(model: type[Row], row_id: UUID, by: Actor) -> Row:
    """Return the actor's own row, locked until the command ends; ``NotFound`` if its tenant has none."""
    found = db.session.scalar(
        select(model)
        .where(model.tenant_id == by.tenant_id, model.id == row_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("not_found", what=model.__name__)
    return found


def get(model: type[Row], row_id: UUID, by: Actor) -> Row:
    """Return a row of any tenant the actor may read; ``NotFound`` otherwise."""
    found = db.session.scalar(select(model).where(model.tenant_id.in_(by.readable), model.id == row_id))
    if found is None:
        raise NotFound("not_found", what=model.__name__)
    return found


def _gated(permission: Permission, *, writing: bool) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def run(*args: Any, by: Actor, **kwargs: Any) -> Any:
            by.require(permission)
            unit = _unit.get()
            if unit is None:
                return _run_outermost(function, args, kwargs, by, writing)
            if writing and not unit.writing:
                raise RuntimeError(f"the query around it may not call the command {function.__qualname__}")
            with _scope_of(unit, by, writing):
                return function(*args, by=by, **kwargs)

        run.permission = permission  # type: ignore[attr-defined]
        run.writing = writing  # type: ignore[attr-defined]
        return cast(Function, run)

    return decorate


def _run_outermost(function: Callable[..., Any], args: Any, kwargs: Any, by: Actor, writing: bool) -> Any:
    db.session.close()
    unit = Unit(by, writing, _scope(by, writing))
    token = _unit.set(unit)
    try:
        _begin(unit.scope, BEGIN if writing else BEGIN_READ_ONLY)
        result = function(*args, by=by, **kwargs)
        if not writing and (db.session.new or db.session.dirty or db.session.deleted):
            raise RuntimeError(f"the query {function.__qualname__} tried to write")
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _unit.reset(token)
    for hook in unit.after_commit:
        hook()
    return result


def _begin(scope: tuple[tuple[int, ...], int], statement: str) -> None:
    """Begin with the scope; a connection that died in the pool is replaced, nothing was done in it yet."""
    try:
        _set_scope(scope, statement)
    except psycopg.OperationalError:
        db.session().invalidate()
        _set_scope(scope, statement)


@contextmanager
def _scope_of(unit: Unit, by: Actor, writing: bool) -> Iterator[None]:
    before, wanted = unit.scope, _scope(by, unit.writing and writing)
    if before == wanted or (not writing and before[0] == wanted[0]):
        yield
        return
    db.session.flush()
    _set_scope(wanted)
    unit.scope = wanted
    try:
        yield
        db.session.flush()
    finally:
        unit.scope = before
        if _takes_statements():
            _set_scope(before)


def _takes_statements() -> bool:
    """Whether the transaction is sound; a failed one is rolled back, and its scope with it."""
    if not db.session.is_active or db.session.connection().invalidated:
        return False
    return driver().info.transaction_status is TransactionStatus.INTRANS


def _scope(by: Actor, writing: bool) -> tuple[tuple[int, ...], int]:
    return by.readable, by.tenant_id if writing else 0


def _set_scope(scope: tuple[tuple[int, ...], int], statement: str = SET_SCOPE) -> None:
    readable, writable = scope
    driver().execute(statement.format(readable=",".join(map(str, readable)), writable=int(writable)))


def driver() -> psycopg.Connection[Any]:
    """The driver's own connection of the transaction under way, for the few statements of a hot path."""
    return cast("psycopg.Connection[Any]", db.session.connection().connection.driver_connection)
