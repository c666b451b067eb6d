"""Promise 5: personal data under keys (T7)."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from channels.contacts import address_of, contact_for, erase
from channels.models import Contact
from channels.registry import add_channel
from tenants.actors import Actor
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.people import add_person, issue_token, list_members, token_actor
from tenants.permissions import Permission, Role
from tenants.privacy import (
    Keyring,
    decrypt_under,
    encrypt_under,
    mask_address,
    mask_name,
    new_data_key,
)
from tenants.schema import libpq
from tenants.sign_in import ask_for_link, issue_links_asked_for
from tests.conftest import Clock, Office
from tests.tenants.test_people import events

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


def new_key() -> str:
    """A key as ``QIAO_PRIVACY_KEYS`` holds it."""
    return b64encode(secrets.token_bytes(32)).decode()


OLD, NEW = new_key(), new_key()


@contextmanager
def keys(app: Flask, *held: str) -> Iterator[Keyring]:
    """The application with other keys."""
    before = app.extensions["qiao.keyring"]
    app.extensions["qiao.keyring"] = Keyring(held)
    try:
        yield app.extensions["qiao.keyring"]
    finally:
        app.extensions["qiao.keyring"] = before


@given(st.binary(max_size=200))
def test_what_was_encrypted_is_decrypted_and_looks_different_each_time(data: bytes) -> None:
    ring = Keyring([OLD])
    first, second = ring.encrypt(data), ring.encrypt(data)
    assert ring.decrypt(first) == ring.decrypt(second) == data
    assert first != second


def test_the_newest_key_encrypts_and_every_key_decrypts() -> None:
    before, rotated = Keyring([OLD]), Keyring([NEW, OLD])
    sealed = before.encrypt("王敏".encode())
    assert rotated.decrypt(sealed) == "王敏".encode()
    assert not rotated.is_current(sealed)
    fresh = rotated.encrypt(b"x")
    assert rotated.is_current(fresh)
    with pytest.raises(InvalidTag):
        before.decrypt(fresh)


def test_a_changed_byte_is_noticed() -> None:
    ring = Keyring([OLD])
    sealed = bytearray(ring.encrypt(b"0871-1234"))
    for place in range(len(sealed)):
        changed = bytes(sealed[:place]) + bytes([sealed[place] ^ 1]) + bytes(sealed[place + 1 :])
        with pytest.raises(InvalidTag):
            ring.decrypt(changed)


def test_an_index_is_equal_for_equal_addresses_under_one_key_and_finds_rows_of_older_keys() -> None:
    before, rotated = Keyring([OLD]), Keyring([NEW, OLD])
    address = "+8613800001111"
    assert before.index(address) == Keyring([OLD]).index(address) != before.index("+8613800001112")
    assert rotated.index(address) != before.index(address)
    assert rotated.indexes(address) == [rotated.index(address), before.index(address)]


def test_keys_for_encrypting_and_for_indexes_differ_from_the_master() -> None:
    """The index of an address is no use for reading anything."""
    ring = Keyring([OLD])
    assert len({ring.index("a"), ring.index("b"), ring.encrypt(b"a")[:32]}) == 3
    assert len(ring.index("a")) == 32


@given(ANY_TEXT)
def test_a_persons_text_comes_back_exactly_as_it_was(text: str) -> None:
    ring = Keyring([OLD])
    app = Flask("x")
    app.extensions["qiao.keyring"] = ring
    with app.app_context():
        wrapped = new_data_key()
        assert decrypt_under(wrapped, encrypt_under(wrapped, text)) == text


def test_a_persons_text_cannot_be_read_with_another_persons_key(app: Flask) -> None:
    sealed = encrypt_under(new_data_key(), "水池漏水")
    with pytest.raises(InvalidTag):
        decrypt_under(new_data_key(), sealed)


def test_texts_survive_a_rotation_because_only_their_key_is_wrapped_anew(app: Flask) -> None:
    with keys(app, OLD):
        wrapped = new_data_key()
        sealed = encrypt_under(wrapped, "水池漏水")
    with keys(app, NEW, OLD) as ring:
        wrapped = ring.encrypt(ring.decrypt(wrapped))
    with keys(app, NEW):
        assert decrypt_under(wrapped, sealed) == "水池漏水"


def test_without_its_key_a_text_is_gone() -> None:
    assert decrypt_under(None, b"anything") is None
    assert decrypt_under(b"anything", None) is None


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("+8613800005678", "138****5678"),
        ("wx_o6_bmjrPTlm8f3a", "wx_****8f3a"),
        ("oyORnuP8q7ou2gfYjqLzSIWZ8f3a", "wx****8f3a"),
        ("+12025550123", "+12****0123"),
        ("12345", "1****"),
    ],
)
def test_an_address_is_masked(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@given(st.text("0123456789+", min_size=1, max_size=20))
def test_a_mask_never_shows_more_than_seven_signs(address: str) -> None:
    shown = mask_address(address).replace("*", "")
    assert len(shown) <= 7
    assert len(shown) < len(address) or len(address) == 1 or len(address) == 7


@pytest.mark.parametrize(
    ("name", "masked"), [("王敏", "王*"), ("欧阳小红", "欧***"), ("李", "李*"), ("", "*")]
)
def test_a_name_is_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_people_and_tokens_made_under_the_old_key_are_found_under_the_new_one(
    app: Flask, county: Office, clock: Clock
) -> None:
    with keys(app, OLD):
        add_person("wang@example.org", name="王敏", roles=[Role.EXPERT], by=county.administrator)
        _token, secret = issue_token("x", roles=[Role.EXPERT], by=county.administrator)
    with keys(app, NEW, OLD):
        assert [one.name for _membership, one in list_members(by=county.administrator)] == ["王敏"]
        ask_for_link("wang@example.org", by=Actor.public(now=clock()))
        assert len(issue_links_asked_for(by=Actor.system(now=clock()))) == 1
        assert token_actor(secret, locale="zh", by=Actor.public(now=clock())).tenant_id == county.id


def test_names_and_addresses_stand_nowhere_in_clear(servers: SimpleNamespace, county: Office) -> None:
    add_person("wang@example.org", name="王小敏", roles=[Role.EXPERT], by=county.administrator)
    contact_of(county)
    with psycopg.connect(libpq(servers.owner_url)) as connection:
        tables = [
            row[0]
            for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        rows = b"".join(copied(connection, table) for table in tables)
    assert b"person_added" in rows
    for word in ("wang@example.org", "王小敏", "13800001111"):
        assert word.encode() not in rows
        assert word.encode().hex().encode() not in rows


def copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    """A table as COPY writes it."""
    with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:  # type: ignore[arg-type]
        return b"".join(bytes(block) for block in copy)


@command(Permission.PEOPLE_WRITE)
def make_contact(number: str, *, by: Actor) -> Contact:
    """The contact of a number."""
    return contact_for(number, by=by)


@query(Permission.CHANNEL_READ)
def shown(contact_id: UUID, *, by: Actor) -> str:
    """The contact's address as a page shows it."""
    return address_of(contact_id, by=by)


@query(Permission.CHANNEL_READ)
def find(contact_id: UUID, *, by: Actor) -> Contact:
    """The contact's row."""
    return db.session.get_one(Contact, (by.tenant_id, contact_id))


def contact_of(county: Office) -> Contact:
    """A contact of an office with a number."""
    add_channel(
        "twilio",
        "+8613900000000",
        {"account_sid": "AC1", "auth_token": "secret-of-twilio"},
        by=county.administrator,
    )
    return make_contact("13800001111", by=county.administrator)


def test_t7_an_address_is_shown_masked(county: Office) -> None:
    contact = contact_of(county)
    assert shown(contact.id, by=county.administrator) == "138****1111"


def test_t7_erasing_a_person_leaves_nothing_that_could_be_read(county: Office) -> None:
    contact = contact_of(county)
    wrapped = find(contact.id, by=county.administrator).data_key
    assert wrapped is not None
    said = encrypt_under(wrapped, "水池漏水")
    erase(contact.id, by=county.system)
    gone = find(contact.id, by=county.administrator)
    assert (gone.address, gone.address_index, gone.data_key) == (None, None, None)
    assert decrypt_under(gone.data_key, said) is None
    assert shown(contact.id, by=county.administrator) == "—"
    assert Event.PERSON_ERASED in events(by=county.administrator)


def test_t7_who_was_erased_and_writes_again_is_somebody_new(county: Office) -> None:
    contact = contact_of(county)
    erase(contact.id, by=county.system)
    assert make_contact("13800001111", by=county.administrator).id != contact.id
