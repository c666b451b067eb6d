"""What a complaint is about: found in its words, held up while open, out of own hands (H1, H8, T4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.complaints import following, queries, workflow
from service.complaints.filing import file_complaint, tell_about
from service.complaints.rules import About, Resolution
from service.complaints.subjects import find_subject
from service.procurement import selection
from service.procurement.models import Award, Call
from tenants.permissions import Role
from tenants.refusals import NotPermitted, RuleBroken
from tests.conftest import Clock, Office, Phone
from tests.service.complaints.stages import NEIGHBOUR, filed, sender
from tests.service.evaluation.stages import result_published, signed_contract
from tests.service.procurement.stages import published_call, three_bidders

Phones = Callable[..., Phone]


@pytest.fixture
def call(county: Office, clock: Clock, phone: Phones) -> Call:
    """A call whose result is public."""
    return result_published(county, clock, phone)[0]


def approve(county: Office, call: Call) -> list[Award]:
    """Approve the result after its standstill."""
    return selection.approve_result(call.id, by=county.actor(Role.APPROVER, name="head of the office"))


def test_h1_a_call_is_found_by_its_number_its_lot_or_as_the_only_one(
    county: Office, phone: Phones, clock: Clock
) -> None:
    call, lot = published_call(county, three_bidders(county, phone))
    by = county.system
    assert find_subject(f"{call.number}号公告不公平", About.UNKNOWN, by=by) == (About.CALL, call.id)
    assert find_subject(f"报价{lot}号不公平", About.UNKNOWN, by=by) == (About.CALL, call.id)
    assert find_subject("评得不公平", About.CALL, by=by) == (About.CALL, call.id)
    assert find_subject("评得不公平", About.UNKNOWN, by=by) == (About.UNKNOWN, None)
    assert find_subject("99号公告不公平", About.UNKNOWN, by=by) == (About.UNKNOWN, None)


def test_h8_c11_a_complaint_about_a_call_blocks_its_approval_until_it_is_resolved(
    county: Office, call: Call, clock: Clock
) -> None:
    case = filed(county, f"{call.number}号公告的结果不公平", NEIGHBOUR)
    assert case.about is About.CALL
    clock.advance(days=20)
    with pytest.raises(RuleBroken, match="holds_open"):
        approve(county, call)
    workflow.investigate(case.complaint_id, by=county.desk)
    workflow.resolve(
        case.complaint_id,
        resolution=Resolution.UNFOUNDED,
        facts="查了评审记录",
        answer="评审有记录可查",
        by=county.desk,
    )
    assert approve(county, call)


def test_h8_saying_that_it_is_about_the_result_holds_the_one_call_under_way(
    county: Office, call: Call, clock: Clock
) -> None:
    case = filed(county, "评得不公平", NEIGHBOUR)
    tell_about(case.reference, About.CALL, by=sender(county, NEIGHBOUR))
    clock.advance(days=20)
    with pytest.raises(RuleBroken, match="holds_open"):
        approve(county, call)


def test_h8_h4_a_case_that_went_above_holds_the_countys_call_by_reason_only(
    county: Office, province: Office, call: Call, clock: Clock
) -> None:
    case = filed(county, f"{call.number}号公告是干部内定的", NEIGHBOUR)
    assert case.above
    assert queries.list_complaints(by=county.desk) == []
    clock.advance(days=20)
    with pytest.raises(RuleBroken, match="holds_open"):
        approve(county, call)
    workflow.investigate(case.complaint_id, by=province.desk)
    workflow.resolve(
        case.complaint_id, resolution=Resolution.UNFOUNDED, facts="查过", answer="没有内定", by=province.desk
    )
    assert approve(county, call)


def test_h8_a_reopened_complaint_holds_again(county: Office, call: Call, clock: Clock) -> None:
    case = filed(county, f"{call.number}号公告的结果不公平", NEIGHBOUR)
    workflow.investigate(case.complaint_id, by=county.desk)
    workflow.resolve(
        case.complaint_id, resolution=Resolution.UNFOUNDED, facts="查过", answer="没有问题", by=county.desk
    )
    following.say_whether_solved(case.reference, solved=False, by=sender(county, NEIGHBOUR))
    clock.advance(days=20)
    with pytest.raises(RuleBroken, match="holds_open"):
        approve(county, call)


def test_c11_a_complaint_after_the_standstill_flags_but_does_not_block(
    county: Office, call: Call, clock: Clock
) -> None:
    clock.advance(days=20)
    filed(county, f"{call.number}号公告的结果不公平", NEIGHBOUR)
    assert approve(county, call)


def test_t4_who_prepared_the_call_does_not_look_into_a_complaint_about_it(
    county: Office, call: Call, clock: Clock
) -> None:
    case = filed(county, f"{call.number}号公告的结果不公平", NEIGHBOUR)
    preparer = county.actor(Role.COMPLAINT_OFFICER, name="officer")
    with pytest.raises(NotPermitted, match="own_matter"):
        workflow.investigate(case.complaint_id, by=preparer)
    workflow.investigate(case.complaint_id, by=county.desk)
    with pytest.raises(NotPermitted, match="own_matter"):
        workflow.resolve(
            case.complaint_id, resolution=Resolution.UNFOUNDED, facts="查过", answer="没有问题", by=preparer
        )


def test_h1_h8_several_complaints_about_one_contract_raise_a_warning(
    county: Office, clock: Clock, phone: Phones
) -> None:
    contract, winner = signed_contract(county, clock, phone)
    first = filed(county, f"合同{contract.number}的羊都是病羊", NEIGHBOUR)
    assert first.about is About.WORK
    assert queries.list_warnings(by=county.desk) == []
    filed(county, "1号项目没人管")
    (warning,) = queries.list_warnings(by=county.desk)
    assert (warning.number, contract.number in warning.name) == (2, True)
    found = queries.find_complaint(first.complaint_id, by=county.desk)
    assert found.subject == warning.name
    by = sender(county)
    about_so = file_complaint(
        f"{winner.organization.name}的人从不来", about=About.ORGANIZATION, contact_id=by.id, by=by
    )
    assert queries.find_complaint(about_so.complaint_id, by=county.desk).subject == winner.organization.name
