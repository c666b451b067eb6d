"""A county of the demo province: its office, its organizations, and the lists and plans of its year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from stdnum.cn import uscc

from channels.contacts import as_sender, contact_for
from service.demo import texts, wording
from service.demo.past import Calendar, Life
from service.demo.works import RULED_OUT, UNSCREENED, Provider
from service.difficulty.rules import Difficulty
from service.identification import queries as identification
from service.identification.rules import OPTIONAL_CRITERIA, RECOMMENDED_CRITERIA
from service.identification.workflow import list_task, screen_task, set_criteria, sign_short_list
from service.organizations.assessments import assess_capacity
from service.organizations.models import Organization
from service.organizations.pins import hash_pin
from service.organizations.queries import as_signatory
from service.organizations.rules import CAN_DO, Capacity, Factor, Item, LeftOffGround, Source, Verification
from service.organizations.workflow import (
    add_signatory,
    leave_off,
    list_organization,
    register_organization,
    set_pin,
    short_list_organization,
    verify_item,
)
from service.preparation import planning
from service.preparation.models import Plan
from tenants.actors import Actor, ActorKind
from tenants.gate import command
from tenants.models import Tenant
from tenants.permissions import Permission, Role
from tenants.settings import change_settings
from tenants.workdays import local_day

PIN = "4826"
"""The PIN of every signatory in the demo province."""

MARKS = {Capacity.A: (1, 1, 0, 1, 0), Capacity.B: (2, 1, 1, 1, 1), Capacity.C: (3, 3, 2, 2, 1)}
"""Marks that suggest each category, in the order of the factors."""

NOT_WANTED = "红枫艺术培训部"


@dataclass(frozen=True)
class Bidder:
    """An SO with the phone that speaks for it; ``able``: the difficulties its agreed category allows."""

    organization: Organization
    contact_id: UUID
    address: str
    able: frozenset[Difficulty]

    @property
    def lawful(self) -> bool:
        """Whether it can hold a contract: registered, or under an umbrella (O6)."""
        return bool(self.organization.credit_code or self.organization.umbrella_id)


class County:
    """A county office, the people in it, and everything it has to do with; ``by`` says who acts and when."""

    def __init__(self, office: Tenant, people: dict[str, tuple[UUID, Role]], past: Calendar) -> None:
        self.office, self.people, self.past = office, people, past
        self.bidders: list[Bidder] = []
        self.organizations: dict[str, Organization] = {}

    def by(self, who: str, at: datetime) -> Actor:
        """A person of the office at a moment, just logged in."""
        person, role = self.people[who]
        return Actor(
            ActorKind.PERSON,
            self.office.id,
            frozenset({role}),
            at,
            id=person,
            channel="web",
            authenticated_at=at,
        )

    def system(self, at: datetime) -> Actor:
        """The system acting for this office."""
        return Actor.system(self.office.id, now=at)

    def phone(self, name: str) -> str:
        """The address of a phone in the browser."""
        return f"sim:{self.office.code}:{name}"

    def sender(self, name: str, at: datetime) -> Actor:
        """Whoever texts from that phone."""
        by = self.system(at)
        return as_sender(by, contact_of(self.phone(name), by=by))

    def signatory(self, bidder: Bidder, at: datetime) -> Actor:
        """An SO's signatory, recognised."""
        by, _signatory, _organization = as_signatory(by=as_sender(self.system(at), bidder.contact_id))
        return by

    def who_can(self, difficulty: Difficulty) -> list[Bidder]:
        """The SOs that may take work of a difficulty on."""
        return [one for one in self.bidders if difficulty in one.able]

    # ── Lists and groundwork ──

    def groundwork(self, *, regulated: bool = True) -> Life:
        """Criteria, two workshops, and the regulation: in force where ``regulated``, else still a draft."""
        for days, workshop in zip((232, 224), wording.WORKSHOPS, strict=True):
            at = yield self.past.ago(days)
            planning.record_workshop(local_day(at), **workshop, by=self.by("officer", at))
        at = yield self.past.ago(222)
        questions = [*RECOMMENDED_CRITERIA, OPTIONAL_CRITERIA[1], OPTIONAL_CRITERIA[5]]
        set_criteria(
            self.past.year,
            [{"question": zh, "question_en": en} for zh, en in questions],
            by=self.by("officer", at),
        )
        at = yield self.past.ago(220 if regulated else 6)
        regulation = planning.draft_regulation(
            f"{self.office.name_zh}购买扶贫服务实施办法", texts.SECTIONS, by=self.by("officer", at)
        )
        if regulated:
            at = yield self.past.ago(216)
            planning.adopt_regulation(regulation.id, local_day(at), by=self.by("approver", at))

    def long_list(self) -> Life:
        """What is ruled out, the signed short list, and tasks that came in since and wait for screening."""
        at = yield self.past.ago(210)
        title, title_en, category, proposer, reason = RULED_OUT
        task = list_task(
            year=self.past.year,
            title=title,
            title_en=title_en,
            category=category,
            proposer=proposer,
            description="县道改建二十公里，路面拓宽。",
            by=self.by("officer", at),
        )
        at = yield self.past.ago(203)
        self.screen(task.id, False, reason, at)
        at = yield self.past.ago(200)
        sign_short_list(self.past.year, by=self.by("approver", at))
        for number, (title, title_en, category, proposer) in enumerate(UNSCREENED):
            at = yield self.past.ago(9 - number)
            list_task(
                year=self.past.year,
                title=title,
                title_en=title_en,
                category=category,
                proposer=proposer,
                description="村民会议上提出，多数同意。",
                by=self.by("officer", at),
            )

    def screen(self, task_id: UUID, keep: bool, reason: str | None, at: datetime) -> None:
        """Answer every criterion for a task."""
        criteria = identification.list_criteria(self.past.year, by=self.by("officer", at))
        answers = [
            {"criterion_id": one.id, "answer": keep or not number % 2, "reason": "会上讨论一致"}
            for number, one in enumerate(criteria)
        ]
        screen_task(task_id, answers=answers, keep=keep, reason=reason, by=self.by("officer", at))

    def playable(self) -> Life:
        """Periods of zero days from now on, so that visitors need not wait (P11: only a demo office may)."""
        at = yield self.past.ago(0)
        change_settings(
            {"bid_period_days": 0, "questions_close_days": 0, "standstill_working_days": 0},
            by=self.by("administrator", at),
        )

    # ── Organizations ──

    def join(self, provider: Provider, number: int) -> Life:
        """An SO is found or registers, is verified item by item, short-listed or left off, and assessed."""
        at = yield self.past.ago(214 - number)
        name, phone = SIGNATORIES[number % len(SIGNATORIES)], f"so{number + 1}"
        facts = self._facts(provider, number, name)
        if provider.source in (Source.MESSAGE, Source.FORM):
            by = self.sender(phone, at)
            organization = register_organization(
                pin_hash=hash_pin(PIN), source=provider.source, **facts, by=by
            )
            contact_id = by.id
        else:
            organization = list_organization(
                source=provider.source, signed=False, **facts, by=self.by("officer", at)
            )
            signatory = add_signatory(
                organization.id,
                address=self.phone(phone),
                name=name,
                papers="身份证、介绍信",
                by=self.by("officer", at),
            )
            contact_id = signatory.contact_id
            set_pin(hash_pin(PIN), by=as_sender(self.system(at), contact_id))
        assert contact_id is not None
        self.organizations[provider.name] = organization
        at = yield self.past.ago(195 - number / 2)
        for place, item in enumerate(Item):
            self._verify(organization, item, place, number, at)
        by = self.by("officer", at)
        if provider.name == NOT_WANTED:
            leave_off(
                organization.id, ground=LeftOffGround.SERVICES, reason="只做艺术考级培训，与任务不相符", by=by
            )
            return
        if not provider.views and not provider.controlled:
            return
        short_list_organization(organization.id, by=by)
        for who, view in zip(("officer", "approver"), provider.views, strict=False):
            at = yield self.past.ago(188 - number / 4)
            assess_capacity(
                organization.id,
                factors=dict(zip([one.value for one in Factor], MARKS[view], strict=True)),
                category=view,
                reasons="看过两个村的现场，和村民谈过",
                by=self.by(who, at),
            )
        if len(set(provider.views)) == 1:
            self.bidders.append(
                Bidder(organization, contact_id, self.phone(phone), CAN_DO[provider.views[0]])
            )

    def _facts(self, provider: Provider, number: int, filled_by: str) -> dict[str, Any]:
        body = f"5253{self.office.id:04}MJ{number:07}"
        code = provider.code or (body + uscc.calc_check_digit(body) if provider.registered else None)
        umbrella = self.organizations[provider.umbrella].id if provider.umbrella else None
        return {
            "name": provider.name,
            "purpose": "陪着村里人把日子过好",
            "services": "入户服务、技术培训、发放物资",
            "registration_place": self.office.name_zh[:3] if code else None,
            "registration_date": date(2012 + number, 3, 1 + number) if code else None,
            "registration_authority": f"{self.office.name_zh[:3]}民政局" if code else None,
            "credit_code": code,
            "team": "专职三人，其余是本地志愿者",
            "team_size": 4 + 3 * number,
            "past_work": "给三个村做过养殖培训和物资发放",
            "government": "和乡政府合作过一次",
            "interested": True,
            "offers": "入户陪伴、培训、监测",
            "typology": provider.typology,
            "serves": "老人、妇女、留守儿童",
            "sites": "青山乡、城关镇",
            "filled_by": f"{filled_by}，负责人",
            "controlled_by_office": provider.controlled,
            "umbrella_id": umbrella,
        }

    def _verify(self, organization: Organization, item: Item, place: int, number: int, at: datetime) -> None:
        """Most items are verified; the third SO's record is contradicted, of the later ones some wait."""
        if number >= 3 and place >= 12 - number:
            return
        doubtful = number == 2 and item is Item.PAST_WORK
        verify_item(
            organization.id,
            item=item,
            status=Verification.CONTRADICTED if doubtful else Verification.VERIFIED,
            how="村里说只来过一次" if doubtful else "查登记网站，走访两个村",
            by=self.by("officer", at),
        )

    # ── Plans ──

    def plan(self, days: float, funds: int, stop: str) -> Life:
        """A version of the year's plan, taken as far as ``stop``: draft, submitted, approved or published."""
        at = yield self.past.ago(days)
        plan: Plan = planning.draft_plan(self.past.year, Decimal(funds), by=self.by("officer", at))
        steps = ("draft", "submitted", "approved", "published").index(stop)
        for who, verb in (
            ("officer", planning.submit_plan),
            ("approver", planning.approve_plan),
            ("officer", planning.publish_plan),
        )[:steps]:
            at = yield at + timedelta(hours=30)
            verb(plan.id, by=self.by(who, at))


SIGNATORIES = ("刘芳", "何秀英", "杨大山", "李春梅", "赵国平", "王小军", "周玉兰", "孙明亮")


@command(Permission.MESSAGE_RECEIVE)
def contact_of(address: str, *, by: Actor) -> UUID:
    """The contact behind an address, made when it is first needed."""
    return contact_for(address, by=by).id
