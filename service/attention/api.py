"""Alarms, by JSON."""

from __future__ import annotations

from uuid import UUID

from flask_smorest import Blueprint

from channels.alarms import close_alarm, list_alarms
from channels.models import Alarm
from service.api.shell import api_actor
from service.attention.schemas import AlarmSchema

bp = Blueprint("alarms", __name__, url_prefix="/attention", description="Alarms")


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
