"""The demo province holds every state there is, and every page of it can be read in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from html import unescape
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.complaints.models import Complaint
from service.complaints.rules import ComplaintState, Identity
from service.contracts.models import Contract
from service.contracts.rules import ContractState
from service.delivery.models import Milestone, SupportRequest, Transfer
from service.delivery.rules import MilestoneState, SupportState, TransferState
from service.demo import load_province
from service.evaluation.models import Acceptance, EvaluationRound
from service.evaluation.rules import Outcome, RoundState
from service.identification.models import Idea, Task
from service.identification.rules import IdeaState, TaskState
from service.organizations.models import AgreedCapacity, ItemVerification, Organization
from service.organizations.rules import Capacity, OrganizationState, Verification
from service.preparation.models import Package, Plan, Regulation
from service.preparation.rules import PackageState, PlanState, ProcurementMethod, RegulationState
from service.procurement.models import Bid, Call, Question
from service.procurement.rules import BidState, CallState, QuestionState
from tenants import schema
from tests.conftest import Clock
from tests.service.conftest import Visitor

EVERY: tuple[tuple[Any, str, type[StrEnum], set[StrEnum]], ...] = (
    (Task, "state", TaskState, set()),
    (Idea, "state", IdeaState, set()),
    (Organization, "state", OrganizationState, set()),
    (ItemVerification, "status", Verification, {Verification.UNVERIFIED}),
    (AgreedCapacity, "category", Capacity, set()),
    (Package, "state", PackageState, set()),
    (
        Package,
        "procurement_method",
        ProcurementMethod,
        {ProcurementMethod.INVITED_TENDER, ProcurementMethod.LONG_TERM},
    ),
    (Plan, "state", PlanState, set()),
    (Regulation, "state", RegulationState, set()),
    (Call, "state", CallState, set()),
    (Question, "state", QuestionState, set()),
    (Bid, "state", BidState, set()),
    (Contract, "state", ContractState, set()),
    (Transfer, "state", TransferState, set()),
    (Milestone, "state", MilestoneState, set()),
    (SupportRequest, "state", SupportState, set()),
    (Complaint, "state", ComplaintState, set()),
    (Complaint, "identity", Identity, set()),
    (EvaluationRound, "state", RoundState, set()),
    (Acceptance, "outcome", Outcome, set()),
)
"""Columns with the values they may have; of these the last ones are not shown: nobody chose them."""

WHO = (
    "officer@qinghe",
    "approver@qinghe",
    "finance@qinghe",
    "desk@qinghe",
    "expert@qinghe",
    "administrator@qinghe",
    "officer@lanxi",
    "officer@shigu",
    "overseer@yunling",
    "desk@yunling",
    "administrator@yunling",
)

PAGES = {"zh": 10, "en": 2}
"""How many pages are read that differ only by what they are about: in Chinese enough for every state."""


@pytest.fixture
def lines(app: Flask) -> list[str]:
    """What loading the demo province prints."""
    return load_province(app)


def test_every_state_has_something_to_show(lines: list[str], servers: Any) -> None:
    missing = []
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        for model, column, values, absent in EVERY:
            found = {
                row[0]
                for row in connection.execute(
                    f"SELECT DISTINCT {column} FROM {model.__tablename__}"
                ).fetchall()
            }
            missing += [f"{model.__tablename__}.{value}" for value in values if value not in found | absent]
        counted = {
            table: connection.execute(f"SELECT count(*) FROM {table} {where}").fetchone()
            for table, where in (
                ("holds", "WHERE lifted_at IS NULL"),
                ("alarms", ""),
                ("inbound_messages", "WHERE handling = 'attention'"),
                ("outbound_messages", "WHERE state = 'expired'"),
            )
        }
    assert missing == []
    assert counted["holds"] == (1,)
    assert counted["alarms"] == (0,)
    assert counted["outbound_messages"] == (0,)
    assert counted["inbound_messages"] is not None
    assert counted["inbound_messages"][0] >= 3


def test_every_page_can_be_read_in_both_languages(lines: list[str], app: Flask, clock: Clock) -> None:
    passwords = dict(re.findall(r"(\S+@\S+)\.example\s+(\S+)", "\n".join(lines)))
    broken: list[tuple[str, str, int]] = []
    read: Counter[str] = Counter()
    for who in (*WHO, "visitor"):
        client = Visitor(app, app.response_class)
        if who != "visitor":
            answer = client.post(
                "/admin/log-in", data={"email": f"{who}.example", "password": passwords[who]}
            )
            assert answer.status_code in (302, 303), answer.text
        for language in ("zh", "en"):
            start = "/p/yunling/" if who == "visitor" else "/admin/"
            for path, status in walk(client, start, language):
                read[who] += 1
                if status != 200:
                    broken.append((who, path, status))
    assert broken == []
    assert min(read.values()) >= 10, read


def walk(client: FlaskClient, start: str, language: str) -> Iterator[tuple[str, int]]:
    """What can be reached by links from ``start``, with the status it answers; some pages of each kind."""
    waiting, seen = [f"{start}?lang={language}"], {start}
    kinds: Counter[str] = Counter()
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"[0-9a-f-]{36}", "…", path)
        kinds[kind] += 1
        if kinds[kind] > PAGES[language]:
            continue
        answer = client.get(path, follow_redirects=True)
        yield path, answer.status_code
        if answer.mimetype != "text/html":
            continue
        for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', answer.text):
            target = unescape(link).partition("#")[0]
            if (
                target.startswith("/")
                and target not in seen
                and "lang=" not in target
                and "log-out" not in target
            ):
                seen.add(target)
                waiting.append(target)
