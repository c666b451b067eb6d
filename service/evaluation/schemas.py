"""What goes in and out of step 7, at every door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, pre_dump, validate

from service.evaluation.rules import Gender, Outcome, Participant, QuestionKind, RoundState
from service.schemas import Choice, Schema, Text, about


class BeneficiarySchema(Schema):
    """Someone on a package's beneficiary register (E4)."""

    id = fields.UUID(dump_only=True)
    phone = Text(_l("Phone number"), most=30, required=True, load_only=True)
    address = fields.String(dump_only=True)
    unreachable = fields.Boolean(dump_only=True)
    gender = Choice(Gender, _l("Gender"), required=True)
    group = Text(_l("Group"), most=40, required=True)
    consented = fields.Boolean(required=True, load_only=True, metadata=about(_l("Agreed to be asked")))
    consented_at = fields.AwareDateTime(dump_only=True)


class EnrolmentSchema(Schema):
    """People to be enrolled (E4)."""

    people = fields.List(
        fields.Nested(BeneficiarySchema),
        required=True,
        validate=validate.Length(min=1, max=200),
        metadata=about(
            _l("People"),
            _l("A group is what answers are compared by: a village, dibao households, older people."),
            widget="rows",
            rows=6,
        ),
    )


class QuestionSchema(Schema):
    """One question of an evaluation (E4)."""

    text = Text(_l("Question, in the villagers' words"), most=48, required=True)
    text_en = Text(_l("In English"), most=110, load_default=None, allow_none=True)
    kind = Choice(QuestionKind, _l("Answered with"), required=True)

    @pre_dump
    def read_kind(self, question: Mapping[str, Any], **_options: Any) -> dict[str, Any]:
        """The kind is kept by its value."""
        return {**question, "kind": QuestionKind(question["kind"])}


class EvaluationRoundSchema(Schema):
    """An evaluation by the beneficiaries (E4)."""

    id = fields.UUID(dump_only=True)
    contract_id = fields.UUID(dump_only=True)
    state = Choice(RoundState, _l("State"), dump_only=True)
    title = Text(
        _l("What is evaluated"), most=24, required=True, hint=_l("As people in the village call it.")
    )
    title_en = Text(_l("The same in English"), most=60, load_default=None, allow_none=True)
    questions = fields.List(
        fields.Nested(QuestionSchema),
        required=True,
        validate=validate.Length(min=1),
        metadata=about(
            _l("Questions"),
            _l("At most six; choose them with a few of the people who will answer."),
            widget="rows",
        ),
    )
    opened_at = fields.AwareDateTime(dump_only=True)
    closed_at = fields.AwareDateTime(dump_only=True)


class AnswerSchema(Schema):
    """One answer, of whichever kind was asked for (E4)."""

    scale = fields.Integer(validate=validate.Range(1, 5))
    yes_no = fields.Boolean()
    words = Text(_l("Own words"), most=500)


class TallySchema(Schema):
    """The answers of one group to one question."""

    names = fields.List(fields.String())
    number = fields.Integer()
    average = fields.Float()


class QuestionResultSchema(Schema):
    """What was answered to one question."""

    kind = fields.Enum(QuestionKind, by_value=True)
    text = fields.String()
    text_en = fields.String()
    total = fields.Nested(TallySchema)
    by_gender = fields.List(fields.Nested(TallySchema))
    by_group = fields.List(fields.Nested(TallySchema))
    words = fields.List(fields.String())


class ResultsSchema(Schema):
    """The results of an evaluation: never who answered what."""

    registered = fields.Integer()
    answered = fields.Integer()
    questions = fields.List(fields.Nested(QuestionResultSchema))


class IndicatorSchema(Schema):
    """One indicator of an acceptance (E2)."""

    indicator = Text(_l("Indicator"), most=120, required=True)
    met = fields.Boolean(required=True, metadata=about(_l("Met"), widget="select"))
    finding = Text(_l("What was found"), most=200, load_default=None, allow_none=True)


class AcceptanceSchema(Schema):
    """What an acceptance group found (E2)."""

    id = fields.UUID(dump_only=True)
    number = fields.Integer(dump_only=True)
    members = fields.List(
        Text(_l("Member"), most=80),
        required=True,
        validate=validate.Length(min=1, max=20),
        load_only=True,
        metadata=about(_l("Members of the group"), _l("Name and agency of each."), widget="lines"),
    )
    indicators = fields.List(
        fields.Nested(IndicatorSchema),
        required=True,
        validate=validate.Length(min=1),
        metadata=about(
            _l("Indicators"),
            _l("At most eight: target group, activities completed, use of funds, results, satisfaction."),
            widget="rows",
        ),
    )
    findings = Text(_l("Findings"), required=True)
    outcome = Choice(Outcome, _l("Decision"), required=True, widget="radio")
    rectify_by = fields.Date(
        load_default=None,
        allow_none=True,
        metadata=about(_l("To be put right by"), _l("Only where it is so decided.")),
    )
    audited_accounts = Text(
        _l("Audited final accounts"),
        most=200,
        load_default=None,
        allow_none=True,
        hint=_l("Number of the audit report; needed for large construction projects."),
    )
    audit_on = fields.Date(
        load_default=None, allow_none=True, metadata=about(_l("Financial audit scheduled for"))
    )
    recorded_at = fields.AwareDateTime(dump_only=True)


class ClosureSchema(Schema):
    """The closure meeting of a contract (E5)."""

    id = fields.UUID(dump_only=True)
    held_on = fields.Date(required=True, metadata=about(_l("Held on")))
    participants = fields.List(
        Choice(Participant, _l("Participants")),
        required=True,
        validate=validate.Length(min=1),
        metadata=about(_l("Who took part"), widget="checkboxes"),
    )
    experience = Text(_l("Experience of the social organization"), required=True)
    opinions = Text(_l("Opinions of beneficiaries and women's representatives"), required=True)
    awards = Text(_l("Awards and recognition"), most=500, load_default=None, allow_none=True)
    reflections = Text(
        _l("Review by the office"),
        required=True,
        hint=_l("Results, progress, challenges, coordination, support to the organization."),
    )
    lessons = Text(
        _l("Lessons for other counties"), required=True, hint=_l("These are public. Please name no person.")
    )
    recorded_at = fields.AwareDateTime(dump_only=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """The participants are kept by their values."""
        value = super().get_attribute(obj, attr, default)
        return [Participant(kind) for kind in value] if attr == "participants" else value
