"""Proof under fire: nothing is lost and nothing happens twice, whatever dies meanwhile.

``outbound``: messages of three offices go to a provider that delays, refuses, hangs after accepting and drops connections, and
reports late, twice and out of order, while workers are killed, Redis is killed and emptied and PostgreSQL is restarted.
``inbound``: signed webhooks, a fifth of them repeats and some of those at the same moment, while the web server is killed.
Prints figures and ends with an error if a promise is broken.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import urllib3
from flask import Flask

from channels.contacts import contact_for
from channels.messages import Message
from channels.models import Lane
from channels.outbox import tell
from channels.registry import add_channel
from service import cli
from service.app import create_app
from service.servers import Running, embedded_servers, processes
from service.settings import Secrets, Settings
from tenants import schema
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command
from tenants.offices import add_office
from tenants.permissions import Permission
from tests.bench.inbound import free_port
from tests.standins.twilio import Misbehaviour, TwilioStandIn, signed_post

NEWS = Message("bench.news", "News {number}", lane=Lane.NOTICE)
OFFICES = 3
UNDER_WAY = ("queued", "sending")
PATIENCE = 900
"""Seconds that all messages have to reach an end state once everything works again."""


class Moody(TwilioStandIn):
    """The provider on a bad day, until ``calm``; its reports come late, twice and out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.calm = False
        self.moods: Counter[str] = Counter()
        self.dice = random.Random(7)
        self.reporters = ThreadPoolExecutor(4)

    def next_misbehaviour(self) -> Misbehaviour:
        """Mostly slow, now and then worse."""
        names = ("slow", "busy", "broken", "hangs", "drops", "drops after taking")
        mood = "slow" if self.calm else self.dice.choices(names, (82, 5, 4, 2, 4, 3))[0]
        self.moods[mood] += 1
        return {
            "slow": Misbehaviour(delay=self.dice.uniform(0, 0.2)),
            "busy": Misbehaviour(status=429, code=20429, retry_after=1),
            "broken": Misbehaviour(status=500),
            "hangs": Misbehaviour(accepts=True, hangs=True),
            "drops": Misbehaviour(drops=True),
            "drops after taking": Misbehaviour(accepts=True, drops=True),
        }[mood]

    def take(self, form: Any) -> dict[str, Any]:
        """Take a message, and report on it some time."""
        message = super().take(form)
        reports = self.dice.sample(["sent", "delivered"], 2)
        reports += reports[: self.dice.randrange(2)]
        self.reporters.submit(self._report_late, message["sid"], reports, self.dice.uniform(0, 0.3))
        return message

    def _report_late(self, sid: str, reports: Sequence[str], delay: float) -> None:
        time.sleep(delay)
        for status in reports:
            with suppress(urllib3.exceptions.HTTPError):
                self.report(sid, status)


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

    def wait_until_ready(self) -> None:
        """Wait until the web server answers."""
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
def deployed(provider: Moody) -> Iterator[tuple[Deployment, Flask, list[Any]]]:
    """A deployment with three offices that each have a number at the provider."""
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
            "QIAO_TWILIO_API_URL": provider.url,
            "QIAO_HOME": str(home),
        }
        app = create_app(Settings.from_environment(environ))
        stack.enter_context(app.app_context())
        channels = list(_offices(provider))
        deployment = Deployment(running, environ, port, home / "log" / "programs.log")
        stack.callback(deployment.end)
        for name in ("web", "cron", "worker 1", "worker 2"):
            deployment.start(name)
        deployment.wait_until_ready()
        yield deployment, app, channels


def _offices(provider: Moody) -> Iterator[Any]:
    # Offices for demonstration have no quiet hours: the benchmark may run at night.
    add_office("province", name_zh="省", name_en="Province", demo=True, by=Actor.system())
    for number in range(OFFICES):
        office = add_office(
            f"county{number}",
            name_zh=f"第{number}县",
            name_en=f"County {number}",
            parent="province",
            demo=True,
            by=Actor.system(),
        )
        credentials = {"account_sid": provider.account_sid, "auth_token": provider.auth_token}
        channel = add_channel("twilio", f"+86139000000{number:02}", credentials, by=Actor.system(office.id))
        _hasten(channel, by=Actor.system(office.id))
        yield channel


@command(Permission.CHANNEL_WRITE)
def _hasten(channel: Any, *, by: Actor) -> None:
    db.session.merge(channel).parts_per_second = 25


@command(Permission.MESSAGE_SEND)
def _say(numbers: Sequence[int], *, by: Actor) -> None:
    for number in numbers:
        tell(contact_for(f"+86138{number:08}", by=by).id, NEWS(number=number), by=by)


def outbound(deployment: Deployment, provider: Moody, channels: list[Any], total: int, kills: int) -> None:
    """Send ``total`` messages while things die; every one reaches an end state, none is taken twice."""
    for begin in range(0, total, 100):
        numbers = range(begin, min(begin + 100, total))
        _say(numbers, by=Actor.system(channels[begin // 100 % OFFICES].tenant_id))
    print(f"outbound: {total} messages of {OFFICES} offices wait", flush=True)
    pause = max(total / (OFFICES * 25) / kills, 1.0)
    disasters: dict[int, Callable[[], None]] = {
        kills // 5: deployment.kill_and_empty_redis,
        2 * kills // 5: deployment.restart_postgresql,
        3 * kills // 5: deployment.kill_and_empty_redis,
        4 * kills // 5: deployment.restart_postgresql,
    }
    begun = time.monotonic()
    for number in range(kills):
        time.sleep(pause)
        disasters.get(number, lambda: None)()
        deployment.kill(f"worker {number % 2 + 1}")
        deployment.tend()
    provider.calm = True
    print(f"  {kills} workers killed, Redis emptied twice, PostgreSQL restarted twice: {_states(deployment)}")
    print(f"  programs that ended by themselves and were started again: {deployment.ended}", flush=True)
    deadline = time.monotonic() + PATIENCE
    while any(state in UNDER_WAY for state in _states(deployment)) and time.monotonic() < deadline:
        time.sleep(2)
        deployment.tend()
    provider.reporters.shutdown()
    states = _states(deployment)
    taken = Counter(message["body"] for message in provider.messages)
    twice = {body: times for body, times in taken.items() if times > 1}
    lost = total - len(taken) - states.get("failed", 0) - states.get("expired", 0)
    print(f"  after {time.monotonic() - begun:.0f} s: {states}; the provider's moods: {dict(provider.moods)}")
    print(
        f"  taken {sum(taken.values())}, different {len(taken)}, twice {len(twice)}, lost {lost}", flush=True
    )
    assert not any(state in UNDER_WAY for state in states), "some never reached an end state"
    assert sum(states.values()) == total
    assert not twice
    assert lost == 0


def _states(deployment: Deployment) -> dict[str, int]:
    return dict(deployment.ask("SELECT state, count(*) FROM outbound_messages GROUP BY state ORDER BY state"))


CONVERSATION = ("登记", "清河县青苗助学服务中心", "帮助留守儿童上学", "课后辅导、家访、营养午餐")


class Phones:
    """Many phones at once, each text repeated by the provider until it is answered, some without need."""

    def __init__(self, deployment: Deployment, provider: Moody, channel: Any) -> None:
        self.path = f"/channels/twilio/{channel.key}/inbound"
        self.url = f"http://127.0.0.1:{deployment.port}{self.path}"
        self.provider, self.channel = provider, channel
        self.replies: dict[str, set[str]] = {}
        self.webhooks = Counter[str]()
        self.lock = threading.Lock()
        self.twins = ThreadPoolExecutor(8)

    def send(self, sender: str, text: str, sid: str, fate: float) -> None:
        """Send a text; with a ``fate`` below a quarter once more, half of those at the same moment."""
        form = {
            "MessageSid": sid,
            "AccountSid": self.provider.account_sid,
            "From": sender,
            "To": self.channel.number,
            "Body": text,
            "NumMedia": "0",
        }
        twin = self.twins.submit(self._until_answered, form) if fate < 0.125 else None
        self._until_answered(form)
        if twin is not None:
            twin.result()
        elif fate < 0.25:
            self._until_answered(form)

    def _until_answered(self, form: dict[str, str]) -> None:
        for _attempt in range(600):
            with suppress(urllib3.exceptions.HTTPError):
                status, body = signed_post(self.url, form, self.provider.auth_token)
                with self.lock:
                    self.webhooks[str(status)] += 1
                    if status == 200:
                        self.replies.setdefault(form["MessageSid"], set()).add(body)
                if status == 200:
                    return
            with self.lock:
                self.webhooks["asked again"] += 1
            time.sleep(0.1)
        raise RuntimeError("never answered")


def inbound(deployment: Deployment, provider: Moody, channel: Any, total: int, kills: int) -> None:
    """Take ``total`` webhooks in while the web server dies; each answered one has one row, one effect and one reply."""
    phones, dice = Phones(deployment, provider, channel), random.Random(11)
    scripts: list[tuple[str, ...]] = [("投诉 水池漏水，三个月没有人修",)] * (total * 8 // 25)
    scripts += [CONVERSATION] * (total * 3 // 25)
    dice.shuffle(scripts)
    sids = [[f"SM{dice.getrandbits(128):032x}" for _text in script] for script in scripts]
    fates = [[dice.random() for _text in script] for script in scripts]

    def play(number: int) -> None:
        for text, sid, fate in zip(scripts[number], sids[number], fates[number], strict=True):
            phones.send(f"+86137{number:08}", text, sid, fate)

    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        playing = [pool.submit(play, number) for number in range(len(scripts))]
        for part in range(1, kills + 1):
            while sum(one.done() for one in playing) < part * len(scripts) // (kills + 1):
                time.sleep(0.05)
            deployment.kill("web")
        for one in playing:
            one.result()
    messages = sum(map(len, scripts))
    seconds = time.monotonic() - begun
    print(
        f"inbound: {messages} messages, {phones.webhooks['200']} answered webhooks in {seconds:.0f} s, web killed {kills} times"
    )
    print(f"  answers: {dict(phones.webhooks)}", flush=True)
    stored = deployment.ask(
        "SELECT count(*), count(DISTINCT provider_id) FROM inbound_messages WHERE tenant_id = %s",
        channel.tenant_id,
    )
    cases = deployment.ask("SELECT count(*) FROM complaints WHERE tenant_id = %s", channel.tenant_id)
    steps = deployment.ask(
        "SELECT name, step, count(*) FROM dialogues WHERE tenant_id = %s GROUP BY name, step",
        channel.tenant_id,
    )
    different = sum(len(replies) > 1 for replies in phones.replies.values())
    complaints = sum(len(script) == 1 for script in scripts)
    print(
        f"  stored {stored[0]}, cases {cases[0][0]} of {complaints}, dialogues {steps}, with two replies {different}"
    )
    assert stored == [(messages, messages)]
    assert cases == [(complaints,)]
    registering = [number for name, _step, number in steps if name == "register"]
    assert registering == [len(scripts) - complaints], "a repeat moved a dialogue on"
    assert different == 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both proofs, or (``program``) one of the deployment's own programs, which knows the benchmark's message."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["program"]:
        sys.argv = ["qiao", *given[1:]]
        cli.main()
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outbound", type=int, default=5000, help="messages")
    parser.add_argument("--inbound", type=int, default=20000, help="webhooks")
    parser.add_argument("--worker-kills", type=int, default=30)
    parser.add_argument("--web-kills", type=int, default=10)
    options = parser.parse_args(given)
    with Moody() as provider, deployed(provider) as (deployment, _app, channels):
        if options.inbound:
            inbound(deployment, provider, channels[0], options.inbound, options.web_kills)
        if options.outbound:
            outbound(deployment, provider, channels, options.outbound, options.worker_kills)
    print("nothing lost, nothing twice")


if __name__ == "__main__":
    main()
