"""The conversation desk on a real database (S1, H4, C5, T7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from channels.contacts import erase
from channels.models import Contact, Delivery, Handling, InboundMessage, Lane, OutboundMessage, Secrecy
from channels.outbox import tell, words_of
from service.complaints.queries import find_complaint, list_complaints
from service.conversations import queries, workflow
from service.conversations.rules import Desk
from service.conversations.usual_answers import add_usual_answer, change_usual_answer, drop_usual_answer
from service.procurement import messages as procurement_messages
from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.people import add_person, list_members
from tenants.permissions import Permission, Role
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken, WrongStage
from tests.channels.conftest import outbox, recipient
from tests.conftest import Clock, Office, Phone

Waits = Callable[..., UUID]
Phones = Callable[..., Phone]
OFFICE, COMPLAINTS = Desk.OFFICE, Desk.COMPLAINTS


@query(Permission.ATTENTION_READ)
def stored(contact_id: UUID, *, by: Actor) -> list[InboundMessage]:
    """What a person wrote, as it is kept."""
    return list(
        db.session.query(InboundMessage)
        .filter_by(tenant_id=by.tenant_id, contact_id=contact_id)
        .order_by(InboundMessage.id)
    )


@query(Permission.AUDIT_READ)
def recorded(event: Event, *, by: Actor) -> list[AuditEntry]:
    """The facts of one kind in the office's record."""
    return list(db.session.query(AuditEntry).filter_by(tenant_id=by.tenant_id, event=event.value))


@command(Permission.MESSAGE_SEND)
def notify(contact_id: UUID, subject: str, *, by: Actor) -> None:
    """A room tells somebody something about a row of ``subject``."""
    row = tell(contact_id, procurement_messages.NOTHING_OPEN(), by=by)
    assert row is not None
    row.subject_type, row.subject_id = subject, row.id


def last(office: Office, contact_id: UUID, desk: Desk = OFFICE, by: Actor | None = None) -> UUID:
    """The newest row that an officer sees in a conversation."""
    return queries.find_conversation(desk, contact_id, by=by or office.officer).last


def said(office: Office) -> tuple[OutboundMessage, str]:
    """The one thing the office said, and its words."""
    (row,) = outbox(by=office.system)
    return row, words_of(row, recipient(row, by=office.system))


def member(office: Office, *roles: Role, name: str) -> UUID:
    """Somebody who works in the office."""
    membership = add_person(f"{name}@example.org", name=name, roles=roles, by=office.system)
    return next(person.id for known, person in list_members(by=office.system) if known.id == membership.id)


def test_an_answer_goes_back_by_the_same_channel_at_once_word_for_word(county: Office, waits: Waits) -> None:
    sender = waits(county)
    words = "请周一来办公室，带 {证件}。\nBring 2 copies."
    workflow.answer(OFFICE, sender, words, last(county, sender), by=county.officer)
    row, sent = said(county)
    assert (row.lane, row.contact_id, sent) == (Lane.REPLY, sender, words)
    (message,) = stored(sender, by=county.system)
    assert (message.handling, message.handled_by) == (Handling.ANSWERED, county.officer.id)
    assert row.channel_id == message.channel_id
    conversation = queries.find_conversation(OFFICE, sender, by=county.officer)
    assert [(line.ours, line.delivery) for line in conversation.lines] == [
        (False, None),
        (True, None),
        (True, Delivery.QUEUED),
    ]
    assert conversation.lines[0].text == "hmm zz"
    assert conversation.since is None


def test_the_parts_of_an_answer_are_counted_before_anything_is_sent(county: Office, waits: Waits) -> None:
    sender = waits(county)
    counted = queries.count_answer(OFFICE, sender, "好" * 71, last(county, sender), by=county.officer)
    assert (counted.parts, counted.units) == (2, 71)
    assert outbox(by=county.system) == []


def test_what_waits_longest_stands_on_top_and_senders_are_masked(
    county: Office, waits: Waits, clock: Clock
) -> None:
    first = waits(county, text="第一个", number="+8613800000001")
    clock.advance(minutes=5)
    second = waits(county, text="second", number="+8613800000002")
    clock.advance(minutes=5)
    waits(county, text="第一个又来", number="+8613800000001")
    clock.advance(minutes=5)
    third = waits(county, text="第三个", number="+8613800000003")
    listed = queries.list_waiting(by=county.officer)
    assert [(one.contact_id, one.number) for one in listed] == [(first, 2), (second, 1), (third, 1)]
    assert [one.sender for one in listed] == ["138****0001", "138****0002", "138****0003"]
    assert listed[0].text == "第一个又来"
    assert queries.count_waiting(by=county.officer) == 3


def test_one_answer_settles_all_that_waited_and_later_words_can_follow(county: Office, waits: Waits) -> None:
    sender = waits(county)
    waits(county, text="hello??")
    workflow.answer(OFFICE, sender, "好", last(county, sender), by=county.officer)
    assert {one.handling for one in stored(sender, by=county.system)} == {Handling.ANSWERED}
    workflow.answer(OFFICE, sender, "还有一点。", last(county, sender), by=county.officer)
    assert len(outbox(by=county.system)) == 2
    assert len(recorded(Event.CONVERSATION_WRITTEN, by=county.system)) == 1
    (lately,) = queries.list_lately(by=county.officer)
    assert lately.contact_id == sender


def test_s1_two_officers_do_not_answer_the_same_words(county: Office, waits: Waits) -> None:
    sender = waits(county)
    seen = last(county, sender)
    workflow.answer(OFFICE, sender, "好", seen, by=county.officer)
    for again in (
        lambda: workflow.answer(OFFICE, sender, "好的", seen, by=county.desk),
        lambda: workflow.close(OFFICE, sender, seen, by=county.desk),
    ):
        with pytest.raises(RuleBroken, match="conversation_moved"):
            again()
    assert len(outbox(by=county.system)) == 1


def test_s1_what_came_after_it_was_read_is_read_first(county: Office, waits: Waits) -> None:
    sender = waits(county)
    seen = last(county, sender)
    waits(county, text="还有")
    with pytest.raises(RuleBroken, match="conversation_moved"):
        workflow.answer(OFFICE, sender, "好", seen, by=county.officer)


def test_s5_who_opted_out_is_answered_but_not_written_to_days_later(
    county: Office, waits: Waits, phone: Phones, clock: Clock
) -> None:
    sender = waits(county)
    phone("+8613800000001", county).says("退订")
    workflow.answer(OFFICE, sender, "好", last(county, sender), by=county.officer)
    clock.advance(days=2)
    with pytest.raises(RuleBroken, match="wants_no_messages"):
        workflow.answer(OFFICE, sender, "顺便说一句", last(county, sender), by=county.officer)


def test_closing_needs_something_that_waits(county: Office, waits: Waits) -> None:
    sender = waits(county)
    workflow.close(OFFICE, sender, last(county, sender), by=county.officer)
    assert stored(sender, by=county.system)[0].handling is Handling.HANDLED
    with pytest.raises(WrongStage, match="nothing_waits"):
        workflow.close(OFFICE, sender, last(county, sender), by=county.officer)


def test_h4_a_complaint_is_invisible_to_procurement(county: Office, waits: Waits) -> None:
    sender = waits(county, Secrecy.CASE)
    seen = last(county, sender, COMPLAINTS, county.desk)
    assert queries.list_waiting(by=county.officer) == queries.list_lately(by=county.officer) == []
    assert queries.count_waiting(by=county.officer) == 0
    for desk in Desk:
        for look in (
            lambda desk=desk: queries.find_conversation(desk, sender, by=county.officer),
            lambda desk=desk: queries.count_answer(desk, sender, "好", seen, by=county.officer),
            lambda desk=desk: workflow.answer(desk, sender, "好", seen, by=county.officer),
            lambda desk=desk: workflow.close(desk, sender, seen, by=county.officer),
            lambda desk=desk: workflow.take(desk, sender, by=county.officer),
        ):
            with pytest.raises(NotFound):
                look()
    assert queries.list_waiting(by=county.desk)[0].desk is COMPLAINTS


def test_h4_what_a_complaint_desk_says_never_stands_in_the_offices_conversation(
    county: Office, waits: Waits
) -> None:
    sender = waits(county, Secrecy.CASE, "qq zz 路坏了")
    waits(county, Secrecy.OPEN, "别的事")
    seen = last(county, sender, COMPLAINTS, county.desk)
    workflow.answer(COMPLAINTS, sender, "案子在查。", seen, by=county.desk)
    workflow.take(
        COMPLAINTS, sender, by=works(county.desk, member(county, Role.COMPLAINT_OFFICER, name="赵"))
    )
    office = queries.find_conversation(OFFICE, sender, by=county.officer)
    texts = [line.text or "" for line in office.lines]
    assert not any("路坏了" in text or "案子" in text for text in texts)
    assert any("别的事" in text for text in texts)
    assert office.assignee is None
    assert office.since is not None
    desk = queries.find_conversation(COMPLAINTS, sender, by=county.desk)
    assert [line.text for line in desk.lines if not line.ours] == ["qq zz 路坏了"]
    assert desk.lines[-1].text == "案子在查。"


def works(by: Actor, person_id: UUID) -> Actor:
    """The actor as a person who works in the office."""
    return replace(by, id=person_id)


def test_h4_help_within_a_complaint_is_as_secret_as_the_complaint(county: Office, phone: Phones) -> None:
    villager = phone("+8613800000001", county)
    villager.says("投诉 路没修好")
    for words in ("帮助", "恢复", "取消"):
        villager.says(words)
    messages = stored(contact_of("+8613800000001", by=county.system), by=county.system)
    assert [one.secrecy for one in messages] == [Secrecy.CASE] * 4
    assert queries.list_lately(by=county.officer) == []


@query(Permission.MESSAGE_SEND)
def contact_of(address: str, *, by: Actor) -> UUID:
    """The contact of an address."""
    (found,) = [
        one for one in db.session.query(Contact).filter_by(tenant_id=by.tenant_id) if one.address == address
    ]
    return found.id


def test_h1_what_waits_is_filed_as_a_complaint_once_and_lives_in_the_case(
    county: Office, waits: Waits, phone: Phones
) -> None:
    sender = waits(county, Secrecy.CASE, "qq zz 修路的钱没有付")
    waits(county, Secrecy.CASE, "qq zz 都一年了")
    seen = last(county, sender, COMPLAINTS, county.desk)
    filed = workflow.make_complaint(COMPLAINTS, sender, seen, by=county.desk)
    case = find_complaint(filed.complaint_id, by=county.desk)
    assert case.entries[0].text == "qq zz 修路的钱没有付\nqq zz 都一年了"
    assert {one.text for one in stored(sender, by=county.system)} == {None}
    row, words = said(county)
    assert (row.subject_id, filed.reference in words) == (filed.complaint_id, True)
    assert queries.list_waiting(by=county.desk) == []
    assert queries.list_lately(by=county.officer) == []
    phone("+8613800000001", county).says("1")
    assert len(list_complaints(by=county.desk)) == 1


def test_h4_a_complaint_about_the_office_that_was_filed_by_hand_goes_above(
    county: Office, province: Office, waits: Waits
) -> None:
    sender = waits(county, Secrecy.CASE, "qq zz 扶贫办主任收了钱")
    seen = last(county, sender, COMPLAINTS, county.desk)
    workflow.make_complaint(COMPLAINTS, sender, seen, by=county.desk)
    assert list_complaints(by=county.desk) == outbox(by=county.system) == []
    assert len(list_complaints(by=province.desk)) == len(outbox(by=province.system)) == 1


def test_h4_procurement_files_no_complaint_of_what_it_reads(county: Office, waits: Waits) -> None:
    sender = waits(county)
    with pytest.raises(NotPermitted):
        workflow.make_complaint(OFFICE, sender, last(county, sender), by=county.officer)


def test_h4_only_the_complaint_desk_lets_the_office_read_what_is_no_complaint(
    county: Office, waits: Waits
) -> None:
    sender = waits(county, Secrecy.CASE, "qq zz 几点上班")
    seen = last(county, sender, COMPLAINTS, county.desk)
    with pytest.raises(NotPermitted):
        workflow.pass_to_office(COMPLAINTS, sender, seen, by=county.officer)
    workflow.pass_to_office(COMPLAINTS, sender, seen, by=county.desk)
    (listed,) = queries.list_waiting(by=county.officer)
    assert (listed.desk, listed.text) == (OFFICE, "qq zz 几点上班")
    assert len(recorded(Event.CONVERSATION_PASSED, by=county.system)) == 1


def test_c5_a_sealed_message_can_only_be_asked_for_again(county: Office, waits: Waits) -> None:
    sender = waits(county, Secrecy.SEALED)
    conversation = queries.find_conversation(OFFICE, sender, by=county.officer)
    assert [line.text for line in conversation.lines] == [None]
    assert conversation.only_sealed
    with pytest.raises(RuleBroken, match="text_sealed"):
        workflow.answer(OFFICE, sender, "好", conversation.last, by=county.officer)
    workflow.ask_again(sender, by=county.officer)
    assert "send that again" in said(county)[1]
    with pytest.raises(WrongStage):
        workflow.ask_again(sender, by=county.officer)


def test_c5_what_can_be_read_is_not_asked_for_again(county: Office, waits: Waits) -> None:
    with pytest.raises(RuleBroken, match="text_not_sealed"):
        workflow.ask_again(waits(county), by=county.officer)


@pytest.mark.parametrize(
    ("subject", "shown"), [("contracts", 1), ("lots", 0), ("complaints", 0), ("evaluations", 0)]
)
def test_c5_receipts_and_cases_stand_in_their_own_rooms(
    county: Office, waits: Waits, subject: str, shown: int
) -> None:
    sender = waits(county)
    notify(sender, subject, by=county.system)
    lines = queries.find_conversation(OFFICE, sender, by=county.officer).lines
    assert len([line for line in lines if line.delivery]) == shown


def test_t7_showing_a_number_is_for_complaint_desks_and_is_recorded(county: Office, waits: Waits) -> None:
    sender = waits(county)
    with pytest.raises(NotPermitted):
        workflow.show_number(OFFICE, sender, by=county.officer)
    assert workflow.show_number(OFFICE, sender, by=county.desk) == "+8613800000001"
    (fact,) = recorded(Event.UNMASKED, by=county.system)
    assert (fact.actor_id, fact.subject_id) == (county.desk.id, str(sender))


def test_t7_an_erased_sender_cannot_be_answered_and_nothing_changes(county: Office, waits: Waits) -> None:
    sender = waits(county)
    erase(sender, by=county.system)
    with pytest.raises(RuleBroken, match="sender_gone"):
        workflow.answer(OFFICE, sender, "好", last(county, sender), by=county.officer)
    assert stored(sender, by=county.system)[0].handling is Handling.ATTENTION
    conversation = queries.find_conversation(OFFICE, sender, by=county.officer)
    assert (conversation.sender, {line.text for line in conversation.lines}) == ("—", {None})


def test_a_conversation_is_taken_handed_on_and_given_back(county: Office, waits: Waits) -> None:
    sender = waits(county)
    wang, li = (member(county, Role.PROCUREMENT_OFFICER, name=name) for name in ("wang", "li"))
    officer = works(county.officer, wang)
    workflow.take(OFFICE, sender, by=officer)
    (listed,) = queries.list_waiting(by=officer)
    assert listed.assignee == queries.Assignee(wang, "wang")
    assert [queries.count_waiting(by=works(officer, one)) for one in (wang, li)] == [1, 0]
    workflow.hand_to(OFFICE, sender, li, by=officer)
    assert [queries.count_waiting(by=works(officer, one)) for one in (wang, li)] == [0, 1]
    workflow.give_back(OFFICE, sender, by=officer)
    assert [queries.count_waiting(by=works(officer, one)) for one in (wang, li)] == [1, 1]
    kinds = (Event.CONVERSATION_TAKEN, Event.CONVERSATION_HANDED, Event.CONVERSATION_GIVEN_BACK)
    assert [len(recorded(kind, by=county.system)) for kind in kinds] == [1, 1, 1]


def test_h4_a_conversation_is_not_handed_to_who_may_not_read_it(
    county: Office, other_county: Office, waits: Waits
) -> None:
    sender = waits(county, Secrecy.CASE)
    officer = member(county, Role.PROCUREMENT_OFFICER, name="officer")
    stranger = member(other_county, Role.COMPLAINT_OFFICER, name="stranger")
    for nobody in (officer, stranger):
        with pytest.raises(RuleBroken, match="colleague_cannot"):
            workflow.hand_to(COMPLAINTS, sender, nobody, by=county.desk)
    desk = member(county, Role.COMPLAINT_OFFICER, name="desk")
    assert [one.id for one in queries.list_colleagues(COMPLAINTS, by=county.desk)] == [desk]


def test_usual_answers_are_kept_in_both_languages(county: Office, other_county: Office) -> None:
    kept = add_usual_answer("收到", "收到，谢谢。", "Received, thank you.", by=county.officer)
    assert (kept.words("zh"), kept.words("en")) == ("收到，谢谢。", "Received, thank you.")
    with pytest.raises(AlreadyDone, match="answer_exists"):
        add_usual_answer("收到", "好", "OK", by=county.desk)
    change_usual_answer(kept.id, name="收到", words_zh="收到。", words_en="Received.", by=county.desk)
    assert [one.words_zh for one in queries.list_usual_answers(by=county.officer)] == ["收到。"]
    assert queries.list_usual_answers(by=other_county.officer) == []
    drop_usual_answer(kept.id, by=county.officer)
    with pytest.raises(AlreadyDone, match="answer_dropped"):
        drop_usual_answer(kept.id, by=county.officer)
    add_usual_answer("收到", "好", "OK", by=county.officer)


def test_t2_the_neighbour_sees_nothing(county: Office, other_county: Office, waits: Waits) -> None:
    sender = waits(county)
    seen = last(county, sender)
    assert queries.list_waiting(by=other_county.officer) == queries.list_lately(by=other_county.officer) == []
    with pytest.raises(NotFound):
        workflow.answer(OFFICE, sender, "好", seen, by=other_county.officer)
    with pytest.raises(NotFound):
        queries.find_conversation(OFFICE, sender, by=other_county.officer)


def test_finance_and_administration_have_no_business_here(county: Office, waits: Waits) -> None:
    sender = waits(county)
    for nobody in (county.finance, county.administrator):
        with pytest.raises(NotPermitted):
            queries.list_waiting(by=nobody)
        with pytest.raises(NotPermitted):
            queries.find_conversation(OFFICE, sender, by=nobody)
