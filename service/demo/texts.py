"""What people of the story write: invented, but as a county would write it."""

from __future__ import annotations

from typing import Any

POND: dict[str, Any] = {
    "title": "修建蓄水池",
    "title_en": "Building ponds",
    "category": "infrastructure",
    "proposer": "village",
    "proposed_by": "石板村",
    "gender_focus": True,
    "description": "石板村三个小组冬春缺水，妇女每天背水两小时。想修三口蓄水池，由村民自己管。",
}
SEEDLINGS: dict[str, Any] = {
    "title": "发放核桃苗",
    "title_en": "Handing out walnut seedlings",
    "category": "enterprises",
    "proposer": "township",
    "proposed_by": "青山乡",
    "description": "给八十户脱贫监测户每户发放核桃苗二十株并做一次栽种示范。",
}
HIGHWAY: dict[str, Any] = {
    "title": "改建县道",
    "title_en": "Rebuilding the county road",
    "category": "infrastructure",
    "proposer": "office",
    "description": "县道改建二十公里。",
}
CRITERIA = [
    {"question": "社会组织做起来容易吗？", "question_en": "Is it easy for social organizations to do?"},
    {"question": "社会组织擅长做吗？", "question_en": "Is it something social organizations are good at?"},
    {
        "question": "是政府不便自己做的吗？",
        "question_en": "Is it something the government is not suited to do?",
    },
    {
        "question": "是政府希望社会组织做的吗？",
        "question_en": "Is it something the government wants them to do?",
    },
]
POND_WAYS: tuple[dict[str, Any], ...] = (
    {"name": "整体包给工程队", "approach": "contractor", "quality": "三口池，不漏水"},
    {"name": "按一般工程组织施工", "approach": "construction", "quality": "三口池，不漏水，附施工日志"},
    {
        "name": "村民自己修、自己管",
        "approach": "community",
        "aspects": ["self_management", "benefit_sharing"],
        "quality": "三口池，不漏水，有管水公约",
    },
)
SEEDLINGS_WAY: dict[str, Any] = {"name": "直接发放", "approach": "transfer", "quality": "苗木成活率八成以上"}

DESIGN = {
    "what": "向八十户发放核桃苗并做栽种示范",
    "how_much": "一千六百株，四个村各一次示范",
    "how": "逐户发放、签收，集中示范",
    "where": "青山乡石板、大坪、水井、麻栗四村",
    "for_whom": "八十户脱贫监测户，名单经村民会议公示",
    "requirements": "苗木有检疫证，妇女参加示范不少于一半",
    "time": "六十天",
    "funds": "直接投入四万元，服务费按一成以内",
    "quality": "成活率八成以上",
    "inspection": "乡、村和农户代表一起验收",
    "incentives": "超过九成的在总结会上表扬",
}
COST_LINES: tuple[dict[str, Any], ...] = (
    {"kind": "direct", "item": "核桃苗", "unit": "株", "quantity": "1600", "unit_cost": "25"},
    {
        "kind": "personnel",
        "item": "项目员",
        "unit": "月",
        "quantity": "1",
        "unit_cost": "2400",
        "monthly_pay": "2400",
        "core": True,
    },
    {"kind": "transport", "item": "下村车费", "unit": "趟", "quantity": "8", "unit_cost": "100"},
    {
        "kind": "administration",
        "item": "办公",
        "unit": "项",
        "quantity": "1",
        "unit_cost": "400",
        "core": True,
    },
    {"kind": "development", "item": "机构发展", "unit": "项", "quantity": "1", "unit_cost": "400"},
)
SCOPE = {
    "name": "青山乡脱贫监测户核桃苗发放",
    "target_group": "四个村八十户脱贫监测户，经村民会议评议公示",
    "location": "青山乡石板、大坪、水井、麻栗四村，最远离乡政府十二公里，通公路",
    "scale": "核桃苗一千六百株，示范四场",
    "approach": "逐户签收；每村一场栽种示范；难度只在办公室存档",
    "results": "八十户每户栽活十六株以上",
    "inspection": "发放后四十天由乡、村、农户代表一起清点",
    "evaluation": "抽访农户，短信评价，看成活率和满意度",
    "deadline": "合同生效后六十天",
    "funding": "直接投入四万元，服务费以中标报价为准",
    "challenges": "春旱，运输途中失水；备用苗一成",
    "support": "乡政府协调场地，林业站派人示范",
}
SCOPE_EN = {
    "name": "Walnut seedlings for monitored households in Qingshan township",
    "target_group": "Eighty monitored households in four villages, agreed at village meetings",
    "location": "Shiban, Daping, Shuijing and Mali villages, at most 12 km from the township, by road",
    "scale": "1,600 walnut seedlings, four demonstrations",
    "approach": "Signed for by each household; a planting demonstration in each village",
    "results": "Sixteen living trees in each of eighty households",
    "inspection": "Counted after forty days by township, village and households",
    "evaluation": "Visits and text messages: survival and satisfaction",
    "deadline": "Sixty days from the contract's effect",
    "funding": "Direct investment CNY 40,000; the service fee as bid",
    "challenges": "Spring drought, drying in transport; one tenth spare",
    "support": "The township lends the ground, the forestry station sends someone to demonstrate",
}
SECTIONS = {
    "objective": "让社会组织参与扶贫，把服务送到户。",
    "guiding_thoughts": "向社会组织购买扶贫服务，服务对象是贫困和监测人口。",
    "principles": "分级购买、质量优先、边干边学、逐步推开。",
    "procedures": "按七个步骤办理，任务书、计划、公告、评审、公示、审批、合同。",
    "management": "按时拨款，公开公示，受理投诉，防止寻租。",
    "safeguards": "县领导小组统筹，各部门各负其责。",
    "other": "扶持本地社会组织发展。",
}
WORKSHOPS: tuple[dict[str, Any], ...] = (
    {
        "agenda": ["what_to_buy", "who_procures", "finding", "equal_partners"],
        "invited": ["poverty_alleviation", "finance", "civil_affairs", "audit", "women"],
        "present": ["poverty_alleviation", "finance", "civil_affairs", "women"],
        "decisions": "同意由县扶贫办采购，先从简单任务做起。",
    },
    {
        "agenda": ["fee_above_note", "weak_organizations", "measuring_quality", "policies"],
        "invited": ["poverty_alleviation", "finance", "civil_affairs", "audit", "women", "discipline"],
        "present": ["poverty_alleviation", "finance", "audit", "women", "discipline"],
        "decisions": "服务费可以超过百分之二，实行公示和监督热线。",
    },
)
CALL = {
    "title": "核桃苗发放",
    "title_en": "Walnut seedlings",
    "purpose": "把苗木送到八十户手里，教会栽种。",
    "qualifications": "有能下村的队伍，愿意按任务书做。本地外地都可以。",
    "documents": "短信报价即可，中标后补实施方案。",
    "place": "清河县扶贫办二楼会议室",
    "review_process": "初步筛选，两名评审看五项指标，满足任务书的最低报价当选，公示后审批。",
    "special_cases": "有能力的社会组织可以提出修改任务书，按修改后的内容报价。",
}
INDICATORS = {
    "plan_targets": "good",
    "plan_practicality": "good",
    "team_capacity": "good",
    "enablers": "adequate",
    "development": "good",
}
IMPLEMENTATION_PLAN = "四月上旬进苗，逐村发放并签收；每村一场示范，请林业站指导；四十天后回访清点，缺的补上。"
EVALUATION = {
    "title": "核桃苗发放",
    "title_en": "Walnut seedlings",
    "questions": [
        {
            "text": "苗好不好？",
            "text_en": "How good are the seedlings?",
            "kind": "scale",
        },
        {"text": "示范教会您栽了吗？", "text_en": "Did you learn to plant them?", "kind": "yes_no"},
        {"text": "还有什么想说的？", "text_en": "Anything else to say?", "kind": "words"},
    ],
}
ITEMS = (
    "name",
    "purpose",
    "services",
    "registration",
    "team",
    "past_work",
    "government",
    "interest",
    "offers",
)
REGISTRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "青苗服务中心",
        (
            "登记",
            "清河县青苗社会服务中心",
            "让山里孩子和老人有人管",
            "留守儿童陪伴、送物资下村",
            "清河县城关镇",
            "2019年5月3日",
            "清河县民政局",
            "52530000MJ00000019",
            "12",
            "三年给六个村送过种苗和课本",
            "替县民政局送过两回物资",
            "1",
            "发放物资、上门服务",
            "刘青，主任",
            "1",
            "4826",
        ),
    ),
    (
        "清河社工站",
        (
            "登记",
            "清河社工站",
            "帮最难的人",
            "社工上门、技术培训",
            "清河县青山乡",
            "2021-06-18",
            "清河县民政局",
            "52530000MJ0000002C",
            "6",
            "给两个乡做过养殖培训",
            "没有",
            "是",
            "培训和送物资",
            "马文，站长",
            "1",
            "4826",
        ),
    ),
)
LINKED_REGISTRATION = {
    "name": "山里人专业合作社",
    "purpose": "山里人自己的合作社",
    "services": "苗木、运输",
    "registration_place": "清河县",
    "registration_date": "2018-03-01",
    "registration_authority": "清河县市场监管局",
    "credit_code": "",
    "team": "社员四十人",
    "team_size": "40",
    "past_work": "给邻村供过苗",
    "government": "和林业站合作过",
    "interested": "true",
    "offers": "供苗和运输",
    "filled_by": "杨大山，社长",
}
MARKS = {
    "清河县青苗社会服务中心": {
        "field_team": 2,
        "participatory": 2,
        "track_record": 2,
        "coping": 2,
        "government": 1,
    },
    "清河社工站": {"field_team": 1, "participatory": 1, "track_record": 1, "coping": 1, "government": 0},
    "山里人专业合作社": {
        "field_team": 1,
        "participatory": 1,
        "track_record": 1,
        "coping": 1,
        "government": 1,
    },
}
CLAUSES = {
    "objectives": "让八十户脱贫监测户栽活核桃苗，增加长远收入。",
    "population": "青山乡四个村八十户脱贫监测户。",
    "approach": "逐户发放、签收，每村一场栽种示范。",
    "scale": "核桃苗一千六百株，示范四场。",
    "results": "每户成活十六株以上。",
    "support": "乡政府提供场地，林业站派人指导，县扶贫办协调车辆。",
    "inspection": "发放四十天后由乡、村、农户代表清点验收。",
    "evaluation": "由受益农户用短信评价，结果公开。",
    "disputes": "先协商，协商不成请省扶贫办调解，仍不成的向人民法院起诉。",
}
ACCEPTANCE: dict[str, Any] = {
    "members": ["李明（县扶贫办）", "张琴（县林业站）", "杨秀兰（农户代表）"],
    "indicators": [
        {"indicator": "发放到户", "met": True, "finding": "八十户签收齐全"},
        {"indicator": "成活率八成以上", "met": True, "finding": "抽查成活率八成七"},
        {"indicator": "资金使用", "met": True, "finding": "票据齐全"},
    ],
    "findings": "按任务书完成。",
    "outcome": "accepted",
}
CLOSURE: dict[str, Any] = {
    "participants": ["organization", "beneficiaries", "women", "agencies", "purchaser"],
    "experience": "逐户签收费时间，但以后没有纠纷。",
    "opinions": "妇女代表说示范要在农闲时办。",
    "awards": "表扬青苗中心。",
    "reflections": "春旱要有备用苗。",
    "lessons": "苗木留一成备用；示范放在农闲；签收单一户一张。",
}
