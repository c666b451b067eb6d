"""The province sees each county at each stage, reads its records, and can change nothing (V1, T2)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.complaints.rules import About
from service.contracts.rules import ContractState
from service.delivery.workflow import schedule_transfers
from service.evaluation import acceptance
from service.identification.rules import TaskState
from service.identification.workflow import list_task
from service.oversight import queries, rules
from service.oversight.rules import Concern, Stage
from service.oversight.warnings import list_warnings
from service.procurement.rules import CallState
from tenants.permissions import Role
from tenants.refusals import NotFound, NotPermitted
from tenants.workdays import local_day
from tests.conftest import Clock, Office
from tests.service.evaluation.stages import (
    accepted,
    enrolled,
    meeting_on,
    opened_round,
    result_published,
    signed_contract,
)
from tests.service.identification.test_workflow import POND
from tests.service.preparation.stages import designed_package, ready_package
from tests.service.procurement.stages import opened, past_deadline, published_call, three_bidders

Doors = Callable[..., FlaskClient]


def standing_of(province: Office, office: Office) -> queries.CountyStanding:
    """Where an office stands, as the province sees it."""
    return queries.find_county(office.id, by=province.overseer)[0]


def stage_of(province: Office, county: Office) -> Stage:
    """Where the county's one package stands."""
    (one,) = queries.find_county(county.id, by=province.overseer)[1]
    return one.stage


def concerns(province: Office, office: Office | None = None) -> list[tuple[Concern, int]]:
    """The warnings the province reads."""
    found = list_warnings(office.id if office else None, by=province.overseer)
    return [(one.concern, one.figure) for one in found]


def test_v1_two_counties_side_by_side_at_different_stages(
    county: Office, other_county: Office, province: Office, phone: Callable[..., Any]
) -> None:
    published_call(county, three_bidders(county, phone))
    list_task(**POND, by=other_county.officer)
    first, second, own = queries.list_county_standings(by=province.overseer)
    by_code = {one.office.code: one for one in (first, second, own)}
    assert own.office.code == "yun"
    assert by_code["qing"].tasks[TaskState.SHORT_LISTED] == 1
    assert by_code["qing"].graded == 1
    assert by_code["qing"].calls[CallState.PUBLISHED] == 1
    assert by_code["qing"].stages == {Stage.CALLED: 1}
    assert by_code["lan"].tasks == {TaskState.LISTED: 1}
    assert not by_code["lan"].stages


def test_v1_a_package_is_followed_from_its_design(county: Office, province: Office) -> None:
    designed_package(county)
    assert stage_of(province, county) is Stage.DESIGNING


def test_v1_a_ready_package_is_not_yet_planned(county: Office, province: Office) -> None:
    ready_package(county)
    assert stage_of(province, county) is Stage.READY


def test_v1_a_package_is_followed_to_its_contract_and_closure(
    county: Office, province: Office, clock: Clock, phone: Callable[..., Any]
) -> None:
    contract, winner = signed_contract(county, clock, phone)
    assert stage_of(province, county) is Stage.WORKING
    enrolled(county, contract, 3, 2)
    opened_round(county, contract)
    standing = standing_of(province, county)
    assert sum(standing.rounds.values()) == 1
    assert standing.contracts == {ContractState.SIGNED: 1}
    assert standing.concentration is not None
    assert (standing.concentration.largest, standing.concentration.share) == (winner.organization.id, 100)
    accepted(county, contract)
    assert stage_of(province, county) is Stage.ACCEPTED
    assert standing_of(province, county).accepted == 1


def test_v1_a_closed_contract_ends_the_way(
    county: Office, province: Office, clock: Clock, phone: Callable[..., Any]
) -> None:
    contract, _winner = signed_contract(county, clock, phone)
    accepted(county, contract)
    acceptance.record_closure(contract.id, **meeting_on(local_day(clock.now)), by=county.officer)
    assert stage_of(province, county) is Stage.CLOSED


def test_v1_a_result_waits_in_the_open(
    county: Office, province: Office, clock: Clock, phone: Callable[..., Any]
) -> None:
    result_published(county, clock, phone)
    assert stage_of(province, county) is Stage.RESULT


def test_v1_a_single_bid_is_a_warning(
    county: Office, province: Office, clock: Clock, phone: Callable[..., Any]
) -> None:
    bidders = three_bidders(county, phone)
    call, lot = published_call(county, bidders)
    bidders[0].bids(lot, Decimal(4800))
    past_deadline(call, clock)
    assert concerns(province) == []
    opened(county, call)
    assert concerns(province) == [(Concern.FEW_BIDS, 1)]
    assert stage_of(province, county) is Stage.OPENED


def test_m1_a_late_transfer_is_a_warning_and_counts_days(
    county: Office, province: Office, clock: Clock, phone: Callable[..., Any]
) -> None:
    contract, _winner = signed_contract(county, clock, phone)
    schedule_transfers(contract.id, by=county.finance)
    clock.advance(days=30)
    assert concerns(province) == []
    clock.advance(days=4)
    (warning,) = list_warnings(county.id, by=province.overseer)
    assert (warning.concern, warning.subject, warning.figure) == (Concern.LATE_TRANSFER, contract.number, 4)
    standing = standing_of(province, county)
    assert (standing.late_transfers, standing.days_late) == (1, 4)


def test_r3_one_organization_with_most_of_the_money_is_a_warning(
    county: Office,
    other_county: Office,
    province: Office,
    clock: Clock,
    phone: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _contract, winner = signed_contract(county, clock, phone)
    assert concerns(province) == []
    monkeypatch.setattr(rules, "LEAST_CONTRACTS", 1)
    (warning,) = list_warnings(by=province.overseer)
    assert (warning.concern, warning.figure, warning.subject) == (
        Concern.CONCENTRATION,
        100,
        winner.organization.name,
    )
    assert list_warnings(other_county.id, by=province.overseer) == []


def test_h5_a_complaint_past_its_deadline_is_a_warning_without_its_reference(
    county: Office, province: Office, clock: Clock, phone: Callable[..., Any]
) -> None:
    phone("+8613700000001", county).says("投诉 水池漏水三个月没人管")
    assert concerns(province) == []
    assert standing_of(province, county).complaints.open == 1
    clock.advance(days=10)
    (warning,) = list_warnings(by=province.overseer)
    assert (warning.concern, warning.office.code) == (Concern.OVERDUE_COMPLAINT, "qing")
    assert warning.figure > 3
    assert any(warning.subject is about.label for about in About)
    assert warning.record is None
    assert standing_of(province, county).complaints.overdue == 1


def test_h8_several_complaints_about_one_contract_are_a_warning(
    county: Office, province: Office, clock: Clock, phone: Callable[..., Any]
) -> None:
    contract, _winner = signed_contract(county, clock, phone)
    for number in ("+8613700000001", "+8613700000002"):
        phone(number, county).says(f"投诉 合同{contract.number}的羊发得太晚")
    found = [one for one in list_warnings(by=province.overseer) if one.concern is Concern.REPEATED_COMPLAINTS]
    assert [(one.subject, one.figure) for one in found] == [(contract.number, 2)]


def test_t2_only_the_province_oversees_and_only_its_own_counties(
    county: Office, other_county: Office, province: Office
) -> None:
    with pytest.raises(NotPermitted):
        queries.list_county_standings(by=county.officer)
    with pytest.raises(NotPermitted):
        list_warnings(by=county.approver)
    with pytest.raises(NotFound):
        queries.find_county(99999, by=province.overseer)


def test_a_county_officer_is_shown_the_door(county: Office, browser: Doors, program: Doors) -> None:
    officer = browser(county, Role.PROCUREMENT_OFFICER)
    assert officer.get("/admin/oversight/").status_code == 403
    assert "/admin/oversight/" not in officer.get("/admin/").text
    assert program(county, Role.PROCUREMENT_OFFICER).get("/api/v1/oversight/counties").status_code == 403


@pytest.mark.parametrize("language", ["zh", "en"])
def test_v1_the_pages_drill_down_to_the_records(
    county: Office, province: Office, clock: Clock, phone: Callable[..., Any], browser: Doors, language: str
) -> None:
    contract, winner = signed_contract(county, clock, phone)
    for number in ("+8613700000001", "+8613700000002"):
        phone(number, county).says(f"投诉 合同{contract.number}的羊发得太晚")
    overseer = browser(province, Role.OVERSEER)
    index = overseer.get(f"/admin/oversight/?lang={language}")
    assert index.status_code == 200
    assert ("清河县扶贫办" if language == "zh" else "Qinghe County Office") in index.text
    assert f"/admin/contracts/{contract.id}" in index.text
    page = overseer.get(f"/admin/oversight/{county.id}")
    assert page.status_code == 200
    assert winner.organization.name in page.text
    for record in (
        f"contracts/{contract.id}",
        f"calls/{contract.call_id}",
        f"packages/{contract.package_id}",
        f"evaluation/{contract.id}",
    ):
        assert f"/admin/{record}" in page.text, record
        assert overseer.get(f"/admin/{record}").status_code == 200, record
    assert overseer.get("/admin/").status_code == 200


def test_v1_the_same_by_json(
    county: Office, province: Office, phone: Callable[..., Any], program: Doors
) -> None:
    published_call(county, three_bidders(county, phone))
    api = program(province, Role.OVERSEER)
    counties = {one["office"]: one for one in api.get("/api/v1/oversight/counties").json}
    assert counties["qing"]["stages"] == {"called": 1}
    assert counties["qing"]["methods"] == {"quotation": 1}
    assert api.get("/api/v1/oversight/warnings").json == []
