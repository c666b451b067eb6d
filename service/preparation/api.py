"""Step 4 by JSON: packages. Plan, workshops and regulation stand in ``planning_api.py``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request
from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.preparation import documents, queries, workflow
from service.preparation.cost_rules import Costs
from service.preparation.models import Package, ScopeOfWork
from service.preparation.schemas import (
    CostLinesSchema,
    CostsSchema,
    DesignSchema,
    MethodSchema,
    PackageSchema,
    PricingSchema,
    ProcurementListSchema,
    ReasonSchema,
    RecommendationSchema,
    ScopeOfWorkSchema,
)
from service.preparation.views import download
from tenants.permissions import Permission

bp = Blueprint(
    "packages",
    __name__,
    url_prefix="/packages",
    description="Step 4: packages, costs, methods, scopes of work",
)


@bp.route("")
class Packages(MethodView):
    """The packages of the office."""

    @bp.response(200, PackageSchema(many=True))
    def get(self) -> list[Package]:
        """List the packages."""
        return [package for package, _costs in queries.list_packages(by=api_actor())]

    @bp.arguments(PackageSchema)
    @bp.response(201, PackageSchema)
    def post(self, data: dict) -> Package:
        """Design a package from one graded way of doing a short-listed task."""
        return workflow.design_package(**data, by=api_actor())


@bp.route("/<uuid:package_id>")
class OnePackage(MethodView):
    """A package."""

    @bp.response(200, PackageSchema)
    def get(self, package_id: UUID) -> Package:
        """Read a package."""
        return queries.find_package(package_id, by=api_actor())

    @bp.arguments(DesignSchema)
    @bp.response(200, PackageSchema)
    def put(self, data: dict, package_id: UUID) -> Package:
        """Change the design of a package."""
        return workflow.change_package(package_id, **data, by=api_actor())


@bp.route("/<uuid:package_id>/costs")
class PackageCosts(MethodView):
    """What a package costs."""

    @bp.response(200, CostsSchema)
    def get(self, package_id: UUID) -> Costs:
        """Read the sums, in yuan."""
        return queries.package_costs(package_id, by=api_actor())

    @bp.arguments(CostLinesSchema)
    @bp.response(200, CostsSchema)
    def put(self, data: dict, package_id: UUID) -> Costs:
        """Set all cost lines."""
        workflow.set_costs(package_id, **data, by=api_actor())
        return queries.package_costs(package_id, by=api_actor())


@bp.get("/<uuid:package_id>/recommendation")
@bp.response(200, RecommendationSchema)
def recommendation(package_id: UUID) -> dict[str, Any]:
    """Read the recommended methods; confidential, since they follow from the difficulty (D3)."""
    api_actor().require(Permission.DIFFICULTY_READ)
    page = queries.find_package_page(package_id, by=api_actor())
    return {"pricing": page.pricing_recommended, "procurement": page.methods_recommended}


@bp.put("/<uuid:package_id>/pricing")
@bp.arguments(PricingSchema)
@bp.response(200, PackageSchema)
def choose_pricing(data: dict, package_id: UUID) -> Package:
    """Choose the pricing method with its terms."""
    return workflow.choose_pricing(package_id, **data, by=api_actor())


@bp.put("/<uuid:package_id>/method")
@bp.arguments(MethodSchema)
@bp.response(200, PackageSchema)
def choose_method(data: dict, package_id: UUID) -> Package:
    """Choose the procurement method."""
    return workflow.choose_method(package_id, **data, by=api_actor())


@bp.route("/<uuid:package_id>/scopes-of-work")
class ScopesOfWork(MethodView):
    """The scope of work of a package."""

    @bp.response(200, ScopeOfWorkSchema)
    def get(self, package_id: UUID) -> ScopeOfWork:
        """Read the newest version."""
        return queries.find_scope_paper(package_id, by=api_actor()).scope

    @bp.arguments(ScopeOfWorkSchema)
    @bp.response(201, ScopeOfWorkSchema)
    def post(self, data: dict, package_id: UUID) -> ScopeOfWork:
        """Write a new version."""
        return workflow.write_scope_of_work(package_id, **data, by=api_actor())


@bp.get("/<uuid:package_id>/scope-of-work.<language>.docx")
@bp.response(200, content_type=documents.WORD)
def scope_of_work_document(package_id: UUID, language: str) -> Response:
    """Download the newest scope of work in Word, zh or en; ``?copy=office`` for the office's own."""
    office_copy = request.args.get("copy") == "office"
    paper = queries.find_scope_paper(package_id, office_copy=office_copy, by=api_actor())
    content = documents.scope_of_work_document(paper, "en" if language == "en" else "zh")
    return download(
        content, documents.WORD, f"scope-of-work-{paper.package.number}-{paper.scope.version}.docx"
    )


@bp.post("/<uuid:package_id>/finish")
@bp.response(200, PackageSchema)
def finish(package_id: UUID) -> Package:
    """Declare a package ready for procurement."""
    return workflow.finish_package(package_id, by=api_actor())


@bp.post("/<uuid:package_id>/redesign")
@bp.arguments(ReasonSchema)
@bp.response(200, PackageSchema)
def redesign(data: dict, package_id: UUID) -> Package:
    """Take a ready package back into design."""
    return workflow.redesign_package(package_id, data["reason"], by=api_actor())


@bp.get("/procurement-list/<int:year>")
@bp.response(200, ProcurementListSchema)
def procurement_list(year: int) -> queries.ProcurementList:
    """Read a year's list of tasks for procurement (Table 9); ``?copy=office`` groups it by difficulty."""
    office_copy = request.args.get("copy") == "office"
    return queries.list_for_procurement(year, office_copy=office_copy, by=api_actor())
