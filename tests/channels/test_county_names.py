"""A county on a shared number goes by other names too, none of which means anything else (S8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from channels.county_names import call_county
from channels.models import Channel
from channels.registry import add_channel, close_channel, list_channels
from channels.sharing import share_channel
from tenants.refusals import AlreadyDone, Refusal, RuleBroken
from tests.channels.test_shared_number import messages_of
from tests.conftest import Office, Phone

VILLAGER = "+8613800000001"


@pytest.fixture
def shared(province: Office, county: Office, other_county: Office) -> Channel:
    """The province's number, which serves its counties."""
    channel = add_channel(
        "twilio", "+8613900000099", {"account_sid": "AC1", "auth_token": "t"}, by=province.system
    )
    return share_channel(channel.id, True, by=province.system)


def told(refusal: pytest.ExceptionInfo[Refusal]) -> dict[str, object]:
    """What a refusal names."""
    return {"code": refusal.value.code, **refusal.value.facts}


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("宣威县的水坝漏了", True),
        ("老城，水坝漏了", True),
        ("OLD TOWN: the dam leaks", True),
        ("ｏｌｄ　ｔｏｗｎ", True),
        ("老城区漏水", False),
    ],
)
def test_s8_a_text_reaches_its_county_by_any_of_its_names(
    app: Flask, phone: Callable[..., Phone], province: Office, county: Office, text: str, here: bool
) -> None:
    villager = phone(VILLAGER, province)
    (channel,) = list_channels(by=province.system)
    share_channel(channel.id, True, by=province.system)
    call_county(channel.id, "qing", ["宣威县", "老城", "Old Town"], by=province.system)
    app.extensions["qiao.channels"].clear()
    villager.says(text)
    assert bool(messages_of(by=county.system)) is here


@pytest.mark.parametrize(
    ("name", "owner"),
    [("投诉", "投诉"), ("BID", "报价"), ("stop", "退订"), ("省里", "云岭省"), ("lan", "兰溪县")],
)
def test_s8_a_name_that_means_something_already_is_refused_with_what_it_means(
    shared: Channel, province: Office, name: str, owner: str
) -> None:
    with pytest.raises(RuleBroken) as refusal:
        call_county(shared.id, "qing", ["老城", name], by=province.system)
    assert told(refusal) == {"code": "county_name_taken", "name": name, "owner": owner}


def test_s8_a_name_that_another_county_was_given_is_refused_with_whose_it_is(
    shared: Channel, province: Office
) -> None:
    call_county(shared.id, "qing", ["老城"], by=province.system)
    with pytest.raises(RuleBroken) as refusal:
        call_county(shared.id, "lan", ["老城"], by=province.system)
    assert told(refusal)["owner"] == "清河县"
    call_county(shared.id, "qing", [], by=province.system)
    assert call_county(shared.id, "lan", ["老城"], by=province.system).also_called == {"lan": ["老城"]}


@pytest.mark.parametrize("name", ["城", "1", "12", "老城2", "长" * 17, "", "老。城"])
def test_s8_a_name_is_2_to_16_letters(shared: Channel, province: Office, name: str) -> None:
    with pytest.raises(RuleBroken, match="county_name_unclear"):
        call_county(shared.id, "qing", [name], by=province.system)


def test_s8_only_counties_below_are_named_and_only_on_an_open_number(
    shared: Channel, province: Office, county: Office
) -> None:
    with pytest.raises(RuleBroken, match="county_not_below"):
        call_county(shared.id, "nowhere", ["老城"], by=province.system)
    close_channel(shared.id, by=province.system)
    with pytest.raises(AlreadyDone):
        call_county(shared.id, "qing", ["老城"], by=province.system)
