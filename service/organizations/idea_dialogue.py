"""建议 IDEA: a task for the long list, from a villager or an SO (I1).

It stands in this room because only here it is known whether an SO speaks. The first words are kept at once; what is
asked afterwards may stay unanswered.
"""

from __future__ import annotations

from contextlib import suppress

from marshmallow import ValidationError

from channels import sayings
from channels.answers import Unclear, asks_back, parse_choice
from channels.dialogues import Dialogue, Step, Talk, answer_of
from channels.messages import Said
from channels.texts import normalise
from channels.words import Word
from service.identification import ideas, messages
from service.identification.rules import Category
from service.identification.schemas import IdeaTextSchema
from service.organizations.queries import find_spoken_for

ITS_WORDS = answer_of(IdeaTextSchema, "text")
OTHER = "other"
NOTHING = frozenset(
    {"没有", "没", "无", "不知道", "我不知道", "没有建议", "没建议", "none", "nothing", "i don't know"}
)
"""What says that somebody has no suggestion."""

FIELDS = {
    Category.INFRASTRUCTURE.value: (
        "路水房",
        "修路",
        "路",
        "水",
        "房",
        "基础设施",
        "roads",
        "infrastructure",
        "water",
        "houses",
    ),
    Category.MARKETS.value: ("种养和销售", "种植", "养殖", "销售", "farming", "selling"),
    Category.EDUCATION.value: ("上学", "教育", "学校", "school", "education"),
    Category.HEALTH.value: ("看病", "医疗", "健康", "health"),
    Category.VULNERABLE_GROUPS.value: (
        "老人妇女儿童",
        "老人",
        "妇女",
        "儿童",
        "the old",
        "women",
        "children",
    ),
    Category.CAPACITIES.value: ("培训和就业", "培训", "就业", "training", "jobs"),
    OTHER: ("其他", "别的", "不知道", "something else", "other"),
}
"""What the short question offers, in its order; the sixteen fields of Table 2 do not fit into a text."""


def begin(talk: Talk) -> None:
    """Keep what followed the word."""
    if talk.argument:
        with suppress(Unclear, ValidationError):
            talk.answers["words"] = keep_words(talk, parse_words(talk.argument))


def parse_words(text: str) -> str:
    """The suggestion in own words."""
    heart = normalise(text)
    if heart in NOTHING or asks_back(text) or not any(sign.isalpha() for sign in heart):
        raise Unclear("words", "")
    words: str = ITS_WORDS(text)
    return words


def keep_words(talk: Talk, words: str) -> str:
    """Keep the suggestion at once; nothing of it stays in the dialogue."""
    spoken_for = find_spoken_for(by=talk.by)
    idea = ideas.propose_idea(words, organization=spoken_for[1].name if spoken_for else None, by=talk.by)
    talk.answers |= {"reference": idea.reference, "new": True}
    return "kept"


def ask_field(talk: Talk) -> Said:
    """Say the reference once, then ask the one short question."""
    if not talk.answers.pop("new", False):
        return messages.ASK_FIELD()
    return messages.IDEA_TAKEN(reference=talk.answers["reference"]).followed_by(messages.ASK_FIELD())


def finish(talk: Talk) -> Said:
    """Keep the field, unless it is none of those named."""
    if talk.answers["field"] != OTHER:
        ideas.sort_idea(talk.answers["reference"], Category(talk.answers["field"]), by=talk.by)
    return messages.IDEA_SORTED()


def say_left(talk: Talk) -> Said:
    """The suggestion stays, whatever was not answered."""
    if "reference" not in talk.answers:
        return sayings.LEFT()
    return messages.IDEA_STAYS(reference=talk.answers["reference"])


IDEA = Dialogue(
    "idea",
    Word.IDEA,
    finish,
    (
        Step(
            "words", messages.ASK_IDEA, parse_words, messages.IDEA_UNCLEAR, keep=keep_words, unclear_asks=True
        ),
        Step("field", ask_field, lambda text: parse_choice(text, FIELDS), messages.ASK_FIELD),
    ),
    begin=begin,
    left=say_left,
)
