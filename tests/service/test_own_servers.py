"""The same code on servers of one's own: run with their addresses set, as the continuous integration does."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from service.app import create_app
from service.settings import Settings
from tenants.schema import libpq, newest_revision

REQUIRED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "QIAO_PRIVACY_KEYS",
    "QIAO_BASE_URL",
)

pytestmark = pytest.mark.skipif(
    not all(os.environ.get(name) for name in REQUIRED), reason=f"needs {', '.join(REQUIRED)}"
)


def qiao(*words: str, environ: Mapping[str, str] = os.environ) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service.cli", *words]
    return subprocess.run(command, env=dict(environ), capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module", autouse=True)
def migrated() -> None:
    """The database migrated with the two database addresses alone."""
    only = {name: value for name, value in os.environ.items() if name not in REQUIRED[2:]}
    done = qiao("db", "upgrade", environ=only)
    assert done.returncode == 0, done.stderr
    assert newest_revision() in done.stdout


def test_the_owner_is_no_superuser_and_the_application_owns_nothing() -> None:
    with psycopg.connect(libpq(os.environ["DATABASE_OWNER_URL"])) as connection:
        assert connection.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (False, False)
    with psycopg.connect(libpq(os.environ["DATABASE_URL"])) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user"
        ).fetchone() == (0,)


@pytest.mark.parametrize("name", REQUIRED)
def test_without_one_of_the_settings_nothing_starts_and_it_is_named(name: str) -> None:
    environ = {key: value for key, value in os.environ.items() if key != name}
    for command in ("up", "worker", "cron"):
        refused = qiao(command, environ=environ)
        assert refused.returncode == 1
        assert name in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_the_application_is_ready_on_them() -> None:
    app = create_app(Settings.from_environment(os.environ))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (
        200,
        {"database": "ok", "redis": "ok", "migrations": "ok"},
    )


def test_it_serves_on_them_and_stops_on_sigterm(tmp_path: Path) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "QIAO_HOME": str(tmp_path), "PORT": str(port)}
    command = [sys.executable, "-m", "service.cli", "up", "--production"]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as up:
        assert up.stdout is not None
        assert "Qiao is ready" in up.stdout.readline()
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            assert answer.status == 200
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) == 0
    assert not (tmp_path / "postgresql").exists()


def test_a_backup_goes_from_one_database_to_another(tmp_path: Path) -> None:
    owner = libpq(os.environ["DATABASE_OWNER_URL"])
    second = dict(os.environ)
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        parts = psycopg.conninfo.conninfo_to_dict(libpq(os.environ[name]))
        second[name] = "postgresql://{user}:{password}@{host}:{port}/{dbname}_restored".format(**parts)
    restored = psycopg.conninfo.conninfo_to_dict(libpq(second["DATABASE_OWNER_URL"]))["dbname"]
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {restored}")
        try:
            file = tmp_path / "qiao.backup"
            made = qiao("backup", str(file))
            assert made.returncode == 0, made.stderr
            brought = qiao("restore", str(file), environ=second)
            assert brought.returncode == 0, brought.stderr
            question = "SELECT code FROM tenants ORDER BY 1"
            with psycopg.connect(libpq(second["DATABASE_OWNER_URL"])) as other:
                assert other.execute(question).fetchall()
        finally:
            connection.execute(f"DROP DATABASE {restored} WITH (FORCE)")
