"""A published call that changes, and one that is cancelled (C15, P5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from channels.parts import count_parts
from service.preparation.rules import ProcurementMethod
from service.procurement import bids, opening, queries, rules, workflow
from service.procurement.bids import Receipt
from service.procurement.changing import amend_call, cancel_call
from service.procurement.models import Bid, Call
from service.procurement.public_queries import find_public_call, list_public_amendments
from service.procurement.rules import BidState, CallState
from service.reminders.jobs import remind_offices
from tenants import schema
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.permissions import Permission, Role
from tenants.refusals import NotFound, NotPermitted, RuleBroken, WrongStage
from tenants.settings import change_settings
from tests.conftest import NOON, Clock, Office, Phone
from tests.service.outbox import texts_about
from tests.service.preparation.stages import approved_plan, ready_for_calls, ready_package
from tests.service.procurement.stages import (
    PIN,
    TEXTS,
    Bidder,
    bidder,
    drafted_call,
    opened,
    opened_call,
    past_deadline,
    published_call,
    three_bidders,
)

Phones = Callable[..., Phone]
DAY = timedelta(days=1)
REASON = "苗木改为县里统一送到村"
FIRST = "+8613800000001"


@dataclass
class Standing:
    """A call three SOs were asked to bid for; the first two did."""

    call: Call
    lot: int
    bidders: list[Bidder]


@pytest.fixture
def standing(county: Office, phone: Phones) -> Standing:
    """Two bids are in."""
    bidders = three_bidders(county, phone)
    call, lot = published_call(county, bidders)
    for one, price in zip(bidders[:2], (4800, 5200), strict=True):
        assert isinstance(one.bids(lot, price), Receipt)
    return Standing(call, lot, bidders)


def deadline_of(call: Call) -> datetime:
    """Until when a call takes bids."""
    assert call.deadline is not None
    return call.deadline


@query(Permission.BID_READ)
def states(call: Call, *, by: Any) -> list[BidState]:
    """The states of the bids for a call, in the order in which they came."""
    found = db.session.query(Bid).where(Bid.tenant_id == call.tenant_id, Bid.call_id == call.id)
    return [bid.state for bid in found.order_by(Bid.received_at, Bid.receipt)]


@query(Permission.CALL_READ)
def facts(event: Event, *, by: Any) -> dict[str, Any]:
    """What the record says of the last such event."""
    entry = (
        db.session.query(AuditEntry)
        .where(AuditEntry.tenant_id == by.tenant_id, AuditEntry.event == event.value)
        .order_by(AuditEntry.id.desc())
        .first()
    )
    assert entry is not None
    return entry.facts


def amended(standing: Standing, county: Office, **texts: str) -> None:
    """The place changes."""
    amend_call(standing.call.id, REASON, by=county.officer, **{**TEXTS, "place": "县文化馆", **texts})


# ── Rules ──


def test_c15_a_change_names_what_differs_and_one_that_changes_nothing_is_refused() -> None:
    assert rules.differences({"place": "二楼", "title": "养羊"}, {"place": "三楼", "title": "养羊"}) == [
        "place"
    ]
    with pytest.raises(RuleBroken, match="nothing_changed"):
        rules.differences({"place": "二楼"}, {"place": "二楼"})


def test_c15_nothing_changes_once_the_time_for_bids_is_over() -> None:
    rules.require_time_to_change(NOON, NOON)
    with pytest.raises(WrongStage, match="changed_too_late"):
        rules.require_time_to_change(NOON, NOON + timedelta(seconds=1))


@given(minutes=st.integers(0, 30 * 24 * 60), days=st.integers(1, 10))
def test_c15_after_a_change_full_days_remain_at_the_same_hour_and_no_day_more_than_needed(
    minutes: int, days: int
) -> None:
    deadline = NOON + timedelta(minutes=minutes)
    later = rules.deadline_after_change(deadline, NOON, days)
    assert later - NOON >= days * DAY
    assert (later - deadline) % DAY == timedelta()
    assert later == deadline or later - DAY - NOON < days * DAY


def test_c15_a_cancelled_call_gives_its_reason() -> None:
    rules.require_cancellation_reason("资金没有到位")
    with pytest.raises(RuleBroken, match="cancellation_reason_missing"):
        rules.require_cancellation_reason("  ")


def test_c15_a_cancelled_call_takes_nothing() -> None:
    with pytest.raises(WrongStage, match="call_cancelled"):
        rules.require_open_for_bids(CallState.CANCELLED)


# ── A change ──


def test_c15_everybody_is_told_alike_what_changes_and_it_is_kept(county: Office, standing: Standing) -> None:
    amended(standing, county)
    told = [words for words in texts_about("call_addressees", by=county.system) if REASON in words]
    assert len(told) == 3
    assert len(set(told)) == 1
    assert f"报价 {standing.lot} 确认" in told[0]
    assert count_parts(told[0]) <= 2
    (kept,) = queries.list_amendments(standing.call.id, by=county.officer)
    assert (kept.before, kept.after, kept.reason) == (
        {"place": TEXTS["place"]},
        {"place": "县文化馆"},
        REASON,
    )
    assert (kept.made_by, kept.deadline) == (county.officer.id, kept.deadline_before)
    public = find_public_call(standing.call.id, by=county.system)
    assert public.place == "县文化馆"
    assert [one.id for one in list_public_amendments(standing.call.id, by=county.system)] == [kept.id]


def test_c15_a_late_change_moves_the_deadline_by_whole_days_and_the_questions_with_it(
    county: Office, standing: Standing, clock: Clock
) -> None:
    before, asked_until = deadline_of(standing.call), standing.call.questions_until
    assert asked_until is not None
    amended(standing, county)
    assert deadline_of(queries.find_call(standing.call.id, by=county.officer)) == before
    clock.now = before - DAY - timedelta(hours=1)
    amended(standing, county, place="县一中")
    after = queries.find_call(standing.call.id, by=county.officer)
    assert (after.deadline, after.questions_until) == (before + 2 * DAY, asked_until + 2 * DAY)
    change_settings({"change_leaves_days": 5}, by=county.administrator)
    clock.now += timedelta(minutes=1)
    amended(standing, county, place="县二中")
    assert deadline_of(queries.find_call(standing.call.id, by=county.officer)) == before + 4 * DAY


def test_c15_a_bid_counts_again_once_confirmed_and_one_that_is_not_is_never_opened(
    county: Office, standing: Standing, clock: Clock
) -> None:
    first, second, third = standing.bidders
    amended(standing, county)
    assert states(standing.call, by=county.officer) == [BidState.STALE, BidState.STALE]
    confirmed = bids.confirm_bid(standing.lot, pin=PIN, by=first.actor)
    assert isinstance(confirmed, Receipt)
    with pytest.raises(NotFound, match="nothing_to_confirm"):
        bids.confirm_bid(standing.lot, pin=PIN, by=first.actor)
    with pytest.raises(NotFound, match="nothing_to_confirm"):
        bids.confirm_bid(standing.lot, pin=PIN, by=third.actor)
    past_deadline(queries.find_call(standing.call.id, by=county.officer), clock)
    opened(county, standing.call)
    found = queries.list_applicants(standing.call.id, by=county.officer)
    assert {(one.organization, one.state, one.price) for one in found} == {
        (first.organization.name, BidState.OPENED, Decimal(4800)),
        (second.organization.name, BidState.STALE, None),
    }
    assert [bid.organization for bid in find_public_call(standing.call.id, by=county.system).bids] == [
        first.organization.name
    ]
    told = texts_about("bids", by=county.system)
    assert sum("没有确认" in words for words in told) == 1
    assert len(facts(Event.BIDS_OPENED, by=county.officer)["unconfirmed"]) == 1


def test_c15_a_new_bid_replaces_one_that_was_not_confirmed_and_it_can_be_taken_back(
    county: Office, standing: Standing, clock: Clock
) -> None:
    first, second, _third = standing.bidders
    amended(standing, county)
    assert isinstance(first.bids(standing.lot, 4500), Receipt)
    assert isinstance(bids.withdraw_bid(standing.lot, pin=PIN, by=second.actor), Receipt)
    past_deadline(standing.call, clock)
    opened(county, standing.call)
    found = queries.list_applicants(standing.call.id, by=county.officer)
    assert [(one.organization, one.price) for one in found] == [(first.organization.name, Decimal(4500))]


def test_c15_a_late_confirmation_and_a_wrong_pin_are_declined(
    county: Office, standing: Standing, clock: Clock
) -> None:
    amended(standing, county)
    first = standing.bidders[0]
    declined = bids.confirm_bid(standing.lot, pin="0000", by=first.actor)
    assert getattr(declined, "code", None) == "wrong_pin"
    past_deadline(standing.call, clock)
    declined = bids.confirm_bid(standing.lot, pin=PIN, by=first.actor)
    assert getattr(declined, "code", None) == "late"


def test_c15_a_change_is_refused_for_a_draft_late_without_a_difference_and_to_others(
    county: Office, standing: Standing, clock: Clock
) -> None:
    with pytest.raises(RuleBroken, match="nothing_changed"):
        amend_call(standing.call.id, REASON, by=county.officer, **TEXTS)
    with pytest.raises(RuleBroken, match="words_too_long"):
        amend_call(standing.call.id, "石" * 110, by=county.officer, place="县文化馆")
    with pytest.raises(NotPermitted):
        amend_call(standing.call.id, REASON, by=county.finance, place="县文化馆")
    assert states(standing.call, by=county.officer) == [BidState.SEALED, BidState.SEALED]
    past_deadline(standing.call, clock)
    with pytest.raises(WrongStage, match="changed_too_late"):
        amended(standing, county)
    opened(county, standing.call)
    with pytest.raises(WrongStage, match="wrong_stage"):
        amended(standing, county)


def test_c5_c15_nothing_tells_before_the_deadline_how_many_must_confirm(
    county: Office, standing: Standing
) -> None:
    amended(standing, county)
    assert set(facts(Event.CALL_AMENDED, by=county.officer)) == {"number", "fields", "deadline"}
    assert queries.list_applicants(standing.call.id, by=county.officer) == []


def test_c15_of_several_lots_no_text_names_one_as_if_it_were_the_only_one(
    county: Office, phone: Phones, clock: Clock
) -> None:
    bidders = three_bidders(county, phone)
    package, _plan = ready_for_calls(county)
    other = ready_package(county, name="上寨养鸡")
    approved_plan(county)
    call = workflow.draft_call([package.id, other.id], **TEXTS, by=county.officer)
    by = county.officer
    asked = [one.organization.id for one in bidders]
    call = workflow.publish_call(call.id, deadline=by.now + 10 * DAY, organizations=asked, by=by)
    assert isinstance(bidders[0].bids(2, 4800), Receipt)
    amend_call(call.id, REASON, by=county.officer, place="县文化馆")
    published, changed = texts_about("call_addressees", by=county.system)[:4:3]
    assert "“报价 编号 金额”" in published
    assert "“报价 编号 确认”" in changed
    assert "1号、2号" in changed
    clock.now = deadline_of(call) - 2 * DAY
    remind_offices()
    (confirm,) = [words for words in texts_about("reminders", by=county.system) if "确认" in words]
    assert "报价 2 确认" in confirm, "one bid of that organization waits to be confirmed"
    mobile = phone(FIRST, county)
    assert "2 上寨养鸡" in mobile.says("报价 编号 确认"), "sent as it was read"


def test_c15_an_open_tender_tells_also_who_registered_after_its_publication(
    county: Office, phone: Phones
) -> None:
    call, _lot = published_call(county, three_bidders(county, phone), method=ProcurementMethod.OPEN_TENDER)
    phone("+8613800000004", county)
    bidder(county, "+8613800000004", "晚来的合作社")
    amend_call(call.id, REASON, by=county.officer, place="县文化馆")
    assert sum(REASON in words for words in texts_about("call_addressees", by=county.system)) == 4


def test_c15_who_has_not_confirmed_is_reminded_of_that_and_not_to_bid(
    county: Office, standing: Standing, clock: Clock
) -> None:
    amended(standing, county)
    assert isinstance(bids.confirm_bid(standing.lot, pin=PIN, by=standing.bidders[0].actor), Receipt)
    clock.now = deadline_of(standing.call) - 2 * DAY
    remind_offices()
    reminded = texts_about("reminders", by=county.system)
    confirm = [words for words in reminded if f"报价 {standing.lot} 确认" in words]
    assert len(confirm) == 1
    assert "不算数" in confirm[0]
    assert len([words for words in reminded if "截止" in words and "确认" not in words]) == 1


# ── By text ──


def test_c15_one_confirms_by_text(county: Office, phone: Phones, standing: Standing) -> None:
    amended(standing, county)
    mobile = phone(FIRST, county)
    assert "1" in mobile.says(f"报价 {standing.lot}")
    asked = mobile.says("1")
    assert "密码" in asked
    said = mobile.says(PIN)
    assert "已确认" in said
    assert "4800" not in said
    assert states(standing.call, by=county.officer) == [BidState.SEALED, BidState.STALE]


@pytest.mark.parametrize("words", ["报价 {lot} 确认", "BID {lot} CONFIRM", "报价{lot}号确认"])
def test_c15_the_words_of_the_message_confirm_as_well(
    county: Office, phone: Phones, standing: Standing, words: str
) -> None:
    amended(standing, county)
    mobile = phone(FIRST, county)
    mobile.says(words.format(lot=standing.lot))
    mobile.says(PIN)
    assert states(standing.call, by=county.officer) == [BidState.SEALED, BidState.STALE]


def test_c15_two_bids_anew_by_text(county: Office, phone: Phones, standing: Standing) -> None:
    amended(standing, county)
    mobile = phone(FIRST, county)
    mobile.says(f"报价 {standing.lot}")
    assert "1" in mobile.says("随便")
    assert "服务费" in mobile.says("2")
    mobile.says("4500")
    assert "回执" in mobile.says(PIN)
    assert sorted(states(standing.call, by=county.officer)) == sorted(
        [BidState.SUPERSEDED, BidState.STALE, BidState.SEALED]
    )


def test_c15_an_amount_beside_the_number_asks_nothing_more(
    county: Office, phone: Phones, standing: Standing
) -> None:
    amended(standing, county)
    assert "密码" in phone(FIRST, county).says(f"报价 {standing.lot} 4500")


def test_c15_where_nothing_waits_to_be_confirmed_the_text_says_so(
    county: Office, phone: Phones, standing: Standing
) -> None:
    assert "没有等您确认" in phone(FIRST, county).says(f"报价 {standing.lot} 确认")


# ── A cancellation ──


def test_c15_a_cancelled_call_tells_everybody_why_and_its_bids_are_gone(
    county: Office, standing: Standing, servers: Any
) -> None:
    standing.bidders[0].bids(standing.lot, 4500)
    cancelled = cancel_call(standing.call.id, "资金没有到位", by=county.officer)
    assert (cancelled.state, cancelled.private_key) == (CallState.CANCELLED, None)
    told = [words for words in texts_about("call_addressees", by=county.system) if "资金没有到位" in words]
    assert len(told) == 3
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        row = connection.execute("SELECT count(*) FROM bids").fetchone()
    assert row == (0,)
    assert facts(Event.CALL_CANCELLED, by=county.officer) == {"number": cancelled.number}, (
        "how many had bid helps whoever bids when it is called for again"
    )
    public = find_public_call(cancelled.id, by=county.system)
    assert (public.state, public.cancelled_because, public.bids) == (
        CallState.CANCELLED,
        "资金没有到位",
        [],
    )


def test_c15_a_cancelled_call_reminds_of_nothing_and_its_packages_can_be_called_for_again(
    county: Office, standing: Standing, clock: Clock
) -> None:
    cancel_call(standing.call.id, "资金没有到位", by=county.officer)
    clock.now = deadline_of(standing.call) - 2 * DAY
    remind_offices()
    assert texts_about("reminders", by=county.system) == []
    (package,) = queries.list_callable(by=county.officer)
    again = workflow.draft_call([package.id], by=county.officer, **TEXTS)
    assert again.number == standing.call.number + 1


def test_c15_whoever_texts_about_a_cancelled_call_is_told_so(
    county: Office, phone: Phones, standing: Standing
) -> None:
    mobile = phone(FIRST, county)
    mobile.says(f"报价 {standing.lot} 4500")
    cancel_call(standing.call.id, "资金没有到位", "The funds did not come", by=county.officer)
    assert "取消" in mobile.says(PIN)
    assert "取消" in mobile.says(f"报价 {standing.lot} 4500")
    assert "取消" in mobile.says(f"提问 {standing.lot} 还做吗")
    assert "资金没有到位" in mobile.says(f"项目 {standing.lot}")
    assert "没有" in mobile.says("项目")
    assert states(standing.call, by=county.officer) == []


def test_c15_a_call_is_cancelled_until_its_bids_are_opened_by_those_who_may_publish(
    county: Office, standing: Standing, clock: Clock
) -> None:
    with pytest.raises(RuleBroken, match="cancellation_reason_missing"):
        cancel_call(standing.call.id, " ", by=county.officer)
    with pytest.raises(NotPermitted):
        cancel_call(standing.call.id, "资金没有到位", by=county.finance)
    past_deadline(standing.call, clock)
    opening.agree_to_open(standing.call.id, by=county.officer)
    cancel_call(standing.call.id, "资金没有到位", by=county.officer)
    for do in (cancel_call, amend_call):
        with pytest.raises(WrongStage, match="wrong_stage"):
            do(standing.call.id, "资金没有到位", by=county.officer)
    with pytest.raises(WrongStage, match="wrong_stage"):
        opening.open_bids(standing.call.id, by=county.finance)


def test_c15_neither_a_draft_nor_an_opened_call_is_cancelled(
    county: Office, phone: Phones, clock: Clock
) -> None:
    bidders = three_bidders(county, phone)
    call, _lot = opened_call(county, clock, bidders, [4800, 5000, 5200])
    with pytest.raises(WrongStage, match="wrong_stage"):
        cancel_call(call.id, "资金没有到位", by=county.officer)


def test_c15_a_draft_is_neither_changed_so_nor_cancelled(county: Office, phone: Phones) -> None:
    phone(FIRST, county)
    call = drafted_call(county)
    with pytest.raises(WrongStage, match="wrong_stage"):
        cancel_call(call.id, "资金没有到位", by=county.officer)
    with pytest.raises(WrongStage, match="wrong_stage"):
        amend_call(call.id, REASON, by=county.officer, place="县文化馆")


def test_c15_the_database_keeps_no_key_of_a_cancelled_call(county: Office, standing: Standing) -> None:
    cancel_call(standing.call.id, "资金没有到位", by=county.officer)

    @command(Permission.CALL_PUBLISH)
    def put_back(*, by: Any) -> None:
        db.session.get_one(Call, (by.tenant_id, standing.call.id)).private_key = b"x"
        db.session.flush()

    with pytest.raises(IntegrityError, match="cancelled_gives_its_reason"):
        put_back(by=county.officer)


# ── Pages ──


def test_c15_the_page_changes_a_call_and_shows_what_changed(
    county: Office, standing: Standing, browser: Callable[..., FlaskClient]
) -> None:
    page = browser(county, Role.PROCUREMENT_OFFICER)
    here = f"/admin/calls/{standing.call.id}"
    assert f"{here}/change" in page.get(here).text
    assert TEXTS["place"] in page.get(f"{here}/change").text
    form = {**TEXTS, "place": "县文化馆", "reason": REASON, "reason_en": ""}
    assert "没有任何改动" in page.post(f"{here}/change", data={**form, "place": TEXTS["place"]}).text
    assert page.post(f"{here}/change", data=form).status_code == 302
    shown = page.get(here).text
    assert REASON in shown
    assert TEXTS["place"] in shown
    assert "4800" not in shown


def test_c15_the_page_cancels_a_call_and_shows_why(
    county: Office, standing: Standing, browser: Callable[..., FlaskClient]
) -> None:
    page = browser(county, Role.PROCUREMENT_OFFICER)
    here = f"/admin/calls/{standing.call.id}"
    assert f"{here}/cancel" in page.get(here).text
    assert page.post(f"{here}/cancel", data={"reason": ""}).status_code == 422
    assert page.post(f"{here}/cancel", data={"reason": "资金没有到位"}).status_code == 302
    shown = page.get(here).text
    assert "资金没有到位" in shown
    assert f"{here}/cancel" not in shown
    assert f"{here}/change" not in shown
