"""Broadcasts by JSON. Approving one above the budget is not here: it needs two persons, each just proved (S6, T4)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.broadcasts import address_book, queries, workflow
from service.broadcasts.models import Broadcast
from service.broadcasts.schemas import (
    BroadcastChangeSchema,
    BroadcastDraftSchema,
    BroadcastFileSchema,
    BroadcastSchema,
    ListedSchema,
    ListingSchema,
    RecipientSchema,
    RecipientsQuerySchema,
)

bp = Blueprint(
    "messages_to_many", __name__, url_prefix="/broadcasts", description="Broadcasts, and the address book"
)


@bp.route("")
class Broadcasts(MethodView):
    """The broadcasts of an office."""

    @bp.response(200, BroadcastSchema(many=True))
    def get(self) -> list[Broadcast]:
        """List the broadcasts."""
        return [one.broadcast for one in queries.list_broadcasts(by=api_actor())]

    @bp.arguments(BroadcastDraftSchema)
    @bp.response(201, BroadcastSchema)
    def post(self, data: dict[str, Any]) -> Broadcast:
        """Draft a broadcast; nothing leaves yet."""
        return workflow.draft_broadcast(**data, by=api_actor())


@bp.route("/<uuid:broadcast_id>")
class OneBroadcast(MethodView):
    """A broadcast."""

    @bp.response(200, BroadcastFileSchema)
    def get(self, broadcast_id: UUID) -> queries.BroadcastFile:
        """Read a broadcast: texts, parts and cost before it leaves, then how far it got."""
        return queries.view_broadcast(broadcast_id, by=api_actor())

    @bp.arguments(BroadcastChangeSchema)
    @bp.response(200, BroadcastSchema)
    def put(self, data: dict[str, Any], broadcast_id: UUID) -> Broadcast:
        """Change a draft."""
        return workflow.change_broadcast(broadcast_id, **data, by=api_actor())


@bp.get("/<uuid:broadcast_id>/recipients")
@bp.arguments(RecipientsQuerySchema, location="query")
@bp.response(200, RecipientSchema(many=True))
def list_recipients(data: dict[str, Any], broadcast_id: UUID) -> list[queries.Recipient]:
    """List whom a broadcast is for, numbers masked, a hundred at once."""
    return queries.list_recipients(broadcast_id, **data, by=api_actor())[1]


@bp.post("/<uuid:broadcast_id>/sending")
@bp.response(200, BroadcastSchema)
def send(broadcast_id: UUID) -> Broadcast:
    """Send a draft off, within the month's budget."""
    return workflow.send_broadcast(broadcast_id, by=api_actor())


@bp.post("/<uuid:broadcast_id>/pause")
@bp.response(200, BroadcastSchema)
def pause(broadcast_id: UUID) -> Broadcast:
    """Hold a broadcast."""
    return workflow.pause_broadcast(broadcast_id, by=api_actor())


@bp.post("/<uuid:broadcast_id>/resumption")
@bp.response(200, BroadcastSchema)
def resume(broadcast_id: UUID) -> Broadcast:
    """Let a broadcast go on."""
    return workflow.resume_broadcast(broadcast_id, by=api_actor())


@bp.post("/<uuid:broadcast_id>/stop")
@bp.response(200, BroadcastSchema)
def stop(broadcast_id: UUID) -> Broadcast:
    """End a broadcast for good."""
    return workflow.stop_broadcast(broadcast_id, by=api_actor())


@bp.post("/<uuid:broadcast_id>/dropping")
@bp.response(200, BroadcastSchema)
def drop(broadcast_id: UUID) -> Broadcast:
    """Give up a draft."""
    return workflow.drop_broadcast(broadcast_id, by=api_actor())


@bp.route("/address-book")
class AddressBook(MethodView):
    """People who agreed to get the notices of their place."""

    @bp.response(200, ListedSchema(many=True))
    def get(self) -> list[address_book.Listed]:
        """List the address book, numbers masked."""
        return address_book.list_listed(by=api_actor())

    @bp.arguments(ListingSchema)
    @bp.response(201, ListedSchema(many=True))
    def post(self, data: dict[str, Any]) -> list[address_book.Listed]:
        """Put people into the address book."""
        by = api_actor()
        address_book.list_numbers(**data, by=by)
        return address_book.list_listed(by=by)


@bp.delete("/address-book/<uuid:listing_id>")
@bp.response(204)
def remove_number(listing_id: UUID) -> None:
    """Take a number out of the address book."""
    address_book.remove_number(listing_id, by=api_actor())
