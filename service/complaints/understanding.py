"""What people mean by a text to the hotline: a choice or more to add, a reference, whether it is solved (H1, H3, H5, H6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from channels.answers import Unclear, asks_back, parse_choice, parse_integer, parse_reference, parse_yes_no
from channels.texts import fold, normalise
from channels.words import Word, recognise
from service.complaints.rules import About, Identity

ABOUT_OPTIONS = {
    About.WORK: ("工程", "项目", "工作", "work", "project"),
    About.CALL: ("公告", "结果", "采购", "call", "result"),
    About.ORGANIZATION: ("社会组织", "组织", "机构", "organization"),
    About.OFFICE: ("办公室", "干部", "办公室或干部", "office", "staff"),
}
IDENTITY_OPTIONS = {
    Identity.CONFIDENTIAL: ("保密", "confidential", "baomi", "bao mi"),
    Identity.NAMED: ("实名", "named", "shiming", "shi ming"),
    Identity.ANONYMOUS: ("匿名", "anonymous", "niming", "ni ming"),
}
VERDICT_OPTIONS = {
    "solved": ("解决了", "已解决", "已经解决", "满意", "很满意", "solved", "satisfied"),
    "unsolved": (
        "没解决",
        "没有解决",
        "未解决",
        "不满意",
        "很不满意",
        "not solved",
        "unsolved",
        "not satisfied",
    ),
}
MEANT_AS_COMPLAINT = re.compile(
    r"(?:我们?)?(?P<no>不是|不要|不用|不想|不|没有)?(?:是的?|对的?|好的?)?(?:我们?)?(?:是|要|想|想要|作为|登记|作为投诉)?(?:投诉|举报)(?:登记)?的?"
)
ONLY_ASKS = re.compile(
    r"(?:不是?(?:要|想|来)?(?:投诉|举报)?的?)?(?:我们?)?(?:就|只|随便|只是|就是|是|想|来)*(?:问|咨询|打听|了解)(?:问|一?下|一?哈|个事|一问)*(?:而已|罢了)?"
    r"|(?:no)?(?:itis|its|i|im|iam|iwas)?(?:just|only)(?:asking|aquestion|wantedtoask|wanttoask)"
)
"""Whoever says so only wanted to know something: "不是投诉，我就问问"."""
_UNSOLVED = (
    r"(?:2\W*)?(?:(?:问题|事情|这事|根本|还是|还|都|一直|仍然?|并)*(?:没有?|未|不)(?:有)?(?:得到|给我?们?|帮我?们?)?(?:解决|处理好|落实|修好|办好|弄好|做好|补好)"
    r"|(?:it is |it's |it has )?(?:still |yet )?(?:not|un)(?: been| yet)? ?solved)"
)
BEGINS_UNSOLVED = re.compile(_UNSOLVED)
SAYS_UNSOLVED = re.compile(_UNSOLVED + r"\s?(?:[^\w\s]|$)")
_KNOWN_AS = r"匿名|实名|保密|anonymous(?:ly)?|confidential(?:ly)?"
WISHED = re.compile(
    rf"(?:我们?|俺们?)?(?:想要?|要)?(?P<before>{_KNOWN_AS})(?:地|的| )?(?:投诉|举报|complaint|complain)"
    rf"|(?:我们?|俺们?)?(?:想要?|要)?(?:投诉|举报|complain)[\s,:;，。：；]*(?P<after>{_KNOWN_AS})(?:[\s,:;，。：；]|$)"
)
"""Who may know the number, said with the word itself: "匿名投诉", "投诉 实名"; "投诉匿名信" is about a letter."""
SENTENCE = 6
"""A free answer of so many characters is something to add, not a mistyped choice."""

SHORTEST = 4
"""A free text with fewer letters is nothing that could be a complaint."""


def choice_or_more(options: Mapping[Any, Sequence[str]]) -> Callable[[str], dict[str, str]]:
    """Understand a choice; a sentence instead of one adds to the complaint, another word is not swallowed."""

    def understand(text: str) -> dict[str, str]:
        try:
            return {"chosen": str(parse_choice(text, options))}
        except Unclear:
            if len(normalise(text)) < SENTENCE or recognise(text).word not in (None, Word.COMPLAIN):
                raise
            return {"more": text}

    return understand


def answer_or_reference(parse: Callable[[str], bool]) -> Callable[[str], bool | str]:
    """Understand yes or no; or a text that gives a reference, as it is: it may be about that case."""

    def understand(text: str) -> bool | str:
        try:
            return parse(text)
        except Unclear:
            if reference_in(text) is None or recognise(text).word not in (None, Word.COMPLAIN):
                raise
            return text

    return understand


def reference_in(argument: str) -> str | None:
    """The reference that a text gives, if it gives one."""
    try:
        return parse_reference(argument)
    except Unclear:
        return None


def wished_identity(text: str) -> Identity | None:
    """How a complainant wishes to be known who says so with the word (H3)."""
    said = WISHED.match(fold(text))
    if said is None:
        return None
    known_as = said["before"] or said["after"]
    return next(one for one, names in IDENTITY_OPTIONS.items() if known_as.startswith(names[:2]))


def verdict_in(text: str) -> bool | None:
    """Whether a text says plainly, and nothing else, that it is solved; not a mere "all right", which may thank for the news."""
    if BEGINS_UNSOLVED.fullmatch(normalise(text)):
        return False
    try:
        return parse_choice(text, VERDICT_OPTIONS) == "solved"
    except Unclear:
        return None


def begins_unsolved(text: str) -> bool:
    """Whether a sentence opens with words that may say it is not solved, or something else: "没修好的路又塌了" (H5)."""
    return bool(BEGINS_UNSOLVED.match(normalise(text)))


def says_unsolved(text: str) -> bool:
    """Whether the first clause of a text says that it is not solved, and nothing else: "没有解决，一只也没收到" (H5)."""
    return bool(SAYS_UNSOLVED.match(normalise(text)))


def parse_words(text: str) -> str:
    """Words of one's own: anything that is more than signs and figures, and does not only ask what to say."""
    if asks_back(text) or not any(character.isalpha() for character in normalise(text)):
        raise Unclear("words", "")
    return text


def says_something(text: str) -> bool:
    """Whether a free text may be a sentence, not only figures and signs."""
    return sum(character.isalpha() for character in text) >= SHORTEST


def parse_offer(text: str) -> bool:
    """Whether a free text is meant as a complaint: 1 or 2, yes or no, or in the words of the question."""
    heart = "".join(sign for sign in normalise(text) if sign.isalnum())
    if said := MEANT_AS_COMPLAINT.fullmatch(heart):
        return said["no"] is None
    if ONLY_ASKS.fullmatch(heart):
        return False
    return parse_yes_no(text)


def parse_verdict(text: str) -> bool:
    """Whether it is solved: 1 or 2, or in words, also those a sentence opens with."""
    verdict = False if begins_unsolved(text) else verdict_in(text)
    return parse_yes_no(text) if verdict is None else verdict


def parse_rating(text: str) -> int | None:
    """A rating of 1 to 5, in any digits; ``None`` from who says that it is not solved after all."""
    return None if says_unsolved(text) else parse_integer(text, 1, 5)
