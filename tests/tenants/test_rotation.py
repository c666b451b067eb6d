"""New privacy keys: everything under the old one is encrypted anew, and stays readable all the while (T7)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from sqlalchemy import LargeBinary, select, type_coerce

from channels.contacts import erase
from channels.models import Contact
from channels.registry import list_channels
from tenants import rotation, sign_in
from tenants.actors import PLATFORM, Actor
from tenants.database import db
from tenants.events import Event
from tenants.gate import query
from tenants.people import add_person, issue_token, list_members, token_actor
from tenants.permissions import Permission, Role
from tenants.privacy import Encrypted, decrypt_under, encrypt_under
from tenants.refusals import NotPermitted
from tests.conftest import Clock, Office
from tests.tenants.test_people import events
from tests.tenants.test_privacy import NEW, OLD, contact_of, find, keys, make_contact

HASHES = ("address_index", "email_index", "key", "token_hash", "hash", "pin_hash", "digest")
OTHERWISE_KEPT = ("public_key", "content")
UNDER_ANOTHER_KEY = (
    *("sealed", "text", "raw", "reply", "parameters", "words", "answers"),
    *("asked", "answer", "declined_because", "set_aside_because", "reason"),
)
NOT_FROM_THE_KEYRING = {*HASHES, *OTHERWISE_KEPT, *UNDER_ANOTHER_KEY}
"""The binary columns that rotation leaves alone."""


def everything(by: Actor) -> list[int]:
    """Rotate one office."""
    return list(rotation.rotate(by=by))


@query(Permission.SIGN_IN)
def sealed(column: Any, *, by: Actor) -> list[bytes]:
    """A column of every row as it is kept."""
    return list(db.session.scalars(select(type_coerce(column, LargeBinary))))


def test_every_binary_column_is_either_rotated_or_known_not_to_need_it() -> None:
    unknown = {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary | Encrypted)
        and column.name not in {found.name for found in rotation.columns_under_keys(table)}
        and column.name not in NOT_FROM_THE_KEYRING
    }
    assert unknown == set()


def test_the_tables_under_keys_are_found_by_themselves() -> None:
    names = {table.name for table in rotation.tables_under_keys()}
    assert {"people", "contacts", "channels", "calls", "signatories", "complaints"} <= names


def test_only_the_system_rotates(county: Office) -> None:
    with pytest.raises(NotPermitted):
        rotation.rotate_batch("contacts", by=county.administrator)


def test_a_rotated_deployment_needs_the_old_key_for_nothing_but_old_secrets(
    app: Flask, county: Office, clock: Clock
) -> None:
    with keys(app, OLD):
        add_person("wang@example.org", name="王敏", roles=[Role.EXPERT], by=county.administrator)
        _token, secret = issue_token("x", roles=[Role.EXPERT], by=county.administrator)
        contact = contact_of(county)
        wrapped = find(contact.id, by=county.administrator).data_key
        assert wrapped is not None
        said = encrypt_under(wrapped, "水池漏水")
    with keys(app, NEW, OLD):
        assert rotation.count_outdated(by=county.system) == 2
        assert everything(Actor.system(PLATFORM)) == [1]
        assert everything(county.system) == [1, 1]
        assert rotation.count_outdated(by=county.system) == 0
        assert token_actor(secret, locale="zh", by=Actor.public(now=clock())).tenant_id == county.id
    with keys(app, NEW):
        assert [one.name for _membership, one in list_members(by=county.system)] == ["王敏"]
        sign_in.ask_for_link("wang@example.org", by=Actor.public(now=clock()))
        assert len(sign_in.issue_links_asked_for(by=Actor.system(now=clock()))) == 1
        assert "secret-of-twilio" in list_channels(by=county.administrator)[0].credentials
        kept = find(contact.id, by=county.administrator)
        assert kept.address == "+8613800001111"
        assert decrypt_under(kept.data_key, said) == "水池漏水"
        assert make_contact("13800001111", by=county.administrator).id == contact.id
    with keys(app, OLD), pytest.raises(InvalidTag):
        find(contact.id, by=county.administrator)


def test_each_batch_is_recorded_and_what_was_cut_short_goes_on(
    app: Flask, county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    with keys(app, OLD):
        contact_of(county)
        for number in range(4):
            make_contact(f"1380000222{number}", by=county.administrator)
    with keys(app, NEW, OLD) as ring:
        batches = rotation.rotate(by=county.system)
        assert [next(batches), next(batches)] == [1, 2]
        batches.close()
        anyone = county.system.at(county.id, Role.ANYONE)
        assert sum(map(ring.is_current, sealed(Contact.address, by=anyone))) == 2
        assert everything(county.system) == [2, 1]
        assert everything(county.system) == []
        assert all(map(ring.is_current, sealed(Contact.data_key, by=anyone)))
    assert [event for event in events(by=county.administrator) if event == Event.KEYS_ROTATED] == [
        Event.KEYS_ROTATED
    ] * 4


def test_an_office_rotates_its_own_rows_and_nobody_elses(
    app: Flask, county: Office, other_county: Office
) -> None:
    with keys(app, OLD):
        contact_of(county)
        contact_of(other_county)
    with keys(app, NEW, OLD):
        everything(county.system)
        assert rotation.count_outdated(by=county.system) == 0
        assert rotation.count_outdated(by=other_county.system) == 2


def test_who_was_erased_stays_erased(app: Flask, county: Office) -> None:
    with keys(app, OLD):
        contact = contact_of(county)
        erase(contact.id, by=county.system)
    with keys(app, NEW, OLD):
        everything(county.system)
        gone = find(contact.id, by=county.administrator)
        assert (gone.address, gone.address_index, gone.data_key) == (None, None, None)
