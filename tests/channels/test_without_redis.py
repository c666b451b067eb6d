"""With Redis away answers and notices still go; broadcasts stop, and go on by themselves (S6)."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from datetime import time as at_midnight
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from redis import Redis

from channels.jobs import nudge
from channels.messages import Message
from channels.models import Delivery, Lane
from channels.sending import send_due
from service.servers import processes
from service.servers.redis_server import RedisServer
from service.settings import Settings
from tenants.settings import change_settings
from tests.channels.conftest import open_channel, outbox, say
from tests.channels.test_sending import no_channel_is_remembered as no_channel_is_remembered
from tests.channels.test_worker_crash import start_worker
from tests.conftest import Clock, Office
from tests.standins.twilio import TwilioStandIn

ANSWER = Message("tests.crash", "News {number}", lane=Lane.REPLY)
"""Known to the worker of ``start_worker``, as are the messages of the house."""
NOTICE = Message("tests.away_notice", "Notice {number}")
BROADCAST = Message("tests.away_broadcast", "All {number}", lane=Lane.BULK)


def await_until(holds: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def away(app: Flask, twilio: TwilioStandIn) -> Iterator[None]:
    """A Redis that nobody reaches."""
    there, known = app.extensions.pop("qiao.redis", None), app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(known, redis_url="redis://127.0.0.1:1/0")
    yield
    app.extensions.pop("qiao.redis", None)
    app.config["SETTINGS"] = known
    if there is not None:
        app.extensions["qiao.redis"] = there


def test_nobody_waits_long_for_a_nudge_that_does_not_arrive(away: None) -> None:
    begun = time.monotonic()
    for _ in range(5):
        nudge()
    assert time.monotonic() - begun < 1


def test_s6_without_redis_broadcasts_stay_where_they_are_and_lose_no_attempt(
    county: Office, twilio: TwilioStandIn, away: None
) -> None:
    open_channel(county, twilio)
    for number, message in enumerate((ANSWER, NOTICE, BROADCAST)):
        say(f"+8613800000{number:03}", message(number=number), by=county.system)
    send_due()
    rows = outbox(by=county.system)
    assert [row.state for row in rows] == [Delivery.SENT, Delivery.SENT, Delivery.QUEUED]
    assert (rows[2].attempts, rows[2].failure) == (0, None)


def test_s6_a_broadcast_claimed_just_before_redis_died_goes_back(
    county: Office, twilio: TwilioStandIn, away: None, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    open_channel(county, twilio)
    say("+8613800000001", BROADCAST(number=1), by=county.system)
    monkeypatch.setattr("channels.sending.redis_answers", iter((True, *[False] * 50)).__next__)
    send_due()
    (row,) = outbox(by=county.system)
    assert (row.state, row.attempts, twilio.messages) == (Delivery.QUEUED, 0, [])


@pytest.fixture
def own_redis(servers: SimpleNamespace) -> Iterator[RedisServer]:
    """A Redis of this test alone, to be killed."""
    with tempfile.TemporaryDirectory(prefix="qiao-") as home:
        for folder in ("log", "sockets"):
            (Path(home) / folder).mkdir(mode=0o700)
        redis = RedisServer(Path(home), Path(home) / "sockets", servers.secrets, durable=False)
        redis.start()
        yield redis
        redis.stop()


def test_s6_while_redis_is_dead_an_answer_goes_and_a_broadcast_waits_until_it_is_back(
    app: Flask,
    settings: Settings,
    county: Office,
    twilio: TwilioStandIn,
    own_redis: RedisServer,
    clock: Clock,
) -> None:
    clock.now = datetime.now(UTC)
    no_quiet_hours = {
        "quiet_from": at_midnight(),
        "quiet_until": at_midnight(),
    }  # the worker's clock is the real one
    change_settings(no_quiet_hours, by=county.administrator)
    open_channel(county, twilio)
    bodies = lambda: [message["body"] for message in twilio.messages]  # noqa: E731
    with start_worker(app, replace(settings, redis_url=own_redis.url)) as worker:
        try:
            assert await_until(lambda: bool(Redis.from_url(own_redis.url).smembers("rq:workers")))
            processes.end(processes.working_in(own_redis.folder, "redis-server"), first=signal.SIGKILL)
            say("+8613800000001", BROADCAST(number=1), by=county.system)
            say("+8613800000002", ANSWER(number=2), by=county.system)
            assert await_until(lambda: "News 2" in bodies())
            assert bodies() == ["News 2"]
            own_redis.start()
            assert await_until(lambda: len(bodies()) == 2)
        finally:
            worker.kill()
    assert bodies() == ["News 2", "All 1"]


def test_a_worker_asked_to_stop_just_as_redis_dies_stops(
    app: Flask, settings: Settings, twilio: TwilioStandIn, own_redis: RedisServer
) -> None:
    with start_worker(app, replace(settings, redis_url=own_redis.url)) as worker:
        try:
            assert await_until(lambda: bool(Redis.from_url(own_redis.url).smembers("rq:workers")))
            (server,) = processes.working_in(own_redis.folder, "redis-server")
            server.suspend()  # the worker's farewell waits for an answer that never comes
            worker.terminate()
            time.sleep(1)
            processes.end([server], first=signal.SIGKILL)
            assert worker.wait(20) == 0
        finally:
            worker.kill()
