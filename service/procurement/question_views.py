"""The pages of questions about a call (C3)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from service.procurement import queries, questions
from service.procurement.schemas import QuestionAnswerSchema, QuestionRefusalSchema
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor

bp = Blueprint("questions", __name__, url_prefix="/admin/questions", template_folder="templates")


@bp.get("/<uuid:question_id>")
def show(question_id: UUID) -> str:
    """A question and how to answer it."""
    return _page(question_id, current_actor())


@bp.post("/<uuid:question_id>/answer")
@leads_to(questions.answer_question)
def answer(question_id: UUID, by: Actor) -> Form:
    """Answer to everybody."""
    return Form(
        QuestionAnswerSchema,
        lambda view: _page(question_id, by, answering=view),
        onward=url_for(".show", question_id=question_id),
        said=_("The answer goes to everybody who got the call, and stands on the portal."),
    )


@bp.post("/<uuid:question_id>/decline")
@leads_to(questions.decline_question)
def decline(question_id: UUID, by: Actor) -> Form:
    """Decline, with a reason for the asker alone."""
    return Form(
        QuestionRefusalSchema,
        lambda view: _page(question_id, by, declining=view),
        onward=url_for(".show", question_id=question_id),
        said=_("The asker is told why."),
    )


@bp.route("/of-call/<uuid:call_id>", methods=["GET", "POST"])
@leads_to(questions.answer_openly)
def new(call_id: UUID, by: Actor) -> Form:
    """Answer to everybody what was asked by telephone or at the office."""
    call = queries.find_call(call_id, by=by)
    here = url_for("procurement.show", call_id=call_id)
    around = page(
        title=_("A question put in person"),
        submit=_("Answer to everybody"),
        crumbs=[(_("Calls"), url_for("procurement.index")), (call.title, here)],
        secondary=(_("Back"), here),
    )
    return Form(
        QuestionAnswerSchema,
        around,
        onward=here,
        said=_("The answer goes to everybody who got the call, and stands on the portal."),
    )


def _page(
    question_id: UUID, by: Actor, answering: FormView | None = None, declining: FormView | None = None
) -> str:
    question, call = questions.find_question(question_id, by=by)
    return render_template(
        "procurement/question.html",
        question=question,
        call=call,
        answering=answering or FormView(QuestionAnswerSchema),
        declining=declining or FormView(QuestionRefusalSchema),
        own=call.tenant_id == by.tenant_id,
        may=by.may,
    )
