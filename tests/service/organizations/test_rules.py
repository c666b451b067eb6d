"""The rules of step 3 (O1-O6, T5), one refusal at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.difficulty.rules import Difficulty
from service.organizations import rules
from service.organizations.rules import (
    Capacity,
    Factor,
    Item,
    LeftOffGround,
    OrganizationState,
    Source,
    Typology,
)
from tenants.refusals import AlreadyDone, RuleBroken

CODE = "91110000600037341L"
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


@dataclass
class Seen:
    """One assessor's view."""

    round: int
    assessor_id: UUID
    category: Capacity


@dataclass
class Legal:
    """An SO as O6 looks at it."""

    name: str
    typology: Typology | None
    credit_code: str | None


def marks(**given_marks: int) -> dict[str, int]:
    """All five factors at nought, but for those given."""
    return {factor.value: 0 for factor in Factor} | given_marks


# Registration


def test_o1_every_source_of_the_guide_is_there() -> None:
    assert {source.value for source in Source} == {
        "civil_affairs", "industry_commerce", "institution", "internet",
        "announcement", "telephone", "message", "form",
    }  # fmt: skip


def test_o2_the_nine_items_of_table_4_hold_every_field_once() -> None:
    assert list(rules.FIELDS_OF) == list(Item)
    assert len(Item) == 9
    names = [name for fields in rules.FIELDS_OF.values() for name in fields]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("written", [CODE, CODE.lower(), f" {CODE[:8]} {CODE[8:]} "])
def test_o2_a_credit_code_is_known_in_any_case_and_spacing(written: str) -> None:
    assert rules.credit_code_of(written) == CODE


@pytest.mark.parametrize("written", ["", "12345", CODE[:-1], CODE[:-1] + "M", CODE.replace("6", "7", 1)])
def test_o2_a_wrong_check_digit_is_no_credit_code(written: str) -> None:
    assert rules.credit_code_of(written) is None


@given(st.integers(0, 16), st.sampled_from("0123456789"))
def test_o2_no_single_mistyped_digit_passes(place: int, digit: str) -> None:
    mistyped = CODE[:place] + digit + CODE[place + 1 :]
    assert rules.credit_code_of(mistyped) == (CODE if mistyped == CODE else None)


def test_o2_an_so_is_registered_once_in_an_office() -> None:
    rules.require_new_here(None)
    with pytest.raises(AlreadyDone, match="organization_known"):
        rules.require_new_here(7)


def test_t5_what_another_phone_registered_is_not_registered_by_text_again() -> None:
    rules.require_new_to_sender(None)
    with pytest.raises(AlreadyDone, match="known_by_another_phone"):
        rules.require_new_to_sender(7)


def test_t5_a_phone_speaks_for_one_so() -> None:
    rules.require_free_phone(None)
    with pytest.raises(AlreadyDone, match="phone_taken"):
        rules.require_free_phone(uuid4())


def test_o2_nobody_was_registered_tomorrow() -> None:
    rules.require_past(None, date(2026, 3, 4))
    rules.require_past(date(2026, 3, 4), date(2026, 3, 4))
    with pytest.raises(RuleBroken, match="registered_in_future"):
        rules.require_past(date(2026, 3, 5), date(2026, 3, 4))


def test_o2_what_changes_has_to_be_verified_again() -> None:
    before = {"name": "甲", "team_size": 3, "credit_code": None}
    assert rules.items_changed(before, before) == []
    assert rules.items_changed(before, before | {"team_size": 4}) == [Item.TEAM]
    assert rules.items_changed(before, before | {"credit_code": CODE, "name": "乙"}) == [
        Item.NAME,
        Item.REGISTRATION,
    ]


# Short list


def test_o3_there_are_four_grounds_and_none_of_the_forbidden_ones() -> None:
    grounds = {ground.value for ground in LeftOffGround}
    assert grounds == {"services", "legal_status", "too_few_people", "little_interest"}
    assert not grounds & {"new", "newly_founded", "paperwork", "not_local"}


# Typology


def test_o6_a_registered_so_can_hold_a_contract() -> None:
    rules.require_can_hold_contract(Legal("协会", Typology.NGO, CODE), None)


UMBRELLA = Legal("联合会", Typology.UMBRELLA, CODE)


def test_o6_an_unregistered_group_can_with_a_registered_umbrella() -> None:
    rules.require_can_hold_contract(Legal("妇女小组", Typology.VOLUNTEER_GROUP, None), UMBRELLA)


@pytest.mark.parametrize(
    "umbrella", [None, Legal("联合会", Typology.UMBRELLA, None), Legal("协会", Typology.NGO, CODE)]
)
def test_o6_an_unregistered_group_alone_cannot_hold_a_contract(umbrella: Legal | None) -> None:
    with pytest.raises(RuleBroken, match="needs_umbrella"):
        rules.require_can_hold_contract(Legal("妇女小组", Typology.VOLUNTEER_GROUP, None), umbrella)


@pytest.mark.parametrize(
    ("typology", "itself"), [(Typology.NGO, False), (None, False), (Typology.UMBRELLA, True)]
)
def test_o6_only_another_umbrella_organization_is_an_umbrella(
    typology: Typology | None, itself: bool
) -> None:
    rules.require_umbrella(Typology.UMBRELLA, False)
    with pytest.raises(RuleBroken, match="not_an_umbrella"):
        rules.require_umbrella(typology, itself)


# Signatories


@pytest.mark.parametrize("pin", ["0000", "1234", "4321", "999999", "456789"])
def test_t5_a_pin_everybody_tries_first_is_refused(pin: str) -> None:
    with pytest.raises(RuleBroken, match="pin_too_easy"):
        rules.require_good_pin(pin)


@pytest.mark.parametrize("pin", ["4826", "1122", "13579", "102030"])
def test_t5_other_pins_are_accepted(pin: str) -> None:
    rules.require_good_pin(pin)


def test_t5_the_fifth_wrong_pin_locks_for_an_hour() -> None:
    assert [rules.after_wrong_pin(before, NOON) for before in range(4)] == [(n, None) for n in (1, 2, 3, 4)]
    assert rules.after_wrong_pin(4, NOON) == (0, NOON + timedelta(hours=1))


def test_t5_a_pin_is_not_replaced_by_text() -> None:
    rules.require_no_pin(None)
    with pytest.raises(AlreadyDone, match="pin_set_before"):
        rules.require_no_pin("$argon2id$")


# Capacity


def test_o4_solid_field_work_weighs_most_participation_second_government_least() -> None:
    weights = rules.WEIGHTS
    assert weights[Factor.FIELD_TEAM] > weights[Factor.PARTICIPATORY] > weights[Factor.TRACK_RECORD]
    assert weights[Factor.TRACK_RECORD] == weights[Factor.COPING] > weights[Factor.GOVERNMENT]


@pytest.mark.parametrize("name", ["office_space", "certified_accountant", "professional_certificate"])
def test_o4_office_space_accountants_and_certificates_cannot_be_added(name: str) -> None:
    rules.require_factors(marks())
    with pytest.raises(RuleBroken, match="factor_unknown"):
        rules.require_factors(marks() | {name: 3})


def test_o4_every_factor_is_marked() -> None:
    with pytest.raises(RuleBroken, match="factor_missing"):
        rules.require_factors({"field_team": 3})


@pytest.mark.parametrize("mark", [-1, 4, 2.5, "3", True, None])
def test_o4_marks_are_whole_numbers_from_nought_to_three(mark: object) -> None:
    with pytest.raises(RuleBroken, match="mark_out_of_range"):
        rules.require_factors(marks() | {"coping": mark})


def test_o4_a_strong_field_team_with_participatory_experience_is_mature() -> None:
    strong = marks(field_team=3, participatory=3, track_record=2, coping=2)
    assert rules.suggest_category(strong) is Capacity.C


def test_o4_a_long_record_with_government_does_not_make_up_for_a_missing_field_team() -> None:
    assert (
        rules.suggest_category(marks(participatory=3, track_record=3, coping=3, government=3)) is Capacity.A
    )


def test_o4_without_participatory_experience_nobody_is_mature() -> None:
    assert (
        rules.suggest_category(marks(field_team=3, participatory=1, track_record=3, coping=3, government=3))
        is Capacity.B
    )


def test_o4_a_new_group_learns() -> None:
    assert rules.suggest_category(marks(field_team=1, participatory=1)) is Capacity.A


@given(
    st.fixed_dictionaries({factor.value: st.integers(0, 3) for factor in Factor}),
    st.sampled_from(list(Factor)),
)
def test_o4_a_better_mark_never_suggests_less(factors: dict[str, int], better: Factor) -> None:
    improved = factors | {better.value: min(factors[better.value] + 1, 3)}
    categories = list(Capacity)
    before, after = rules.suggest_category(factors), rules.suggest_category(improved)
    assert categories.index(after) >= categories.index(before)


ONE, TWO, THREE = uuid4(), uuid4(), uuid4()


def test_o4_one_assessor_agrees_with_nobody() -> None:
    assert rules.agreed_category([Seen(1, ONE, Capacity.B)]) is None


def test_o4_two_of_one_mind_agree_and_two_minds_do_not() -> None:
    assert rules.agreed_category([Seen(1, ONE, Capacity.B), Seen(1, TWO, Capacity.B)]) is Capacity.B
    assert rules.agreed_category([Seen(1, ONE, Capacity.B), Seen(1, TWO, Capacity.C)]) is None


def test_o4_who_disagreed_before_must_speak_again() -> None:
    views = [Seen(2, ONE, Capacity.B), Seen(2, THREE, Capacity.B)]
    assert rules.agreed_category(views, still_asked={ONE, TWO}) is None
    assert rules.agreed_category([*views, Seen(2, TWO, Capacity.B)], still_asked={ONE, TWO}) is Capacity.B


def test_o4_rounds_follow_each_other_until_all_agree() -> None:
    assert rules.next_round([], 0, ONE) == 1
    first = [Seen(1, ONE, Capacity.B)]
    assert rules.next_round(first, 0, TWO) == 1
    divided = [*first, Seen(1, TWO, Capacity.C)]
    assert rules.next_round(divided, 0, ONE) == 2
    agreed = [*first, Seen(1, TWO, Capacity.B)]
    assert rules.next_round(agreed, 1, ONE) == 2


def test_o4_nobody_speaks_twice_while_others_are_silent() -> None:
    with pytest.raises(AlreadyDone, match="already_assessed"):
        rules.next_round([Seen(1, ONE, Capacity.B)], 0, ONE)
    with pytest.raises(AlreadyDone, match="already_assessed"):
        rules.next_round(
            [Seen(2, ONE, Capacity.B), Seen(2, THREE, Capacity.C)], 0, ONE, still_asked={ONE, TWO}
        )


def test_o4_only_potential_providers_are_assessed() -> None:
    rules.require_short_listed(OrganizationState.SHORT_LISTED)
    with pytest.raises(RuleBroken, match="not_short_listed"):
        rules.require_short_listed(OrganizationState.REGISTERED)


@pytest.mark.parametrize(
    ("agreed_on", "last_day"),
    [(date(2026, 3, 4), date(2027, 3, 4)), (date(2028, 2, 29), date(2029, 2, 28))],
)
def test_o4_a_category_is_valid_for_one_year(agreed_on: date, last_day: date) -> None:
    assert rules.one_year_after(agreed_on) == last_day


def test_o5_category_a_does_easy_b_regular_too_and_c_all() -> None:
    able = {Capacity.A: 4, Capacity.B: 2, Capacity.C: 1}
    balances = rules.supply_and_demand({}, able)
    assert [(balance.difficulty, balance.able) for balance in balances] == [
        (Difficulty.EASY, 7),
        (Difficulty.REGULAR, 3),
        (Difficulty.DIFFICULT, 1),
    ]


def test_o5_a_shortage_is_shown_with_its_remedies() -> None:
    easy, _regular, difficult = rules.supply_and_demand(
        {Difficulty.EASY: 1, Difficulty.DIFFICULT: 2}, {Capacity.B: 1}
    )
    assert (easy.short, easy.remedies) == (False, ())
    assert difficult.short
    assert set(difficult.remedies) == set(rules.Remedy)
