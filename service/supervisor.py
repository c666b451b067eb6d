"""``qiao up``: the servers, then the schema, then the programs; alive until asked to stop, then all gone."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
from sqlalchemy import make_url

from service.catalogues import require_catalogues
from service.servers import Running, ServerError, embedded_servers, processes
from service.settings import NothingRunning, Secrets, Settings, home_of, own_servers
from tenants.schema import libpq, upgrade

OFFICES = "SELECT count(*), count(*) FILTER (WHERE demo) FROM tenants WHERE parent_id IS NOT NULL"
READY_WITHIN = 90
GRACE = 10
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60
TICK = 0.25
WEB_PROCESSES, WEB_THREADS = 2, 2
"""What answers most on two cores, and soonest (docs/performance.md); more threads wait for the interpreter."""
DO_NOT_WAIT = "-c synchronous_commit=off"
"""While the demo province is loaded nothing need survive a crash: a first start cut short begins anew."""


class Stop(BaseException):
    """Somebody asked this process to stop (SIGTERM or Ctrl-C)."""


@dataclass
class Child:
    """One program of the deployment, started again with growing pauses when it ends unasked."""

    name: str
    command: list[str]
    log: Path
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.5
    due: float = 0.0

    def start(self) -> None:
        """Start it now."""
        self.started = time.monotonic()
        self.process = processes.start(self.command, folder=Path.cwd(), log=self.log, env=self.env)

    def tend(self) -> str | None:
        """Start it again when it ended and its pause is over; what happened, if anything did."""
        if self.process is None:
            if time.monotonic() >= self.due:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        processes.end(processes.group_of(self.process))
        self.pause = (
            0.5 if time.monotonic() - self.started > STEADY_AFTER else min(self.pause * 2, LONGEST_PAUSE)
        )
        self.due = time.monotonic() + self.pause
        self.process = None
        return (
            f"{self.name} ended ({_ending(code)}, see {self.log}); starting it again in {self.pause:.0f} s."
        )


def up(environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Serve the deployment ``environ`` describes until SIGTERM or Ctrl-C; ``say`` tells the operator a line.

    Raises ``SettingsError`` or ``ServerError`` when it cannot start; by then all it started is stopped again.
    """
    require_catalogues()
    with ExitStack() as stack:
        stack.enter_context(_stopping_on_signals())
        try:
            running, settings = _servers(environ, stack, say)
            settings.write_run_file()
            stack.callback((settings.home / "run").unlink, missing_ok=True)
            processes.end(processes.marked(settings.home))
            _require_free_port(settings.port)
            _prepare(settings, running, say)
            children = _children(settings, environ)
            stack.callback(_stop, children)
            for child in children:
                child.start()
            _wait_until_ready(settings, children[0])
            say(f"Qiao is ready: {settings.base_url}  (Ctrl-C stops it; logs in {settings.home / 'log'})")
            if settings.embedded and not Secrets.of(settings.home).exported:
                say("Warning: the privacy keys exist only here; keep a copy elsewhere: qiao keys export FILE")
            _watch(running, children, say)
        except Stop:
            say("Stopping …")


@contextmanager
def servers_at_hand(environ: Mapping[str, str]) -> Iterator[Settings]:
    """The settings, with the servers up: one's own, the running ``qiao up``'s, or else started meanwhile.

    Servers started for the block are migrated first, so that a deployment can be furnished before it runs.
    """
    try:
        yield Settings.from_environment(environ)
        return
    except NothingRunning:
        home = home_of(environ)
    secrets = Secrets.of(home)
    with embedded_servers(home, secrets) as running:
        upgrade(running.owner_url, running.database_url)
        yield _settings_on(running, environ, secrets)


def _servers(
    environ: Mapping[str, str], stack: ExitStack, say: Callable[[str], None]
) -> tuple[Running | None, Settings]:
    if own_servers(environ):
        settings = Settings.from_environment(environ)
        stack.enter_context(processes.hold(settings.home))
        return None, settings
    home = home_of(environ)
    Settings.on_embedded(environ, Secrets.fresh(), database_url="", database_owner_url="", redis_url="")
    say(f"Starting PostgreSQL and Redis in {home} …")
    secrets = Secrets.of(home)
    running = stack.enter_context(embedded_servers(home, secrets))
    return running, _settings_on(running, environ, secrets)


def _settings_on(running: Running, environ: Mapping[str, str], secrets: Secrets) -> Settings:
    return Settings.on_embedded(
        environ,
        secrets,
        database_url=running.database_url,
        database_owner_url=running.owner_url,
        redis_url=running.redis_url,
    )


def _prepare(settings: Settings, running: Running | None, say: Callable[[str], None]) -> None:
    """Migrate; refuse demo tenants in production; elsewhere fill an empty database with the demo province."""
    upgrade(settings.database_owner_url, settings.database_url)
    offices, demo = _count_offices(settings.database_owner_url)
    unfinished = settings.home / "demo-unfinished"
    if unfinished.exists() and running is not None and offices == demo:
        say("The first start was cut short: beginning anew.")
        running.postgresql.empty_database()
        upgrade(settings.database_owner_url, settings.database_url)
        unfinished.unlink()
        offices = demo = 0
    if settings.production:
        if demo:
            raise ServerError("There are demo tenants in this database: production does not serve them.")
        return
    if offices:
        return
    from service.app import create_app
    from service.demo import load_province

    say("First start: loading the demo province …")
    unfinished.touch()
    url = make_url(settings.database_url).update_query_dict({"options": DO_NOT_WAIT})
    hurried = replace(settings, database_url=url.render_as_string(hide_password=False))
    for line in load_province(create_app(hurried)):
        say(line)
    unfinished.unlink()


def _count_offices(owner_url: str) -> tuple[int, int]:
    with psycopg.connect(libpq(owner_url)) as connection:
        row = connection.execute(OFFICES).fetchone()
    assert row is not None
    return row[0], row[1]


def _children(settings: Settings, environ: Mapping[str, str]) -> list[Child]:
    env = {
        **environ,
        "QIAO_HOME": str(settings.home),
        "PORT": str(settings.port),
        "QIAO_PRODUCTION": "1" if settings.production else "",
        "PYTHONUNBUFFERED": "1",
        processes.MARK: str(settings.home),
    }
    web = f"granian --interface wsgi --http 1 --no-ws --host 127.0.0.1 --port {settings.port}"
    web += f" --workers {WEB_PROCESSES if settings.production else 1} --blocking-threads {WEB_THREADS}"
    web += " --workers-kill-timeout 5"
    web += " --respawn-failed-workers --respawn-interval 0.5 --log-level warning --factory service.wsgi:build"
    programs = {"web": web, "worker": "service.cli worker", "cron": "service.cli cron"}
    return [
        Child(name, [sys.executable, "-m", *program.split()], settings.home / "log" / f"{name}.log", env)
        for name, program in programs.items()
    ]


def _watch(running: Running | None, children: list[Child], say: Callable[[str], None]) -> None:
    while True:
        time.sleep(TICK)
        for happened in [child.tend() for child in children]:
            if happened:
                say(happened)
        try:
            for name in running.revive() if running is not None else []:
                say(f"{name} had ended; it runs again.")
        except ServerError as error:
            say(f"{error} Trying again.")
            time.sleep(LONGEST_PAUSE / 10)


def _stop(children: list[Child]) -> None:
    processes_alive = [child.process for child in children if child.process is not None]
    for process in processes_alive:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in processes_alive:
        try:
            process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        processes.end(processes.group_of(process), first=signal.SIGKILL)


def _wait_until_ready(settings: Settings, web: Child) -> None:
    address = f"http://127.0.0.1:{settings.port}/readyz"
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and web.process is not None and web.process.poll() is None:
        try:
            with urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise ServerError(f"The web server does not get ready ({web.log}): {processes.tail(web.log)}")


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServerError(
                f"Port {port} is taken: choose another, for instance PORT={port + 1}."
            ) from error


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        for asked in (signal.SIGTERM, signal.SIGINT):
            signal.signal(asked, signal.SIG_IGN)
        raise Stop

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ending(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
