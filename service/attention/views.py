"""The page of the alarms."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from channels.alarms import close_alarm, list_alarms
from channels.incidents import INCIDENTS
from service.attention.messages import meaning
from service.web.session import current_actor

bp = Blueprint("attention", __name__, url_prefix="/admin/attention", template_folder="templates")


@bp.get("/")
def index() -> str:
    """The open alarms."""
    by = current_actor()
    alarms = [(alarm, meaning(alarm), alarm.code in INCIDENTS) for alarm in list_alarms(by=by)]
    return render_template("attention/index.html", alarms=alarms, may=by.may)


@bp.post("/alarms/<uuid:alarm_id>/close")
def close_one_alarm(alarm_id: UUID) -> Response:
    """Close an alarm that has been looked after."""
    close_alarm(alarm_id, by=current_actor())
    return redirect(url_for(".index"))
