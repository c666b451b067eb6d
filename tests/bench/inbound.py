"""Inbound messages: signed webhooks at a production server, beside a bare function and a plain view in the same run.

New conversations, continuing dialogues and repeats are mixed. Prints requests per second and p50/p95/p99 at 1, 8 and 32
connections, alternating between the three, and the ratio of the medians to the bare function.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from channels.gateways.twilio import sign
from service.app import create_app
from service.servers import Running, embedded_servers
from service.settings import Secrets, Settings
from service.supervisor import WEB_PROCESSES, WEB_THREADS
from tenants import schema
from tenants.actors import Actor
from tests.bench import load
from tests.bench.bare import TABLES, TOKEN, URL

BASE_URL = "http://qiao.bench"
NUMBER = "+8613900000001"

CONVERSATION = (
    "登记",
    "清河县青苗助学服务中心",
    "帮助留守儿童上学",
    "课后辅导、家访、营养午餐",
    "清河县城关镇",
    "2019年5月3日",
    "清河县民政局",
)
"""The first questions of a registration: what most texts are, one step of a dialogue."""

_CALLS = itertools.count()


def conversations(path: str, token: str, url: str, connections: int, each: int) -> list[list[bytes]]:
    """Prepared requests for each connection: whole conversations, every tenth text a repeat; new ones with each call."""
    dice = random.Random(next(_CALLS))
    prepared = []
    for _connection in range(connections):
        requests: list[bytes] = []
        while len(requests) < each:
            sender = f"+86138{dice.randrange(10**8):08}"
            for text in CONVERSATION:
                requests.append(_request(path, token, url, sender, text, f"SM{dice.getrandbits(128):032x}"))
                if dice.random() < 0.1:
                    requests.append(requests[-1])
        prepared.append(requests)
    return prepared


def _request(path: str, token: str, url: str, sender: str, text: str, sid: str) -> bytes:
    form = {
        "ToCountry": "CN",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": text,
        "FromCountry": "CN",
        "To": NUMBER,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": "AC1",
        "From": sender,
        "ApiVersion": "2010-04-01",
    }
    signature = sign(url, {name: [value] for name, value in form.items()}, token)
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(target: str, environ: dict[str, str], *, factory: bool = True) -> Iterator[int]:
    """A WSGI server as deployed, on a free port."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--workers",
        str(WEB_PROCESSES),
        "--blocking-threads",
        str(WEB_THREADS),
        "--http",
        "1",
        "--log-level",
        "warning",
        *(["--factory"] if factory else []),
        target,
    ]
    server = subprocess.Popen(command, env={**os.environ, **environ})
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(2)
        yield port
        print(f"{target}: {most_memory(server.pid):.0f} MiB at most in one process", flush=True)
    finally:
        server.terminate()
        server.wait(20)


def most_memory(pid: int) -> float:
    """The most memory, in MiB, that one of a server's worker processes has held so far."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    held = (re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{worker}/status").read_text()) for worker in workers)
    return max((int(found[1]) / 1024 for found in held if found), default=0.0)


def prepare(running: Running, secrets: Secrets) -> tuple[dict[str, str], str]:
    """An office with a number on a fresh database; the environment of its server, and the door's path."""
    from channels.registry import add_channel
    from tenants.offices import add_office

    schema.upgrade(running.owner_url, running.database_url)
    with psycopg.connect(schema.libpq(running.owner_url)) as connection:
        connection.execute(TABLES)
        connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO qiao_app")
        connection.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO qiao_app")
    environ = {
        "DATABASE_URL": running.database_url,
        "DATABASE_OWNER_URL": running.owner_url,
        "REDIS_URL": running.redis_url,
        "SECRET_KEY": secrets.secret_key,
        "QIAO_PRIVACY_KEYS": ",".join(secrets.privacy_keys),
        "QIAO_BASE_URL": BASE_URL,
        "QIAO_PRODUCTION": "1",
        "BENCH_DATABASE_URL": running.database_url,
    }
    app = create_app(Settings.from_environment(environ))
    with app.app_context():
        add_office("province", name_zh="省", name_en="Province", by=Actor.system())
        county = add_office(
            "county", name_zh="清河县扶贫办", name_en="Qinghe", parent="province", by=Actor.system()
        )
        channel = add_channel(
            "twilio", NUMBER, {"account_sid": "AC1", "auth_token": TOKEN}, by=Actor.system(county.id)
        )
    return environ, f"/channels/twilio/{channel.key}/inbound"


def settle(running: Running) -> None:
    """Wait until the planner knows the tables, as it does in any deployment that is older than a minute."""
    known = "SELECT last_autoanalyze FROM pg_stat_user_tables WHERE relname = 'inbound_messages'"
    deadline = time.monotonic() + 90
    with psycopg.connect(schema.libpq(running.owner_url), autocommit=True) as connection:
        while time.monotonic() < deadline and connection.execute(known).fetchone() in (None, (None,)):
            time.sleep(1)


def measure(
    ports: dict[str, int], path: str, connections: int, rounds: int, seconds: float
) -> dict[str, list[load.Result]]:
    """Alternate between the servers, ``rounds`` times each."""
    results: dict[str, list[load.Result]] = {name: [] for name in ports}
    for turn in range(rounds):
        for name, port in sorted(
            ports.items(), key=lambda item: random.Random(turn * 31 + len(item[0])).random()
        ):
            where, url = (path, BASE_URL + path) if name == "qiao" else ("/inbound", URL)
            each = int(6000 * seconds / connections) + 10
            prepared = conversations(where, TOKEN, url, connections, each)
            results[name].append(load.run(port, prepared, seconds))
    return results


def report(results: dict[str, list[load.Result]], connections: int) -> None:
    """One line a server: requests per second, latencies, ratio to the bare function of the same round.

    The machine's own speed moves from second to second; within a round it moves least.
    """
    for name, runs in results.items():
        ratios = [run.per_second / bare.per_second for run, bare in zip(runs, results["bare"], strict=True)]
        speed = statistics.median(run.per_second for run in runs)
        quantiles = " ".join(
            f"p{percent} {statistics.median(run.percentile(percent) for run in runs):7.2f} ms"
            for percent in (50, 95, 99)
        )
        ratio, bad = statistics.median(ratios), sum(run.bad for run in runs)
        print(
            f"c={connections:<3} {name:6} {speed:8.0f} req/s  {quantiles}  × bare {ratio:5.2f}  not 200: {bad}",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one trial")
    parser.add_argument(
        "--rounds", type=int, default=15, help="trials of each server at each number of connections"
    )
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32])
    options = parser.parse_args(arguments)
    home = Path(tempfile.mkdtemp(prefix="qiao-bench-"))
    secrets = Secrets.of(home)
    try:
        with embedded_servers(home, secrets, durable=True) as running:
            environ, path = prepare(running, secrets)
            with (
                served("service.wsgi:build", environ) as qiao,
                served("tests.bench.bare:build_bare", environ) as bare,
                served("tests.bench.bare:build_plain", environ) as plain,
            ):
                ports = {"qiao": qiao, "bare": bare, "plain": plain}
                measure(ports, path, 8, 1, 2.0)
                settle(running)
                for connections in options.connections:
                    report(measure(ports, path, connections, options.rounds, options.seconds), connections)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
