"""Questions about calls by JSON (C3)."""

from __future__ import annotations

from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.procurement import questions
from service.procurement.questions import QuestionView
from service.procurement.schemas import CallQuestionSchema, QuestionAnswerSchema, QuestionRefusalSchema

bp = Blueprint("call_questions", __name__, description="Step 5: questions about calls, answered to all")


@bp.route("/calls/<uuid:call_id>/questions")
class Questions(MethodView):
    """The questions about a call."""

    @bp.response(200, CallQuestionSchema(many=True))
    def get(self, call_id: UUID) -> list[QuestionView]:
        """List the questions, those that wait first; never who asked."""
        return questions.list_questions(call_id, by=api_actor())

    @bp.arguments(QuestionAnswerSchema)
    @bp.response(201, CallQuestionSchema)
    def post(self, data: dict, call_id: UUID) -> QuestionView:
        """Answer to everybody what was asked by telephone or at the office."""
        by = api_actor()
        question = questions.answer_openly(call_id, **data, by=by)
        return questions.find_question(question.id, by=by)[0]


@bp.post("/questions/<uuid:question_id>/answer")
@bp.arguments(QuestionAnswerSchema)
@bp.response(200, CallQuestionSchema)
def answer(data: dict, question_id: UUID) -> QuestionView:
    """Answer a question to everybody who got the call."""
    by = api_actor()
    questions.answer_question(question_id, **data, by=by)
    return questions.find_question(question_id, by=by)[0]


@bp.post("/questions/<uuid:question_id>/refusal")
@bp.arguments(QuestionRefusalSchema)
@bp.response(200, CallQuestionSchema)
def decline(data: dict, question_id: UUID) -> QuestionView:
    """Decline a question; the asker alone is told why."""
    by = api_actor()
    questions.decline_question(question_id, **data, by=by)
    return questions.find_question(question_id, by=by)[0]
