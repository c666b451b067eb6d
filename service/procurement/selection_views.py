"""The pages of steps 5.2 to 5.5."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from service.procurement import selection
from service.procurement.models import Call
from service.procurement.schemas import ApplicationSchema
from service.procurement.selection_queries import SelectionView, view_bid, view_selection
from service.procurement.selection_rules import (
    COMPETITIVE,
    Indicator,
    has_free_hands,
    reviewers_needed,
)
from service.procurement.selection_schemas import (
    DecisionReasonSchema,
    ExclusionSchema,
    ReviewSchema,
    RevisionRequestSchema,
    SelectionSchema,
)
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor

bp = Blueprint("selection", __name__, url_prefix="/admin/selection", template_folder="templates")


@bp.get("/<uuid:call_id>")
def show(call_id: UUID) -> str:
    """The bids of a call from the opening to the approval."""
    return _call_page(call_id, current_actor())


@bp.get("/bids/<uuid:bid_id>")
def show_bid(bid_id: UUID) -> str:
    """One bid, with screening and reviews."""
    return _bid_page(bid_id, current_actor())


@bp.post("/bids/<uuid:bid_id>/revision")
@leads_to(selection.request_revision)
def request_revision(bid_id: UUID, by: Actor) -> Form:
    """Ask the SO to complete its documents."""
    return Form(
        RevisionRequestSchema,
        lambda view: _bid_page(bid_id, by, revision=view),
        onward=url_for(".show_bid", bid_id=bid_id),
        said=_("The organization was sent a link."),
    )


@bp.post("/bids/<uuid:bid_id>/admit")
def admit(bid_id: UUID) -> Response:
    """Admit the bid to review."""
    selection.screen_bid(bid_id, None, by=current_actor())
    flash(_("Admitted. The reviewers can review this bid now."), "success")
    return redirect(url_for(".show_bid", bid_id=bid_id))


@bp.post("/bids/<uuid:bid_id>/exclude")
@leads_to(selection.screen_bid)
def exclude(bid_id: UUID, by: Actor) -> Form:
    """Exclude the bid on one of the grounds."""
    return Form(
        ExclusionSchema,
        lambda view: _bid_page(bid_id, by, exclusion=view),
        onward=url_for(".show_bid", bid_id=bid_id),
        said=_("The organization is told why, and that it may complain."),
    )


@bp.post("/bids/<uuid:bid_id>/review")
@leads_to(selection.review_bid)
def review(bid_id: UUID, by: Actor) -> Form:
    """Record one's own view of the bid."""
    return Form(
        ReviewSchema,
        lambda view: _bid_page(bid_id, by, review=view),
        onward=url_for(".show_bid", bid_id=bid_id),
        said=_("Your review is recorded."),
    )


@bp.post("/<uuid:call_id>/lots/<uuid:lot_id>/select")
@leads_to(selection.select_winner)
def select(call_id: UUID, lot_id: UUID, by: Actor) -> Form:
    """Select the winner of a lot."""
    return Form(
        SelectionSchema,
        lambda view: _call_page(call_id, by, {lot_id: view}),
        onward=url_for(".show", call_id=call_id),
        said=_("Selected. The result becomes public when you publish it."),
        choices={"bid_id": _winners(view_selection(call_id, by=by)).get(lot_id, [])},
    )


@bp.route("/<uuid:call_id>/publish", methods=["GET", "POST"])
@leads_to(selection.publish_result)
def publish(call_id: UUID, by: Actor) -> Form:
    """Publish the result."""
    view = view_selection(call_id, by=by)
    here = url_for(".show", call_id=call_id)
    return Form(
        Schema,
        page(
            title=_("Publish the result?"),
            lead=_(
                "Everybody can read the result from then on, every bidder is told by message, and the time for "
                "objections begins. This cannot be taken back with a click."
            ),
            facts=selected(view),
            submit=_("Publish the result"),
            crumbs=above(view.call),
            secondary=(_("Do not publish yet"), here),
        ),
        onward=here,
        said=_("The result is public, and every bidder is told."),
    )


@bp.post("/<uuid:call_id>/fail")
@leads_to(selection.fail_call)
def fail(call_id: UUID, by: Actor) -> Form:
    """End the call without a winner."""
    return _reasoned(call_id, by)


@bp.post("/<uuid:call_id>/return")
@leads_to(selection.return_result)
def return_result(call_id: UUID, by: Actor) -> Form:
    """Return the result with reasons."""
    return _reasoned(call_id, by)


def above(call: Call) -> list[tuple[str, str]]:
    """What stands above a page that asks about a call's result."""
    return [
        (_("Calls"), url_for("procurement.index")),
        (_("Call %(number)d", number=call.number), url_for("procurement.show", call_id=call.id)),
        (_("Selection"), url_for("selection.show", call_id=call.id)),
    ]


def selected(view: SelectionView) -> list[tuple[str, str]]:
    """Who was selected, beside the question whether that shall be so."""
    winners = [file.winner().organization.name for file in view.lots if file.award]
    return [(_("Selected"), _(", ").join(winners))] if winners else []


def _reasoned(call_id: UUID, by: Actor) -> Form:
    return Form(
        DecisionReasonSchema,
        lambda view: _call_page(call_id, by, reason=view),
        onward=url_for(".show", call_id=call_id),
    )


def _call_page(
    call_id: UUID, by: Actor, given: dict[UUID, FormView] | None = None, reason: FormView | None = None
) -> str:
    view = view_selection(call_id, by=by)
    return render_template(
        "procurement/selection.html",
        view=view,
        own=view.call.tenant_id == by.tenant_id,
        may=by.may,
        forms={**_selection_forms(view), **(given or {})},
        reason=reason or FormView(DecisionReasonSchema),
        competitive=view.call.method in COMPETITIVE,
        needed=reviewers_needed(view.call.method),
        free=has_free_hands(by.id, view.involved),
        standstill=view.in_standstill(by.now),
    )


def _selection_forms(view: SelectionView) -> dict[UUID, FormView]:
    """A form for each lot that can be awarded, with who is selected, or else the first in the order, already chosen."""
    selected = {file.lot.id: file.award.bid_id for file in view.lots if file.award}
    return {
        lot_id: FormView(
            SelectionSchema,
            {"bid_id": selected.get(lot_id, winners[0][0])},
            choices={"bid_id": winners},
        )
        for lot_id, winners in _winners(view).items()
    }


def _winners(view: SelectionView) -> dict[UUID, list[tuple[UUID, str]]]:
    """Who may win each lot that can be awarded, best first; where bids compete the first alone (C9)."""
    found = {}
    for file in view.lots:
        names = {one.bid.id: one.organization.name for one in file.bids}
        ranking = file.ranking[:1] if view.call.method in COMPETITIVE else file.ranking
        if ranking:
            found[file.lot.id] = [(one.bid_id, names[one.bid_id]) for one in ranking]
    return found


def _bid_page(bid_id: UUID, by: Actor, **views: Any) -> str:
    view = view_bid(bid_id, by=by)
    asked = ApplicationSchema().fields
    given = (view.one.bid.content or {}).get("texts", {})
    forms = {
        "revision": FormView(RevisionRequestSchema),
        "exclusion": FormView(ExclusionSchema),
        "review": FormView(ReviewSchema),
        **views,
    }
    return render_template(
        "procurement/selection_bid.html",
        view=view,
        own=view.call.tenant_id == by.tenant_id,
        may=by.may,
        scope=[(item.label, text) for item, text in view.scope.items()],
        texts=[(known.metadata["label"], given[name]) for name, known in asked.items() if given.get(name)],
        indicators=list(Indicator),
        sways=view.one.sways(view.call, by),
        reviewed=any(review.reviewer_id == by.id for review in view.one.reviews),
        **forms,
    )
