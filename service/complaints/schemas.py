"""What goes in and out of the hotline at the desk's doors."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from service.complaints.rules import About, ComplaintState, EntryKind, Identity, Intake, Resolution
from service.pictures import PictureSchema
from service.schemas import Choice, Schema, Text, about

LONGEST_ANSWER = 200


class IntakeSchema(Schema):
    """A complaint somebody writes down for another (H1)."""

    form_id = fields.UUID(
        load_default=None,
        metadata=about(
            _l("Number of this form: sent again with the same answers it is one complaint"), widget="hidden"
        ),
    )
    text = Text(_l("What is wrong, and where"), required=True, hint=_l("In the person's own words."))
    about = Choice(About, _l("About"), load_default=About.UNKNOWN)
    intake = Choice(Intake, _l("How it came in"), required=True)
    address = Text(
        _l("Phone number"),
        most=30,
        load_default=None,
        allow_none=True,
        hint=_l("For the news about it. Leave empty for someone who wants to stay unknown."),
    )
    identity = Choice(Identity, _l("How the person wants to be known"), load_default=Identity.CONFIDENTIAL)


class FiledSchema(Schema):
    """What is given to the complainant at once (H2)."""

    reference = fields.String()
    above = fields.Boolean()
    triage_due = fields.AwareDateTime()
    resolution_due = fields.AwareDateTime()


class AcknowledgeSchema(Schema):
    """The first look (H5)."""

    serious = fields.Boolean(
        load_default=False, metadata=about(_l("Serious: people are harmed or in danger"))
    )


class NoteSchema(Schema):
    """A note for the file."""

    text = Text(_l("Note for the file"), required=True, hint=_l("Never sent to anyone."))


class ResolveSchema(Schema):
    """The answer to a case (H5)."""

    resolution = Choice(Resolution, _l("Outcome"), required=True)
    facts = Text(_l("Facts found"), required=True, hint=_l("For the file."))
    answer = Text(
        _l("Answer to the complainant"),
        most=LONGEST_ANSWER,
        required=True,
        widget="textarea",
        hint=_l(
            "What was found, and what happens now. It goes out as a text message: up to %(number)s Chinese characters.",
            number=90,
        ),
    )


class ClassifySchema(Schema):
    """What a case is about (H4)."""

    about = Choice(About, _l("About"), required=True)


class ComplaintSchema(Schema):
    """A case as the desk lists it: neither words nor number."""

    id = fields.UUID(dump_only=True)
    reference = fields.String(dump_only=True)
    about = Choice(About, _l("About"), dump_only=True)
    about_tenant_id = fields.Integer(dump_only=True)
    about_id = fields.UUID(dump_only=True)
    intake = Choice(Intake, _l("How it came in"), dump_only=True)
    identity = Choice(Identity, _l("How the person wants to be known"), dump_only=True)
    serious = fields.Boolean(dump_only=True)
    state = Choice(ComplaintState, _l("State"), dump_only=True)
    received_at = fields.AwareDateTime(dump_only=True)
    triage_due = fields.AwareDateTime(dump_only=True)
    resolution_due = fields.AwareDateTime(dump_only=True)
    escalated_at = fields.AwareDateTime(dump_only=True)
    resolution = Choice(Resolution, _l("Outcome"), dump_only=True)
    resolved_at = fields.AwareDateTime(dump_only=True)
    rating = fields.Integer(dump_only=True)


class EntrySchema(Schema):
    """A text in the file."""

    kind = Choice(EntryKind, _l("Kind"))
    text = fields.String()
    written_at = fields.AwareDateTime()


class CaseSchema(Schema):
    """A case with its file; the number is masked."""

    complaint = fields.Nested(ComplaintSchema)
    entries = fields.List(fields.Nested(EntrySchema))
    pictures = fields.List(fields.Nested(PictureSchema))
    subject = fields.String(allow_none=True)
    address = fields.String(allow_none=True)


class AddressSchema(Schema):
    """A number, shown in full."""

    address = fields.String()
