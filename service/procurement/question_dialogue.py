"""提问 ASK: a question about a call, from whoever texts (C3)."""

from __future__ import annotations

from contextlib import suppress

from marshmallow import ValidationError

from channels.answers import Unclear, asks_back, take_number
from channels.dialogues import Dialogue, Step, Talk, answer_of
from channels.messages import Said, from_plain, to_plain
from channels.texts import normalise
from channels.words import Word
from service.procurement import messages, questions
from service.procurement import question_messages as said
from service.procurement.dialogue import named, open_lots
from service.procurement.schemas import QuestionTextSchema

BY_FORM = "9"
"""The answer of whoever would rather write on a page."""

ITS_WORDS = answer_of(QuestionTextSchema, "text")


def begin(talk: Talk) -> Said | None:
    """Understand number and question as far as they came along; the only open number need not be named."""
    try:
        number, rest = take_number(talk.argument)
    except Unclear:
        lots = open_lots(talk)
        if not lots:
            return talk.end(messages.NOTHING_OPEN())
        number, rest = (lots[0].number if len(lots) == 1 else 0), talk.argument
        talk.answers["open"] = to_plain({"open": named(lots)})
    if number:
        talk.answers["lot"] = keep_lot(talk, number)
    with suppress(Unclear, ValidationError):
        talk.answers["words"] = parse_words(rest)
    return None


def keep_lot(talk: Talk, number: int) -> int:
    """Refuse at once, with the time, where questions are no longer taken (C3)."""
    questions.find_askable(number, by=talk.by)
    return number


def parse_words(text: str) -> str:
    """The question in own words; ``9`` for the web page."""
    if normalise(text) == BY_FORM:
        return BY_FORM
    if not normalise(text) or asks_back(text) or _is_only_a_number(text):
        raise Unclear("words", "")
    words: str = ITS_WORDS(text)
    return words


def _is_only_a_number(text: str) -> bool:
    """Whether somebody names the call once more instead of asking: "15", "15号"."""
    try:
        return not take_number(text)[1]
    except Unclear:
        return False


def ask_words(talk: Talk) -> Said:
    """Ask for the question, saying what becomes of it."""
    number = talk.answers["lot"]
    return said.ASK_WORDS(number=number, until=questions.find_askable(number, by=talk.by))


def finish(talk: Talk) -> Said:
    """Hand the question to the office, or send the form for a longer one."""
    number = talk.answers["lot"]
    if talk.answers["words"] == BY_FORM:
        return said.FORM_LINK(
            url=questions.offer_form(number, by=talk.by), until=questions.find_askable(number, by=talk.by)
        )
    question = questions.ask_question(number, talk.answers["words"], by=talk.by)
    return said.QUESTION_TAKEN(number=number, reference=question.reference)


ASK = Dialogue(
    name="ask",
    word=Word.ASK,
    begin=begin,
    steps=(
        Step(
            "lot",
            lambda talk: said.ASK_WHICH(**from_plain(talk.answers["open"])),
            lambda text: take_number(text)[0],
            messages.LOT_UNCLEAR,
            keep=keep_lot,
        ),
        Step("words", ask_words, parse_words, said.WORDS_UNCLEAR),
    ),
    finish=finish,
    guarded=True,
)
