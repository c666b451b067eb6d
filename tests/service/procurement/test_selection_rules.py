"""The rules between opening and approval, one refusal at a time (C6, C8-C11, C13, C14, T4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.difficulty.rules import Difficulty
from service.organizations.rules import Capacity
from service.preparation.rules import ProcurementMethod
from service.procurement import selection_rules as rules
from service.procurement.rules import ExclusionGround
from service.procurement.selection_rules import (
    CRITICAL,
    Candidate,
    Indicator,
    Revision,
    Settled,
    Verdict,
    View,
)
from tenants.refusals import AlreadyDone, NotPermitted, RuleBroken

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)
QUOTATION, TENDER, NEGOTIATION = (
    ProcurementMethod.QUOTATION,
    ProcurementMethod.OPEN_TENDER,
    ProcurementMethod.NEGOTIATION,
)


def view(satisfies: bool = True, default: Verdict = Verdict.GOOD, **verdicts: Verdict) -> View:
    """A reviewer's view: ``default`` on every indicator that is not named."""
    return View({one: verdicts.get(one.value, default) for one in Indicator}, satisfies)


def bid(price: int, *views: View, digest: str = "") -> Candidate:
    """A bid of ``price`` yuan, reviewed well twice unless told otherwise."""
    return Candidate(uuid4(), Decimal(price), digest or uuid4().hex[:16], views or (view(), view()))


def order(method: ProcurementMethod, *bids: Candidate, seed: str = "seed", close: int = 5) -> list[UUID]:
    """Who comes first, second…"""
    return [one.bid_id for one in rules.rank(method, bids, seed=seed, close_percent=close)]


@pytest.mark.parametrize(
    ("capacity", "able"),
    [
        (None, []),
        (Capacity.A, [Difficulty.EASY]),
        (Capacity.B, [Difficulty.EASY, Difficulty.REGULAR]),
        (Capacity.C, list(Difficulty)),
    ],
)
def test_c6_graduated_procurement_gives_each_category_its_tasks(
    capacity: Capacity | None, able: list[Difficulty]
) -> None:
    assert [one for one in Difficulty if rules.is_experienced(capacity, one)] == able


def test_c6_there_are_four_grounds_and_neither_being_foreign_nor_imperfect_paper_is_one() -> None:
    assert {ground.value for ground in ExclusionGround} == {
        "scope_not_accepted",
        "disqualified",
        "documents",
        "experience",
    }


def test_c6_a_bid_is_not_admitted_against_graduated_procurement() -> None:
    rules.require_screening(None, None, experienced=True, revision=Revision.NOT_ASKED)
    with pytest.raises(RuleBroken, match="experience_not_shown"):
        rules.require_screening(None, None, experienced=False, revision=Revision.NOT_ASKED)


def test_c6_experience_is_no_ground_where_the_record_shows_it() -> None:
    rules.require_screening(ExclusionGround.EXPERIENCE, None, experienced=False, revision=Revision.NOT_ASKED)
    with pytest.raises(RuleBroken, match="experience_is_shown"):
        rules.require_screening(
            ExclusionGround.EXPERIENCE, "x", experienced=True, revision=Revision.NOT_ASKED
        )


def test_c6_documents_are_a_ground_only_after_a_request_for_revision() -> None:
    rules.require_screening(ExclusionGround.DOCUMENTS, "缺预算", experienced=True, revision=Revision.OVER)
    with pytest.raises(RuleBroken, match="revision_not_requested"):
        rules.require_screening(
            ExclusionGround.DOCUMENTS, "缺", experienced=True, revision=Revision.NOT_ASKED
        )


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [
        (None, None, Revision.NOT_ASKED),
        (1, None, Revision.RUNNING),
        (13, 12, Revision.OVER),
        (12, 13, Revision.RUNNING),
        (14, None, Revision.OVER),
    ],
)
def test_c6_a_request_runs_until_it_is_answered_or_its_link_has_run_out(
    asked: int | None, answered: int | None, expected: Revision
) -> None:
    """``asked`` and ``answered``: how many days ago."""
    since, then = (None if days is None else NOW - timedelta(days=days) for days in (asked, answered))
    assert rules.revision_of(since, then, NOW, life=timedelta(days=14)) is expected


def test_c6_nobody_is_excluded_while_a_request_runs() -> None:
    with pytest.raises(RuleBroken, match="revision_running"):
        rules.require_screening(ExclusionGround.DOCUMENTS, "缺", experienced=True, revision=Revision.RUNNING)


def test_c6_the_same_is_asked_again_only_once_it_cannot_be_answered_any_more() -> None:
    rules.require_new_request(Revision.OVER, "预算", "预算")
    rules.require_new_request(Revision.RUNNING, "预算", "签字")
    with pytest.raises(AlreadyDone, match="documents_asked_before"):
        rules.require_new_request(Revision.RUNNING, "预算", "预算")


def test_c9_the_same_choice_is_made_once() -> None:
    one, two = uuid4(), uuid4()
    rules.require_other_choice((one, "最低"), (two, "最低"))
    rules.require_other_choice((one, "最低"), (one, "价格最低"))
    with pytest.raises(AlreadyDone, match="selected_before"):
        rules.require_other_choice((one, "最低"), (one, "最低"))


def test_t4_only_who_had_no_hand_in_a_result_has_free_hands() -> None:
    one, two = uuid4(), uuid4()
    assert rules.has_free_hands(one, {two})
    assert not rules.has_free_hands(one, {one, two})
    assert not rules.has_free_hands(None, {two})


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_c6_an_exclusion_has_a_reason(reason: str | None) -> None:
    with pytest.raises(RuleBroken, match="exclusion_reason_missing"):
        rules.require_screening(
            ExclusionGround.DISQUALIFIED, reason, experienced=True, revision=Revision.NOT_ASKED
        )


def test_c8_there_are_five_indicators_and_the_first_three_are_critical() -> None:
    assert len(Indicator) == 5
    assert list(CRITICAL) == list(Indicator)[:3]
    assert set(rules.SECONDARY) == set(Indicator) - set(CRITICAL)


ALL_GOOD = dict.fromkeys((one.value for one in Indicator), "good")


def test_c8_a_review_judges_the_five_indicators_and_nothing_else_with_a_reason() -> None:
    rules.require_complete_review(ALL_GOOD, "去过现场")
    with pytest.raises(RuleBroken, match="indicator_unknown"):
        rules.require_complete_review({**ALL_GOOD, "writing_style": "good"}, "文笔好")
    with pytest.raises(RuleBroken, match="indicators_incomplete"):
        rules.require_complete_review({"plan_targets": "good"}, "去过现场")
    with pytest.raises(RuleBroken, match="review_reason_missing"):
        rules.require_complete_review(ALL_GOOD, " ")


def test_c9_nobody_reviews_a_bid_twice() -> None:
    one, two = uuid4(), uuid4()
    rules.require_first_review(one, [two])
    with pytest.raises(AlreadyDone, match="already_reviewed"):
        rules.require_first_review(one, [two, one])


@pytest.mark.parametrize("indicator", Indicator)
def test_c8_failing_a_critical_indicator_removes_a_bid_and_another_does_not(indicator: Indicator) -> None:
    judged = bid(100, view(), view(**{indicator.value: Verdict.FAILS}))
    assert judged.passes is (indicator not in CRITICAL)


def test_c9_one_reviewer_who_finds_the_scope_of_work_unsatisfied_removes_a_bid() -> None:
    cheap, dear = bid(10, view(), view(satisfies=False)), bid(90)
    assert order(QUOTATION, cheap, dear) == [dear.bid_id]


def test_c9_a_bid_nobody_reviewed_does_not_pass() -> None:
    assert not Candidate(uuid4(), Decimal(1), "d").passes


def test_c9_a_quotation_goes_to_the_lowest_price_however_well_others_are_reviewed() -> None:
    cheap = bid(17500, view(default=Verdict.ADEQUATE))
    brilliant = bid(18000, view(default=Verdict.EXCELLENT))
    assert order(QUOTATION, brilliant, cheap) == [cheap.bid_id, brilliant.bid_id]


def test_c14_equal_prices_go_to_the_better_reviewed() -> None:
    good, better = bid(18000), bid(18000, view(default=Verdict.EXCELLENT))
    assert order(QUOTATION, good, better) == [better.bid_id, good.bid_id]


def test_c14_what_is_still_equal_is_drawn_and_anybody_can_repeat_the_draw() -> None:
    first, second = bid(18000, digest="aaaa"), bid(18000, digest="bbbb")
    seed = sha256(b"7\naaaa\nbbbb").hexdigest()
    assert rules.draw_seed(7, ["bbbb", "aaaa"]) == seed
    winner = min((first, second), key=lambda one: sha256(f"{seed}\n{one.digest}".encode()).hexdigest())
    assert order(QUOTATION, first, second, seed=seed)[0] == winner.bid_id
    assert order(QUOTATION, second, first, seed=seed)[0] == winner.bid_id


def test_c14_the_draw_favours_nobody_over_many_calls() -> None:
    first, second = bid(1, digest="aaaa"), bid(1, digest="bbbb")
    wins = sum(
        order(QUOTATION, first, second, seed=rules.draw_seed(call, ["aaaa", "bbbb"]))[0] == first.bid_id
        for call in range(200)
    )
    assert 70 < wins < 130


def test_c9_a_tender_goes_to_the_best_reviewed_and_at_the_same_quality_to_the_lowest_price() -> None:
    plain, best = bid(10, view(default=Verdict.ADEQUATE)), bid(90, view(default=Verdict.EXCELLENT))
    dearer = bid(95, view(default=Verdict.EXCELLENT))
    assert order(TENDER, plain, dearer, best) == [best.bid_id, dearer.bid_id, plain.bid_id]


def test_c8_close_rankings_are_settled_by_the_last_two_indicators_alone() -> None:
    weak_end = view(default=Verdict.EXCELLENT, enablers=Verdict.GOOD)
    strong_end = view(default=Verdict.EXCELLENT, plan_targets=Verdict.GOOD)
    ahead = bid(50, view(default=Verdict.EXCELLENT), weak_end, weak_end)
    close = bid(60, strong_end, strong_end, strong_end)
    assert ahead.score() > close.score()
    assert order(TENDER, ahead, close, close=10)[0] == close.bid_id
    assert order(TENDER, ahead, close, close=0)[0] == ahead.bid_id


prices = st.lists(st.integers(1, 50), min_size=1, max_size=8)


@given(prices)
def test_c9_no_passing_bid_is_lost_and_the_order_of_arrival_decides_nothing(amounts: list[int]) -> None:
    bids = [bid(amount, digest=f"{number:04}") for number, amount in enumerate(amounts)]
    for method in ProcurementMethod:
        ranked = order(method, *bids)
        assert sorted(ranked) == sorted(one.bid_id for one in bids)
        assert ranked == order(method, *reversed(bids))


def test_c10_a_loser_learns_what_decided() -> None:
    winner, dear, failed = bid(10), bid(20), bid(5, view(satisfies=False))
    equal, worse = bid(10, digest="0"), bid(10, view(default=Verdict.ADEQUATE))
    bids = [winner, dear, failed, equal, worse]

    def why(loser: Candidate, method: ProcurementMethod = QUOTATION) -> Settled:
        return rules.why_not(method, winner.bid_id, loser.bid_id, bids, seed="s", close_percent=5)

    assert why(dear) is Settled.PRICE
    assert why(failed) is Settled.NOT_PASSED
    assert why(worse) is Settled.REVIEW
    assert why(dear, NEGOTIATION) is Settled.SUITABILITY
    first, second = order(QUOTATION, winner, equal)
    assert rules.why_not(QUOTATION, first, second, bids, seed="seed", close_percent=5) is Settled.DRAW


def test_c6_nothing_is_selected_while_bids_wait_for_screening() -> None:
    rules.require_all_screened(0)
    with pytest.raises(RuleBroken, match="bids_unscreened"):
        rules.require_all_screened(1)


@pytest.mark.parametrize(("method", "needed"), [(QUOTATION, 2), (NEGOTIATION, 2), (TENDER, 4)])
def test_c9_every_bid_has_its_named_reviewers(method: ProcurementMethod, needed: int) -> None:
    enough, too_few = bid(1, *[view()] * needed), bid(2, *[view()] * (needed - 1))
    rules.require_reviewers(method, [enough])
    with pytest.raises(RuleBroken, match="reviews_missing"):
        rules.require_reviewers(method, [enough, too_few])


def test_c13_one_bid_alone_wins_no_competition() -> None:
    rules.require_competition(QUOTATION, 2)
    rules.require_competition(NEGOTIATION, 1)
    with pytest.raises(RuleBroken, match="one_bid"):
        rules.require_competition(QUOTATION, 1)


def test_c9_quotations_leave_no_choice_and_negotiations_need_a_reason() -> None:
    first, second, outsider = bid(1), bid(2), uuid4()
    ranking = [first, second]
    rules.require_right_choice(QUOTATION, ranking, first.bid_id, "价格最低")
    rules.require_right_choice(NEGOTIATION, ranking, second.bid_id, "更熟悉当地")
    with pytest.raises(RuleBroken, match="not_first"):
        rules.require_right_choice(QUOTATION, ranking, second.bid_id, "喜欢")
    with pytest.raises(RuleBroken, match="not_in_ranking"):
        rules.require_right_choice(NEGOTIATION, ranking, outsider, "喜欢")
    with pytest.raises(RuleBroken, match="selection_reason_missing"):
        rules.require_right_choice(NEGOTIATION, ranking, second.bid_id, " ")


@pytest.mark.parametrize(
    ("method", "bids", "waiting", "ranked", "possible"),
    [
        (QUOTATION, 0, 0, 0, False),
        (QUOTATION, 1, 1, 1, False),
        (QUOTATION, 2, 0, 1, True),
        (QUOTATION, 2, 1, 0, True),
        (QUOTATION, 3, 0, 0, False),
        (NEGOTIATION, 1, 0, 1, True),
        (NEGOTIATION, 0, 0, 0, False),
    ],
)
def test_c13_a_lot_can_be_awarded_while_a_lawful_winner_is_possible(
    method: ProcurementMethod, bids: int, waiting: int, ranked: int, possible: bool
) -> None:
    ranking = [bid(1) for _ in range(ranked)]
    assert rules.can_be_awarded(method, bids, waiting, ranking) is possible


def test_c13_a_call_that_can_have_a_winner_is_not_given_up_and_none_without_a_reason() -> None:
    rules.require_failed([False, False], "无人报价")
    with pytest.raises(RuleBroken, match="winner_possible"):
        rules.require_failed([False, True], "不想要")
    with pytest.raises(RuleBroken, match="failure_reason_missing"):
        rules.require_failed([False], " ")


def test_c10_a_result_is_published_whole() -> None:
    rules.require_every_lot_decided([True, False], [True, False])
    with pytest.raises(RuleBroken, match="lots_undecided"):
        rules.require_every_lot_decided([True, True], [True, False])
    with pytest.raises(RuleBroken, match="nothing_awarded"):
        rules.require_every_lot_decided([False], [False])


def test_c11_an_objection_within_the_standstill_blocks_and_a_later_one_flags() -> None:
    assert rules.is_in_time(NOW, None)
    assert rules.is_in_time(NOW, NOW)
    assert not rules.is_in_time(NOW + timedelta(seconds=1), NOW)


def test_c11_nothing_is_approved_within_the_standstill_or_while_objections_are_open() -> None:
    rules.require_approvable(NOW + timedelta(seconds=1), NOW, 0)
    with pytest.raises(RuleBroken, match="standstill_running"):
        rules.require_approvable(NOW, NOW, 0)
    with pytest.raises(RuleBroken, match="holds_open"):
        rules.require_approvable(NOW + timedelta(days=1), NOW, 2)


def test_t4_an_approver_had_no_hand_in_the_result() -> None:
    mine, other = uuid4(), uuid4()
    rules.require_other_hands(mine, [other, None])
    with pytest.raises(NotPermitted, match="own_preparation"):
        rules.require_other_hands(mine, [other, mine])
    with pytest.raises(NotPermitted, match="own_preparation"):
        rules.require_other_hands(None, [other])


def test_c11_a_result_is_returned_with_reasons() -> None:
    rules.require_return_reason("评审理由不足")
    with pytest.raises(RuleBroken, match="return_reason_missing"):
        rules.require_return_reason("")


def test_c7_c9_a_bid_waits_for_a_reviewer_until_it_has_enough_or_that_one_saw_it() -> None:
    me, others = uuid4(), [uuid4() for _ in range(4)]
    assert [rules.reviewers_needed(method) for method in (QUOTATION, ProcurementMethod.OPEN_TENDER)] == [2, 4]
    assert rules.awaits_review(QUOTATION, me, others[:1])
    assert not rules.awaits_review(QUOTATION, me, others[:2])
    assert not rules.awaits_review(QUOTATION, me, [me])
    assert rules.awaits_review(ProcurementMethod.OPEN_TENDER, me, others[:3])
    assert not rules.awaits_review(ProcurementMethod.OPEN_TENDER, me, others)
