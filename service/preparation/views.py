"""The pages of step 4 about packages; plan, workshops and regulation stand in ``planning_views.py``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

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
from service.web.acts import Form, Show, leads_to, page
from service.web.filters import yuan
from service.web.forms import FormView
from service.web.session import current_actor, current_office, locale
from tenants.actors import Actor
from tenants.workdays import local_day

bp = Blueprint("preparation", __name__, url_prefix="/admin/packages", template_folder="templates")


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
@leads_to(workflow.design_package)
def new(by: Actor) -> Form:
    """Design a package from one graded way of doing a short-listed task."""
    ways = [
        (variant.id, f"{task.number} {task.title} · {variant.name} ({variant.difficulty.label})")
        for task, variant in queries.list_graded(by=by)
    ]
    lead = _("One way of doing a short-listed task becomes one or several packages, by village or by breed.")
    return Form(
        PackageSchema,
        page(title=_("New package"), crumbs=_crumbs(), lead=lead),
        onward=lambda package: redirect(_to_page(package)),
        known={"year": local_day(by.now).year, "variant_id": request.args.get("variant")},
        choices={"variant_id": ways},
    )


@bp.get("/<uuid:package_id>")
def show(package_id: UUID) -> str:
    """All about a package, and what it still needs."""
    return _page(package_id, current_actor())


def _page(package_id: UUID, by: Actor, redesign: FormView | None = None) -> str:
    found = queries.find_package_page(package_id, by=by)
    return render_template(
        "preparation/package.html",
        page=found,
        package=found.package,
        missing=_missing(found),
        terms=_terms(found.package),
        may=by.may,
        own=found.package.tenant_id == by.tenant_id,
        redesign=redesign or FormView(ReasonSchema),
        questions=DesignQuestion,
        states=PackageState,
    )


@bp.route("/<uuid:package_id>/design", methods=["GET", "POST"])
@leads_to(workflow.change_package)
def design(package_id: UUID, by: Actor) -> Form:
    """Change the design."""
    package = queries.find_package(package_id, by=by)
    return Form(DesignSchema, _about(package, _("Design")), onward=_to_page(package), known=package)


@bp.route("/<uuid:package_id>/costs", methods=["GET", "POST"])
@leads_to(workflow.set_costs)
def costs(package_id: UUID, by: Actor) -> Form:
    """Write down the costs, line by line."""
    found = queries.find_package_page(package_id, by=by)
    lead = _("Direct investment, and what the organization needs to do the work and to keep going.")
    return Form(
        CostLinesSchema,
        _about(found.package, _("Costs"), lead),
        onward=_to_page(found.package),
        known={"lines": found.lines, "core_costs": found.package.core_costs},
    )


@bp.route("/<uuid:package_id>/pricing", methods=["GET", "POST"])
@leads_to(workflow.choose_pricing)
def pricing(package_id: UUID, by: Actor) -> Form | str:
    """Choose a pricing method, then write its terms."""
    found = queries.find_package_page(package_id, by=by)
    package, wanted = found.package, request.args.get("method")
    if wanted not in list(PricingMethod):
        return render_template("preparation/pricing.html", page=found, package=package, methods=PricingMethod)
    method = PricingMethod(wanted)
    return Form(
        TERMS[method],
        _about(package, method.label),
        onward=_to_page(package),
        known=package.pricing_terms if package.pricing_method is method else {},
        given=lambda terms: {"method": method, "terms": terms},
    )


@bp.route("/<uuid:package_id>/method", methods=["GET", "POST"])
@leads_to(workflow.choose_method)
def method(package_id: UUID, by: Actor) -> Form:
    """Choose the procurement method."""
    found = queries.find_package_page(package_id, by=by)
    package, recommended = found.package, _(" or ").join(str(one.label) for one in found.methods_recommended)
    lead = _("Recommended here: %(methods)s.", methods=recommended) if recommended else ""
    return Form(
        MethodSchema,
        _about(package, _("Procurement method"), lead),
        onward=_to_page(package),
        known={"method": package.procurement_method, "reason": package.method_reason},
    )


@bp.route("/<uuid:package_id>/scope-of-work", methods=["GET", "POST"])
@leads_to(workflow.write_scope_of_work)
def scope_of_work(package_id: UUID, by: Actor) -> Form:
    """Write a new version of the scope of work."""
    found = queries.find_package_page(package_id, by=by)
    lead = _("What is bought, for both sides to read. It becomes part of the contract.")
    return Form(
        ScopeOfWorkSchema,
        _about(found.package, _("Scope of work"), lead),
        onward=_to_page(found.package),
        known=found.scopes[0] if found.scopes else {"items": _first_items(found.package)},
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
def finish(package_id: UUID) -> AnyResponse:
    """Declare a package ready."""
    workflow.finish_package(package_id, by=current_actor())
    flash(_("The package is ready for procurement."), "success")
    return redirect(url_for(".show", package_id=package_id))


@bp.post("/<uuid:package_id>/redesign")
@leads_to(workflow.redesign_package)
def redesign(package_id: UUID, by: Actor) -> Form:
    """Take a ready package back into design."""
    return Form(
        ReasonSchema,
        lambda view: _page(package_id, by, redesign=view),
        onward=url_for(".show", package_id=package_id),
    )


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


def _about(package: Package, title: str, lead: str | None = None) -> Show:
    """The page of a form about a package."""
    back = _to_page(package)
    name = package.name_en if locale() == "en" and package.name_en else package.name
    return page(title=title, lead=lead, secondary=(_("Back"), back), crumbs=[*_crumbs(), (name, back)])


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
