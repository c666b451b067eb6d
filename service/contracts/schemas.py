"""What goes in and out of step 5.6, at every door."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from service.contracts.rules import CLAUSES, ContractState, Side
from service.schemas import Choice, Money, Schema, Text, about


class PlanSchema(Schema):
    """The implementation plan, written or handed in as a file (C4)."""

    text = Text(
        _l("Implementation plan"),
        most=20000,
        load_default=None,
        allow_none=True,
        hint=_l("Who does what, when and where; how you reach the target group. Plain words are fine."),
    )
    document = fields.Raw(
        load_default=None,
        allow_none=True,
        metadata=about(
            _l("Or as a file"), _l("Word or PDF, at most 10 MiB."), widget="file", accept=".docx,.pdf"
        ),
    )


ClausesSchema = Schema.from_dict(
    {item.value: Text(item.label, most=4000, required=True, widget="textarea") for item in CLAUSES},
    name="ClausesSchema",
)
"""The items of Table 11 that are written by hand."""

EnglishClausesSchema = Schema.from_dict(
    {
        item.value: Text(item.label, most=6000, load_default=None, allow_none=True, widget="textarea")
        for item in CLAUSES
    },
    name="EnglishClausesSchema",
)
"""The same in English, where somebody wrote it."""


class PlannedTransferSchema(Schema):
    """A payment the contract promises (M1)."""

    purpose = Text(_l("What for"), most=80, required=True)
    amount = Money(_l("Amount"), required=True)
    due_on = fields.Date(required=True, metadata=about(_l("Transferred by")))


class TermsSchema(Schema):
    """The terms of a contract (Table 11, C12)."""

    starts_on = fields.Date(required=True, metadata=about(_l("Takes effect on")))
    ends_on = fields.Date(required=True, metadata=about(_l("Completed by")))
    transfers = fields.List(
        fields.Nested(PlannedTransferSchema),
        required=True,
        validate=validate.Length(min=1, max=24),
        metadata=about(
            _l("Fund allocation and transfer dates"),
            _l("Together exactly the amount of the contract. No condition, no “when funds arrive”."),
            widget="rows",
        ),
    )
    clauses = fields.Nested(ClausesSchema, required=True, metadata=about(_l("Clauses")))
    clauses_en = fields.Nested(
        EnglishClausesSchema,
        load_default=dict,
        metadata=about(_l("Clauses in English"), _l("Where left empty, the Chinese words stand.")),
    )


class LegalReviewSchema(Schema):
    """A legal review on record (C12)."""

    reviewer = Text(_l("Legal adviser"), most=60, required=True)
    opinion = Text(_l("What the review found"), most=2000, required=True)


class SignatureSchema(Schema):
    """One side's signature on record (C12)."""

    side = Choice(Side, _l("Side"), required=True, widget="radio")
    signatory = Text(_l("Who signed"), most=60, required=True)


class ContractSchema(Schema):
    """A contract as officials see it."""

    id = fields.UUID()
    number = fields.String()
    state = Choice(ContractState, _l("State"))
    call_id = fields.UUID()
    lot_id = fields.UUID()
    package_id = fields.UUID()
    organization_id = fields.UUID()
    umbrella_id = fields.UUID()
    direct_investment = fields.Decimal(places=2, as_string=True)
    service_fee = fields.Decimal(places=2, as_string=True)
    terms = fields.Dict()
    starts_on = fields.Date()
    ends_on = fields.Date()
    plan_text = fields.String()
    plan_filed_at = fields.AwareDateTime()
    legal_reviewer = fields.String()
    legal_review = fields.String()
    legal_reviewed_at = fields.AwareDateTime()
    purchaser_signatory = fields.String()
    purchaser_signed_at = fields.AwareDateTime()
    provider_signatory = fields.String()
    provider_signed_at = fields.AwareDateTime()
