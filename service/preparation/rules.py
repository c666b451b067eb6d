"""Rules of step 4: packages, costs, scope of work, annual plan, workshops and the regulation (P1-P11)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.states import Moves


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
    DEADLINE = "deadline", _l("Deadline")
    FUNDING = "funding", _l("Funding")
    CHALLENGES = "challenges", _l("Expected difficulties and risks")
    SUPPORT = "support", _l("Support by government")


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
    PUBLISHED = "published", _l("Published"), "good"
    SUPERSEDED = "superseded", _l("Replaced by a newer version")


PLAN_MOVES: Moves = {
    "submit": ((PlanState.DRAFT,), PlanState.SUBMITTED),
    "return": ((PlanState.SUBMITTED,), PlanState.DRAFT),
    "approve": ((PlanState.SUBMITTED,), PlanState.APPROVED),
    "publish": ((PlanState.APPROVED,), PlanState.PUBLISHED),
    "supersede": ((PlanState.APPROVED, PlanState.PUBLISHED), PlanState.SUPERSEDED),
}


class RegulationState(Labelled):
    """A regulation is drafted, then adopted with an effective date (P11)."""

    DRAFT = "draft", _l("Draft")
    ADOPTED = "adopted", _l("Adopted"), "good"


REGULATION_MOVES: Moves = {"adopt": ((RegulationState.DRAFT,), RegulationState.ADOPTED)}
