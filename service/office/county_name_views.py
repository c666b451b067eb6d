"""The page on which the office above says by which other names people call a county on its number (S8)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, url_for
from flask_babel import gettext as _

from channels.county_names import call_county
from channels.registry import list_channels
from service.office import queries
from service.office.channel_schemas import CountyNamesSchema
from service.web.acts import Form, leads_to, page
from tenants.actors import Actor
from tenants.refusals import NotFound

bp = Blueprint("office_county_names", __name__, url_prefix="/admin/office/channels")


@bp.route("/<uuid:channel_id>/names/<county>", methods=["GET", "POST"])
@leads_to(call_county)
def call(channel_id: UUID, county: str, by: Actor) -> Form:
    """Say by which other names a county is called."""
    channel = next((one for one in list_channels(by=by) if one.id == channel_id), None)
    office = next((one for one in queries.list_counties(by=by) if one.code == county), None)
    if channel is None or office is None:
        raise NotFound("not_found", what="channels")
    onward = url_for("office_channels.show", channel_id=channel_id)

    return Form(
        CountyNamesSchema,
        page(
            title=_("Other names of %(county)s", county=office.name(by.locale)),
            crumbs=[
                (_("Channels"), url_for("office_channels.show_all")),
                (channel.number, onward),
            ],
            lead=_(
                "A text to this number that begins with one of them, or answers the question for the county by it, goes to this"
                " county. Its own name is known already."
            ),
            submit=_("Save"),
            secondary=(_("Leave it as it is"), onward),
        ),
        onward=onward,
        said=_("Saved. It counts within a few seconds."),
        known={"names": channel.also_called.get(county, [])},
    )
