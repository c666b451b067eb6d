"""A new password by mail, from the log-in page to the new log-in, over real HTTP, Redis and SMTP (T3)."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, SimpleWorker

from service.jobs import JOBS
from service.recovery import mail_links
from service.settings import Settings
from service.worker import LANES
from tenants.events import Event
from tenants.models import Person
from tenants.schema import libpq
from tenants.sign_in import choose_locale
from tests.conftest import Clock, Office
from tests.service.conftest import Visitor
from tests.standins.relay import RelayStandIn
from tests.tenants.test_sign_in import EMAIL, PASSWORD, acting, person_of

FORGOTTEN, LOG_IN = "/admin/forgotten", "/admin/log-in"


@pytest.fixture
def person(county: Office, clock: Clock) -> Person:
    """Someone who has forgotten the password."""
    return person_of(county, clock, EMAIL)


def asks(visitor: FlaskClient, email: str = EMAIL) -> str:
    """Ask for a link; what the browser shows then, without what is new in each page."""
    assert visitor.get(FORGOTTEN).status_code == 200
    answer = visitor.post(FORGOTTEN, data={"email": email})
    assert (answer.status_code, answer.headers["Location"]) == (302, LOG_IN)
    return re.sub(r'name="csrf_token" value="[^"]*"', "", visitor.get(LOG_IN).text)


def works(settings: Settings) -> None:
    """Let the worker do the job as the scheduler queues it."""
    [job] = [job for job in JOBS if job.function is mail_links]
    connection = Redis.from_url(settings.redis_url)
    Queue(job.lane, connection=connection).enqueue(job.function, result_ttl=500, failure_ttl=500)
    SimpleWorker([Queue(lane, connection=connection) for lane in LANES], connection=connection).work(
        burst=True, logging_level="WARNING"
    )


def held_in_redis(settings: Settings) -> bytes:
    """Everything that Redis holds, unpacked."""
    redis = Redis.from_url(settings.redis_url)
    held: list[bytes] = []
    for key in redis.scan_iter():
        held += [key, redis.dump(key) or b""]
        if redis.type(key) == b"hash":
            for name, value in redis.hgetall(key).items():
                held += [name, value]
                with suppress(zlib.error):
                    held.append(zlib.decompress(value))
    return b"".join(held)


def link_in(mail: RelayStandIn) -> str:
    """The path of the link in the newest mail."""
    found = re.search(r"^http://qiao\.test(/admin/recover/[\w-]+)$", mail.mails[-1].text, re.M)
    assert found is not None, mail.mails[-1].text
    return found[1]


def test_a_new_password_comes_by_mail_and_ends_the_old_sessions(
    app: Flask, visitor: FlaskClient, person: Person, mail: RelayStandIn, settings: Settings
) -> None:
    elsewhere = Visitor(app, app.response_class)
    elsewhere.post(LOG_IN, data={"email": EMAIL, "password": PASSWORD})
    assert elsewhere.get("/admin/").status_code == 200
    assert FORGOTTEN in visitor.get(LOG_IN).text
    asks(visitor)
    assert mail.mails == []
    works(settings)
    [taken] = mail.mails
    assert taken.recipients == (EMAIL,)
    assert taken.message["Subject"] == "桥：设置新密码的链接"
    assert "王敏，您好：" in taken.text
    assert "24 小时内" in taken.text
    path = link_in(mail)
    assert visitor.post(path, data={"password": "a new password"}).headers["Location"] == LOG_IN
    assert elsewhere.get("/admin/").headers["Location"].startswith(LOG_IN)
    assert visitor.post(path, data={"password": "a third password"}).status_code == 404
    entered = visitor.post(LOG_IN, data={"email": EMAIL, "password": "a new password"})
    assert entered.headers["Location"] == "/admin/"
    works(settings)
    assert len(mail.mails) == 1


def test_the_mail_speaks_the_language_of_the_person_and_not_of_the_browser(
    visitor: FlaskClient, person: Person, mail: RelayStandIn, clock: Clock
) -> None:
    choose_locale("en", by=acting(person, clock))
    asks(visitor)
    mail_links()
    assert mail.mails[0].message["Subject"] == "Qiao: a link for a new password"
    assert "Hello 王敏,\n\nSomebody asked for a new password" in mail.mails[0].text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    app: Flask, person: Person, mail: RelayStandIn, lang: str
) -> None:
    pages = []
    for email in (EMAIL, "nobody@example.org"):
        stranger = Visitor(app, app.response_class)
        stranger.get(f"{LOG_IN}?lang={lang}")
        pages.append(asks(stranger, email))
    assert pages[0] == pages[1]
    assert ("链接马上就会发到邮箱" if lang == "zh" else "a mail with a link is on its way") in pages[0]
    mail_links()
    assert [taken.recipients for taken in mail.mails] == [(EMAIL,)]


def test_the_fourth_request_within_an_hour_looks_the_same_and_sends_nothing(
    visitor: FlaskClient, person: Person, mail: RelayStandIn
) -> None:
    pages = set()
    for _ in range(4):
        pages.add(asks(visitor))
        mail_links()
    assert len(pages) == 1
    assert len(mail.mails) == 3


def test_an_empty_address_is_asked_again(visitor: FlaskClient, mail: RelayStandIn) -> None:
    page = visitor.post(f"{FORGOTTEN}?lang=en", data={"email": " "})
    assert page.status_code == 200
    assert 'aria-invalid="true"' in page.text


def test_while_the_relay_is_away_nothing_is_lost_and_each_attempt_has_a_link_of_its_own(
    visitor: FlaskClient, person: Person, mail: RelayStandIn, clock: Clock
) -> None:
    mail.plan("connect", "")
    asks(visitor)
    assert mail_links() == 0
    assert mail_links() == 0
    clock.advance(minutes=5)
    mail.plan("RCPT", "450 not yet")
    assert mail_links() == 0
    clock.advance(minutes=5)
    assert mail_links() == 1
    assert visitor.post(link_in(mail), data={"password": "a new password"}).status_code == 302


def test_an_address_that_the_relay_refuses_is_not_tried_again(
    visitor: FlaskClient, person: Person, mail: RelayStandIn, clock: Clock
) -> None:
    mail.plan("RCPT", "550 unknown")
    asks(visitor)
    assert mail_links() == 0
    clock.advance(minutes=5)
    assert mail_links() == 0
    assert mail.connections == 1


def test_without_a_relay_nothing_promises_mail(visitor: FlaskClient, person: Person) -> None:
    page = visitor.get(f"{LOG_IN}?lang=en").text
    assert FORGOTTEN not in page
    assert "The administrator of your office can give you a link" in page
    assert visitor.get(FORGOTTEN).status_code == 404
    assert visitor.post(FORGOTTEN, data={"email": EMAIL}).status_code == 404
    assert mail_links() == 0


def test_neither_address_nor_token_stands_in_redis_the_database_the_record_or_the_logs(
    visitor: FlaskClient,
    person: Person,
    mail: RelayStandIn,
    settings: Settings,
    servers: SimpleNamespace,
    clock: Clock,
    capfd: pytest.CaptureFixture[str],
) -> None:
    mail.plan("RCPT", f"450 {EMAIL} is busy", f"550 {EMAIL} is gone")
    for _ in range(3):
        asks(visitor)
        works(settings)
        clock.advance(minutes=5)
    secret = link_in(mail).rpartition("/")[2]
    held = held_in_redis(settings)
    said = "".join(capfd.readouterr())
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao") as connection:
        rows = [
            str(connection.execute(f"SELECT json_agg(t) FROM {table} t").fetchone())  # type: ignore[arg-type]
            for table in ("people", "recovery_links", "recovery_requests", "audit_entries")
        ]
    kept = "".join(rows)
    assert "mail_not_taken" in said
    assert b"mail_links" in held
    assert Event.RECOVERY_ASKED in kept
    for word in (EMAIL, "wang@", secret):
        assert word.encode() not in held
        assert word not in said + kept
