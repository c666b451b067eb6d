"""Debian's own Kannel between a phone and the office: bearerbox, smsbox and its fake operator, configured as we print it."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, unquote_to_bytes

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select
from werkzeug.serving import make_server

from channels.gateways import kannel
from channels.messages import Message
from channels.models import Delivery, InboundMessage
from channels.providers import public_url
from channels.registry import add_channel, channel_by_key
from channels.sending import send_due
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tests.channels.conftest import outbox, say
from tests.conftest import Office

BEARERBOX, SMSBOX = shutil.which("bearerbox", path="/usr/sbin"), shutil.which("smsbox", path="/usr/sbin")
OPERATOR = shutil.which("fakesmsc", path="/usr/lib/kannel/test")

pytestmark = pytest.mark.skipif(
    not (BEARERBOX and SMSBOX and OPERATOR),
    reason="Debian's Kannel is not installed here: apt-get install kannel kannel-extras",
)

NEWS = Message("tests.kannel_real", "水池“修好”了，编号 {number}。")
SECRET = "s-ecret_9"
PATIENCE = 20.0
"""Seconds that anything may take on a busy machine."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(true: Callable[[], object], what: str) -> None:
    """Wait for what must come."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def listening(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(*command: str, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A program of Kannel's while the ``with`` block lasts."""
    with log.open("w") as writing:
        program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=writing, stderr=writing, text=True)
        try:
            yield program
        finally:
            program.send_signal(signal.SIGTERM)
            try:
                program.wait(5)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """The office's web server while the ``with`` block lasts."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Operator:
    """The fake operator and its one phone."""

    def __init__(self, program: subprocess.Popen[str], log: Path) -> None:
        self._program, self._log = program, log

    def hears(self, text: str) -> None:
        """The phone sends a text."""
        coded = quote(text.encode("utf-16-be"), safe="")
        assert self._program.stdin is not None
        self._program.stdin.write(f"8613800000001 10690001 ucs2 {coded}\n")
        self._program.stdin.flush()

    def texts(self) -> list[str]:
        """What the phone got, each text put together from its parts."""
        got = re.findall(
            r"Got message \d+: <10690001 \+?8613800000001 (ucs-2|udh \S+ data) (\S*)>",
            self._log.read_text("latin-1"),
        )
        pieces = [unquote_to_bytes(coded.replace("+", " ")) for _kind, coded in got]
        whole, rest = [], b""
        for (kind, _coded), piece in zip(got, pieces, strict=True):
            rest += piece
            total, number = kind.removesuffix(" data").split("%")[-2:] if kind != "ucs-2" else ("1", "1")
            if total == number:
                whole.append(rest.decode("utf-16-be"))
                rest = b""
        return whole


@pytest.fixture
def county_by_kannel(
    app: Flask, settings: Settings, county: Office, tmp_path: Path
) -> Iterator[SimpleNamespace]:
    """The county's number at a real Kannel, with the configuration that setting it up prints."""
    Redis.from_url(settings.redis_url).flushdb()
    ours, core, boxes, operator, sendsms = (free_port() for _port in range(5))
    app.config["SETTINGS"] = replace(settings, base_url=f"http://127.0.0.1:{ours}")
    credentials = {
        "sendsms_url": f"http://127.0.0.1:{sendsms}/cgi-bin/sendsms",
        "username": "qiao",
        "password": "pass word",
        "secret": SECRET,
        "allow_from": "127.0.0.1",
    }
    channel = channel_by_key("kannel", add_channel("kannel", "10690001", credentials, by=county.system).key)
    printed = kannel.configuration(public_url(channel, "inbound"), SECRET)
    assert "http-queue-delay = 15" in printed
    file = tmp_path / "kannel.conf"
    file.write_text(
        f"""
group = core
admin-port = {core}
admin-password = {SECRET}
smsbox-port = {boxes}
box-allow-ip = 127.0.0.1
store-type = file
store-file = {tmp_path / "store"}
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
port = {operator}
connect-allow-ip = 127.0.0.1

group = sendsms-user
username = qiao
password = "pass word"
max-messages = 10
concatenation = true

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
{printed.replace("http-queue-delay = 15", "http-queue-delay = 1")}"""
    )
    with ExitStack() as stack:
        for program, port in ((BEARERBOX, operator), (SMSBOX, sendsms)):
            log = tmp_path / f"{Path(str(program)).name}.log"
            stack.enter_context(running(str(program), "-v", "1", str(file), log=log))
            until(
                lambda port=port: listening(port),
                f"{program} does not start: {log.read_text('latin-1')[-500:]}",
            )  # type: ignore[misc]
        log = tmp_path / "operator.log"
        phone = stack.enter_context(running(str(OPERATOR), "-r", str(operator), "-i", "0.01", log=log))
        smsbox = tmp_path / "smsbox.log"
        yield SimpleNamespace(office=county, port=ours, operator=Operator(phone, log), smsbox=smsbox)
    app.config["SETTINGS"] = settings


@query(Permission.CHANNEL_READ)
def stored(*, by: Actor) -> list[InboundMessage]:
    """Everything the office took in."""
    return list(db.session.scalars(select(InboundMessage).where(InboundMessage.tenant_id == by.tenant_id)))


def test_a_conversation_through_a_real_kannel(app: Flask, county_by_kannel: SimpleNamespace) -> None:
    office, operator = county_by_kannel.office, county_by_kannel.operator
    operator.hears("投诉 水池“漏水”没人管")
    missed = "Couldn't fetch"  # our own server is away: Kannel comes again
    until(lambda: missed in county_by_kannel.smsbox.read_text("latin-1"), "Kannel did not even try")
    with served(app, county_by_kannel.port):
        until(lambda: operator.texts(), "the first text was never answered")
        operator.hears("帮助")
        until(lambda: len(operator.texts()) == 2, "the second text was never answered")
        first, second = operator.texts()
        assert "清河县扶贫办" in second
        assert re.search(r"\d{10}", first), "the complaint has a reference"
        assert len(stored(by=office.system)) == 2

        say("+8613800000001", NEWS(number=7), by=office.system)
        assert send_due() == 1
        until(lambda: outbox(by=office.system)[-1].state is Delivery.DELIVERED, "no delivery report came")
        until(lambda: len(operator.texts()) == 3, "the notice never reached the phone")
        assert operator.texts()[-1] == "水池“修好”了，编号 7。"

        say("+8613800000001", NEWS(number="甲" * 500), by=office.system)
        assert send_due() == 1
        until(lambda: len(operator.texts()) == 4, "eight parts in one notice never reached the phone")
        assert operator.texts()[-1] == f"水池“修好”了，编号 {'甲' * 500}。"
