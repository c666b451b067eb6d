"""The demo province: three counties, lived through by the commands themselves on the first start."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from uuid import UUID

from flask import Flask

from channels.messages import in_each
from channels.registry import add_channel
from service.demo import broadcasts, voices, wishes, works
from service.demo.county import PIN, County
from service.demo.finishing import VILLAGERS
from service.demo.past import Calendar, Life, unfold
from service.demo.stage import LogIn, add_official
from service.demo.working import Working
from service.simulator import simulator_channel
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.offices import add_office
from tenants.people import add_person, list_members
from tenants.permissions import Role
from tenants.workdays import fill_calendar

ROLES = {
    "officer": Role.PROCUREMENT_OFFICER,
    "approver": Role.APPROVER,
    "finance": Role.FINANCE_OFFICER,
    "desk": Role.COMPLAINT_OFFICER,
    "expert": Role.EXPERT,
    "administrator": Role.ADMINISTRATOR,
}
REVIEWERS = ("expert2", "expert3", "expert4")
COUNTIES: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    (
        "qinghe",
        "清河县扶贫办",
        "Qinghe County Office",
        "0871-5550110",
        ("李明", "王建国", "周丽", "陈静", "马永福", "孙涛"),
    ),
    (
        "lanxi",
        "兰溪县扶贫办",
        "Lanxi County Office",
        "0871-5550220",
        ("何平", "段文华", "木春燕", "罗秀英", "和正军", "高翔"),
    ),
    (
        "shigu",
        "石鼓县扶贫办",
        "Shigu County Office",
        "0871-5550330",
        ("赵敏", "杨志刚", "尹美玲", "普琼", "董学良", "施伟"),
    ),
)
ABOVE = {
    "overseer": ("吴处长", Role.OVERSEER),
    "officer": ("尚云", Role.PROCUREMENT_OFFICER),
    "approver": ("田副主任", Role.APPROVER),
    "finance": ("金会计", Role.FINANCE_OFFICER),
    "expert": ("郑教授", Role.EXPERT),
    "desk": ("沈岚", Role.COMPLAINT_OFFICER),
    "administrator": ("顾宁", Role.ADMINISTRATOR),
}
BEGAN = 240
"""How many days ago the province began to work with the system."""


def load(app: Flask) -> list[str]:
    """Fill an empty deployment; the lines to print: who logs in how, and which phones to try."""
    with app.app_context():
        now = app.config["CLOCK"]()
        past = Calendar(now)
        by = Actor.system(now=past.ago(BEGAN))
        fill_calendar(past.year - 1, past.year + 1, by=by)
        office = add_office(
            "yunling",
            name_zh="云岭省扶贫办",
            name_en="Yunling Provincial Office",
            hotline="0871-5550000",
            demo=True,
            by=by,
        )
        log_ins, above = _staff(office, ABOVE, past)
        simulator_channel(office.id, now=by.now)
        counties = []
        for code, name_zh, name_en, hotline, names in COUNTIES:
            county = add_office(
                code, name_zh=name_zh, name_en=name_en, parent="yunling", hotline=hotline, by=by
            )
            simulator_channel(county.id, now=by.now)
            given = {who: (name, role) for (who, role), name in zip(ROLES.items(), names, strict=True)}
            more, people = _staff(county, given, past)
            log_ins += more
            counties.append(County(county, people, past))
        unfold(_lives(counties, County(office, above, past)), now)
        numbers = [_number(county, place) for place, county in enumerate(counties, 1)]
        return list(_lines(log_ins, counties, numbers))


def _number(county: County, place: int) -> str:
    """An invented number for phones in the terminal; what is sent to it goes nowhere, for no provider stands behind it."""
    nowhere = {"account_sid": "AC0", "auth_token": secrets.token_urlsafe(16), "api_url": "http://127.0.0.1:9"}
    by = Actor.system(county.office.id, now=county.past.now)
    return add_channel("twilio", f"+86139000000{place:02}", nowhere, by=by).number


def _staff(
    office: Tenant, wanted: dict[str, tuple[str, Role]], past: Calendar
) -> tuple[list[tuple[str, LogIn]], dict[str, tuple[UUID, Role]]]:
    """People of an office with their passwords, and three more reviewers for a county's tenders."""
    by = Actor.system(office.id, now=past.ago(BEGAN))
    domain = f"{office.code}.example"
    log_ins = []
    for who, (name, role) in wanted.items():
        duty = in_each(role.label)
        log_in = add_official(name, f"{who}@{domain}", frozenset({role}), by=by)
        log_ins.append((f"{office.name_zh} {name}（{duty.zh} {duty.en}）", log_in))
    roles = {who: role for who, (_name, role) in wanted.items()}
    if Role.EXPERT in roles.values():
        for who, name in zip(REVIEWERS, ("林教授", "省妇联 方姐", "退休校长 白老师"), strict=True):
            add_person(f"{who}@{domain}", name=name, roles=frozenset({Role.EXPERT}), by=by)
            roles[who] = Role.EXPERT
    ids = {person.email: person.id for _membership, person in list_members(by=by)}
    return log_ins, {who: (ids[f"{who}@{domain}"], role) for who, role in roles.items()}


def _lives(counties: list[County], province: County) -> Iterator[Life]:
    qinghe, lanxi, shigu = counties
    offices = (*counties, province)
    for county, tasks in zip(offices, (works.QINGHE, works.LANXI, works.SHIGU, works.YUNLING), strict=True):
        yield county.groundwork(regulated=county is not shigu)
        yield county.long_list()
        yield county.playable()
        for number, provider in enumerate(works.PROVIDERS[county.office.code]):
            yield county.join(provider, number)
        for number, work in enumerate(tasks):
            yield Working(county, work, number).live()
    yield qinghe.plan(175, 1_200_000, "published")
    yield qinghe.plan(60, 1_250_000, "published")
    yield qinghe.plan(4, 1_100_000, "draft")
    yield lanxi.plan(175, 500_000, "approved")
    yield lanxi.plan(5, 520_000, "submitted")
    yield province.plan(175, 600_000, "published")
    yield shigu.plan(4, 90_000, "draft")
    yield from voices.complaints(qinghe)
    yield voices.about_the_office(qinghe, province)
    yield voices.anonymous(qinghe)
    yield voices.by_telephone(lanxi)
    yield voices.by_telephone(shigu)
    yield voices.objection(lanxi)
    yield voices.late_money(qinghe)
    yield from voices.unclear(qinghe)
    yield from wishes.suggestions(qinghe)
    yield wishes.asked_about_calls(qinghe)
    yield broadcasts.broadcasts(qinghe)


def _lines(log_ins: list[tuple[str, LogIn]], counties: list[County], numbers: list[str]) -> Iterator[str]:
    yield "登录 Log in:"
    for who, log_in in log_ins:
        yield f"  {log_in.email:<30} {log_in.password}  {who}"
    yield "手机 Phones (/simulator):"
    for bidder in counties[0].bidders[:2]:
        yield f"  {bidder.address:<30} PIN {PIN}  {bidder.organization.name}"
    yield f"  {counties[0].phone(VILLAGERS[0]):<30} 回“评价”参加评价 · answer “evaluate”"
    for county in counties:
        yield f"  {county.phone('1'):<30} {county.office.name_zh} · {county.office.name_en}"
    yield "号码 Numbers (qiao sms --to NUMBER --from +8613800000001 帮助):"
    for county, number in zip(counties, numbers, strict=True):
        yield f"  {number:<30} {county.office.name_zh} · {county.office.name_en}"
