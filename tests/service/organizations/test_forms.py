"""The web pages a single-use link opens: registering, correcting, setting a PIN (O2, T5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

from channels.links import find_link, use_link
from channels.models import FormLink
from service.organizations import queries, workflow
from service.organizations.forms import FORMS
from service.organizations.rules import Source
from service.organizations.schemas import LinkedRegistrationSchema, PinSchema
from service.room import LinkedForm
from tenants.actors import Actor
from tenants.refusals import AlreadyDone, NotFound
from tests.conftest import Office, Phone
from tests.service.organizations.stages import CODE, FACTS, PIN, registered, sender
from tests.service.organizations.test_workflow import signatory_row

BY_PURPOSE = {form.purpose: form for form in FORMS}
FILLED = {name: value for name, value in FACTS.items() if value is not None} | {
    "credit_code": CODE, "pin": PIN, "pin_again": PIN,
}  # fmt: skip


def opened(reply: str, office: Office) -> tuple[FormLink, LinkedForm]:
    """The link in a reply, and the form it opens."""
    (token,) = re.findall(r"/f/([\w-]+)", reply)
    link = find_link(token, by=Actor.public(now=office.system.now))
    return link, BY_PURPOSE[link.purpose]


def submit(reply: str, office: Office, answers: dict[str, Any]) -> Any:
    """Fill the form in and send it."""
    link, form = opened(reply, office)
    data = form.schema().load(answers)
    by = Actor.public(tenant_id=link.tenant_id, now=office.system.now)
    return use_link(link.id, lambda link, by: form.submit(link, data, by), by=by)


def test_o2_an_so_registers_on_a_web_page(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    reply = handset.says("9")
    organization = submit(reply, county, FILLED)
    assert (organization.source, organization.credit_code) == (Source.FORM, CODE)
    signatory = signatory_row(organization, by=county.system)
    assert workflow.check_pin(signatory.id, PIN, by=sender(county)) is None
    with pytest.raises(NotFound):
        submit(reply, county, FILLED)


def test_o2_a_refused_form_does_not_use_the_link_up(county: Office, phone: Callable[..., Phone]) -> None:
    handset = phone("+8613800000001", county)
    handset.says("登记")
    reply = handset.says("9")
    registered(county, 2, credit_code=CODE)
    with pytest.raises(AlreadyDone, match="organization_known"):
        submit(reply, county, FILLED)
    assert submit(reply, county, FILLED | {"credit_code": None}).number == 2


def test_o2_a_signatory_corrects_on_a_web_page_that_knows_what_is_known(
    county: Office, phone: Callable[..., Phone]
) -> None:
    handset = phone("+8613800000001", county)
    known = registered(county)
    handset.says("登记")
    reply = handset.says("6")
    link, form = opened(reply, county)
    assert form.values is not None
    values = form.values(link, sender(county))
    assert (values["name"], values["team_size"]) == (known.name, 12)
    assert "credit_code" not in values
    submit(
        reply,
        county,
        {name: value for name, value in values.items() if value is not None} | {"team_size": 20},
    )
    assert queries.find_organization(known.id, by=county.officer).team_size == 20


def test_t5_a_new_phone_sets_its_pin_on_a_web_page(county: Office, phone: Callable[..., Phone]) -> None:
    phone("+8613800000001", county)
    organization = registered(county)
    signatory = workflow.add_signatory(
        organization.id, address="13800000007", name="王会计", papers="介绍信", by=county.officer
    )
    form = BY_PURPOSE[workflow.PIN_FORM]
    form.submit(
        FormLink(),
        PinSchema().load({"pin": "7391", "pin_again": "７３９１"}),
        sender(county, "+8613800000007"),
    )
    assert workflow.check_pin(signatory.id, "7391", by=sender(county, "+8613800000007")) is None


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"pin": "12", "pin_again": "12"}, "pin"),
        ({"pin": "4826", "pin_again": "4827"}, "pin_again"),
        ({}, "pin"),
    ],
)
def test_t5_a_pin_is_four_to_six_digits_given_twice(answers: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PinSchema().load(answers)
    assert field in refused.value.messages


@pytest.mark.parametrize(
    "name", ["name", "purpose", "services", "team_size", "interested", "offers", "filled_by"]
)
def test_o2_what_an_so_alone_can_say_is_required_of_it(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LinkedRegistrationSchema().load({key: value for key, value in FILLED.items() if key != name})
    assert list(refused.value.messages) == [name]
