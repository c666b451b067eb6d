"""The rules of step 5 up to the opening, one refusal at a time (C1-C5, P6, R2, T4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.preparation.rules import PlanState, ProcurementMethod
from service.procurement import rules
from service.procurement.rules import CallState
from tenants.refusals import NotPermitted, RuleBroken, WrongStage

NOON = datetime(2026, 3, 4, 4, tzinfo=UTC)
FOUR = [uuid4() for _ in range(4)]


def test_c1_a_call_has_packages_of_one_method() -> None:
    quotation = ProcurementMethod.QUOTATION
    assert rules.require_one_method([quotation, quotation]) is quotation
    with pytest.raises(RuleBroken, match="methods_differ"):
        rules.require_one_method([quotation, ProcurementMethod.OPEN_TENDER])
    with pytest.raises(RuleBroken, match="packages_missing"):
        rules.require_one_method([])


def test_c1_every_package_is_finished() -> None:
    rules.require_ready([])
    with pytest.raises(RuleBroken, match="package_not_ready"):
        rules.require_ready([3])


@pytest.mark.parametrize("state", [None, PlanState.DRAFT, PlanState.SUBMITTED, PlanState.SUPERSEDED])
def test_c1_every_package_stands_in_an_approved_plan(state: PlanState | None) -> None:
    rules.require_planned([(1, PlanState.APPROVED), (2, PlanState.PUBLISHED)])
    with pytest.raises(RuleBroken, match="package_not_planned") as refused:
        rules.require_planned([(1, PlanState.APPROVED), (2, state)])
    assert refused.value.facts == {"number": 2}


def test_c1_p11_a_regulation_is_in_force() -> None:
    assert rules.require_regulation_in_force("the regulation") == "the regulation"
    with pytest.raises(RuleBroken, match="regulation_missing"):
        rules.require_regulation_in_force(None)


def test_c1_a_package_stands_in_one_call_at_a_time() -> None:
    rules.require_not_called([])
    with pytest.raises(RuleBroken, match="already_called"):
        rules.require_not_called([7])


def test_c2_there_are_ten_full_days_to_bid() -> None:
    rules.require_time_to_bid(NOON, NOON + timedelta(days=10), 10)
    with pytest.raises(RuleBroken, match="deadline_too_soon") as refused:
        rules.require_time_to_bid(NOON, NOON + timedelta(days=10, seconds=-1), 10)
    assert refused.value.facts["earliest"] == NOON + timedelta(days=10)


def test_c2_even_a_demo_office_has_its_deadline_ahead() -> None:
    rules.require_time_to_bid(NOON, NOON + timedelta(seconds=1), 0)
    with pytest.raises(RuleBroken, match="deadline_too_soon"):
        rules.require_time_to_bid(NOON, NOON, 0)


def test_c3_questions_close_three_days_before_the_deadline_and_not_before_they_began() -> None:
    deadline = NOON + timedelta(days=10)
    assert rules.questions_until(NOON, deadline, 3) == NOON + timedelta(days=7)
    assert rules.questions_until(NOON, NOON + timedelta(seconds=5), 3) == NOON


@pytest.mark.parametrize(
    ("method", "chosen", "potential", "code"),
    [
        (ProcurementMethod.QUOTATION, 2, 3, "audience_too_small"),
        (ProcurementMethod.QUOTATION, 0, 0, "audience_too_small"),
        (ProcurementMethod.INVITED_TENDER, 2, 2, "audience_too_small"),
        (ProcurementMethod.NEGOTIATION, 0, 4, "audience_too_small"),
        (ProcurementMethod.LONG_TERM, 0, 4, "audience_too_small"),
        (ProcurementMethod.LONG_TERM, 3, 4, "audience_too_large"),
    ],
)
def test_p6_an_audience_that_the_method_does_not_allow_is_refused(
    method: ProcurementMethod, chosen: int, potential: int, code: str
) -> None:
    with pytest.raises(RuleBroken, match=code):
        rules.audience(method, FOUR[:chosen], FOUR, FOUR[:potential])


@pytest.mark.parametrize(
    ("method", "chosen", "potential"),
    [
        (ProcurementMethod.QUOTATION, 3, 4),
        (ProcurementMethod.QUOTATION, 2, 2),
        (ProcurementMethod.QUOTATION, 1, 0),
        (ProcurementMethod.INVITED_TENDER, 3, 3),
        (ProcurementMethod.NEGOTIATION, 1, 4),
        (ProcurementMethod.LONG_TERM, 2, 4),
    ],
)
def test_p6_the_chosen_are_the_audience(method: ProcurementMethod, chosen: int, potential: int) -> None:
    assert rules.audience(method, FOUR[:chosen][::-1], FOUR, FOUR[:potential]) == FOUR[:chosen]


def test_p6_an_open_tender_is_for_every_registered_organization() -> None:
    assert rules.audience(ProcurementMethod.OPEN_TENDER, [], FOUR, []) == FOUR


def test_p6_nobody_is_asked_who_is_not_registered() -> None:
    with pytest.raises(RuleBroken, match="audience_unknown"):
        rules.audience(ProcurementMethod.QUOTATION, [*FOUR[:3], uuid4()], FOUR, FOUR)


def test_p6_only_the_audience_bids_except_in_an_open_tender() -> None:
    rules.require_addressed(ProcurementMethod.QUOTATION, True)
    rules.require_addressed(ProcurementMethod.OPEN_TENDER, False)
    with pytest.raises(NotPermitted, match="not_addressed"):
        rules.require_addressed(ProcurementMethod.QUOTATION, False)


def test_r2_an_organization_of_the_office_does_not_take_part() -> None:
    rules.require_independent(False)
    with pytest.raises(RuleBroken, match="controlled_by_office"):
        rules.require_independent(True)


@pytest.mark.parametrize("state", [state for state in CallState if state is not CallState.PUBLISHED])
def test_c4_bids_are_taken_while_a_call_is_published(state: CallState) -> None:
    rules.require_open_for_bids(CallState.PUBLISHED)
    with pytest.raises(
        WrongStage, match="call_cancelled" if state is CallState.CANCELLED else "call_not_open"
    ):
        rules.require_open_for_bids(state)


def test_c4_the_very_moment_of_the_deadline_is_in_time() -> None:
    assert not rules.is_late(NOON, NOON)
    assert rules.is_late(NOON, NOON + timedelta(microseconds=1))


def test_c5_bids_stay_sealed_until_the_deadline_has_passed() -> None:
    rules.require_past_deadline(NOON, NOON + timedelta(seconds=1))
    with pytest.raises(RuleBroken, match="too_early"):
        rules.require_past_deadline(NOON, NOON)


def test_t4_one_person_gives_one_word() -> None:
    rules.require_new_word([FOUR[0]], FOUR[1])
    with pytest.raises(NotPermitted, match="two_persons"):
        rules.require_new_word([FOUR[0]], FOUR[0])


@pytest.mark.parametrize("consents", [[], [FOUR[0]]])
def test_t4_the_opening_needs_another_person(consents: Sequence[UUID]) -> None:
    with pytest.raises(NotPermitted, match="second_officer_missing"):
        rules.require_two_officers(consents, FOUR[0], [])


def test_t4_a_program_opens_nothing() -> None:
    with pytest.raises(NotPermitted, match="second_officer_missing"):
        rules.require_two_officers([FOUR[0]], None, [])


def test_t4_one_of_the_two_did_not_prepare_the_call() -> None:
    rules.require_two_officers([FOUR[0]], FOUR[1], [FOUR[0]])
    rules.require_two_officers([FOUR[0]], FOUR[1], [FOUR[1]])
    with pytest.raises(NotPermitted, match="two_preparers"):
        rules.require_two_officers([FOUR[0]], FOUR[1], [FOUR[0], FOUR[1]])


BID: dict[str, Any] = {
    "price": "18000.00",
    "texts": {},
    "nonce": "00ff",
    "lot": 3,
    "organization": str(FOUR[0]),
}


def test_c5_the_digest_has_64_bits_of_sha_256_over_the_bid_with_its_nonce() -> None:
    written = rules.canonical(BID)
    assert written == (
        '{"lot":3,"nonce":"00ff","organization":"' + str(FOUR[0]) + '","price":"18000.00","texts":{}}'
    )
    assert rules.digest_of(BID) == sha256(written.encode()).hexdigest()[:16]


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=4))
def test_c5_the_order_of_the_answers_does_not_change_the_digest(texts: dict[str, str]) -> None:
    turned = {"texts": dict(reversed(texts.items()))}
    assert rules.digest_of(BID | {"texts": texts}) == rules.digest_of(turned | BID | turned)


def test_c5_a_bid_that_is_not_the_one_of_its_receipt_is_not_genuine() -> None:
    digest = rules.digest_of(BID)
    assert rules.is_genuine(BID, digest, 3, FOUR[0])
    assert not rules.is_genuine(BID | {"price": "17000.00"}, digest, 3, FOUR[0])
    assert not rules.is_genuine(BID, digest, 4, FOUR[0])
    assert not rules.is_genuine(BID, digest, 3, FOUR[1])


def test_c4_only_a_quotation_is_given_wholly_by_message() -> None:
    rules.require_given_by_message(ProcurementMethod.QUOTATION)
    with pytest.raises(RuleBroken, match="form_needed"):
        rules.require_given_by_message(ProcurementMethod.OPEN_TENDER)
