"""One number for many counties: known county, the county named, or a short question; nothing is guessed (S8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from channels.contacts import contact_for, erase
from channels.models import Contact, Handling, InboundMessage, LastOffice, OutboundMessage, Secrecy
from channels.outbox import words_of
from channels.parts import count_parts
from channels.registry import close_channel, list_channels
from channels.sharing import share_channel
from service.broadcasts.address_book import list_numbers
from service.complaints import queries as complaints
from service.conversations.counties import list_counties, pass_to_county
from service.conversations.queries import find_conversation, list_waiting
from tenants import schema
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.privacy import keyring
from tenants.refusals import AlreadyDone, NotFound, RuleBroken, WrongStage
from tests.conftest import Clock, Office, Phone

VILLAGER = "+8613877770001"
LEAK = "村里的水坝漏水，三个月了没有人来修"

Phones = Callable[..., Phone]


@pytest.fixture
def villager(phone: Phones, province: Office, app: Flask) -> Phone:
    """A villager's phone, writing to the province's one number."""
    made = phone(VILLAGER, province)
    (channel,) = list_channels(by=province.system)
    share_channel(channel.id, True, by=province.system)
    app.extensions["qiao.channels"].clear()
    return made


@query(Permission.ATTENTION_READ)
def messages_of(*, by: Actor) -> list[InboundMessage]:
    """What came to an office, the oldest first."""
    return list(
        db.session.scalars(
            select(InboundMessage)
            .where(InboundMessage.tenant_id == by.tenant_id)
            .order_by(InboundMessage.received_at, InboundMessage.id)
        )
    )


@query(Permission.CHANNEL_READ)
def contacts_of(*, by: Actor) -> list[Contact]:
    """Whom an office knows."""
    return list(db.session.scalars(select(Contact).where(Contact.tenant_id == by.tenant_id)))


@query(Permission.CHANNEL_READ)
def outbox(*, by: Actor) -> list[str]:
    """What waits to be sent by an office."""
    rows = db.session.execute(
        select(OutboundMessage, Contact)
        .join(
            Contact,
            (Contact.tenant_id == OutboundMessage.tenant_id) & (Contact.id == OutboundMessage.contact_id),
        )
        .where(OutboundMessage.tenant_id == by.tenant_id)
    )
    return [words_of(row, contact) for row, contact in rows]


def rows_with_a_tenant(servers: SimpleNamespace, tenant_id: int) -> int:
    """How many rows of the front door belong to an office, whoever asks."""
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM inbound_messages WHERE tenant_id = %(it)s)"
            " + (SELECT count(*) FROM contacts WHERE tenant_id = %(it)s)"
            " + (SELECT count(*) FROM complaints WHERE tenant_id = %(it)s)",
            {"it": tenant_id},
        ).fetchone()
        assert row is not None
        return int(row[0])


def test_s8_an_unknown_sender_is_asked_and_no_county_sees_the_text(
    villager: Phone, province: Office, county: Office, other_county: Office, servers: SimpleNamespace
) -> None:
    reply = villager.says(f"投诉 {LEAK}")
    assert "哪个县" in reply
    assert "清河县" in reply
    assert rows_with_a_tenant(servers, county.id) == rows_with_a_tenant(servers, other_county.id) == 0
    (waiting,) = list_waiting(by=province.desk)
    assert waiting.text == f"投诉 {LEAK}"
    assert list_waiting(by=province.officer) == []


def test_s8_a_county_misspelled_at_first_is_no_message_that_nobody_understood(
    villager: Phone, province: Office, county: Office, other_county: Office
) -> None:
    assert "哪个县" in villager.says("你好")
    assert "哪个县" in villager.says("青河县")
    reply = villager.says("清河县")
    assert "发短信：" in reply
    assert (
        list_waiting(by=county.desk)
        == list_waiting(by=county.officer)
        == list_waiting(by=province.desk)
        == []
    )


def test_s8_what_was_said_before_a_misspelled_county_is_what_counts(
    villager: Phone, province: Office, county: Office, other_county: Office
) -> None:
    for text in (f"投诉 {LEAK}", "青河县", "清河县"):
        reply = villager.says(text)
    assert "已收到，编号" in reply
    (case,) = complaints.list_complaints(by=county.desk)
    (entry,) = complaints.find_complaint(case.complaint.id, by=county.desk).entries
    assert entry.text == LEAK


def test_s8_the_name_of_the_county_takes_along_what_was_said_before(
    villager: Phone, province: Office, county: Office, other_county: Office, servers: SimpleNamespace
) -> None:
    villager.says(f"投诉 {LEAK}")
    reply = villager.says("清河县")
    assert "清河县扶贫办" in reply
    (case,) = complaints.list_complaints(by=county.desk)
    (entry,) = complaints.find_complaint(case.complaint.id, by=county.desk).entries
    assert entry.text == LEAK
    assert list_waiting(by=province.desk) == []
    (kept,) = messages_of(by=province.system)
    assert (kept.text, kept.raw, kept.handling, kept.received_at.hour) == (None, None, Handling.HANDLED, 0)
    assert rows_with_a_tenant(servers, other_county.id) == 0
    assert "只有投诉专员看得到" in villager.says("1")


def test_s1_each_repeat_gets_its_reply_again_and_has_no_second_effect(
    villager: Phone, county: Office, other_county: Office
) -> None:
    asked = villager.says(f"投诉 {LEAK}", sid="SM1")
    sorted_in = villager.says("清河", sid="SM2")
    elsewhere = villager.says("兰溪 建议 村里要一口水井", sid="SM3")
    assert villager.says(f"投诉 {LEAK}", sid="SM1") == asked
    assert villager.says("清河", sid="SM2") == sorted_in
    assert villager.says("兰溪 建议 村里要一口水井", sid="SM3") == elsewhere
    assert len(complaints.list_complaints(by=county.desk)) == 1
    assert len(messages_of(by=county.system)) == 1
    assert len(messages_of(by=other_county.system)) == 1


def stop_sharing(app: Flask, province: Office) -> None:
    """Let the province's number serve the province alone from now on."""
    (channel,) = list_channels(by=province.system)
    share_channel(channel.id, False, by=province.system)
    app.extensions["qiao.channels"].clear()


def share_with(app: Flask, province: Office, *counties: str) -> None:
    """Let the province's number serve these counties alone from now on, by their codes."""
    (channel,) = list_channels(by=province.system)
    share_channel(channel.id, True, counties, by=province.system)
    app.extensions["qiao.channels"].clear()


def test_s8_a_number_shared_with_some_counties_goes_to_no_other(
    villager: Phone, province: Office, county: Office, other_county: Office, app: Flask
) -> None:
    villager.says("兰溪 登记")
    share_with(app, province, "qing")
    reply = villager.says(f"兰溪 投诉 {LEAK}", sid="SM1")
    assert "清河县" in reply
    assert "兰溪" not in reply
    assert complaints.list_complaints(by=other_county.desk) == []
    (waiting,) = list_waiting(by=province.desk)
    assert [place.zh for place in list_counties(waiting.desk, waiting.contact_id, by=province.desk)] == [
        "清河县"
    ]
    assert messages_of(by=county.system) == []
    share_with(app, province)
    villager.says(f"兰溪 投诉 {LEAK}")
    assert len(complaints.list_complaints(by=other_county.desk)) == 1


def test_s8_a_county_that_the_number_serves_no_more_keeps_what_it_got(
    villager: Phone, province: Office, other_county: Office, app: Flask
) -> None:
    answered = villager.says(f"兰溪 投诉 {LEAK}", sid="SM1")
    share_with(app, province, "qing")
    assert villager.says(f"兰溪 投诉 {LEAK}", sid="SM1") == answered
    assert len(complaints.list_complaints(by=other_county.desk)) == 1
    assert list_waiting(by=province.desk) == []


def test_s8_only_a_county_with_which_a_number_is_shared_writes_by_it(
    villager: Phone, province: Office, county: Office, other_county: Office, app: Flask
) -> None:
    share_with(app, province, "qing")
    list_numbers(["+8613877770009"], "石板乡", True, by=county.officer)
    with pytest.raises(RuleBroken, match="no_channel"):
        list_numbers(["+8613877770009"], "兰溪镇", True, by=other_county.officer)


@pytest.mark.parametrize("left", [(), ("qing",)], ids=["nobody", "a neighbour"])
def test_s5_stop_holds_for_a_county_that_the_number_serves_no_more(
    villager: Phone, province: Office, other_county: Office, app: Flask, left: tuple[str, ...]
) -> None:
    villager.says("兰溪 帮助")
    if left:
        share_with(app, province, *left)
    else:
        stop_sharing(app, province)
    villager.says("退订")
    (contact,) = contacts_of(by=other_county.system)
    assert contact.stopped_at is not None
    villager.says("恢复")
    (contact,) = contacts_of(by=other_county.system)
    assert contact.stopped_at is None


def test_s8_a_number_is_shared_with_counties_below_the_office_alone(
    villager: Phone, province: Office, app: Flask
) -> None:
    (channel,) = list_channels(by=province.system)
    for code in ("yun", "no-such"):
        with pytest.raises(RuleBroken, match="county_not_below"):
            share_channel(channel.id, True, ["qing", code], by=province.system)
    share_channel(channel.id, False, by=province.system)
    with pytest.raises(AlreadyDone, match="not_shared"):
        share_channel(channel.id, False, by=province.system)
    close_channel(channel.id, by=province.system)
    with pytest.raises(AlreadyDone, match="channel_closed"):
        share_channel(channel.id, True, by=province.system)


def test_s1_a_repeat_stays_where_its_first_copy_went_though_the_number_is_shared_no_more(
    villager: Phone, province: Office, county: Office, app: Flask
) -> None:
    asked = villager.says("你好", sid="SM1")
    answered = villager.says(f"清河 投诉 {LEAK}", sid="SM2")
    stop_sharing(app, province)
    assert villager.says("你好", sid="SM1") == asked
    assert villager.says(f"清河 投诉 {LEAK}", sid="SM2") == answered
    assert len(complaints.list_complaints(by=county.desk)) == len(messages_of(by=county.system)) == 1
    assert complaints.list_complaints(by=province.desk) == []
    assert len(messages_of(by=province.system)) == 1
    villager.says(f"投诉 {LEAK}", sid="SM3")
    assert len(complaints.list_complaints(by=province.desk)) == 1


def test_s8_a_text_may_begin_with_its_county(villager: Phone, county: Office) -> None:
    reply = villager.says(f"清河 投诉 {LEAK}")
    assert "1 工程或项目" in reply
    (message,) = messages_of(by=county.system)
    assert message.channel_tenant_id != county.id
    assert "保密" in villager.says("1")


def test_s8_a_text_may_name_its_county_in_the_middle(
    villager: Phone, province: Office, county: Office
) -> None:
    reply = villager.says("投诉 我是清河县王家村的，修路的钱没到")
    assert "已收到，编号" in reply
    (case,) = complaints.list_complaints(by=county.desk)
    (entry,) = complaints.find_complaint(case.complaint.id, by=county.desk).entries
    assert entry.text == "我是清河县王家村的，修路的钱没到"
    assert list_waiting(by=province.desk) == []


@pytest.mark.parametrize(
    "text", ["我是清河县的，在兰溪县打工，工钱没给", "清河的水坝漏了没人修", "我们村在清河边上，路没修"]
)
def test_s8_where_two_counties_or_a_river_are_named_the_county_is_asked_for(
    villager: Phone, county: Office, other_county: Office, servers: SimpleNamespace, text: str
) -> None:
    assert "哪个县" in villager.says(text)
    assert rows_with_a_tenant(servers, county.id) == rows_with_a_tenant(servers, other_county.id) == 0


def test_s8_within_a_conversation_a_county_is_an_answer(
    villager: Phone, county: Office, other_county: Office
) -> None:
    villager.says("清河 登记")
    villager.says("兰溪")
    assert messages_of(by=other_county.system) == []
    assert len(messages_of(by=county.system)) == 2
    villager.says(f"兰溪 投诉 {LEAK}")
    assert len(complaints.list_complaints(by=other_county.desk)) == 1


def test_s8_what_has_no_county_yet_is_kept_together(villager: Phone, county: Office) -> None:
    villager.says("投诉")
    villager.says(LEAK)
    villager.says("我是清河县的")
    (case,) = complaints.list_complaints(by=county.desk)
    (entry,) = complaints.find_complaint(case.complaint.id, by=county.desk).entries
    assert entry.text == LEAK


def test_s8_whom_one_county_has_in_its_books_is_not_asked(
    villager: Phone, county: Office, other_county: Office
) -> None:
    list_numbers([VILLAGER], "石板乡", True, by=county.officer)
    villager.says(f"投诉 {LEAK}")
    assert len(complaints.list_complaints(by=county.desk)) == 1


def test_s8_whom_two_counties_have_in_their_books_is_asked(
    villager: Phone, county: Office, other_county: Office
) -> None:
    list_numbers([VILLAGER], "石板乡", True, by=county.officer)
    list_numbers([VILLAGER], "兰溪镇", True, by=other_county.officer)
    assert "哪个县" in villager.says(f"投诉 {LEAK}")


def test_s8_the_county_written_to_last_counts_for_thirty_days(
    villager: Phone, county: Office, clock: Clock
) -> None:
    villager.says("清河")
    clock.advance(days=29)
    assert "清河县扶贫办" in villager.says("帮助")
    clock.advance(days=31)
    assert "哪个县" in villager.says("建议 村里要一口水井")


def test_s8_the_province_itself_can_be_meant(villager: Phone, province: Office, county: Office) -> None:
    villager.says(f"投诉 {LEAK}")
    villager.says("省里")
    assert len(complaints.list_complaints(by=province.desk)) == 1
    assert complaints.list_complaints(by=county.desk) == []


def test_s5_stop_holds_for_every_county_that_writes_by_the_number(
    villager: Phone, province: Office, county: Office, other_county: Office
) -> None:
    villager.says("清河")
    villager.says("兰溪")
    assert "不再" in villager.says("退订")
    for office in (county, other_county, province):
        (contact,) = contacts_of(by=office.system)
        assert contact.stopped_at is not None
    villager.says("恢复")
    for office in (county, other_county, province):
        (contact,) = contacts_of(by=office.system)
        assert contact.stopped_at is None


def test_s5_what_twilio_took_for_an_opt_out_holds_for_every_county_too(
    villager: Phone, province: Office, county: Office, other_county: Office
) -> None:
    villager.says("清河")
    villager.says("兰溪")
    for _repeat in range(2):
        assert villager.says("CANCEL", sid="SM1", OptOutType="STOP") == ""
        for office in (county, other_county, province):
            (contact,) = contacts_of(by=office.system)
            assert contact.stopped_at is not None
    assert villager.says("YES", OptOutType="START") == ""
    assert villager.says("HELP", OptOutType="HELP") == ""
    for office in (county, other_county, province):
        (contact,) = contacts_of(by=office.system)
        assert contact.stopped_at is None
    assert list_waiting(by=province.desk) == []


def test_s5_help_and_language_need_no_county(villager: Phone, province: Office) -> None:
    assert "哪个县" in villager.says("帮助")
    assert "English" in villager.says("ENGLISH")
    assert "Which county" in villager.says("there is no water in our village")


@pytest.mark.parametrize(("asks", "names", "english"), [("help", "Qinghe", True), ("帮助", "Qinghe", False)])
def test_s3_the_county_answers_in_the_language_that_was_spoken_to_the_number(
    villager: Phone, county: Office, asks: str, names: str, english: bool
) -> None:
    villager.says(asks)
    assert ("Text:" in villager.says(names)) is english


def test_s8_an_office_without_a_number_writes_by_the_shared_one(
    villager: Phone, county: Office, province: Office
) -> None:
    list_numbers(["+8613877770009"], "石板乡", True, by=county.officer)
    (contact,) = contacts_of(by=county.system)
    assert contact.channel_tenant_id == province.id


def test_h3_of_when_somebody_wrote_only_the_day_is_known(
    villager: Phone, province: Office, clock: Clock
) -> None:
    villager.says(f"投诉 {LEAK}")
    villager.says("清河")

    (last,) = last_offices(by=province.system)
    assert str(last.on_day) == "2026-03-04"
    (contact,) = contacts_of(by=province.system)
    assert (contact.last_at.hour, contact.last_at.minute) == (0, 0)


@query(Permission.CHANNEL_READ)
def last_offices(*, by: Actor) -> list[LastOffice]:
    """Which county each address on the office's shared number wrote to last."""
    return list(db.session.scalars(select(LastOffice).where(LastOffice.tenant_id == by.tenant_id)))


def test_t7_of_an_erased_person_the_shared_number_remembers_no_county(
    villager: Phone, phone: Phones, province: Office, county: Office
) -> None:
    villager.says("清河 帮助")
    phone("+8613877770002", province).says("清河 帮助")
    phone(VILLAGER, county).says("帮助")
    assert len(last_offices(by=province.system)) == 2
    (erased,) = [one for one in contacts_of(by=county.system) if one.address == VILLAGER]
    erase(erased.id, by=county.system)
    (left,) = last_offices(by=province.system)
    assert left.address_index == keyring().index("+8613877770002")


def test_s8_only_an_office_with_counties_can_share_a_number(phone: Phones, county: Office) -> None:
    phone(VILLAGER, county)
    (channel,) = list_channels(by=county.system)
    with pytest.raises(RuleBroken, match="nobody_below"):
        share_channel(channel.id, True, by=county.system)


def test_contact_for_refuses_where_no_number_leads_to_people(county: Office) -> None:
    @query(Permission.CHANNEL_READ)
    def find(*, by: Actor) -> Contact:
        return contact_for(VILLAGER, by=by)

    with pytest.raises(RuleBroken, match="no_channel"):
        find(by=county.system)


def test_s8_a_person_at_the_province_can_say_which_county_it_is(
    villager: Phone, province: Office, county: Office, other_county: Office
) -> None:
    villager.says(f"投诉 {LEAK}")
    (waiting,) = list_waiting(by=province.desk)
    desk, contact_id = waiting.desk, waiting.contact_id
    assert [place.zh for place in list_counties(desk, contact_id, by=province.desk)] == ["清河县", "兰溪县"]
    seen = find_conversation(desk, contact_id, by=province.desk).last
    pass_to_county(desk, contact_id, county.id, seen, by=province.desk)
    (case,) = complaints.list_complaints(by=county.desk)
    (entry,) = complaints.find_complaint(case.complaint.id, by=county.desk).entries
    assert entry.text == LEAK
    assert list_waiting(by=province.desk) == []
    (sent,) = outbox(by=county.system)
    assert case.complaint.reference in sent
    assert "保密" in villager.says("1")


def test_s8_only_a_county_that_the_number_serves_is_given_anything(
    villager: Phone, province: Office, county: Office
) -> None:
    villager.says(f"投诉 {LEAK}")
    (waiting,) = list_waiting(by=province.desk)
    seen = find_conversation(waiting.desk, waiting.contact_id, by=province.desk).last
    with pytest.raises(NotFound):
        pass_to_county(waiting.desk, waiting.contact_id, 9999, seen, by=province.desk)
    villager.says("清河")
    with pytest.raises((NotFound, WrongStage)):
        pass_to_county(waiting.desk, waiting.contact_id, county.id, seen, by=province.desk)


def test_s1_what_could_not_be_handled_is_kept_for_a_person_of_the_province(
    villager: Phone, province: Office, county: Office, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = app.extensions["qiao.engine"]

    def fails(_situation: object) -> None:
        raise ArithmeticError

    with monkeypatch.context() as patched:
        patched.setattr(engine, "turn", fails)
        assert "编号" in villager.says(f"清河 投诉 {LEAK}")
    (kept,) = messages_of(by=province.system)
    assert kept.failure == "ArithmeticError"
    assert messages_of(by=county.system) == []


def test_s1_many_repeats_at_once_are_sorted_once(villager: Phone, county: Office) -> None:
    villager.says(f"投诉 {LEAK}")
    with ThreadPoolExecutor(6) as pool:
        replies = set(pool.map(lambda _n: villager.says("清河", sid="SM7"), range(6)))
    assert len(replies) == 1
    assert len(complaints.list_complaints(by=county.desk)) == 1


def test_h4_what_was_meant_for_the_province_is_never_given_to_a_county(
    villager: Phone, province: Office, county: Office
) -> None:
    villager.says("省里")
    villager.says("干部收钱的事情我想说一说呢")
    waiting = [one.text for one in list_waiting(by=province.desk)]
    assert waiting
    villager.says("清河 项目")
    assert [one.text for one in list_waiting(by=province.desk)] == waiting
    assert complaints.list_complaints(by=county.desk) == []


def test_h2_the_reference_of_what_waited_is_said_even_when_more_follows(
    villager: Phone, county: Office
) -> None:
    villager.says(f"投诉 {LEAK}")
    reply = villager.says("清河 项目", sid="SM9")
    (case,) = complaints.list_complaints(by=county.desk)
    (first,) = outbox(by=county.system)
    assert case.complaint.reference in first
    assert [count_parts(words) for words in (first, reply)] <= [2, 2]
    assert villager.says("清河 项目", sid="SM9") == reply
    assert outbox(by=county.system) == [first]


def test_c5_a_text_that_could_not_be_handled_is_as_secret_as_the_conversation_it_came_in(
    villager: Phone, province: Office, county: Office, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    villager.says(f"清河 投诉 {LEAK}")
    engine = app.extensions["qiao.engine"]

    def fails(_situation: object) -> None:
        raise ArithmeticError

    with monkeypatch.context() as patched:
        patched.setattr(engine, "turn", fails)
        villager.says("还有，路也没修完")
        villager.says("45000")
    assert messages_of(by=province.system) == []
    kept = [one for one in messages_of(by=county.system) if one.failure]
    assert [one.secrecy for one in kept] == [Secrecy.CASE, Secrecy.SEALED]
    assert kept[1].raw is None


@pytest.mark.parametrize(
    "secret", ["482611", "密码482611", "报价 3 12500", "报价 12500", "12500元", "密码是482611，帮我查一下吧"]
)
@pytest.mark.parametrize("by_hand", [True, False])
def test_c5_t5_what_nobody_may_read_stays_so_among_other_words_that_waited_for_their_county(
    villager: Phone, province: Office, county: Office, secret: str, by_hand: bool
) -> None:
    for text in ("村里的水坝漏水", secret, "有人在看吗"):
        villager.says(text)
    if by_hand:
        waiting = list_waiting(by=province.desk)[0]
        seen = find_conversation(waiting.desk, waiting.contact_id, by=province.desk).last
        pass_to_county(waiting.desk, waiting.contact_id, county.id, seen, by=province.desk)
    else:
        villager.says("清河县")
    (at_county,) = list_waiting(by=county.desk)
    assert at_county.text is not None
    assert "水坝漏水" in at_county.text
    assert "482611" not in at_county.text
    assert "12500" not in at_county.text
