"""A deployment can be carried away in one file and brought back, and neither overwrites what is there."""

import json
import stat
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from service.backup import BackupError, back_up, read_keys, restore, write_keys
from service.settings import Settings
from tenants import schema
from tenants.privacy import Keyring
from tests.conftest import Office

numbers = count(1)


@pytest.fixture
def empty(servers: SimpleNamespace) -> Iterator[str]:
    """The owner's address of another database, migrated and without an office."""
    name = f"restored_{next(numbers)}"
    with psycopg.connect(servers.superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER qiao_owner").format(sql.Identifier(name)))
        owner = servers.owner_url.replace("/qiao?", f"/{name}?")
        schema.upgrade(owner, servers.database_url.replace("/qiao?", f"/{name}?"))
        yield owner
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def file(settings: Settings, province: Office, tmp_path: Path) -> Path:
    """A backup of a deployment with a province and two counties."""
    file = tmp_path / "qiao.backup"
    back_up(settings.database_owner_url, settings.privacy_keys, file, lambda line: None)
    return file


def rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table, as text."""
    with psycopg.connect(url) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            if name != "alembic_version"
        ]
        return {
            name: sorted(
                line
                for (line,) in connection.execute(
                    sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))
                )
            )
            for name in tables
        }


def guards(url: str) -> tuple[list[Any], ...]:
    """What keeps the rows apart and true: references, policies, forced security."""
    with psycopg.connect(url) as connection:
        return tuple(
            connection.execute(question).fetchall()
            for question in (
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated "
                "FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
                "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
                "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class "
                "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
                "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants "
                "WHERE table_schema = 'public' ORDER BY 1, 2, 3",
            )
        )


def test_what_was_carried_away_is_brought_back_row_by_row(settings: Settings, file: Path, empty: str) -> None:
    manifest = restore(empty, settings.privacy_keys, file, lambda line: None)
    before = rows(settings.database_owner_url)
    assert len(before["tenants"]) == 4
    assert before["audit_entries"]
    assert rows(empty) == before
    assert manifest["rows"] == {name: len(lines) for name, lines in before.items()}


def test_after_a_restore_the_database_guards_its_rows_as_before(
    settings: Settings, file: Path, empty: str
) -> None:
    restore(empty, settings.privacy_keys, file, lambda line: None)
    assert guards(empty) == guards(settings.database_owner_url)


def test_new_rows_get_new_numbers_after_a_restore(
    settings: Settings, file: Path, empty: str, county: Office
) -> None:
    restore(empty, settings.privacy_keys, file, lambda line: None)
    question = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
    with psycopg.connect(empty) as restored, psycopg.connect(settings.database_owner_url) as original:
        assert restored.execute(question).fetchall() == original.execute(question).fetchall() != []


def test_the_file_is_for_its_owner_alone_and_holds_no_key(settings: Settings, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        inside = b"".join(
            content.read() for member in archive if (content := archive.extractfile(member)) is not None
        )
    assert b'"revision"' in inside
    for key in (*settings.privacy_keys, settings.secret_key):
        assert key.encode() not in inside


def test_neither_a_file_nor_a_deployment_is_overwritten(settings: Settings, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        back_up(settings.database_owner_url, settings.privacy_keys, file, lambda line: None)
    assert file.read_bytes() == before
    with pytest.raises(BackupError, match="offices in this deployment already"):
        restore(settings.database_owner_url, settings.privacy_keys, file, lambda line: None)


def test_a_backup_whose_keys_are_missing_is_refused(file: Path, empty: str) -> None:
    before = rows(empty)
    with pytest.raises(BackupError, match="--keys"):
        restore(empty, [b64encode(bytes(32)).decode()], file, lambda line: None)
    assert rows(empty) == before


def test_a_backup_cut_short_or_bent_restores_nothing(
    settings: Settings, file: Path, empty: str, tmp_path: Path
) -> None:
    before = rows(empty), guards(empty)
    whole = file.read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 9):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(BackupError, match="damaged or no backup"):
            restore(empty, settings.privacy_keys, tmp_path / "cut", lambda line: None)
    for place in (len(whole) // 3, len(whole) - 6):
        (tmp_path / "bent").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BackupError):
            restore(empty, settings.privacy_keys, tmp_path / "bent", lambda line: None)
    assert (rows(empty), guards(empty)) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rows": {"tenants": 99}}, "99"),
        ({"revision": "unheard_of"}, "restore it with that version"),
    ],
)
def test_a_backup_that_does_not_agree_with_its_manifest_or_this_version_restores_nothing(
    settings: Settings, file: Path, empty: str, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    before = rows(empty)
    altered = tmp_path / "altered"
    with tarfile.open(file) as old, tarfile.open(altered, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "manifest.json":
                manifest = json.loads(data)
                for name, value in change.items():
                    manifest[name] = manifest[name] | value if isinstance(value, dict) else value
                data = json.dumps(manifest).encode()
                member.size = len(data)
            new.addfile(member, BytesIO(data))
    with pytest.raises(BackupError, match=reason):
        restore(empty, settings.privacy_keys, altered, lambda line: None)
    assert rows(empty) == before


def test_something_else_is_refused_as_no_backup(settings: Settings, empty: str, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("not a backup")
    with pytest.raises(BackupError, match="no backup of Qiao"):
        restore(empty, settings.privacy_keys, tmp_path / "letter", lambda line: None)


def test_exported_keys_read_what_the_deployment_sealed(settings: Settings, tmp_path: Path) -> None:
    sealed = Keyring(settings.privacy_keys).encrypt("村民".encode())
    write_keys(tmp_path / "keys", settings.secret_key, settings.privacy_keys)
    found = read_keys(tmp_path / "keys")
    assert Keyring(found["QIAO_PRIVACY_KEYS"].split(",")).decrypt(sealed).decode() == "村民"
    assert found["SECRET_KEY"] == settings.secret_key
    with pytest.raises(BackupError, match="exists already"):
        write_keys(tmp_path / "keys", settings.secret_key, settings.privacy_keys)
    (tmp_path / "other").write_text("SECRET_KEY=x\n")
    with pytest.raises(BackupError, match="keys export"):
        read_keys(tmp_path / "other")
