"""The pages of the office's numbers: added, set up, closed, and the templates that their providers have approved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from channels.models import Channel, Delivery
from channels.registry import add_channel, close_channel, find_channel, list_channels
from channels.renewing import renew_channel
from channels.set_up import SetUp, set_up
from channels.sharing import share_channel
from channels.templates import Wording, has_fields, is_templated, list_versions, list_wordings, set_template
from service.office import queries
from service.office.channel_schemas import (
    CHANNELS,
    PROVIDERS,
    CodeSchema,
    CountiesSchema,
    FilledSchema,
    Sharing,
    renewal_of,
)
from service.schemas import Schema
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.permissions import Permission
from tenants.refusals import NotFound

bp = Blueprint("office_channels", __name__, url_prefix="/admin/office/channels", template_folder="templates")


@bp.get("")
def show_all() -> str:
    """The office's numbers at their providers, and how its messages fare."""
    by = current_actor()
    deliveries = queries.count_deliveries(by=by)
    return render_template(
        "office/channels.html",
        channels=list_channels(by=by),
        providers=PROVIDERS,
        addable=list(CHANNELS),
        is_templated=is_templated,
        may=by.may,
        deliveries=[(state.label, deliveries.get(state.value, 0)) for state in Delivery],
    )


@bp.route("/new/<any(aliyun, wechat, kannel, twilio):gateway>", methods=["GET", "POST"])
@leads_to(add_channel)
def new(gateway: str, by: Actor) -> Form:
    """Add an account at a provider; its credentials are never shown again."""

    def given(answers: dict[str, Any]) -> dict[str, Any]:
        credentials = {name: value for name, value in answers.items() if name != "number"}
        return {"gateway": gateway, "number": answers["number"], "credentials": credentials}

    return Form(
        CHANNELS[gateway],
        page(
            title=PROVIDERS[gateway],
            crumbs=_above(),
            lead=_("What you enter is kept encrypted, and nobody is shown it again."),
            submit=_("Add"),
        ),
        onward=lambda channel: redirect(_to(channel.id)),
        said=_("Added. Now enter these addresses at the provider."),
        given=given,
    )


@bp.get("/<uuid:channel_id>")
def show(channel_id: UUID) -> str:
    """What is to be entered at a channel's provider."""
    by = current_actor()
    channel = _find(channel_id, by)
    may_set_up, counties = by.may(Permission.CHANNEL_WRITE), _counties(by)
    return render_template(
        "office/channel.html",
        channel=channel,
        provider=PROVIDERS[channel.gateway],
        told=set_up(find_channel(channel_id, by=by)) if may_set_up else SetUp(),
        templated=is_templated(channel.gateway, channel.number),
        missing=_missing(channel, by),
        counties=counties,
        chosen=[name for code, name in counties.items() if code in channel.shared_with],
        may_write=may_set_up,
        may_renew=may_set_up and channel.gateway in CHANNELS,
        crumbs=_above(),
    )


@bp.route("/<uuid:channel_id>/renew", methods=["GET", "POST"])
@leads_to(renew_channel)
def renew(channel_id: UUID, by: Actor) -> Form:
    """Exchange what a number shows its provider (S1)."""
    channel = _find(channel_id, by)
    if channel.gateway not in CHANNELS:
        raise NotFound("not_found", what="channels")

    def given(answers: dict[str, Any]) -> dict[str, Any]:
        drawn = {"secret": ""} if answers.pop("draw_secret", False) else {}
        return {"channel_id": channel_id, "given": answers | drawn}

    return Form(
        renewal_of(channel.gateway),
        page(
            title=_("Exchange the access of %(number)s", number=channel.number),
            crumbs=[*_above(), (channel.number, _to(channel_id))],
            lead=_(
                "Fill in what has changed at the provider; what you leave empty stays. Number, addresses and templates stay"
                " too, and what waited for it goes."
            ),
            submit=_("Exchange"),
            secondary=(_("Leave it as it is"), _to(channel_id)),
        ),
        onward=_to(channel_id),
        said=_("Exchanged. It counts within a few seconds."),
        given=given,
    )


@bp.route("/<uuid:channel_id>/close", methods=["GET", "POST"])
@leads_to(close_channel)
def close(channel_id: UUID, by: Actor) -> Form:
    """Give a number up."""
    channel = _find(channel_id, by)
    return Form(
        Schema,
        page(
            title=_("Close %(number)s", number=channel.number),
            crumbs=[*_above(), (channel.number, _to(channel_id))],
            lead=_(
                "Nothing that comes in by it is carried any more. What waits, and later news to those who wrote to it, go by"
                " another number of the office where it has one. It cannot be opened again, only added anew."
            ),
            submit=_("Close"),
            secondary=(_("Leave it open"), _to(channel_id)),
        ),
        onward=url_for(".show_all"),
        said=_("The number is closed."),
        given=lambda _answers: {"channel_id": channel_id},
    )


@bp.route("/<uuid:channel_id>/share", methods=["GET", "POST"])
@leads_to(share_channel)
def share(channel_id: UUID, by: Actor) -> Form:
    """Let counties below the office use one of its numbers too (S8)."""
    channel = _find(channel_id, by)

    def given(answers: dict[str, Any]) -> dict[str, Any]:
        counties = answers["counties"] if answers["whom"] is Sharing.SOME else ()
        return {"channel_id": channel_id, "shared": True, "counties": counties}

    return Form(
        CountiesSchema,
        page(
            "office/sharing.html",
            title=_("Share %(number)s with counties", number=channel.number),
            crumbs=[*_above(), (channel.number, _to(channel_id))],
            points=_when_shared(channel.shared),
            submit=_("Share"),
            secondary=(_("Leave it as it is"), _to(channel_id)),
        ),
        onward=_to(channel_id),
        said=_("The number serves these counties too, within a few seconds."),
        known={
            "whom": Sharing.SOME if channel.shared_with else Sharing.ALL,
            "counties": channel.shared_with,
        },
        choices={"counties": list(_counties(by).items())},
        given=given,
    )


@bp.route("/<uuid:channel_id>/unshare", methods=["GET", "POST"])
@leads_to(share_channel)
def unshare(channel_id: UUID, by: Actor) -> Form:
    """Let a number serve its own office alone again (S8)."""
    channel = _find(channel_id, by)
    return Form(
        Schema,
        page(
            "office/sharing.html",
            title=_("Stop sharing %(number)s", number=channel.number),
            crumbs=[*_above(), (channel.number, _to(channel_id))],
            points=_when_unshared(),
            submit=_("Stop sharing"),
            secondary=(_("Go on sharing"), _to(channel_id)),
        ),
        onward=_to(channel_id),
        said=_("The number serves this office alone again, within a few seconds."),
        given=lambda _answers: {"channel_id": channel_id, "shared": False},
    )


@bp.get("/<uuid:channel_id>/templates")
def templates(channel_id: UUID) -> str:
    """Every message in a language: its wording, code and version, or that it has none."""
    by = current_actor()
    channel, locale = _find(channel_id, by), "en" if request.args.get("of") == "en" else "zh"
    wordings = [one for one in list_wordings(channel_id, by=by) if one.locale == locale]
    only_missing = "missing" in request.args
    return render_template(
        "office/templates.html",
        channel=channel,
        wordings=[one for one in wordings if one.missing or not only_missing],
        number=len(wordings),
        missing=sum(one.missing for one in wordings),
        only_missing=only_missing,
        of=locale,
        may_write=by.may(Permission.CHANNEL_WRITE),
        crumbs=[*_above(), (channel.number, _to(channel_id))],
    )


@bp.route("/<uuid:channel_id>/templates/<message>/<any(zh, en):locale>", methods=["GET", "POST"])
@leads_to(set_template)
def template(channel_id: UUID, message: str, locale: str, by: Actor) -> Form:
    """Note the code of an approved wording; every code is a version of its own."""
    channel, wanted = _find(channel_id, by), _wording(channel_id, message, locale, by)
    by_fields = has_fields(channel.gateway, channel.number)
    onward = url_for(".templates", channel_id=channel_id, of=locale)

    def shown(view: FormView) -> str:
        return render_template(
            "office/template.html",
            view=view,
            wanted=wanted,
            by_fields=by_fields,
            versions=list_versions(channel_id, message, locale, by=by),
            crumbs=[*_above(), (channel.number, _to(channel_id)), (_("Templates"), onward)],
        )

    def given(answers: dict[str, Any]) -> dict[str, Any]:
        pairs = (line.partition("=") for line in answers.pop("filled", []))
        filled = {name: parameter for name, _equals, parameter in pairs}
        ids = {"channel_id": channel_id, "message": message, "locale": locale}
        return ids | answers | ({"fields": filled} if by_fields else {})

    return Form(
        FilledSchema if by_fields else CodeSchema,
        shown,
        onward=onward,
        said=_("Noted. The message goes by this code from now on."),
        known=_known(wanted),
        given=given,
    )


def _known(wanted: Wording) -> dict[str, Any]:
    if wanted.template is None:
        return {}
    filled = [f"{name}={parameter}" for name, parameter in wanted.template.fields.items()]
    return {"code": wanted.template.code, "way": wanted.template.way, "filled": filled}


def _find(channel_id: UUID, by: Actor) -> Channel:
    found = next((one for one in list_channels(by=by) if one.id == channel_id), None)
    if found is None:
        raise NotFound("not_found", what="channels")
    return found


def _wording(channel_id: UUID, message: str, locale: str, by: Actor) -> Wording:
    for one in list_wordings(channel_id, by=by):
        if (one.message, one.locale) == (message, locale):
            return one
    raise NotFound("not_found", what="message_templates")


def _when_shared(already: bool) -> list[str]:
    """What sharing means for those who write; ``already``: where it is only to be changed."""
    points = [
        _(
            "A text that begins with a county, or comes from somebody whom one of the counties alone knows, goes to that"
            " county; this office cannot read it."
        ),
        _(
            "Anybody else is asked once for the county. Until they say it, the complaint desk of this office alone reads"
            " the text, and can give it to a county."
        ),
        _(
            "A county without a number of its own writes by this one too. STOP ends the broadcasts of all of them."
        ),
    ]
    left_out = _(
        "A county that you leave out gets nothing new from it. What went there before stays there, and is answered by"
        " this number."
    )
    return [*points, left_out] if already else points


def _when_unshared() -> list[str]:
    """What the end of sharing means for those who write."""
    return [
        _(
            "Every new text comes to this office, and nobody is asked for a county. What waits at the complaint desk here"
            " stays here."
        ),
        _(
            "What went to a county before stays there, and is answered by this number. Who is in the middle of a"
            " conversation with a county begins anew with this office."
        ),
        _("A county without a number of its own can write to nobody new until it has one."),
    ]


def _counties(by: Actor) -> dict[str, str]:
    """The names of the counties below the office by their codes."""
    return {county.code: county.name(by.locale) for county in queries.list_counties(by=by)}


def _missing(channel: Channel, by: Actor) -> int:
    """How many messages have no code in Chinese, which stands in for every language."""
    if not is_templated(channel.gateway, channel.number):
        return 0
    return sum(one.missing for one in list_wordings(channel.id, by=by) if one.locale == "zh")


def _to(channel_id: UUID) -> str:
    return url_for("office_channels.show", channel_id=channel_id)


def _above() -> list[tuple[str, str]]:
    return [(_("Channels"), url_for("office_channels.show_all"))]
