"""The administrator's pages."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from channels.models import Delivery
from channels.registry import add_channel, list_channels
from service.office import queries
from service.office.messages import DUTIES
from service.office.schemas import ChannelSchema, MemberSchema, RolesSchema, SettingsSchema
from service.web.forms import FormView, check
from service.web.session import current_actor
from tenants.people import add_person, change_roles
from tenants.settings import change_settings, current_settings
from tenants.sign_in import issue_recovery_link

bp = Blueprint("office", __name__, url_prefix="/admin/office", template_folder="templates")


@bp.get("/people")
def people() -> str:
    """Who works here, and which duties nobody can carry."""
    by = current_actor()
    members, missing = queries.list_people(by=by)
    return render_template("office/people.html", members=members, missing=[DUTIES[duty] for duty in missing], may=by.may)


@bp.route("/people/new", methods=["GET", "POST"])
def new_person() -> str | Response:
    """Give a person roles in this office."""
    by = current_actor()
    data, view = check(MemberSchema, request.form) if request.method == "POST" else (None, FormView(MemberSchema))
    if data is not None:
        member = add_person(**data, by=by)
        return redirect(url_for(".recovery", member_id=member.id), code=307)
    return render_template("form.html", title=_("New person"), view=view, crumbs=[(_("People"), url_for(".people"))])


@bp.route("/people/<uuid:member_id>", methods=["GET", "POST"])
def person(member_id: UUID) -> str | Response:
    """Change someone's roles."""
    by = current_actor()
    if request.method == "POST":
        data, view = check(RolesSchema, request.form)
        if data is not None:
            change_roles(member_id, data["roles"], by=by)
            flash(_("The roles are changed."), "success")
            return redirect(url_for(".people"))
    else:
        member = next(one for one in queries.list_people(by=by)[0] if one.id == member_id)
        view = FormView(RolesSchema, {"roles": [role.value for role in member.roles]})
    return render_template("form.html", title=_("Roles"), view=view, crumbs=[(_("People"), url_for(".people"))])


@bp.post("/people/<uuid:member_id>/recovery")
def recovery(member_id: UUID) -> str:
    """A single-use link with which the person sets a password."""
    token = issue_recovery_link(member_id, by=current_actor())
    link = f"{current_app.config['SETTINGS'].base_url}{url_for('web.recover', token=token)}"
    return render_template("office/recovery.html", link=link)


@bp.route("/settings", methods=["GET", "POST"])
def settings() -> str | Response:
    """The office's numbers (P11)."""
    by = current_actor()
    if request.method == "POST":
        data, view = check(SettingsSchema, request.form)
        if data is not None:
            change_settings(data, by=by)
            flash(_("The numbers are changed from now on; what was decided keeps the old ones."), "success")
            return redirect(url_for(".settings"))
    else:
        view = FormView(SettingsSchema, current_settings(by=by))
    return render_template("office/settings.html", view=view, may=by.may)


@bp.route("/channels", methods=["GET", "POST"])
def channels() -> str | Response:
    """The office's numbers at their providers, and how its messages fare."""
    by = current_actor()
    data, view = check(ChannelSchema, request.form) if request.method == "POST" else (None, FormView(ChannelSchema))
    if data is not None:
        number = data.pop("number")
        add_channel("twilio", number, data, by=by)
        flash(_("The number is added. Enter its two addresses at Twilio."), "success")
        return redirect(url_for(".channels"))
    deliveries = queries.count_deliveries(by=by)
    return render_template(
        "office/channels.html", channels=list_channels(by=by), view=view, may=by.may,
        deliveries=[(state.label, deliveries.get(state.value, 0)) for state in Delivery],
        base_url=current_app.config["SETTINGS"].base_url,
    )


@bp.get("/record")
def record() -> str:
    """The office's record."""
    entries = queries.list_entries(request.args.get("before", type=int), by=current_actor())
    return render_template("office/record.html", entries=entries)
