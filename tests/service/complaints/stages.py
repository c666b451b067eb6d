"""Ways to an earlier stage of a complaint, through the real commands."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from channels.contacts import as_sender, contact_for
from channels.registry import add_channel
from service.complaints import workflow
from service.complaints.filing import Filed, file_complaint, owner_of
from service.complaints.models import Complaint
from service.complaints.rules import Resolution
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tests.conftest import Office

VILLAGER = "+8613800000011"
NEIGHBOUR = "+8613800000012"
LEAK = "水池修好才一个月就漏水，没人来管"
BRIBE = "县扶贫办的干部收了红包才让他们中标"


def give_number(office: Office) -> None:
    """Give an office a number that people can write to."""
    add_channel(
        "twilio", f"+86139000{office.id:05}", {"account_sid": "AC1", "auth_token": "t"}, by=office.system
    )


def sender(office: Office, number: str = VILLAGER) -> Actor:
    """Whoever writes to an office from a number."""
    return as_sender(office.system, _contact(number, by=office.system))


@command(Permission.MESSAGE_RECEIVE)
def _contact(number: str, *, by: Actor) -> UUID:
    return contact_for(number, by=by).id


def filed(office: Office, text: str = LEAK, number: str = VILLAGER) -> Filed:
    """A complaint that came by text."""
    by = sender(office, number)
    return file_complaint(text, contact_id=by.id, by=by)


def answered(office: Office, filed: Filed) -> Complaint:
    """A complaint that was looked into and answered by the office's desk."""
    workflow.acknowledge(filed.complaint_id, by=office.desk)
    return answered_case(office, filed.reference)


def answered_case(office: Office, reference: str) -> Complaint:
    """The case with a reference, looked into and answered."""
    case = case_in(office, reference)
    assert case is not None
    workflow.investigate(case.id, by=office.desk)
    return workflow.resolve(
        case.id,
        resolution=Resolution.REDRESSED,
        facts="现场查看，池底有裂缝。",
        answer="已查实漏水，施工方本周修好。",
        by=office.desk,
    )


def owner(reference: str, office: Office) -> int:
    """The office that owns a case now."""
    return _owner(reference, by=office.system)


@query(Permission.COMPLAINT_FILE)
def _owner(reference: str, *, by: Actor) -> int:
    return owner_of(reference).tenant_id


def case_in(office: Office, reference: str) -> Complaint | None:
    """The case as the office itself holds it, if it does."""
    return _case(reference, by=office.system)


@query(Permission.COMPLAINT_FILE)
def _case(reference: str, *, by: Actor) -> Complaint | None:
    return db.session.scalar(
        select(Complaint).where(Complaint.tenant_id == by.tenant_id, Complaint.reference == reference)
    )
