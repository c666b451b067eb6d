"""The page of what waits for a person."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from channels.alarms import close_alarm, list_alarms
from service.attention import queries, rules, workflow
from service.attention.messages import meaning
from service.attention.schemas import AnswerMessageSchema
from service.web.acts import Form, leads_to
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor

bp = Blueprint("attention", __name__, url_prefix="/admin/attention", template_folder="templates")


@bp.get("/")
def index() -> str:
    """The messages that wait, and the alarms."""
    by = current_actor()
    alarms = [(alarm, meaning(alarm)) for alarm in list_alarms(by=by)]
    return render_template(
        "attention/index.html",
        waiting=queries.list_waiting(by=by),
        alarms=alarms,
        may=by.may,
    )


@bp.get("/<uuid:message_id>")
def show(message_id: UUID) -> str:
    """A message and how to answer it."""
    return _page(message_id, current_actor(), FormView(AnswerMessageSchema))


@bp.post("/<uuid:message_id>/answer")
@leads_to(workflow.answer_message)
def answer(message_id: UUID, by: Actor) -> Form:
    """Answer in free words."""
    return Form(
        AnswerMessageSchema,
        lambda view: _page(message_id, by, view),
        onward=url_for(".index"),
        said=_("The answer is on its way."),
    )


@bp.post("/<uuid:message_id>/ask-again")
def ask_again(message_id: UUID) -> Response:
    """Ask the sender to send it again."""
    workflow.ask_again(message_id, by=current_actor())
    flash(_("The answer is on its way."), "success")
    return redirect(url_for(".index"))


@bp.post("/<uuid:message_id>/close")
def close(message_id: UUID) -> Response:
    """Close without an answer."""
    workflow.close_message(message_id, by=current_actor())
    flash(_("Closed without an answer."), "success")
    return redirect(url_for(".index"))


@bp.post("/alarms/<uuid:alarm_id>/close")
def close_one_alarm(alarm_id: UUID) -> Response:
    """Close an alarm that has been looked after."""
    close_alarm(alarm_id, by=current_actor())
    return redirect(url_for(".index"))


def _page(message_id: UUID, by: Actor, view: FormView) -> str:
    message = queries.find_message(message_id, by=by)
    return render_template(
        "attention/message.html",
        message=message,
        readable=rules.shows_text(message.secrecy),
        view=view,
        may=by.may,
    )
