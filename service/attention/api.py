"""What waits for a person, by JSON."""

from __future__ import annotations

from uuid import UUID

from flask_smorest import Blueprint

from channels.alarms import close_alarm, list_alarms
from channels.models import Alarm
from service.api.shell import api_actor
from service.attention import queries, workflow
from service.attention.queries import Waiting
from service.attention.schemas import AlarmSchema, AnswerMessageSchema, WaitingSchema

bp = Blueprint(
    "waiting_messages",
    __name__,
    url_prefix="/attention",
    description="Messages that wait for a person; alarms",
)


@bp.get("")
@bp.response(200, WaitingSchema(many=True))
def list_waiting() -> list[Waiting]:
    """List the messages that wait."""
    return queries.list_waiting(by=api_actor())


@bp.get("/<uuid:message_id>")
@bp.response(200, WaitingSchema)
def find_message(message_id: UUID) -> Waiting:
    """Read a message that waits or waited."""
    return queries.find_message(message_id, by=api_actor())


@bp.post("/<uuid:message_id>/answer")
@bp.arguments(AnswerMessageSchema)
@bp.response(200, WaitingSchema)
def answer(data: dict, message_id: UUID) -> Waiting:
    """Answer in free words."""
    workflow.answer_message(message_id, data["words"], by=api_actor())
    return queries.find_message(message_id, by=api_actor())


@bp.post("/<uuid:message_id>/ask-again")
@bp.response(200, WaitingSchema)
def ask_again(message_id: UUID) -> Waiting:
    """Ask the sender to send it again."""
    workflow.ask_again(message_id, by=api_actor())
    return queries.find_message(message_id, by=api_actor())


@bp.post("/<uuid:message_id>/close")
@bp.response(200, WaitingSchema)
def close(message_id: UUID) -> Waiting:
    """Close without an answer."""
    workflow.close_message(message_id, by=api_actor())
    return queries.find_message(message_id, by=api_actor())


@bp.get("/alarms")
@bp.response(200, AlarmSchema(many=True))
def alarms() -> list[Alarm]:
    """List the office's open alarms."""
    return list_alarms(by=api_actor())


@bp.post("/alarms/<uuid:alarm_id>/close")
@bp.response(204)
def close_one_alarm(alarm_id: UUID) -> None:
    """Close an alarm that has been looked after."""
    close_alarm(alarm_id, by=api_actor())
