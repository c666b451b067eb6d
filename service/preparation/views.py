"""The pages of step 4 about packages; plan, workshops and regulation stand in ``planning_views.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from service.preparation import documents, queries, workflow
from service.preparation.models import Package
from service.preparation.queries import PackagePage
from service.preparation.rules import DESIGN_BEHIND, DesignQuestion, PackageState, PricingMethod, SowItem
from service.preparation.schemas import (
    TERMS,
    CostLinesSchema,
    DesignSchema,
    MethodSchema,
    PackageSchema,
    ReasonSchema,
    ScopeOfWorkSchema,
)
from service.refusals import words_for
from service.schemas import Schema
from service.web.filters import yuan
from service.web.forms import FormView, check
from service.web.session import current_actor, current_office, locale
from tenants.refusals import RuleBroken
from tenants.workdays import local_day

bp = Blueprint("preparation", __name__, url_prefix="/admin/packages", template_folder="templates")

Answer = str | Any
Choices = Mapping[str, Iterable[tuple[Any, Any]]]


def filled(
    schema: type[Schema],
    known: Callable[[], Any],
    save: Callable[..., Any],
    *,
    onward: Callable[[Any], str],
    choices: Choices | None = None,
    **page: Any,
) -> Answer:
    """Show a form with what is ``known``; once it is filled in, ``save`` it and go ``onward``.

    Where a rule refuses, the form comes back with the reason and with all that was written. ``page``: what
    ``form.html`` shows around it.
    """
    if request.method == "GET":
        view = FormView(schema, known(), choices=choices)
    else:
        data, view = check(schema, request.form, choices=choices)
        if data is not None:
            try:
                return redirect(onward(save(**data)))
            except RuleBroken as refusal:
                view.general.append(words_for(refusal))
    return render_template("form.html", view=view, **page)


@bp.get("/")
def index() -> str:
    """The packages of the office with what they cost."""
    by = current_actor()
    return render_template(
        "preparation/index.html",
        packages=queries.list_packages(by=by),
        may=by.may,
        year=local_day(by.now).year,
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Answer:
    """Design a package from one graded way of doing a short-listed task."""
    by = current_actor()
    ways = [
        (variant.id, f"{task.number} {task.title} · {variant.name} ({variant.difficulty.label})")
        for task, variant in queries.list_graded(by=by)
    ]
    return filled(
        PackageSchema,
        lambda: {"year": local_day(by.now).year, "variant_id": request.args.get("variant")},
        lambda **facts: workflow.design_package(**facts, by=by),
        onward=_to_page,
        choices={"variant_id": ways},
        title=_("New package"),
        crumbs=_crumbs(),
        lead=_(
            "One way of doing a short-listed task becomes one or several packages, by village or by breed."
        ),
    )


@bp.get("/<uuid:package_id>")
def show(package_id: UUID) -> str:
    """All about a package, and what it still needs."""
    by = current_actor()
    page = queries.find_package_page(package_id, by=by)
    return render_template(
        "preparation/package.html",
        page=page,
        package=page.package,
        missing=_missing(page),
        terms=_terms(page.package),
        may=by.may,
        own=page.package.tenant_id == by.tenant_id,
        redesign=FormView(ReasonSchema),
        questions=DesignQuestion,
        states=PackageState,
    )


@bp.route("/<uuid:package_id>/design", methods=["GET", "POST"])
def design(package_id: UUID) -> Answer:
    """Change the design."""
    by = current_actor()
    package = queries.find_package(package_id, by=by)
    return filled(
        DesignSchema,
        lambda: package,
        lambda **facts: workflow.change_package(package_id, **facts, by=by),
        **_around(package, _("Design")),
    )


@bp.route("/<uuid:package_id>/costs", methods=["GET", "POST"])
def costs(package_id: UUID) -> Answer:
    """Write down the costs, line by line."""
    by = current_actor()
    page = queries.find_package_page(package_id, by=by)
    return filled(
        CostLinesSchema,
        lambda: {"lines": page.lines, "core_costs": page.package.core_costs},
        lambda **costs: workflow.set_costs(package_id, **costs, by=by),
        lead=_("Direct investment, and what the organization needs to do the work and to keep going."),
        **_around(page.package, _("Costs")),
    )


@bp.route("/<uuid:package_id>/pricing", methods=["GET", "POST"])
def pricing(package_id: UUID) -> Answer:
    """Choose a pricing method, then write its terms."""
    by = current_actor()
    page = queries.find_package_page(package_id, by=by)
    wanted = request.args.get("method")
    if wanted not in list(PricingMethod):
        return render_template(
            "preparation/pricing.html", page=page, package=page.package, methods=PricingMethod
        )
    method = PricingMethod(wanted)
    known = page.package.pricing_terms if page.package.pricing_method is method else {}
    return filled(
        TERMS[method],
        lambda: known,
        lambda **terms: workflow.choose_pricing(package_id, method, terms, by=by),
        **_around(page.package, method.label),
    )


@bp.route("/<uuid:package_id>/method", methods=["GET", "POST"])
def method(package_id: UUID) -> Answer:
    """Choose the procurement method."""
    by = current_actor()
    page = queries.find_package_page(package_id, by=by)
    recommended = _(" or ").join(str(method.label) for method in page.methods_recommended)
    return filled(
        MethodSchema,
        lambda: {"method": page.package.procurement_method, "reason": page.package.method_reason},
        lambda **choice: workflow.choose_method(package_id, **choice, by=by),
        lead=_("Recommended here: %(methods)s.", methods=recommended) if recommended else "",
        **_around(page.package, _("Procurement method")),
    )


@bp.route("/<uuid:package_id>/scope-of-work", methods=["GET", "POST"])
def scope_of_work(package_id: UUID) -> Answer:
    """Write a new version of the scope of work."""
    by = current_actor()
    page = queries.find_package_page(package_id, by=by)
    return filled(
        ScopeOfWorkSchema,
        lambda: page.scopes[0] if page.scopes else {"items": _first_items(page.package)},
        lambda **items: workflow.write_scope_of_work(package_id, **items, by=by),
        lead=_("What is bought, for both sides to read. It becomes part of the contract."),
        **_around(page.package, _("Scope of work")),
    )


@bp.get("/<uuid:package_id>/scope-of-work.docx")
def scope_of_work_document(package_id: UUID) -> Response:
    """The newest scope of work in Word, ``?language=zh`` or ``en``; ``copy=office`` for the office's own."""
    by = current_actor()
    language = request.args.get("language", locale())
    paper = queries.find_scope_paper(package_id, office_copy=request.args.get("copy") == "office", by=by)
    content = documents.scope_of_work_document(paper, "en" if language == "en" else "zh")
    return download(
        content, documents.WORD, f"scope-of-work-{paper.package.number}-{paper.scope.version}.docx"
    )


@bp.post("/<uuid:package_id>/finish")
def finish(package_id: UUID) -> Answer:
    """Declare a package ready."""
    workflow.finish_package(package_id, by=current_actor())
    flash(_("The package is ready for procurement."), "success")
    return redirect(url_for(".show", package_id=package_id))


@bp.post("/<uuid:package_id>/redesign")
def redesign(package_id: UUID) -> Answer:
    """Take a ready package back into design."""
    by = current_actor()
    data, _view = check(ReasonSchema, request.form)
    if data is None:
        flash(_("Please give the reason."), "error")
    else:
        workflow.redesign_package(package_id, data["reason"], by=by)
    return redirect(url_for(".show", package_id=package_id))


@bp.get("/procurement-list/<int:year>")
def procurement_list(year: int) -> str:
    """The list of tasks for procurement of a year; ``copy=office`` groups it by difficulty."""
    by = current_actor()
    office_copy = request.args.get("copy") == "office"
    found = queries.list_for_procurement(year, office_copy=office_copy, by=by)
    return render_template("preparation/list.html", found=found, office_copy=office_copy, may=by.may)


@bp.get("/procurement-list/<int:year>.xlsx")
def procurement_list_workbook(year: int) -> Response:
    """The same list as a spreadsheet."""
    by = current_actor()
    office_copy = request.args.get("copy") == "office"
    found = queries.list_for_procurement(year, office_copy=office_copy, by=by)
    content = documents.procurement_list_workbook(found, current_office().name(locale()), locale())
    return download(content, documents.SPREADSHEET, f"procurement-list-{year}.xlsx")


def download(content: bytes, kind: str, name: str) -> Response:
    """A file to keep."""
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Packages"), url_for(".index"))]


def _to_page(package: Package) -> str:
    return url_for(".show", package_id=package.id)


def _around(package: Package, title: str) -> dict[str, Any]:
    back = _to_page(package)
    name = package.name_en if locale() == "en" and package.name_en else package.name
    return {
        "title": title,
        "secondary": (_("Back"), back),
        "crumbs": [*_crumbs(), (name, back)],
        "onward": lambda _saved: back,
    }


def _missing(page: PackagePage) -> list[str]:
    """What a package still needs before it is ready, in words."""
    package = page.package
    questions, items = len(page.open_questions), len(page.open_items)
    needs = [
        (questions, _("%(number)d questions of the design", number=questions)),
        (not page.lines, _("the costs")),
        (package.pricing_method is None, _("how the service fee is priced")),
        (package.procurement_method is None, _("the procurement method")),
        (items, _("%(number)d items of the scope of work", number=items)),
    ]
    return [words for needed, words in needs if needed]


def _first_items(package: Package) -> dict[str, str]:
    """A first scope of work, taken over from the design (guide step 4.1(4))."""
    answers = {
        item.value: "\n".join(filter(None, (package.design.get(question) for question in questions)))
        for item, questions in DESIGN_BEHIND.items()
    }
    location = "\n".join(filter(None, (package.villages, answers[SowItem.LOCATION])))
    return {**answers, SowItem.NAME.value: package.name, SowItem.LOCATION.value: location}


def _terms(package: Package) -> list[tuple[Any, str]]:
    """The pricing terms as label and value."""
    if package.pricing_method is None:
        return []
    schema = TERMS[package.pricing_method]()
    loaded = schema.load(package.pricing_terms)
    match package.pricing_method:
        case PricingMethod.PROPORTIONAL:
            values = {"rate": f"{loaded['rate'].normalize():f} %"}
        case PricingMethod.PERFORMANCE:
            results = [
                f"{one['result']} ({one['measure']}): {yuan(one['amount'])}" for one in loaded["incentives"]
            ]
            values = {"base": yuan(loaded["base"]), "incentives": "\n".join(results)}
        case PricingMethod.COST_COVERING:
            values = {name: yuan(loaded[name]) for name in ("fixed_fee", "cap")}
        case PricingMethod.TIME_AND_LABOUR:
            people = [
                f"{one['role']}: {one['people']} × {one['days'].normalize():f} × {yuan(one['rate'])}"
                for one in loaded["inputs"]
            ]
            values = {
                "inputs": "\n".join(people),
                "other_costs": yuan(loaded["other_costs"]),
                "management_fee": yuan(loaded["management_fee"]),
            }
    return [(schema.fields[name].metadata["label"], value) for name, value in values.items()]
