"""What is said about questions on a call (C3). No message names who asked."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message
from channels.models import Lane

ASK_WHICH = Message(
    "procurement.ask_which",
    N_("Which number is your question about? Open now: {open}"),
    Lane.REPLY,
    gives=("open",),
)
ASK_WORDS = Message(
    "procurement.ask_words",
    N_(
        "Your question on no. {number}, until {until}? The answer goes to everybody, your name to nobody. 9: web page."
    ),
    Lane.REPLY,
)
FORM_LINK = Message(
    "procurement.question_form_link",
    N_("Please write your question here; the page works once, until {until}: {url}"),
    Lane.REPLY,
)
WORDS_UNCLEAR = Message(
    "procurement.words_unclear",
    N_(
        "Please send your question in your own words, in at most 500 characters. 9 opens a web page for more."
    ),
    Lane.REPLY,
)
QUESTION_TAKEN = Message(
    "procurement.question_taken",
    N_(
        "Your question on no. {number} is with the office, reference {reference}. "
        "Everybody who got the call gets the answer; nobody learns who asked."
    ),
    Lane.REPLY,
)
QUESTION_ANSWERED = Message(
    "procurement.question_answered",
    N_("{office}, no. {lots}. Question: {question} Answer: {answer}"),
    gives=("question", "office"),
    keeps=("answer",),
    parts=4,
)
QUESTION_DECLINED = Message(
    "procurement.question_declined",
    N_("{office}: question {reference} is not answered to all. {reason}"),
    gives=("office",),
    keeps=("reason",),
)
QUESTION_WAITS = Message(
    "procurement.question_waits",
    N_("Question {reference} on no. {number} waits for the office's answer."),
    Lane.REPLY,
)
QUESTION_WAS_ANSWERED = Message(
    "procurement.question_was_answered",
    N_("Question {reference} on no. {number} is answered: {answer}"),
    Lane.REPLY,
    gives=("answer",),
)
QUESTION_WAS_DECLINED = Message(
    "procurement.question_was_declined",
    N_("Question {reference} on no. {number} was declined; you were told why."),
    Lane.REPLY,
)

REFUSALS = {
    "questions_closed": _l("Too late: questions on no. {number} were taken until {until}."),
    "organization_named": _l(
        "This names {name}. Everybody reads it: please leave names of organizations out."
    ),
    "answered_too_late": _l(
        "The time for bids was over on {deadline}; nobody could use the answer any more."
    ),
    "answered_before": _l("Everybody got this question with this answer already."),
    "question_unknown": _l("There is no question {reference}."),
}
