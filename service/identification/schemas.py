"""What goes in and out of step 1, at every door."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from service.identification.rules import Category, IdeaState, Proposer, TaskState
from service.schemas import Choice, Schema, Text, about


class TaskSchema(Schema):
    """A task of the long list (I1)."""

    id = fields.UUID(dump_only=True)
    number = fields.Integer(dump_only=True)
    state = Choice(TaskState, _l("State"), dump_only=True)
    year = fields.Integer(required=True, validate=validate.Range(2000, 2100), metadata=about(_l("Year")))
    title = Text(_l("Task"), most=120, required=True, hint=_l("What is to be done, in one line."))
    title_en = Text(_l("Task in English"), most=200, load_default=None, allow_none=True)
    description = Text(_l("Description"), required=True, hint=_l("For whom, where, and why it matters."))
    category = Choice(Category, _l("Field of work"), required=True)
    proposer = Choice(Proposer, _l("Proposed by"), required=True)
    proposed_by = Text(
        _l("Which township, village or organization"), most=120, load_default=None, allow_none=True
    )
    gender_focus = fields.Boolean(load_default=False, metadata=about(_l("Pays special attention to women")))
    ruled_out_because = fields.String(dump_only=True)


class CriterionSchema(Schema):
    """One yes/no question."""

    id = fields.UUID(dump_only=True)
    question = Text(_l("Question"), most=200, required=True)
    question_en = Text(_l("Question in English"), most=200, load_default=None, allow_none=True)


class CriteriaSchema(Schema):
    """The questions of a year (I2)."""

    year = fields.Integer(required=True, validate=validate.Range(2000, 2100), metadata=about(_l("Year")))
    questions = fields.List(
        fields.Nested(CriterionSchema),
        required=True,
        validate=validate.Length(min=1, max=20),
        metadata=about(_l("Questions answered with yes or no"), widget="rows"),
    )


class AnswerSchema(Schema):
    """One question answered for a task."""

    criterion_id = fields.UUID(required=True, metadata=about(_l("Question"), widget="hidden"))
    answer = fields.Boolean(required=True, metadata=about(_l("Answer"), widget="radio"))
    reason = Text(_l("Why"), most=500, required=True)


class ScreeningSchema(Schema):
    """A task screened (I3)."""

    answers = fields.List(
        fields.Nested(AnswerSchema), required=True, metadata=about(_l("Answers"), widget="rows", rows=0)
    )
    keep = fields.Boolean(
        required=True, metadata=about(_l("Keep this task for the short list?"), widget="radio")
    )
    reason = Text(
        _l("If it is ruled out: why"),
        most=500,
        load_default=None,
        allow_none=True,
        hint=_l(
            "Whoever suggested it gets the beginning by text message: some %(number)s Chinese characters.",
            number=80,
        ),
    )


class YearSchema(Schema):
    """A year."""

    year = fields.Integer(required=True, validate=validate.Range(2000, 2100), metadata=about(_l("Year")))


class ShortListSchema(Schema):
    """A signed short list."""

    id = fields.UUID(dump_only=True)
    year = fields.Integer()
    version = fields.Integer()
    signed_at = fields.AwareDateTime()
    tasks = fields.List(fields.Dict())


class IdeaTextSchema(Schema):
    """What somebody suggests, in own words (I1)."""

    text = Text(_l("Your suggestion"), most=500, required=True)


class JoinSchema(Schema):
    """A suggestion that is on the long list already (I1)."""

    task_id = fields.UUID(required=True, metadata=about(_l("The task it is"), widget="select"))


class SetAsideSchema(Schema):
    """A suggestion that is no task for the long list (I1)."""

    reason = Text(
        _l("Why not"),
        most=200,
        required=True,
        hint=_l("It goes out as a text message: up to %(number)s Chinese characters.", number=90),
    )


class IdeaSchema(Schema):
    """A suggestion as officials see it: the sender is shown to nobody (I1)."""

    id = fields.UUID()
    reference = fields.String()
    text = fields.String(allow_none=True)
    category = Choice(Category, _l("Field of work"), allow_none=True)
    proposer = Choice(Proposer, _l("Proposed by"))
    proposed_by = fields.String(allow_none=True)
    proposed_at = fields.AwareDateTime()
    state = Choice(IdeaState, _l("State"))
    task_id = fields.UUID(allow_none=True)
