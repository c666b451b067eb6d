"""The fields that schemas of all rooms are made of; the same schema serves web form, API body and dialogue."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate

from channels.answers import Unclear, parse_amount
from channels.texts import clean

AMOUNT_UNCLEAR = _l("Please write an amount in yuan, such as 18000 or 1.8万.")


class Schema(ma.Schema):
    """Base of all schemas: a field it does not know is named as wrong."""

    class Meta:
        """Fields are shown and checked in the order in which they are written."""

        ordered = True
        unknown = ma.RAISE


class Text(fields.String):
    """Text people write: cleaned of control characters, never blank when required, of at most ``most`` characters."""

    def __init__(
        self, label: Any, *, most: int = 2000, hint: Any = None, widget: str | None = None, **kwargs: Any
    ) -> None:
        """``label``, ``hint``: shown on the form; ``widget``: ``textarea`` beyond 200 characters unless named."""
        metadata = {"label": label, "hint": hint, "widget": widget or ("textarea" if most > 200 else "text")}
        least = 1 if kwargs.get("required") else 0
        super().__init__(validate=validate.Length(min=least, max=most), metadata=metadata, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        return clean(super()._deserialize(value, attr, data, **kwargs)).strip()


class Money(fields.Decimal):
    """An amount in yuan, as people write amounts: ``18,000元``, ``1.8万``, ``一万八``."""

    def __init__(self, label: Any, *, hint: Any = None, **kwargs: Any) -> None:
        """``label``, ``hint``: shown on the form."""
        super().__init__(
            places=2, as_string=True, metadata={"label": label, "hint": hint, "widget": "money"}, **kwargs
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal:
        try:
            return parse_amount(str(value))
        except Unclear as unclear:
            raise ValidationError(AMOUNT_UNCLEAR) from unclear


class Choice(fields.Enum):
    """One value of a labelled enumeration."""

    def __init__(
        self, values: type[StrEnum], label: Any, *, hint: Any = None, widget: str = "select", **kwargs: Any
    ) -> None:
        """``values``: the enumeration; ``widget``: ``select`` or ``radio``."""
        super().__init__(
            values, by_value=True, metadata={"label": label, "hint": hint, "widget": widget}, **kwargs
        )


def about(label: Any, hint: Any = None, **more: Any) -> dict[str, Any]:
    """The metadata of a plain marshmallow field: its label and hint on the form."""
    return {"label": label, "hint": hint, **more}


def bounds(least: Any, most: Any) -> Any:
    """The platform's floor and ceiling in words; ``None`` where it has neither (P11)."""
    if least is not None and most is not None:
        return _l("The platform allows %(least)s to %(most)s.", least=least, most=most)
    return None if least is None else _l("The platform allows %(least)s or more.", least=least)
