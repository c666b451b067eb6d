"""评价 EVALUATE: the people a project is for say what they think of it, one question at a time (E4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from channels.answers import Unclear, parse_choice, parse_yes_no
from channels.dialogues import Dialogue, Step, Talk, answer_of
from channels.messages import InEach, Said
from channels.models import Secrecy
from channels.texts import clean, normalise
from channels.words import Word
from service.evaluation import messages, queries, workflow
from service.evaluation.rules import MOST_QUESTIONS, QuestionKind
from service.evaluation.schemas import AnswerSchema

SCALE = {
    "1": ("很差", "非常差", "很不满意", "非常不满意", "very bad"),
    "2": ("不好", "不太好", "差", "不满意", "不太满意", "bad"),
    "3": ("一般", "一般般", "还行", "还可以", "马马虎虎", "so so", "average"),
    "4": ("好", "比较好", "不错", "满意", "比较满意", "good"),
    "5": ("很好", "非常好", "太好了", "很满意", "非常满意", "very good"),
}
"""What people write instead of a number."""

NOTHING = frozenset(
    {"无", "没有", "没", "没有了", "没了", "不知道", "没意见", "没有意见", "none", "no", "nothing"}
)
"""What people write when they have nothing to add."""

AROUND_A_SCORE = re.compile(r"^(?:我?[打给])?(.*?)(?:分|颗?星|points?|stars?)?$")


def parse_scale(text: str) -> int:
    """A score from 1 to 5: 5, ５分, 五, 打4分, 很好. Raises ``Unclear("scale")`` otherwise."""
    heart = AROUND_A_SCORE.sub(r"\1", normalise(text)).strip()
    try:
        return int(parse_choice(heart, SCALE))
    except Unclear:
        raise Unclear("scale", "4") from None


def parse_words(text: str) -> str:
    """Own words, empty where somebody has nothing to add. Raises ``Unclear("words")`` for an empty text."""
    if not clean(text).strip():
        raise Unclear("words", "水管修得好")
    return "" if normalise(text) in NOTHING else clean(text).strip()


PARSERS: dict[QuestionKind, Callable[[str], Any]] = {
    QuestionKind.SCALE: answer_of(AnswerSchema, "scale", parse_scale),
    QuestionKind.YES_NO: answer_of(AnswerSchema, "yes_no", parse_yes_no),
    QuestionKind.WORDS: answer_of(AnswerSchema, "words", parse_words),
}


def begin(talk: Talk) -> Said | None:
    """Find the evaluation that waits for the sender, or was answered already; its questions become the steps."""
    waiting = queries.next_round(by=talk.by)
    talk.answers.update(round=str(waiting.round.id), questions=waiting.round.questions, more=waiting.more)
    title = InEach(waiting.round.title, waiting.round.title_en or waiting.round.title)
    return (messages.AGAIN if waiting.again else messages.ABOUT)(title=title)


def finish(talk: Talk) -> Said:
    """Keep the answers and thank the sender."""
    answers = {
        place: talk.answers[_name(place, QuestionKind(question["kind"]))]
        for place, question in enumerate(talk.answers["questions"])
    }
    workflow.answer_round(UUID(talk.answers["round"]), answers, by=talk.by)
    return messages.THANKS().followed_by(messages.ONE_MORE() if talk.answers["more"] else None)


def _name(place: int, kind: QuestionKind) -> str:
    return f"{place}_{kind.value}"


def _ask(place: int, talk: Talk) -> Said:
    questions = talk.answers["questions"]
    return messages.ask(questions[place], place + 1, len(questions))


def _is_other(place: int, kind: QuestionKind, talk: Talk) -> bool:
    """Whether the evaluation asks nothing of this kind at this place."""
    questions = talk.answers["questions"]
    return place >= len(questions) or questions[place]["kind"] != kind


def _step(place: int, kind: QuestionKind) -> Step:
    return Step(
        _name(place, kind),
        partial(_ask, place),
        PARSERS[kind],
        messages.UNCLEAR[kind],
        skip=partial(_is_other, place, kind),
    )


EVALUATE = Dialogue(
    "evaluate",
    Word.EVALUATE,
    finish,
    steps=tuple(_step(place, kind) for place in range(MOST_QUESTIONS) for kind in QuestionKind),
    begin=begin,
    secrecy=Secrecy.SEALED,
    goes_on=True,
    follows=True,
)
"""A villager's answers live in the evaluation alone; what was texted is not kept beside the number."""
