"""Until the opening the price of a bid stands nowhere in clear: database, Redis, logs, replies (C5)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import redis

from service.procurement import queries
from tenants import schema
from tests.conftest import Clock, Office
from tests.service.procurement.stages import opened, past_deadline, published_call, three_bidders

PRICE = Decimal("73951826")
SPELLINGS = (
    "73951826",
    "73,951,826",
    "73 951 826",
    "７３９５１８２６",
    "7395.1826万",
    "七千三百九十五万一千八百二十六",
)
"""How this price is usually written; long, so that no random digest or key contains it by chance."""


@pytest.fixture
def logged(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Everything that any logger says, at every level, and all that is printed."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: stream.getvalue() + "".join(capfd.readouterr())
    root.removeHandler(handler)
    root.setLevel(before)


def dumped(servers: SimpleNamespace) -> str:
    """A full copy of all tables, as text and with every binary column as the text it may hold."""
    found = []
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao", autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:  # type: ignore[arg-type]
                found.append(b"".join(copy).decode())
            for row in connection.execute(f"SELECT * FROM {table}"):  # type: ignore[arg-type]
                found += [value.decode("utf-8", "replace") for value in row if isinstance(value, bytes)]
    return "\n".join(found)


def in_redis(servers: SimpleNamespace) -> str:
    """Every key and value in Redis."""
    connection = redis.Redis.from_url(servers.redis_url)
    return repr([(key, connection.dump(key)) for key in connection.scan_iter()])


def spelt(text: str) -> list[str]:
    """The spellings of the price that occur in a text."""
    return [spelling for spelling in SPELLINGS if spelling in text]


@pytest.mark.parametrize("written", SPELLINGS)
def test_c5_the_price_stands_nowhere_in_clear_until_the_opening(
    county: Office,
    phone: Callable[..., Any],
    clock: Clock,
    servers: SimpleNamespace,
    logged: Callable[[], str],
    written: str,
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    mobile = phone(asked[0].number, county)
    replies = [mobile.says(f"报价 {lot} {written}")]
    assert spelt(dumped(servers)) == []
    replies += [mobile.says("0000"), mobile.says("4826")]
    replies += [mobile.says("报价"), mobile.says(str(lot)), mobile.says(written), mobile.says("4826")]
    past_deadline(call, clock)
    assert spelt("\n".join(replies)) == []
    assert spelt(dumped(servers)) == []
    assert spelt(in_redis(servers)) == []
    assert spelt(logged()) == []
    opened(county, call)
    assert [bid.price for bid in queries.list_applicants(call.id, by=county.officer)] == [PRICE]
    assert "73951826.00" in dumped(servers)


def test_c5_a_failure_while_a_bid_is_handled_keeps_and_logs_no_price(
    county: Office, phone: Callable[..., Any], servers: SimpleNamespace, logged: Callable[[], str]
) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao", autocommit=True) as connection:
        connection.execute("UPDATE calls SET public_key = '\\x00'")
    mobile = phone(asked[0].number, county)
    reply = mobile.says(f"报价 {lot} {PRICE}")
    assert spelt(reply) == []
    assert reply
    assert spelt(dumped(servers)) == []
    said = logged()
    assert "message_not_handled" in said
    assert spelt(said) == []
