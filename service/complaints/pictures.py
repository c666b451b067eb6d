"""Pictures that complainants send: with the case they live, and move with it (H1, H3, H4)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from channels import pictures
from channels.pictures import Content, Lifted, Pictures
from service.complaints.filing import owner_of, unnamed
from service.complaints.models import Complaint
from tenants.actors import Actor
from tenants.audit import record
from tenants.events import Event
from tenants.gate import command, get, lock, query
from tenants.permissions import Permission


@command(Permission.COMPLAINT_FILE)
def add_pictures(reference: str, shown: Pictures, *, by: Actor) -> None:
    """Put what the complainant shows into a case that is known to be theirs, at the office that decides it (H1, H4)."""
    where = owner_of(reference)
    _add(where.id, shown, by=unnamed(by, where.tenant_id))


@command(Permission.COMPLAINT_FILE)
def move_pictures(message_ids: Collection[UUID], reference: str, *, by: Actor) -> None:
    """Put what came with earlier messages of the complainant into the case; there nothing leads back to them (H3)."""
    lifted = pictures.lift(message_ids, by=by)
    if lifted:
        where = owner_of(reference)
        _lay(where.id, lifted, by=unnamed(by, where.tenant_id))


@query(Permission.COMPLAINT_READ)
def open_picture(complaint_id: UUID, picture_id: UUID, *, by: Actor) -> Content:
    """A picture in a case, for those who may read the case (H4); ``NotFound`` otherwise, and until it is here."""
    return pictures.open_picture(picture_id, get(Complaint, complaint_id, by), by=by)


@command(Permission.COMPLAINT_FILE)
def _add(complaint_id: UUID, shown: Pictures, *, by: Actor) -> None:
    case = lock(Complaint, complaint_id, by)
    pictures.keep_for(case, shown, by=by)
    record(Event.COMPLAINT_ADDED_TO, case, by)


@command(Permission.COMPLAINT_FILE)
def _lay(complaint_id: UUID, lifted: Lifted, *, by: Actor) -> None:
    case = lock(Complaint, complaint_id, by)
    pictures.lay(lifted, case, by=by)
    record(Event.COMPLAINT_ADDED_TO, case, by)
