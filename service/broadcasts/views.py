"""The pages of broadcasts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from channels.models import Delivery
from service.broadcasts import address_book, documents, queries, workflow
from service.broadcasts.models import Broadcast
from service.broadcasts.outcomes import reason_of
from service.broadcasts.rules import AudienceKind, BroadcastState
from service.broadcasts.schemas import FORMS, ListingSchema, ReturnSchema
from service.preparation.documents import SPREADSHEET
from service.preparation.views import download
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor, locale
from tenants.actors import Actor

bp = Blueprint("broadcasts", __name__, url_prefix="/admin/broadcasts", template_folder="templates")

KINDS = "<any({}):audience>".format(", ".join(AudienceKind))


@bp.get("/")
def index() -> str:
    """The office's broadcasts."""
    by = current_actor()
    return render_template(
        "broadcasts/index.html",
        broadcasts=queries.list_broadcasts(by=by),
        kinds=list(AudienceKind),
        may=by.may,
    )


@bp.route(f"/new/{KINDS}", methods=["GET", "POST"])
@leads_to(workflow.draft_broadcast)
def new(audience: str, by: Actor) -> Form | AnyResponse:
    """Draft a broadcast to one kind of audience."""
    kind = AudienceKind(audience)
    choices = queries.list_choices(kind, by=by)
    if choices.get("township") == []:
        flash(_("Nobody of this kind stands in the address book yet."), "warning")
        return redirect(url_for(".show_address_book"))
    if any(name.endswith("_id") and not offered for name, offered in choices.items()):
        flash(_("There is nobody of this kind yet."), "warning")
        return redirect(url_for(".index"))
    return Form(
        FORMS[kind],
        page(
            title=_("New broadcast: %(audience)s", audience=kind.label),
            submit=_("Preview"),
            crumbs=_crumbs(),
        ),
        onward=lambda broadcast: redirect(url_for(".show", broadcast_id=broadcast.id)),
        choices=choices,
    )


@bp.get("/<uuid:broadcast_id>")
def show(broadcast_id: UUID) -> str:
    """A broadcast: what it would be, or how far it got."""
    by = current_actor()
    view = queries.view_broadcast(broadcast_id, by=by)
    return render_template(
        "broadcasts/broadcast.html",
        view=view,
        filters=queries.in_words(view.filters, by=by),
        own=view.broadcast.tenant_id == by.tenant_id,
        me=by.id,
        may=by.may,
        under_way=(BroadcastState.SENDING, BroadcastState.PAUSED),
    )


@bp.route("/<uuid:broadcast_id>/edit", methods=["GET", "POST"])
@leads_to(workflow.change_broadcast)
def edit(broadcast_id: UUID, by: Actor) -> Form:
    """Change a draft."""
    broadcast = queries.find_broadcast(broadcast_id, by=by)
    return Form(
        FORMS[broadcast.audience],
        page(title=broadcast.title, submit=_("Preview"), crumbs=_crumbs(broadcast)),
        onward=url_for(".show", broadcast_id=broadcast_id),
        known={
            "title": broadcast.title,
            "words": broadcast.words,
            "words_en": broadcast.words_en,
            **broadcast.filters,
        },
        choices=queries.list_choices(broadcast.audience, by=by),
    )


@bp.post("/<uuid:broadcast_id>/send")
def send(broadcast_id: UUID) -> AnyResponse:
    """Send a draft off, or submit it."""
    broadcast = workflow.send_broadcast(broadcast_id, by=current_actor())
    if broadcast.state is BroadcastState.WAITING:
        flash(_("It is above this month's budget: a second person approves it now."), "success")
    else:
        flash(_("It is on its way. This page shows how far it got."), "success")
    return _back(broadcast_id)


@bp.post("/<uuid:broadcast_id>/approve")
def approve(broadcast_id: UUID) -> AnyResponse:
    """Approve a broadcast above the budget."""
    workflow.approve_broadcast(broadcast_id, by=current_actor())
    flash(_("It is on its way. This page shows how far it got."), "success")
    return _back(broadcast_id)


@bp.route("/<uuid:broadcast_id>/return", methods=["GET", "POST"])
@leads_to(workflow.return_broadcast)
def give_back(broadcast_id: UUID, by: Actor) -> Form:
    """Give a broadcast back with a reason."""
    broadcast = queries.find_broadcast(broadcast_id, by=by)
    here = url_for(".show", broadcast_id=broadcast_id)
    return Form(
        ReturnSchema,
        page(
            title=_("Give back: %(title)s", title=broadcast.title),
            submit=_("Give back"),
            crumbs=_crumbs(broadcast),
            secondary=(_("Not now"), here),
        ),
        onward=here,
        said=_("Given back."),
    )


@bp.post("/<uuid:broadcast_id>/pause")
def pause(broadcast_id: UUID) -> AnyResponse:
    """Hold a broadcast."""
    workflow.pause_broadcast(broadcast_id, by=current_actor())
    flash(_("Paused. A few that were already under way may still arrive."), "success")
    return _back(broadcast_id)


@bp.post("/<uuid:broadcast_id>/resume")
def resume(broadcast_id: UUID) -> AnyResponse:
    """Let a broadcast go on."""
    workflow.resume_broadcast(broadcast_id, by=current_actor())
    flash(_("It goes on."), "success")
    return _back(broadcast_id)


@bp.route("/<uuid:broadcast_id>/stop", methods=["GET", "POST"])
@leads_to(workflow.stop_broadcast)
def stop(broadcast_id: UUID, by: Actor) -> Form:
    """End a broadcast for good."""
    broadcast = queries.find_broadcast(broadcast_id, by=by)
    here = url_for(".show", broadcast_id=broadcast_id)
    return Form(
        Schema,
        page(
            title=_("Stop this broadcast for good?"),
            lead=_(
                "Whoever has not got it yet never gets it, and it cannot be sent on. A pause holds it at once, and it can"
                " go on."
            ),
            submit=_("Stop for good"),
            crumbs=_crumbs(broadcast),
            secondary=(_("Do not stop it"), here),
        ),
        onward=here,
        said=_("Stopped. Whoever has not got it will not get it any more."),
    )


@bp.post("/<uuid:broadcast_id>/drop")
def drop(broadcast_id: UUID) -> AnyResponse:
    """Give up a draft."""
    workflow.drop_broadcast(broadcast_id, by=current_actor())
    flash(_("The draft is given up."), "success")
    return redirect(url_for(".index"))


@bp.get("/<uuid:broadcast_id>/recipients")
def recipients(broadcast_id: UUID) -> str:
    """Whom a broadcast is for, and what became of it."""
    by = current_actor()
    state, after = request.args.get("state"), request.args.get("after", type=UUID)
    wanted = Delivery(state) if state in set(Delivery) else None
    broadcast, found = queries.list_recipients(broadcast_id, state=wanted, after=after, by=by)
    more = found[-1].id if len(found) == queries.PAGE else None
    return render_template(
        "broadcasts/recipients.html",
        broadcast=broadcast,
        recipients=found,
        state=wanted,
        states=list(Delivery),
        more=more,
        reason=reason_of,
        crumbs=_crumbs(broadcast),
    )


@bp.get("/<uuid:broadcast_id>/recipients.xlsx")
def recipients_workbook(broadcast_id: UUID) -> Response:
    """The same for everybody as a spreadsheet."""
    by = current_actor()
    broadcast = queries.find_broadcast(broadcast_id, by=by)
    content = documents.outcome_workbook(broadcast, queries.each_recipient(broadcast_id, by=by), locale())
    return download(content, SPREADSHEET, f"broadcast-{broadcast.number}.xlsx")


@bp.get("/address-book")
def show_address_book() -> str:
    """People who agreed to get the notices of their place."""
    return _address_book(FormView(ListingSchema))


@bp.post("/address-book")
@leads_to(address_book.list_numbers)
def list_numbers(by: Actor) -> Form:
    """Put people into the address book."""
    return Form(
        ListingSchema,
        _address_book,
        onward=url_for(".show_address_book"),
        said=_("They are listed, and those who are new are told so by message."),
    )


@bp.post("/address-book/<uuid:listing_id>/remove")
def remove_number(listing_id: UUID) -> AnyResponse:
    """Take a number out of the address book."""
    address_book.remove_number(listing_id, by=current_actor())
    flash(_("The number is taken out."), "success")
    return redirect(url_for(".show_address_book"))


def _address_book(view: FormView) -> str:
    by = current_actor()
    return render_template(
        "broadcasts/address_book.html",
        view=view,
        listed=address_book.list_listed(by=by),
        may=by.may,
        crumbs=_crumbs(),
    )


def _back(broadcast_id: UUID) -> AnyResponse:
    return redirect(url_for(".show", broadcast_id=broadcast_id))


def _crumbs(broadcast: Broadcast | None = None) -> list[tuple[Any, str]]:
    crumbs = [(_("Broadcasts"), url_for(".index"))]
    if broadcast is not None:
        crumbs.append((broadcast.title, url_for(".show", broadcast_id=broadcast.id)))
    return crumbs
