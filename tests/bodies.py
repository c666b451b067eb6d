"""Request bodies that an API operation's own document calls right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.addresses import NOBODY

BY_FORMAT = {
    "date": "2026-03-10",
    "date-time": "2026-03-10T04:00:00+00:00",
    "time": "08:00",
    "email": "someone@example.org",
    "decimal": "1",
    "uuid": str(NOBODY),
}


def plausible_body(
    document: Mapping[str, Any], operation: Mapping[str, Any], known: Mapping[str, Any]
) -> Any:
    """A body with what the operation requires; ``known`` gives values by property name. ``None`` where it takes none."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    return _example(document, content["application/json"]["schema"], known, "")


def _example(
    document: Mapping[str, Any], schema: Mapping[str, Any], known: Mapping[str, Any], name: str
) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _example(document, schema[several][0], known, name)
    if name in known:
        return known[name] if isinstance(known[name], dict) else str(known[name])
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        wanted = set(schema.get("required", ())) | set(known) & set(schema.get("properties", ()))
        return {
            one: _example(document, inner, known, one)
            for one, inner in schema.get("properties", {}).items()
            if one in wanted and not inner.get("readOnly")
        }
    if kind == "array":
        return [_example(document, schema["items"], known, name)] * max(1, schema.get("minItems", 1))
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return (
        True
        if kind == "boolean"
        else BY_FORMAT.get(schema.get("format", ""), "好" * max(2, schema.get("minLength", 0)))
    )
