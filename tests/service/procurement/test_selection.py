"""From opened bids to the approved result on a real database (C6, C8-C11, C13, C14, R2, O6, T4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask_babel import force_locale
from sqlalchemy import select

from channels.messages import MESSAGES, Said, from_plain
from channels.models import Contact, OutboundMessage
from service.difficulty.rules import Difficulty
from service.organizations.models import Organization
from service.organizations.rules import Capacity
from service.procurement import holds, selection
from service.procurement.models import Award, Bid
from service.procurement.result_queries import find_public_result
from service.procurement.rules import BidState, CallState, ExclusionGround
from service.procurement.selection_queries import view_selection
from service.procurement.selection_rules import Indicator, Verdict, draw_seed, drawn
from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.gate import command, query
from tenants.people import add_person
from tenants.permissions import Permission, Role
from tenants.privacy import decrypt_under
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken, WrongStage
from tenants.schema import libpq
from tenants.settings import change_settings
from tests.conftest import Clock, Office, Phone
from tests.service.organizations.stages import assess
from tests.service.procurement.selection_stages import (
    able_bidders,
    after_standstill,
    lot_file,
    opened_bids,
    result_published,
    reviewed,
    selected,
)
from tests.service.procurement.stages import Bidder, published_call

Phones = Callable[..., Phone]


@query(Permission.CALL_READ)
def texts_to(bidder: Bidder, *, by: Actor, locale: str = "en") -> list[str]:
    """What the outbox holds for a bidder, in words, oldest first."""
    rows = db.session.execute(
        select(OutboundMessage, Contact)
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(OutboundMessage.tenant_id == by.tenant_id, Contact.id == bidder.contact_id)
        .order_by(OutboundMessage.created_at, OutboundMessage.id)
    )
    said = []
    for row, contact in rows:
        kept = json.loads(decrypt_under(contact.data_key, row.parameters) or "")
        said.append(Said(MESSAGES[row.message], from_plain(kept["parameters"])).words(locale))
    return said


@command(Permission.ORGANIZATION_WRITE)
def change_organization(organization: Organization, *, by: Actor, **facts: Any) -> None:
    """Turn a fact about an SO by hand, as if it had been found out after the bid."""
    row = db.session.get_one(Organization, (by.tenant_id, organization.id))
    for name, value in facts.items():
        setattr(row, name, value)


def state_of(county: Office, bid: Bid) -> BidState:
    """Where a bid stands now."""
    call = view_selection(bid.call_id, by=county.officer)
    return next(one.bid.state for file in call.lots for one in file.bids if one.bid.id == bid.id)


def test_c6_an_able_organization_is_admitted(county: Office, clock: Clock, phone: Phones) -> None:
    _call, _bidders, (bid, *_) = opened_bids(county, clock, phone)
    assert selection.screen_bid(bid.id, None, by=county.officer).state is BidState.QUALIFIED


def test_c6_the_record_is_checked_by_the_system_and_what_the_so_reads_tells_no_category(
    county: Office, clock: Clock, phone: Phones
) -> None:
    _call, bidders, bids = opened_bids(county, clock, phone)
    with pytest.raises(RuleBroken, match="experience_is_shown"):
        selection.screen_bid(bids[0].id, ExclusionGround.EXPERIENCE, by=county.officer)
    clock.advance(days=400)
    with pytest.raises(RuleBroken, match="experience_not_shown"):
        selection.screen_bid(bids[0].id, None, by=county.officer)
    selection.screen_bid(bids[0].id, ExclusionGround.EXPERIENCE, "只是(a)类，太难", by=county.officer)
    text = texts_to(bidders[0], by=county.officer)[-1]
    assert "The task needs experience the record does not show yet" in text
    assert "COMPLAIN" in text
    assert "(a)" not in text
    assert state_of(county, bids[0]) is BidState.EXCLUDED


def test_c6_an_excluded_organization_reads_why_and_may_be_admitted_after_all(
    county: Office, clock: Clock, phone: Phones
) -> None:
    _call, bidders, bids = opened_bids(county, clock, phone)
    selection.screen_bid(bids[0].id, ExclusionGround.SCOPE_NOT_ACCEPTED, "想换成别的村", by=county.officer)
    assert "想换成别的村" in texts_to(bidders[0], by=county.officer)[-1]
    selection.screen_bid(bids[0].id, None, by=county.officer)
    assert "admitted" in texts_to(bidders[0], by=county.officer)[-1]
    assert state_of(county, bids[0]) is BidState.QUALIFIED


def test_c6_documents_exclude_only_after_a_revision_was_asked_for_and_the_so_can_answer(
    county: Office, clock: Clock, phone: Phones
) -> None:
    _call, bidders, bids = opened_bids(county, clock, phone)
    with pytest.raises(RuleBroken, match="revision_not_requested"):
        selection.screen_bid(bids[0].id, ExclusionGround.DOCUMENTS, "缺承诺书", by=county.officer)
    selection.request_revision(bids[0].id, "请补承诺书", by=county.officer)
    assert "http://qiao.test/f/" in texts_to(bidders[0], by=county.officer)[-1]
    organization = bidders[0].organization.id
    with pytest.raises(NotFound):
        selection.answer_revision(bids[0].id, bidders[1].organization.id, "别人的", by=bidders[1].actor)
    with pytest.raises(WrongStage):
        selection.answer_revision(bids[1].id, bidders[1].organization.id, "没人问", by=bidders[1].actor)
    answered = selection.answer_revision(bids[0].id, organization, "我们承诺做到", by=bidders[0].actor)
    assert (answered.revision, answered.price) == ("我们承诺做到", 18000)
    selection.screen_bid(bids[0].id, ExclusionGround.DOCUMENTS, "仍缺签字", by=county.officer)
    assert state_of(county, bids[0]) is BidState.EXCLUDED


def test_c5_a_sealed_bid_cannot_be_screened(county: Office, phone: Phones) -> None:
    bidders = able_bidders(county, phone)
    call, lot = published_call(county, bidders)
    bidders[0].bids(lot, 18000)
    with pytest.raises(WrongStage):
        selection.publish_result(call.id, by=county.officer)
    assert view_selection(call.id, by=county.officer).lots[0].bids == []


def test_c8_nobody_reviews_twice_or_before_screening(county: Office, clock: Clock, phone: Phones) -> None:
    _call, _bidders, (bid, *_) = opened_bids(county, clock, phone)
    good = dict.fromkeys((one.value for one in Indicator), "good")
    expert = county.actor(Role.EXPERT, name="expert")
    with pytest.raises(WrongStage):
        selection.review_bid(bid.id, good, True, "可行", by=expert)
    selection.screen_bid(bid.id, None, by=county.officer)
    selection.review_bid(bid.id, good, True, "可行", by=expert)
    with pytest.raises(AlreadyDone, match="already_reviewed"):
        selection.review_bid(bid.id, good, True, "还是可行", by=expert)
    with pytest.raises(RuleBroken, match="indicator_unknown"):
        selection.review_bid(bid.id, {**good, "writing": "good"}, True, "文笔好", by=county.approver)


def test_c9_the_lowest_bid_that_satisfies_wins(county: Office, clock: Clock, phone: Phones) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    lot = lot_file(county, call).lot.id
    with pytest.raises(RuleBroken, match="bids_unscreened"):
        selection.select_winner(lot, bids[1].id, "价低", by=county.officer)
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
    with pytest.raises(RuleBroken, match="reviews_missing"):
        selection.select_winner(lot, bids[1].id, "价低", by=county.officer)
    reviewed(county, bids[0])
    reviewed(county, bids[1], team_capacity=Verdict.FAILS)
    reviewed(county, bids[2], verdict=Verdict.EXCELLENT)
    with pytest.raises(RuleBroken, match="not_in_ranking"):
        selection.select_winner(lot, bids[1].id, "价低", by=county.officer)
    with pytest.raises(RuleBroken, match="not_first"):
        selection.select_winner(lot, bids[2].id, "写得好", by=county.officer)
    award = selection.select_winner(lot, bids[0].id, "满足任务书的最低价", by=county.officer)
    assert award.bid_id == bids[0].id
    assert state_of(county, bids[0]) is BidState.SELECTED


def test_r2_an_organization_the_office_controls_is_not_awarded(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, bidders, bids = opened_bids(county, clock, phone)
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
        reviewed(county, bid)
    change_organization(bidders[1].organization, controlled_by_office=True, by=county.officer)
    with pytest.raises(RuleBroken, match="controlled_by_office"):
        selection.select_winner(lot_file(county, call).lot.id, bids[1].id, "价低", by=county.officer)


def test_r2_control_that_comes_to_light_after_the_choice_stops_the_result(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, bidders, bids = selected(county, clock, phone)
    winner = bidders[[state_of(county, bid) for bid in bids].index(BidState.SELECTED)]
    told = texts_to(winner, by=county.officer)
    change_organization(winner.organization, controlled_by_office=True, by=county.officer)
    with pytest.raises(RuleBroken, match="controlled_by_office"):
        selection.publish_result(call.id, by=county.officer)
    assert texts_to(winner, by=county.officer) == told
    barred = next(bid for bid in bids if state_of(county, bid) is BidState.SELECTED)
    selection.screen_bid(barred.id, ExclusionGround.DISQUALIFIED, "由办公室发起成立", by=county.officer)
    file = lot_file(county, call)
    assert file.award is None
    selection.select_winner(file.lot.id, file.ranking[0].bid_id, "其余最低", by=county.officer)
    assert selection.publish_result(call.id, by=county.officer).state is CallState.RESULT_PUBLISHED
    assert state_of(county, barred) is BidState.EXCLUDED


def test_o6_an_unregistered_group_is_awarded_only_with_an_umbrella(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, bidders, bids = opened_bids(county, clock, phone)
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
        reviewed(county, bid)
    change_organization(bidders[1].organization, credit_code=None, by=county.officer)
    with pytest.raises(RuleBroken, match="needs_umbrella"):
        selection.select_winner(lot_file(county, call).lot.id, bids[1].id, "价低", by=county.officer)


def test_c13_one_answer_ends_a_quotation_without_a_winner(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, bidders, (bid,) = opened_bids(county, clock, phone, prices=[18000])
    selection.screen_bid(bid.id, None, by=county.officer)
    reviewed(county, bid)
    with pytest.raises(RuleBroken, match="one_bid"):
        selection.select_winner(lot_file(county, call).lot.id, bid.id, "只有一家", by=county.officer)
    with pytest.raises(RuleBroken, match="nothing_awarded"):
        selection.publish_result(call.id, by=county.officer)
    with pytest.raises(RuleBroken, match="failure_reason_missing"):
        selection.fail_call(call.id, " ", by=county.officer)
    failed = selection.fail_call(call.id, "只有一家报价", by=county.officer)
    assert failed.state is CallState.UNSUCCESSFUL
    assert "只有一家报价" in texts_to(bidders[0], by=county.officer)[-1]


def test_c13_a_call_that_can_have_a_winner_is_not_given_up(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, _bidders, _bids = opened_bids(county, clock, phone)
    with pytest.raises(RuleBroken, match="winner_possible"):
        selection.fail_call(call.id, "不想要了", by=county.officer)


def test_c10_every_bidder_hears_the_result_and_the_unselected_why(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, bidders, bids = result_published(county, clock, phone)
    assert call.state is CallState.RESULT_PUBLISHED
    notice = texts_to(bidders[1], by=county.officer)[-1]
    expected = ["清河社工服务中心", "17,500", "Qinghe County", "0871-1234", "2026-03-20 23:59"]
    assert [part for part in expected if part not in notice] == []
    told, why = texts_to(bidders[0], by=county.officer)[-2:]
    assert "清河社工服务中心" in told
    assert "another bid that satisfies the scope of work asks less" in why
    assert state_of(county, bids[0]) is BidState.UNSUCCESSFUL


def test_c10_the_notice_names_the_reviewers(county: Office, clock: Clock, phone: Phones) -> None:
    call, bidders, bids = opened_bids(county, clock, phone)
    people = [
        add_person(f"{name}@example.org", name=name, roles=[Role.EXPERT], by=county.administrator)
        for name in ("张三", "李四")
    ]
    good = dict.fromkeys((one.value for one in Indicator), "good")
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
        for person in people:
            by = replace(county.actor(Role.EXPERT), id=person.person_id)
            selection.review_bid(bid.id, good, True, "可行", by=by)
    selection.select_winner(lot_file(county, call).lot.id, bids[1].id, "最低", by=county.officer)
    selection.publish_result(call.id, by=county.officer)
    assert "张三, 李四" in texts_to(bidders[0], by=county.officer)[-2]


def test_c10_the_standstill_lasts_five_full_working_days(county: Office, clock: Clock, phone: Phones) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    award = lot_file(county, call).award
    assert award is not None
    assert clock.now.date().isoformat() == "2026-03-14"
    assert award.objections_until == datetime(2026, 3, 20, 15, 59, 59, tzinfo=UTC)


def test_c10_an_office_for_demonstration_may_shorten_the_standstill_and_never_to_nothing(
    county: Office, clock: Clock, phone: Phones, servers: SimpleNamespace
) -> None:
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao", autocommit=True) as connection:
        connection.execute("UPDATE tenants SET demo = true WHERE code = 'qing'")
    change_settings({"standstill_working_days": 0}, by=county.administrator)
    call, _bidders, _bids = result_published(county, clock, phone)
    with pytest.raises(RuleBroken, match="standstill_running"):
        selection.approve_result(call.id, by=county.approver)
    clock.advance(seconds=21)
    assert selection.approve_result(call.id, by=county.approver)


def test_c10_everybody_can_read_what_step_5_4_lists_and_repeat_the_draw(
    county: Office, clock: Clock, phone: Phones
) -> None:
    anybody = Actor.public(tenant_id=county.id, readable=(county.id,), now=clock())
    call, bidders, _bids = selected(county, clock, phone, prices=[18000, 18000, 19000])
    assert find_public_result(call.id, by=anybody) is None
    selection.publish_result(call.id, by=county.officer)
    result = find_public_result(call.id, by=anybody)
    assert result is not None
    assert (result.purchaser_zh, result.hotline) == ("清河县扶贫办", "0871-1234")
    assert len(result.reviewers) == 2
    (award,) = result.awards
    assert (award.service_fee, award.direct_investment) == (18000, 60000)
    assert award.provider in (bidders[0].organization.name, bidders[1].organization.name)
    seed = draw_seed(result.number, [bid.digest for bid in award.bids])
    assert seed == award.seed
    drawn_first = min(award.bids[:2], key=lambda bid: drawn(seed, bid.digest))
    assert drawn_first.organization == award.provider
    with force_locale("en"):
        words = repr(result)
        assert [one for one in (*Difficulty, *Capacity) if str(one.label) in words] == []


def test_c11_nothing_is_approved_before_the_standstill_is_over(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    with pytest.raises(RuleBroken, match="standstill_running"):
        selection.approve_result(call.id, by=county.approver)
    after_standstill(county, call, clock)
    (award,) = selection.approve_result(call.id, by=county.approver)
    assert award.approved_at is not None
    assert view_selection(call.id, by=county.officer).call.state is CallState.APPROVED
    with pytest.raises(WrongStage):
        selection.approve_result(call.id, by=county.approver)


def test_h8_an_objection_within_the_standstill_blocks_until_it_is_lifted(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    source = uuid4()
    assert holds.place_hold(call.id, source, blocks=True, by=county.desk).blocks
    after_standstill(county, call, clock)
    with pytest.raises(RuleBroken, match="holds_open"):
        selection.approve_result(call.id, by=county.approver)
    holds.lift_hold(call.id, source, by=county.desk)
    assert selection.approve_result(call.id, by=county.approver)


def test_t4_who_had_a_hand_in_it_cannot_approve(county: Office, clock: Clock, phone: Phones) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    after_standstill(county, call, clock)
    for name in ("officer", "first reviewer"):
        with pytest.raises(NotPermitted, match="own_preparation"):
            selection.approve_result(call.id, by=county.actor(Role.APPROVER, name=name))
        with pytest.raises(NotPermitted, match="own_preparation"):
            selection.return_result(call.id, "再看", by=county.actor(Role.APPROVER, name=name))
    with pytest.raises(NotPermitted, match="not_permitted"):
        selection.approve_result(call.id, by=county.officer)


def test_c11_a_returned_result_says_why_and_can_be_decided_anew(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, bidders, bids = result_published(county, clock, phone)
    with pytest.raises(RuleBroken, match="return_reason_missing"):
        selection.return_result(call.id, "", by=county.approver)
    returned = selection.return_result(call.id, "第二家的评审理由不足", by=county.approver)
    assert returned.state is CallState.OPENED
    assert {state_of(county, bid) for bid in bids} == {BidState.QUALIFIED}
    assert "taken back" in texts_to(bidders[2], by=county.officer)[-1]
    file = lot_file(county, call)
    assert file.award is None
    selection.select_winner(file.lot.id, file.ranking[0].bid_id, "复核后仍为最低", by=county.officer)
    selection.publish_result(call.id, by=county.officer)
    assert awards_of(call.id, by=county.officer) == [(True, "第二家的评审理由不足"), (False, None)]


@query(Permission.CALL_READ)
def awards_of(call_id: Any, *, by: Actor) -> list[tuple[bool, str | None]]:
    """Each award of a call, oldest first: whether it was withdrawn, and why."""
    rows = db.session.scalars(
        select(Award)
        .where(Award.tenant_id == by.tenant_id, Award.call_id == call_id)
        .order_by(Award.selected_at)
    )
    return [(row.withdrawn_at is not None, row.withdrawn_because) for row in rows]


def test_c9_until_publication_another_choice_replaces_the_first(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, _bidders, bids = selected(county, clock, phone)
    file = lot_file(county, call)
    selection.select_winner(file.lot.id, bids[1].id, "理由写得更清楚", by=county.officer)
    assert [withdrawn for withdrawn, _ in awards_of(call.id, by=county.officer)] == [True, False]
    assert state_of(county, bids[1]) is BidState.SELECTED


def test_t2_the_neighbour_finds_nothing_to_screen_review_or_approve(
    county: Office, other_county: Office, province: Office, clock: Clock, phone: Phones
) -> None:
    call, _bidders, (bid, *_) = result_published(county, clock, phone)
    with pytest.raises(NotFound):
        view_selection(call.id, by=other_county.officer)
    with pytest.raises(NotFound):
        selection.screen_bid(bid.id, None, by=other_county.officer)
    with pytest.raises(NotFound):
        selection.approve_result(call.id, by=other_county.approver)
    assert view_selection(call.id, by=province.overseer).lots[0].award is not None


def test_c5_no_price_or_reason_stands_in_the_audit_of_a_selection(
    county: Office, clock: Clock, phone: Phones
) -> None:
    result_published(county, clock, phone)

    @query(Permission.CALL_READ)
    def audit(*, by: Actor) -> str:
        return repr([row.facts for row in db.session.scalars(select(AuditEntry))])

    assert "17500" not in audit(by=county.officer)


def test_c6_graduated_procurement_follows_a_new_assessment(
    county: Office, clock: Clock, phone: Phones
) -> None:
    _call, bidders, (bid, *_) = opened_bids(county, clock, phone)
    clock.advance(days=400)
    with pytest.raises(RuleBroken, match="experience_not_shown"):
        selection.screen_bid(bid.id, None, by=county.officer)
    assess(county, bidders[0].organization, Capacity.B)
    assert selection.screen_bid(bid.id, None, by=county.officer).state is BidState.QUALIFIED


def test_c9_a_bid_admitted_after_the_choice_is_reviewed_before_the_result_is_published(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    selection.screen_bid(bids[1].id, ExclusionGround.SCOPE_NOT_ACCEPTED, "想换村", by=county.officer)
    for bid in (bids[0], bids[2]):
        selection.screen_bid(bid.id, None, by=county.officer)
        reviewed(county, bid)
    lot = lot_file(county, call).lot.id
    selection.select_winner(lot, bids[0].id, "最低", by=county.officer)
    selection.screen_bid(bids[1].id, None, by=county.officer)
    with pytest.raises(RuleBroken, match="reviews_missing"):
        selection.publish_result(call.id, by=county.officer)
    reviewed(county, bids[1])
    with pytest.raises(RuleBroken, match="not_first"):
        selection.publish_result(call.id, by=county.officer)
    assert state_of(county, bids[1]) is BidState.QUALIFIED
    selection.select_winner(lot, bids[1].id, "现在最低", by=county.officer)
    assert selection.publish_result(call.id, by=county.officer).state is CallState.RESULT_PUBLISHED


def test_c6_asking_for_the_same_documents_twice_sends_one_link(
    county: Office, clock: Clock, phone: Phones
) -> None:
    _call, bidders, bids = opened_bids(county, clock, phone)
    selection.request_revision(bids[0].id, "请补承诺书", by=county.officer)
    told = len(texts_to(bidders[0], by=county.officer))
    with pytest.raises(AlreadyDone, match="documents_asked_before"):
        selection.request_revision(bids[0].id, "请补承诺书", by=county.officer)
    assert len(texts_to(bidders[0], by=county.officer)) == told
    selection.request_revision(bids[0].id, "请补承诺书和预算", by=county.officer)
    clock.advance(days=15)
    selection.request_revision(bids[0].id, "请补承诺书和预算", by=county.officer)
    assert len(texts_to(bidders[0], by=county.officer)) == told + 2


def test_c6_nobody_is_excluded_for_documents_while_the_link_to_complete_them_works(
    county: Office, clock: Clock, phone: Phones
) -> None:
    _call, bidders, bids = opened_bids(county, clock, phone)
    selection.request_revision(bids[0].id, "请补承诺书", by=county.officer)
    with pytest.raises(RuleBroken, match="revision_running"):
        selection.screen_bid(bids[0].id, ExclusionGround.DOCUMENTS, "缺承诺书", by=county.officer)
    selection.answer_revision(bids[0].id, bidders[0].organization.id, "承诺", by=bidders[0].actor)
    clock.advance(minutes=1)
    selection.request_revision(bids[0].id, "还缺预算", by=county.officer)
    with pytest.raises(RuleBroken, match="revision_running"):
        selection.screen_bid(bids[0].id, ExclusionGround.DOCUMENTS, "缺预算", by=county.officer)
    clock.advance(days=15)
    selection.screen_bid(bids[0].id, ExclusionGround.DOCUMENTS, "缺预算", by=county.officer)
    assert state_of(county, bids[0]) is BidState.EXCLUDED


def test_c9_the_same_choice_twice_is_one_choice(county: Office, clock: Clock, phone: Phones) -> None:
    call, _bidders, _bids = selected(county, clock, phone)
    file = lot_file(county, call)
    assert file.award is not None
    with pytest.raises(AlreadyDone, match="selected_before"):
        selection.select_winner(file.lot.id, file.award.bid_id, file.award.reason, by=county.officer)
    again = selection.select_winner(file.lot.id, file.award.bid_id, "说得更清楚", by=county.officer)
    assert again.id != file.award.id
