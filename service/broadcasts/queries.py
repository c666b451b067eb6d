"""Reads of broadcasts: what one would be, how far it got, and what became of it for each who was meant (S6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import null, select

from channels import announcing
from channels.announcing import Share
from channels.models import Contact, Delivery, OutboundMessage
from channels.outbox import quiet_until
from channels.templates import versions_used
from service.broadcasts import messages, rules
from service.broadcasts.address_book import list_places
from service.broadcasts.audience import contacts_of, known_as
from service.broadcasts.models import Broadcast
from service.broadcasts.rules import AudienceKind, BroadcastState
from service.evaluation.models import EvaluationRound
from service.evaluation.rules import RoundState
from service.organizations.rules import Capacity, OrganizationState, Typology
from service.preparation.models import Package
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import get, query
from tenants.models import Tenant
from tenants.people import person_names
from tenants.permissions import Permission
from tenants.privacy import mask_address
from tenants.settings import settings_in_force
from tenants.states import Move, list_moves

PAGE = 100
LONGEST_LIST = 200

_OF_CONTACT = (Contact.address, Contact.locale, Contact.written_in)


@dataclass(frozen=True)
class Standing:
    """A broadcast in the list: how far it got in percent, where it is not over or was stopped."""

    broadcast: Broadcast
    done: int | None


@dataclass(frozen=True)
class Spending:
    """What a broadcast takes of the month's budget, all in parts, its cost and a part's price in yuan."""

    people: int
    suppressed: int
    unreachable: int
    parts: int
    cost: Decimal
    used: int
    budget: int
    price: Decimal

    def cost_of(self, share: Share) -> Decimal:
        """What those who read one language cost, in yuan."""
        return rules.cost_of(share.parts, self.price)

    @property
    def needs_approval(self) -> bool:
        """Whether a second person must approve (S6)."""
        return rules.exceeds_budget(self.parts, self.used, self.budget)


@dataclass(frozen=True)
class Step:
    """One change of a broadcast's state, and who made it."""

    state: BroadcastState
    at: datetime
    who: str | None
    reason: str | None


@dataclass(frozen=True)
class BroadcastFile:
    """All about one broadcast: before it leaves what it would be (``shares``, ``spending``), then how far each row got."""

    broadcast: Broadcast
    filters: dict[str, Any]
    shares: list[Share]
    spending: Spending | None
    states: Counter[Delivery]
    names: dict[UUID, str]
    moves: list[Step] = field(default_factory=list)
    quiet_until: datetime | None = None

    @property
    def done(self) -> int:
        """How far it got, in percent; nothing of it before it was sent off."""
        return rules.progress(self.states) if self.broadcast.sent_at else 0


@dataclass(frozen=True)
class Recipient:
    """Somebody a broadcast is for, the number masked; before it left there is a ``state`` only where nothing will be sent.

    ``template_code``, ``template_version``: what it went by at a provider that sends approved templates.
    """

    id: UUID
    address: str
    known_as: str | None
    language: str
    state: Delivery | None
    sent_at: datetime | None
    settled_at: datetime | None
    failure: str | None
    template_code: str | None
    template_version: int | None


@query(Permission.BROADCAST_READ)
def list_broadcasts(*, by: Actor) -> list[Standing]:
    """The broadcasts of the offices that the actor reads, the newest first."""
    found = db.session.scalars(
        select(Broadcast)
        .where(Broadcast.tenant_id.in_(by.readable), Broadcast.state != BroadcastState.DROPPED)
        .order_by(Broadcast.prepared_at.desc())
        .limit(LONGEST_LIST)
    ).all()
    unfinished = (BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.STOPPED)
    counted = announcing.count_states(
        [one.announcement_id for one in found if one.state in unfinished and one.announcement_id], by=by
    )
    return [
        Standing(
            one, rules.progress(counted[one.announcement_id]) if one.announcement_id in counted else None
        )
        for one in found
    ]


@query(Permission.BROADCAST_READ)
def find_broadcast(broadcast_id: UUID, *, by: Actor) -> Broadcast:
    """A broadcast; ``NotFound`` where the actor may not read its office."""
    return get(Broadcast, broadcast_id, by)


@query(Permission.BROADCAST_READ)
def view_broadcast(broadcast_id: UUID, *, by: Actor) -> BroadcastFile:
    """All about one broadcast."""
    broadcast = get(Broadcast, broadcast_id, by)
    shares: list[Share] = []
    spending = None
    states: Counter[Delivery] = Counter()
    if broadcast.announcement_id is not None:
        states = announcing.count_states([broadcast.announcement_id], by=by)[broadcast.announcement_id]
    else:
        shares = _measured(broadcast)
        spending = _spending(broadcast, shares, by)
    moves = list_moves(broadcast)
    people = {broadcast.prepared_by, broadcast.submitted_by, broadcast.approved_by} | {
        move.actor_id for move in moves
    }
    names = person_names({one for one in people if one is not None})
    return BroadcastFile(
        broadcast,
        rules.readable_filters(broadcast.filters, by),
        [share for share in shares if rules.is_shown(share, broadcast.words_en)],
        spending,
        states,
        names,
        [_step(move, names) for move in moves],
        quiet_until(by=by) if broadcast.tenant_id == by.tenant_id else None,
    )


def _step(move: Move, names: dict[UUID, str]) -> Step:
    who = names.get(move.actor_id) if move.actor_id else None
    return Step(BroadcastState(move.after), move.at, who, move.reason)


def _measured(broadcast: Broadcast) -> list[Share]:
    office = db.session.get_one(Tenant, broadcast.tenant_id)
    audience = contacts_of(broadcast.audience, broadcast.filters, broadcast.tenant_id)
    return announcing.measure(messages.said(broadcast, office), audience, broadcast.tenant_id)


def _spending(broadcast: Broadcast, shares: list[Share], by: Actor) -> Spending:
    settings = settings_in_force(broadcast.tenant_id, by.now)
    parts = sum(share.parts for share in shares)
    return Spending(
        people=sum(share.people for share in shares),
        suppressed=sum(share.suppressed for share in shares),
        unreachable=sum(share.unreachable for share in shares),
        parts=parts,
        cost=rules.cost_of(parts, settings.part_price),
        used=announcing.parts_this_month(broadcast.tenant_id, by.now),
        budget=settings.message_budget,
        price=settings.part_price,
    )


@query(Permission.BROADCAST_READ)
def list_recipients(
    broadcast_id: UUID,
    *,
    by: Actor,
    state: Delivery | None = None,
    after: UUID | None = None,
    most: int = PAGE,
) -> tuple[Broadcast, list[Recipient]]:
    """Whom a broadcast is for, so many of them, beginning ``after`` one of them.

    Before it left those who opted out or cannot be reached are marked; then it says what became of it for each.
    """
    broadcast = get(Broadcast, broadcast_id, by)
    wanted = _meant(broadcast) if broadcast.announcement_id is None else _written_to(broadcast, state)
    if after is not None:
        wanted = wanted.where(wanted.selected_columns.id > after)
    rows = db.session.execute(wanted.order_by(wanted.selected_columns.id).limit(most)).all()
    known = known_as(broadcast.audience, [row.contact_id for row in rows], broadcast.tenant_id)
    used = versions_used(rows, by=by)
    went_by = [used[row.template_id] if row.template_id else None for row in rows]
    return broadcast, [
        Recipient(
            row.id,
            mask_address(row.address) if row.address else "—",
            known.get(row.contact_id),
            row.locale or row.written_in or "zh",
            row.state,
            row.sent_at,
            row.settled_at,
            row.failure,
            template.code if template else None,
            template.version if template else None,
        )
        for row, template in zip(rows, went_by, strict=True)
    ]


def each_recipient(broadcast_id: UUID, *, by: Actor) -> Iterator[Recipient]:
    """Everybody a broadcast is for, a thousand in each transaction, so that no hundred thousand stand in memory."""
    after: UUID | None = None
    while found := list_recipients(broadcast_id, after=after, most=1000, by=by)[1]:
        yield from found
        after = found[-1].id


def _meant(broadcast: Broadcast) -> Any:
    audience = contacts_of(broadcast.audience, broadcast.filters, broadcast.tenant_id)
    return select(
        Contact.id,
        Contact.id.label("contact_id"),
        *_OF_CONTACT,
        announcing.withheld().label("state"),
        null().label("sent_at"),
        null().label("settled_at"),
        null().label("failure"),
        null().label("template_id"),
    ).where(*announcing.reached(audience, broadcast.tenant_id))


def _written_to(broadcast: Broadcast, state: Delivery | None) -> Any:
    wanted = (
        select(
            OutboundMessage.id,
            OutboundMessage.contact_id,
            *_OF_CONTACT,
            OutboundMessage.state,
            OutboundMessage.sent_at,
            OutboundMessage.settled_at,
            OutboundMessage.failure,
            OutboundMessage.channel_tenant_id,
            OutboundMessage.template_id,
        )
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(
            OutboundMessage.tenant_id == broadcast.tenant_id,
            OutboundMessage.announcement_id == broadcast.announcement_id,
        )
    )
    return wanted if state is None else wanted.where(OutboundMessage.state == state)


@query(Permission.BROADCAST_READ)
def list_to_approve(*, by: Actor) -> list[Broadcast]:
    """The own office's broadcasts that wait for a second person, the oldest first (T8)."""
    return list(
        db.session.scalars(
            select(Broadcast)
            .where(Broadcast.tenant_id == by.tenant_id, Broadcast.state == BroadcastState.WAITING)
            .order_by(Broadcast.submitted_at)
        )
    )


@query(Permission.MESSAGE_SEND)
def list_over(*, by: Actor) -> list[Broadcast]:
    """The broadcasts that are going out in the offices the actor reads, and of which nothing is left to send."""
    return list(
        db.session.scalars(
            select(Broadcast).where(
                Broadcast.tenant_id.in_(by.readable),
                Broadcast.state == BroadcastState.SENDING,
                announcing.is_over(Broadcast.tenant_id, Broadcast.announcement_id),
            )
        )
    )


@query(Permission.BROADCAST_WRITE)
def list_choices(kind: AudienceKind, *, by: Actor) -> dict[str, list[tuple[Any, Any]]]:
    """What an audience of this kind can be narrowed by, of what the office has (D3)."""
    if kind is AudienceKind.BENEFICIARIES:
        packages = db.session.scalars(
            select(Package).where(Package.tenant_id == by.tenant_id).order_by(Package.number.desc())
        )
        return {"package_id": [(one.id, f"{one.number} {one.name}") for one in packages]}
    if kind is AudienceKind.EVALUATION:
        rounds = db.session.scalars(
            select(EvaluationRound)
            .where(EvaluationRound.tenant_id == by.tenant_id)
            .order_by(EvaluationRound.state != RoundState.OPEN, EvaluationRound.opened_at.desc())
        )
        return {"round_id": [(one.id, f"{one.title} · {one.state.label}") for one in rounds]}
    if kind in (AudienceKind.FOCAL_POINTS, AudienceKind.TOWNSHIP):
        townships, villages = list_places(kind is AudienceKind.FOCAL_POINTS, by=by)
        return {"township": [(one, one) for one in townships], "village": [(one, one) for one in villages]}
    if kind is AudienceKind.ORGANIZATIONS and not by.may(Permission.CAPACITY_READ):
        return {"capacity": []}
    return {}


def in_words(filters: dict[str, Any], *, by: Actor) -> dict[str, Any]:
    """Filters as a person reads them: labels and names instead of codes and ids."""
    enums: dict[str, Any] = {
        "organization_state": OrganizationState,
        "typology": Typology,
        "capacity": Capacity,
    }
    return {
        name: enums[name](value).label
        if name in enums
        else _named(name, UUID(value), by=by)
        if name in ("package_id", "round_id")
        else value
        for name, value in filters.items()
    }


@query(Permission.BROADCAST_READ)
def _named(name: str, row_id: UUID, *, by: Actor) -> str:
    if name == "package_id":
        return get(Package, row_id, by).name
    return get(EvaluationRound, row_id, by).title
