"""Officers join and part the addresses of one person (T5, S5, H3, H4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from channels.contacts import erase
from channels.models import AddressLink, Contact, Dialogue, InboundMessage, LinkAct, OutboundMessage, Secrecy
from service.complaints.following import look_up, newest_reference
from service.complaints.queries import find_complaint, list_complaints
from service.complaints.rules import Identity
from service.conversations import queries, workflow
from service.conversations.joining import join_addresses, list_others, part_address
from service.conversations.rules import Desk
from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.events import Event
from tenants.gate import query
from tenants.permissions import Permission, Role
from tenants.privacy import decrypt_under
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, Refusal, RuleBroken, WrongStage
from tests.channels.conftest import outbox
from tests.conftest import Clock, Office, Phone
from tests.service.complaints.stages import sender
from tests.service.conversations.conftest import classify
from tests.service.conversations.test_doors import seen_on
from tests.service.conversations.test_workflow import member

Waits = Callable[..., UUID]
Door = Callable[..., FlaskClient]
OFFICE, COMPLAINTS = Desk.OFFICE, Desk.COMPLAINTS
WHY = "同一个人，当面核对过身份证"
FIRST, SECOND, THIRD = "+8613800000001", "+8613800000002", "+8613800000003"


@query(Permission.AUDIT_READ)
def contact(contact_id: UUID, *, by: Actor) -> Contact:
    """An address as it is kept."""
    return db.session.get_one(Contact, (by.tenant_id, contact_id))


@query(Permission.AUDIT_READ)
def everything(*, by: Actor) -> dict[str, list[dict[str, Any]]]:
    """All that an office keeps of people, row by row."""
    kept = {}
    for model in (Contact, InboundMessage, OutboundMessage, Dialogue):
        rows = db.session.scalars(select(model).where(model.tenant_id == by.tenant_id).order_by(model.id))
        kept[model.__tablename__] = [
            {column.key: getattr(row, column.key) for column in model.__table__.columns} for row in rows
        ]
    return kept


@query(Permission.AUDIT_READ)
def links(*, by: Actor) -> list[tuple[LinkAct, str | None]]:
    """What was done to addresses, and why."""
    rows = db.session.execute(
        select(AddressLink, Contact)
        .join(Contact, (Contact.tenant_id == AddressLink.tenant_id) & (Contact.id == AddressLink.contact_id))
        .where(AddressLink.tenant_id == by.tenant_id)
        .order_by(AddressLink.id)
    )
    return [(link.act, decrypt_under(one.data_key, link.reason)) for link, one in rows]


@query(Permission.AUDIT_READ)
def events(*, by: Actor) -> list[str]:
    """What the record says of joining and parting, and of consent."""
    wanted = [Event.ADDRESSES_JOINED, Event.ADDRESSES_PARTED, Event.CONSENT_GIVEN, Event.CONSENT_WITHDRAWN]
    rows = db.session.scalars(
        select(AuditEntry.event)
        .where(AuditEntry.tenant_id == by.tenant_id, AuditEntry.event.in_([one.value for one in wanted]))
        .order_by(AuditEntry.id)
    )
    return list(rows)


@pytest.fixture
def two(county: Office, waits: Waits) -> tuple[UUID, UUID]:
    """Two phones that wrote to the county; nobody knows yet that they are one person's."""
    return waits(county, text="水管的事", number=FIRST), waits(county, text="水管还没修", number=SECOND)


def join(county: Office, one: UUID, other: UUID, desk: Desk = OFFICE, by: Actor | None = None) -> None:
    """Join two addresses, as an officer does."""
    join_addresses(desk, one, other, WHY, by=by or county.officer)


def test_joined_they_are_one_conversation_each_line_with_its_channel_and_one_answer(
    county: Office, two: tuple[UUID, UUID]
) -> None:
    first, second = two
    assert [one.contact_id for one in list_others(OFFICE, first, by=county.officer)] == [second]
    join(county, first, second)
    (listed,) = queries.list_waiting(by=county.officer)
    assert (listed.contact_id, listed.number, listed.text) == (second, 2, "水管还没修")
    assert queries.count_waiting(by=county.officer) == 1
    conversation = queries.find_conversation(OFFICE, first, by=county.officer)
    assert [line.text for line in conversation.lines if not line.ours] == ["水管的事", "水管还没修"]
    assert [line.sender for line in conversation.lines if not line.ours] == ["138****0001", "138****0002"]
    assert [one.sender for one in conversation.addresses] == ["138****0001", "138****0002"]
    assert conversation.contact_id == second
    workflow.answer(OFFICE, first, "好", conversation.last, by=county.officer)
    (row,) = outbox(by=county.system)
    assert row.contact_id == second
    assert queries.list_waiting(by=county.officer) == []
    assert list_others(OFFICE, first, by=county.officer) == []


def test_an_officer_picks_the_address_an_answer_goes_to_and_only_the_person_s(
    county: Office, two: tuple[UUID, UUID], waits: Waits
) -> None:
    first, second = two
    stranger = waits(county, number=THIRD)
    join(county, first, second)
    last = queries.find_conversation(OFFICE, first, by=county.officer).last
    with pytest.raises(NotFound):
        workflow.answer(OFFICE, first, "好", last, stranger, by=county.officer)
    workflow.answer(OFFICE, first, "好", last, first, by=county.officer)
    (row,) = outbox(by=county.system)
    assert row.contact_id == first


def test_s1_who_answers_by_the_one_address_is_too_late_for_the_other(
    county: Office, two: tuple[UUID, UUID]
) -> None:
    first, second = two
    join(county, first, second)
    last = queries.find_conversation(OFFICE, first, by=county.officer).last
    workflow.answer(OFFICE, first, "好", last, by=county.officer)
    with pytest.raises(RuleBroken, match="conversation_moved"):
        workflow.answer(OFFICE, second, "好", last, by=county.desk)


def test_one_person_is_looked_after_by_one_officer(county: Office, two: tuple[UUID, UUID]) -> None:
    first, second = two
    colleague, other = (
        member(county, Role.PROCUREMENT_OFFICER, name="lin"),
        member(county, Role.PROCUREMENT_OFFICER, name="wu"),
    )
    workflow.hand_to(OFFICE, second, colleague, by=county.officer)
    join(county, first, second)
    for one in two:
        assignee = queries.find_conversation(OFFICE, one, by=county.officer).assignee
        assert assignee is not None
        assert assignee.id == colleague
    workflow.hand_to(OFFICE, first, other, by=county.officer)
    (listed,) = queries.list_waiting(by=county.officer)
    assert listed.assignee is not None
    assert listed.assignee.id == other
    assert queries.count_waiting(by=county.officer) == 0
    workflow.give_back(OFFICE, second, by=county.officer)
    assert queries.find_conversation(OFFICE, first, by=county.officer).assignee is None


def test_t5_parting_restores_exactly_what_was(county: Office, two: tuple[UUID, UUID], clock: Clock) -> None:
    first, second = two
    before = everything(by=county.system)
    join(county, first, second)
    assert everything(by=county.system) != before
    clock.advance(days=3)
    part_address(OFFICE, first, second, "他是邻居", by=county.officer)
    assert everything(by=county.system) == before
    assert links(by=county.system) == [
        (LinkAct.JOINED, WHY),
        (LinkAct.JOINED, WHY),
        (LinkAct.PARTED, "他是邻居"),
        (LinkAct.PARTED, "他是邻居"),
    ]
    assert events(by=county.system) == [Event.ADDRESSES_JOINED, Event.ADDRESSES_PARTED]


def test_s5_the_strictest_consent_holds_for_all_and_goes_with_who_gave_it(
    county: Office, two: tuple[UUID, UUID], phone: Callable[..., Phone]
) -> None:
    first, second = two
    phone(FIRST, county).says("退订")
    join(county, first, second)
    stopped = contact(first, by=county.system).stopped_at
    assert stopped is not None
    assert contact(second, by=county.system).stopped_at == stopped
    part_address(OFFICE, first, second, "认错人了", by=county.officer)
    assert contact(second, by=county.system).stopped_at is None
    assert contact(first, by=county.system).stopped_at == stopped


def test_s5_what_a_person_says_by_one_address_holds_for_all_and_stays_when_parted(
    county: Office, two: tuple[UUID, UUID], phone: Callable[..., Phone]
) -> None:
    first, second = two
    join(county, first, second)
    phone(SECOND, county).says("TD")
    assert contact(first, by=county.system).stopped_at is not None
    phone(FIRST, county).says("恢复")
    assert contact(second, by=county.system).stopped_at is None
    phone(FIRST, county).says("退订")
    part_address(OFFICE, first, second, "认错人了", by=county.officer)
    assert contact(second, by=county.system).stopped_at is not None
    assert contact(first, by=county.system).stopped_at is not None


def test_s5_a_third_who_wants_none_is_strict_for_all_until_parted(
    county: Office, two: tuple[UUID, UUID], waits: Waits, phone: Callable[..., Phone]
) -> None:
    first, second = two
    third = waits(county, number=THIRD)
    join(county, first, second)
    phone(THIRD, county).says("退订")
    join(county, third, second)
    assert all(contact(one, by=county.system).stopped_at for one in (first, second, third))
    part_address(OFFICE, first, third, "认错人了", by=county.officer)
    assert [contact(one, by=county.system).stopped_at is None for one in (first, second, third)] == [
        True,
        True,
        False,
    ]
    assert contact(first, by=county.system).joined_as == contact(second, by=county.system).joined_as
    assert contact(third, by=county.system).joined_as is None


def test_t5_who_belongs_to_others_is_parted_first(
    county: Office, two: tuple[UUID, UUID], waits: Waits
) -> None:
    first, second = two
    third, fourth = waits(county, number=THIRD), waits(county, number="+8613800000004")
    join(county, first, second)
    join(county, third, fourth)
    with pytest.raises(AlreadyDone, match="joined_already"):
        join(county, second, first)
    with pytest.raises(RuleBroken, match="both_joined"):
        join(county, first, third)
    with pytest.raises(RuleBroken, match="same_address"):
        join(county, first, first)
    part_address(OFFICE, first, first, "认错人了", by=county.officer)
    with pytest.raises(WrongStage, match="not_joined"):
        part_address(OFFICE, second, second, "认错人了", by=county.officer)


def test_t5_of_many_joinings_at_once_one_holds(app: Flask, county: Office, two: tuple[UUID, UUID]) -> None:
    officer = county.officer

    def once(pair: tuple[UUID, UUID]) -> bool:
        with app.app_context():
            try:
                join_addresses(OFFICE, *pair, WHY, by=officer)
            except Refusal:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(once, [two, two[::-1]] * 3)) == 1
    assert len(links(by=county.system)) == 2
    assert len({contact(one, by=county.system).joined_as for one in two}) == 1


def test_s5_an_opt_out_that_crosses_a_joining_holds_for_both(
    app: Flask, county: Office, two: tuple[UUID, UUID], phone: Callable[..., Phone]
) -> None:
    officer, phones = county.officer, phone(FIRST, county)

    def joins() -> None:
        with app.app_context():
            join_addresses(OFFICE, *two, WHY, by=officer)

    def stops() -> None:
        with app.app_context():
            phones.says("退订")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(joins), pool.submit(stops)]:
            done.result()
    assert [contact(one, by=county.system).stopped_at is not None for one in two] == [True, True]


def test_t5_what_an_officer_believes_shows_no_case_and_binds_no_so(
    county: Office, two: tuple[UUID, UUID], phone: Callable[..., Phone]
) -> None:
    first, second = two
    phone(FIRST, county).says("投诉 水池漏水没人管")
    phone(FIRST, county).says("1")
    join(county, first, second)
    assert newest_reference(by=sender(county, FIRST)) is not None
    assert newest_reference(by=sender(county, SECOND)) is None


def test_h4_an_office_s_officer_neither_joins_nor_sees_who_wrote_to_the_complaint_desk(
    county: Office, waits: Waits
) -> None:
    open_one = waits(county, number=FIRST)
    secret = waits(county, Secrecy.CASE, text="他们收钱", number=SECOND)
    with pytest.raises(NotFound):
        join(county, open_one, secret)
    with pytest.raises(NotFound):
        join(county, open_one, secret, COMPLAINTS)
    other = waits(county, Secrecy.CASE, text="也收了我的", number=FIRST)
    assert other == open_one
    join(county, open_one, secret, COMPLAINTS, county.desk)
    page = queries.find_conversation(OFFICE, open_one, by=county.officer)
    assert [one.sender for one in page.addresses] == ["138****0001"]
    assert "他们收钱" not in {line.text for line in page.lines}
    with pytest.raises(NotFound):
        queries.find_conversation(OFFICE, secret, by=county.officer)
    with pytest.raises(NotFound):
        part_address(OFFICE, open_one, secret, "看看是谁", by=county.officer)
    seen = queries.find_conversation(COMPLAINTS, open_one, by=county.desk)
    assert [one.sender for one in seen.addresses] == ["138****0001", "138****0002"]


def test_h3_who_stays_anonymous_is_not_joined_and_joining_brings_no_link_back(
    county: Office, waits: Waits, phone: Callable[..., Phone]
) -> None:
    phone(FIRST, county).says("村里水池漏水了没有人来管")
    hidden = classify(Secrecy.CASE, by=county.system).contact_id
    assert hidden is not None
    phone(FIRST, county).says("1")
    for answer in ("1", "3"):
        phone(FIRST, county).says(answer)
    (line,) = list_complaints(by=county.desk)
    assert line.complaint.identity is Identity.ANONYMOUS
    other = waits(county, Secrecy.CASE, text="也收了我的", number=SECOND)
    with pytest.raises((RuleBroken, NotFound), match=r"not_written_here|not_found"):
        join(county, other, hidden, COMPLAINTS, county.desk)
    waits(county, text="公开的话", number=FIRST)
    mine = waits(county, text="公开的话", number=SECOND)
    join(county, mine, hidden)
    assert newest_reference(by=sender(county, SECOND)) is None
    assert newest_reference(by=sender(county, FIRST)) is None
    case = find_complaint(line.complaint.id, by=county.desk)
    assert (case.address, case.complaint.contact_id) == (None, None)
    assert look_up(line.complaint.reference, by=sender(county, SECOND)).reference == line.complaint.reference


def test_t7_erasing_a_person_leaves_the_address_that_only_an_officer_joined(
    county: Office, two: tuple[UUID, UUID]
) -> None:
    first, second = two
    join(county, first, second)
    erase(first, by=county.system)
    gone, left = contact(first, by=county.system), contact(second, by=county.system)
    assert (gone.data_key, gone.joined_as, left.joined_as) == (None, None, None)
    assert left.data_key is not None
    assert (LinkAct.JOINED, None) in links(by=county.system)


def test_t3_only_who_answers_people_joins_them(county: Office, two: tuple[UUID, UUID]) -> None:
    for stranger in (county.approver, county.administrator):
        with pytest.raises((NotPermitted, NotFound)):
            join(county, *two, by=stranger)


def test_an_officer_joins_and_parts_on_the_page(
    browser: Door, county: Office, two: tuple[UUID, UUID], waits: Waits
) -> None:
    first, second = two
    client = browser(county, Role.PROCUREMENT_OFFICER)
    path = f"/admin/conversations/office/{first}"
    page = client.get(f"{path}?lang=en").text
    assert "Same person?" in page
    assert "13800000002" not in page
    assert client.post(f"{path}/join", data={"other_id": second, "reason": ""}).status_code == 422
    joined = client.post(f"{path}/join", data={"other_id": second, "reason": WHY}, follow_redirects=True)
    assert "They are one person now" in joined.text
    assert "One person, several addresses" in joined.text
    assert "Same person?" not in joined.text
    waits(county, number="+8613800000003")
    ids = re.findall(r' id="([^"]+)"', client.get(path).text)
    assert "part-reason" in ids
    assert len(ids) == len(set(ids))
    answer = {"words": "好", "to": first, "seen": seen_on(joined.text)}
    counted = client.post(f"{path}/count", data=answer).text
    assert f'name="to" value="{first}"' in counted
    assert client.post(f"{path}/answer", data=answer).status_code == 302
    (row,) = outbox(by=county.system)
    assert row.contact_id == first
    parted = client.post(f"{path}/part", data={"address_id": second, "reason": "邻居"}, follow_redirects=True)
    assert "two persons again" in parted.text


def test_programs_join_and_part_likewise(program: Door, county: Office, two: tuple[UUID, UUID]) -> None:
    first, second = two
    client = program(county, Role.PROCUREMENT_OFFICER)
    path = f"/api/v1/conversations/office/{first}"
    assert [one["contact_id"] for one in client.get(f"{path}/others").json] == [str(second)]  # type: ignore[union-attr]
    joined = client.post(f"{path}/join", json={"other_id": str(second), "reason": WHY})
    assert [one["sender"] for one in joined.json["addresses"]] == ["138****0001", "138****0002"]  # type: ignore[index]
    again = client.post(f"{path}/join", json={"other_id": str(second), "reason": WHY})
    assert again.status_code == 409
    parted = client.post(f"{path}/part", json={"address_id": str(second), "reason": "邻居"})
    assert len(parted.json["addresses"]) == 1  # type: ignore[index]
    mine = program(county, Role.APPROVER)
    assert mine.post(f"{path}/join", json={"other_id": str(second), "reason": WHY}).status_code == 403
