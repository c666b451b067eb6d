"""One's own page: the language one is greeted in, and one-time codes for the log-in."""

from __future__ import annotations

from io import BytesIO

import pyotp
import segno
from flask import Blueprint, Response, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from service.web.acts import Form, leads_to, page
from service.web.schemas import CodeSchema, LanguageSchema
from service.web.session import choose, current_actor, current_offices, current_person
from tenants import sign_in
from tenants.actors import Actor
from tenants.permissions import Role

bp = Blueprint("profile", __name__, url_prefix="/admin/me")

ISSUER = "Qiao"


@bp.route("", methods=["GET", "POST"])
@leads_to(sign_in.choose_locale)
def show(by: Actor) -> Form:
    """Who one is here, in which offices, and in which language one is greeted."""
    person = current_person()
    assert person is not None
    offices = [
        (office.name(by.locale), [Role(role).label for role in membership.roles])
        for office, membership in current_offices()
    ]

    def chosen(outcome: None) -> AnyResponse:
        choose(request.form["locale"])
        flash(_("From now on you are greeted in this language."), "success")
        return redirect(url_for(".show"))

    around = page(
        "profile.html", email=person.email, offices=offices, with_codes=person.totp_secret is not None
    )
    return Form(LanguageSchema, around, onward=chosen, known={"locale": person.locale})


@bp.route("/codes", methods=["GET", "POST"])
@leads_to(sign_in.enable_totp)
def codes(by: Actor) -> Form:
    """Turn on one-time codes: a picture for the authenticator, and its first code as proof that it works."""
    by.require_fresh()
    secret = session.setdefault("codes", pyotp.random_base32())
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))

    def turned_on(outcome: None) -> AnyResponse:
        del session["codes"]
        flash(_("From now on the log-in asks for a code."), "success")
        return redirect(url_for(".show"))

    return Form(
        CodeSchema,
        page("codes.html", secret=groups),
        onward=turned_on,
        given=lambda answers: {"secret": secret, **answers},
    )


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
