"""Rules of step 4: packages, scope of work, annual plan, workshops and the regulation (P1-P11).

Costs and prices have their own rules in ``cost_rules.py``, the annual plan in ``plan_rules.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from service.difficulty.rules import Difficulty
from service.identification.rules import TaskState
from tenants.labels import Labelled
from tenants.refusals import NotPermitted, RuleBroken, WrongStage
from tenants.states import Moves


class DesignQuestion(Labelled):
    """What the design of a package answers: Figure 9 and its text (P1)."""

    WHAT = "what", _l("What is to be done?")
    HOW_MUCH = "how_much", _l("How much of it?")
    HOW = "how", _l("How is it to be done?")
    WHERE = "where", _l("Where?")
    FOR_WHOM = "for_whom", _l("For whom?")
    REQUIREMENTS = "requirements", _l("To what requirements?")
    TIME = "time", _l("How much time is needed?")
    FUNDS = "funds", _l("What funds, and what price for the service?")
    QUALITY = "quality", _l("What quality standards?")
    INSPECTION = "inspection", _l("How is it inspected and evaluated?")
    INCENTIVES = "incentives", _l("What incentives or penalties?")


class CostKind(Labelled):
    """What a cost line belongs to (P4): direct investment, or one of the parts of the service fee."""

    DIRECT = "direct", _l("Direct investment")
    PERSONNEL = "personnel", _l("Personnel")
    TRANSPORT = "transport", _l("Transport")
    MATERIALS = "materials", _l("Materials")
    BOARD = "board", _l("Food and accommodation")
    ADMINISTRATION = "administration", _l("Administration")
    DEVELOPMENT = "development", _l("Organizational development")


class PricingMethod(Labelled):
    """The four pricing methods of Table 6 (P5)."""

    PROPORTIONAL = "proportional", _l("Proportional")
    PERFORMANCE = "performance", _l("Performance linked")
    COST_COVERING = "cost_covering", _l("Cost covering")
    TIME_AND_LABOUR = "time_and_labour", _l("Time and labour input")


class ProcurementMethod(Labelled):
    """The five procurement methods of Table 7 (P6)."""

    QUOTATION = "quotation", _l("Quotation")
    NEGOTIATION = "negotiation", _l("Negotiation")
    INVITED_TENDER = "invited_tender", _l("Invited tender")
    OPEN_TENDER = "open_tender", _l("Open tender")
    LONG_TERM = "long_term", _l("Long-term contract")


class SowItem(Labelled):
    """The twelve items of Table 8 (P7)."""

    NAME = "name", _l("Name of the task")
    TARGET_GROUP = "target_group", _l("Target group")
    LOCATION = "location", _l("Location and boundary")
    SCALE = "scale", _l("Scale of the task")
    APPROACH = "approach", _l("Work approach and engineering requirements")
    RESULTS = "results", _l("Expected results")
    INSPECTION = "inspection", _l("Inspection and acceptance")
    EVALUATION = "evaluation", _l("Evaluation after completion")
    DEADLINE = "deadline", _l("Deadline for the task")
    FUNDING = "funding", _l("Task funding")
    CHALLENGES = "challenges", _l("Expected difficulties and risks")
    SUPPORT = "support", _l("Support by government")


DESIGN_BEHIND: dict[SowItem, tuple[DesignQuestion, ...]] = {
    SowItem.TARGET_GROUP: (DesignQuestion.FOR_WHOM,),
    SowItem.LOCATION: (DesignQuestion.WHERE,),
    SowItem.SCALE: (DesignQuestion.WHAT, DesignQuestion.HOW_MUCH),
    SowItem.APPROACH: (DesignQuestion.HOW, DesignQuestion.REQUIREMENTS),
    SowItem.RESULTS: (DesignQuestion.QUALITY,),
    SowItem.INSPECTION: (DesignQuestion.INSPECTION,),
    SowItem.DEADLINE: (DesignQuestion.TIME,),
    SowItem.FUNDING: (DesignQuestion.FUNDS,),
    SowItem.CHALLENGES: (DesignQuestion.INCENTIVES,),
}
"""Which answers of the design a first scope of work takes over (guide step 4.1(4))."""


class PackageState(Labelled):
    """Whether a package can go into a plan; what becomes of it later, the plan, call and contract know."""

    DESIGNING = "designing", _l("Being designed")
    READY = "ready", _l("Ready for procurement"), "good"


PACKAGE_MOVES: Moves = {
    "finish": ((PackageState.DESIGNING,), PackageState.READY),
    "redesign": ((PackageState.READY,), PackageState.DESIGNING),
}


class PlanState(Labelled):
    """Draft → submitted → approved → published (P9)."""

    DRAFT = "draft", _l("Draft")
    SUBMITTED = "submitted", _l("Waiting for approval"), "warn"
    APPROVED = "approved", _l("Approved"), "good"
    PUBLISHED = "published", _l("Made public"), "good"
    SUPERSEDED = "superseded", _l("Replaced by a newer version")


PLAN_MOVES: Moves = {
    "submit": ((PlanState.DRAFT,), PlanState.SUBMITTED),
    "return": ((PlanState.SUBMITTED,), PlanState.DRAFT),
    "approve": ((PlanState.SUBMITTED,), PlanState.APPROVED),
    "publish": ((PlanState.APPROVED,), PlanState.PUBLISHED),
    "supersede": ((PlanState.APPROVED, PlanState.PUBLISHED), PlanState.SUPERSEDED),
}


class Deferral(Labelled):
    """Why a package waits (P9); in words that tell nothing of difficulty, since plans are public (D3)."""

    FUNDS = "funds", _l("This year's funds do not reach")
    EXPERIENCE = "experience", _l("It needs experience the record does not show yet")
    CAN_WAIT = "can_wait", _l("It can wait until next year")
    OTHER = "other", _l("Another reason, given below")


class RegulationSection(Labelled):
    """The sections of an Implementation Regulation by Table 10 (P11)."""

    OBJECTIVE = "objective", _l("Objective")
    GUIDING_THOUGHTS = "guiding_thoughts", _l("Guiding thoughts")
    PRINCIPLES = "principles", _l("Basic principles")
    PROCEDURES = "procedures", _l("Implementation procedures")
    MANAGEMENT = "management", _l("Management requirements")
    SAFEGUARDS = "safeguards", _l("Leadership support and institutional safeguards")
    OTHER = "other", _l("Other")


SECTION_POINTS: dict[RegulationSection, Any] = {
    RegulationSection.OBJECTIVE: _l(
        "Why the county buys poverty reduction services from social organizations."
    ),
    RegulationSection.GUIDING_THOUGHTS: _l("What to do: what is bought, from whom, and for whom."),
    RegulationSection.PRINCIPLES: _l(
        "For instance: graduated procurement; quality before quantity; the needs of the poor first; "
        "learning by doing; step by step."
    ),
    RegulationSection.PROCEDURES: _l(
        "Designing tasks and the scope of work; whether an organization suits; procurement method; "
        "service fee; the procurement itself; the contract; monitoring; evaluation and acceptance."
    ),
    RegulationSection.MANAGEMENT: _l(
        "Who procures; allocating and transferring funds; financial management; public notices; "
        "complaints and risks; no rent-seeking; coordination and support by government."
    ),
    RegulationSection.SAFEGUARDS: _l("Who leads; which agency supports, and with what responsibility."),
    RegulationSection.OTHER: _l(
        "Support to local organizations: a lower threshold, help to grow, better skills."
    ),
}
"""What Table 10 asks of each section."""


class WorkshopTopic(Labelled):
    """The nine topics of step 4.4 (P10)."""

    WHAT_TO_BUY = (
        "what_to_buy",
        _l("Which poverty reduction tasks can be bought here from social organizations?"),
    )
    FEE_ABOVE_NOTE = (
        "fee_above_note",
        _l("What if the service fee is more than two per cent of direct funding?"),
    )
    WHO_PROCURES = "who_procures", _l("Who does the procurement?")
    FINDING = "finding", _l("How are qualified organizations found?")
    WEAK_ORGANIZATIONS = "weak_organizations", _l("What if local organizations have little experience?")
    MEASURING_QUALITY = "measuring_quality", _l("How is the quality of services measured?")
    UNDER_GOVERNMENT = "under_government", _l("May an agency found an organization of its own for its tasks?")
    EQUAL_PARTNERS = (
        "equal_partners",
        _l("Are government and organizations superior and subordinate, or equals?"),
    )
    POLICIES = "policies", _l("Which policies and measures would help?")


class Department(Labelled):
    """The departments that step 4.4 invites to a county workshop (P10)."""

    POVERTY_ALLEVIATION = "poverty_alleviation", _l("Poverty Alleviation Office")
    FINANCE = "finance", _l("Finance Bureau")
    CIVIL_AFFAIRS = "civil_affairs", _l("Civil Affairs Bureau")
    INDUSTRY_COMMERCE = "industry_commerce", _l("Bureau of Industry and Commerce")
    DEVELOPMENT_REFORM = "development_reform", _l("Development and Reform Commission")
    ETHNIC_RELIGIOUS = "ethnic_religious", _l("Ethnic and Religious Affairs Commission")
    AGRICULTURE = "agriculture", _l("Agriculture Bureau")
    FORESTRY = "forestry", _l("Forestry Bureau")
    DISABLED_PERSONS = "disabled_persons", _l("Disabled Persons' Federation")
    WOMEN = "women", _l("Women's Federation")
    AUDIT = "audit", _l("Audit Bureau")
    DISCIPLINE = "discipline", _l("Discipline Inspection Department")
    SUPERVISION = "supervision", _l("Supervision Bureau")


WORKSHOPS_NEEDED = 2
"""How many county workshops come before the first call (guide step 4.4, P10)."""

FEW_ORGANIZATIONS = 3
"""Below this number of able SOs competitive methods are not pushed (guide step 4.1(3), P6)."""


class RegulationState(Labelled):
    """A regulation is drafted, then adopted with an effective date (P11)."""

    DRAFT = "draft", _l("Draft")
    ADOPTED = "adopted", _l("Adopted"), "good"


REGULATION_MOVES: Moves = {"adopt": ((RegulationState.DRAFT,), RegulationState.ADOPTED)}


def require_short_listed(state: TaskState) -> None:
    """Refuse ``task_off_short_list``: a package is designed from a short-listed task (P1, I3)."""
    if state is not TaskState.SHORT_LISTED:
        raise RuleBroken("task_off_short_list")


def require_in_design(state: PackageState) -> None:
    """Refuse to change a package that was declared ready; it goes back to its design first (P7)."""
    if state is not PackageState.DESIGNING:
        raise WrongStage("wrong_stage", state=state)


def open_questions(design: Mapping[str, Any]) -> list[DesignQuestion]:
    """The questions of Figure 9 that a design leaves open (P1)."""
    return [question for question in DesignQuestion if not str(design.get(question) or "").strip()]


def require_design_complete(design: Mapping[str, Any]) -> None:
    """Refuse ``design_incomplete``: a package answers every question of Figure 9 (guide step 4.1(1), P1)."""
    missing = open_questions(design)
    if missing:
        raise RuleBroken("design_incomplete", number=len(missing))


def recommended_methods(
    difficulty: Difficulty,
    *,
    designed_by_organization: bool = False,
    specialised: bool = False,
    able: int,
) -> tuple[ProcurementMethod, ...]:
    """The procurement methods that Table 7 and its text recommend, best first (guide step 4.1(3), P6).

    ``able``: how many listed SOs could take the package on. Specialised with one or two able → long-term
    contract; difficult or SO-designed → negotiation; easy → quotation; regular → open or invited tender.
    Where few are able, negotiation is as good a choice, and nothing is invited to tender.
    """
    if specialised and able in (1, 2):
        return (ProcurementMethod.LONG_TERM,)
    if designed_by_organization or difficulty is Difficulty.DIFFICULT:
        return (ProcurementMethod.NEGOTIATION,)
    few = able < FEW_ORGANIZATIONS
    if difficulty is Difficulty.EASY:
        return (
            (ProcurementMethod.QUOTATION, ProcurementMethod.NEGOTIATION)
            if few
            else (ProcurementMethod.QUOTATION,)
        )
    if few:
        return (ProcurementMethod.NEGOTIATION, ProcurementMethod.OPEN_TENDER)
    return (ProcurementMethod.OPEN_TENDER, ProcurementMethod.INVITED_TENDER)


def require_reason_for_method(
    method: ProcurementMethod, recommended: Collection[ProcurementMethod], reason: str | None
) -> None:
    """Refuse ``method_reason_missing``: another than the recommended needs a written, public reason (P6)."""
    if method not in recommended and not (reason or "").strip():
        raise RuleBroken("method_reason_missing")


def open_items(items: Mapping[str, Any]) -> list[SowItem]:
    """The items of Table 8 that a scope of work leaves open (P7)."""
    return [item for item in SowItem if not str(items.get(item) or "").strip()]


def require_scope_complete(items: Mapping[str, Any] | None) -> None:
    """Refuse ``scope_incomplete`` unless Table 8's twelve items are filled (guide step 4.1(4), P7, C1)."""
    missing = open_items(items or {})
    if missing:
        raise RuleBroken("scope_incomplete", number=len(missing))


def require_costed(lines: int) -> None:
    """Refuse ``costs_missing``: a ready package has at least one line of costs (P4)."""
    if not lines:
        raise RuleBroken("costs_missing")


def require_priced(pricing: PricingMethod | None, method: ProcurementMethod | None) -> None:
    """Refuse ``pricing_missing``, ``method_missing``: a ready package is priced and has a method (P5, P6)."""
    if pricing is None:
        raise RuleBroken("pricing_missing")
    if method is None:
        raise RuleBroken("method_missing")


def require_not_planned(planned: bool) -> None:
    """Refuse ``package_planned``: what a submitted or decided plan includes keeps its design (P9)."""
    if planned:
        raise RuleBroken("package_planned")


def require_another_person(person_id: UUID | None, prepared_by: Collection[UUID | None]) -> None:
    """Refuse ``own_preparation``: who prepared a plan or a regulation does not decide on it (T4, P9, P11)."""
    if person_id is None or person_id in prepared_by:
        raise NotPermitted("own_preparation")


def require_workshop_held(held_on: date, today: date, present: Collection[str]) -> None:
    """Refuse ``workshop_in_future``, ``nobody_present``: what is on record took place (step 4.4, P10)."""
    if held_on > today:
        raise RuleBroken("workshop_in_future")
    if not present:
        raise RuleBroken("nobody_present")


def require_workshops(count: int) -> None:
    """Refuse ``workshops_missing`` unless at least two county workshops are on record (guide step 4.4, P10).

    ``count``: workshops held before the county's first call.
    """
    if count < WORKSHOPS_NEEDED:
        raise RuleBroken("workshops_missing", number=WORKSHOPS_NEEDED - count)


def require_no_open_regulation(version: int | None) -> None:
    """Refuse ``regulation_open``: one version is drafted at a time (P11)."""
    if version is not None:
        raise RuleBroken("regulation_open", version=version)


def require_regulation_draft(state: RegulationState) -> None:
    """Refuse to change an adopted regulation; a new version replaces it (P11)."""
    if state is not RegulationState.DRAFT:
        raise WrongStage("wrong_stage", state=state)


def require_regulation_complete(sections: Mapping[str, Any]) -> None:
    """Refuse ``regulation_incomplete`` unless each section of Table 10 is written (guide step 4.5, P11)."""
    missing = [section for section in RegulationSection if not str(sections.get(section) or "").strip()]
    if missing:
        raise RuleBroken("regulation_incomplete", number=len(missing))


def require_effect_ahead(effective_on: date, today: date) -> None:
    """Refuse ``effective_in_the_past``: a regulation takes effect today or later (P11)."""
    if effective_on < today:
        raise RuleBroken("effective_in_the_past")
