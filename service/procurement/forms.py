"""The application form that a link opens, for tenders and negotiations (C4)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from channels.models import FormLink
from service.organizations.queries import as_signatory
from service.procurement.bids import APPLICATION, Declined, Receipt, submit_application
from service.procurement.schemas import ApplicationSchema
from service.room import LinkedForm
from tenants.actors import Actor


def submit(link: FormLink, data: dict[str, Any], by: Actor) -> Receipt | Declined:
    """Hand the application in; the receipt goes to the phone the link was sent to."""
    assert link.subject_id is not None
    signatory, _phone, _organization = as_signatory(by=by)
    texts = {name: text for name, text in data.items() if name != "price"}
    return submit_application(link.subject_id, data["price"], texts, by=signatory)


FORM = LinkedForm(
    purpose=APPLICATION,
    title=_l("Application"),
    intro=_l("It is sealed when you send it: nobody reads it before two officers open all bids together."),
    schema=ApplicationSchema,
    submit=submit,
)
