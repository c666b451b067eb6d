"""The two programs beside the web: the worker that does jobs, the scheduler that says when they are due."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

import psycopg
import structlog
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.cron import CronScheduler
from rq.exceptions import StopRequested

from channels.jobs import go_on_sending
from channels.sending import send_without_redis
from service.settings import Settings
from tenants.schema import libpq

LANES = ("reply", "transactional", "bulk")
"""Queues in the order in which they are served: who waits for an answer comes before a broadcast."""

SCHEDULER_LOCK = 0x5149414F
LOOK_EVERY = 5.0
SHORTEST_WAIT = 0.5
LOOK_FOR_REDIS = 2.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Scheduled:
    """A job that is due again and again: ``every`` so many seconds, or ``at`` a cron time in Asia/Shanghai.

    It acts on state, so that a missed or doubled tick changes nothing.
    """

    function: Callable[[], object]
    lane: str
    every: int | None = None
    at: str | None = None


class Worker(SimpleWorker):
    """A worker that is back soon after Redis is, and remembers a request to stop even if Redis dies of it."""

    max_connection_wait_time = 5.0

    def __init__(self, queues: Sequence[Queue], connection: Redis, asked_to_stop: threading.Event) -> None:
        super().__init__(queues, connection=connection)
        self.asked_to_stop = asked_to_stop

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop after the job at hand (what SIGTERM asks)."""
        self.asked_to_stop.set()
        super().request_stop(signum, frame)


def work(app: Flask, settings: Settings) -> None:
    """Do jobs, the urgent lanes first, until asked to stop. While Redis is away, answers and notices still go."""
    connection = Redis.from_url(settings.redis_url)
    asked_to_stop = threading.Event()
    threading.Thread(target=_look_after_answers, args=(app,), daemon=True).start()
    with app.app_context(), suppress(StopRequested):
        lanes = [Queue(lane, connection=connection) for lane in LANES]
        while not asked_to_stop.is_set():
            try:
                Worker(lanes, connection, asked_to_stop).work(logging_level="WARNING")
            except RedisError as away:
                log.warning("redis_away", kind=type(away).__name__)
                time.sleep(1)
            else:
                return


def _look_after_answers(app: Flask) -> None:
    away = False
    while True:
        time.sleep(LOOK_FOR_REDIS)
        try:
            with app.app_context():
                was_away, away = away, send_without_redis()
                if was_away and not away:
                    go_on_sending()
        except Exception as failure:
            log.warning("sending_without_redis_failed", kind=type(failure).__name__)


def schedule(jobs: Iterable[Scheduled], settings: Settings) -> None:
    """Queue ``jobs`` when they are due; of a deployment's schedulers only the holder of the lock does."""
    os.environ["TZ"] = "Asia/Shanghai"
    time.tzset()
    scheduler = CronScheduler(Redis.from_url(settings.redis_url), logging_level="WARNING")
    for job in jobs:
        # A tick that nobody worked on before the next one is due has lost its use.
        keep = job.every or 3600
        scheduler.register(
            job.function, job.lane, interval=job.every, cron=job.at, ttl=keep, result_ttl=0, failure_ttl=keep
        )
    with psycopg.connect(libpq(settings.database_url), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [SCHEDULER_LOCK])
        while True:
            # The lock lives as long as its connection: without it another scheduler may have taken over.
            connection.execute("SELECT 1")
            with suppress(RedisConnectionError):
                scheduler.enqueue_jobs()
            time.sleep(min(max(scheduler.calculate_sleep_interval(), SHORTEST_WAIT), LOOK_EVERY))
