"""One's own page: the language one is greeted in, and one-time codes for the log-in."""

from __future__ import annotations

from io import BytesIO

import pyotp
import segno
from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from service.refusals import words_for
from service.web.forms import FormView, check
from service.web.schemas import CodeSchema, LanguageSchema
from service.web.session import choose, current_actor, current_offices, current_person
from tenants import sign_in
from tenants.permissions import Role
from tenants.refusals import RuleBroken

bp = Blueprint("profile", __name__, url_prefix="/admin/me")

ISSUER = "Qiao"


@bp.route("", methods=["GET", "POST"])
def show() -> str | AnyResponse:
    """Who one is here, in which offices, and in which language one is greeted."""
    by, person = current_actor(), current_person()
    assert person is not None
    if request.method == "POST":
        data, view = check(LanguageSchema, request.form)
        if data is not None:
            sign_in.choose_locale(data["locale"], by=by)
            choose(data["locale"])
            flash(_("From now on you are greeted in this language."), "success")
            return redirect(url_for(".show"))
    else:
        view = FormView(LanguageSchema, {"locale": person.locale})
    offices = [
        (office.name(by.locale), [Role(role).label for role in membership.roles])
        for office, membership in current_offices()
    ]
    return render_template(
        "profile.html",
        view=view,
        email=person.email,
        offices=offices,
        with_codes=person.totp_secret is not None,
    )


@bp.route("/codes", methods=["GET", "POST"])
def codes() -> str | AnyResponse:
    """Turn on one-time codes: a picture for the authenticator, and its first code as proof that it works."""
    by = current_actor()
    by.require_fresh()
    secret = session.setdefault("codes", pyotp.random_base32())
    data, view = check(CodeSchema, request.form) if request.method == "POST" else (None, FormView(CodeSchema))
    if data is not None:
        try:
            sign_in.enable_totp(secret, data["code"], by=by)
        except RuleBroken as refusal:
            view.general.append(words_for(refusal))
        else:
            del session["codes"]
            flash(_("From now on the log-in asks for a code."), "success")
            return redirect(url_for(".show"))
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render_template("codes.html", view=view, secret=groups)


@bp.get("/codes.svg")
def picture() -> Response:
    """The picture that an authenticator reads; only while one-time codes are being turned on."""
    current_actor()
    person = current_person()
    if person is None or "codes" not in session:
        raise NotFound
    address = pyotp.TOTP(session["codes"]).provisioning_uri(name=person.email, issuer_name=ISSUER)
    drawn = BytesIO()
    segno.make(address).save(drawn, kind="svg", scale=5, border=4, light="#fff")
    return Response(drawn.getvalue(), content_type="image/svg+xml")


@bp.post("/codes/off")
def codes_off() -> AnyResponse:
    """Turn off one-time codes."""
    sign_in.disable_totp(by=current_actor())
    flash(_("From now on the log-in asks for no code."), "success")
    return redirect(url_for(".show"))
