"""Rules of step 7: participatory evaluation, acceptance and closure (E2, E4, E5)."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.refusals import AlreadyDone, NotPermitted, RuleBroken, WrongStage
from tenants.states import Moves

MOST_QUESTIONS = 6
"""A villager is asked no more in one evaluation (E4)."""

LEAST_SHOWN = 5
"""Answers of fewer people than this are never shown by themselves (E4)."""

MOST_INDICATORS = 8
"""Few indicators that show the real situation are better than many (guide step 7.2, E2)."""

LEAST_MEMBERS = 2
"""An acceptance group is more than one person (guide step 7.2, E2)."""


class Gender(Labelled):
    """For disaggregated answers (E4)."""

    WOMAN = "woman", _l("Woman")
    MAN = "man", _l("Man")


class QuestionKind(Labelled):
    """How a question is answered by message (E4)."""

    SCALE = "scale", _l("1 to 5")
    YES_NO = "yes_no", _l("Yes or no")
    WORDS = "words", _l("Own words")


class RoundState(Labelled):
    """Whether an evaluation still takes answers."""

    OPEN = "open", _l("Taking answers"), "good"
    CLOSED = "closed", _l("Closed")


ROUND_MOVES: Moves = {"close": ((RoundState.OPEN,), RoundState.CLOSED)}


class Outcome(Labelled):
    """What an acceptance group decides (E2)."""

    ACCEPTED = "accepted", _l("Accepted"), "good"
    RECTIFY = "rectify", _l("To be put right by a date"), "warn"
    REFUSED = "refused", _l("Refused"), "bad"


class Participant(Labelled):
    """Who comes to a closure meeting (guide step 7.5, E5)."""

    ORGANIZATION = "organization", _l("Social organization")
    BENEFICIARIES = "beneficiaries", _l("Beneficiaries")
    WOMEN = "women", _l("Women's representatives")
    AGENCIES = "agencies", _l("County agencies concerned")
    LEADERSHIP = "leadership", _l("Local government leadership")
    PURCHASER = "purchaser", _l("Purchasing office")
    MASS_ORGANIZATIONS = "mass_organizations", _l("Mass organizations of the county")
    PARTIES = "parties", _l("Representatives of political parties")


NEVER_ABSENT = (
    Participant.ORGANIZATION,
    Participant.BENEFICIARIES,
    Participant.WOMEN,
    Participant.PURCHASER,
)
"""Those whose experience and opinions the meeting is about; the guide lists the others beside them (E5)."""

SUGGESTED_QUESTIONS = (
    (QuestionKind.SCALE, "您对这件事做得满意吗？", "How happy are you with the work?"),
    (QuestionKind.YES_NO, "事前有人问过您的意见吗？", "Did anybody ask for your opinion beforehand?"),
    (QuestionKind.WORDS, "哪里还可以做得更好？", "What could have been done better?"),
)
"""One question each on result, process and improvement, to begin from (guide step 7.4, E4)."""


def require_consent(consents: Sequence[bool]) -> None:
    """Refuse to enrol anybody who has not agreed to be asked (E4)."""
    missing = sum(not consent for consent in consents)
    if missing:
        raise RuleBroken("consent_missing", number=missing)


def require_questions(questions: Collection[object]) -> None:
    """Refuse an evaluation without a question, or with more than six (E4)."""
    if not questions:
        raise RuleBroken("questions_missing")
    if len(questions) > MOST_QUESTIONS:
        raise RuleBroken("too_many_questions", most=MOST_QUESTIONS)


def require_one_part(parts: Sequence[int]) -> None:
    """Refuse a question that needs more than one text message; ``parts``: of each in turn (E4, S2)."""
    for place, number in enumerate(parts, 1):
        if number > 1:
            raise RuleBroken("question_too_long", place=place)


def enough_to_ask(number: int) -> bool:
    """Whether the answers of so many people on a register could ever be shown (E4)."""
    return number >= LEAST_SHOWN


def require_register(number: int) -> None:
    """Refuse to ask so few people that their answers could never be shown (E4)."""
    if not enough_to_ask(number):
        raise RuleBroken("register_too_small", number=number, least=LEAST_SHOWN)


def require_no_open_round(number: int) -> None:
    """Refuse a second evaluation of the same work while one still takes answers (E4)."""
    if number:
        raise AlreadyDone("evaluation_under_way")


def require_on_register(registered: bool) -> None:
    """Refuse an answer from anybody who is not on the package's beneficiary register (E4)."""
    if not registered:
        raise NotPermitted("not_on_register")


def require_taking_answers(state: RoundState) -> None:
    """Refuse an answer to an evaluation that has been closed (E4)."""
    if state is not RoundState.OPEN:
        raise WrongStage("evaluation_ended")


@dataclass(frozen=True)
class Given:
    """That somebody answered, and when; ``person``: the same for all addresses of one person."""

    answer: Hashable
    person: Hashable
    at: datetime


def outdated(given: Iterable[Given]) -> set[Hashable]:
    """The answers that do not count, since the same person answered again later: one person, one answer (E4)."""
    in_order = sorted(given, key=lambda one: one.at)
    newest = {one.person: one.answer for one in in_order}
    return {one.answer for one in in_order if newest[one.person] != one.answer}


def require_complete(questions: Sequence[Mapping[str, str]], answered: Mapping[int, object]) -> None:
    """Refuse answers that leave out a question, or answer one that was not asked (E4)."""
    if set(answered) != set(range(len(questions))):
        raise RuleBroken("answers_incomplete")


def suppress_small(sizes: Mapping[str, int]) -> list[frozenset[str]]:
    """Which groups may be shown, given how many people answered in each; the total is known beside them (E4).

    Groups of five people or more stand alone. Smaller ones are put together with the next smallest until they
    are five: otherwise the total less what is shown would reveal them. Where that leaves one group, only the
    total may be shown.
    """
    alone = sorted((name for name, size in sizes.items() if size), key=lambda name: (sizes[name], name))
    together: list[str] = []
    number = 0
    while alone and (sizes[alone[0]] < LEAST_SHOWN or 0 < number < LEAST_SHOWN):
        number += sizes[alone[0]]
        together.append(alone.pop(0))
    shown = [frozenset({name}) for name in reversed(alone)] + ([frozenset(together)] if together else [])
    return shown if len(shown) > 1 else []


def require_ended(state: RoundState) -> None:
    """Refuse results while answers come in: what changes between two looks is one person's answer (E4)."""
    if state is RoundState.OPEN:
        raise WrongStage("evaluation_not_closed")


def require_group(members: Collection[str]) -> None:
    """Refuse an acceptance by one person alone (guide step 7.2, E2)."""
    if len(set(members)) < LEAST_MEMBERS:
        raise RuleBroken("acceptance_group_too_small", least=LEAST_MEMBERS)


def require_few_indicators(indicators: Collection[object]) -> None:
    """Refuse an acceptance without indicators, or with more than eight (guide step 7.2, E2)."""
    if not indicators:
        raise RuleBroken("indicators_missing")
    if len(indicators) > MOST_INDICATORS:
        raise RuleBroken("too_many_indicators", most=MOST_INDICATORS)


def require_rectification_date(outcome: Outcome, rectify_by: date | None, today: date) -> None:
    """Refuse to ask for rectification without a day that still lies ahead (guide step 7.2, E2)."""
    if outcome is Outcome.RECTIFY and (rectify_by is None or rectify_by <= today):
        raise RuleBroken("rectification_needs_a_date")


def require_audited_accounts(outcome: Outcome, large_construction: bool, reference: str | None) -> None:
    """Refuse to accept a large construction project without audited final accounts (guide step 7.2, E2)."""
    if outcome is Outcome.ACCEPTED and large_construction and not reference:
        raise RuleBroken("accounts_not_audited")


def require_not_yet_accepted(outcomes: Collection[Outcome]) -> None:
    """Refuse a further acceptance once the work is accepted (E2)."""
    if Outcome.ACCEPTED in outcomes:
        raise AlreadyDone("already_accepted")


def require_in_force(in_force: bool, state: Labelled) -> None:
    """Refuse to evaluate or accept work under a contract that is not in force (E2, E4)."""
    if not in_force:
        raise WrongStage("wrong_stage", state=state)


def require_closable(outcomes: Collection[Outcome], open_rounds: int) -> None:
    """Refuse to close before the work is accepted and the evaluation has ended (guide step 7.5, E5)."""
    if Outcome.ACCEPTED not in outcomes:
        raise RuleBroken("not_accepted_yet")
    if open_rounds:
        raise RuleBroken("evaluation_still_open")


def require_participants(present: Collection[Participant]) -> None:
    """Refuse a closure meeting without the SO, beneficiaries, women or the purchaser (guide step 7.5, E5)."""
    for kind in NEVER_ABSENT:
        if kind not in present:
            raise RuleBroken("participants_missing", who=kind)


def require_held(held_on: date, today: date) -> None:
    """Refuse to record a meeting before it took place (E5)."""
    if held_on > today:
        raise RuleBroken("meeting_lies_ahead")
