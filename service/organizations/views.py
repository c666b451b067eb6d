"""The pages of step 3: the list, a registration, who signs for it, and supply and demand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.organizations import assessments, queries, workflow
from service.organizations.models import AgreedCapacity, Organization, Signatory
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
from service.pictures import picture_response
from service.web.acts import Form, leads_to, page
from service.web.forms import FormView
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
@leads_to(workflow.list_organization)
def new(by: Actor) -> Form:
    """List an SO from any source."""
    return Form(
        OrganizationSchema,
        page(title=_("New organization"), submit=_("Put on the list"), crumbs=_crumbs()),
        onward=_to,
        choices={"umbrella_id": _umbrellas(by)},
    )


@bp.route("/<uuid:organization_id>/edit", methods=["GET", "POST"])
@leads_to(workflow.change_organization)
def edit(organization_id: UUID, by: Actor) -> Form:
    """Correct what is known about an SO."""
    organization = queries.find_organization(organization_id, by=by)
    return Form(
        OrganizationSchema,
        page(title=organization.name, crumbs=_crumbs(organization)),
        onward=_to,
        known=organization,
        choices={"umbrella_id": _umbrellas(by)},
    )


@bp.get("/<uuid:organization_id>")
def show(organization_id: UUID) -> str:
    """A registration: each item with what was verified, who signs, what later steps found."""
    return _page(organization_id, current_actor())


def _page(organization_id: UUID, by: Actor, **views: FormView) -> str:
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
        certificates=queries.list_certificates(organization_id, by=by),
        organization=registration.organization,
        items=Item,
        fields_of=FIELDS_OF,
        forms=forms,
        states=OrganizationState,
        may_write=may_write,
        may=by.may,
    )


@bp.get("/<uuid:organization_id>/certificates/<uuid:picture_id>")
def certificate(organization_id: UUID, picture_id: UUID) -> Response:
    """A certificate that an SO showed."""
    return picture_response(queries.open_certificate(organization_id, picture_id, by=current_actor()))


@bp.post("/<uuid:organization_id>/verify")
@leads_to(workflow.verify_item)
def verify(organization_id: UUID, by: Actor) -> Form:
    """Keep what was found out about an item."""
    return Form(
        VerificationSchema,
        lambda view: _page(organization_id, by, verification=view),
        onward=url_for(".show", organization_id=organization_id),
        said=_("The finding is kept."),
    )


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
@leads_to(workflow.leave_off)
def leave_off(organization_id: UUID, by: Actor) -> Form:
    """Leave an SO off, on one of the four grounds."""
    return Form(
        LeaveOffSchema,
        lambda view: _page(organization_id, by, leave_off=view),
        onward=_left_off,
    )


def _left_off(organization: Organization) -> Response:
    flash(_("%(name)s is left off for now; its signatories are told why.", name=organization.name), "success")
    return _to(organization)


@bp.post("/<uuid:organization_id>/signatories")
@leads_to(workflow.add_signatory)
def add_signatory(organization_id: UUID, by: Actor) -> Form:
    """Let another phone speak for an SO."""
    return Form(
        SignatorySchema,
        lambda view: _page(organization_id, by, signatory=view),
        onward=url_for(".show", organization_id=organization_id),
        said=_("The phone is added. It gets a message with a link to set its PIN."),
    )


@bp.route("/<uuid:organization_id>/signatories/<uuid:signatory_id>/revoke", methods=["GET", "POST"])
@leads_to(workflow.revoke_signatory)
def revoke(organization_id: UUID, signatory_id: UUID, by: Actor) -> Form:
    """A phone no longer speaks for an SO."""
    around = _about_phone(organization_id, signatory_id, by)
    return Form(
        RevocationSchema, page(title=_("Withdraw a phone"), submit=_("Withdraw"), **around), onward=_done
    )


@bp.route("/<uuid:organization_id>/signatories/<uuid:signatory_id>/pin", methods=["GET", "POST"])
@leads_to(workflow.reset_pin)
def reset_pin(organization_id: UUID, signatory_id: UUID, by: Actor) -> Form:
    """Let a signatory set a new PIN."""
    around = _about_phone(organization_id, signatory_id, by)
    return Form(PinResetSchema, page(title=_("New PIN"), submit=_("Send the link"), **around), onward=_done)


def _about_phone(organization_id: UUID, signatory_id: UUID, by: Actor) -> dict[str, Any]:
    registration = queries.find_registration(organization_id, by=by)
    phone = registration.phone(signatory_id)
    facts = [(_("Phone"), phone.address), (_("Signatory"), phone.name or "—")]
    return {"facts": facts, "crumbs": _crumbs(registration.organization)}


def _done(signatory: Signatory) -> Response:
    flash(_("This is done and recorded."), "success")
    return redirect(url_for(".show", organization_id=signatory.organization_id))


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
        own=file.organization.tenant_id == by.tenant_id,
        may=by.may,
        suggested=lambda view: suggest_category(view.factors),
    )


@bp.route("/<uuid:organization_id>/assess", methods=["GET", "POST"])
@leads_to(assessments.assess_capacity)
def assess(organization_id: UUID, by: Actor) -> Form:
    """Give one's own view of an SO's capacity."""
    sheet = assessments.find_assessment_sheet(organization_id, by=by)
    around = page(
        "organizations/assess.html",
        sheet=sheet,
        registration=sheet.registration,
        organization=sheet.registration.organization,
        items=Item,
        fields_of=FIELDS_OF,
        weights=WEIGHTS,
    )
    return Form(AssessmentSchema, around, onward=_assessed)


def _assessed(agreed: AgreedCapacity | None) -> Response:
    if agreed is None:
        flash(_("Your view is kept. The round ends when all assessors agree."), "success")
    else:
        flash(_("The assessors agree: the category is valid for one year."), "success")
    return redirect(url_for(".capacities"))


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
