"""What stands around a page: who is there, the menu of what one may do, the way to the other language."""

from __future__ import annotations

from itertools import groupby
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, url_for

from service.web.session import current_actor, current_office, current_offices, locale
from tenants.models import Person
from tenants.permissions import Role


def shown_around(person: Person | None) -> dict[str, object]:
    """The context of the base templates."""
    around: dict[str, object] = {
        "locale": locale(),
        "lang_url": _in_language,
        "current": None,
        "navigation": [],
    }
    if person is None or not current_offices():
        return around
    by, office = current_actor(), current_office()
    around["current"] = SimpleNamespace(
        name=person.name,
        office=office.name(by.locale),
        demo=office.demo,
        offices=[(one.id, one.name(by.locale)) for one, _membership in current_offices()],
        roles=[Role(role).label for role in sorted(by.roles)],
        may=by.may,
    )
    steps = groupby(current_app.extensions["qiao.rooms"], lambda room: room.step or room.label)
    around["navigation"] = [entry for _step, rooms in steps if (entry := _entry(list(rooms), by))]
    return around


def _entry(rooms: list[Any], by: Any) -> tuple[object, ...] | None:
    links = [
        (link.label, url_for(link.endpoint))
        for room in rooms
        for link in room.links
        if by.may(link.permission)
    ]
    here = max((url for _label, url in links if _leads_to(url, request.path)), key=len, default=None)
    shown = [(label, url, url == here) for label, url in links]
    return (rooms[0].step, rooms[0].label, shown) if links else None


def _leads_to(url: str, path: str) -> bool:
    """Whether a page stands on or below the page of a link."""
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))


def _in_language(wanted: str) -> str:
    arguments = {**request.args.to_dict(), "lang": wanted}
    return f"{request.path}?{urlencode(arguments)}"
