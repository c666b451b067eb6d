"""What follows a signed contract in the demo province: money, milestones, answers and acceptance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.contracts.models import Contract
from service.delivery import support
from service.delivery import workflow as delivery
from service.delivery.models import Transfer
from service.delivery.rules import SupportKind
from service.demo import wording
from service.demo.county import Bidder, County
from service.demo.past import Life
from service.demo.works import Work
from service.evaluation import acceptance
from service.evaluation import workflow as evaluation
from service.evaluation.models import EvaluationRound
from service.evaluation.rules import Gender, Outcome
from service.procurement.models import Lot
from tenants.workdays import local_day

WOMEN = ("杨秀兰", "李桂花", "张琴", "王二妹", "陈阿婆", "和金花", "木秀珍")
MEN = ("李老五", "杨德昌", "张木匠", "王海生", "和志强")
VILLAGERS = WOMEN + MEN
NEEDS = (
    (44.5, "signed", SupportKind.TRUST, "农户不愿意签收，说怕以后要还钱"),
    (60, "paid", SupportKind.FINANCE, "服务费的发票怎么开"),
    (65, "late", SupportKind.TECHNICAL, "请畜牧站派人来看看病羊"),
)
"""What SOs ask support for: days after the call, how far the work comes, kind and words."""

ASKED_AGO = {"evaluating": 6, "rectify": 30, "accepted": 32, "closed": 11}
"""How many days ago villagers were asked about a work that has come to a stop."""


@dataclass(frozen=True)
class Finishing:
    """A contract in force with the SO that holds it; ``stop``: how far its work comes."""

    county: County
    stop: str
    number: int
    contract: Contract
    winner: Bidder
    lot: Lot

    def deliver(self, since: Callable[[float], datetime]) -> Life:
        """Transfers and milestones up to now: ``late`` lacks its second transfer, ``paid`` a confirmation.

        ``since``: the moment so many days after the call was published.
        """
        at = yield since(42.5)
        transfers = delivery.schedule_transfers(self.contract.id, by=self.county.by("finance", at))
        begins = self.contract.starts_on or local_day(at)
        steps = (("进村摸底", 12), ("第一批完成", 45), ("全部完成", 100))
        delivery.set_milestones(
            self.contract.id,
            [{"title": title, "due_on": begins + timedelta(days=days)} for title, days in steps],
            by=self.county.by("officer", at),
        )
        events: tuple[Any, ...] = (
            (53, self._pay, transfers[0], True),
            (55, self._report, "石板、大坪两村已经摸底，开了四次会，妇女来了三十多人", 1),
            (71, self._pay, transfers[1], self.stop != "paid"),
            (88, self._report, "第一批四十户做完了，签收单已交乡里", 2),
            (130, self._pay, transfers[2], True),
            (140, self._report, "全部做完，请安排验收", 3),
        )
        for days, step, *facts in sorted((*events, *self._needs()), key=lambda event: event[0]):
            missed = self.stop == "late" and days == 71
            if since(days + 0.5) < self.county.past.now and not missed:
                at = yield since(days)
                step(*facts, at)

    def _pay(self, transfer: Transfer, confirmed: bool, at: datetime) -> None:
        reference = f"ZF{local_day(at):%Y%m%d}{transfer.number:03}"
        delivery.make_transfer(transfer.id, reference, by=self.county.by("finance", at))
        if confirmed:
            later = at + timedelta(hours=5)
            delivery.confirm_transfer(transfer.number, by=self.county.signatory(self.winner, later))

    def _report(self, text: str, milestone: int, at: datetime) -> None:
        by = self.county.signatory(self.winner, at)
        report = delivery.report_progress(text, lot=self.lot.number, by=by)
        delivery.report_milestone(report.id, milestone, by=by)

    def _needs(self) -> Iterator[tuple[Any, ...]]:
        """A request for support where the work stands: one waits, one was answered, one is late (M2)."""
        for days, stop, kind, text in NEEDS:
            if stop == self.stop:
                yield days, self._need, kind, text

    def _need(self, kind: SupportKind, text: str, at: datetime) -> None:
        by, later = self.county.signatory(self.winner, at), at + timedelta(hours=20)
        request = support.ask_support(text, lot=self.lot.number, by=by)
        support.sort_request(request.reference, kind, by=by)
        if self.stop == "paid":
            answer = "税务局可以代开，带上合同就行。"
            support.answer_request(request.id, answer, by=self.county.by("finance", later))
        elif self.stop == "late":
            officer = self.county.by("officer", later)
            support.pass_on_request(request.id, kind=kind, to="县畜牧站 王站长", by=officer)

    def evaluate(self, work: Work) -> Life:
        """Beneficiaries answer by text; then acceptance, and the closure meeting."""
        ago, by = self.county.past.ago, self.county.by
        left = ASKED_AGO[self.stop]
        at = yield ago(left)
        people = [
            {
                "phone": self.county.phone(name),
                "gender": Gender.WOMAN if name in WOMEN else Gender.MAN,
                "group": ("石板村", "大坪村")[number % 2],
                "consented": True,
            }
            for number, name in enumerate(VILLAGERS)
        ]
        evaluation.enrol_beneficiaries(self.contract.package_id, people, by=by("officer", at))
        asked = evaluation.open_round(
            self.contract.id,
            title=work.title,
            title_en=work.title_en,
            questions=wording.QUESTIONS,
            by=by("officer", at),
        )
        at = yield ago(left - 2)
        for place, name in enumerate(VILLAGERS[5:] if self.stop == "evaluating" else VILLAGERS):
            self._answer(asked, name, place, at)
        if self.stop == "evaluating":
            return
        at = yield ago(left - 4)
        evaluation.close_round(asked.id, by=by("officer", at))
        if self.stop == "rectify":
            at = yield ago(20)
            self._accept(Outcome.REFUSED, at)
            at = yield ago(5)
            self._accept(Outcome.RECTIFY, at)
            return
        at = yield ago(left - 6)
        self._accept(Outcome.ACCEPTED, at)
        if self.stop == "closed":
            at = yield ago(left - 8)
            learnt = wording.CLOSURE | wording.LEARNT[self.county.office.code]
            acceptance.record_closure(self.contract.id, held_on=local_day(at), **learnt, by=by("officer", at))

    def _answer(self, asked: EvaluationRound, name: str, place: int, at: datetime) -> None:
        words = wording.OPINIONS[(place + self.number) % len(wording.OPINIONS)]
        said = {0: 3 + (place + self.number) % 3, 1: place % 4 != 1, 2: words}
        evaluation.answer_round(asked.id, said, by=self.county.sender(name, at))

    def _accept(self, outcome: Outcome, at: datetime) -> None:
        met = outcome is Outcome.ACCEPTED
        indicators = [
            one if met or place else {**one, "met": False, "finding": "两个村的台账不全"}
            for place, one in enumerate(wording.INDICATORS)
        ]
        acceptance.record_acceptance(
            self.contract.id,
            members=["县扶贫办 李工", "青山乡 张副乡长", "农户代表 杨秀兰"],
            indicators=indicators,
            findings="按任务书完成。" if met else "台账不全，一户没有走到，请补做。",
            outcome=outcome,
            rectify_by=local_day(at) + timedelta(days=20) if outcome is Outcome.RECTIFY else None,
            by=self.county.by("officer", at),
        )
