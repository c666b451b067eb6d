"""Who may read and answer which conversation, one refusal at a time (S1, H4, C5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from channels.models import Handling, Secrecy
from service.conversations import rules
from service.conversations.rules import Desk
from tenants.actors import Actor, ActorKind
from tenants.identifiers import new_id
from tenants.permissions import Role, permissions_of
from tenants.refusals import AlreadyDone, NotFound, RuleBroken, WrongStage


def actor(*roles: Role) -> Actor:
    """A person with these roles."""
    return Actor(ActorKind.PERSON, 2, frozenset(roles), datetime.now(UTC))


def test_h4_complaints_are_read_at_complaint_desks_only() -> None:
    assert rules.desks_of(actor(Role.COMPLAINT_OFFICER)) == (Desk.OFFICE, Desk.COMPLAINTS)
    assert rules.desks_of(actor(Role.PROCUREMENT_OFFICER)) == (Desk.OFFICE,)
    with pytest.raises(NotFound):
        rules.require_desk(Desk.COMPLAINTS, actor(Role.PROCUREMENT_OFFICER))
    rules.require_desk(Desk.COMPLAINTS, actor(Role.COMPLAINT_OFFICER))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR, Role.OVERSEER, Role.FINANCE_OFFICER])
def test_h4_who_answers_nobody_reads_no_conversation(role: Role) -> None:
    assert rules.desks_of(actor(role)) == ()


def test_c5_a_sealed_text_is_shown_to_nobody_and_not_answered_blindly() -> None:
    assert not rules.shows_text(Secrecy.SEALED)
    rules.require_readable([Secrecy.SEALED, Secrecy.OPEN])
    rules.require_readable([])
    with pytest.raises(RuleBroken, match="text_sealed"):
        rules.require_readable([Secrecy.SEALED])


def test_c5_only_what_nobody_reads_is_asked_for_again() -> None:
    rules.require_sealed([Secrecy.OPEN, Secrecy.SEALED])
    with pytest.raises(RuleBroken, match="text_not_sealed"):
        rules.require_sealed([Secrecy.OPEN])


def test_s5_who_wants_no_messages_is_answered_and_otherwise_left_alone() -> None:
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=2)
    rules.require_welcome(True, True, long_ago, now)
    rules.require_welcome(True, False, now - timedelta(hours=23), now)
    rules.require_welcome(False, False, long_ago, now)
    with pytest.raises(RuleBroken, match="wants_no_messages"):
        rules.require_welcome(True, False, long_ago, now)


def test_h1_a_complaint_has_words() -> None:
    assert rules.require_words("路没修好") == "路没修好"
    with pytest.raises(RuleBroken, match="sender_gone"):
        rules.require_words("")


def test_h4_the_office_is_not_given_what_it_reads_already() -> None:
    rules.require_at_complaint_desk(Desk.COMPLAINTS)
    with pytest.raises(AlreadyDone, match="office_has_it"):
        rules.require_at_complaint_desk(Desk.OFFICE)


def test_s1_an_answer_to_what_was_not_read_is_refused() -> None:
    seen = new_id()
    rules.require_unmoved(seen, seen)
    with pytest.raises(RuleBroken, match="conversation_moved"):
        rules.require_unmoved(seen, new_id())


def test_s1_what_is_settled_is_not_closed_again() -> None:
    rules.require_waiting([Handling.ANSWERED, Handling.ATTENTION])
    with pytest.raises(WrongStage, match="nothing_waits"):
        rules.require_waiting([Handling.HANDLED, Handling.ANSWERED])


@pytest.mark.parametrize(
    ("desk", "role", "may"),
    [
        (Desk.OFFICE, Role.PROCUREMENT_OFFICER, True),
        (Desk.OFFICE, Role.FINANCE_OFFICER, False),
        (Desk.COMPLAINTS, Role.COMPLAINT_OFFICER, True),
        (Desk.COMPLAINTS, Role.PROCUREMENT_OFFICER, False),
    ],
)
def test_h4_a_conversation_is_handed_only_to_who_may_read_it(desk: Desk, role: Role, may: bool) -> None:
    permissions = permissions_of(frozenset({role}))
    if may:
        rules.require_colleague(desk, permissions)
    else:
        with pytest.raises(RuleBroken, match="colleague_cannot"):
            rules.require_colleague(desk, permissions)


def test_t6_a_dropped_answer_is_not_changed() -> None:
    rules.require_in_use(None)
    with pytest.raises(AlreadyDone, match="answer_dropped"):
        rules.require_in_use(datetime.now(UTC))


def test_t5_a_link_to_a_form_is_not_shown_to_officers() -> None:
    shown = rules.without_links("请从这里继续：https://qiao.example/f/abc?x=1 谢谢")
    assert shown == "请从这里继续：… 谢谢"


def test_h4_an_answer_goes_to_none_but_the_person_s_own_addresses() -> None:
    own, stranger = new_id(), new_id()
    assert rules.require_own(own, {own}) == own
    for other in (stranger, None):
        with pytest.raises(NotFound):
            rules.require_own(other, {own})


def test_h3_who_left_no_words_at_a_desk_is_not_joined_there() -> None:
    rules.require_wrote_here([True, True])
    with pytest.raises(RuleBroken, match="not_written_here"):
        rules.require_wrote_here([True, False])


def test_s8_a_conversation_goes_only_to_an_office_that_its_number_serves() -> None:
    rules.require_served(3, (3, 4))
    with pytest.raises(NotFound):
        rules.require_served(9, (3, 4))
    with pytest.raises(NotFound):
        rules.require_served(3, ())
