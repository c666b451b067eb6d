"""The life of one work in the demo province: from the long list as far as it has come."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from service.contracts import workflow as contracts
from service.contracts.rules import Side
from service.demo import wording
from service.demo.county import PIN, Bidder, County
from service.demo.finishing import Finishing
from service.demo.past import Life
from service.demo.works import STOPS, Work
from service.difficulty.models import Variant
from service.difficulty.rules import Approach, Difficulty
from service.difficulty.workflow import grade_variant
from service.identification.workflow import list_task
from service.preparation import workflow as preparation
from service.preparation.models import Package
from service.preparation.rules import PricingMethod, ProcurementMethod, recommended_methods
from service.procurement import bids, changing, opening, selection
from service.procurement import workflow as procurement
from service.procurement.models import Bid, Call
from service.procurement.queries import NamedLot, list_lots
from service.procurement.rules import ExclusionGround
from service.procurement.selection_queries import view_selection
from service.procurement.selection_rules import REVIEWERS, Indicator, Verdict
from tenants.workdays import local_day

PUBLISHED_AGO = {
    "call_open": 5,
    "call_changed": 6,
    "call_cancelled": 9,
    "call_closed": 13,
    "unsuccessful": 40,
    "opened": 18,
    "standstill": 19,
    "awaiting_plan": 37,
    "drafted": 42,
    "reviewed": 46,
    "signed": 47,
    "paid": 80,
    "late": 85,
    "evaluating": 110,
    "rectify": 115,
    "accepted": 128,
    "closed": 152,
}
"""How many days ago the call of a work was published that has come to a stop."""

METHODS = {
    Difficulty.EASY: ProcurementMethod.QUOTATION,
    Difficulty.REGULAR: ProcurementMethod.OPEN_TENDER,
    Difficulty.DIFFICULT: ProcurementMethod.NEGOTIATION,
}
WAYS = {
    Approach.TRANSFER: "直接送到户",
    Approach.CONTRACTOR: "整体包给工程队",
    Approach.CONSTRUCTION: "按一般工程组织施工",
    Approach.PRODUCTION: "带着农户一起做",
    Approach.MONITORING: "逐村走访核对",
    Approach.COMMUNITY: "村民自己做、自己管",
}
REVIEWING = ("expert", "expert2", "expert3", "expert4")


class Working:
    """A work on its way; ``number`` sets apart who bids and who wins."""

    def __init__(self, county: County, work: Work, number: int) -> None:
        self.county, self.work, self.number = county, work, number
        self.ago, self.by = county.past.ago, county.by
        self.published = PUBLISHED_AGO.get(work.stop, 4)

    def reaches(self, stop: str) -> bool:
        """Whether the work has come to ``stop`` or beyond."""
        return STOPS.index(self.work.stop) >= STOPS.index(stop)

    def since(self, days: float) -> datetime:
        """So many days after the call was published."""
        return self.ago(self.published - days)

    def live(self) -> Life:
        """All of it, in order."""
        variant = yield from self._identify()
        package = yield from self._prepare(variant)
        if package is None or not self.reaches("call_draft"):
            return
        call, lot = yield from self._call(package)
        if not self.reaches("unsuccessful"):
            return
        if not (yield from self._decide(call, lot)):
            return
        contract, winner = yield from self._contract(call)
        if not self.reaches("signed"):
            return
        rest = Finishing(self.county, self.work.stop, self.number, contract, winner, lot)
        yield from rest.deliver(self.since)
        if self.reaches("evaluating"):
            yield from rest.evaluate(self.work)

    # ── Steps 1, 2 and 4 ──

    def _identify(self) -> Life:
        county, work = self.county, self.work
        at = yield self.ago(209 - self.number / 10)
        task = list_task(
            year=county.past.year,
            title=work.title,
            title_en=work.title_en,
            category=work.category,
            proposer=work.proposer,
            description=f"{work.title}：村民会议提出，涉及四个村八十户。",
            gender_focus=work.women,
            by=self.by("officer", at),
        )
        at = yield self.ago(204 - self.number / 10)
        county.screen(task.id, True, None, at)
        at = yield self.ago(197 - self.number / 10)
        aspects = [one.value for one in work.aspects]
        chosen = grade_variant(
            task.id,
            name=WAYS[work.approach],
            approach=work.approach,
            aspects=aspects,
            quality="八成以上农户满意",
            by=self.by("officer", at),
        )
        if work.aspects:
            for approach in (Approach.CONTRACTOR, Approach.CONSTRUCTION):
                grade_variant(
                    task.id,
                    name=WAYS[approach],
                    approach=approach,
                    aspects=[],
                    quality="按期完成",
                    by=self.by("officer", at),
                )
        return chosen

    def _prepare(self, variant: Variant) -> Life:
        work, early = self.work, self.reaches("planned")
        at = yield self.ago(184 - self.number / 10 if early else 12)
        by = self.by("officer", at)
        design = wording.design(work)
        if work.stop == "designing":
            design = {question: design[question] for question in list(design)[:6]}
        package = preparation.design_package(
            variant.id,
            year=self.county.past.year,
            name=work.title,
            name_en=work.title_en,
            villages="青山乡石板、大坪、水井、麻栗",
            design={key.value: text for key, text in design.items()},
            urgent=work.women,
            innovative=work.approach is Approach.COMMUNITY,
            by=by,
        )
        preparation.set_costs(package.id, wording.costs(work), Decimal(24000), by=by)
        if work.stop == "designing":
            return None
        at = yield self.ago(180 - self.number / 10 if early else 8)
        by = self.by("officer", at)
        direct = Decimal(work.direct)
        if variant.difficulty is Difficulty.DIFFICULT:
            terms = {"fixed_fee": direct * 5 / 100, "cap": direct * 4 / 100}
            preparation.choose_pricing(package.id, PricingMethod.COST_COVERING, terms, by=by)
        else:
            preparation.choose_pricing(package.id, PricingMethod.PROPORTIONAL, {"rate": Decimal(9)}, by=by)
        self.method = METHODS[variant.difficulty]
        able = len(self.county.who_can(variant.difficulty))
        usual = self.method in recommended_methods(variant.difficulty, able=able)
        preparation.choose_method(
            package.id, self.method, None if usual else "县里两次会议商定，会的人少，先请大家都来试", by=by
        )
        zh, en = wording.scope(work)
        preparation.write_scope_of_work(
            package.id,
            {key.value: text for key, text in zh.items()},
            {key.value: text for key, text in en.items()},
            by=by,
        )
        self.difficulty = variant.difficulty
        return preparation.finish_package(package.id, by=by)

    # ── Step 5 ──

    def _call(self, package: Package) -> Life:
        at = yield self.since(-2)
        place = f"{self.county.office.name_zh}二楼会议室"
        call = procurement.draft_call(
            [package.id], **wording.call(self.work, place), by=self.by("officer", at)
        )
        if self.work.stop == "call_draft":
            return call, None
        at = yield self.since(0)
        able = self.county.who_can(self.difficulty)
        turned = able[self.number % len(able) :] + able[: self.number % len(able)]
        self.asked = asked = sorted(turned[:3], key=lambda one: not one.lawful)
        chosen = (
            () if self.method is ProcurementMethod.OPEN_TENDER else [one.organization.id for one in asked]
        )
        call = procurement.publish_call(
            call.id, deadline=self.since(11), organizations=chosen, by=self.by("officer", at)
        )
        (lot,) = list_lots(call.id, by=self.by("officer", at))
        bidding = asked[:2] if self.work.stop == "unsuccessful" else asked
        if self.method is ProcurementMethod.OPEN_TENDER:
            bidding = [*asked, *[one for one in self.county.bidders if one not in able][:1]]
        for place_, bidder in enumerate(bidding):
            when = self.since(4 + place_ * 1.5)
            if when < self.county.past.now:
                at = yield when
                self._bid(lot, bidder, place_, at)
        if self.work.stop == "call_changed":
            at = yield self.since(4.5)
            changing.amend_call(call.id, **wording.CHANGE, by=self.by("officer", at))
        if self.work.stop == "call_cancelled":
            at = yield self.since(7)
            changing.cancel_call(call.id, **wording.CANCELLATION, by=self.by("officer", at))
        return call, lot

    def _bid(self, lot: NamedLot, bidder: Bidder, place: int, at: datetime) -> None:
        """The one asked first bids lowest, and twice; one takes its bid back, one was sealed by another."""
        by = self.county.signatory(bidder, at)
        price = Decimal(self.work.direct) * (80 + 3 * place) / 1000
        if self.method is not ProcurementMethod.QUOTATION:
            bids.submit_application(lot.id, price, wording.APPLICATION, by=by)
        else:
            wrong = place == 1 and self.work.stop == "unsuccessful"
            sealing = self.county.signatory(self.asked[0], at) if wrong else by
            for offer in (price + 200, price) if place == 0 else (price,):
                bids.submit_bid(lot.number, bids.seal_price(lot.number, offer, by=sealing), pin=PIN, by=by)
        if place == 2 and self.work.stop == "call_closed":
            bids.withdraw_bid(lot.number, pin=PIN, by=by)

    def _decide(self, call: Call, lot: NamedLot) -> Life:
        """Opening, screening, review, selection and result; whether there is something to approve by now."""
        at = yield self.since(13)
        opening.agree_to_open(call.id, by=self.by("officer", at))
        at = yield self.since(13.02)
        opening.open_bids(call.id, by=self.by("finance", at))
        at = yield self.since(14)
        (file,) = view_selection(call.id, by=self.by("officer", at)).lots
        ranked = sorted(file.bids, key=lambda one: one.bid.price or Decimal(0))
        looked_at = ranked[:-1] if self.work.stop == "opened" else ranked
        admitted = [one.bid for one in looked_at if self._screen(one.bid, at)]
        if self.work.stop == "unsuccessful":
            at = yield self.since(15)
            selection.fail_call(call.id, "只有一家报价，重新公告", by=self.by("officer", at))
            return False
        at = yield self.since(14.5)
        for place, bid in enumerate(admitted):
            self._review(bid, Verdict.GOOD if place else Verdict.EXCELLENT, at)
        if not self.reaches("standstill"):
            return False
        at = yield self.since(15)
        selection.select_winner(
            lot.id, admitted[0].id, "满足任务书，评审最好，报价最低", by=self.by("officer", at)
        )
        at = yield self.since(16)
        selection.publish_result(call.id, by=self.by("officer", at))
        return self.reaches("awaiting_plan")

    def _screen(self, bid: Bid, at: datetime) -> bool:
        """Admit a bid unless the work needs more experience than its SO has shown."""
        able = {one.organization.id for one in self.county.who_can(self.difficulty)}
        ground = None if bid.organization_id in able else ExclusionGround.EXPERIENCE
        selection.screen_bid(bid.id, ground, by=self.by("officer", at))
        return ground is None

    def _review(self, bid: Bid, verdict: Verdict, at: datetime) -> None:
        seen = {
            **dict.fromkeys((one.value for one in Indicator), verdict.value),
            Indicator.DEVELOPMENT.value: "adequate",
        }
        for who in REVIEWING[: REVIEWERS.get(self.method, 2)]:
            selection.review_bid(bid.id, seen, True, "方案可行，队伍下过村", by=self.by(who, at))

    def _contract(self, call: Call) -> Life:
        """From the approval to a contract, as far as the work has come."""
        county, work = self.county, self.work
        at = yield self.since(34)
        (contract,) = contracts.approve_and_begin(call.id, by=self.by("approver", at))
        winner = next(one for one in county.bidders if one.organization.id == contract.organization_id)
        if not self.reaches("drafted"):
            return contract, winner
        at = yield self.since(36)
        contracts.file_implementation_plan(
            contract.id,
            contract.organization_id,
            text=wording.APPLICATION["plan"],
            document=None,
            by=county.signatory(winner, at),
        )
        at = yield self.since(38)
        self.begins = local_day(self.since(42))
        zh, en = wording.clauses(work)
        total = contract.direct_investment + contract.service_fee
        first, second = (total * 4 / 10).quantize(Decimal(1)), (total * 4 / 10).quantize(Decimal(1))
        parts = (("首期款", first, 10), ("二期款", second, 30), ("尾款", total - first - second, 90))
        contracts.draw_up_contract(
            contract.id,
            starts_on=self.begins,
            ends_on=self.begins + timedelta(days=150),
            clauses=zh,
            clauses_en=en,
            transfers=[
                {"purpose": name, "amount": amount, "due_on": self.begins + timedelta(days=days)}
                for name, amount, days in parts
            ],
            by=self.by("officer", at),
        )
        if not self.reaches("reviewed"):
            return contract, winner
        at = yield self.since(40)
        contracts.review_contract(contract.id, "何律师", "条款合法，拨款日期明确", by=self.by("officer", at))
        if not self.reaches("signed"):
            return contract, winner
        at = yield self.since(42)
        contracts.sign_contract(contract.id, Side.PURCHASER, "王主任", by=self.by("officer", at))
        at = yield self.since(42.1)
        return contracts.sign_contract(
            contract.id, Side.PROVIDER, "机构负责人", by=self.by("officer", at)
        ), winner
