"""How far an office has come in step 4, built through the real commands; later rooms begin here."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from service.difficulty.models import Variant
from service.difficulty.rules import Approach
from service.difficulty.workflow import grade_variant
from service.identification import queries as identification
from service.identification.rules import Category, Proposer
from service.identification.workflow import list_task, screen_task, set_criteria
from service.organizations.assessments import assess_capacity
from service.organizations.models import Organization
from service.organizations.rules import Capacity, Factor, Source
from service.organizations.workflow import list_organization, short_list_organization
from service.preparation import planning, workflow
from service.preparation.models import Package, Plan, Regulation
from service.preparation.rules import (
    CostKind,
    Department,
    DesignQuestion,
    PricingMethod,
    ProcurementMethod,
    RegulationSection,
    SowItem,
    WorkshopTopic,
)
from tenants.permissions import Role
from tenants.workdays import local_day
from tests.conftest import Office

GOATS: dict[str, Any] = {
    "year": 2026,
    "name": "石板村贫困户养羊",
    "name_en": "Goats for poor households in Shiban",
    "villages": "石板村、上寨",
    "design": {question.value: f"{question.value}：三十户，每户五只母羊" for question in DesignQuestion},
}
COSTS: list[dict[str, Any]] = [
    {
        "kind": CostKind.DIRECT,
        "item": "母羊",
        "unit": "只",
        "quantity": Decimal(150),
        "unit_cost": Decimal(400),
    },
    {
        "kind": CostKind.PERSONNEL,
        "item": "技术员",
        "unit": "月",
        "quantity": Decimal(2),
        "unit_cost": Decimal(2000),
        "monthly_pay": Decimal(2000),
        "core": True,
    },
    {
        "kind": CostKind.ADMINISTRATION,
        "item": "办公",
        "unit": "项",
        "quantity": Decimal(1),
        "unit_cost": Decimal(800),
    },
]
SCOPE = {item.value: f"{item.value}：按设计执行" for item in SowItem}
SCOPE_EN = {item.value: f"{item.value}: as designed" for item in SowItem}
SECTIONS = {section.value: f"{section.value}：本县规定如下。" for section in RegulationSection}


def graded_variant(
    county: Office, approach: Approach = Approach.CONTRACTOR, title: str = "贫困户养羊"
) -> Variant:
    """One graded way of doing a short-listed task; a contractor makes it easy, the community difficult."""
    if not identification.list_criteria(2026, by=county.officer):
        set_criteria(2026, [{"question": "群众欢迎吗？"}], by=county.officer)
    task = list_task(
        year=2026,
        title=title,
        description="养羊增收",
        category=Category.ENTERPRISES,
        proposer=Proposer.VILLAGE,
        by=county.officer,
    )
    answers = [
        {"criterion_id": criterion.id, "answer": True, "reason": "都同意"}
        for criterion in identification.list_criteria(2026, by=county.officer)
    ]
    screen_task(task.id, answers=answers, keep=True, by=county.officer)
    return grade_variant(
        task.id, name="一种做法", approach=approach, aspects=[], quality="成活率九成以上", by=county.officer
    )


def designed_package(county: Office, approach: Approach = Approach.CONTRACTOR, **facts: Any) -> Package:
    """A package with all questions of its design answered, and nothing else."""
    return workflow.design_package(
        graded_variant(county, approach).id, by=county.officer, **{**GOATS, **facts}
    )


def ready_package(
    county: Office,
    approach: Approach = Approach.CONTRACTOR,
    method: ProcurementMethod = ProcurementMethod.QUOTATION,
    **facts: Any,
) -> Package:
    """A package that is ready for procurement: 60,000 yuan of direct investment, a service fee of 4,800."""
    package = designed_package(county, approach, **facts)
    workflow.set_costs(package.id, COSTS, by=county.officer)
    workflow.choose_pricing(package.id, PricingMethod.PROPORTIONAL, {"rate": Decimal(8)}, by=county.officer)
    workflow.choose_method(package.id, method, "县里商定", by=county.officer)
    workflow.write_scope_of_work(package.id, SCOPE, SCOPE_EN, by=county.officer)
    return workflow.finish_package(package.id, by=county.officer)


def capable_organization(
    county: Office, category: Capacity = Capacity.C, name: str = "山里人合作社"
) -> Organization:
    """A listed SO whose category two assessors agreed on."""
    organization = list_organization(name=name, source=Source.TELEPHONE, by=county.officer)
    short_list_organization(organization.id, by=county.officer)
    for person in ("first assessor", "second assessor"):
        assess_capacity(
            organization.id,
            factors={factor.value: 3 for factor in Factor},
            category=category,
            reasons="实地看过",
            by=county.actor(Role.APPROVER, name=person),
        )
    return organization


def approved_plan(county: Office, funds: Decimal = Decimal(500_000)) -> Plan:
    """The year's plan with all packages that are ready and fit, approved by another person."""
    plan = planning.draft_plan(2026, funds, by=county.officer)
    planning.submit_plan(plan.id, by=county.officer)
    return planning.approve_plan(plan.id, by=county.approver)


def adopted_regulation(county: Office) -> Regulation:
    """An Implementation Regulation in force from today."""
    regulation = planning.draft_regulation("社会扶贫服务采购实施办法", SECTIONS, by=county.officer)
    return planning.adopt_regulation(regulation.id, local_day(county.officer.now), by=county.approver)


def two_workshops(county: Office) -> None:
    """The two county workshops that come before the first call."""
    for days in (20, 10):
        planning.record_workshop(
            local_day(county.officer.now) - timedelta(days=days),
            agenda=list(WorkshopTopic),
            invited=list(Department),
            present=[Department.FINANCE, Department.WOMEN],
            decisions="同意试点",
            by=county.officer,
        )


def ready_for_calls(county: Office, **facts: Any) -> tuple[Package, Plan]:
    """What stands before a first call: a ready package in an approved plan, a regulation, two workshops."""
    package = ready_package(county, **facts)
    plan = approved_plan(county)
    adopted_regulation(county)
    two_workshops(county)
    return package, plan
