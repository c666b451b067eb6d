"""The offices at the end of the story, and everybody who could knock at their doors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from psycopg.rows import dict_row

from channels.alarms import raise_alarm
from channels.models import Secrecy
from service.broadcasts.address_book import list_numbers
from service.broadcasts.rules import AudienceKind
from service.broadcasts.workflow import draft_broadcast
from service.conversations.usual_answers import add_usual_answer
from service.demo import texts
from service.demo.stage import OFFICIALS, Stage
from tenants.actors import Actor
from tenants.offices import office_by_code
from tenants.people import add_person, issue_token, list_members
from tenants.permissions import ASSIGNABLE, Role
from tenants.schema import libpq
from tenants.workdays import local_day
from tests.conftest import Clock
from tests.house.test_tenancy import OWNED
from tests.photos import give_picture
from tests.service.conftest import Visitor
from tests.service.conversations.conftest import classify

AT_THE_DESK = frozenset({Role.COMPLAINT_OFFICER})
ALL_ELSE = frozenset(ASSIGNABLE) - {Role.COMPLAINT_OFFICER}
"""Together every role of an office; no one person may hold them all (T4)."""

STANDS_IN = {
    "alarm_id": "alarms",
    "answer_id": "usual_answers",
    "bid_id": "bids",
    "broadcast_id": "broadcasts",
    "call_id": "calls",
    "complaint_id": "complaints",
    "contact_id": "contacts",
    "contract_id": "contracts",
    "idea_id": "ideas",
    "listing_id": "address_book",
    "lot_id": "lots",
    "member_id": "memberships",
    "channel_id": "channels",
    "organization_id": "organizations",
    "package_id": "packages",
    "picture_id": "pictures",
    "plan_id": "annual_plans",
    "question_id": "call_questions",
    "regulation_id": "regulations",
    "request_id": "support_requests",
    "round_id": "evaluation_rounds",
    "signatory_id": "signatories",
    "task_id": "tasks",
    "token_id": "api_tokens",
    "transfer_id": "transfers",
    "variant_id": "task_variants",
}
"""The table that the id of each URL parameter is taken from."""

TITLE, TOWNSHIP = "石板乡停水", "石板乡"
"""A broadcast of the county, and whom it is for."""

FIRST = {
    "bid_id": "state <> 'selected'",
    "contact_id": "id NOT IN (SELECT contact_id FROM inbound_messages WHERE handling = 'attention' AND secrecy = 'open')",
}
"""Which row to take where not any will do: what must not be true sorts last."""

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


def end_of(stage: Stage, app: Flask, clock: Clock, superuser_url: str) -> Played:
    """What stands after the story was played on a stage; an alarm, a message with a picture, a broadcast and more added."""
    county, neighbour, province = (
        office_by_code(code, by=Actor.system(now=clock())).id
        for code in (stage.county, stage.neighbour, stage.province)
    )
    played = Played(app, clock, superuser_url, county, neighbour, province)
    raise_alarm("foreign_number", about_tenant_id=county, number="1234", by=played.by(county))
    give_picture(classify(Secrecy.OPEN, by=played.by(county)), by=played.by(county))
    writer = replace(played.by(county), roles=frozenset({Role.PROCUREMENT_OFFICER}))
    list_numbers(["13800138000"], TOWNSHIP, True, by=writer)
    draft_broadcast(TITLE, "明天停水", AudienceKind.TOWNSHIP, township=TOWNSHIP, by=writer)
    add_usual_answer("收到", "收到，谢谢。", "Received, thank you.", by=writer)
    played.ids, played.names = found_ids(played), found_names(played)
    played.document = Visitor(app, app.response_class).get("/api/v1/openapi.json").json
    return played


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
    return {
        **ids,
        **owner,
        "tenant_id": played.county,
        "desk": "office",
        "message": "channels.help",
        "year": local_day(played.clock()).year,
    }


def found_names(played: Played) -> set[str]:
    """What only the county can know: what it buys, from whom, and who works there."""
    rows = played.rows(
        "SELECT title FROM tasks UNION SELECT title_en FROM tasks"
        " UNION SELECT name FROM organizations UNION SELECT name FROM packages"
    )
    names = (
        {row["title"] for row in rows}
        | {name for name, _role in OFFICIALS.values()}
        | {texts.CALL["title"], TITLE}
    )
    return {name for name in names if name}
