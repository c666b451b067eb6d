"""Contacts that an officer types, on the channel their address belongs to (T5)."""

from __future__ import annotations

import pytest

from channels.contacts import contact_for
from channels.models import Contact, Medium
from channels.registry import SIMULATOR, add_channel
from tenants.actors import Actor
from tenants.audit import record
from tenants.events import Event
from tenants.gate import command
from tenants.permissions import Permission
from tenants.refusals import RuleBroken
from tests.conftest import Office

FOLLOWER = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"


@command(Permission.PEOPLE_WRITE)
def note(address: str, *, by: Actor) -> Contact:
    """Keep an address, as rooms do inside their commands."""
    contact = contact_for(address, by=by)
    record(Event.CONSENT_GIVEN, contact, by)
    return contact


def test_t5_an_address_is_reached_by_a_channel_of_its_kind(county: Office) -> None:
    browser = add_channel(SIMULATOR, "sim:qing", {}, by=county.system)
    assert note("13800000001", by=county.system).channel_id == browser.id
    number = add_channel(
        "twilio", "+8613900000077", {"account_sid": "AC1", "auth_token": "x"}, by=county.system
    )
    typed, simulated = note("13800000002", by=county.system), note("sim:qing:1", by=county.system)
    assert (typed.medium, typed.channel_id) == (Medium.SMS, number.id)
    assert (simulated.medium, simulated.channel_id) == (Medium.SIMULATOR, browser.id)


def test_t5_a_follower_is_reached_by_the_account_and_a_phone_never_by_it(county: Office) -> None:
    account = add_channel("wechat", "wx49f0ab532d5d035a", {"token": "t"}, by=county.system)
    with pytest.raises(RuleBroken, match="no_channel"):
        note("13800000001", by=county.system)
    number = add_channel(
        "twilio", "+8613900000077", {"account_sid": "AC1", "auth_token": "x"}, by=county.system
    )
    follower = note(FOLLOWER, by=county.system)
    assert (follower.medium, follower.address) == (Medium.WECHAT, FOLLOWER)
    assert (follower.channel_id, follower.id) == (account.id, note(FOLLOWER, by=county.system).id)
    assert note("13800000001", by=county.system).channel_id == number.id


def test_t5_a_follower_is_nobody_to_an_office_without_an_account(county: Office) -> None:
    add_channel("twilio", "+8613900000077", {"account_sid": "AC1", "auth_token": "x"}, by=county.system)
    with pytest.raises(RuleBroken, match="number_unclear"):
        note(FOLLOWER, by=county.system)


def test_t5_a_phone_in_the_browser_is_none_where_no_browser_has_one(county: Office) -> None:
    with pytest.raises(RuleBroken, match="no_channel"):
        note("13800000001", by=county.system)
    add_channel("twilio", "+8613900000077", {"account_sid": "AC1", "auth_token": "x"}, by=county.system)
    with pytest.raises(RuleBroken, match="number_unclear"):
        note("sim:qing:1", by=county.system)
