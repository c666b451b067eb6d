"""登记 REGISTER: an SO registers by text, copies what another office knows, or corrects it (O2, T5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from channels.answers import (
    Unclear,
    asks_back,
    parse_choice,
    parse_date,
    parse_integer,
    parse_pin,
    parse_yes_no,
)
from channels.dialogues import Dialogue, Parser, Step, Talk, answer_of
from channels.messages import InEach, Message, Said, in_each
from channels.models import Secrecy
from channels.texts import clean, fold, normalise
from channels.words import Spoken, Word, recognise
from service.organizations import messages, workflow
from service.organizations.forms import REGISTRATION_FORM, UPDATE_FORM
from service.organizations.pins import hash_pin
from service.organizations.queries import find_elsewhere, find_known_here, find_spoken_for
from service.organizations.rules import credit_code_of, require_new_to_sender, require_past
from service.organizations.schemas import RegistrationSchema
from tenants.refusals import RuleBroken
from tenants.workdays import local_day

NO_CODE, BY_FORM = "none", "form"
NONE_AT_ALL = frozenset(
    {
        "没有",
        "没",
        "无",
        "没有登记",
        "没登记",
        "未登记",
        "没登记过",
        "没有登记过",
        "还没登记",
        "还没有登记",
        "没有证",
        "没证",
        "没办证",
        "没有代码",
        "不知道",
        "none",
        "no",
        "nothing",
        "not registered",
    }
)
FORGOTTEN = frozenset(
    {
        "忘了",
        "忘记了",
        "不记得",
        "不记得了",
        "不清楚",
        "找不到",
        "找不到了",
        "没带",
        "not sure",
        "i forgot",
        "don't know",
        "do not know",
    }
)
"""What people answer who have a code and do not have it at hand."""

NO_NAME_YET = re.compile("(?:还没|没有?|未)(?:取|起|定|想)?好?(?:名字|名称|名)|名[字称]?(?:还没|没|未)")
"""What says that a group has no name yet, and is none."""

INTRODUCED = re.compile(
    r"^(?:(?:我们?|俺们?|咱们?|本)(?:单位|组织|机构)?(?:名称)?(?:是|叫做?|名叫)|(?:we are|we're|this is|our name is)\s)\s*",
    re.I,
)
"""How people begin to say who they are."""

CHANGES = {
    "purpose": ("宗旨", "purpose"),
    "services": ("业务", "activities"),
    "past_work": ("扶贫经历", "previous work"),
    "government": ("与政府合作", "government"),
    "offers": ("擅长", "offer"),
    BY_FORM: ("网页", "web page"),
}
"""What a signatory may correct by text, as ``ask_change`` numbers it."""


def begin(talk: Talk) -> Said | None:
    """A signatory is shown what is known; anyone else begins, with the name or code behind the word."""
    spoken_for = find_spoken_for(by=talk.by)
    if spoken_for is not None:
        signatory, organization = spoken_for
        talk.answers["known"] = {
            "name": organization.name,
            "number": organization.number,
            "state": _in_each(organization.state.label),
        }
        if signatory.pin_hash is None:
            talk.answers["change"] = "pin"
        return None
    if credit_code_of(fold(talk.argument)):
        talk.answers["code"] = keep_code(talk, parse_code(talk.argument))
    elif talk.argument:
        try:
            talk.answers["name"] = _name_behind_the_word(talk.argument)
        except (Unclear, ValidationError):
            return None
        return messages.how_to_leave()
    return None


def keep_picture(talk: Talk) -> Said | None:
    """A certificate goes with the registration under way; one of a known SO to its registration at once (O2)."""
    assert talk.pictures is not None
    spoken_for = find_spoken_for(by=talk.by)
    if spoken_for is not None:
        talk.pictures.go_with(spoken_for[1])
    else:
        talk.answers.setdefault("pictures", []).append(str(talk.inbound_id))
        talk.pictures.stay()
    return messages.picture_kept()


def parse_name(text: str) -> str:
    """The SO's name; ``form`` for the web page; or its credit code, to copy what is known (O2)."""
    if normalise(text) == "9":
        return BY_FORM
    return credit_code_of(fold(clean(text))) or _name(text)


def _name(text: str) -> str:
    name = str(_words("name")(INTRODUCED.sub("", clean(text).strip())))
    if not any(sign.isalpha() for sign in name) or asks_back(text) or NO_NAME_YET.search(name):
        raise Unclear("name", "")
    return name


def _name_behind_the_word(argument: str) -> str:
    """The name that came with the word, unless it is another command: "登记 项目"."""
    if recognise(argument) in (Spoken(word, "") for word in Word):
        raise Unclear("name", "")
    return _name(argument)


def keep_name(talk: Talk, name: str) -> str:
    """The web page ends the questions; a credit code brings the name along, or is noted first."""
    if name == BY_FORM:
        talk.answers["code"] = BY_FORM
        return name
    if credit_code_of(name) is None:
        return name
    talk.answers["code"] = keep_code(talk, name)
    if "elsewhere" not in talk.answers:
        raise RuleBroken("name_still_needed")
    return talk.answers["elsewhere"]["name"]


def parse_place(text: str) -> str:
    """Where the SO is registered, or ``none`` for an unregistered group (O6)."""
    return NO_CODE if normalise(text) in NONE_AT_ALL else _words("registration_place")(text)


def keep_place(talk: Talk, place: str) -> str | None:
    """A group registered nowhere has neither date nor authority nor code."""
    if place == NO_CODE:
        talk.answers["code"] = NO_CODE
        return None
    if talk.answers.get("code") == NO_CODE:
        del talk.answers["code"]
    return place


def parse_code(text: str) -> str:
    """A valid credit code, or ``none`` for a group without one and for who has it not at hand (O6)."""
    if normalise(text) in NONE_AT_ALL | FORGOTTEN:
        return NO_CODE
    code = credit_code_of(fold(clean(text)))
    if code is None:
        raise Unclear("credit_code", "91110000600037341L")
    return code


def keep_code(talk: Talk, code: str) -> str:
    """Say at once if this office knows the SO; remember if this very phone speaks for it elsewhere (O2)."""
    talk.answers.pop("elsewhere", None)
    if code == NO_CODE:
        return code
    require_new_to_sender(find_known_here(code, by=talk.by))
    elsewhere = find_elsewhere(code, by=talk.by)
    if elsewhere is not None:
        office, organization = elsewhere
        talk.answers["elsewhere"] = {"zh": office.name_zh, "en": office.name_en, "name": organization.name}
    return code


def parse_confirmation(text: str) -> bool:
    """Yes or no, also in the words in which the question offers them."""
    if normalise(text) in ("登记", "register"):
        return True
    if normalise(text) in ("不登记", "discard"):
        return False
    return parse_yes_no(text)


def keep_date(talk: Talk, day: str) -> str:
    """No SO was registered tomorrow."""
    require_past(date.fromisoformat(day), local_day(talk.by.now))
    return day


def finish(talk: Talk) -> Said:
    """Do what was asked for: correct, send the link, copy, or register."""
    answers, by = talk.answers, talk.by
    if "known" in answers:
        return _corrected(talk)
    if answers["code"] == BY_FORM:
        return messages.form_link(url=workflow.offer_form(REGISTRATION_FORM, by=by))
    if answers.get("copy"):
        organization = workflow.copy_registration(answers["code"], pin_hash=answers["pin"], by=by)
    elif answers["confirm"]:
        organization = workflow.register_organization(pin_hash=answers["pin"], **_facts(answers), by=by)
    else:
        return messages.discarded()
    if shown := answers.get("pictures"):
        workflow.attach_certificate(organization.id, [UUID(one) for one in shown], by=by)
    return messages.registered(name=organization.name, number=organization.number)


def _corrected(talk: Talk) -> Said:
    answers, by = talk.answers, talk.by
    name = answers["known"]["name"]
    if answers["change"] == "pin":
        workflow.set_pin(answers["pin"], by=by)
        return messages.pin_set(name=name)
    if answers["change"] == BY_FORM:
        return messages.form_link(url=workflow.offer_form(UPDATE_FORM, by=by))
    workflow.update_registration(**{answers["change"]: answers["value"]}, by=by)
    return messages.changed(name=name)


def _facts(answers: dict[str, Any]) -> dict[str, Any]:
    given = {name: answers[name] for name in RegistrationSchema().fields if answers.get(name) is not None}
    if answers["code"] != NO_CODE:
        given["credit_code"] = answers["code"]
    return RegistrationSchema().load(given)


def _in_each(label: Any) -> dict[str, str]:
    both = in_each(label)
    return {"zh": both.zh, "en": both.en}


# Questions that depend on what was said


def ask_copy(talk: Talk) -> Said:
    """Only ever asked of a phone that speaks for this SO in the other office."""
    known = talk.answers["elsewhere"]
    return messages.ask_copy(office=InEach(known["zh"], known["en"]), name=known["name"])


def ask_confirm(talk: Talk) -> Said:
    """The registration in one text."""
    answers = talk.answers
    code: InEach | str = answers["code"]
    if code == NO_CODE and answers.get("registration_place"):
        code = InEach("没有信用代码", "no credit code")
    elif code == NO_CODE:
        code = InEach("未登记团体", "not registered")
    return messages.ask_confirm(
        name=answers["name"], code=code, people=answers["team_size"],
        offers=answers["offers"],
    )  # fmt: skip


def ask_change(talk: Talk) -> Said:
    """What is known, and what can be corrected."""
    known = talk.answers["known"]
    return messages.ask_change(name=known["name"], number=known["number"], state=InEach(**known["state"]))


# What is left out


def _known(talk: Talk) -> bool:
    return "known" in talk.answers


def _settled(talk: Talk) -> bool:
    """Nothing more of Table 4 is asked: a correction, the web page, or a copy."""
    return _known(talk) or talk.answers.get("code") == BY_FORM or talk.answers.get("copy") is True


def _unregistered(talk: Talk) -> bool:
    return _settled(talk) or talk.answers.get("code") == NO_CODE


def _no_pin_needed(talk: Talk) -> bool:
    answers = talk.answers
    if _known(talk):
        return answers["change"] != "pin"
    return answers["code"] == BY_FORM or not (answers.get("copy") or answers.get("confirm"))


def _no_value_needed(talk: Talk) -> bool:
    return not _known(talk) or talk.answers["change"] in ("pin", BY_FORM)


def _own_words(text: str) -> str:
    """What is told in words of one's own; who asks what to tell is asked again."""
    if asks_back(text):
        raise Unclear("words", "")
    return text


def _words(name: str, parse: Parser = _own_words) -> Parser:
    return answer_of(RegistrationSchema, name, parse)


def _question(
    name: str, ask: Message, unclear: Message = messages.text_unclear, *, parse: Parser = _own_words,
    skip: Callable[[Talk], bool] = _settled, keep: Callable[[Talk, Any], Any] | None = None,
) -> Step:  # fmt: skip
    return Step(name, ask, _words(name, parse), unclear, keep=keep, skip=skip)


REGISTER = Dialogue(
    name="register",
    word=Word.REGISTER,
    secrecy=Secrecy.SEALED,
    begin=begin,
    finish=finish,
    picture=keep_picture,
    goes_on=True,
    follows=True,
    guarded=True,
    steps=(
        Step("change", ask_change, lambda text: parse_choice(text, CHANGES), messages.choice_unclear,
             skip=lambda talk: not _known(talk)),
        Step("value", messages.ask_value, _words("offers"), messages.text_unclear, skip=_no_value_needed),
        Step("copy", ask_copy, parse_yes_no, messages.yes_no_unclear,
             skip=lambda talk: "elsewhere" not in talk.answers),
        Step("name", messages.ask_name, parse_name, messages.name_unclear, keep=keep_name, skip=_settled,
             unclear_asks=True),
        _question("purpose", messages.ask_purpose),
        _question("services", messages.ask_services),
        Step("registration_place", messages.ask_place, parse_place, messages.text_unclear,
             keep=keep_place, skip=_unregistered),
        _question("registration_date", messages.ask_date, messages.date_unclear,
                  parse=lambda text: parse_date(text).isoformat(), skip=_unregistered, keep=keep_date),
        _question("registration_authority", messages.ask_authority, skip=_unregistered),
        Step("code", messages.ask_code, parse_code, messages.code_unclear, keep=keep_code, skip=_settled),
        _question("team_size", messages.ask_team_size, messages.number_unclear, parse=parse_integer),
        _question("past_work", messages.ask_past_work),
        _question("government", messages.ask_government),
        _question("interested", messages.ask_interested, messages.yes_no_unclear, parse=parse_yes_no),
        _question("offers", messages.ask_offers),
        _question("filled_by", messages.ask_filled_by),
        Step("confirm", ask_confirm, parse_confirmation, messages.yes_no_unclear, skip=_settled, confirms=True),
        Step("pin", messages.ask_pin, parse_pin, messages.pin_unclear,
             keep=lambda talk, pin: hash_pin(pin), skip=_no_pin_needed),
    ),
)  # fmt: skip
"""Sealed as a whole, because it ends with a PIN: its texts are kept nowhere but in the registration."""
