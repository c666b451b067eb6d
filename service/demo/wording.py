"""Words the counties of the demo province fill their forms with, in both languages, about any work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from service.contracts.rules import CLAUSES
from service.demo.works import Work
from service.evaluation.rules import NEVER_ABSENT, Participant, QuestionKind
from service.preparation.rules import CostKind, Department, DesignQuestion, SowItem, WorkshopTopic

Q, S = DesignQuestion, SowItem

WORKSHOPS: tuple[dict[str, Any], ...] = (
    {
        "agenda": list(WorkshopTopic)[:5],
        "invited": list(Department)[:8],
        "present": [
            Department.POVERTY_ALLEVIATION,
            Department.FINANCE,
            Department.CIVIL_AFFAIRS,
            Department.WOMEN,
        ],
        "decisions": "同意由县扶贫办统一采购，先从简单任务做起，培育本地社会组织。",
    },
    {
        "agenda": list(WorkshopTopic)[5:],
        "invited": list(Department),
        "present": [
            Department.POVERTY_ALLEVIATION,
            Department.FINANCE,
            Department.AUDIT,
            Department.DISCIPLINE,
        ],
        "decisions": "服务费可以超过百分之二，结果公示，设监督热线，按月通报拨款。",
    },
)
INDICATORS = [
    {"indicator": "按任务书做完", "met": True, "finding": "逐村清点，数量相符"},
    {"indicator": "群众满意", "met": True, "finding": "抽访二十户，十九户满意"},
    {"indicator": "资金使用合规", "met": True, "finding": "票据齐全"},
]
QUESTIONS: list[dict[str, Any]] = [
    {
        "kind": QuestionKind.SCALE,
        "text": "您对这件事做得满意吗？",
        "text_en": "How happy are you with the work?",
    },
    {
        "kind": QuestionKind.YES_NO,
        "text": "事前有人问过您的意见吗？",
        "text_en": "Did anybody ask for your opinion beforehand?",
    },
    {
        "kind": QuestionKind.WORDS,
        "text": "哪里还可以做得更好？",
        "text_en": "What could have been done better?",
    },
]
OPINIONS = (
    "",
    "下次早一点通知",
    "来的人很耐心",
    "",
    "希望明年还来",
    "路远的组也要照顾到",
    "",
    "东西是好的",
    "培训再多讲两遍",
    "",
    "让妇女也当组长",
    "没意见",
)
CLOSURE: dict[str, Any] = {
    "participants": [*NEVER_ABSENT, Participant.AGENCIES],
    "opinions": "妇女代表说示范要放在农闲。",
    "awards": "县里通报表扬",
    "reflections": "首期款晚到三天，以后提前走流程。",
}
LEARNT = {
    "qinghe": {
        "experience": "逐户签收费时间，但以后没有纠纷。",
        "lessons": "苗木留一成备用；示范放在农闲；签收单一户一张。",
    },
    "lanxi": {
        "experience": "先办养殖培训再发羊，农户心里有底。",
        "lessons": "羊要在春天发，冬天死得多；防疫员一起下村；名单张榜两次。",
    },
}
"""What counties learnt from the works that they closed."""


def design(work: Work) -> dict[DesignQuestion, str]:
    """The answers of a package's design."""
    return {
        Q.WHAT: f"{work.title}，由社会组织承担",
        Q.HOW_MUCH: "四个村，约八十户",
        Q.HOW: "进村入户，分批做，当场签收",
        Q.WHERE: "青山乡石板、大坪、水井、麻栗四村",
        Q.FOR_WHOM: "脱贫监测户，名单经村民会议公示",
        Q.REQUIREMENTS: "队伍能下村，妇女参加不少于一半",
        Q.TIME: "五个月",
        Q.FUNDS: f"直接投入{work.direct}元，服务费按一成以内",
        Q.QUALITY: "八成以上农户满意",
        Q.INSPECTION: "乡、村和农户代表一起验收",
        Q.INCENTIVES: "做得好的在总结会上表扬，拖延的通报",
    }


def scope(work: Work) -> tuple[dict[SowItem, str], dict[SowItem, str]]:
    """The twelve items of a scope of work, in Chinese and in English."""
    zh = {
        S.NAME: work.title,
        S.TARGET_GROUP: "四个村八十户脱贫监测户，经村民会议评议公示",
        S.LOCATION: "青山乡四村，最远离乡政府十二公里，通公路",
        S.SCALE: "八十户，分四批",
        S.APPROACH: "进村入户，先商量后动手，当场签收",
        S.RESULTS: "八成以上农户满意，档案齐全",
        S.INSPECTION: "完工后一个月内由乡、村、农户代表验收",
        S.EVALUATION: "抽访农户，短信评价，结果公开",
        S.DEADLINE: "合同生效后五个月",
        S.FUNDING: f"直接投入{work.direct}元，服务费以中标报价为准",
        S.CHALLENGES: "雨季路滑，农忙人少；备用时间半个月",
        S.SUPPORT: "乡政府协调场地，各村指定联络员",
    }
    en = {
        S.NAME: work.title_en,
        S.TARGET_GROUP: "Eighty monitored households in four villages, agreed at village meetings",
        S.LOCATION: "Four villages of Qingshan township, at most 12 km from it, by road",
        S.SCALE: "Eighty households, in four turns",
        S.APPROACH: "In the villages and at home; agreed before it is begun; signed for at once",
        S.RESULTS: "Four of five households are content; the files are complete",
        S.INSPECTION: "Within a month of completion, by township, villages and households",
        S.EVALUATION: "Visits and text messages; the results are public",
        S.DEADLINE: "Five months from the contract's effect",
        S.FUNDING: f"Direct investment CNY {work.direct}; the service fee as bid",
        S.CHALLENGES: "Slippery roads in the rains, few hands at harvest; two weeks to spare",
        S.SUPPORT: "The township lends the ground; each village names a contact",
    }
    return zh, en


def costs(work: Work) -> list[dict[str, Any]]:
    """Cost lines: the direct investment, and a fee of nine per cent of it."""
    direct = Decimal(work.direct)
    lines = (
        (CostKind.DIRECT, "物资和用工", "批", 4, direct / 4, None, False),
        (CostKind.PERSONNEL, "项目员", "月", 2, direct * 3 / 100, Decimal(2400), True),
        (CostKind.TRANSPORT, "下村车费", "趟", 10, direct / 1000, None, False),
        (CostKind.ADMINISTRATION, "办公", "项", 1, direct / 100, None, True),
        (CostKind.DEVELOPMENT, "机构发展", "项", 1, direct / 100, None, False),
    )
    names = ("kind", "item", "unit", "quantity", "unit_cost", "monthly_pay", "core")
    return [
        dict(zip(names, (kind, item, unit, Decimal(number), *rest), strict=True))
        for kind, item, unit, number, *rest in lines
    ]


def call(work: Work, place: str) -> dict[str, Any]:
    """The text of a call."""
    return {
        "title": work.title,
        "title_en": work.title_en,
        "purpose": "把服务送到最需要的户，让他们自己说了算。",
        "qualifications": "有能下村的队伍，愿意按任务书做。本地外地、新老组织都可以。",
        "documents": "申请表、报价和实施方案；询价项目短信报价即可。",
        "place": place,
        "review_process": "初步筛选，评审看五项指标，结果公示后审批。",
        "special_cases": "有能力的社会组织可以提出修改任务书，按修改后的内容报价。",
    }


CHANGE = {
    "reason": "培训改到县林场，路费县里出",
    "reason_en": "Training moves to the county forest farm, fares paid",
    "special_cases": "培训在县林场，学员路费由县里出，报价不含路费。",
}
CANCELLATION = {
    "reason": "省里统一配发，不再采购",
    "reason_en": "The province hands them out, so none are bought",
}
APPLICATION = {
    "funding": "按进度分三期拨付",
    "measures": "每村一名项目员，每周回访",
    "commitment": "八成以上农户满意，不满意的补做",
    "plan": "第一个月进村摸底、开会商量；第二到四个月分批实施；第五个月回访、整理档案、请农户评价。",
}


def clauses(work: Work) -> tuple[dict[str, str], dict[str, str]]:
    """The written items of a contract, in Chinese and in English."""
    zh = (
        f"完成“{work.title}”，让八十户脱贫监测户受益。",
        "四个村八十户脱贫监测户。",
        "进村入户，先商量后动手，当场签收。",
        "八十户，分四批。",
        "八成以上农户满意，档案齐全。",
        "乡政府协调场地，各村指定联络员。",
        "完工后一个月内由乡、村、农户代表验收。",
        "抽访农户，短信评价，结果公开。",
        "先协商，协商不成请省扶贫办调解，仍不成的向人民法院起诉。",
    )
    en = (
        f"To carry out “{work.title_en}” for eighty monitored households.",
        "Eighty monitored households in four villages.",
        "In the villages and at home; agreed before it is begun.",
        "Eighty households, in four turns.",
        "Four of five households are content; the files are complete.",
        "The township lends the ground; each village names a contact.",
        "Within a month of completion, by township, villages and households.",
        "Visits and text messages; the results are public.",
        "By discussion, then by mediation of the provincial office, then before the people's court.",
    )
    names = [item.value for item in CLAUSES]
    return dict(zip(names, zh, strict=True)), dict(zip(names, en, strict=True))
