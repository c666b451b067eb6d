"""A machine that answers our answers, in the provider's own response, is not answered without end (S1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from channels.alarms import list_alarms
from channels.loops import MOST_REPLIES_ALIKE, MOST_SENDERS, Repetition
from channels.pacing import ALIKE_WITHIN
from tenants.actors import Actor
from tests.channels.test_inbox import stored
from tests.conftest import NOON, Clock, Office, Phone

Phones = Callable[[str, Office], Phone]
AWAY = "您好，我现在有事，稍后回复您"
ANSWERED = 1 + MOST_REPLIES_ALIKE
"""It is first asked whether it is a complaint; then it gets the same answer over and over."""


@pytest.fixture
def machine(phone: Phones, county: Office) -> Phone:
    """A phone that answers whatever it gets with the same words."""
    return phone("+8613800000001", county)


def test_s1_a_machine_that_answers_our_answers_is_answered_no_more_and_looked_after_once(
    machine: Phone, phone: Phones, county: Office
) -> None:
    heard = [machine.says(AWAY) for _ in range(ANSWERED + 3)]
    assert all(heard[:ANSWERED])
    assert heard[ANSWERED:] == [""] * 3
    assert len(stored(by=county.system)) == ANSWERED + 3
    for office in (county.system, Actor.system()):
        (alarm,) = list_alarms(by=office.as_system())
        assert (alarm.code, alarm.times, alarm.about_tenant_id) == ("said_too_often", 1, county.id)
    assert phone("+8613800000002", county).says(AWAY)
    assert machine.says("帮助")


def test_s1_it_is_answered_again_after_a_while(machine: Phone, clock: Clock) -> None:
    for _ in range(ANSWERED):
        machine.says(AWAY)
    assert machine.says(AWAY) == ""
    clock.advance(seconds=ALIKE_WITHIN.total_seconds() + 1)
    assert machine.says(AWAY)


def test_s1_only_the_same_words_with_the_same_answer_from_one_sender_in_a_row_are_counted() -> None:
    talk, one, other = Repetition(), uuid4(), uuid4()
    assert [talk.times(one, "帮助", "help", NOON) for _ in range(3)] == [1, 2, 3]
    assert talk.times(other, "帮助", "help", NOON) == 1
    assert talk.times(one, "帮助", "question", NOON) == 1
    assert talk.times(one, "进度", "question", NOON) == 1
    assert talk.times(one, "帮助", "help", NOON) == 1
    assert talk.times(one, "帮助", "help", NOON + ALIKE_WITHIN) == 2
    assert talk.times(one, "帮助", "help", NOON + ALIKE_WITHIN + timedelta(seconds=1)) == 1


def test_s1_a_process_keeps_no_more_senders_in_mind_than_it_has_room_for() -> None:
    talk, loud = Repetition(), uuid4()
    assert [talk.times(loud, "a", "b", NOON) for _ in range(2)] == [1, 2]
    for _ in range(MOST_SENDERS):
        talk.times(uuid4(), "a", "b", NOON)
    assert talk.times(loud, "a", "b", NOON) == 1
