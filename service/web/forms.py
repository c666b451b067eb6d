"""Forms of the admin, built from the same schemas that check API bodies and answers by message.

A field says how it wants to be asked in its ``metadata`` (label, hint, widget, choices, unit, rows,
autocomplete, accept); the rest follows from its type. ``read`` turns what a browser posts into what the
schema loads, ``FormView`` is what the template shows, and ``check`` does both for a page that takes a form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, missing
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from service.web.wording import say

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORE_ROWS = "more-rows"
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


class FormView:
    """A schema as a form: its load fields in declared order, with values and errors.

    ``values`` has an answer per field, as a mapping or as an object's attributes: raw as ``read`` gave it, or
    loaded (dates, decimals, enum members).
    ``errors`` is marshmallow's ``messages``. ``choices`` gives the choices only the page knows, by field name
    (``"lines.package"`` for a field inside rows).
    """

    def __init__(
        self,
        schema: type[Schema] | Schema,
        values: Any = None,
        errors: Any = None,
        choices: Mapping[str, Iterable[tuple[Any, Any]]] | None = None,
    ) -> None:
        errors = errors or {}
        if not isinstance(errors, Mapping):
            errors = {"_schema": errors}
        self.general = _messages(errors.get("_schema"))
        self.fields = _build(_instance(schema), values or {}, errors, choices or {})

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __getitem__(self, name: str) -> Field:
        return next(shown for shown in self.everything() if shown.name == name)

    def everything(self) -> Iterator[Field]:
        """Every field, those inside rows and groups included."""
        waiting = list(self.fields)
        while waiting:
            shown = waiting.pop(0)
            yield shown
            waiting[:0] = shown.inner()

    def apart(self, name: str) -> "FormView":
        """The same form, its fields told by ``name`` from those of other forms on the page."""
        view = copy(self)
        view.fields = [shown.within(name) for shown in self.fields]
        return view

    @property
    def problems(self) -> list[Field]:
        return [shown for shown in self.everything() if shown.errors]

    @property
    def has_rows(self) -> bool:
        return any(shown.widget == "rows" for shown in self.everything())

    @property
    def enctype(self) -> str | None:
        has_file = any(shown.widget == "file" for shown in self.everything())
        return "multipart/form-data" if has_file else None


def check(
    schema: type[Schema] | Schema,
    formdata: MultiDict,
    files: MultiDict | None = None,
    choices: Mapping[str, Iterable[tuple[Any, Any]]] | None = None,
) -> tuple[dict[str, Any] | None, FormView]:
    """Take a posted form: the loaded data, or None with the view to show again.

    The view then has the answers as they were given and the errors by field, or only more blank rows where
    the person asked for them.
    """
    schema = _instance(schema)
    raw = read(schema, formdata, files)
    if MORE_ROWS in formdata:
        return None, FormView(schema, raw, choices=choices)
    try:
        return schema.load(raw), FormView(schema, raw, choices=choices)
    except ValidationError as refused:
        return None, FormView(schema, raw, refused.messages, choices)


def read(
    schema: type[Schema] | Schema, formdata: MultiDict, files: MultiDict | None = None
) -> dict[str, Any]:
    """Turn a posted form into the raw dict that ``schema.load`` takes.

    Blank answers and blank rows are left out, an unticked box is False, dates with time are Shanghai time.
    """
    form = CombinedMultiDict([formdata, files]) if files else formdata
    return _read(_instance(schema), form, "")


def _instance(schema: type[Schema] | Schema) -> Schema:
    return schema if isinstance(schema, Schema) else schema()


def _inputs(schema: Schema) -> list[tuple[str, fields.Field]]:
    return [(known.data_key or name, known) for name, known in schema.load_fields.items()]


def _row_schema(known: fields.Field) -> Schema | None:
    if isinstance(known, fields.List) and isinstance(known.inner, fields.Nested):
        return known.inner.schema
    if isinstance(known, fields.Nested) and known.many:
        return known.schema
    return None


def _by_type(known: fields.Field) -> str:
    return next(WIDGETS[kind] for kind in type(known).__mro__ if kind in WIDGETS)


def _widget(known: fields.Field) -> str:
    if named := known.metadata.get("widget"):
        return named
    if _row_schema(known):
        return "rows"
    closed = "choices" in known.metadata
    if isinstance(known, fields.List):
        return "checkboxes" if closed or isinstance(known.inner, fields.Enum) else "lines"
    return "select" if closed else _by_type(known)


# reading


def _read(schema: Schema, form: MultiDict, prefix: str) -> dict[str, Any]:
    answers = ((name, _answer(known, form, prefix + name)) for name, known in _inputs(schema))
    return {name: answer for name, answer in answers if answer is not missing}


def _answer(known: fields.Field, form: MultiDict, name: str) -> Any:
    widget = _widget(known)
    many: list[Any] | None = None
    if widget == "checkbox":
        return name in form
    if row_schema := _row_schema(known):
        many = _read_rows(row_schema, form, name)
    elif isinstance(known, fields.Nested):
        part = _read(known.schema, form, f"{name}-")
        return part if known.required or not _is_blank(known.schema, part) else missing
    elif widget == "lines":
        many = [line.strip() for line in _clean(form.get(name, "")).split("\n") if line.strip()]
    elif isinstance(known, fields.List):
        many = [given for given in form.getlist(name) if given]
    if many is not None:
        return missing if known.required and not many else many
    given = form.get(name)
    if not given:
        return missing
    if widget in ("file", "password"):
        return given
    text = _clean(given).strip()
    if widget == "datetime" and not isinstance(known, fields.NaiveDateTime):
        text = _with_zone(text)
    return text or missing


def _clean(text: str) -> str:
    """Line ends as one character, and none of the control characters that no keyboard types."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in text if character >= " " or character in "\n\t")


def _with_zone(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo else moment.replace(tzinfo=SHANGHAI).isoformat()


def _read_rows(schema: Schema, form: MultiDict, name: str) -> list[dict[str, Any]]:
    numbered = re.compile(re.escape(name) + "-([0-9]{1,4})-")
    numbers = sorted({int(found[1]) for key in form if (found := numbered.match(key))})
    rows = [_read(schema, form, f"{name}-{number}-") for number in numbers]
    return [row for row in rows if not _is_blank(schema, row)]


def _is_blank(schema: Schema, row: Mapping[str, Any]) -> bool:
    """Whether nobody wrote anything here: hidden fields and unticked boxes do not count."""
    return not any(row.get(name) for name, known in _inputs(schema) if _widget(known) != "hidden")


# showing


def _build(
    schema: Schema,
    values: Any,
    errors: Mapping[Any, Any],
    choices: Mapping[str, Iterable[tuple[Any, Any]]],
    prefix: str = "",
    path: str = "",
    fresh: bool = True,
) -> list[Field]:
    shown = []
    for name, known in _inputs(schema):
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
    widget, about = _widget(known), known.metadata
    full, here = prefix + name, path + name
    rows: list[list[Field]] = []
    parts: list[Field] = []
    inside = errors if isinstance(errors, Mapping) else {}
    if row_schema := _row_schema(known):
        given = list(value or [])
        blanks: list[dict[str, Any]] = [{}] * about.get("rows", BLANK_ROWS)
        rows = [
            _build(row_schema, row, _within(inside, number), choices, f"{full}-{number}-", f"{here}.", False)
            for number, row in enumerate(given + blanks)
        ]
    elif isinstance(known, fields.Nested):
        parts = _build(known.schema, value or {}, inside, choices, f"{full}-", f"{here}.")
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
        return _messages(errors)
    own = _messages(errors.get("_schema"))
    if widget == "rows":
        for row in (found for number, found in errors.items() if number != "_schema"):
            own += _messages(row.get("_schema") if isinstance(row, Mapping) else row)
    return own


def _messages(errors: Any) -> list[str]:
    if not errors:
        return []
    if isinstance(errors, Mapping):
        return [text for found in errors.values() for text in _messages(found)]
    if isinstance(errors, list | tuple):
        return [text for found in errors for text in _messages(found)]
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
