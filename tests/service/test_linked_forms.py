"""Forms that messages link to: used up by submitting, not by a preview that opens them (T5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

from channels.contacts import contact_for
from channels.links import issue_link
from channels.models import FormLink
from service.room import LinkedForm
from service.schemas import Schema, Text, about
from tenants.actors import Actor, ActorKind
from tenants.gate import command
from tenants.permissions import Permission
from tenants.refusals import RuleBroken
from tests.conftest import Clock, Office


class TaleSchema(Schema):
    """A form as rooms declare them."""

    tale = Text("Tale", most=50, required=True)
    photo = fields.Raw(metadata=about("Photo", widget="file"))


class Book:
    """What was handed in."""

    def __init__(self) -> None:
        self.entries: list[tuple[dict[str, Any], Actor]] = []
        self.refuses = False

    def submit(self, link: FormLink, data: dict[str, Any], by: Actor) -> None:
        """Keep it, or refuse it."""
        if self.refuses:
            raise RuleBroken("two_persons")
        self.entries.append((data, by))

    def values(self, link: FormLink, by: Actor) -> dict[str, Any]:
        """What is known already."""
        return {"tale": "known"}


@pytest.fixture
def book(app: Flask) -> Iterator[Book]:
    """A room that opens a form."""
    book = Book()
    form = LinkedForm("tale", "Tell us", "In your words.", TaleSchema, book.submit, book.values)
    rooms = app.extensions["qiao.rooms"]
    app.extensions["qiao.rooms"] = [replace(rooms[0], forms=(form,))]
    yield book
    app.extensions["qiao.rooms"] = rooms


@command(Permission.MESSAGE_SEND)
def issue(purpose: str, locale: str, *, by: Actor) -> str:
    """A link for a villager."""
    return issue_link(purpose, contact_for("+8613800000001", by=by).id, locale=locale, by=by).removeprefix(
        "http://qiao.test"
    )


@pytest.fixture
def link(county: Office, phone: Callable[..., object]) -> Callable[..., str]:
    """``link(purpose, locale)``: the path of a new link."""
    phone("+8613800000001", county)
    return lambda purpose="tale", locale="en": issue(purpose, locale, by=county.system)


def test_t5_opening_uses_nothing_up_and_shows_what_is_known(
    visitor: FlaskClient, book: Book, link: Callable[..., str]
) -> None:
    path = link()
    for _preview in range(3):
        page = visitor.get(path)
        assert page.status_code == 200
        assert "known" in page.text
        assert page.headers["Cache-Control"] == "no-store"


def test_t5_submitting_uses_it_up_and_says_thank_you(
    visitor: FlaskClient, book: Book, link: Callable[..., str]
) -> None:
    path = link()
    answer = visitor.post(path, data={"tale": "水渠"})
    assert answer.status_code == 303
    assert "Thank you" in visitor.get(answer.headers["Location"]).text
    ((data, by),) = book.entries
    assert data["tale"] == "水渠"
    assert by.kind is ActorKind.CONTACT
    assert isinstance(by.id, UUID)
    again = visitor.post(path, data={"tale": "again"})
    assert again.status_code == 404
    assert len(book.entries) == 1


def test_a_used_or_unknown_link_is_answered_kindly(visitor: FlaskClient, book: Book) -> None:
    page = visitor.get("/f/" + "x" * 22)
    assert page.status_code == 404
    assert "portal" in page.text
    assert "{" not in page.text


def test_a_link_runs_out(visitor: FlaskClient, book: Book, link: Callable[..., str], clock: Clock) -> None:
    path = link()
    clock.advance(days=15)
    assert visitor.get(path).status_code == 404


def test_a_purpose_no_room_knows_is_not_found(
    visitor: FlaskClient, book: Book, link: Callable[..., str]
) -> None:
    assert visitor.get(link("nobody")).status_code == 404


def test_wrong_answers_are_named_and_use_nothing_up(
    visitor: FlaskClient, book: Book, link: Callable[..., str]
) -> None:
    path = link()
    page = visitor.post(path, data={"tale": "x" * 51})
    assert page.status_code == 422
    assert "x" * 51 in page.text
    assert book.entries == []
    assert visitor.post(path, data={"tale": "kept"}).status_code == 303


def test_a_refusal_is_shown_on_the_form_and_uses_nothing_up(
    visitor: FlaskClient, book: Book, link: Callable[..., str]
) -> None:
    path, book.refuses = link(), True
    page = visitor.post(path, data={"tale": "no"})
    assert page.status_code == 422
    assert "two different persons" in page.text
    book.refuses = False
    assert visitor.post(path, data={"tale": "yes"}).status_code == 303


def test_s3_the_page_speaks_the_links_language_unless_asked(
    visitor: FlaskClient, book: Book, link: Callable[..., str]
) -> None:
    path = link("tale", "en")
    assert 'lang="en"' in visitor.get(path).text
    assert '<html lang="zh-Hans">' in visitor.get(path + "?lang=zh").text
    assert '<html lang="en">' in visitor.get(path).text


def test_files_come_along(visitor: FlaskClient, book: Book, link: Callable[..., str]) -> None:
    data = {"tale": "with photo", "photo": (BytesIO(b"jpeg"), "photo.jpg")}
    assert visitor.post(link(), data=data, content_type="multipart/form-data").status_code == 303
    assert book.entries[0][0]["photo"].filename == "photo.jpg"


def test_a_file_beyond_10_mib_is_refused_kindly(
    visitor: FlaskClient, book: Book, link: Callable[..., str]
) -> None:
    path = link()
    data = {"tale": "big", "photo": (BytesIO(b"0" * (11 * 1024 * 1024)), "photo.jpg")}
    page = visitor.post(path, data=data, content_type="multipart/form-data")
    assert page.status_code == 413
    assert "portal" in page.text
    assert visitor.get(path).status_code == 200


def test_a_form_needs_its_own_page(
    app: Flask, visitor: FlaskClient, book: Book, link: Callable[..., str]
) -> None:
    path = link()
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert visitor.post(path, data={"tale": "forged"}).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert book.entries == []
