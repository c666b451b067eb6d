"""The forms that messages link to: opening one uses nothing up, submitting does (T5)."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import refresh
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from channels.contacts import as_sender
from channels.links import find_link, use_link
from channels.models import FormLink
from service.refusals import words_for
from service.room import LinkedForm
from service.web.forms import FormView, check
from service.web.session import LOCALES, now
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.refusals import NotFound, Refusal

bp = Blueprint("linked_forms", __name__, url_prefix="/f")


@bp.get("/thanks")
def thanks() -> Response:
    """What one sees once a form was taken; reading it again sends nothing again."""
    _speak(request.args.get("lang", "zh"))
    return _page(
        200, _("Thank you. We have it."), _("You will hear from us by text message. You can close this page.")
    )


@bp.route("/<token>", methods=["GET", "POST"])
def fill_in(token: str) -> AnyResponse:
    """A room's form, in the language its reader is spoken to in."""
    link = find_link(token, by=Actor.public(now=now()))
    _speak(request.args.get("lang") or link.locale)
    form = _form_for(link)
    by = Actor.public(tenant_id=link.tenant_id, locale=g.locale, now=now())
    if request.method == "GET":
        known = form.values(link, as_sender(by, link.contact_id)) if form.values else None
        return _show(form, FormView(form.schema, known), by)
    data, view = check(form.schema, request.form, request.files)
    if data is None:
        return _show(form, view, by, 422 if view.problems or view.general else 200)
    try:
        use_link(link.id, lambda used, sender: form.submit(used, data, sender), by=by)
    except Refusal as refusal:
        if refusal.code == "link_unknown":
            raise
        view.general = [words_for(refusal)]
        return _show(form, view, by, 422)
    return redirect(url_for(".thanks", lang=g.locale), 303)


def _form_for(link: FormLink) -> LinkedForm:
    for room in current_app.extensions["qiao.rooms"]:
        for form in room.forms:
            if form.purpose == link.purpose:
                return form
    raise NotFound("link_unknown")


def _speak(wanted: str) -> None:
    """Show this page in one language, whatever else the browser has chosen."""
    g.locale = wanted if wanted in LOCALES else "zh"
    refresh()


def _show(form: LinkedForm, view: FormView, by: Actor, status: int = 200) -> Response:
    office = _office(by=by)
    return _private(
        render_template(
            "linked_form.html",
            form=form,
            view=view,
            province=office.name(g.locale),
            hotline=office.hotline,
            demo=office.demo,
        ),
        status,
    )


@query(Permission.FORM_OPEN)
def _office(*, by: Actor) -> Tenant:
    return db.session.get_one(Tenant, by.tenant_id)


def _page(status: int, title: str, advice: str) -> Response:
    return _private(render_template("linked_form_end.html", title=title, advice=advice), status)


def _private(page: str, status: int) -> Response:
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.errorhandler(NotFound)
def _used_up(refusal: NotFound) -> Response:
    advice = _("Please send us the same text message again; we will answer with a new link.")
    return _page(404, words_for(refusal), advice)


@bp.errorhandler(RequestEntityTooLarge)
def _too_large(error: RequestEntityTooLarge) -> Response:
    advice = _("A file may have 10 MB. Please go back and choose a smaller one; photos can be sent smaller.")
    return _page(413, _("This is too large."), advice)


@bp.errorhandler(CSRFError)
def _open_too_long(error: CSRFError) -> Response:
    advice = _("Please go back, reload the page and send it again.")
    return _page(400, _("This page was open for too long."), advice)
