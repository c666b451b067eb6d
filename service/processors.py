"""Which processor a web process runs on."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def keep_to_one_processor() -> None:
    """Run on one processor from now on, the one that the fewest of the server's other processes keep to.

    An interpreter uses one at a time anyway, and is quicker where its memory lies in the cache (docs/performance.md).
    Threads begun later stay there too. Does nothing where the system has no such thing (other than Linux).
    """
    siblings = Path(f"/proc/{os.getppid()}/task/{os.getppid()}/children")
    if not siblings.exists():
        return
    with open(__file__) as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        taken = Counter(_kept_to_by(siblings.read_text().split()))
        os.sched_setaffinity(0, {min(sorted(os.sched_getaffinity(0)), key=lambda one: taken[one])})


def _kept_to_by(processes: Iterable[str]) -> Iterator[int]:
    for process in processes:
        with suppress(ProcessLookupError):
            kept_to = os.sched_getaffinity(int(process))
            if int(process) != os.getpid() and len(kept_to) == 1:
                yield from kept_to
