"""Rules of broadcasts: who may be chosen, what needs a second person, and how a broadcast moves (S5, S6, T4, D3, T7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from channels.announcing import Share
from channels.models import NEVER_LEFT, WITHHELD, Delivery
from tenants.actors import Actor
from tenants.labels import Labelled
from tenants.permissions import Permission
from tenants.refusals import NotPermitted, RuleBroken, WrongStage
from tenants.states import Moves


class AudienceKind(Labelled):
    """Whom a broadcast is for."""

    ORGANIZATIONS = "organizations", _l("Organizations")
    BENEFICIARIES = "beneficiaries", _l("Villagers on a package’s register")
    EVALUATION = "evaluation", _l("Villagers of an evaluation")
    FOCAL_POINTS = "focal_points", _l("Community focal points")
    TOWNSHIP = "township", _l("People of a township")


class BroadcastState(Labelled):
    """Where a broadcast stands."""

    DRAFT = "draft", _l("Draft")
    WAITING = "waiting", _l("Waits for approval"), "warn"
    SENDING = "sending", _l("Going out")
    PAUSED = "paused", _l("Paused"), "warn"
    DONE = "done", _l("Gone out"), "good"
    STOPPED = "stopped", _l("Stopped"), "bad"
    DROPPED = "dropped", _l("Given up")


S = BroadcastState

BROADCAST_MOVES: Moves = {
    "submit": ((S.DRAFT,), S.WAITING),
    "give_back": ((S.WAITING,), S.DRAFT),
    "send": ((S.DRAFT, S.WAITING), S.SENDING),
    "pause": ((S.SENDING,), S.PAUSED),
    "resume": ((S.PAUSED,), S.SENDING),
    "stop": ((S.SENDING, S.PAUSED), S.STOPPED),
    "finish": ((S.SENDING,), S.DONE),
    "drop": ((S.DRAFT,), S.DROPPED),
}

NEEDED = {
    AudienceKind.BENEFICIARIES: "package_id",
    AudienceKind.EVALUATION: "round_id",
    AudienceKind.TOWNSHIP: "township",
}
"""What an audience cannot be chosen without."""

FILTERS = {
    AudienceKind.ORGANIZATIONS: ("organization_state", "typology", "capacity", "place"),
    AudienceKind.BENEFICIARIES: ("package_id",),
    AudienceKind.EVALUATION: ("round_id", "unanswered"),
    AudienceKind.FOCAL_POINTS: ("township",),
    AudienceKind.TOWNSHIP: ("township", "village"),
}
"""What each audience can be narrowed by."""

STILL_TO_GO = (Delivery.QUEUED, Delivery.SENDING)


def chosen_filters(kind: AudienceKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of the answers given, those that narrow this kind of audience, as they are kept."""
    return {name: str(given[name]) for name in FILTERS[kind] if given.get(name)}


def require_complete(kind: AudienceKind, filters: Mapping[str, Any]) -> None:
    """Refuse an audience without what says whom it means: a package, an evaluation, a township (S6)."""
    needed = NEEDED.get(kind)
    if needed is not None and not filters.get(needed):
        raise RuleBroken("audience_incomplete")


def require_may_grade(filters: Mapping[str, Any], by: Actor) -> None:
    """Refuse to choose by capacity category whoever may not read categories: they are confidential (D3)."""
    if filters.get("capacity"):
        by.require(Permission.CAPACITY_READ)


def readable_filters(filters: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """The filters as this person may see them: without the confidential category where it is not his to read (D3)."""
    return {
        name: value
        for name, value in filters.items()
        if name != "capacity" or by.may(Permission.CAPACITY_READ)
    }


def is_shown(share: Share, words_en: str | None) -> bool:
    """Whether the words in a language are looked at before they leave: somebody reads it, or they were written in it (S6)."""
    return bool(share.people or share.suppressed or share.unreachable or share.locale == "zh" or words_en)


def require_somebody(people: int) -> None:
    """Refuse to send to nobody (S6)."""
    if people == 0:
        raise RuleBroken("nobody_reached")


def require_left_to_send(over: bool) -> None:
    """Refuse to hold or end what has left for everybody, though it is not noted yet (S6)."""
    if over:
        raise WrongStage("broadcast_over")


def exceeds_budget(parts: int, used: int, budget: int) -> bool:
    """Whether so many ``parts``, with those ``used`` this month, pass the office's monthly budget (S6)."""
    return used + parts > budget


def cost_of(parts: int, price: Decimal) -> Decimal:
    """What so many parts cost, in yuan (S6)."""
    return (parts * price).quantize(Decimal("0.01"), ROUND_HALF_UP)


def require_another(person: UUID | None, first: Collection[UUID | None]) -> None:
    """Refuse ``own_preparation``: above the budget another than who wrote or submitted it decides (S6, T4)."""
    if person is None or person in first:
        raise NotPermitted("own_preparation")


def require_agreement(agreed: bool) -> None:
    """Refuse to list people who did not agree to get messages (T7)."""
    if not agreed:
        raise RuleBroken("agreement_missing")


def number_and_name(line: str) -> tuple[str, str | None]:
    """The number at the beginning of a line, and the name behind it where there is one (T7)."""
    number, _space, name = line.strip().replace("\u3000", " ").partition(" ")
    return number, name.strip() or None


def progress(states: Mapping[Delivery, int]) -> int:
    """How far a broadcast got, in whole percent: for how many it left, of all from whom it was not withheld (S6)."""
    meant = sum(number for state, number in states.items() if state not in WITHHELD)
    left = sum(
        number for state, number in states.items() if state not in STILL_TO_GO and state not in NEVER_LEFT
    )
    return 100 if not meant else 100 * left // meant
