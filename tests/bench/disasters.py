"""A whole production deployment that can be killed and started again piece by piece, and looked into."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import urllib3

from service.app import create_app
from service.servers import Running, embedded_servers, processes
from service.settings import Secrets, Settings
from tenants import schema
from tests.bench.inbound import free_port


class Deployment:
    """Servers, web and workers of a production deployment, to be killed and started again."""

    def __init__(self, running: Running, environ: dict[str, str], port: int, log: Path) -> None:
        self.running = running
        self.environ = {**os.environ, **environ}
        self.port = port
        self.log = log.open("ab")
        self.alive: dict[str, subprocess.Popen[bytes]] = {}
        self.ended = 0

    def start(self, name: str) -> None:
        """Start one of the programs: ``web``, ``cron``, ``worker…``."""
        granian = (
            f"granian --interface wsgi --http 1 --no-ws --port {self.port} --workers 2 --blocking-threads 4"
        )
        module = {
            "web": f"{granian} --log-level warning --factory service.wsgi:build",
            "cron": "tests.bench.faults program cron",
            "worker": "tests.bench.faults program worker",
        }[name.split()[0]]
        self.alive[name] = subprocess.Popen(
            [sys.executable, "-m", *module.split()],
            env=self.environ,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def start_all(self) -> None:
        """Start web, scheduler and two workers, and wait until the web server answers."""
        for name in ("web", "cron", "worker 1", "worker 2"):
            self.start(name)
        self._wait_until_ready()

    def kill(self, name: str) -> None:
        """SIGKILL it and all it started, as a machine out of memory does; then start it again."""
        os.killpg(self.alive[name].pid, signal.SIGKILL)
        self.alive[name].wait()
        self.start(name)

    def tend(self) -> None:
        """Start again what ended by itself, as ``qiao up`` does."""
        for name in [name for name, process in self.alive.items() if process.poll() is not None]:
            self.ended += 1
            self.start(name)

    def kill_and_empty_redis(self) -> None:
        """SIGKILL Redis, take its data away, start it again."""
        redis = self.running.redis
        processes.end(processes.working_in(redis.folder, "redis-server"), first=signal.SIGKILL)
        shutil.rmtree(redis.folder)
        redis.start()

    def restart_postgresql(self) -> None:
        """Restart PostgreSQL; all connections are cut."""
        self.running.postgresql.stop()
        self.running.postgresql.start()

    def _wait_until_ready(self) -> None:
        address = f"http://127.0.0.1:{self.port}/healthz"
        for _attempt in range(900):
            with suppress(urllib3.exceptions.HTTPError):
                if urllib3.request("GET", address, retries=False, timeout=2).status == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError("the web server does not start")

    def end(self) -> None:
        """End all programs."""
        for process in self.alive.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.log.close()

    def ask(self, statement: str, *parameters: object) -> list[Any]:
        """Look into the database past all policies."""
        with psycopg.connect(schema.libpq(self.running.owner_url)) as connection:
            return connection.execute(statement, parameters).fetchall()


@contextmanager
def deployed(twilio_url: str) -> Iterator[Deployment]:
    """A deployment whose programs do not run yet; the surrounding code acts within its application."""
    home = Path(tempfile.mkdtemp(prefix="qiao-faults-"))
    secrets = Secrets.of(home)
    port = free_port()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        running = stack.enter_context(embedded_servers(home, secrets, durable=True))
        schema.upgrade(running.owner_url, running.database_url)
        environ = {
            "DATABASE_URL": running.database_url,
            "DATABASE_OWNER_URL": running.owner_url,
            "REDIS_URL": running.redis_url,
            "SECRET_KEY": secrets.secret_key,
            "QIAO_PRIVACY_KEYS": ",".join(secrets.privacy_keys),
            "QIAO_BASE_URL": f"http://127.0.0.1:{port}",
            "QIAO_TWILIO_API_URL": twilio_url,
            "QIAO_HOME": str(home),
        }
        app = create_app(Settings.from_environment(environ))
        stack.enter_context(app.app_context())
        deployment = Deployment(running, environ, port, home / "log" / "programs.log")
        stack.callback(deployment.end)
        yield deployment
