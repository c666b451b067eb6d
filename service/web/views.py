"""The shell of the admin: log-in, home, language and office."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from service import mail
from service.refusals import words_for
from service.room import waiting_in
from service.web.forms import FormView, check
from service.web.navigation import shown_around
from service.web.schemas import (
    AddressSchema,
    CodeSchema,
    LogInSchema,
    NewPasswordSchema,
    ReauthenticateSchema,
)
from service.web.session import (
    anyone,
    begin_half,
    current_actor,
    current_offices,
    current_person,
    half_way,
    log_in,
    prove_again,
    safe_next,
)
from tenants import sign_in
from tenants.actors import Actor
from tenants.refusals import Refusal

bp = Blueprint("web", __name__, url_prefix="/admin", template_folder="templates")


@bp.get("/")
def home() -> str:
    """The seven steps with what stands in each, and what waits for the person who looks (T8)."""
    by = current_actor()
    rooms = current_app.extensions["qiao.rooms"]
    waiting = waiting_in(rooms, by)
    return render_template(
        "home.html",
        steps=[_step(list(several), by) for step, several in groupby(rooms, lambda room: room.step) if step],
        waiting=[(item.text, item.url, item.due, bool(item.due and item.due < by.now)) for item in waiting],
    )


def _step(rooms, by: Actor) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """A step of the guide, with what its rooms count; it is called after the first of them."""
    return {
        "number": rooms[0].step,
        "name": rooms[0].label,
        "objective": rooms[0].objective,
        "counts": [(count.label, count.number, count.url) for room in rooms for count in room.counts(by)],
        "waiting": sum(len(room.waiting(by)) for room in rooms),
    }


@bp.route("/log-in", methods=["GET", "POST"], endpoint="log_in")
def log_in_page() -> str | Response:
    """E-mail and password; then, where it is used, the authenticator's digits."""
    if request.method == "GET":
        return render_template("login.html", view=FormView(LogInSchema))
    data, view = check(LogInSchema, request.form)
    if data is None:
        return render_template("login.html", view=view)
    found = sign_in.sign_in(data["email"], data["password"], by=anyone())
    if found == "code_needed":
        begin_half(data["email"])
        return redirect(url_for(".one_time_code", next=safe_next(url_for(".home"))))
    return _enter(found, "login.html", LogInSchema, {"email": data["email"]})


@bp.route("/code", methods=["GET", "POST"])
def one_time_code() -> str | Response:
    """The second half of a log-in with an authenticator."""
    email = half_way()
    if email is None:
        return redirect(url_for(".log_in"))
    data, view = check(CodeSchema, request.form) if request.method == "POST" else (None, FormView(CodeSchema))
    if data is None:
        return render_template("totp.html", view=view)
    return _enter(sign_in.enter_code(email, data["code"], by=anyone()), "totp.html", CodeSchema, {})


def _enter(found, template: str, schema, values: dict[str, str]) -> str | Response:  # type: ignore[no-untyped-def]
    if isinstance(found, str):
        errors = {"_schema": [words_for(Refusal(found))]}
        return render_template(template, view=FormView(schema, values, errors))
    log_in(found)
    return redirect(safe_next(url_for(".home")))


@bp.post("/log-out")
def log_out() -> Response:
    """End the session."""
    chosen = session.get("locale", "zh")
    session.clear()
    session["locale"] = chosen
    return redirect(url_for(".log_in"))


@bp.route("/confirm", methods=["GET", "POST"])
def reauthenticate() -> str | Response:
    """The password once more, before an act that needs two officers (T4)."""
    by, purpose, back = current_actor(), request.args.get("for", ""), safe_next(url_for(".home"))
    data, view = (
        check(ReauthenticateSchema, request.form)
        if request.method == "POST"
        else (None, FormView(ReauthenticateSchema))
    )
    if data is not None:
        if sign_in.reauthenticate(data["password"], data.get("code"), by=by):
            prove_again()
            flash(_("Your password is right. Please press the button once more."), "success")
            return redirect(back)
        view = FormView(ReauthenticateSchema, {}, {"_schema": [words_for(Refusal("wrong_credentials"))]})
    return render_template("reauthenticate.html", view=view, purpose=purpose, back=back)


@bp.route("/forgotten", methods=["GET", "POST"])
def forgotten() -> str | Response:
    """Ask for a link by mail; who has a log-in here and who has none is answered alike."""
    if not mail.is_set_up():
        raise NotFound
    data, view = (
        check(AddressSchema, request.form) if request.method == "POST" else (None, FormView(AddressSchema))
    )
    if data is None:
        return render_template("forgotten.html", view=view)
    sign_in.ask_for_link(data["email"], by=anyone())
    flash(
        _(
            "If this address has a log-in here, a mail with a link is on its way. At most three an hour are sent."
        ),
        "success",
    )
    return redirect(url_for(".log_in"))


@bp.route("/recover/<token>", methods=["GET", "POST"])
def recover(token: str) -> str | Response:
    """Set a password with a single-use link; opening it uses nothing up."""
    data, view = (
        check(NewPasswordSchema, request.form)
        if request.method == "POST"
        else (None, FormView(NewPasswordSchema))
    )
    if data is None:
        return render_template("recover.html", view=view, name=None)
    sign_in.set_password(token, data["password"], by=anyone())
    flash(_("The password is set. Please log in."), "success")
    return redirect(url_for(".log_in"))


@bp.post("/office")
def switch_office() -> Response:
    """Work for another of one's offices."""
    wanted = request.form.get("office", type=int)
    if wanted in {office.id for office, _membership in current_offices()}:
        session["office"] = wanted
    return redirect(url_for(".home"))


@bp.app_context_processor
def shell() -> dict[str, object]:
    """What stands around each page; one that says what broke must not ask anything again."""
    around = shown_around(None if g.get("plain") else current_person())
    return {**around, "sends_mail": mail.is_set_up()}
