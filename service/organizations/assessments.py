"""Capacity: two assessors at least, rounds until they agree, valid one year (O4). All confidential (D3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from service.difficulty.queries import count_wanted
from service.organizations import rules
from service.organizations.models import AgreedCapacity, Assessment, Organization
from service.organizations.queries import (
    Registration,
    list_potential_providers,
    registration_of,
    valid_capacities,
)
from service.organizations.rules import Capacity, OrganizationState
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock, query
from tenants.models import Membership
from tenants.people import person_names, works_here
from tenants.permissions import Permission
from tenants.workdays import local_day

REASSESS_AHEAD_DAYS = 30
"""A reassessment is called for this long before a category runs out (O4)."""


@command(Permission.CAPACITY_ASSESS)
def assess_capacity(
    organization_id: UUID,
    *,
    factors: Mapping[str, int],
    category: Capacity | None = None,
    reasons: str,
    by: Actor,
) -> AgreedCapacity | None:
    """Give one's own view of what an SO can do; return what was agreed, if this ended the round (O4).

    ``factors``: a mark of 0 to 3 for each of the five; without ``category`` the one they suggest. Any SO on
    the short list may be assessed again at any time; until a new agreement the old category holds.
    Refuses ``not_short_listed``, ``factor_unknown``, ``factor_missing``, ``mark_out_of_range`` and
    ``already_assessed``.
    """
    organization = lock(Organization, organization_id, by)
    rules.require_short_listed(organization.state)
    rules.require_factors(factors)
    assert by.id is not None
    rounds = _rounds(organization)
    number = rules.next_round(rounds.views, rounds.agreed, by.id, _still_asked(rounds, rounds.number, by.now))
    view = Assessment(
        tenant_id=by.tenant_id,
        organization_id=organization.id,
        round=number,
        assessor_id=by.id,
        factors=dict(factors),
        category=category or rules.suggest_category(factors),
        reasons=reasons,
        assessed_at=by.now,
    )
    db.session.add(view)
    db.session.flush()
    record(Event.CAPACITY_ASSESSED, organization, by, round=number)
    rounds = _rounds(organization)
    agreed = rules.agreed_category(rounds.views, _still_asked(rounds, number, by.now))
    return None if agreed is None else _agree(organization, number, agreed, by)


def _agree(organization: Organization, number: int, category: Capacity, by: Actor) -> AgreedCapacity:
    agreed = AgreedCapacity(
        tenant_id=by.tenant_id,
        organization_id=organization.id,
        round=number,
        category=category,
        agreed_at=by.now,
        valid_until=rules.one_year_after(local_day(by.now)),
    )
    db.session.add(agreed)
    db.session.flush()
    record(Event.CAPACITY_AGREED, organization, by, round=number)
    return agreed


@dataclass(frozen=True)
class Rounds:
    """Where an assessment stands: the last agreed round, the newest one after it, and those between."""

    agreed: int
    views: list[Assessment]
    earlier: list[Assessment]

    @property
    def number(self) -> int:
        """The number of the newest round since the last agreement, 0 before anyone spoke."""
        return self.views[0].round if self.views else 0


def _rounds(organization: Organization) -> Rounds:
    agreed = db.session.scalar(
        select(func.coalesce(func.max(AgreedCapacity.round), 0)).where(
            AgreedCapacity.tenant_id == organization.tenant_id,
            AgreedCapacity.organization_id == organization.id,
        )
    )
    since = db.session.scalars(
        select(Assessment)
        .where(
            Assessment.tenant_id == organization.tenant_id,
            Assessment.organization_id == organization.id,
            Assessment.round > agreed,
        )
        .order_by(Assessment.round.desc(), Assessment.assessed_at)
    ).all()
    views = [view for view in since if view.round == since[0].round]
    return Rounds(agreed or 0, views, list(since[len(views) :]))


def _still_asked(rounds: Rounds, number: int, now: datetime) -> set[UUID]:
    """Who spoke in the round before, and still works in the office: without them no round ends (O4)."""
    before = {view.assessor_id for view in rounds.earlier if view.round == number - 1}
    if not before:
        return set()
    working = db.session.scalars(
        select(Membership.person_id).where(
            Membership.tenant_id == rounds.views[0].tenant_id,
            Membership.person_id.in_(before),
            works_here(now),
        )
    )
    return set(working)


@dataclass(frozen=True)
class AssessmentSheet:
    """What an assessor has before them: the registration, the rounds that are over, and the own view."""

    registration: Registration
    earlier: list[Assessment]
    names: dict[UUID, str]
    own: Assessment | None
    silent: bool


@query(Permission.CAPACITY_ASSESS)
def find_assessment_sheet(organization_id: UUID, *, by: Actor) -> AssessmentSheet:
    """What an assessor may know before judging: in the open round each judges alone (O4).

    ``silent``: the own view is given, and others have not spoken yet.
    """
    organization = get(Organization, organization_id, by)
    rounds = _rounds(organization)
    own = next((view for view in rounds.views if view.assessor_id == by.id), None)
    waits = len(rounds.views) < 2 or not _still_asked(rounds, rounds.number, by.now) <= {
        view.assessor_id for view in rounds.views
    }
    over = rounds.earlier if own is None or waits else [*rounds.views, *rounds.earlier]
    return AssessmentSheet(
        registration_of(organization, by),
        over,
        person_names({view.assessor_id for view in over}),
        own,
        own is not None and waits,
    )


@query(Permission.CAPACITY_ASSESS)
def list_to_assess(*, by: Actor) -> list[Organization]:
    """The potential providers without a category that lasts, which wait for the actor's view (O4)."""
    lasting = {
        organization_id
        for organization_id, last_day in _last_days(by).items()
        if _lasts(last_day, local_day(by.now))
    }
    newest: dict[UUID, tuple[int, set[UUID]]] = {}
    for organization_id, number, assessor_id in db.session.execute(
        select(Assessment.organization_id, Assessment.round, Assessment.assessor_id)
        .where(Assessment.tenant_id == by.tenant_id)
        .order_by(Assessment.round)
    ):
        spoken = newest[organization_id][1] if newest.get(organization_id, (0,))[0] == number else set()
        newest[organization_id] = (number, spoken | {assessor_id})
    agreed = set(
        db.session.execute(
            select(AgreedCapacity.organization_id, AgreedCapacity.round).where(
                AgreedCapacity.tenant_id == by.tenant_id
            )
        ).all()
    )
    providers = db.session.scalars(
        select(Organization)
        .where(Organization.tenant_id == by.tenant_id, Organization.state == OrganizationState.SHORT_LISTED)
        .order_by(Organization.number)
    )

    def waits_for_me(organization_id: UUID) -> bool:
        number, spoken = newest.get(organization_id, (0, set()))
        return by.id not in spoken or len(spoken) > 1 or (organization_id, number) in agreed

    return [one for one in providers if one.id not in lasting and waits_for_me(one.id)]


def _last_days(by: Actor) -> dict[UUID, date]:
    rows = db.session.execute(
        select(AgreedCapacity.organization_id, func.max(AgreedCapacity.valid_until))
        .where(AgreedCapacity.tenant_id == by.tenant_id)
        .group_by(AgreedCapacity.organization_id)
    )
    return dict(rows.all())


def _lasts(last_day: date, today: date) -> bool:
    return (last_day - today).days > REASSESS_AHEAD_DAYS


@dataclass(frozen=True)
class CapacityFile:
    """Everything said about an SO's capacity: all rounds, what was agreed, and who spoke."""

    organization: Organization
    rounds: dict[int, list[Assessment]]
    agreed: dict[int, AgreedCapacity]
    names: dict[UUID, str]
    valid: Capacity | None


@query(Permission.CAPACITY_READ)
def find_capacity_file(organization_id: UUID, *, by: Actor) -> CapacityFile:
    """The rounds of assessment of an SO, newest first, with their reasons (O4)."""
    organization = get(Organization, organization_id, by)
    rounds: dict[int, list[Assessment]] = {}
    for view in db.session.scalars(
        select(Assessment)
        .where(Assessment.tenant_id == organization.tenant_id, Assessment.organization_id == organization.id)
        .order_by(Assessment.round.desc(), Assessment.assessed_at)
    ):
        rounds.setdefault(view.round, []).append(view)
    agreed = db.session.scalars(
        select(AgreedCapacity).where(
            AgreedCapacity.tenant_id == organization.tenant_id,
            AgreedCapacity.organization_id == organization.id,
        )
    )
    return CapacityFile(
        organization,
        rounds,
        {one.round: one for one in agreed},
        person_names({view.assessor_id for views in rounds.values() for view in views}),
        valid_capacities(by).get(organization.id),
    )


@query(Permission.CAPACITY_READ)
def capacity_lists(*, by: Actor) -> dict[Capacity | None, list[Organization]]:
    """Table 5: the potential providers by valid category; under ``None`` those without one (O4, D3)."""
    valid = valid_capacities(by)
    lists: dict[Capacity | None, list[Organization]] = {category: [] for category in (*Capacity, None)}
    for provider in list_potential_providers(by=by):
        lists[valid.get(provider.id)].append(provider)
    return lists


@query(Permission.CAPACITY_READ)
def supply_and_demand(*, by: Actor) -> list[rules.Balance]:
    """Per difficulty, the tasks wanted and the potential providers able (O5)."""
    able = {category: len(providers) for category, providers in capacity_lists(by=by).items() if category}
    return rules.supply_and_demand(count_wanted(by=by), able)
