"""What an operator types to give an office a number, and what is printed for its provider."""

from __future__ import annotations

import re

from click.testing import CliRunner
from flask import Flask

from channels.registry import add_channel, channel_by_key, list_channels
from channels.templates import list_templates
from service.commands.channels import channel
from service.settings import Settings
from tests.conftest import Office
from tests.service.test_phone_command import environ_of


def typed(settings: Settings, *words: str) -> str:
    """What ``qiao channel …`` prints."""
    done = CliRunner().invoke(channel, words, env=environ_of(settings, 1))
    assert done.exit_code == 0, done.output
    return done.output


def refused(settings: Settings, *words: str) -> str:
    """What a command says that cannot do its work."""
    done = CliRunner().invoke(channel, words, env=environ_of(settings, 1))
    assert done.exit_code != 0
    return done.output


def test_twilio_is_told_its_addresses_with_its_retries(
    app: Flask, settings: Settings, county: Office
) -> None:
    account = ("--account-sid", "AC1", "--auth-token", "secret")
    printed = typed(settings, "add", "twilio", "--tenant", "qing", "--number", "+8613900000001", *account)
    (added,) = list_channels(by=county.system)
    address = f"http://qiao.test/channels/twilio/{added.key}"
    assert printed.splitlines() == [
        f"When a message comes in: {address}/inbound#rc=3&rp=5xx,ct,rt",
        f"If that fails:           {address}/fallback#rc=3&rp=5xx,ct,rt",
        f"Status callback:         {address}/status#rc=3&rp=5xx,ct,rt",
    ]


def test_kannel_is_told_a_group_with_a_secret_of_its_own(
    app: Flask, settings: Settings, county: Office
) -> None:
    words = (
        *("add", "kannel", "--tenant", "qing", "--number", "10690001", "--username", "u", "--password", "p"),
        *("--sendsms-url", "http://127.0.0.1:13013/cgi-bin/sendsms"),
    )
    printed = typed(settings, *words, "--allow-from", "10.0.0.5", "--allow-from", "10.1.0.0/16")
    (added,) = list_channels(by=county.system)
    known = channel_by_key("kannel", added.key).credentials
    assert known["allow_from"] == "10.0.0.5,10.1.0.0/16"
    secret = re.search(
        rf'post-url = "http://qiao:([\w-]{{32}})@qiao.test/channels/kannel/{added.key}/in', printed
    )
    assert secret is not None
    assert secret[1] == known["secret"]
    other = tuple("10690002" if word == "10690001" else word for word in words)
    assert "kannel.example" in refused(settings, *other, "--allow-from", "kannel.example")
    assert "--allow-from" in refused(settings, *other), "without its address nothing would come in"


def test_aliyun_is_told_two_addresses_and_tells_its_codes(
    app: Flask, settings: Settings, county: Office
) -> None:
    words = ("add", "aliyun", "--tenant", "qing", "--signature", "清河县扶贫办")
    words = (*words, "--access-key-id", "LTAI", "--access-key-secret", "s")
    assert "--allow-from" in refused(settings, *words), "whoever does not know the addresses says so"
    printed = typed(settings, *words, "--allow-from", "any")
    (added,) = list_channels(by=county.system)
    secret = channel_by_key("aliyun", added.key).credentials["secret"]
    address = f"http://qiao.test/channels/aliyun/{added.key}"
    assert printed.splitlines() == [
        f"Messages from phones (SmsUp): {address}/inbound?secret={secret}",
        f"Delivery reports (SmsReport): {address}/status?secret={secret}",
    ]
    here = ("--tenant", "qing", "--signature", "清河县扶贫办")
    missing = typed(settings, "templates", *here, "--missing").splitlines()
    assert any(re.fullmatch(r"channels\.help\tzh\t—\t.*\$\{hotline\}.*", line) for line in missing)
    typed(settings, "template", *here, "--message", "channels.help", "--template-code", "SMS_1")
    assert [row.code for row in list_templates(added.id, by=county.system)] == ["SMS_1"]
    left = typed(settings, "templates", *here, "--missing").splitlines()
    assert len(left) == len(missing) - 1
    assert "no.such" in refused(settings, "template", *here, "--message", "no.such", "--template-code", "x")
    assert "别的" in refused(settings, "templates", "--tenant", "qing", "--signature", "别的")


def test_s8_a_number_is_shared_with_counties_named_by_their_codes(
    app: Flask, settings: Settings, province: Office
) -> None:
    add_channel("kannel", "10690001", {"allow_from": ""}, by=province.system)
    words = ("share", "--tenant", "yun", "--number", "10690001")
    assert typed(settings, *words, "--county", "qing") == "10690001 serves yun and qing.\n"
    assert list_channels(by=province.system)[0].shared_with == ["qing"]
    assert "and the counties below it" in typed(settings, *words)
    assert list_channels(by=province.system)[0].shared_with == []
    assert "no county yun below" in refused(settings, *words, "--county", "yun")
    assert "alone" in typed(settings, *words, "--stop")
    assert "alone already" in refused(settings, *words, "--stop")
