"""The fields of a form: one question each, built from a schema's own declaration, with values and errors.

A field says how it wants to be asked in its ``metadata`` (label, hint, widget, choices, unit, rows,
autocomplete, accept); the rest follows from its type.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, missing

from service.web.wording import say
from tenants.workdays import SHANGHAI

BLANK_ROWS = 2

WIDGETS: dict[type[fields.Field], str] = {
    fields.Field: "text",
    fields.Integer: "number",
    fields.Float: "number",
    fields.Decimal: "money",
    fields.Date: "date",
    fields.DateTime: "datetime",
    fields.Time: "time",
    fields.Boolean: "checkbox",
    fields.Enum: "select",
    fields.Email: "email",
    fields.Url: "url",
    fields.Nested: "group",
}

YES_NO = (("true", _l("Yes")), ("false", _l("No")))


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question of a form, ready to be shown.

    ``value`` is text as an input holds it; a list of texts where ``multiple`` is set; a bool for a checkbox.
    ``rows`` holds the fields of each line of a repeating question, ``parts`` those of a grouped one.
    """

    name: str
    label: Any
    hint: Any = None
    widget: str = "text"
    value: Any = ""
    errors: list[str] = field(default_factory=list)
    required: bool = False
    choices: list[tuple[str, Any]] = field(default_factory=list)
    unit: Any = None
    multiple: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    rows: "list[list[Field]]" = field(default_factory=list)
    parts: "list[Field]" = field(default_factory=list)
    form: str = "field"

    @property
    def id(self) -> str:
        return f"{self.form}-{self.name}"

    @property
    def described_by(self) -> str | None:
        """The ids of hint and errors, for ``aria-describedby``."""
        ids = [f"{self.id}-hint"] * bool(self.hint) + [f"{self.id}-errors"] * bool(self.errors)
        return " ".join(ids) or None

    @property
    def row(self) -> int | None:
        """Which line of a repeating question this stands in, counted from one."""
        found = re.search(r"-([0-9]+)-", self.name)
        return int(found[1]) + 1 if found else None

    def chosen(self, choice: str) -> bool:
        return choice in self.value if self.multiple else choice == self.value

    def within(self, form: str) -> "Field":
        """The same field, and those inside it, in a form of that name."""
        parts = [part.within(form) for part in self.parts]
        rows = [[inner.within(form) for inner in row] for row in self.rows]
        return replace(self, form=form, parts=parts, rows=rows)

    def inner(self) -> "Iterator[Field]":
        """The fields inside this one, row by row."""
        yield from self.parts
        for row in self.rows:
            yield from row


def inputs(schema: Schema) -> list[tuple[str, fields.Field]]:
    """What a schema takes, by the names that a form uses."""
    return [(known.data_key or name, known) for name, known in schema.load_fields.items()]


def row_schema_of(known: fields.Field) -> Schema | None:
    """What each line of a repeating question asks; ``None`` where it does not repeat."""
    if isinstance(known, fields.List) and isinstance(known.inner, fields.Nested):
        return known.inner.schema
    if isinstance(known, fields.Nested) and known.many:
        return known.schema
    return None


def _by_type(known: fields.Field) -> str:
    return next(WIDGETS[kind] for kind in type(known).__mro__ if kind in WIDGETS)


def widget_of(known: fields.Field) -> str:
    """How a field wants to be asked."""
    if named := known.metadata.get("widget"):
        return named
    if row_schema_of(known):
        return "rows"
    closed = "choices" in known.metadata
    if isinstance(known, fields.List):
        return "checkboxes" if closed or isinstance(known.inner, fields.Enum) else "lines"
    return "select" if closed else _by_type(known)


def build(
    schema: Schema,
    values: Any,
    errors: Mapping[Any, Any],
    choices: Mapping[str, Iterable[tuple[Any, Any]]],
    prefix: str = "",
    path: str = "",
    fresh: bool = True,
) -> list[Field]:
    """The questions of a schema with values and errors; ``fresh``: with its defaults too."""
    shown = []
    for name, known in inputs(schema):
        default = known.load_default if fresh and known.load_default is not missing else None
        default = default() if callable(default) else default
        value = _held(values, name, _held(values, known.attribute or known.name or name, default))
        shown.append(_field(known, name, value, errors.get(name), choices, prefix, path))
    return shown


def _held(values: Any, name: str, default: Any) -> Any:
    return values.get(name, default) if isinstance(values, Mapping) else getattr(values, name, default)


def _field(
    known: fields.Field,
    name: str,
    value: Any,
    errors: Any,
    choices: Mapping[str, Iterable[tuple[Any, Any]]],
    prefix: str,
    path: str,
) -> Field:
    widget, about = widget_of(known), known.metadata
    full, here = prefix + name, path + name
    rows: list[list[Field]] = []
    parts: list[Field] = []
    inside = errors if isinstance(errors, Mapping) else {}
    if row_schema := row_schema_of(known):
        given = list(value or [])
        blanks: list[dict[str, Any]] = [{}] * about.get("rows", BLANK_ROWS)
        rows = [
            build(row_schema, row, _within(inside, number), choices, f"{full}-{number}-", f"{here}.", False)
            for number, row in enumerate(given + blanks)
        ]
    elif isinstance(known, fields.Nested):
        parts = build(known.schema, value or {}, inside, choices, f"{full}-", f"{here}.")
    offered = _choices(known, widget, choices.get(here))
    return Field(
        name=full,
        label=about.get("label") or name.replace("_", " ").capitalize(),
        hint=about.get("hint"),
        widget=widget,
        value=_shown(known, widget, value),
        errors=_own_messages(errors, widget),
        required=known.required,
        choices=offered,
        unit=about.get("unit"),
        multiple=isinstance(known, fields.List) and widget in ("select", "checkboxes", "file"),
        attributes={key: str(about[key]) for key in ("autocomplete", "accept") if key in about},
        rows=rows,
        parts=parts,
    )


def _within(errors: Mapping[Any, Any], number: int) -> Mapping[Any, Any]:
    """The errors of one row, however they were keyed on their way here."""
    found = errors.get(number, errors.get(str(number)))
    return found if isinstance(found, Mapping) else {}


def _own_messages(errors: Any, widget: str) -> list[str]:
    """What to say at the field itself: an error that an inner field shows is left to that field."""
    if widget not in ("rows", "group") or not isinstance(errors, Mapping):
        return messages(errors)
    own = messages(errors.get("_schema"))
    if widget == "rows":
        for row in (found for number, found in errors.items() if number != "_schema"):
            own += messages(row.get("_schema") if isinstance(row, Mapping) else row)
    return own


def messages(errors: Any) -> list[str]:
    """All that is wrong, in the reader's language."""
    if not errors:
        return []
    if isinstance(errors, Mapping):
        return [text for found in errors.values() for text in messages(found)]
    if isinstance(errors, list | tuple):
        return [text for found in errors for text in messages(found)]
    return [say(errors)]


def _choices(known: fields.Field, widget: str, given: Any) -> list[tuple[str, Any]]:
    offered = given if given is not None else known.metadata.get("choices")
    inner = known.inner if isinstance(known, fields.List) else known
    if offered is None and isinstance(inner, fields.Enum):
        offered = [(member, getattr(member, "label", member.name)) for member in inner.enum]
    if offered is None and isinstance(inner, fields.Boolean) and widget in ("radio", "select"):
        offered = YES_NO
    if callable(offered):
        offered = offered()
    return [(_text(inner, value), label) for value, label in offered or ()]


def _shown(known: fields.Field, widget: str, value: Any) -> Any:
    if widget in ("password", "file", "rows", "group"):
        return ""
    if widget == "checkbox":
        return bool(value)
    if isinstance(known, fields.List):
        texts = [_text(known.inner, each) for each in value or []]
        return "\n".join(texts) if widget == "lines" else texts
    return _text(known, value)


def _text(known: fields.Field, value: Any) -> str:
    """A value as an input holds it, which is also what the schema loads back."""
    if value is None:
        return ""
    if isinstance(value, Enum) and isinstance(known, fields.Enum):
        return str(value.value if known.by_value else value.name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(known, fields.DateTime):
        return _local(value, zoned=not isinstance(known, fields.NaiveDateTime))
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def _local(value: Any, zoned: bool) -> str:
    """A moment as ``datetime-local`` wants it; an answer that is none is given back as it came."""
    if not isinstance(value, datetime):
        try:
            value = datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
    if zoned and value.tzinfo:
        value = value.astimezone(SHANGHAI)
    return value.strftime("%Y-%m-%dT%H:%M")
