"""The database's own part of tenancy: roles, grants and row-level policies, and the way migrations run.

The application's role owns nothing and bypasses nothing. Migrations run as an owner that need not be a
superuser and has its own explicit policy, since a forced policy would silently hide rows even from the owner.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command as alembic
from alembic.config import Config
from psycopg import sql
from sqlalchemy.engine import make_url

MIGRATIONS = Path(__file__).parent.parent / "migrations"

APPEND_ONLY = ("audit_entries", "audit_chain", "moves", "address_links")
"""Tables the application may add to and read, and nothing else."""

READABLE = "tenant_id = ANY ((SELECT current_setting('qiao.readable')::int[])::int[])"
WRITABLE = "tenant_id = (SELECT current_setting('qiao.writable')::int)"


def tenancy_statements(table: str) -> list[str]:
    """The statements that put a table under row-level security: four policies for all, one for its owner (T2)."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_select ON {table} FOR SELECT USING ({READABLE})",
        f"CREATE POLICY {table}_insert ON {table} FOR INSERT WITH CHECK ({WRITABLE})",
        f"CREATE POLICY {table}_update ON {table} FOR UPDATE USING ({WRITABLE}) WITH CHECK ({WRITABLE})",
        f"CREATE POLICY {table}_delete ON {table} FOR DELETE USING ({WRITABLE})",
        f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
    ]


def upgrade(owner_url: str, application_url: str) -> None:
    """Migrate to the newest revision as the owner, and grant the application's role what it needs.

    ``owner_url``, ``application_url``: SQLAlchemy or libpq URLs. The application's role is created where it
    is missing.
    """
    role = make_url(application_url)
    with psycopg.connect(libpq(owner_url), autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role.username]).fetchone()
        if exists is None:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(
                    sql.Identifier(role.username or ""), sql.Literal(role.password or "")
                )
            )
    alembic.upgrade(_config(owner_url), "head")
    with psycopg.connect(libpq(owner_url)) as connection:
        _grant(connection, role.username or "")


def _grant(connection: psycopg.Connection, role: str) -> None:
    name = sql.Identifier(role)
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
    connection.execute(
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name)
    )
    connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
    for table in APPEND_ONLY:
        connection.execute(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name))
    connection.execute(sql.SQL("REVOKE ALL ON alembic_version FROM {}").format(name))
    connection.execute(sql.SQL("GRANT SELECT ON alembic_version TO {}").format(name))


def _config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = sqlalchemy_url(owner_url)
    return config


def newest_revision() -> str:
    """The revision that this code expects the database to be at."""
    from alembic.script import ScriptDirectory

    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None
    return head


def libpq(url: str) -> str:
    """A database URL as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def sqlalchemy_url(url: str) -> str:
    """A database URL as SQLAlchemy reads it, with the psycopg 3 driver."""
    return libpq(url).replace("postgresql://", "postgresql+psycopg://", 1)
