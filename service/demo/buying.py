"""Step 5 of the story: the call, the bids, their opening and review, an objection, and the contract (C1-C12)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from service.demo import texts
from service.demo.asking import Asking
from service.demo.doors import Refused
from service.demo.telling import PIN
from tenants.workdays import local_day


class Buying(Asking):
    """How an office buys, from the call to the signed contract."""

    def publish(self) -> datetime:
        """A quotation call reaches three SOs (C1, C2); until when it takes bids."""
        self.teller.chapter("第五步 公告与报价", "Step 5: the call and the bids")
        call = self.officer.post("/calls", {**texts.CALL, "packages": [self.ids["package"]]})
        self.ids["call"] = call["id"]
        deadline = self.teller.now() + timedelta(seconds=self.seconds_to_bid)
        asked = [one["id"] for one in self.officer.get("/organizations")]
        self.officer.post(
            f"/calls/{call['id']}/publication", {"deadline": deadline.isoformat(), "organizations": asked}
        )
        lot = self.officer.get(f"/calls/{call['id']}/lots")[0]["number"]
        self.ids["lot"] = lot
        for who, number in (
            ("青苗服务中心", self.first_so),
            ("清河社工站", self.second_so),
            ("山里人合作社", self.third_so),
        ):
            self.newest(who, number, rf"报价 ?{lot}|BID {lot}")
        return deadline

    def call_and_bid(self) -> None:
        """Three SOs bid by text, one changes its bid, one is late; bids stay sealed (C1-C5)."""
        deadline = self.publish()
        lot = self.ids["lot"]
        self.ask_about_the_call()
        self.text("青苗服务中心", self.first_so, f"报价 {lot} 3,900元")
        self.text("青苗服务中心", self.first_so, PIN)
        self.text("清河社工站", self.second_so, f"报价{lot}号三千八")
        self.text("清河社工站", self.second_so, PIN)
        self.teller.happens(
            "青苗服务中心改报价，最后一次为准", "The first organization changes its bid; the last one counts"
        )
        self.text("青苗服务中心", self.first_so, f"报价 {lot} ３６００")
        self.text("青苗服务中心", self.first_so, PIN)
        self.teller.pass_time(deadline + timedelta(seconds=1))
        self.text("山里人合作社", self.third_so, f"报价 {lot} 3500")
        self.teller.happens(
            "截止已过，迟到的报价不收", "The deadline has passed: the late bid is refused, with the time"
        )

    def open_and_select(self) -> None:
        """Two officers open the bids in two requests; two reviewers record their view; the lowest qualified wins (C5-C10)."""
        self.teller.chapter("第五步 开标、评审、公示", "Step 5: opening, review, result")
        call = self.ids["call"]
        page = f"/admin/calls/{call}"
        for who, action in (("officer", "agree"), ("finance", "open")):
            browser = self.stage.browser(who)
            browser.confirm(self.stage.log_ins[who].password)
            browser.submit(page, {"purpose": "开标"}, action=f"{page}/{action}")
        bids = {
            one["organization"]: one
            for one in self.officer.get(f"/calls/{call}/bids")
            if one["state"] == "opened"
        }
        self.teller.happens(
            "；".join(f"{name} {bid['price']} 元" for name, bid in bids.items()),
            "Two officers opened the bids: " + ", ".join(f"CNY {bid['price']}" for bid in bids.values()),
        )
        for bid in bids.values():
            self.officer.post(f"/selection/bids/{bid['bid_id']}/screening", {})
            for reviewer in (self.officer, self.colleague):
                reviewer.post(
                    f"/selection/bids/{bid['bid_id']}/reviews",
                    {
                        "indicators": texts.INDICATORS,
                        "satisfies": True,
                        "reason": "按任务书做得到，队伍能下村",
                    },
                )
        lot = self.officer.get(f"/selection/{call}")["lots"][0]
        self.officer.post(
            f"/selection/lots/{lot['lot_id']}/award",
            {"bid_id": lot["ranking"][0], "reason": "满足任务书，报价最低"},
        )
        self.officer.post(f"/selection/{call}/result")
        award = self.officer.get(f"/selection/{call}")["lots"][0]["award"]
        self.standstill_ends = datetime.fromisoformat(award["objections_until"]) + timedelta(seconds=1)
        self.newest("青苗服务中心", self.first_so, "公示")
        self.newest("清河社工站", self.second_so, "公示")

    def object_and_approve(self) -> None:
        """A villager's text about the call blocks its approval until it is resolved; then an approver approves (C11, H8)."""
        self.teller.chapter("第五步 异议与审批", "Step 5: an objection, and the approval")
        villager = self.villagers[0]
        reference = self.complain(villager, f"投诉 {self.ids['lot']}号采购结果，评审的人没来村里看过", "1")
        self.teller.pass_time(self.standstill_ends)
        try:
            self.approver.post(f"/contracts/of-call/{self.ids['call']}")
        except Refused as refused:
            self.teller.happens(
                f"有异议未了，不能审批：{refused}", "While the objection is open, nothing is approved"
            )
        else:
            raise AssertionError("an open objection blocks the approval")
        self.answer_complaint(self.desk, reference, "explained", "两名评审去过四个村，照片在县扶贫办可以看")
        self.newest("村民", villager, f"{reference}.*解决")
        contract = self.approver.post(f"/contracts/of-call/{self.ids['call']}")[0]
        self.ids["contract"] = contract["id"]
        self.teller.happens(
            f"审批通过，合同编号 {contract['number']}",
            f"Approved; the contract's number is {contract['number']}",
        )

    def complain(self, number: str, *says: str) -> str:
        """A villager complains and answers what is asked; the reference."""
        replies = [self.text("村民", number, text) for text in says]
        found = re.search(r"\b(\d{10})\b", replies[0])
        assert found, replies[0]
        return found[1]

    def answer_complaint(self, desk: Any, reference: str, resolution: str, answer: str) -> None:
        """The desk that decides takes a case up, looks into it, and answers."""
        case = next(one for one in desk.get("/complaints") if one["reference"] == reference)
        desk.post(f"/complaints/{case['id']}/acknowledgement")
        desk.post(f"/complaints/{case['id']}/investigation")
        desk.post(f"/complaints/{case['id']}/notes", {"text": "电话和走访核实"})
        desk.post(
            f"/complaints/{case['id']}/answer",
            {"resolution": resolution, "facts": "走访记录在卷", "answer": answer},
        )
        self.teller.happens(
            f"投诉 {reference} 已调查答复", f"Complaint {reference} is investigated and answered"
        )

    def sign(self) -> None:
        """The winner files its plan by link; a contract comes out as a Word file in both languages, reviewed and signed (C12)."""
        self.teller.chapter("第五步 签合同", "Step 5: the contract")
        link = re.search(r"https?://\S+", self.newest("青苗服务中心", self.first_so, "http"))
        assert link, "the link to the implementation plan"
        self.fill_in(link[0], {"text": texts.IMPLEMENTATION_PLAN})
        today = local_day(self.teller.now())
        path = f"/contracts/{self.ids['contract']}"
        contract = self.officer.get(path)
        direct, fee = contract["direct_investment"], contract["service_fee"]
        self.officer.put(
            f"{path}/terms",
            {
                "starts_on": today.isoformat(),
                "ends_on": (today + timedelta(days=60)).isoformat(),
                "clauses": texts.CLAUSES,
                "transfers": [
                    {
                        "purpose": "苗木款",
                        "amount": direct,
                        "due_on": (today + timedelta(days=5)).isoformat(),
                    },
                    {"purpose": "服务费", "amount": fee, "due_on": (today + timedelta(days=60)).isoformat()},
                ],
            },
        )
        self.officer.post(f"{path}/review", {"reviewer": "何律师", "opinion": "条款合法，拨款日期明确"})
        self.officer.post(f"{path}/signatures", {"side": "purchaser", "signatory": "王主任"})
        self.officer.post(f"{path}/signatures", {"side": "provider", "signatory": "青苗中心 刘芳"})
        for language in ("zh", "en"):
            assert self.officer.download(f"{path}/document/{language}")[:2] == b"PK"
        self.teller.happens(
            "合同双方签字生效，中英文 Word 文本可下载",
            "Both sides signed; the Word documents are there in both languages",
        )
