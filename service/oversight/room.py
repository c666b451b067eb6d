"""Oversight as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from service.oversight.api import bp as api
from service.oversight.views import bp as pages
from service.oversight.warnings import list_warnings
from service.room import Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def waiting(by: Actor) -> list[Waiting]:
    """Early warnings, for those who oversee."""
    if not by.may(Permission.OVERSIGHT_READ):
        return []
    number = len(list_warnings(by=by))
    text = ngettext(
        "%(num)d early warning from the counties", "%(num)d early warnings from the counties", number
    )
    return [Waiting(text, url_for("oversight.index"))] if number else []


ROOM = Room(
    label=_l("Oversight"),
    pages=(pages,),
    api=(api,),
    links=(Link(_l("Counties"), "oversight.index", Permission.OVERSIGHT_READ),),
    waiting=waiting,
)
