"""Promise 2: the database itself keeps tenants apart."""

from __future__ import annotations

from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask
from sqlalchemy import ForeignKeyConstraint, Table, select

from service.identification import workflow
from service.models import metadata
from tenants.database import db
from tenants.schema import libpq
from tenants.unit import OutsideTheGate
from tests.conftest import Office

WITHOUT_A_TENANT = {"tenants", "people", "recovery_links", "recovery_requests", "calendar_days", "routes"}
"""What must be found before a scope exists, and what belongs to nobody."""

ACROSS_TENANTS = {
    (
        "contacts",
        "channel_tenant_id",
    ): "a case decided elsewhere answers through the number that was written to",
    ("outbound_messages", "channel_tenant_id"): "the same",
    ("pictures", "channel_tenant_id"): "a picture of a case decided elsewhere waits where it was sent to",
}
"""The allowed references from one tenant's row to another's, beside the office a case is about."""

OWNED = sorted(
    name for name, table in metadata.tables.items() if "tenant_id" in table.c and name not in WITHOUT_A_TENANT
)


def test_every_table_is_accounted_for() -> None:
    assert set(metadata.tables) == set(OWNED) | WITHOUT_A_TENANT


@pytest.mark.parametrize("name", OWNED)
def test_the_key_leads_with_the_tenant(name: str) -> None:
    assert next(iter(metadata.tables[name].primary_key.columns)).name == "tenant_id"
    assert not metadata.tables[name].c.tenant_id.nullable


@pytest.mark.parametrize("name", OWNED)
def test_each_index_leads_with_the_tenant(name: str) -> None:
    for index in metadata.tables[name].indexes:
        assert index.columns[0].name == "tenant_id", index.name


@pytest.mark.parametrize("name", OWNED)
def test_references_stay_inside_the_tenant(name: str) -> None:
    for constraint in foreign_keys(metadata.tables[name]):
        target = constraint.referred_table
        if "tenant_id" not in target.c:
            continue
        local = [column.name for column in constraint.columns]
        assert local[0] == "tenant_id" or (name, local[0]) in ACROSS_TENANTS, (name, local)


def foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    """The table's foreign keys."""
    return [constraint for constraint in table.constraints if isinstance(constraint, ForeignKeyConstraint)]


@pytest.fixture(scope="module")
def catalogue(servers: SimpleNamespace) -> SimpleNamespace:
    """What PostgreSQL itself says of policies and roles."""
    with psycopg.connect(libpq(servers.owner_url)) as connection:
        policies: dict[str, dict[str, str]] = {}
        for table, policy, verb in connection.execute(
            "SELECT tablename, policyname, cmd FROM pg_policies WHERE schemaname = 'public'"
        ):
            policies.setdefault(table, {})[policy] = verb
        forced = {
            name
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            )
        }
        roles = {
            name: (superuser, bypass)
            for name, superuser, bypass in connection.execute(
                "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles"
            )
        }
    return SimpleNamespace(policies=policies, forced=forced, roles=roles)


@pytest.mark.parametrize("name", OWNED)
def test_each_table_has_its_four_policies_and_its_owners(name: str, catalogue: SimpleNamespace) -> None:
    assert name in catalogue.forced
    assert catalogue.policies[name] == {
        f"{name}_select": "SELECT",
        f"{name}_insert": "INSERT",
        f"{name}_update": "UPDATE",
        f"{name}_delete": "DELETE",
        f"{name}_owner": "ALL",
    }


def test_neither_the_owner_nor_the_application_bypasses_anything(catalogue: SimpleNamespace) -> None:
    assert catalogue.roles["qiao_app"] == (False, False)
    assert catalogue.roles["qiao_owner"] == (False, False)


def test_the_application_owns_nothing(servers: SimpleNamespace) -> None:
    with psycopg.connect(libpq(servers.owner_url)) as connection:
        owners = {
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
            )
        }
    assert owners == {"qiao_owner"}


@pytest.mark.parametrize("table", ["audit_entries", "audit_chain", "moves"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET tenant_id = 1", "DELETE FROM {}"])
def test_records_can_be_added_to_and_read_and_nothing_else(
    servers: SimpleNamespace, table: str, verb: str
) -> None:
    with (
        psycopg.connect(libpq(servers.database_url)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(verb.format(table))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OWNED)
def test_a_read_outside_a_gate_is_an_error_and_never_an_empty_list(name: str, app: Flask) -> None:
    with pytest.raises(OutsideTheGate):
        db.session.execute(select(metadata.tables[name]))


def test_the_scope_does_not_outlive_its_transaction(servers: SimpleNamespace, county: Office) -> None:
    workflow.set_criteria(2026, [{"question": "群众欢迎吗？"}], by=county.officer)
    with psycopg.connect(libpq(servers.database_url)) as connection:
        connection.execute("SELECT set_config('qiao.readable', %s, true)", [f"{{{county.id}}}"])
        assert len(connection.execute("SELECT * FROM screening_criteria").fetchall()) == 1
        connection.commit()
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT * FROM screening_criteria").fetchall()
