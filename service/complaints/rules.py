"""Rules of the hotline: who decides, by when, and what the weaker party is told (H1-H9)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.states import Moves


class About(Labelled):
    """What a complaint is about; it decides who handles it (H4)."""

    UNKNOWN = "unknown", _l("Not yet known")
    WORK = "work", _l("The work or the project")
    CALL = "call", _l("A call or its result")
    ORGANIZATION = "organization", _l("A social organization")
    OFFICE = "office", _l("The office or its staff")


class Identity(Labelled):
    """How the complainant wants to be known (H3)."""

    NAMED = "named", _l("Named")
    CONFIDENTIAL = "confidential", _l("Confidential")
    ANONYMOUS = "anonymous", _l("Anonymous")


class ComplaintState(Labelled):
    """The way of a complaint (H5)."""

    RECEIVED = "received", _l("Received"), "warn"
    ACKNOWLEDGED = "acknowledged", _l("Accepted for handling")
    INVESTIGATING = "investigating", _l("Being investigated")
    RESOLVED = "resolved", _l("Answered"), "good"
    CLOSED = "closed", _l("Closed")


COMPLAINT_MOVES: Moves = {
    "acknowledge": ((ComplaintState.RECEIVED,), ComplaintState.ACKNOWLEDGED),
    "investigate": ((ComplaintState.RECEIVED, ComplaintState.ACKNOWLEDGED), ComplaintState.INVESTIGATING),
    "resolve": ((ComplaintState.INVESTIGATING,), ComplaintState.RESOLVED),
    "close": ((ComplaintState.RESOLVED,), ComplaintState.CLOSED),
    "reopen": ((ComplaintState.RESOLVED, ComplaintState.CLOSED), ComplaintState.INVESTIGATING),
}


class Resolution(Labelled):
    """How a complaint ended (H5)."""

    EXPLAINED = "explained", _l("Explained")
    REDRESSED = "redressed", _l("Put right")
    UNFOUNDED = "unfounded", _l("Not confirmed")


class EntryKind(Labelled):
    """What a text in the file of a complaint is."""

    STATEMENT = "statement", _l("Complaint")
    ADDITION = "addition", _l("Added by the complainant")
    NOTE = "note", _l("Note for the file")
    ANSWER = "answer", _l("Told to the complainant")


class Intake(Labelled):
    """How a complaint came in (H1)."""

    MESSAGE = "message", _l("Message")
    FORM = "form", _l("Web form")
    FOCAL_POINT = "focal_point", _l("Focal point")
    VILLAGE_COMMITTEE = "village_committee", _l("Village committee")
    OFFICER = "officer", _l("Officer taking a call")
