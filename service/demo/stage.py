"""Setting the stage of the story: a province with two counties marked *demo*, people, tokens and a number."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from channels.registry import add_channel
from service.demo.doors import Browser, Number, Program, Transport
from tenants.actors import Actor
from tenants.offices import add_office
from tenants.people import add_person, issue_token
from tenants.permissions import Role
from tenants.sign_in import issue_recovery_link, set_password

OFFICIALS = {
    "officer": ("李明", Role.PROCUREMENT_OFFICER),
    "colleague": ("赵敏", Role.PROCUREMENT_OFFICER),
    "approver": ("王主任", Role.APPROVER),
    "finance": ("周会计", Role.FINANCE_OFFICER),
    "desk": ("陈静", Role.COMPLAINT_OFFICER),
    "administrator": ("孙涛", Role.ADMINISTRATOR),
}
"""Who works in the county of the story."""


@dataclass(frozen=True)
class LogIn:
    """An e-mail address and its password."""

    email: str
    password: str


@dataclass(frozen=True)
class Stage:
    """Everything the people of the story hold in their hands."""

    transport: Transport
    county: str
    province: str
    neighbour: str
    number: Number
    tokens: dict[str, str]
    log_ins: dict[str, LogIn]

    def program(self, who: str) -> Program:
        """An official at the JSON API."""
        return Program(self.transport, self.tokens[who])

    def visitor(self) -> Browser:
        """Anybody at a browser, not logged in."""
        return Browser(self.transport)

    def browser(self, who: str) -> Browser:
        """An official at a browser, logged in."""
        browser = Browser(self.transport)
        browser.log_in(self.log_ins[who].email, self.log_ins[who].password)
        return browser


def add_official(name: str, email: str, roles: frozenset[Role], *, by: Actor) -> LogIn:
    """A person of the office with a random password."""
    password = secrets.token_urlsafe(9)
    member = add_person(email, name=name, roles=roles, by=by)
    token = issue_recovery_link(member.id, by=by)
    set_password(token, password, by=Actor.public(now=by.now))
    return LogIn(email, password)


def set_stage(transport: Transport, base_url: str, provider_url: str, auth_token: str, *, by: Actor) -> Stage:
    """Add the offices of the story, under codes of their own so that it can be played again."""
    code = f"demo-{secrets.token_hex(3)}"
    province = add_office(
        code, name_zh="云岭省扶贫办（演示）", name_en="Yunling Province (demo)", demo=True, by=by
    )
    county = add_office(
        f"{code}-qh",
        name_zh="清河县扶贫办",
        name_en="Qinghe County Office",
        parent=code,
        hotline="0871-5550110",
        by=by,
    )
    neighbour = add_office(
        f"{code}-lx",
        name_zh="兰溪县扶贫办",
        name_en="Lanxi County Office",
        parent=code,
        hotline="0871-5550220",
        by=by,
    )
    at_county, at_province = Actor.system(county.id, now=by.now), Actor.system(province.id, now=by.now)
    tokens = {
        who: issue_token(name, roles=frozenset({role}), by=at_county)[1]
        for who, (name, role) in OFFICIALS.items()
    }
    tokens["province"] = issue_token("吴处长", roles=frozenset({Role.OVERSEER}), by=at_province)[1]
    tokens["province_desk"] = issue_token(
        "省投诉专员", roles=frozenset({Role.COMPLAINT_OFFICER}), by=at_province
    )[1]
    tokens["neighbour"] = issue_token(
        "兰溪县经办人", roles=frozenset({Role.PROCUREMENT_OFFICER}), by=Actor.system(neighbour.id, now=by.now)
    )[1]
    log_ins = {
        who: add_official(name, f"{who}@{code}.example", frozenset({role}), by=at_county)
        for who, (name, role) in OFFICIALS.items()
    }
    log_ins["province"] = add_official(
        "吴处长", f"overseer@{code}.example", frozenset({Role.OVERSEER}), by=at_province
    )
    credentials = {"account_sid": "AC0", "auth_token": auth_token, "api_url": provider_url}
    channel = add_channel("twilio", f"+86139{secrets.randbelow(10**8):08}", credentials, by=at_county)
    number = Number(channel.number, channel.key, auth_token, base_url.rstrip("/"))
    return Stage(transport, county.code, province.code, neighbour.code, number, tokens, log_ins)
