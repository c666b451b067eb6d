"""A deployment is told everything from outside, complains in one line, and keeps its secrets to itself."""

import json
import stat
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.settings import NothingRunning, Secrets, Settings, SettingsError, database_urls, home_of

KEY = b64encode(bytes(range(32))).decode()
OWN = {
    "DATABASE_URL": "postgresql://app:word@db.test/qiao",
    "DATABASE_OWNER_URL": "postgresql+psycopg://owner:word@db.test/qiao",
    "REDIS_URL": "redis://:word@redis.test/0",
    "SECRET_KEY": "s" * 40,
    "QIAO_PRIVACY_KEYS": f"{KEY},{KEY}",
    "QIAO_BASE_URL": "https://qiao.test/",
}


def test_own_servers_are_read_from_the_environment() -> None:
    settings = Settings.from_environment({**OWN, "PORT": "8010", "QIAO_HOME": "/srv/qiao"})
    assert settings.database_url == OWN["DATABASE_URL"]
    assert settings.database_owner_url == "postgresql://owner:word@db.test/qiao"
    assert settings.privacy_keys == (KEY, KEY)
    assert settings.base_url == "https://qiao.test"
    assert (settings.port, settings.home, settings.embedded, settings.production) == (
        8010,
        Path("/srv/qiao"),
        False,
        False,
    )


@pytest.mark.parametrize("name", sorted(OWN))
def test_each_variable_is_required_on_own_servers_and_named_when_missing(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({key: value for key, value in OWN.items() if key != name})
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://app:word@db.test/qiao"),
        ("DATABASE_URL", "postgresql://app:word@db.test"),
        ("DATABASE_OWNER_URL", "postgresql://db.test/qiao"),
        ("REDIS_URL", "http://redis.test"),
        ("SECRET_KEY", "short"),
        ("QIAO_PRIVACY_KEYS", "not base64"),
        ("QIAO_PRIVACY_KEYS", b64encode(b"too short").decode()),
        ("QIAO_BASE_URL", "qiao.test"),
        ("QIAO_TWILIO_API_URL", "ftp://twilio.test"),
        ("MAIL_URL", "imap://mail.test"),
        ("MAIL_URL", "smtp://:2525"),
        ("MAIL_URL", "smtp://qiao:pass/word@mail.test"),
        ("MAIL_URL", "smtp://mail.test?from=nobody"),
        ("PORT", "70000"),
    ],
)
def test_a_bad_value_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({**OWN, name: value})
    assert name in str(refused.value)
    assert value not in str(refused.value)


def test_all_that_is_wrong_is_named_in_one_line() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"REDIS_URL": "redis://redis.test", "PORT": "eight"})
    for name in (
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "SECRET_KEY",
        "QIAO_PRIVACY_KEYS",
        "QIAO_BASE_URL",
        "PORT",
    ):
        assert name in str(refused.value)
    assert "\n" not in str(refused.value)


@given(st.text(), st.sampled_from(sorted(OWN)))
def test_whatever_a_variable_holds_it_is_used_or_refused_in_words(value: str, name: str) -> None:
    refusal = ""
    try:
        Settings.from_environment({**OWN, name: value})
    except SettingsError as refused:
        refusal = str(refused)
    assert refusal == "" or (name in refusal and "\n" not in refusal)


def test_a_migration_needs_only_the_two_database_addresses() -> None:
    only = {name: OWN[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    assert database_urls(only) == ("postgresql://owner:word@db.test/qiao", OWN["DATABASE_URL"])
    with pytest.raises(SettingsError, match="DATABASE_OWNER_URL"):
        database_urls({"DATABASE_URL": OWN["DATABASE_URL"]})


def test_secrets_are_not_in_what_is_printed() -> None:
    settings = Settings.from_environment(OWN)
    for secret in ("word", OWN["SECRET_KEY"], KEY):
        assert secret not in repr(settings)
    secrets = Secrets.fresh()
    for secret in (
        secrets.secret_key,
        secrets.privacy_keys[0],
        secrets.owner_password,
        secrets.redis_password,
    ):
        assert secret not in repr(secrets)


def test_secrets_are_drawn_once_and_readable_by_the_owner_alone(tmp_path: Path) -> None:
    first = Secrets.of(tmp_path)
    assert Secrets.of(tmp_path) == first
    assert Secrets.fresh().secret_key != first.secret_key
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o600


def test_a_damaged_secrets_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("{")
    with pytest.raises(SettingsError, match="put back your copy"):
        Secrets.of(tmp_path)
    assert (tmp_path / "secrets").read_text() == "{"


def test_other_commands_find_the_running_deployment_and_only_while_it_runs(tmp_path: Path) -> None:
    urls = {
        "database_url": "postgresql://a@/q",
        "database_owner_url": "postgresql://o@/q",
        "redis_url": "unix:///r",
    }
    environ = {"QIAO_HOME": str(tmp_path), "PORT": "8010"}
    running = Settings.on_embedded(environ, Secrets.of(tmp_path), **urls)
    assert running.base_url == "http://127.0.0.1:8010"
    with pytest.raises(NothingRunning, match="qiao up"):
        Settings.from_environment(environ)
    running.write_run_file()
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o600
    assert Settings.from_environment(environ) == running
    stale = json.loads((tmp_path / "run").read_text())
    stale["supervisor"]["started"] -= 1000
    (tmp_path / "run").write_text(json.dumps(stale))
    with pytest.raises(NothingRunning):
        Settings.from_environment(environ)


def test_a_key_in_the_environment_goes_before_the_kept_one(tmp_path: Path) -> None:
    urls = {"database_url": "", "database_owner_url": "", "redis_url": ""}
    environ = {"QIAO_HOME": str(tmp_path), "QIAO_PRIVACY_KEYS": KEY}
    assert Settings.on_embedded(environ, Secrets.of(tmp_path), **urls).privacy_keys == (KEY,)


def test_the_home_is_var_unless_named() -> None:
    assert home_of({}) == Path.cwd() / "var"
    assert home_of({"QIAO_HOME": "/srv/../srv/qiao"}) == Path("/srv/qiao")
