"""Every page and every API operation at the end of the story, knocked at by the neighbour, the province and the county."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tenants.gate import permission_of
from tenants.people import add_person
from tenants.permissions import ASSIGNABLE, Role, permissions_of
from tests.addresses import address, doors
from tests.bodies import plausible_body
from tests.journeys.offers import Offers, commands_behind, view_behind
from tests.journeys.played import ALL_ELSE, AT_THE_DESK, STANDS_IN, Played

ABOUT_ONESELF = {
    "web.log_in",
    "web.log_out",
    "web.one_time_code",
    "web.forgotten",
    "web.recover",
    "web.reauthenticate",
    "web.switch_office",
    "profile.show",
    "profile.codes",
    "profile.codes_off",
    "profile.picture",
    "api-docs.openapi_json",
}
"""Doors to one's own log-in, and the document that describes the others."""

READ_BY_ALL_COUNTIES = {"evaluation.lessons"}
"""The library of lessons (E5)."""

NO_PICTURE = "the story's picture came with a message, and is to be found there alone"

NOT_THERE = {
    "complaints.picture": NO_PICTURE,
    "hotline.picture": NO_PICTURE,
    "organizations.certificate": NO_PICTURE,
    "providers.certificate": NO_PICTURE,
    "delivery.picture": NO_PICTURE,
    "transfers.picture": NO_PICTURE,
    "contracts.plan": "the winner of the story wrote its plan into the form, so that there is no file",
    "office.person": "who works in an office is changed there, not from above",
    "office.lend": "the same",
    "office_channels.show": "an office's numbers are set up there, not from above",
    "office_channels.templates": "the same",
}
"""Doors with nothing behind them for the province, or at the end of the story, and why."""

NO_COUNTY_BELOW = {"office_county_names.call"}
"""What an office does for the counties below it, of which a county has none."""

TAKES_AWAY = {"office.person", "office_api.set_roles", "office_channels.close", "channels_api.close"}
"""What takes away the person or the number it is about: knocked at last."""

Knock = tuple[Rule, str, str]
"""A route, a method, and whether it is a ``page`` or the ``api``."""


def knocks(app: Flask) -> list[Knock]:
    """Every door for officials."""
    kinds = {"/admin/": "page", "/api/v1/": "api"}
    return [
        (rule, method, kind)
        for rule, method in doors(app)
        for prefix, kind in kinds.items()
        if rule.rule.startswith(prefix) and rule.endpoint not in ABOUT_ONESELF
    ]


def knock(
    client: FlaskClient, played: Played, door: Knock, ids: dict[str, Any], *, filled: bool
) -> TestResponse:
    """Knock at a door with these ids; ``filled``: with a body that its document calls right."""
    rule, method, kind = door
    path = address(rule, ids)
    if kind == "page" or method == "GET":
        return client.open(path, method=method, data={} if method == "POST" else None, follow_redirects=True)
    operation = played.document["paths"][re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)][method.lower()]
    body = plausible_body(played.document, operation, {**ids, "terms": {"rate": "10"}}) if filled else {}
    return client.open(path, method=method, json=body)


def clients(played: Played, office: int, kind: str) -> list[FlaskClient]:
    """The people, or the programs, who together hold every role of an office."""
    come_in = played.browser if kind == "page" else played.program
    return [come_in(office, roles) for roles in (ALL_ELSE, AT_THE_DESK)]


def words(response: TestResponse) -> str:
    """What a response says; documents for download count as what they are made of."""
    return response.get_data().decode("utf-8", "replace")


def seen(response: TestResponse, ids: dict[str, Any]) -> tuple[int, str]:
    """A response without the ids it was asked for, and without what is new in each page."""
    text = response.headers.get("Location", "") + words(response)
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    for name, value in ids.items():
        if isinstance(value, UUID):
            text = text.replace(str(value), name)
    return response.status_code, text


def listed(wrong: list[Any]) -> str:
    """What is wrong, line by line."""
    return "\n".join(str(one) for one in wrong)


@pytest.mark.parametrize("kind", ["page", "api"])
def test_for_the_neighbour_nothing_of_the_county_exists(played: Played, kind: str) -> None:
    people = clients(played, played.neighbour, kind)
    nowhere = {name: uuid4() if isinstance(value, UUID) else value for name, value in played.ids.items()}
    before, wrong = played.contents(played.county), []
    for door in (door for door in knocks(played.app) if door[2] == kind):
        rule, method, _kind = door
        for filled in (False, True) if kind == "api" and method != "GET" else (False,):
            real = [knock(person, played, door, played.ids, filled=filled) for person in people]
            unreal = [knock(person, played, door, nowhere, filled=filled) for person in people]
            by_id = bool(rule.arguments & set(STANDS_IN))
            for one, other in zip(real, unreal, strict=True):
                said = (method, rule.rule, filled, one.status_code, other.status_code)
                if one.status_code >= 500:
                    wrong.append(("breaks", *said))
                if by_id and seen(one, played.ids) != seen(other, nowhere):
                    wrong.append(("tells", *said))
                if by_id and one.status_code not in (403, 404, 422):
                    wrong.append(("answers", *said))
                if rule.endpoint not in READ_BY_ALL_COUNTIES:
                    wrong += [("names", name, *said) for name in played.names if name in words(one)]
            if by_id and method == "GET" and 404 not in {one.status_code for one in real}:
                wrong.append(("hides", method, rule.rule))
    assert not wrong, listed(wrong)
    assert played.contents(played.county) == before


@pytest.mark.parametrize("kind", ["page", "api"])
def test_the_province_reads_and_changes_nothing(played: Played, kind: str) -> None:
    overseer = (played.browser if kind == "page" else played.program)(
        played.province, frozenset({Role.OVERSEER})
    )
    before, wrong = played.contents(), []
    for door in (door for door in knocks(played.app) if door[2] == kind):
        rule, method, _kind = door
        response = knock(overseer, played, door, played.ids, filled=True)
        if method == "GET":
            fits = response.status_code in (200, 403) or rule.endpoint in NOT_THERE
        else:
            fits = response.status_code in (403, 404)
        if not fits:
            wrong.append(
                (method, rule.rule, response.status_code, words(response)[:300] if kind == "api" else "")
            )
    assert not wrong, listed(wrong)
    assert played.contents() == before


def read_pages(played: Played, reader: FlaskClient) -> Iterator[tuple[Rule, Offers]]:
    """What each page of the county that opens for a reader offers."""
    for rule, method, kind in knocks(played.app):
        if kind == "page" and method == "GET":
            response = reader.get(address(rule, played.ids))
            if response.status_code == 200 and response.mimetype == "text/html":
                yield rule, Offers(response.text)


def test_no_page_offers_the_province_an_act(played: Played) -> None:
    overseer = played.browser(played.province, frozenset({Role.OVERSEER}))
    offered = [(rule.rule, *offers.forms) for rule, offers in read_pages(played, overseer) if offers.forms]
    assert not offered, listed(offered)


def test_forms_of_the_county_filled_in_by_the_province_change_nothing(played: Played) -> None:
    overseer = played.browser(played.province, frozenset({Role.OVERSEER}))
    forms = {
        action: answers
        for person in clients(played, played.county, "page")
        for _rule, offers in read_pages(played, person)
        for action, answers in offers.forms.items()
    }
    before = played.contents()
    answers = {action: overseer.post(action, data=filled).status_code for action, filled in forms.items()}
    assert len(answers) > 20
    assert not {action: status for action, status in answers.items() if status not in (403, 404)}
    assert played.contents() == before


def test_the_province_writes_nothing_into_a_county_whatever_its_roles(played: Played) -> None:
    everything = "|".join(str(value) for name, value in played.ids.items() if isinstance(value, UUID))
    offered = [
        (rule.rule, action)
        for person in clients(played, played.province, "page")
        for rule, offers in read_pages(played, person)
        for action in (*offers.forms, *offers.links)
        if re.search(everything, action) and (action in offers.forms or person.get(action).status_code != 200)
    ]
    assert not offered, listed(offered)


@pytest.mark.parametrize("role", ASSIGNABLE)
def test_a_page_offers_only_what_its_reader_may_do(played: Played, role: Role) -> None:
    roles = frozenset({role})
    reader, wrong, followed = played.browser(played.county, roles), [], dict[str, int]()
    for rule, offers in read_pages(played, reader):
        for action in offers.forms:
            needed = {permission_of(one) for one in commands_behind(view_behind(played.app, action))}
            if not needed <= permissions_of(roles):
                wrong.append((rule.rule, action, needed))
        for link in offers.links:
            if link not in followed:
                followed[link] = reader.get(link, follow_redirects=True).status_code
            if followed[link] != 200:
                wrong.append((rule.rule, link, followed[link]))
    assert followed
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("kind", ["page", "api"])
def test_the_county_is_answered(played: Played, kind: str) -> None:
    people = clients(played, played.county, kind)
    colleague = add_person(
        f"{uuid4().hex}@example.org", name="同事", roles=ALL_ELSE, by=played.by(played.county)
    )
    ids, wrong = {**played.ids, "member_id": colleague.id}, []
    mine = [door for door in knocks(played.app) if door[2] == kind]
    mine.sort(key=lambda door: (door[1] != "GET", door[0].endpoint in TAKES_AWAY))
    for door in mine:
        rule, method, _kind = door
        answers = {knock(person, played, door, ids, filled=False).status_code for person in people}
        if method == "GET":
            fits = 200 in answers or rule.endpoint in NOT_THERE.keys() | NO_COUNTY_BELOW
        else:
            below = {404} if rule.endpoint in NO_COUNTY_BELOW else set()
            fits = not answers & {404, 405} - below and max(answers) < 500
        if not fits:
            wrong.append((method, rule.rule, sorted(answers)))
    assert not wrong, listed(wrong)
