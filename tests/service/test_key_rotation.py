"""``qiao keys rotate``, on servers of one's own and on embedded ones (T7)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from service.cli import qiao
from service.settings import Secrets
from tenants.database import db
from tenants.people import add_person, list_members
from tenants.permissions import Role
from tests.conftest import Clock, Office
from tests.tenants.test_privacy import NEW, keys

SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY")


def run(*arguments: str, **environ: str) -> Result:
    """A command in an environment of its own."""
    hidden = {name: None for name in os.environ if name.startswith("QIAO_") or name in SERVERS}
    return CliRunner(env={**hidden, **environ}).invoke(qiao, arguments)


@pytest.fixture
def own(servers: SimpleNamespace) -> Iterator[dict[str, str]]:
    """The environment of a deployment on servers of one's own, with a new key before the old one."""
    return {
        "DATABASE_URL": servers.database_url, "DATABASE_OWNER_URL": servers.owner_url, "REDIS_URL": servers.redis_url,
        "SECRET_KEY": servers.secrets.secret_key, "QIAO_BASE_URL": "http://qiao.test",
        "QIAO_PRIVACY_KEYS": ",".join([NEW, *servers.secrets.privacy_keys]),
    }  # fmt: skip


def test_on_own_servers_all_data_come_under_the_first_of_the_keys(
    app: Flask, county: Office, own: dict[str, str]
) -> None:
    add_person("wang@example.org", name="王敏", roles=[Role.EXPERT], by=county.administrator)
    db.session.close()
    done = run("keys", "rotate", **own)
    assert done.exit_code == 0, done.output
    assert "1 rows are under the newest key now" in done.output
    with keys(app, NEW):
        assert [one.name for _membership, one in list_members(by=county.administrator)] == ["王敏"]
    again = run("keys", "rotate", **own)
    assert "0 rows are under the newest key now" in again.output


def test_on_embedded_servers_a_new_key_is_drawn_and_kept_before_the_old_one(
    tmp_path: Path, clock: Clock
) -> None:
    added = run(
        "tenant", "add", "yun", "--name-zh", "云岭省", "--name-en", "Yunling", QIAO_HOME=str(tmp_path)
    )
    assert added.exit_code == 0, added.output
    run("user", "add", "li@example.org", "--tenant", "yun", "--role", "overseer", QIAO_HOME=str(tmp_path))
    (old,) = Secrets.of(tmp_path).privacy_keys
    done = run("keys", "rotate", QIAO_HOME=str(tmp_path))
    assert done.exit_code == 0, done.output
    secrets = Secrets.of(tmp_path)
    assert secrets.privacy_keys[1:] == [old]
    assert not secrets.exported
    assert "1 rows are under the newest key now" in done.output
    assert old not in done.output
    assert secrets.privacy_keys[0] not in done.output
