"""``qiao up`` as an operator meets it: it starts whole, survives each death, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import psycopg
import pytest

from service.servers import processes
from service.settings import OWN_SERVERS, Settings

PATIENCE = 60
PROGRAMS = ("bin/postgres", "redis-server", "granian", "service.cli worker", "service.cli cron")


class Deployment:
    """One ``qiao up --production`` on a home and a port of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if name not in OWN_SERVERS}
        self.environ = {**kept, "QIAO_HOME": str(home), "PORT": str(self.port)}

    def qiao(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "service.cli", *words]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=PATIENCE)

    @contextmanager
    def up(self) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "service.cli", "up", "--production"]
        with subprocess.Popen(
            command, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as supervisor:
            assert supervisor.stdout is not None
            said = []
            for line in supervisor.stdout:
                said.append(line)
                if "Qiao is ready" in line:
                    break
            assert "Qiao is ready" in said[-1], "".join(said)
            try:
                yield supervisor
            finally:
                supervisor.kill()

    def answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def programs(self) -> list[psutil.Process]:
        return [
            *processes.marked(self.home),
            *processes.working_in(self.home / "postgresql", "postgres"),
            *processes.working_in(self.home / "redis", "redis-server"),
        ]

    def program(self, words: str) -> psutil.Process:
        """The first process of ours whose command line holds ``words``, parents before children."""
        found = [process for process in self.programs() if words in command_line(process)]
        return min(found, key=lambda process: process.create_time())

    def write(self, word: str) -> None:
        with psycopg.connect(Settings.of_running(self.home).database_owner_url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
            connection.execute("INSERT INTO words VALUES (%s)", [word])

    def words(self) -> list[str]:
        with psycopg.connect(Settings.of_running(self.home).database_owner_url) as connection:
            return [word for (word,) in connection.execute("SELECT word FROM words ORDER BY word")]


def command_line(process: psutil.Process) -> str:
    """How it was called; nothing for one that is gone meanwhile."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path / "home")


def test_it_serves_until_sigterm_and_then_nothing_of_it_is_left(deployment: Deployment) -> None:
    with deployment.up() as supervisor:
        assert deployment.answers()
        assert len(deployment.programs()) >= 6
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(PATIENCE) == 0
    assert deployment.programs() == []
    assert not (deployment.home / "run").exists()


def test_ctrl_c_while_it_starts_stops_it_as_well(deployment: Deployment) -> None:
    command = [sys.executable, "-m", "service.cli", "up", "--production"]
    with subprocess.Popen(command, env=deployment.environ, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        assert "Starting" in supervisor.stdout.readline()
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(PATIENCE) == 0
    assert deployment.programs() == []


def test_whatever_is_killed_comes_back_and_what_was_committed_stays(deployment: Deployment) -> None:
    with deployment.up() as supervisor:
        for words in PROGRAMS:
            deployment.write(words)
            victim = deployment.program(words)
            victim.kill()
            assert eventually(lambda killed=victim: not command_line(killed))  # type: ignore[misc]
            assert eventually(lambda: deployment.answers() and _whole(deployment)), words
        assert deployment.words() == sorted(PROGRAMS)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(PATIENCE) == 0
    assert deployment.programs() == []


@pytest.mark.parametrize("all_of_it", [False, True], ids=["the supervisor", "everything"])
def test_after_a_sigkill_the_next_start_cleans_up_and_has_lost_nothing(
    deployment: Deployment, all_of_it: bool
) -> None:
    with deployment.up() as supervisor:
        deployment.write("kept")
        before = {process.pid for process in deployment.programs()}
        supervisor.kill()
        for process in deployment.programs() if all_of_it else []:
            with suppress(psutil.NoSuchProcess):  # it may have died with its supervisor
                process.kill()
    with deployment.up():
        assert deployment.answers()
        assert deployment.words() == ["kept"]
        assert not before & {process.pid for process in deployment.programs()}


def test_two_deployments_share_neither_home_nor_port(deployment: Deployment, tmp_path: Path) -> None:
    with deployment.up():
        second = deployment.qiao("up", "--production")
        assert (second.returncode, second.stdout.count("\n"), second.stderr.count("\n")) == (1, 1, 1)
        assert "in use" in second.stderr
        deployment.environ["QIAO_HOME"] = str(tmp_path / "other")
        third = deployment.qiao("up", "--production")
        assert third.returncode == 1
        assert f"Port {deployment.port} is taken" in third.stderr
        deployment.environ["QIAO_HOME"] = str(deployment.home)
    assert processes.working_in(tmp_path / "other", "postgres") == []


def test_production_refuses_demo_tenants(deployment: Deployment) -> None:
    with (
        deployment.up(),
        psycopg.connect(Settings.of_running(deployment.home).database_owner_url) as connection,
    ):
        connection.execute(
            "INSERT INTO tenants (id, parent_id, code, level, name_zh, name_en, demo, created_at) "
            "VALUES (2, 1, 'demo', 'province', '演示省', 'Demo', true, now())"
        )
    refused = deployment.qiao("up", "--production")
    assert refused.returncode == 1
    assert "demo" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_a_command_cannot_do_it_says_in_one_line(deployment: Deployment) -> None:
    for words in (["worker"], ["cron"], ["keys", "export", str(deployment.home / "keys")]):
        failed = deployment.qiao(*words)
        assert failed.returncode == 1, words
        assert failed.stderr.startswith("qiao: ")
        assert failed.stderr.count("\n") == 1


def test_the_keys_are_exported_once_and_the_start_stops_warning(
    deployment: Deployment, tmp_path: Path
) -> None:
    with deployment.up() as supervisor:
        assert supervisor.stdout is not None
        assert "qiao keys export" in supervisor.stdout.readline()
    file = tmp_path / "keys"
    assert deployment.qiao("keys", "export", str(file)).returncode == 0
    secrets = json.loads((deployment.home / "secrets").read_text())
    assert (
        file.read_text()
        == f"SECRET_KEY={secrets['secret_key']}\nQIAO_PRIVACY_KEYS={secrets['privacy_keys'][0]}\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    assert deployment.qiao("keys", "export", str(file)).returncode == 1
    with deployment.up() as supervisor:
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.stdout is not None
        assert "keys" not in supervisor.stdout.read()


def _whole(deployment: Deployment) -> bool:
    """Whether each program of the deployment runs."""
    lines = [command_line(process) for process in deployment.programs()]
    return all(any(words in line for line in lines) for words in PROGRAMS)
