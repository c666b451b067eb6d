"""How a text is recognised as a command, and what wins when it could mean two things.

In doubt it is a sentence, since what matches nothing is offered as a complaint and reaches a person (rules
H1, S1, S2). The names of the words stand in ``channels/vocabulary.py``.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from .answers import Unclear, may_hold_reference, parse_reference, spelled_digits
from .phrases import (
    PHRASES,
    REFERENCE_TALK,
    SHORT_NUMBER,
    is_talk_of_own_case,
    is_talk_of_reference,
    may_be_turned,
    misread_reference,
)
from .texts import clean, fold, normalise, unfolded_length
from .vocabulary import ANYTHING, ENDING, EVERY_WORD, GAP, NAMES, OPENING, Word

__all__ = ["EVERY_WORD", "NAMES", "Spoken", "Word", "is_thanks", "recognise"]


class Spoken(NamedTuple):
    """A recognised text: its word, or None for free text, and the rest as the sender wrote it.

    For free text the argument is the whole clean text; it is empty when a text holds nothing but greetings,
    thanks or signs.
    """

    word: Word | None
    argument: str


# These ask for a language by naming it, so the name is the argument too.
_LANGUAGE_NAMES = frozenset(
    {"中文", "汉语", "普通话", "英文", "英语", "english", "chinese", "zhongwen", "yingwen"}
)
# Leaving, stepping back, asking for help or for the calls may name what they are about, and give way to a fuller command.
_GIVING_WAY = frozenset({Word.CANCEL, Word.BACK, Word.HELP, Word.CALLS})
_ALONE = frozenset({Word.STOP, Word.START})
_IS_ASKED = re.compile(r"(?:[吗么?]|没有?)\W*$")

_THANKS = re.compile(
    rf"\s*+[👌👍🌹😊][\s👌👍🌹😊\ufe0f\U0001f3fb-\U0001f3ff]*+|{GAP}*+(?:(?:非常)?(?:谢谢|感谢|多谢|辛苦)(?:你们?|您)?了?[啊呀哦啦]?{GAP}*+"
    rf"|(?:好的|好嘞|知道了|晓得了|明白了|嗯++)[啊呀哦啦]?{GAP}*+"
    rf"|(?:不用了|没事了?)[啊呀哦啦]?{GAP}*+"
    rf"|(?:麻烦(?:你们?|您)了|再见|拜拜了?){GAP}*+"
    rf"|(?:能不能|能|可不可以|可以)?(?:晚点|晚些|晚一点|中午|下午|晚上|明天|改天|回头|过会儿?|一会儿?)(?:我们?)?再"
    rf"(?:说|讲|填|回|弄|答|发)(?:行不|行吗|好吗|可以吗|吗)?[啊呀哦啦吧]?{GAP}*+"
    rf"|(?:我们?|让我|你)?(?:先)?(?:稍[等后]|等(?:一下|一哈|会儿?|一会儿?|等)|想(?:想|一下|一想)|再想想|考虑(?:一下|下)?|问问(?:别人|他们|领导)?)"
    rf"(?:再(?:说|填|回|弄|答|发))?[啊呀哦啦吧]?{GAP}*+"
    rf"|(?:wait(?: a (?:moment|minute))?|just a (?:moment|minute)|one moment|later)(?![a-z0-9]){GAP}*+"
    rf"|(?:no,? thank you|no,? thanks|thank you(?: (?:very|so) much)?|thanks(?: a lot)?|thx|okay|ok|got it"
    r"|noted|bye|bye bye|goodbye)(?![a-z0-9])"
    rf"{GAP}*+)++"
)
_LABEL = r"\s*+:\s*+\S"
_ANOTHER = r"(?:另外|还有|然后|顺便|(?:also|and then)(?![a-z]))"
_BESIDES = rf"\s*+[,.;!?。]\s*+{_ANOTHER}"
_NO_STORY = re.compile(rf"(?:一?[个下点些件]|有|的)*+(?:问题|情况|事情?|意见){ENDING}")
_SECOND = re.compile(_ANOTHER)


def is_thanks(text: str) -> bool:
    """Whether a text only thanks, takes note or asks for time ("谢谢", "知道了", "等一下"): nobody need read it."""
    return bool(_THANKS.fullmatch(fold(text)))


@cache
def _pattern(words: frozenset[Word]) -> re.Pattern[str]:
    """One expression for all names of these words; the group that matched is the word. Words that take
    anything right behind their name come last, so that "投诉电话" is not a complaint about "电话".
    """
    branches = []
    for word in sorted(words, key=lambda word: (NAMES[word].glued.endswith(ANYTHING), word)):
        names = NAMES[word]
        apart = rf"{GAP}++(?:{names.apart})" + (f"|{_LABEL}" if names.labelled else "")
        if word not in _ALONE:
            apart += f"|{_BESIDES}"
        han = _any_of(names.han) + f"(?={ENDING}|{names.glued}|{apart})"
        latin = _any_of(names.latin) + rf"(?![a-z])(?={ENDING}|(?=\d)(?:{names.apart})|{apart})"
        branches.append(f"(?P<{word}>{han}|{latin})")
    first = "".join({name[0] for word in words for name in NAMES[word].han + NAMES[word].latin})
    return re.compile(f"{OPENING}(?=[{re.escape(first)}])(?:{'|'.join(branches)})", re.S)


def _any_of(names: Iterable[str]) -> str:
    """The longest first; some phones put a space after each Chinese character."""
    written = (
        re.escape(name) if name.isascii() else r"\s?".join(map(re.escape, name))
        for name in sorted(names, key=len, reverse=True)
    )
    return f"(?:{'|'.join(written)})"


_LEAVING_NAMES = {
    name: word for word in (*_GIVING_WAY, Word.STOP) for name in NAMES[word].han + NAMES[word].latin
}
_LEAVING = re.compile(f"{OPENING}({_any_of(_LEAVING_NAMES)})(?![a-z])")
_LEAVING_WORD = {name.replace(" ", ""): word for name, word in _LEAVING_NAMES.items()}
_REFERENCE_NAME = re.compile(r"^\W*(?:编号|单号|回执|号码|reference|ref\.?|no\.?)[\s:#是]*")
_NUMBERED = frozenset({Word.BID, Word.ASK, Word.RECEIVED, Word.PROGRESS, Word.SUPPORT})
_NUMBER_FIRST = re.compile(
    rf"{OPENING}(?:对|给|为|就)?第?(?P<number>{SHORT_NUMBER})\s?(?:号|笔|期)?\s?(?:项目|公告|合同|款)?的?\s?"
)
_DASHES = "-—–_"
_SEPARATORS = " \t\n\u3000,.:;!?~#，。：；！？、…～·＃】］」』）)]"


def recognise(text: str, words: frozenset[Word] = EVERY_WORD) -> Spoken:
    """The command in a text (rule S2), or free text: greetings and wishes around a name do not matter, a
    sentence that merely contains one is free text.

    What is said the other way round ("撤回3号报价", "请问3号项目要盖章吗") stands in ``channels/phrases.py``.
    `words` are those active for the channel. "退订" and its like count only as a whole message (rule S5):
    "STOP 12345" and "please stop the fraud" are not opt-outs. Of two commands in one text the first counts
    and the rest is its argument, except that leaving or asking for help gives way to a fuller command
    behind it. Who asks whether the money came ("钱到了吗") does not confirm it (rule M1).
    """
    text = clean(text)
    folded = fold(text)
    if _IS_ASKED.search(folded):
        words = words - {Word.RECEIVED}
    begun = _turned_around(text, folded, words) or _begins_with(words, text, folded)
    if begun and begun.word is not Word.COMPLAIN:
        return begun
    if Word.STATUS in words and is_talk_of_own_case(folded):
        return Spoken(Word.STATUS, "")
    return (
        (may_hold_reference(folded) and _about_reference(text, folded, words))
        or begun
        or _behind_giving_way(text, folded, words)
        or _behind_number(text, folded, words)
        or _about_misread_reference(folded, words)
        or Spoken(None, text.strip() if normalise(text) else "")
    )


def _turned_around(text: str, folded: str, words: frozenset[Word]) -> Spoken | None:
    if not may_be_turned(folded):
        return None
    for phrase in PHRASES:
        if phrase.word in words and (argument := phrase.argument_of(text, folded)) is not None:
            return Spoken(phrase.word, argument)
    return None


def _about_reference(text: str, folded: str, words: frozenset[Word]) -> Spoken | None:
    """ "我的投诉2345678900办得咋样了" asks where a case stands: it is no new complaint."""
    for word, talk in REFERENCE_TALK.items():
        if word in words and is_talk_of_reference(folded, talk):
            return Spoken(word, text.strip())
    return None


def _about_misread_reference(folded: str, words: frozenset[Word]) -> Spoken | None:
    """ "我的编号是123456789，查一下" asks for a case, if not by its reference."""
    number = misread_reference(folded) if Word.STATUS in words else None
    return Spoken(Word.STATUS, number) if number else None


def _begins_with(words: frozenset[Word], text: str, folded: str) -> Spoken | None:
    if not (said := _pattern(words).match(folded)):
        return None
    word = Word(said.lastgroup or "")
    argument = _argument(text, said.end())
    if word is Word.COMPLAIN and Word.STATUS in words and _is_reference(argument):
        return Spoken(Word.STATUS, argument)
    if word is Word.COMPLAIN and _NO_STORY.fullmatch(fold(argument)):
        argument = ""
    if word is not Word.COMPLAIN and _SECOND.match(fold(argument)):
        argument = ""
    if word is Word.LANG and not argument:
        argument = said[word] if said[word] in _LANGUAGE_NAMES else ""
    return Spoken(word, argument)


def _behind_giving_way(text: str, folded: str, words: frozenset[Word]) -> Spoken | None:
    """ "取消报价" leaves the quotation, "取消，投诉水池漏水" is a complaint: what says more wins."""
    if not (left := _LEAVING.match(folded)):
        return None
    rest = _argument(text, left.end())
    word = _LEAVING_WORD[left[1].replace(" ", "")]
    # "项目投诉电话" asks for help, whereas "取消 帮助" leaves.
    inner = _begins_with(
        words - _GIVING_WAY | ({Word.HELP} & words if word is Word.CALLS else set()), rest, fold(rest)
    )
    if not inner or inner.argument or word is Word.CALLS:
        return inner
    if word is Word.STOP:
        return None
    # One can ask for help with an opt-out, but "取消退订" is not to be taken for leaving a dialogue.
    return Spoken(word, rest) if word in words and (word is Word.HELP or inner.word not in _ALONE) else None


def _behind_number(text: str, folded: str, words: frozenset[Word]) -> Spoken | None:
    """ "3号报价18000元" is "报价 3 18000元", and a reference alone asks where its case stands."""
    asks = Word.STATUS in words and may_hold_reference(folded)
    if asks and _is_reference(_REFERENCE_NAME.sub("", folded)):
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


_ONLY_PARTICLES = re.compile(ENDING)


def _is_reference(argument: str) -> bool:
    try:
        heart = spelled_digits(normalise(argument)).replace(" ", "").replace("-", "")
        return parse_reference(argument) == heart
    except Unclear:
        return False
