"""Sending: one worker empties the outbox to a provider that takes 50 ms for each message, beside a bare pool of 32
keep-alive connections that makes the same number of the same requests; the two alternate.

The worker's way is all it does: claim, words, rate, request, outcome, all in one process. Prints messages a second and the
ratio of the medians.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import urllib3

from channels.sending import send_due
from tests.bench.fanout import COPY_ROWS, Deployment, deployment, freeze
from tests.bench.provider import provider

CONNECTIONS = 32
LATENCY = 50
"""Milliseconds that the provider takes."""

FAST = "UPDATE channels SET parts_per_second = 100000"
AGAIN = (
    "TRUNCATE outbound_messages",
    "INSERT INTO outbound_messages SELECT * FROM frozen",
    "ANALYZE outbound_messages",
)


def worker(made: Deployment, number: int) -> float:
    """Let one worker send all that waits; messages a second."""
    made.as_owner(*AGAIN)
    begun, sent = time.perf_counter(), 0
    while tried := send_due():
        sent += tried
    seconds = time.perf_counter() - begun
    assert sent == number, (sent, number)
    return sent / seconds


def bare(url: str, number: int) -> float:
    """So many requests through a pool; requests a second."""
    pool = urllib3.PoolManager(maxsize=CONNECTIONS, block=True, retries=False)
    body = urlencode({"To": "+8613800138000", "From": "+8613900000001", "Body": "明天停水"})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic QUM6eA=="}
    address = f"{url}/2010-04-01/Accounts/AC1/Messages.json"

    def post(_turn: int) -> int:
        return pool.request("POST", address, body=body, headers=headers).status

    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        assert set(threads.map(post, range(number))) == {201}
    return number / (time.perf_counter() - begun)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="trials of each way")
    options = parser.parse_args(arguments)
    people = -(-options.messages * 50 // 49)
    with provider(LATENCY) as url, deployment(people, url) as made:
        number = freeze(made).people or 0
        made.as_owner(COPY_ROWS, FAST)
        speeds: dict[str, list[float]] = {"bare": [], "worker": []}
        for _round in range(options.rounds):
            speeds["bare"].append(bare(url, number))
            speeds["worker"].append(worker(made, number))
        medians = {name: statistics.median(trials) for name, trials in speeds.items()}
        for name, trials in speeds.items():
            each = " ".join(f"{one:.0f}" for one in trials)
            print(f"{name:7} {medians[name]:6.0f} messages/s   ({each})")
        print(f"worker ÷ bare: {medians['worker'] / medians['bare']:.2f}")
        print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    main()
