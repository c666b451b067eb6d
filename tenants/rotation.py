"""Rotating the privacy keys (T7): what older keys encrypted is encrypted anew, batch by batch, at work.

Every ``Encrypted`` column, the blind index beside it, and every key that the keyring wraps is found in the
tables' own declaration. Texts under a person's data key stay as they are: only that key is wrapped anew.

The routes of secrets (tokens, links, channels, references) cannot be made anew, since only their hashes are
kept. They are looked up under every key, so an older key stays in ``QIAO_PRIVACY_KEYS`` as long as something
made under it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, and_, func, literal, or_, select, type_coerce, update
from sqlalchemy.sql.elements import ColumnElement

from tenants.actors import PLATFORM, Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.privacy import MARK, Encrypted, keyring

WRAPPED_KEYS = ("data_key", "private_key")
"""Columns that hold a key wrapped by the keyring: of a contact or a case, and of a call (C5)."""

BATCH = 200
"""Rows in one transaction: short enough that nobody at work waits for it."""


def tables_under_keys() -> list[Table]:
    """Every table with something that the keyring encrypted."""
    return [table for table in db.metadata.sorted_tables if columns_under_keys(table)]


def columns_under_keys(table: Table) -> list[Column[Any]]:
    """The columns of a table that the keyring encrypted."""
    return [
        column
        for column in table.columns
        if isinstance(column.type, Encrypted) or column.name in WRAPPED_KEYS
    ]


@query(Permission.KEYS_ROTATE)
def count_outdated(*, by: Actor) -> int:
    """How many rows of the actor's office, or of the deployment as such, an older key made."""
    counts = (
        db.session.scalar(select(func.count()).select_from(table).where(_outdated(table, by)))
        for table in tables_under_keys()
    )
    return sum(count or 0 for count in counts)


def rotate(*, by: Actor) -> Iterator[int]:
    """Encrypt anew all that older keys made for the actor's office; yield each batch's rows as it is committed.

    What was interrupted goes on where it stopped, since only what is outdated is looked for.
    """
    for table in tables_under_keys():
        while done := rotate_batch(table.name, by=by):
            yield done


@command(Permission.KEYS_ROTATE)
def rotate_batch(name: str, *, by: Actor) -> int:
    """Encrypt up to ``BATCH`` rows of the table ``name`` anew; return how many there were."""
    table = db.metadata.tables[name]
    columns = columns_under_keys(table)
    keys = list(table.primary_key.columns)
    rows = db.session.execute(
        select(*keys, *(_sealed(column) for column in columns))
        .where(_outdated(table, by))
        .order_by(*keys)
        .limit(BATCH)
        .with_for_update()
    ).all()
    for row in rows:
        place = and_(*(key == value for key, value in zip(keys, row[: len(keys)], strict=True)))
        values: dict[str, Any] = {}
        for column, sealed in zip(columns, row[len(keys) :], strict=True):
            if sealed is not None:
                values |= _anew(table, column, sealed)
        db.session.execute(update(table).where(place).values(values))
    if rows:
        record(Event.KEYS_ROTATED, ("tables", name), by, rows=len(rows))
    return len(rows)


def _anew(table: Table, column: Column[Any], sealed: bytes) -> dict[str, Any]:
    plain = keyring().decrypt(sealed)
    values: dict[str, Any] = {column.name: type_coerce(keyring().encrypt(plain), LargeBinary)}
    if (index := f"{column.name}_index") in table.c:
        values[index] = keyring().index(plain.decode())
    return values


def _outdated(table: Table, by: Actor) -> ColumnElement[bool]:
    """The condition for rows with something an older key made; the platform has what no tenant owns."""
    older = or_(
        *(func.substr(_sealed(column), 1, MARK) != keyring().mark for column in columns_under_keys(table))
    )
    mine = table.c.tenant_id == by.tenant_id if "tenant_id" in table.c else literal(by.tenant_id == PLATFORM)
    return and_(mine, older)


def _sealed(column: Column[Any]) -> ColumnElement[bytes]:
    return type_coerce(column, LargeBinary)
