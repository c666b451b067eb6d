"""The gate: the one place where a transaction begins, gets its scope and is committed (promise 1).

A ``@command`` changes the world, a ``@query`` reads it; both check a permission and set the tenant scope that
the database's own policies enforce. Nested ones join the transaction they find. Commands take ids and plain
values, never a request, so that the web, the API and a text message are only doors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import select

from tenants.actors import Actor
from tenants.database import Owned, db
from tenants.permissions import Permission
from tenants.plain import Statement
from tenants.refusals import NotFound
from tenants.unit import OutsideTheGate, Scope, Undo, Unit, unit_under_way

Function = TypeVar("Function", bound=Callable[..., Any])
Row = TypeVar("Row", bound=Owned)

Turn = Callable[..., int]
"""Gives a number for a command's arguments: commands with the same number follow one another."""


def command(permission: Permission, *, in_turn: Turn | None = None) -> Callable[[Function], Function]:
    """Make a function the one way to do something: it needs ``permission`` and commits once, or not at all.

    ``in_turn``: those with the same number wait for each other before they read anything, at no round trip of its own.
    """
    return _gated(permission, writing=True, in_turn=in_turn)


def query(permission: Permission) -> Callable[[Function], Function]:
    """Make a function the one way to read something: it needs ``permission`` and can write nothing."""
    return _gated(permission, writing=False)


def permission_of(gated: Callable[..., Any]) -> Permission:
    """The permission that a command or a query asks for."""
    return gated.permission  # type: ignore[attr-defined]


def after_commit(hook: Callable[[], None]) -> None:
    """Run ``hook`` once the surrounding command is committed; never if it is rolled back."""
    unit = unit_under_way.get()
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


def _gated(
    permission: Permission, *, writing: bool, in_turn: Turn | None = None
) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def run(*args: Any, by: Actor, **kwargs: Any) -> Any:
            by.require(permission)
            unit = unit_under_way.get()
            turn = in_turn(*args, **kwargs) if in_turn else None
            if unit is None:
                return _run_outermost(function, args, kwargs, by, writing, turn)
            if writing and not unit.writing:
                raise RuntimeError(f"the query around it may not call the command {function.__qualname__}")
            if writing:
                _mark(unit)
            if turn is not None:
                unit.enter(unit.scope, turn)
            with _scope_of(unit, by, writing):
                return function(*args, by=by, **kwargs)

        run.permission = permission  # type: ignore[attr-defined]
        run.writing = writing  # type: ignore[attr-defined]
        return cast(Function, run)

    return decorate


def _run_outermost(
    function: Callable[..., Any], args: Any, kwargs: Any, by: Actor, writing: bool, turn: int | None
) -> Any:
    _put_session_away()
    unit = Unit(by, writing, _scope(by, writing), db.engine, turn=turn)
    token = unit_under_way.set(unit)
    try:
        result = function(*args, by=by, **kwargs)
        _commit(unit, function.__qualname__)
    except BaseException:
        _roll_back(unit)
        raise
    finally:
        unit_under_way.reset(token)
        unit.close()
    for hook in unit.after_commit:
        hook()
    return result


def _commit(unit: Unit, name: str) -> None:
    """Commit what the session did, if one was asked for, and what the plain statements did."""
    if unit.status == TransactionStatus.INERROR:
        raise RuntimeError(f"{name} went on after a statement had failed; nothing of it can be kept")
    if db.session.registry.has():
        if not unit.writing and (db.session.new or db.session.dirty or db.session.deleted):
            raise RuntimeError(f"the query {name} tried to write")
        unit.settle()
        db.session.commit()
    unit.commit()


def _roll_back(unit: Unit) -> None:
    unit.roll_back()
    if db.session.registry.has():
        db.session.rollback()


@contextmanager
def undoable() -> Iterator[None]:
    """What the commands inside have done is undone if one of them fails; costs nothing where none is called."""
    unit = unit_under_way.get()
    if unit is None or not unit.writing:
        raise RuntimeError("undoable belongs inside a command")
    outer, unit.undo = unit.undo, Undo()
    undo = unit.undo
    try:
        yield
    except BaseException:
        if undo.savepoint is not None and undo.savepoint.is_active:
            undo.savepoint.rollback()
        raise
    finally:
        unit.undo = outer
    if undo.savepoint is not None:
        undo.savepoint.commit()


def _mark(unit: Unit) -> None:
    """Make the savepoint that ``undoable`` promised, now that something is about to change."""
    if unit.undo is not None and unit.undo.savepoint is None:
        unit.undo.savepoint = db.session.begin_nested()


def _put_session_away() -> None:
    """Rows that an earlier transaction read are not taken for what stands in the database now."""
    if db.session.registry.has():
        db.session.close()


@contextmanager
def _scope_of(unit: Unit, by: Actor, writing: bool) -> Iterator[None]:
    before, wanted = unit.scope, _scope(by, unit.writing and writing)
    if before == wanted or (not writing and before[0] == wanted[0]):
        yield
        return
    db.session.flush()
    unit.enter(wanted)
    try:
        yield
        db.session.flush()
    finally:
        unit.scope = before
        if _takes_statements(unit):
            unit.enter(before)


def _takes_statements(unit: Unit) -> bool:
    """Whether the transaction is sound; a failed one is rolled back, and its scope with it."""
    return bool(db.session.is_active) and unit.status == TransactionStatus.INTRANS


def _scope(by: Actor, writing: bool) -> Scope:
    return by.readable, by.tenant_id if writing else 0


def driver() -> psycopg.Connection[Any]:
    """The driver's own connection of the transaction under way."""
    return _under_way().driver


def run_plain(statement: Statement, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one of the few statements of a hot path in the transaction under way and return its rows."""
    return _under_way().run(statement, parameters)


def run_plain_at_commit(statement: Statement, parameters: Mapping[str, Any]) -> None:
    """Run such a statement in the last round trip of the transaction, or earlier where something else is asked first."""
    _under_way().run_at_commit(statement, parameters)


def _under_way() -> Unit:
    unit = unit_under_way.get()
    if unit is None:
        raise OutsideTheGate
    return unit
