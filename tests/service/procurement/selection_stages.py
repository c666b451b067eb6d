"""How far an office has come between opening and approval, built through the real commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from service.organizations.rules import Capacity
from service.procurement import selection
from service.procurement.models import Bid, Call
from service.procurement.selection_queries import LotFile, view_selection
from service.procurement.selection_rules import Indicator, Verdict
from tenants.permissions import Role
from tests.conftest import Clock, Office
from tests.service.organizations.stages import assess, credit_code
from tests.service.procurement.stages import Bidder, bidder, opened, past_deadline, published_call

NAMES = ["山里人合作社", "清河社工服务中心", "石板村互助会", "上寨妇女小组"]


def able_bidders(county: Office, phone: Callable[..., Any], number: int = 3, **facts: Any) -> list[Bidder]:
    """Registered SOs with a phone each, all at category (a): able to do what is easy."""
    found = []
    for index in range(number):
        address = f"+861380000{index + 1:04}"
        phone(address, county)
        given = {"credit_code": credit_code(index + 1), **facts}
        found.append(bidder(county, address, NAMES[index], **given))
        assess(county, found[-1].organization, Capacity.A)
    return found


def opened_bids(
    county: Office, clock: Clock, phone: Callable[..., Any], prices: Sequence[Any] = (18000, 17500, 19000)
) -> tuple[Call, list[Bidder], list[Bid]]:
    """A quotation for easy work with its bids opened, in the order of ``prices``."""
    bidders = able_bidders(county, phone, max(3, len(prices)))
    call, lot = published_call(county, bidders)
    for one, price in zip(bidders, prices, strict=False):
        one.bids(lot, price)
    past_deadline(call, clock)
    opened(county, call)
    bids = {one.bid.organization_id: one.bid for one in lot_file(county, call).bids}
    return call, bidders, [bids[one.organization.id] for one in bidders[: len(prices)]]


def lot_file(county: Office, call: Call) -> LotFile:
    """The one lot of a call as it stands now."""
    return view_selection(call.id, by=county.officer).lots[0]


def reviewed(
    county: Office, bid: Bid, *, satisfies: bool = True, verdict: Verdict = Verdict.GOOD, **other: Verdict
) -> None:
    """Two named reviewers see a bid alike."""
    indicators = {**dict.fromkeys((one.value for one in Indicator), verdict), **other}
    for name in ("first reviewer", "second reviewer"):
        selection.review_bid(
            bid.id, indicators, satisfies, "看过现场和方案", by=county.actor(Role.EXPERT, name=name)
        )


def selected(
    county: Office, clock: Clock, phone: Callable[..., Any], prices: Sequence[Any] = (18000, 17500, 19000)
) -> tuple[Call, list[Bidder], list[Bid]]:
    """Bids screened and reviewed, the lowest selected, nothing published yet."""
    call, bidders, bids = opened_bids(county, clock, phone, prices)
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
        reviewed(county, bid)
    file = lot_file(county, call)
    selection.select_winner(file.lot.id, file.ranking[0].bid_id, "价格最低且满足任务书", by=county.officer)
    return call, bidders, bids


def result_published(
    county: Office, clock: Clock, phone: Callable[..., Any], prices: Sequence[Any] = (18000, 17500, 19000)
) -> tuple[Call, list[Bidder], list[Bid]]:
    """A published result that can be challenged."""
    call, bidders, bids = selected(county, clock, phone, prices)
    return selection.publish_result(call.id, by=county.officer), bidders, bids


def after_standstill(county: Office, call: Call, clock: Clock) -> None:
    """Let the time for objections run out."""
    award = lot_file(county, call).award
    assert award is not None
    assert award.objections_until is not None
    clock.now = award.objections_until
    clock.advance(seconds=1)
