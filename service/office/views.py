"""The administrator's pages."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from channels.models import Delivery
from channels.registry import add_channel, find_channel, list_channels
from channels.set_up import SetUp, set_up
from service.office import queries
from service.office.messages import DUTIES, KINDS
from service.office.schemas import (
    AliyunSchema,
    ChannelSchema,
    LoanSchema,
    MemberSchema,
    RolesSchema,
    SettingsSchema,
    TokenSchema,
)
from service.refusals import words_for
from service.web.acts import Answer, Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants import people
from tenants.actors import Actor
from tenants.events import Event
from tenants.models import Membership
from tenants.permissions import Permission
from tenants.refusals import RuleBroken
from tenants.settings import change_settings, current_settings
from tenants.sign_in import issue_recovery_link
from tenants.workdays import end_of_day

bp = Blueprint("office", __name__, url_prefix="/admin/office", template_folder="templates")


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
@leads_to(people.add_person)
def new_person(by: Actor) -> Form:
    """Give a person roles in this office, and a link to set a password."""

    def added(member: Membership) -> Answer:
        try:
            return _shown_once(member.id)
        except RuleBroken as refusal:
            flash(words_for(refusal), "warning")
            return redirect(url_for(".list_people"))

    return Form(MemberSchema, page(title=_("New person"), crumbs=_above_people()), onward=added)


@bp.route("/people/<uuid:member_id>", methods=["GET", "POST"])
@leads_to(people.change_roles)
def person(member_id: UUID, by: Actor) -> Form:
    """Change someone's roles."""
    member = queries.find_member(member_id, by=by)
    around = page(
        title=_("Roles of %(name)s", name=member.name),
        crumbs=_above_people(),
        lead=_("Without any role, the person no longer works here."),
    )
    return Form(
        RolesSchema,
        around,
        onward=url_for(".list_people"),
        said=_("The roles are changed."),
        known={"roles": [role.value for role in member.roles]},
        given=lambda roles: {"membership_id": member_id, **roles},
    )


@bp.route("/people/<uuid:member_id>/loan", methods=["GET", "POST"])
@leads_to(people.lend_person)
def lend(member_id: UUID, by: Actor) -> Form:
    """Lend someone to an office below (T3)."""
    member = queries.find_member(member_id, by=by)
    below = [(office.code, office.name(by.locale)) for office in queries.list_offices_below(by=by)]
    return Form(
        LoanSchema,
        page(title=_("Lend %(name)s", name=member.name), crumbs=_above_people(), submit=_("Lend")),
        onward=url_for(".list_people"),
        said=_("The person can work there from now on."),
        choices={"office": below},
        given=lambda loan: {**loan, "membership_id": member_id, "until": end_of_day(loan["until"])},
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
@leads_to(people.issue_token)
def tokens(by: Actor) -> Form:
    """Programs' ways in: issue one, whose secret is shown this once, or end one."""

    def shown(view: FormView, secret: str | None = None) -> str:
        programs = queries.list_programs(by=by)
        return render_template("office/tokens.html", tokens=programs, view=view, secret=secret)

    return Form(TokenSchema, shown, onward=lambda issued: shown(FormView(TokenSchema), issued[1]))


@bp.post("/tokens/<uuid:token_id>/revoke")
def revoke_token(token_id: UUID) -> Response:
    """End a program's way in."""
    people.revoke_token(token_id, by=current_actor())
    flash(_("The token opens nothing any more."), "success")
    return redirect(url_for(".tokens"))


@bp.get("/settings")
def settings() -> str:
    """The office's numbers (P11)."""
    by = current_actor()
    return _settings(FormView(SettingsSchema, current_settings(by=by)))


@bp.post("/settings")
@leads_to(change_settings)
def change_numbers(by: Actor) -> Form:
    """Change the office's numbers from now on."""
    return Form(
        SettingsSchema,
        _settings,
        onward=url_for(".settings"),
        said=_("The numbers are changed from now on; what was decided keeps the old ones."),
        given=lambda numbers: {"changes": numbers},
    )


def _settings(view: FormView) -> str:
    return render_template("office/settings.html", view=view, may=current_actor().may)


@bp.get("/channels")
def channels() -> str:
    """The office's numbers at their providers, and how its messages fare."""
    return _channels(FormView(ChannelSchema))


@bp.post("/channels")
@leads_to(add_channel)
def new_channel(by: Actor) -> Form:
    """Add a number at Twilio."""
    return Form(
        ChannelSchema,
        _channels,
        onward=url_for(".channels"),
        said=_("The number is added. Enter its addresses at Twilio."),
        given=lambda answers: {
            "gateway": "twilio",
            "number": answers["number"],
            "credentials": {
                name: answers[name] for name in ("account_sid", "auth_token", "messaging_service")
            },
        },
    )


@bp.route("/channels/aliyun", methods=["GET", "POST"])
@leads_to(add_channel)
def new_signature(by: Actor) -> Form:
    """Add a signature at Aliyun SMS."""
    return Form(
        AliyunSchema,
        page(
            title=_("A signature at Aliyun SMS"),
            crumbs=[(_("Channels"), url_for(".channels"))],
            lead=_(
                "Aliyun sends approved templates alone: each message needs its code before it can be sent."
            ),
            submit=_("Add"),
        ),
        onward=url_for(".channels"),
        said=_("The signature is added. Enter its two addresses at Aliyun."),
        given=lambda answers: {
            "gateway": "aliyun",
            "number": answers["number"],
            "credentials": {name: answers[name] for name in ("access_key_id", "access_key_secret")},
        },
    )


def _channels(view: FormView) -> str:
    by = current_actor()
    deliveries = queries.count_deliveries(by=by)
    shown = [
        (channel, set_up(find_channel(channel.id, by=by)) if by.may(Permission.CHANNEL_WRITE) else SetUp())
        for channel in list_channels(by=by)
    ]
    return render_template(
        "office/channels.html",
        channels=shown,
        view=view,
        may=by.may,
        deliveries=[(state.label, deliveries.get(state.value, 0)) for state in Delivery],
    )


@bp.get("/record")
def record() -> str:
    """The office's record."""
    entries = queries.list_entries(request.args.get("before", type=int), by=current_actor())
    return render_template(
        "office/record.html",
        entries=entries,
        labels={event.value: event.label for event in Event},
        kinds=KINDS,
        more=len(entries) == queries.PAGE,
    )
