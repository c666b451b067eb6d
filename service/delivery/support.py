"""Support that an SO asks for: kept, passed on, answered and timed (M2)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from channels.answers import make_reference
from channels.contacts import locale_of
from channels.fitting import require_whole
from channels.joining import proved_addresses
from channels.messages import InEach, Message, Said, in_each
from channels.models import Contact
from channels.outbox import tell
from service.contracts.models import Contract
from service.delivery import rules
from service.delivery import support_messages as messages
from service.delivery.models import SupportRequest
from service.delivery.queries import own_contracts
from service.delivery.rules import SupportKind, SupportState
from service.organizations.models import Organization
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock, query
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.privacy import decrypt_under, encrypt_under
from tenants.refusals import NotFound
from tenants.settings import settings_in_force
from tenants.states import move
from tenants.workdays import deadline_after, local_day


@dataclass(frozen=True)
class SupportView:
    """A request as officials see it, with its lateness in days."""

    tenant_id: int
    id: UUID
    reference: str
    contract_id: UUID
    organization: str
    kind: SupportKind
    text: str | None
    asked_at: datetime
    due_at: datetime
    days_late: int
    state: SupportState
    passed_on_to: str | None
    answer: str | None
    answered_at: datetime | None


@command(Permission.SUPPORT_ASK)
def ask_support(text: str, *, lot: int | None = None, by: Actor) -> SupportRequest:
    """An SO asks for support on its contract, named by its lot number where it has several (M2).

    The answer is due within the county's working days. Refuses ``no_contract``, ``contract_unclear`` and
    ``contract_unknown``.
    """
    contracts = own_contracts(by=by)
    contact = db.session.get_one(Contact, (by.tenant_id, by.id))
    assert contact.data_key is not None
    days = settings_in_force(by.tenant_id, by.now).support_working_days
    wanted = SupportRequest(
        tenant_id=by.tenant_id,
        id=new_id(),
        reference=make_reference(random.SystemRandom()),
        contract_id=contracts[rules.only_contract(list(contracts), lot)],
        contact_id=contact.id,
        kind=SupportKind.OTHER,
        text=encrypt_under(contact.data_key, text),
        channel=by.channel,
        asked_at=by.now,
        due_at=deadline_after(by.now, days),
    )
    db.session.add(wanted)
    db.session.flush()
    record(Event.SUPPORT_ASKED, wanted, by, contract=wanted.contract_id)
    return wanted


@command(Permission.SUPPORT_ASK)
def sort_request(reference: str, kind: SupportKind, *, by: Actor) -> SupportRequest:
    """The SO says what its request is about, which decides on whose page it waits (M2)."""
    wanted = db.session.scalar(
        select(SupportRequest)
        .where(
            SupportRequest.tenant_id == by.tenant_id,
            SupportRequest.reference == reference,
            SupportRequest.contact_id == by.id,
        )
        .with_for_update()
    )
    if wanted is None:
        raise NotFound("request_unknown", reference=reference)
    wanted.kind = kind
    record(Event.SUPPORT_SORTED, wanted, by, kind=kind)
    return wanted


@command(Permission.SUPPORT_ANSWER)
def pass_on_request(request_id: UUID, *, kind: SupportKind, to: str, by: Actor) -> SupportRequest:
    """Pass a request on to who can help, a township or a technical service, and tell the SO (M2).

    The office still owes the answer by the same day. Refuses ``not_found`` and ``wrong_stage``.
    """
    wanted = lock(SupportRequest, request_id, by)
    wanted.kind, wanted.passed_on_to = kind, to
    move(wanted, "pass_on", by, to)
    record(Event.SUPPORT_PASSED_ON, wanted, by, kind=kind)
    said = _said(wanted, messages.SUPPORT_PASSED_ON, by, provider=to, due=local_day(wanted.due_at))
    tell(wanted.contact_id, said, by=by, subject=wanted)
    return wanted


@command(Permission.SUPPORT_ANSWER)
def answer_request(request_id: UUID, answer: str, *, by: Actor) -> SupportRequest:
    """Answer a request; the SO gets the answer by message (M2).

    Refuses ``not_found``, ``wrong_stage`` and ``words_too_long``.
    """
    wanted = lock(SupportRequest, request_id, by)
    wanted.answered_at, wanted.answered_by = by.now, by.id
    move(wanted, "answer", by)
    contact = get(Contact, wanted.contact_id, by)
    said = _said(wanted, messages.SUPPORT_ANSWERED, by, answer=answer)
    require_whole(said, locale_of(contact))
    if contact.data_key is not None:
        wanted.answer = encrypt_under(contact.data_key, answer)
    record(Event.SUPPORT_ANSWERED, wanted, by, late=by.now > wanted.due_at)
    tell(wanted.contact_id, said, by=by, subject=wanted)
    return wanted


@query(Permission.SUPPORT_READ)
def list_requests(contract_id: UUID, *, by: Actor) -> list[SupportView]:
    """The requests on a contract, the newest first."""
    contract = get(Contract, contract_id, by)
    found = _views(
        by, SupportRequest.tenant_id == contract.tenant_id, SupportRequest.contract_id == contract.id
    )
    return found[::-1]


@query(Permission.SUPPORT_READ)
def list_open(*, by: Actor) -> list[SupportView]:
    """The office's requests that are not answered, the longest due first."""
    still_open = SupportRequest.state != SupportState.ANSWERED
    found = _views(by, SupportRequest.tenant_id == by.tenant_id, still_open)
    return sorted(found, key=lambda one: one.due_at)


@query(Permission.SUPPORT_READ)
def find_request(request_id: UUID, *, by: Actor) -> SupportView:
    """One request; ``NotFound`` otherwise."""
    wanted = get(SupportRequest, request_id, by)
    (view,) = _views(by, SupportRequest.tenant_id == wanted.tenant_id, SupportRequest.id == wanted.id)
    return view


@query(Permission.ORGANIZATION_IDENTIFY)
def request_standing(reference: str, *, by: Actor) -> Said:
    """Where a request stands, for the person who sent it; ``NotFound("request_unknown")`` otherwise."""
    own = [one.id for one in proved_addresses(by.id, by=by)] if by.id else []
    found = _views(
        by,
        SupportRequest.tenant_id == by.tenant_id,
        SupportRequest.reference == reference,
        SupportRequest.contact_id.in_(own),
    )
    if not found:
        raise NotFound("request_unknown", reference=reference)
    (wanted,) = found
    if wanted.state is SupportState.ANSWERED:
        return messages.SUPPORT_WAS_ANSWERED(reference=reference, answer=wanted.answer or "—")
    said = messages.SUPPORT_LATE if by.now > wanted.due_at else messages.SUPPORT_WAITS
    return said(reference=reference, state=in_each(wanted.state.label), due=local_day(wanted.due_at))


@query(Permission.SUPPORT_ASK)
def contract_of(wanted: SupportRequest, *, by: Actor) -> str:
    """How the contract of a request is named."""
    return get(Contract, wanted.contract_id, by).number


def _said(wanted: SupportRequest, message: Message, by: Actor, **facts: Any) -> Said:
    office = db.session.get_one(Tenant, by.tenant_id)
    return message(office=InEach(office.name_zh, office.name_en), reference=wanted.reference, **facts)


def _views(by: Actor, *where: Any) -> list[SupportView]:
    rows = db.session.execute(
        select(SupportRequest, Contact.data_key, Organization.name)
        .join(
            Contact,
            (Contact.tenant_id == SupportRequest.tenant_id) & (Contact.id == SupportRequest.contact_id),
        )
        .join(
            Contract,
            (Contract.tenant_id == SupportRequest.tenant_id) & (Contract.id == SupportRequest.contract_id),
        )
        .join(
            Organization,
            (Organization.tenant_id == Contract.tenant_id) & (Organization.id == Contract.organization_id),
        )
        .where(*where)
        .order_by(SupportRequest.asked_at)
    )
    today = local_day(by.now)
    return [
        SupportView(
            one.tenant_id,
            one.id,
            one.reference,
            one.contract_id,
            organization,
            one.kind,
            decrypt_under(key, one.text),
            one.asked_at,
            one.due_at,
            rules.days_late(local_day(one.due_at), one.answered_at and local_day(one.answered_at), today),
            one.state,
            one.passed_on_to,
            decrypt_under(key, one.answer),
            one.answered_at,
        )
        for one, key, organization in rows
    ]
