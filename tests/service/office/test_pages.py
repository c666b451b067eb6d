"""The administrator's pages (T3, T6, P11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from channels.models import TemplateWay
from channels.registry import add_channel, channel_by_key, list_channels
from channels.templates import list_templates, list_versions
from service.office.queries import list_entries
from service.procurement.changing import cancel_call
from tenants.actors import Actor
from tenants.audit import seal
from tenants.events import Event
from tenants.people import add_person, lend_person, list_members, list_tokens, memberships_of
from tenants.permissions import Role
from tenants.refusals import NotFound
from tenants.settings import change_settings, current_settings
from tests.conftest import Clock, Office
from tests.service.procurement.stages import opened, past_deadline, published_call, three_bidders

Browser = Callable[..., FlaskClient]
NEW = {"email": "wang@example.org", "name": "王敏", "roles": ["expert"]}
PEOPLE = "/admin/office/people"


@pytest.fixture
def page(county: Office, browser: Browser) -> FlaskClient:
    """The browser of the county's administrator, in English."""
    return in_english(browser(county, Role.ADMINISTRATOR))


def in_english(client: FlaskClient) -> FlaskClient:
    """The same browser, in English."""
    client.get("/admin/log-in?lang=en")
    return client


def words(client: FlaskClient, path: str) -> str:
    """The page at an address."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def test_t3_the_page_of_people_names_them_and_what_nobody_can_do(county: Office, page: FlaskClient) -> None:
    add_person("wang@example.org", name="王敏", roles=[Role.PROCUREMENT_OFFICER], by=county.administrator)
    text = words(page, PEOPLE)
    assert "王敏" in text
    assert "Procurement officer" in text
    assert "approve (approver)" in text
    assert "prepare procurement" not in text
    assert "second of two officers" in text
    assert "duties of the office have nobody" in words(page, "/admin/")


def test_t3_a_new_person_gets_a_link_that_is_shown_once(county: Office, page: FlaskClient) -> None:
    answer = page.post(f"{PEOPLE}/new", data=NEW)
    link = re.search(r"http://qiao\.test(/admin/recover/[\w-]+)", answer.text)
    assert link is not None
    assert [one.name for _membership, one in list_members(by=county.administrator)][-1] == "王敏"
    assert link[1] not in words(page, PEOPLE)
    assert page.post(link[1], data={"password": "long enough now"}).status_code == 302


def test_t3_what_is_wrong_is_said_on_the_form_and_nothing_is_lost(county: Office, page: FlaskClient) -> None:
    both = {**NEW, "roles": ["procurement_officer", "complaint_officer"]}
    answer = page.post(f"{PEOPLE}/new", data=both)
    assert "must not see who complained" in answer.text
    assert 'value="wang@example.org"' in answer.text
    page.post(f"{PEOPLE}/new", data=NEW)
    assert "works in this office already" in page.post(f"{PEOPLE}/new", data=NEW).text
    assert "Please fill this in." in page.post(f"{PEOPLE}/new", data={}).text


def test_t3_who_works_elsewhere_is_added_without_a_link(
    county: Office, other_county: Office, page: FlaskClient
) -> None:
    add_person(NEW["email"], name="王敏", roles=[Role.EXPERT], by=other_county.administrator)  # type: ignore[arg-type]
    answer = page.post(f"{PEOPLE}/new", data=NEW, follow_redirects=True)
    assert "works in another office too" in answer.text
    assert "/admin/recover/" not in answer.text
    assert "王敏" in answer.text


def test_t3_roles_are_changed_and_none_ends_the_work_here(county: Office, page: FlaskClient) -> None:
    member = add_person("wang@example.org", name="王敏", roles=[Role.EXPERT], by=county.administrator)
    path = f"{PEOPLE}/{member.id}"
    assert re.search(r'value="expert"\s+checked', words(page, path))
    page.post(path, data={"roles": ["approver"]})
    assert list_members(by=county.administrator)[-1][0].roles == ["approver"]
    page.post(path, data={})
    assert "王敏" not in words(page, PEOPLE)
    assert page.get(path).status_code == 404


def test_t2_a_neighbours_people_do_not_exist_here(other_county: Office, page: FlaskClient) -> None:
    member = add_person("wang@example.org", name="王敏", roles=[Role.EXPERT], by=other_county.administrator)
    for answer in (
        page.get(f"{PEOPLE}/{member.id}"),
        page.post(f"{PEOPLE}/{member.id}", data={"roles": ["approver"]}),
        page.post(f"{PEOPLE}/{member.id}/recovery"),
        page.get(f"{PEOPLE}/{member.id}/loan"),
    ):
        assert answer.status_code == 404
        assert "王敏" not in answer.text


def test_t3_officials_without_the_role_do_not_come_in(county: Office, browser: Browser) -> None:
    client = browser(county, Role.PROCUREMENT_OFFICER)
    for path in (PEOPLE, f"{PEOPLE}/new", "/admin/office/tokens", "/admin/office/record"):
        answer = client.get(path) if not path.endswith("new") else client.post(path, data=NEW)
        assert answer.status_code == 403, path
    assert "/admin/office/tokens" not in client.get("/admin/").text


def test_t3_an_overseer_reads_who_works_there_and_has_nothing_to_press(
    province: Office, browser: Browser
) -> None:
    text = words(browser(province, Role.OVERSEER), PEOPLE)
    assert "某人1" in text
    assert f"{PEOPLE}/new" not in text
    assert "/recovery" not in text


def test_t3_the_province_lends_a_person_on_its_page(
    county: Office, province: Office, browser: Browser, clock: Clock, page: FlaskClient
) -> None:
    member = add_person("li@example.org", name="李华", roles=[Role.OVERSEER], by=province.administrator)
    above = in_english(browser(province, Role.ADMINISTRATOR))
    path = f"{PEOPLE}/{member.id}/loan"
    assert path in words(above, PEOPLE)
    assert "Qinghe County Office" in words(above, path)
    day = (clock.now + timedelta(days=30)).date().isoformat()
    assert (
        "A loan ends on a day to come"
        in above.post(path, data={"office": "qing", "roles": "approver", "until": "2026-01-01"}).text
    )
    above.post(path, data={"office": "qing", "roles": "approver", "until": day})
    text = words(page, PEOPLE)
    assert "李华" in text
    assert "lent by Yunling Poverty Alleviation Office until" in text
    offices = [
        office.code for office, _member in memberships_of(member.person_id, by=Actor.public(now=clock()))
    ]
    assert offices == ["yun", "qing"]


def test_p11_the_numbers_are_changed_and_a_wrong_one_is_named_with_its_bounds(
    county: Office, page: FlaskClient
) -> None:
    path = "/admin/office/settings"
    text = words(page, path)
    assert "The platform allows 3 or more." in text
    form = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', text))
    assert form["bid_period_days"] == "10"
    wrong = page.post(path, data={**form, "standstill_working_days": "1", "triage_working_days": "9"})
    assert wrong.text.count("The platform allows 3 or more.") > text.count("The platform allows 3 or more.")
    assert "Please look at 2 places again." in wrong.text
    assert current_settings(by=county.administrator).standstill_working_days == 5
    assert page.post(path, data={**form, "standstill_working_days": "7"}).status_code == 302
    assert current_settings(by=county.administrator).standstill_working_days == 7
    assert "changed</span> standstill_working_days" in words(page, "/admin/office/record")


def test_p11_who_may_not_change_the_numbers_reads_them(county: Office, browser: Browser) -> None:
    change_settings({"bid_period_days": 13}, by=county.administrator)
    client = in_english(browser(county, Role.APPROVER))
    text = words(client, "/admin/office/settings")
    assert "<dd>13 days</dd>" in text
    assert 'name="bid_period_days"' not in text
    assert client.post("/admin/office/settings", data={}).status_code in (200, 403)
    assert current_settings(by=county.administrator).bid_period_days == 13


CHANNELS = "/admin/office/channels"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNTS = {
    "twilio": {"number": "+86 139 0000 0001", "account_sid": "AC1", "auth_token": "very secret"},
    "aliyun": {
        "number": "【清河县扶贫办】",
        "access_key_id": "LTAI",
        "access_key_secret": "very secret",
        "allow_from": "any",
    },
    "wechat": {
        "number": "wx49f0ab532d5d035a",
        "app_secret": "very secret",
        "token": "very secret",
        "encoding_aes_key": AES_KEY,
    },
    "kannel": {
        "number": "10690001",
        "sendsms_url": "http://10.0.0.5:13013/cgi-bin/sendsms",
        "username": "qiao",
        "password": "very secret",
        "allow_from": "10.0.0.5, 10.1.0.0/16",
    },
}
TOLD = {
    "twilio": ("/inbound#rc=3&amp;rp=5xx,ct,rt", "/status#rc=3&amp;rp=5xx,ct,rt"),
    "aliyun": ("/inbound?secret=", "/status?secret="),
    "wechat": ("",),
    "kannel": ("/inbound",),
}
"""What a page must show to be entered at the provider, behind the channel's own address."""


@pytest.mark.parametrize("gateway", ACCOUNTS)
def test_an_account_is_added_on_a_page_which_shows_what_to_enter_and_never_the_credentials(
    county: Office, page: FlaskClient, gateway: str
) -> None:
    added = page.post(f"{CHANNELS}/new/{gateway}", data=ACCOUNTS[gateway])
    assert added.status_code == 302
    (channel,) = list_channels(by=county.administrator)
    assert channel.gateway == gateway
    assert added.headers["Location"].endswith(f"/channels/{channel.id}")
    text = words(page, f"{CHANNELS}/{channel.id}")
    for behind in TOLD[gateway]:
        assert f"qiao.test/channels/{gateway}/{channel.key}{behind}" in text
    for shown in (text, words(page, CHANNELS), words(page, f"{CHANNELS}/new/{gateway}")):
        assert "very secret" not in shown
        assert AES_KEY not in shown
    again = page.post(f"{CHANNELS}/new/{gateway}", data=ACCOUNTS[gateway])
    assert f"has the number {channel.number} already" in again.text
    assert "very secret" not in again.text
    known = channel_by_key(gateway, channel.key).credentials
    assert "very secret" in known.values()


@pytest.mark.parametrize(
    ("gateway", "wrong", "said"),
    [
        ("twilio", {"number": "x"}, "not a phone number"),
        ("aliyun", {"number": "清"}, "2 to 20 characters"),
        ("aliyun", {"allow_from": "everywhere"}, "not an address or a network"),
        ("aliyun", {"allow_from": "any, 10.0.0.5"}, "not an address or a network"),
        ("aliyun", {"allow_from": ""}, "Please look at 1 place again"),
        ("wechat", {"encoding_aes_key": "short"}, "43 letters and digits"),
        ("kannel", {"sendsms_url": "http://10.0.0.5:13013/admin"}, "Please write it like"),
        ("kannel", {"sendsms_url": "http://u:p@10.0.0.5/cgi-bin/sendsms"}, "Please write it like"),
        ("kannel", {"sendsms_url": "file:///cgi-bin/sendsms"}, "Please write it like"),
        ("kannel", {"allow_from": ""}, "Please look at 1 place again"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_and_nothing_is_added(
    county: Office, page: FlaskClient, gateway: str, wrong: dict[str, str], said: str
) -> None:
    answer = page.post(f"{CHANNELS}/new/{gateway}", data=ACCOUNTS[gateway] | wrong)
    assert said in answer.text
    assert "very secret" not in answer.text
    assert list_channels(by=county.administrator) == []


def test_only_who_may_change_channels_is_shown_what_opens_their_doors(
    county: Office, other_county: Office, page: FlaskClient, browser: Browser
) -> None:
    channel = add_channel("kannel", "10690001", {"secret": "s-1", "allow_from": ""}, by=county.system)
    path = f"{CHANNELS}/{channel.id}"
    assert "post-url = &#34;http://qiao:s-1@qiao.test/channels/kannel/" in words(page, path)
    officer = in_english(browser(county, Role.PROCUREMENT_OFFICER))
    assert "10690001" in words(officer, path)
    assert "s-1" not in words(officer, path)
    assert officer.post(f"{CHANNELS}/new/twilio", data=ACCOUNTS["twilio"]).status_code == 403
    assert officer.post(f"{path}/close").status_code == 403
    stranger = browser(other_county, Role.ADMINISTRATOR)
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/close").status_code == 404


def test_a_number_is_closed_after_a_page_that_says_what_that_means(
    app: Flask, county: Office, page: FlaskClient
) -> None:
    page.post(f"{CHANNELS}/new/wechat", data=ACCOUNTS["wechat"])
    (channel,) = list_channels(by=county.administrator)
    path = f"{CHANNELS}/{channel.id}/close"
    assert "cannot be opened again" in words(page, path)
    assert list_channels(by=county.administrator) != []
    assert page.post(path).status_code == 302
    assert list_channels(by=county.administrator) == []
    app.extensions["qiao.channels"].clear()
    with pytest.raises(NotFound):
        channel_by_key("wechat", channel.key)
    assert "A number was closed" in words(page, "/admin/office/record")
    assert page.post(f"{CHANNELS}/new/wechat", data=ACCOUNTS["wechat"]).status_code == 302


@pytest.mark.parametrize(
    ("gateway", "changed"),
    [
        ("twilio", {"auth_token": "another secret"}),
        ("aliyun", {"access_key_id": "LTAI2", "access_key_secret": "another secret"}),
        ("wechat", {"app_secret": "another secret"}),
        ("kannel", {"password": "another secret"}),
    ],
)
def test_s1_what_a_number_shows_its_provider_is_exchanged_on_a_page_and_the_rest_stays(
    app: Flask, county: Office, page: FlaskClient, gateway: str, changed: dict[str, str]
) -> None:
    page.post(f"{CHANNELS}/new/{gateway}", data=ACCOUNTS[gateway])
    (channel,) = list_channels(by=county.administrator)
    before = channel_by_key(gateway, channel.key).credentials
    path = f"{CHANNELS}/{channel.id}"
    assert f"{path}/renew" in page.get(path).text
    form = page.get(f"{path}/renew").text
    assert "what you leave empty stays" in form
    assert "very secret" not in form
    assert 'name="number"' not in form
    assert " required" not in form
    nothing = page.post(f"{path}/renew", data={})
    assert (nothing.status_code, "fill in what has changed" in nothing.text) == (422, True)
    answer = page.post(f"{path}/renew", data=changed, follow_redirects=True)
    assert "It counts within a few seconds" in answer.text
    assert "another secret" not in answer.text
    app.extensions["qiao.channels"].clear()
    assert channel_by_key(gateway, channel.key).credentials == before | changed
    assert "access to its provider was exchanged" in words(page, "/admin/office/record")


@pytest.mark.parametrize("gateway", ["aliyun", "kannel"])
def test_s1_the_secret_in_the_addresses_is_drawn_anew_by_a_tick(
    app: Flask, county: Office, page: FlaskClient, gateway: str
) -> None:
    page.post(f"{CHANNELS}/new/{gateway}", data=ACCOUNTS[gateway])
    (channel,) = list_channels(by=county.administrator)
    before = channel_by_key(gateway, channel.key).credentials
    path = f"{CHANNELS}/{channel.id}"
    shown = page.post(f"{path}/renew", data={"draw_secret": "1"}, follow_redirects=True).text
    app.extensions["qiao.channels"].clear()
    after = channel_by_key(gateway, channel.key).credentials
    assert after == before | {"secret": after["secret"]}
    assert len(after["secret"]) >= 32
    assert after["secret"] in shown
    assert before["secret"] not in shown


def test_only_an_administrator_of_the_office_exchanges_what_its_number_shows(
    county: Office, other_county: Office, browser: Browser
) -> None:
    channel = add_channel(
        "twilio", "+8613900000001", {"account_sid": "AC1", "auth_token": "t"}, by=county.system
    )
    simulator = add_channel("simulator", "sim", {}, by=county.system)
    path, data = f"{CHANNELS}/{channel.id}/renew", {"auth_token": "mine"}
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    assert officer.post(path, data=data).status_code == 403
    assert path not in officer.get(f"{CHANNELS}/{channel.id}").text
    assert browser(other_county, Role.ADMINISTRATOR).post(path, data=data).status_code == 404
    administrator = browser(county, Role.ADMINISTRATOR)
    assert administrator.get(f"{CHANNELS}/{simulator.id}/renew").status_code == 404
    assert "/renew" not in administrator.get(f"{CHANNELS}/{simulator.id}").text
    assert channel_by_key("twilio", channel.key).credentials["auth_token"] == "t"


def test_s8_a_province_shares_its_number_with_counties_and_stops_again(
    province: Office, county: Office, other_county: Office, browser: Browser
) -> None:
    channel = add_channel("kannel", "10690001", {"secret": "s-1", "allow_from": ""}, by=province.system)
    path = f"{CHANNELS}/{channel.id}"
    client = in_english(browser(province, Role.ADMINISTRATOR))
    assert "This office alone uses the number." in words(client, path)
    assert "asked once for the county" in words(client, f"{path}/share")

    none_ticked = client.post(f"{path}/share", data={"whom": "some"})
    assert "Please tick at least one county." in none_ticked.text
    elsewhere = client.post(f"{path}/share", data={"whom": "some", "counties": ["yun"]})
    assert "There is no county yun below this office." in elsewhere.text
    client.post(f"{path}/share", data={"whom": "some", "counties": ["qing"]})
    text = words(client, path)
    assert "Qinghe County Office" in text
    assert "Lanxi County Office" not in text
    assert re.search(r'value="qing"\s+checked', words(client, f"{path}/share"))
    assert "A county that you leave out" in words(client, f"{path}/share")

    client.post(f"{path}/share", data={"whom": "all", "counties": ["qing"]})
    assert "All counties of this office" in words(client, path)
    assert "for counties too" in words(client, CHANNELS)

    assert "nobody is asked for a county" in words(client, f"{path}/unshare")
    client.post(f"{path}/unshare")
    assert "This office alone uses the number." in words(client, path)
    again = client.post(f"{path}/unshare")
    assert (again.status_code, "alone already" in again.text) == (409, True)
    record = words(client, "/admin/office/record")
    assert record.count("A number began to serve the counties below") == 2
    assert record.count("A number serves its own office alone again") == 1


def test_s8_who_has_no_counties_or_no_right_shares_nothing(
    province: Office, county: Office, page: FlaskClient, browser: Browser
) -> None:
    own = add_channel("kannel", "10690001", {"secret": "s-1", "allow_from": ""}, by=county.system)
    assert "Counties on this number" not in words(page, f"{CHANNELS}/{own.id}")
    refused = page.post(f"{CHANNELS}/{own.id}/share", data={"whom": "all"})
    assert "Only an office with counties below it" in refused.text
    theirs = add_channel("kannel", "10690002", {"secret": "s-1", "allow_from": ""}, by=province.system)
    officer = in_english(browser(province, Role.OVERSEER))
    assert "Share with counties" not in words(officer, f"{CHANNELS}/{theirs.id}")
    for way in ("share", "unshare"):
        assert officer.get(f"{CHANNELS}/{theirs.id}/{way}").status_code == 403
        assert officer.post(f"{CHANNELS}/{theirs.id}/{way}", data={"whom": "all"}).status_code == 403
        assert page.get(f"{CHANNELS}/{theirs.id}/{way}").status_code == 404
    assert list_channels(by=province.system)[0].shared is False


def test_m17_the_codes_of_wordings_are_noted_on_a_page_with_all_their_versions(
    county: Office, page: FlaskClient
) -> None:
    page.post(f"{CHANNELS}/new/aliyun", data=ACCOUNTS["aliyun"])
    (channel,) = list_channels(by=county.administrator)
    path = f"{CHANNELS}/{channel.id}/templates"
    assert "complaints.resolved" in words(page, f"{path}?missing=1")
    one = f"{path}/complaints.resolved/zh"
    assert "${answer}" in words(page, one)
    for code in ("SMS_1", "SMS_2"):
        assert page.post(one, data={"code": code}).status_code == 302
    assert "complaints.resolved" not in words(page, f"{path}?missing=1")
    assert "SMS_2" in words(page, path)
    assert "version 2" in words(page, path)
    assert "SMS_1" in words(page, one), "the earlier version stays"
    assert page.get(f"{path}/no.such/zh").status_code == 404
    assert page.post(one, data={"code": " "}).status_code in (200, 422)
    assert [
        row.version for row in list_versions(channel.id, "complaints.resolved", "zh", by=county.system)
    ] == [2, 1]


def test_m17_a_template_of_wechat_says_what_fills_its_fields(county: Office, page: FlaskClient) -> None:
    page.post(f"{CHANNELS}/new/wechat", data=ACCOUNTS["wechat"])
    (channel,) = list_channels(by=county.administrator)
    one = f"{CHANNELS}/{channel.id}/templates/complaints.resolved/zh"
    assert "answer, outcome, reference, until" in words(page, one)
    template = {"code": "T1", "way": "subscription", "filled": "character_string1=reference\nthing2=outcome"}
    assert "has no price" in page.post(one, data=template | {"filled": "thing2=price"}).text
    assert "FIELD=PARAMETER" in page.post(one, data=template | {"filled": "thing2"}).text
    assert page.post(one, data=template).status_code == 302
    (known,) = list_templates(channel.id, by=county.system)
    assert (known.code, known.way) == ("T1", TemplateWay.SUBSCRIPTION)
    assert known.fields == {"character_string1": "reference", "thing2": "outcome"}
    assert "thing2=outcome" in words(page, one)


def test_tokens_are_issued_shown_once_and_revoked(county: Office, page: FlaskClient) -> None:
    path = "/admin/office/tokens"
    answer = page.post(path, data={"name": "county platform", "roles": "expert"})
    shown = re.search(r'class="secret">([\w-]{40,})<', answer.text)
    assert shown is not None
    assert shown[1] not in words(page, path)
    (token,) = list_tokens(by=county.administrator)
    assert "county platform" in words(page, path)
    assert page.post(f"{path}/{token.id}/revoke").status_code == 302
    assert "No program has a token yet." in words(page, path)


def test_t6_the_record_says_who_did_what_and_whether_it_is_sealed(county: Office, page: FlaskClient) -> None:
    page.post(f"{PEOPLE}/new", data=NEW)
    text = words(page, "/admin/office/record")
    assert "A person was added <code" in text
    assert "tenants.person_added" in text
    assert "某人1" in text
    assert "not sealed yet" in text
    seal(by=county.system)
    assert "not sealed yet" not in words(page, "/admin/office/record")


def test_c5_c14_the_record_does_not_let_anybody_count_the_bids_before_the_opening(
    county: Office, page: FlaskClient, phone: Callable[..., Any], clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    receipts = [bidder.bids(lot, Decimal(18000)) for bidder in asked]
    text = words(page, "/admin/office/record")
    assert "A bid was" not in text
    assert "bid_application" not in text
    assert text.count("Something done by message or form") >= len(receipts)
    past_deadline(call, clock)
    opened(county, call)
    told = [entry.event for entry in list_entries(by=county.administrator)]
    assert None not in told
    assert told.count(Event.BID_RECEIVED) == len(receipts)


def test_c15_the_record_never_tells_how_many_bid_for_a_cancelled_call(
    county: Office, page: FlaskClient, phone: Callable[..., Any]
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, Decimal(18000))
    cancel_call(call.id, reason="预算没有批下来", by=county.officer)
    assert "A bid was received" not in words(page, "/admin/office/record")


def test_t6_the_record_is_read_a_hundred_entries_at_a_time(county: Office, page: FlaskClient) -> None:
    for number in range(52):
        add_person(f"p{number}@example.org", name="某", roles=[Role.EXPERT], by=county.administrator)
    text = words(page, "/admin/office/record")
    earlier = re.search(r'href="(/admin/office/record\?before=\d+)"', text)
    assert earlier is not None
    rest = words(page, earlier[1])
    assert "Earlier entries" not in rest
    assert text.count("<code") == 100
    assert 0 < rest.count("<code") < 100


@pytest.mark.parametrize(
    "path",
    [
        PEOPLE,
        f"{PEOPLE}/new",
        "/admin/office/settings",
        "/admin/office/channels",
        *(f"/admin/office/channels/new/{gateway}" for gateway in ACCOUNTS),
        "/admin/office/tokens",
        "/admin/office/record",
    ],
)
def test_each_page_is_wholly_in_the_chosen_language(county: Office, browser: Browser, path: str) -> None:
    client: Any = browser(county, Role.ADMINISTRATOR)
    english = re.sub(r"<[^>]+>", " ", words(client, f"{path}?lang=en"))
    for known in ("某人1", "清河县扶贫办", "中文", "桥", "演示数据"):
        english = english.replace(known, "")
    assert re.findall("[\u4e00-\u9fff]+", english) == []


def test_lent_people_are_not_lent_on(
    county: Office, province: Office, page: FlaskClient, clock: Clock
) -> None:
    member = add_person("li@example.org", name="李华", roles=[Role.OVERSEER], by=province.administrator)
    lend_person(
        member.id,
        "qing",
        roles=[Role.APPROVER],
        until=clock.now + timedelta(days=3),
        by=province.administrator,
    )
    assert "/loan" not in words(page, PEOPLE)
