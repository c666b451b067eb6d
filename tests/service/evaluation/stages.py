"""How far an office has come in step 7, built through the real commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stdnum.cn import uscc

from service.contracts import workflow as contracts
from service.contracts.models import Contract
from service.contracts.rules import CLAUSES, Side
from service.evaluation import acceptance, workflow
from service.evaluation.models import Acceptance, Beneficiary, EvaluationRound
from service.evaluation.rules import NEVER_ABSENT, Gender, Outcome, QuestionKind
from service.organizations.assessments import assess_capacity
from service.organizations.rules import Capacity, Factor
from service.organizations.workflow import change_organization
from service.procurement import selection
from service.procurement.models import Call
from service.procurement.selection_queries import view_selection
from service.procurement.selection_rules import Indicator, Verdict
from tenants.permissions import Role
from tenants.workdays import local_day
from tests.conftest import Clock, Office
from tests.service.procurement.stages import Bidder, opened_call, three_bidders

QUESTIONS: list[dict[str, Any]] = [
    {
        "kind": QuestionKind.SCALE,
        "text": "您对养羊项目满意吗？",
        "text_en": "How happy are you with the goats?",
    },
    {
        "kind": QuestionKind.YES_NO,
        "text": "有人问过您的意见吗？",
        "text_en": "Did anybody ask for your opinion?",
    },
    {"kind": QuestionKind.WORDS, "text": "哪里还可以做得更好？", "text_en": "What could be better?"},
]
INDICATORS = [
    {"indicator": "三十户都领到五只羊", "met": True, "finding": "逐户看过"},
    {"indicator": "成活率九成以上", "met": True},
]
MEETING: dict[str, Any] = {
    "participants": list(NEVER_ABSENT),
    "experience": "先培训再发羊",
    "opinions": "妇女小组愿意继续",
    "awards": "山里人合作社评为先进",
    "reflections": "拨款及时，部门配合好",
    "lessons": "羊要在春天发，冬天死得多",
}


def experienced(county: Office, bidder: Bidder) -> None:
    """An SO that is legally registered; two assessors agree that it is mature and dependable."""
    body = f"51530000MJ{bidder.number[-7:]}"
    change_organization(
        bidder.organization.id, credit_code=body + uscc.calc_check_digit(body), by=county.officer
    )
    for person in ("first assessor", "second assessor"):
        assess_capacity(
            bidder.organization.id,
            factors={factor.value: 3 for factor in Factor},
            category=Capacity.C,
            reasons="实地看过",
            by=county.actor(Role.APPROVER, name=person),
        )


def result_published(
    county: Office, clock: Clock, phone: Callable[..., Any], bidders: list[Bidder] | None = None
) -> tuple[Call, list[Bidder]]:
    """Three SOs bid, new ones or those given, the first one lowest; it is selected, and the result is public."""
    if bidders is None:
        bidders = three_bidders(county, phone)
        for bidder in bidders:
            experienced(county, bidder)
    call, _lot = opened_call(county, clock, bidders, [Decimal(4800), Decimal(5200), Decimal(5600)])
    (file,) = view_selection(call.id, by=county.officer).lots
    for one in file.bids:
        selection.screen_bid(one.bid.id, None, by=county.officer)
        for reviewer in ("first reviewer", "second reviewer"):
            selection.review_bid(
                one.bid.id,
                {indicator.value: Verdict.GOOD.value for indicator in Indicator},
                True,
                "可行",
                by=county.actor(Role.EXPERT, name=reviewer),
            )
    cheapest = min(file.bids, key=lambda one: one.bid.price or Decimal(0))
    selection.select_winner(file.lot.id, cheapest.bid.id, "报价最低", by=county.officer)
    return selection.publish_result(call.id, by=county.officer), bidders


def signed_contract(
    county: Office, clock: Clock, phone: Callable[..., Any], bidders: list[Bidder] | None = None
) -> tuple[Contract, Bidder]:
    """A contract in force with the SO that bid lowest: 60,000 yuan and a fee of 4,800, paid in a month."""
    call, bidders = result_published(county, clock, phone, bidders)
    clock.advance(days=20)
    (contract,) = contracts.approve_and_begin(
        call.id, by=county.actor(Role.APPROVER, name="head of the office")
    )
    winner = next(one for one in bidders if one.organization.id == contract.organization_id)
    contracts.file_implementation_plan(
        contract.id, winner.organization.id, text="四月培训，五月发羊", document=None, by=winner.actor
    )
    today = local_day(clock.now)
    contracts.draw_up_contract(
        contract.id,
        starts_on=today,
        ends_on=today + timedelta(days=200),
        clauses_en={},
        clauses={item.value: "按任务书执行" for item in CLAUSES},
        by=county.officer,
        transfers=[{"purpose": "全部款项", "amount": Decimal(64800), "due_on": today + timedelta(days=30)}],
    )
    contracts.review_contract(contract.id, "李律师", "条款齐全", by=county.officer)
    contracts.sign_contract(contract.id, Side.PURCHASER, "周主任", by=county.officer)
    return contracts.sign_contract(contract.id, Side.PROVIDER, "王芳", by=county.officer), winner


def enrolled(
    county: Office, contract: Contract, women: int, men: int, group: str = "石板村"
) -> list[Beneficiary]:
    """People on the register of a contract's package, each with a phone of her or his own."""
    genders = [Gender.WOMAN] * women + [Gender.MAN] * men
    people = [
        {"phone": number_of(place), "gender": gender, "group": group, "consented": True}
        for place, gender in enumerate(genders)
    ]
    return workflow.enrol_beneficiaries(contract.package_id, people, by=county.officer)


def number_of(place: int) -> str:
    """The phone number of the beneficiary at a place of the register."""
    return f"+861370000{place:04}"


def opened_round(
    county: Office, contract: Contract, questions: list[dict[str, Any]] | None = None
) -> EvaluationRound:
    """An evaluation that waits for answers."""
    return workflow.open_round(
        contract.id,
        title="石板村养羊",
        title_en="Goats in Shiban",
        questions=questions or QUESTIONS,
        by=county.officer,
    )


def accepted(
    county: Office, contract: Contract, outcome: Outcome = Outcome.ACCEPTED, **facts: Any
) -> Acceptance:
    """What an acceptance group of two found."""
    return acceptance.record_acceptance(
        contract.id,
        members=["水务局 李工", "石板村 王主任"],
        indicators=INDICATORS,
        findings="群众满意",
        outcome=outcome,
        by=county.officer,
        **facts,
    )


def meeting_on(day: date) -> dict[str, Any]:
    """A closure meeting held on a day, with everybody there whom it is about."""
    return {**MEETING, "held_on": day}
