"""Step 7 by JSON."""

from __future__ import annotations

from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.evaluation import acceptance, queries, results, workflow
from service.evaluation.models import Acceptance, Closure, EvaluationRound
from service.evaluation.schemas import (
    AcceptanceSchema,
    BeneficiarySchema,
    ClosureSchema,
    EnrolmentSchema,
    EvaluationRoundSchema,
    ResultsSchema,
)

bp = Blueprint(
    "evaluations", __name__, url_prefix="/evaluation", description="Step 7: evaluation, acceptance, closure"
)


@bp.route("/packages/<uuid:package_id>/beneficiaries")
class Beneficiaries(MethodView):
    """A package's beneficiary register."""

    @bp.response(200, BeneficiarySchema(many=True))
    def get(self, package_id: UUID) -> list[queries.Enrolled]:
        """List the people on the register, addresses masked."""
        return queries.list_beneficiaries(package_id, by=api_actor())[1]

    @bp.arguments(EnrolmentSchema)
    @bp.response(201, BeneficiarySchema(many=True))
    def post(self, data: dict, package_id: UUID) -> list[queries.Enrolled]:
        """Put people on the register."""
        by = api_actor()
        workflow.enrol_beneficiaries(package_id, data["people"], by=by)
        return queries.list_beneficiaries(package_id, by=by)[1]


@bp.route("/contracts/<uuid:contract_id>/rounds")
class Rounds(MethodView):
    """The evaluations of a contract's work."""

    @bp.response(200, EvaluationRoundSchema(many=True))
    def get(self, contract_id: UUID) -> list[EvaluationRound]:
        """List the evaluations."""
        return [one.round for one in queries.find_evaluation(contract_id, by=api_actor()).rounds]

    @bp.arguments(EvaluationRoundSchema)
    @bp.response(201, EvaluationRoundSchema)
    def post(self, data: dict, contract_id: UUID) -> EvaluationRound:
        """Ask the beneficiaries."""
        return workflow.open_round(contract_id, **data, by=api_actor())


@bp.post("/rounds/<uuid:round_id>/close")
@bp.response(200, EvaluationRoundSchema)
def close_round(round_id: UUID) -> EvaluationRound:
    """End an evaluation."""
    return workflow.close_round(round_id, by=api_actor())


@bp.get("/rounds/<uuid:round_id>/results")
@bp.response(200, ResultsSchema)
def read_results(round_id: UUID) -> results.Results:
    """Read the results of a closed evaluation."""
    return results.find_results(round_id, by=api_actor())


@bp.route("/contracts/<uuid:contract_id>/acceptances")
class Acceptances(MethodView):
    """What acceptance groups found."""

    @bp.response(200, AcceptanceSchema(many=True))
    def get(self, contract_id: UUID) -> list[Acceptance]:
        """List the acceptances."""
        return queries.find_evaluation(contract_id, by=api_actor()).acceptances

    @bp.arguments(AcceptanceSchema)
    @bp.response(201, AcceptanceSchema)
    def post(self, data: dict, contract_id: UUID) -> Acceptance:
        """Record what an acceptance group found."""
        return acceptance.record_acceptance(contract_id, **data, by=api_actor())


@bp.post("/contracts/<uuid:contract_id>/closure")
@bp.arguments(ClosureSchema)
@bp.response(201, ClosureSchema)
def record_closure(data: dict, contract_id: UUID) -> Closure:
    """Record the closure meeting and close the contract."""
    return acceptance.record_closure(contract_id, **data, by=api_actor())
