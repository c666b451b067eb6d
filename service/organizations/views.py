"""The pages of step 3: the list, a registration, who signs for it, and supply and demand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.organizations import assessments, queries, workflow
from service.organizations.models import Organization
from service.organizations.rules import (
    FIELDS_OF,
    WEIGHTS,
    Factor,
    Item,
    OrganizationState,
    suggest_category,
)
from service.organizations.schemas import (
    AssessmentSchema,
    LeaveOffSchema,
    OrganizationSchema,
    PinResetSchema,
    RevocationSchema,
    SignatorySchema,
    VerificationSchema,
)
from service.web.forms import FormView, check
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.permissions import Permission

bp = Blueprint("organizations", __name__, url_prefix="/admin/organizations", template_folder="templates")


@bp.get("/")
def index() -> str:
    """Every SO the office knows."""
    by = current_actor()
    capacities = queries.list_capacities(by=by) if by.may(Permission.CAPACITY_READ) else {}
    return render_template(
        "organizations/index.html",
        organizations=queries.list_organizations(by=by),
        capacities=capacities,
        may=by.may,
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> str | Response:
    """List an SO from any source."""
    by = current_actor()
    choices = {"umbrella_id": _umbrellas(by)}
    if request.method == "GET":
        view = FormView(OrganizationSchema, choices=choices)
    else:
        data, view = check(OrganizationSchema, request.form, choices=choices)
        if data is not None:
            return _to(workflow.list_organization(**data, by=by))
    return render_template(
        "form.html", title=_("New organization"), view=view, submit=_("Put on the list"), crumbs=_crumbs()
    )


@bp.route("/<uuid:organization_id>/edit", methods=["GET", "POST"])
def edit(organization_id: UUID) -> str | Response:
    """Correct what is known about an SO."""
    by = current_actor()
    organization = queries.find_organization(organization_id, by=by)
    choices = {"umbrella_id": _umbrellas(by)}
    if request.method == "GET":
        view = FormView(OrganizationSchema, organization, choices=choices)
    else:
        data, view = check(OrganizationSchema, request.form, choices=choices)
        if data is not None:
            return _to(workflow.change_organization(organization_id, **data, by=by))
    return render_template(
        "form.html", title=organization.name, view=view, submit=_("Save"), crumbs=_crumbs(organization)
    )


@bp.get("/<uuid:organization_id>")
def show(organization_id: UUID) -> str:
    """A registration: each item with what was verified, who signs, what later steps found."""
    return _page(organization_id)


def _page(organization_id: UUID, **views: FormView) -> str:
    by = current_actor()
    registration = queries.find_registration(organization_id, by=by)
    forms = {
        "verification": FormView(VerificationSchema),
        "leave_off": FormView(LeaveOffSchema),
        "signatory": FormView(SignatorySchema),
        **views,
    }
    may_write = by.may(Permission.ORGANIZATION_WRITE) and registration.organization.tenant_id == by.tenant_id
    return render_template(
        "organizations/show.html",
        registration=registration,
        organization=registration.organization,
        items=Item,
        fields_of=FIELDS_OF,
        forms=forms,
        states=OrganizationState,
        may_write=may_write,
        may=by.may,
    )


@bp.post("/<uuid:organization_id>/verify")
def verify(organization_id: UUID) -> str | Response:
    """Keep what was found out about an item."""
    data, view = check(VerificationSchema, request.form)
    if data is None:
        return _page(organization_id, verification=view)
    workflow.verify_item(organization_id, **data, by=current_actor())
    flash(_("The finding is kept."), "success")
    return redirect(url_for(".show", organization_id=organization_id))


@bp.post("/<uuid:organization_id>/short-list")
def short_list(organization_id: UUID) -> Response:
    """Put an SO on the list of potential providers."""
    organization = workflow.short_list_organization(organization_id, by=current_actor())
    flash(
        _("%(name)s is a potential provider now; its signatories are told.", name=organization.name),
        "success",
    )
    return _to(organization)


@bp.post("/<uuid:organization_id>/leave-off")
def leave_off(organization_id: UUID) -> str | Response:
    """Leave an SO off, on one of the four grounds."""
    data, view = check(LeaveOffSchema, request.form)
    if data is None:
        return _page(organization_id, leave_off=view)
    organization = workflow.leave_off(organization_id, **data, by=current_actor())
    flash(_("%(name)s is left off for now; its signatories are told why.", name=organization.name), "success")
    return _to(organization)


@bp.post("/<uuid:organization_id>/signatories")
def add_signatory(organization_id: UUID) -> str | Response:
    """Let another phone speak for an SO."""
    data, view = check(SignatorySchema, request.form)
    if data is None:
        return _page(organization_id, signatory=view)
    workflow.add_signatory(organization_id, **data, by=current_actor())
    flash(_("The phone is added. It gets a message with a link to set its PIN."), "success")
    return redirect(url_for(".show", organization_id=organization_id))


@bp.route("/<uuid:organization_id>/signatories/<uuid:signatory_id>/revoke", methods=["GET", "POST"])
def revoke(organization_id: UUID, signatory_id: UUID) -> str | Response:
    """A phone no longer speaks for an SO."""
    return _about_phone(
        organization_id,
        signatory_id,
        RevocationSchema,
        workflow.revoke_signatory,
        _("Withdraw a phone"),
        _("Withdraw"),
    )


@bp.route("/<uuid:organization_id>/signatories/<uuid:signatory_id>/pin", methods=["GET", "POST"])
def reset_pin(organization_id: UUID, signatory_id: UUID) -> str | Response:
    """Let a signatory set a new PIN."""
    return _about_phone(
        organization_id, signatory_id, PinResetSchema, workflow.reset_pin, _("New PIN"), _("Send the link")
    )


def _about_phone(
    organization_id: UUID, signatory_id: UUID, schema: Any, act: Any, title: str, submit: str
) -> str | Response:
    by = current_actor()
    registration = queries.find_registration(organization_id, by=by)
    phone = registration.phone(signatory_id)
    data, view = check(schema, request.form) if request.method == "POST" else (None, FormView(schema))
    if data is not None:
        act(signatory_id, **data, by=by)
        flash(_("This is done and recorded."), "success")
        return _to(registration.organization)
    facts = [(_("Phone"), phone.address), (_("Signatory"), phone.name or "—")]
    crumbs = _crumbs(registration.organization)
    return render_template("form.html", title=title, view=view, submit=submit, facts=facts, crumbs=crumbs)


# Capacity: every page says that it is confidential (D3)


@bp.get("/capacity")
def capacities() -> str:
    """Table 5: the potential providers by category, and what waits for a view."""
    by = current_actor()
    to_assess = assessments.list_to_assess(by=by) if by.may(Permission.CAPACITY_ASSESS) else []
    lists = assessments.capacity_lists(by=by) if by.may(Permission.CAPACITY_READ) else {}
    return render_template("organizations/capacities.html", lists=lists, to_assess=to_assess, may=by.may)


@bp.get("/<uuid:organization_id>/capacity")
def capacity(organization_id: UUID) -> str:
    """The rounds of assessment of an SO."""
    by = current_actor()
    file = assessments.find_capacity_file(organization_id, by=by)
    return render_template(
        "organizations/capacity.html",
        file=file,
        factors=Factor,
        may=by.may,
        suggested=lambda view: suggest_category(view.factors),
    )


@bp.route("/<uuid:organization_id>/assess", methods=["GET", "POST"])
def assess(organization_id: UUID) -> str | Response:
    """Give one's own view of an SO's capacity."""
    by = current_actor()
    sheet = assessments.find_assessment_sheet(organization_id, by=by)
    if request.method == "POST":
        data, view = check(AssessmentSchema, request.form)
        if data is not None:
            agreed = assessments.assess_capacity(organization_id, **data, by=by)
            flash(_agreed_or_not(agreed is not None), "success")
            return redirect(url_for(".capacities"))
    else:
        view = FormView(AssessmentSchema)
    return render_template(
        "organizations/assess.html",
        sheet=sheet,
        registration=sheet.registration,
        organization=sheet.registration.organization,
        items=Item,
        fields_of=FIELDS_OF,
        view=view,
        weights=WEIGHTS,
    )


def _agreed_or_not(agreed: bool) -> str:
    if agreed:
        return _("The assessors agree: the category is valid for one year.")
    return _("Your view is kept. The round ends when all assessors agree.")


@bp.get("/supply")
def supply() -> str:
    """Tasks wanted against SOs able, and what helps where there are too few (O5)."""
    by = current_actor()
    return render_template("organizations/supply.html", balances=assessments.supply_and_demand(by=by))


def _umbrellas(by: Actor) -> list[tuple[UUID, str]]:
    return [(umbrella.id, umbrella.name) for umbrella in queries.list_umbrellas(by=by)]


def _to(organization: Organization) -> Response:
    return redirect(url_for(".show", organization_id=organization.id))


def _crumbs(organization: Organization | None = None) -> list[tuple[str, str]]:
    here = [(_("Organizations"), url_for(".index"))]
    if organization is not None:
        here.append((organization.name, url_for(".show", organization_id=organization.id)))
    return here
