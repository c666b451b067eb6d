"""What people of the demo province say to its hotline, and what nobody understood."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from channels.gateways import Inbound
from channels.reception import handle
from service.complaints import following, workflow
from service.complaints.anonymity import choose_identity
from service.complaints.filing import Filed, file_complaint
from service.complaints.rules import About, Identity, Intake, Resolution
from service.demo.county import County
from service.demo.past import Life
from service.demo.works import ABOUT_THE_OFFICE, COMPLAINTS
from service.procurement.queries import list_calls, list_lots
from service.procurement.rules import CallState
from service.simulator import simulator_channel

UNCLEAR = (
    ("张木匠", "上回说的那个表我填好了放哪里", 2.2),
    ("陈阿婆", "娃儿说有个会是明天还是后天", 1.3),
    ("木秀珍", "谢谢你们，路修好了来家里坐", 0.4),
)
FILED_AGO = {
    "received": 0.4,
    "acknowledged": 2,
    "investigating": 6,
    "resolved": 12,
    "closed": 34,
    "reopened": 24,
    "overdue": 16,
}
ANSWERS = {
    "resolved": (
        Resolution.EXPLAINED,
        "签到表上是一天，已请机构补半天课",
        "培训老师家里有急事走了半天，机构答应下周二补课，请您再来。",
    ),
    "closed": (
        Resolution.UNFOUNDED,
        "名单经村民会议公示七天，无异议",
        "您家去年底已经脱贫出列，不在监测名单里；生活有困难请找村委会申请临时救助。",
    ),
    "reopened": (Resolution.REDRESSED, "机构承诺补发", "已要求机构本周把苗补到您家，收不到请回复我们。"),
}


def complaint(county: County, text: str, stop: str, number: int) -> Life:
    """A villager's complaint as far as it has come (H5)."""
    ago, who = county.past.ago, f"villager{number + 1}"
    filed_ago = FILED_AGO[stop]
    at = yield ago(filed_ago)
    by = county.sender(who, at)
    filed = file_complaint(text, about=About.WORK, contact_id=by.id, by=by)
    if stop == "overdue":
        at = yield ago(filed_ago - 12)
        workflow.sweep(by=county.system(at))
        return
    if stop == "received":
        return
    at = yield ago(filed_ago * 0.8)
    workflow.acknowledge(filed.complaint_id, by=county.by("desk", at))
    if stop == "acknowledged":
        return
    at = yield ago(filed_ago * 0.7)
    workflow.investigate(filed.complaint_id, by=county.by("desk", at))
    workflow.add_note(filed.complaint_id, "打电话给村主任核实，约好下村看。", by=county.by("desk", at))
    if stop == "investigating":
        return
    at = yield ago(filed_ago * 0.5)
    resolution, facts, answer = ANSWERS[stop]
    workflow.resolve(
        filed.complaint_id, resolution=resolution, facts=facts, answer=answer, by=county.by("desk", at)
    )
    if stop == "resolved":
        return
    at = yield ago(filed_ago * 0.3)
    by = county.sender(who, at)
    following.say_whether_solved(filed.reference, stop == "closed", by=by)
    following.rate(filed.reference, 4, by=by) if stop == "closed" else None


def complaints(county: County) -> list[Life]:
    """One complaint at each stage."""
    return [complaint(county, text, stop, number) for number, (text, stop) in enumerate(COMPLAINTS)]


def about_the_office(county: County, desk: County) -> Life:
    """What is said of the office itself comes to the province, whose desk looks into it (H4)."""
    at = yield county.past.ago(5)
    filed = _anonymous(county, "villager9", ABOUT_THE_OFFICE, at)
    at = yield county.past.ago(4)
    workflow.acknowledge(filed.complaint_id, by=desk.by("desk", at))
    workflow.investigate(filed.complaint_id, by=desk.by("desk", at))


def anonymous(county: County) -> Life:
    """Somebody does not want to be known (H3)."""
    at = yield county.past.ago(1.2)
    _anonymous(county, "villager10", "送来的大米有两袋是发霉的，不敢说是谁", at)


def _anonymous(county: County, who: str, text: str, at: datetime) -> Filed:
    by = county.sender(who, at)
    filed = file_complaint(text, contact_id=by.id, by=by)
    choose_identity(filed.reference, Identity.ANONYMOUS, by=by)
    return filed


def by_telephone(county: County) -> Life:
    """A complaint officer writes down what somebody says on the telephone (H1)."""
    at = yield county.past.ago(1.5)
    file_complaint(
        "送餐的人态度不好，碗也没洗干净",
        about=About.WORK,
        intake=Intake.OFFICER,
        identity=Identity.NAMED,
        address=county.phone("villager11"),
        by=county.by("desk", at),
    )


def objection(county: County) -> Life:
    """A villager objects to a result that can still be challenged: its approval is held (H8, C11)."""
    at = yield county.past.ago(0.8)
    by = county.by("officer", at)
    call = next(one for one in list_calls(by=by) if one.state is CallState.RESULT_PUBLISHED)
    (lot,) = list_lots(call.id, by=by)
    sender = county.sender("villager12", at)
    file_complaint(f"{lot.number}号项目的评审没到村里来看过", contact_id=sender.id, by=sender)


def late_money(county: County) -> Life:
    """An SO complains that its money is late (H7)."""
    at = yield county.past.ago(3)
    bidder = county.bidders[-1]
    by = county.signatory(bidder, at)
    file_complaint("第二期款说好月初到，到现在没到，工资发不出", about=About.WORK, contact_id=by.id, by=by)


def unclear(county: County) -> list[Life]:
    """Texts that nobody understood wait for a person (S1)."""

    def write(who: str, words: str, days: float) -> Life:
        at = yield county.past.ago(days)
        channel = simulator_channel(county.office.id, now=at)
        for text in (words, words, words):
            handle(channel, Inbound(uuid4().hex, county.phone(who), channel.number, text), now=at)

    return [write(*one) for one in UNCLEAR]
