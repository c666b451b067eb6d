"""Calls and their audience on a real database (C1, C2, P6, P10, P11, R2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from channels.models import Delivery
from service.organizations.rules import Source
from service.organizations.workflow import change_organization, list_organization
from service.preparation.rules import ProcurementMethod
from service.procurement import queries, workflow
from service.procurement.models import Call
from service.procurement.public_queries import find_public_call, list_public_calls
from service.procurement.rules import CallState
from tenants.actors import Actor
from tenants.refusals import NotFound, NotPermitted, RuleBroken, WrongStage
from tests.conftest import Office
from tests.service.preparation.stages import (
    adopted_regulation,
    approved_plan,
    ready_for_calls,
    ready_package,
    two_workshops,
)
from tests.service.procurement.stages import (
    TEXTS,
    Bidder,
    bidder,
    drafted_call,
    published_call,
    three_bidders,
)


def publish(county: Office, call: Call, asked: list[Bidder], days: float = 10) -> Call:
    by = county.officer
    organizations = [one.organization.id for one in asked]
    return workflow.publish_call(
        call.id, deadline=by.now + timedelta(days=days), organizations=organizations, by=by
    )


def test_c1_a_draft_gives_each_package_a_short_number_of_its_own(county: Office) -> None:
    first, _plan = ready_for_calls(county)
    second = ready_package(county, name="上寨养鸡")
    approved_plan(county)
    call = workflow.draft_call([first.id, second.id], **TEXTS, by=county.officer)
    assert (call.number, call.method, call.state) == (1, ProcurementMethod.QUOTATION, CallState.DRAFT)
    assert [lot.number for lot in queries.list_lots(call.id, by=county.officer)] == [1, 2]
    assert {lot.name for lot in queries.list_lots(call.id, by=county.officer)} == {first.name, "上寨养鸡"}


def test_c1_a_package_outside_the_plan_is_not_called_for(county: Office) -> None:
    ready_for_calls(county)
    late = ready_package(county, name="上寨养鸡")
    with pytest.raises(RuleBroken, match="package_not_planned"):
        workflow.draft_call([late.id], **TEXTS, by=county.officer)


def test_c1_a_package_is_not_called_for_twice(county: Office) -> None:
    call = drafted_call(county)
    package = queries.list_lots(call.id, by=county.officer)[0].package_id
    assert queries.list_callable(by=county.officer) == []
    with pytest.raises(RuleBroken, match="already_called"):
        workflow.draft_call([package], **TEXTS, by=county.officer)


def test_p6_the_reason_for_an_unusual_method_is_public_with_the_call(county: Office) -> None:
    assert drafted_call(county).method_reason == "县里商定"


def test_p11_no_call_before_a_regulation_is_in_force(county: Office, phone: Callable[..., Any]) -> None:
    package = ready_package(county)
    approved_plan(county)
    two_workshops(county)
    call = workflow.draft_call([package.id], **TEXTS, by=county.officer)
    with pytest.raises(RuleBroken, match="regulation_missing"):
        publish(county, call, three_bidders(county, phone))


def test_p10_no_call_before_two_workshops(county: Office, phone: Callable[..., Any]) -> None:
    package = ready_package(county)
    approved_plan(county)
    adopted_regulation(county)
    call = workflow.draft_call([package.id], **TEXTS, by=county.officer)
    with pytest.raises(RuleBroken, match="workshops_missing"):
        publish(county, call, three_bidders(county, phone))


def test_c2_ten_days_lie_between_publication_and_deadline(county: Office, phone: Callable[..., Any]) -> None:
    with pytest.raises(RuleBroken, match="deadline_too_soon"):
        publish(county, drafted_call(county), three_bidders(county, phone), days=9)


def test_c2_the_audience_is_told_by_message_and_the_page_shows_whether_it_arrived(
    county: Office, phone: Callable[..., Any]
) -> None:
    asked = three_bidders(county, phone)
    silent = bidder_without_phone(county)
    call = drafted_call(county)
    by = county.officer
    everyone = [*(one.organization.id for one in asked), silent]
    workflow.publish_call(call.id, deadline=by.now + timedelta(days=10), organizations=everyone, by=by)
    told = queries.list_addressees(call.id, by=county.officer)
    assert [one.name for one in told] == [*(one.organization.name for one in asked), "没有电话的组织"]
    assert [[news.state for news in one.messages] for one in told] == [[Delivery.QUEUED]] * 3 + [[]]


def bidder_without_phone(county: Office) -> UUID:
    return list_organization(name="没有电话的组织", source=Source.INTERNET, by=county.officer).id


def test_c2_publishing_twice_changes_nothing(county: Office, phone: Callable[..., Any]) -> None:
    asked = three_bidders(county, phone)
    call, _lot = published_call(county, asked)
    key = call.public_key
    with pytest.raises(WrongStage):
        publish(county, call, asked)
    with pytest.raises(WrongStage):
        workflow.change_call(call.id, title="别的", by=county.officer)
    again = queries.find_call(call.id, by=county.officer)
    assert (again.title, again.public_key) == (TEXTS["title"], key)
    assert [len(one.messages) for one in queries.list_addressees(call.id, by=county.officer)] == [1, 1, 1]


def test_c1_a_published_call_carries_all_that_its_rules_need(
    county: Office, phone: Callable[..., Any]
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    assert call.state is CallState.PUBLISHED
    assert call.deadline == call.published_at + timedelta(days=10)
    assert call.questions_until == call.published_at + timedelta(days=7)
    assert call.regulation_id is not None
    assert len(call.public_key or b"") == 32


def test_p6_a_quotation_asks_three_where_there_are_three(county: Office, phone: Callable[..., Any]) -> None:
    asked = three_bidders(county, phone)
    with pytest.raises(RuleBroken, match="audience_too_small"):
        publish(county, drafted_call(county), asked[:2])


def test_p6_an_open_tender_goes_to_every_registered_organization(
    county: Office, phone: Callable[..., Any]
) -> None:
    three_bidders(county, phone)
    call, _lot = published_call(county, [], method=ProcurementMethod.OPEN_TENDER)
    assert len(queries.list_addressees(call.id, by=county.officer)) == 3


def test_r2_an_organization_of_the_office_is_not_asked(county: Office, phone: Callable[..., Any]) -> None:
    asked = three_bidders(county, phone)
    change_organization(asked[2].organization.id, controlled_by_office=True, by=county.officer)
    with pytest.raises(RuleBroken, match="controlled_by_office"):
        publish(county, drafted_call(county), asked)


def test_t3_who_does_not_prepare_calls_drafts_none(county: Office) -> None:
    with pytest.raises(NotPermitted):
        workflow.draft_call([], **TEXTS, by=county.finance)


def test_t2_the_neighbour_sees_neither_call_nor_number(
    county: Office, other_county: Office, phone: Callable[..., Any]
) -> None:
    call, lot = published_call(county, three_bidders(county, phone))
    assert queries.list_calls(by=other_county.officer) == []
    with pytest.raises(NotFound):
        queries.find_call(call.id, by=other_county.officer)
    with pytest.raises(NotFound, match="lot_unknown"):
        queries.find_lot_by_number(lot, by=other_county.officer)
    with pytest.raises(NotFound):
        workflow.publish_call(call.id, deadline=other_county.officer.now, by=other_county.officer)


def test_t2_the_province_reads_a_call_and_publishes_none(county: Office, province: Office) -> None:
    call = drafted_call(county)
    assert queries.view_call(call.id, by=province.overseer).call.number == 1
    with pytest.raises(NotPermitted):
        workflow.publish_call(call.id, deadline=province.overseer.now, by=province.overseer)


def test_v3_a_draft_is_not_public_and_a_published_call_is(county: Office, phone: Callable[..., Any]) -> None:
    anyone = Actor.public(readable=(county.id,), now=county.officer.now)
    draft = drafted_call(county)
    with pytest.raises(NotFound):
        find_public_call(draft.id, by=anyone)
    publish(county, draft, three_bidders(county, phone))
    public = find_public_call(draft.id, by=Actor.public(readable=(county.id,), now=county.officer.now))
    assert (public.office, public.hotline, public.title) == ("清河县扶贫办", "0871-1234", TEXTS["title"])
    assert len(public.lots[0].scope) == len(public.lots[0].scope_en) == 12
    assert public.bids == []
    assert [one.id for one in list_public_calls([county.id], open_only=True, by=anyone)] == [draft.id]
    assert list_public_calls([county.id], by=Actor.public(now=county.officer.now)) == []


def test_d3_nothing_public_tells_difficulty_or_category(county: Office, phone: Callable[..., Any]) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    public = find_public_call(call.id, by=Actor.public(readable=(county.id,), now=county.officer.now))
    told = repr(public).casefold()
    assert not any(word in told for word in ("difficult", "capacity", "easy", "难度"))


def test_c2_a_bidder_added_later_is_no_addressee(county: Office, phone: Callable[..., Any]) -> None:
    call, _lot = published_call(county, three_bidders(county, phone))
    phone("+8613800000009", county)
    late = bidder(county, "+8613800000009", "新来的组织")
    assert late.organization.id not in {
        one.organization_id for one in queries.list_addressees(call.id, by=county.officer)
    }
