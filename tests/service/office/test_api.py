"""The office by JSON (T3, P11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tenants.people import add_person
from tenants.permissions import Role
from tests.conftest import Clock, Office

Program = Callable[..., FlaskClient]
OFFICE = "/api/v1/office"
NEW = {"email": "wang@example.org", "name": "王敏", "roles": ["expert"]}


@pytest.fixture
def client(county: Office, program: Program) -> FlaskClient:
    """A program in the role of the administrator."""
    return program(county, Role.ADMINISTRATOR)


def test_t3_people_are_added_listed_and_given_other_roles(client: FlaskClient) -> None:
    added = client.post(f"{OFFICE}/people", json=NEW)
    assert (added.status_code, added.json["roles"]) == (201, ["expert"])
    staff = client.get(f"{OFFICE}/people").json
    assert [(one["name"], one["email"], one["roles"]) for one in staff["people"]] == [
        ("王敏", "wang@example.org", ["expert"])
    ]
    assert "approve" in staff["unstaffed"]
    path = f"{OFFICE}/people/{added.json['id']}"
    assert client.put(f"{path}/roles", json={"roles": ["approver"]}).json["roles"] == ["approver"]
    assert client.post(f"{path}/recovery").json["link"].startswith("http://qiao.test/admin/recover/")
    assert client.put(f"{path}/roles", json={"roles": []}).status_code == 200
    assert client.get(f"{OFFICE}/people").json["people"] == []
    assert client.post(f"{path}/recovery").status_code == 404


def test_t3_a_program_of_the_province_lends_a_person(
    province: Office, county: Office, program: Program, clock: Clock
) -> None:
    member = add_person("li@example.org", name="李华", roles=[Role.OVERSEER], by=province.administrator)
    day = (clock.now + timedelta(days=30)).date()
    loan = {"office": "qing", "roles": ["approver"], "until": day.isoformat()}
    above = program(province, Role.ADMINISTRATOR)
    lent = above.post(f"{OFFICE}/people/{member.id}/loans", json=loan)
    assert lent.status_code == 201
    assert lent.json["ended_at"] == f"{day}T15:59:59+00:00"
    again = above.post(f"{OFFICE}/people/{member.id}/loans", json=loan)
    assert (again.status_code, again.json["code"]) == (409, "already_member")


def test_tokens_are_issued_listed_and_revoked(county: Office, client: FlaskClient, program: Program) -> None:
    issued = client.post(f"{OFFICE}/tokens", json={"name": "platform", "roles": ["administrator"]})
    assert issued.status_code == 201
    secret = issued.json["secret"]
    listed = client.get(f"{OFFICE}/tokens").json
    assert "platform" in [one["name"] for one in listed]
    assert secret not in str(listed)
    other = {"Authorization": f"Bearer {secret}"}
    assert client.get(f"{OFFICE}/people", headers=other).status_code == 200
    assert client.delete(f"{OFFICE}/tokens/{issued.json['id']}").status_code == 204
    assert client.get(f"{OFFICE}/people", headers=other).status_code == 401
    assert client.delete(f"{OFFICE}/tokens/{issued.json['id']}").status_code == 409


def test_a_token_gives_no_more_than_an_administrator_can(client: FlaskClient) -> None:
    for role in ("operator", "system", "signatory"):
        assert client.post(f"{OFFICE}/tokens", json={"name": "x", "roles": [role]}).status_code == 422


def test_p11_numbers_are_read_and_some_of_them_changed(client: FlaskClient) -> None:
    before = client.get(f"{OFFICE}/settings").json
    assert before["standstill_working_days"] == 5
    after = client.put(f"{OFFICE}/settings", json={"standstill_working_days": 8, "quiet_from": "20:30"}).json
    assert (after["standstill_working_days"], after["quiet_from"]) == (8, "20:30")
    assert after["bid_period_days"] == before["bid_period_days"]
    refused = client.put(f"{OFFICE}/settings", json={"standstill_working_days": 1})
    assert (refused.status_code, refused.json["code"]) == (422, "settings_out_of_bounds")


def test_a_channel_is_added_and_its_credentials_stay_inside(client: FlaskClient) -> None:
    new = {"number": "+8613900000001", "account_sid": "AC1", "auth_token": "very secret"}
    added = client.post(f"{OFFICE}/channels", json=new)
    assert added.status_code == 201
    assert "very secret" not in added.text + client.get(f"{OFFICE}/channels").text
    assert client.get(f"{OFFICE}/channels").json[0]["number"] == "+8613900000001"
    assert client.post(f"{OFFICE}/channels", json=new).status_code == 409
    wechat = {"number": "wx1", "app_secret": "very secret", "token": "t"}
    kannel = {
        **{"number": "10690001", "username": "u", "password": "very secret", "allow_from": "10.0.0.5"},
        "sendsms_url": "http://10.0.0.5:13013/cgi-bin/sendsms",
    }
    for gateway, account in (("wechat", wechat), ("kannel", kannel)):
        made = client.post(f"{OFFICE}/channels/{gateway}", json=account)
        assert (made.status_code, made.json["gateway"]) == (201, gateway)
        assert "very secret" not in made.text
        assert client.delete(f"{OFFICE}/channels/{made.json['id']}").status_code == 204
        assert client.delete(f"{OFFICE}/channels/{made.json['id']}").status_code == 409
    assert [one["gateway"] for one in client.get(f"{OFFICE}/channels").json] == ["twilio"]


def test_s1_a_number_s_access_to_its_provider_is_exchanged(client: FlaskClient) -> None:
    new = {"number": "+8613900000001", "account_sid": "AC1", "auth_token": "very secret"}
    here = f"{OFFICE}/channels/{client.post(f'{OFFICE}/channels', json=new).json['id']}"
    renewed = client.patch(f"{here}/credentials", json={"credentials": {"auth_token": "another secret"}})
    assert (renewed.status_code, renewed.json["number"]) == (200, "+8613900000001")
    assert "secret" not in renewed.text
    for wrong in ({}, {"auth_token": ""}, {"token": "t"}, {"auth_token": "x" * 201}):
        refused = client.patch(f"{here}/credentials", json={"credentials": wrong})
        assert refused.status_code == 422
    client.delete(here)
    assert client.patch(f"{here}/credentials", json={"credentials": {"auth_token": "t"}}).status_code == 409


def test_s8_a_number_is_shared_with_counties_and_not_any_more(
    province: Office, county: Office, program: Program
) -> None:
    client = program(province, Role.ADMINISTRATOR)
    new = {"number": "+8613900000001", "account_sid": "AC1", "auth_token": "t"}
    added = client.post(f"{OFFICE}/channels", json=new).json
    assert (added["shared"], added["counties"]) == (False, [])
    path = f"{OFFICE}/channels/{added['id']}/counties"
    some = client.put(path, json={"counties": ["qing"]})
    assert (some.status_code, some.json["shared"], some.json["counties"]) == (200, True, ["qing"])
    assert client.put(path, json={}).json["counties"] == []
    assert client.put(path, json={"counties": ["x"]}).json["code"] == "county_not_below"
    assert client.delete(path).status_code == 204
    assert client.delete(path).json["code"] == "not_shared"
    assert client.get(f"{OFFICE}/channels").json[0]["shared"] is False


def test_a_signature_at_aliyun_is_added_and_the_codes_of_its_templates_are_noted(
    client: FlaskClient,
) -> None:
    new = {"number": "清河县扶贫办", "access_key_id": "LTAI", "access_key_secret": "very secret"}
    assert client.post(f"{OFFICE}/channels/aliyun", json=new).status_code == 422
    new["allow_from"] = "any"
    added = client.post(f"{OFFICE}/channels/aliyun", json=new)
    assert (added.status_code, added.json["gateway"]) == (201, "aliyun")
    assert "very secret" not in added.text + client.get(f"{OFFICE}/channels").text
    path = f"{OFFICE}/channels/{added.json['id']}/templates"
    for code in ("SMS_1", "SMS_2"):
        noted = client.put(path, json={"message": "channels.help", "locale": "zh", "code": code})
        assert noted.status_code == 200, noted.text
    (known,) = client.get(path).json
    assert (known["code"], known["version"]) == ("SMS_2", 2)
    assert "${hotline}" in known["text"]
    assert (known["way"], known["fields"]) == ("template", {})
    fielded = {"message": "channels.help", "locale": "zh", "code": "SMS_1", "fields": {"thing1": "hotline"}}
    assert client.put(path, json=fielded).json["code"] == "fields_not_here"
    refused = client.put(path, json={"message": "no.such", "locale": "zh", "code": "SMS_1"})
    assert (refused.status_code, refused.json["code"]) == (422, "message_unknown")


@pytest.mark.parametrize("role", [Role.PROCUREMENT_OFFICER, Role.COMPLAINT_OFFICER, Role.APPROVER])
def test_t3_other_roles_do_not_administer(county: Office, program: Program, role: Role) -> None:
    client = program(county, role)
    assert client.get(f"{OFFICE}/people").status_code == 403
    assert client.post(f"{OFFICE}/people", json=NEW).status_code == 403
    assert client.get(f"{OFFICE}/tokens").status_code == 403
    assert client.post(f"{OFFICE}/tokens", json={"name": "x", "roles": ["expert"]}).status_code == 403
    assert client.put(f"{OFFICE}/settings", json={"bid_period_days": 12}).status_code == 403
