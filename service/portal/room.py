"""The portal as the house sees it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from service.portal.views import bp as pages
from service.room import Link, Room
from tenants.permissions import Permission

ROOM = Room(
    label=_l("For the public"),
    pages=(pages,),
    links=(Link(_l("Public pages"), "portal.choose", Permission.PORTAL_READ),),
)
