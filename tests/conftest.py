"""Real servers, a real database built by migrations, and a clock that stories turn by hand."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4
from xml.etree.ElementTree import fromstring

import psycopg
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from channels.gateways.twilio import sign
from channels.models import Channel
from channels.registry import add_channel
from service.app import create_app
from service.servers import embedded_servers
from service.settings import Secrets, Settings
from tenants import schema
from tenants.actors import Actor, ActorKind
from tenants.database import db
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.offices import add_office, office_by_code
from tenants.permissions import Role
from tenants.workdays import fill_calendar

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
"""A Wednesday, twelve o'clock in China: a working day outside quiet hours."""


class Clock:
    """The present moment, moved on by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        """What time it is; each reading is a little later than the last, as in life."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def advance(self, **by: float) -> datetime:
        """Move on, by ``days=…, hours=…, minutes=…``."""
        self.now += timedelta(**by)
        return self.now


@pytest.fixture(scope="session")
def servers() -> Iterator[SimpleNamespace]:
    """PostgreSQL and Redis of the test run, migrated as the owner that is no superuser."""
    home = Path(tempfile.mkdtemp(prefix="qiao-"))
    secrets = Secrets.of(home)
    try:
        with embedded_servers(home, secrets, durable=False) as running:
            schema.upgrade(running.owner_url, running.database_url)
            yield SimpleNamespace(
                home=home,
                secrets=secrets,
                database_url=running.database_url,
                owner_url=running.owner_url,
                superuser_url=running.superuser_url,
                redis_url=running.redis_url,
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(servers: SimpleNamespace) -> Settings:
    """The settings of a deployment under test."""
    return Settings(
        database_url=servers.database_url,
        database_owner_url=servers.owner_url,
        redis_url=servers.redis_url,
        secret_key=servers.secrets.secret_key,
        privacy_keys=tuple(servers.secrets.privacy_keys),
        base_url="http://qiao.test",
        home=servers.home,
        embedded=True,
    )


@pytest.fixture(scope="session")
def clock() -> Clock:
    """The one clock of the application under test."""
    return Clock()


@pytest.fixture(scope="session")
def application(settings: Settings, clock: Clock) -> Flask:
    """The application, built once; its templates and rules are the real ones."""
    app = create_app(settings, clock=clock)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def app(application: Flask, clock: Clock, servers: SimpleNamespace) -> Iterator[Flask]:
    """The application on an empty deployment: only the platform and the calendar."""
    with empty_deployment(application, clock, servers) as app:
        yield app


@contextmanager
def empty_deployment(application: Flask, clock: Clock, servers: SimpleNamespace) -> Iterator[Flask]:
    """Everything wiped away but the platform and the calendar, and the clock set back."""
    _wipe(servers.superuser_url)
    clock.now = NOON
    with application.app_context():
        fill_calendar(2026, 2027, by=Actor.system(now=NOON))
        yield application
        db.session.close()


def _wipe(superuser_url: str) -> None:
    """Empty every table that holds rows, and bring back the root of the tenant tree."""
    with psycopg.connect(schema.libpq(superuser_url), dbname="qiao", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        for (table,) in tables:
            if connection.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone() == (True,):  # type: ignore[arg-type]
                keep = " WHERE id <> 1" if table == "tenants" else ""
                connection.execute(f"DELETE FROM {table}{keep}")  # type: ignore[arg-type]


class Office:
    """An office under test and the actors who work in it."""

    def __init__(self, tenant: Tenant, clock: Clock, readable: tuple[int, ...] = ()) -> None:
        self.tenant, self.id, self._clock, self._readable = tenant, tenant.id, clock, readable
        self._people: dict[str, object] = {}

    def actor(self, *roles: Role, name: str = "one", fresh: bool = True) -> Actor:
        """A person of the office with these roles; the same ``name`` is the same person."""
        person = self._people.setdefault(name, new_id())
        now = self._clock()
        return Actor(
            ActorKind.PERSON,
            self.id,
            frozenset(roles),
            now,
            id=person,
            readable=self._readable,  # type: ignore[arg-type]
            channel="web",
            authenticated_at=now if fresh else None,
        )

    @property
    def officer(self) -> Actor:
        """The procurement officer."""
        return self.actor(Role.PROCUREMENT_OFFICER, name="officer")

    @property
    def approver(self) -> Actor:
        """The approver, another person."""
        return self.actor(Role.APPROVER, name="approver")

    @property
    def finance(self) -> Actor:
        """The finance officer."""
        return self.actor(Role.FINANCE_OFFICER, name="finance")

    @property
    def desk(self) -> Actor:
        """The complaint officer."""
        return self.actor(Role.COMPLAINT_OFFICER, name="desk")

    @property
    def administrator(self) -> Actor:
        """The office's administrator."""
        return self.actor(Role.ADMINISTRATOR, name="administrator")

    @property
    def overseer(self) -> Actor:
        """Someone who oversees the offices below."""
        return self.actor(Role.OVERSEER, name="overseer")

    @property
    def system(self) -> Actor:
        """The system acting for this office."""
        return Actor.system(self.id, now=self._clock())


@pytest.fixture
def province(app: Flask, clock: Clock) -> Office:
    """A province with two counties below it (``county`` and ``other_county``)."""
    by = Actor.system(now=clock())
    tenant = add_office("yun", name_zh="云岭省扶贫办", name_en="Yunling Poverty Alleviation Office", by=by)
    first = add_office(
        "qing",
        name_zh="清河县扶贫办",
        name_en="Qinghe County Office",
        parent="yun",
        hotline="0871-1234",
        by=by,
    )
    second = add_office("lan", name_zh="兰溪县扶贫办", name_en="Lanxi County Office", parent="yun", by=by)
    return Office(tenant, clock, (tenant.id, first.id, second.id))


@pytest.fixture
def county(app: Flask, province: Office, clock: Clock) -> Office:
    """A county."""
    return Office(office_by_code("qing", by=Actor.system(now=clock())), clock)


@pytest.fixture
def other_county(app: Flask, province: Office, clock: Clock) -> Office:
    """Its neighbour, which must see nothing of it."""
    return Office(office_by_code("lan", by=Actor.system(now=clock())), clock)


class Phone:
    """A feature phone that texts an office's number over Twilio's own protocol."""

    def __init__(
        self, app: Flask, channel: Channel, number: str, base_url: str, auth_token: str | None = None
    ) -> None:
        self.number, self._app, self._channel, self._base_url = number, app, channel, base_url
        self._auth_token = auth_token or AUTH_TOKEN

    def says(self, text: str, sid: str | None = None, **more: str) -> str:
        """Send a text; return the words of the reply that comes back in the same response."""
        response = self.posts(text, sid, **more)
        assert response.status_code == 200, response.text
        return "\n".join(part.text or "" for part in fromstring(response.data).iter("Message"))

    def shows(self, *urls: str, text: str = "", content_type: str = "image/jpeg") -> str:
        """Send what waits under these addresses by MMS; return the words of the reply."""
        media = {f"MediaUrl{place}": url for place, url in enumerate(urls)}
        media |= {f"MediaContentType{place}": content_type for place in range(len(urls))}
        response = self.posts(text, **{"NumMedia": str(len(urls)), **media})
        assert response.status_code == 200, response.text
        return "\n".join(part.text or "" for part in fromstring(response.data).iter("Message"))

    def reports(self, address: str, sid: str, status: str, error_code: str) -> int:
        """Let the provider report on a message to this phone; the status of the answer."""
        form = {"MessageSid": sid, "MessageStatus": status, "ErrorCode": error_code, "To": self.number}
        signed = {name: [value] for name, value in form.items()}
        headers = {"X-Twilio-Signature": sign(self._base_url + address, signed, self._auth_token)}
        return self._app.test_client().post(address, data=form, headers=headers).status_code

    def posts(self, text: str, sid: str | None = None, **more: str) -> TestResponse:
        """Send a text and return the raw response."""
        path = f"/channels/twilio/{self._channel.key}/inbound"
        form = {
            "MessageSid": sid or f"SM{uuid4().hex}",
            "AccountSid": "AC1",
            "From": self.number,
            "To": self._channel.number,
            "Body": text,
            "NumMedia": "0",
            **more,
        }
        signature = sign(
            self._base_url + path, {name: [value] for name, value in form.items()}, self._auth_token
        )
        return self._app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})


AUTH_TOKEN = "test-auth-token"


@pytest.fixture
def phone(app: Flask, settings: Settings, clock: Clock) -> Callable[..., Phone]:
    """``phone("+8613800000001", county)``: a phone that texts that office; the office gets a number when it has none."""
    channels: dict[int, Channel] = {}

    def make(number: str, office: Office) -> Phone:
        if office.id not in channels:
            credentials = {"account_sid": "AC1", "auth_token": AUTH_TOKEN}
            channels[office.id] = add_channel(
                "twilio", f"+86139000{office.id:05}", credentials, by=office.system
            )
        return Phone(app, channels[office.id], number, settings.base_url)

    return make
