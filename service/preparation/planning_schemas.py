"""What goes in and out at the doors of the annual plan, the regulation and the workshops (P4-P11)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from service.preparation.rules import (
    SECTION_POINTS,
    Deferral,
    Department,
    PlanState,
    RegulationSection,
    RegulationState,
    WorkshopTopic,
)
from service.preparation.schemas import YEAR, text_for_each
from service.schemas import Choice, Money, Schema, Text, about
from tenants.labels import Labelled

LONGEST_SECTION = 8000

SectionsSchema = text_for_each(
    RegulationSection, "RegulationSections", most=LONGEST_SECTION, hints=SECTION_POINTS
)


def _several(members: type[Labelled], label: Any, **kwargs: Any) -> fields.List:
    """Any number of an enumeration's values, kept as plain text."""
    known = fields.String(validate=validate.OneOf([member.value for member in members]))
    choices = [(member.value, member.label) for member in members]
    return fields.List(known, metadata=about(label, widget="checkboxes", choices=choices), **kwargs)


class PlanSchema(Schema):
    """A version of the annual plan (P9)."""

    id = fields.UUID(dump_only=True)
    version = fields.Integer(dump_only=True)
    state = Choice(PlanState, _l("State"), dump_only=True)
    prepared_at = fields.AwareDateTime(dump_only=True)
    decided_at = fields.AwareDateTime(dump_only=True)
    published_at = fields.AwareDateTime(dump_only=True)
    year = fields.Integer(required=True, validate=YEAR, metadata=about(_l("Year")))
    funds = Money(_l("Funds of the year"), required=True)


class PlanLineSchema(Schema):
    """A package in the plan, or deferred with its reason (P9)."""

    package_id = fields.UUID(required=True, metadata=about(_l("Package"), widget="hidden"))
    included = fields.Boolean(required=True, metadata=about(_l("This year"), widget="radio"))
    deferral = Choice(Deferral, _l("If not: why it waits"), load_default=None, allow_none=True)
    note = Text(_l("Note"), most=300, widget="text", load_default=None, allow_none=True)


class PlanRowSchema(Schema):
    """A line of the plan with its package and costs, in yuan."""

    package_id = fields.UUID(attribute="package.id")
    number = fields.Integer(attribute="package.number")
    name = fields.String(attribute="package.name")
    included = fields.Boolean(attribute="line.included")
    deferral = Choice(Deferral, _l("Why it waits"), attribute="line.deferral")
    note = fields.String(attribute="line.note")
    direct_investment = fields.Decimal(as_string=True)
    service_fee = fields.Decimal(as_string=True)
    total = fields.Decimal(as_string=True)


class PlanChangeSchema(Schema):
    """The plan's funds and lines as the officer wants them (P9)."""

    funds = Money(_l("Funds of the year"), required=True)
    lines = fields.List(
        fields.Nested(PlanLineSchema), required=True, metadata=about(_l("Packages"), widget="rows", rows=0)
    )


class PlanBalanceSchema(Schema):
    """How a plan stands against funds, in yuan, and against what organizations can do (P9)."""

    total = fields.Decimal(as_string=True)
    left = fields.Decimal(as_string=True)
    fits = fields.Boolean()


class PlanPageSchema(Schema):
    """A plan with its lines and its balance."""

    plan = fields.Nested(PlanSchema)
    rows = fields.List(fields.Nested(PlanRowSchema))
    balance = fields.Nested(PlanBalanceSchema)


class RegulationSchema(Schema):
    """A version of the Implementation Regulation (P11)."""

    id = fields.UUID(dump_only=True)
    version = fields.Integer(dump_only=True)
    state = Choice(RegulationState, _l("State"), dump_only=True)
    effective_on = fields.Date(dump_only=True)
    title = Text(_l("Title"), most=200, required=True)
    sections = fields.Nested(
        SectionsSchema,
        required=True,
        metadata=about(_l("Sections"), _l("You may save in between; all of them are needed for adoption.")),
    )


class AdoptionSchema(Schema):
    """From when a regulation holds."""

    effective_on = fields.Date(required=True, metadata=about(_l("In force from")))


class WorkshopSchema(Schema):
    """A county workshop on record (P10)."""

    id = fields.UUID(dump_only=True)
    held_on = fields.Date(required=True, metadata=about(_l("Held on")))
    agenda = _several(WorkshopTopic, _l("Agenda"), required=True, validate=validate.Length(min=1))
    invited = _several(Department, _l("Departments invited"), load_default=list)
    present = _several(Department, _l("Departments present"), load_default=list)
    decisions = Text(_l("Decisions"), most=4000, required=True)
