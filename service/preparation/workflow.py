"""The verbs of step 4 about packages; those about plan, workshops and regulation stand in ``planning.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from service.difficulty.queries import find_graded, find_variant
from service.preparation import cost_rules, rules
from service.preparation.models import CostLine, Package, ScopeOfWork
from service.preparation.planning_queries import is_planned
from service.preparation.queries import cost_lines, current_scope_of_work, methods_recommended
from service.preparation.rules import PricingMethod, ProcurementMethod
from service.preparation.schemas import TERMS
from tenants.actors import Actor
from tenants.audit import record
from tenants.counters import next_number
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, lock
from tenants.permissions import Permission
from tenants.settings import settings_in_force
from tenants.states import move


@command(Permission.PACKAGE_WRITE)
def design_package(variant_id: UUID, *, by: Actor, **facts: Any) -> Package:
    """Design a package from one graded way of doing a short-listed task (guide step 4.1(1), P1, P2).

    ``facts``: the fields of ``DesignSchema``. A task may become several packages. Refuses
    ``task_off_short_list``.
    """
    task, variant = find_graded(variant_id, by=by)
    rules.require_short_listed(task.state)
    package = Package(
        tenant_id=by.tenant_id,
        number=next_number("package", by),
        task_id=task.id,
        variant_id=variant.id,
        pricing_terms={},
        designed_at=by.now,
        designed_by=by.id,
        **facts,
    )
    db.session.add(package)
    db.session.flush()
    record(Event.PACKAGE_DESIGNED, package, by, number=package.number)
    return package


@command(Permission.PACKAGE_WRITE)
def change_package(package_id: UUID, *, by: Actor, **facts: Any) -> Package:
    """Change the design of a package that is not ready yet (P1). ``facts``: fields of ``DesignSchema``."""
    package = _in_design(package_id, by)
    for name, value in facts.items():
        setattr(package, name, value)
    record(Event.PACKAGE_CHANGED, package, by, fields=sorted(facts))
    return package


@command(Permission.PACKAGE_WRITE)
def set_costs(
    package_id: UUID, lines: Sequence[Mapping[str, Any]], core_costs: Decimal | None = None, *, by: Actor
) -> Package:
    """Set all cost lines of a package (guide step 4.1(2), P4).

    ``lines``: the fields of ``CostLineSchema`` each, amounts in yuan; ``core_costs``: the SO's running costs
    while the work lasts, in yuan. Refuses ``costs_missing``, ``core_is_no_investment`` and
    ``costs_too_large``.
    """
    package = _in_design(package_id, by)
    cost_rules.require_cost_lines(lines)
    db.session.execute(
        delete(CostLine).where(CostLine.tenant_id == by.tenant_id, CostLine.package_id == package.id)
    )
    rows = [
        CostLine(tenant_id=by.tenant_id, package_id=package.id, position=position, **line)
        for position, line in enumerate(lines, 1)
    ]
    db.session.add_all(rows)
    db.session.flush()
    package.core_costs = core_costs
    costs = cost_rules.costs_of(rows)
    record(Event.COSTS_SET, package, by, direct=costs.direct, service_fee=costs.service_fee)
    return package


@command(Permission.PACKAGE_WRITE)
def choose_pricing(
    package_id: UUID, method: PricingMethod, terms: Mapping[str, Any], *, by: Actor
) -> Package:
    """Choose how the service fee is priced, and on what terms (guide Table 6, P5).

    ``terms``: the loaded fields of the method's schema in ``TERMS``. Refuses ``rate_out_of_bounds``,
    ``results_missing``, ``cap_missing`` and ``inputs_missing``.
    """
    package = _in_design(package_id, by)
    cost_rules.require_pricing_terms(method, terms, settings_in_force(by.tenant_id, by.now))
    package.pricing_method = method
    package.pricing_terms = TERMS[method]().dump(terms)
    record(Event.PRICING_CHOSEN, package, by, method=method)
    return package


@command(Permission.PACKAGE_WRITE)
def choose_method(
    package_id: UUID, method: ProcurementMethod, reason: str | None = None, *, by: Actor
) -> Package:
    """Choose the procurement method; another than the recommended needs a reason, public with the call (P6).

    Refuses ``method_reason_missing``.
    """
    package = _in_design(package_id, by)
    recommended = methods_recommended(package, find_variant(package.variant_id, by=by), by)
    rules.require_reason_for_method(method, recommended, reason)
    package.procurement_method, package.method_reason = method, reason
    record(Event.METHOD_CHOSEN, package, by, method=method, recommended=method in recommended)
    return package


@command(Permission.PACKAGE_WRITE)
def write_scope_of_work(
    package_id: UUID, items: Mapping[str, str], items_en: Mapping[str, str] | None = None, *, by: Actor
) -> ScopeOfWork:
    """Write a new version of a package's scope of work (guide step 4.1(4), P7); it may still have open items.

    ``items``, ``items_en``: Table 8's twelve by key, in Chinese and in English.
    """
    package = _in_design(package_id, by)
    newest = db.session.scalar(
        select(func.max(ScopeOfWork.version)).where(
            ScopeOfWork.tenant_id == by.tenant_id, ScopeOfWork.package_id == package.id
        )
    )
    scope = ScopeOfWork(
        tenant_id=by.tenant_id,
        package_id=package.id,
        version=(newest or 0) + 1,
        items=dict(items),
        items_en=dict(items_en or {}),
        written_at=by.now,
        written_by=by.id,
    )
    db.session.add(scope)
    db.session.flush()
    record(Event.SCOPE_OF_WORK_WRITTEN, package, by, version=scope.version, open=len(rules.open_items(items)))
    return scope


@command(Permission.PACKAGE_WRITE)
def finish_package(package_id: UUID, *, by: Actor) -> Package:
    """Declare a package ready for procurement (guide step 4, pointer 2; P1, P4-P7).

    Refuses ``design_incomplete``, ``costs_missing``, ``pricing_missing``, ``method_missing``,
    ``scope_incomplete``.
    """
    package = lock(Package, package_id, by)
    rules.require_design_complete(package.design)
    rules.require_costed(len(cost_lines(package)))
    rules.require_priced(package.pricing_method, package.procurement_method)
    scope = current_scope_of_work(package.id, by=by)
    rules.require_scope_complete(scope.items if scope else None)
    move(package, "finish", by)
    record(Event.PACKAGE_FINISHED, package, by)
    return package


@command(Permission.PACKAGE_WRITE)
def redesign_package(package_id: UUID, reason: str, *, by: Actor) -> Package:
    """Take a ready package back into design (P9). Refuses ``package_planned`` while a plan relies on it."""
    package = lock(Package, package_id, by)
    rules.require_not_planned(is_planned(package))
    move(package, "redesign", by, reason)
    record(Event.PACKAGE_REOPENED, package, by)
    return package


def _in_design(package_id: UUID, by: Actor) -> Package:
    package = lock(Package, package_id, by)
    rules.require_in_design(package.state)
    return package
