"""What complainants can do with their case: add to it, ask, take it up, say if it is solved (H3, H5, H6).

A case with a number answers that person's numbers only; one without answers whoever has the reference. Everything else
gets one and the same answer, whether there is such a case or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from channels.joining import proved_addresses
from channels.messages import InEach, in_each
from channels.models import Contact, InboundMessage, Medium, Secrecy
from service.complaints import rules, workflow
from service.complaints.anonymity import choose_identity
from service.complaints.filing import Filed, Where, entries_of, file_complaint, told, unnamed, write
from service.complaints.models import Complaint
from service.complaints.rules import OPEN_STATES, ComplaintState, EntryKind, Identity
from tenants.actors import PLATFORM, Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock, query
from tenants.models import RouteKind, Tenant
from tenants.offices import ancestors
from tenants.permissions import Permission, Role
from tenants.privacy import decrypt_under, keyring
from tenants.refusals import NotFound
from tenants.routes import find_routes
from tenants.workdays import local_day


@dataclass(frozen=True)
class Progress:
    """Where a case stands, in the words for its complainant (H6)."""

    reference: str
    state: ComplaintState
    office: InEach
    due: date
    overdue: bool
    outcome: InEach | None
    answer: str | None
    answered_on: date | None
    reopen_until: date | None
    may_go_up: bool


@dataclass(frozen=True)
class Sender:
    """An address as it is known in whichever office."""

    medium: Medium
    address: str


@query(Permission.COMPLAINT_FOLLOW)
def look_up(reference: str, *, by: Actor) -> Progress:
    """Where a case of the sender stands (H3, H6). Refuses ``reference_unknown`` and ``too_many_tries``."""
    where = _own_case(reference, by)
    return _progress(where.id, by=by.at(where.tenant_id, Role.SENDER))


@query(Permission.COMPLAINT_FOLLOW)
def newest_reference(state: tuple[ComplaintState, ...] = tuple(ComplaintState), *, by: Actor) -> str | None:
    """The reference of the sender's newest case in one of these states (H6).

    None for a number silent for 180 days: it gives the reference first, and so does who has linked such a number (T5).
    """
    contact = db.session.get_one(Contact, (by.tenant_id, by.id))
    if contact.address is None or rules.is_silent(contact.last_at, by.now):
        return None
    senders, office = _heard_of(contact, by), db.session.get_one(Tenant, by.tenant_id)
    deciders = {office.id, *(above.id for above in ancestors(office)), office.reviewer_id or PLATFORM}
    found = [_newest(sender, state, by=by.at(owner, Role.SENDER)) for owner in deciders for sender in senders]
    newest = max((case for case in found if case), default=None)
    return None if newest is None else newest[1]


@command(Permission.COMPLAINT_FOLLOW)
def add_to(reference: str, text: str, *, raw: str | None = None, by: Actor) -> Filed | None:
    """Add something to one's case (H6). Refuses ``reference_unknown``.

    Words that may be about the office which decides the case become one of their own, which goes above and is returned: who is
    meant must not read them (H4). It is anonymous where the first one is (H3).
    """
    where = _own_case(reference, by)
    here = by.at(where.tenant_id, Role.SENDER)
    if rules.points_at_office(text) and _decides_of_itself(where.id, by=here):
        filed = file_complaint(text, raw=raw, contact_id=by.id, about_tenant_id=where.tenant_id, by=by)
        if _is_anonymous(where.id, by=here):
            choose_identity(filed.reference, Identity.ANONYMOUS, by=by)
        return filed
    _add(where.id, text, raw, by=unnamed(by, where.tenant_id))
    return None


@query(Permission.COMPLAINT_FOLLOW)
def is_anonymous(reference: str, *, by: Actor) -> bool:
    """Whether nobody knows who made one's case, so that no moment may tell (H3). Refuses ``reference_unknown``."""
    where = _own_case(reference, by)
    return _is_anonymous(where.id, by=by.at(where.tenant_id, Role.SENDER))


@query(Permission.COMPLAINT_FOLLOW)
def said_since(inbound_id: UUID, *, by: Actor) -> list[tuple[UUID, str]]:
    """What the sender wrote to the complaint desk after a message that waits, by the message it came with, oldest first."""
    contact = db.session.get_one(Contact, (by.tenant_id, by.id))
    rows = db.session.execute(
        select(InboundMessage.id, InboundMessage.text)
        .where(
            InboundMessage.tenant_id == by.tenant_id,
            InboundMessage.contact_id == contact.id,
            InboundMessage.id > inbound_id,
            InboundMessage.secrecy == Secrecy.CASE,
            InboundMessage.text.is_not(None),
        )
        .order_by(InboundMessage.id)
    )
    return [(message_id, decrypt_under(contact.data_key, text) or "") for message_id, text in rows]


@command(Permission.COMPLAINT_FOLLOW)
def take_up(reference: str, *, by: Actor) -> Filed:
    """Take one's open case to the higher authority, which decides it from then on (H6).

    Refuses ``reference_unknown``, ``complaint_answered`` and ``no_higher_office``.
    """
    where = _own_case(reference, by)
    return _take_up(where.id, by=unnamed(by, where.tenant_id))


@command(Permission.COMPLAINT_FOLLOW)
def say_whether_solved(reference: str, solved: bool, *, by: Actor) -> date:
    """Close one's answered case, or open it again because it is not solved (H5).

    Returns the day of its deadline.
    Refuses ``reference_unknown``, ``reopening_over`` and what the state of the case does not allow.
    """
    where = _own_case(reference, by)
    return _settle(where.id, solved, by=unnamed(by, where.tenant_id))


@command(Permission.COMPLAINT_FOLLOW)
def rate(reference: str, rating: int, *, by: Actor) -> None:
    """Rate how one's case was handled, 1 to 5 (H6).

    Refuses ``rating_out_of_range``, ``complaint_unanswered`` and ``reference_unknown``.
    """
    rules.require_rating(rating)
    where = _own_case(reference, by)
    _rate(where.id, rating, by=unnamed(by, where.tenant_id))


def _own_case(reference: str, by: Actor) -> Where:
    contact = db.session.get_one(Contact, (by.tenant_id, by.id))
    senders = _senders(contact, by)
    for route in find_routes(RouteKind.REFERENCE, f"complaint:{reference}"):
        if _may_follow(route.target_id, senders, by=by.at(route.tenant_id, Role.SENDER)):
            return Where(route.tenant_id, route.target_id)
    tries = db.session.scalar(
        select(func.count()).where(
            InboundMessage.tenant_id == by.tenant_id,
            InboundMessage.contact_id == contact.id,
            InboundMessage.received_at > by.now - timedelta(hours=1),
        )
    )
    rules.require_few_tries(tries or 0)
    raise NotFound("reference_unknown")


def _senders(contact: Contact, by: Actor) -> list[Sender]:
    """The addresses by which the sender may have complained: this one, and those a code has shown to be the same person's."""
    return [Sender(one.medium, one.address or "") for one in proved_addresses(contact.id, by=by)]


def _heard_of(contact: Contact, by: Actor) -> list[Sender]:
    """Those of them that are no phone silent for long: a code shows who holds it now, not who complained by it then."""
    return [
        Sender(one.medium, one.address or "")
        for one in proved_addresses(contact.id, by=by)
        if one.medium is not Medium.SMS or not rules.is_silent(one.last_at, by.now)
    ]


@query(Permission.COMPLAINT_FOLLOW)
def _may_follow(complaint_id: UUID, senders: list[Sender], *, by: Actor) -> bool:
    case = db.session.get_one(Complaint, (by.tenant_id, complaint_id))
    if case.contact_id is None:
        return True
    contact = db.session.get_one(Contact, (by.tenant_id, case.contact_id))
    return Sender(contact.medium, contact.address or "—") in senders


@query(Permission.COMPLAINT_FOLLOW)
def _is_anonymous(complaint_id: UUID, *, by: Actor) -> bool:
    return db.session.get_one(Complaint, (by.tenant_id, complaint_id)).identity is Identity.ANONYMOUS


@query(Permission.COMPLAINT_FOLLOW)
def _decides_of_itself(complaint_id: UUID, *, by: Actor) -> bool:
    return db.session.get_one(Complaint, (by.tenant_id, complaint_id)).about_tenant_id == by.tenant_id


@query(Permission.COMPLAINT_FOLLOW)
def _newest(sender: Sender, states: tuple[ComplaintState, ...], *, by: Actor) -> tuple[datetime, str] | None:
    row = db.session.execute(
        select(Complaint.received_at, Complaint.reference)
        .join(Contact, (Contact.tenant_id == Complaint.tenant_id) & (Contact.id == Complaint.contact_id))
        .where(
            Complaint.tenant_id == by.tenant_id,
            Complaint.state.in_(states),
            Contact.medium == sender.medium,
            Contact.address_index.in_(keyring().indexes(sender.address)),
        )
        .order_by(Complaint.received_at.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.received_at, row.reference)


@query(Permission.COMPLAINT_FOLLOW)
def _progress(complaint_id: UUID, *, by: Actor) -> Progress:
    case = db.session.get_one(Complaint, (by.tenant_id, complaint_id))
    answers = [entry for entry in entries_of(case) if entry.kind is EntryKind.ANSWER]
    return Progress(
        reference=case.reference,
        state=case.state,
        office=told(case).office,
        due=local_day(case.resolution_due),
        overdue=case.state in OPEN_STATES and by.now > case.resolution_due,
        outcome=None if case.resolution is None else in_each(case.resolution.label),
        answer=decrypt_under(case.data_key, answers[-1].text) if answers else None,
        answered_on=None if case.resolved_at is None else local_day(case.resolved_at),
        reopen_until=local_day(case.reopen_until)
        if case.reopen_until and by.now <= case.reopen_until
        else None,
        may_go_up=rules.may_go_up(case.tenant_id, case.about_tenant_id, workflow.higher_office(case)),
    )


@command(Permission.COMPLAINT_FOLLOW)
def _add(complaint_id: UUID, text: str, raw: str | None, *, by: Actor) -> None:
    case = lock(Complaint, complaint_id, by)
    write(case, EntryKind.ADDITION, text, by, raw)
    record(Event.COMPLAINT_ADDED_TO, case, by)


@command(Permission.COMPLAINT_FOLLOW)
def _take_up(complaint_id: UUID, *, by: Actor) -> Filed:
    return told(workflow.take_up(lock(Complaint, complaint_id, by), None, by=by))


@command(Permission.COMPLAINT_FOLLOW)
def _settle(complaint_id: UUID, solved: bool, *, by: Actor) -> date:
    case = lock(Complaint, complaint_id, by)
    if solved:
        workflow.end(case, by=by)
    else:
        workflow.reopen(case, by=by)
    return local_day(case.resolution_due)


@command(Permission.COMPLAINT_FOLLOW)
def _rate(complaint_id: UUID, rating: int, *, by: Actor) -> None:
    case = lock(Complaint, complaint_id, by)
    rules.require_answered(case.state)
    case.rating = rating
    record(Event.COMPLAINT_RATED, case, by, rating=rating)
