"""Rules of the hotline: who decides, by when, and what the weaker party is told (H1-H9)."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l

from channels.joining_rules import SILENCE
from channels.texts import fold
from tenants.labels import Labelled
from tenants.models import Level
from tenants.refusals import NotPermitted, RuleBroken
from tenants.states import Moves


class About(Labelled):
    """What a complaint is about; it decides who handles it (H4)."""

    UNKNOWN = "unknown", _l("Not yet known")
    WORK = "work", _l("The work or the project")
    CALL = "call", _l("A call or its result")
    ORGANIZATION = "organization", _l("A social organization")
    OFFICE = "office", _l("The office or its staff")


class Identity(Labelled):
    """How the complainant wants to be known (H3)."""

    NAMED = "named", _l("Named")
    CONFIDENTIAL = "confidential", _l("Confidential")
    ANONYMOUS = "anonymous", _l("Anonymous")


class ComplaintState(Labelled):
    """The way of a complaint (H5)."""

    RECEIVED = "received", _l("Received, not yet looked at"), "warn"
    ACKNOWLEDGED = "acknowledged", _l("Accepted for handling")
    INVESTIGATING = "investigating", _l("Being investigated")
    RESOLVED = "resolved", _l("Answer given"), "good"
    CLOSED = "closed", _l("Closed")


OPEN_STATES = (ComplaintState.RECEIVED, ComplaintState.ACKNOWLEDGED, ComplaintState.INVESTIGATING)
"""While a complaint stands at one of these, the office owes an answer (H5)."""

COMPLAINT_MOVES: Moves = {
    "acknowledge": ((ComplaintState.RECEIVED,), ComplaintState.ACKNOWLEDGED),
    "investigate": ((ComplaintState.RECEIVED, ComplaintState.ACKNOWLEDGED), ComplaintState.INVESTIGATING),
    "resolve": ((ComplaintState.INVESTIGATING,), ComplaintState.RESOLVED),
    "close": ((ComplaintState.RESOLVED,), ComplaintState.CLOSED),
    "escalate": (OPEN_STATES, ComplaintState.RECEIVED),
    "reopen": ((ComplaintState.RESOLVED, ComplaintState.CLOSED), ComplaintState.INVESTIGATING),
}


class Resolution(Labelled):
    """How a complaint ended (H5)."""

    EXPLAINED = "explained", _l("Explained")
    REDRESSED = "redressed", _l("Put right")
    UNFOUNDED = "unfounded", _l("Not confirmed")


class EntryKind(Labelled):
    """What a text in the file of a complaint is."""

    STATEMENT = "statement", _l("What was complained of")
    ADDITION = "addition", _l("Added by the complainant")
    NOTE = "note", _l("Note for the file")
    FINDING = "finding", _l("Facts found")
    ANSWER = "answer", _l("Told to the complainant")


class Intake(Labelled):
    """How a complaint came in (H1)."""

    MESSAGE = "message", _l("Text message")
    FORM = "form", _l("Web form")
    FOCAL_POINT = "focal_point", _l("Focal point")
    VILLAGE_COMMITTEE = "village_committee", _l("Village committee")
    OFFICER = "officer", _l("Officer taking a call")


TRIES_AN_HOUR = 20
"""How many texts a number may send in an hour before a wrong reference is no longer looked up (H3)."""

SEVERAL = 2
"""Open complaints about one contract or organization that raise a warning (H8)."""

_OFFICE_WORDS = re.compile(
    r"县办|县里(?:的人|领导)|扶贫办|(?<!村)干部|(?<!村)(?<!妇女)主任|局长|科长|股长|县长|书记员|公务员|工作人员|办事员|经办人|县领导|领导(?:收|要|拿|贪|亲戚|的?人|家)"
    r"|投诉(?:专员|员)|(?:官|政府|办公室)(?:员|的人|人员)|收钱|收了钱|要钱|吃拿卡要|受贿|行贿|贿赂|索贿|回扣|红包|好处费|贪污|腐败|截留"
    r"|挪用|索要|内定|暗箱|走后门|开后门|关系户"
    r"|\b(?:brib\w*|kickbacks?|corrupt\w*|embezzl\w*|officials?|officers?|civil servants?|director"
    r"|bureau|cadres?|county (?:office|staff|leaders?|government)|poverty (?:alleviation )?office"
    r"|office staff|staff of the office)\b"
)
_ADDRESSED_TO = re.compile(
    r"^\W*(?:尊敬的)?(?:县里?|扶贫办)?(?:各位)?(?:领导|干部|主任|局长|县长|书记|工作人员)(?:们|同志)?\W*(?:您|你|大家)?好"
)
_SERIOUS_WORDS = re.compile(
    r"死人|死了人|死亡|伤亡|受伤|重伤|打人|被打|殴打|威胁|恐吓|报复|中毒|坍塌|塌方|垮塌|倒塌|触电|起火|爆炸|强奸|性侵|骚扰|自杀|拐卖"
    r"|\b(?:dead|died|death|injur\w*|wounded|beaten|threat\w*|retaliat\w*|poison\w*|collapsed?|electrocut\w*|explosion"
    r"|rap(?:e|ed)|assault\w*|harass\w*|suicide|trafficking)\b"
)
_NUMERAL = r"(?P<number>\d{1,9})"
_CALL_NUMBER = re.compile(
    r"(?:公告|招标|采购|询价|结果|\bcalls?|\btender|\bresult of)\s?(?:编号|no\.?|number|第|#|:)?\s?"
    rf"{_NUMERAL}(?!\d)"
    rf"|(?<!\d)(?P<before>\d{{1,9}})\s?号?(?:公告|招标|采购|询价)"
)
_LOT_NUMBER = re.compile(
    rf"(?:项目|任务包|标段|报价|投标|\blots?|\bpackage|\bbid)\s?(?:编号|no\.?|number|第|#|:)?\s?{_NUMERAL}(?!\d)"
    rf"|(?<!\d)(?P<before>\d{{1,9}})\s?号?(?:项目|任务包|标段|标)"
)


def points_at_office(text: str) -> bool:
    """Whether a complaint's words may be about the office, its staff or a complaint officer (H4).

    In doubt yes: a case that the higher authority saw first can still be handed to the county, never the
    other way round. Village cadres are not the office's staff, and whom a text greets is not whom it accuses.
    """
    return _OFFICE_WORDS.search(_ADDRESSED_TO.sub("", fold(text))) is not None


def is_serious(text: str) -> bool:
    """Whether a complaint's words tell of harm or threats to people, so that the shorter time holds (H5)."""
    return _SERIOUS_WORDS.search(fold(text)) is not None


def call_numbers(text: str) -> list[int]:
    """The numbers of calls a text names, such as ``3号公告`` or ``call 3`` (H1: nobody must know a form)."""
    return _numbers(_CALL_NUMBER, text)


def lot_numbers(text: str) -> list[int]:
    """The numbers of lots a text names, such as ``3号项目``, ``报价3号`` or ``lot 3`` (H1)."""
    return _numbers(_LOT_NUMBER, text)


def named_in(text: str, names: Collection[str]) -> str | None:
    """The longest of ``names`` (contracts, organizations) that a text holds; none below four characters."""
    folded = fold(text)
    return max((name for name in names if len(name) >= 4 and fold(name) in folded), key=len, default=None)


def goes_to_reviewer(about: About, level: Level, *, suspected: bool) -> bool:
    """Whether a case skips the office it is about and goes to the one above it, unseen (H4).

    Whatever is, or by its words (``suspected``) may be, about the office itself does; so does a complaint
    about a call that the province itself has made.
    """
    return about is About.OFFICE or suspected or (about is About.CALL and level is not Level.COUNTY)


def is_overdue(state: ComplaintState, triage_due: datetime, resolution_due: datetime, now: datetime) -> bool:
    """Whether a deadline has passed: of the first look while nobody has looked, else of the answer (H5)."""
    if state is ComplaintState.RECEIVED:
        return now > triage_due
    return state in OPEN_STATES and now > resolution_due


def require_own_matter_of_nobody(person: UUID | None, involved: Collection[UUID | None]) -> None:
    """Refuse an investigator who prepared the call or manages the contract complained about (T4).

    ``involved``: the people who did. Refuses ``own_matter``.
    """
    if person is not None and person in involved:
        raise NotPermitted("own_matter")


def require_facts(facts: str) -> None:
    """Refuse an answer without the facts found (H5): ``facts_missing``."""
    if not facts.strip():
        raise RuleBroken("facts_missing")


def require_reopenable(reopen_until: datetime | None, now: datetime) -> None:
    """Refuse to reopen a case once the time to say that it is not solved is over (H5): ``reopening_over``."""
    if reopen_until is None or now > reopen_until:
        raise RuleBroken("reopening_over", until=reopen_until)


def may_go_up(owner_id: int, about_id: int, higher_id: int | None) -> bool:
    """Whether there is an office that a case can still be taken to: never the one it is about (H4, H6)."""
    return higher_id is not None and higher_id not in (owner_id, about_id)


def require_higher_office(owner_id: int, about_id: int, higher_id: int | None) -> int:
    """The office a case can still be taken to; refuses ``no_higher_office`` where there is none (H4, H6).

    A case never goes back to the office it is about.
    """
    if higher_id is None or not may_go_up(owner_id, about_id, higher_id):
        raise RuleBroken("no_higher_office")
    return higher_id


def require_not_escalated(escalated_at: datetime | None) -> None:
    """Refuse to hand back a case that was taken to the higher authority (H5, H6): ``escalated_stays``."""
    if escalated_at is not None:
        raise RuleBroken("escalated_stays")


def require_open(state: ComplaintState) -> None:
    """Refuse to take an answered case upwards: it is reopened instead (H5): ``complaint_answered``."""
    if state not in OPEN_STATES:
        raise RuleBroken("complaint_answered")


def require_answered(state: ComplaintState) -> None:
    """Refuse to rate a case that nobody has answered yet (H6): ``complaint_unanswered``."""
    if state in OPEN_STATES:
        raise RuleBroken("complaint_unanswered")


def require_few_tries(tries: int) -> None:
    """Refuse to look a reference up for a number that has tried many (H3): ``too_many_tries``.

    ``tries``: the texts it sent in the last hour.
    """
    if tries >= TRIES_AN_HOUR:
        raise RuleBroken("too_many_tries")


def require_rating(rating: int) -> None:
    """Refuse a rating that is not 1 to 5 (H6): ``rating_out_of_range``."""
    if not 1 <= rating <= 5:
        raise RuleBroken("rating_out_of_range")


def require_linked(contact_id: UUID | None) -> UUID:
    """The contact behind a case; refuses ``nobody_to_show`` for an anonymous one (H3)."""
    if contact_id is None:
        raise RuleBroken("nobody_to_show")
    return contact_id


def _numbers(pattern: re.Pattern[str], text: str) -> list[int]:
    return [int(found["number"] or found["before"]) for found in pattern.finditer(fold(text))]


def is_silent(last_wrote_at: datetime, now: datetime) -> bool:
    """Whether a number has been silent for so long that it may be another person's by now (T5)."""
    return now - last_wrote_at > SILENCE
