"""How stories get to a registered, short-listed, assessed SO with a signatory, through the real commands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from stdnum.cn import uscc

from channels.contacts import as_sender, contact_for
from channels.registry import add_channel
from service.organizations import assessments, workflow
from service.organizations.models import Organization
from service.organizations.pins import hash_pin
from service.organizations.rules import Capacity, Factor, Source
from tenants.actors import Actor
from tenants.gate import command
from tenants.permissions import Permission
from tests.conftest import Office

PIN = "4826"
CODE = "91110000600037341L"

FACTS: dict[str, Any] = {
    "name": "清河县绿野服务中心",
    "purpose": "和村民一起管好水和林",
    "services": "修水窖、育苗、妇女小组",
    "registration_place": "清河县",
    "registration_date": None,
    "registration_authority": "清河县民政局",
    "team_size": 12,
    "past_work": "三个村的饮水工程",
    "government": "没有",
    "interested": True,
    "offers": "小型水利和后续管护",
    "filled_by": "李秀英，主任",
}

MARKS = {
    Capacity.A: dict.fromkeys([factor.value for factor in Factor], 0),
    Capacity.B: dict.fromkeys([factor.value for factor in Factor], 1),
    Capacity.C: dict.fromkeys([factor.value for factor in Factor], 3),
}
"""Marks that suggest each category."""


def credit_code(number: int) -> str:
    """A valid credit code, another one for each number."""
    body = f"52530100{number:09}"
    return body + uscc.calc_check_digit(body)


def has_channel(office: Office) -> None:
    """Give the office a number, so that its contacts can be reached."""
    add_channel(
        "twilio", f"+86139000{office.id:05}", {"account_sid": "AC1", "auth_token": "x"}, by=office.system
    )


@command(Permission.MESSAGE_SEND)
def _contact(address: str, *, by: Actor) -> UUID:
    return contact_for(address, by=by).id


def sender(office: Office, address: str = "+8613800000001") -> Actor:
    """Whoever texts the office from this number."""
    by = office.system
    return as_sender(by, _contact(address, by=by))


def registered(
    office: Office, number: int = 1, *, address: str | None = None, pin: str = PIN, **facts: Any
) -> Organization:
    """An SO that registered by message; its phone is 13800000001 for number 1, and so on."""
    by = sender(office, address or f"+861380000{number:04}")
    given = {**FACTS, "credit_code": credit_code(number), "name": f"{FACTS['name']}{number}", **facts}
    return workflow.register_organization(pin_hash=hash_pin(pin), **given, by=by)


def listed(office: Office, number: int = 1, **facts: Any) -> Organization:
    """An SO an officer put on the list; nobody speaks for it."""
    given = {
        "name": f"民间组织{number}",
        "source": Source.CIVIL_AFFAIRS,
        "credit_code": credit_code(number),
        **facts,
    }
    return workflow.list_organization(**given, by=office.officer)


def short_listed(office: Office, number: int = 1, **facts: Any) -> Organization:
    """A potential provider with a signatory."""
    organization = registered(office, number, **facts)
    return workflow.short_list_organization(organization.id, by=office.officer)


def assess(office: Office, organization: Organization, category: Capacity) -> None:
    """Two assessors agree on a category."""
    for by in (office.officer, office.approver):
        assessments.assess_capacity(
            organization.id, factors=MARKS[category], category=category, reasons="看过三个村的现场", by=by
        )


def provider(office: Office, number: int = 1, category: Capacity = Capacity.B, **facts: Any) -> Organization:
    """A potential provider with a signatory and a category. The office needs a channel: ``has_channel``."""
    organization = short_listed(office, number, **facts)
    assess(office, organization, category)
    return organization
