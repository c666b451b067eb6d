"""Step 3 in the browser, over HTTP (O1-O6, R2, T5, D3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.organizations import queries
from service.organizations.rules import Capacity, Item, OrganizationState, Verification
from tenants.permissions import Role
from tests.channels.conftest import cannot_be_reached
from tests.conftest import Office
from tests.service.organizations.stages import (
    CODE,
    assess,
    has_channel,
    listed,
    provider,
    registered,
    short_listed,
)
from tests.service.organizations.test_workflow import told

Door = Callable[..., FlaskClient]


@pytest.fixture
def county(county: Office) -> Office:
    """A county with a number of its own."""
    has_channel(county)
    return county


def test_o1_an_officer_types_an_so_in(county: Office, browser: Door) -> None:
    client = browser(county, Role.PROCUREMENT_OFFICER)
    form = {
        "name": "绿野中心",
        "source": "telephone",
        "credit_code": CODE.lower(),
        "typology": "ngo",
        "team_size": "12",
    }
    response = client.post("/admin/organizations/new", data=form)
    assert response.status_code == 302, response.text
    page = client.get(response.headers["Location"]).text
    for words in ("绿野中心", CODE, "12 人", "电话联系", "民间组织", "未核实"):
        assert words in page
    assert "绿野中心" in client.get("/admin/organizations/").text


def test_o2_a_wrong_credit_code_is_said_at_its_field(county: Office, browser: Door) -> None:
    form = {"name": "绿野中心", "source": "internet", "credit_code": "91110000600037341M"}
    page = browser(county, Role.PROCUREMENT_OFFICER).post("/admin/organizations/new", data=form).text
    assert "信用代码不对" in page
    assert queries.list_organizations(by=county.officer) == []


def test_o2_a_registration_is_corrected(county: Office, browser: Door) -> None:
    organization = listed(county, team_size=3, signed=True)
    client = browser(county, Role.PROCUREMENT_OFFICER)
    address = f"/admin/organizations/{organization.id}/edit"
    assert 'value="3"' in client.get(address).text
    form = {
        "name": "新名称",
        "source": "civil_affairs",
        "credit_code": organization.credit_code,
        "team_size": "5",
    }
    assert client.post(address, data=form).status_code == 302
    changed = queries.find_organization(organization.id, by=county.officer)
    assert (changed.name, changed.team_size, changed.signed) == ("新名称", 5, False)


def test_o2_a_finding_is_kept_and_shown(county: Office, browser: Door) -> None:
    organization = listed(county)
    client = browser(county, Role.PROCUREMENT_OFFICER)
    form = {"item": "team", "status": "contradicted", "how": "村里没见过人"}
    assert client.post(f"/admin/organizations/{organization.id}/verify", data=form).status_code == 302
    assert (
        queries.find_registration(organization.id, by=county.officer).status(Item.TEAM)
        is Verification.CONTRADICTED
    )
    page = client.get(f"/admin/organizations/{organization.id}").text
    assert "村里没见过人" in page
    assert "某人1" in page


@pytest.mark.parametrize("ground", ["newly_founded", "paperwork", "not_local", ""])
def test_o3_no_other_ground_can_be_chosen(county: Office, browser: Door, ground: str) -> None:
    organization = listed(county)
    client = browser(county, Role.PROCUREMENT_OFFICER)
    address = f"/admin/organizations/{organization.id}/leave-off"
    assert "请从列表中选一项" in (
        refused := client.post(address, data={"ground": ground, "reason": "x"}).text
    ) or ("请填写" in refused)
    assert queries.find_organization(organization.id, by=county.officer).state is OrganizationState.REGISTERED


def test_o3_short_listing_and_leaving_off(county: Office, browser: Door) -> None:
    organization = registered(county)
    client = browser(county, Role.PROCUREMENT_OFFICER)
    page = f"/admin/organizations/{organization.id}"
    assert client.post(f"{page}/short-list").status_code == 302
    assert f'action="{page}/short-list"' not in client.get(page).text
    form = {"ground": "services", "reason": "只做企业培训"}
    assert client.post(f"{page}/leave-off", data=form).status_code == 302
    assert "只做企业培训" in client.get(page).text
    assert told(by=county.system) == ["organizations.short_listed", "organizations.left_off"]


def test_t5_phones_are_added_withdrawn_and_shown_masked(county: Office, browser: Door) -> None:
    organization = registered(county)
    client = browser(county, Role.PROCUREMENT_OFFICER)
    page = f"/admin/organizations/{organization.id}"
    form = {"address": "139 0000 0008", "name": "王会计", "papers": "介绍信"}
    assert client.post(f"{page}/signatories", data=form).status_code == 302
    shown = client.get(page).text
    assert "139****0008" in shown
    assert "13900000008" not in shown
    assert "王会计" not in shown
    assert "号码无效" not in shown
    cannot_be_reached("+8613900000008", by=county.system)
    assert '139****0008 <span class="badge warn">号码无效' in client.get(page).text
    phone = queries.find_registration(organization.id, by=county.officer).phones[1]
    assert "139****0008" in client.get(f"{page}/signatories/{phone.id}/revoke").text
    assert client.post(f"{page}/signatories/{phone.id}/revoke", data={"reason": "离职"}).status_code == 302
    assert queries.find_registration(organization.id, by=county.officer).phones[1].revoked_at is not None
    first = queries.find_registration(organization.id, by=county.officer).phones[0]
    assert client.post(f"{page}/signatories/{first.id}/pin", data={"papers": "身份证"}).status_code == 302
    assert not queries.find_registration(organization.id, by=county.officer).phones[0].has_pin


def test_t5_a_number_nobody_can_call_is_refused_in_words(county: Office, browser: Door) -> None:
    organization = registered(county)
    form = {"address": "打不通", "name": "王会计", "papers": "介绍信"}
    response = browser(county, Role.PROCUREMENT_OFFICER).post(
        f"/admin/organizations/{organization.id}/signatories", data=form
    )
    assert response.status_code == 422


def test_o4_two_assessors_agree_in_the_browser(county: Office, browser: Door) -> None:
    organization = short_listed(county)
    officer, approver = browser(county, Role.PROCUREMENT_OFFICER), browser(county, Role.APPROVER)
    address = f"/admin/organizations/{organization.id}/assess"
    marks = {
        f"factors-{name}": "2"
        for name in ("field_team", "participatory", "track_record", "coping", "government")
    }
    assert organization.name in officer.get("/admin/organizations/capacity").text
    assert "有能在一线踏实做事的人" in officer.get(address).text
    for client in (officer, approver):
        response = client.post(address, data={**marks, "reasons": "三个村都说好"})
        assert response.status_code == 302, response.text
    assert queries.find_capacity(organization.id, by=county.officer) is Capacity.C
    page = officer.get(f"/admin/organizations/{organization.id}/capacity").text
    for words in ("三个村都说好", "成熟可靠", "2027年3月4日", "保密"):
        assert words in page


def test_o4_a_second_view_waits_for_the_others(county: Office, browser: Door) -> None:
    organization = short_listed(county)
    client = browser(county, Role.PROCUREMENT_OFFICER)
    address = f"/admin/organizations/{organization.id}/assess"
    marks = {
        f"factors-{name}": "0"
        for name in ("field_team", "participatory", "track_record", "coping", "government")
    }
    assert client.post(address, data={**marks, "reasons": "x"}).status_code == 302
    assert "请等其他评估人" in client.get(address).text
    assert client.post(address, data={**marks, "reasons": "x"}).status_code == 409


def test_o5_a_shortage_is_shown_with_its_remedies(county: Office, browser: Door) -> None:
    from tests.service.difficulty.stages import graded
    from tests.service.difficulty.stages import short_listed as short_listed_task

    graded(county, short_listed_task(county))
    client = browser(county, Role.APPROVER)
    page = client.get("/admin/organizations/supply").text
    assert "不够" in page
    assert "邀请县外有能力的组织" in page
    assess(county, short_listed(county), Capacity.B)
    assert "不够" not in client.get("/admin/organizations/supply").text


def test_o6_r2_what_limits_an_so_is_said_on_its_page(county: Office, browser: Door) -> None:
    organization = listed(county, credit_code=None, controlled_by_office=True)
    page = browser(county, Role.APPROVER).get(f"/admin/organizations/{organization.id}").text
    assert "没有依法登记" in page
    assert "不能承接本单位的合同" in page


def test_d3_who_may_not_read_categories_sees_none(county: Office, browser: Door) -> None:
    organization = provider(county, category=Capacity.C)
    client = browser(county, Role.COMPLAINT_OFFICER)
    for address in ("/admin/organizations/", f"/admin/organizations/{organization.id}"):
        page = client.get(address)
        assert page.status_code == 200
        assert "成熟可靠" not in page.text
    for address in (f"/admin/organizations/{organization.id}/capacity", "/admin/organizations/supply"):
        assert client.get(address).status_code == 403


def test_o4_an_expert_finds_what_to_assess_and_no_category(county: Office, browser: Door) -> None:
    waiting = short_listed(county, 1)
    assessed = provider(county, 2, category=Capacity.C)
    client = browser(county, Role.EXPERT)
    page = client.get("/admin/organizations/capacity").text
    assert waiting.name in page
    assert assessed.name not in page
    assert client.get(f"/admin/organizations/{waiting.id}/assess").status_code == 200


def test_t8_what_waits_is_on_the_home_page(county: Office, browser: Door) -> None:
    registered(county, 1)
    short_listed(county, 2)
    page = browser(county, Role.PROCUREMENT_OFFICER).get("/admin/").text
    assert "有 1 家组织等待核实" in page
    assert "有 1 家组织等您评估" in page


@pytest.mark.parametrize("path", ["", "new", "capacity", "supply"])
def test_v3_each_page_speaks_english_too(county: Office, browser: Door, path: str) -> None:
    provider(county)
    page = browser(county, Role.PROCUREMENT_OFFICER).get(f"/admin/organizations/{path}?lang=en")
    assert page.status_code == 200
    assert '<html lang="en"' in page.text


def test_t2_the_province_reads_a_registration_and_is_offered_no_act(
    county: Office, province: Office, browser: Door
) -> None:
    organization = registered(county)
    page = browser(province, Role.OVERSEER).get(f"/admin/organizations/{organization.id}")
    assert page.status_code == 200
    assert f"/admin/organizations/{organization.id}/edit" not in page.text
