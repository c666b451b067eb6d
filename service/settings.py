"""What a deployment must know before it starts, and the secrets of one that keeps its own servers.

On servers of one's own every value comes from the environment; on embedded servers the addresses come from
what ``qiao up`` wrote into ``QIAO_HOME/run`` and the secrets from ``QIAO_HOME/secrets``, made once.
"""

from __future__ import annotations

import json
import os
import re
import secrets as randomness
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil

OWN_SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
DEFAULT_PORT = 8000


class SettingsError(Exception):
    """The deployment cannot start; the message is one line naming what is missing or bad, never a secret."""


class NothingRunning(SettingsError):
    """No ``qiao up`` serves this ``QIAO_HOME``."""


@dataclass(frozen=True)
class Settings:
    """Everything the application is told from outside; secrets are kept out of its ``repr``."""

    database_url: str = field(repr=False)
    database_owner_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    privacy_keys: tuple[str, ...] = field(repr=False)
    base_url: str
    home: Path
    port: int = DEFAULT_PORT
    twilio_api_url: str | None = None
    wechat_api_url: str | None = None
    mail_url: str | None = field(default=None, repr=False)
    production: bool = False
    embedded: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """The settings of this process: ``environ``'s on servers of one's own, else those of the ``qiao up``.

        Raises ``SettingsError`` naming each missing or bad variable, or ``NothingRunning``.
        """
        if not own_servers(environ):
            return cls.of_running(home_of(environ))
        reader = _Reader(environ)
        values = {
            "database_url": reader.required("DATABASE_URL", _postgresql),
            "database_owner_url": reader.required("DATABASE_OWNER_URL", _postgresql),
            "redis_url": reader.required("REDIS_URL", _redis),
            "secret_key": reader.required("SECRET_KEY", _secret_key),
            "privacy_keys": reader.required("QIAO_PRIVACY_KEYS", _privacy_keys),
            "base_url": reader.required("QIAO_BASE_URL", _base_url),
            **_common(reader),
        }
        reader.finish()
        return cls(**values)

    @classmethod
    def on_embedded(cls, environ: Mapping[str, str], secrets: Secrets, **urls: str) -> Settings:
        """The settings of a deployment with embedded servers; secrets in ``environ`` precede the kept ones.

        ``urls``: ``database_url``, ``database_owner_url`` and ``redis_url`` of the servers just started.
        """
        reader = _Reader(environ)
        common = _common(reader)
        values = {
            "secret_key": reader.optional("SECRET_KEY", _secret_key) or secrets.secret_key,
            "privacy_keys": reader.optional("QIAO_PRIVACY_KEYS", _privacy_keys)
            or tuple(secrets.privacy_keys),
            "base_url": reader.optional("QIAO_BASE_URL", _base_url) or f"http://127.0.0.1:{common['port']}",
            **common,
            **urls,
        }
        reader.finish()
        return cls(**values, embedded=True)

    @classmethod
    def of_running(cls, home: Path) -> Settings:
        """The settings of the ``qiao up`` that serves ``home`` now; ``NothingRunning`` where none does."""
        try:
            run = json.loads((home / "run").read_text())
            alive = psutil.Process(run["supervisor"]["pid"]).create_time() == run["supervisor"]["started"]
        except (OSError, ValueError, KeyError, psutil.Error):
            alive = False
        if not alive:
            raise NothingRunning(f"Nothing is running under {home}: start it with `qiao up`.")
        values = run["settings"]
        return cls(**{**values, "home": Path(values["home"]), "privacy_keys": tuple(values["privacy_keys"])})

    def write_run_file(self) -> None:
        """Let other ``qiao`` commands of this user find the servers this process keeps (mode 0600)."""
        me = psutil.Process()
        run = {"supervisor": {"pid": me.pid, "started": me.create_time()}, "settings": asdict(self)}
        _write_private(self.home / "run", json.dumps(run, default=str, indent=1))

    def with_port(self, port: int) -> Settings:
        """The same deployment answering on another port of this machine."""
        return replace(self, port=port)


@dataclass(frozen=True)
class Secrets:
    """The secrets of a deployment on embedded servers: made once, kept in ``QIAO_HOME/secrets`` (0600)."""

    secret_key: str = field(repr=False)
    privacy_keys: list[str] = field(repr=False)
    superuser_password: str = field(repr=False)
    owner_password: str = field(repr=False)
    app_password: str = field(repr=False)
    redis_password: str = field(repr=False)
    exported: bool = False

    @classmethod
    def fresh(cls) -> Secrets:
        """Newly drawn secrets."""
        return cls(
            secret_key=randomness.token_urlsafe(48),
            privacy_keys=[_new_privacy_key()],
            superuser_password=randomness.token_urlsafe(24),
            owner_password=randomness.token_urlsafe(24),
            app_password=randomness.token_urlsafe(24),
            redis_password=randomness.token_urlsafe(24),
        )

    @classmethod
    def of(cls, home: Path) -> Secrets:
        """The secrets kept in ``home``, drawn if it has none yet; ``SettingsError`` if unreadable."""
        kept = home / "secrets"
        if not kept.exists():
            cls.fresh().save(home)
        try:
            return cls(**json.loads(kept.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise SettingsError(
                f"{kept} cannot be read: put back your copy of it; without it the stored data stay locked."
            ) from error

    def with_a_new_key(self) -> Secrets:
        """The same secrets with a newly drawn privacy key before the others; nobody has a copy of it yet."""
        return replace(self, privacy_keys=[_new_privacy_key(), *self.privacy_keys], exported=False)

    def save(self, home: Path) -> None:
        """Write them to ``home`` so that a crash leaves the old or the new file, never half of one."""
        _write_private(home / "secrets", json.dumps(asdict(self), indent=1))


def own_servers(environ: Mapping[str, str]) -> bool:
    """Whether the environment speaks of servers of one's own; then everything is required."""
    return any(environ.get(name) for name in OWN_SERVERS)


def home_of(environ: Mapping[str, str]) -> Path:
    """``QIAO_HOME`` as an absolute path, ``var/`` of the working directory by default."""
    return Path(os.path.abspath(environ.get("QIAO_HOME") or "var"))


def database_urls(environ: Mapping[str, str]) -> tuple[str, str]:
    """The owner's and the application's database address, all a migration needs; or ``SettingsError``."""
    if not own_servers(environ):
        running = Settings.of_running(home_of(environ))
        return running.database_owner_url, running.database_url
    reader = _Reader(environ)
    urls = reader.required("DATABASE_OWNER_URL", _postgresql), reader.required("DATABASE_URL", _postgresql)
    reader.finish()
    return urls


class _Reader:
    """Reads variables one by one and gathers what is wrong, so that one line can name it all."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.missing: list[str] = []
        self.bad: list[str] = []

    def optional(self, name: str, parse: Callable[[str], Any]) -> Any:
        raw = self.environ.get(name, "").strip()
        if not raw:
            return None
        try:
            return parse(raw)
        except ValueError as reason:
            self.bad.append(f"{name} ({reason})")
            return None

    def required(self, name: str, parse: Callable[[str], Any]) -> Any:
        if not self.environ.get(name, "").strip():
            self.missing.append(name)
            return None
        return self.optional(name, parse)

    def finish(self) -> None:
        complaints = []
        if self.missing:
            complaints.append(f"missing: {', '.join(self.missing)}")
        if self.bad:
            complaints.append(f"not usable: {', '.join(self.bad)}")
        if complaints:
            raise SettingsError(f"Settings {'; '.join(complaints)}.")


def _common(reader: _Reader) -> dict[str, Any]:
    port = reader.optional("PORT", _port)
    return {
        "home": home_of(reader.environ),
        "port": DEFAULT_PORT if port is None else port,
        "twilio_api_url": reader.optional("QIAO_TWILIO_API_URL", _base_url),
        "wechat_api_url": reader.optional("QIAO_WECHAT_API_URL", _base_url),
        "mail_url": reader.optional("MAIL_URL", _mail),
        "production": reader.environ.get("QIAO_PRODUCTION") == "1",
    }


def _url(raw: str, schemes: tuple[str, ...]) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in schemes:
        raise ValueError(f"must begin with {schemes[0]}://")
    return raw


def _postgresql(raw: str) -> str:
    _url(raw, ("postgresql", "postgres", "postgresql+psycopg"))
    parts = urlsplit(raw)
    if not parts.username:
        raise ValueError("must name a user")
    if not parts.path.strip("/"):
        raise ValueError("must name a database")
    return "postgresql" + raw[raw.index("://") :]


def _redis(raw: str) -> str:
    return _url(raw, ("redis", "rediss", "unix"))


def _base_url(raw: str) -> str:
    _url(raw, ("https", "http"))
    if not urlsplit(raw).hostname:
        raise ValueError("must name a host")
    return raw.rstrip("/")


def _mail(raw: str) -> str:
    _url(raw, ("smtp", "smtps"))
    try:
        parts = urlsplit(raw)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    sender = parse_qs(parts.query).get("from", ["a@b"])[0] if whole else ""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", sender):
        # What urllib says of it may hold a piece of the password.
        raise ValueError("must look like smtp://user:password@host:587?from=qiao@example.org")
    return raw


def _secret_key(raw: str) -> str:
    if len(raw) < 32:
        raise ValueError("must have at least 32 characters")
    return raw


def _privacy_keys(raw: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in raw.split(",") if key.strip())
    try:
        whole = bool(keys) and all(len(b64decode(key, validate=True)) == 32 for key in keys)
    except NotBase64:
        whole = False
    if not whole:
        raise ValueError("must be base64 of 32 bytes each, separated by commas")
    return keys


def _port(raw: str) -> int:
    port = int(raw) if raw.isdecimal() else 0
    if not 0 < port < 65536:
        raise ValueError("must be a number from 1 to 65535")
    return port


def _new_privacy_key() -> str:
    return b64encode(randomness.token_bytes(32)).decode()


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
