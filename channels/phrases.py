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
            parts["rest"] = text[unfolded_length(text, said.start("rest")) :]
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
            rf"{OPENING}(?:把)?(?:撤回|撤销|收回|取消)(?:我们?的?)?{_FIRST}\s?号?(?:项目)?的?报价(?={ENDING})"
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
    # 我报3号，一万八
    Phrase(
        Word.BID,
        _whole(rf"{OPENING}[报投]{_FIRST}\s?号(?:项目|公告)?[\s,:]*+(?P<rest>.+)"),
        "{number} {rest}",
        priced=True,
    ),
    # 3号项目, call 3
    Phrase(Word.CALLS, _whole(rf"{OPENING}{_FIRST}\s?号?\s?(?:项目|公告)(?={ENDING})")),
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
    r"[报投款钱问]|项目|公告|咨询|打听|call|withdraw|take back|cancel|payment|transfer|money"
)


def may_be_turned(folded: str) -> bool:
    """Without a word of each kind no phrase fits, and none need be tried."""
    return bool(_SPOKEN.search(folded) and _NUMBERED.search(folded))


_AROUND = (
    r"我们?的?|上次|上回|之前|这个|那个|我|案子|投诉|举报|编号|单号|回执|号|你好|您好|请问?|麻烦|谢谢|查|一下|的|事|帮我|帮忙|看看|看"
    r"|the|my|our|case|complaint|complaints|reference|ref|no|number|please|hello|thanks|[\W_]"
)
_STANDS = (
    r"办|处理|得|到|哪里?|咋个?样?|怎么样?|如何|什么|情况|进度|进展|结果|消息|有|没有?|了|吗|呢|啊|现在|是|不是|还|一步"
    r"|any|news|update|updates|about|on|for|of|what|what's|how|is|status|check|there"
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
