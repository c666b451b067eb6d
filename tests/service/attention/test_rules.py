"""Who may read what waits for a person, one refusal at a time (S1, H4, C5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.models import Handling, Secrecy
from service.attention import rules
from tenants.actors import Actor, ActorKind
from tenants.permissions import Role
from tenants.refusals import NotFound, RuleBroken, WrongStage


def actor(*roles: Role) -> Actor:
    """A person with these roles."""
    return Actor(ActorKind.PERSON, 2, frozenset(roles), datetime.now(UTC))


def test_h4_complaints_are_listed_for_complaint_desks_only() -> None:
    assert Secrecy.CASE in rules.listed_for(actor(Role.COMPLAINT_OFFICER))
    assert Secrecy.CASE not in rules.listed_for(actor(Role.PROCUREMENT_OFFICER))
    with pytest.raises(NotFound):
        rules.require_listed(Secrecy.CASE, actor(Role.PROCUREMENT_OFFICER))
    rules.require_listed(Secrecy.CASE, actor(Role.COMPLAINT_OFFICER))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR])
def test_h4_who_only_looks_after_alarms_reads_no_message(role: Role) -> None:
    assert rules.listed_for(actor(role)) == ()


def test_c5_a_sealed_text_is_shown_to_nobody() -> None:
    assert not rules.shows_text(Secrecy.SEALED)
    with pytest.raises(RuleBroken, match="text_sealed"):
        rules.require_readable_text(Secrecy.SEALED)
    rules.require_readable_text(Secrecy.OPEN)


def test_c5_only_what_nobody_reads_is_asked_for_again() -> None:
    rules.require_sealed(Secrecy.SEALED)
    with pytest.raises(RuleBroken, match="text_not_sealed"):
        rules.require_sealed(Secrecy.OPEN)


@pytest.mark.parametrize("handling", [Handling.HANDLED, Handling.ANSWERED])
def test_s1_a_message_is_answered_once(handling: Handling) -> None:
    rules.require_waiting(Handling.ATTENTION)
    with pytest.raises(WrongStage):
        rules.require_waiting(handling)
