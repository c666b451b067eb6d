"""What people say the other way round: number or reference first, the word behind it, or no word at all.

Patterns over folded text, each for a whole message. They are tried before the names, and are strict: what they
do not fit is left to the names, and then offered as a complaint (rules S2, H1).
"""

import re
from dataclasses import dataclass

from .answers import Unclear, parse_amount, parse_reference, spelled_digits
from .texts import unfolded_length
from .vocabulary import ENDING, OPENING, POLITE, Word

SHORT_NUMBER = r"(?:\d{1,9}|[一二两三四五六七八九十]{1,3})"
_FIRST = rf"\s?第?\s?(?P<number>{SHORT_NUMBER})"
_NO = r"(?:(?:call|no\.?|number|nr\.?|#|for|on)\s?)*+"
_CHANGED = r"(?:改成|改为|改到|降到|变更为)"
_TAKEN_BACK = r"(?:不要了|不报了|撤了|撤掉|撤回|收回|作废)"
_OF_A_CALL = r"(?:报名|报价|投标|联合|盖章|公章|截止|开标|垫资|押金|保证金|资质|申请|参加|材料|付款)"
_ASKING = r"(?:请?问一?下?|咨询一?下?|打听一?下?|有个?问题|问个?问题)"


@dataclass(frozen=True)
class Phrase:
    """A whole message that stands for a word; ``argument`` says how what it needs is put together.

    ``priced``: only where what follows the number is an amount.
    """

    word: Word
    pattern: re.Pattern[str]
    argument: str = "{number}"
    priced: bool = False

    def argument_of(self, text: str, folded: str) -> str | None:
        """What follows the word, as if it had been said in its usual order; ``None`` where this is not said."""
        if not (said := self.pattern.match(folded)):
            return None
        parts = said.groupdict()
        if "rest" in parts:
            begin, end = (unfolded_length(text, place) for place in said.span("rest"))
            parts["rest"] = text[begin:end]
        if self.priced:
            try:
                parse_amount(parts["rest"])
            except Unclear:
                return None
        return self.argument.format(**parts).strip()


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.S)


PHRASES = (
    # 撤回3号报价, 取消报价 3, withdraw bid 3
    Phrase(
        Word.BID,
        _whole(
            rf"{OPENING}(?:把)?(?:撤回|撤销|收回|取消|退出|放弃)(?:我们?的?)?{_FIRST}\s?号?(?:项目)?的?报价(?={ENDING})"
        ),
        "{number} 撤回",
    ),
    Phrase(
        Word.BID,
        _whole(rf"{OPENING}(?:撤回|撤销|收回|取消)(?:我们?的?)?报价\s?{_FIRST}\s?号?(?={ENDING})"),
        "{number} 撤回",
    ),
    Phrase(
        Word.BID, _whole(rf"{OPENING}(?:撤回|撤销|收回)(?:我们?的?)?报价(?P<number>)(?={ENDING})"), "撤回"
    ),
    Phrase(
        Word.BID,
        _whole(
            rf"{OPENING}(?:withdraw|take back|cancel)(?: my| our| the)? (?:bid|quotation|offer)\s?{_NO}"
            rf"(?P<number>\d{{1,9}})(?={ENDING})"
        ),
        "{number} WITHDRAW",
    ),
    # 报价3改成17500, 把3号报价降到一万七
    Phrase(
        Word.BID,
        _whole(rf"{OPENING}报价\s?{_FIRST}\s?号?\s?{_CHANGED}(?P<rest>.+)"),
        "{number} {rest}",
        priced=True,
    ),
    Phrase(
        Word.BID,
        _whole(rf"{OPENING}(?:把|将)?{_FIRST}\s?号?(?:项目)?的?报价\s?{_CHANGED}(?P<rest>.+)"),
        "{number} {rest}",
        priced=True,
    ),
    # 第3号的报价我们不要了，撤了吧
    Phrase(
        Word.BID,
        _whole(
            rf"{OPENING}(?:把)?{_FIRST}\s?号?(?:项目)?的?(?:报价|标)\s?(?:我们?|俺们?)?{_TAKEN_BACK}"
            rf"(?:[\s,]*{_TAKEN_BACK})?(?={ENDING})"
        ),
        "{number} 撤回",
    ),
    # 把价改成11500，3号
    Phrase(
        Word.BID,
        _whole(
            rf"{OPENING}(?:把)?(?:报?价格?|报价)\s?{_CHANGED}(?P<rest>[^\s,]+)[\s,]+{_FIRST}\s?号?(?={ENDING})"
        ),
        "{number} {rest}",
        priced=True,
    ),
    # 3号标我们报一万两千块, 编号3，我们要价八千
    Phrase(
        Word.BID,
        _whole(
            rf"{OPENING}(?:编号|项目|公告|标)?{_FIRST}\s?(?:号|(?=[\s,:]))\s?(?:标|项目|公告)?[\s,:]*+"
            r"(?:我们?|俺们?)?\s?(?:就|给|愿意)?(?:[出报要]价?|以)\s?(?P<rest>.+)"
        ),
        "{number} {rest}",
        priced=True,
    ),
    # 我报3号，一万八
    Phrase(
        Word.BID,
        _whole(rf"{OPENING}[报投]{_FIRST}\s?号(?:项目|公告)?[\s,:]*+(?P<rest>.+)"),
        "{number} {rest}",
        priced=True,
    ),
    # 报价改成17000, 我想改一下报价 改成4800
    Phrase(
        Word.BID,
        _whole(
            rf"{OPENING}(?:把)?(?:(?:改一?下|修改|更改|变更)\s?)?(?:我们?的?)?(?:报价|价格?|价钱)(?:改一?下)?[\s,]*"
            rf"{_CHANGED}(?P<rest>.+)"
        ),
        "金额 {rest}",
        priced=True,
    ),
    # 3号怎么报
    Phrase(
        Word.BID,
        _whole(rf"{OPENING}{_FIRST}\s?号(?:项目|公告)?\s?(?:怎么|如何|咋个?)[报投](?:价|标|名)?(?={ENDING})"),
    ),
    # 3号项目, 项目3号是干啥的, call 3
    Phrase(
        Word.CALLS,
        _whole(
            rf"{OPENING}(?:项目|公告)?{_FIRST}\s?(?:号?\s?(?:项目|公告)"
            rf"|号(?:的?(?:项目|公告))?(?:是|具体)*[做干搞]?(?:啥子?|什么)(?:的|项目|内容))(?={ENDING})"
        ),
    ),
    Phrase(Word.CALLS, _whole(rf"{OPENING}call\s?{_NO}(?P<number>\d{{1,9}})(?={ENDING})")),
    # 2号款到了
    Phrase(
        Word.RECEIVED,
        _whole(
            rf"{OPENING}{_FIRST}\s?[号笔期]?(?:的?款项?|的?钱|的?拨款)(?:已经?)?(?:收到|到账|到)了?(?={ENDING})"
        ),
    ),
    # 请问3号项目要盖章吗
    Phrase(
        Word.ASK,
        _whole(
            rf"(?:(?>\W++|{POLITE}|我们?|想|要)){{0,8}}?{_ASKING}[\s,:]*+{_FIRST}"
            rf"\s?(?:号?(?:项目|公告)|[\s,:])[\s,:]*+(?!{ENDING})(?P<rest>.*\w.*)"
        ),
        "{number} {rest}",
    ),
    # 3号项目可以两家联合报名吗
    Phrase(
        Word.ASK,
        _whole(
            rf"{OPENING}{_FIRST}\s?号(?:项目|公告|标)?[\s,:]*+(?P<rest>(?=.*{_OF_A_CALL})"
            r"(?:要不要|需不需要|需要|能不能|可不可以|可以|能否|什么时候|怎么|是不是).+)"
        ),
        "{number} {rest}",
    ),
    Phrase(
        Word.ASK,
        _whole(
            rf"{OPENING}question (?:on|for|regarding) {_NO}(?P<number>\d{{1,9}})\s*[:,-]\s*(?P<rest>\S.*)"
        ),
        "{number} {rest}",
    ),
    # 1号 要盖章不
    Phrase(
        Word.ASK,
        _whole(
            rf"{OPENING}{_FIRST}\s?号(?:项目|公告|标)?[\s,:]*+(?P<rest>(?:要|用|得|可以|能)(?=.*{_OF_A_CALL}).{{1,20}}[不吗么]"
            rf"(?={ENDING}).*)"
        ),
        "{number} {rest}",
    ),
    # 能不能给我们村修条路
    Phrase(
        Word.IDEA,
        _whole(
            rf"{OPENING}(?P<rest>(?:能不能|能否|可不可以|希望|盼望?)(?:也|能|可以)?(?:给|帮|在)?(?:我们?|俺们?|咱们?)村里?(?:也|能)?"
            rf"[修建通装办盖打安开架种搞][^不没坏漏被了骗收停贪]{{1,24}}(?={ENDING}))"
        ),
        "{rest}",
    ),
    # 请问现在有啥子项目可以报名不
    Phrase(
        Word.CALLS,
        _whole(
            rf"{OPENING}还?有(?:没有)?(?:些|啥子?|什么|哪些)?(?:新的?|(?:能|可以)[报投做接]的?)?"
            r"(?:项目|公告|招标|采购)(?:信息|公告|项目)?(?:(?:可以|能)(?:报名?|投标?|做|接|参加|申请|申报)的?)?不?"
            rf"(?={ENDING})"
        ),
        "",
    ),
    # 老师好，我们是县志愿者协会，想登记
    Phrase(
        Word.REGISTER,
        _whole(
            rf"(?:(?>\W++|{POLITE})){{0,8}}?好?\W*+(?:我们?|俺们?)(?:这边|这里)?[是叫](?P<rest>[^\s,.:;!?。]{{2,40}})[\s,]+"
            rf"(?:也|都)?(?:想|要|打算|准备|希望|申请)(?:来|要)?(?:登记|注册|报名)(?:参加)?(?={ENDING})"
        ),
        "{rest}",
    ),
    # 我们就两个人，能登记不
    Phrase(
        Word.REGISTER,
        _whole(
            rf"(?:(?>\W++|{POLITE})){{0,8}}?好?\W*+(?:我们?|俺们?|咱们?)[^,.:;!?。]{{1,20}}[\s,]+(?:也|还|都)?"
            r"(?:能不能|可不可以|可以|能|想|怎么|咋个?|如何)(?:来)?(?:登记|报名)(?:吗|么|嘛|不(?!了))?"
            rf"(?={ENDING})"
        ),
        "",
    ),
    # payment 3 has arrived, we got transfer 3
    Phrase(
        Word.RECEIVED,
        _whole(
            rf"{OPENING}(?:the )?(?:payment|transfer|money)\s?{_NO}(?P<number>\d{{1,9}}) "
            rf"(?:has been |was |is |has )?(?:received|arrived)(?={ENDING})"
        ),
    ),
    Phrase(
        Word.RECEIVED,
        _whole(rf"{OPENING}got (?:the )?(?:payment|transfer|money)\s?{_NO}(?P<number>\d{{1,9}})(?={ENDING})"),
    ),
)

_NUMBERED = re.compile(r"[\d一二两三四五六七八九十]|报价")
_SPOKEN = re.compile(
    r"[报投标款钱问价章]|保证金|押金|资质|材料|项目|公告|咨询|打听|call|withdraw|take back|cancel|payment|transfer|money"
)
_UNNUMBERED = re.compile(
    "(?:能|盼|希望).{0,8}村|有.{0,12}(?:项目|公告|招标|采购)|[我俺].{0,4}[是叫].{2,48}(?:登记|注册|报名)"
)
_ASKS_OF_A_CALL = re.compile(rf"\W*(?:请问)?(?:项目)?{_FIRST}\s?号.{{0,8}}(?:啥|什么)")
_MAY_REGISTER = re.compile("[我俺咱][^,]{2,21}[, ].{0,6}(?:登记|报名)")


def may_be_turned(folded: str) -> bool:
    """Without such words no phrase fits, and none need be tried."""
    return bool(
        (_SPOKEN.search(folded) and _NUMBERED.search(folded))
        or _UNNUMBERED.search(folded)
        or ("号" in folded and _ASKS_OF_A_CALL.match(folded))
        or (("登记" in folded or "报名" in folded) and _MAY_REGISTER.search(folded))
    )


_AROUND = (
    r"我们?的?|上次|上回|之前|这个|那个|我|案子|投诉|举报|编号|单号|回执|号|你好|您好|请问?|麻烦|谢谢|查|一下|的|事|帮我|帮忙|看看|看"
    r"|the|my|our|case|complaint|complaints|reference|ref|no|number|please|hello|thanks|[\W_]"
)
_STANDS = (
    r"办|处理|得|到|哪里?|咋个?样?|怎么样?|如何|什么|情况|进度|进展|结果|消息|有|没有?|了|吗|呢|啊|现在|是|不是|还|一步"
    r"|any|news|update|updates|about|on|for|of|what|what's|how|is|status|check|there|where|happened|happening|to|with"
)
_RISES = (
    r"上报|升级|报到?省里?|报省|转|交|给|到|省里?|上级|往上|把|不满意|不服|要|想|escalate|up|take|to|higher|province"
    r"|not|satisfied|not happy|it|i|am|want"
)
REFERENCE_TALK = {
    Word.STATUS: re.compile(rf"(?=.*(?:{_STANDS}))(?:{_AROUND}|{_STANDS})++", re.S),
    Word.UP: re.compile(rf"(?=.*(?:上报|升级|报到?省|上级|escalate|higher))(?:{_AROUND}|{_RISES})++", re.S),
}
"""What may stand around a reference where somebody only asks how it stands, or wants it taken up."""

_LONGEST_TALK = 120


def is_talk_of_reference(folded: str, talk: re.Pattern[str]) -> bool:
    """Whether a short text names one valid reference and says nothing but such talk around it."""
    if len(folded) > _LONGEST_TALK:
        return False
    try:
        reference = parse_reference(folded)
    except Unclear:
        return False
    place = spelled_digits(folded).find(reference)
    return place >= 0 and bool(talk.fullmatch(folded[:place] + " " + folded[place + len(reference) :]))


_OWN_CASE = re.compile(
    r"(?=.*(?:(?:投诉|举报|反映的|案子|(?:我|上次|上回).{0,4}事).*(?:哪|怎么?样|咋样|如何了|结果|消息|进度|进展|情况)"
    r"|(?:where|what|how|any|news|status|update).*(?:complaint|case)))"
    rf"(?:{_AROUND}|{_STANDS}|举报|反映)++",
    re.S,
)
_WAITING = re.compile(
    r"(?=.*(?:建议.*(?:结果|怎么样|咋样|消息)|when.*(?:hear|answer|news)"
    r"|(?:多久|几时|几天|时候|何时)(?!.*[没未]有?(?:给|处|解|答|回)).*(?:结果|答复|回复|消息|处理|解决)))"
    r"(?:多久|多长时间|几时|几天|什么时候|啥子?时候|何时|你们|能|会|才|要|还|出|给|个|告诉|知道|可以|答复|回复|解决|建议"
    rf"|when|will|shall|can|i|we|you|u|get|hear|back|an|a|from|answer|{_AROUND}|{_STANDS})++",
    re.S,
)
"""What says who only waits for an answer: "可以告诉我多久能有结果吗"."""
_MISREAD = re.compile(
    rf"(?=.*(?:查|进度|结果|编号|单号))(?:{_AROUND}|{_STANDS})*+(?P<number>\d{{6,12}})(?:{_AROUND}|{_STANDS})*+",
    re.S,
)


def is_talk_of_own_case(folded: str) -> bool:
    """Whether a short text only asks how one's own complaint stands, or when news will come: "请问我那个投诉办到哪一步了"."""
    if len(folded) > _LONGEST_TALK:
        return False
    waits = "时" in folded or "久" in folded or "几天" in folded or "建议" in folded or "when" in folded
    return bool(_OWN_CASE.fullmatch(folded) or (waits and _WAITING.fullmatch(folded)))


def misread_reference(folded: str) -> str | None:
    """The number in a short text that asks for a case by a number that is no reference: it is asked for again."""
    said = _MISREAD.fullmatch(folded) if len(folded) <= _LONGEST_TALK else None
    return said and said["number"]
