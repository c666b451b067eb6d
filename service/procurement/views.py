"""The pages of step 5 up to the opening."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.organizations.queries import list_organizations
from service.organizations.rules import OrganizationState
from service.preparation.rules import ProcurementMethod
from service.procurement import changing, opening, queries, questions, workflow
from service.procurement.messages import STANDARD_TEXTS
from service.procurement.schemas import (
    CALL_LABELS,
    AmendSchema,
    AskingSchema,
    CallTextSchema,
    CancelSchema,
    DraftSchema,
    ProlongSchema,
    PublishSchema,
)
from service.web.acts import Form, leads_to, page
from service.web.session import current_actor, locale
from tenants.actors import Actor
from tenants.settings import current_settings
from tenants.workdays import SHANGHAI, local_day

bp = Blueprint("procurement", __name__, url_prefix="/admin/calls", template_folder="templates")

CLOSING_TIME = time(18)
"""The hour that the form proposes for a deadline, in China."""


@bp.get("/")
def index() -> str:
    """The office's calls."""
    by = current_actor()
    return render_template("procurement/index.html", calls=queries.list_calls(by=by), now=by.now, may=by.may)


@bp.route("/new", methods=["GET", "POST"])
@leads_to(workflow.draft_call)
def new(by: Actor) -> Form | Response:
    """Draft a call."""
    packages = queries.list_callable(by=by)
    if not packages:
        flash(_("No package waits: each one of an approved plan stands in a call already."), "warning")
        return redirect(url_for(".index"))
    return Form(
        DraftSchema,
        page(title=_("New call"), submit=_("Save the draft"), crumbs=_crumbs()),
        onward=lambda call: redirect(url_for(".show", call_id=call.id)),
        known={name: str(text) for name, text in STANDARD_TEXTS.items()},
        choices={"packages": [(one.id, f"{one.number} {_named(one.name, one.name_en)}") for one in packages]},
    )


@bp.get("/<uuid:call_id>")
def show(call_id: UUID) -> str:
    """A call with its audience, its bids as far as they may be read, and its history."""
    by = current_actor()
    view = queries.view_call(call_id, by=by)
    return render_template(
        "procurement/call.html",
        view=view,
        questions=questions.list_questions(call_id, by=by),
        own=view.call.tenant_id == by.tenant_id,
        may=by.may,
        me=by.id,
        labels=CALL_LABELS,
    )


@bp.route("/<uuid:call_id>/edit", methods=["GET", "POST"])
@leads_to(workflow.change_call)
def edit(call_id: UUID, by: Actor) -> Form:
    """Reword a draft."""
    call = queries.find_call(call_id, by=by)
    return Form(
        CallTextSchema,
        page(title=call.title, submit=_("Save the draft"), crumbs=_crumbs()),
        onward=url_for(".show", call_id=call_id),
        known=call,
    )


@bp.route("/<uuid:call_id>/publish", methods=["GET", "POST"])
@leads_to(workflow.publish_call)
def publish(call_id: UUID, by: Actor) -> Form:
    """Choose deadline and audience, and publish."""
    call = queries.find_call(call_id, by=by)
    here = url_for(".show", call_id=call_id)
    to_all = call.method is ProcurementMethod.OPEN_TENDER
    facts = [(_("Method"), call.method.label)]
    if to_all:
        facts.append((_("Organizations asked"), _("An open tender goes to every registered organization.")))
    around = page(
        title=_("Publish: %(title)s", title=call.title),
        submit=_("Publish and tell them"),
        facts=facts,
        crumbs=_crumbs(),
        secondary=(_("Not yet"), here),
    )
    return Form(
        PublishSchema(exclude=("organizations",)) if to_all else AskingSchema(),
        around,
        onward=here,
        said=_("Published. Who was told, and whether it arrived, stands below."),
        known={"deadline": _proposed_deadline(by)},
        choices=None if to_all else {"organizations": _audience(by)},
    )


@bp.route("/<uuid:call_id>/prolong", methods=["GET", "POST"])
@leads_to(changing.prolong_call)
def prolong(call_id: UUID, by: Actor) -> Form:
    """Choose a later deadline."""
    call = queries.find_call(call_id, by=by)
    here = url_for(".show", call_id=call_id)
    return Form(
        ProlongSchema,
        page(
            title=_("Prolong: %(title)s", title=call.title),
            submit=_("Prolong and tell them"),
            crumbs=_crumbs(),
            secondary=(_("Do not change it"), here),
        ),
        onward=here,
        said=_("Prolonged. Everybody the call is meant for is told."),
        known={"deadline": call.deadline},
    )


@bp.route("/<uuid:call_id>/change", methods=["GET", "POST"])
@leads_to(changing.amend_call)
def change(call_id: UUID, by: Actor) -> Form:
    """Change the words of a published call."""
    call = queries.find_call(call_id, by=by)
    here = url_for(".show", call_id=call_id)
    return Form(
        AmendSchema,
        page(
            title=_("Change: %(title)s", title=call.title),
            lead=_(
                "Everybody who got the call is told. Bids handed in count again once their organizations confirm them; "
                "a change shortly before the deadline moves it."
            ),
            submit=_("Change and tell them"),
            crumbs=_crumbs(),
            secondary=(_("Do not change it"), here),
        ),
        onward=here,
        said=_("Changed. Everybody the call is meant for is told."),
        known=call,
    )


@bp.route("/<uuid:call_id>/cancel", methods=["GET", "POST"])
@leads_to(changing.cancel_call)
def cancel(call_id: UUID, by: Actor) -> Form:
    """Cancel a published call."""
    call = queries.find_call(call_id, by=by)
    here = url_for(".show", call_id=call_id)
    return Form(
        CancelSchema,
        page(
            title=_("Cancel: %(title)s", title=call.title),
            lead=_(
                "This cannot be undone. Everybody who got the call is told why; bids handed in are destroyed, and nobody "
                "will ever read them. The packages can be called for again."
            ),
            submit=_("Cancel the call and destroy its bids"),
            crumbs=_crumbs(),
            secondary=(_("Do not cancel"), here),
        ),
        onward=here,
        said=_("Cancelled. Everybody the call was meant for is told why."),
    )


def _audience(by: Actor) -> list[tuple[UUID, str]]:
    known = list_organizations(by=by)
    return [
        (one.id, one.name)
        for one in known
        if one.state is not OrganizationState.LEFT_OFF and not one.controlled_by_office
    ]


@bp.post("/<uuid:call_id>/agree")
def agree(call_id: UUID) -> Response:
    """Give the first officer's word that the bids may be opened."""
    opening.agree_to_open(call_id, by=current_actor())
    flash(_("Your word is recorded. A second officer can open the bids now."), "success")
    return redirect(url_for(".show", call_id=call_id))


@bp.post("/<uuid:call_id>/open")
def open_bids(call_id: UUID) -> Response:
    """Open the bids as the second officer."""
    opening.open_bids(call_id, by=current_actor())
    flash(_("The bids are open, and every organization can check its own."), "success")
    return redirect(url_for(".show", call_id=call_id))


def _proposed_deadline(by: Actor) -> datetime:
    days = current_settings(by=by).bid_period_days
    return datetime.combine(local_day(by.now) + timedelta(days=days + 1), CLOSING_TIME, SHANGHAI)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Calls"), url_for(".index"))]


def _named(zh: str, en: str | None) -> str:
    return en if en and locale() == "en" else zh
