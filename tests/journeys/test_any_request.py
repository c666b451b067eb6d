"""Whatever the API's document allows, sent to real things at the end of the story, is answered and never breaks."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from schemathesis import Case, openapi
from schemathesis.core import NOT_SET

from tests.journeys.played import ALL_ELSE, AT_THE_DESK, Played

OF_EACH = 3
"""Requests generated for each operation; more than three hundred in all."""


def test_no_request_that_the_document_allows_breaks_anything(played: Played) -> None:
    programs = [played.program(played.county, roles) for roles in (ALL_ELSE, AT_THE_DESK)]
    broken: list[tuple[object, ...]] = []

    def send(case: Case) -> None:
        case.path_parameters.update(
            {name: value for name, value in played.ids.items() if name in case.path_parameters}
        )
        body = {} if case.body is NOT_SET else {"json": case.body}
        for program in programs:
            answer = program.open(
                case.formatted_path, method=case.method, query_string=dict(case.query or {}), **body
            )
            if answer.status_code >= 500:
                broken.append((answer.status_code, case.method, case.path, case.body))

    sent = 0
    for found in openapi.from_dict(played.document).get_all_operations():
        limits = settings(
            max_examples=OF_EACH,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        limits(given(case=found.ok().as_strategy())(send))()
        sent += OF_EACH
    assert sent > 300
    assert broken == []
