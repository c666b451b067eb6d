"""The words a phone can send, how each is recognised, and what wins when a text could mean two things.

The table is data: a name begins a message, and what may follow it decides whether it was meant as a command
("收到3号款") or only happens to begin a sentence ("收到的化肥是假的"). In doubt it is a sentence, since what
matches nothing is offered as a complaint and reaches a person (rules H1, S1, S2).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from .answers import Unclear, parse_reference
from .texts import clean, fold, normalise, unfolded_length


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


@dataclass(frozen=True)
class Spoken:
    """A recognised text: its word, or None for free text, and the rest as the sender wrote it.

    For free text the argument is the whole clean text; it is empty when a text holds nothing but greetings,
    thanks or signs.
    """

    word: Word | None
    argument: str


# ── What may follow a name. Patterns over folded text. ──

_GAP = r"[\s\W_]"
_NUMERAL = r"[0-9零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]"
_NUMBER = (
    r"(?:第|编号|单号|号码|号|回执|reference|ref\.?|number|no\.?|nr\.?|#|:|是|为|\s)*+"
    rf"{_NUMERAL}(?:{_NUMERAL}|[.,](?=\d))*+(?=$|{_GAP}|号|笔|期|批|元|块|的|w\b|k\b)"
)
_PARTICLE = r"(?:一下|了没有?|了吗|吗|没有?|了|吧|啊|呀|呢|我们?|(?:me|us)(?![a-z0-9]))"
_NOTHING = r"(?!)"
_ANYTHING = r"."
_MINE = (
    r"(?:我(?:们)?的|投诉|举报|申请|报名|登记|报价|项目"
    r"|of|on|for|the|my|our|complaint|case|bid|application|\s)*+"
)
_ASKED = r"(?:怎么样|怎样|如何|到哪|咋样|多少|查询|情况|有结果|有消息|有没有|update)"
_ORGANISATION = (
    r"(?![的时要了不没过费处表后完员册需必收在])"
    r".{2,24}(?:社|会|中心|队|组|公司|站|组织|机构|团)[\W_]*$"
)
_SENTENCE = (
    r"\b(?:the|a|an|of|is|are|was|were|has|have|to|in|on|our|my|his|their|for|by|will|not|does|this|that)\b"
)


@dataclass(frozen=True)
class Names:
    """The names of one word and what may follow them.

    `han` may be written together with what follows; `latin` (English, pinyin, initials) are whole words, a
    number may stick to them. `glued` may follow a Han name directly, `apart` follows any name after a gap;
    `labelled` names take anything after a colon.
    """

    han: tuple[str, ...]
    latin: tuple[str, ...]
    glued: str = _NOTHING
    apart: str = _NOTHING
    labelled: bool = True


def _names(written: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in written.split("|"))


NAMES: dict[Word, Names] = {
    Word.REGISTER: Names(
        han=_names("登记 | 注册 | 报名 | 入库 | 登纪 | 登计 | 组织登记 | 登记组织 | 登记表 | 社会组织登记"),
        latin=_names("register | registration | regist | registr | sign up | signup | dengji | zhuce | dj"),
        glued=_ORGANISATION,
        apart=rf"(?!{_SENTENCE}){_ANYTHING}",
    ),
    Word.CALLS: Names(
        han=_names(
            "项目 | 有什么项目 | 有哪些项目 | 哪些项目 | 公告 | 采购公告 | 招标 | 项目列表 | "
            "项目清单 | 有项目吗 | 有啥项目"
        ),
        latin=_names("calls | call list | open calls | projects | project | xiangmu | xm"),
        glued=r"(?:有哪些|列表|清单|信息|公告|名单|查询)[\W_]*$",
        apart=rf"{_NUMBER}[\W_]*$|(?:有哪些|列表|清单|list)[\W_]*$",
        labelled=False,
    ),
    Word.BID: Names(
        han=_names("报价 | 投标 | 竞价 | 应标 | 报介 | 抱价 | 保价 | 竞标"),
        latin=_names("bid | bids | quote | quotation | offer | baojia | bj | toubiao"),
        glued=_NUMBER,
        apart=rf"(?:for|on|call|项目|公告|\s)*+{_NUMBER}",
    ),
    Word.ASK: Names(
        han=_names("提问 | 咨询 | 询问 | 疑问 | 有问题要问 | 问题咨询"),
        latin=_names("ask | question | query | tiwen | zixun | tw"),
        glued=_ANYTHING,
        apart=rf"(?!{_SENTENCE}){_ANYTHING}",
    ),
    Word.COMPLAIN: Names(
        han=_names(
            "投诉 | 举报 | 申诉 | 反映 | 控告 | 检举 | 异议 | 投拆 | 投述 | 投诉举报 | 投诉说 | "
            "反应问题 | 告状 | 投宿 | 我要告 | 提出异议"
        ),
        latin=_names(
            "complain | complaint | complaints | complains | complian | complane | complaine | "
            "complaining | report a problem | objection | tousu | tou su | jubao | ts"
        ),
        glued=_ANYTHING,
        apart=_ANYTHING,
    ),
    Word.STATUS: Names(
        han=_names(
            "进度 | 查进度 | 查询 | 查询进度 | 办理进度 | 处理进度 | 投诉进度 | 投诉结果 | 处理结果 | "
            "结果查询 | 进渡 | 近度 | 投诉处理 | 到哪一步了 | 投诉的进度 | 投诉的结果 | 投诉编号 | "
            "有结果 | 投诉有结果 | 投诉怎么样 | 投诉咋样 | 投诉到哪一步 | 投诉如何 | 查单 | 查 | "
            "查投诉 | 查我的投诉 | 查一下投诉 | 查一下我的投诉 | 查查我的投诉 | 查询投诉 | 查询我的投诉"
        ),
        latin=_names(
            "status | stauts | statsu | track | check | result | jindu | jd | chaxun | cx | "
            "complaint status | check status"
        ),
        glued=rf"得?{_ASKED}|{_MINE}{_NUMBER}",
        apart=rf"{_ASKED}|{_MINE}{_NUMBER}",
    ),
    Word.UP: Names(
        han=_names(
            "上报 | 升级 | 上报上级 | 向上反映 | 升级投诉 | 投诉升级 | 转上级 | 上报省里 | 找上级 | 复议"
        ),
        latin=_names("up | escalate | escalation | shangbao"),
        glued=rf"{_MINE}{_NUMBER}",
        apart=rf"{_MINE}{_NUMBER}",
    ),
    Word.EVALUATE: Names(
        han=_names(
            "评价 | 评估 | 打分 | 评分 | 平价 | 评介 | 评议 | 评 | 参与评价 | 参加评价 | 继续评价 | 满意度"
        ),
        latin=_names("evaluate | evaluation | eval | evalute | rate | feedback | survey | pingjia | pj"),
        glued=_NUMBER,
        apart=rf"{_NUMBER}|(?:继续|参加|开始|continue|join)[\W_]*$",
    ),
    Word.RECEIVED: Names(
        han=_names(
            "收到 | 已收到 | 收款 | 已收款 | 确认收款 | 确认收到 | 款收到 | 款已收到 | 钱收到 | "
            "钱已收到 | 收到款 | 收到钱 | 到账 | 已到账 | 款已到账 | 款到了 | 钱到了 | 收倒 | "
            "已经收到 | 款已经收到 | 钱已经收到"
        ),
        latin=_names("received | receive | recieved | recived | receipt | shoudao | sd | yishoudao"),
        glued=rf"了?{_NUMBER}|了?(?:款项?|钱|拨款|资金)了?[\W_]*$",
        apart=rf"(?:payment|transfer|the|money|款|\s)*+{_NUMBER}",
        labelled=False,
    ),
    Word.PROGRESS: Names(
        han=_names("进展 | 汇报 | 项目进展 | 进展报告 | 进展汇报 | 汇报进展 | 报进展 | 近展"),
        latin=_names("progress | progres | jinzhan | jz"),
        glued=_NUMBER,
        apart=rf"(?!{_SENTENCE}){_ANYTHING}",
    ),
    Word.SUPPORT: Names(
        han=_names("求助 | 请求支持 | 申请支持 | 需要支持 | 求组 | 求援"),
        latin=_names("support | suport | qiuzhu | qz"),
        glued=_ANYTHING,
        apart=rf"(?!{_SENTENCE}){_ANYTHING}",
    ),
    Word.IDEA: Names(
        han=_names("建议 | 提议 | 意见建议 | 提建议 | 提个建议 | 建意"),
        latin=_names("idea | ideas | suggest | suggestion | propose | proposal | jianyi | jy"),
        glued=_ANYTHING,
        apart=rf"(?!(?:of|is|are|was|were)\b){_ANYTHING}",
    ),
    Word.CANCEL: Names(
        han=_names(
            "取消 | 退出 | 放弃 | 不报了 | 不报价了 | 不登记了 | "
            "不投诉了 | 不弄了 | 不填了 | 算了 | 取肖 | 取销 | 作废"
        ),
        latin=_names("cancel | cancle | cancell | exit | abort | quxiao | qx | 0 | 零"),
        labelled=False,
    ),
    Word.BACK: Names(
        han=_names("返回 | 上一步 | 回上一步 | 返回上一步 | 反回 | 后退 | 回退 | 填错了 | 写错了"),
        latin=_names("back | bakc | go back | previous | undo | fanhui | fh"),
        labelled=False,
    ),
    Word.LANG: Names(
        han=_names("语言 | 切换语言 | 换语言 | 选择语言 | 改语言 | 中文 | 汉语 | 英文 | 英语 | 普通话"),
        latin=_names("lang | language | languages | english | chinese | yuyan | zhongwen | yingwen"),
        apart=r"(?:中文|汉语|英文|英语|english|chinese|zh|en|to english|to chinese|[12])[\W_]*$",
    ),
    Word.HELP: Names(
        han=_names(
            "帮助 | 帮忙 | 帮住 | 怎么用 | 如何使用 | 怎么操作 | 说明 | 菜单 | 热线 | 热线电话 | "
            "监督热线 | 投诉电话 | 联系电话 | 投诉电话是多少 | 举报电话 | 电话多少 | 人工 | 转人工 | 你好 | "
            "您好 | 在吗 | 有人吗 | 能干什么 | 可以做什么 | 使用说明 | 指令 | 你是谁"
        ),
        latin=_names(
            "help | hepl | hlep | helpp | menu | info | hotline | how | how to use | hello | hi | "
            "hey | bangzhu | bz | what is this | who is this | who are you | ?"
        ),
        glued=r"(?:我们?|是?多少|是什么)[\W_]*$",
        apart=r"(?:me|us|needed|number)[\W_]*$",
        labelled=False,
    ),
    Word.STOP: Names(
        han=_names(
            "退订 | 拒收 | 取消订阅 | 不要再发 | 不要再发了 | 别发了 | 别再发了 | 停止 | 停止发送 | "
            "退定 | 退订t | 退订td | td退订 | t退订 | 屏蔽 | 别发短信了 | 不要发短信了 | 不要给我发短信 | "
            "别给我发短信了 | 不要再给我发短信了 | 别再给我发短信了 | 不想再收到短信"
        ),
        latin=_names(
            "stop | stopall | stop all | unsubscribe | end | quit | revoke | optout | opt out | "
            "opt-out | td | t | tuiding | stop sending | stop texting | stop sending me messages | "
            "no more messages"
        ),
        labelled=False,
    ),
    Word.START: Names(
        han=_names(
            "恢复 | 订阅 | 恢复订阅 | 重新订阅 | 取消退订 | 恢复接收 | 恢复短信 | 继续接收 | 回复订阅"
        ),
        latin=_names("start | unstop | subscribe | resume | huifu | dingyue"),
        labelled=False,
    ),
}

# These ask for a language by naming it, so the name is the argument too.
_LANGUAGE_NAMES = frozenset(
    {"中文", "汉语", "普通话", "英文", "英语", "english", "chinese", "zhongwen", "yingwen"}
)
# Leaving, stepping back and asking for help may name what they are about, and give way to a fuller command.
_GIVING_WAY = frozenset({Word.CANCEL, Word.BACK, Word.HELP})
_ALONE = frozenset({Word.STOP, Word.START})

_POLITE = (
    r"(?:您|你)好|请问|请|麻烦(?:你|您)?|打扰(?:一下|了)?|(?:早上|上午|中午|下午|晚上)好"
    r"|(?:非常)?(?:谢谢|感谢|多谢)(?:你|您|了)?|拜托(?:你|您)?了?"
    r"|领导|同志|老师|干部|书记|主任|工作人员|政府"
    r"|(?:hello|hi|hey|dear|sir|madam|please|pls|plz|thanks|thank you|thx|kindly|good (?:morning|afternoon))"
    r"(?![a-z0-9])"
)
_WISH = (
    r"我们?的|我们?(?:村|社|合作社|协会|机构|组织|单位|公司)?|俺们?|想要|想|要|需要|来|能不能|能否|能|才能"
    r"|可以|可不可以|怎么|如何|怎样|咋|帮我|帮忙|给我|替我|回复?|发送|问一下|问问?|查一下|看一下|看看"
    r"|好的?|换成|改成|说|用"
    r"|(?:i|we|you|can|could|may|want|would|like|to|i'd|we'd|need|wish|let|me|us|a|an|my|give|make|submit|send"
    r"|with|about|speak|in|what is the|what's the|ok)"
    r"(?![a-z0-9])"
)
# Atomic and possessive groups and the bound keep the time linear, whatever is sent.
_OPENING = rf"(?:(?>(?:[^\w?]|_)++|\?|{_POLITE}|{_WISH})){{0,12}}?"
_ENDING = rf"(?:{_GAP}|{_POLITE}|{_PARTICLE})*+$"
_THANKS = re.compile(
    rf"{_GAP}*+(?:(?:非常)?(?:谢谢|感谢|多谢|辛苦)(?:你们?|您)?了?[啊呀哦啦]?{_GAP}*+"
    rf"|(?:好的|好嘞|知道了|晓得了|明白了|嗯++)[啊呀哦啦]?{_GAP}*+"
    rf"|(?:thank you(?: (?:very|so) much)?|thanks(?: a lot)?|thx|okay|ok|got it|noted)(?![a-z0-9]){_GAP}*+)++"
)
_LABEL = r"\s*+:\s*+\S"


def is_thanks(text: str) -> bool:
    """Whether a text only thanks or takes note ("谢谢", "知道了", "ok"): it is answered, and nobody need read it."""
    return bool(_THANKS.fullmatch(fold(text)))


@cache
def _pattern(words: frozenset[Word]) -> re.Pattern[str]:
    """One expression for all names of these words; the group that matched is the word. Words that take
    anything right behind their name come last, so that "投诉电话" is not a complaint about "电话".
    """
    branches = []
    for word in sorted(words, key=lambda word: (NAMES[word].glued == _ANYTHING, word)):
        names = NAMES[word]
        apart = rf"{_GAP}++(?:{names.apart})" + (f"|{_LABEL}" if names.labelled else "")
        han = _any_of(names.han) + f"(?={_ENDING}|{names.glued}|{apart})"
        latin = _any_of(names.latin) + rf"(?![a-z])(?={_ENDING}|(?=\d)(?:{names.apart})|{apart})"
        branches.append(f"(?P<{word}>{han}|{latin})")
    first = "".join({name[0] for word in words for name in NAMES[word].han + NAMES[word].latin})
    return re.compile(f"{_OPENING}(?=[{re.escape(first)}])(?:{'|'.join(branches)})", re.S)


def _any_of(names: Iterable[str]) -> str:
    """The longest first; some phones put a space after each Chinese character."""
    written = (
        re.escape(name) if name.isascii() else r"\s?".join(map(re.escape, name))
        for name in sorted(names, key=len, reverse=True)
    )
    return f"(?:{'|'.join(written)})"


_LEAVING_NAMES = {name: word for word in _GIVING_WAY for name in NAMES[word].han + NAMES[word].latin}
_LEAVING = re.compile(f"{_OPENING}({_any_of(_LEAVING_NAMES)})(?![a-z])")
_LEAVING_WORD = {name.replace(" ", ""): word for name, word in _LEAVING_NAMES.items()}
_REFERENCE_NAME = r"^\W*(?:编号|单号|回执|号码|reference|ref\.?|no\.?)[\s:#是]*"
_NUMBERED = frozenset({Word.BID, Word.RECEIVED, Word.PROGRESS})
_NUMBER_FIRST = re.compile(
    rf"{_OPENING}(?:对|给|为|就)?第?(?P<number>\d{{1,9}})\s?(?:号|笔|期)?\s?(?:项目|公告|合同|款)?的?\s?"
)
_DASHES = "-—–_"
_SEPARATORS = " \t\n\u3000,.:;!?~#，。：；！？、…～·＃】］」』）)]"


def recognise(text: str, words: frozenset[Word] = EVERY_WORD) -> Spoken:
    """The command in a text (rule S2), or free text: greetings and wishes around a name do not matter, a
    sentence that merely contains one is free text.

    `words` are those active for the channel. "退订" and its like count only as a whole message (rule S5):
    "STOP 12345" and "please stop the fraud" are not opt-outs. Of two commands in one text the first counts
    and the rest is its argument, except that leaving or asking for help gives way to a fuller command
    behind it.
    """
    text = clean(text)
    folded = fold(text)
    return (
        _begins_with(words, text, folded)
        or _behind_giving_way(text, folded, words)
        or _behind_number(text, folded, words)
        or Spoken(None, text.strip() if normalise(text) else "")
    )


def _begins_with(words: frozenset[Word], text: str, folded: str) -> Spoken | None:
    if not (said := _pattern(words).match(folded)):
        return None
    word = Word(said.lastgroup or "")
    argument = _argument(text, said.end())
    if word is Word.COMPLAIN and Word.STATUS in words and _is_reference(argument):
        return Spoken(Word.STATUS, argument)
    if word is Word.LANG and not argument:
        argument = said[word] if said[word] in _LANGUAGE_NAMES else ""
    return Spoken(word, argument)


def _behind_giving_way(text: str, folded: str, words: frozenset[Word]) -> Spoken | None:
    """ "取消报价" leaves the quotation, "取消，投诉水池漏水" is a complaint: what says more wins."""
    if not (left := _LEAVING.match(folded)):
        return None
    rest = _argument(text, left.end())
    inner = _begins_with(words - _GIVING_WAY, rest, fold(rest))
    if not inner or inner.argument:
        return inner
    word = _LEAVING_WORD[left[1].replace(" ", "")]
    # One can ask for help with an opt-out, but "取消退订" is not to be taken for leaving a dialogue.
    return Spoken(word, rest) if word in words and (word is Word.HELP or inner.word not in _ALONE) else None


def _behind_number(text: str, folded: str, words: frozenset[Word]) -> Spoken | None:
    """ "3号报价18000元" is "报价 3 18000元", and a reference alone asks where its case stands."""
    if Word.STATUS in words and _is_reference(re.sub(_REFERENCE_NAME, "", folded)):
        return Spoken(Word.STATUS, text.strip())
    if not (numbered := _NUMBER_FIRST.match(folded)):
        return None
    rest = text[unfolded_length(text, numbered.end()) :]
    inner = _begins_with(words & _NUMBERED, rest, fold(rest))
    return Spoken(inner.word, f"{numbered['number']} {inner.argument}".strip()) if inner else None


def _argument(text: str, folded_end: int) -> str:
    """What follows the name, as it was written; a dash between name and argument is no minus sign."""
    rest = text[unfolded_length(text, folded_end) :]
    rest = rest.lstrip(_DASHES + _SEPARATORS if rest[:1] in _DASHES else _SEPARATORS).rstrip()
    return "" if _ONLY_PARTICLES.match(fold(rest)) else rest


_ONLY_PARTICLES = re.compile(_ENDING)


def _is_reference(argument: str) -> bool:
    try:
        return parse_reference(argument) == normalise(argument).replace(" ", "").replace("-", "")
    except Unclear:
        return False
