"""How a complaint comes in, and which office it comes to: the one that decides it owns it (H1-H4, T2)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select

from channels.answers import make_reference
from channels.contacts import contact_for, locale_of, same_contact_in
from channels.fitting import require_whole
from channels.messages import InEach, Message
from channels.models import Contact
from channels.outbox import tell
from channels.pictures import Lifted, lay, lift
from service.complaints import messages, rules
from service.complaints.models import Complaint, ComplaintEntry
from service.complaints.rules import About, EntryKind, Identity, Intake
from service.complaints.subjects import find_subject, hold_call
from tenants.actors import Actor, ActorKind
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock
from tenants.identifiers import new_id
from tenants.models import RouteKind, Tenant
from tenants.offices import reviewer_of
from tenants.permissions import Permission, Role
from tenants.privacy import decrypt_under, encrypt_under, new_data_key
from tenants.routes import add_route, drop_route, find_routes
from tenants.settings import settings_in_force
from tenants.states import Move, list_moves
from tenants.workdays import deadline_after, local_day

FILING = 0x53_37
"""The advisory lock under which the cases of forms are filed, one after the other in an office."""


@dataclass(frozen=True)
class Filed:
    """What a complainant is told at once (H2): the reference, by when what happens, and who decides."""

    complaint_id: UUID
    reference: str
    about: About
    office: InEach
    above: bool
    triage_due: datetime
    resolution_due: datetime


@command(Permission.COMPLAINT_FILE)
def file_complaint(
    text: str,
    *,
    raw: str | None = None,
    about: About = About.UNKNOWN,
    about_id: UUID | None = None,
    identity: Identity = Identity.CONFIDENTIAL,
    intake: Intake = Intake.MESSAGE,
    contact_id: UUID | None = None,
    address: str | None = None,
    about_tenant_id: int | None = None,
    form_id: UUID | None = None,
    by: Actor,
) -> Filed:
    """Take a complaint in, for the office that decides it; a free sentence is enough (H1, H2, H4).

    ``raw``: the message exactly as it came. ``contact_id`` of the actor's office, or ``address``, a phone
    number somebody typed; neither for someone who stays unknown. ``about_tenant_id``: the office it is about,
    the actor's own unless named. ``form_id``: of a form that may be sent twice; with the same answers it is one case.
    """
    complaint_id = form_id and uuid5(form_id, f"{about} {intake} {identity} {address} {text}")
    office = db.session.get_one(Tenant, about_tenant_id or by.tenant_id)
    if about_id is None:
        about, about_id = find_subject(text, about, by=by.as_system(office.id))
    above = rules.goes_to_reviewer(about, office.level, suspected=rules.points_at_office(text))
    owner = reviewer_of(office) if above else office.id
    anonymous = identity is Identity.ANONYMOUS
    if contact_id is None and address is not None and not anonymous:
        contact_id = contact_for(address, by=by).id
    if contact_id is not None and owner != by.tenant_id and not anonymous:
        contact_id = same_contact_in(owner, contact_id, by=by).id
    return _open_case(
        text,
        raw,
        about,
        about_id,
        office.id,
        identity,
        intake,
        None if anonymous else contact_id,
        complaint_id,
        by=unnamed(by, owner),
    )


@command(Permission.COMPLAINT_FILE)
def tell_receipt(reference: str, *, by: Actor) -> None:
    """Tell a complainant by message what was filed for them by hand: the reference, and by when what happens (H2)."""
    where = owner_of(reference)
    _tell_receipt(where.id, by=unnamed(by, where.tenant_id))


@command(Permission.COMPLAINT_FILE)
def tell_about(reference: str, about: About, *, by: Actor) -> Filed:
    """The complainant says what it is about; what is about the office moves above, unseen from then (H4)."""
    where = owner_of(reference)
    return _set_about(where.id, about, by=unnamed(by, where.tenant_id))


def unnamed(by: Actor, tenant_id: int) -> Actor:
    """``by`` going on in the deciding office; whoever complained is not named in its moves and audit (H3)."""
    return (
        replace(by.at(tenant_id, Role.SENDER), id=None)
        if by.kind is ActorKind.CONTACT
        else by.as_system(tenant_id)
    )


@dataclass(frozen=True)
class Where:
    """Which office owns a case."""

    tenant_id: int
    id: UUID


def owner_of(reference: str) -> Where:
    """The office that owns a case now, and its id; for a reference known to be right, inside a gate."""
    route = find_routes(RouteKind.REFERENCE, f"complaint:{reference}")[0]
    return Where(route.tenant_id, route.target_id)


def hand_over(
    case: Complaint, to: int, *, by: Actor, news: Message | None = None, anew: bool = False
) -> Complaint:
    """Let another office own a case: all of it moves there, nothing stays that could be read here (T2, H4).

    ``by`` acts for the office that owned it. ``news``: what the complainant is told of it. ``anew``: the new
    office has the whole time again (H5). For use inside a command.
    """
    facts, entries = _facts_of(case), entries_of(case)
    texts, steps = [_facts_of(entry) for entry in entries], [_facts_of(step) for step in list_moves(case)]
    facts |= {"contact_id": _twin_in(to, case, by), "handler_id": None, "routed_at": by.now}
    pictures = lift(case, by=by)
    for entry in entries:
        db.session.delete(entry)
    db.session.flush()
    db.session.delete(case)
    drop_route(RouteKind.REFERENCE, f"complaint:{case.reference}")
    db.session.flush()
    return _receive(facts, texts, steps, pictures, news, anew, by=unnamed(by, to))


def write(case: Complaint, kind: EntryKind, text: str, by: Actor, raw: str | None = None) -> None:
    """Add a text to a case's file, under the case's own key; for use inside a command."""
    assert case.data_key is not None
    db.session.add(
        ComplaintEntry(
            tenant_id=case.tenant_id,
            complaint_id=case.id,
            kind=kind,
            text=encrypt_under(case.data_key, text),
            raw=None if raw is None else encrypt_under(case.data_key, raw),
            author_id=by.id,
            written_at=by.now,
        )
    )


def tell_complainant(case: Complaint, news: Message, *, by: Actor, **facts: Any) -> None:
    """Tell the complainant what changed, where there is a number to tell (H6); inside the owner's command.

    A number long silent may be somebody else's by now: it learns only that there is news (T5). Refuses ``words_too_long``.
    """
    if case.contact_id is None:
        return
    contact = get(Contact, case.contact_id, by)
    silent = rules.is_silent(contact.last_at, by.now)
    said = news(reference=case.reference, **facts)
    require_whole(said, locale_of(contact))
    tell(contact.id, messages.NEWS_WAITS() if silent else said, by=by, subject=case)


def told(case: Complaint) -> Filed:
    """What the complainant is told about a case as it stands; for use inside a gate."""
    office = db.session.get_one(Tenant, case.tenant_id)
    return Filed(
        case.id,
        case.reference,
        case.about,
        InEach(office.name_zh, office.name_en),
        case.tenant_id != case.about_tenant_id,
        case.triage_due,
        case.resolution_due,
    )


def entries_of(case: Complaint) -> list[ComplaintEntry]:
    """The texts in a case's file, oldest first, of one moment in the order of their kinds; inside a gate."""
    entries = db.session.scalars(
        select(ComplaintEntry).where(
            ComplaintEntry.tenant_id == case.tenant_id, ComplaintEntry.complaint_id == case.id
        )
    )
    kinds = list(EntryKind)
    return sorted(entries, key=lambda entry: (entry.written_at, kinds.index(entry.kind)))


def words_of(entry: ComplaintEntry, case: Complaint) -> str:
    """What a text in a case's file says; nothing once the case's key is gone."""
    return decrypt_under(case.data_key, entry.text) or ""


def statement_of(case: Complaint) -> str:
    """All that the complainant said; for use inside a gate."""
    said = [entry for entry in entries_of(case) if entry.kind in (EntryKind.STATEMENT, EntryKind.ADDITION)]
    return "\n".join(words_of(entry, case) for entry in said)


@command(Permission.COMPLAINT_FILE)
def _open_case(
    text: str,
    raw: str | None,
    about: About,
    about_id: UUID | None,
    about_tenant_id: int,
    identity: Identity,
    intake: Intake,
    contact_id: UUID | None,
    complaint_id: UUID | None,
    *,
    by: Actor,
) -> Filed:
    if complaint_id is not None and (before := _filed_before(complaint_id, by)) is not None:
        return told(before)
    serious = rules.is_serious(text)
    triage_due, resolution_due = _deadlines(serious, by)
    case = Complaint(
        tenant_id=by.tenant_id,
        id=complaint_id or new_id(),
        reference=_fresh_reference(),
        about_tenant_id=about_tenant_id,
        about=about,
        about_id=about_id,
        intake=intake,
        identity=identity,
        contact_id=contact_id,
        data_key=new_data_key(),
        serious=serious,
        received_at=by.now,
        triage_due=triage_due,
        resolution_due=resolution_due,
    )
    db.session.add(case)
    db.session.flush()
    add_route(RouteKind.REFERENCE, f"complaint:{case.reference}", by.tenant_id, case.id)
    write(case, EntryKind.STATEMENT, text, by, raw)
    record(Event.COMPLAINT_FILED, case, by, intake=intake, about=about, serious=serious)
    hold_call(case, by=by)
    return told(case)


def _filed_before(complaint_id: UUID, by: Actor) -> Complaint | None:
    """The case that the same form has made already; two that come at once wait for one another."""
    db.session.execute(select(func.pg_advisory_xact_lock(FILING, by.tenant_id)))
    return db.session.get(Complaint, (by.tenant_id, complaint_id))


@command(Permission.COMPLAINT_FILE)
def _tell_receipt(complaint_id: UUID, *, by: Actor) -> None:
    case = lock(Complaint, complaint_id, by)
    due = local_day(case.resolution_due)
    if case.tenant_id != case.about_tenant_id:
        tell_complainant(case, messages.RECEIVED_ABOVE, by=by, due=due)
    else:
        tell_complainant(case, messages.RECEIVED, by=by, triage=local_day(case.triage_due), due=due)


@command(Permission.COMPLAINT_FILE)
def _receive(
    facts: dict[str, Any],
    texts: list[dict[str, Any]],
    steps: list[dict[str, Any]],
    pictures: Lifted,
    news: Message | None,
    anew: bool,
    *,
    by: Actor,
) -> Complaint:
    here = {"tenant_id": by.tenant_id}
    case = Complaint(**(facts | here))
    if anew:
        case.escalated_at = by.now
        case.triage_due, case.resolution_due = _deadlines(case.serious, by)
    db.session.add(case)
    db.session.flush()
    db.session.add_all(ComplaintEntry(**(text | here)) for text in texts)
    db.session.add_all(Move(**(step | here)) for step in steps)
    lay(pictures, case, by=by)
    add_route(RouteKind.REFERENCE, f"complaint:{case.reference}", by.tenant_id, case.id)
    db.session.flush()
    record(Event.COMPLAINT_ROUTED, case, by, about_office=case.about_tenant_id, anew=anew)
    if news is not None:
        tell_complainant(case, news, by=by, office=told(case).office, due=local_day(case.resolution_due))
    return case


@command(Permission.COMPLAINT_FILE)
def _set_about(complaint_id: UUID, about: About, *, by: Actor) -> Filed:
    case = lock(Complaint, complaint_id, by)
    office = db.session.get_one(Tenant, case.about_tenant_id)
    case.about = about
    if case.about_id is None:
        case.about_id = find_subject(statement_of(case), about, by=by.as_system(office.id))[1]
    record(Event.COMPLAINT_CLASSIFIED, case, by, about=about)
    if case.tenant_id == office.id and rules.goes_to_reviewer(about, office.level, suspected=False):
        case = hand_over(case, reviewer_of(office), by=by)
    hold_call(case, by=by)
    return told(case)


def _deadlines(serious: bool, by: Actor) -> tuple[datetime, datetime]:
    settings = settings_in_force(by.tenant_id, by.now)
    days = settings.serious_working_days if serious else settings.resolution_working_days
    return deadline_after(by.now, settings.triage_working_days), deadline_after(by.now, days)


def _facts_of(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _twin_in(tenant_id: int, case: Complaint, by: Actor) -> UUID | None:
    """The complainant's contact in another office; none for an anonymous case or an erased person."""
    known = db.session.scalar(
        select(Contact.id).where(
            Contact.tenant_id == by.tenant_id,
            Contact.id == case.contact_id,
            Contact.address_index.is_not(None),
        )
    )
    return None if known is None else same_contact_in(tenant_id, known, by=by).id


def _fresh_reference() -> str:
    while True:
        reference = make_reference(random.SystemRandom())
        if not find_routes(RouteKind.REFERENCE, f"complaint:{reference}"):
            return reference
