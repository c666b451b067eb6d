"""How far an office has come in step 5, built through the real commands; later rooms begin here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from channels.contacts import as_sender
from service.organizations.models import Organization
from service.organizations.pins import hash_pin
from service.organizations.rules import Source
from service.organizations.workflow import (
    add_signatory,
    list_organization,
    set_pin,
    short_list_organization,
)
from service.preparation.rules import ProcurementMethod
from service.procurement import bids, opening, queries, workflow
from service.procurement.bids import Declined, Receipt
from service.procurement.models import Call
from tenants.actors import Actor
from tenants.permissions import Role
from tests.conftest import Clock, Office
from tests.service.preparation.stages import ready_for_calls

PIN = "4826"

TEXTS = {
    "title": "石板村贫困户养羊",
    "title_en": "Goats for poor households in Shiban",
    "purpose": "让三十户增收",
    "qualifications": "有做过扶贫的队伍",
    "documents": "短信报价",
    "place": "县扶贫办二楼",
    "review_process": "两名评审看五项指标",
    "special_cases": "可以提出修改后的任务书",
}


@dataclass(frozen=True)
class Bidder:
    """An SO whose signatory texts from a phone and knows the PIN."""

    organization: Organization
    number: str
    contact_id: UUID
    office: Office

    @property
    def sender(self) -> Actor:
        """The signatory as whoever texts."""
        return as_sender(self.office.system, self.contact_id)

    @property
    def actor(self) -> Actor:
        """The signatory, recognised."""
        return Actor(
            self.sender.kind,
            self.office.id,
            frozenset({Role.SENDER, Role.SIGNATORY}),
            self.sender.now,
            id=self.contact_id,
            channel="sms",
        )

    def bids(self, lot: int, price: Any, pin: str = PIN) -> Receipt | Declined:
        """Seal a price and hand it in."""
        by = self.actor
        return bids.submit_bid(lot, bids.seal_price(lot, price, by=by), pin=pin, by=by)


def bidder(office: Office, number: str, name: str, **facts: Any) -> Bidder:
    """A listed SO with one phone that has a PIN; the office needs a number of its own (fixture ``phone``)."""
    organization = list_organization(name=name, source=Source.TELEPHONE, by=office.officer, **facts)
    short_list_organization(organization.id, by=office.officer)
    signatory = add_signatory(
        organization.id, address=number, name="王芳", papers="身份证和介绍信", by=office.officer
    )
    found = Bidder(organization, number, signatory.contact_id, office)
    set_pin(hash_pin(PIN), by=found.sender)
    return found


def three_bidders(office: Office, phone: Callable[..., Any]) -> list[Bidder]:
    """Three SOs, each with a phone that texts the office."""
    numbers = ["+8613800000001", "+8613800000002", "+8613800000003"]
    for number in numbers:
        phone(number, office)
    names = ["山里人合作社", "清河社工服务中心", "石板村互助会"]
    return [bidder(office, number, name) for number, name in zip(numbers, names, strict=True)]


def drafted_call(county: Office, **facts: Any) -> Call:
    """A draft for one ready package, with all that must stand before."""
    package, _plan = ready_for_calls(county, **facts)
    return workflow.draft_call([package.id], **TEXTS, by=county.officer)


def published_call(
    county: Office,
    asked: Sequence[Bidder],
    *,
    days: float = 10,
    method: ProcurementMethod = ProcurementMethod.QUOTATION,
) -> tuple[Call, int]:
    """A call that stands open for ``days``, and the number of its lot."""
    call = drafted_call(county, method=method)
    by = county.officer
    call = workflow.publish_call(
        call.id,
        deadline=by.now + timedelta(days=days),
        organizations=[one.organization.id for one in asked],
        by=by,
    )
    return call, queries.list_lots(call.id, by=county.officer)[0].number


def opened_call(
    county: Office, clock: Clock, bidders: Sequence[Bidder], prices: Sequence[Any]
) -> tuple[Call, int]:
    """A call whose bids two officers opened, as the bidders handed them in."""
    call, lot = published_call(county, bidders)
    for one, price in zip(bidders, prices, strict=True):
        assert isinstance(one.bids(lot, price), Receipt)
    past_deadline(call, clock)
    return opened(county, call), lot


def past_deadline(call: Call, clock: Clock) -> datetime:
    """Let the time for bids run out."""
    assert call.deadline is not None
    clock.now = call.deadline + timedelta(minutes=1)
    return clock.now


def opened(county: Office, call: Call) -> Call:
    """Two officers open the bids, in two requests."""
    opening.agree_to_open(call.id, by=county.officer)
    return opening.open_bids(call.id, by=county.finance)
