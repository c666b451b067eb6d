"""Forms of the admin, built from the same schemas that check API bodies and answers by message.

``read`` turns what a browser posts into what the schema loads, ``FormView`` is what the template shows, and
``check`` does both for a page that takes a form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from service.web.fields import Field, build, inputs, messages, row_schema_of, widget_of
from tenants.workdays import SHANGHAI

MORE_ROWS = "more-rows"


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
        self.general = messages(errors.get("_schema"))
        self.fields = build(_instance(schema), values or {}, errors, choices or {})

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


def _read(schema: Schema, form: MultiDict, prefix: str) -> dict[str, Any]:
    answers = ((name, _answer(known, form, prefix + name)) for name, known in inputs(schema))
    return {name: answer for name, answer in answers if answer is not missing}


def _answer(known: fields.Field, form: MultiDict, name: str) -> Any:
    widget = widget_of(known)
    many: list[Any] | None = None
    if widget == "checkbox":
        return name in form
    if row_schema := row_schema_of(known):
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
    return not any(row.get(name) for name, known in inputs(schema) if widget_of(known) != "hidden")
