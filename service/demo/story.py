"""One procurement through all seven steps, told through the public doors alone.

The same story is played by ``make demo`` against a running deployment and by ``tests/journeys`` against the application under
test, with a clock of its own; it asks its ``Teller`` to pass time and to wait for messages.
"""

from __future__ import annotations

import re
from typing import Any

from service.demo import texts
from service.demo.buying import Buying
from service.demo.doors import Refused
from service.demo.telling import PIN
from tenants.workdays import local_day


class Story(Buying):
    """The seven steps, chapter by chapter."""

    # ── Step 1 ──

    def identify(self) -> None:
        """The office lists tasks, answers the criteria, and signs off a short list (I1-I3)."""
        self.teller.chapter("第一步 识别任务", "Step 1: identifying tasks")
        self.stage.program("administrator").put(
            "/office/settings",
            {
                "bid_period_days": 0,
                "questions_close_days": 0,
                "standstill_working_days": 0,
                "quiet_from": "00:00",
                "quiet_until": "00:00",
            },
        )
        self.officer.put("/tasks/criteria", {"year": self.year, "questions": texts.CRITERIA})
        for name, facts in (("pond", texts.POND), ("seedlings", texts.SEEDLINGS), ("highway", texts.HIGHWAY)):
            self.ids[name] = self.officer.post("/tasks", {**facts, "year": self.year})["id"]
        self.suggest()
        criteria = self.officer.get(f"/tasks/criteria/{self.year}")
        for name, keep in (("pond", True), ("seedlings", True), ("highway", False)):
            answers = [
                {"criterion_id": one["id"], "answer": keep, "reason": "会上讨论一致"} for one in criteria
            ]
            screening = {
                "answers": answers,
                "keep": keep,
                "reason": None if keep else "由交通局负责，不宜购买",
            }
            self.officer.post(f"/tasks/{self.ids[name]}/screening", screening)
        signed = self.approver.post("/tasks/short-lists", {"year": self.year})
        self.teller.happens(
            f"潜在购买清单第 {signed['version']} 版签发：{'、'.join(task['title'] for task in signed['tasks'])}",
            f"Short list version {signed['version']} signed: {len(signed['tasks'])} tasks; the road is ruled out, with its reason",
        )

    # ── Step 2 ──

    def grade(self) -> None:
        """One task is easy; the pond has three grades, done in three ways (D1, D2)."""
        self.teller.chapter("第二步 评定难度（保密）", "Step 2: grading difficulty (confidential)")
        easy = self.officer.post(f"/difficulty/tasks/{self.ids['seedlings']}/variants", texts.SEEDLINGS_WAY)
        self.ids["variant"] = easy["id"]
        grades = [
            self.officer.post(f"/difficulty/tasks/{self.ids['pond']}/variants", way)["difficulty"]
            for way in texts.POND_WAYS
        ]
        assert (easy["difficulty"], grades) == ("easy", ["easy", "regular", "difficult"])
        self.teller.happens(
            "核桃苗：简单；蓄水池三种做法：简单、常规、困难",
            "Seedlings: easy; the pond done three ways: easy, regular, difficult",
        )

    # ── Step 3 ──

    def register(self) -> None:
        """Two SOs register by text and a third by the form a text links to; items are verified, two assessors agree (O2-O4)."""
        self.teller.chapter("第三步 社会组织登记与评估", "Step 3: organizations register and are assessed")
        for number, (who, answers) in zip((self.first_so, self.second_so), texts.REGISTRATIONS, strict=True):
            for answer in answers:
                reply = self.text(who, number, answer)
            assert re.search(r"\d", reply), reply
        self.text("山里人合作社", self.third_so, "登记")
        link = re.search(r"(https?://\S+)", self.text("山里人合作社", self.third_so, "9"))
        assert link, "the link to the form"
        self.fill_in(link[1], {**texts.LINKED_REGISTRATION, "pin": PIN, "pin_again": PIN})
        self.teller.happens("山里人合作社用网页填完登记表", "The third organization fills in the web form")
        for one in self.officer.get("/organizations"):
            self.ids[one["name"]] = one["id"]
            self._verify_and_assess(one)

    def _verify_and_assess(self, organization: dict[str, Any]) -> None:
        path = f"/organizations/{organization['id']}"
        for item in texts.ITEMS:
            self.officer.post(
                f"{path}/verifications", {"item": item, "status": "verified", "how": "查登记网站并实地走访"}
            )
        self.officer.post(f"{path}/short-list")
        view = {"factors": texts.MARKS[organization["name"]], "reasons": "走访过，能下村做事"}
        self.officer.post(f"{path}/assessments", view)
        agreed = self.approver.post(f"{path}/assessments", view)["agreed"]
        assert agreed, "two assessors with the same view agree"
        self.teller.happens(
            f"{organization['name']}：逐项核实，两名评估人意见一致（类别保密）",
            f"{organization['name']}: each item verified, two assessors agree (the category is confidential)",
        )

    # ── Step 4 ──

    def prepare(self) -> None:
        """A package with costs, method and scope of work; regulation, workshops, and a plan another person approves (P1-P11)."""
        self.teller.chapter("第四步 采购准备", "Step 4: preparing the procurement")
        today = local_day(self.teller.now())
        package = self.officer.post(
            "/packages",
            {
                "year": self.year,
                "variant_id": self.ids["variant"],
                "name": "青山乡核桃苗发放",
                "name_en": "Walnut seedlings in Qingshan",
                "villages": "青山乡石板、大坪、水井、麻栗四村",
                "design": texts.DESIGN,
                "urgent": True,
            },
        )
        path = f"/packages/{package['id']}"
        costs = self.officer.put(f"{path}/costs", {"lines": texts.COST_LINES})
        recommended = self.officer.get(f"{path}/recommendation")
        self.officer.put(f"{path}/pricing", {"method": recommended["pricing"], "terms": {"rate": "10"}})
        self.officer.put(f"{path}/method", {"method": recommended["procurement"][0]})
        self.officer.post(f"{path}/scopes-of-work", {"items": texts.SCOPE, "items_en": texts.SCOPE_EN})
        self.officer.post(f"{path}/finish")
        self.ids["package"] = package["id"]
        self.teller.happens(
            f"任务包：直接投入 {costs['direct']} 元，服务费 {costs['service_fee']} 元；推荐方式：询价",
            f"The package: direct CNY {costs['direct']}, service fee CNY {costs['service_fee']}; recommended method: quotation",
        )
        for workshop in texts.WORKSHOPS:
            self.officer.post("/workshops", {**workshop, "held_on": today.isoformat()})
        regulation = self.officer.post(
            "/regulations", {"title": "清河县购买扶贫服务实施办法", "sections": texts.SECTIONS}
        )
        self.approver.post(f"/regulations/{regulation['id']}/adopt", {"effective_on": today.isoformat()})
        plan = self.officer.post("/plans", {"year": self.year, "funds": "60000"})["plan"]
        self.officer.post(f"/plans/{plan['id']}/submit")
        try:
            self.stage.program("officer").post(f"/plans/{plan['id']}/approve")
        except Refused as refused:
            self.teller.happens(
                f"经办人不能批自己的计划：{refused}", "Who prepared the plan cannot approve it"
            )
        self.approver.post(f"/plans/{plan['id']}/approve")
        self.officer.post(f"/plans/{plan['id']}/publish")
        self.teller.happens(
            "两次部门会议、实施办法、年度计划均已到位",
            "Two workshops, the regulation and the annual plan are in place",
        )

    # ── Step 6 ──

    def deliver(self) -> None:
        """A transfer is made and confirmed by text, progress comes in (M1, M3)."""
        self.teller.chapter("第六步 支持与监测", "Step 6: support and monitoring")
        path = f"/delivery/contracts/{self.ids['contract']}"
        self.finance.post(f"{path}/transfers")
        transfer = self.finance.get(f"{path}/transfers")[0]
        self.finance.post(
            f"/delivery/transfers/{transfer['id']}/payment", {"bank_reference": "2026-0318-001"}
        )
        self.newest("青苗服务中心", self.first_so, "收到")
        self.text("青苗服务中心", self.first_so, f"收到 {transfer['number']}")
        self.text(
            "青苗服务中心", self.first_so, "进展 石板、大坪两村八百株已发完，示范了两场，妇女来了三十多人"
        )
        self.ask_for_support()

    def hear_villagers(self) -> None:
        """A complaint about the work is answered without the SO learning who; one about the office goes to the province (H1-H6)."""
        self.teller.chapter("第六步 监督热线", "Step 6: the hotline")
        reference = self.complain(self.villagers[1], "投诉 发的核桃苗有一半是干的", "1", "1")
        self.text("村民", self.villagers[1], f"进度 {reference}")
        self.answer_complaint(self.desk, reference, "redressed", "已要求补发一百株，本周送到")
        self.newest("村民", self.villagers[1], "补发")
        to_province = self.complain(self.villagers[2], "投诉 县扶贫办的人要我请客才给苗", "4", "1")
        seen = [one["reference"] for one in self.desk.get("/complaints")]
        assert to_province not in seen, "the county does not see a complaint about itself"
        self.answer_complaint(
            self.stage.program("province_desk"), to_province, "redressed", "已查实，当事人受到处理，苗已补发"
        )
        self.newest("村民", self.villagers[2], f"{to_province}.*解决")
        self.teller.happens(
            "反映县办公室的投诉直接到省，县里看不到",
            "The complaint about the office went to the province, unseen by the county",
        )

    # ── Step 7 ──

    def evaluate(self) -> None:
        """Villagers on the register answer three questions by text; acceptance and closure are recorded (E2, E4, E5)."""
        self.teller.chapter("第七步 验收与评价", "Step 7: acceptance and evaluation")
        people = [
            {"phone": number, "gender": "woman" if index % 2 else "man", "group": "石板村", "consented": True}
            for index, number in enumerate(self.villagers)
        ]
        self.officer.post(f"/evaluation/packages/{self.ids['package']}/beneficiaries", {"people": people})
        path = f"/evaluation/contracts/{self.ids['contract']}"
        opened = self.officer.post(f"{path}/rounds", texts.EVALUATION)
        for index, number in enumerate(self.villagers):
            if index == 0:
                self.newest("村民", number, "评价")
            for answer in ("评价", str(3 + index % 3), "1", ("苗好，就是路远", "没有")[index % 2]):
                self.text("村民", number, answer)
        self.officer.post(f"/evaluation/rounds/{opened['id']}/close")
        results = self.officer.get(f"/evaluation/rounds/{opened['id']}/results")
        self.teller.happens(
            f"{results['answered']} 人回答，苗木平均 {results['questions'][0]['total']['average']} 分",
            f"{results['answered']} people answered; the seedlings get {results['questions'][0]['total']['average']} of 5",
        )
        self.officer.post(f"{path}/acceptances", texts.ACCEPTANCE)
        today = local_day(self.teller.now()).isoformat()
        self.officer.post(f"{path}/closure", {**texts.CLOSURE, "held_on": today})
        self.teller.happens(
            "验收通过，召开总结会，合同关闭", "Accepted; the closure meeting was held; the contract is closed"
        )

    def look_from_above(self) -> None:
        """The province sees both counties at each stage on one page; the neighbour sees nothing."""
        self.teller.chapter("省级督导", "The province looks on")
        counties = self.province.get("/oversight/counties")
        assert {self.stage.county, self.stage.neighbour} <= {county["office"] for county in counties}
        neighbour = self.stage.program("neighbour")
        assert neighbour.get("/calls") == []
        assert neighbour.get("/tasks") == []
        self.teller.happens(
            "省里一页看到两个县的每个阶段；邻县什么也看不到",
            "One page shows both counties at each stage; the neighbour sees nothing",
        )

    def play(self) -> None:
        """From the long list to the closure meeting."""
        for act in (
            self.identify,
            self.grade,
            self.register,
            self.prepare,
            self.call_and_bid,
            self.open_and_select,
            self.object_and_approve,
            self.sign,
            self.deliver,
            self.hear_villagers,
            self.evaluate,
            self.look_from_above,
        ):
            act()
