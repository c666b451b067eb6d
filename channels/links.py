"""Single-use links to longer forms, sent to the number they are for (T5)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from channels.contacts import as_sender, locale_of
from channels.models import Contact, FormLink
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, get, lock, query
from tenants.identifiers import new_id
from tenants.models import RouteKind
from tenants.permissions import Permission
from tenants.refusals import NotFound
from tenants.routes import add_route, find_routes

LIFE = timedelta(days=14)


def issue_link(
    purpose: str, contact_id: UUID, subject_id: UUID | None = None, *, locale: str | None = None, by: Actor
) -> str:
    """Make a link for one contact and purpose, and return its address; for use inside a command.

    Opening it uses nothing up, submitting does. Only its hash is kept. The form speaks the contact's language
    unless ``locale`` names another.
    """
    token = secrets.token_urlsafe(16)
    link = FormLink(
        tenant_id=by.tenant_id,
        id=new_id(),
        purpose=purpose,
        subject_id=subject_id,
        contact_id=contact_id,
        locale=locale or locale_of(get(Contact, contact_id, by)),
        issued_at=by.now,
        expires_at=by.now + LIFE,
    )
    db.session.add(link)
    add_route(RouteKind.LINK, token, by.tenant_id, link.id)
    db.session.flush()
    record(Event.LINK_ISSUED, link, by, purpose=purpose)
    return f"{current_app.config['SETTINGS'].base_url}/f/{token}"


@query(Permission.FORM_OPEN)
def find_link(token: str, *, by: Actor) -> FormLink:
    """The unused link behind a token; ``NotFound("link_unknown")`` once it was used or has run out."""
    for route in find_routes(RouteKind.LINK, token):
        link = _own_link(route.target_id, by=by.at(route.tenant_id))
        if link is not None and link.used_at is None and by.now < link.expires_at:
            return link
    raise NotFound("link_unknown")


@command(Permission.FORM_OPEN)
def use_link(link_id: UUID, submit: Callable[[FormLink, Actor], Any], *, by: Actor) -> Any:
    """Use a link up together with what was submitted; neither happens without the other.

    ``by`` acts for the link's office; ``submit`` runs as the contact the link was sent to.
    """
    link = lock(FormLink, link_id, by)
    if link.used_at is not None or by.now >= link.expires_at:
        raise NotFound("link_unknown")
    link.used_at = by.now
    result = submit(link, as_sender(by, link.contact_id))
    record(Event.LINK_USED, link, by, purpose=link.purpose)
    return result


@query(Permission.FORM_OPEN)
def _own_link(link_id: UUID, *, by: Actor) -> FormLink | None:
    return db.session.scalar(
        select(FormLink).where(FormLink.tenant_id == by.tenant_id, FormLink.id == link_id)
    )
