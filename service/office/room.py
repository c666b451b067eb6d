"""The office's own pages as the house sees them."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from service.office import queries
from service.office.api import bp as api
from service.office.channel_api import bp as channel_api
from service.office.channel_views import bp as channel_pages
from service.office.county_name_views import bp as county_names
from service.office.views import bp as pages
from service.room import Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def waiting(by: Actor) -> list[Waiting]:
    """Duties that nobody can carry (T3)."""
    if not by.may(Permission.PEOPLE_WRITE):
        return []
    missing = queries.list_people(by=by)[1]
    text = _("%(number)d duties of the office have nobody to carry them", number=len(missing))
    return [Waiting(text, url_for("office.list_people"))] if missing else []


ROOM = Room(
    label=_l("Office"),
    pages=(pages, channel_pages, county_names),
    api=(api, channel_api),
    links=(
        Link(_l("People"), "office.list_people", Permission.PEOPLE_READ),
        Link(_l("Access tokens"), "office.tokens", Permission.PEOPLE_WRITE),
        Link(_l("Numbers of the regulation"), "office.settings", Permission.SETTINGS_READ),
        Link(_l("Channels"), "office_channels.show_all", Permission.CHANNEL_READ),
        Link(_l("Record"), "office.record", Permission.AUDIT_READ),
    ),
    waiting=waiting,
)
