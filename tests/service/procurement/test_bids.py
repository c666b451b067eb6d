"""Sealed bids and their opening on a real database (C4, C5, T4, T5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest

from service.organizations.workflow import change_organization
from service.preparation.rules import ProcurementMethod
from service.procurement import bids, opening, queries, sealing, workflow
from service.procurement.bids import Declined, FormSent, Receipt
from service.procurement.public_queries import find_public_call
from service.procurement.rules import BidState, CallState, canonical, digest_of
from service.procurement.sealing import SealedBid, Unreadable
from tenants import schema
from tenants.actors import Actor
from tenants.permissions import Role
from tenants.refusals import NotFound, NotPermitted, RuleBroken, WrongStage
from tests.conftest import NOON, Clock, Office
from tests.service.procurement.stages import (
    bidder,
    drafted_call,
    opened,
    opened_call,
    past_deadline,
    published_call,
    three_bidders,
)


def rows(servers: SimpleNamespace, statement: str) -> list[tuple[Any, ...]]:
    """What really stands in the database, read past all policies."""
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao", autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_c4_a_receipt_tells_reference_and_digest(county: Office, phone: Callable[..., Any]) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    receipt = asked[0].bids(lot, Decimal(18000))
    assert isinstance(receipt, Receipt)
    assert (receipt.number, receipt.deadline) == (lot, call.deadline)
    assert len(receipt.receipt) == 10
    assert len(receipt.digest) == 16


def test_c4_the_last_bid_counts_and_the_earlier_one_is_kept(
    county: Office, phone: Callable[..., Any], clock: Clock, servers: SimpleNamespace
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    asked[0].bids(lot, Decimal(17500))
    past_deadline(call, clock)
    opened(county, call)
    found = queries.list_applicants(call.id, by=county.officer)
    assert [(bid.price, bid.state) for bid in found] == [(Decimal(17500), BidState.OPENED)]
    assert rows(servers, "SELECT state, price FROM bids ORDER BY received_at") == [
        ("superseded", None),
        ("opened", Decimal("17500.00")),
    ]


def test_c4_a_withdrawn_bid_is_never_read(county: Office, phone: Callable[..., Any], clock: Clock) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    by = asked[0].actor
    assert isinstance(bids.withdraw_bid(lot, pin="4826", by=by), Receipt)
    with pytest.raises(NotFound, match="nothing_to_withdraw"):
        bids.withdraw_bid(lot, pin="4826", by=by)
    past_deadline(call, clock)
    opened(county, call)
    assert queries.list_applicants(call.id, by=county.officer) == []


def test_c4_a_late_bid_is_refused_with_the_time_and_goes_on_record(
    county: Office, phone: Callable[..., Any], clock: Clock, servers: SimpleNamespace
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    past_deadline(call, clock)
    assert asked[0].bids(lot, Decimal(18000)) == Declined("late", lot, call.deadline)
    assert rows(servers, "SELECT count(*) FROM bids") == [(0,)]
    assert rows(
        servers, "SELECT count(*) FROM audit_entries WHERE event = 'procurement.bid_refused_late'"
    ) == [(1,)]


def test_c4_the_last_moment_is_in_time(county: Office, phone: Callable[..., Any], clock: Clock) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    by = replace(asked[0].actor, now=call.deadline)
    sealed = bids.seal_price(lot, Decimal(1), by=by)
    assert isinstance(bids.submit_bid(lot, sealed, pin="4826", by=by), Receipt)


def test_t5_a_wrong_pin_hands_nothing_in_is_counted_and_locks(
    county: Office, phone: Callable[..., Any], servers: SimpleNamespace
) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    codes = [asked[0].bids(lot, Decimal(18000), pin="1111") for _ in range(5)]
    assert [one.code for one in codes if isinstance(one, Declined)] == ["wrong_pin"] * 4 + ["pin_locked"]
    assert asked[0].bids(lot, Decimal(18000)).code == "pin_locked"
    assert rows(servers, "SELECT count(*) FROM bids") == [(0,)]


def test_t5_only_a_signatory_bids(county: Office, phone: Callable[..., Any]) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    with pytest.raises(NotPermitted, match="not_permitted"):
        bids.find_open_lot(lot, by=asked[0].sender)
    stranger = replace(asked[0].actor, id=UUID(int=7))
    with pytest.raises(NotPermitted, match="not_a_signatory"):
        bids.find_open_lot(lot, by=stranger)


def test_p6_who_was_not_asked_cannot_bid(county: Office, phone: Callable[..., Any]) -> None:
    _call, lot = published_call(county, three_bidders(county, phone))
    phone("+8613800000009", county)
    other = bidder(county, "+8613800000009", "没被邀请的组织")
    with pytest.raises(NotPermitted, match="not_addressed"):
        other.bids(lot, Decimal(18000))
    assert bids.list_open_lots(by=other.actor) == []


def test_p6_an_open_tender_takes_bids_of_newcomers(county: Office, phone: Callable[..., Any]) -> None:
    three_bidders(county, phone)
    _call, lot = published_call(county, [], method=ProcurementMethod.OPEN_TENDER)
    phone("+8613800000009", county)
    newcomer = bidder(county, "+8613800000009", "新来的组织")
    assert [one.number for one in bids.list_open_lots(by=newcomer.actor)] == [lot]
    assert isinstance(bids.ask_for_form(lot, pin="4826", by=newcomer.actor), FormSent)


def test_r2_an_organization_of_the_office_cannot_bid(county: Office, phone: Callable[..., Any]) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    change_organization(asked[0].organization.id, controlled_by_office=True, by=county.officer)
    with pytest.raises(RuleBroken, match="controlled_by_office"):
        asked[0].bids(lot, Decimal(18000))


def test_t2_a_signatory_of_one_county_bids_for_no_lot_of_another(
    county: Office, other_county: Office, phone: Callable[..., Any]
) -> None:
    _call, lot = published_call(county, three_bidders(county, phone))
    phone("+8613800000009", other_county)
    neighbour = bidder(other_county, "+8613800000009", "兰溪的组织")
    with pytest.raises(NotFound, match="lot_unknown"):
        neighbour.bids(lot, Decimal(18000))


def test_c5_nobody_sees_who_bid_before_the_deadline_and_what_before_the_opening(
    county: Office, phone: Callable[..., Any], clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    assert queries.list_applicants(call.id, by=county.officer) == []
    past_deadline(call, clock)
    applicants = queries.list_applicants(call.id, by=county.officer)
    assert [(one.organization, one.price, one.content) for one in applicants] == [
        ("山里人合作社", None, None)
    ]


def test_c5_the_opening_waits_for_the_deadline(county: Office, phone: Callable[..., Any]) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    with pytest.raises(RuleBroken, match="too_early"):
        opening.agree_to_open(call.id, by=county.officer)
    with pytest.raises(RuleBroken, match="too_early"):
        opening.open_bids(call.id, by=county.finance)


def test_t4_the_opening_takes_two_persons_in_two_requests(
    county: Office, phone: Callable[..., Any], clock: Clock
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    past_deadline(call, clock)
    with pytest.raises(NotPermitted, match="second_officer_missing"):
        opening.open_bids(call.id, by=county.finance)
    opening.agree_to_open(call.id, by=county.finance)
    with pytest.raises(NotPermitted, match="two_persons"):
        opening.agree_to_open(call.id, by=county.finance)
    with pytest.raises(NotPermitted, match="second_officer_missing"):
        opening.open_bids(call.id, by=county.finance)
    assert opening.open_bids(call.id, by=county.officer).state is CallState.OPENED
    with pytest.raises(WrongStage):
        opening.open_bids(call.id, by=county.officer)


def test_t4_two_who_prepared_the_call_do_not_open_it(
    county: Office, phone: Callable[..., Any], clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call = drafted_call(county)
    publisher = county.actor(Role.PROCUREMENT_OFFICER, name="publisher")
    call = workflow.publish_call(
        call.id,
        deadline=publisher.now + timedelta(days=10),
        organizations=[one.organization.id for one in asked],
        by=publisher,
    )
    past_deadline(call, clock)
    opening.agree_to_open(call.id, by=county.officer)
    with pytest.raises(NotPermitted, match="two_preparers"):
        opening.open_bids(call.id, by=county.actor(Role.PROCUREMENT_OFFICER, name="publisher"))
    assert opening.open_bids(call.id, by=county.finance).state is CallState.OPENED


def test_t4_both_officers_have_just_proved_who_they_are(
    county: Office, phone: Callable[..., Any], clock: Clock
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    past_deadline(call, clock)
    stale = county.actor(Role.FINANCE_OFFICER, name="finance", fresh=False)
    with pytest.raises(NotPermitted, match="reauthenticate"):
        opening.agree_to_open(call.id, by=stale)
    opening.agree_to_open(call.id, by=county.officer)
    with pytest.raises(NotPermitted, match="reauthenticate"):
        opening.open_bids(call.id, by=stale)


def test_c5_every_organization_can_check_its_bid_after_the_opening(
    county: Office, phone: Callable[..., Any], clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    receipts = [one.bids(lot, Decimal(18000 + number)) for number, one in enumerate(asked)]
    past_deadline(call, clock)
    opened(county, call)
    public = find_public_call(call.id, by=Actor.public(readable=(county.id,), now=county.officer.now))
    assert [bid.price for bid in public.bids] == [Decimal(18000), Decimal(18001), Decimal(18002)]
    for bid, receipt in zip(public.bids, receipts, strict=True):
        assert bid.digest == receipt.digest
        assert bid.nonce in (bid.as_sealed or "")
        assert sha256((bid.as_sealed or "").encode()).hexdigest()[:16] == bid.digest


def test_c5_the_private_key_is_destroyed_at_the_opening(
    county: Office, phone: Callable[..., Any], clock: Clock, servers: SimpleNamespace
) -> None:
    asked = three_bidders(county, phone)
    opened_call(county, clock, asked, [Decimal(18000), Decimal(17900), Decimal(17800)])
    assert rows(servers, "SELECT private_key, public_key IS NULL FROM calls") == [(None, False)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE bids SET sealed = set_byte(sealed, 60, get_byte(sealed, 60) # 1) WHERE receipt = '{receipt}'",
        "UPDATE bids SET sealed = '\\x00' WHERE receipt = '{receipt}'",
        "UPDATE bids SET digest = '0123456789abcdef' WHERE receipt = '{receipt}'",
        "UPDATE bids SET sealed = (SELECT sealed FROM bids WHERE receipt = '{other}')"
        " WHERE receipt = '{receipt}'",
        "UPDATE bids SET (sealed, digest) = (SELECT sealed, digest FROM bids WHERE receipt = '{other}')"
        " WHERE receipt = '{receipt}'",
    ],
    ids=["one bit", "no bid at all", "other digest", "other sealed bytes", "the whole bid of another"],
)
def test_c5_a_bid_that_was_touched_is_flagged_and_not_accepted(
    county: Office, phone: Callable[..., Any], clock: Clock, servers: SimpleNamespace, damage: str
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    touched, other = asked[0].bids(lot, Decimal(18000)), asked[1].bids(lot, Decimal(17000))
    rows(servers, damage.format(receipt=touched.receipt, other=other.receipt))
    past_deadline(call, clock)
    opened(county, call)
    applicants = queries.list_applicants(call.id, by=county.officer)
    found = {one.organization: (one.state, one.price) for one in applicants}
    assert found["山里人合作社"] == (BidState.UNREADABLE, None)
    assert found["清河社工服务中心"] == (BidState.OPENED, Decimal(17000))


def test_c5_without_its_key_a_call_is_not_opened_and_no_bid_is_lost(
    county: Office, phone: Callable[..., Any], clock: Clock, servers: SimpleNamespace
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    rows(servers, "UPDATE calls SET private_key = '\\x0011223344'")
    past_deadline(call, clock)
    opening.agree_to_open(call.id, by=county.officer)
    with pytest.raises(RuleBroken, match="call_key_missing"):
        opening.open_bids(call.id, by=county.finance)
    assert rows(servers, "SELECT state FROM bids") == [("sealed",)]


def test_c5_the_key_of_one_call_opens_no_other(app: Any) -> None:
    one, other = UUID(int=1), UUID(int=2)
    public, wrapped = sealing.new_key_pair(one)
    sealed = sealing.seal(
        Decimal(18000), {}, call_id=one, public_key=public, lot=1, organization_id=other, at=NOON
    )
    private = sealing.unwrap(one, wrapped)
    content = sealing.unseal(sealed.sealed, private, one)
    assert (content["price"], digest_of(content)) == ("18000.00", sealed.digest)
    with pytest.raises(Unreadable):
        sealing.unwrap(other, wrapped)
    with pytest.raises(Unreadable):
        sealing.unseal(sealed.sealed, private, other)


def test_c5_what_is_sealed_but_is_no_bid_is_not_read_as_one(app: Any) -> None:
    one = UUID(int=1)
    public, wrapped = sealing.new_key_pair(one)
    absurd = sealing.seal(
        Decimal("1e20"), {}, call_id=one, public_key=public, lot=1, organization_id=one, at=NOON
    )
    with pytest.raises(Unreadable):
        sealing.unseal(absurd.sealed, sealing.unwrap(one, wrapped), one)


def test_c5_neither_length_nor_looks_of_a_sealed_bid_tell_its_price(app: Any) -> None:
    public, _wrapped = sealing.new_key_pair(UUID(int=1))
    small, large = (
        sealing.seal(
            price, {}, call_id=UUID(int=1), public_key=public, lot=1, organization_id=UUID(int=2), at=NOON
        )
        for price in (Decimal(1), Decimal("99999999.99"))
    )
    assert len(small.sealed) == len(large.sealed)
    assert small.sealed.hex() not in repr(small)
    assert SealedBid.from_plain(small.to_plain()) == small
    assert canonical({"b": 1, "a": "二"}) == '{"a":"二","b":1}'
