"""Step 4 by JSON: the annual plan, the county workshops and the Implementation Regulation."""

from __future__ import annotations

from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.preparation import planning, planning_queries
from service.preparation.models import Plan, Regulation, Workshop
from service.preparation.planning_queries import PlanPage
from service.preparation.planning_schemas import (
    AdoptionSchema,
    PlanChangeSchema,
    PlanPageSchema,
    PlanSchema,
    RegulationSchema,
    WorkshopSchema,
)
from service.preparation.schemas import ReasonSchema

plans_bp = Blueprint("plans", __name__, url_prefix="/plans", description="Step 4: the annual plan")
regulations_bp = Blueprint(
    "regulations", __name__, url_prefix="/regulations", description="Step 4: the Implementation Regulation"
)
workshops_bp = Blueprint(
    "workshops", __name__, url_prefix="/workshops", description="Step 4: county workshops"
)


@plans_bp.route("")
class Plans(MethodView):
    """The annual plans of the office."""

    @plans_bp.response(200, PlanSchema(many=True))
    def get(self) -> list[Plan]:
        """List the plans."""
        return planning_queries.list_plans(by=api_actor())

    @plans_bp.arguments(PlanSchema)
    @plans_bp.response(201, PlanPageSchema)
    def post(self, data: dict) -> PlanPage:
        """Draft a plan; the system proposes the balance."""
        plan = planning.draft_plan(**data, by=api_actor())
        return _page(plan)


@plans_bp.route("/<uuid:plan_id>")
class OnePlan(MethodView):
    """A plan."""

    @plans_bp.response(200, PlanPageSchema)
    def get(self, plan_id: UUID) -> PlanPage:
        """Read a plan with its lines and its balance."""
        return planning_queries.find_plan_page(plan_id, by=api_actor())

    @plans_bp.arguments(PlanChangeSchema)
    @plans_bp.response(200, PlanPageSchema)
    def put(self, data: dict, plan_id: UUID) -> PlanPage:
        """Change funds and lines; the answer says what no longer fits."""
        return _page(planning.change_plan(plan_id, **data, by=api_actor()))


@plans_bp.post("/<uuid:plan_id>/propose")
@plans_bp.response(200, PlanPageSchema)
def propose_plan(plan_id: UUID) -> PlanPage:
    """Let the system propose the balance anew."""
    return _page(planning.propose_plan(plan_id, by=api_actor()))


@plans_bp.post("/<uuid:plan_id>/submit")
@plans_bp.response(200, PlanSchema)
def submit_plan(plan_id: UUID) -> Plan:
    """Submit a plan for approval."""
    return planning.submit_plan(plan_id, by=api_actor())


@plans_bp.post("/<uuid:plan_id>/approve")
@plans_bp.response(200, PlanSchema)
def approve_plan(plan_id: UUID) -> Plan:
    """Approve a plan, as another person than who prepared it."""
    return planning.approve_plan(plan_id, by=api_actor())


@plans_bp.post("/<uuid:plan_id>/return")
@plans_bp.arguments(ReasonSchema)
@plans_bp.response(200, PlanSchema)
def return_plan(data: dict, plan_id: UUID) -> Plan:
    """Give a plan back with the reason."""
    return planning.return_plan(plan_id, data["reason"], by=api_actor())


@plans_bp.post("/<uuid:plan_id>/publish")
@plans_bp.response(200, PlanSchema)
def publish_plan(plan_id: UUID) -> Plan:
    """Publish an approved plan."""
    return planning.publish_plan(plan_id, by=api_actor())


def _page(plan: Plan) -> PlanPage:
    return planning_queries.find_plan_page(plan.id, by=api_actor())


@regulations_bp.route("")
class Regulations(MethodView):
    """The versions of the Implementation Regulation."""

    @regulations_bp.response(200, RegulationSchema(many=True))
    def get(self) -> list[Regulation]:
        """List the versions."""
        return planning_queries.list_regulations(by=api_actor())

    @regulations_bp.arguments(RegulationSchema)
    @regulations_bp.response(201, RegulationSchema)
    def post(self, data: dict) -> Regulation:
        """Draft a new version."""
        return planning.draft_regulation(**data, by=api_actor())


@regulations_bp.route("/<uuid:regulation_id>")
class OneRegulation(MethodView):
    """A version of the regulation."""

    @regulations_bp.response(200, RegulationSchema)
    def get(self, regulation_id: UUID) -> Regulation:
        """Read a version."""
        return planning_queries.find_regulation(regulation_id, by=api_actor())

    @regulations_bp.arguments(RegulationSchema)
    @regulations_bp.response(200, RegulationSchema)
    def put(self, data: dict, regulation_id: UUID) -> Regulation:
        """Change a draft."""
        return planning.change_regulation(regulation_id, **data, by=api_actor())


@regulations_bp.post("/<uuid:regulation_id>/adopt")
@regulations_bp.arguments(AdoptionSchema)
@regulations_bp.response(200, RegulationSchema)
def adopt_regulation(data: dict, regulation_id: UUID) -> Regulation:
    """Adopt a version with the day it takes effect."""
    return planning.adopt_regulation(regulation_id, data["effective_on"], by=api_actor())


@workshops_bp.route("")
class Workshops(MethodView):
    """The county workshops."""

    @workshops_bp.response(200, WorkshopSchema(many=True))
    def get(self) -> list[Workshop]:
        """List the workshops on record."""
        return planning_queries.list_workshops(by=api_actor())

    @workshops_bp.arguments(WorkshopSchema)
    @workshops_bp.response(201, WorkshopSchema)
    def post(self, data: dict) -> Workshop:
        """Put a workshop on record."""
        return planning.record_workshop(**data, by=api_actor())
