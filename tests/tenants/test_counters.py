"""Numbers people can say: a running series per office, without gaps or doubles."""

from __future__ import annotations

import contextlib
import threading

import pytest
from flask import Flask

from tenants.actors import Actor
from tenants.counters import next_number
from tenants.database import db
from tenants.gate import command
from tenants.permissions import Permission
from tenants.refusals import RuleBroken
from tests.conftest import Office


@command(Permission.SETTINGS_WRITE)
def take(series: str = "call", *, fail: bool = False, by: Actor) -> int:
    """Take the next number, and keep it or not."""
    number = next_number(series, by)
    if fail:
        raise RuleBroken("no")
    return number


def test_series_and_offices_count_apart(county: Office, other_county: Office) -> None:
    assert [take(by=county.administrator) for _ in range(3)] == [1, 2, 3]
    assert take("lot", by=county.administrator) == 1
    assert take(by=other_county.administrator) == 1


def test_a_command_that_fails_leaves_no_gap(county: Office) -> None:
    take(by=county.administrator)
    with pytest.raises(RuleBroken):
        take(fail=True, by=county.administrator)
    assert take(by=county.administrator) == 2


def test_many_at_once_get_each_number_once(app: Flask, county: Office) -> None:
    numbers: list[int] = []
    ready = threading.Barrier(6)

    def run(by: Actor) -> None:
        with app.app_context():
            ready.wait()
            for turn in range(10):
                with contextlib.suppress(RuleBroken):
                    numbers.append(take(fail=turn % 4 == 0, by=by))
            db.session.close()

    threads = [threading.Thread(target=run, args=[county.administrator]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 6 * 7 + 1))
