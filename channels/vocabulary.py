"""The words a phone can send, by all their names, and what may follow each.

The table is data: a name begins a message, and what may follow it decides whether it was meant as a command
("收到3号款") or only happens to begin a sentence ("收到的化肥是假的").
"""

from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """What a phone can ask for in one word."""

    REGISTER = "register"
    CALLS = "calls"
    BID = "bid"
    ASK = "ask"
    COMPLAIN = "complain"
    STATUS = "status"
    UP = "up"
    EVALUATE = "evaluate"
    RECEIVED = "received"
    PROGRESS = "progress"
    SUPPORT = "support"
    IDEA = "idea"
    CANCEL = "cancel"
    BACK = "back"
    LANG = "lang"
    HELP = "help"
    STOP = "stop"
    START = "start"


EVERY_WORD: frozenset[Word] = frozenset(Word)


# ── What may follow a name. Patterns over folded text. ──

GAP = r"[\s\W_]"
NUMERAL = r"[0-9零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]"
NUMBER = (
    r"(?:第|编号|单号|号码|号|回执|reference|ref\.?|number|no\.?|nr\.?|#|:|是|为|\s)*+"
    rf"{NUMERAL}(?:{NUMERAL}|[.,](?=\d))*+(?=$|{GAP}|号|笔|期|批|元|块|的|w\b|k\b)"
)
PARTICLE = (
    r"(?:一下|嘛|哦|哈|嘞|呗|啦|咯|喽|了没有?|了吗|吗|没有?|了|吧|啊|呀|呢|我们?|(?:me|us)(?![a-z0-9]))"
)
NOTHING = r"(?!)"
ANYTHING = r"."
MINE = (
    r"(?:我(?:们)?的|投诉|举报|申请|报名|登记|报价|项目"
    r"|of|on|for|the|my|our|complaint|case|bid|application|\s)*+"
)
ASKED = r"(?:怎么样|怎样|如何|到哪|办到|办得|办好|咋样|多少|查询|情况|有结果|有消息|有没有|update)"
HOW = r"(?:怎么|咋个?|如何)[报发填写弄说办交投][\W_]*$"
ORGANISATION = (
    r"(?![的时要了不没过费处表后完员册需必收在])"
    r".{2,24}(?:社|会|中心|队|组|公司|站|组织|机构|团)[\W_]*$"
)
SENTENCE = (
    r"\b(?:the|a|an|of|is|are|was|were|has|have|to|in|on|our|my|his|their|for|by|will|not|does|this|that)\b"
)


# ── What may stand around a name: greetings, wishes, particles. ──

POLITE = (
    r"(?:您|你)好|请问|请|麻烦(?:你|您)?|打扰(?:一下|了)?|(?:早上|上午|中午|下午|晚上)好"
    r"|(?:非常)?(?:谢谢|感谢|多谢)(?:你|您|了)?|拜托(?:你|您)?了?|不好意思|对不起|抱歉"
    r"|另外|还有|然后|顺便|喂|领导|同志|老师|师傅|大哥|大姐|干部|书记|主任|工作人员|政府"
    r"|(?:hello|hi|hey|dear|sir|madam|please|pls|plz|sorry|thanks|thank you|thx|kindly|good (?:morning|afternoon))"
    r"(?![a-z0-9])"
)
WISH = (
    r"(?:我们?|你们|俺们?)的|你们|俺们?"
    r"|我们?(?:合作社|互助社|互助会|社工站|协会|机构|组织|单位|公司|中心|村|社)?"
    r"|想要|想|要|需要|来|能不能|能否|能|才能|可以|可不可以|怎么|如何|怎样|咋个|咋|帮我|帮忙|给我(?!们)|替我|给"
    r"|最近|现在|目前|今年|上次|上回|之前|实名|匿名|回复?|发送|问一?下|问问?|查一下|查看|看一下|看看?"
    r"|好的?|换成?|改成|说|用|不要了|打错了|算了"
    r"|(?:i'd|we'd|never mind|nevermind|any|i|we|you|can|could|may|want|would|like|to|do|need|wish|let|me|us"
    r"|wo|women|yao|xiang|zenme|qingwen|nihao|a|an|my|give|make|submit|send|with|about|speak|in|what is the|what's the|ok)"
    r"(?![a-z0-9])"
)
# Atomic and possessive groups and the bound keep the time linear, whatever is sent.
OPENING = rf"(?:(?>(?:[^\w?]|_)++|\?|{POLITE}|{WISH})){{0,12}}?"
ENDING = rf"(?:{GAP}|{POLITE}|{PARTICLE})*+$"
_TAKEN_UP = r"(?:确认|撤回|confirm|withdraw)(?![a-z])"
NO_NUMBER = rf"(?:(?:编号|no\.|number){GAP}*+(?:{_TAKEN_UP}|金额|amount)?|{_TAKEN_UP}){ENDING}"
"""What stands where the number of a lot would be: the word our own texts have there, sent as it was read, or what follows it."""


@dataclass(frozen=True)
class Names:
    """The names of one word and what may follow them.

    `han` may be written together with what follows; `latin` (English, pinyin, initials) are whole words, a
    number may stick to them. `glued` may follow a Han name directly, `apart` follows any name after a gap;
    `labelled` names take anything after a colon.
    """

    han: tuple[str, ...]
    latin: tuple[str, ...]
    glued: str = NOTHING
    apart: str = NOTHING
    labelled: bool = True


def _names(written: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in written.split("|"))


_REGISTERING = tuple(
    f"register {whose} {what}"
    for whose in ("our", "my", "a", "an", "a new")
    for what in ("organization", "organisation", "ngo", "group", "association", "cooperative", "company")
)

NAMES: dict[Word, Names] = {
    Word.REGISTER: Names(
        han=_names(
            "登记 | 登个记 | 注册 | 报名 | 报名参加 | 入库 | 登纪 | 登计 | 组织登记 | 登记组织 | 登记表 | 社会组织登记"
        ),
        latin=_REGISTERING
        + _names(
            "register us | regsiter | regester | rigister | resgister | deng ji | zhu ce | "
            "register | registration | regist | registr | sign up | signup | dengji | zhuce | dj"
        ),
        glued=f"{ORGANISATION}|{HOW}",
        apart=rf"(?!{SENTENCE}){ANYTHING}",
    ),
    Word.CALLS: Names(
        han=_names(
            "项目 | 有没有项目 | 有没有新项目 | 有什么新项目 | 有新项目吗 | 新项目 | 有什么项目 | "
            "有哪些项目 | 哪些项目 | 公告 | 采购公告 | 招标 | 项目列表 | "
            "项目清单 | 有项目吗 | 有啥项目"
        ),
        latin=_names(
            "show me the projects | show projects | list projects | show me the calls | show calls | "
            "list calls | what projects are open | which projects are open | what calls are open | "
            "calls | call list | open calls | projects | project | xiangmu | xiang mu | xm"
        ),
        glued=rf"(?:有哪些|列表|清单|信息|公告|名单|查询|没得|(?:可以|能)[报做申接].{{0,3}})[\W_]*$|{NUMBER}[\W_]*$",
        apart=rf"{NUMBER}[\W_]*$|(?:有哪些|列表|清单|list)[\W_]*$",
        labelled=False,
    ),
    Word.BID: Names(
        han=_names("报价 | 投标 | 竞价 | 应标 | 报介 | 抱价 | 保价 | 竞标"),
        latin=_names("bid | bids | quote | quotation | offer | baojia | bao jia | bj | toubiao"),
        glued=f"{NUMBER}|{HOW}",
        apart=rf"(?:for|on|call|项目|公告|\s)*+{NUMBER}|{NO_NUMBER}",
    ),
    Word.ASK: Names(
        han=_names("提问 | 咨询 | 询问 | 疑问 | 有问题要问 | 问题咨询"),
        latin=_names("ask | question | query | tiwen | ti wen | zixun | tw"),
        glued=ANYTHING,
        apart=rf"(?!{SENTENCE}){ANYTHING}",
    ),
    Word.COMPLAIN: Names(
        han=_names(
            "投诉 | 举报 | 申诉 | 反映 | 控告 | 检举 | 异议 | 投拆 | 投述 | 投诉举报 | 投诉说 | "
            "反应问题 | 告状 | 投宿 | 要告 | 提出异议"
        ),
        latin=_names(
            "complain | complaint | complaints | complains | complian | complane | complaine | "
            "complaining | report a problem | report the | report that | report my | report our | "
            "objection | tousu | tou su | jubao | ju bao | ts"
        ),
        glued=rf"(?!诉){ANYTHING}",
        apart=ANYTHING,
    ),
    Word.STATUS: Names(
        han=_names(
            "进度 | 查进度 | 查询 | 查询进度 | 办理进度 | 处理进度 | 投诉进度 | 投诉结果 | 处理结果 | "
            "结果查询 | 进渡 | 近度 | 投诉处理 | 到哪一步了 | 投诉的进度 | 投诉的结果 | 投诉编号 | "
            "有结果 | 投诉的事 | 投诉呢 | 投诉有结果 | 投诉怎么样 | 投诉咋样 | 投诉到哪一步 | 投诉如何 | 查单 | 查 | "
            "查投诉 | 查我的投诉 | 查一下投诉 | 查一下我的投诉 | 查查我的投诉 | 查询投诉 | 查询我的投诉"
        ),
        latin=_names(
            "status | stauts | statsu | track | check | result | jindu | jin du | jd | chaxun | cx | "
            "complaint status | check status"
        ),
        glued=rf"得?{ASKED}|{MINE}{NUMBER}",
        apart=rf"{ASKED}|{MINE}{NUMBER}",
    ),
    Word.UP: Names(
        han=_names(
            "上报 | 升级 | 上报上级 | 向上反映 | 升级投诉 | 投诉升级 | 转上级 | 上报省里 | 找上级 | 复议"
        ),
        latin=_names("up | escalate | escalation | shangbao | shang bao"),
        glued=rf"{MINE}{NUMBER}",
        apart=rf"{MINE}{NUMBER}",
    ),
    Word.EVALUATE: Names(
        han=_names(
            "评价 | 评估 | 打分 | 评分 | 平价 | 评介 | 评议 | 评 | 参与评价 | 参加评价 | 继续评价 | 满意度"
        ),
        latin=_names(
            "evaluate | evaluation | eval | evalute | rate | feedback | survey | pingjia | ping jia | pj"
        ),
        glued=f"{NUMBER}|{HOW}",
        apart=rf"{NUMBER}|(?:继续|参加|开始|continue|join)[\W_]*$",
    ),
    Word.RECEIVED: Names(
        han=_names(
            "收到 | 已收到 | 已收到款 | 已收到钱 | 收款 | 已收款 | 确认收款 | 确认收到 | 款收到 | 款已收到 | 钱收到 | "
            "钱已收到 | 收到款 | 收到钱 | 到账 | 已到账 | 款已到账 | 款到账 | 钱到账 | 钱已到账 | 款到了 | 钱到了 | 收倒 | "
            "已经收到 | 款已经收到 | 钱已经收到"
        ),
        latin=_names(
            "received | receive | recieved | recived | receipt | shoudao | shou dao | sd | yishoudao | got the money | "
            "got the payment | got the transfer | money received | payment received | the money has arrived | "
            "the money arrived | money arrived"
        ),
        glued=rf"了?{NUMBER}|了?(?:款项?|钱|拨款|资金)了?[\W_]*$",
        apart=rf"(?:payment|transfer|the|money|款|\s)*+{NUMBER}",
        labelled=False,
    ),
    Word.PROGRESS: Names(
        han=_names(
            "进展 | 汇报 | 汇报一下 | 项目进展 | 进展报告 | 进展汇报 | 汇报进展 | 报进展 | 近展 | 进度汇报 | 汇报进度 | "
            "汇报一下进展 | 汇报一下进度 | 工作汇报 | 汇报工作 | 报告进展 | 报告进度"
        ),
        latin=_names("progress | progres | jinzhan | jin zhan | jz"),
        glued=f"{NUMBER}|{HOW}",
        apart=rf"(?!{SENTENCE}){ANYTHING}",
    ),
    Word.SUPPORT: Names(
        han=_names(
            "求助 | 请求支持 | 请求支援 | 请求援助 | 申请支持 | 需要支持 | 求组 | 求援 | 请求协调 | 需要协调 | 帮忙协调 | "
            "需要帮忙协调 | 帮我们协调"
        ),
        latin=_names("support | suport | qiuzhu | qiu zhu | qz"),
        glued=ANYTHING,
        apart=rf"(?!{SENTENCE}){ANYTHING}",
    ),
    Word.IDEA: Names(
        han=_names(
            "建议 | 有个建议 | 有条建议 | 有一个建议 | 提议 | 意见建议 | 提建议 | 提个建议 | 建意 | 有个想法 | 有一个想法 | "
            "有个主意"
        ),
        latin=_names("idea | ideas | suggest | suggestion | propose | proposal | jianyi | jian yi | jy"),
        glued=rf"(?!书(?!记|屋|店)|稿){ANYTHING}",
        apart=rf"(?!(?:of|is|are|was|were)\b){ANYTHING}",
    ),
    Word.CANCEL: Names(
        han=_names(
            "取消 | 退出 | 放弃 | 不报了 | 不报价了 | 不登记了 | "
            "不问了 | 没问题了 | 没有问题了 | "
            "不投诉了 | 不弄了 | 不搞了 | 不办了 | 不想搞了 | 不填了 | 不想填了 | 不想弄了 | 不想报了 | 算了 | 取肖 | 取销 | 作废"
        ),
        latin=_names("cancel | cancle | cancell | exit | abort | quxiao | qu xiao | qx | 0 | 零"),
        labelled=False,
    ),
    Word.BACK: Names(
        han=_names(
            "返回 | 上一步 | 上一题 | 上面写错了 | 前面写错了 | 刚才写错了 | 刚才填错了 | 上一个写错了 | 上一个填错了 | 发错了 | "
            "打错了 | 输错了 | 回上一步 | 退回上一步 | 返回上一步 | 反回 | 后退 | 回退 | 填错了 | 写错了"
        ),
        latin=_names("back | bakc | go back | previous | undo | fanhui | fan hui | fh"),
        labelled=False,
    ),
    Word.LANG: Names(
        han=_names("语言 | 切换语言 | 换语言 | 选择语言 | 改语言 | 中文 | 汉语 | 英文 | 英语 | 普通话"),
        latin=_names("lang | language | languages | english | chinese | yuyan | yu yan | zhongwen | yingwen"),
        apart=r"(?:中文|汉语|英文|英语|english|chinese|zh|en|to english|to chinese|[12])[\W_]*$",
    ),
    Word.HELP: Names(
        han=_names(
            "帮助 | 帮忙 | 帮住 | 怎么用 | 怎么弄 | 咋弄 | 咋用 | 不会用 | 不会弄 | 看不懂 | "
            "如何使用 | 怎么操作 | 说明 | 菜单 | 热线 | 热线电话 | "
            "监督热线 | 投诉电话 | 联系电话 | 投诉电话是多少 | 举报电话 | 电话多少 | 人工 | 转人工 | 你好 | "
            "您好 | 在吗 | 有人吗 | 有人在吗 | 能干什么 | 可以做什么 | 使用说明 | 指令 | 你是谁 | 你们是谁 | 你们是哪里 | "
            "你是哪个 | 你们是哪个 | 你是哪位 | 你哪位 | 哪位 | 你们是干什么的 | 你们是干啥的 | 你们是做什么的 | "
            "这是哪里 | 这是什么号码 | 这是什么短信 | 这是啥短信 | 这是啥子短信 | 是不是骗子 | 是骗子 | 是不是诈骗 | "
            "你是机器人 | 你是不是机器人 | 你们是机器人 | 你是真人 | 有没有真人 | 有没有活人 | 找个活人 | "
            "啥意思 | 啥子意思 | 什么意思 | 不懂 | 听不懂 | 没看懂 | 没听懂 | 不明白 | 看不明白"
        ),
        latin=_names(
            "what can i do | what can i do here | what do you mean | i do not understand | i don't understand | "
            " help | hepl | hlep | helpp | menu | info | hotline | "
            "how | how to use | hello | hi | "
            "hey | bangzhu | bang zhu | bz | what is this | who is this | who are you | are you a robot | are you a machine | ?"
        ),
        glued=r"(?:我们?|是?多少|是什么)[\W_]*$",
        apart=r"(?:me|us|needed|number)[\W_]*$",
        labelled=False,
    ),
    Word.STOP: Names(
        han=_names(
            "退订 | 拒收 | 取消订阅 | 不要再发 | 不要再发了 | 别发了 | 别再发了 | 停止 | 停止发送 | "
            "退定 | 退订t | 退订td | td退订 | t退订 | 屏蔽 | 别发短信了 | 不要发短信了 | 不要给我发短信 | "
            "别给我发短信了 | 不要再给我发短信了 | 别再给我发短信了 | 别再发短信给我了 | 不要再发短信给我了 | 不想再收到短信"
        ),
        latin=_names(
            "stop | stopall | stop all | unsubscribe | end | quit | revoke | optout | opt out | "
            "opt-out | td | t | tuiding | tui ding | stop sending | stop texting | stop sending me messages | "
            "no more messages"
        ),
        labelled=False,
    ),
    Word.START: Names(
        han=_names(
            "恢复 | 订阅 | 恢复订阅 | 重新订阅 | 取消退订 | 恢复接收 | 恢复短信 | 继续接收 | 继续接收短信 | 回复订阅"
        ),
        latin=_names("start | unstop | subscribe | resume | huifu | hui fu | dingyue"),
        labelled=False,
    ),
}
