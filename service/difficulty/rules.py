"""Rules of step 2: how difficult a task is, done in a given way (D1-D3)."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from service.identification.rules import TaskState
from tenants.labels import Labelled
from tenants.refusals import AlreadyDone, RuleBroken


class Difficulty(Labelled):
    """The three lists of step 2; confidential (D3)."""

    EASY = "easy", _l("Easy")
    REGULAR = "regular", _l("Regular")
    DIFFICULT = "difficult", _l("Difficult")


class Approach(Labelled):
    """How the work is done: what is graded first (D1, D2)."""

    TRANSFER = "transfer", _l("Only moves funds, goods or information")
    CONTRACTOR = "contractor", _l("Handed as a whole to a contractor")
    CONSTRUCTION = "construction", _l("Ordinary construction project")
    PRODUCTION = "production", _l("Support to production")
    MONITORING = "monitoring", _l("Monitoring or verification")
    COMMUNITY = "community", _l("Done by the community itself")


class CommunityAspect(Labelled):
    """What makes work community-driven, whatever the approach is called (D1)."""

    SELF_MANAGEMENT = "self_management", _l("Community self-management")
    BEHAVIOUR = "behaviour", _l("Change of behaviour or power")
    MARKET_LINKAGE = "market_linkage", _l("Linking poor households to markets")
    GOVERNANCE = "governance", _l("Village governance")
    BENEFIT_SHARING = "benefit_sharing", _l("Sharing of benefits")


BY_APPROACH = {
    Approach.TRANSFER: Difficulty.EASY,
    Approach.CONTRACTOR: Difficulty.EASY,
    Approach.CONSTRUCTION: Difficulty.REGULAR,
    Approach.PRODUCTION: Difficulty.REGULAR,
    Approach.MONITORING: Difficulty.REGULAR,
    Approach.COMMUNITY: Difficulty.DIFFICULT,
}
"""Table 3: the difficulty each approach has by itself (D1)."""


def suggest(approach: Approach, aspects: Collection[CommunityAspect]) -> Difficulty:
    """Grade by method, then by content: any community-driven aspect makes work difficult (step 2, D1, D2)."""
    return Difficulty.DIFFICULT if aspects else BY_APPROACH[approach]


def require_reason_to_override(suggested: Difficulty, chosen: Difficulty, reason: str | None) -> None:
    """Refuse another grade than the suggested one without a written reason (D1)."""
    if chosen is not suggested and not (reason or "").strip():
        raise RuleBroken("override_reason_missing", suggested=suggested)


def require_short_listed(state: TaskState) -> None:
    """Refuse to grade a task that is not on the short list (guide step 2, D1)."""
    if state is not TaskState.SHORT_LISTED:
        raise RuleBroken("task_not_short_listed")


def require_new_name(name: str, names: Collection[str]) -> None:
    """Refuse two ways of one task under one name: side by side nobody could tell them apart (D2)."""
    if name.strip() in {known.strip() for known in names}:
        raise AlreadyDone("variant_known", name=name)
