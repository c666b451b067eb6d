"""The two programs beside the web: the worker that does jobs, the scheduler that says when they are due."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue, SimpleWorker
from rq.cron import CronScheduler

from service.settings import Settings
from tenants.schema import libpq

LANES = ("reply", "transactional", "bulk")
"""Queues in the order in which they are served: who waits for an answer comes before a broadcast."""

SCHEDULER_LOCK = 0x5149414F
LOOK_EVERY = 5.0
SHORTEST_WAIT = 0.5


@dataclass(frozen=True)
class Scheduled:
    """A job that is due again and again: ``every`` so many seconds, or ``at`` a cron time in Asia/Shanghai.

    It acts on state, so that a missed or doubled tick changes nothing.
    """

    function: Callable[[], object]
    lane: str
    every: int | None = None
    at: str | None = None


def work(app: Flask, settings: Settings) -> None:
    """Do jobs, the urgent lanes first, until asked to stop."""
    connection = Redis.from_url(settings.redis_url)
    with app.app_context():
        lanes = [Queue(lane, connection=connection) for lane in LANES]
        SimpleWorker(lanes, connection=connection).work(logging_level="WARNING")


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
