"""From the approved result to a contract in force on a real database (C4, C11, C12, O6, T4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest

from service.contracts import queries, workflow
from service.contracts.rules import CLAUSES, ContractItem, ContractState, Side
from service.procurement.rules import CallState
from service.procurement.selection_queries import view_selection
from tenants.permissions import Role
from tenants.refusals import AlreadyDone, NotFound, NotPermitted, RuleBroken, WrongStage
from tenants.schema import libpq
from tests.conftest import Clock, Office, Phone
from tests.service.contracts.stages import ENDS, STARTS, TERMS, begun, drawn_up, in_force, plan_filed
from tests.service.procurement.selection_stages import after_standstill, result_published
from tests.service.procurement.test_selection import change_organization, texts_to

Phones = Callable[..., Phone]


def docx() -> bytes:
    """A file that a word processor would take for its own."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return buffer.getvalue()


def test_c11_approval_begins_the_contract_and_asks_the_winner_for_its_plan(
    county: Office, clock: Clock, phone: Phones
) -> None:
    contract, winner = begun(county, clock, phone)
    assert (contract.number, contract.state) == ("QING-2026-001", ContractState.AWAITING_PLAN)
    assert (contract.direct_investment, contract.service_fee) == (60000, 17500)
    assert contract.organization_id == winner.organization.id
    assert "http://qiao.test/f/" in texts_to(winner, by=county.officer)[-1]


@pytest.mark.parametrize(
    ("found_out", "refusal"),
    [({"controlled_by_office": True}, "controlled_by_office"), ({"credit_code": None}, "needs_umbrella")],
    ids=["r2", "o6"],
)
def test_approval_and_contract_come_together_or_not_at_all(
    county: Office, clock: Clock, phone: Phones, found_out: dict[str, object], refusal: str
) -> None:
    call, bidders, _bids = result_published(county, clock, phone)
    after_standstill(county, call, clock)
    change_organization(bidders[1].organization, **found_out, by=county.officer)
    with pytest.raises(RuleBroken, match=refusal):
        workflow.approve_and_begin(call.id, by=county.approver)
    assert view_selection(call.id, by=county.officer).call.state is CallState.RESULT_PUBLISHED
    assert queries.list_contracts(by=county.officer) == []


def test_c4_the_winner_files_its_plan_as_text_or_file_and_nobody_else_does(
    county: Office, clock: Clock, phone: Phones
) -> None:
    contract, winner = begun(county, clock, phone)
    with pytest.raises(NotFound):
        workflow.file_implementation_plan(
            contract.id, contract.call_id, text="别人的", document=None, by=winner.actor
        )
    with pytest.raises(NotPermitted):
        workflow.file_implementation_plan(
            contract.id, winner.organization.id, text="代填", document=None, by=county.officer
        )
    for document, code in ((None, "plan_missing"), (("plan.exe", b"MZ"), "document_kind")):
        with pytest.raises(RuleBroken, match=code):
            workflow.file_implementation_plan(
                contract.id, winner.organization.id, text=None, document=document, by=winner.actor
            )
    workflow.file_implementation_plan(
        contract.id, winner.organization.id, text=None, document=("养羊方案.doc", docx()), by=winner.actor
    )
    stored = queries.find_plan_file(contract.id, by=county.officer)
    assert (stored.name, stored.content) == ("养羊方案.docx", docx())


def test_c4_a_lost_link_is_sent_again_until_the_contract_is_reviewed(
    county: Office, clock: Clock, phone: Phones
) -> None:
    contract, winner = drawn_up(county, clock, phone)
    before = len(texts_to(winner, by=county.officer))
    workflow.send_plan_link(contract.id, by=county.officer)
    assert len(texts_to(winner, by=county.officer)) == before + 1
    workflow.review_contract(contract.id, "赵律师", "可以", by=county.officer)
    with pytest.raises(WrongStage):
        workflow.send_plan_link(contract.id, by=county.officer)
    with pytest.raises(WrongStage):
        workflow.file_implementation_plan(
            contract.id, winner.organization.id, text="换一个方案", document=None, by=winner.actor
        )


def test_c12_no_contract_without_the_implementation_plan(county: Office, clock: Clock, phone: Phones) -> None:
    contract, _winner = begun(county, clock, phone)
    with pytest.raises(RuleBroken, match="plan_not_filed"):
        workflow.draw_up_contract(contract.id, **TERMS, by=county.officer)


def test_c12_a_draft_begins_from_the_scope_of_work(county: Office, clock: Clock, phone: Phones) -> None:
    contract, _winner = plan_filed(county, clock, phone)
    draft = queries.draft_terms(queries.view_contract(contract.id, by=county.officer))
    assert draft["clauses"][ContractItem.POPULATION] == "target_group：按设计执行"
    assert "location：按设计执行" in draft["clauses"][ContractItem.SCALE]
    assert {item for item in CLAUSES if not draft["clauses"][item]} == set()
    assert draft["clauses_en"][ContractItem.RESULTS] == "results: as designed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clauses": {**TERMS["clauses"], "objectives": " "}}, "clauses_missing"),
        ({"ends_on": date(2026, 3, 1)}, "period_reversed"),
        ({"transfers": TERMS["transfers"][:1]}, "transfers_do_not_add_up"),
        ({"transfers": []}, "transfers_missing"),
        ({"clauses": {**TERMS["clauses"], "support": "资金到位后支付。"}}, "late_transfer_excused"),
        ({"clauses_en": {"support": "Party A is not liable for late transfers."}}, "late_transfer_excused"),
        (
            {"transfers": [{"purpose": "财政资金下达后支付", "amount": Decimal(77500), "due_on": ENDS}]},
            "late_transfer_excused",
        ),
    ],
)
def test_c12_terms_that_break_a_rule_are_refused(
    changes: dict[str, Any], code: str, county: Office, clock: Clock, phone: Phones
) -> None:
    contract, _winner = plan_filed(county, clock, phone)
    with pytest.raises(RuleBroken, match=code):
        workflow.draw_up_contract(contract.id, **{**TERMS, **changes}, by=county.officer)


def test_c12_a_contract_is_in_force_once_both_sides_signed_what_was_reviewed(
    county: Office, clock: Clock, phone: Phones
) -> None:
    contract, winner = drawn_up(county, clock, phone)
    with pytest.raises(WrongStage):
        workflow.sign_contract(contract.id, Side.PROVIDER, "王芳", by=county.officer)
    workflow.review_contract(contract.id, "赵律师", "条款合法、清楚", by=county.officer)
    assert "reviewed and ready" in texts_to(winner, by=county.officer)[-1]
    first = workflow.sign_contract(contract.id, Side.PROVIDER, "王芳", by=county.officer)
    assert first.state is ContractState.REVIEWED
    with pytest.raises(AlreadyDone, match="already_signed"):
        workflow.sign_contract(contract.id, Side.PROVIDER, "王芳", by=county.officer)
    signed = workflow.sign_contract(contract.id, Side.PURCHASER, "李主任", by=county.officer)
    assert signed.state is ContractState.SIGNED
    text = texts_to(winner, by=county.officer)[-1]
    assert "60,000" in text
    assert STARTS.isoformat() in text


def test_c12_new_terms_need_a_new_review_and_new_signatures(
    county: Office, clock: Clock, phone: Phones
) -> None:
    contract, _winner = drawn_up(county, clock, phone)
    workflow.review_contract(contract.id, "赵律师", "可以", by=county.officer)
    workflow.sign_contract(contract.id, Side.PROVIDER, "王芳", by=county.officer)
    again = workflow.draw_up_contract(contract.id, **TERMS, by=county.officer)
    assert (again.state, again.legal_review, again.provider_signed_at) == (ContractState.DRAFTED, None, None)


def test_c12_a_signed_contract_keeps_its_terms_until_it_is_closed(
    county: Office, clock: Clock, phone: Phones
) -> None:
    contract, _winner = in_force(county, clock, phone)
    with pytest.raises(WrongStage):
        workflow.draw_up_contract(contract.id, **TERMS, by=county.officer)
    assert [one.amount for one in workflow.planned_transfers(contract)] == [60000, 17500]
    assert workflow.close_contract(contract.id, by=county.officer).state is ContractState.CLOSED
    with pytest.raises(WrongStage):
        workflow.close_contract(contract.id, by=county.officer)


def test_t7_the_names_of_those_who_signed_and_reviewed_are_kept_encrypted(
    county: Office, clock: Clock, phone: Phones, servers: SimpleNamespace
) -> None:
    contract, _winner = in_force(county, clock, phone)
    assert queries.find_contract(contract.id, by=county.officer).provider_signatory == "王芳"
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao") as connection:
        (kept,) = connection.execute("SELECT to_jsonb(contracts)::text FROM contracts").fetchone() or ("",)
    assert contract.number in kept
    names = ("王芳", "李主任", "赵律师")
    assert [name for name in names if name in kept or name.encode().hex() in kept] == []


def test_t2_the_neighbour_finds_no_contract_and_the_province_cannot_write_it(
    county: Office, other_county: Office, province: Office, clock: Clock, phone: Phones
) -> None:
    contract, _winner = plan_filed(county, clock, phone)
    with pytest.raises(NotFound):
        queries.view_contract(contract.id, by=other_county.officer)
    with pytest.raises(NotFound):
        workflow.draw_up_contract(contract.id, **TERMS, by=other_county.officer)
    assert queries.view_contract(contract.id, by=province.overseer).contract.number == contract.number
    with pytest.raises(NotPermitted):
        workflow.draw_up_contract(contract.id, **TERMS, by=province.overseer)


def test_t4_neither_the_officer_nor_a_reviewer_approves_and_begins(
    county: Office, clock: Clock, phone: Phones
) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    after_standstill(county, call, clock)
    with pytest.raises(NotPermitted, match="own_preparation"):
        workflow.approve_and_begin(call.id, by=county.actor(Role.APPROVER, name="officer"))
    assert queries.list_contracts(by=county.officer) == []
