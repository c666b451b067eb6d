"""The verbs of step 5.1: drafting and publishing calls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from channels.contacts import locale_of
from channels.fitting import require_whole
from channels.messages import InEach, Message
from channels.models import Contact
from channels.outbox import tell
from service.organizations.models import Organization
from service.organizations.queries import list_potential_providers, signatory_contacts
from service.organizations.rules import OrganizationState
from service.preparation.models import Package
from service.preparation.queries import count_workshops, current_regulation, current_scope_of_work, plan_of
from service.preparation.rules import (
    PackageState,
    ProcurementMethod,
    require_scope_complete,
    require_workshops,
)
from service.procurement import messages, rules, sealing
from service.procurement.models import Addressee, Call, Lot
from tenants.actors import Actor
from tenants.audit import record
from tenants.counters import next_number
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.settings import settings_in_force
from tenants.states import move, require_move
from tenants.workdays import local_day


@command(Permission.CALL_WRITE)
def draft_call(packages: Sequence[UUID], *, by: Actor, **texts: Any) -> Call:
    """Draft a call for one or more packages of an approved plan, each a lot with its short number (C1).

    ``texts``: the fields of ``CallTextSchema``. Refuses ``packages_missing``, ``package_not_ready``,
    ``methods_differ``, ``package_not_planned`` and ``already_called``.
    """
    wanted = [lock(Package, package_id, by) for package_id in sorted(set(packages))]
    method = rules.require_one_method(package.procurement_method for package in wanted)
    rules.require_ready(package.number for package in wanted if package.state is not PackageState.READY)
    rules.require_not_called(_called(wanted, by))
    plans = {package.number: plan_of(package.id, by=by) for package in wanted}
    rules.require_planned((number, plan.state if plan else None) for number, plan in plans.items())
    reasons = dict.fromkeys(one.method_reason for one in wanted if one.method_reason)
    call = Call(
        tenant_id=by.tenant_id,
        id=new_id(),
        number=next_number("call", by),
        method=method,
        method_reason="\n".join(reasons) or None,
        plan_id=next(plan.id for plan in plans.values() if plan),
        prepared_by=by.id,
        prepared_at=by.now,
        **texts,
    )
    db.session.add(call)
    db.session.flush()
    db.session.add_all(
        Lot(tenant_id=by.tenant_id, call_id=call.id, package_id=one.id, number=next_number("lot", by))
        for one in wanted
    )
    db.session.flush()
    numbers = [one.number for one in wanted]
    record(Event.CALL_DRAFTED, call, by, number=call.number, method=method, packages=numbers)
    return call


@command(Permission.CALL_WRITE)
def change_call(call_id: UUID, *, by: Actor, **texts: Any) -> Call:
    """Reword a draft (C1). Refuses ``wrong_stage``: what was published stays as it was."""
    call = lock(Call, call_id, by)
    require_move(Call.MOVES, call.state, "publish")
    for name, value in texts.items():
        setattr(call, name, value)
    record(Event.CALL_CHANGED, call, by, fields=sorted(texts))
    return call


@command(Permission.CALL_PUBLISH)
def publish_call(
    call_id: UUID, *, deadline: datetime, organizations: Collection[UUID] = (), by: Actor
) -> Call:
    """Publish a call with its own key pair and tell the SOs it is meant for (guide step 5.1, C1, C2, C5, P6).

    ``deadline``: the last moment for bids; ``organizations``: the SOs asked, none for an open tender.
    Refuses ``wrong_stage`` the second time, ``package_not_planned``, ``scope_incomplete``,
    ``regulation_missing``, ``workshops_missing``, ``deadline_too_soon``, ``controlled_by_office`` and what
    ``rules.audience`` refuses.
    """
    call = lock(Call, call_id, by)
    require_move(Call.MOVES, call.state, "publish")
    regulation = _require_groundwork(call, by)
    settings = settings_in_force(by.tenant_id, by.now)
    rules.require_time_to_bid(by.now, deadline, settings.bid_period_days)
    meant = audience_of(call.method, organizations, by=by)
    call.regulation_id, call.published_at, call.deadline = regulation, by.now, deadline
    call.questions_until = rules.questions_until(by.now, deadline, settings.questions_close_days)
    call.public_key, call.private_key = sealing.new_key_pair(call.id)
    move(call, "publish", by)
    addressees = [
        Addressee(tenant_id=by.tenant_id, id=new_id(), call_id=call.id, organization_id=organization_id)
        for organization_id in meant
    ]
    db.session.add_all(addressees)
    db.session.flush()
    record(
        Event.CALL_PUBLISHED,
        call,
        by,
        number=call.number,
        method=call.method,
        deadline=deadline,
        addressees=len(addressees),
    )
    by_message = rules.is_given_by_message(call.method)
    asked = messages.CALL_PUBLISHED if by_message else messages.APPLICATIONS_WANTED
    tell_audience(call, addressees, asked, by)
    return call


def _require_groundwork(call: Call, by: Actor) -> UUID:
    for package in _packages(call):
        plan = plan_of(package.id, by=by)
        rules.require_planned([(package.number, plan.state if plan else None)])
        scope = current_scope_of_work(package.id, by=by)
        require_scope_complete(scope.items if scope else None)
    regulation = rules.require_regulation_in_force(current_regulation(by=by))
    require_workshops(count_workshops(local_day(by.now), by=by))
    return regulation.id


def _packages(call: Call) -> list[Package]:
    return list(
        db.session.scalars(
            select(Package)
            .join(Lot, (Lot.tenant_id == Package.tenant_id) & (Lot.package_id == Package.id))
            .where(Lot.tenant_id == call.tenant_id, Lot.call_id == call.id)
            .order_by(Package.number)
        )
    )


def _called(packages: Collection[Package], by: Actor) -> list[int]:
    standing = (
        select(Package.number)
        .join(Lot, (Lot.tenant_id == Package.tenant_id) & (Lot.package_id == Package.id))
        .join(Call, (Call.tenant_id == Lot.tenant_id) & (Call.id == Lot.call_id))
        .where(
            Package.tenant_id == by.tenant_id,
            Package.id.in_([package.id for package in packages]),
            Call.state.not_in(rules.OVER),
        )
    )
    return list(db.session.scalars(standing))


def audience_of(method: ProcurementMethod, chosen: Collection[UUID], *, by: Actor) -> list[UUID]:
    """The SOs a call is meant for as the office knows them now (P6, R2); for use inside a command."""
    known = db.session.scalars(
        select(Organization)
        .where(Organization.tenant_id == by.tenant_id, Organization.state != OrganizationState.LEFT_OFF)
        .order_by(Organization.number)
    ).all()
    for organization in known:
        rules.require_independent(organization.controlled_by_office and organization.id in chosen)
    independent = [organization for organization in known if not organization.controlled_by_office]
    potential = {one.id for one in list_potential_providers(by=by) if not one.controlled_by_office}
    return rules.audience(method, chosen, [organization.id for organization in independent], potential)


def tell_audience(
    call: Call, addressees: Collection[Addressee], message: Message, by: Actor, **more: Any
) -> None:
    """Say something of a call to every phone of the SOs it is meant for; for use inside a command.

    Refuses ``words_too_long`` where an officer's words in ``more`` have no room.
    """
    office = db.session.get_one(Tenant, by.tenant_id)
    numbers = db.session.scalars(
        select(Lot.number).where(Lot.tenant_id == by.tenant_id, Lot.call_id == call.id).order_by(Lot.number)
    ).all()
    said = message(
        office=InEach(office.name_zh, office.name_en),
        title=InEach(call.title, call.title_en or call.title),
        lots=messages.in_words(numbers),
        number=messages.one_of(numbers),
        deadline=call.deadline,
        **more,
    )
    contacts = signatory_contacts([one.organization_id for one in addressees], by=by)
    phones = [one for of_each in contacts.values() for one in of_each]
    read_by = db.session.scalars(
        select(Contact).where(Contact.tenant_id == by.tenant_id, Contact.id.in_(phones))
    )
    require_whole(said, *{locale_of(contact) for contact in read_by})
    for addressee in addressees:
        for contact_id in contacts[addressee.organization_id]:
            tell(contact_id, said, by=by, subject=addressee)
