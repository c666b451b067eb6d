"""The OpenAPI document: what the fields of this house are in it."""

from __future__ import annotations

from typing import Any

from flask_smorest import Api
from marshmallow import fields, validate

from service.schemas import Money


def teach_fields(api: Api) -> None:
    """Tell the document what it cannot know: amounts as people write them, labelled choices, bounds as numbers."""
    api.register_field(Money, "string", None)
    api.ma_plugin.converter.add_attribute_function(_amount)
    api.ma_plugin.converter.add_attribute_function(_choice)
    api.ma_plugin.converter.add_attribute_function(_bounds)


def _amount(_converter: Any, field: fields.Field, ret: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    return {"examples": ["18000", "18,000元", "1.8万"]} if isinstance(field, Money) else {}


def _choice(_converter: Any, field: fields.Field, ret: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    if not isinstance(field, fields.Enum):
        return {}
    return {"type": ["string", "null"] if field.allow_none else "string"}


def _bounds(_converter: Any, field: fields.Field, ret: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for known in field.validators:
        if isinstance(known, validate.Range):
            ret.pop("minimum", None)
            ret.pop("maximum", None)
            if known.min is not None:
                said["minimum" if known.min_inclusive else "exclusiveMinimum"] = _number(known.min)
            if known.max is not None:
                said["maximum" if known.max_inclusive else "exclusiveMaximum"] = _number(known.max)
    return said if ret.get("type") != "string" else {}


def _number(bound: Any) -> int | float:
    return int(bound) if bound == int(bound) else float(bound)
