"""A worker is killed in the middle of sending; nothing is lost and nothing goes twice (S7)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from flask import Flask

from channels.messages import Message
from channels.models import Delivery, Lane
from channels.sending import sweep
from service.jobs import JOBS, seal_audit
from service.settings import Settings
from tenants.actors import Actor
from tenants.audit import first_broken_link
from tests.channels.conftest import open_channel, outbox, say
from tests.conftest import Clock, Office
from tests.standins.twilio import TwilioStandIn

NEWS = Message("tests.crash", "News {number}", lane=Lane.REPLY)
NUMBER = 120
WORK = """
import sys
from channels.messages import Message
from channels.models import Lane
from service import cli
Message("tests.crash", "News {number}", lane=Lane.REPLY)
Message("tests.away_broadcast", "All {number}", lane=Lane.BULK)
sys.argv = ["qiao", "worker"]
cli.main()
"""


def start_worker(app: Flask, settings: Settings) -> subprocess.Popen[bytes]:
    """The real worker, on the servers of the test run."""
    environ = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "QIAO_BASE_URL": settings.base_url,
        "QIAO_PRIVACY_KEYS": ",".join(settings.privacy_keys),
        "QIAO_HOME": str(settings.home),
        "QIAO_TWILIO_API_URL": str(app.config["SETTINGS"].twilio_api_url),
    }
    return subprocess.Popen(
        [sys.executable, "-c", WORK], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def test_a_worker_killed_between_sending_and_recording_loses_nothing_and_repeats_nothing(
    app: Flask, settings: Settings, clock: Clock, county: Office, twilio: TwilioStandIn
) -> None:
    clock.now = datetime.now(UTC)
    open_channel(county, twilio)
    twilio.latency = 0.5
    for number in range(NUMBER):
        say(f"+8613800002{number:03}", NEWS(number=number), by=county.system)
    with start_worker(app, settings) as worker:
        deadline = time.monotonic() + 60
        while len(twilio.messages) < 20 and time.monotonic() < deadline:
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
    time.sleep(0.5)
    taken = len(twilio.messages)
    interrupted = [row for row in outbox(by=county.system) if row.state is Delivery.SENDING]
    assert 20 <= taken < NUMBER
    assert interrupted
    clock.now = datetime.now(UTC) + timedelta(seconds=61)
    twilio.latency = 0
    sweep()
    rows = outbox(by=county.system)
    assert {row.state for row in rows} == {Delivery.SENT}
    assert sorted(message["body"] for message in twilio.messages) == sorted(
        f"News {number}" for number in range(NUMBER)
    )
    assert {row.provider_id for row in rows} == {message["sid"] for message in twilio.messages}


def test_the_scheduler_knows_the_front_doors_work() -> None:
    every_five_seconds = {job.function for job in JOBS if job.every == 5}
    assert {sweep, seal_audit} <= every_five_seconds


def test_t6_the_sealer_seals_every_office(county: Office, province: Office) -> None:
    assert seal_audit() > 0
    assert seal_audit() == 0
    for office in (county, province):
        number, wrong = first_broken_link(by=Actor.system(office.id))
        assert wrong is None
        assert number >= 0
