"""Step 3 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from service.organizations import assessments, queries
from service.organizations.api import bp as api
from service.organizations.dialogue import REGISTER
from service.organizations.forms import FORMS
from service.organizations.idea_dialogue import IDEA
from service.organizations.messages import REFUSALS
from service.organizations.models import Signatory
from service.organizations.pin_dialogue import STRAY_PIN
from service.organizations.reminders import REMINDERS
from service.organizations.rules import OrganizationState
from service.organizations.views import bp as pages
from service.room import Count, Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def counts(by: Actor) -> list[Count]:
    """SOs in each state."""
    if not by.may(Permission.ORGANIZATION_READ):
        return []
    numbers = queries.count_organizations(by=by)
    return [
        Count(state.label, numbers.get(state, 0), url_for("organizations.index"))
        for state in OrganizationState
    ]


def waiting(by: Actor) -> list[Waiting]:
    """Registrations to be looked at, and SOs whose capacity waits for the actor's view."""
    found = []
    if by.may(Permission.ORGANIZATION_WRITE):
        number = queries.count_organizations(by=by).get(OrganizationState.REGISTERED, 0)
        if number:
            text = ngettext(
                "%(num)d organization waits to be verified",
                "%(num)d organizations wait to be verified",
                number,
            )
            found.append(Waiting(text, url_for("organizations.index")))
    if by.may(Permission.CAPACITY_ASSESS):
        number = len(assessments.list_to_assess(by=by))
        if number:
            text = ngettext(
                "%(num)d organization waits for your assessment",
                "%(num)d organizations wait for your assessment",
                number,
            )
            found.append(Waiting(text, url_for("organizations.capacities")))
    return found


ROOM = Room(
    label=_l("Know the organizations"),
    step=3,
    objective=_l("Who wants to provide services, and what each can do"),
    pages=(pages,),
    api=(api,),
    links=(
        Link(_l("Organizations"), "organizations.index", Permission.ORGANIZATION_READ),
        Link(_l("Capacity"), "organizations.capacities", Permission.CAPACITY_ASSESS),
        Link(_l("Supply and demand"), "organizations.supply", Permission.CAPACITY_READ),
    ),
    refusals=REFUSALS,
    counts=counts,
    waiting=waiting,
    dialogues=(REGISTER, IDEA, STRAY_PIN),
    forms=FORMS,
    reminders=REMINDERS,
    members=(select(Signatory.tenant_id, Signatory.contact_id).where(Signatory.revoked_at.is_(None)),),
)
