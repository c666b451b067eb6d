"""A text to a number that is not the channel's is kept for the province, and its sender hears nothing (S1, S8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from channels.alarms import list_alarms
from channels.models import Handling, Secrecy
from tenants.actors import Actor
from tenants.privacy import decrypt_under
from tests.channels.conftest import outbox
from tests.channels.test_inbox import stored
from tests.conftest import Office, Phone

Phones = Callable[[str, Office], Phone]
VILLAGER, ELSEWHERE = "+8613800000001", "+8613999990000"
WORDS = "村里的水渠坏了，没人管"


@pytest.fixture
def villager(phone: Phones, county: Office) -> Phone:
    """A phone whose provider brings its texts to the county's address."""
    return phone(VILLAGER, county)


def test_s8_it_is_kept_for_the_province_and_not_for_the_county_whose_channel_it_came_by(
    villager: Phone, county: Office, province: Office
) -> None:
    assert villager.says(WORDS, To=ELSEWHERE) == ""
    assert stored(by=county.system) == []
    ((message, contact),) = stored(by=province.system)
    assert decrypt_under(contact.data_key, message.text) == WORDS
    assert (message.handling, message.secrecy) == (Handling.ATTENTION, Secrecy.CASE)
    assert (contact.address, contact.informed_at, message.failure) == (VILLAGER, None, "foreign_number")
    assert WORDS.encode() not in (message.raw or b"") + (message.text or b"")
    assert outbox(by=province.system) == outbox(by=county.system) == []


def test_s1_however_often_the_provider_brings_it_it_is_kept_once(
    villager: Phone, county: Office, province: Office
) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(lambda _n: villager.says(WORDS, "SM1", To=ELSEWHERE), range(4))) == {""}
    assert len(stored(by=province.system)) == 1
    (alarm,) = list_alarms(by=Actor.system().as_system())
    assert (alarm.code, alarm.about_tenant_id, alarm.facts) == (
        "foreign_number",
        county.id,
        {"number": "0000"},
    )


def test_c5_what_may_be_a_bid_is_read_by_nobody(villager: Phone, province: Office) -> None:
    villager.says("报价 3 12500", To=ELSEWHERE)
    ((message, _contact),) = stored(by=province.system)
    assert (message.secrecy, message.text, message.raw) == (Secrecy.SEALED, None, None)


def test_who_wrote_astray_is_greeted_and_informed_at_the_right_number_as_ever(
    phone: Phones, villager: Phone, county: Office, province: Office
) -> None:
    villager.says(WORDS, To=ELSEWHERE)
    first = phone("+8613800000002", province).says("帮助")
    assert phone(VILLAGER, province).says("帮助") == first
    assert phone(VILLAGER, province).says("帮助") != first
