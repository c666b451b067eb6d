"""Reads of the hotline: for the desk its cases, for everybody the totals (H9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from channels.contacts import address_of
from channels.models import Delivery, OutboundMessage
from channels.pictures import Shown, pictures_of
from service.complaints import rules
from service.complaints.filing import entries_of, words_of
from service.complaints.models import Complaint
from service.complaints.rules import OPEN_STATES, About, ComplaintState, EntryKind, Resolution
from service.complaints.subjects import describe_subject
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.models import Tenant
from tenants.people import person_names
from tenants.permissions import Permission
from tenants.states import Move, list_moves


@dataclass(frozen=True)
class Line:
    """A case in the desk's list."""

    complaint: Complaint
    about_office: Tenant
    due: datetime
    overdue: bool


@dataclass(frozen=True)
class Entry:
    """A text in the file, readable."""

    kind: EntryKind
    text: str
    written_at: datetime
    author: str | None


@dataclass(frozen=True)
class News:
    """Something the complainant was told, and how far it got (H6)."""

    at: datetime
    state: Delivery


@dataclass(frozen=True)
class Case:
    """A case with its file, for those who handle it; the complainant's number is masked (T7)."""

    complaint: Complaint
    about_office: Tenant
    subject: str | None
    address: str | None
    overdue: bool
    handler: str | None
    entries: list[Entry]
    pictures: list[Shown]
    news: list[News]
    moves: list[Move]


@dataclass(frozen=True)
class Several:
    """Several open complaints about the same contract or organization (H8)."""

    name: str
    number: int


@dataclass(frozen=True)
class Total:
    """How many complaints about an office came in a month, and how they went; no words, no persons (H9)."""

    tenant_id: int
    month: str
    about: About
    received: int
    open: int
    outcomes: dict[Resolution, int]
    in_time: int
    days: Decimal | None


@query(Permission.COMPLAINT_READ)
def list_complaints(*, by: Actor) -> list[Line]:
    """The office's cases: those that wait, the most pressing on top, then the answered ones, newest first."""
    cases = db.session.scalars(
        select(Complaint).where(Complaint.tenant_id == by.tenant_id).order_by(Complaint.received_at.desc())
    ).all()
    offices = _offices({case.about_tenant_id for case in cases})
    lines = [
        Line(
            case,
            offices[case.about_tenant_id],
            case.triage_due if case.state is ComplaintState.RECEIVED else case.resolution_due,
            rules.is_overdue(case.state, case.triage_due, case.resolution_due, by.now),
        )
        for case in cases
    ]
    return sorted(lines, key=_urgency)


@query(Permission.COMPLAINT_READ)
def find_complaint(complaint_id: UUID, *, by: Actor) -> Case:
    """A case with its file; ``NotFound`` otherwise."""
    case = get(Complaint, complaint_id, by)
    entries = entries_of(case)
    authors = [entry.author_id for entry in entries]
    names = person_names([person for person in (case.handler_id, *authors) if person])
    subject = describe_subject(case.about_id, by=by.as_system(case.about_tenant_id))
    told = db.session.execute(
        select(OutboundMessage.created_at, OutboundMessage.state)
        .where(
            OutboundMessage.tenant_id == case.tenant_id,
            OutboundMessage.subject_type == Complaint.__tablename__,
            OutboundMessage.subject_id == case.id,
        )
        .order_by(OutboundMessage.created_at)
    )
    return Case(
        complaint=case,
        about_office=_offices({case.about_tenant_id})[case.about_tenant_id],
        subject=None if subject is None else subject.name,
        address=None if case.contact_id is None else address_of(case.contact_id, by=by),
        overdue=rules.is_overdue(case.state, case.triage_due, case.resolution_due, by.now),
        handler=names.get(case.handler_id) if case.handler_id else None,
        entries=[
            Entry(
                entry.kind,
                words_of(entry, case),
                entry.written_at,
                names.get(author) if author else None,
            )
            for entry, author in zip(entries, authors, strict=True)
        ],
        pictures=pictures_of([case], by=by).get(case.id, []),
        news=[News(row.created_at, row.state) for row in told],
        moves=list_moves(case),
    )


@query(Permission.COMPLAINT_READ)
def list_warnings(*, by: Actor) -> list[Several]:
    """Contracts and organizations about which several complaints are open (H8)."""
    rows = db.session.execute(
        select(Complaint.about_tenant_id, Complaint.about_id, func.count())
        .where(
            Complaint.tenant_id == by.tenant_id,
            Complaint.about.in_((About.WORK, About.ORGANIZATION)),
            Complaint.about_id.is_not(None),
            Complaint.state.in_(OPEN_STATES),
        )
        .group_by(Complaint.about_tenant_id, Complaint.about_id)
        .having(func.count() >= rules.SEVERAL)
    ).all()
    found = [
        (describe_subject(about_id, by=by.as_system(tenant_id)), number)
        for tenant_id, about_id, number in rows
    ]
    return [Several(subject.name, number) for subject, number in found if subject]


@query(Permission.COMPLAINT_READ)
def next_deadline(*, by: Actor) -> tuple[int, datetime | None]:
    """How many cases wait for the office, and the deadline that comes first."""
    waiting = [line for line in list_complaints(by=by) if line.complaint.state in OPEN_STATES]
    return len(waiting), min((line.due for line in waiting), default=None)


@query(Permission.PORTAL_READ)
def list_totals(*, by: Actor) -> list[Total]:
    """Complaints by office, month and subject with outcomes and times, newest month first (H9)."""
    month = func.to_char(func.timezone("Asia/Shanghai", Complaint.received_at), "YYYY-MM")
    answered = Complaint.state.in_((ComplaintState.RESOLVED, ComplaintState.CLOSED))
    took = func.extract("epoch", Complaint.resolved_at - Complaint.received_at) / 86400
    rows = db.session.execute(
        select(
            Complaint.about_tenant_id,
            month,
            Complaint.about,
            func.count(),
            *(_number(answered & (Complaint.resolution == outcome)) for outcome in Resolution),
            _number(answered & (Complaint.resolved_at <= Complaint.resolution_due)),
            func.avg(took).filter(answered),
        )
        .where(Complaint.tenant_id.in_(by.readable))
        .group_by(Complaint.about_tenant_id, month, Complaint.about)
        .order_by(month.desc(), Complaint.about_tenant_id, Complaint.about)
    )
    totals = []
    for tenant_id, when, about, received, *numbers, in_time, days in rows:
        outcomes = dict(zip(Resolution, numbers, strict=True))
        totals.append(
            Total(
                tenant_id,
                when,
                about,
                received,
                received - sum(numbers),
                outcomes,
                in_time,
                None if days is None else round(Decimal(days), 1),
            )
        )
    return totals


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _urgency(line: Line) -> tuple[bool, float]:
    """Waiting cases by deadline, then the answered ones with the newest first."""
    waits = line.complaint.state in OPEN_STATES
    moment = line.due if waits else line.complaint.resolved_at or line.due
    return not waits, moment.timestamp() if waits else -moment.timestamp()


def _offices(ids: set[int]) -> dict[int, Tenant]:
    return {office.id: office for office in db.session.scalars(select(Tenant).where(Tenant.id.in_(ids)))}
