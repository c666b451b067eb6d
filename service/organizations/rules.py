"""Rules of step 3: registration of interest, verification and capacity of SOs (O1-O6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol
from uuid import UUID

from flask_babel import lazy_gettext as _l
from stdnum.cn import uscc

from service.difficulty.rules import Difficulty
from tenants.labels import Labelled
from tenants.refusals import AlreadyDone, RuleBroken
from tenants.states import Moves


class Source(Labelled):
    """Where the office learnt of an SO (O1)."""

    CIVIL_AFFAIRS = "civil_affairs", _l("Civil affairs register")
    INDUSTRY_COMMERCE = "industry_commerce", _l("Industry and commerce register")
    INSTITUTION = "institution", _l("Another institution")
    INTERNET = "internet", _l("Internet")
    ANNOUNCEMENT = "announcement", _l("Answer to an announcement")
    TELEPHONE = "telephone", _l("Telephone")
    MESSAGE = "message", _l("The SO's own message")
    FORM = "form", _l("The SO's own form")


class Typology(Labelled):
    """Kinds of SO (O6, Yunnan)."""

    VOLUNTEER_GROUP = "volunteer_group", _l("Volunteer group")
    COMMUNITY_BASED = "community_based", _l("Community-based organization")
    NGO = "ngo", _l("Non-governmental organization")
    UMBRELLA = "umbrella", _l("Umbrella organization")
    COMPANY = "company", _l("Social-purpose company")


class OrganizationState(Labelled):
    """Where an SO stands on the way to the list of potential providers."""

    REGISTERED = "registered", _l("Registered its interest")
    SHORT_LISTED = "short_listed", _l("Potential provider"), "good"
    LEFT_OFF = "left_off", _l("Left off for now"), "warn"


ORGANIZATION_MOVES: Moves = {
    "short_list": (
        (OrganizationState.REGISTERED, OrganizationState.LEFT_OFF),
        OrganizationState.SHORT_LISTED,
    ),
    "leave_off": ((OrganizationState.REGISTERED, OrganizationState.SHORT_LISTED), OrganizationState.LEFT_OFF),
}


class LeftOffGround(Labelled):
    """The only grounds to leave an SO off: newly founded, weak paperwork or not local are none (O3)."""

    SERVICES = "services", _l("Its services do not match")
    LEGAL_STATUS = "legal_status", _l("Its legal status has problems")
    TOO_FEW_PEOPLE = "too_few_people", _l("It has too few people")
    LITTLE_INTEREST = "little_interest", _l("It has little interest")


class Item(Labelled):
    """The nine items of Table 4, and the credit code beside the fourth (O2)."""

    NAME = "name", _l("Name of the organization")
    PURPOSE = "purpose", _l("Purpose or vision")
    SERVICES = "services", _l("Activities and services")
    REGISTRATION = "registration", _l("Registration")
    TEAM = "team", _l("Team and staff")
    PAST_WORK = "past_work", _l("Previous poverty reduction work")
    GOVERNMENT = "government", _l("Past cooperation with government")
    INTEREST = "interest", _l("Interested to work in this county")
    OFFERS = "offers", _l("What it is good at and wants to provide")


class Verification(Labelled):
    """How far an item of the registration is known to be true (O2)."""

    UNVERIFIED = "unverified", _l("Not yet verified")
    VERIFIED = "verified", _l("Verified"), "good"
    CONTRADICTED = "contradicted", _l("Contradicted"), "bad"


class Capacity(Labelled):
    """The three categories of step 3; confidential (O4, D3)."""

    A = "a", _l("(a) learning and developing")
    B = "b", _l("(b) moderately competent")
    C = "c", _l("(c) mature and dependable")


class Factor(Labelled):
    """What capacity is judged by, in the order of its weight; whatever is not here cannot be added (O4)."""

    FIELD_TEAM = "field_team", _l("People who do solid work in the field")
    PARTICIPATORY = "participatory", _l("Their experience with participatory work")
    TRACK_RECORD = "track_record", _l("Record of previous work")
    COPING = "coping", _l("Coping with problems")
    GOVERNMENT = "government", _l("Cooperation with government")


WEIGHTS = {
    Factor.FIELD_TEAM: 5,
    Factor.PARTICIPATORY: 4,
    Factor.TRACK_RECORD: 3,
    Factor.COPING: 3,
    Factor.GOVERNMENT: 1,
}
"""How much each factor counts: solid field work first, participation second, government little (O4)."""

HIGHEST_MARK = 3
"""Each factor is marked 0 (none), 1 (a beginning), 2 (good) or 3 (strong)."""

CAN_DO = {
    Capacity.A: frozenset({Difficulty.EASY}),
    Capacity.B: frozenset({Difficulty.EASY, Difficulty.REGULAR}),
    Capacity.C: frozenset(Difficulty),
}
"""Graduated procurement: small horses pull small carts, big horses big ones (O5, C6)."""

WRONG_PINS_ALLOWED = 5
PIN_LOCK = timedelta(hours=1)


class TrackRecordKind(Labelled):
    """What later steps add to an SO's record (M6, E5)."""

    CONTRACT_CLOSED = "contract_closed", _l("Contract closed")
    ACCEPTED = "accepted", _l("Work accepted")
    RECTIFIED = "rectified", _l("Had to put work right")
    AWARD = "award", _l("Recognised at a closure meeting")
    TRAINING = "training", _l("Took part in training")


class Remedy(Labelled):
    """What helps where too few SOs are able (O5)."""

    INVITE = "invite", _l("Invite able organizations from outside the county.")
    TRAIN = "train", _l("Incubate and train local organizations; reassess them as they grow.")


# Registration

CREDIT_CODE_LENGTH = 18


def credit_code_of(text: str) -> str | None:
    """The credit code (统一社会信用代码) a text is, compact; ``None`` if its check digit is wrong (O2)."""
    if len(text) < CREDIT_CODE_LENGTH:
        return None
    code = uscc.compact(text)
    return code if uscc.is_valid(code) else None


def require_new_here(known_number: int | None) -> None:
    """Refuse to register an SO twice in one office: its credit code is its identity (O2)."""
    if known_number is not None:
        raise AlreadyDone("organization_known", number=known_number)


def require_new_to_sender(known_number: int | None) -> None:
    """Refuse to register by text what another phone has registered, and say how this one may speak for it too (O2, T5)."""
    if known_number is not None:
        raise AlreadyDone("known_by_another_phone", number=known_number)


def require_free_phone(speaks_for: UUID | None) -> None:
    """Refuse a phone that speaks for an SO already: one phone, one SO in an office (T5)."""
    if speaks_for is not None:
        raise AlreadyDone("phone_taken")


def require_past(registered_on: date | None, today: date) -> None:
    """Refuse a registration dated after today (O2)."""
    if registered_on is not None and registered_on > today:
        raise RuleBroken("registered_in_future")


def items_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Item]:
    """The items of Table 4 whose words differ; what was verified about them no longer counts (O2)."""
    return [
        item
        for item, names in FIELDS_OF.items()
        if any(before.get(name) != after.get(name) for name in names)
    ]


FIELDS_OF = {
    Item.NAME: ("name",),
    Item.PURPOSE: ("purpose",),
    Item.SERVICES: ("services",),
    Item.REGISTRATION: ("registration_place", "registration_date", "registration_authority", "credit_code"),
    Item.TEAM: ("team", "team_size"),
    Item.PAST_WORK: ("past_work",),
    Item.GOVERNMENT: ("government",),
    Item.INTEREST: ("interested",),
    Item.OFFERS: ("offers",),
}
"""The fields of a registration that make up each item of Table 4."""


class Legal(Protocol):
    """What O6 asks about an SO."""

    name: str
    typology: Typology | None
    credit_code: str | None


def require_can_hold_contract(organization: Legal, umbrella: Legal | None) -> None:
    """Refuse a contract with an unregistered group alone, without a registered umbrella organization (O6).

    ``organization`` is legally registered when it has a credit code. Refuses ``needs_umbrella``.
    """
    covered = umbrella is not None and umbrella.typology is Typology.UMBRELLA and umbrella.credit_code
    if not organization.credit_code and not covered:
        raise RuleBroken("needs_umbrella", name=organization.name)


def require_umbrella(typology: Typology | None, itself: bool) -> None:
    """Refuse as umbrella what is none, or the SO itself (O6)."""
    if itself or typology is not Typology.UMBRELLA:
        raise RuleBroken("not_an_umbrella")


# Signatories


def require_good_pin(pin: str) -> None:
    """Refuse a PIN that anybody would try first: one digit repeated, or digits in a row (T5)."""
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise RuleBroken("pin_too_easy")


def require_no_pin(pin_hash: str | None) -> None:
    """Refuse to replace a PIN by text: who holds the phone is not yet the signatory (T5)."""
    if pin_hash is not None:
        raise AlreadyDone("pin_set_before")


def after_wrong_pin(wrong_before: int, now: datetime) -> tuple[int, datetime | None]:
    """The count of wrong PINs after one more, and until when it locks: an hour after the fifth (T5)."""
    wrong = wrong_before + 1
    return (0, now + PIN_LOCK) if wrong >= WRONG_PINS_ALLOWED else (wrong, None)


# Capacity


class View(Protocol):
    """One assessor's view in one round."""

    round: int
    assessor_id: UUID
    category: Capacity


def require_short_listed(state: OrganizationState) -> None:
    """Refuse to assess an SO that is not on the short list of potential providers (guide step 3, O4)."""
    if state is not OrganizationState.SHORT_LISTED:
        raise RuleBroken("not_short_listed")


def require_factors(factors: Mapping[str, Any]) -> None:
    """Refuse marks for anything but O4's five factors, a factor left out, and marks beyond 0 to 3.

    Office space, accountants and professional certificates are no indicators and cannot be added (O4).
    Refuses ``factor_unknown``, ``factor_missing`` and ``mark_out_of_range``.
    """
    known = {factor.value for factor in Factor}
    unknown, missing = sorted(set(factors) - known), known - set(factors)
    if unknown:
        raise RuleBroken("factor_unknown", names=", ".join(unknown))
    if missing:
        raise RuleBroken("factor_missing", number=len(missing))
    if any(type(mark) is not int or not 0 <= mark <= HIGHEST_MARK for mark in factors.values()):
        raise RuleBroken("mark_out_of_range", most=HIGHEST_MARK)


def suggest_category(factors: Mapping[str, int]) -> Capacity:
    """The category that marks of 0 to 3 suggest; assessors may differ and say why (step 3, pointer 4, O4).

    Marks count by ``WEIGHTS``. (c) needs two thirds of all, and a good mark in both factors that matter most:
    field team and participatory experience. (b) needs one third, and some field team. All others learn: (a).
    """
    score = sum(WEIGHTS[Factor(name)] * mark for name, mark in factors.items())
    highest = HIGHEST_MARK * sum(WEIGHTS.values())
    team, participatory = factors[Factor.FIELD_TEAM], factors[Factor.PARTICIPATORY]
    if 3 * score >= 2 * highest and min(team, participatory) >= 2:
        return Capacity.C
    if 3 * score >= highest and team >= 1:
        return Capacity.B
    return Capacity.A


def agreed_category(views: Sequence[View], still_asked: Collection[UUID] = ()) -> Capacity | None:
    """The category a round ends with: two assessors at least, of one mind, nobody asked silent (O4).

    ``views``: of one round; ``still_asked``: who took part in the round before and still works here.
    """
    spoken = {view.assessor_id for view in views}
    categories = {view.category for view in views}
    if len(spoken) < 2 or len(categories) != 1 or not set(still_asked) <= spoken:
        return None
    return categories.pop()


def next_round(
    views: Sequence[View], agreed_round: int, assessor_id: UUID, still_asked: Collection[UUID] = ()
) -> int:
    """The round an assessor's new view belongs to: the open one, or another after it ended (O4).

    ``views``: of the newest round; ``agreed_round``: the last round that ended in agreement, 0 if none.
    Refuses ``already_assessed`` while the others of the round have not spoken.
    """
    newest = views[0].round if views else 0
    if newest <= agreed_round:
        return agreed_round + 1
    spoken = {view.assessor_id for view in views}
    if assessor_id not in spoken:
        return newest
    if len(spoken) < 2 or not set(still_asked) <= spoken:
        raise AlreadyDone("already_assessed")
    return newest + 1


def one_year_after(day: date) -> date:
    """The last day on which a category agreed on ``day`` is valid; then reassessment is due (O4)."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)


@dataclass(frozen=True)
class Balance:
    """Tasks wanted against SOs able, at one difficulty (O5)."""

    difficulty: Difficulty
    wanted: int
    able: int

    @property
    def short(self) -> bool:
        """Whether fewer SOs are able than tasks are wanted."""
        return self.able < self.wanted

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What helps: SOs from outside, and growing one's own."""
        return tuple(Remedy) if self.short else ()


def supply_and_demand(wanted: Mapping[Difficulty, int], able: Mapping[Capacity, int]) -> list[Balance]:
    """Per difficulty, the tasks wanted and the SOs able: (a) easy; (b) easy and regular; (c) all (O5)."""
    return [
        Balance(
            difficulty,
            wanted.get(difficulty, 0),
            sum(number for category, number in able.items() if difficulty in CAN_DO[category]),
        )
        for difficulty in Difficulty
    ]
