"""What the province reads by JSON."""

from __future__ import annotations

from marshmallow import fields, pre_dump

from service.oversight.queries import CountyStanding
from service.schemas import Schema


class AnswersSchema(Schema):
    """How an office's complaints fare."""

    open = fields.Integer()
    overdue = fields.Integer()
    escalated = fields.Integer()
    answered = fields.Integer()
    on_time = fields.Integer()
    rating = fields.Decimal(places=2, as_string=True)


class CountyStandingSchema(Schema):
    """Where an office stands in each of the seven steps; counts by state."""

    office = fields.String()
    tasks = fields.Dict()
    graded = fields.Integer()
    organizations = fields.Dict()
    stages = fields.Dict()
    calls = fields.Dict()
    methods = fields.Dict()
    contracts = fields.Dict()
    late_transfers = fields.Integer()
    days_late = fields.Integer()
    complaints = fields.Nested(AnswersSchema)
    rounds = fields.Dict()
    accepted = fields.Integer()

    @pre_dump
    def flatten(self, standing: CountyStanding, **_options: object) -> dict[str, object]:
        """Name the office by its code and the states by their values."""
        counted = {
            name: {state.value: number for state, number in getattr(standing, name).items()}
            for name in ("tasks", "organizations", "stages", "calls", "methods", "contracts", "rounds")
        }
        return {**vars(standing), **counted, "office": standing.office.code}


class EarlyWarningSchema(Schema):
    """An early warning with its evidence."""

    concern = fields.Function(lambda warning: warning.concern.value)
    office = fields.Function(lambda warning: warning.office.code)
    subject = fields.Function(lambda warning: str(warning.subject))
    figure = fields.Integer()
