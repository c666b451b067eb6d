"""Child processes that do not outlive their use: they die with their parent, a new start ends any left over.

A process is recognised by the folder it works in (servers) or by a mark in its environment (our own
programs), never by a number in a file, so that a number taken over by a stranger's process harms nobody.
Start children from the main thread: the kernel signals them when the thread that started them ends.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

MARK = "QIAO_SUPERVISED"
LOG_LIMIT = 10 * 1024 * 1024

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


class ServerError(Exception):
    """A server or a child cannot start; the message is for the person at the terminal."""


def hold(home: Path) -> IO[str]:
    """Take ``home`` for this process until the returned file is closed; ``ServerError`` if another has it."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)
        lock = open(os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")  # noqa: SIM115
    except PermissionError as error:
        raise ServerError(f"{home} belongs to another user: run as that user, or set QIAO_HOME.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise ServerError(
            f"{home} is in use by another `qiao` command: stop it, or set QIAO_HOME."
        ) from error
    return lock


def start(
    command: list[str],
    *,
    folder: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    uid: int | None = None,
    when_parent_dies: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in ``folder`` as a process group of its own, its output appended to ``log``.

    ``uid`` runs it as that unprivileged user (only root may); ``when_parent_dies`` is what the kernel sends
    then.
    """
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_before_exec(uid, when_parent_dies),
        )


def run(command: list[str], *, folder: Path, env: Mapping[str, str], uid: int | None = None) -> None:
    """Run ``command`` to its end; ``ServerError`` with its last words if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=_before_exec(uid, signal.SIGKILL),
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise ServerError(f"{Path(command[0]).name} failed: {' '.join(words[-3:])}")


def end(
    processes: Iterable[psutil.Process], first: signal.Signals = signal.SIGTERM, patience: float = 10
) -> None:
    """Ask each process to end, wait up to ``patience`` seconds, then kill what remains."""
    asked = list(processes)
    for process in asked:
        _send(process, first)
    for process in psutil.wait_procs(asked, timeout=patience)[1]:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(asked, timeout=5)


def group_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """What still lives of the group that ``start`` made, whether or not its first process does."""
    return [other for other in psutil.process_iter() if _group(other) == process.pid]


def working_in(folder: Path, program: str) -> list[psutil.Process]:
    """The processes named ``program`` whose working folder is ``folder`` or lies in it."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd", "ppid"])
        if process.info["name"] == program
        and process.info["cwd"]
        and folder in _and_parents(process.info["cwd"])
    ]


def heads(found: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Those of what ``working_in`` found whose parent is not among them, some ended meanwhile or not."""
    numbers = {process.pid for process in found}
    return [process for process in found if process.info["ppid"] not in numbers]


def marked(home: Path) -> list[psutil.Process]:
    """Our own programs that a ``qiao up`` on ``home`` started, by the mark in their environment."""
    return [
        process
        for process in psutil.process_iter(["environ"])
        if process.pid != os.getpid() and (process.info["environ"] or {}).get(MARK) == str(home)
    ]


def tail(log: Path, lines: int = 3) -> str:
    """The last words of a log, for the message of a failed start."""
    return " ".join(log.read_text(errors="replace").strip().splitlines()[-lines:]) if log.exists() else ""


def _and_parents(path: str) -> list[Path]:
    return [Path(path), *Path(path).parents]


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid) if process.status() != psutil.STATUS_ZOMBIE else None
    except (ProcessLookupError, psutil.Error):
        return None


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _before_exec(uid: int | None, when_parent_dies: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if uid is not None:
            _become(uid)
        _libc.prctl(PR_SET_PDEATHSIG, int(when_parent_dies), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def _become(uid: int) -> None:
    """Give up root for ``uid``, keeping only the way through folders closed to others, such as ``/root``."""
    # Without this bit the change of user takes every capability, and access(2) goes on ignoring the one kept.
    keeps = _libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if keeps:
        kept = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0)
        if _libc.capset(header, sets):
            os._exit(1)
        _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
