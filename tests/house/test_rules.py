"""``docs/rules.md`` maps every rule to its code and its test, and each of those tests can fail."""

from __future__ import annotations

import ast
import importlib
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.house.sources import ROOT, functions, modules

ROW = re.compile(
    r"^\| (?P<ids>[A-Z]\d+(?:, [A-Z]\d+)*) \| (?P<words>[^|]+) \| `(?P<code>[^`]+)` \| `(?P<test>[^`]+)` \|$",
    re.M,
)

WANTED = {
    *(f"T{number}" for number in range(1, 9)),
    "I1",
    "I2",
    "I3",
    "D1",
    "D2",
    "D3",
    *(f"O{number}" for number in range(1, 7)),
    "P1",
    "P2",
    *(f"P{number}" for number in range(4, 12)),
    "C1",
    "C2",
    "C3",
    "C4",
    "C5",
    "C6",
    "C8",
    "C9",
    "C10",
    "C11",
    "C12",
    "C15",
    "M1",
    "M2",
    "M3",
    *(f"H{number}" for number in range(1, 10)),
    "E2",
    "E4",
    "E5",
    "R2",
    "V1",
    "S1",
    "S2",
    "S3",
    "S4",
    "S5",
    "S6",
    "S7",
}
"""The rules that the foundation carries."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    ids: tuple[str, ...]
    code: str
    test: str


@cache
def rows() -> list[Row]:
    """The table of ``docs/rules.md``."""
    text = (ROOT / "docs" / "rules.md").read_text()
    return [
        Row(tuple(found["ids"].split(", ")), found["code"], found["test"]) for found in ROW.finditer(text)
    ]


def rule_functions() -> Iterator[str]:
    """Every function that refuses, in every rules module."""
    for path, tree in modules().items():
        if path.name.endswith("rules.py"):
            for function in functions(tree):
                if function.name.startswith("require_"):
                    yield f"{path}::{function.name}"


def test_every_rule_of_the_foundation_is_on_the_table() -> None:
    assert sorted(WANTED - {rule for row in rows() for rule in row.ids}) == []


def test_every_rule_function_is_on_the_table() -> None:
    assert sorted(set(rule_functions()) - {row.code for row in rows()}) == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{'+'.join(row.ids)} {row.code.rpartition('/')[2]}")
def test_code_and_test_of_a_rule_exist(row: Row) -> None:
    for where in (row.code, row.test):
        path, _, name = where.partition("::")
        assert (ROOT / path).exists(), path
        names = {
            node.name
            for node in ast.walk(ast.parse((ROOT / path).read_text()))
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        assert not name or name in names, where


def cases(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """The arguments a test is run with: one set without parameters, else each combination."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    choices = []
    for mark in marks:
        names, given = mark.args
        keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        values = [
            getattr(value, "values", value) if hasattr(value, "marks") or len(keys) > 1 else (value,)
            for value in given
        ]
        choices.append([dict(zip(keys, value, strict=True)) for value in values])
    for combination in product(*choices):
        yield {name: value for part in combination for name, value in part.items()}


def notices(test: Callable[..., None]) -> bool:
    """Whether the test fails in at least one of its cases."""
    for arguments in cases(test):
        try:
            test(**arguments)
        except (Exception, pytest.fail.Exception):
            return True
    return False


def imported(path: str) -> types.ModuleType:
    """The module at a path of the repository."""
    return importlib.import_module(".".join(Path(path).with_suffix("").parts))


@pytest.mark.parametrize(
    "row",
    [row for row in rows() if "::require_" in row.code and row.code.partition("::")[0].endswith("rules.py")],
    ids=lambda row: row.code.rpartition("::")[2],
)
def test_a_rule_that_always_allows_makes_its_test_fail(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _, name = row.code.partition("::")
    test_path, _, test_name = row.test.partition("::")
    rules, tests = imported(path), imported(test_path)
    rule, test = getattr(rules, name), getattr(tests, test_name)
    assert not notices(test), f"{row.test} fails already"
    for namespace in (rules, tests):
        for known, value in list(vars(namespace).items()):
            if value is rule:
                monkeypatch.setattr(namespace, known, lambda *args, **kwargs: None)
    assert notices(test), f"{row.test} does not notice that {row.code} always allows"
