"""Promise 1: one gate, one transaction, one scope."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from flask import Flask, current_app
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from tenants.actors import PLATFORM, Actor
from tenants.counters import Counter, next_number
from tenants.database import db
from tenants.gate import after_commit, command, driver, get, lock, query, run_plain, undoable
from tenants.models import Person, SettingsVersion, Tenant
from tenants.permissions import Permission, Role
from tenants.plain import Statement
from tenants.refusals import NotFound, NotPermitted, RuleBroken
from tenants.schema import libpq
from tenants.settings import change_settings
from tenants.unit import OwnConnection, own_connection, unit_under_way
from tests.conftest import Office


@command(Permission.SETTINGS_WRITE)
def act(body: Callable[[Actor], Any], *, by: Actor) -> Any:
    """A command that does whatever the test wants."""
    return body(by)


@command(Permission.SETTINGS_WRITE)
def act_within(body: Callable[[Actor], Any], *, by: Actor) -> Any:
    """Another one, for inside."""
    return body(by)


@query(Permission.SETTINGS_READ)
def look(body: Callable[[Actor], Any], *, by: Actor) -> Any:
    """A query that reads whatever the test wants."""
    return body(by)


@query(Permission.SETTINGS_READ)
def look_within(body: Callable[[Actor], Any], *, by: Actor) -> Any:
    """Another one, for inside."""
    return body(by)


def count(by: Actor) -> int:
    """Take the office's next number; the row it leaves shows what was kept."""
    return next_number("test", by)


def counted(office: Office) -> int:
    """The last number that was kept."""
    return (
        look(
            lambda by: db.session.scalar(
                select(Counter.last).where(Counter.tenant_id == by.tenant_id, Counter.series == "test")
            ),
            by=office.administrator,
        )
        or 0
    )


def scope() -> tuple[str, str]:
    """What the database has as the scope at this moment."""
    row = (
        driver()
        .execute("SELECT current_setting('qiao.readable'), current_setting('qiao.writable')")
        .fetchone()
    )
    assert row is not None
    return row[0], row[1]


def scope_of(office: Office) -> tuple[str, str]:
    """The scope of a command of an office."""
    return f"{{{office.id}}}", str(office.id)


def fail(_by: Actor) -> None:
    """A rule says no."""
    raise RuleBroken("no")


def test_nobody_acts_without_the_permission(county: Office) -> None:
    with pytest.raises(NotPermitted):
        act(count, by=county.officer)
    assert counted(county) == 0


def test_nobody_reads_without_the_permission(county: Office) -> None:
    stranger = Actor.public(tenant_id=county.id, now=county.officer.now)
    with pytest.raises(NotPermitted):
        look(lambda by: 1, by=stranger)


def test_whoever_holds_no_role_may_do_nothing(county: Office) -> None:
    for permission in Permission:
        with pytest.raises(NotPermitted):
            county.actor().require(permission)


def test_what_a_command_did_is_kept_once_it_returns(county: Office) -> None:
    assert act(count, by=county.administrator) == 1
    assert counted(county) == 1


def test_a_nested_command_joins_and_a_failure_after_it_undoes_both(county: Office) -> None:
    def both(by: Actor) -> None:
        count(by)
        act_within(count, by=by)
        raise RuleBroken("no")

    with pytest.raises(RuleBroken):
        act(both, by=county.administrator)
    assert counted(county) == 0


def test_a_nested_command_needs_its_own_permission(county: Office) -> None:
    def both(by: Actor) -> None:
        count(by)
        act_within(count, by=county.officer)

    with pytest.raises(NotPermitted):
        act(both, by=county.administrator)
    assert counted(county) == 0


def test_hooks_run_after_the_outermost_commit_and_in_order(county: Office) -> None:
    seen: list[tuple[str, int]] = []

    def inner(by: Actor) -> None:
        after_commit(lambda: seen.append(("second", counted(county))))

    def outer(by: Actor) -> None:
        after_commit(lambda: seen.append(("first", counted(county))))
        count(by)
        act_within(inner, by=by)
        assert seen == []

    act(outer, by=county.administrator)
    assert seen == [("first", 1), ("second", 1)]


def test_hooks_never_run_after_a_rollback(county: Office) -> None:
    seen: list[int] = []

    def outer(by: Actor) -> None:
        after_commit(lambda: seen.append(1))
        raise RuleBroken("no")

    with pytest.raises(RuleBroken):
        act(outer, by=county.administrator)
    assert seen == []


def test_a_hook_belongs_inside_a_command(county: Office) -> None:
    with pytest.raises(RuntimeError, match="inside a command"):
        after_commit(print)
    with pytest.raises(RuntimeError, match="inside a command"):
        look(lambda by: after_commit(print), by=county.administrator)


def test_a_query_may_not_call_a_command(county: Office) -> None:
    with pytest.raises(RuntimeError, match="may not call the command"):
        look(lambda by: act_within(count, by=by), by=county.administrator)


def test_a_query_that_adds_a_row_is_an_error(county: Office) -> None:
    with pytest.raises(RuntimeError, match="tried to write"):
        look(
            lambda by: db.session.add(Counter(tenant_id=by.tenant_id, series="test", last=1)),
            by=county.administrator,
        )
    assert counted(county) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO calendar_days (day, working, kind) VALUES ('2031-01-01', true, 'edited')",
        "UPDATE tenants SET name_en = 'Other'",
        "DELETE FROM calendar_days",
    ],
)
def test_a_query_cannot_write_even_where_no_tenant_owns_the_row(county: Office, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        look(lambda by: db.session.execute(text(statement)), by=county.administrator)
    assert isinstance(refused.value.orig, psycopg.errors.ReadOnlySqlTransaction)


def test_a_query_inside_a_command_does_not_stop_it_from_writing(county: Office) -> None:
    def look_then_count(by: Actor) -> int:
        look_within(lambda by: None, by=by)
        return count(by)

    assert act(look_then_count, by=county.administrator) == 1


def test_a_nested_command_of_another_office_has_its_scope_and_then_the_first_one_again(
    county: Office, other_county: Office
) -> None:
    def both(by: Actor) -> None:
        assert scope() == scope_of(county)
        count(by)
        act_within(lambda by: (count(by), count(by), seen.append(scope())), by=other_county.administrator)
        assert scope() == scope_of(county)
        count(by)

    seen: list[tuple[str, str]] = []
    act(both, by=county.administrator)
    assert seen == [scope_of(other_county)]
    assert (counted(county), counted(other_county)) == (2, 2)


def test_a_nested_query_of_another_office_reads_there_and_writes_nowhere(
    county: Office, other_county: Office
) -> None:
    act(lambda by: (count(by), count(by)), by=other_county.administrator)

    def peek(by: Actor) -> int | None:
        found = look_within(
            lambda by: (
                scope(),
                db.session.scalar(select(Counter.last).where(Counter.tenant_id == by.tenant_id)),
            ),
            by=other_county.administrator,
        )
        assert found == ((f"{{{other_county.id}}}", "0"), 2)
        assert scope() == scope_of(county)
        return count(by)

    assert act(peek, by=county.administrator) == 1


def test_the_scope_comes_back_when_the_nested_command_refuses_and_the_outer_goes_on(
    county: Office, other_county: Office
) -> None:
    def outer(by: Actor) -> None:
        with pytest.raises(RuleBroken):
            act_within(fail, by=other_county.administrator)
        assert scope() == scope_of(county)
        count(by)

    act(outer, by=county.administrator)
    assert (counted(county), counted(other_county)) == (1, 0)


def test_what_a_nested_command_did_before_it_refused_goes_with_the_savepoint(
    county: Office, other_county: Office
) -> None:
    def elsewhere(by: Actor) -> None:
        count(by)
        raise RuleBroken("no")

    def outer(by: Actor) -> None:
        count(by)
        with pytest.raises(RuleBroken), db.session.begin_nested():
            act_within(elsewhere, by=other_county.administrator)
        assert scope() == scope_of(county)
        count(by)

    act(outer, by=county.administrator)
    assert (counted(county), counted(other_county)) == (2, 0)


def twice_the_same_row(by: Actor) -> None:
    """Break a key while the session writes what it holds."""
    db.session.add(Counter(tenant_id=by.tenant_id, series="twin", last=1))
    db.session.flush()
    db.session.expunge_all()
    db.session.add(Counter(tenant_id=by.tenant_id, series="twin", last=1))
    db.session.flush()


def broken_statement(_by: Actor) -> None:
    """Fail in a statement of the session."""
    db.session.execute(text("SELECT 1 / 0"))


def broken_in_the_driver(_by: Actor) -> None:
    """Fail in the driver's own connection, of which the session knows nothing."""
    driver().execute("SELECT nonsense")


FAILURES = [
    (twice_the_same_row, IntegrityError),
    (broken_statement, DBAPIError),
    (broken_in_the_driver, psycopg.errors.UndefinedColumn),
]


@pytest.mark.parametrize(("body", "error"), FAILURES)
def test_a_failed_transaction_shows_its_own_error_and_not_one_of_the_scope(
    county: Office, other_county: Office, body: Callable[[Actor], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        act(lambda by: act_within(body, by=other_county.administrator), by=county.administrator)
    assert act(count, by=county.administrator) == 1


@pytest.mark.parametrize(("body", "error"), FAILURES)
def test_after_a_failure_within_a_savepoint_the_outer_command_goes_on_in_its_own_scope(
    county: Office, other_county: Office, body: Callable[[Actor], None], error: type[Exception]
) -> None:
    def outer(by: Actor) -> None:
        count(by)
        with pytest.raises(error), db.session.begin_nested():
            act_within(body, by=other_county.administrator)
        assert scope() == scope_of(county)
        act_within(count, by=other_county.administrator)
        assert scope() == scope_of(county)
        count(by)

    act(outer, by=county.administrator)
    assert (counted(county), counted(other_county)) == (2, 1)


def test_a_savepoint_inside_the_nested_command_leaves_its_scope_alone(
    county: Office, other_county: Office
) -> None:
    def elsewhere(by: Actor) -> None:
        with pytest.raises(DBAPIError), db.session.begin_nested():
            act(broken_statement, by=county.administrator)
        assert scope() == scope_of(other_county)
        count(by)

    act(lambda by: act_within(elsewhere, by=other_county.administrator), by=county.administrator)
    assert (counted(county), counted(other_county)) == (0, 1)


def test_a_lost_connection_is_reported_as_such(county: Office, other_county: Office) -> None:
    def lose(_by: Actor) -> None:
        driver().close()
        db.session.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as lost:
        act(lambda by: act_within(lose, by=other_county.administrator), by=county.administrator)
    assert lost.value.connection_invalidated
    assert act(count, by=county.administrator) == 1


def test_what_is_undoable_goes_with_its_failure_and_stays_without_one(county: Office) -> None:
    def outer(by: Actor) -> None:
        act_within(count, by=by)
        with pytest.raises(RuleBroken), undoable():
            act_within(ends_in_a_refusal, by=by)
        assert scope() == scope_of(county)
        with undoable():
            act_within(count, by=by)

    act(outer, by=county.administrator)
    assert counted(county) == 2


def test_undoable_asks_nothing_of_the_database_until_a_command_is_called(county: Office) -> None:
    def outer(by: Actor) -> None:
        with undoable():
            assert not db.session().in_nested_transaction()
            act_within(count, by=by)
            assert db.session().in_nested_transaction()

    act(outer, by=county.administrator)


def test_undoable_belongs_inside_a_command(county: Office) -> None:
    with pytest.raises(RuntimeError, match="inside a command"), undoable():
        pass


def test_a_failure_that_was_passed_over_is_never_taken_for_success(county: Office) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction with a quiet ROLLBACK."""

    def pass_over(by: Actor) -> None:
        count(by)
        with contextlib.suppress(psycopg.Error):
            broken_in_the_driver(by)

    with pytest.raises(RuntimeError, match="went on after a statement had failed"):
        act(pass_over, by=county.administrator)
    assert counted(county) == 0


@pytest.mark.parametrize("rows_asked_for", [False, True])
def test_what_went_wrong_is_said_even_if_the_connection_went_too(
    county: Office, rows_asked_for: bool
) -> None:
    def lose_and_refuse(by: Actor) -> None:
        if rows_asked_for:
            count(by)
        with contextlib.suppress(psycopg.OperationalError):
            driver().execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise RuleBroken("no")

    with pytest.raises(RuleBroken):
        act(lose_and_refuse, by=county.administrator)
    assert act(count, by=county.administrator) == 1


def test_connections_that_died_in_the_pool_are_replaced_unnoticed(
    county: Office, servers: SimpleNamespace
) -> None:
    """As after a restart of the database: nobody's next request fails."""
    assert act(count, by=county.administrator) == 1
    db.session.close()
    with psycopg.connect(libpq(servers.superuser_url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'qiao_app'"
        )
    assert act(count, by=county.administrator) == 2


LOOKING = Statement(
    "SELECT pg_backend_pid(), current_setting('qiao.writable', true), pg_current_xact_id_if_assigned()"
)


@command(Permission.SETTINGS_WRITE)
def backend(*, by: Actor) -> tuple[Any, ...]:
    """Who serves this transaction in the database, in what scope, and whether it wrote."""
    return run_plain(LOOKING, {})[0]


@pytest.fixture
def own() -> Iterator[OwnConnection]:
    """This thread keeps its connection."""
    kept = OwnConnection()
    token = own_connection.set(lambda: kept)
    yield kept
    own_connection.reset(token)
    if kept.pooled is not None:
        kept.pooled.close()


def test_a_thread_that_keeps_its_connection_is_served_by_the_same_one_and_in_its_own_scope(
    county: Office, other_county: Office, own: OwnConnection
) -> None:
    first, *_ = backend(by=county.administrator)
    assert own.pooled is not None
    assert backend(by=other_county.administrator) == (first, str(other_county.id), None)


def test_a_kept_connection_that_died_is_replaced_unnoticed(
    county: Office, servers: SimpleNamespace, own: OwnConnection
) -> None:
    first, *_ = backend(by=county.administrator)
    with psycopg.connect(libpq(servers.superuser_url), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    again, *_ = backend(by=county.administrator)
    assert again != first
    assert backend(by=county.administrator)[0] == again


def test_what_a_failed_command_left_open_is_not_kept(county: Office, own: OwnConnection) -> None:
    def ends_badly(by: Actor) -> None:
        count(by)
        raise RuleBroken("no")

    backend(by=county.administrator)
    with pytest.raises(RuleBroken):
        act(ends_badly, by=county.administrator)
    assert own.pooled is None
    assert backend(by=county.administrator)[1:] == (str(county.id), None)
    assert act(count, by=county.administrator) == 1


def test_a_transaction_beside_the_one_under_way_takes_a_connection_of_the_pool(
    county: Office, own: OwnConnection
) -> None:
    def beside(by: Actor) -> tuple[Any, ...]:
        with ThreadPoolExecutor(1) as pool:
            context = copy_context()
            context.run(unit_under_way.set, None)
            app = current_app._get_current_object()  # type: ignore[attr-defined]
            return pool.submit(context.run, lambda: _in(app, by)).result()

    def _in(app: Flask, by: Actor) -> tuple[Any, ...]:
        with app.app_context():
            return backend(by=by)

    backend(by=county.administrator)
    outer: list[int] = []

    def outermost(by: Actor) -> tuple[Any, ...]:
        outer.append(run_plain(LOOKING, {})[0][0])
        return beside(by)

    assert act(outermost, by=county.administrator)[0] != outer[0]


def test_rows_that_wait_to_be_written_are_written_in_the_scope_they_were_made_in(
    county: Office, other_county: Office
) -> None:
    def outer(by: Actor) -> None:
        db.session.add(Counter(tenant_id=by.tenant_id, series="waits", last=1))
        act_within(
            lambda by: db.session.add(Counter(tenant_id=by.tenant_id, series="waits", last=1)),
            by=other_county.administrator,
        )

    act(outer, by=county.administrator)
    for office in (county, other_county):
        assert (
            look(
                lambda by: db.session.scalar(select(Counter.last).where(Counter.series == "waits")),
                by=office.administrator,
            )
            == 1
        )


def test_a_row_of_another_office_cannot_be_written_by_mistake(county: Office, other_county: Office) -> None:
    with pytest.raises(ProgrammingError) as refused:
        act(
            lambda by: db.session.add(Counter(tenant_id=other_county.id, series="test", last=1)),
            by=county.administrator,
        )
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_locking_and_getting_a_row_of_another_office_find_nothing(
    county: Office, other_county: Office
) -> None:
    version = change_settings({"standstill_working_days": 6}, by=county.administrator)
    assert act(lambda by: lock(SettingsVersion, version.id, by).number, by=county.administrator) == 1
    for find in (lock, get):
        with pytest.raises(NotFound):
            act(lambda by, find=find: find(SettingsVersion, version.id, by), by=other_county.administrator)


def test_an_overseer_gets_a_row_from_below_and_cannot_lock_it(county: Office, province: Office) -> None:
    version = change_settings({"standstill_working_days": 6}, by=county.administrator)
    above = province.actor(Role.OVERSEER, Role.ADMINISTRATOR, name="both")
    assert look(lambda by: get(SettingsVersion, version.id, by).tenant_id, by=above) == county.id
    with pytest.raises(NotFound):
        act(lambda by: lock(SettingsVersion, version.id, by), by=above)


def ends_well(by: Actor) -> None:
    """A command that commits."""
    count(by)


def ends_in_a_refusal(by: Actor) -> None:
    """A command that is rolled back."""
    count(by)
    raise RuleBroken("no")


def ends_with_a_savepoint(by: Actor) -> None:
    """A command that went back to a savepoint on its way."""
    with pytest.raises(DBAPIError), db.session.begin_nested():
        broken_statement(by)
    count(by)


@pytest.mark.parametrize(
    "body", [ends_well, ends_in_a_refusal, ends_with_a_savepoint, broken_statement, broken_in_the_driver]
)
def test_a_connection_that_is_used_again_carries_no_scope_over(
    app: Flask, county: Office, body: Callable[[Actor], None]
) -> None:
    act(count, by=county.administrator)
    backends = set()

    def remember_and_run(by: Actor) -> None:
        backends.add(driver().info.backend_pid)
        body(by)

    with contextlib.suppress(RuleBroken, DBAPIError, psycopg.Error):
        act(remember_and_run, by=county.administrator)
    db.session.close()
    with db.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        assert raw.info.backend_pid in backends
        found = raw.execute(
            "SELECT current_setting('qiao.readable', true), current_setting('qiao.writable', true)"
        ).fetchone()
        assert not any(found or ())
        assert raw.execute("SHOW transaction_read_only").fetchone() == ("off",)
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            raw.execute("SELECT * FROM counters")
        raw.rollback()


def test_rows_outlive_the_gate_that_read_them(county: Office) -> None:
    office = look(lambda by: db.session.get_one(Tenant, by.tenant_id), by=county.administrator)
    assert office.name_en == "Qinghe County Office"


def test_a_command_of_the_platform_may_add_a_person(app: Flask) -> None:
    """People belong to no tenant: the one kind of row that any command may write."""

    def add(by: Actor) -> None:
        db.session.add(Person(email="a@b.c", email_index=b"x", name="A", created_at=by.now))

    act(
        add,
        by=Actor(
            kind=Actor.system().kind,
            tenant_id=PLATFORM,
            roles=frozenset({Role.ADMINISTRATOR}),
            now=Actor.system().now,
        ),
    )
    assert look(lambda by: db.session.scalar(select(Person.name)), by=Actor.system()) == "A"


@command(Permission.SETTINGS_WRITE, in_turn=lambda number, body: number)
def act_in_turn(number: int, body: Callable[[Actor], Any], *, by: Actor) -> Any:
    """A command that waits for others of the same number."""
    return body(by)


def read_then_write(by: Actor) -> int:
    """Read what stands there, dawdle, and write one more: two at once would write the same."""
    known = select(Counter.last).where(Counter.tenant_id == by.tenant_id, Counter.series == "turns")
    last = db.session.scalar(known) or 0
    time.sleep(0.1)
    db.session.merge(Counter(tenant_id=by.tenant_id, series="turns", last=last + 1))
    return last + 1


def test_commands_of_one_number_follow_one_another_and_see_what_the_last_one_left(
    app: Flask, county: Office
) -> None:
    def act_once(_: int) -> int:
        with app.app_context():
            return act_in_turn(7, read_then_write, by=county.administrator)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(act_once, range(4))) == [1, 2, 3, 4]


def test_a_nested_command_waits_for_its_turn_too(app: Flask, county: Office) -> None:
    def act_once(_: int) -> int:
        with app.app_context():
            return act(lambda by: act_in_turn(7, read_then_write, by=by), by=county.administrator)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(act_once, range(3))) == [1, 2, 3]
