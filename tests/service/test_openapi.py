"""The API's document: valid, whole, and true enough that what it allows never breaks anything."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask

from tests.service.conftest import Visitor

DOCUMENT = "/api/v1/openapi.json"


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    """The document as programs read it, without a token."""
    answer = Visitor(app, app.response_class).get(DOCUMENT)
    assert answer.status_code == 200
    return answer.json  # type: ignore[no-any-return]


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by its method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_each_operation_says_what_it_does_and_what_it_answers(document: dict[str, Any]) -> None:
    silent = [
        name
        for name, operation in operations(document).items()
        if not operation.get("summary") or not any(code.startswith("2") for code in operation["responses"])
    ]
    assert len(operations(document)) > 100
    assert silent == []


@pytest.mark.filterwarnings("error:Multiple schemas resolved")
def test_no_two_schemas_share_a_name(document: dict[str, Any]) -> None:
    numbered = [name for name in document["components"]["schemas"] if name[-1].isdigit()]
    assert numbered == []
