"""Rules of step 1: which tasks are listed, screened and short-listed (I1-I3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.refusals import RuleBroken, WrongStage
from tenants.states import Moves


class Category(Labelled):
    """The sixteen fields of work of Table 2 (I1)."""

    ENTERPRISES = "enterprises", _l("Specialty enterprises")
    LABOUR_EXPORT = "labour_export", _l("Labour export")
    ECOLOGY = "ecology", _l("Ecological protection")
    EDUCATION = "education", _l("Education")
    HEALTH = "health", _l("Health")
    DIBAO = "dibao", _l("Minimum livelihood support (dibao)")
    VULNERABLE_GROUPS = "vulnerable_groups", _l("Services for vulnerable groups")
    INFRASTRUCTURE = "infrastructure", _l("Village infrastructure")
    MARKETS = "markets", _l("Market linkages and e-commerce")
    LIVING_CONDITIONS = "living_conditions", _l("Living conditions and environment")
    FINANCE = "finance", _l("Financial services")
    INNOVATION = "innovation", _l("Innovation")
    CAPACITIES = "capacities", _l("Capacities of people in poverty")
    DESIGN_EVALUATION = "design_evaluation", _l("Project design and evaluation")
    IMPACT = "impact", _l("Assessing results and impacts")
    NEW_WAYS = "new_ways", _l("New ways of benefiting target groups, third-party monitoring")


class Proposer(Labelled):
    """Who proposed a task (I1)."""

    OFFICE = "office", _l("County office")
    TOWNSHIP = "township", _l("Township")
    VILLAGE = "village", _l("Village")
    ORGANIZATION = "organization", _l("Social organization")
    VILLAGER = "villager", _l("Villager")


class TaskState(Labelled):
    """Where a task stands between the long list and the short list."""

    LISTED = "listed", _l("On the long list")
    SHORT_LISTED = "short_listed", _l("On the short list"), "good"
    RULED_OUT = "ruled_out", _l("Ruled out for now"), "warn"


TASK_MOVES: Moves = {
    "keep": ((TaskState.LISTED,), TaskState.SHORT_LISTED),
    "rule_out": ((TaskState.LISTED, TaskState.SHORT_LISTED), TaskState.RULED_OUT),
    "return": ((TaskState.RULED_OUT, TaskState.SHORT_LISTED), TaskState.LISTED),
}


class IdeaState(Labelled):
    """From somebody's suggestion to what the office made of it (I1)."""

    WAITING = "waiting", _l("New suggestion"), "warn"
    LISTED = "listed", _l("On the long list"), "good"
    SET_ASIDE = "set_aside", _l("Not for the long list")


IDEA_MOVES: Moves = {
    "list": ((IdeaState.WAITING,), IdeaState.LISTED),
    "set_aside": ((IdeaState.WAITING,), IdeaState.SET_ASIDE),
}


RECOMMENDED_CRITERIA = (
    ("社会组织做起来容易吗？", "Is it easy for social organizations to do?"),
    ("社会组织擅长做吗？", "Is it something social organizations are good at?"),
    ("是政府不便自己做的吗？", "Is it something the government is not suited to do?"),
    ("是政府希望社会组织做的吗？", "Is it something the government wants social organizations to do?"),
)
"""The four questions the guide recommends (step 1.2, I2)."""

OPTIONAL_CRITERIA = (
    ("上级支持吗？", "Would higher authorities support it?"),
    ("群众欢迎吗？", "Would people like it?"),
    ("能带来更多投入吗？", "Would it increase investment?"),
    ("能改善村里治理吗？", "Would it improve governance?"),
    ("适合做试点示范吗？", "Would it be a good pilot?"),
    ("男女都受益、贫困妇女愿意参加吗？", "Is it gender equitable and of interest to poor women?"),
)
"""Further questions a county may choose (step 1.2, I2)."""


def require_criteria(questions: Sequence[str]) -> None:
    """Refuse an empty question set, or the same question twice (guide step 1.2, I2)."""
    if not questions:
        raise RuleBroken("criteria_missing")
    if len({question.strip() for question in questions}) < len(questions):
        raise RuleBroken("criteria_repeated")


def require_every_criterion_answered(criteria: Collection[UUID], answered: Collection[UUID]) -> None:
    """Refuse a screening that leaves a criterion open (guide step 1.3, I3)."""
    missing = set(criteria) - set(answered)
    if not criteria:
        raise RuleBroken("criteria_missing")
    if missing:
        raise RuleBroken("criteria_unanswered", number=len(missing))


def require_reason_to_rule_out(keep: bool, reason: str | None) -> None:
    """Refuse to rule a task out without a reason that stays with it (guide step 1.3, I3)."""
    if not keep and not (reason or "").strip():
        raise RuleBroken("reason_missing")


def require_signable(short_listed: int, unscreened: int) -> None:
    """Refuse to sign an empty short list, or one while tasks still wait for screening (guide step 1.3, I3)."""
    if short_listed == 0:
        raise RuleBroken("short_list_empty")
    if unscreened:
        raise RuleBroken("tasks_unscreened", number=unscreened)


def require_still_listed(state: TaskState) -> None:
    """Refuse to change the words of a task once it has been screened (I3)."""
    if state is not TaskState.LISTED:
        raise WrongStage("wrong_stage", state=state)


def require_criteria_unused(answers: int) -> None:
    """Refuse other questions for a year in which tasks were already screened by the old ones (I2, I3)."""
    if answers:
        raise RuleBroken("criteria_in_use")
