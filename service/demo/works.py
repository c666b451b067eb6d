"""What the counties of the demo province buy, from whom, and what people there say: all of it invented."""

from __future__ import annotations

from dataclasses import dataclass

from service.difficulty.rules import Approach, CommunityAspect
from service.identification.rules import Category, Proposer
from service.organizations.rules import Capacity, Source, Typology


@dataclass(frozen=True)
class Work:
    """A task with the way it is done and the package made of it; ``stop``: how far it has come."""

    title: str
    title_en: str
    category: Category
    proposer: Proposer
    approach: Approach
    direct: int
    stop: str
    aspects: tuple[CommunityAspect, ...] = ()
    women: bool = False


C, P, A = Category, Proposer, Approach
STOPS = (
    "designing",
    "ready",
    "planned",
    "call_draft",
    "call_open",
    "call_changed",
    "call_cancelled",
    "call_closed",
    "unsuccessful",
    "opened",
    "standstill",
    "awaiting_plan",
    "drafted",
    "reviewed",
    "signed",
    "paid",
    "late",
    "evaluating",
    "rectify",
    "accepted",
    "closed",
)
"""How far a work can have come, in order."""

QINGHE = (
    Work("发放核桃苗", "Walnut seedlings", C.ENTERPRISES, P.TOWNSHIP, A.TRANSFER, 40000, "closed"),
    Work(
        "留守儿童周末陪伴",
        "Weekends with children left behind",
        C.VULNERABLE_GROUPS,
        P.ORGANIZATION,
        A.PRODUCTION,
        60000,
        "accepted",
        women=True,
    ),
    Work(
        "石板村蓄水池",
        "Ponds for Shiban village",
        C.INFRASTRUCTURE,
        P.VILLAGE,
        A.COMMUNITY,
        180000,
        "evaluating",
        (CommunityAspect.SELF_MANAGEMENT, CommunityAspect.BENEFIT_SHARING),
        women=True,
    ),
    Work(
        "妇女刺绣小组",
        "Embroidery groups of women",
        C.MARKETS,
        P.VILLAGER,
        A.COMMUNITY,
        90000,
        "late",
        (CommunityAspect.MARKET_LINKAGE,),
        women=True,
    ),
    Work("养蜂技术培训", "Training in bee keeping", C.CAPACITIES, P.TOWNSHIP, A.TRANSFER, 30000, "paid"),
    Work(
        "危房改造监测",
        "Watching the repair of houses",
        C.LIVING_CONDITIONS,
        P.OFFICE,
        A.MONITORING,
        50000,
        "rectify",
    ),
    Work("老人送餐", "Meals for old people", C.VULNERABLE_GROUPS, P.VILLAGE, A.TRANSFER, 45000, "signed"),
    Work("助学金发放核对", "Checking school grants", C.EDUCATION, P.OFFICE, A.MONITORING, 36000, "reviewed"),
    Work(
        "冬春送医下乡",
        "Doctors to the villages in winter",
        C.HEALTH,
        P.TOWNSHIP,
        A.TRANSFER,
        52000,
        "drafted",
    ),
    Work(
        "村级垃圾分类",
        "Sorting waste in villages",
        C.LIVING_CONDITIONS,
        P.VILLAGER,
        A.PRODUCTION,
        48000,
        "awaiting_plan",
    ),
    Work(
        "电商带货培训",
        "Selling on line: a course",
        C.MARKETS,
        P.ORGANIZATION,
        A.TRANSFER,
        38000,
        "standstill",
    ),
    Work(
        "高龄老人助听器验配",
        "Hearing aids for the very old",
        C.HEALTH,
        P.VILLAGE,
        A.TRANSFER,
        22000,
        "unsuccessful",
    ),
    Work("饮水工程水质抽查", "Testing drinking water", C.HEALTH, P.OFFICE, A.MONITORING, 28000, "opened"),
    Work(
        "易地搬迁户回访",
        "Visits to resettled households",
        C.IMPACT,
        P.OFFICE,
        A.MONITORING,
        42000,
        "call_closed",
    ),
    Work(
        "防返贫信息宣讲",
        "Telling people about support",
        C.NEW_WAYS,
        P.TOWNSHIP,
        A.TRANSFER,
        26000,
        "call_open",
    ),
    Work(
        "残疾人辅具发放",
        "Aids for disabled people",
        C.VULNERABLE_GROUPS,
        P.VILLAGE,
        A.TRANSFER,
        33000,
        "call_draft",
    ),
    Work(
        "林下养鸡示范",
        "Raising chickens in the forest",
        C.ENTERPRISES,
        P.VILLAGE,
        A.PRODUCTION,
        64000,
        "planned",
    ),
    Work("小额信贷入户辅导", "Advice on small loans", C.FINANCE, P.OFFICE, A.PRODUCTION, 58000, "ready"),
    Work(
        "村规民约讨论会",
        "Villages agree on their rules",
        C.INNOVATION,
        P.VILLAGER,
        A.COMMUNITY,
        35000,
        "designing",
        (CommunityAspect.GOVERNANCE,),
    ),
)
LANXI = (
    Work("良种羊发放", "Goats of a good breed", C.ENTERPRISES, P.TOWNSHIP, A.TRANSFER, 70000, "closed"),
    Work(
        "山区儿童图书角",
        "Reading corners for children",
        C.EDUCATION,
        P.ORGANIZATION,
        A.TRANSFER,
        32000,
        "paid",
    ),
    Work(
        "妇女健康讲座",
        "Talks on women's health",
        C.HEALTH,
        P.VILLAGE,
        A.TRANSFER,
        24000,
        "standstill",
        women=True,
    ),
    Work("护林员培训", "Training forest guards", C.ECOLOGY, P.OFFICE, A.TRANSFER, 30000, "call_changed"),
    Work(
        "村庄道路养护",
        "Keeping village roads",
        C.INFRASTRUCTURE,
        P.VILLAGE,
        A.CONSTRUCTION,
        120000,
        "planned",
    ),
    Work(
        "劳务输出对接",
        "Helping people find work outside",
        C.LABOUR_EXPORT,
        P.TOWNSHIP,
        A.TRANSFER,
        40000,
        "ready",
    ),
    Work(
        "慢性病户血压计发放",
        "Blood pressure meters for the long-term ill",
        C.HEALTH,
        P.TOWNSHIP,
        A.TRANSFER,
        18000,
        "call_cancelled",
    ),
)
SHIGU = (
    Work("牧草种植指导", "Advice on growing fodder", C.ENTERPRISES, P.TOWNSHIP, A.PRODUCTION, 56000, "ready"),
    Work("低保户探访", "Visits to households on dibao", C.DIBAO, P.OFFICE, A.MONITORING, 30000, "designing"),
)
YUNLING = (
    Work(
        "村级评估员培训",
        "Training village evaluators",
        C.DESIGN_EVALUATION,
        P.OFFICE,
        A.TRANSFER,
        80000,
        "paid",
    ),
    Work(
        "社会组织能力建设",
        "Helping organizations to grow",
        C.NEW_WAYS,
        P.OFFICE,
        A.TRANSFER,
        120000,
        "call_open",
    ),
    Work(
        "跨县项目第三方监测",
        "Third-party monitoring across counties",
        C.IMPACT,
        P.OFFICE,
        A.MONITORING,
        150000,
        "ready",
    ),
)
"""What the provincial office buys itself, for several counties at once."""
UNSCREENED = (
    ("村口装路灯", "Lamps at the village gate", C.INFRASTRUCTURE, P.VILLAGER),
    ("给独居老人装电话", "Telephones for old people living alone", C.VULNERABLE_GROUPS, P.VILLAGE),
)
RULED_OUT = (
    "改建县道",
    "Rebuilding the county road",
    C.INFRASTRUCTURE,
    P.OFFICE,
    "由交通部门负责，不宜向社会组织购买",
)


@dataclass(frozen=True)
class Provider:
    """An SO; ``views``: the category each of two assessors sees; ``umbrella``: its name."""

    name: str
    source: Source
    typology: Typology
    views: tuple[Capacity, ...] = ()
    code: str | None = None
    umbrella: str | None = None
    controlled: bool = False

    @property
    def registered(self) -> bool:
        """Whether it is a legal person."""
        return self.typology in (Typology.NGO, Typology.UMBRELLA, Typology.COMPANY)


S, T, K = Source, Typology, Capacity
PROVIDERS: dict[str, tuple[Provider, ...]] = {
    "qinghe": (
        Provider("清河县青苗社会服务中心", S.MESSAGE, T.NGO, (K.C, K.C), "52530000MJ00000019"),
        Provider("清河社工站", S.CIVIL_AFFAIRS, T.NGO, (K.B, K.B), "52530000MJ0000002C"),
        Provider("山里人养殖专业合作社", S.INDUSTRY_COMMERCE, T.COMPANY, (K.C, K.C)),
        Provider("云岭公益支持中心（省城）", S.INTERNET, T.UMBRELLA, (K.C, K.C)),
        Provider(
            "石板村妇女互助组",
            S.ANNOUNCEMENT,
            T.COMMUNITY_BASED,
            (K.A, K.A),
            umbrella="云岭公益支持中心（省城）",
        ),
        Provider("清河县青年志愿者协会", S.INSTITUTION, T.VOLUNTEER_GROUP, (K.A, K.B)),
        Provider("清河扶贫开发服务社", S.TELEPHONE, T.NGO, controlled=True),
        Provider("红枫艺术培训部", S.INTERNET, T.COMPANY),
    ),
    "yunling": (
        Provider("云岭公益支持中心", S.INSTITUTION, T.UMBRELLA, (K.C, K.C)),
        Provider("滇山社会服务评估中心", S.CIVIL_AFFAIRS, T.NGO, (K.C, K.C)),
        Provider("同行者社区发展研究所", S.INTERNET, T.NGO, (K.B, K.B)),
    ),
    "lanxi": (
        Provider("兰溪县山花社会工作中心", S.FORM, T.NGO, (K.B, K.B)),
        Provider("兰溪养羊联合社", S.CIVIL_AFFAIRS, T.COMMUNITY_BASED, (K.A, K.A)),
        Provider("水井村读书会", S.ANNOUNCEMENT, T.VOLUNTEER_GROUP, (K.A, K.A)),
        Provider("兰溪妇女儿童服务中心", S.INSTITUTION, T.NGO, (K.C, K.C)),
    ),
    "shigu": (
        Provider("石鼓牧业技术协会", S.INDUSTRY_COMMERCE, T.NGO, (K.B, K.B)),
        Provider("石鼓爱心互助会", S.TELEPHONE, T.VOLUNTEER_GROUP),
        Provider("藏寨合作社", S.CIVIL_AFFAIRS, T.COMPANY, (K.A, K.A)),
    ),
}

COMPLAINTS = (
    ("发的核桃苗有一半是干的，种下去没活", "received"),
    ("送餐经常迟到，老人等到一点多", "acknowledged"),
    ("蓄水池边没有护栏，小孩去玩很危险", "investigating"),
    ("培训只来了半天就走了", "resolved"),
    ("名单上没有我家，我们也是监测户", "closed"),
    ("说好补发的苗还是没到", "reopened"),
    ("修池子挖坏了我家的地，没人管", "overdue"),
)
ABOUT_THE_OFFICE = "县扶贫办的人要我请客才肯登记"
