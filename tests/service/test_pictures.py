"""Pictures from phone to page: with the case, the registration, the report or the message they belong to (H1, H3, H4, O2, M3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from channels.fetching import fetch_due
from channels.models import Handling, Secrecy
from channels.pictures import PictureState
from channels.registry import list_channels
from channels.sharing import share_channel
from service.broadcasts.address_book import list_numbers
from service.complaints.queries import find_complaint
from service.conversations.queries import list_waiting
from service.settings import Settings
from tenants.permissions import Role
from tests.channels.followers import Follower, open_account, wechat_at
from tests.channels.test_inbox import stored
from tests.conftest import AUTH_TOKEN, Clock, Office, Phone
from tests.photos import photo, pictures, says_where
from tests.service.complaints.stages import BRIBE, LEAK, case_in
from tests.service.evaluation.stages import signed_contract
from tests.service.organizations.stages import PIN
from tests.service.organizations.test_dialogue import ANSWERS, only
from tests.service.procurement.stages import published_call, three_bidders
from tests.standins.twilio import TwilioStandIn

Phones = Callable[..., Phone]
Door = Callable[..., FlaskClient]
VILLAGER = "+8613800000031"


@pytest.fixture
def mms(app: Flask, settings: Settings) -> Iterator[TwilioStandIn]:
    """The provider of the phones that ``phone`` makes."""
    Redis.from_url(settings.redis_url).flushdb()
    with TwilioStandIn("AC1", AUTH_TOKEN) as standin:
        app.config["SETTINGS"] = replace(settings, twilio_api_url=standin.url)
        yield standin
        app.config["SETTINGS"] = settings


def reference_in(words: str | None) -> str:
    """The reference in a reply."""
    found = re.search(r"\d{10}", words or "")
    assert found is not None, words
    return found[0]


def case_pictures(office: Office, reference: str) -> list[PictureState]:
    """How the pictures stand in a case, as the desk of its office sees them."""
    case = case_in(office, reference)
    assert case is not None
    return [one.state for one in find_complaint(case.id, by=office.desk).pictures]


def picture_links(page: str) -> list[str]:
    """The addresses of the pictures on a page."""
    return re.findall(r'<img src="(/admin/[^"]+)"', page)


def test_h1_a_complaint_by_mms_brings_its_picture_to_the_desk_without_where_it_was_taken(
    phone: Phones, mms: TwilioStandIn, county: Office, browser: Door
) -> None:
    reply = phone(VILLAGER, county).shows(mms.put(photo()), text=f"投诉 {LEAK}")
    case = case_in(county, reference_in(reply))
    assert case is not None
    assert case_pictures(county, case.reference) == [PictureState.WAITING]
    desk = browser(county, Role.COMPLAINT_OFFICER)
    assert "正在接收" in desk.get(f"/admin/complaints/{case.id}").text
    fetch_due()
    (where,) = picture_links(desk.get(f"/admin/complaints/{case.id}").text)
    shown = desk.get(where)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert not says_where(shown.data)


def test_h4_nobody_but_the_complaint_desk_sees_the_picture_of_a_complaint(
    phone: Phones, mms: TwilioStandIn, county: Office, other_county: Office, browser: Door, program: Door
) -> None:
    reply = phone(VILLAGER, county).shows(mms.put(photo()), text=f"投诉 {LEAK}")
    fetch_due()
    case = case_in(county, reference_in(reply))
    assert case is not None
    (picture,) = pictures(by=county.system)
    where = f"complaints/{case.id}/pictures/{picture.id}"
    for office, role in ((county, Role.PROCUREMENT_OFFICER), (county, Role.ADMINISTRATOR)):
        assert browser(office, role).get(f"/admin/{where}").status_code == 403
    assert browser(other_county, Role.COMPLAINT_OFFICER).get(f"/admin/{where}").status_code == 404
    assert program(other_county, Role.COMPLAINT_OFFICER).get(f"/api/v1/{where}").status_code == 404
    assert program(county, Role.COMPLAINT_OFFICER).get(f"/api/v1/{where}").mimetype == "image/jpeg"
    ((_message, sender),) = stored(by=county.system)
    for desk in ("office", "complaints"):
        elsewhere = f"/admin/conversations/{desk}/{sender.id}/pictures/{picture.id}"
        assert browser(county, Role.COMPLAINT_OFFICER).get(elsewhere).status_code == 404


def test_h4_a_picture_of_a_case_about_the_office_is_kept_above_and_not_here(
    phone: Phones, mms: TwilioStandIn, county: Office, province: Office
) -> None:
    reply = phone(VILLAGER, county).shows(mms.put(photo()), text=f"投诉 {BRIBE}")
    assert pictures(by=county.system) == []
    fetch_due()
    assert case_pictures(province, reference_in(reply)) == [PictureState.STORED]


@pytest.mark.parametrize("fetched", [True, False])
def test_h4_a_picture_moves_with_its_case_also_while_it_is_on_its_way(
    phone: Phones, mms: TwilioStandIn, county: Office, province: Office, fetched: bool
) -> None:
    villager = phone(VILLAGER, county)
    reference = reference_in(villager.shows(mms.put(photo()), text="投诉 他们什么也不给我们说"))
    if fetched:
        fetch_due()
    villager.says("4")
    assert pictures(by=county.system) == []
    fetch_due()
    assert case_pictures(province, reference) == [PictureState.STORED]


def test_h3_nothing_in_an_anonymous_case_leads_from_its_picture_to_the_sender(
    phone: Phones, mms: TwilioStandIn, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    villager.shows(mms.put(photo()), text=f"投诉 {LEAK}")
    assert "匿名" in villager.says("1")
    villager.says("匿名")
    (picture,) = pictures(by=county.system)
    assert picture.message_id is None
    assert picture.subject_type == "complaints"
    assert picture.received_at == picture.received_at.replace(hour=0, minute=0, second=0, microsecond=0)


def test_h3_a_picture_that_waited_for_a_person_goes_into_the_anonymous_case(
    phone: Phones, mms: TwilioStandIn, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    villager.says(f"投诉 {LEAK}")
    villager.says("1")
    villager.says("进度 1234567")
    villager.shows(mms.put(photo()))
    assert {one.message_id for one in pictures(by=county.system)} != {None}
    villager.says("投诉")
    assert "已删去" in villager.says("匿名")
    fetch_due()
    (picture,) = pictures(by=county.system)
    assert (picture.message_id, picture.subject_type) == (None, "complaints")
    assert picture.received_at == picture.received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    assert Handling.ATTENTION not in {one.handling for one, _sender in stored(by=county.system)}


@pytest.fixture
def shared(phone: Phones, province: Office, app: Flask) -> Phone:
    """A villager's phone, writing to the province's one number for all its counties."""
    villager = phone(VILLAGER, province)
    (channel,) = list_channels(by=province.system)
    share_channel(channel.id, True, by=province.system)
    app.extensions["qiao.channels"].clear()
    return villager


@pytest.mark.parametrize("fetched", [True, False])
def test_s8_a_picture_on_a_shared_number_is_the_province_s_until_the_county_is_named(
    shared: Phone, mms: TwilioStandIn, province: Office, county: Office, fetched: bool
) -> None:
    assert "哪个县" in shared.shows(mms.put(photo()))
    if fetched:
        fetch_due()
    assert (len(pictures(by=province.system)), pictures(by=county.system)) == (1, [])
    reply = shared.says("清河县")
    assert "图片收到" in reply
    fetch_due()
    assert pictures(by=province.system) == []
    (picture,) = pictures(by=county.system)
    ((message, _sender),) = stored(by=county.system)
    assert (picture.state, picture.message_id) == (PictureState.STORED, message.id)
    assert (message.handling, message.secrecy) == (Handling.ATTENTION, Secrecy.CASE)


def test_s8_a_complaint_with_its_picture_goes_to_the_county_named_behind(
    shared: Phone, mms: TwilioStandIn, province: Office, county: Office
) -> None:
    shared.shows(mms.put(photo()), text=f"投诉 {LEAK}")
    reference = reference_in(shared.says("清河县"))
    fetch_due()
    assert pictures(by=province.system) == []
    assert case_pictures(county, reference) == [PictureState.STORED]


def test_s8_a_picture_with_the_county_s_name_alone_is_a_picture_for_that_county(
    shared: Phone, mms: TwilioStandIn, county: Office
) -> None:
    assert "图片收到" in shared.shows(mms.put(photo()), text="清河县")
    assert len(pictures(by=county.system)) == 1


def test_h1_a_picture_alone_answers_what_is_wrong_and_makes_the_case(
    phone: Phones, mms: TwilioStandIn, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    villager.says("投诉")
    reference = reference_in(villager.shows(mms.put(photo())))
    fetch_due()
    assert case_pictures(county, reference) == [PictureState.STORED]
    case = case_in(county, reference)
    assert case is not None
    assert find_complaint(case.id, by=county.desk).entries[0].text == "（只有图片，没有文字）"


def test_h1_a_free_sentence_with_pictures_becomes_a_case_with_them_once_the_villager_says_yes(
    phone: Phones, mms: TwilioStandIn, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    villager.shows(mms.put(photo()), text=LEAK)
    assert "图片会有专人查看" in villager.shows(mms.put(photo("PNG")))
    fetch_due()
    assert {one.handling for one, _sender in stored(by=county.system)} == {Handling.ATTENTION}
    reference = reference_in(villager.says("1"))
    assert case_pictures(county, reference) == [PictureState.STORED] * 2
    assert {one.message_id for one in pictures(by=county.system)} == {None}
    assert {one.handling for one, _sender in stored(by=county.system)} == {Handling.HANDLED}


def test_h1_by_wechat_the_picture_after_the_words_goes_into_the_case(
    app: Flask, settings: Settings, clock: Clock, county: Office
) -> None:
    with wechat_at(app, settings, clock) as standin:
        villager = Follower(app, standin, open_account(county, standin))
        reference = reference_in(villager.says(f"投诉 {LEAK}"))
        standin.media["M1"] = photo()
        reply = villager.pushes(MsgType="image", PicUrl="http://mmbiz.example/1", MediaId="M1", MsgId=7) or ""
        assert f"图片已放进您的投诉{reference}" in reply
        assert "1" in reply
        fetch_due()
        assert case_pictures(county, reference) == [PictureState.STORED]


def test_o2_a_certificate_sent_while_registering_stands_beside_the_registration(
    phone: Phones, mms: TwilioStandIn, county: Office, browser: Door, program: Door
) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    for answer in ANSWERS[:6]:
        asked = handset.says(answer)
    assert "照片" in asked
    reply = handset.shows(mms.put(photo()))
    assert "已随登记收下" in reply
    assert asked in reply
    fetch_due()
    for answer in ANSWERS[6:]:
        handset.says(answer)
    handset.says("1")
    handset.says(PIN)
    organization = only(county)
    (where,) = picture_links(
        browser(county, Role.PROCUREMENT_OFFICER).get(f"/admin/organizations/{organization.id}").text
    )
    assert browser(county, Role.PROCUREMENT_OFFICER).get(where).mimetype == "image/jpeg"
    reader = program(county, Role.PROCUREMENT_OFFICER)
    listed = reader.get(f"/api/v1/organizations/{organization.id}/certificates").json
    assert [(one["state"], one["sender"]) for one in listed] == [("stored", "138****0001")]
    handset.says("登记")
    handset.shows(mms.put(photo()))
    assert len(reader.get(f"/api/v1/organizations/{organization.id}/certificates").json) == 2


def test_m3_a_picture_goes_with_the_report_and_alone_is_one(
    phone: Phones, mms: TwilioStandIn, county: Office, clock: Clock, browser: Door
) -> None:
    contract, winner = signed_contract(county, clock, phone)
    signatory = phone(winner.number, county)
    signatory.shows(mms.put(photo()), text="进展 1 羊已经买好")
    signatory.says("进展")
    assert contract.number in signatory.shows(mms.put(photo()))
    fetch_due()
    page = browser(county, Role.PROCUREMENT_OFFICER).get(f"/admin/delivery/{contract.id}").text
    assert len(picture_links(page)) == 2
    assert "（只有图片，没有文字）" in page
    assert browser(county, Role.FINANCE_OFFICER).get(picture_links(page)[0]).mimetype == "image/jpeg"


def test_a_picture_beside_a_question_waits_at_the_office_with_its_words(
    phone: Phones, mms: TwilioStandIn, county: Office, browser: Door
) -> None:
    reply = phone(VILLAGER, county).shows(mms.put(photo()), text="帮助")
    ((message, sender),) = stored(by=county.system)
    assert (message.secrecy, message.handling) == (Secrecy.OPEN, Handling.ATTENTION)
    assert message.reference is not None
    assert message.reference in reply
    fetch_due()
    client = browser(county, Role.PROCUREMENT_OFFICER)
    (where,) = picture_links(client.get(f"/admin/conversations/office/{sender.id}").text)
    assert client.get(where).mimetype == "image/jpeg"
    assert client.get(where.replace("/office/", "/complaints/")).status_code == 404


def test_h1_the_desk_files_a_picture_that_came_without_a_word(
    phone: Phones, mms: TwilioStandIn, county: Office, browser: Door
) -> None:
    phone(VILLAGER, county).shows(mms.put(photo()))
    fetch_due()
    ((_message, sender),) = stored(by=county.system)
    desk = browser(county, Role.COMPLAINT_OFFICER)
    path = f"/admin/conversations/complaints/{sender.id}"
    assert ">图片<" in desk.get("/admin/conversations/").text
    page = desk.get(path).text
    assert len(picture_links(page)) == 1
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    filed = desk.post(f"{path}/complaint", data={"seen": seen[1]}, follow_redirects=True)
    assert filed.status_code == 200
    (picture,) = pictures(by=county.system)
    assert (picture.message_id, picture.subject_type) == (None, "complaints")
    assert desk.get(f"/admin/complaints/{picture.subject_id}/pictures/{picture.id}").status_code == 200


def test_c5_a_picture_sent_into_a_bid_is_not_kept_for_it_may_show_a_price(
    phone: Phones, mms: TwilioStandIn, county: Office
) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    mobile = phone(asked[0].number, county)
    question = mobile.says(f"报价 {lot} 18000")
    reply = mobile.shows(mms.put(photo()))
    assert "没有保存" in reply
    assert "密码" in question
    assert "密码" in reply
    assert pictures(by=county.system) == []


def test_a_picture_said_to_wait_elsewhere_is_lost_and_nobody_is_asked(
    phone: Phones, mms: TwilioStandIn, county: Office
) -> None:
    phone(VILLAGER, county).shows("https://evil.example/2010-04-01/Accounts/AC1/x")
    fetch_due()
    assert [one.state for one in pictures(by=county.system)] == [PictureState.LOST]
    assert mms.requests == 0


def fails(_situation: object) -> None:
    """A dialogue that does not go on."""
    raise ArithmeticError


def bidder_in_two(county: Office, other_county: Office, phone: Phones) -> tuple[str, str]:
    """The number of an SO that one county asked for a bid and another has in its books too, and the number of the lot."""
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    list_numbers([asked[0].number], "兰溪镇", True, by=other_county.officer)
    return asked[0].number, str(lot)


@pytest.mark.parametrize("words", ["", "我们想做的事和要的钱都写在这张图片里了"])
def test_c5_s8_a_picture_of_whom_two_counties_know_is_seen_by_nobody_before_its_county_is_known(
    phone: Phones,
    mms: TwilioStandIn,
    province: Office,
    county: Office,
    other_county: Office,
    browser: Door,
    shared: Phone,
    words: str,
) -> None:
    number, _lot = bidder_in_two(county, other_county, phone)
    mobile = phone(number, province)
    asked = mobile.shows(mms.put(photo()), text=words)
    assert "哪个县" in asked
    fetch_due()
    (picture,) = pictures(by=province.system)
    ((message, sender),) = stored(by=province.system)
    assert (message.secrecy, message.handling) == (Secrecy.SEALED, Handling.ATTENTION)
    assert {one.text for one in list_waiting(by=province.desk)} == {None}
    for desk, role in (("office", Role.PROCUREMENT_OFFICER), ("complaints", Role.COMPLAINT_OFFICER)):
        reader = browser(province, role)
        page = f"/admin/conversations/{desk}/{sender.id}"
        assert picture_links(reader.get(page).text) == []
        assert reader.get(f"{page}/pictures/{picture.id}").status_code == 404
    mobile.says("清河县")
    fetch_due()
    assert pictures(by=province.system) == pictures(by=county.system) == []


def test_h1_s8_a_villager_whom_two_counties_know_complains_with_a_picture_as_ever(
    mms: TwilioStandIn, shared: Phone, province: Office, county: Office, other_county: Office
) -> None:
    list_numbers([VILLAGER], "石板乡", True, by=county.officer)
    list_numbers([VILLAGER], "兰溪镇", True, by=other_county.officer)
    shared.shows(mms.put(photo()))
    assert "图片收到" in shared.says("清河县")
    assert (len(pictures(by=county.system)), pictures(by=province.system)) == (1, [])
    reply = shared.shows(mms.put(photo()), text=f"投诉 {LEAK}")
    assert case_pictures(county, reference_in(reply)) == [PictureState.WAITING]


@pytest.mark.parametrize("began", [True, False])
@pytest.mark.parametrize("words", ["", "请查收"])
def test_c5_a_picture_of_a_bidder_that_could_not_be_handled_is_kept_nowhere(
    phone: Phones,
    mms: TwilioStandIn,
    county: Office,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    began: bool,
) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    mobile = phone(asked[0].number, county)
    if began:
        mobile.says(f"报价 {lot} 18000")
    monkeypatch.setattr("channels.inbox.look", lambda _engine, _now: fails(_now))
    assert "再发一次" in mobile.shows(mms.put(photo()), text=words)
    assert pictures(by=county.system) == []
    message, _sender = max(stored(by=county.system), key=lambda one: one[0].id)
    assert (message.secrecy, message.text, message.handling) == (Secrecy.SEALED, None, Handling.ATTENTION)


def test_c5_the_words_of_a_bidder_that_could_not_be_handled_are_read_by_nobody(
    phone: Phones, county: Office, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = three_bidders(county, phone)
    published_call(county, asked)
    monkeypatch.setattr(app.extensions["qiao.engine"], "turn", fails)
    phone(asked[0].number, county).says("领导看看这个活12000元成不成")
    message, _sender = max(stored(by=county.system), key=lambda one: one[0].id)
    assert (message.secrecy, message.raw) == (Secrecy.SEALED, None)


def test_s1_the_picture_of_anybody_else_that_could_not_be_handled_waits_for_a_person(
    phone: Phones, mms: TwilioStandIn, county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.inbox.look", lambda _engine, _now: fails(_now))
    phone(VILLAGER, county).shows(mms.put(photo()), text=LEAK)
    ((message, _sender),) = stored(by=county.system)
    assert (message.secrecy, len(pictures(by=county.system))) == (Secrecy.CASE, 1)


def test_c5_s8_an_unsorted_picture_that_could_not_be_handled_is_kept_nowhere_for_whom_a_county_knows(
    phone: Phones,
    mms: TwilioStandIn,
    province: Office,
    county: Office,
    shared: Phone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    list_numbers([VILLAGER], "石板乡", True, by=county.officer)
    monkeypatch.setattr("channels.inbox.look", lambda _engine, _now: fails(_now))
    shared.shows(mms.put(photo()))
    assert pictures(by=province.system) == []


def test_c5_s8_the_picture_of_a_bidder_that_came_astray_is_kept_nowhere(
    phone: Phones, mms: TwilioStandIn, province: Office, county: Office
) -> None:
    asked = three_bidders(county, phone)
    published_call(county, asked)
    for number in (asked[0].number, VILLAGER):
        shown = {"NumMedia": "1", "MediaUrl0": mms.put(photo()), "MediaContentType0": "image/jpeg"}
        phone(number, county).posts("", To="+8613999990000", **shown)
    secrecies = {sender.address: message.secrecy for message, sender in stored(by=province.system)}
    assert secrecies == {asked[0].number: Secrecy.SEALED, VILLAGER: Secrecy.CASE}
    assert len(pictures(by=province.system)) == 1
