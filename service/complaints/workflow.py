"""The verbs of a complaint desk: look at a case, look into it, answer it, hand it on (H4-H6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from channels.messages import Message, in_each
from channels.models import Contact
from service.complaints import messages, rules
from service.complaints.filing import entries_of, hand_over, tell_complainant, words_of, write
from service.complaints.models import Complaint
from service.complaints.rules import About, ComplaintState, EntryKind, Resolution
from service.complaints.subjects import describe_subject, hold_call, release_call
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.models import Level, Tenant
from tenants.offices import reviewer_of
from tenants.permissions import Permission
from tenants.settings import settings_in_force
from tenants.states import move
from tenants.workdays import deadline_after, end_of_day, local_day


@command(Permission.COMPLAINT_HANDLE)
def acknowledge(complaint_id: UUID, *, serious: bool = False, by: Actor) -> Complaint:
    """Accept a case after a first look; a serious one is answered sooner, never later (H5)."""
    case = lock(Complaint, complaint_id, by)
    move(case, "acknowledge", by)
    if serious and not case.serious:
        case.serious = True
        days = settings_in_force(by.tenant_id, by.now).serious_working_days
        case.resolution_due = min(case.resolution_due, deadline_after(case.received_at, days))
    record(Event.COMPLAINT_ACKNOWLEDGED, case, by, serious=case.serious)
    tell_complainant(case, messages.ACKNOWLEDGED, by=by, due=local_day(case.resolution_due))
    return case


@command(Permission.COMPLAINT_HANDLE)
def investigate(complaint_id: UUID, *, by: Actor) -> Complaint:
    """Take a case on and look into it (H5). Refuses ``own_matter`` (T4)."""
    case = lock(Complaint, complaint_id, by)
    subject = describe_subject(case.about_id, by=by.as_system(case.about_tenant_id))
    rules.require_own_matter_of_nobody(by.id, subject.involved if subject else ())
    move(case, "investigate", by)
    case.handler_id = by.id
    record(Event.COMPLAINT_INVESTIGATED, case, by)
    tell_complainant(case, messages.INVESTIGATING, by=by, due=local_day(case.resolution_due))
    return case


@command(Permission.COMPLAINT_HANDLE)
def add_note(complaint_id: UUID, text: str, *, by: Actor) -> Complaint:
    """Add a note to the file; it is never sent to anyone. The same words again, with nothing between, change nothing."""
    case = lock(Complaint, complaint_id, by)
    newest = entries_of(case)[-1]
    if (newest.kind, newest.author_id, words_of(newest, case)) != (EntryKind.NOTE, by.id, text):
        write(case, EntryKind.NOTE, text, by)
        record(Event.COMPLAINT_NOTED, case, by)
    return case


@command(Permission.COMPLAINT_HANDLE)
def resolve(complaint_id: UUID, *, resolution: Resolution, facts: str, answer: str, by: Actor) -> Complaint:
    """Answer a case with the facts found; the call it held may go on (H5, H8).

    ``facts`` are for the file, ``answer`` is what the complainant is told, who may then say that it is not
    solved. Refuses ``facts_missing``, ``own_matter`` and ``words_too_long``.
    """
    case = lock(Complaint, complaint_id, by)
    rules.require_facts(facts)
    subject = describe_subject(case.about_id, by=by.as_system(case.about_tenant_id))
    rules.require_own_matter_of_nobody(by.id, subject.involved if subject else ())
    reopen_days = settings_in_force(by.tenant_id, by.now).reopen_days
    case.resolution, case.resolved_at = resolution, by.now
    case.reopen_until = end_of_day(local_day(by.now) + timedelta(days=reopen_days))
    move(case, "resolve", by)
    write(case, EntryKind.FINDING, facts, by)
    write(case, EntryKind.ANSWER, answer, by)
    record(Event.COMPLAINT_RESOLVED, case, by, resolution=resolution)
    release_call(case, by=by)
    tell_complainant(
        case,
        messages.RESOLVED,
        by=by,
        outcome=in_each(resolution.label),
        answer=answer,
        until=local_day(case.reopen_until),
    )
    return case


@command(Permission.COMPLAINT_HANDLE)
def classify(complaint_id: UUID, about: About, *, by: Actor) -> Complaint:
    """Say what a case is about; it goes to the office that decides such cases; the complainant is told (H4).

    The county hands on what is about its own office; the office above hands back what is not. A case that was
    taken here stays here: refuses ``escalated_stays``.
    """
    case = lock(Complaint, complaint_id, by)
    office = db.session.get_one(Tenant, case.about_tenant_id)
    above = rules.goes_to_reviewer(about, office.level, suspected=False)
    decider = reviewer_of(office) if above else office.id
    if decider != case.tenant_id:
        rules.require_not_escalated(case.escalated_at)
    case.about = about
    record(Event.COMPLAINT_CLASSIFIED, case, by, about=about)
    if decider != case.tenant_id:
        case = hand_over(case, decider, by=by, news=messages.ROUTED)
    return case


@command(Permission.COMPLAINT_HANDLE)
def escalate(complaint_id: UUID, *, by: Actor) -> Complaint:
    """Hand a case up to the higher authority, which decides it from then on (H5).

    Refuses ``complaint_answered`` and ``no_higher_office``.
    """
    return take_up(lock(Complaint, complaint_id, by), messages.ESCALATED_HERE, by=by)


@command(Permission.IDENTITY_UNMASK)
def show_complainant(complaint_id: UUID, *, by: Actor) -> str:
    """The number a complaint came from; that it was shown, and to whom, is recorded (H3, T7).

    Refuses ``nobody_to_show``.
    """
    case = lock(Complaint, complaint_id, by)
    contact_id = rules.require_linked(case.contact_id)
    record(Event.UNMASKED, case, by)
    contact = db.session.get_one(Contact, (by.tenant_id, contact_id))
    return contact.address or "—"


@command(Permission.COMPLAINT_SWEEP)
def sweep(*, by: Actor) -> int:
    """Take up what the office let pass its deadline, close what nobody reopened; return how many moved (H5).

    Only a county's cases go up by themselves; a province's stay with it, shown as overdue.
    """
    moved = 0
    office = db.session.get_one(Tenant, by.tenant_id)
    cases = db.session.scalars(
        select(Complaint)
        .where(Complaint.tenant_id == by.tenant_id, Complaint.state != ComplaintState.CLOSED)
        .order_by(Complaint.received_at)
        .with_for_update(skip_locked=True)
    ).all()
    for case in cases:
        late = rules.is_overdue(case.state, case.triage_due, case.resolution_due, by.now)
        if late and office.level is not Level.PROVINCE and office.level is not Level.PLATFORM:
            take_up(case, messages.ESCALATED_LATE, by=by)
            moved += 1
        elif (
            case.reopen_until is not None
            and case.state is ComplaintState.RESOLVED
            and by.now > case.reopen_until
        ):
            end(case, by=by)
            tell_complainant(case, messages.CLOSED, by=by)
            moved += 1
    return moved


def take_up(case: Complaint, news: Message | None, *, by: Actor) -> Complaint:
    """Let the office above own a case, with its whole time anew (H5); for use inside the owner's command."""
    rules.require_open(case.state)
    to = rules.require_higher_office(case.tenant_id, case.about_tenant_id, higher_office(case))
    move(case, "escalate", by)
    db.session.flush()
    record(Event.COMPLAINT_ESCALATED, case, by)
    return hand_over(case, to, by=by, news=news, anew=True)


def end(case: Complaint, *, by: Actor) -> None:
    """Close an answered case; for use inside a command."""
    move(case, "close", by)
    record(Event.COMPLAINT_CLOSED, case, by)


def reopen(case: Complaint, *, by: Actor) -> None:
    """Open an answered case again because it is not solved, with a new deadline (H5).

    For use inside a command. Refuses ``reopening_over``.
    """
    rules.require_reopenable(case.reopen_until, by.now)
    move(case, "reopen", by)
    days = settings_in_force(by.tenant_id, by.now)
    case.resolution_due = deadline_after(
        by.now, days.serious_working_days if case.serious else days.resolution_working_days
    )
    record(Event.COMPLAINT_REOPENED, case, by)
    hold_call(case, by=by)


def higher_office(case: Complaint) -> int | None:
    """The office that a case would be taken to; a province's only where the platform has named one (H4)."""
    office = db.session.get_one(Tenant, case.tenant_id)
    if office.level is Level.PLATFORM:
        return None
    return office.reviewer_id if office.level is Level.PROVINCE else reviewer_of(office)
