"""Step 2 by JSON. Confidential (D3): only for tokens that carry an official's role."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.difficulty import queries, workflow
from service.difficulty.models import Variant
from service.difficulty.schemas import ThreeListsSchema, VariantSchema

bp = Blueprint(
    "variants", __name__, url_prefix="/difficulty", description="Step 2: difficulty of short-listed tasks"
)


@bp.get("")
@bp.response(200, ThreeListsSchema)
def three_lists() -> dict[str, Any]:
    """Read the three lists: easy, regular, difficult."""
    lists = queries.three_lists(by=api_actor())
    return {
        difficulty.value: [
            {"number": task.number, "title": task.title, "variant": variant} for task, variant in graded
        ]
        for difficulty, graded in lists.items()
    }


@bp.route("/tasks/<uuid:task_id>/variants")
class Variants(MethodView):
    """The graded ways of doing a task."""

    @bp.response(200, VariantSchema(many=True))
    def get(self, task_id: UUID) -> list[Variant]:
        """List the graded ways of a task."""
        return queries.compare_variants(task_id, by=api_actor())[1]

    @bp.arguments(VariantSchema)
    @bp.response(201, VariantSchema)
    def post(self, data: dict, task_id: UUID) -> Variant:
        """Grade a way of doing a task."""
        return workflow.grade_variant(task_id, **data, by=api_actor())


@bp.route("/variants/<uuid:variant_id>")
class OneVariant(MethodView):
    """A graded way of doing a task."""

    @bp.response(200, VariantSchema)
    def get(self, variant_id: UUID) -> Variant:
        """Read a graded way."""
        return queries.find_variant(variant_id, by=api_actor())

    @bp.arguments(VariantSchema)
    @bp.response(200, VariantSchema)
    def put(self, data: dict, variant_id: UUID) -> Variant:
        """Grade it anew."""
        return workflow.regrade_variant(variant_id, **data, by=api_actor())
