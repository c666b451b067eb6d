"""Phones in the browser, for demo and development: they write to demo offices and are never a real contact.

A phone is an address ``sim:<code of the office>:<who>``. What it wrote itself it remembers in Redis,
encrypted; what came back it reads from the outbox. In production none of this exists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from redis.exceptions import RedisError
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from channels.contacts import locale_of
from channels.gateways import Inbound
from channels.jobs import redis_connection
from channels.models import Channel, Contact, Delivery, Medium, OutboundMessage
from channels.outbox import words_of
from channels.parts import count_parts
from channels.reception import handle
from channels.registry import SIMULATOR, ChannelInfo, add_channel, find_channel
from service.organizations.models import Organization, Signatory
from service.web.session import locale, now
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.models import Tenant
from tenants.offices import every_office
from tenants.permissions import Permission
from tenants.privacy import keyring

REMEMBERED = 200
"""Messages a phone keeps of its own, for a week."""

MOST_PHONES = 4
LONGEST_TEXT = 10_000
STRANGERS = 3
"""Phones in each office that nobody has written from yet."""

bp = Blueprint("simulator", __name__, url_prefix="/simulator")


@dataclass(frozen=True)
class Bubble:
    """One message on a phone: ``in`` is what its owner wrote, ``out`` what came."""

    direction: str
    text: str
    at: datetime
    state: str = ""
    state_label: Any = ""

    @property
    def parts(self) -> int:
        """In how many parts it would go as a text message (S2)."""
        return count_parts(self.text)

    @property
    def size(self) -> str:
        """The parts, in words."""
        return ngettext("%(num)d part", "%(num)d parts", self.parts)


@dataclass(frozen=True)
class Phone:
    """A phone as the page shows it."""

    address: str
    name: str
    locale: str
    messages: list[Bubble]


@bp.get("")
def show() -> str:
    """Phones side by side: ``?phone=`` names each; two to begin with."""
    offices = _demo_offices()
    people = _people(offices)
    asked = [
        address for address in request.args.getlist("phone")[:MOST_PHONES] if _office_of(address, offices)
    ]
    addresses = asked or [address for address, _name in people[:2]]
    names = dict(people)
    phones = [_phone(address, names.get(address) or address, offices) for address in addresses]
    people += [(phone.address, phone.name) for phone in phones if phone.address not in names]
    return render_template("simulator.html", phones=phones, people=people)


@bp.get("/messages")
def messages() -> Response:
    """What stands on one phone."""
    offices = _demo_offices()
    address = _known_address(offices)
    return jsonify(
        [
            {
                "direction": one.direction,
                "text": one.text,
                "at": one.at.isoformat(),
                "state": one.state,
                "state_label": str(one.state_label),
                "parts": one.parts,
                "size": one.size,
            }
            for one in _phone(address, address, offices).messages
        ]
    )


@bp.post("/messages")
def send() -> AnyResponse:
    """Write from a phone, the way a text message comes in; the page's own script needs no page back."""
    offices = _demo_offices()
    address = _known_address(offices)
    office = _office_of(address, offices)
    words = request.form.get("text", "")[:LONGEST_TEXT]
    if office is not None and words.strip():
        moment = now()
        channel = simulator_channel(office.id, now=moment)
        reply = handle(channel, Inbound(uuid4().hex, address, channel.number, words), now=moment)
        _remember(address, Bubble("in", words, moment))
        if reply:
            _remember(address, Bubble("out", reply, moment, Delivery.DELIVERED.value))
    if request.accept_mimetypes.best == "application/json":
        return Response(status=204)
    return redirect(url_for(".show", phone=request.args.getlist("beside") or [address]), 303)


def simulator_channel(office_id: int, *, now: datetime) -> ChannelInfo:
    """The channel by which phones in the browser write to a demo office; made when it is first needed."""
    by = Actor.system(office_id, now=now)
    found = _simulator_channel(by=by)
    if found is None:
        found = add_channel(SIMULATOR, f"sim:{office_id}", {}, by=by).id
    return find_channel(found, by=by)


@query(Permission.CHANNEL_READ)
def _simulator_channel(*, by: Actor) -> Any:
    return db.session.scalar(
        select(Channel.id).where(
            Channel.tenant_id == by.tenant_id, Channel.gateway == SIMULATOR, Channel.closed_at.is_(None)
        )
    )


def _demo_offices() -> list[Tenant]:
    """The offices phones may write to; 404 on a deployment that serves none."""
    offices = [office for office in every_office(by=Actor.system(now=now())) if office.demo]
    if not offices:
        abort(404)
    return offices


def _known_address(offices: Iterable[Tenant]) -> str:
    address = request.args.get("phone", "")
    if _office_of(address, offices) is None:
        abort(404)
    return address


def _office_of(address: str, offices: Iterable[Tenant]) -> Tenant | None:
    scheme, _colon, rest = address.partition(":")
    code, _colon, who = rest.partition(":")
    if scheme != "sim" or not who or len(address) > 200:
        return None
    return next((office for office in offices if office.code == code), None)


def _people(offices: list[Tenant]) -> list[tuple[str, str]]:
    """Who one can be: people who have written before, organizations' signatories, and strangers."""
    by = Actor.system(now=now(), readable=tuple(office.id for office in offices))
    above = {office.parent_id for office in offices}
    strangers = {
        f"sim:{office.code}:{number}": _(
            "Villager %(number)d, %(office)s", number=number, office=office.name(locale())
        )
        for office in offices
        if office.id not in above
        for number in range(1, STRANGERS + 1)
    }
    known = [
        (address, name)
        for address, name in _known_people(by=by)
        if address not in strangers and _office_of(address, offices)
    ]
    first, *others = strangers.items()
    near = first[0].removesuffix("1")
    return [first, *sorted(known, key=lambda person: not person[0].startswith(near)), *others]


@query(Permission.CHANNEL_READ)
def _known_people(*, by: Actor) -> list[tuple[str, str]]:
    rows = db.session.execute(
        select(Contact.address, Signatory.name, Organization.name)
        .outerjoin(
            Signatory, (Signatory.tenant_id == Contact.tenant_id) & (Signatory.contact_id == Contact.id)
        )
        .outerjoin(
            Organization,
            (Organization.tenant_id == Signatory.tenant_id) & (Organization.id == Signatory.organization_id),
        )
        .where(
            Contact.tenant_id.in_(by.readable),
            Contact.medium == Medium.SIMULATOR,
            Contact.address.is_not(None),
            Contact.tenant_id == Contact.channel_tenant_id,
        )
        .order_by(Contact.tenant_id, Contact.first_at)
    )
    people = []
    for address, signatory, organization in rows:
        who = (address or "").rpartition(":")[2]
        people.append((address or "", f"{signatory or who} · {organization}" if organization else who))
    return people


def _phone(address: str, name: str, offices: list[Tenant]) -> Phone:
    by = Actor.system(now=now(), readable=tuple(office.id for office in offices))
    spoken_in, arrived = _arrived(address, by=by)
    everything = sorted([*_remembered(address), *arrived], key=lambda one: one.at)
    return Phone(address, name, spoken_in, everything)


@query(Permission.CHANNEL_READ)
def _arrived(address: str, *, by: Actor) -> tuple[str, list[Bubble]]:
    """The language the phone is spoken to in, and what was sent to it from any of the offices."""
    rows = db.session.execute(
        select(Contact, OutboundMessage)
        .outerjoin(
            OutboundMessage,
            (OutboundMessage.tenant_id == Contact.tenant_id) & (OutboundMessage.contact_id == Contact.id),
        )
        .where(
            Contact.tenant_id.in_(by.readable),
            Contact.medium == Medium.SIMULATOR,
            Contact.address_index.in_(keyring().indexes(address)),
        )
        .order_by(OutboundMessage.created_at.desc())
        .limit(REMEMBERED)
    ).all()
    spoken_in = locale_of(rows[0][0]) if rows else "zh"
    return spoken_in, [
        Bubble("out", _words(row, contact), row.sent_at or row.created_at, row.state.value, row.state.label)
        for contact, row in rows
        if row is not None
    ]


def _words(row: OutboundMessage, contact: Contact) -> str:
    try:
        return words_of(row, contact)
    except KeyError:
        return "…"


def _remember(address: str, bubble: Bubble) -> None:
    plain = json.dumps([bubble.direction, bubble.text, bubble.at.isoformat(), bubble.state])
    try:
        kept = redis_connection().pipeline()
        kept.rpush(_memory(address), keyring().encrypt(plain.encode("utf-8", "surrogatepass")))
        kept.ltrim(_memory(address), -REMEMBERED, -1)
        kept.expire(_memory(address), timedelta(days=7))
        kept.execute()
    except RedisError:
        return


def _remembered(address: str) -> list[Bubble]:
    """What the phone wrote and was answered; nothing while Redis is away."""
    try:
        kept = cast(list[bytes], redis_connection().lrange(_memory(address), 0, -1))
    except RedisError:
        return []
    bubbles = []
    for sealed in kept:
        direction, words, at, state = json.loads(keyring().decrypt(sealed))
        label = Delivery(state).label if state else _("Sent")
        bubbles.append(Bubble(direction, words, datetime.fromisoformat(at), state, label))
    return bubbles


def _memory(address: str) -> str:
    return f"qiao:sim:{address}"
