"""Everything step 7 says by message, and what it says when it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from channels.messages import N_, InEach, Message, Said
from channels.models import Lane
from service.evaluation.rules import Outcome, QuestionKind

INVITATION = Message(
    "evaluation.invitation",
    N_(
        "{office}: what do you think of {title}? Text EVALUATE ({number} questions). Nobody sees who answered."
        " STOP ends broadcasts."
    ),
    Lane.BULK,
    gives=("title", "office"),
)

STILL_WANTED = Message(
    "evaluation.still_wanted",
    N_(
        "{office}: we would still like to know what you think of {title}. Text EVALUATE ({number} short questions)."
        " STOP ends broadcasts."
    ),
    Lane.BULK,
    gives=("title", "office"),
    reminder=True,
)
PUT_RIGHT_SOON = Message(
    "evaluation.put_right_soon",
    N_(
        "{office}: contract {contract}: what the acceptance found must be put right by {day}."
        " When it is, reply PROGRESS {number} and how it went."
    ),
    gives=("office",),
    reminder=True,
)

QUESTIONS: dict[QuestionKind, Message] = {
    QuestionKind.SCALE: Message(
        "evaluation.question_scale",
        N_("{place}/{number} {question}\n1 (bad) to 5 (good)?"),
        Lane.REPLY,
        keeps=("question",),
    ),
    QuestionKind.YES_NO: Message(
        "evaluation.question_yes_no",
        N_("{place}/{number} {question}\n1 yes, 2 no?"),
        Lane.REPLY,
        keeps=("question",),
    ),
    QuestionKind.WORDS: Message(
        "evaluation.question_words",
        N_("{place}/{number} {question}\nOwn words, or NONE:"),
        Lane.REPLY,
        keeps=("question",),
    ),
}

UNCLEAR: dict[QuestionKind, Message] = {
    QuestionKind.SCALE: Message(
        "evaluation.unclear_scale", N_("Please answer with a number from 1 to 5, such as 4."), Lane.REPLY
    ),
    QuestionKind.YES_NO: Message(
        "evaluation.unclear_yes_no", N_("Please answer 1 for yes or 2 for no."), Lane.REPLY
    ),
    QuestionKind.WORDS: Message(
        "evaluation.unclear_words", N_("Please answer in a few words, or NONE."), Lane.REPLY
    ),
}

ABOUT = Message("evaluation.about", N_("{title}:"), Lane.REPLY, gives=("title",))
AGAIN = Message(
    "evaluation.again",
    N_("{title}: new answers count."),
    Lane.REPLY,
    gives=("title",),
)
THANKS = Message(
    "evaluation.thanks",
    N_("Thank you! Your answers are counted together with all others; nobody sees which are yours."),
    Lane.REPLY,
)
ONE_MORE = Message("evaluation.one_more", N_("One more evaluation waits for you: text EVALUATE."), Lane.REPLY)

DECIDED: dict[Outcome, Message] = {
    Outcome.ACCEPTED: Message(
        "evaluation.accepted", N_("Contract {contract}: the work has been accepted. Thank you.")
    ),
    Outcome.RECTIFY: Message(
        "evaluation.rectify",
        N_("Contract {contract}: some work is to be put right by {rectify_by}. The office will explain."),
    ),
    Outcome.REFUSED: Message(
        "evaluation.refused",
        N_("Contract {contract}: the work was not accepted. The office will explain. You may text COMPLAIN."),
    ),
}
"""What the SO is told about an acceptance."""

REFUSALS = {
    "consent_missing": _l("{number} people have not agreed to be asked. Please ask them first."),
    "questions_missing": _l("Please write at least one question."),
    "too_many_questions": _l("Please ask at most {most} questions."),
    "question_too_long": _l("Question {place} does not fit into one text message. Please shorten it."),
    "register_too_small": _l(
        "{number} people are on the register. With fewer than {least} their answers could never be shown."
    ),
    "evaluation_under_way": _l("An evaluation of this work is under way already."),
    "evaluation_not_closed": _l("Results are shown once the evaluation is closed."),
    "not_on_register": _l(
        "This evaluation is for the people the project is for. Your number is not on their list; if that is"
        " wrong, text SUPPORT with your name and village."
    ),
    "no_evaluation": _l("There is no evaluation for you at the moment. Thank you for asking!"),
    "evaluation_ended": _l("This evaluation has ended in the meantime. Thank you for taking part."),
    "answers_incomplete": _l("Please answer every question."),
    "acceptance_group_too_small": _l("An acceptance group has at least {least} members."),
    "indicators_missing": _l("Please name at least one indicator."),
    "too_many_indicators": _l("Few indicators are better: {most} at most, please."),
    "rectification_needs_a_date": _l("Please give a day, later than today, by which it is to be put right."),
    "already_accepted": _l("The work has been accepted already."),
    "accounts_not_audited": _l(
        "A construction project of this size needs audited final accounts before it is accepted."
    ),
    "not_accepted_yet": _l("The work has to be accepted first."),
    "evaluation_still_open": _l("Please close the beneficiaries' evaluation first."),
    "participants_missing": _l('Nobody is recorded for "{who}". They belong at this meeting.'),
    "meeting_lies_ahead": _l("A meeting can be recorded once it has taken place."),
}


def ask(question: Mapping[str, Any], place: int, number: int) -> Said:
    """One question as a text; ``place`` counts from 1, ``number`` is how many there are."""
    words = InEach(zh=question["text"], en=question.get("text_en") or question["text"])
    return QUESTIONS[QuestionKind(question["kind"])](place=place, number=number, question=words)
