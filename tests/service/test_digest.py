"""What waits for a person comes by mail, once a working day, and nothing of another office with it (T8)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from flask import Flask

from service import digest
from service.digest import mail_digests
from service.identification.workflow import list_task
from tenants import digests
from tenants.people import add_person, change_roles, lend_person
from tenants.permissions import Role
from tenants.settings import change_settings
from tenants.workdays import SHANGHAI, edit_day
from tests.conftest import Clock, Office
from tests.service.complaints.stages import LEAK, VILLAGER, filed, give_number
from tests.service.identification.test_workflow import POND
from tests.standins.relay import RelayStandIn

WEDNESDAY = date(2026, 3, 4)


def at(clock: Clock, hour: int, minute: int = 0, day: date = WEDNESDAY) -> None:
    """Turn the clock to a moment in China."""
    clock.now = datetime.combine(day, time(hour, minute), SHANGHAI)


def officer(office: Office, email: str, *roles: Role, name: str = "王敏", locale: str = "zh") -> UUID:
    """A person of an office; the membership's id."""
    roles = roles or (Role.PROCUREMENT_OFFICER,)
    return add_person(email, name=name, roles=roles, locale=locale, by=office.system).id


def test_t8_what_waits_comes_in_the_language_of_each_person(
    county: Office, mail: RelayStandIn, clock: Clock
) -> None:
    officer(county, "wang@example.org")
    officer(county, "li@example.org", name="Li Na", locale="en")
    list_task(**POND, by=county.officer)
    assert mail_digests() == 2
    in_chinese, in_english = mail.mails
    assert in_chinese.recipients == ("wang@example.org",)
    assert in_chinese.message["Subject"] == "清河县扶贫办：有 3 项事情等您办理"
    assert in_chinese.text.startswith("王敏，您好：\n\n您在清河县扶贫办有以下事情待办：\n\n- ")
    assert "- 1 项任务等待筛选\n  http://qiao.test/admin/tasks/\n" in in_chinese.text
    assert "http://qiao.test/admin/\n" in in_chinese.text
    assert in_english.recipients == ("li@example.org",)
    assert in_english.message["Subject"] == "Qinghe County Office: 3 matters wait for you"
    assert "Hello Li Na,\n\nThis waits for you in Qinghe County Office:" in in_english.text
    assert "- 1 tasks wait for screening\n  http://qiao.test/admin/tasks/\n" in in_english.text


def test_t8_a_complaint_comes_with_its_deadline_first_and_without_its_words(
    county: Office, mail: RelayStandIn, clock: Clock
) -> None:
    give_number(county)
    officer(county, "desk@example.org", Role.COMPLAINT_OFFICER, Role.ADMINISTRATOR)
    filed(county)
    mail_digests()
    lines = [line for line in mail.mails[0].text.splitlines() if line.startswith("- ")]
    assert lines[0] == "- 1 件投诉待答复（2026年3月6日前办理）"
    assert len(lines) == 2
    assert LEAK not in mail.mails[0].text
    assert VILLAGER not in mail.mails[0].text
    at(clock, 9, day=date(2026, 3, 9))
    mail_digests()
    assert "- 1 件投诉待答复（已超期，应于2026年3月6日前办理）" in mail.mails[1].text


def test_t8_nothing_comes_when_nothing_waits(county: Office, mail: RelayStandIn) -> None:
    officer(county, "wang@example.org", Role.FINANCE_OFFICER)
    assert mail_digests() == 0
    assert mail.mails == []


def test_t8_nobody_is_mailed_twice_a_day_and_the_next_day_again(
    county: Office, mail: RelayStandIn, clock: Clock
) -> None:
    officer(county, "wang@example.org")
    list_task(**POND, by=county.officer)
    assert [mail_digests() for _ in range(3)] == [1, 0, 0]
    at(clock, 20, 59)
    assert mail_digests() == 0
    at(clock, 8, 30, WEDNESDAY + timedelta(days=1))
    assert [mail_digests() for _ in range(3)] == [1, 0, 0]


def test_of_two_workers_that_owe_the_same_digest_one_makes_it_out(county: Office, app: Flask) -> None:
    member = officer(county, "wang@example.org")
    assert [digests.claim(member, WEDNESDAY, by=county.system) for _ in range(2)] == [True, False]
    digests.give_back(member, by=county.system)
    assert digests.claim(member, WEDNESDAY, by=county.system)


def test_t8_what_comes_later_that_day_waits_for_the_next_digest(
    county: Office, mail: RelayStandIn, clock: Clock
) -> None:
    officer(county, "wang@example.org", Role.COMPLAINT_OFFICER)
    assert mail_digests() == 0
    give_number(county)
    filed(county)
    assert mail_digests() == 0
    at(clock, 9, day=WEDNESDAY + timedelta(days=1))
    assert mail_digests() == 1


@pytest.mark.parametrize(
    ("hour", "minute", "comes"), [(8, 29, 0), (8, 30, 1), (20, 59, 1), (21, 0, 0), (3, 0, 0)]
)
def test_t8_digests_come_from_half_past_eight_until_the_quiet_hours(
    county: Office, mail: RelayStandIn, clock: Clock, hour: int, minute: int, comes: int
) -> None:
    officer(county, "wang@example.org")
    list_task(**POND, by=county.officer)
    at(clock, hour, minute)
    assert mail_digests() == comes


def test_t8_each_office_has_its_own_quiet_hours(
    county: Office, other_county: Office, mail: RelayStandIn, clock: Clock
) -> None:
    for office, email in ((county, "wang@example.org"), (other_county, "li@example.org")):
        officer(office, email)
        list_task(**POND, by=office.officer)
    change_settings({"quiet_until": time(10)}, by=county.administrator)
    at(clock, 9, day=WEDNESDAY + timedelta(days=1))
    assert mail_digests() == 1
    assert mail.mails[0].recipients == ("li@example.org",)
    at(clock, 10, day=WEDNESDAY + timedelta(days=1))
    assert mail_digests() == 1
    assert mail.mails[1].recipients == ("wang@example.org",)


def test_t8_no_digest_comes_on_days_off(county: Office, mail: RelayStandIn, clock: Clock) -> None:
    officer(county, "wang@example.org")
    list_task(**POND, by=county.officer)
    saturday = date(2026, 3, 7)
    at(clock, 9, day=saturday)
    assert mail_digests() == 0
    edit_day(saturday, True, by=county.system)
    assert mail_digests() == 1


def test_t8_a_digest_tells_of_its_own_office_only(
    county: Office, other_county: Office, province: Office, mail: RelayStandIn, clock: Clock
) -> None:
    """Someone who works in two offices gets one of each; a colleague hears of the own office alone."""
    home = officer(province, "both@example.org", Role.PROCUREMENT_OFFICER)
    lend_person(
        home,
        "qing",
        roles=[Role.PROCUREMENT_OFFICER],
        until=clock.now + timedelta(days=9),
        by=province.administrator,
    )
    officer(other_county, "next@example.org")
    list_task(**POND, by=county.officer)
    mail_digests()
    of_county = [one for one in mail.mails if "等待筛选" in one.text]
    assert [one.recipients for one in of_county] == [("both@example.org",)]
    assert "清河县扶贫办" in of_county[0].text
    for one in mail.mails:
        if one is not of_county[0]:
            assert "清河" not in one.text + one.message["Subject"]


def test_t8_who_left_the_office_hears_of_it_no_more(
    county: Office, province: Office, mail: RelayStandIn, clock: Clock
) -> None:
    left = officer(county, "wang@example.org")
    list_task(**POND, by=county.officer)
    change_roles(left, [], by=county.administrator)
    lent = officer(province, "li@example.org", Role.OVERSEER)
    lend_person(
        lent,
        "qing",
        roles=[Role.PROCUREMENT_OFFICER],
        until=clock.now + timedelta(hours=1),
        by=province.administrator,
    )
    clock.advance(hours=2)
    assert [one for one in mail.mails if "清河" in one.text] == []
    mail_digests()
    assert [one for one in mail.mails if "清河" in one.text] == []


def test_while_the_relay_is_away_digests_are_owed_and_come_when_it_is_back(
    county: Office, mail: RelayStandIn
) -> None:
    officer(county, "wang@example.org")
    officer(county, "li@example.org")
    list_task(**POND, by=county.officer)
    mail.plan("connect", "")
    assert mail_digests() == 0
    mail.plan("taken", "250 taken, as far as the sender knows", "")
    assert mail_digests() == 1
    assert mail_digests() == 1
    assert [one.recipients for one in mail.mails] == [("li@example.org",)]


def test_a_mailbox_that_is_busy_is_tried_again_and_one_that_is_gone_is_not(
    county: Office, mail: RelayStandIn
) -> None:
    for email in ("busy@example.org", "gone@example.org", "there@example.org"):
        officer(county, email)
    list_task(**POND, by=county.officer)
    mail.plan("RCPT", "450 busy", "550 gone")
    assert mail_digests() == 1
    assert mail_digests() == 1
    assert mail_digests() == 0
    assert [one.recipients for one in mail.mails] == [("there@example.org",), ("busy@example.org",)]


def test_after_its_turn_the_rest_is_left_to_the_next_round(
    county: Office, mail: RelayStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email in ("wang@example.org", "li@example.org"):
        officer(county, email)
    list_task(**POND, by=county.officer)
    monkeypatch.setattr(digest, "TURN", 0.001)
    assert [mail_digests() for _ in range(3)] == [1, 1, 0]


def test_a_digest_writes_no_name_and_no_address_into_the_logs(
    county: Office, mail: RelayStandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    officer(county, "wang@example.org")
    list_task(**POND, by=county.officer)
    mail.plan("RCPT", "550 no wang@example.org here")
    mail_digests()
    mail.plan("connect", "421 go away, 王敏")
    officer(county, "li@example.org")
    mail_digests()
    said = "".join(capfd.readouterr())
    assert "mail_not_taken" in said
    assert "mail_relay_away" in said
    assert "example.org" not in said
    assert "王敏" not in said


def test_without_a_relay_no_digest_is_made_out(app: Flask, county: Office) -> None:
    officer(county, "wang@example.org")
    list_task(**POND, by=county.officer)
    assert mail_digests() == 0
