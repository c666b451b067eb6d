"""Answering by hand, on a real database (S1, H4, C5)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from channels.contacts import erase
from channels.models import Delivery, Handling, InboundMessage, Lane, OutboundMessage, Secrecy
from channels.outbox import words_of
from service.attention import queries, workflow
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.refusals import NotFound, NotPermitted, RuleBroken, WrongStage
from tests.channels.conftest import outbox, recipient
from tests.conftest import Office

Waits = Callable[..., UUID]


@query(Permission.ATTENTION_READ)
def stored(message_id: UUID, *, by: Actor) -> InboundMessage:
    """The message as it is kept."""
    return db.session.get_one(InboundMessage, (by.tenant_id, message_id))


def said(office: Office) -> tuple[OutboundMessage, str]:
    """The one thing the office said, and its words."""
    (row,) = outbox(by=office.system)
    return row, words_of(row, recipient(row, by=office.system))


def test_an_answer_goes_back_to_the_sender_at_once_and_names_its_reference(
    county: Office, waits: Waits
) -> None:
    message = workflow.answer_message(waits(county), "请周一来办公室。", by=county.officer)
    row, words = said(county)
    assert row.lane is Lane.REPLY
    assert words == f"About your message {message.reference}: 请周一来办公室。"
    assert (message.handling, message.handled_by) == (Handling.ANSWERED, county.officer.id)
    assert queries.find_message(message.id, by=county.officer).answered is Delivery.QUEUED


def test_a_sender_is_always_masked(county: Office, waits: Waits) -> None:
    waits(county)
    (waiting,) = queries.list_waiting(by=county.officer)
    assert waiting.sender == "138****0001"
    assert waiting.text == "hmm zz"


def test_a_second_answer_is_refused(county: Office, waits: Waits) -> None:
    message_id = waits(county)
    workflow.close_message(message_id, by=county.officer)
    for again in (
        lambda: workflow.close_message(message_id, by=county.officer),
        lambda: workflow.answer_message(message_id, "好", by=county.officer),
    ):
        with pytest.raises(WrongStage):
            again()
    assert stored(message_id, by=county.system).handling is Handling.HANDLED


def test_h4_a_complaint_is_invisible_to_procurement(county: Office, waits: Waits) -> None:
    message_id = waits(county, Secrecy.CASE)
    assert queries.list_waiting(by=county.officer) == []
    assert queries.count_waiting(by=county.officer) == 0
    for look in (
        lambda: queries.find_message(message_id, by=county.officer),
        lambda: workflow.answer_message(message_id, "好", by=county.officer),
        lambda: workflow.close_message(message_id, by=county.officer),
    ):
        with pytest.raises(NotFound):
            look()
    assert queries.list_waiting(by=county.desk)[0].id == message_id


def test_c5_a_sealed_message_can_only_be_asked_for_again(county: Office, waits: Waits) -> None:
    message_id = waits(county, Secrecy.SEALED)
    assert queries.find_message(message_id, by=county.officer).text is None
    with pytest.raises(RuleBroken, match="text_sealed"):
        workflow.answer_message(message_id, "好", by=county.officer)
    workflow.ask_again(message_id, by=county.officer)
    _row, words = said(county)
    assert "send that again" in words


def test_c5_what_can_be_read_is_not_asked_for_again(county: Office, waits: Waits) -> None:
    with pytest.raises(RuleBroken, match="text_not_sealed"):
        workflow.ask_again(waits(county), by=county.officer)


def test_t7_an_erased_sender_cannot_be_answered_and_nothing_changes(county: Office, waits: Waits) -> None:
    message_id = waits(county)
    sender = stored(message_id, by=county.system).contact_id
    assert sender is not None
    erase(sender, by=county.system)
    with pytest.raises(RuleBroken, match="sender_gone"):
        workflow.answer_message(message_id, "好", by=county.officer)
    assert stored(message_id, by=county.system).handling is Handling.ATTENTION
    assert queries.find_message(message_id, by=county.officer).text is None


def test_t2_the_neighbour_sees_nothing(county: Office, other_county: Office, waits: Waits) -> None:
    message_id = waits(county)
    assert queries.list_waiting(by=other_county.officer) == []
    with pytest.raises(NotFound):
        workflow.answer_message(message_id, "好", by=other_county.officer)
    with pytest.raises(NotFound):
        queries.find_message(message_id, by=other_county.officer)


def test_finance_has_no_business_here(county: Office, waits: Waits) -> None:
    message_id = waits(county)
    with pytest.raises(NotPermitted):
        queries.list_waiting(by=county.finance)
    with pytest.raises(NotPermitted):
        workflow.answer_message(message_id, "好", by=county.administrator)
