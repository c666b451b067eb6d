"""What else 进度 STATUS finds by its reference: a question about a call, a suggestion, a request for support."""

from __future__ import annotations

from contextlib import suppress

from channels.messages import Said
from service.delivery.support import request_standing
from service.identification.ideas import idea_standing
from service.procurement.questions import question_standing
from tenants.actors import Actor
from tenants.refusals import NotFound

STANDINGS = (question_standing, idea_standing, request_standing)


def standing_elsewhere(reference: str, *, by: Actor) -> Said | None:
    """Where the matter with this reference stands in another room; ``None`` where none knows it."""
    for standing_of in STANDINGS:
        with suppress(NotFound):
            return standing_of(reference, by=by)
    return None
