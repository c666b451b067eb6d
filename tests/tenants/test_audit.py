"""Promise 4: the record nobody rewrites unseen (T6)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from tenants.actors import Actor
from tenants.audit import GENESIS, AuditEntry, AuditLink, first_broken_link, link_hash, record, seal
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.refusals import NotPermitted, RuleBroken
from tenants.schema import libpq
from tests.conftest import Office


@command(Permission.SETTINGS_WRITE)
def note(*, by: Actor, **facts: Any) -> None:
    """A command that leaves one entry."""
    record(Event.SETTINGS_CHANGED, ("notes", 1), by, **facts)


@command(Permission.SETTINGS_WRITE)
def note_and_fail(*, by: Actor) -> None:
    """A command that is rolled back."""
    record(Event.SETTINGS_CHANGED, ("notes", 1), by)
    raise RuleBroken("no")


@query(Permission.AUDIT_READ)
def entries(*, by: Actor) -> list[AuditEntry]:
    """The office's entries."""
    return list(
        db.session.scalars(
            select(AuditEntry).where(AuditEntry.tenant_id == by.tenant_id).order_by(AuditEntry.id)
        )
    )


@query(Permission.AUDIT_READ)
def chain(*, by: Actor) -> list[AuditLink]:
    """The office's chain."""
    return list(
        db.session.scalars(
            select(AuditLink).where(AuditLink.tenant_id == by.tenant_id).order_by(AuditLink.number)
        )
    )


@pytest.fixture
def owner(servers: SimpleNamespace) -> Iterator[psycopg.Connection[Any]]:
    """The database's owner, who may rewrite anything."""
    with psycopg.connect(libpq(servers.owner_url), autocommit=True) as connection:
        yield connection


def three_sealed(county: Office) -> list[AuditLink]:
    """Three entries in the chain."""
    for number in range(3):
        note(number=number, by=county.administrator)
    assert seal(by=county.system) == 3
    return chain(by=county.administrator)


def test_an_entry_says_who_what_when_and_through_which_channel(county: Office) -> None:
    by = county.administrator
    note(changed=["standstill"], by=by)
    (entry,) = entries(by=county.administrator)
    assert (entry.event, entry.subject_type, entry.subject_id) == ("tenants.settings_changed", "notes", "1")
    assert (entry.actor_kind, entry.actor_id, entry.channel, entry.at) == (by.kind, by.id, "web", by.now)
    assert entry.facts == {"changed": ["standstill"]}


def test_what_is_rolled_back_leaves_no_entry(county: Office) -> None:
    with pytest.raises(RuleBroken):
        note_and_fail(by=county.administrator)
    assert entries(by=county.administrator) == []


def test_facts_of_any_kind_are_kept_as_plain_json(county: Office) -> None:
    moment = datetime(2026, 3, 4, 4, tzinfo=UTC)
    note(
        amount=Decimal("18000.00"), day=date(2026, 3, 4), moment=moment, kind=Event.OFFICE_ADDED, ids=(1, 2), none=None,
        yes=True, share=0.1, nested={"at": moment, 3: {1}}, by=county.administrator,
    )  # fmt: skip
    assert entries(by=county.administrator)[0].facts == {
        "amount": "18000.00", "day": "2026-03-04", "moment": "2026-03-04T04:00:00+00:00", "kind": "tenants.office_added",
        "ids": [1, 2], "none": None, "yes": True, "share": 0.1, "nested": {"at": "2026-03-04T04:00:00+00:00", "3": [1]},
    }  # fmt: skip


def test_the_chain_numbers_entries_without_gaps_and_each_link_covers_the_one_before(county: Office) -> None:
    links = three_sealed(county)
    assert [link.number for link in links] == [1, 2, 3]
    previous = GENESIS
    for link, entry in zip(links, entries(by=county.administrator), strict=True):
        assert link.audit_id == entry.id
        assert link.hash == link_hash(previous, entry)
        previous = link.hash
    assert first_broken_link(by=county.administrator) == (3, None)


def test_sealing_again_adds_only_what_is_new(county: Office) -> None:
    three_sealed(county)
    assert seal(by=county.system) == 0
    note(by=county.administrator)
    assert seal(by=county.system) == 1
    assert first_broken_link(by=county.administrator) == (4, None)


def test_each_office_has_a_chain_of_its_own(county: Office, other_county: Office) -> None:
    note(by=other_county.administrator)
    three_sealed(county)
    assert chain(by=other_county.administrator) == []
    assert seal(by=other_county.system) == 1
    assert first_broken_link(by=other_county.administrator) == (1, None)


def test_only_the_system_seals(county: Office) -> None:
    with pytest.raises(NotPermitted):
        seal(by=county.administrator)


REWRITES = [
    "UPDATE audit_entries SET facts = '{\"number\": 7}' WHERE id = {id}",
    "UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE id = {id}",
    "UPDATE audit_entries SET event = 'tenants.office_added' WHERE id = {id}",
    "UPDATE audit_entries SET actor_id = NULL WHERE id = {id}",
    "UPDATE audit_entries SET actor_kind = 'system' WHERE id = {id}",
    "UPDATE audit_entries SET channel = 'sms' WHERE id = {id}",
    "UPDATE audit_entries SET subject_id = '2' WHERE id = {id}",
    "UPDATE audit_chain SET hash = sha256('x') WHERE audit_id = {id}",
    "DELETE FROM audit_entries WHERE id = {id}",
    "DELETE FROM audit_chain WHERE audit_id = {id}",
]


@pytest.mark.parametrize("rewrite", REWRITES)
def test_the_owner_of_the_database_rewrites_nothing_unseen_and_the_link_is_named(
    county: Office, owner: psycopg.Connection[Any], rewrite: str
) -> None:
    links = three_sealed(county)
    done = owner.execute(rewrite.replace("{id}", str(links[1].audit_id)))  # type: ignore[arg-type]
    assert done.rowcount == 1
    assert first_broken_link(by=county.administrator) == (1, 2)


def test_an_entry_put_in_the_place_of_another_is_found(
    county: Office, owner: psycopg.Connection[Any]
) -> None:
    links = three_sealed(county)
    owner.execute("UPDATE audit_chain SET number = 9 WHERE number = 1 AND tenant_id = %s", [county.id])
    owner.execute("UPDATE audit_chain SET number = 1 WHERE audit_id = %s", [links[1].audit_id])
    assert first_broken_link(by=county.administrator) == (0, 1)


def test_whoever_recomputes_the_chain_to_its_end_changes_its_head(
    county: Office, owner: psycopg.Connection[Any]
) -> None:
    """That is why the head is published: it is what even the owner cannot keep."""
    head = three_sealed(county)[-1].hash
    owner.execute("UPDATE audit_entries SET channel = 'sms' WHERE tenant_id = %s", [county.id])
    previous = GENESIS
    for entry in entries(by=county.administrator):
        previous = link_hash(previous, entry)
        owner.execute("UPDATE audit_chain SET hash = %s WHERE audit_id = %s", [previous, entry.id])
    assert first_broken_link(by=county.administrator) == (3, None)
    assert chain(by=county.administrator)[-1].hash != head


def test_sealers_at_the_same_time_make_one_chain(app: Flask, county: Office) -> None:
    for number in range(20):
        note(number=number, by=county.administrator)
    sealed: list[int] = []
    ready = threading.Barrier(4)

    def run(by: Actor) -> None:
        with app.app_context():
            ready.wait()
            sealed.append(seal(by=by))
            db.session.close()

    threads = [threading.Thread(target=run, args=[county.system]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sealed) == [0, 0, 0, 20]
    assert first_broken_link(by=county.administrator) == (20, None)


def test_a_writer_who_commits_late_is_sealed_later_under_a_higher_number(
    county: Office, servers: SimpleNamespace
) -> None:
    with psycopg.connect(libpq(servers.database_url)) as late:
        late.execute(
            "SELECT set_config('qiao.readable', %s, true), set_config('qiao.writable', %s, true)",
            [f"{{{county.id}}}", str(county.id)],
        )
        late.execute(
            "INSERT INTO audit_entries (tenant_id, at, event, actor_kind, channel, subject_type, subject_id, facts)"
            " VALUES (%s, now(), 'late', 'system', 'system', 'notes', '1', '{}')",
            [county.id],
        )
        note(by=county.administrator)
        assert seal(by=county.system) == 1
        late.commit()
    assert seal(by=county.system) == 1
    first, second = chain(by=county.administrator)
    assert first.audit_id > second.audit_id
    assert first_broken_link(by=county.administrator) == (2, None)


def test_an_entry_that_waited_half_an_hour_in_its_transaction_is_still_sealed(
    county: Office, owner: psycopg.Connection[Any]
) -> None:
    note(number=1, by=county.administrator)
    seal(by=county.system)
    note(number=2, by=county.administrator)
    owner.execute(
        "UPDATE audit_entries SET recorded_at = recorded_at - %s WHERE facts ->> 'number' = '2'",
        [timedelta(minutes=30)],
    )
    assert seal(by=county.system) == 1
