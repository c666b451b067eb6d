"""A phone in the terminal speaks to the running server as the provider does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.serving import make_server

from channels.registry import add_channel
from service.settings import Settings
from tests.conftest import Office

NUMBER = "+8613900000077"


@pytest.fixture
def port(app: Flask, settings: Settings, county: Office) -> Iterator[int]:
    """A running server of an office with a number, reached at another address than its public one."""
    add_channel("twilio", NUMBER, {"account_sid": "AC1", "auth_token": "secret"}, by=county.system)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app.config["SETTINGS"] = replace(settings, port=server.server_port)
    yield server.server_port
    app.config["SETTINGS"] = settings
    server.shutdown()


def environ_of(settings: Settings, port: int) -> dict[str, str]:
    """The environment of a command on servers that run already."""
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "QIAO_BASE_URL": settings.base_url,
        "QIAO_PRIVACY_KEYS": ",".join(settings.privacy_keys),
        "QIAO_HOME": str(settings.home),
        "PORT": str(port),
    }


def qiao(settings: Settings, port: int, *words: str) -> subprocess.CompletedProcess[str]:
    """``qiao …`` as an operator types it, on servers that run already."""
    command = [sys.executable, "-m", "service.cli", *words]
    environ = environ_of(settings, port)
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)


def qiao_sms(settings: Settings, port: int, *words: str) -> subprocess.CompletedProcess[str]:
    """``qiao sms`` as an operator types it."""
    return qiao(settings, port, "sms", *words)


def test_a_text_from_the_terminal_gets_the_reply_a_phone_gets(settings: Settings, port: int) -> None:
    sent = qiao_sms(settings, port, "--to", NUMBER, "--from", "13800000001", "帮助")
    assert sent.returncode == 0, sent.stderr
    assert "清河县扶贫办" in sent.stdout


@pytest.mark.parametrize(
    ("to", "sender", "says"),
    [("+8613999999999", "13800000001", "No office"), (NUMBER, "abc", "not a phone number")],
)
def test_a_number_that_leads_nowhere_is_named(
    settings: Settings, port: int, to: str, sender: str, says: str
) -> None:
    refused = qiao_sms(settings, port, "--to", to, "--from", sender, "帮助")
    assert refused.returncode != 0
    assert says in refused.stderr


def test_where_no_server_runs_it_says_how_to_start_one(settings: Settings, port: int) -> None:
    refused = qiao_sms(settings, 1, "--to", NUMBER, "--from", "13800000001", "帮助")
    assert refused.returncode != 0
    assert "qiao up" in refused.stderr
