"""Step 2 in the browser and by JSON, over HTTP (D1-D3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.difficulty import queries
from service.difficulty.rules import Approach, Difficulty
from tenants.permissions import Role
from tests.conftest import Office
from tests.service.difficulty.stages import graded, short_listed

Door = Callable[..., FlaskClient]


def test_d2_the_page_shows_the_ways_side_by_side(county: Office, browser: Door) -> None:
    task = short_listed(county)
    client = browser(county, Role.PROCUREMENT_OFFICER)
    for name, approach in (("承包", "contractor"), ("一般工程", "construction"), ("村民自建", "community")):
        response = client.post(
            f"/admin/difficulty/tasks/{task.id}",
            data={"name": name, "approach": approach, "quality": "不漏水"},
        )
        assert response.status_code == 302, response.text
    page = client.get(f"/admin/difficulty/tasks/{task.id}").text
    for words in ("承包", "一般工程", "村民自建", "简单", "常规", "困难", "保密"):
        assert words in page


def test_d1_an_override_without_reason_is_refused_in_words(county: Office, browser: Door) -> None:
    task = short_listed(county)
    response = browser(county, Role.PROCUREMENT_OFFICER).post(
        f"/admin/difficulty/tasks/{task.id}",
        data={"name": "承包", "approach": "contractor", "quality": "x", "difficulty": "difficult"},
    )
    assert response.status_code == 422
    assert "按做法应为“简单”" in response.text


def test_d1_a_way_is_graded_anew(county: Office, browser: Door) -> None:
    variant = graded(county, short_listed(county))
    client = browser(county, Role.PROCUREMENT_OFFICER)
    assert 'value="construction" checked' in client.get(f"/admin/difficulty/variants/{variant.id}").text
    form = {"name": "自建", "approach": "construction", "aspects": "governance", "quality": "x"}
    assert client.post(f"/admin/difficulty/variants/{variant.id}", data=form).status_code == 302
    assert queries.find_variant(variant.id, by=county.officer).difficulty is Difficulty.DIFFICULT


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_d3_the_three_lists_are_marked_confidential(county: Office, browser: Door, lang: str) -> None:
    task = short_listed(county)
    client = browser(county, Role.APPROVER)
    assert "修建蓄水池" in client.get(f"/admin/difficulty/?lang={lang}").text
    graded(county, task)
    page = client.get("/admin/difficulty/").text
    assert ("保密" if lang == "zh" else "Confidential") in page
    assert "修建蓄水池" in page


@pytest.mark.parametrize(
    "role", [Role.FINANCE_OFFICER, Role.EXPERT, Role.COMPLAINT_OFFICER, Role.ADMINISTRATOR]
)
def test_d3_others_see_neither_page_nor_link(county: Office, browser: Door, role: Role) -> None:
    client = browser(county, role)
    assert client.get("/admin/difficulty/").status_code == 403
    assert "/admin/difficulty/" not in client.get("/admin/").text


def test_an_approver_reads_and_is_offered_no_form(county: Office, browser: Door) -> None:
    task = short_listed(county)
    page = browser(county, Role.APPROVER).get(f"/admin/difficulty/tasks/{task.id}").text
    assert 'name="approach"' not in page


def test_d1_by_json(county: Office, program: Door) -> None:
    task = short_listed(county)
    client = program(county, Role.PROCUREMENT_OFFICER)
    made = client.post(
        f"/api/v1/difficulty/tasks/{task.id}/variants",
        json={"name": "自建", "approach": "community", "aspects": ["governance"], "quality": "不漏水"},
    )
    assert made.status_code == 201
    assert made.json["difficulty"] == "difficult"
    again = client.put(
        f"/api/v1/difficulty/variants/{made.json['id']}",
        json={"name": "承包", "approach": "contractor", "quality": "不漏水"},
    )
    assert (again.status_code, again.json["difficulty"]) == (200, "easy")
    lists = client.get("/api/v1/difficulty").json
    assert [len(lists[name]) for name in ("easy", "regular", "difficult")] == [1, 0, 0]
    assert lists["easy"][0]["variant"]["approach"] == "contractor"
    assert client.get(f"/api/v1/difficulty/tasks/{task.id}/variants").json == [again.json]
    assert client.get(f"/api/v1/difficulty/variants/{made.json['id']}").json == again.json


def test_d3_a_token_without_the_role_reads_nothing(
    county: Office, program: Door, other_county: Office
) -> None:
    variant = graded(county, short_listed(county), Approach.COMMUNITY)
    assert program(county, Role.FINANCE_OFFICER).get("/api/v1/difficulty").status_code == 403
    stranger = program(other_county, Role.PROCUREMENT_OFFICER)
    assert stranger.get(f"/api/v1/difficulty/variants/{variant.id}").status_code == 404
