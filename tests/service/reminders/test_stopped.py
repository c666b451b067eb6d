"""Who stops on the way through a registration, a bid, a report or a request is reminded once, while it is worth it (S4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from channels.claiming import claim
from channels.models import Delivery, Dialogue, OutboundMessage
from channels.parts import count_parts
from service.contracts import workflow as contracts
from service.delivery import queries as delivery_queries
from service.delivery import workflow as delivery
from service.organizations import workflow as organizations
from service.organizations.models import Signatory
from service.procurement import queries
from service.procurement.bids import Receipt
from service.procurement.models import Call
from service.reminders.jobs import remind_offices
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.workdays import local_day
from tests.conftest import Clock, Office, Phone
from tests.service.evaluation.stages import signed_contract
from tests.service.outbox import texts_about
from tests.service.procurement.stages import PIN, Bidder, bidder, published_call, three_bidders

Phones = Callable[..., Phone]
REPORT_WORDS = ("进展", "求助")


def reminders(office: Office) -> list[str]:
    """What reminders say, the oldest first."""
    return texts_about("reminders", by=office.system)


def numbers_of(call: Call, office: Office) -> set[int | None]:
    """How many the call's page says were or will be reminded."""
    return {view.number for view in queries.list_reminders(call.id, by=office.officer)}


@query(Permission.MESSAGE_SEND)
def waits(contact_id: UUID | None = None, *, by: Actor) -> list[Delivery]:
    """How far the reminders got, or those to one contact."""
    wanted = select(OutboundMessage.state).where(
        OutboundMessage.tenant_id == by.tenant_id, OutboundMessage.subject_type == "reminders"
    )
    if contact_id is not None:
        wanted = wanted.where(OutboundMessage.contact_id == contact_id)
    return list(db.session.scalars(wanted.order_by(OutboundMessage.created_at, OutboundMessage.id)))


@query(Permission.ORGANIZATION_READ)
def signatory_of(one: Bidder, *, by: Actor) -> UUID:
    """The row that lets a bidder's phone speak for its SO."""
    return db.session.scalars(
        select(Signatory.id).where(
            Signatory.tenant_id == by.tenant_id,
            Signatory.contact_id == one.contact_id,
            Signatory.revoked_at.is_(None),
        )
    ).one()


def revoked(one: Bidder) -> None:
    """The phone of a bidder does not speak for its SO any more."""
    office = one.office
    organizations.revoke_signatory(signatory_of(one, by=office.officer), reason="换人", by=office.officer)


def all_leave() -> list[str]:
    """What a worker would send until nothing is due any more."""
    words = []
    while parcels := claim(100):
        words += [parcel.words for parcel in parcels if parcel is not None]
    return words


@command(Permission.MESSAGE_RECEIVE)
def make_unreadable(*, by: Actor) -> None:
    """Whoever tries to read the answers of a conversation fails from now on."""
    db.session.execute(
        update(Dialogue).where(Dialogue.tenant_id == by.tenant_id).values(answers=b"nobody can read this")
    )


@pytest.mark.parametrize(
    "steps",
    [("报价 1",), ("报价 1 12000",), ("报价", "1", "12000"), ("报价 1 撤回",)],
    ids=str,
)
def test_s4_c5_a_bid_that_stopped_halfway_is_reminded_of_once_and_nobody_at_the_office_learns_it(
    county: Office, phone: Phones, clock: Clock, steps: tuple[str, ...]
) -> None:
    asked = three_bidders(county, phone)
    call, lot = published_call(county, asked)
    if "撤回" in steps[0]:
        assert isinstance(asked[0].bids(lot, 4800), Receipt)
    mobile = phone(asked[0].number, county)
    for text in steps:
        mobile.says(text)
    assert remind_offices() == 0
    clock.advance(days=1)
    assert [remind_offices(), remind_offices()] == [1, 0]
    (said,) = reminders(county)
    assert "还没办完，这次的不算；以前交的报价不变" in said
    assert "报价 1" in said
    assert count_parts(said) <= 2
    assert "12000" not in said
    assert numbers_of(call, county) == {None}
    clock.advance(days=2)
    assert remind_offices() == 0


def test_s4_a_bid_that_was_handed_in_meanwhile_is_not_reminded_of(
    county: Office, phone: Phones, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    phone(asked[0].number, county).says(f"报价 {lot} 12000")
    clock.advance(minutes=5)
    assert isinstance(asked[0].bids(lot, 4800), Receipt), "by the form, or from another phone"
    clock.advance(days=1)
    assert remind_offices() == 0


def test_s4_a_bid_begun_by_its_word_alone_is_not_reminded_of_apart_from_the_call(
    county: Office, phone: Phones, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    published_call(county, asked)
    phone(asked[0].number, county).says("报价")
    clock.advance(days=1)
    assert remind_offices() == 0


@pytest.mark.parametrize(
    ("steps", "named"), [(("进展",), "进展"), (("求助",), "求助"), (("PROGRESS",), "PROGRESS")], ids=str
)
def test_s4_a_report_of_which_nothing_is_kept_yet_is_reminded_of_once(
    county: Office, phone: Phones, clock: Clock, steps: tuple[str, ...], named: str
) -> None:
    _contract, winner = signed_contract(county, clock, phone)
    mobile = phone(winner.number, county)
    remind_offices()
    before = len(reminders(county))
    for text in steps:
        mobile.says(text)
    clock.advance(days=1)
    remind_offices()
    remind_offices()
    assert [named in said for said in reminders(county)[before:]].count(True) == 1


def test_s4_a_report_that_is_kept_is_not_reminded_of_for_a_question_left_open(
    county: Office, phone: Phones, clock: Clock
) -> None:
    _contract, winner = signed_contract(county, clock, phone)
    mobile = phone(winner.number, county)
    mobile.says("求助 缺一名技术员")
    clock.advance(days=1)
    remind_offices()
    assert not any("求助" in said for said in reminders(county))


def test_s4_h3_a_complaint_that_stopped_on_its_way_is_never_reminded_of(
    county: Office, phone: Phones, clock: Clock
) -> None:
    phone("+8613700000009", county).says("投诉 水池漏水没人管")
    phone("+8613700000008", county).says("投诉")
    phone("+8613700000007", county).says("水池漏水没人管")
    for _day in range(7):
        clock.advance(days=1)
        assert remind_offices() == 0


# ── What is settled between the writing and the sending ──


@pytest.mark.parametrize("texts", [("取消",), ("登记", "取消"), ("修水利",)], ids=str)
def test_s4_a_registration_that_goes_on_or_is_given_up_takes_its_waiting_reminder_back(
    county: Office, phone: Phones, clock: Clock, texts: tuple[str, ...]
) -> None:
    mobile = phone("+8613700000009", county)
    for text in ("登记", "山里人合作社", "一起修水渠"):
        mobile.says(text)
    clock.advance(days=1)
    assert remind_offices() == 1
    for text in texts:
        mobile.says(text)
    assert all_leave() == []
    assert waits(by=county.system) == [Delivery.STOPPED]


def test_s4_a_reminder_of_what_still_waits_for_its_answer_leaves(
    county: Office, phone: Phones, clock: Clock
) -> None:
    phone("+8613700000009", county).says("登记")
    clock.advance(days=1)
    assert remind_offices() == 1
    (words,) = all_leave()
    assert "您的登记还没填完" in words


@pytest.mark.parametrize("texts", [("12000", PIN), ("0",), ("报价 1 13000", PIN)], ids=str)
def test_s4_a_bid_that_is_finished_or_given_up_takes_its_waiting_reminder_back(
    county: Office, phone: Phones, clock: Clock, texts: tuple[str, ...]
) -> None:
    asked = three_bidders(county, phone)
    published_call(county, asked)
    mobile = phone(asked[0].number, county)
    mobile.says("报价 1")
    clock.advance(days=1)
    assert remind_offices() == 1
    for text in texts:
        mobile.says(text)
    all_leave()
    assert waits(by=county.system) == [Delivery.STOPPED]


def test_s4_a_bid_by_another_phone_of_the_so_takes_the_waiting_reminder_back(
    county: Office, phone: Phones, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    phone(asked[0].number, county).says(f"报价 {lot}")
    clock.advance(days=1)
    assert remind_offices() == 1
    assert isinstance(asked[0].bids(lot, 4800), Receipt), "by the form"
    assert waits(by=county.system) == [Delivery.STOPPED]


@pytest.mark.parametrize("word", REPORT_WORDS)
@pytest.mark.parametrize("text", ["缺一名技术员", "0"])
def test_s4_a_report_that_came_or_is_given_up_takes_its_waiting_reminder_back(
    county: Office, phone: Phones, clock: Clock, word: str, text: str
) -> None:
    _contract, winner = signed_contract(county, clock, phone)
    mobile = phone(winner.number, county)
    mobile.says(word)
    clock.advance(days=1)
    assert remind_offices() == 1
    mobile.says(text)
    all_leave()
    assert waits(by=county.system) == [Delivery.STOPPED]


# ── Who speaks for the SO no more ──


@pytest.mark.parametrize("word", REPORT_WORDS)
def test_s4_t5_who_speaks_for_the_so_no_more_is_not_reminded_of_its_report(
    county: Office, phone: Phones, clock: Clock, word: str
) -> None:
    _contract, winner = signed_contract(county, clock, phone)
    phone(winner.number, county).says(word)
    revoked(winner)
    clock.advance(days=1)
    assert remind_offices() == 0


@pytest.mark.parametrize("word", REPORT_WORDS)
def test_s4_t5_a_reminder_that_waits_is_taken_back_from_who_speaks_for_the_so_no_more(
    county: Office, phone: Phones, clock: Clock, word: str
) -> None:
    _contract, winner = signed_contract(county, clock, phone)
    phone(winner.number, county).says(word)
    clock.advance(days=1)
    assert remind_offices() == 1
    revoked(winner)
    assert waits(by=county.system) == [Delivery.STOPPED]


def test_s4_t5_who_speaks_for_the_so_no_more_is_not_reminded_of_its_bid(
    county: Office, phone: Phones, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    published_call(county, asked)
    for one in asked[:2]:
        phone(one.number, county).says("报价 1")
    revoked(asked[0])
    clock.advance(days=1)
    assert remind_offices() == 1
    revoked(asked[1])
    assert waits(by=county.system) == [Delivery.STOPPED]


def test_s6_t5_whatever_reminder_waits_is_taken_back_from_who_speaks_for_the_so_no_more(
    county: Office, phone: Phones, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    published_call(county, asked)
    clock.advance(days=8)
    assert remind_offices() == 3
    revoked(asked[0])
    assert waits(asked[0].contact_id, by=county.system) == [Delivery.STOPPED]
    assert waits(asked[1].contact_id, by=county.system) == [Delivery.QUEUED]


# ── What is nobody's to read ──


def test_c5_no_page_with_reminders_reads_a_bid_on_its_way(
    county: Office, phone: Phones, clock: Clock
) -> None:
    contract, winner = signed_contract(county, clock, phone)
    others = [bidder(county, f"+861380000001{end}", f"南山合作社{end}") for end in range(2)]
    due = local_day(clock.now) + timedelta(days=30)
    delivery.set_milestones(contract.id, [{"title": "培训办完", "due_on": due}], by=county.officer)
    call, lot = published_call(county, [winner, *others])
    phone(winner.number, county).says(f"报价 {lot} 12000")
    clock.advance(days=1)
    make_unreadable(by=county.system)
    assert queries.list_reminders(call.id, by=county.officer) != []
    assert delivery_queries.list_reminders(contract.id, by=county.officer) != []


def test_c5_a_bid_on_its_way_is_read_to_remind_of_it_once_and_not_before_or_after(
    county: Office, phone: Phones, clock: Clock
) -> None:
    asked = three_bidders(county, phone)
    _call, lot = published_call(county, asked)
    phone(asked[0].number, county).says(f"报价 {lot} 12000")
    clock.advance(days=1)
    assert remind_offices() == 1
    phone(asked[1].number, county).says(f"报价 {lot} 12000")
    make_unreadable(by=county.system)
    assert remind_offices() == 0


# ── What need not be said ──


def test_s4_who_looks_at_a_registration_and_changes_nothing_is_not_reminded(
    county: Office, phone: Phones, clock: Clock
) -> None:
    (asked, *_others) = three_bidders(county, phone)
    assert "要改什么" in phone(asked.number, county).says("登记")
    clock.advance(days=1)
    assert remind_offices() == 0


def test_s4_who_was_registered_at_the_desk_meanwhile_is_not_reminded(
    county: Office, phone: Phones, clock: Clock
) -> None:
    for number in ("+8613700000008", "+8613700000009"):
        phone(number, county).says("登记")
    bidder(county, "+8613700000008", "山里人合作社")
    clock.advance(days=1)
    assert remind_offices() == 1
    bidder(county, "+8613700000009", "清河社工服务中心")
    assert not any("您的登记还没填完" in words for words in all_leave())
    assert waits(by=county.system) == [Delivery.STOPPED]


@pytest.mark.parametrize("word", REPORT_WORDS)
def test_s4_nobody_is_reminded_of_a_report_on_a_contract_that_has_ended(
    county: Office, phone: Phones, clock: Clock, word: str
) -> None:
    contract, winner = signed_contract(county, clock, phone)
    phone(winner.number, county).says(word)
    contracts.close_contract(contract.id, by=county.officer)
    clock.advance(days=1)
    assert remind_offices() == 0
