"""The form that opens from a request for revision: what an SO adds to its documents (C6)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from channels.models import FormLink
from service.organizations.queries import as_signatory
from service.procurement.models import Bid
from service.procurement.selection import REVISION, answer_revision
from service.procurement.selection_schemas import RevisionSchema
from service.room import LinkedForm
from tenants.actors import Actor


def submit(link: FormLink, data: dict[str, Any], by: Actor) -> Bid:
    """Add what the signatory wrote to the bid."""
    assert link.subject_id is not None
    signatory, _phone, organization = as_signatory(by=by)
    return answer_revision(link.subject_id, organization.id, data["text"], by=signatory)


FORM = LinkedForm(
    purpose=REVISION,
    title=_l("Complete your documents"),
    intro=_l("Write what you were asked for. Your price and the rest of your bid stay as they are."),
    schema=RevisionSchema,
    submit=submit,
)
