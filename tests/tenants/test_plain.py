"""Plain statements of a hot path: in one transaction with all else, BEGIN with the first and COMMIT with the last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.errors import UniqueViolation
from sqlalchemy import select

from tenants.actors import Actor
from tenants.counters import Counter
from tenants.database import db
from tenants.gate import OutsideTheGate, command, driver, query, run_plain, run_plain_at_commit
from tenants.permissions import Permission
from tenants.plain import Statement
from tests.conftest import Office

COUNT = Statement(
    "INSERT INTO counters (tenant_id, series, last) VALUES (%(tenant)s, %(series)s, CAST(%(last)s AS bigint))"
)
COUNTED = Statement("SELECT last FROM counters WHERE tenant_id = %(tenant)s AND series = %(series)s")
AS_GIVEN = Statement(
    "SELECT CAST(%(text)s AS text), CAST(%(raw)s AS bytea), CAST(%(number)s AS bigint), CAST(%(id)s AS uuid),"
    " CAST(%(moment)s AS timestamptz), CAST(%(flag)s AS boolean), CAST(%(ids)s AS uuid[]), CAST(%(text)s AS text)"
)


@command(Permission.SETTINGS_WRITE)
def act(body: Callable[[Actor], Any], *, by: Actor) -> Any:
    """A command that does whatever the test wants."""
    return body(by)


@query(Permission.SETTINGS_READ)
def look(body: Callable[[Actor], Any], *, by: Actor) -> Any:
    """A query that reads whatever the test wants."""
    return body(by)


def row(by: Actor, last: int, series: str = "plain") -> dict[str, Any]:
    """A counter to be kept."""
    return {"tenant": by.tenant_id, "series": series, "last": last}


def kept(office: Office, series: str = "plain") -> list[tuple[Any, ...]]:
    """What the office's counter stands at."""
    return look(
        lambda by: run_plain(COUNTED, {"tenant": by.tenant_id, "series": series}), by=office.administrator
    )


def test_what_was_left_for_the_commit_is_kept(county: Office) -> None:
    act(lambda by: run_plain_at_commit(COUNT, row(by, 7)), by=county.administrator)
    assert kept(county) == [(7,)]


def test_what_was_left_for_the_commit_is_there_for_whatever_is_asked_before(county: Office) -> None:
    def ask(by: Actor) -> tuple[Any, ...]:
        run_plain_at_commit(COUNT, row(by, 1, "a"))
        plain = run_plain(COUNTED, {"tenant": by.tenant_id, "series": "a"})
        run_plain_at_commit(COUNT, row(by, 2, "b"))
        typed = db.session.scalar(select(Counter.last).where(Counter.series == "b"))
        run_plain_at_commit(COUNT, row(by, 3, "c"))
        raw = driver().execute("SELECT last FROM counters WHERE series = 'c'").fetchall()
        return plain, typed, raw

    assert act(ask, by=county.administrator) == ([(1,)], 2, [(3,)])


def test_what_was_left_comes_before_what_the_session_still_holds(county: Office) -> None:
    """Rows of the session that refer to it must find it there."""

    def leave_and_add(by: Actor) -> None:
        run_plain_at_commit(COUNT, row(by, 1))
        db.session.add(Counter(tenant_id=by.tenant_id, series="plain", last=2))

    with pytest.raises(Exception, match="counters") as refused:
        act(leave_and_add, by=county.administrator)
    assert "INSERT INTO counters (tenant_id, series, last) VALUES (%(tenant_id)s" in str(refused.value)
    assert kept(county) == []


def test_if_the_last_statement_fails_nothing_is_kept(county: Office) -> None:
    def leave_twice(by: Actor) -> None:
        run_plain_at_commit(COUNT, row(by, 1))
        run_plain_at_commit(COUNT, row(by, 2))

    with pytest.raises(UniqueViolation):
        act(leave_twice, by=county.administrator)
    assert kept(county) == []
    act(lambda by: run_plain_at_commit(COUNT, row(by, 3)), by=county.administrator)
    assert kept(county) == [(3,)]


def test_a_refusal_takes_what_was_left_with_it(county: Office) -> None:
    def leave_and_fail(by: Actor) -> None:
        run_plain_at_commit(COUNT, row(by, 1))
        raise LookupError

    with pytest.raises(LookupError):
        act(leave_and_fail, by=county.administrator)
    assert kept(county) == []


def test_a_query_can_write_nothing_that_way_either(county: Office) -> None:
    with pytest.raises(Exception, match="read-only"):
        look(lambda by: run_plain_at_commit(COUNT, row(by, 1)), by=county.administrator)
    assert kept(county) == []


@pytest.mark.parametrize("prepared_by_the_driver", [False, True])
def test_plain_statements_still_work_after_a_return_to_a_savepoint(
    county: Office, prepared_by_the_driver: bool
) -> None:
    """The driver drops all that a connection has prepared, if it had prepared something itself."""

    def do_and_refuse(by: Actor) -> None:
        run_plain(COUNT, row(by, 1))
        raise LookupError

    def go_back(by: Actor) -> None:
        for _time in range(8 if prepared_by_the_driver else 0):
            db.session.scalar(select(Counter.last).where(Counter.series == "x"))
        run_plain(COUNTED, {"tenant": by.tenant_id, "series": "plain"})
        with pytest.raises(LookupError), db.session.begin_nested():
            do_and_refuse(by)
        run_plain(COUNT, row(by, 2))

    act(go_back, by=county.administrator)
    assert kept(county) == [(2,)]


def test_outside_the_gate_there_are_no_plain_statements(county: Office) -> None:
    for run_it in (run_plain, run_plain_at_commit):
        with pytest.raises(OutsideTheGate):
            run_it(COUNTED, {"tenant": county.id, "series": "plain"})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.binary(),
    st.integers(-(2**63), 2**63 - 1),
    st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)),
    st.lists(st.uuids()),
)
@example("'; DROP TABLE counters; --", b"\\'\0", -1, datetime(2026, 1, 1, tzinfo=UTC), [])
@example("\\'\\\\%(text)s $1 %s {}", b"\\x", 0, datetime(2026, 1, 1, tzinfo=UTC), [])
def test_values_arrive_as_they_were_given(
    county: Office, text: str, raw: bytes, number: int, moment: datetime, ids: list[UUID]
) -> None:
    given_values = {
        "text": text,
        "raw": raw,
        "number": number,
        "id": county.administrator.id,
        "moment": moment,
        "flag": None if number % 3 else number % 2 == 0,
        "ids": ids,
    }
    (came,) = look(lambda by: run_plain(AS_GIVEN, given_values), by=county.administrator)
    assert came == (*given_values.values(), text)
