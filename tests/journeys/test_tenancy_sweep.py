"""Every page and every API operation at the end of the story, knocked at by the neighbour, the province and the county."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.rows import dict_row
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from channels.alarms import raise_alarm
from channels.models import Secrecy
from service.demo import texts
from service.demo.stage import OFFICIALS
from service.settings import Settings
from tenants.actors import Actor
from tenants.offices import office_by_code
from tenants.people import add_person, issue_token, list_members
from tenants.permissions import ASSIGNABLE, Role
from tenants.schema import libpq
from tenants.workdays import local_day
from tests.addresses import address, doors
from tests.bodies import plausible_body
from tests.conftest import Clock, empty_deployment
from tests.house.test_tenancy import OWNED
from tests.journeys.conftest import on_stage
from tests.service.attention.conftest import classify
from tests.service.conftest import Visitor

AT_THE_DESK = frozenset({Role.COMPLAINT_OFFICER})
ALL_ELSE = frozenset(ASSIGNABLE) - {Role.COMPLAINT_OFFICER}
"""Together every role of an office; no one person may hold them all (T4)."""

STANDS_IN = {
    "alarm_id": "alarms",
    "bid_id": "bids",
    "call_id": "calls",
    "complaint_id": "complaints",
    "contract_id": "contracts",
    "lot_id": "lots",
    "member_id": "memberships",
    "message_id": "inbound_messages",
    "organization_id": "organizations",
    "package_id": "packages",
    "plan_id": "annual_plans",
    "regulation_id": "regulations",
    "round_id": "evaluation_rounds",
    "signatory_id": "signatories",
    "task_id": "tasks",
    "token_id": "api_tokens",
    "transfer_id": "transfers",
    "variant_id": "task_variants",
}
"""The table that the id of each URL parameter is taken from."""

FIRST = {"bid_id": "state <> 'selected'", "message_id": "handling <> 'attention'"}
"""Which row to take where not any will do: what must not be true sorts last."""

ABOUT_ONESELF = {
    "web.log_in",
    "web.log_out",
    "web.one_time_code",
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

NOT_THERE = {
    "contracts.plan": "the winner of the story wrote its plan into the form, so that there is no file",
    "office.person": "who works in an office is changed there, not from above",
    "office.lend": "the same",
}
"""Doors with nothing behind them for the province, or at the end of the story, and why."""

ENDS_A_MEMBERSHIP = {"office.person", "office_api.set_roles"}
"""What takes away the person it is about: knocked at last."""

OWN_TRACES = {"audit_entries", "audit_chain"}
"""What grows because somebody looks; whose rows they are is checked by the tables' own tests."""


@dataclass
class Played:
    """The story after its last act: the offices, and the county's ids by URL parameter."""

    app: Flask
    clock: Clock
    superuser_url: str
    county: int
    neighbour: int
    province: int
    ids: dict[str, Any] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    document: dict[str, Any] = field(default_factory=dict)

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """What stands in the database, seen by its superuser."""
        with psycopg.connect(
            libpq(self.superuser_url), dbname="qiao", row_factory=dict_row, autocommit=True
        ) as connection:
            return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]

    def contents(self, tenant: int | None = None) -> dict[str, str]:
        """A fingerprint of each table with all its rows, or with those of one office."""
        where = "" if tenant is None else f"WHERE tenant_id = {tenant}"
        rows = "coalesce(string_agg(row::text, '|' ORDER BY row::text), '')"
        return {
            name: self.rows(f"SELECT md5({rows}) AS print FROM {name} row {where}")[0]["print"]
            for name in OWNED
            if name not in OWN_TRACES
        }

    def by(self, office: int) -> Actor:
        """The system at an office."""
        return Actor.system(office, now=self.clock())

    def program(self, office: int, roles: frozenset[Role]) -> FlaskClient:
        """A program with a token of that office."""
        client = Visitor(self.app, self.app.response_class)
        client.environ_base["HTTP_AUTHORIZATION"] = (
            f"Bearer {issue_token('查', roles=roles, by=self.by(office))[1]}"
        )
        return client

    def browser(self, office: int, roles: frozenset[Role]) -> FlaskClient:
        """A person of that office, logged in."""
        membership = add_person(f"{uuid4().hex}@example.org", name="某人", roles=roles, by=self.by(office))
        person = next(one for known, one in list_members(by=self.by(office)) if known.id == membership.id)
        client = Visitor(self.app, self.app.response_class)
        with client.session_transaction() as session:
            session["key"], session["authenticated_at"] = str(person.session_key), self.clock().timestamp()
        return client


@pytest.fixture(scope="module")
def played(
    application: Flask, settings: Settings, clock: Clock, servers: SimpleNamespace
) -> Iterator[Played]:
    """The story, played to its end."""
    with empty_deployment(application, clock, servers) as app, on_stage(app, settings, clock) as story:
        story.play()
        stage = story.stage
        county, neighbour, province = (
            office_by_code(code, by=Actor.system(now=clock())).id
            for code in (stage.county, stage.neighbour, stage.province)
        )
        played = Played(app, clock, servers.superuser_url, county, neighbour, province)
        raise_alarm("foreign_number", about_tenant_id=county, number="1234", by=played.by(county))
        classify(Secrecy.OPEN, by=played.by(county))
        played.ids, played.names = found_ids(played), found_names(played)
        played.document = Visitor(app, app.response_class).get("/api/v1/openapi.json").json
        yield played


def found_ids(played: Played) -> dict[str, Any]:
    """A real id of the county for every parameter that a URL can have."""
    ids = {}
    for name, table in STANDS_IN.items():
        order = FIRST.get(name, "id")
        found = played.rows(
            f"SELECT id FROM {table} WHERE tenant_id = %s ORDER BY {order} LIMIT 1", played.county
        )
        ids[name] = found[0]["id"]
    owner = played.rows("SELECT organization_id FROM signatories WHERE id = %s", ids["signatory_id"])[0]
    return {**ids, **owner, "tenant_id": played.county, "year": local_day(played.clock()).year}


def found_names(played: Played) -> set[str]:
    """What only the county can know: what it buys, from whom, and who works there."""
    rows = played.rows(
        "SELECT title FROM tasks UNION SELECT title_en FROM tasks"
        " UNION SELECT name FROM organizations UNION SELECT name FROM packages"
    )
    names = (
        {row["title"] for row in rows} | {name for name, _role in OFFICIALS.values()} | {texts.CALL["title"]}
    )
    return {name for name in names if name}


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
            fits = response.status_code in (403, 404) or (kind == "page" and response.status_code == 200)
        if not fits:
            wrong.append(
                (method, rule.rule, response.status_code, words(response)[:300] if kind == "api" else "")
            )
    assert not wrong, listed(wrong)
    assert played.contents() == before


@pytest.mark.parametrize("kind", ["page", "api"])
def test_the_county_is_answered(played: Played, kind: str) -> None:
    people = clients(played, played.county, kind)
    colleague = add_person(
        f"{uuid4().hex}@example.org", name="同事", roles=ALL_ELSE, by=played.by(played.county)
    )
    ids, wrong = {**played.ids, "member_id": colleague.id}, []
    mine = [door for door in knocks(played.app) if door[2] == kind]
    mine.sort(key=lambda door: (door[1] != "GET", door[0].endpoint in ENDS_A_MEMBERSHIP))
    for door in mine:
        rule, method, _kind = door
        answers = {knock(person, played, door, ids, filled=False).status_code for person in people}
        if method == "GET":
            fits = 200 in answers or rule.endpoint in NOT_THERE
        else:
            fits = not answers & {404, 405} and max(answers) < 500
        if not fits:
            wrong.append((method, rule.rule, sorted(answers)))
    assert not wrong, listed(wrong)
