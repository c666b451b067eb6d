"""Step 3 on a real database: registering, verifying, listing, and who speaks for an SO."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from channels.models import OutboundMessage
from service.organizations import queries, workflow
from service.organizations.models import Organization, Signatory
from service.organizations.pins import hash_pin, is_right
from service.organizations.rules import (
    Item,
    LeftOffGround,
    OrganizationState,
    Source,
    TrackRecordKind,
    Typology,
    Verification,
)
from tenants.actors import Actor
from tenants.database import db
from tenants.events import Event
from tenants.gate import query
from tenants.permissions import Permission, Role
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken
from tests.conftest import Clock, Office
from tests.service.difficulty.stages import audit_facts
from tests.service.organizations.stages import (
    FACTS,
    PIN,
    credit_code,
    has_channel,
    listed,
    registered,
    sender,
    short_listed,
)


@query(Permission.CHANNEL_READ)
def told(*, by: Actor) -> list[str]:
    """The keys of all messages on their way from an office."""
    rows = select(OutboundMessage.message).where(OutboundMessage.tenant_id == by.tenant_id)
    return list(db.session.scalars(rows.order_by(OutboundMessage.created_at, OutboundMessage.id)))


@query(Permission.ORGANIZATION_IDENTIFY)
def signatory_row(organization: Organization, *, by: Actor) -> Signatory:
    """The SO's newest signatory as the database keeps it."""
    return db.session.scalars(
        select(Signatory)
        .where(Signatory.tenant_id == by.tenant_id, Signatory.organization_id == organization.id)
        .order_by(Signatory.added_at.desc())
    ).first()  # type: ignore[return-value]


@pytest.fixture
def county(county: Office) -> Office:
    """A county with a number of its own."""
    has_channel(county)
    return county


# Registration


def test_o2_an_so_registers_and_the_sender_speaks_for_it(county: Office) -> None:
    organization = registered(county)
    assert (organization.number, organization.state) == (1, OrganizationState.REGISTERED)
    assert (organization.source, organization.signed) == (Source.MESSAGE, True)
    actor, signatory, known = queries.as_signatory(by=sender(county))
    assert known.id == organization.id
    assert actor.may(Permission.BID_SUBMIT)
    assert signatory.organization_id == organization.id


def test_t5_a_stranger_is_no_signatory(county: Office) -> None:
    registered(county)
    with pytest.raises(NotPermitted, match="not_a_signatory"):
        queries.as_signatory(by=sender(county, "+8613900000009"))


def test_o2_an_so_is_registered_once_in_an_office(county: Office) -> None:
    registered(county)
    with pytest.raises(AlreadyDone, match="organization_known"):
        registered(county, address="+8613900000009", name="冒名者")
    assert len(queries.list_organizations(by=county.officer)) == 1


def test_o6_unregistered_groups_need_no_credit_code(county: Office) -> None:
    registered(county, 1, credit_code=None)
    registered(county, 2, credit_code=None)
    assert len(queries.list_organizations(by=county.officer)) == 2


def test_t5_one_phone_speaks_for_one_so(county: Office) -> None:
    registered(county)
    with pytest.raises(AlreadyDone, match="phone_taken"):
        registered(county, 2, address="+8613800000001")


def test_o2_an_so_was_not_registered_tomorrow(county: Office) -> None:
    with pytest.raises(RuleBroken, match="registered_in_future"):
        registered(county, registration_date=date(2026, 3, 5))


@pytest.mark.parametrize("source", list(Source))
def test_o1_an_officer_lists_an_so_from_any_source(county: Office, source: Source) -> None:
    organization = workflow.list_organization(
        name="外地公益公司", source=source, typology=Typology.COMPANY, by=county.officer
    )
    assert (organization.source, organization.typology) == (source, Typology.COMPANY)


def test_o6_an_umbrella_must_be_one(county: Office) -> None:
    ordinary = listed(county, 1, typology=Typology.NGO)
    with pytest.raises(RuleBroken, match="not_an_umbrella"):
        listed(county, 2, umbrella_id=ordinary.id)
    umbrella = listed(county, 3, typology=Typology.UMBRELLA)
    group = listed(county, 4, credit_code=None, umbrella_id=umbrella.id)
    assert queries.find_registration(group.id, by=county.officer).umbrella.name == umbrella.name  # type: ignore[union-attr]
    assert [one.id for one in queries.list_umbrellas(by=county.officer)] == [umbrella.id]


def test_r2_that_the_office_controls_an_so_is_declared(county: Office) -> None:
    organization = listed(county, controlled_by_office=True)
    assert queries.find_organization(organization.id, by=county.officer).controlled_by_office


def test_t2_the_neighbour_sees_no_so_of_this_county(county: Office, other_county: Office) -> None:
    organization = listed(county)
    with pytest.raises(NotFound):
        queries.find_organization(organization.id, by=other_county.officer)
    assert queries.list_organizations(by=other_county.officer) == []


def test_t7_the_audit_holds_no_name_of_a_person(county: Office) -> None:
    registered(county)
    assert FACTS["filled_by"] not in str(audit_facts(Event.ORGANIZATION_REGISTERED, by=county.system))
    assert audit_facts(Event.SIGNATORY_ADDED, by=county.system)


# Verification


def test_o2_each_item_is_verified_with_how_and_by_whom(county: Office) -> None:
    organization = registered(county)
    officer = county.officer
    workflow.verify_item(
        organization.id, item=Item.TEAM, status=Verification.VERIFIED, how="上门见到十二人", by=officer
    )
    workflow.verify_item(
        organization.id,
        item=Item.PAST_WORK,
        status=Verification.CONTRADICTED,
        how="村里说没有修过",
        by=officer,
    )
    found = queries.find_registration(organization.id, by=officer)
    assert [found.status(item) for item in (Item.TEAM, Item.PAST_WORK, Item.NAME)] == [
        Verification.VERIFIED,
        Verification.CONTRADICTED,
        Verification.UNVERIFIED,
    ]
    assert (found.verifications[Item.TEAM].verified_by, found.verifications[Item.TEAM].how) == (
        officer.id,
        "上门见到十二人",
    )


def test_o2_an_item_that_changes_has_to_be_verified_again(county: Office) -> None:
    organization = registered(county)
    for item in (Item.TEAM, Item.OFFERS):
        workflow.verify_item(
            organization.id, item=item, status=Verification.VERIFIED, how="查过", by=county.officer
        )
    workflow.update_registration(team_size=3, by=sender(county))
    found = queries.find_registration(organization.id, by=county.officer)
    assert found.status(Item.TEAM) is Verification.UNVERIFIED
    assert found.status(Item.OFFERS) is Verification.VERIFIED


def test_o2_only_its_own_signatory_updates_a_registration(county: Office) -> None:
    registered(county)
    with pytest.raises(NotPermitted, match="not_a_signatory"):
        workflow.update_registration(team_size=3, by=sender(county, "+8613900000009"))


# Short list


def test_o3_a_potential_provider_is_told(county: Office) -> None:
    organization = short_listed(county)
    assert [one.id for one in queries.list_potential_providers(by=county.officer)] == [organization.id]
    assert told(by=county.system) == ["organizations.short_listed"]


def test_o3_leaving_off_keeps_ground_and_reason_and_tells_the_so(county: Office) -> None:
    organization = short_listed(county)
    left = workflow.leave_off(
        organization.id, ground=LeftOffGround.TOO_FEW_PEOPLE, reason="只有两名兼职人员", by=county.officer
    )
    assert (left.state, left.left_off_ground) == (OrganizationState.LEFT_OFF, LeftOffGround.TOO_FEW_PEOPLE)
    assert queries.list_potential_providers(by=county.officer) == []
    assert told(by=county.system)[-1] == "organizations.left_off"
    again = workflow.short_list_organization(organization.id, by=county.officer)
    assert (again.state, again.left_off_ground, again.left_off_reason) == (
        OrganizationState.SHORT_LISTED,
        None,
        None,
    )
    moves = queries.find_registration(organization.id, by=county.officer).moves
    assert [move.verb for move in moves] == ["short_list", "leave_off", "short_list"]
    assert moves[1].reason == "只有两名兼职人员"


# The same SO in another county


@pytest.fixture
def neighbours(county: Office, other_county: Office) -> tuple[Office, Office]:
    """Two counties that can be written to."""
    has_channel(other_county)
    return county, other_county


def test_o2_an_so_known_to_another_county_copies_its_registration(neighbours: tuple[Office, Office]) -> None:
    county, other = neighbours
    known = registered(county)
    workflow.verify_item(
        known.id, item=Item.TEAM, status=Verification.VERIFIED, how="查过", by=county.officer
    )
    copied = workflow.copy_registration(credit_code(1), pin_hash=hash_pin("7391"), by=sender(other))
    assert (copied.tenant_id, copied.name, copied.offers) == (other.id, known.name, known.offers)
    assert copied.state is OrganizationState.REGISTERED
    assert queries.find_registration(copied.id, by=other.officer).status(Item.TEAM) is Verification.UNVERIFIED
    assert queries.as_signatory(by=sender(other))[2].id == copied.id
    with pytest.raises(NotFound):
        queries.find_organization(known.id, by=other.officer)


def test_o2_who_only_knows_the_credit_code_learns_and_copies_nothing(
    neighbours: tuple[Office, Office],
) -> None:
    county, other = neighbours
    registered(county)
    stranger = sender(other, "+8613900000009")
    assert queries.find_elsewhere(credit_code(1), by=stranger) is None
    with pytest.raises(NotPermitted, match="not_a_signatory"):
        workflow.copy_registration(credit_code(1), pin_hash=None, by=stranger)


def test_o2_a_phone_that_was_withdrawn_there_copies_nothing(neighbours: tuple[Office, Office]) -> None:
    county, other = neighbours
    known = registered(county)
    workflow.revoke_signatory(signatory_row(known, by=county.system).id, reason="换人", by=county.officer)
    assert queries.find_elsewhere(credit_code(1), by=sender(other)) is None


def test_o2_a_signatory_of_another_so_there_copies_nothing(neighbours: tuple[Office, Office]) -> None:
    county, other = neighbours
    registered(county, 1)
    registered(county, 2)
    assert queries.find_elsewhere(credit_code(1), by=sender(other, "+8613800000002")) is None
    assert queries.find_elsewhere(credit_code(2), by=sender(other, "+8613800000002")) is not None


def test_o2_a_changed_credit_code_is_found_by_the_new_one_only(neighbours: tuple[Office, Office]) -> None:
    county, other = neighbours
    known = registered(county, 1)
    registered(other, 1)
    workflow.change_organization(known.id, credit_code=credit_code(9), by=county.officer)
    third = sender(other)
    assert queries.find_elsewhere(credit_code(1), by=third) is None
    assert queries.find_elsewhere(credit_code(9), by=third) is not None
    assert queries.find_elsewhere(credit_code(1), by=sender(county)) is not None


# Signatories and PINs


def test_t5_an_officer_adds_a_phone_on_papers_and_everyone_is_told(county: Office) -> None:
    organization = registered(county)
    signatory = workflow.add_signatory(
        organization.id, address="13900000008", name="王会计", papers="盖章介绍信、身份证", by=county.officer
    )
    assert told(by=county.system) == ["organizations.phone_added", "organizations.set_your_pin"]
    contacts = queries_contacts(organization, county)
    assert len(contacts) == 2
    assert signatory.pin_hash is None
    assert workflow.check_pin(signatory.id, PIN, by=sender(county, "+8613900000008")) == "pin_missing"
    workflow.set_pin(hash_pin("7391"), by=sender(county, "+8613900000008"))
    assert workflow.check_pin(signatory.id, "7391", by=sender(county, "+8613900000008")) is None


@query(Permission.ORGANIZATION_IDENTIFY)
def _contacts(organization: Organization, *, by: Actor) -> list[Any]:
    return queries.signatory_contacts([organization.id], by=by)[organization.id]


def queries_contacts(organization: Organization, office: Office) -> list[Any]:
    """The contacts that speak for an SO."""
    return _contacts(organization, by=office.system)


def test_t5_a_withdrawn_phone_speaks_for_nobody(county: Office) -> None:
    organization = registered(county)
    signatory = signatory_row(organization, by=county.system)
    workflow.revoke_signatory(signatory.id, reason="手机丢了", by=county.officer)
    with pytest.raises(NotPermitted, match="not_a_signatory"):
        queries.as_signatory(by=sender(county))
    assert workflow.check_pin(signatory.id, PIN, by=sender(county)) == "pin_missing"
    assert queries_contacts(organization, county) == []
    with pytest.raises(NotFound):
        workflow.revoke_signatory(signatory.id, reason="再来", by=county.officer)


def test_t5_a_pin_is_kept_only_as_a_hash_that_only_the_keyring_reads(county: Office, servers: Any) -> None:
    import psycopg

    from tenants import schema

    registered(county)
    with psycopg.connect(schema.libpq(servers.superuser_url), dbname="qiao") as connection:
        (stored,) = connection.execute("SELECT pin_hash FROM signatories").fetchone()  # type: ignore[misc]
    assert PIN.encode() not in stored
    assert b"argon2" not in stored
    kept = signatory_row(queries.list_organizations(by=county.officer)[0], by=county.system).pin_hash
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert is_right(PIN, kept)


def test_t5_five_wrong_pins_lock_the_phone_for_an_hour(county: Office, clock: Clock) -> None:
    signatory = signatory_row(registered(county), by=county.system)

    def tries(pin: str) -> str | None:
        return workflow.check_pin(signatory.id, pin, by=sender(county))

    assert [tries("0000") for _ in range(4)] == ["wrong_pin"] * 4
    assert tries("0000") == "pin_locked"
    assert tries(PIN) == "pin_locked"
    clock.advance(minutes=59)
    assert tries(PIN) == "pin_locked"
    clock.advance(minutes=2)
    assert tries(PIN) is None
    assert len(audit_facts(Event.PIN_LOCKED, by=county.system)) == 1


def test_t5_a_right_pin_forgets_the_wrong_ones(county: Office) -> None:
    signatory = signatory_row(registered(county), by=county.system)
    tries = ["0000", "0000", "0000", "0000", PIN, "0000", "0000", "0000", "0000"]
    found = [workflow.check_pin(signatory.id, pin, by=sender(county)) for pin in tries]
    assert "pin_locked" not in found


def test_t5_only_an_officer_on_papers_lets_a_pin_be_replaced(county: Office) -> None:
    signatory = signatory_row(registered(county), by=county.system)
    with pytest.raises(AlreadyDone, match="pin_set_before"):
        workflow.set_pin(hash_pin("7391"), by=sender(county))
    workflow.reset_pin(signatory.id, papers="身份证", by=county.officer)
    assert told(by=county.system) == ["organizations.set_your_pin"]
    assert workflow.check_pin(signatory.id, PIN, by=sender(county)) == "pin_missing"
    workflow.set_pin(hash_pin("7391"), by=sender(county))
    assert workflow.check_pin(signatory.id, "7391", by=sender(county)) is None


def test_t7_a_page_shows_phones_and_names_masked(county: Office) -> None:
    organization = registered(county)
    (phone,) = queries.find_registration(organization.id, by=county.officer).phones
    assert (phone.address, phone.name[:1], phone.has_pin) == ("138****0001", "李", True)
    assert "秀英" not in phone.name


def test_t3_officers_write_and_nobody_else(county: Office, province: Office) -> None:
    organization = listed(county)
    for by in (county.approver, county.finance, county.desk, province.overseer):
        with pytest.raises(NotPermitted):
            workflow.change_organization(organization.id, name="别的", by=by)
    with pytest.raises(NotPermitted):
        queries.list_organizations(by=county.actor(Role.SENDER))


# Track record


def test_m6_later_steps_add_to_the_record_and_officers_cannot(county: Office) -> None:
    organization = listed(county)
    workflow.add_track_record(
        organization.id, TrackRecordKind.ACCEPTED, "蓄水池验收合格", by=county.officer.as_system()
    )
    found = queries.find_registration(organization.id, by=county.officer).track_record
    assert [(record.kind, record.fact) for record in found] == [(TrackRecordKind.ACCEPTED, "蓄水池验收合格")]
    with pytest.raises(NotPermitted):
        workflow.add_track_record(organization.id, TrackRecordKind.AWARD, "自夸", by=county.officer)
