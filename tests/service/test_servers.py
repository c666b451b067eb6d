"""The embedded servers are real, private to one user, and leave nothing behind."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from service.servers import Running, ServerError, embedded_servers, processes, start_servers
from service.settings import Secrets

HOLDER = """
import sys, time
from pathlib import Path
from service.servers import start_servers
from service.settings import Secrets
home = Path(sys.argv[1])
print(start_servers(home, Secrets.of(home)).owner_url, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Running]:
    with embedded_servers(home, Secrets.of(home), durable=False) as started:
        yield started


def processes_of(home: Path) -> list[psutil.Process]:
    return [
        *processes.working_in(home / "postgresql", "postgres"),
        *processes.working_in(home / "redis", "redis-server"),
    ]


def found_at_each(home: Path, look: Callable[[psutil.Process], Sequence[Any]]) -> list[Any]:
    """What ``look`` finds at each process; those that clean up for the database end at any moment."""
    found: list[Any] = []
    for process in processes_of(home):
        with suppress(psutil.NoSuchProcess):
            found += look(process)
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_owner_is_no_superuser_and_the_application_bypasses_nothing(running: Running) -> None:
    with psycopg.connect(running.owner_url) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolbypassrls, pg_get_userbyid(datdba) "
            "FROM pg_roles, pg_database WHERE datname = current_database() AND rolname ~ '^qiao_(owner|app)$'"
        ).fetchall()
    assert sorted(rows) == [
        ("qiao_app", False, False, False, "qiao_owner"),
        ("qiao_owner", False, True, False, "qiao_owner"),
    ]


def test_texts_are_utf8_and_sorted_alike_on_every_machine(running: Running) -> None:
    with psycopg.connect(running.database_url) as connection:
        found = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider::text, datlocale "
            "FROM pg_database WHERE datname = 'qiao'"
        ).fetchone()
    assert found == ("UTF8", "b", "C.UTF-8")


def test_nothing_listens_on_the_network(running: Running, home: Path) -> None:
    assert processes_of(home)
    open_to_others = found_at_each(home, lambda process: process.net_connections("inet"))
    assert [one for one in open_to_others if one.status == psutil.CONN_LISTEN] == []


def test_folders_are_closed_to_others_and_so_are_files_with_secrets(running: Running, home: Path) -> None:
    folders = [home, home / "postgresql", home / "postgresql" / "data", home / "redis", home / "log"]
    folders += [running.postgresql.socket, running.redis.socket.parent]
    assert {str(folder): oct(mode(folder)) for folder in folders} == {
        str(folder): "0o700" for folder in folders
    }
    assert mode(home / "redis" / "redis.conf") == mode(home / "log" / "postgresql.log") == 0o600


def test_a_wrong_password_opens_nothing(running: Running) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(running.database_url, password="guess")
    with (
        pytest.raises(AuthenticationError),
        Redis(unix_socket_path=str(running.redis.socket), password="guess") as client,
    ):
        client.ping()


def test_no_password_shows_in_the_list_of_processes(running: Running, home: Path) -> None:
    secrets = Secrets.of(home)
    shown = " ".join(found_at_each(home, psutil.Process.cmdline))
    assert shown
    for secret in (
        secrets.superuser_password,
        secrets.owner_password,
        secrets.app_password,
        secrets.redis_password,
    ):
        assert secret not in shown


def test_a_failed_statement_is_logged_without_what_it_carried(running: Running) -> None:
    with psycopg.connect(running.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE said (words text PRIMARY KEY)")
        connection.execute("INSERT INTO said VALUES ('a villager''s words')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO said VALUES ('a villager''s words')")
    log = running.postgresql.log.read_text()
    assert "duplicate key" in log
    assert "villager" not in log


def test_a_home_in_use_is_refused(running: Running, home: Path) -> None:
    with pytest.raises(ServerError, match="in use"):
        start_servers(home, Secrets.of(home))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_started_by_root_postgresql_runs_as_somebody_else(running: Running) -> None:
    assert running.postgresql.process is not None
    assert psutil.Process(running.postgresql.process.pid).uids().effective != 0


def test_a_server_that_dies_is_started_again_with_its_data(tmp_path: Path) -> None:
    with embedded_servers(tmp_path, Secrets.of(tmp_path)) as servers:
        with psycopg.connect(servers.owner_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        assert servers.revive() == []
        for server in (servers.postgresql, servers.redis):
            assert server.process is not None
            server.process.kill()
            server.process.wait()
        assert servers.revive() == ["postgresql", "redis"]
        with psycopg.connect(servers.owner_url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        with Redis.from_url(servers.redis_url) as client:
            assert client.ping()
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("also_servers", [False, True], ids=["holder", "holder and servers"])
def test_after_a_sigkill_the_next_start_has_lost_nothing(tmp_path: Path, also_servers: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        with psycopg.connect(holder.stdout.readline().strip()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        first = {process.pid: process for process in processes_of(tmp_path)}
        holder.kill()
        for process in first.values() if also_servers else []:
            process.kill()
    assert first
    with (
        embedded_servers(tmp_path, Secrets.of(tmp_path)) as servers,
        psycopg.connect(servers.owner_url) as connection,
    ):
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        assert not first.keys() & {process.pid for process in processes_of(tmp_path)}


def test_servers_whose_parent_was_killed_end_by_themselves(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        assert processes_of(tmp_path)
        holder.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(tmp_path) == []


def test_leftovers_that_end_while_they_are_looked_at_stop_no_start(tmp_path: Path) -> None:
    with subprocess.Popen(["sh", "-c", "sleep 600 & exec sleep 600"], cwd=tmp_path) as head:
        deadline = time.monotonic() + 20
        while len(processes.working_in(tmp_path, "sleep")) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        found = processes.working_in(tmp_path, "sleep")
        for process in found:
            process.kill()
    psutil.wait_procs(found, timeout=20)
    assert [process.pid for process in processes.heads(found)] == [head.pid]
    processes.end(processes.heads(found))


def test_a_home_too_deep_for_sockets_still_works(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    with embedded_servers(deep, Secrets.of(deep), durable=False) as servers:
        sockets = servers.postgresql.socket.parent
        assert mode(sockets) == 0o700
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not sockets.exists()


def test_data_of_another_major_version_are_left_alone_with_advice(tmp_path: Path) -> None:
    with embedded_servers(tmp_path, Secrets.of(tmp_path), durable=False):
        pass
    (tmp_path / "postgresql" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerError, match=r"PostgreSQL 17.*make a backup"):
        start_servers(tmp_path, Secrets.of(tmp_path))


def test_secrets_of_other_data_are_refused_in_words(tmp_path: Path) -> None:
    with embedded_servers(tmp_path, Secrets.of(tmp_path), durable=False):
        pass
    with pytest.raises(ServerError, match="QIAO_HOME/secrets"):
        start_servers(tmp_path, Secrets.fresh())
    assert processes_of(tmp_path) == []
