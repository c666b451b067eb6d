"""Promise 2 seen from below: what plain SQL, as the application's role, can do to another office's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Column, Enum, Table

from service.models import metadata
from tenants.privacy import Encrypted
from tenants.schema import APPEND_ONLY, libpq
from tests.house.test_tenancy import OWNED

PROVINCE, COUNTY, NEIGHBOUR = 900, 901, 902

VALUES: dict[type, Callable[[], Any]] = {
    str: lambda: uuid4().hex,
    int: lambda: 1,
    bool: lambda: False,
    Decimal: lambda: Decimal(1),
    bytes: lambda: b"x",
    datetime: lambda: datetime(2026, 3, 4, tzinfo=UTC),
    date: lambda: date(2026, 3, 4),
    time: lambda: time(9),
    UUID: uuid4,
    object: lambda: Jsonb(["x"]),
}

FITTING: dict[str, dict[str, Any]] = {
    "agreed_capacities": {"valid_until": date(2027, 3, 4)},
    "call_questions": {"contact_id": uuid4()},
    "channels": {"shared_with": Jsonb([])},
    "outbound_messages": {"parameters": b"x"},
    "pictures": {"at_provider": b"x"},
    "plan_lines": {"included": True},
    "tasks": {"year": 2026},
}
"""Values for the tables whose checks are not met by the plainest row."""


def plainest(table: Table, tenant: int) -> dict[str, Any]:
    """The plainest row of a table: only what must be filled."""
    row = {}
    for column in table.columns:
        if column.name == "tenant_id":
            row["tenant_id"] = tenant
        elif column.identity is None and not column.nullable and column.server_default is None:
            row[column.name] = value_for(column)
    return {**row, **FITTING.get(table.name, {})}


def value_for(column: Column[Any]) -> Any:
    """Anything that the column's type takes."""
    if isinstance(column.type, Enum):
        return column.type.enums[0]
    if isinstance(column.type, Encrypted):
        return b"x"
    kind = column.type.python_type
    return VALUES[kind]()


def insert(connection: psycopg.Connection[Any], table: Table, row: dict[str, Any]) -> None:
    """Add a row with plain SQL."""
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(["%s"] * len(row))
    connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({places})", list(row.values()))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def filled(servers: SimpleNamespace) -> Iterator[None]:
    """A row in every table for a county and its neighbour, put there past all policies and references."""
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for number, parent, level in (
            (PROVINCE, 1, "province"),
            (COUNTY, PROVINCE, "county"),
            (NEIGHBOUR, PROVINCE, "county"),
        ):
            connection.execute(
                "INSERT INTO tenants (id, parent_id, code, level, name_zh, name_en, demo, created_at)"
                " VALUES (%s, %s, %s, %s, 'x', 'x', false, now())",
                [number, parent, f"t{number}", level],
            )
        for name in OWNED:
            for tenant in (COUNTY, NEIGHBOUR):
                insert(connection, metadata.tables[name], plainest(metadata.tables[name], tenant))
        yield
        for name in OWNED:
            connection.execute(f"DELETE FROM {name} WHERE tenant_id IN (900, 901, 902)")  # type: ignore[arg-type]
        connection.execute("DELETE FROM tenants WHERE id IN (900, 901, 902)")


@pytest.fixture(scope="module")
def connection(servers: SimpleNamespace, filled: None) -> Iterator[psycopg.Connection[Any]]:
    """One connection of the application's role, used again and again as in a pool."""
    with psycopg.connect(libpq(servers.database_url)) as opened:
        yield opened


@pytest.fixture
def at_county(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A transaction in the scope of the county."""
    yield from within(connection, [COUNTY], COUNTY)


@pytest.fixture
def at_province(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A transaction in the scope of the province, which reads the counties below it."""
    yield from within(connection, [PROVINCE, COUNTY, NEIGHBOUR], PROVINCE)


def within(
    connection: psycopg.Connection[Any], readable: list[int], writable: int
) -> Iterator[psycopg.Connection[Any]]:
    """A transaction with a scope, undone at its end."""
    connection.execute(
        "SELECT set_config('qiao.readable', %s, true), set_config('qiao.writable', %s, true)",
        ["{" + ",".join(map(str, readable)) + "}", str(writable)],
    )
    yield connection
    connection.rollback()


def seen(connection: psycopg.Connection[Any], name: str) -> set[int]:
    """Whose rows of a table are seen."""
    return {row[0] for row in connection.execute(f"SELECT tenant_id FROM {name}")}  # type: ignore[arg-type]


def touched(connection: psycopg.Connection[Any], name: str, statement: str) -> int:
    """How many rows a statement changed; none where the role may not change the table at all."""
    try:
        return connection.execute(statement).rowcount  # type: ignore[arg-type]
    except psycopg.errors.InsufficientPrivilege:
        assert name in APPEND_ONLY
        return 0


@pytest.mark.parametrize("name", OWNED)
def test_an_office_reads_its_own_row_and_not_its_neighbours(
    at_county: psycopg.Connection[Any], name: str
) -> None:
    assert seen(at_county, name) == {COUNTY}


@pytest.mark.parametrize("name", OWNED)
def test_an_office_cannot_add_a_row_for_its_neighbour(at_county: psycopg.Connection[Any], name: str) -> None:
    table = metadata.tables[name]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        insert(at_county, table, plainest(table, NEIGHBOUR))


@pytest.mark.parametrize("name", OWNED)
def test_an_office_cannot_change_its_neighbours_row(at_county: psycopg.Connection[Any], name: str) -> None:
    assert (
        touched(at_county, name, f"UPDATE {name} SET tenant_id = tenant_id WHERE tenant_id = {NEIGHBOUR}")
        == 0
    )


@pytest.mark.parametrize("name", sorted(set(OWNED) - set(APPEND_ONLY)))
def test_an_office_cannot_give_its_row_to_its_neighbour(
    at_county: psycopg.Connection[Any], name: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        at_county.execute(f"UPDATE {name} SET tenant_id = {NEIGHBOUR}")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OWNED)
def test_an_office_cannot_delete_its_neighbours_row(at_county: psycopg.Connection[Any], name: str) -> None:
    assert touched(at_county, name, f"DELETE FROM {name} WHERE tenant_id = {NEIGHBOUR}") == 0


@pytest.mark.parametrize("name", sorted(set(OWNED) - set(APPEND_ONLY)))
def test_an_office_changes_its_own_row(at_county: psycopg.Connection[Any], name: str) -> None:
    """Else the refusals above would prove nothing."""
    assert at_county.execute(f"UPDATE {name} SET tenant_id = tenant_id").rowcount == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OWNED)
def test_the_province_reads_the_rows_of_the_counties_below_it(
    at_province: psycopg.Connection[Any], name: str
) -> None:
    assert seen(at_province, name) == {COUNTY, NEIGHBOUR}


@pytest.mark.parametrize("name", OWNED)
def test_the_province_changes_and_deletes_nothing_below_it(
    at_province: psycopg.Connection[Any], name: str
) -> None:
    assert touched(at_province, name, f"UPDATE {name} SET tenant_id = tenant_id") == 0
    if name not in APPEND_ONLY:
        assert touched(at_province, name, f"DELETE FROM {name}") == 0


@pytest.mark.parametrize("name", OWNED)
def test_the_province_adds_nothing_below_it(at_province: psycopg.Connection[Any], name: str) -> None:
    table = metadata.tables[name]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        insert(at_province, table, plainest(table, COUNTY))


@pytest.mark.parametrize("name", OWNED)
def test_without_a_scope_nothing_is_read_at_all(connection: psycopg.Connection[Any], name: str) -> None:
    """The connection has had scopes before: what they leave behind is no scope, neither empty nor old."""
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        seen(connection, name)
    connection.rollback()
