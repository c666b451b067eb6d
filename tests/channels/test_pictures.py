"""Pictures are fetched from where they wait, from nowhere else, and what cannot be had is told (S1, T7, C5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask import Flask

from channels import fetching
from channels.alarms import list_alarms
from channels.contacts import erase
from channels.fetching import MOST_ATTEMPTS, fetch_due
from channels.gateways import Misconfigured, Permanent, Temporary, TooLarge
from channels.gateways import twilio as twilio_gateway
from channels.gateways import wechat as wechat_gateway
from channels.models import Handling, Secrecy
from channels.pictures import PictureState
from channels.providers import wechat_credentials
from channels.registry import channel_by_key
from service.settings import Settings
from tenants.actors import Actor
from tenants.files import StoredFile
from tenants.privacy import DataKey
from tests.channels.conftest import outbox
from tests.channels.followers import Follower, open_account, wechat_at
from tests.channels.test_inbox import stored
from tests.conftest import Clock, Office, Phone
from tests.photos import file_of, handset, photo, pictures, says_where
from tests.standins.twilio import Misbehaviour, TwilioStandIn
from tests.standins.wechat import Misbehaviour as WeChatMisbehaviour
from tests.standins.wechat import WeChatStandIn


@pytest.fixture
def villager(app: Flask, settings: Settings, twilio: TwilioStandIn, county: Office) -> Phone:
    """Somebody who can send pictures by MMS."""
    return handset(app, settings, twilio, county)


def credentials(standin: TwilioStandIn) -> twilio_gateway.Credentials:
    """The account at the stand-in."""
    return twilio_gateway.Credentials(standin.account_sid, standin.auth_token, standin.url)


# Twilio's wire


def test_media_are_fetched_with_the_accounts_name(twilio: TwilioStandIn) -> None:
    assert twilio_gateway.fetch_media(twilio.put(b"photo"), credentials(twilio), 10) == b"photo"
    with pytest.raises(Misconfigured):
        twilio_gateway.fetch_media(twilio.put(b"photo"), replace(credentials(twilio), auth_token="wrong"), 10)


def test_a_redirect_is_followed_and_the_store_is_not_told_who_asks(twilio: TwilioStandIn) -> None:
    twilio.redirects_to = twilio.store_url
    assert twilio_gateway.fetch_media(twilio.put(b"photo"), credentials(twilio), 10) == b"photo"
    (asked,) = twilio.asked_of_store
    assert "Authorization" not in asked


@pytest.mark.parametrize(
    "where",
    ["http://169.254.169.254", "https://evil.example", "https://twiliocdn.com.evil.example", "file:///"],
)
def test_a_redirect_to_anybody_else_is_not_followed(twilio: TwilioStandIn, where: str) -> None:
    twilio.redirects_to = where
    with pytest.raises(Permanent):
        twilio_gateway.fetch_media(twilio.put(b"photo"), credentials(twilio), 10)


@pytest.mark.parametrize(
    "where",
    [
        "http://127.0.0.1:5432/2010-04-01/Accounts/AC1/x",
        "https://api.twilio.com@evil.example/2010-04-01/Accounts/AC1/x",
        "https://api.twilio.com.evil.example/2010-04-01/Accounts/AC1/x",
        "http://api.twilio.com/2010-04-01/Accounts/AC1/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_nobody_but_the_account_s_own_api_is_asked(twilio: TwilioStandIn, where: str) -> None:
    with pytest.raises(Permanent):
        twilio_gateway.fetch_media(where, credentials(twilio), 10)


def test_what_is_too_large_is_not_taken_in(twilio: TwilioStandIn) -> None:
    twilio.redirects_to = twilio.store_url
    with pytest.raises(TooLarge):
        twilio_gateway.fetch_media(twilio.put(b"x" * 11), credentials(twilio), 10)
    twilio.redirects_to = None
    with pytest.raises(TooLarge):
        twilio_gateway.fetch_media(twilio.put(b"x" * 11), credentials(twilio), 10)


@pytest.mark.parametrize(
    "trouble", [Misbehaviour(status=500), Misbehaviour(drops=True), Misbehaviour(status=404, code=20404)]
)
def test_what_is_not_given_now_may_be_given_later(twilio: TwilioStandIn, trouble: Misbehaviour) -> None:
    twilio.plan(trouble)
    with pytest.raises(Temporary):
        twilio_gateway.fetch_media(twilio.put(b"photo"), credentials(twilio), 10)


# WeChat's wire


@pytest.fixture
def wechat(app: Flask, settings: Settings, clock: Clock) -> Iterator[WeChatStandIn]:
    """WeChat."""
    with wechat_at(app, settings, clock) as standin:
        yield standin


def test_wechat_gives_a_picture_for_the_shared_token_renewed_once(
    wechat: WeChatStandIn, county: Office
) -> None:
    channel = open_account(county, wechat)
    account = wechat_credentials(channel_by_key("wechat", channel.key))
    wechat.media["M1"] = photo()
    assert wechat_gateway.fetch_media("M1", account, 10**6) == wechat.media["M1"]
    wechat.media_misbehaviours.append(WeChatMisbehaviour(errcode=42001))
    assert wechat_gateway.fetch_media("M1", account, 10**6) == wechat.media["M1"]
    assert wechat.token_calls == 2


@pytest.mark.parametrize(
    ("trouble", "failure"),
    [
        (WeChatMisbehaviour(errcode=40007), Permanent),
        (WeChatMisbehaviour(errcode=-1), Temporary),
        (WeChatMisbehaviour(status=502), Temporary),
        (WeChatMisbehaviour(body=b"x" * 101), TooLarge),
    ],
)
def test_an_error_of_wechat_is_never_a_picture(
    wechat: WeChatStandIn, county: Office, trouble: WeChatMisbehaviour, failure: type[Exception]
) -> None:
    account = wechat_credentials(channel_by_key("wechat", open_account(county, wechat).key))
    wechat.media["M1"] = b"photo"
    wechat.media_misbehaviours.append(trouble)
    with pytest.raises(failure):
        wechat_gateway.fetch_media("M1", account, 100)


# What becomes of them


def test_a_picture_out_of_the_blue_waits_at_the_complaint_desk_clean_and_under_its_key(
    villager: Phone, twilio: TwilioStandIn, county: Office
) -> None:
    reply = villager.shows(twilio.put(photo()))
    ((message, _contact),) = stored(by=county.system)
    assert (message.handling, message.secrecy) == (Handling.ATTENTION, Secrecy.CASE)
    assert message.reference is not None
    assert message.reference in reply
    assert fetch_due() == 1
    (picture,) = pictures(by=county.system)
    assert (picture.state, picture.message_id, picture.at_provider) == (PictureState.STORED, message.id, None)
    kept = file_of(picture.file_id, by=county.system)  # type: ignore[arg-type]
    assert kept.content_type == "image/jpeg"
    assert b"\xff\xd8" not in kept.content[:64]
    assert not says_where(DataKey(picture.data_key or b"").open(kept.content))


def test_a_repeat_keeps_no_second_picture(villager: Phone, twilio: TwilioStandIn, county: Office) -> None:
    media = {"NumMedia": "1", "MediaUrl0": twilio.put(photo()), "MediaContentType0": "image/jpeg"}
    first, second = (villager.posts("", "SM1", **media).text for _ in range(2))
    assert first == second
    assert len(pictures(by=county.system)) == 1


def test_several_pictures_of_one_message_are_all_kept(
    villager: Phone, twilio: TwilioStandIn, county: Office
) -> None:
    villager.shows(twilio.put(photo()), twilio.put(photo("PNG")))
    fetch_due()
    assert [one.state for one in pictures(by=county.system)] == [PictureState.STORED] * 2


def test_what_a_dead_worker_had_claimed_is_fetched_once_its_lease_is_over(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    villager.shows(twilio.put(photo()))

    def dies(*_arguments: object, **_by: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "_settle", dies)
        with pytest.raises(KeyboardInterrupt):
            fetch_due()
    assert fetch_due() == 0
    clock.advance(minutes=6)
    assert fetch_due() == 1
    assert pictures(by=county.system)[0].state is PictureState.STORED


def test_a_picture_that_cannot_be_kept_holds_up_no_other_and_is_given_up_in_the_end(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = twilio.put(b"%PDF-poison", "application/pdf")
    villager.shows(poison, twilio.put(photo()), content_type="image/jpeg")
    store = fetching.store_file

    def refuses(name: str, *rest: object, by: Actor) -> StoredFile:
        if name.endswith(".pdf"):
            raise ArithmeticError
        return store(name, *rest, by=by)  # type: ignore[arg-type]

    monkeypatch.setattr(fetching, "store_file", refuses)
    assert fetch_due() == 2
    assert {(one.state, one.failure) for one in pictures(by=county.system)} == {
        (PictureState.WAITING, "our side"),
        (PictureState.STORED, None),
    }
    for _ in range(MOST_ATTEMPTS - 1):
        clock.advance(hours=9)
        assert fetch_due() == 1
    assert {one.state for one in pictures(by=county.system)} == {PictureState.LOST, PictureState.STORED}
    clock.advance(hours=9)
    assert fetch_due() == 0


def test_a_picture_that_kills_its_workers_is_not_asked_for_without_end(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    villager.shows(twilio.put(photo()))

    def dies(*_arguments: object, **_by: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "_settle", dies)
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(KeyboardInterrupt):
                fetch_due()
            clock.advance(minutes=6)
    asked = len(twilio.asked)
    fetch_due()
    assert pictures(by=county.system)[0].state is PictureState.LOST
    assert len(twilio.asked) == asked


def test_a_lost_picture_is_tried_for_hours_then_sender_and_office_are_told(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    url = twilio.put(photo())
    del twilio.media[urlsplit(url).path]
    villager.shows(url)
    for _ in range(MOST_ATTEMPTS):
        assert fetch_due() == 1
        assert fetch_due() == 0
        clock.advance(hours=9)
    (picture,) = pictures(by=county.system)
    assert (picture.state, picture.failure, picture.at_provider) == (PictureState.LOST, "404", None)
    assert [alarm.code for alarm in list_alarms(by=county.system)] == ["picture_lost"]
    assert [row.message for row in outbox(by=county.system)] == ["channels.picture_lost"]


@pytest.mark.parametrize("content", [b"<html>", b"x" * (10 * 1024 * 1024 + 1)])
def test_what_is_no_picture_or_too_large_is_refused_and_the_sender_told(
    villager: Phone, twilio: TwilioStandIn, county: Office, content: bytes
) -> None:
    villager.shows(twilio.put(content))
    fetch_due()
    (picture,) = pictures(by=county.system)
    assert picture.state is PictureState.REFUSED
    assert [row.message for row in outbox(by=county.system)] == ["channels.picture_refused"]


def test_sounds_and_films_are_not_kept_and_the_sender_is_asked_for_words(
    villager: Phone, county: Office
) -> None:
    assert "文字" in villager.shows("https://api.twilio.com/2010-04-01/x", content_type="video/3gpp")
    assert pictures(by=county.system) == []


def test_words_beside_a_picture_are_understood_and_the_dialogue_has_the_picture(
    villager: Phone, twilio: TwilioStandIn, county: Office
) -> None:
    villager.says("登记")
    reply = villager.shows(twilio.put(photo()), text="帮助")
    assert "已随登记收下" in reply
    assert "0871-1234" in reply
    assert len(pictures(by=county.system)) == 1
    ((message, _contact), *_rest) = reversed(stored(by=county.system))
    assert message.handling is Handling.HANDLED


def test_t7_erasing_a_person_destroys_the_keys_of_what_the_person_sent(
    villager: Phone, twilio: TwilioStandIn, county: Office
) -> None:
    villager.shows(twilio.put(photo()))
    fetch_due()
    ((_message, contact),) = stored(by=county.system)
    erase(contact.id, by=county.system)
    assert pictures(by=county.system)[0].data_key is None


def test_t7_what_still_waits_of_an_erased_person_is_not_fetched_and_nobody_is_alarmed(
    villager: Phone, twilio: TwilioStandIn, county: Office
) -> None:
    villager.shows(twilio.put(photo()))
    ((_message, contact),) = stored(by=county.system)
    erase(contact.id, by=county.system)
    assert fetch_due() == 0
    (picture,) = pictures(by=county.system)
    assert (picture.state, picture.failure, picture.at_provider) == (PictureState.LOST, "erased", None)
    assert twilio.asked == []
    assert list_alarms(by=county.system) == []


def test_what_was_shown_in_a_registration_that_nobody_finished_is_forgotten(
    villager: Phone, twilio: TwilioStandIn, county: Office, clock: Clock
) -> None:
    villager.says("登记")
    villager.shows(twilio.put(photo()))
    villager.says("取消")
    fetch_due()
    fetching.forget_unclaimed()
    assert len(pictures(by=county.system)) == 1
    clock.advance(days=31)
    fetching.forget_unclaimed()
    assert pictures(by=county.system) == []


def test_wechat_gives_its_pictures_by_their_id(app: Flask, wechat: WeChatStandIn, county: Office) -> None:
    villager = Follower(app, wechat, open_account(county, wechat))
    wechat.media["M1"] = photo()
    reply = villager.pushes(MsgType="image", PicUrl="http://mmbiz.example/1", MediaId="M1", MsgId=1)
    assert "图片收到" in (reply or "")
    assert fetch_due() == 1
    assert pictures(by=county.system)[0].state is PictureState.STORED
