"""The pages of the conversation desk."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.conversations import counties, joining, queries, rules, usual_answers, workflow
from service.conversations.queries import Counted
from service.conversations.rules import Desk
from service.conversations.schemas import (
    CountySchema,
    HandingSchema,
    OtherPersonSchema,
    ReplySchema,
    SamePersonSchema,
    SeenSchema,
    UsualAnswerSchema,
)
from service.conversations.shown import Conversation
from service.pictures import picture_response
from service.web.acts import Form, leads_to, page
from service.web.filters import day
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.permissions import Permission
from tenants.workdays import local_day

bp = Blueprint("conversations", __name__, url_prefix="/admin/conversations", template_folder="templates")

ONE = "/<any(office, complaints):desk>/<uuid:contact_id>"


@bp.get("/")
def index() -> str:
    """What waits, longest first, and the conversations of late; ``?until=`` those up to a day."""
    by = current_actor()
    until = request.args.get("until", type=date.fromisoformat)
    return render_template(
        "conversations/index.html",
        waiting=queries.list_waiting(by=by),
        lately=queries.list_lately(until=until, by=by),
        until=until,
        today=local_day(by.now),
        several_desks=len(rules.desks_of(by)) > 1,
        me=by.id,
        now=by.now,
        may=by.may,
    )


@bp.get(ONE)
def show(desk: str, contact_id: UUID) -> str:
    """A conversation, both sides in order, and how to answer it; ``?answer=`` begins with a usual answer."""
    return _page(Desk(desk), contact_id, current_actor())


@bp.get(f"{ONE}/pictures/<uuid:picture_id>")
def picture(desk: str, contact_id: UUID, picture_id: UUID) -> Response:
    """A picture in a conversation."""
    return picture_response(queries.find_picture(Desk(desk), contact_id, picture_id, by=current_actor()))


@bp.post(f"{ONE}/count")
@leads_to(queries.count_answer)
def count(desk: str, contact_id: UUID, by: Actor) -> Form:
    """Show an answer as it would go out, with its parts."""
    conversation = queries.find_conversation(Desk(desk), contact_id, by=by)
    return Form(
        _reply_to(conversation),
        lambda view: _page(Desk(desk), contact_id, by, answer=view),
        onward=lambda counted: _page(
            Desk(desk), contact_id, by, counted=counted, answer=_reply_form(conversation, counted)
        ),
        choices=_addresses(conversation),
        given=lambda given: {**given, "desk": Desk(desk)},
    )


@bp.post(f"{ONE}/answer")
@leads_to(workflow.answer)
def answer(desk: str, contact_id: UUID, by: Actor) -> Form:
    """Send an answer."""
    return Form(
        _reply_to(queries.find_conversation(Desk(desk), contact_id, by=by)),
        lambda view: _page(Desk(desk), contact_id, by, answer=_seen_now(view, Desk(desk), contact_id, by)),
        onward=url_for(".index"),
        said=_("The answer is on its way."),
        given=lambda given: {**given, "desk": Desk(desk)},
    )


@bp.post("/office/<uuid:contact_id>/ask-again")
def ask_again(contact_id: UUID) -> Response:
    """Ask the sender to send it again."""
    workflow.ask_again(contact_id, by=current_actor())
    flash(_("The answer is on its way."), "success")
    return redirect(url_for(".index"))


@bp.post(f"{ONE}/close")
@leads_to(workflow.close)
def close(desk: str, contact_id: UUID, by: Actor) -> Form:
    """Close without an answer."""
    return _settled(desk, contact_id, by, _("Closed without an answer."))


@bp.post(f"{ONE}/complaint")
@leads_to(workflow.make_complaint)
def complaint(desk: str, contact_id: UUID, by: Actor) -> Form:
    """File it as the sender's complaint."""
    return _settled(desk, contact_id, by, _("It is a complaint now; the sender gets the reference."))


@bp.post(f"{ONE}/to-office")
@leads_to(workflow.pass_to_office)
def to_office(desk: str, contact_id: UUID, by: Actor) -> Form:
    """Let the office answer what is no complaint."""
    return _settled(desk, contact_id, by, _("The office sees it now."))


@bp.post(f"{ONE}/to-county")
@leads_to(counties.pass_to_county)
def to_county(desk: str, contact_id: UUID, by: Actor) -> Form:
    """Give what came on a shared number to the county it is about."""
    return Form(
        CountySchema,
        lambda view: _page(Desk(desk), contact_id, by, county=view),
        onward=url_for(".index"),
        said=_("The county has it now; the sender gets its reply."),
        choices=_counties(Desk(desk), contact_id, by),
        given=lambda given: {**given, "desk": Desk(desk)},
    )


@bp.post(f"{ONE}/take")
def take(desk: str, contact_id: UUID) -> Response:
    """Look after it oneself."""
    workflow.take(Desk(desk), contact_id, by=current_actor())
    return redirect(url_for(".show", desk=desk, contact_id=contact_id))


@bp.post(f"{ONE}/hand")
@leads_to(workflow.hand_to)
def hand(desk: str, contact_id: UUID, by: Actor) -> Form:
    """Let a colleague look after it."""
    return Form(
        HandingSchema,
        lambda view: _page(Desk(desk), contact_id, by, hand=view),
        onward=url_for(".index"),
        said=_("Your colleague looks after it now."),
        choices=_colleagues(Desk(desk), by),
        given=lambda given: {**given, "desk": Desk(desk)},
    )


@bp.post(f"{ONE}/give-back")
def give_back(desk: str, contact_id: UUID) -> Response:
    """Let nobody in particular look after it."""
    workflow.give_back(Desk(desk), contact_id, by=current_actor())
    return redirect(url_for(".show", desk=desk, contact_id=contact_id))


@bp.post(f"{ONE}/number")
def number(desk: str, contact_id: UUID) -> str:
    """Show the number once; that it was shown is recorded."""
    by = current_actor()
    return _page(Desk(desk), contact_id, by, address=workflow.show_number(Desk(desk), contact_id, by=by))


@bp.post(f"{ONE}/join")
@leads_to(joining.join_addresses)
def join(desk: str, contact_id: UUID, by: Actor) -> Form:
    """Take the writers of two conversations for one person."""
    return Form(
        SamePersonSchema,
        lambda view: _page(Desk(desk), contact_id, by, join=view),
        onward=url_for(".show", desk=desk, contact_id=contact_id),
        said=_("They are one person now. Whoever wants no broadcasts on one gets none on the other."),
        choices=_others(Desk(desk), contact_id, by),
        given=lambda given: {**given, "desk": Desk(desk)},
    )


@bp.post(f"{ONE}/part")
@leads_to(joining.part_address)
def part(desk: str, contact_id: UUID, by: Actor) -> Form:
    """Let one of a person's addresses be somebody else's again."""
    conversation = queries.find_conversation(Desk(desk), contact_id, by=by)
    return Form(
        OtherPersonSchema,
        lambda view: _page(Desk(desk), contact_id, by, part=view),
        onward=url_for(".index"),
        said=_("They are two persons again, as before they were joined."),
        choices=_joined(conversation),
        given=lambda given: {**given, "desk": Desk(desk)},
    )


@bp.get("/answers")
def answers() -> str:
    """The usual answers."""
    by = current_actor()
    return render_template(
        "conversations/answers.html", answers=queries.list_usual_answers(by=by), may=by.may
    )


@bp.route("/answers/new", methods=["GET", "POST"])
@leads_to(usual_answers.add_usual_answer)
def new_answer(by: Actor) -> Form:
    """Write a usual answer."""
    return Form(
        UsualAnswerSchema,
        page(title=_("New usual answer"), crumbs=_above_answers()),
        onward=url_for(".answers"),
        said=_("The answer is kept."),
    )


@bp.route("/answers/<uuid:answer_id>", methods=["GET", "POST"])
@leads_to(usual_answers.change_usual_answer)
def change_answer(answer_id: UUID, by: Actor) -> Form:
    """Reword a usual answer."""
    kept = queries.find_usual_answer(answer_id, by=by)
    return Form(
        UsualAnswerSchema,
        page(title=kept.name, crumbs=_above_answers()),
        onward=url_for(".answers"),
        said=_("The answer is kept."),
        known=kept,
    )


@bp.post("/answers/<uuid:answer_id>/drop")
def drop_answer(answer_id: UUID) -> Response:
    """Offer a usual answer no longer."""
    usual_answers.drop_usual_answer(answer_id, by=current_actor())
    return redirect(url_for(".answers"))


def _settled(desk: str, contact_id: UUID, by: Actor, said: str) -> Form:
    """What ends the waiting of those messages that the page showed."""
    return Form(
        SeenSchema,
        lambda view: _page(Desk(desk), contact_id, by),
        onward=url_for(".index"),
        said=said,
        given=lambda given: {**given, "desk": Desk(desk)},
    )


def _page(
    desk: Desk,
    contact_id: UUID,
    by: Actor,
    *,
    answer: FormView | None = None,
    hand: FormView | None = None,
    join: FormView | None = None,
    part: FormView | None = None,
    county: FormView | None = None,
    counted: Counted | None = None,
    address: str | None = None,
) -> str:
    conversation = queries.find_conversation(desk, contact_id, by=by)
    usual = queries.list_usual_answers(by=by)
    picked = next((one for one in usual if str(one.id) == request.args.get("answer")), None)
    words = picked.words(conversation.locale) if picked else ""
    return render_template(
        "conversations/conversation.html",
        conversation=conversation,
        answer=answer or _reply_form(conversation, {"words": words, "seen": conversation.last}),
        hand=hand or FormView(HandingSchema, choices=_colleagues(desk, by)),
        join=join or FormView(SamePersonSchema, choices=_others(desk, contact_id, by)),
        part=part or FormView(OtherPersonSchema, choices=_joined(conversation)),
        county=county
        or FormView(CountySchema, {"seen": conversation.last}, choices=_counties(desk, contact_id, by)),
        counted=counted,
        usual=usual,
        address=address,
        me=by.id,
        may=by.may,
    )


def _seen_now(view: FormView, desk: Desk, contact_id: UUID, by: Actor) -> FormView:
    """The same words once the newest lines have been shown; wrong answers stay as they are."""
    if view.problems:
        return view
    conversation = queries.find_conversation(desk, contact_id, by=by)
    return _reply_form(conversation, {"words": view["words"].value, "seen": conversation.last})


def _reply_to(conversation: Conversation) -> ReplySchema:
    """The answer's schema; where it goes is asked only of who has several addresses."""
    return ReplySchema() if len(conversation.addresses) > 1 else ReplySchema(exclude=("to",))


def _reply_form(conversation: Conversation, known: object) -> FormView:
    return FormView(_reply_to(conversation), known, choices=_addresses(conversation))


def _addresses(conversation: Conversation) -> dict[str, list[tuple[UUID, str]]]:
    return {
        "to": [(one.contact_id, f"{one.medium.label} {one.sender}") for one in conversation.addresses],
    }


def _joined(conversation: Conversation) -> dict[str, list[tuple[UUID, str]]]:
    several = _addresses(conversation)["to"]
    return {"address_id": several if len(several) > 1 else []}


def _others(desk: Desk, contact_id: UUID, by: Actor) -> dict[str, list[tuple[UUID, str]]]:
    """Who could be the same person: masked, with the channel and the day of the last word."""
    if not by.may(Permission.ADDRESS_JOIN):
        return {"other_id": []}
    return {
        "other_id": [
            (
                one.contact_id,
                f"{one.medium.label} {one.sender} · {day(local_day(one.since))}",
            )
            for one in joining.list_others(desk, contact_id, by=by)
        ]
    }


def _counties(desk: Desk, contact_id: UUID, by: Actor) -> dict[str, list[tuple[int, str]]]:
    known = counties.list_counties(desk, contact_id, by=by)
    return {"office_id": [(place.tenant_id, place.en if by.locale == "en" else place.zh) for place in known]}


def _colleagues(desk: Desk, by: Actor) -> dict[str, list[tuple[UUID, str]]]:
    others = [one for one in queries.list_colleagues(desk, by=by) if one.id != by.id]
    return {"person_id": [(one.id, one.name) for one in others]}


def _above_answers() -> list[tuple[str, str]]:
    return [(_("Conversations"), url_for(".index")), (_("Usual answers"), url_for(".answers"))]
