"""The words of the table as people are told them, and which texts say one of them and nothing else (M2)."""

from __future__ import annotations

import re

from channels.answers import Unclear, parse_reference, take_number
from channels.messages import InEach
from channels.texts import fold, normalise
from channels.words import Spoken, Word

WORDS_IN_EACH: dict[Word, InEach] = {
    Word.REGISTER: InEach("登记", "REGISTER"),
    Word.CALLS: InEach("项目", "CALLS"),
    Word.BID: InEach("报价", "BID"),
    Word.ASK: InEach("提问", "ASK"),
    Word.COMPLAIN: InEach("投诉", "COMPLAIN"),
    Word.STATUS: InEach("进度", "STATUS"),
    Word.UP: InEach("上报", "UP"),
    Word.EVALUATE: InEach("评价", "EVALUATE"),
    Word.RECEIVED: InEach("收到", "RECEIVED"),
    Word.PROGRESS: InEach("进展", "PROGRESS"),
    Word.SUPPORT: InEach("求助", "SUPPORT"),
    Word.IDEA: InEach("建议", "IDEA"),
}
"""How a word is named to people; the names it is understood by stand in ``channels/vocabulary.py``."""

_TOLD = {fold(name): word for word, both in WORDS_IN_EACH.items() for name in (both.zh, both.en)}
_WISHED = re.compile(
    r"(?:我们?|俺们?)?(?:要|想|怎么|如何|咋|有什么|有哪些|有没有|有啥|看看|查)|.*有哪些$|(?:i|we) (?:want|would|need)|how |any "
)
_LETTER = re.compile(r"[^\W\d_零〇一二两三四五六七八九]")


def says_only_a_command(text: str, spoken: Spoken) -> bool:
    """Whether a text is a command and no words of one's own: it must not become the answer to an open question (M2).

    So is a word as people are told it, alone ("项目"), wished for ("我要报价", "有什么项目") or with a number behind it
    ("提问 3 什么时候截止"); every bid, whose amount nobody may read (C5); a case asked for by its reference; and what brings
    the broadcasts back (M5). 收到 alone is said by everybody who has read something. ``spoken``: what the text was
    recognised as.
    """
    word, argument = spoken
    if word is None:
        return False
    if word is Word.START or (word is Word.BID and argument):
        return True
    if word in (Word.STATUS, Word.UP) and _LETTER.search(fold(text)) and _names_a_case(argument):
        return True
    heart = normalise(text)
    if not argument:
        return word is not Word.RECEIVED and (_TOLD.get(heart) is word or bool(_WISHED.match(heart)))
    if word is Word.CALLS and _WISHED.match(heart):
        return True
    return any(heart.startswith(name) for name in _TOLD if _TOLD[name] is word) and _begins_with_number(
        argument
    )


def _names_a_case(argument: str) -> bool:
    try:
        parse_reference(argument)
    except Unclear:
        return False
    return True


def _begins_with_number(argument: str) -> bool:
    try:
        take_number(argument)
    except Unclear:
        return False
    return True
