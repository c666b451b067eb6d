"""One file that holds a deployment's database, and the way back from it.

The file is a compressed tar: first a manifest (version, revision, rows of each table, which keys lock the
data), then each table as PostgreSQL's own text copy, all from one moment. The keys are never in it. Redis
is not in it either: whatever waits there stands in the database too and is found again by the sweeps.
"""

from __future__ import annotations

import gzip
import json
import os
import tarfile
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import psycopg
from psycopg import sql

from service.settings import SettingsError
from tenants.schema import libpq, newest_revision

MANIFEST = "manifest.json"
REVISION = "alembic_version"
PIECE = 1 << 20
DAMAGED = (
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    KeyError,
    ValueError,
    psycopg.DataError,
    psycopg.IntegrityError,
)
"""What reading a file raises that is not what was written."""

TABLES = """
    SELECT c.relname,
           array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attgenerated = ''),
           c.relforcerowsecurity
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname <> 'alembic_version'
    GROUP BY c.oid ORDER BY c.relname
"""
REFERENCES = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0
"""
SEQUENCES = (
    "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
)


class BackupError(SettingsError):
    """A backup cannot be made or restored; nothing was changed."""


@dataclass(frozen=True)
class Table:
    """One table: its columns that hold facts, and whether its policies bind even its owner."""

    name: str
    columns: list[str]
    forced: bool

    @property
    def identifier(self) -> sql.Identifier:
        """Its name for a statement."""
        return sql.Identifier(self.name)

    @property
    def column_list(self) -> sql.Composed:
        """Its columns for a statement."""
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))


def back_up(
    owner_url: str, privacy_keys: Sequence[str], file: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Write the database at ``owner_url`` to ``file`` (mode 0600) and return its manifest.

    The file appears only when it is whole. Raises ``BackupError`` if it exists already or the database was
    never migrated.
    """
    if file.exists():
        raise BackupError(f"{file} exists already: choose another name.")
    with psycopg.connect(libpq(owner_url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        tables = _tables(connection)
        manifest: dict[str, Any] = {
            "qiao": version("qiao"),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "revision": _revision(connection),
            "keys": [_fingerprint(key) for key in privacy_keys],
            "rows": {table.name: _count(connection, table.identifier) for table in tables},
            "sequences": dict(connection.execute(SEQUENCES).fetchall()),
        }
        unfinished = file.with_name(file.name + ".unfinished")
        try:
            with _private(unfinished) as raw, tarfile.open(fileobj=raw, mode="w:gz") as archive:
                _add(archive, MANIFEST, BytesIO(json.dumps(manifest, indent=1).encode()))
                for table in tables:
                    say(f"{table.name}: {manifest['rows'][table.name]} rows")
                    with TemporaryFile(dir=file.parent) as rows:
                        _copy_out(connection, table, rows)
                        _add(archive, table.name, rows)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    return manifest


def restore(
    owner_url: str, privacy_keys: Sequence[str], file: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Fill the migrated but empty database at ``owner_url`` from ``file`` and return the manifest.

    All of it in one transaction, the rows counted again at the end. Raises ``BackupError`` if the file is
    none of ours or damaged, was made at another revision, is locked by keys that are not among
    ``privacy_keys``, or the database has offices already.
    """
    try:
        with (
            gzip.open(file) as content,
            tarfile.open(fileobj=content, mode="r|") as archive,
            psycopg.connect(libpq(owner_url)) as connection,
        ):
            manifest = _read_manifest(archive, file)
            _require_fitting(connection, manifest, privacy_keys)
            connection.execute("SET LOCAL lock_timeout = '30s'")
            tables = {table.name: table for table in _tables(connection)}
            with _unbound(connection, list(tables.values())):
                while (member := archive.next()) is not None:
                    say(f"{member.name}: {manifest['rows'][member.name]} rows")
                    rows = archive.extractfile(member)
                    assert rows is not None
                    _copy_in(connection, tables[member.name], rows)
            for name, value in manifest["sequences"].items():
                connection.execute(
                    "SELECT setval(%s::regclass, %s)", [sql.Identifier(name).as_string(), value]
                )
            _require_complete(connection, manifest)
            # The checksum stands at the very end, behind what the archive needs of the file.
            while content.read(PIECE):
                continue
    except DAMAGED as error:
        raise BackupError(
            f"{file} is damaged or no backup of Qiao: {' '.join(str(error).split())}"
        ) from error
    return manifest


def write_keys(file: Path, secret_key: str, privacy_keys: Sequence[str]) -> None:
    """Write the keys to a new ``file`` (mode 0600) as the environment variables that hold them."""
    with _private(file) as raw:
        raw.write(f"SECRET_KEY={secret_key}\nQIAO_PRIVACY_KEYS={','.join(privacy_keys)}\n".encode())


def read_keys(file: Path) -> dict[str, str]:
    """The variables in a file that ``write_keys`` wrote; ``BackupError`` if it is none."""
    lines = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    found = {name: value for name, _, value in lines}
    if not found.keys() >= {"SECRET_KEY", "QIAO_PRIVACY_KEYS"}:
        raise BackupError(f"{file} is not what `qiao keys export` writes.")
    return found


def _read_manifest(archive: tarfile.TarFile, file: Path) -> dict[str, Any]:
    member = archive.next()
    content = archive.extractfile(member) if member is not None and member.name == MANIFEST else None
    if content is None:
        raise BackupError(f"{file} is no backup of Qiao.")
    manifest: dict[str, Any] = json.load(content)
    return manifest


def _require_fitting(
    connection: psycopg.Connection, manifest: dict[str, Any], privacy_keys: Sequence[str]
) -> None:
    if manifest["revision"] != newest_revision():
        raise BackupError(
            f"This backup was made by Qiao {manifest['qiao']} (revision {manifest['revision']}): "
            "restore it with that version, then upgrade."
        )
    if not set(manifest["keys"]) <= {_fingerprint(key) for key in privacy_keys}:
        raise BackupError("This backup is locked with keys that are not here: give them with --keys FILE.")
    if connection.execute("SELECT FROM tenants WHERE parent_id IS NOT NULL LIMIT 1").fetchone() is not None:
        raise BackupError("There are offices in this deployment already: restore into an empty one.")


def _require_complete(connection: psycopg.Connection, manifest: dict[str, Any]) -> None:
    for name, rows in manifest["rows"].items():
        found = _count(connection, sql.Identifier(name))
        if found != rows:
            raise BackupError(f"{name} has {found} rows where the backup names {rows}: nothing was restored.")


@contextmanager
def _unbound(connection: psycopg.Connection, tables: list[Table]) -> Iterator[None]:
    """Within the block the tables are empty and take rows in any order: no references, triggers or policies.

    All of it comes back at the end of the block, references checked, in the same transaction.
    """
    references = connection.execute(REFERENCES).fetchall()
    for owner, name, _ in references:
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.SQL(owner), sql.Identifier(name))
        )
    for table in tables:
        for change in ("NO FORCE ROW LEVEL SECURITY", "DISABLE TRIGGER USER"):
            connection.execute(sql.SQL("ALTER TABLE {} {}").format(table.identifier, sql.SQL(change)))
        connection.execute(sql.SQL("TRUNCATE {}").format(table.identifier))
    yield
    for table in tables:
        changes = ["ENABLE TRIGGER USER"] + ["FORCE ROW LEVEL SECURITY"] * table.forced
        for change in changes:
            connection.execute(sql.SQL("ALTER TABLE {} {}").format(table.identifier, sql.SQL(change)))
    for owner, name, definition in references:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                sql.SQL(owner), sql.Identifier(name), sql.SQL(definition)
            )
        )


def _tables(connection: psycopg.Connection) -> list[Table]:
    return [Table(*row) for row in connection.execute(TABLES).fetchall()]


def _revision(connection: psycopg.Connection) -> str:
    known = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    row = (
        connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if known and known[0]
        else None
    )
    if row is None:
        raise BackupError("There is nothing to back up: this database was never migrated.")
    return str(row[0])


def _count(connection: psycopg.Connection, table: sql.Identifier) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    assert row is not None
    return int(row[0])


def _copy_out(connection: psycopg.Connection, table: Table, rows: IO[bytes]) -> None:
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(table.column_list, table.identifier)
    with connection.cursor().copy(statement) as copy:
        for piece in copy:
            rows.write(piece)


def _copy_in(connection: psycopg.Connection, table: Table, rows: IO[bytes]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table.identifier, table.column_list)
    with connection.cursor().copy(statement) as copy:
        while piece := rows.read(PIECE):
            copy.write(piece)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, os.SEEK_END)
    member.mode = 0o600
    content.seek(0)
    archive.addfile(member, content)


def _private(file: Path) -> IO[bytes]:
    try:
        return open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise BackupError(f"{file} exists already: choose another name.") from error


def _fingerprint(privacy_key: str) -> str:
    return sha256(b"qiao backup" + b64decode(privacy_key)).hexdigest()[:16]
