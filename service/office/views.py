"""The administrator's pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from channels.models import Delivery
from channels.registry import add_channel, list_channels
from service.office import queries
from service.office.messages import DUTIES, KINDS
from service.office.schemas import (
    ChannelSchema,
    LoanSchema,
    MemberSchema,
    RolesSchema,
    SettingsSchema,
    TokenSchema,
    bounds,
)
from service.refusals import words_for
from service.schemas import Schema
from service.web.forms import FormView, check
from service.web.session import current_actor
from tenants import people
from tenants.refusals import AlreadyDone, RuleBroken
from tenants.settings import change_settings, current_settings
from tenants.sign_in import issue_recovery_link
from tenants.workdays import end_of_day

bp = Blueprint("office", __name__, url_prefix="/admin/office", template_folder="templates")


def taken(schema: type[Schema], save: Callable[..., Any], **more: Any) -> tuple[Any, FormView]:
    """Take a posted form and ``save`` it; the outcome, or ``None`` with the form and what was wrong with it."""
    data, view = check(schema, request.form, **more)
    if data is None:
        return None, view
    try:
        return save(**data), view
    except (RuleBroken, AlreadyDone) as refusal:
        _explain(refusal, view)
        return None, view


def _explain(refusal: RuleBroken | AlreadyDone, view: FormView) -> None:
    """Say why at the fields a rule names, else above the form."""
    named = refusal.facts.get("fields", {})
    for name, limits in named.items():
        view[name].errors.append(str(bounds(**limits)))
    if not named:
        view.general.append(words_for(refusal))


@bp.get("/people")
def list_people() -> str:
    """Who works here, and which duties nobody can carry."""
    by = current_actor()
    members, missing = queries.list_people(by=by)
    return render_template(
        "office/people.html",
        members=members,
        missing=[DUTIES[duty] for duty in missing],
        may=by.may,
        lends=bool(queries.list_offices_below(by=by)),
    )


@bp.route("/people/new", methods=["GET", "POST"])
def new_person() -> str | Response:
    """Give a person roles in this office, and a link to set a password."""
    by = current_actor()
    view = FormView(MemberSchema)
    if request.method == "POST":
        member, view = taken(MemberSchema, lambda **data: people.add_person(**data, by=by))
        if member is not None:
            try:
                return _shown_once(member.id)
            except RuleBroken as refusal:
                flash(words_for(refusal), "warning")
                return redirect(url_for(".list_people"))
    return render_template("form.html", title=_("New person"), view=view, crumbs=_above_people())


@bp.route("/people/<uuid:member_id>", methods=["GET", "POST"])
def person(member_id: UUID) -> str | Response:
    """Change someone's roles."""
    by = current_actor()
    member = queries.find_member(member_id, by=by)
    view = FormView(RolesSchema, {"roles": [role.value for role in member.roles]})
    if request.method == "POST":
        done, view = taken(RolesSchema, lambda roles: people.change_roles(member_id, roles, by=by))
        if done is not None:
            flash(_("The roles are changed."), "success")
            return redirect(url_for(".list_people"))
    return render_template(
        "form.html",
        title=_("Roles of %(name)s", name=member.name),
        view=view,
        crumbs=_above_people(),
        lead=_("Without any role, the person no longer works here."),
    )


@bp.route("/people/<uuid:member_id>/loan", methods=["GET", "POST"])
def lend(member_id: UUID) -> str | Response:
    """Lend someone to an office below (T3)."""
    by = current_actor()
    member = queries.find_member(member_id, by=by)
    choices = {
        "office": [(office.code, office.name(by.locale)) for office in queries.list_offices_below(by=by)]
    }
    view = FormView(LoanSchema, choices=choices)
    if request.method == "POST":
        lent, view = taken(
            LoanSchema,
            lambda until, **data: people.lend_person(member_id, **data, until=end_of_day(until), by=by),
            choices=choices,
        )
        if lent is not None:
            flash(_("The person can work there from now on."), "success")
            return redirect(url_for(".list_people"))
    return render_template(
        "form.html",
        title=_("Lend %(name)s", name=member.name),
        view=view,
        crumbs=_above_people(),
        submit=_("Lend"),
    )


@bp.post("/people/<uuid:member_id>/recovery")
def recovery(member_id: UUID) -> str:
    """A single-use link with which the person sets a password."""
    return _shown_once(member_id)


def _shown_once(member_id: UUID) -> str:
    token = issue_recovery_link(member_id, by=current_actor())
    link = f"{current_app.config['SETTINGS'].base_url}{url_for('web.recover', token=token)}"
    return render_template("office/recovery.html", link=link, crumbs=_above_people())


def _above_people() -> list[tuple[str, str]]:
    return [(_("People"), url_for(".list_people"))]


@bp.route("/tokens", methods=["GET", "POST"])
def tokens() -> str:
    """Programs' ways in: issue one, whose secret is shown this once, or end one."""
    by = current_actor()
    view, secret = FormView(TokenSchema), None
    if request.method == "POST":
        issued, view = taken(TokenSchema, lambda **data: people.issue_token(**data, by=by))
        if issued is not None:
            view, secret = FormView(TokenSchema), issued[1]
    return render_template(
        "office/tokens.html", tokens=queries.list_programs(by=by), view=view, secret=secret
    )


@bp.post("/tokens/<uuid:token_id>/revoke")
def revoke_token(token_id: UUID) -> Response:
    """End a program's way in."""
    people.revoke_token(token_id, by=current_actor())
    flash(_("The token opens nothing any more."), "success")
    return redirect(url_for(".tokens"))


@bp.route("/settings", methods=["GET", "POST"])
def settings() -> str | Response:
    """The office's numbers (P11)."""
    by = current_actor()
    view = FormView(SettingsSchema, current_settings(by=by))
    if request.method == "POST":
        done, view = taken(SettingsSchema, lambda **data: change_settings(data, by=by))
        if done is not None:
            flash(_("The numbers are changed from now on; what was decided keeps the old ones."), "success")
            return redirect(url_for(".settings"))
    return render_template("office/settings.html", view=view, may=by.may)


@bp.route("/channels", methods=["GET", "POST"])
def channels() -> str | Response:
    """The office's numbers at their providers, and how its messages fare."""
    by = current_actor()
    view = FormView(ChannelSchema)
    if request.method == "POST":
        added, view = taken(ChannelSchema, lambda number, **data: add_channel("twilio", number, data, by=by))
        if added is not None:
            flash(_("The number is added. Enter its two addresses at Twilio."), "success")
            return redirect(url_for(".channels"))
    deliveries = queries.count_deliveries(by=by)
    return render_template(
        "office/channels.html",
        channels=list_channels(by=by),
        view=view,
        may=by.may,
        deliveries=[(state.label, deliveries.get(state.value, 0)) for state in Delivery],
        base_url=current_app.config["SETTINGS"].base_url,
    )


@bp.get("/record")
def record() -> str:
    """The office's record."""
    entries = queries.list_entries(request.args.get("before", type=int), by=current_actor())
    return render_template(
        "office/record.html", entries=entries, kinds=KINDS, more=len(entries) == queries.PAGE
    )
