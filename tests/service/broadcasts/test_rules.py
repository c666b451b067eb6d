"""The rules of broadcasts, one by one (S6, T4, T7, D3)."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from channels.models import Delivery
from service.broadcasts import rules
from service.broadcasts.rules import (
    AudienceKind,
    require_agreement,
    require_another,
    require_complete,
    require_left_to_send,
    require_may_grade,
    require_somebody,
)
from tenants.actors import Actor, ActorKind
from tenants.permissions import Role
from tenants.refusals import NotPermitted, RuleBroken, WrongStage
from tests.conftest import NOON


def person(*roles: Role) -> Actor:
    """Somebody with these roles."""
    return Actor(ActorKind.PERSON, 7, frozenset(roles), NOON, id=uuid4())


@pytest.mark.parametrize("kind", list(rules.NEEDED))
def test_s6_an_audience_says_whom_it_means(kind: AudienceKind) -> None:
    with pytest.raises(RuleBroken, match="audience_incomplete"):
        require_complete(kind, {})
    require_complete(kind, {rules.NEEDED[kind]: "x"})
    require_complete(AudienceKind.ORGANIZATIONS, {})


def test_d3_only_who_may_read_categories_chooses_by_them() -> None:
    with pytest.raises(NotPermitted):
        require_may_grade({"capacity": "c"}, person(Role.ADMINISTRATOR))
    require_may_grade({"capacity": "c"}, person(Role.PROCUREMENT_OFFICER))
    require_may_grade({"place": "石板乡"}, person(Role.ADMINISTRATOR))


def test_d3_who_may_not_read_categories_does_not_see_that_one_was_chosen() -> None:
    chosen = {"capacity": "c", "place": "石板乡"}
    assert rules.readable_filters(chosen, person(Role.ADMINISTRATOR)) == {"place": "石板乡"}
    assert rules.readable_filters(chosen, person(Role.APPROVER)) == chosen


def test_filters_that_do_not_fit_the_audience_are_left_out() -> None:
    given = {"township": "石板乡", "capacity": "c", "village": None, "focal_point": True}
    assert rules.chosen_filters(AudienceKind.TOWNSHIP, given) == {"township": "石板乡"}


def test_s6_what_has_left_for_everybody_is_neither_held_nor_ended() -> None:
    with pytest.raises(WrongStage, match="broadcast_over"):
        require_left_to_send(True)
    require_left_to_send(False)


def test_s6_nobody_gets_no_broadcast() -> None:
    with pytest.raises(RuleBroken, match="nobody_reached"):
        require_somebody(0)
    require_somebody(1)


@pytest.mark.parametrize(
    ("parts", "used", "budget", "above"), [(10, 90, 100, False), (11, 90, 100, True), (1, 0, 0, True)]
)
def test_s6_the_budget_is_the_months(parts: int, used: int, budget: int, above: bool) -> None:
    assert rules.exceeds_budget(parts, used, budget) is above


def test_s6_cost_is_parts_times_price_in_fen() -> None:
    assert rules.cost_of(3, Decimal("0.045")) == Decimal("0.14")


def test_t4_who_wrote_or_submitted_it_does_not_approve_it() -> None:
    one, other = uuid4(), uuid4()
    for first in ((one, None), (None, one)):
        with pytest.raises(NotPermitted, match="own_preparation"):
            require_another(one, first)
    with pytest.raises(NotPermitted, match="own_preparation"):
        require_another(None, (one,))
    require_another(other, (one, None))


def test_t7_only_people_who_agreed_are_listed() -> None:
    with pytest.raises(RuleBroken, match="agreement_missing"):
        require_agreement(False)
    require_agreement(True)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("13800001111", ("13800001111", None)),
        ("13800001111 李 明", ("13800001111", "李 明")),
        ("13800001111\u3000李明", ("13800001111", "李明")),
    ],
)
def test_a_line_of_the_address_book_is_a_number_and_perhaps_a_name(
    line: str, read: tuple[str, str | None]
) -> None:
    assert rules.number_and_name(line) == read


@pytest.mark.parametrize(
    ("states", "percent"),
    [
        ({Delivery.QUEUED: 1, Delivery.SENDING: 1, Delivery.SENT: 1, Delivery.FAILED: 1}, 50),
        ({Delivery.DELIVERED: 2, Delivery.STOPPED: 3}, 40),
        ({Delivery.SENT: 3, Delivery.EXPIRED: 1}, 75),
        ({Delivery.SENT: 1, Delivery.QUEUED: 1, Delivery.SUPPRESSED: 7, Delivery.UNREACHABLE: 1}, 50),
        ({Delivery.SUPPRESSED: 2}, 100),
        ({}, 100),
    ],
)
def test_progress_counts_for_whom_it_left_of_all_who_were_to_get_it(
    states: dict[Delivery, int], percent: int
) -> None:
    assert rules.progress(states) == percent
