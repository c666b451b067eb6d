"""The conversation desk by JSON."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from service.api.shell import api_actor
from service.complaints.filing import Filed
from service.complaints.schemas import FiledSchema
from service.conversations import counties, joining, queries, usual_answers, workflow
from service.conversations.models import UsualAnswer
from service.conversations.queries import Counted
from service.conversations.rules import Desk
from service.conversations.schemas import (
    ConversationSchema,
    CountSchema,
    CountySchema,
    HandingSchema,
    LatelySchema,
    NumberSchema,
    OtherPersonSchema,
    ReplySchema,
    SamePersonSchema,
    SeenSchema,
    UsualAnswerSchema,
    WaitingSchema,
)
from service.conversations.shown import Conversation, Waiting
from service.pictures import PICTURE, picture_response

bp = Blueprint(
    "desk",
    __name__,
    url_prefix="/conversations",
    description="Conversations with people: what waits, answers by hand, who looks after it",
)

ONE = "/<any(office, complaints):desk>/<uuid:contact_id>"


@bp.get("")
@bp.response(200, WaitingSchema(many=True))
def list_waiting() -> list[Waiting]:
    """List the conversations in which something waits, longest waiting first."""
    return queries.list_waiting(by=api_actor())


@bp.get("/lately")
@bp.arguments(LatelySchema, location="query")
@bp.response(200, WaitingSchema(many=True))
def list_lately(asked: dict) -> list[Waiting]:
    """List the conversations of late, or up to a day, in which nothing waits."""
    return queries.list_lately(**asked, by=api_actor())


@bp.get(ONE)
@bp.response(200, ConversationSchema)
def find_conversation(desk: str, contact_id: UUID) -> Conversation:
    """Read a conversation, both sides in order."""
    return queries.find_conversation(Desk(desk), contact_id, by=api_actor())


@bp.get(f"{ONE}/pictures/<uuid:picture_id>")
@bp.response(200, PICTURE, content_type="image/jpeg")
def picture(desk: str, contact_id: UUID, picture_id: UUID) -> Response:
    """Fetch a picture in a conversation."""
    return picture_response(queries.find_picture(Desk(desk), contact_id, picture_id, by=api_actor()))


@bp.post(f"{ONE}/count")
@bp.arguments(ReplySchema)
@bp.response(200, CountSchema)
def count(data: dict, desk: str, contact_id: UUID) -> Counted:
    """Count the parts of an answer without sending it."""
    return queries.count_answer(Desk(desk), contact_id, **data, by=api_actor())


@bp.post(f"{ONE}/answer")
@bp.arguments(ReplySchema)
@bp.response(200, ConversationSchema)
def answer(data: dict, desk: str, contact_id: UUID) -> Conversation:
    """Answer in free words."""
    workflow.answer(Desk(desk), contact_id, **data, by=api_actor())
    return queries.find_conversation(Desk(desk), contact_id, by=api_actor())


@bp.post("/office/<uuid:contact_id>/ask-again")
@bp.response(200, ConversationSchema)
def ask_again(contact_id: UUID) -> Conversation:
    """Ask the sender to send again what nobody may read."""
    workflow.ask_again(contact_id, by=api_actor())
    return queries.find_conversation(Desk.OFFICE, contact_id, by=api_actor())


@bp.post(f"{ONE}/close")
@bp.arguments(SeenSchema)
@bp.response(200, ConversationSchema)
def close(data: dict, desk: str, contact_id: UUID) -> Conversation:
    """Close without an answer."""
    workflow.close(Desk(desk), contact_id, data["seen"], by=api_actor())
    return queries.find_conversation(Desk(desk), contact_id, by=api_actor())


@bp.post(f"{ONE}/complaint")
@bp.arguments(SeenSchema)
@bp.response(201, FiledSchema)
def make_complaint(data: dict, desk: str, contact_id: UUID) -> Filed:
    """File what waits as the sender's complaint."""
    return workflow.make_complaint(Desk(desk), contact_id, data["seen"], by=api_actor())


@bp.post(f"{ONE}/to-county")
@bp.arguments(CountySchema)
@bp.response(204)
def pass_to_county(data: dict, desk: str, contact_id: UUID) -> None:
    """Give what came on a shared number to the county it is about."""
    counties.pass_to_county(Desk(desk), contact_id, **data, by=api_actor())


@bp.post(f"{ONE}/to-office")
@bp.arguments(SeenSchema)
@bp.response(204)
def pass_to_office(data: dict, desk: str, contact_id: UUID) -> None:
    """Let the office answer what is no complaint."""
    workflow.pass_to_office(Desk(desk), contact_id, data["seen"], by=api_actor())


@bp.put(f"{ONE}/assignee")
@bp.arguments(HandingSchema)
@bp.response(200, ConversationSchema)
def hand_to(data: dict, desk: str, contact_id: UUID) -> Conversation:
    """Let somebody of the office look after it."""
    workflow.hand_to(Desk(desk), contact_id, data["person_id"], by=api_actor())
    return queries.find_conversation(Desk(desk), contact_id, by=api_actor())


@bp.delete(f"{ONE}/assignee")
@bp.response(200, ConversationSchema)
def give_back(desk: str, contact_id: UUID) -> Conversation:
    """Let nobody in particular look after it."""
    workflow.give_back(Desk(desk), contact_id, by=api_actor())
    return queries.find_conversation(Desk(desk), contact_id, by=api_actor())


@bp.post(f"{ONE}/number")
@bp.response(200, NumberSchema)
def show_number(desk: str, contact_id: UUID) -> dict[str, str]:
    """Show the sender's number; that it was shown is recorded."""
    return {"address": workflow.show_number(Desk(desk), contact_id, by=api_actor())}


@bp.get(f"{ONE}/others")
@bp.response(200, WaitingSchema(many=True))
def list_others(desk: str, contact_id: UUID) -> list[Waiting]:
    """List the conversations whose writers could be the same person."""
    return joining.list_others(Desk(desk), contact_id, by=api_actor())


@bp.post(f"{ONE}/join")
@bp.arguments(SamePersonSchema)
@bp.response(200, ConversationSchema)
def join_addresses(data: dict, desk: str, contact_id: UUID) -> Conversation:
    """Take the writers of two conversations for one person."""
    joining.join_addresses(Desk(desk), contact_id, **data, by=api_actor())
    return queries.find_conversation(Desk(desk), contact_id, by=api_actor())


@bp.post(f"{ONE}/part")
@bp.arguments(OtherPersonSchema)
@bp.response(200, ConversationSchema)
def part_address(data: dict, desk: str, contact_id: UUID) -> Conversation:
    """Let one of a person's addresses be somebody else's again."""
    joining.part_address(Desk(desk), contact_id, **data, by=api_actor())
    return queries.find_conversation(Desk(desk), contact_id, by=api_actor())


@bp.route("/answers")
class UsualAnswers(MethodView):
    """The usual answers of the office."""

    @bp.response(200, UsualAnswerSchema(many=True))
    def get(self) -> list[UsualAnswer]:
        """List the usual answers."""
        return queries.list_usual_answers(by=api_actor())

    @bp.arguments(UsualAnswerSchema)
    @bp.response(201, UsualAnswerSchema)
    def post(self, data: dict) -> UsualAnswer:
        """Write a usual answer."""
        return usual_answers.add_usual_answer(**data, by=api_actor())


@bp.route("/answers/<uuid:answer_id>")
class OneUsualAnswer(MethodView):
    """A usual answer."""

    @bp.arguments(UsualAnswerSchema)
    @bp.response(200, UsualAnswerSchema)
    def put(self, data: dict, answer_id: UUID) -> UsualAnswer:
        """Reword it."""
        return usual_answers.change_usual_answer(answer_id, **data, by=api_actor())

    @bp.response(204)
    def delete(self, answer_id: UUID) -> None:
        """Offer it no longer."""
        usual_answers.drop_usual_answer(answer_id, by=api_actor())
