"""What a page offers to whoever reads it: the links it shows, and the forms with what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

from flask import Flask
from werkzeug.datastructures import MultiDict

AROUND_EVERY_PAGE = {"/admin/log-out", "/admin/office"}
"""Forms of the layout, which everybody may send."""

PLAUSIBLE = {"date": "2026-03-10", "datetime-local": "2026-03-10T12:00", "email": "someone@example.org"}


class Offers(HTMLParser):
    """The links and forms of a page. ``forms``: answers by action, blanks filled in with something plausible."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.forms: dict[str, MultiDict[str, str]] = {}
        self._form: MultiDict[str, str] = MultiDict()
        self._within = ""
        self.feed(page)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        """Take up a link, a form, or a field of the form that is open."""
        attributes = {name: value or "" for name, value in given}
        name = attributes.get("name", "")
        if tag == "a" and attributes.get("href", "").startswith("/admin/"):
            self.links.add(attributes["href"])
        elif tag == "form" and attributes.get("method") == "post":
            if attributes["action"] not in AROUND_EVERY_PAGE:
                self._form = self.forms.setdefault(attributes["action"], MultiDict())
        elif tag == "input":
            kind = attributes.get("type", "text")
            value = attributes.get("value") or PLAUSIBLE.get(kind, "1" if "inputmode" in attributes else "好")
            self._form.setdefault(name, value)
        elif tag == "textarea":
            self._form.setdefault(name, "好")
        elif tag == "select":
            self._within = name
        elif tag == "option" and attributes.get("value"):
            self._form.setdefault(self._within, attributes["value"])


def commands_behind(view: Callable[..., Any]) -> Iterator[Any]:
    """The commands that a view runs once its form or button is sent."""
    if hasattr(view, "command"):
        yield view.command
        return
    known, names = view.__globals__, view.__code__.co_names
    modules = [known[name] for name in names if isinstance(known.get(name), ModuleType)]
    for name in names:
        for one in (known.get(name), *(getattr(module, name, None) for module in modules)):
            if getattr(one, "writing", False):
                yield one


def view_behind(app: Flask, action: str) -> Callable[..., Any]:
    """The view that takes what is sent to an address."""
    endpoint, _arguments = app.url_map.bind("").match(action.partition("?")[0], method="POST")
    return app.view_functions[endpoint]
