"""The web pages that single-use links open: to register, to correct that, to set a PIN (O2, T5)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from channels.models import FormLink
from service.organizations import workflow
from service.organizations.models import Organization, Signatory
from service.organizations.pins import hash_pin
from service.organizations.queries import find_spoken_for
from service.organizations.rules import Source
from service.organizations.schemas import LinkedRegistrationSchema, LinkedUpdateSchema, PinSchema
from service.room import LinkedForm
from tenants.actors import Actor

REGISTRATION_FORM = "organization_registration"
UPDATE_FORM = "organization_update"


def register(link: FormLink, data: dict[str, Any], by: Actor) -> Organization:
    """Register the SO; the phone the link was sent to becomes its signatory."""
    facts = {name: value for name, value in data.items() if name not in ("pin", "pin_again")}
    return workflow.register_organization(pin_hash=hash_pin(data["pin"]), source=Source.FORM, **facts, by=by)


def update(link: FormLink, data: dict[str, Any], by: Actor) -> Organization:
    """Correct the registration."""
    return workflow.update_registration(**data, by=by)


def known(link: FormLink, by: Actor) -> dict[str, Any]:
    """What is registered already."""
    spoken_for = find_spoken_for(by=by)
    if spoken_for is None:
        return {}
    _signatory, organization = spoken_for
    return {name: getattr(organization, name) for name in LinkedUpdateSchema().fields}


def set_pin(link: FormLink, data: dict[str, Any], by: Actor) -> Signatory:
    """Set the first PIN of a signatory."""
    return workflow.set_pin(hash_pin(data["pin"]), by=by)


FORMS = (
    LinkedForm(
        REGISTRATION_FORM,
        _l("Registration of interest"),
        _l("Tell the office who you are and what you would like to provide. Nothing here is published."),
        LinkedRegistrationSchema,
        register,
    ),
    LinkedForm(
        UPDATE_FORM,
        _l("Correct your registration"),
        _l("What you change here the office checks again."),
        LinkedUpdateSchema,
        update,
        known,
    ),
    LinkedForm(
        workflow.PIN_FORM,
        _l("Set your PIN"),
        _l("The PIN signs what you send for your organization. Nobody at the office will ever ask for it."),
        PinSchema,
        set_pin,
    ),
)
