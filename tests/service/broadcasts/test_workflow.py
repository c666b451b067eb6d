"""Broadcasts from draft to the last recipient (S5, S6, T4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from channels.announcing import announce
from channels.contacts import erase
from channels.messages import InEach
from channels.models import Delivery
from channels.outbox import words_of
from channels.parts import count_parts
from channels.registry import add_channel
from channels.sending import send_due, sweep
from service.broadcasts import queries, workflow
from service.broadcasts.address_book import list_listed, list_numbers, remove_number
from service.broadcasts.audience import contacts_of
from service.broadcasts.jobs import finish_broadcasts
from service.broadcasts.messages import WORDS
from service.broadcasts.models import Broadcast
from service.broadcasts.rules import AudienceKind, BroadcastState
from service.organizations.rules import Capacity
from tenants.actors import Actor
from tenants.gate import command, query
from tenants.permissions import Permission, Role
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken, WrongStage
from tests.channels.conftest import cannot_be_reached, change, outbox, recipient
from tests.conftest import Clock, Office
from tests.service.broadcasts.stages import (
    TOWNSHIP,
    are_one_person,
    budget,
    drafted,
    numbers,
    opts_out,
    reads_english,
    rows_of,
    states_of,
    township_of,
)
from tests.service.organizations.stages import provider
from tests.standins.twilio import Misbehaviour, TwilioStandIn


def state_of(broadcast: Broadcast, office: Office) -> BroadcastState:
    """Where a broadcast stands now."""
    return queries.find_broadcast(broadcast.id, by=office.officer).state


def test_s6_what_it_would_be_is_seen_before_it_leaves(office: Office) -> None:
    township_of(office, 5)
    reads_english(numbers(5)[0], by=office.system)
    opts_out(numbers(5)[4], by=office.system)
    view = queries.view_broadcast(
        drafted(office, words="水" * 80, words_en="Water " * 3).id, by=office.officer
    )
    chinese, english = view.shares
    assert (chinese.locale, chinese.people, chinese.suppressed, chinese.parts_each) == ("zh", 3, 1, 2)
    assert (english.locale, english.people, english.suppressed, english.parts_each) == ("en", 1, 0, 1)
    assert "水" * 80 in chinese.text
    assert view.spending is not None
    assert (view.spending.parts, str(view.spending.cost), view.spending.needs_approval) == (7, "0.35", False)


def test_s6_the_signature_that_a_provider_sets_before_each_text_is_counted_with_it(
    app: Flask, county: Office
) -> None:
    app.extensions["qiao.channels"].clear()
    credentials = {"access_key_id": "a", "access_key_secret": "b"}
    add_channel("aliyun", "清河县扶贫办", credentials, by=county.system)
    township_of(county, 3)
    alone = WORDS(
        office=InEach("清河县扶贫办", "Qinghe County Office"), words=InEach("水" * 50, "水" * 50)
    ).words("zh")
    assert count_parts(alone) == 1
    draft = drafted(county, words="水" * 50)
    view = queries.view_broadcast(draft.id, by=county.officer)
    assert view.spending is not None
    assert [(share.parts_each, share.parts) for share in view.shares] == [(2, 6)]
    assert view.spending.parts == 6
    broadcast = workflow.send_broadcast(draft.id, by=county.officer)
    assert broadcast.parts == 6
    assert [row.parts for row in rows_of(broadcast, by=county.system)] == [2, 2, 2]


def test_s5_it_reaches_each_once_in_their_language_and_nobody_who_opted_out(
    office: Office, twilio: TwilioStandIn
) -> None:
    township_of(office, 4)
    reads_english(numbers(4)[0], by=office.system)
    opts_out(numbers(4)[3], by=office.system)
    broadcast = workflow.send_broadcast(drafted(office, words_en="No water tomorrow").id, by=office.officer)
    assert (broadcast.people, broadcast.suppressed, broadcast.parts) == (3, 1, 3)
    assert send_due() == 3
    assert sorted(message["to"] for message in twilio.messages) == numbers(3)
    texts = {message["to"]: message["body"] for message in twilio.messages}
    assert "No water tomorrow" in texts[numbers(1)[0]]
    assert "停水" in texts[numbers(2)[1]]
    assert twilio.requests == 3
    assert states_of(broadcast, by=office.system) == [Delivery.SENT] * 3 + [Delivery.SUPPRESSED]


def test_s6_a_person_with_two_proved_numbers_gets_it_once_where_they_can_be_reached(
    office: Office, twilio: TwilioStandIn
) -> None:
    township_of(office, 6)
    proved, believed, bad = numbers(2), numbers(2, begin=3), numbers(2, begin=5)
    are_one_person(proved, proved=True, by=office.system)
    are_one_person(believed, proved=False, by=office.system)
    are_one_person(bad, proved=True, by=office.system)
    cannot_be_reached(bad[0], by=office.system)
    broadcast = drafted(office)
    assert sum(share.people for share in queries.view_broadcast(broadcast.id, by=office.officer).shares) == 4
    workflow.send_broadcast(broadcast.id, by=office.officer)
    send_due()
    sent = [message["to"] for message in twilio.messages]
    assert len(sent) == 4
    assert len({*sent} & {*proved}) == 1
    assert {*believed, bad[1]} < {*sent}


def test_s7_whose_number_is_not_valid_is_left_out_and_counted_apart(
    office: Office, twilio: TwilioStandIn
) -> None:
    township_of(office, 4)
    opts_out(numbers(4)[2], by=office.system)
    for number in numbers(4)[2:]:
        cannot_be_reached(number, by=office.system)
    draft = drafted(office)
    view = queries.view_broadcast(draft.id, by=office.officer)
    (chinese,) = view.shares
    assert (chinese.people, chinese.suppressed, chinese.unreachable, chinese.parts) == (2, 1, 1, 2)
    assert view.spending is not None
    assert (view.spending.people, view.spending.suppressed, view.spending.unreachable) == (2, 1, 1)
    before = queries.list_recipients(draft.id, by=office.officer)[1]
    assert sorted(str(one.state) for one in before) == ["None", "None", "suppressed", "unreachable"]
    broadcast = workflow.send_broadcast(draft.id, by=office.officer)
    assert (broadcast.people, broadcast.suppressed, broadcast.unreachable, broadcast.parts) == (2, 1, 1, 2)
    assert send_due() == 2
    assert sorted(message["to"] for message in twilio.messages) == numbers(2)
    assert states_of(broadcast, by=office.system) == sorted(
        [Delivery.SENT, Delivery.SENT, Delivery.SUPPRESSED, Delivery.UNREACHABLE]
    )


def test_s7_a_broadcast_that_would_reach_nobody_does_not_leave(office: Office) -> None:
    township_of(office, 1)
    cannot_be_reached(numbers(1)[0], by=office.system)
    with pytest.raises(RuleBroken, match="nobody_reached"):
        workflow.send_broadcast(drafted(office).id, by=office.officer)


def test_the_words_are_kept_once_and_each_row_keeps_what_was_sent_under_the_persons_key(
    office: Office, twilio: TwilioStandIn
) -> None:
    township_of(office, 2)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    waiting = rows_of(broadcast, by=office.system)
    assert [row.parameters for row in waiting] == [None, None]
    assert "停水" in words(waiting[0].id, by=office.system)
    send_due()
    sent = rows_of(broadcast, by=office.system)[0]
    assert "停水".encode() not in (sent.text or b"")
    assert "停水" in words(sent.id, by=office.system)
    erase(sent.contact_id, by=office.system)
    assert words(sent.id, by=office.system) == ""


@query(Permission.MESSAGE_SEND)
def words(row_id: Any, *, by: Actor) -> str:
    """The words of one row."""
    row = next(one for one in outbox(by=by) if one.id == row_id)
    return words_of(row, recipient(row, by=by))


def test_s6_above_the_budget_another_person_just_proved_approves(
    office: Office, twilio: TwilioStandIn
) -> None:
    township_of(office, 3)
    budget(office, 2)
    draft = drafted(office)
    with pytest.raises(NotPermitted, match="reauthenticate"):
        workflow.send_broadcast(
            draft.id, by=office.actor(Role.PROCUREMENT_OFFICER, name="officer", fresh=False)
        )
    assert workflow.send_broadcast(draft.id, by=office.officer).state is BroadcastState.WAITING
    assert send_due() == 0
    both = (Role.PROCUREMENT_OFFICER, Role.APPROVER)
    with pytest.raises(NotPermitted, match="own_preparation"):
        workflow.approve_broadcast(draft.id, by=office.actor(*both, name="officer"))
    with pytest.raises(NotPermitted, match="reauthenticate"):
        workflow.approve_broadcast(draft.id, by=office.actor(Role.APPROVER, name="approver", fresh=False))
    assert workflow.approve_broadcast(draft.id, by=office.approver).state is BroadcastState.SENDING
    assert send_due() == 3
    with pytest.raises(WrongStage):
        workflow.approve_broadcast(draft.id, by=office.approver)


def test_s6_whoever_changed_a_returned_broadcast_does_not_approve_it(office: Office) -> None:
    township_of(office, 3)
    budget(office, 0)
    draft = drafted(office)
    workflow.send_broadcast(draft.id, by=office.officer)
    workflow.return_broadcast(draft.id, "太长", by=office.approver)
    second = office.actor(Role.PROCUREMENT_OFFICER, Role.APPROVER, name="second")
    workflow.change_broadcast(draft.id, "停水", "明天停水", township=TOWNSHIP, by=second)
    workflow.send_broadcast(draft.id, by=office.officer)
    with pytest.raises(NotPermitted, match="own_preparation"):
        workflow.approve_broadcast(draft.id, by=second)
    workflow.approve_broadcast(draft.id, by=office.approver)


def test_s6_what_has_left_this_month_counts_against_the_budget_and_the_next_month_begins_anew(
    office: Office, clock: Clock
) -> None:
    township_of(office, 3)
    budget(office, 5)
    assert workflow.send_broadcast(drafted(office).id, by=office.officer).state is BroadcastState.SENDING
    second = drafted(office)
    assert workflow.send_broadcast(second.id, by=office.officer).state is BroadcastState.WAITING
    workflow.return_broadcast(second.id, "下月", by=office.approver)
    clock.advance(days=31)
    assert workflow.send_broadcast(second.id, by=office.officer).state is BroadcastState.SENDING


@pytest.mark.parametrize(
    ("again", "state"), [(True, BroadcastState.WAITING), (False, BroadcastState.SENDING)]
)
def test_s6_what_may_have_been_taken_before_it_ran_out_counts_against_the_budget(
    office: Office, clock: Clock, again: bool, state: BroadcastState
) -> None:
    township_of(office, 3)
    budget(office, 5)
    workflow.send_broadcast(drafted(office).id, by=office.officer)
    for row in outbox(by=office.system):
        change(row, state=Delivery.EXPIRED, again_at=clock.now if again else None, by=office.system)
    assert workflow.send_broadcast(drafted(office).id, by=office.officer).state is state


def test_the_audience_is_frozen_when_it_leaves(office: Office, twilio: TwilioStandIn) -> None:
    township_of(office, 2)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    list_numbers(numbers(1, begin=50), TOWNSHIP, True, by=office.officer)
    send_due()
    assert len([message for message in twilio.messages if "停水" in message["body"]]) == 2
    assert broadcast.people == 2


def test_one_announcement_reaches_nobody_twice(office: Office) -> None:
    township_of(office, 2)
    announced_to_twice_the_same(by=office.system)
    assert len(outbox(by=office.system)) == 2


@command(Permission.MESSAGE_SEND)
def announced_to_twice_the_same(*, by: Actor) -> None:
    """Freeze an audience in which everybody stands twice."""
    audience = contacts_of(AudienceKind.TOWNSHIP, {"township": TOWNSHIP}, by.tenant_id)
    twice = audience.union_all(audience).subquery()
    said = WORDS(office=InEach("县", "County"), words=InEach("好", "Good"))
    announce(said, select(twice.c[0]), by=by)


def test_nobody_is_no_audience(office: Office) -> None:
    with pytest.raises(RuleBroken, match="nobody_reached"):
        workflow.send_broadcast(drafted(office).id, by=office.officer)


def test_s6_a_broadcast_in_the_evening_waits_for_the_morning(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    township_of(office, 3)
    clock.advance(hours=8, minutes=59)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    clock.advance(minutes=2)
    assert send_due() == 0
    assert states_of(broadcast, by=office.system) == [Delivery.QUEUED] * 3
    clock.advance(hours=11)
    assert send_due() == 3


def test_a_paused_broadcast_stays_until_it_goes_on(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    township_of(office, 3)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    workflow.pause_broadcast(broadcast.id, by=office.officer)
    assert send_due() == 0
    assert twilio.requests == 0
    workflow.resume_broadcast(broadcast.id, by=office.officer)
    assert send_due() == 3


@pytest.mark.parametrize("act", [workflow.pause_broadcast, workflow.stop_broadcast])
def test_a_broadcast_that_left_for_everybody_is_neither_paused_nor_stopped_before_that_is_noted(
    office: Office, twilio: TwilioStandIn, act: Callable[..., Any]
) -> None:
    township_of(office, 2)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    assert send_due() == 2
    with pytest.raises(WrongStage, match="broadcast_over"):
        act(broadcast.id, by=office.officer)
    assert state_of(broadcast, office) is BroadcastState.SENDING
    assert finish_broadcasts() == 1


def test_before_it_is_sent_off_nothing_of_a_broadcast_is_done(office: Office) -> None:
    township_of(office, 2)
    draft = drafted(office)
    assert queries.view_broadcast(draft.id, by=office.officer).done == 0
    workflow.send_broadcast(draft.id, by=office.officer)
    assert queries.view_broadcast(draft.id, by=office.officer).done == 0
    send_due()
    assert queries.view_broadcast(draft.id, by=office.officer).done == 100


def test_a_stopped_broadcast_reaches_nobody_else(office: Office, twilio: TwilioStandIn, clock: Clock) -> None:
    township_of(office, 3)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    twilio.plan(Misbehaviour(status=503))
    send_due()
    assert states_of(broadcast, by=office.system).count(Delivery.QUEUED) == 1
    workflow.stop_broadcast(broadcast.id, by=office.officer)
    assert states_of(broadcast, by=office.system) == [Delivery.SENT, Delivery.SENT, Delivery.STOPPED]
    assert queries.view_broadcast(broadcast.id, by=office.officer).done == 66
    assert [one.done for one in queries.list_broadcasts(by=office.officer)] == [66]
    clock.advance(minutes=5)
    assert send_due() == 0
    with pytest.raises(WrongStage):
        workflow.resume_broadcast(broadcast.id, by=office.officer)


def test_what_was_on_its_way_when_a_broadcast_was_stopped_is_not_tried_again(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    township_of(office, 1)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    twilio.plan(Misbehaviour(drops=True))
    send_due()
    assert states_of(broadcast, by=office.system) == [Delivery.SENDING]
    workflow.stop_broadcast(broadcast.id, by=office.officer)
    clock.advance(seconds=61)
    sweep()
    assert states_of(broadcast, by=office.system) == [Delivery.STOPPED]
    assert twilio.messages == []


def test_a_broadcast_that_left_for_everybody_is_finished_and_not_before(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    township_of(office, 2)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    twilio.plan(Misbehaviour(status=503))
    send_due()
    assert finish_broadcasts() == 0
    assert state_of(broadcast, office) is BroadcastState.SENDING
    clock.advance(minutes=5)
    send_due()
    assert finish_broadcasts() == 1
    assert finish_broadcasts() == 0
    assert state_of(broadcast, office) is BroadcastState.DONE


def test_what_is_too_old_when_a_broadcast_goes_on_is_not_sent(
    office: Office, twilio: TwilioStandIn, clock: Clock
) -> None:
    township_of(office, 3)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    workflow.pause_broadcast(broadcast.id, by=office.officer)
    clock.advance(days=3)
    workflow.resume_broadcast(broadcast.id, by=office.officer)
    send_due()
    assert states_of(broadcast, by=office.system) == [Delivery.EXPIRED] * 3
    assert twilio.requests == 0


# ── Audiences ──


def told(office: Office, **audience: Any) -> int:
    """How many a broadcast to this audience would reach."""
    draft = drafted(office, **{"township": None, **audience})
    spending = queries.view_broadcast(draft.id, by=office.officer).spending
    assert spending is not None
    return spending.people


def test_organizations_are_chosen_by_state_kind_place_and_category(office: Office) -> None:
    provider(office, 1, Capacity.C, sites="石板乡")
    provider(office, 2, Capacity.B, registration_place="兰溪县")
    kind = AudienceKind.ORGANIZATIONS
    assert told(office, audience=kind) == 2
    assert told(office, audience=kind, capacity=Capacity.C) == 1
    assert told(office, audience=kind, capacity=Capacity.A) == 0
    assert told(office, audience=kind, place="石板") == 1
    assert told(office, audience=kind, organization_state="short_listed") == 2
    assert told(office, audience=kind, organization_state="left_off") == 0


def test_focal_points_and_villages_come_from_the_address_book(office: Office) -> None:
    list_numbers(numbers(2), TOWNSHIP, True, village="一村", by=office.officer)
    list_numbers(
        [f"{numbers(1, 3)[0]} 李明"], TOWNSHIP, True, village="二村", focal_point=True, by=office.officer
    )
    list_numbers(numbers(1, 4), "青山乡", True, focal_point=True, by=office.officer)
    assert told(office, audience=AudienceKind.TOWNSHIP, township=TOWNSHIP) == 3
    assert told(office, audience=AudienceKind.TOWNSHIP, township=TOWNSHIP, village="一村") == 2
    assert told(office, audience=AudienceKind.FOCAL_POINTS) == 2
    assert told(office, audience=AudienceKind.FOCAL_POINTS, township=TOWNSHIP) == 1
    assert [one.name for one in list_listed(by=office.officer) if one.focal_point] == ["李明", None]


def test_t7_who_is_listed_is_told_so_once_and_can_be_taken_out(office: Office, twilio: TwilioStandIn) -> None:
    list_numbers(numbers(1), TOWNSHIP, True, by=office.officer)
    list_numbers(numbers(1), "青山乡", True, by=office.officer)
    send_due()
    assert len(twilio.messages) == 1
    (listed,) = list_listed(by=office.officer)
    assert listed.township == "青山乡"
    remove_number(listed.id, by=office.officer)
    assert list_listed(by=office.officer) == []
    with pytest.raises(AlreadyDone, match="not_listed"):
        remove_number(listed.id, by=office.officer)
    assert told(office, audience=AudienceKind.TOWNSHIP, township="青山乡") == 0


def test_another_offices_package_is_no_audience(office: Office, other_county: Office) -> None:
    with pytest.raises(NotFound):
        drafted(
            office, audience=AudienceKind.BENEFICIARIES, package_id="01900000-0000-7000-8000-000000000000"
        )


def test_t2_a_neighbour_sees_and_moves_nothing(office: Office, other_county: Office) -> None:
    township_of(office, 2)
    broadcast = workflow.send_broadcast(drafted(office).id, by=office.officer)
    for act in (workflow.pause_broadcast, workflow.stop_broadcast, queries.view_broadcast):
        with pytest.raises(NotFound):
            act(broadcast.id, by=other_county.officer)
    assert queries.list_broadcasts(by=other_county.officer) == []


def test_the_outcome_is_shown_for_each_with_masked_numbers(
    office: Office, twilio: TwilioStandIn, phone: Callable[..., Any]
) -> None:
    township_of(office, 3)
    opts_out(numbers(3)[2], by=office.system)
    draft = drafted(office)
    before = queries.list_recipients(draft.id, by=office.officer)[1]
    assert sorted(str(one.state) for one in before) == ["None", "None", "suppressed"]
    workflow.send_broadcast(draft.id, by=office.officer)
    twilio.plan(Misbehaviour(status=400, code=21211))
    send_due()
    _broadcast, found = queries.list_recipients(draft.id, by=office.officer)
    assert sorted((one.state, one.failure) for one in found if one.state) == [
        (Delivery.FAILED, "21211"),
        (Delivery.SENT, None),
        (Delivery.SUPPRESSED, None),
    ]
    assert {one.address for one in found} == {"138****0001", "138****0002", "138****0003"}
    assert {one.known_as for one in found} == {TOWNSHIP}
    failed = queries.list_recipients(draft.id, state=Delivery.FAILED, by=office.officer)[1]
    assert [one.failure for one in failed] == ["21211"]
    assert len(list(queries.each_recipient(draft.id, by=office.officer))) == 3


def test_a_token_within_the_budget_sends_and_above_it_cannot(office: Office) -> None:
    township_of(office, 2)
    assert workflow.send_broadcast(drafted(office).id, by=unproved(office)).state is BroadcastState.SENDING
    budget(office, 0)
    with pytest.raises(NotPermitted, match="reauthenticate"):
        workflow.send_broadcast(drafted(office).id, by=unproved(office))


def unproved(office: Office) -> Actor:
    """Somebody who writes broadcasts and did not enter a password, as a program."""
    return replace(office.officer, authenticated_at=None)


def test_the_words_are_worth_sending_for_two_days() -> None:
    assert WORDS.life == timedelta(days=2)
