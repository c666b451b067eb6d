"""The shell of the admin and the API: who comes in, and how each page says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.settings import Settings
from tenants import sign_in
from tenants.actors import Actor
from tenants.people import add_person, change_roles, list_members
from tenants.permissions import Role
from tests.conftest import Clock, Office
from tests.service.conftest import Visitor
from tests.tenants.test_sign_in import EMAIL, PASSWORD, person_of, stored, with_codes

LOG_IN = "/admin/log-in"
Browser = Callable[..., FlaskClient]


@pytest.fixture
def person(county: Office, clock: Clock) -> Any:
    """An administrator who set a password."""
    return person_of(county, clock, EMAIL)


def enters(visitor: FlaskClient, password: str = PASSWORD, **more: str) -> TestResponse:
    """Fill in the log-in form."""
    return visitor.post(LOG_IN, data={"email": EMAIL, "password": password, **more})


def lands(response: TestResponse) -> str:
    """Where a response sends the browser."""
    assert response.status_code == 302, response.text
    return response.headers["Location"]


def test_the_right_password_leads_to_the_home_page(visitor: FlaskClient, person: Any) -> None:
    assert lands(enters(visitor)) == "/admin/"
    home = visitor.get("/admin/")
    assert home.status_code == 200
    assert "王敏" in home.text
    assert "清河县扶贫办" in home.text


def test_one_comes_back_to_the_page_one_wanted(visitor: FlaskClient, person: Any) -> None:
    wanted = lands(visitor.get("/admin/office/people?x=1"))
    assert wanted.startswith(LOG_IN)
    assert (
        lands(visitor.post(wanted, data={"email": EMAIL, "password": PASSWORD})) == "/admin/office/people?x=1"
    )


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "\\\\evil.example",
     "javascript:alert(1)", "/a\\..\\b", "/x\r\nSet-Cookie: a=b", "evil", ""],
)  # fmt: skip
def test_nobody_is_sent_to_another_host(visitor: FlaskClient, person: Any, elsewhere: str) -> None:
    assert lands(enters(visitor, next=elsewhere)) == "/admin/"


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "邮箱或密码不对"), ("en", "E-mail or password is not right.")]
)
def test_a_wrong_password_is_said_on_the_form_and_the_address_stays(
    visitor: FlaskClient, person: Any, lang: str, words: str
) -> None:
    visitor.get(f"{LOG_IN}?lang={lang}")
    page = enters(visitor, "wrong")
    assert page.status_code == 200
    assert words in page.text
    assert EMAIL in page.text
    assert "wrong" not in re.sub(r'class="[^"]*"', "", page.text)


def test_five_wrong_passwords_lock_out_and_the_page_says_for_how_long(
    visitor: FlaskClient, person: Any
) -> None:
    visitor.get(f"{LOG_IN}?lang=en")
    for _ in range(5):
        enters(visitor, "wrong")
    assert "Please wait 15 minutes" in enters(visitor).text


def test_with_codes_the_log_in_has_a_second_step(visitor: FlaskClient, person: Any, clock: Clock) -> None:
    app = with_codes(person, clock)
    assert lands(enters(visitor, next="/admin/office/people")) == "/admin/code?next=/admin/office/people"
    assert lands(visitor.get("/admin/")).startswith(LOG_IN)
    visitor.get("/admin/code?lang=en")
    assert "This code is not right" in visitor.post("/admin/code", data={"code": "000000"}).text
    done = visitor.post("/admin/code?next=/admin/office/people", data={"code": app.at(clock.now)})
    assert lands(done) == "/admin/office/people"
    assert visitor.get("/admin/").status_code == 200


def test_the_second_step_must_follow_within_ten_minutes(
    visitor: FlaskClient, person: Any, clock: Clock
) -> None:
    app = with_codes(person, clock)
    enters(visitor)
    clock.advance(minutes=10)
    assert lands(visitor.post("/admin/code", data={"code": app.at(clock.now)})) == LOG_IN


def test_nobody_reaches_the_second_step_without_the_first(
    visitor: FlaskClient, person: Any, clock: Clock
) -> None:
    app = with_codes(person, clock)
    assert lands(visitor.post("/admin/code", data={"code": app.at(clock.now)})) == LOG_IN


def test_the_cookie_never_holds_the_password(visitor: FlaskClient, person: Any, clock: Clock) -> None:
    with_codes(person, clock)
    enters(visitor)
    with visitor.session_transaction() as session:
        assert PASSWORD not in str(dict(session))


def test_cookies_are_kept_from_scripts_and_other_sites(visitor: FlaskClient, person: Any) -> None:
    cookie = enters(visitor).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_log_out_ends_the_session_and_keeps_the_language(visitor: FlaskClient, person: Any) -> None:
    visitor.get(f"{LOG_IN}?lang=en")
    enters(visitor)
    assert lands(visitor.post("/admin/log-out")) == LOG_IN
    assert lands(visitor.get("/admin/")).startswith(LOG_IN)
    assert "Log in to Qiao" in visitor.get(LOG_IN).text


def test_a_new_password_ends_every_session(
    county: Office, visitor: FlaskClient, person: Any, clock: Clock
) -> None:
    enters(visitor)
    assert visitor.get("/admin/").status_code == 200
    membership = list_members(by=county.administrator)[0][0]
    token = sign_in.issue_recovery_link(membership.id, by=county.administrator)
    sign_in.set_password(token, PASSWORD, by=Actor.public(now=clock()))
    assert lands(visitor.get("/admin/")).startswith(LOG_IN)


def test_who_left_the_office_is_out_at_once(county: Office, visitor: FlaskClient, person: Any) -> None:
    enters(visitor)
    change_roles(list_members(by=county.administrator)[0][0].id, [], by=county.administrator)
    assert lands(visitor.get("/admin/")).startswith(LOG_IN)


def test_a_forged_cookie_opens_nothing(visitor: FlaskClient, person: Any) -> None:
    visitor.set_cookie("session", "eyJrZXkiOiIwMTkwMDAwMCJ9.aQ.forged")
    assert lands(visitor.get("/admin/")).startswith(LOG_IN)


def test_a_recovery_link_is_used_up_by_submitting_and_not_by_opening(
    county: Office, visitor: FlaskClient, person: Any
) -> None:
    membership = list_members(by=county.administrator)[0][0]
    path = f"/admin/recover/{sign_in.issue_recovery_link(membership.id, by=county.administrator)}"
    for _ in range(2):
        assert visitor.get(path).status_code == 200
    assert "field-password" in visitor.post(path, data={"password": "short"}).text
    assert lands(visitor.post(path, data={"password": "a new password"})) == LOG_IN
    assert visitor.post(path, data={"password": "a third password"}).status_code == 404
    assert lands(enters(visitor, "a new password")) == "/admin/"


def test_the_language_is_chinese_until_one_chooses_and_then_remembered(
    visitor: FlaskClient, person: Any
) -> None:
    assert 'lang="zh-Hans"' in visitor.get(LOG_IN, headers={"Accept-Language": "en"}).text
    assert 'lang="en"' in visitor.get(f"{LOG_IN}?lang=en").text
    assert "Log in to Qiao" in visitor.get(LOG_IN).text
    enters(visitor)
    assert "The seven steps" in visitor.get("/admin/").text
    assert "The seven steps" not in visitor.get("/admin/?lang=zh").text
    assert 'lang="zh-Hans"' in visitor.get("/admin/?lang=fr").text


def test_t3_one_switches_between_the_offices_one_works_in_and_no_others(
    county: Office, other_county: Office, province: Office, visitor: FlaskClient, person: Any
) -> None:
    add_person(EMAIL, name="王敏", roles=[Role.EXPERT], by=other_county.administrator)
    enters(visitor)
    assert "兰溪县扶贫办" in visitor.get("/admin/").text
    visitor.post("/admin/office", data={"office": county.id})
    assert "<summary>清河县扶贫办</summary>" in visitor.get("/admin/").text
    assert visitor.get("/admin/office/people").status_code == 200
    visitor.post("/admin/office", data={"office": province.id})
    assert "<summary>清河县扶贫办</summary>" in visitor.get("/admin/").text
    visitor.post("/admin/office", data={"office": other_county.id})
    assert "<summary>兰溪县扶贫办</summary>" in visitor.get("/admin/").text
    assert visitor.get("/admin/office/people").status_code == 403


def test_t4_the_proof_is_asked_for_and_leads_back(
    county: Office, visitor: FlaskClient, person: Any, clock: Clock
) -> None:
    enters(visitor)
    clock.advance(minutes=6)
    confirm = lands(visitor.get("/admin/me/codes"))
    assert confirm.startswith("/admin/confirm")
    visitor.get("/admin/?lang=en")
    assert "E-mail or password is not right" in visitor.post(confirm, data={"password": "wrong"}).text
    assert lands(visitor.post(confirm, data={"password": PASSWORD})) == "/admin/me/codes"
    assert visitor.get("/admin/me/codes").status_code == 200


def test_every_form_needs_its_token(app: Flask, visitor: FlaskClient, person: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        refused = enters(visitor)
        assert refused.status_code == 400
        assert "页面打开太久，已失效" in refused.text
        page = visitor.get(LOG_IN)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        assert lands(enters(visitor, csrf_token=token[1])) == "/admin/"
        assert visitor.post("/admin/log-out").status_code == 400
        assert visitor.get("/admin/").status_code == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.parametrize(
    "path", [LOG_IN, "/admin/", "/admin/nowhere", "/static/qiao.css", "/api/v1/office/people"]
)
def test_every_answer_has_strict_headers(visitor: FlaskClient, person: Any, path: str) -> None:
    headers = visitor.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert (headers.get("Cache-Control") == "no-store") is not path.startswith("/static")


def test_no_page_of_the_shell_needs_what_the_policy_forbids(visitor: FlaskClient, person: Any) -> None:
    enters(visitor)
    for path in ("/admin/", "/admin/me", "/admin/me/codes", "/admin/office/people", "/admin/confirm"):
        page = visitor.get(path).text
        assert not re.search(
            r"\sstyle=|<style|\son\w+=|<script(?! src=\"/static)|(?:src|href)=\"(?:https?:)?//", page
        ), path


PROBLEMS = [
    ("GET", "/admin/nowhere", 404, "没有这一项", "This does not exist"),
    ("GET", "/admin/office/settings/x", 404, "没有这一项", "This does not exist"),
    ("GET", "/admin/log-out", 405, "不接受这种请求方式", "does not take that method"),
    ("GET", "/admin/calls/", 403, "您的岗位没有这项权限", "Your role here does not include this"),
]


@pytest.mark.parametrize(("method", "path", "status", "zh", "en"), PROBLEMS)
def test_what_went_wrong_is_said_kindly_in_both_languages(
    visitor: FlaskClient, person: Any, method: str, path: str, status: int, zh: str, en: str
) -> None:
    enters(visitor)
    for lang, words in (("zh", zh), ("en", en)):
        page = visitor.open(f"{path}?lang={lang}", method=method)
        assert page.status_code == status
        assert words in page.text
        assert "王敏" in page.text


@pytest.mark.parametrize(("lang", "words"), [("zh", "太大"), ("en", "This is too large.")])
def test_too_much_is_refused_before_it_is_read(
    visitor: FlaskClient, person: Any, lang: str, words: str
) -> None:
    enters(visitor)
    page = visitor.post(f"/admin/office/people/new?lang={lang}", data={"name": "x" * 11 * 1024 * 1024})
    assert page.status_code == 413
    assert words in page.text


def test_an_unexpected_error_gives_a_reference_and_no_detail(
    app: Flask, visitor: FlaskClient, person: Any
) -> None:
    enters(visitor)
    before = app.extensions["qiao.rooms"]
    app.config["TESTING"] = False
    app.extensions["qiao.rooms"] = [object()]
    try:
        page = visitor.get("/admin/?lang=en")
    finally:
        app.extensions["qiao.rooms"] = before
        app.config["TESTING"] = True
    assert page.status_code == 500
    assert re.search(r'class="reference">[0-9a-f]{8}<', page.text)
    assert "AttributeError" not in page.text


@pytest.fixture(scope="module")
def stranded(settings: Settings, clock: Clock) -> Flask:
    """The application of a deployment whose servers are away."""
    nowhere = replace(
        settings, database_url="postgresql://qiao_app:x@127.0.0.1:9/qiao", redis_url="redis://127.0.0.1:9/0"
    )
    app = create_app(nowhere, clock=clock)
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
    return app


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "系统暂时读不到数据"), ("en", "cannot reach its data right now")]
)
def test_while_the_database_is_away_a_page_says_so_without_asking_it_anything(
    stranded: Flask, lang: str, words: str
) -> None:
    client = Visitor(stranded, stranded.response_class)
    with client.session_transaction() as session:
        session["key"] = "01900000-0000-7000-8000-000000000000"
    for path in ("/admin/", LOG_IN):
        page = client.get(f"{path}?lang={lang}")
        assert page.status_code == 503
        assert words in page.text
    with client.session_transaction() as session:
        assert "key" in session


def test_while_the_database_is_away_the_api_has_a_problem_to_tell(stranded: Flask) -> None:
    client = Visitor(stranded, stranded.response_class)
    answer = client.get(
        "/api/v1/office/people", headers={"Authorization": "Bearer x", "Accept-Language": "en"}
    )
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert "cannot reach its data" in answer.get_json(force=True)["title"]


def test_readiness_names_what_is_away_and_liveness_does_not_care(
    app: Flask, visitor: FlaskClient, stranded: Flask
) -> None:
    assert visitor.get("/readyz").status_code == 200
    assert visitor.get("/readyz").json == {"database": "ok", "redis": "ok", "migrations": "ok"}
    client = Visitor(stranded, stranded.response_class)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"database": "away", "redis": "away", "migrations": "away"}


def test_readiness_tells_redis_from_the_database(settings: Settings, clock: Clock) -> None:
    app = create_app(replace(settings, redis_url="redis://127.0.0.1:9/0"), clock=clock)
    answer = Visitor(app, app.response_class).get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"database": "ok", "redis": "away", "migrations": "ok"}


# The API


PEOPLE = "/api/v1/office/people"
Program = Callable[..., FlaskClient]


def told(answer: TestResponse) -> dict[str, Any]:
    """The problem document of an answer."""
    assert answer.mimetype == "application/problem+json", answer.text
    problem = answer.get_json(force=True)
    assert problem["status"] == answer.status_code
    return problem


def test_without_a_good_token_the_api_asks_for_one(visitor: FlaskClient, county: Office) -> None:
    for header in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
    ):
        answer = visitor.get(PEOPLE, headers=header)
        assert told(answer)["status"] == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_log_in_is_no_token(visitor: FlaskClient, person: Any) -> None:
    enters(visitor)
    assert told(visitor.get(PEOPLE))["status"] == 401


@pytest.mark.parametrize(
    ("more", "headers", "title"),
    [
        ("", {}, "您的岗位没有这项权限"),
        ("", {"Accept-Language": "en-GB,en;q=0.8,zh;q=0.5"}, "Your role here does not include this."),
        ("", {"Accept-Language": "fr"}, "您的岗位没有这项权限"),
        ("?lang=en", {"Accept-Language": "zh"}, "Your role here does not include this."),
    ],
)
def test_the_api_speaks_chinese_unless_it_is_asked_for_english(
    county: Office, program: Program, more: str, headers: dict[str, str], title: str
) -> None:
    answer = program(county, Role.PROCUREMENT_OFFICER).get(PEOPLE + more, headers=headers)
    problem = told(answer)
    assert (problem["status"], problem["code"]) == (403, "not_permitted")
    assert problem["title"].startswith(title)


def test_each_kind_of_refusal_has_its_status(county: Office, other_county: Office, program: Program) -> None:
    client = program(county, Role.ADMINISTRATOR)
    new = {"email": EMAIL, "name": "王敏", "roles": ["expert"]}
    added = client.post(PEOPLE, json=new)
    assert added.status_code == 201
    again = told(client.post(PEOPLE, json=new))
    assert (again["status"], again["code"]) == (409, "already_member")
    roles = f"{PEOPLE}/{added.json['id']}/roles" if added.json else ""
    broken = told(client.put(roles, json={"roles": ["procurement_officer", "complaint_officer"]}))
    assert (broken["status"], broken["code"]) == (422, "roles_incompatible")
    foreign = told(program(other_county, Role.ADMINISTRATOR).put(roles, json={"roles": ["expert"]}))
    assert (foreign["status"], foreign["code"]) == (404, "not_found")
    assert told(client.get("/api/v1/nowhere"))["status"] == 404
    assert told(client.delete(PEOPLE))["status"] == 405


@pytest.mark.parametrize(("lang", "words"), [("zh", "这一项请填写"), ("en", "Please fill this in.")])
def test_what_is_wrong_with_a_body_is_said_field_by_field(
    county: Office, program: Program, lang: str, words: str
) -> None:
    answer = program(county, Role.ADMINISTRATOR).post(
        f"{PEOPLE}?lang={lang}", json={"name": 7, "roles": ["king"], "x": 1}
    )
    problem = told(answer)
    assert problem["status"] == 422
    assert set(problem["errors"]) == {"email", "name", "roles", "x"}
    assert problem["errors"]["email"][0].startswith(words)


def test_a_body_that_is_no_json_or_too_long_or_something_else_is_refused(
    county: Office, program: Program
) -> None:
    client = program(county, Role.ADMINISTRATOR)
    for body in ("{not json", "[" * 30_000):
        assert told(client.post(PEOPLE, data=body, content_type="application/json"))["status"] == 400
    assert (
        told(client.post(PEOPLE, data="name=x", content_type="application/x-www-form-urlencoded"))["status"]
        == 415
    )
    assert told(client.post(PEOPLE, data="x", content_type="text/plain"))["status"] == 415
    assert told(client.post(PEOPLE, json={"name": "x" * 64 * 1024}))["status"] == 413
    assert told(client.post(PEOPLE, json=[1]))["status"] == 422
    assert told(client.post(PEOPLE))["status"] == 422


# One's own page


def test_one_chooses_the_language_one_is_greeted_in(visitor: FlaskClient, person: Any, clock: Clock) -> None:
    enters(visitor)
    assert lands(visitor.post("/admin/me", data={"locale": "en"})) == "/admin/me"
    assert "Your settings" in visitor.get("/admin/me").text
    assert stored(by=Actor.public(now=clock()))[0].locale == "en"
    visitor.delete_cookie("session")
    enters(visitor)
    assert "The seven steps" in visitor.get("/admin/").text


def test_codes_are_turned_on_with_a_picture_and_a_first_code_and_off_again(
    visitor: FlaskClient, person: Any, clock: Clock
) -> None:
    enters(visitor)
    page = visitor.get("/admin/me/codes?lang=en")
    shown = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)
    assert shown is not None
    picture = visitor.get("/admin/me/codes.svg")
    assert picture.mimetype == "image/svg+xml"
    assert picture.text.lstrip().startswith("<?xml") or picture.text.startswith("<svg")
    assert "This code is not right" in visitor.post("/admin/me/codes", data={"code": "000000"}).text
    secret = shown[1].replace(" ", "")
    assert (
        lands(visitor.post("/admin/me/codes", data={"code": pyotp.TOTP(secret).at(clock.now)})) == "/admin/me"
    )
    assert stored(by=Actor.public(now=clock()))[0].totp_secret == secret
    assert visitor.get("/admin/me/codes.svg").status_code == 404
    assert lands(visitor.post("/admin/me/codes/off")) == "/admin/me"
    assert stored(by=Actor.public(now=clock()))[0].totp_secret is None


def test_an_overseer_comes_in_too(province: Office, county: Office, browser: Browser) -> None:
    assert browser(province, Role.OVERSEER).get("/admin/").status_code == 200


def test_the_menu_marks_the_page_one_is_on_or_below(county: Office, browser: Browser) -> None:
    client = browser(county, Role.ADMINISTRATOR)

    def marked(path: str) -> list[str]:
        return sorted(set(re.findall(r'href="([^"]+)" aria-current="page"', client.get(path).text)))

    assert marked("/admin/office/people") == ["/admin/office/people"]
    assert marked("/admin/office/people/new") == ["/admin/office/people"]
    assert marked("/admin/office/settings") == ["/admin/office/settings"]
    assert marked("/admin/") == []


def test_the_menu_names_each_part_once(county: Office, browser: Browser) -> None:
    page = browser(county, Role.PROCUREMENT_OFFICER).get("/admin/").text
    menu = page.partition('<nav class="nav-side"')[2].partition("</nav>")[0]
    parts = re.findall(r'<p class="nav-group">(.*?)</p>', menu)
    assert len(parts) > 8
    assert len(parts) == len(set(parts))
