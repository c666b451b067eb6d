"""A phone linked by a code, from WeChat or from another phone (T5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from channels.answers import Unclear
from channels.contacts import erase
from channels.joining import join, let_lapse
from channels.models import Delivery, Dialogue, InboundMessage, LinkCode, OutboundMessage, Secrecy
from channels.outbox import words_of
from channels.parts import count_parts
from service.complaints.following import look_up, newest_reference
from service.conversations import queries
from service.conversations.dialogue import parse_code, phone_in
from service.conversations.jobs import end_old_links
from service.conversations.joining import join_addresses, part_address
from service.conversations.linking import forget_old_codes, repeat_code
from service.conversations.rules import Desk
from service.organizations.queries import as_signatory, list_certificates
from service.organizations.workflow import attach_certificate
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, NotPermitted
from tests.channels.conftest import outbox, recipient
from tests.channels.followers import Follower, open_account, wechat_at
from tests.conftest import Clock, Office, Phone
from tests.service.complaints.stages import sender
from tests.service.conversations.test_joining import FIRST, SECOND, THIRD, contact
from tests.service.organizations.stages import registered
from tests.standins.wechat import WeChatStandIn

Phones = Callable[..., Phone]
Waits = Callable[..., UUID]
BARE = FIRST.removeprefix("+86")


@pytest.fixture
def standin(app: Flask, settings: Settings, clock: Clock) -> Iterator[WeChatStandIn]:
    """WeChat."""
    with wechat_at(app, settings, clock) as standin:
        yield standin


@pytest.fixture
def follower(app: Flask, county: Office, standin: WeChatStandIn, phone: Phones) -> Follower:
    """Somebody who follows the county's account; the county has a number for texts, too."""
    phone(FIRST, county)
    return Follower(app, standin, open_account(county, standin))


def codes(office: Office) -> list[tuple[OutboundMessage, str]]:
    """The codes that were sent, and where."""
    rows = [row for row in outbox(by=office.system) if row.message == "conversations.link_code"]
    return [
        (row, re.search(r"\d{6}", words_of(row, recipient(row, by=office.system)))[0])  # type: ignore[index]
        for row in rows
    ]


def link(one: Follower | Phone, number: str, office: Office) -> str | None:
    """Link a phone, as a person does who can read it."""
    one.says(number)
    one.says("1")
    return one.says(codes(office)[-1][1])


@query(Permission.AUDIT_READ)
def texts(*, by: Actor) -> list[InboundMessage]:
    """All that came in."""
    return list(
        db.session.query(InboundMessage).filter_by(tenant_id=by.tenant_id).order_by(InboundMessage.id)
    )


@query(Permission.AUDIT_READ)
def newest_code(*, by: Actor) -> LinkCode:
    """The code sent last, as it is kept."""
    code = db.session.query(LinkCode).filter_by(tenant_id=by.tenant_id).order_by(LinkCode.id.desc()).first()
    assert code is not None
    return code


@pytest.mark.parametrize(
    "text",
    [
        "13800000001",
        "138 0000 0001",
        "+86 138-0000-0001",
        "１３８０００００００１",
        "我的手机号是13800000001",
        "绑定手机：13800000001。",
        "My phone number is 13800000001",
        "link 13800000001",
    ],
)
def test_t5_a_text_that_is_a_phone_number_and_nothing_else_is_taken_for_one(text: str) -> None:
    assert phone_in(text) == FIRST


@pytest.mark.parametrize(
    "text",
    ["138000000011", "2345678904", "12800000001", "村长电话13800000001不接", "0871-1234567", "", "投诉"],
)
def test_t5_any_other_text_is_none(text: str) -> None:
    assert phone_in(text) is None


@given(st.text(max_size=40))
def test_t5_whatever_is_sent_is_a_phone_or_none_and_a_code_or_unclear(text: str) -> None:
    found = phone_in(text)
    assert found is None or re.fullmatch(r"\+861[3-9]\d{9}", found)
    with suppress(Unclear):
        assert re.fullmatch(r"[0-9]{6}", parse_code(text))


def test_t5_who_reads_the_code_on_the_phone_and_repeats_it_here_is_one_person(
    follower: Follower, county: Office, phone: Phones
) -> None:
    assert "138****0001" in (follower.says(BARE) or "")
    assert codes(county) == []
    assert "6位验证码" in (follower.says("1") or "")
    ((row, code),) = codes(county)
    assert recipient(row, by=county.system).address == FIRST
    assert row.expires_at == newest_code(by=county.system).expires_at
    assert count_parts(words_of(row, recipient(row, by=county.system))) <= 2
    assert "138****0001已关联" in (follower.says(f" {code[:3]} {code[3:]}。") or "")
    asker = newest_code(by=county.system)
    assert contact(asker.contact_id, by=county.system).proved_at is not None
    assert (
        contact(asker.contact_id, by=county.system).joined_as
        == contact(row.contact_id, by=county.system).joined_as
    )
    assert "已经关联" in (follower.says(BARE) or "") + (follower.says("1") or "")


def test_t5_neither_the_number_nor_the_code_is_kept_for_anybody_to_read(
    follower: Follower, county: Office
) -> None:
    link(follower, BARE, county)
    code = codes(county)[0][1]
    assert {(one.secrecy, one.text) for one in texts(by=county.system)} == {(Secrecy.SEALED, None)}
    assert code.encode() not in newest_code(by=county.system).digest
    assert queries.list_lately(by=county.officer) == []


def test_t5_after_a_no_nothing_is_sent(follower: Follower, county: Office) -> None:
    follower.says(BARE)
    assert follower.says("0")
    assert codes(county) == []
    follower.says(BARE)
    assert follower.says("不是")
    assert codes(county) == []


def test_t5_five_wrong_codes_end_it_and_the_right_one_comes_too_late(
    follower: Follower, county: Office
) -> None:
    follower.says(BARE)
    follower.says("1")
    code = codes(county)[0][1]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for left in (4, 3, 2, 1):
        assert f"还可以试{left}次" in (follower.says(wrong) or "")
    assert "已失效" in (follower.says(wrong) or "")
    assert newest_code(by=county.system).wrong == 5
    by = sender(county, FIRST)
    assert not repeat_code(code, by=by).linked
    asker = contact(newest_code(by=county.system).contact_id, by=county.system)
    assert asker.joined_as is None


def test_t5_a_code_lasts_ten_minutes_and_one_use(follower: Follower, county: Office, clock: Clock) -> None:
    follower.says(BARE)
    follower.says("1")
    clock.advance(minutes=10)
    assert "已失效" in (follower.says(codes(county)[0][1]) or "")
    link(follower, BARE, county)
    used = newest_code(by=county.system)
    assert used.used_at is not None
    assert "已关联" not in (follower.says(codes(county)[-1][1]) or "")


def test_t5_strangers_are_not_pestered_with_codes(follower: Follower, county: Office, phone: Phones) -> None:
    for _ in range(3):
        follower.says(BARE)
        follower.says("1")
        follower.says("0")
    follower.says("13800000002")
    assert "明天再试" in (follower.says("1") or "")
    other = phone(THIRD, county)
    other.says(BARE)
    assert "明天再试" in other.says("1")
    assert len(codes(county)) == 3


def test_t5_one_s_own_number_needs_no_code(county: Office, phone: Phones) -> None:
    phone(FIRST, county).says(BARE)
    assert "就是您现在用的号码" in phone(FIRST, county).says("1")
    assert codes(county) == []


def test_t5_a_linked_person_finds_their_cases_and_speaks_for_their_so_from_either(
    follower: Follower, county: Office, phone: Phones
) -> None:
    phone(FIRST, county).says("投诉 水池修好才一个月就漏水")
    phone(FIRST, county).says("1")
    phone(FIRST, county).says("1")
    registered(county, 1)
    follower.says("你好")
    asker = texts(by=county.system)[-1].contact_id
    by = Actor(**{**vars_of(sender(county, FIRST)), "id": asker})
    assert newest_reference(by=by) is None
    with pytest.raises(NotPermitted):
        as_signatory(by=by)
    reference = newest_reference(by=sender(county, FIRST))
    link(follower, BARE, county)
    assert newest_reference(by=by) == reference is not None
    assert as_signatory(by=by)[2].name == as_signatory(by=sender(county, FIRST))[2].name
    assert reference in (follower.says("进度") or "")
    part_address(Desk.OFFICE, asker, asker, "不是本人", by=county.officer)  # type: ignore[arg-type]
    assert newest_reference(by=by) is None
    with pytest.raises(NotPermitted):
        as_signatory(by=by)


def test_s4_what_was_begun_on_the_phone_is_gone_on_with_from_the_linked_account_and_back(
    follower: Follower, county: Office, phone: Phones
) -> None:
    texting = phone(FIRST, county)
    texting.says("登记")
    asked = texting.says("青苗社会工作服务中心")
    follower.says("你好")
    assert asked not in (follower.says("登记") or "")
    follower.says("取消")
    link(follower, BARE, county)
    assert follower.says("登记") == f"接着上次继续。\n{asked}"
    following = follower.says("无") or ""
    assert following != asked
    assert drafts(by=county.system) == [("register", newest_code(by=county.system).contact_id)]
    assert texting.says("登记") == f"接着上次继续。\n{following}"


def test_s4_a_draft_is_taken_up_in_place_of_what_had_only_been_opened(
    follower: Follower, county: Office, phone: Phones
) -> None:
    texting = phone(FIRST, county)
    texting.says("登记")
    texting.says("青苗社会工作服务中心")
    link(follower, BARE, county)
    follower.says("报价")
    reply = follower.says("登记") or ""
    assert reply.startswith("接着上次继续。")
    assert sorted(name for name, _contact in drafts(by=county.system)) == ["register"]


def test_o2_a_certificate_shown_by_the_phone_goes_with_a_registration_ended_from_the_linked_account(
    follower: Follower, county: Office, phone: Phones
) -> None:
    texting = phone(FIRST, county)
    texting.says("登记")
    texting.shows("https://api.twilio.com/2010-04-01/certificate")
    shown = texts(by=county.system)[-1].id
    organization = registered(county, 1)
    follower.says("你好")
    asker = texts(by=county.system)[-1].contact_id
    by = Actor(**{**vars_of(sender(county, FIRST)), "id": asker})
    with pytest.raises(NotPermitted):
        attach_certificate(organization.id, [shown], by=by)
    link(follower, BARE, county)
    attach_certificate(organization.id, [shown], by=by)
    assert len(list_certificates(organization.id, by=county.officer)) == 1


def test_t5_a_draft_stays_where_it_is_once_parted_and_on_an_officer_s_word_alone(
    follower: Follower, county: Office, phone: Phones
) -> None:
    texting = phone(FIRST, county)
    texting.says("登记")
    asked = texting.says("青苗社会工作服务中心")
    follower.says("你好")
    link(follower, BARE, county)
    code = newest_code(by=county.system)
    part_address(Desk.OFFICE, code.contact_id, code.contact_id, "不是本人", by=county.officer)
    for _time in range(2):
        anew = follower.says("登记") or ""
        assert "接着上次" not in anew
        assert asked not in anew
        assert {address for _name, address in drafts(by=county.system)} == {code.contact_id, code.phone_id}
        follower.says("取消")
        believe(code.contact_id, code.phone_id, by=county.officer)


def test_h3_a_complaint_begun_on_the_phone_is_not_gone_on_with_from_elsewhere(
    follower: Follower, county: Office, phone: Phones
) -> None:
    texting = phone(FIRST, county)
    asked = texting.says("投诉 水池修好才一个月就漏水")
    link(follower, BARE, county)
    anew = follower.says("投诉") or ""
    assert "接着上次" not in anew
    assert asked.splitlines()[-1] not in anew
    assert "保密" in texting.says("1")


@command(Permission.ADDRESS_JOIN)
def believe(one: UUID, other: UUID, *, by: Actor) -> None:
    """An officer takes two addresses for one person's, where that is not so yet."""
    with suppress(AlreadyDone):
        join(one, other, "同一个人", by=by)


@query(Permission.AUDIT_READ)
def drafts(*, by: Actor) -> list[tuple[str, UUID]]:
    """What is under way, and at which address."""
    rows = db.session.query(Dialogue).filter_by(tenant_id=by.tenant_id)
    return [(row.name, row.contact_id) for row in rows]


def vars_of(actor: Actor) -> dict[str, object]:
    """What an actor is made of."""
    return {name: getattr(actor, name) for name in actor.__dataclass_fields__ if name != "permissions"}


def test_t5_what_a_code_shows_outweighs_what_an_officer_believed(
    county: Office, waits: Waits, phone: Phones
) -> None:
    first, second, third = (waits(county, number=one) for one in (FIRST, SECOND, THIRD))
    join_addresses(Desk.OFFICE, first, second, "看着像", by=county.officer)
    fourth = waits(county, number="+8613800000004")
    join_addresses(Desk.OFFICE, third, fourth, "看着像", by=county.officer)
    phone(THIRD, county).says("0")
    link(phone(THIRD, county), BARE, county)
    persons = [contact(one, by=county.system) for one in (first, second, third, fourth)]
    assert persons[0].joined_as == persons[2].joined_as is not None
    assert [one.proved_at is not None for one in persons] == [True, False, True, False]
    assert [one.joined_as for one in (persons[1], persons[3])] == [persons[0].joined_as, None]


def test_t5_a_phone_silent_for_180_days_is_linked_no_longer(
    follower: Follower, county: Office, clock: Clock
) -> None:
    link(follower, BARE, county)
    phone_id = newest_code(by=county.system).phone_id
    clock.advance(days=179)
    assert let_lapse(by=county.system) == 0
    clock.advance(days=2)
    end_old_links()
    assert let_lapse(by=county.system) == 0
    assert contact(phone_id, by=county.system).proved_at is None


def test_t5_who_holds_a_phone_now_is_not_told_what_was_complained_by_it_long_ago(
    follower: Follower, county: Office, phone: Phones, clock: Clock
) -> None:
    phone(FIRST, county).says("投诉 水池修好才一个月就漏水")
    phone(FIRST, county).says("1")
    phone(FIRST, county).says("1")
    reference = newest_reference(by=sender(county, FIRST))
    assert reference is not None
    clock.advance(days=181)
    link(follower, BARE, county)
    by = Actor(**{**vars_of(sender(county, FIRST)), "id": newest_code(by=county.system).contact_id})  # type: ignore[arg-type]
    assert newest_reference(by=by) is None
    assert look_up(reference, by=by).reference == reference


def test_t5_codes_are_kept_no_longer_than_they_are_counted(
    follower: Follower, county: Office, clock: Clock
) -> None:
    follower.says(BARE)
    follower.says("1")
    clock.advance(hours=23)
    assert forget_old_codes(by=county.system) == 0
    clock.advance(hours=2)
    assert forget_old_codes(by=county.system) == 1


def test_help_at_wechat_says_how_a_phone_is_linked_and_texts_have_no_room_for_it(
    follower: Follower, county: Office, phone: Phones
) -> None:
    assert "手机号" in (follower.says("帮助") or "")
    assert "手机号" not in phone(FIRST, county).says("帮助")


def test_t7_erasing_a_person_takes_the_linked_phone_along(follower: Follower, county: Office) -> None:
    link(follower, BARE, county)
    code = newest_code(by=county.system)
    erase(code.contact_id, by=county.system)
    for one in (code.contact_id, code.phone_id):
        gone = contact(one, by=county.system)
        assert (gone.address, gone.data_key, gone.joined_as) == (None, None, None)


def test_t5_of_many_right_answers_at_once_one_links(app: Flask, follower: Follower, county: Office) -> None:
    follower.says(BARE)
    follower.says("1")
    code = codes(county)[0][1]
    asker = newest_code(by=county.system).contact_id
    by = Actor(**{**vars_of(sender(county, FIRST)), "id": asker})  # type: ignore[arg-type]

    def once(_number: int) -> bool:
        with app.app_context():
            return repeat_code(code, by=by).linked

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(once, range(5))) == 1


def test_t2_a_neighbour_office_knows_nothing_of_a_link(
    follower: Follower, county: Office, other_county: Office, phone: Phones
) -> None:
    link(follower, BARE, county)
    phone(FIRST, other_county).says("你好")
    assert newest_reference(by=sender(other_county, FIRST)) is None
    assert codes(other_county) == []


def test_a_code_that_no_carrier_takes_says_so_on_its_row(follower: Follower, county: Office) -> None:
    follower.says(BARE)
    follower.says("1")
    ((row, _code),) = codes(county)
    assert (row.state, row.subject_type) == (Delivery.QUEUED, "link_codes")
