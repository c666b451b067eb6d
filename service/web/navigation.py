"""What stands around a page: who is there, the menu of what one may do, the way to the other language."""

from __future__ import annotations

from itertools import groupby
from types import SimpleNamespace
from urllib.parse import urlencode

from flask import current_app, request, url_for
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from service.room import Room
from service.web.session import current_actor, current_office, current_offices, locale
from tenants.actors import Actor
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


def _entry(rooms: list[Room], by: Actor) -> tuple[object, ...] | None:
    links = [
        (link.label, url_for(link.endpoint), room)
        for room in rooms
        for link in room.links
        if by.may(link.permission)
    ]
    within = [url for _label, url, _room in links if _leads_to(url, request.path)]
    # A page that stands below no entry belongs to the first one of its room: the bids of a call to the calls.
    of_room = [
        url for _label, url, room in links if request.blueprint in {pages.name for pages in room.pages}
    ]
    here = max(within, key=len) if within else next(iter(of_room), None)
    shown = [(label, url, url == here) for label, url, _room in links]
    return (rooms[0].step, rooms[0].label, shown) if links else None


def _leads_to(url: str, path: str) -> bool:
    """Whether a page stands on or below the page of a link."""
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))


def _in_language(wanted: str) -> str:
    """The page in the other language; where only a form leads to its address, the nearest page above."""
    path = request.path
    while request.method == "POST" and not _opens(path):
        path = path.rpartition("/")[0]
    arguments = {**request.args.to_dict(), "lang": wanted}
    return f"{path}?{urlencode(arguments)}"


def _opens(path: str) -> bool:
    """Whether an address can be opened; the address of the site itself always."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not path:
        return True
    try:
        adapter.match(path, method="GET")
    except (NotFound, MethodNotAllowed):
        return False
    except RequestRedirect:
        pass
    return True
