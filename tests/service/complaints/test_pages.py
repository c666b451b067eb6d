"""The hotline in the browser, over HTTP (H1-H6, T4)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.complaints import queries
from service.complaints.rules import ComplaintState
from tenants.permissions import Role
from tests.conftest import Office
from tests.service.complaints.stages import (
    BRIBE,
    LEAK,
    NEIGHBOUR,
    answered,
    case_in,
    filed,
    give_number,
    owner,
)

Door = Callable[..., FlaskClient]
ROOT = "/admin/complaints"


@pytest.fixture(autouse=True)
def numbers(county: Office) -> None:
    """The county has a number to write to."""
    give_number(county)


@pytest.fixture
def desk(county: Office, browser: Door) -> FlaskClient:
    """The complaint officer's browser."""
    return browser(county, Role.COMPLAINT_OFFICER)


def test_h5_a_case_is_led_from_the_first_look_to_the_answer(county: Office, desk: FlaskClient) -> None:
    case = filed(county)
    page = f"{ROOT}/{case.complaint_id}"
    assert case.reference in desk.get(f"{ROOT}/").text
    assert LEAK in desk.get(page).text
    assert desk.post(f"{page}/acknowledge", data={"serious": "1"}).status_code == 302
    assert "严重" in desk.get(page).text
    desk.post(f"{page}/note", data={"text": "周五去村里看"})
    assert "/resolve" not in desk.get(page).text
    desk.post(f"{page}/investigate")
    answer = {"resolution": "redressed", "facts": "池底有裂缝", "answer": "本周修好"}
    assert desk.post(f"{page}/resolve", data=answer).status_code == 302
    shown = desk.get(page).text
    for words in ("周五去村里看", "池底有裂缝", "本周修好", "已答复", "告知投诉人"):
        assert words in shown
    assert case_in(county, case.reference).state is ComplaintState.RESOLVED  # type: ignore[union-attr]


def test_h5_an_answer_without_facts_is_shown_again_with_what_is_missing(
    county: Office, desk: FlaskClient
) -> None:
    case = filed(county)
    desk.post(f"{ROOT}/{case.complaint_id}/investigate")
    page = desk.post(
        f"{ROOT}/{case.complaint_id}/resolve", data={"resolution": "explained", "answer": "没事"}
    ).text
    assert "请填写" in page
    assert "没事" in page


def test_h3_the_number_is_masked_until_it_is_asked_for(county: Office, desk: FlaskClient) -> None:
    case = filed(county)
    page = f"{ROOT}/{case.complaint_id}"
    shown = desk.get(page).text
    assert "138****0011" in shown
    assert "13800000011" not in shown
    assert "13800000011" in desk.post(f"{page}/complainant").text
    assert "13800000011" not in desk.get(page).text


@pytest.mark.parametrize(
    "role",
    [
        Role.PROCUREMENT_OFFICER,
        Role.APPROVER,
        Role.FINANCE_OFFICER,
        Role.FOCAL_POINT,
        Role.ADMINISTRATOR,
        Role.OVERSEER,
    ],
)
def test_t4_nobody_but_the_desk_opens_a_case(county: Office, browser: Door, role: Role) -> None:
    case = filed(county)
    client = browser(county, role)
    assert client.get(f"{ROOT}/").status_code == 403
    assert client.get(f"{ROOT}/{case.complaint_id}").status_code == 403
    assert client.post(f"{ROOT}/{case.complaint_id}/complainant").status_code == 403


def test_t2_another_countys_desk_finds_nothing(county: Office, other_county: Office, browser: Door) -> None:
    case = filed(county)
    stranger = browser(other_county, Role.COMPLAINT_OFFICER)
    page = f"{ROOT}/{case.complaint_id}"
    assert stranger.get(page).status_code == 404
    for verb in ("acknowledge", "investigate", "escalate", "complainant"):
        assert stranger.post(f"{page}/{verb}").status_code == 404
    assert stranger.post(f"{page}/note", data={"text": "x"}).status_code == 404


def test_h1_a_focal_point_files_and_learns_what_to_hand_over(county: Office, browser: Door) -> None:
    client = browser(county, Role.FOCAL_POINT)
    form = {
        "text": LEAK,
        "about": "work",
        "intake": "focal_point",
        "address": "138 0000 0012",
        "identity": "named",
    }
    page = client.post(f"{ROOT}/new", data=form, follow_redirects=True).text
    found = re.search(r"\d{10}", page)
    assert found
    assert f"上报 {found[0]}" in page
    case = case_in(county, found[0])
    assert case is not None
    assert queries.find_complaint(case.id, by=county.desk).address == "138****0012"


def test_h2_a_complaint_written_down_is_filed_once_however_often_the_form_is_sent(
    county: Office, browser: Door
) -> None:
    client = browser(county, Role.FOCAL_POINT)
    assert client.get(f"{ROOT}/filed").location == f"{ROOT}/new"
    hidden = re.search(r'name="form_id" value="([^"]+)"', client.get(f"{ROOT}/new").text)
    assert hidden
    form = {"text": LEAK, "about": "work", "intake": "focal_point", "identity": "confidential"}
    pages = []
    for _ in range(2):
        answer = client.post(f"{ROOT}/new", data=form | {"form_id": hidden[1]})
        assert (answer.status_code, answer.location) == (302, f"{ROOT}/filed")
        pages.append(client.get(answer.location).text)
    (line,) = queries.list_complaints(by=county.desk)
    assert all(line.complaint.reference in page for page in (*pages, client.get(f"{ROOT}/filed").text))
    assert hidden[1] not in client.get(f"{ROOT}/new").text
    client.post(f"{ROOT}/new", data=form | {"form_id": hidden[1], "text": "路也没修完"})
    assert len(queries.list_complaints(by=county.desk)) == 2


def test_h1_a_message_is_no_intake_for_an_officer(county: Office, desk: FlaskClient) -> None:
    page = desk.get(f"{ROOT}/new").text
    assert 'value="officer"' in page
    assert 'value="message"' not in page
    assert "no_channel" not in page


def test_h4_a_case_about_the_office_leaves_the_page(
    county: Office, province: Office, desk: FlaskClient
) -> None:
    case = filed(county)
    response = desk.post(
        f"{ROOT}/{case.complaint_id}/classify", data={"about": "office"}, follow_redirects=True
    )
    assert "已转到别的部门" in response.text
    assert case.reference not in response.text
    assert owner(case.reference, county) == province.id


def test_h4_the_reviewers_page_names_the_office(
    county: Office, province: Office, browser: Door, desk: FlaskClient
) -> None:
    case = filed(county, BRIBE)
    assert case.reference not in desk.get(f"{ROOT}/").text
    page = browser(province, Role.COMPLAINT_OFFICER).get(f"{ROOT}/{case.complaint_id}").text
    assert BRIBE in page
    assert "清河县扶贫办" in page


def test_h5_the_desk_hands_a_case_up(county: Office, province: Office, desk: FlaskClient) -> None:
    case = filed(county)
    page = f"{ROOT}/{case.complaint_id}"
    assert f'href="{page}/escalate"' in desk.get(page).text
    assert case.reference in desk.get(f"{page}/escalate").text
    assert owner(case.reference, county) == county.id
    assert desk.post(f"{page}/escalate").status_code == 302
    assert owner(case.reference, county) == province.id


def test_c11_a_case_about_a_call_that_is_not_known_says_that_it_holds_no_approval(
    county: Office, desk: FlaskClient
) -> None:
    case = filed(county, "中标结果不公平，没说原因")
    page = f"{ROOT}/{case.complaint_id}"
    assert "暂不影响审批" not in desk.get(page).text
    desk.post(f"{page}/classify", data={"about": "call"})
    assert "还不知道是哪份公告，暂不影响审批" in desk.get(page).text


def test_an_answered_case_offers_no_act_but_a_note(county: Office, desk: FlaskClient) -> None:
    case = filed(county)
    answered(county, case)
    page = desk.get(f"{ROOT}/{case.complaint_id}").text
    for verb in ("investigate", "escalate", "classify", "resolve", "acknowledge"):
        assert f"/{verb}" not in page
    assert "/note" in page


def test_t8_what_waits_stands_on_the_home_page_of_the_desk(county: Office, desk: FlaskClient) -> None:
    filed(county)
    filed(county, "路没修完", NEIGHBOUR)
    assert "2 件投诉待答复" in desk.get("/admin/").text


def test_the_pages_speak_english_too(county: Office, desk: FlaskClient) -> None:
    case = filed(county)
    assert "Qinghe County Office" in desk.get(f"{ROOT}/?lang=en").text
    assert "Look into it" in desk.get(f"{ROOT}/{case.complaint_id}").text
