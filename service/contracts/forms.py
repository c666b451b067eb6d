"""The form that opens from a winner's link: its implementation plan (C4)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from channels.models import FormLink
from service.contracts.models import Contract
from service.contracts.queries import find_own_plan
from service.contracts.schemas import PlanSchema
from service.contracts.workflow import IMPLEMENTATION_PLAN, file_implementation_plan
from service.organizations.queries import as_signatory
from service.room import LinkedForm
from tenants.actors import Actor


def submit(link: FormLink, data: dict[str, Any], by: Actor) -> Contract:
    """File what the signatory wrote or handed in."""
    assert link.subject_id is not None
    signatory, _phone, organization = as_signatory(by=by)
    upload = data["document"]
    document = (upload.filename or "", upload.read()) if upload else None
    return file_implementation_plan(
        link.subject_id, organization.id, text=data["text"], document=document, by=signatory
    )


def values(link: FormLink, by: Actor) -> dict[str, Any]:
    """What was written before."""
    assert link.subject_id is not None
    signatory, _phone, organization = as_signatory(by=by)
    return {"text": find_own_plan(link.subject_id, organization.id, by=signatory)}


FORM = LinkedForm(
    purpose=IMPLEMENTATION_PLAN,
    title=_l("Implementation plan"),
    intro=_l("Your organization was selected. The plan you file here becomes part of the contract."),
    schema=PlanSchema,
    submit=submit,
    values=values,
)
