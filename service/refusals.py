"""Refusals in words and as a status, once for every door: each room brings the sentences for its own codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask import current_app
from flask_babel import force_locale, format_date, format_datetime, gettext
from flask_babel import lazy_gettext as _l

from channels.messages import CATALOGUES, InEach
from tenants.refusals import AlreadyDone, Invalid, NotFound, NotPermitted, Refusal, RuleBroken, WrongStage

SHARED: dict[str, Any] = {
    "not_permitted": _l("Your role here does not include this."),
    "reauthenticate": _l("Please enter your password again first; this is recorded under your name."),
    "not_found": _l("This does not exist, or is not yours to see."),
    "wrong_stage": _l('This cannot be done now: it stands at "{state}".'),
    "invalid": _l("Some answers need another look."),
    "session_ended": _l("Please log in again."),
    "token_unknown": _l("This access token is unknown, expired or revoked."),
    "office_exists": _l("There is an office with the code {code} already."),
    "office_unknown": _l("There is no office with the code {code}."),
    "parent_unknown": _l("There is no office with the code {code}."),
    "code_not_plain": _l('A code has small letters, digits and hyphens, at most 40: "{code}" is none.'),
    "reviewed_by_province": _l(
        "Complaints about {code} go to its province; only a province gets a reviewer."
    ),
    "reviewer_not_apart": _l("{reviewer} is {code} itself or stands below it: it cannot review it."),
    "wrong_level": _l("An office of this level cannot stand below {parent}."),
    "roles_incompatible": _l(
        "Nobody may hold these roles together: who manages contracts must not see who complained."
    ),
    "role_not_assignable": _l("One of these roles cannot be given here."),
    "already_member": _l("This person works in this office already."),
    "office_not_below": _l("A person can be lent only to an office below your own."),
    "loan_in_the_past": _l("A loan ends on a day to come."),
    "works_elsewhere": _l(
        "This person works in another office too, so a new password does not come from here: the platform's operator gives it,"
        " or a mail, where the log-in page offers one."
    ),
    "token_revoked": _l("This token has been revoked already."),
    "link_unknown": _l("This link has been used or has run out. Please ask for a new one."),
    "password_too_short": _l("The password needs at least {least} characters."),
    "wrong_code": _l("This code is not right. Please use the newest one."),
    "wrong_credentials": _l("E-mail or password is not right."),
    "locked_out": _l("Too many wrong attempts. Please wait 15 minutes."),
    "code_needed": _l("Please enter the six digits of your authenticator."),
    "settings_out_of_bounds": _l("A number lies beyond what the platform allows."),
    "effective_in_the_past": _l("A change can begin now or later, not in the past."),
    "two_persons": _l("This needs two different persons; you have already given your word."),
    "email_unclear": _l("This is not an e-mail address: {email}."),
    "demo_in_production": _l("Production serves no demo offices."),
    "number_unclear": _l("This is not a phone number. Please write it like 13800001111 or +8613800001111."),
    "nobodys_phone": _l(
        "{number} is nobody's mobile phone. Please write it like 13800001111 or +8613800001111."
    ),
    "no_channel": _l("This office has no number of its own yet; the administrator can add one."),
    "nobody_below": _l("Only an office with counties below it can share a number."),
    "county_not_below": _l("There is no county {code} below this office."),
    "county_name_unclear": _l("A name of a county has 2 to 16 letters: {name}."),
    "county_name_taken": _l("{name} means {owner} already."),
    "not_shared": _l("{number} serves its own office alone already."),
    "network_unclear": _l(
        "This is not an address or a network: {network}. Please write it like 10.0.0.5 or 10.0.0.0/24."
    ),
    "signature_unclear": _l("A signature has 2 to 20 characters and no brackets."),
    "message_unknown": _l("There is no message called {message}."),
    "language_unknown": _l("There is no language called {locale}."),
    "channel_exists": _l("The office has the number {number} already."),
    "aes_key_unclear": _l("An EncodingAESKey has 43 letters and digits."),
    "sendsms_unclear": _l("Please write it like http://10.0.0.5:13013/cgi-bin/sendsms."),
    "credential_unknown": _l("This channel has nothing named {name}, but: {names}."),
    "credential_empty": _l("{name} cannot be empty."),
    "nothing_given": _l("Please fill in what has changed."),
    "channel_closed": _l("{number} is closed already."),
    "no_templates_here": _l("The provider of this channel approves no templates."),
    "fields_not_here": _l("Only WeChat's templates have fields to fill and people who subscribe to them."),
    "parameter_unknown": _l("The message {message} has no {names}."),
    "words_too_long": _l("That is too long for a text message: there is room for {most} characters."),
    "own_preparation": _l("Who prepared this cannot approve it. Please ask a colleague."),
}


STATUS: dict[type[Refusal], HTTPStatus] = {
    NotPermitted: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    RuleBroken: HTTPStatus.UNPROCESSABLE_ENTITY,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    WrongStage: HTTPStatus.CONFLICT,
    AlreadyDone: HTTPStatus.CONFLICT,
}
"""The one table from a refusal to an HTTP status, for pages and API alike."""


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return next((status for kind, status in STATUS.items() if isinstance(refusal, kind)), HTTPStatus.CONFLICT)


def words_for(refusal: Refusal) -> str:
    """A refusal as one sentence in the reader's language."""
    template = current_app.extensions["qiao.refusals"].get(refusal.code)
    if template is None:
        return gettext("This cannot be done: %(code)s.", code=refusal.code)
    return str(template).format(**{name: _shown(value) for name, value in refusal.facts.items()})


def words_in_each(refusal: Refusal) -> InEach:
    """A refusal as one sentence in each language, for a message."""
    spoken = {}
    for locale, name in CATALOGUES.items():
        with force_locale(name):
            spoken[locale] = words_for(refusal)
    return InEach(spoken["zh"], spoken["en"])


def gathered(*sources: Mapping[str, Any]) -> dict[str, Any]:
    """All codes with their words; two rooms may not use one code for different things."""
    words = dict(SHARED)
    for source in sources:
        for code, template in source.items():
            if words.setdefault(code, template) is not template:
                raise ValueError(f"two rooms explain the refusal {code}")
    return words


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_datetime(value, gettext("yyyy-MM-dd HH:mm"))
    if isinstance(value, date):
        return format_date(value, gettext("yyyy-MM-dd"))
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return getattr(value, "label", value)
