"""Forms are built from the schemas of the rooms, and what a browser posts is what they load."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel, lazy_gettext
from flask_wtf import CSRFProtect
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

import service.web
from service.web import filters
from service.web.forms import MORE_ROWS, FormView, check, read
from service.web.wording import say


class Method(StrEnum):
    QUOTATION = "quotation"
    TENDER = "tender"

    @property
    def label(self) -> str:
        return {"quotation": "询价", "tender": "招标"}[self.value]


class CostLine(Schema):
    id = fields.Integer(metadata={"widget": "hidden"})
    item = fields.String(required=True, metadata={"label": "Item"})
    unit_cost = fields.Decimal(required=True, places=2, metadata={"label": "Unit cost"})
    counted = fields.Boolean()


class PackageSchema(Schema):
    title = fields.String(required=True, metadata={"label": "Title", "hint": "What villagers call it"})
    households = fields.Integer(validate=validate.Range(min=1, max=500), metadata={"unit": "households"})
    fee = fields.Decimal(load_default=Decimal("1000.00"))
    start = fields.Date()
    deadline = fields.AwareDateTime()
    urgent = fields.Boolean()
    method = fields.Enum(Method, by_value=True)
    backup = fields.List(fields.Enum(Method))
    villages = fields.List(fields.String(), metadata={"hint": "All of them"})
    topics = fields.List(fields.Integer(), metadata={"choices": lambda: [(1, "Water"), (2, "Roads")]})
    fits = fields.Boolean(metadata={"widget": "radio"})
    password = fields.String(metadata={"widget": "password"})
    lines = fields.List(fields.Nested(CostLine), validate=validate.Length(max=3), metadata={"rows": 1})
    number = fields.Integer(dump_only=True)


class UploadSchema(Schema):
    plan = fields.Raw(required=True, metadata={"widget": "file"})


FORM = MultiDict(
    [
        ("title", "  修塘  "),
        ("households", "１２"),
        ("fee", "18000.50"),
        ("start", "2026-03-01"),
        ("deadline", "2026-03-20T17:30"),
        ("urgent", "1"),
        ("method", "tender"),
        ("backup", "QUOTATION"),
        ("backup", "TENDER"),
        ("villages", "上寨\r\n\r\n 下寨 \r\n"),
        ("topics", "2"),
        ("fits", "false"),
        ("lines-0-item", "水泥"),
        ("lines-0-unit_cost", "420"),
        ("lines-0-counted", "1"),
        ("lines-1-id", "7"),
        ("lines-1-item", ""),
        ("lines-1-unit_cost", "  "),
        ("lines-4-item", "人工"),
        ("lines-4-unit_cost", "120.5"),
        ("csrf_token", "x"),
    ]
)


def test_a_posted_form_loads_as_the_schema_means_it() -> None:
    assert PackageSchema().load(read(PackageSchema, FORM)) == {
        "title": "修塘",
        "households": 12,
        "fee": Decimal("18000.50"),
        "start": datetime(2026, 3, 1).date(),
        "deadline": datetime(2026, 3, 20, 9, 30, tzinfo=UTC),
        "urgent": True,
        "method": Method.TENDER,
        "backup": [Method.QUOTATION, Method.TENDER],
        "villages": ["上寨", "下寨"],
        "topics": [2],
        "fits": False,
        "lines": [
            {"item": "水泥", "unit_cost": Decimal("420.00"), "counted": True},
            {"item": "人工", "unit_cost": Decimal("120.50"), "counted": False},
        ],
    }


def test_blank_answers_are_left_out_and_an_unticked_box_is_no() -> None:
    raw = read(PackageSchema, MultiDict({"title": " ", "households": "", "method": ""}))
    assert raw == {"urgent": False, "backup": [], "villages": [], "topics": [], "lines": []}


def test_what_was_read_is_shown_again_as_it_was_given() -> None:
    raw = read(PackageSchema, FORM)
    view = FormView(PackageSchema, raw)
    assert view["title"].value == "修塘"
    assert view["deadline"].value == "2026-03-20T17:30"
    assert view["urgent"].value is True
    assert view["backup"].value == ["QUOTATION", "TENDER"]
    assert view["villages"].value == "上寨\n下寨"
    assert view["lines-1-item"].value == "人工"
    assert view["fits"].value == "false"


def test_loaded_values_are_shown_as_the_input_wants_them() -> None:
    view = FormView(PackageSchema, PackageSchema().load(read(PackageSchema, FORM)))
    assert view["deadline"].value == "2026-03-20T17:30"
    assert view["fee"].value == "18000.50"
    assert view["method"].value == "tender"
    assert view["topics"].chosen("2")
    assert not view["topics"].chosen("1")


def test_an_object_can_fill_a_form() -> None:
    class Package:
        title = "羊圈"
        fee = Decimal("2E+3")

    view = FormView(PackageSchema, Package())
    assert (view["title"].value, view["fee"].value, view["households"].value) == ("羊圈", "2000", "")


def test_a_password_is_never_shown_again() -> None:
    assert FormView(PackageSchema, {"password": "secret"})["password"].value == ""


def test_a_new_form_starts_with_defaults_and_blank_rows_without_them() -> None:
    view = FormView(PackageSchema)
    assert view["fee"].value == "1000.00"
    assert [field.value for field in view["lines"].rows[0]] == ["", "", "", False]
    assert len(view["lines"].rows) == 1


@pytest.mark.parametrize(
    ("name", "widget"),
    [
        ("title", "text"),
        ("households", "number"),
        ("fee", "money"),
        ("start", "date"),
        ("deadline", "datetime"),
        ("urgent", "checkbox"),
        ("method", "select"),
        ("backup", "checkboxes"),
        ("villages", "lines"),
        ("topics", "checkboxes"),
        ("lines", "rows"),
        ("lines-0-id", "hidden"),
    ],
)
def test_a_field_without_a_named_widget_gets_the_one_of_its_type(name: str, widget: str) -> None:
    assert FormView(PackageSchema)[name].widget == widget


def test_fields_come_in_declared_order_and_only_those_that_load() -> None:
    names = [field.name for field in FormView(PackageSchema)]
    assert names[:4] == ["title", "households", "fee", "start"]
    assert "number" not in names


def test_choices_of_an_enum_carry_its_labels_and_choices_of_the_page_win() -> None:
    assert FormView(PackageSchema)["method"].choices == [("quotation", "询价"), ("tender", "招标")]
    view = FormView(PackageSchema, choices={"method": [(Method.TENDER, "Only this")]})
    assert view["method"].choices == [("tender", "Only this")]


def test_a_refused_form_keeps_the_answers_and_names_each_field() -> None:
    form = FORM.copy()
    form["households"] = "many"
    form["lines-4-unit_cost"] = "abc"
    loaded, view = check(PackageSchema, form)
    assert loaded is None
    assert [field.name for field in view.problems] == ["households", "lines-1-unit_cost"]
    assert view["households"].value == "many"
    assert view["households"].errors == ["Please write a whole number, such as 12."]
    assert view["lines-1-unit_cost"].errors == ["Please write a number, such as 18000."]
    assert (view["households"].row, view["lines-1-unit_cost"].row) == (None, 2)
    assert view["lines"].errors == []


def test_too_many_rows_are_said_at_the_rows_themselves() -> None:
    form = MultiDict(
        {f"lines-{n}-item": "x" for n in range(4)} | {f"lines-{n}-unit_cost": "1" for n in range(4)}
    )
    _, view = check(PackageSchema, form)
    assert view["lines"].errors == ["Too long: at most 3, please."]


def test_errors_of_the_whole_form_stand_apart() -> None:
    view = FormView(PackageSchema, errors={"_schema": ["Start is after the end."], "title": ["Odd."]})
    assert view.general == ["Start is after the end."]
    assert [field.name for field in view.problems] == ["title"]
    assert FormView(PackageSchema, errors=["Wrong password."]).general == ["Wrong password."]


def test_asking_for_more_rows_gives_them_without_complaint() -> None:
    loaded, view = check(PackageSchema, MultiDict({"lines-0-item": "水泥", MORE_ROWS: "lines"}))
    assert loaded is None
    assert view.problems == []
    assert [row[1].value for row in view["lines"].rows] == ["水泥", ""]


def test_a_good_form_is_loaded() -> None:
    loaded, _ = check(PackageSchema, FORM)
    assert loaded is not None
    assert loaded["title"] == "修塘"


def test_a_file_is_taken_from_the_files_and_the_form_says_how_to_send_it() -> None:
    assert FormView(UploadSchema).enctype == "multipart/form-data"
    assert FormView(PackageSchema).enctype is None
    upload = object()
    assert read(UploadSchema, MultiDict(), MultiDict({"plan": upload})) == {"plan": upload}


answers = st.dictionaries(
    st.sampled_from(sorted({*FORM, "lines-9-item", "lines-x-item", "lines-99999-item", "deadline"})),
    st.text(st.characters(codec="utf-8")),
)


@given(answers)
def test_whatever_is_posted_is_read_checked_and_shown(posted: dict[str, str]) -> None:
    loaded, view = check(PackageSchema, MultiDict(posted))
    assert loaded is not None or view.problems
    assert "\x00" not in str(read(PackageSchema, MultiDict(posted)).get("title"))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"item": st.text("水泥人工ab", min_size=1), "unit_cost": st.decimals(0, 9999, places=2)}
        )
    )
)
def test_rows_come_back_as_they_were_shown(rows: list[dict[str, object]]) -> None:
    view = FormView(PackageSchema, {"lines": rows})
    posted = MultiDict({field.name: field.value for field in view["lines"].inner() if field.value})
    assert CostLine(many=True).load(read(PackageSchema, posted)["lines"]) == [
        row | {"counted": False} for row in rows
    ]


class Everything(Schema):
    required = fields.String(required=True)
    null = fields.String()
    whole = fields.Integer()
    number = fields.Decimal()
    infinite = fields.Decimal()
    huge = fields.Float(validate=validate.Range(min=1, max=2))
    date = fields.Date()
    time = fields.Time()
    moment = fields.DateTime()
    zoned = fields.AwareDateTime()
    email = fields.Email()
    url = fields.Url()
    sure = fields.Boolean()
    method = fields.Enum(Method)
    one_of = fields.String(validate=validate.OneOf(["a"]))
    some_of = fields.List(fields.String(), validate=validate.ContainsOnly(["a"]))
    between = fields.Integer(validate=validate.Range(min=1, max=2))
    least = fields.Integer(validate=validate.Range(min=1))
    most = fields.Integer(validate=validate.Range(max=1))
    more = fields.Integer(validate=validate.Range(min=1, min_inclusive=False))
    less = fields.Integer(validate=validate.Range(max=1, max_inclusive=False))
    short = fields.String(validate=validate.Length(min=2))
    long = fields.String(validate=validate.Length(max=2))
    sized = fields.String(validate=validate.Length(min=2, max=3))
    exact = fields.String(validate=validate.Length(equal=2))
    shaped = fields.String(validate=validate.Regexp("^a$"))
    text = fields.String()
    listed = fields.List(fields.String())
    nested = fields.Nested(CostLine)
    uuid = fields.UUID()


WRONG = {
    "null": None,
    "whole": "x",
    "number": "x",
    "infinite": "NaN",
    "huge": "9",
    "date": "x",
    "time": "x",
    "moment": "x",
    "zoned": "2026-03-01T09:00",
    "email": "x",
    "url": "x",
    "sure": "x",
    "method": "x",
    "one_of": "b",
    "some_of": ["b"],
    "between": "3",
    "least": "0",
    "most": "2",
    "more": "1",
    "less": "1",
    "short": "a",
    "long": "aaa",
    "sized": "a",
    "exact": "a",
    "shaped": "b",
    "text": 1,
    "listed": "x",
    "nested": 1,
    "uuid": "x",
    "odd": "x",
}


def test_every_stock_message_of_the_checker_is_said_in_our_own_words() -> None:
    with pytest.raises(ValidationError) as refused:
        Everything().load(WRONG)
    messages = refused.value.normalized_messages()
    assert messages.keys() == Everything().fields.keys() | {"odd"}
    for name, found in messages.items():
        for message in found["_schema"] if isinstance(found, dict) else found:
            assert say(message) != message, name
    assert say(messages["between"][0]) == "Please stay between 1 and 2."


def test_a_sentence_of_a_room_is_said_as_it_is() -> None:
    class Village(fields.String):
        def _deserialize(self, *args: object, **kwargs: object) -> str:
            raise ValidationError(lazy_gettext("This village is not in the county."))

    _, view = check(Schema.from_dict({"village": Village()}), MultiDict({"village": "x"}))
    assert view["village"].errors == ["This village is not in the county."]


class Page(HTMLParser):
    """The tags of a page, as far as these tests ask about them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def values(self, tag: str, attribute: str) -> list[str]:
        return [about[attribute] or "" for name, about in self.tags if name == tag and attribute in about]


@pytest.fixture
def page() -> Page:
    app = Flask("forms", template_folder=str(Path(service.web.__path__[0]) / "templates"))
    app.secret_key = "only for this test"
    filters.register(app)
    Babel(app)
    CSRFProtect(app)
    _, view = check(PackageSchema, MultiDict({"households": "many", "lines-0-item": "<b>水泥</b>"}))
    with app.test_request_context():
        return Page(
            render_template_string(
                "{% from 'macros.html' import form %}{{ form(view, '/save', 'Save') }}", view=view
            )
        )


def test_each_input_has_a_label_of_its_own(page: Page) -> None:
    inputs = [
        about["id"]
        for tag, about in page.tags
        if tag in ("input", "select", "textarea") and about.get("type") != "hidden"
    ]
    assert len(inputs) > 12
    assert len(set(inputs)) == len(inputs)
    assert set(inputs) <= set(page.values("label", "for"))


def test_hints_and_errors_are_tied_to_their_input(page: Page) -> None:
    ids = {about["id"] for _, about in page.tags if "id" in about}
    tied = [
        reference for _, about in page.tags for reference in (about.get("aria-describedby") or "").split()
    ]
    assert {"field-title-hint", "field-title-errors", "field-households-errors"} <= set(tied)
    assert set(tied) <= ids


def test_the_summary_of_errors_leads_to_each_wrong_field(page: Page) -> None:
    ids = {about["id"] for _, about in page.tags if "id" in about}
    links = [link.removeprefix("#") for link in page.values("a", "href")]
    assert links == ["field-title", "field-households", "field-lines-0-unit_cost"]
    assert set(links) <= ids


def test_a_form_carries_its_token_and_nothing_inline(page: Page) -> None:
    assert "csrf_token" in page.values("input", "name")
    assert not [about for tag, about in page.tags if tag in ("script", "style", "b") or "style" in about]
    assert not [key for _, about in page.tags for key in about if key.startswith("on")]


def test_the_enter_key_saves_and_does_not_add_rows(page: Page) -> None:
    buttons = [about for tag, about in page.tags if tag == "button"]
    assert "name" not in buttons[0]
    assert buttons[1].get("name") == MORE_ROWS


def test_two_forms_on_a_page_share_no_id() -> None:
    view = FormView(Everything)
    ids = {shown.id for shown in view.everything()}
    assert ids.isdisjoint(shown.id for shown in view.apart("second").everything())
    assert ids == {shown.id for shown in view.everything()}
