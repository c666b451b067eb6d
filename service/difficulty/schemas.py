"""What goes in and out of step 2. Confidential at every door (D3)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from service.difficulty.rules import Approach, CommunityAspect, Difficulty
from service.schemas import Choice, Schema, Text, about


class VariantSchema(Schema):
    """One way of doing a task, graded (D1, D2)."""

    id = fields.UUID(dump_only=True)
    task_id = fields.UUID(dump_only=True)
    name = Text(
        _l("This way of doing it"),
        most=80,
        required=True,
        hint=_l("For example: built by the village itself."),
    )
    approach = Choice(Approach, _l("How the work is done"), required=True, widget="radio")
    aspects = fields.List(
        fields.String(validate=validate.OneOf([aspect.value for aspect in CommunityAspect])),
        load_default=list,
        metadata=about(
            _l("What the community itself takes on"),
            _l("Any of these makes the work difficult."),
            widget="checkboxes",
            choices=[(aspect.value, aspect.label) for aspect in CommunityAspect],
        ),
    )
    quality = Text(_l("Content and required quality"), most=500, required=True)
    difficulty = Choice(
        Difficulty,
        _l("Another grade than the suggested one"),
        load_default=None,
        allow_none=True,
        hint=_l("Leave empty to take the suggestion."),
    )
    override_reason = Text(_l("Reason for another grade"), most=500, load_default=None, allow_none=True)
    suggested = Choice(Difficulty, _l("Suggested"), dump_only=True)
    graded_at = fields.AwareDateTime(dump_only=True)


class GradedTaskSchema(Schema):
    """A graded way together with its task."""

    number = fields.Integer()
    title = fields.String()
    variant = fields.Nested(VariantSchema)


class ThreeListsSchema(Schema):
    """The outcome of step 2."""

    easy = fields.List(fields.Nested(GradedTaskSchema))
    regular = fields.List(fields.Nested(GradedTaskSchema))
    difficult = fields.List(fields.Nested(GradedTaskSchema))
