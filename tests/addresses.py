"""Addresses of the application's routes, every parameter filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, Rule, UUIDConverter
from werkzeug.routing.converters import NumberConverter

NOBODY = UUID("01900000-0000-7000-8000-000000000000")
"""An id that nothing has."""


def doors(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Each route with each method it answers."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def address(rule: Rule, known: Mapping[str, Any] | None = None) -> str:
    """The path of a route; ``known`` gives values by parameter name, the others are anything its converter takes."""
    values = {
        name: (known or {}).get(name, _anything(converter)) for name, converter in rule._converters.items()
    }
    built = rule.build(values)
    assert built is not None, rule
    return built[1]


def _anything(converter: BaseConverter) -> Any:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    if isinstance(converter, UUIDConverter):
        return NOBODY
    return 1 if isinstance(converter, NumberConverter) else "x"
