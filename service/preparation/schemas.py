"""What goes in and out of step 4, at every door."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, validate

from service.difficulty.rules import Difficulty
from service.preparation.rules import (
    CostKind,
    DesignQuestion,
    PackageState,
    PricingMethod,
    ProcurementMethod,
    SowItem,
)
from service.schemas import Choice, Money, Schema, Text, about
from tenants.labels import Labelled

YEAR = validate.Range(2000, 2100)


def text_for_each(members: type[Labelled], name: str, *, most: int = 2000, hints: Any = None) -> type[Schema]:
    """A schema with one text for each member of an enumeration."""
    texts: dict[str, fields.Field] = {
        member.value: Text(member.label, most=most, hint=(hints or {}).get(member), widget="textarea")
        for member in members
    }
    return Schema.from_dict(texts, name=name)  # type: ignore[return-value]


DesignAnswersSchema = text_for_each(DesignQuestion, "DesignAnswers")
SowItemsSchema = text_for_each(SowItem, "SowItems", most=4000)


class CostsSchema(Schema):
    """What a package costs, in yuan (P4)."""

    direct = fields.Decimal(as_string=True)
    implementation = fields.Decimal(as_string=True)
    management = fields.Decimal(as_string=True)
    service_fee = fields.Decimal(as_string=True)
    total = fields.Decimal(as_string=True)


class DesignSchema(Schema):
    """A package as it is designed (P1)."""

    id = fields.UUID(dump_only=True)
    number = fields.Integer(dump_only=True)
    task_id = fields.UUID(dump_only=True)
    state = Choice(PackageState, _l("State"), dump_only=True)
    pricing_method = Choice(PricingMethod, _l("Pricing method"), dump_only=True)
    pricing_terms = fields.Dict(dump_only=True)
    procurement_method = Choice(ProcurementMethod, _l("Procurement method"), dump_only=True)
    method_reason = fields.String(dump_only=True)
    year = fields.Integer(required=True, validate=YEAR, metadata=about(_l("Year")))
    name = Text(
        _l("Package"),
        most=120,
        required=True,
        hint=_l("Such as: Goats for poor households in Shiban village"),
    )
    name_en = Text(_l("Package in English"), most=200, load_default=None, allow_none=True)
    villages = Text(_l("Villages"), most=500, required=True, hint=_l("Township and villages, near or far."))
    design = fields.Nested(
        DesignAnswersSchema,
        load_default=dict,
        metadata=about(
            _l("Design"), _l("You may save in between; the package is ready when all of it is answered.")
        ),
    )
    urgent = fields.Boolean(load_default=False, metadata=about(_l("Urgent")))
    innovative = fields.Boolean(load_default=False, metadata=about(_l("Tries a new way of reducing poverty")))
    demonstrative = fields.Boolean(load_default=False, metadata=about(_l("Shows others how it can be done")))
    policy_bound = fields.Boolean(load_default=False, metadata=about(_l("A policy sets a date for it")))
    uncertain_workload = fields.Boolean(
        load_default=False, metadata=about(_l("The workload is uncertain, or the place is hard to work in"))
    )
    weak_quality_expected = fields.Boolean(
        load_default=False, metadata=about(_l("The quality may turn out weak without an incentive"))
    )
    designed_by_organization = fields.Boolean(
        load_default=False, metadata=about(_l("A social organization designed it"))
    )
    specialised = fields.Boolean(
        load_default=False, metadata=about(_l("Needs special skills or security over a long time"))
    )


class PackageSchema(DesignSchema):
    """A new package, from one graded way of doing a short-listed task (P1, P2)."""

    variant_id = fields.UUID(
        required=True, metadata=about(_l("Task and way of doing it"), widget="select", choices=())
    )


class CostLineSchema(Schema):
    """One line of costs (P4)."""

    kind = Choice(CostKind, _l("Kind"), required=True)
    item = Text(_l("Cost item"), most=120, required=True)
    unit = Text(_l("Unit"), most=20, required=True, hint=_l("Such as: pond, month, trip"))
    quantity = fields.Decimal(
        required=True,
        places=2,
        as_string=True,
        validate=validate.Range(Decimal(0), Decimal(1_000_000), min_inclusive=False),
        metadata=about(_l("Quantity"), widget="number"),
    )
    unit_cost = Money(_l("Cost of one"), required=True)
    monthly_pay = Money(
        _l("Pay of one person a month"),
        load_default=None,
        allow_none=True,
        hint=_l("For people only; it is compared with the local minimum wage."),
    )
    core = fields.Boolean(
        load_default=False,
        metadata=about(
            _l("One of the organization's own running costs"),
            _l("Salaries and insurance, rent, equipment, utilities, supplies."),
        ),
    )


class CostLinesSchema(Schema):
    """All costs of a package (P4)."""

    lines = fields.List(
        fields.Nested(CostLineSchema),
        required=True,
        validate=validate.Length(max=100),
        metadata=about(_l("Costs"), widget="rows"),
    )
    core_costs = Money(
        _l("The organization's running costs while the work lasts, as estimated"),
        load_default=None,
        allow_none=True,
        hint=_l("All of its salaries, rent and supplies; the page then shows the share recovered."),
    )


class ProportionalSchema(Schema):
    """A rate of direct investment."""

    rate = fields.Decimal(
        required=True,
        places=2,
        as_string=True,
        metadata=about(_l("Share of direct investment"), widget="number", unit="%"),
    )


class IncentiveSchema(Schema):
    """A result both sides agree on, how it is measured, and what it earns."""

    result = Text(_l("Result"), most=200, required=True)
    measure = Text(_l("How it is measured"), most=200, required=True)
    amount = Money(_l("Incentive"), required=True)


class PerformanceSchema(Schema):
    """A base, and incentives for results."""

    base = Money(_l("Base fee"), required=True)
    incentives = fields.List(
        fields.Nested(IncentiveSchema),
        load_default=list,
        validate=validate.Length(max=20),
        metadata=about(_l("Incentives"), widget="rows"),
    )


class CostCoveringSchema(Schema):
    """A fixed fee, and actual costs up to a cap."""

    fixed_fee = Money(_l("Fixed fee: management and personnel"), required=True)
    cap = Money(_l("Other costs are reimbursed up to"), load_default=None, allow_none=True)


class InputSchema(Schema):
    """Who works how long at which rate."""

    role = Text(_l("Who works"), most=80, required=True)
    people = fields.Integer(
        required=True, validate=validate.Range(1, 1000), metadata=about(_l("Number of people"))
    )
    days = fields.Decimal(
        required=True,
        places=1,
        as_string=True,
        validate=validate.Range(Decimal("0.5"), Decimal(3660)),
        metadata=about(_l("Days each"), widget="number"),
    )
    rate = Money(_l("Rate a day"), required=True)


class TimeAndLabourSchema(Schema):
    """Planned work, other costs, and a management fee."""

    inputs = fields.List(
        fields.Nested(InputSchema),
        load_default=list,
        validate=validate.Length(max=50),
        metadata=about(_l("Time and labour"), widget="rows"),
    )
    other_costs = Money(
        _l("Transport, materials, food and accommodation"), load_default=None, allow_none=True
    )
    management_fee = Money(_l("Management fee agreed"), load_default=None, allow_none=True)


TERMS: dict[PricingMethod, type[Schema]] = {
    PricingMethod.PROPORTIONAL: ProportionalSchema,
    PricingMethod.PERFORMANCE: PerformanceSchema,
    PricingMethod.COST_COVERING: CostCoveringSchema,
    PricingMethod.TIME_AND_LABOUR: TimeAndLabourSchema,
}
"""What each pricing method must say (Table 6, P5)."""


class PricingSchema(Schema):
    """A pricing method with its terms (P5)."""

    method = Choice(PricingMethod, _l("Pricing method"), required=True)
    terms = fields.Dict(required=True)

    @post_load
    def load_terms(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Read the terms as their method wants them."""
        try:
            return {**data, "terms": TERMS[data["method"]]().load(data["terms"])}
        except ValidationError as wrong:
            raise ValidationError({"terms": wrong.messages}) from wrong


class MethodSchema(Schema):
    """A procurement method, with the public reason for another than the recommended (P6)."""

    method = Choice(ProcurementMethod, _l("Procurement method"), required=True, widget="radio")
    reason = Text(
        _l("Reason"),
        most=500,
        load_default=None,
        allow_none=True,
        hint=_l("Needed for another method than the recommended. It is published with the call."),
    )


class ScopeOfWorkSchema(Schema):
    """A version of a scope of work: Table 8's twelve items (P7)."""

    id = fields.UUID(dump_only=True)
    version = fields.Integer(dump_only=True)
    written_at = fields.AwareDateTime(dump_only=True)
    items = fields.Nested(
        SowItemsSchema,
        required=True,
        metadata=about(_l("In Chinese"), _l("All twelve are needed before the package is ready.")),
    )
    items_en = fields.Nested(
        SowItemsSchema,
        load_default=dict,
        metadata=about(_l("In English"), _l("What is left open stands in Chinese in the English document.")),
    )


class ReasonSchema(Schema):
    """A written reason."""

    reason = Text(_l("Reason"), most=500, required=True)


class ProcurementListRowSchema(Schema):
    """A row of Table 9 (P8)."""

    number = fields.Integer(attribute="package.number")
    name = fields.String(attribute="package.name")
    description = fields.String()
    procurement_method = Choice(
        ProcurementMethod, _l("Procurement method"), attribute="package.procurement_method"
    )
    direct_investment = fields.Decimal(as_string=True, attribute="costs.direct")
    service_fee = fields.Decimal(as_string=True, attribute="costs.service_fee")
    total = fields.Decimal(as_string=True, attribute="costs.total")


class ProcurementGroupSchema(Schema):
    """Rows of one difficulty, which is named on the office's copy alone (D3)."""

    difficulty = Choice(Difficulty, _l("Difficulty"))
    rows = fields.List(fields.Nested(ProcurementListRowSchema))


class ProcurementListSchema(Schema):
    """Table 9 (P8)."""

    year = fields.Integer()
    groups = fields.List(fields.Nested(ProcurementGroupSchema))
    total = fields.Nested(CostsSchema)


class RecommendationSchema(Schema):
    """What is recommended for a package (P5, P6); ``procurement`` best first."""

    pricing = Choice(PricingMethod, _l("Pricing method"))
    procurement = fields.List(Choice(ProcurementMethod, _l("Procurement method")))
