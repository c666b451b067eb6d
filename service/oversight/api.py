"""Oversight by JSON."""

from __future__ import annotations

from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.oversight import queries
from service.oversight.schemas import CountyStandingSchema, EarlyWarningSchema
from service.oversight.warnings import EarlyWarning, list_warnings

bp = Blueprint(
    "overviews", __name__, url_prefix="/oversight", description="The province: every county at each stage"
)


@bp.get("/counties")
@bp.response(200, CountyStandingSchema(many=True))
def list_counties() -> list[queries.CountyStanding]:
    """List where every office below stands."""
    return queries.list_county_standings(by=api_actor())


@bp.get("/warnings")
@bp.response(200, EarlyWarningSchema(many=True))
def list_early_warnings() -> list[EarlyWarning]:
    """List the early warnings."""
    return list_warnings(by=api_actor())
