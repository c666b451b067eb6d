"""Alarms come at once by mail to whoever can close them (T8)."""

from __future__ import annotations

import pytest

from channels.alarms import close_alarm, list_alarms, raise_alarm
from service.attention.jobs import mail_alarms
from tenants.people import add_person
from tenants.permissions import Role
from tests.conftest import Clock, Office
from tests.standins.relay import RelayStandIn


@pytest.fixture
def people(county: Office, other_county: Office) -> None:
    """Two administrators who read different languages, an officer, and the neighbour's administrator."""
    for office, email, role, locale in (
        (county, "zhang@example.org", Role.ADMINISTRATOR, "zh"),
        (county, "smith@example.org", Role.ADMINISTRATOR, "en"),
        (county, "officer@example.org", Role.PROCUREMENT_OFFICER, "zh"),
        (other_county, "next@example.org", Role.ADMINISTRATOR, "zh"),
    ):
        add_person(email, name="某人", roles=[role], locale=locale, by=office.system)


def fails(office: Office) -> None:
    """The provider refuses the office's account."""
    raise_alarm("sending_misconfigured", about_tenant_id=office.id, reason="20003", by=office.system)


def mailed_to(mail: RelayStandIn) -> list[str]:
    """Who was mailed."""
    return sorted(one.recipients[0] for one in mail.mails)


def test_t8_an_alarm_comes_at_once_and_once_to_those_who_can_close_it(
    county: Office, people: None, mail: RelayStandIn
) -> None:
    fails(county)
    assert [mail_alarms(), mail_alarms()] == [2, 0]
    assert mailed_to(mail) == ["smith@example.org", "zhang@example.org"]
    in_english = next(one for one in mail.mails if one.recipients == ("smith@example.org",))
    in_chinese = next(one for one in mail.mails if one is not in_english)
    assert in_english.message["Subject"] == "Qinghe County Office: please look at this soon"
    assert "the provider answered 20003" in in_english.text
    assert in_chinese.message["Subject"] == "清河县扶贫办：请尽快处理"
    assert "某人，您好：" in in_chinese.text
    assert "http://qiao.test/admin/attention/" in in_chinese.text
    fails(county)
    assert mail_alarms() == 0


def test_t8_a_new_alarm_after_a_closed_one_comes_again(
    county: Office, people: None, mail: RelayStandIn
) -> None:
    fails(county)
    mail_alarms()
    close_alarm(list_alarms(by=county.administrator)[0].id, by=county.administrator)
    fails(county)
    assert mail_alarms() == 2


def test_t8_in_quiet_hours_an_alarm_waits_for_the_morning(
    county: Office, people: None, mail: RelayStandIn, clock: Clock
) -> None:
    clock.advance(hours=10)
    fails(county)
    assert mail_alarms() == 0
    clock.advance(hours=10)
    assert mail_alarms() == 2


def test_an_alarm_is_mailed_when_the_relay_is_back_and_closed_ones_never(
    county: Office, other_county: Office, people: None, mail: RelayStandIn
) -> None:
    fails(county)
    fails(other_county)
    close_alarm(list_alarms(by=other_county.administrator)[0].id, by=other_county.administrator)
    mail.plan("connect", "")
    assert mail_alarms() == 0
    mail.plan("RCPT", "550 gone")
    assert [mail_alarms(), mail_alarms()] == [1, 0]


def test_without_a_relay_no_alarm_counts_as_mailed(county: Office, people: None) -> None:
    fails(county)
    assert mail_alarms() == 0
    assert list_alarms(by=county.administrator)[0].mailed_at is None
