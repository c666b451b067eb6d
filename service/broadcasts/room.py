"""Broadcasts as the house sees them."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from service.broadcasts import queries
from service.broadcasts.api import bp as api
from service.broadcasts.jobs import finish_broadcasts
from service.broadcasts.messages import REFUSALS
from service.broadcasts.models import Listing
from service.broadcasts.views import bp as pages
from service.room import Link, Room, Waiting
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.permissions import Permission


def waiting(by: Actor) -> list[Waiting]:
    """Broadcasts above the budget that wait for a second person (T8, S6)."""
    if not by.may(Permission.BROADCAST_APPROVE):
        return []
    return [
        Waiting(
            _("Broadcast “%(title)s” is above the budget and waits for approval", title=one.title),
            url_for("broadcasts.show", broadcast_id=one.id),
        )
        for one in queries.list_to_approve(by=by)
        if by.id not in (one.prepared_by, one.changed_by, one.submitted_by)
    ]


ROOM = Room(
    label=_l("Messages"),
    pages=(pages,),
    api=(api,),
    links=(
        Link(_l("Broadcasts"), "broadcasts.index", Permission.BROADCAST_READ),
        Link(_l("Address book"), "broadcasts.show_address_book", Permission.BROADCAST_READ),
    ),
    refusals=REFUSALS,
    waiting=waiting,
    jobs=(Scheduled(finish_broadcasts, "bulk", every=15),),
    members=(select(Listing.tenant_id, Listing.contact_id).where(Listing.removed_at.is_(None)),),
)
