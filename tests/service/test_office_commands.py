"""What an operator types about offices, and how a command that cannot do its work ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from channels.models import TemplateWay
from channels.registry import list_channels
from channels.templates import list_templates
from service.commands.demo import demo
from service.settings import NothingRunning, Settings
from tenants.actors import Actor
from tenants.offices import office_by_code
from tests.conftest import NOON, Office
from tests.service.test_phone_command import qiao


def test_h4_the_operator_names_the_reviewer_of_a_province(
    app: Flask, settings: Settings, province: Office
) -> None:
    for code in ("far", "near"):
        added = qiao(settings, 1, "tenant", "add", code, "--name-zh", "某", "--name-en", "Some")
        assert added.returncode == 0, added.stderr
    named = qiao(settings, 1, "tenant", "reviewer", "far", "--reviewer", "near")
    assert named.returncode == 0, named.stderr
    far, near = (office_by_code(code, by=Actor.system(now=NOON)) for code in ("far", "near"))
    assert far.reviewer_id == near.id


def test_production_takes_no_demo_office_for_it_would_not_start_again(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QIAO_PRODUCTION", "1")
    words = ("tenant", "add", "play", "--name-zh", "某", "--name-en", "Some", "--demo")
    refused = qiao(settings, 1, *words)
    assert refused.returncode != 0
    assert "demo" in refused.stderr
    monkeypatch.delenv("QIAO_PRODUCTION")
    assert qiao(settings, 1, *words).returncode == 0


def test_a_file_that_cannot_be_written_is_one_line(settings: Settings, tmp_path: Path) -> None:
    refused = qiao(replace(settings, home=tmp_path), 1, "keys", "export", str(tmp_path / "none" / "keys"))
    assert refused.returncode != 0
    assert refused.stderr.startswith("qiao: ")
    assert refused.stderr.count("\n") == 1


def test_the_story_needs_a_running_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QIAO_HOME", str(tmp_path / "empty"))
    refused = CliRunner().invoke(demo)
    assert isinstance(refused.exception, NothingRunning)
    assert not (tmp_path / "empty").exists()


def test_an_official_account_is_added_and_its_address_printed(
    app: Flask, settings: Settings, county: Office
) -> None:
    account = ("--tenant", "qing", "--app-id", "wx1", "--app-secret", "very-secret", "--token", "spamtest")
    key = ("--encoding-aes-key", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    wrong = qiao(settings, 1, "channel", "add", "wechat", *account, "--encoding-aes-key", "short")
    assert wrong.returncode != 0
    assert "43" in wrong.stderr
    added = qiao(settings, 1, "channel", "add", "wechat", *account, *key)
    assert added.returncode == 0, added.stderr
    (channel,) = list_channels(by=county.administrator)
    assert (channel.gateway, channel.number) == ("wechat", "wx1")
    assert f"http://qiao.test/channels/wechat/{channel.key}\n" in added.stdout
    assert "secure mode" in added.stdout
    assert "very-secret" not in added.stdout
    template = (
        "--tenant",
        "qing",
        "--app-id",
        "wx1",
        "--message",
        "complaints.resolved",
        "--template-code",
        "T1",
    )
    refused = qiao(settings, 1, "channel", "template", *template, "no-such-thing")
    assert refused.returncode != 0
    assert "FIELD=PARAMETER" in refused.stderr
    assert (
        qiao(settings, 1, "channel", "template", *template, "--subscription", "thing1=answer").returncode == 0
    )
    (known,) = list_templates(channel.id, by=county.administrator)
    assert (known.code, known.fields, known.way) == ("T1", {"thing1": "answer"}, TemplateWay.SUBSCRIPTION)
